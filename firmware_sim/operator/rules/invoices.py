"""A company's invoices: formed for each month that is over, read from the fourth day on (S2.3).

An invoice names each subscriber as he is called when it is formed, so of several names in a month the last (S2.8).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from firmware_sim.operator.books import Draft
from firmware_sim.operator.callers import Caller, contract_of, is_company, require
from firmware_sim.operator.months import month_of, months_back
from firmware_sim.operator.records import (
    REVENUE,
    Account,
    Customer,
    Delivery,
    Entry,
    Invoice,
    Letter,
    Role,
    Subscriber,
)
from firmware_sim.operator.refusals import Refusal, RefusedError, kinds, unknown
from firmware_sim.operator.rules.statements import E_MAIL, vat_kopecks
from provisioning.explanation import Text

FORMED_UNTIL_DAY = 3
"""Until then the month's invoices are being formed."""

kinds(
    {
        "invoices_forming": Refusal(
            "S2.3",
            Text(
                "С 1 по 3 число счета формируются; закажите с 4-го.",
                "From the 1st to the 3rd the invoices are being formed; order from the 4th on.",
            ),
        ),
        "no_invoice": unknown("Счёта за {month} нет.", "There is no invoice for {month}.", "S2.3"),
        "no_address": Refusal(
            "S2.3",
            Text(
                "Для такого способа доставки нужен адрес.",
                "This way of delivery needs an address.",
            ),
        ),
    }
)


def form(draft: Draft) -> None:
    """The month is over: an invoice for each company, also for those that owe nothing, by card and charge."""
    month = months_back(draft.now.date(), 1)
    for customer in draft.where(Customer, is_company):
        accounts = {each.number for each in draft.all(Account) if each.contract == customer.contract}
        sums: dict[tuple[str, str], int] = {}
        for entry in draft.all(Entry):
            of_month = month_of(entry.at.astimezone(draft.now.tzinfo).date()) == month
            if of_month and entry.source in accounts and entry.target == REVENUE:
                key = (entry.imsi, entry.what)
                sums[key] = sums.get(key, 0) + entry.kopecks
        total = sum(sums.values())
        draft.put(
            Invoice(
                id=draft.next_id(Invoice),
                contract=customer.contract,
                month=month,
                kopecks=total,
                vat_kopecks=vat_kopecks(total),
                lines=tuple((_named(draft, imsi), what, kopecks) for (imsi, what), kopecks in sums.items()),
            )
        )


def send_out(draft: Draft) -> None:
    """On the fourth, those who have their invoices by e-mail get them."""
    month = months_back(draft.now.date(), 1)
    for invoice in draft.where(Invoice, lambda each: each.month == month):
        customer = draft.get(Customer, invoice.contract)
        if customer is not None and customer.invoice_delivery is Delivery.E_MAIL:
            _send(draft, invoice, customer.invoice_address)


def ready_at(draft: Draft) -> datetime:
    """When this month's invoices can be read."""
    return draft.now.replace(day=FORMED_UNTIL_DAY + 1, hour=0, minute=0, second=0, microsecond=0)


def _named(draft: Draft, imsi: str) -> str:
    card = draft.get(Subscriber, imsi)
    return "" if card is None else card.name or card.msisdn


def download(draft: Draft, caller: Caller, month: date) -> Invoice:
    """The invoice of a month. Raises RefusedError: not_yours, invoices_forming, no_invoice."""
    require(caller, Role.ADMINISTRATOR)
    if draft.now.day <= FORMED_UNTIL_DAY:
        raise RefusedError("invoices_forming")
    wanted = month_of(month)
    for invoice in draft.all(Invoice):
        if invoice.contract == caller.subject and invoice.month == wanted:
            return invoice
    raise RefusedError("no_invoice", month=f"{wanted:%m.%Y}")


def order_by_e_mail(draft: Draft, caller: Caller, month: date, e_mail: str) -> Letter:
    """Have it sent. Raises RefusedError: not_yours, invoices_forming, no_invoice, no_e_mail."""
    invoice = download(draft, caller, month)
    if not E_MAIL.fullmatch(e_mail):
        raise RefusedError("no_e_mail", e_mail=e_mail)
    return _send(draft, invoice, e_mail)


def _send(draft: Draft, invoice: Invoice, e_mail: str) -> Letter:
    lines = [f"{name};{what};{kopecks}" for name, what, kopecks in invoice.lines]
    total = [f"total;;{invoice.kopecks}", f"vat;;{invoice.vat_kopecks}"]
    return draft.put(
        Letter(
            id=draft.next_id(Letter),
            at=draft.now,
            to=e_mail,
            subject=f"Счёт {invoice.contract} за {invoice.month:%m.%Y}",
            text="\n".join([*lines, *total]) + "\n",
        )
    )


def change_delivery(draft: Draft, caller: Caller, delivery: Delivery, address: str = "") -> Customer:
    """How and where invoices come. Raises RefusedError: not_yours, no_e_mail, no_address."""
    require(caller, Role.ADMINISTRATOR)
    if delivery is Delivery.E_MAIL and not E_MAIL.fullmatch(address):
        raise RefusedError("no_e_mail", e_mail=address)
    if delivery is Delivery.POST and not address.strip():
        raise RefusedError("no_address")
    customer = draft.get(Customer, contract_of(draft, caller))
    assert customer is not None
    return draft.put(replace(customer, invoice_delivery=delivery, invoice_address=address))
