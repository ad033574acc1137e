"""Call forwarding (S2.17) and voice mail Plus with its e-mail (S2.18), and settings by SMS (S2.15)."""

from __future__ import annotations

import re
from dataclasses import replace
from enum import StrEnum

from firmware_sim.operator.books import Draft
from firmware_sim.operator.callers import Caller, digits_of, subscriber_of
from firmware_sim.operator.letters import said_to
from firmware_sim.operator.records import ForwardingCondition, Subscriber
from firmware_sim.operator.refusals import Refusal, RefusedError, kinds, malformed
from firmware_sim.operator.rules.cards import served
from firmware_sim.operator.rules.statements import E_MAIL
from provisioning.explanation import Text

kinds(
    {
        "forwarding_off": Refusal(
            "S2.17",
            Text("Услуга «Переадресация» не подключена.", "The service of call forwarding is not connected."),
        ),
        "no_number": malformed("«{number}» не похоже на номер.", "{number!r} is no number.", "S2.17"),
        "to_himself": Refusal(
            "S2.17",
            Text("Переадресация на свой же номер невозможна.", "A number cannot be forwarded to itself."),
        ),
        "voicemail_off": Refusal(
            "S2.18",
            Text("Голосовая почта «Плюс» не подключена.", "Voice mail Plus is not connected."),
        ),
    }
)


def forward(
    draft: Draft, caller: Caller, number: str, condition: ForwardingCondition, target: str
) -> Subscriber:
    """Forward calls under a condition; of each condition there is one target.

    Raises:
        RefusedError: no_such_number, not_active_yet, terminated, forwarding_off, no_number, to_himself.
    """
    card = served(subscriber_of(draft, caller, number))
    if "forwarding" not in card.services:
        raise RefusedError("forwarding_off")
    if not re.fullmatch(r"\+?[0-9]{10,15}", target):
        raise RefusedError("no_number", number=target)
    if digits_of(target)[-10:] == card.number:
        raise RefusedError("to_himself")
    others = tuple(each for each in card.forwardings if each[0] is not condition)
    return draft.put(replace(card, forwardings=(*others, (condition, target))))


def cancel_forwarding(
    draft: Draft, caller: Caller, number: str, condition: ForwardingCondition
) -> Subscriber:
    """Cancel it; none is no error. Raises RefusedError: no_such_number, not_active_yet, terminated."""
    card = served(subscriber_of(draft, caller, number))
    others = tuple(each for each in card.forwardings if each[0] is not condition)
    return draft.put(replace(card, forwardings=others))


def voicemail_copies(draft: Draft, caller: Caller, number: str, e_mail: str) -> Subscriber:
    """Where duplicates of voice mail go; "" is nowhere.

    Raises:
        RefusedError: no_such_number, not_active_yet, terminated, voicemail_off, no_e_mail.
    """
    card = served(subscriber_of(draft, caller, number))
    if "voicemail_plus" not in card.services:
        raise RefusedError("voicemail_off")
    if e_mail and not E_MAIL.fullmatch(e_mail):
        raise RefusedError("no_e_mail", e_mail=e_mail)
    return draft.put(replace(card, voicemail_e_mail=e_mail))


class Settings(StrEnum):
    """Settings of a phone that come by SMS."""

    INTERNET = "internet"
    MMS = "mms"
    STREAMING = "streaming"


_SETTINGS = {
    Settings.INTERNET: Text(
        "Мобильный интернет: APN internet.mts.ru, имя mts, пароль mts",
        "Mobile Internet: APN internet.mts.ru, user mts, password mts",
    ),
    Settings.MMS: Text(
        "MMS: APN mms.mts.ru, имя mts, пароль mts", "MMS: APN mms.mts.ru, user mts, password mts"
    ),
    Settings.STREAMING: Text(
        "Потоковое видео: APN internet.mts.ru, имя mts, пароль mts",
        "Streaming: APN internet.mts.ru, user mts, password mts",
    ),
}


def send_settings(draft: Draft, caller: Caller, number: str, which: Settings) -> None:
    """Send a phone its settings (S2.15). Raises RefusedError: no_such_number, not_active_yet, terminated."""
    card = served(subscriber_of(draft, caller, number))
    draft.tell(card.imsi, said_to(card, _SETTINGS[which]))
