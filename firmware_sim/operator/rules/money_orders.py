"""What an owner does with his money: transfers between accounts (S4.9), credit (S4.17), bonus points (S4.22).

Money on credit is for services; it is not transferred. A point is worth a rouble of services.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from firmware_sim.operator import ledger
from firmware_sim.operator.books import Draft
from firmware_sim.operator.callers import Caller, accounts_of
from firmware_sim.operator.ledger import Kind, balance_kopecks
from firmware_sim.operator.records import REVENUE, Account, Entry
from firmware_sim.operator.refusals import Refusal, RefusedError, kinds
from firmware_sim.operator.rules.billing import weigh
from provisioning.explanation import Text

kinds(
    {
        "same_account": Refusal(
            "S4.9", Text("Перевод с счёта на него же не нужен.", "A transfer to the same account is none.")
        ),
        "credit_in_use": Refusal(
            "S4.17",
            Text(
                "Кредит выбран: сначала верните {kopecks} коп.",
                "The credit is in use: pay {kopecks} kopecks back first.",
            ),
        ),
        "points": Refusal(
            "S4.26",
            Text("Баллов {there}, а нужно {wanted}.", "There are {there} points, {wanted} are wanted."),
        ),
    }
)

CREDIT_KOPECKS: Final = 30_000
"""How far below nothing an account on credit may go."""
KOPECKS_A_POINT: Final = 100


def own_account(draft: Draft, caller: Caller, number: str) -> Account:
    """An account of his. Raises RefusedError: no_such_account."""
    for account in accounts_of(draft, caller):
        if account.number == number:
            return account
    raise RefusedError("no_such_account", account=number)


def transfer(draft: Draft, caller: Caller, source: str, target: str, kopecks: int) -> Entry:
    """Move money from one's account to any other.

    Raises:
        RefusedError: no_such_account, same_account, amount, funds.
    """
    giving = own_account(draft, caller, source)
    getting = draft.get(Account, target)
    if getting is None:
        raise RefusedError("no_such_account", account=target)
    if giving.number == getting.number:
        raise RefusedError("same_account")
    entry = ledger.move(draft, giving.number, getting.number, kopecks, Kind.TRANSFER)
    weigh(draft, getting)
    return entry


def set_credit(draft: Draft, caller: Caller, number: str, *, on: bool) -> Account:
    """Let the account go below nothing, or no longer. Raises RefusedError: no_such_account, credit_in_use."""
    account = own_account(draft, caller, number)
    balance = balance_kopecks(draft, account.number)
    if not on and balance < 0:
        raise RefusedError("credit_in_use", kopecks=-balance)
    account = draft.put(replace(account, credit_limit_kopecks=CREDIT_KOPECKS if on else 0))
    weigh(draft, account)
    return account


def spend_points(draft: Draft, caller: Caller, number: str, points: int) -> Entry:
    """Turn bonus points into money on the account. Raises RefusedError: no_such_account, amount, points."""
    account = own_account(draft, caller, number)
    if points > account.bonus_points:
        raise RefusedError("points", there=account.bonus_points, wanted=points)
    entry = ledger.move(
        draft, REVENUE, account.number, points * KOPECKS_A_POINT, Kind.CASHBACK, down_to_kopecks=None
    )
    account = draft.put(replace(account, bonus_points=account.bonus_points - points))
    weigh(draft, account)
    return entry


def statement(draft: Draft, caller: Caller, number: str) -> list[Entry]:
    """All that has gone into an account and out of it, oldest first (S4.9). Raises RefusedError: no_such_account."""
    account = own_account(draft, caller, number)
    return draft.where(Entry, lambda entry: account.number in (entry.source, entry.target))
