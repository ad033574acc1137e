"""Payments of a vendor's user, in a sandbox: no bank is behind it (S0.19-S0.23).

A payment by card opens a page of the acquirer's where the user pays, is declined or goes away; an invoice waits until
staff sees its money come. Either way the outcome comes in by `settle`, as an acquirer's webhook does: at least once, so
that the second time changes nothing.

The method becomes the account's only one when the user chooses it, that is when a payment with it is created, not when
it succeeds: so S0.22 reads word for word, and whoever rehearses here is warned by the stricter reading.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from http import HTTPStatus
from typing import Final

from firmware_sim.operator.books import Draft
from firmware_sim.operator.callers import Caller, require
from firmware_sim.operator.records import (
    CustomerKind,
    Payment,
    PaymentMethod,
    PaymentState,
    Role,
    VendorUser,
)
from firmware_sim.operator.refusals import Refusal, RefusedError, kinds
from firmware_sim.operator.rules.devices import user_named, user_of
from firmware_sim.operator.rules.kit_periods import money_came
from firmware_sim.operator.rules.kit_purse import LEAST_KOPECKS, money_in
from provisioning.explanation import Text

METHODS: Final = (PaymentMethod.CARD, PaymentMethod.INVOICE)
MOST_OPEN: Final = 20
"""Payments that one user may have under way."""

kinds(
    {
        "too_little": Refusal(
            "S0.19",
            Text(
                "Платёж {kopecks} коп. слишком мал: не меньше {least_kopecks} коп.",
                "A payment of {kopecks} kopecks is too small: at least {least_kopecks}.",
            ),
            HTTPStatus.UNPROCESSABLE_ENTITY,
        ),
        "method_not_offered": Refusal(
            "S0.20",
            Text(
                "Способ {method} не предлагается: банковская карта или счёт для юридического лица.",
                "The method {method} is not offered: a bank card, or an invoice for a legal entity.",
            ),
            HTTPStatus.UNPROCESSABLE_ENTITY,
        ),
        "invoice_for_companies": Refusal(
            "S0.20",
            Text(
                "Счёт выставляется только юридическому лицу; платите картой.",
                "An invoice is for legal entities only; pay by card.",
            ),
        ),
        "method_fixed": Refusal(
            "S0.22",
            Text(
                "Для этого аккаунта уже выбран способ {method}; другой невозможен.",
                "This account has chosen {method}; no other method is possible any more.",
            ),
        ),
        "auto_payment_by_card_only": Refusal(
            "S0.18",
            Text(
                "Автоплатёж возможен только с банковской картой.",
                "Auto-payment is possible with a bank card only.",
            ),
        ),
        "key_used": Refusal(
            "",
            Text("Ключ {key} уже был у другого платежа.", "The key {key} has been that of another payment."),
        ),
        "no_such_payment": Refusal(
            "", Text("Платежа {id} нет.", "There is no payment {id}."), HTTPStatus.NOT_FOUND
        ),
        "no_page": Refusal(
            "S0.21",
            Text(
                "У платежа {id} нет страницы карты: это счёт.",
                "The payment {id} has no card page: it is an invoice.",
            ),
        ),
        "payment_settled": Refusal(
            "", Text("Платёж {id} уже завершён: {state}.", "The payment {id} has ended already: {state}.")
        ),
        "too_many_payments": Refusal(
            "",
            Text(
                "Незавершённых платежей уже {count}; завершите их.",
                "{count} payments are under way; end them first.",
            ),
        ),
    }
)


class PageOutcome(StrEnum):
    """What the user's visit to the card page comes to (S0.23)."""

    PAID = "paid"
    DECLINED = "declined"
    ABANDONED = "abandoned"


def create(
    draft: Draft, caller: Caller, *, kopecks: int, method: PaymentMethod, idempotency_key: str = ""
) -> Payment:
    """The user chooses method and amount and goes on (S0.19). The same key twice is one payment.

    Raises:
        RefusedError: not_yours, key_used, too_little, method_not_offered, invoice_for_companies, method_fixed,
            auto_payment_by_card_only, too_many_payments.
    """
    user = user_of(draft, caller)
    if idempotency_key:
        for each in payments_of(draft, caller):
            if each.idempotency_key == idempotency_key:
                if (each.kopecks, each.method) != (kopecks, method):
                    raise RefusedError("key_used", key=idempotency_key)
                return each
    if kopecks < LEAST_KOPECKS:
        raise RefusedError("too_little", kopecks=kopecks, least_kopecks=LEAST_KOPECKS)
    _check_method(user, method)
    under_way = [each for each in payments_of(draft, caller) if each.state is PaymentState.PENDING]
    if len(under_way) >= MOST_OPEN:
        raise RefusedError("too_many_payments", count=len(under_way))
    draft.put(replace(user, method=method))
    return draft.put(
        Payment(
            id=draft.next_id(Payment),
            at=draft.now,
            purse=user.purse,
            kopecks=kopecks,
            method=method,
            idempotency_key=idempotency_key,
        )
    )


