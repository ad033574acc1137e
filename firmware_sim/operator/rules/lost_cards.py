"""A lost card: the caller is identified, the card is blocked, and replaced in the home region (S3.3 to S3.7).

He names himself, his passport, his address and the last three outgoing calls. A free balance check stands among the
calls (S3.6), so whoever has the card spoils that list with each. From then on the number's password is void. The new
card takes over what was written down of the old one: its number's statements, charges and requests stay readable.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from firmware_sim.operator.books import Draft
from firmware_sim.operator.callers import (
    Caller,
    account_of,
    agrees,
    customer_of,
    digits_of,
    require,
    subscriber_of,
)
from firmware_sim.operator.records import (
    Customer,
    Detail,
    DetailKind,
    Due,
    Entry,
    Hold,
    Life,
    Role,
    Subscriber,
    SupportRequest,
    TariffChange,
)
from firmware_sim.operator.refusals import Refusal, RefusedError, kinds
from firmware_sim.operator.rules import passwords
from firmware_sim.operator.rules.cards import lift_hold, living, put_hold, served
from provisioning.explanation import Text

kinds(
    {
        "calls_differ": Refusal(
            "S3.5",
            Text(
                "Последние три исходящих вызова названы неверно; их видно в детализации.",
                "The last three outgoing calls are others; the itemised statement shows them.",
            ),
        ),
        "other_region": Refusal(
            "S3.3",
            Text(
                "Карту заменят только в домашнем регионе: {region}.",
                "The card is replaced in the home region only: {region}.",
            ),
        ),
        "not_in_stock": Refusal(
            "S3.3", Text("Карта {card} не со склада.", "The card {card} is not from the stock.")
        ),
    }
)

CALLS_ASKED: Final = 3
_COUNTS_AS_CALL: Final = (DetailKind.CALL, DetailKind.BALANCE_CHECK)


def last_calls(draft: Draft, card: Subscriber) -> list[str]:
    """The numbers (or codes) of the last three outgoing calls, the latest first."""
    calls = draft.where(Detail, lambda each: each.imsi == card.imsi and each.kind in _COUNTS_AS_CALL)
    return [each.other for each in calls[: -CALLS_ASKED - 1 : -1]]


def report_lost(
    draft: Draft,
    caller: Caller,
    number: str,
    *,
    name: str,
    passport: str,
    address: str,
    calls: Sequence[str],
) -> Subscriber:
    """Block the card of somebody who was identified.

    Args:
        calls: as he remembers them, in any order; of a card with fewer than three all of them.

    Raises:
        RefusedError: not_yours, no_such_number, terminated, not_identified, calls_differ.
    """
    require(caller, Role.STAFF)
    card = subscriber_of(draft, caller, number)
    living(draft, card.imsi)
    owner = customer_of(draft, account_of(draft, card))
    if not _is(owner, name, passport, address):
        raise RefusedError("not_identified")
    if sorted(map(_alike, calls)) != sorted(map(_alike, last_calls(draft, card))):
        raise RefusedError("calls_differ")
    passwords.forget(draft, card)
    return put_hold(draft, card, Hold.LOST)


def block_lost(draft: Draft, caller: Caller, number: str) -> Subscriber:
    """The owner, who has signed in, blocks a card that he has lost; twice is no error.

    Raises:
        RefusedError: no_such_number, terminated.
    """
    card = subscriber_of(draft, caller, number)
    return put_hold(draft, living(draft, card.imsi), Hold.LOST)


def unblock_found(draft: Draft, caller: Caller, number: str) -> Subscriber:
    """The owner has found it. Raises RefusedError: no_such_number, terminated."""
    card = subscriber_of(draft, caller, number)
    return lift_hold(draft, living(draft, card.imsi), Hold.LOST)


def replace_card(draft: Draft, caller: Caller, number: str, new_imsi: str, *, region: str) -> Subscriber:
    """Give the number, with all that belongs to it, to a card from the stock; the old card is terminated.

    A kit card is replaced by the vendor, not here, and replaces none.

    Raises:
        RefusedError: not_yours, no_such_number, not_active_yet, terminated, kit_tariff, other_region, no_such_card,
            not_in_stock.
    """
    require(caller, Role.STAFF)
    old = served(subscriber_of(draft, caller, number))
    if old.tariff == "kit":
        raise RefusedError("kit_tariff")
    home = customer_of(draft, account_of(draft, old)).region
    if region != home:
        raise RefusedError("other_region", region=home)
    new = living(draft, new_imsi)
    if new.life is not Life.IN_STOCK or new.paid or new.tariff == "kit":
        raise RefusedError("not_in_stock", card=new.iccid)
    draft.note(old.imsi, f"replaced by: {new.iccid}")
    draft.note(new.imsi, f"replaces: {old.iccid}")
    draft.put(replace(old, life=Life.TERMINATED, holds=(), block_ends_on=None, msisdn=new.msisdn))
    mine = replace(
        old,
        imsi=new.imsi,
        iccid=new.iccid,
        pin1=new.pin1,
        puk1=new.puk1,
        pin2=new.pin2,
        puk2=new.puk2,
        activated_at=draft.now,
    )
    _hand_over(draft, old.imsi, new.imsi)
    return lift_hold(draft, draft.put(mine), Hold.LOST)


def _hand_over(draft: Draft, old: str, new: str) -> None:
    """What was written down of the old card's use and orders, and what is planned for it, is the new one's."""
    written: list[Detail | Entry | SupportRequest | TariffChange] = []
    for kind in (Detail, Entry, SupportRequest, TariffChange):
        written.extend(draft.all(kind))
    for record in written:
        if record.imsi == old:
            draft.put(replace(record, imsi=new))
    for due in draft.where(Due, lambda each: each.subject == old):
        draft.put(replace(due, subject=new))


def _is(owner: Customer, name: str, passport: str, address: str) -> bool:
    said = (name.strip().casefold(), address.strip().casefold())
    return agrees(owner, passport) and said == (owner.name.casefold(), owner.address.casefold())


def _alike(call: str) -> str:
    return digits_of(call)[-10:]
