"""One explanation for every error of the project: what happened, what it means, who must act, what next.

In: an exception. Out: an `Explanation` in both languages, None for what nobody foresaw. The words stand in
    tables by
the error's `kind`; causes of the network and refusals of the broker have theirs in
`provisioning.explanations`.
"""

from __future__ import annotations

from typing import Final

from at_commands.codes import CME, CME_TO_SM_CAUSE, MM_CAUSES
from at_commands.errors import CmeError
from at_commands.ussd_session import UssdEnd, UssdEndedError
from gateway.explain_modem import CME_WORDS, MODEM_WORDS, PIN_WORDS
from gateway.explain_services import CLOUD_WORDS, CONFIG_WORDS, CONTROLLER_WORDS, PLAIN_WORDS, STORE_WORDS
from gateway.explain_sim_files import SIM_FILE_WORDS
from gateway.explain_supply import SUPPLY_WORDS
from gateway.explain_ussd import USSD_WORDS
from gateway.explain_words import Words
from gateway.modem_facts import DataRefusedError, PinRefusedError
from provisioning.explanations import (
    Explanation,
    explain_broker_refusal,
    explain_reject_cause,
    explain_state,
)
from provisioning.journey import Commissioning, Reason
from provisioning.mqtt import MqttRefusedError, PublishRefusedError, SubscribeRefusedError
from provisioning.topics import TopicError

WORDS: Final[dict[str, Words]] = {
    **MODEM_WORDS,
    **SUPPLY_WORDS,
    **SIM_FILE_WORDS,
    **CONFIG_WORDS,
    **CLOUD_WORDS,
    **STORE_WORDS,
    **CONTROLLER_WORDS,
    **PLAIN_WORDS,
    UssdEndedError.kind: USSD_WORDS[UssdEnd.NO_ANSWER],
}

# +CME ERROR numbers from 102 on are MM causes plus 100 (3GPP TS 27.007, 9.2.2).
_CME_MM_OFFSET: Final = 100


def explain_error(error: BaseException) -> Explanation | None:
    """The explanation of an error of the project's own hierarchies; None for any other."""
    match error:
        case PinRefusedError():
            return PIN_WORDS[error.refusal].filled(error.kind, error)
        case DataRefusedError():
            return explain_reject_cause("sm", error.cause)
        case CmeError():
            return _explain_cme(error)
        case UssdEndedError():
            return USSD_WORDS[error.end].filled(error.kind, error)
        case MqttRefusedError() | PublishRefusedError() | SubscribeRefusedError():
            return explain_broker_refusal(error.code)
        case TopicError():
            return WORDS["topic"].filled("topic", error)
    return explain_kind(getattr(error, "kind", ""), error)


def explain_snapshot(snapshot: Commissioning) -> Explanation:
    """Where commissioning stands, with the cause or code that is known of it."""
    match snapshot.reason:
        case Reason.BROKER_REFUSED if snapshot.broker_code is not None:
            return explain_broker_refusal(snapshot.broker_code)
        case Reason.DATA_REFUSED if snapshot.data_cause is not None:
            return explain_reject_cause("sm", snapshot.data_cause)
        case Reason.NETWORK_TROUBLE | Reason.AREA_REFUSED if snapshot.cause is not None:
            return explain_reject_cause("cs", snapshot.cause)
    return explain_state(snapshot.state, snapshot.reason)


def explain_kind(kind: str, error: object = None) -> Explanation | None:
    """The same by the kind alone; placeholders stay empty without the error."""
    words = WORDS.get(kind)
    return None if words is None else words.filled(kind, error)


def _explain_cme(error: CmeError) -> Explanation:
    code = -1 if error.code is None else error.code
    if code in CME_WORDS:
        return CME_WORDS[code].filled(error.kind, error)
    if code in CME_TO_SM_CAUSE:
        return explain_reject_cause("sm", CME_TO_SM_CAUSE[code])
    if code in CME and code - _CME_MM_OFFSET in MM_CAUSES:
        return explain_reject_cause("cs", code - _CME_MM_OFFSET)
    return WORDS["cme_error"].filled(error.kind, error)
