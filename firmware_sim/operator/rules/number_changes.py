"""Change of the telephone number: from a list, by mask or by type, for its fee (S2.13).

A number that was given back rests for ever: nobody gets the calls of its former owner.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from firmware_sim.operator.books import Draft
from firmware_sim.operator.callers import Caller, digits_of, require, subscriber_of
from firmware_sim.operator.ledger import Kind
from firmware_sim.operator.records import FreeNumber, NumberKind, Password, Role, Subscriber
from firmware_sim.operator.refusals import Refusal, RefusedError, kinds
from firmware_sim.operator.rules.billing import order
from firmware_sim.operator.rules.cards import served
from firmware_sim.operator.rules.search import expression
from provisioning.explanation import Text

kinds(
    {
        "number_not_free": Refusal(
            "S2.13", Text("Номер {number} не свободен.", "The number {number} is not free.")
        ),
        "kit_number": Refusal(
            "S0.4",
            Text(
                "Номер карты из комплекта не меняют: им владеет сервис производителя.",
                "A kit card keeps its number: the vendor's service owns it.",
            ),
        ),
    }
)

FEE_KOPECKS: Final = {NumberKind.PLAIN: 10_000, NumberKind.PRETTY: 150_000}


def add_free(draft: Draft, caller: Caller, number: str) -> FreeNumber:
    """The operator gets one more number to give out. Raises RefusedError: not_yours, number_taken."""
    require(caller, Role.STAFF)
    msisdn = f"+7{digits_of(number)[-10:]}"
    used = any(card.msisdn == msisdn for card in draft.all(Subscriber))
    if used or draft.get(FreeNumber, msisdn) is not None:
        raise RefusedError("number_taken", number=msisdn)
    return draft.put(FreeNumber(msisdn=msisdn, kind=kind_of(msisdn)))


def kind_of(msisdn: str) -> NumberKind:
    """A number is pretty when its last four digits are alike or go in pairs."""
    last = msisdn[-4:]
    pairs = last[:2] == last[2:] or (last[0] == last[1] and last[2] == last[3])
    return NumberKind.PRETTY if pairs else NumberKind.PLAIN


def free_numbers(draft: Draft, mask: str = "%", kind: NumberKind | None = None) -> list[FreeNumber]:
    """The list to choose from; `%` and `_` as in search."""
    pattern = re.compile(expression(mask))
    return [
        each
        for each in draft.all(FreeNumber)
        if not each.rests
        and (kind is None or each.kind is kind)
        and (pattern.fullmatch(each.msisdn[2:]) or pattern.fullmatch(each.msisdn[1:]))
    ]


def change_number(draft: Draft, caller: Caller, number: str, new: str) -> Subscriber:
    """Take a free number in place of the present one; signing in by number then takes a new password.

    Raises:
        RefusedError: no_such_number, not_active_yet, terminated, kit_number, number_not_free, funds.
    """
    card = served(subscriber_of(draft, caller, number))
    if card.tariff == "kit":
        raise RefusedError("kit_number")
    free = draft.get(FreeNumber, f"+7{digits_of(new)[-10:]}")
    if free is None or free.rests:
        raise RefusedError("number_not_free", number=new)
    order(draft, card, FEE_KOPECKS[free.kind], Kind.NUMBER_CHANGE, free.msisdn)
    draft.delete(free)
    draft.put(FreeNumber(msisdn=card.msisdn, kind=kind_of(card.msisdn), rests=True))
    if (password := draft.get(Password, card.number)) is not None:
        draft.delete(password)
    draft.note(card.imsi, f"number: {card.msisdn} -> {free.msisdn}")
    # What went to the new number before would now go to himself.
    forwardings = tuple(each for each in card.forwardings if digits_of(each[1])[-10:] != free.msisdn[-10:])
    return draft.put(replace(card, msisdn=free.msisdn, forwardings=forwardings))
