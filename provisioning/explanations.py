"""What a state, a cause or a refusal means to the person in front of it.

The words stand in the tables beside this file; a test holds that no state, reason or cause is without them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from provisioning.explanation import Actor, Explanation, Language, Text
from provisioning.journey import Reason, State
from provisioning.meanings import DENIALS
from provisioning.words_of_causes import BROKER_UNKNOWN, BROKER_WORDS, MM_WORDS, SM_UNKNOWN, SM_WORDS
from provisioning.words_of_states import STATES

__all__ = [
    "Actor",
    "Explanation",
    "Language",
    "Text",
    "explain_broker_refusal",
    "explain_reject_cause",
    "explain_state",
]


def explain_state(state: str, reason: str | None = None) -> Explanation:
    """For a lifecycle state and its reason; a reason without words of its own gets the state's."""
    key = (str(state), None if reason is None else str(reason))
    return STATES[key] if key in STATES else STATES[key[0], None]


def explain_reject_cause(domain: Literal["cs", "ps", "sm"], cause: int | None) -> Explanation:
    """For a refusal of the network: an MM or GMM cause of registration, or an SM cause of a data session.

    Registration: 3GPP TS 24.008, 10.5.3.6 and 10.5.5.14; sessions: 10.5.6.6. None: the modem tells no cause.
    """
    if domain == "sm":
        words = SM_UNKNOWN if cause is None else SM_WORDS.get(cause, SM_UNKNOWN)
        return replace(words, code=_code("sm_cause", cause))
    if cause in MM_WORDS:
        return replace(MM_WORDS[cause], code=_code("mm_cause", cause))
    state, reason = DENIALS.get(cause, (State.DENIED, Reason.NETWORK_TROUBLE))
    return replace(explain_state(state, reason), code=_code("mm_cause", cause))


def explain_broker_refusal(code: int) -> Explanation:
    """For a reason code of the broker (MQTT 5, 2.4)."""
    return replace(BROKER_WORDS.get(code, BROKER_UNKNOWN), code=_code("broker_refused", code))


def _code(kind: str, number: int | None) -> str:
    return kind if number is None else f"{kind}.{number}"
