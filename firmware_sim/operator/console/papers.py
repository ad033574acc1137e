"""What waits for the staff to decide: payments that were said or invoiced, requests without an answer."""

from __future__ import annotations

from dataclasses import dataclass

from firmware_sim.operator.books import Books
from firmware_sim.operator.callers import OPERATOR
from firmware_sim.operator.operator import Operator
from firmware_sim.operator.records import (
    Account,
    Payment,
    PaymentMethod,
    PaymentState,
    RequestState,
    Subscriber,
    SupportRequest,
)
from firmware_sim.operator.refusals import RefusedError
from firmware_sim.operator.rules import kit_payments, payments, requests


@dataclass(frozen=True, slots=True)
class Papers:
    """All of it, oldest first."""

    payments: list[Payment]
    requests: list[tuple[SupportRequest, str]]
    """With the number that each is about, "" for none."""

    @property
    def count(self) -> int:
        """How many wait."""
        return len(self.payments) + len(self.requests)


def waiting(books: Books) -> Papers:
    """What waits now. A card payment is decided on its page, not here."""
    return Papers(
        [
            each
            for each in books.all(Payment)
            if each.state is PaymentState.UNCONFIRMED
            or (each.state is PaymentState.PENDING and each.method is PaymentMethod.INVOICE)
        ],
        [
            (each, card.msisdn if (card := books.get(Subscriber, each.imsi)) else "")
            for each in books.all(SupportRequest)
            if each.state is RequestState.OPEN
        ],
    )


def decide_payment(operator: Operator, number: int, *, paid: bool) -> RefusedError | None:
    """Confirm or reject a payment into an account or into a purse of the vendor's service."""
    payment = operator.books.get(Payment, number)
    try:
        if payment is not None and operator.books.get(Account, payment.purse) is None:
            operator.do(kit_payments.settle, OPERATOR, number, paid=paid)
        else:
            operator.do(payments.confirm if paid else payments.reject, OPERATOR, number)
    except RefusedError as refusal:
        return refusal
    return None


def answer(operator: Operator, number: int, text: str) -> RefusedError | None:
    """Answer a request."""
    try:
        operator.do(requests.answer, OPERATOR, number, text)
    except RefusedError as refusal:
        return refusal
    return None
