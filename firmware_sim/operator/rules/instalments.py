"""Things bought by instalments: what remains, how much a month, until when (S2.4). A payment is taken on its day."""

from __future__ import annotations

from dataclasses import replace

from firmware_sim.operator import ledger
from firmware_sim.operator.books import Draft
from firmware_sim.operator.callers import Caller, accounts_of, require
from firmware_sim.operator.ledger import Kind
from firmware_sim.operator.months import months_back, same_day_next_month
from firmware_sim.operator.records import REVENUE, Account, Instalment, Role
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
    return draft.put(
        Instalment(
            id=draft.next_id(Instalment),
            account=account,
            what=what,
            monthly_kopecks=monthly_kopecks,
            remaining_payments=payments,
            next_due_on=same_day_next_month(draft.now.date()),
        )
    )


def of_caller(draft: Draft, caller: Caller) -> list[Instalment]:
    """All that still run on his accounts (S2.4)."""
    own = {account.number for account in accounts_of(draft, caller)}
    return draft.where(Instalment, lambda each: each.account in own and each.remaining_payments > 0)


def take_due(draft: Draft) -> None:
    """With the month's fees, what falls due in the month is taken, even below nothing."""
    next_month = months_back(draft.now.date(), -1)
    for each in draft.where(Instalment, lambda one: one.remaining_payments > 0):
        account = draft.get(Account, each.account)
        assert account is not None
        if each.next_due_on >= next_month:
            continue
        ledger.move(
            draft,
            account.number,
            REVENUE,
            each.monthly_kopecks,
            Kind.INSTALMENT,
            what=each.what,
            down_to_kopecks=None,
        )
        draft.put(
            replace(
                each,
                remaining_payments=each.remaining_payments - 1,
                next_due_on=same_day_next_month(each.next_due_on),
            )
        )
        weigh(draft, account)
