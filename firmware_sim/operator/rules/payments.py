"""Payments into accounts: taken in by the staff (S4.7), or said by a company and confirmed later (S2.2).

A payment that nobody has seen at the bank moves no money. Money from a mobile account to a home one is a transfer.
"""

from __future__ import annotations

from dataclasses import replace

from firmware_sim.operator.books import Draft
from firmware_sim.operator.callers import Caller, accounts_of, require
from firmware_sim.operator.records import Account, Payment, PaymentMethod, PaymentState, Role
from firmware_sim.operator.refusals import Refusal, RefusedError, kinds
from firmware_sim.operator.rules.billing import top_up
from firmware_sim.operator.rules.money_orders import own_account
from provisioning.explanation import Text

kinds(
    {
        "payment_decided": Refusal(
            "S2.2",
            Text("С платежом {id} уже решено.", "The payment {id} is decided already."),
        ),
    }
)


def take_in(
    draft: Draft, caller: Caller, account: str, kopecks: int, method: PaymentMethod, note: str = ""
) -> Payment:
    """Money was paid at a salon, a terminal, a bank (S4.7); the payment's number is its receipt.

    Raises:
        RefusedError: not_yours, no_such_account, amount.
    """
    top_up(draft, caller, account, kopecks, method)
    return _put(draft, account, kopecks, method, PaymentState.DONE, note)


def register_unconfirmed(draft: Draft, caller: Caller, account: str, kopecks: int, note: str = "") -> Payment:
    """A company says that it has paid (S2.2). Raises RefusedError: not_yours, no_such_account, amount."""
    require(caller, Role.ADMINISTRATOR)
    own_account(draft, caller, account)
    if kopecks <= 0:
        raise RefusedError("amount", kopecks=kopecks)
    return _put(draft, account, kopecks, PaymentMethod.BANK_TRANSFER, PaymentState.UNCONFIRMED, note)


def confirm(draft: Draft, caller: Caller, number: int) -> Payment:
    """The money was seen at the bank: it goes to the account.

    Raises:
        RefusedError: not_yours, no_such_record, payment_decided.
    """
    payment = _unconfirmed(draft, caller, number)
    top_up(draft, caller, payment.purse, payment.kopecks, "bank_transfer")
    return draft.put(replace(payment, state=PaymentState.DONE, settled_at=draft.now))


def reject(draft: Draft, caller: Caller, number: int) -> Payment:
    """There was no such money. Raises as `confirm`."""
    payment = _unconfirmed(draft, caller, number)
    return draft.put(replace(payment, state=PaymentState.CANCELLED, settled_at=draft.now))


def history(draft: Draft, caller: Caller) -> list[Payment]:
    """All payments into his accounts, oldest first (S2.2)."""
    own = {account.number for account in accounts_of(draft, caller)}
    return draft.where(Payment, lambda payment: payment.purse in own)


def _unconfirmed(draft: Draft, caller: Caller, number: int) -> Payment:
    require(caller, Role.STAFF)
    payment = draft.get(Payment, number)
    if payment is None or draft.get(Account, payment.purse) is None:
        raise RefusedError("no_such_record", id=number)
    if payment.state is not PaymentState.UNCONFIRMED:
        raise RefusedError("payment_decided", id=number)
    return payment


def _put(
    draft: Draft, account: str, kopecks: int, method: PaymentMethod, state: PaymentState, note: str
) -> Payment:
    return draft.put(
        Payment(
            id=draft.next_id(Payment),
            at=draft.now,
            purse=account,
            kopecks=kopecks,
            method=method,
            state=state,
            note=note,
            settled_at=draft.now if state is PaymentState.DONE else None,
        )
    )
