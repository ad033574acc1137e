"""The owner's temporary block (S4.18): once a year, 30 days at most, paid for, and without fees while it lasts.

It ends by itself or earlier when he asks. The price depends on the region.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from firmware_sim.operator import agenda
from firmware_sim.operator.books import Draft
from firmware_sim.operator.callers import Caller, account_of, customer_of, subscriber_of
from firmware_sim.operator.ledger import Kind
from firmware_sim.operator.months import midnight_after
from firmware_sim.operator.records import DueKind, Hold, Subscriber
from firmware_sim.operator.refusals import Refusal, RefusedError, kinds, malformed
from firmware_sim.operator.rules.billing import order
from firmware_sim.operator.rules.cards import lift_hold, put_hold, served
from provisioning.explanation import Text

kinds(
    {
        "block_days": malformed(
            "Блокировка бывает от 1 до {most} дней.", "A block lasts from 1 to {most} days.", "S4.18"
        ),
        "blocked_this_year": Refusal(
            "S4.18",
            Text(
                "В этом году блокировка уже была; она бывает раз в год.",
                "There was a block this year already; it is once a year.",
            ),
        ),
        "not_blocked": Refusal("S4.18", Text("Номер не заблокирован.", "The number is not blocked.")),
    }
)

MOST_DAYS: Final = 30
PRICE_KOPECKS: Final = {"Москва": 10_000}
OTHER_PRICE_KOPECKS: Final = 6_000
"""Elsewhere."""


def price_kopecks(draft: Draft, card: Subscriber) -> int:
    """What a block costs in the owner's region."""
    return PRICE_KOPECKS.get(customer_of(draft, account_of(draft, card)).region, OTHER_PRICE_KOPECKS)


def block(draft: Draft, caller: Caller, number: str, days: int) -> Subscriber:
    """Block one's own number for some days.

    Raises:
        RefusedError: no_such_number, not_active_yet, terminated, block_days, blocked_this_year, funds.
    """
    card = served(subscriber_of(draft, caller, number))
    if not 1 <= days <= MOST_DAYS:
        raise RefusedError("block_days", most=MOST_DAYS)
    if card.blocked_in_year == draft.now.year or Hold.TEMPORARY_BLOCK in card.holds:
        raise RefusedError("blocked_this_year")
    order(draft, card, price_kopecks(draft, card), Kind.BLOCK, f"{days} d")
    ends = midnight_after(draft.now, days)
    agenda.plan(draft, ends, DueKind.BLOCK_ENDS, card.imsi)
    held = put_hold(draft, card, Hold.TEMPORARY_BLOCK)
    return draft.put(replace(held, block_ends_on=ends.date(), blocked_in_year=draft.now.year))


def unblock(draft: Draft, caller: Caller, number: str) -> Subscriber:
    """End it before its time; nothing is paid back. Raises RefusedError: no_such_number, not_blocked."""
    card = subscriber_of(draft, caller, number)
    if Hold.TEMPORARY_BLOCK not in card.holds:
        raise RefusedError("not_blocked")
    return _end(draft, card)


def block_ends(draft: Draft, imsi: str) -> None:
    """Its time is over."""
    card = draft.get(Subscriber, imsi)
    if card is not None and Hold.TEMPORARY_BLOCK in card.holds:
        _end(draft, card)


def _end(draft: Draft, card: Subscriber) -> Subscriber:
    agenda.unplan(draft, DueKind.BLOCK_ENDS, card.imsi)
    return draft.put(replace(lift_hold(draft, card, Hold.TEMPORARY_BLOCK), block_ends_on=None))
