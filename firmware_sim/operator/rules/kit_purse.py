"""The purse of a vendor's user: money in from outside, and out for a period (S0.5)."""

from __future__ import annotations

from dataclasses import replace

from firmware_sim.operator import ledger
from firmware_sim.operator.books import Draft
from firmware_sim.operator.ledger import Kind, balance_kopecks
from firmware_sim.operator.records import (
    BANK,
    VENDOR,
    NoticeKind,
    Payment,
    PaymentMethod,
    PaymentState,
    VendorCard,
    VendorUser,
)
from firmware_sim.operator.rules.kit_states import tell

LEAST_KOPECKS = 9_000
"""No payment is smaller (S0.19)."""
AUTO_PAYMENT_NOTE = "auto-payment"


def money_in(draft: Draft, payment: Payment) -> Payment:
    """A payment has succeeded: its money lands in its purse."""
    ledger.move(draft, BANK, payment.purse, payment.kopecks, Kind.TOP_UP, what=f"payment {payment.id}")
    return draft.put(replace(payment, state=PaymentState.DONE, settled_at=draft.now))


def covers(draft: Draft, kit: VendorCard, user: VendorUser, kopecks: int) -> bool:
    """Is there enough for a card's period, or does the saved card give what is missing (S0.18)?"""
    missing = kopecks - balance_kopecks(draft, user.purse)
    if missing <= 0:
        return True
    if not (user.auto_payment and user.card_saved):
        return False
    payment = Payment(
        id=draft.next_id(Payment),
        at=draft.now,
        purse=user.purse,
        kopecks=max(missing, LEAST_KOPECKS),
        method=PaymentMethod.CARD,
        note=AUTO_PAYMENT_NOTE,
    )
    if user.card_declines:
        draft.put(replace(payment, state=PaymentState.CANCELLED, settled_at=draft.now))
        tell(draft, kit, NoticeKind.CARD_DECLINED)
        return False
    money_in(draft, payment)
    return True


def pay_out(draft: Draft, kit: VendorCard, user: VendorUser, kopecks: int, what: str) -> None:
    """The service takes its price. Raises RefusedError(funds)."""
    ledger.move(draft, user.purse, VENDOR, kopecks, Kind.PERIOD, what=what, imsi=kit.imsi)