def visit_page(draft: Draft, caller: Caller, payment_id: int, outcome: PageOutcome) -> Payment:
    """The user fills in the card page, or leaves it (S0.21, S0.23).

    Raises:
        RefusedError: not_yours, no_such_payment, no_page, payment_settled.
    """
    user = user_of(draft, caller)
    payment = _payment(draft, payment_id)
    if payment.purse != user.purse:
        raise RefusedError("no_such_payment", id=payment_id)
    if payment.method is not PaymentMethod.CARD:
        raise RefusedError("no_page", id=payment_id)
    if payment.state is not PaymentState.PENDING:
        raise RefusedError("payment_settled", id=payment_id, state=payment.state)
    return _settle(draft, payment, paid=outcome is PageOutcome.PAID, note=outcome)


def settle(draft: Draft, caller: Caller, payment_id: int, *, paid: bool) -> Payment:
    """The acquirer's word, or staff's that an invoice was paid. Said again, it changes nothing.

    Raises:
        RefusedError: not_yours, no_such_payment, payment_settled when the other was said before.
    """
    require(caller, Role.STAFF)
    payment = _payment(draft, payment_id)
    if payment.state is (PaymentState.DONE if paid else PaymentState.CANCELLED):
        return payment
    if payment.state is not PaymentState.PENDING:
        raise RefusedError("payment_settled", id=payment_id, state=payment.state)
    return _settle(draft, payment, paid=paid, note="")


def payments_of(draft: Draft, caller: Caller) -> list[Payment]:
    """His payments, oldest first. Raises RefusedError(not_yours)."""
    user = user_of(draft, caller)
    return draft.where(Payment, lambda each: each.purse == user.purse)


def set_auto_payment(draft: Draft, caller: Caller, on: bool) -> VendorUser:
    """The user's tick at "auto-payment" (S0.18); it charges the card of his last payment that succeeded.

    Raises:
        RefusedError: not_yours, auto_payment_by_card_only.
    """
    user = user_of(draft, caller)
    if on and user.method is PaymentMethod.INVOICE:
        raise RefusedError("auto_payment_by_card_only")
    return draft.put(replace(user, auto_payment=on))


def saved_card_declines(draft: Draft, caller: Caller, login: str, declines: bool) -> VendorUser:
    """The sandbox: from now on the bank refuses his saved card, or no longer does.

    Raises:
        RefusedError: not_yours, no_such_user.
    """
    require(caller, Role.STAFF)
    return draft.put(replace(user_named(draft, login), card_declines=declines))


def _check_method(user: VendorUser, method: PaymentMethod) -> None:
    if method not in METHODS:
        raise RefusedError("method_not_offered", method=method)
    if user.method is not None and method is not user.method:
        raise RefusedError("method_fixed", method=user.method)
    if method is PaymentMethod.INVOICE and user.kind is not CustomerKind.COMPANY:
        raise RefusedError("invoice_for_companies")
    if method is PaymentMethod.INVOICE and user.auto_payment:
        raise RefusedError("auto_payment_by_card_only")


def _settle(draft: Draft, payment: Payment, *, paid: bool, note: str) -> Payment:
    payment = replace(payment, note=note)
    if not paid:
        return draft.put(replace(payment, state=PaymentState.CANCELLED, settled_at=draft.now))
    user = user_named(draft, payment.purse.removeprefix("vendor:"))
    if payment.method is PaymentMethod.CARD:
        user = draft.put(replace(user, card_saved=True, card_declines=False))
    done = money_in(draft, payment)
    money_came(draft, user)
    return done


def _payment(draft: Draft, payment_id: int) -> Payment:
    payment = draft.get(Payment, payment_id)
    if payment is None or not payment.purse.startswith("vendor:"):
        raise RefusedError("no_such_payment", id=payment_id)
    return payment
