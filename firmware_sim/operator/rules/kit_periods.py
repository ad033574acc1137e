"""The paid period of a kit card: bought, prolonged by itself, run out (S0.9, S0.10, S0.24, S0.35).

A period is a month from the moment of payment; the traffic of the tariff is for it and begins anew only with the next.
When it ends, the purse pays the next one; what it lacks an auto-payment charges to the saved card; else the card
expires and is held at the operator until money comes.
"""

from __future__ import annotations

from dataclasses import replace

from firmware_sim.operator import agenda
from firmware_sim.operator.books import Draft
from firmware_sim.operator.catalogue import VENDOR_TARIFFS
from firmware_sim.operator.ledger import balance_kopecks
from firmware_sim.operator.months import a_month_later
from firmware_sim.operator.records import (
    Due,
    DueKind,
    Hold,
    Subscriber,
    VendorCard,
    VendorCardState,
    VendorUser,
)
from firmware_sim.operator.rules.cards import lift_hold, put_hold
from firmware_sim.operator.rules.kit_purse import covers, pay_out
from firmware_sim.operator.rules.kit_states import Event, happen

WAITING = (VendorCardState.ADDED, VendorCardState.EXPIRED)
"""What money makes active."""


def price_kopecks(kit: VendorCard) -> int:
    """What the card's next period costs."""
    return VENDOR_TARIFFS[kit.next_tariff or kit.tariff].monthly_kopecks


def money_came(draft: Draft, user: VendorUser) -> list[VendorCard]:
    """Buy periods for his cards that wait for one, as far as his money goes; the cards that became active."""
    begun = []
    for kit in draft.where(VendorCard, lambda each: each.login == user.login):
        wanted = kit.state is VendorCardState.ADDED or kit.auto_prolong
        if kit.state in WAITING and wanted and balance_kopecks(draft, user.purse) >= price_kopecks(kit):
            begun.append(begin(draft, kit))
    return begun


def begin(draft: Draft, kit: VendorCard) -> VendorCard:
    """Take the price and begin a period now, or at the end of the one that runs. Raises RefusedError(funds)."""
    user = draft.get(VendorUser, kit.login)
    card = draft.get(Subscriber, kit.imsi)
    assert user is not None
    assert card is not None
    tariff = kit.next_tariff or kit.tariff
    pay_out(draft, kit, user, price_kopecks(kit), tariff)
    running_until = kit.paid_until if kit.state is VendorCardState.ACTIVE else None
    paid_until = a_month_later(running_until or draft.now)
    draft.note(kit.imsi, f"active in the vendor's service until {paid_until:%Y-%m-%d %H:%M}")
    lift_hold(draft, draft.put(replace(card, paid=True, used_bytes=0)), Hold.PERIOD)
    agenda.plan(draft, paid_until, DueKind.PERIOD_ENDS, kit.imsi)
    return happen(
        draft,
        replace(
            kit,
            tariff=tariff,
            next_tariff="",
            paid_until=paid_until,
            first_activated_at=kit.first_activated_at or draft.now,
        ),
        Event.PAID,
    )


def period_ends(draft: Draft, due: Due) -> None:
    """A period's last moment: prolong the card or let it expire. A blocked one is never prolonged."""
    kit = draft.get(VendorCard, due.subject)
    if kit is None or kit.state is VendorCardState.TERMINATED:
        return
    user = draft.get(VendorUser, kit.login)
    card = draft.get(Subscriber, kit.imsi)
    assert user is not None
    assert card is not None
    if (
        kit.state is VendorCardState.ACTIVE
        and kit.auto_prolong
        and covers(draft, kit, user, price_kopecks(kit))
    ):
        begin(draft, kit)
        return
    draft.note(kit.imsi, "the vendor's period is over")
    put_hold(draft, draft.put(replace(card, paid=False)), Hold.PERIOD)
    happen(draft, kit, Event.RAN_OUT)
