"""Who pays what and when: fees of an order, the month's fees, usage, top-ups, and the hold of an empty account.

An order is paid at once or refused. What falls due by itself (the month's fees, usage) is taken even below nothing;
then all cards of the account are held until money comes (S4.1). With credit (S4.17) nothing is the credit's limit.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from firmware_sim.operator import ledger
from firmware_sim.operator.books import Draft
from firmware_sim.operator.callers import Caller, account_of, require
from firmware_sim.operator.catalogue import PACKAGES, SERVICES, TARIFFS
from firmware_sim.operator.ledger import Kind, balance_kopecks
from firmware_sim.operator.records import BANK, REVENUE, Account, Hold, Life, Role, Subscriber
from firmware_sim.operator.refusals import RefusedError
from firmware_sim.operator.rules.cards import lift_hold, put_hold

BONUS_PERCENT: Final = 20
CONSULTANT_KOPECKS: Final = 4_500
"""What a specialist takes for doing what the owner could do himself; the content ban is free of it (S1.10)."""


def order(draft: Draft, card: Subscriber, kopecks: int, kind: Kind, what: str = "") -> None:
    """Pay for something that the owner orders; nothing costs nothing. Raises RefusedError(funds)."""
    if kopecks == 0:
        return
    account = account_of(draft, card)
    ledger.move(
        draft,
        account.number,
        REVENUE,
        kopecks,
        kind,
        what=what,
        imsi=card.imsi,
        down_to_kopecks=-account.credit_limit_kopecks,
    )


def take(draft: Draft, card: Subscriber, kopecks: int, kind: Kind, what: str = "") -> None:
    """Take what fell due by itself, even below nothing; an account that is empty then holds its cards."""
    if kopecks == 0:
        return
    account = account_of(draft, card)
    ledger.move(
        draft, account.number, REVENUE, kopecks, kind, what=what, imsi=card.imsi, down_to_kopecks=None
    )
    weigh(draft, account)


def top_up(draft: Draft, caller: Caller, account: str, kopecks: int, note: str = "") -> Account:
    """Money comes from outside to an account. Raises RefusedError: not_yours, no_such_account, amount."""
    require(caller, Role.STAFF)
    found = draft.get(Account, account)
    if found is None:
        raise RefusedError("no_such_account", account=account)
    ledger.move(draft, BANK, account, kopecks, Kind.TOP_UP, what=note)
    weigh(draft, found)
    return found


def month_begins(draft: Draft) -> None:
    """The first of a month: quotas of the operator's own tariffs begin anew, the month's fees are taken."""
    for card in draft.where(Subscriber, lambda each: each.life is Life.ACTIVE):
        if card.tariff != "kit" and card.used_bytes:  # a kit's quota is the vendor's period's (S0.35)
            card = draft.put(replace(card, used_bytes=0))
        for kind, what, kopecks in monthly_fees(card):
            take(draft, card, kopecks, kind, what)
            give_points(draft, card, kopecks)


def give_points(draft: Draft, card: Subscriber, kopecks: int) -> None:
    """A fifth of a month's fees comes back as bonus points, a point a rouble (S4.26)."""
    account = account_of(draft, card)
    points = kopecks * BONUS_PERCENT // 100 // 100
    if points:
        draft.put(replace(account, bonus_points=account.bonus_points + points))


def monthly_fees(card: Subscriber) -> list[tuple[Kind, str, int]]:
    """What a month costs him: kind, what, kopecks.

    A temporary block saves all fees (S4.18), a pause the tariff's, not those of its extras.
    """
    fees: list[tuple[Kind, str, int]] = []
    if Hold.TEMPORARY_BLOCK in card.holds:
        return fees
    if Hold.PAUSE not in card.holds:
        fees.append((Kind.MONTHLY_FEE, card.tariff, TARIFFS[card.tariff].monthly_kopecks))
        if card.package:
            fees.append((Kind.PACKAGE_FEE, card.package, PACKAGES[card.package].monthly_kopecks))
    fees.extend((Kind.SERVICE_FEE, code, SERVICES[code].monthly_kopecks) for code in card.services)
    return [fee for fee in fees if fee[2]]


def weigh(draft: Draft, account: Account) -> None:
    """Hold the account's cards when it is below its limit, release them when it is not."""
    empty = balance_kopecks(draft, account.number) < -account.credit_limit_kopecks
    for card in draft.where(Subscriber, lambda each: each.account == account.number):
        if card.life is Life.TERMINATED:
            continue
        if empty:
            put_hold(draft, card, Hold.FUNDS)
        else:
            lift_hold(draft, card, Hold.FUNDS)
