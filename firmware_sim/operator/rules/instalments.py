"""Things bought by instalments: what remains, how much a month, until when (S2.4). A payment is taken on its day."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import replace
from datetime import date, datetime

from firmware_sim.operator import agenda, ledger
from firmware_sim.operator.books import Draft
from firmware_sim.operator.callers import Caller, accounts_of, require
from firmware_sim.operator.ledger import Kind
from firmware_sim.operator.months import months_back, same_day_next_month
from firmware_sim.operator.records import REVENUE, Account, Due, DueKind, Instalment, Role
from firmware_sim.operator.refusals import RefusedError
from firmware_sim.operator.rules.billing import weigh


def grant(
    draft: Draft, caller: Caller, account: str, what: str, monthly_kopecks: int, payments: int
) -> Instalment:
    """Sell something by instalments; the first is due in a month.

    Raises:
        RefusedError: not_yours, no_such_account, amount.
    """
    require(caller, Role.STAFF)
    if draft.get(Account, account) is None:
        raise RefusedError("no_such_account", account=account)
    if monthly_kopecks <= 0 or payments <= 0:
        raise RefusedError("amount", kopecks=monthly_kopecks)
    sold = draft.put(
        Instalment(
            id=draft.next_id(Instalment),
            account=account,
            what=what,
            monthly_kopecks=monthly_kopecks,
            remaining_payments=payments,
            next_due_on=same_day_next_month(draft.now.date()),
            due_day=draft.now.day,
        )
    )
    _plan(draft, sold)
    return sold


def of_caller(draft: Draft, caller: Caller) -> list[Instalment]:
    """All that still run on his accounts (S2.4)."""
    own = {account.number for account in accounts_of(draft, caller)}
    return draft.where(Instalment, lambda each: each.account in own and each.remaining_payments > 0)


def falls_due(draft: Draft, due: Due) -> None:
    """Its day has come: the payment is taken, even below nothing."""
    each = draft.get(Instalment, int(due.subject))
    if each is None:
        return
    account = draft.get(Account, each.account)
    assert account is not None
    ledger.move(
        draft,
        account.number,
        REVENUE,
        each.monthly_kopecks,
        Kind.INSTALMENT,
        what=each.what,
        down_to_kopecks=None,
    )
    weigh(draft, account)
    remaining = each.remaining_payments - 1
    changed = replace(each, remaining_payments=remaining, next_due_on=_month_after(each))
    draft.put(changed)
    if remaining:
        _plan(draft, changed)


def _month_after(each: Instalment) -> date:
    """The day of the month on which it was sold, or a shorter month's last."""
    first = months_back(each.next_due_on, -1)
    return first.replace(day=min(each.due_day, monthrange(first.year, first.month)[1]))


def _plan(draft: Draft, each: Instalment) -> None:
    day = each.next_due_on
    at = datetime(day.year, day.month, day.day, tzinfo=draft.now.tzinfo)
    agenda.plan(draft, at, DueKind.INSTALMENT, str(each.id))
