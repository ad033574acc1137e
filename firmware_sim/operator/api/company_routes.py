"""A company's cabinet: itself, payments, invoices, instalments, requests, names, one order for many."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from firmware_sim.http_api.json_body import JsonRoute
from firmware_sim.http_api.languages import Reader
from firmware_sim.http_api.problems import responses
from firmware_sim.operator.api.models import (
    AccountNumber,
    Body,
    Kopecks,
    Msisdn,
    Name,
    SubscriberFacts,
    facts_of,
)
from firmware_sim.operator.api.money_routes import Month
from firmware_sim.operator.api.signed_in import OperatorAsked, SignedIn
from firmware_sim.operator.api.subscriber_routes import Number
from firmware_sim.operator.records import (
    Customer,
    Delivery,
    Due,
    Instalment,
    Invoice,
    Letter,
    Payment,
    SupportRequest,
)
from firmware_sim.operator.rules import (
    companies,
    instalments,
    invoices,
    payments,
    renaming,
    requests,
    services,
)
from firmware_sim.operator.rules.companies import ClientInformation

router = APIRouter(tags=["company"], responses=responses(401, 403, 404, 409, 422), route_class=JsonRoute)

RecordId = Annotated[int, Path(ge=1, le=2**53)]
Text = Annotated[str, Field(max_length=4000)]


class SaidPayment(Body):
    """A payment that was made."""

    account: AccountNumber
    kopecks: Kopecks
    note: Name = ""


class InvoiceOrder(Body):
    """An invoice by e-mail."""

    month: date
    e_mail: Annotated[str, Field(max_length=254, examples=["teplo@example.org"])]


class InvoiceDelivery(Body):
    """How and where invoices come."""

    delivery: Delivery
    address: Name = ""


class NewInstalment(Body):
    """A thing sold by instalments."""

    account: AccountNumber
    what: Name
    monthly_kopecks: Kopecks
    payments: Annotated[int, Field(ge=1, le=120)]


class NewRequest(Body):
    """A request to the specialists."""

    subject: Name
    text: Text
    number: Annotated[str, Field(pattern=r"^(\+?[0-9]{10,15})?$")] = ""


class Answer(Body):
    """A specialist's answer."""

    text: Text
    refused: bool = False


class Names(Body):
    """Numbers and their new names."""

    names: Annotated[dict[Msisdn, Name], Field(min_length=1, max_length=1000)]


class OneName(Body):
    """A new name."""

    name: Name


class BulkOrder(Body):
    """A service for many."""

    numbers: Annotated[list[Msisdn], Field(min_length=1, max_length=1000)]
    service: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}$", examples=["roaming"])]
    on: bool


class Outcome(BaseModel):
    """What came of it for one number."""

    number: str
    done: bool
    kind: str | None = Field(description="of the refusal")
    why: str | None


class Group(Body):
    """A closed user group."""

    group: Annotated[str, Field(max_length=40)]


@router.get("/company")
async def information(operator: OperatorAsked, caller: SignedIn) -> ClientInformation:
    """The client (S2.1)."""
    return operator.ask(companies.information, caller)


@router.get("/payments")
async def history(operator: OperatorAsked, caller: SignedIn) -> list[Payment]:
    """Payments into your accounts (S2.2)."""
    return operator.ask(payments.history, caller)


@router.post("/payments", status_code=201)
async def say_paid(operator: OperatorAsked, caller: SignedIn, said: SaidPayment) -> Payment:
    """Say that you have paid; the money counts once it is confirmed (S2.2)."""
    return operator.do(payments.register_unconfirmed, caller, said.account, said.kopecks, said.note)


@router.post("/staff/payments/{id}/confirmation")
async def confirm(operator: OperatorAsked, caller: SignedIn, id: RecordId) -> Payment:
    """The money was seen at the bank."""
    return operator.do(payments.confirm, caller, id)


@router.post("/staff/payments/{id}/rejection")
async def reject(operator: OperatorAsked, caller: SignedIn, id: RecordId) -> Payment:
    """There was no such money."""
    return operator.do(payments.reject, caller, id)


@router.get("/invoice")
async def invoice(operator: OperatorAsked, caller: SignedIn, month: Month) -> Invoice:
    """A month's invoice, from the fourth day on (S2.3)."""
    return operator.ask(invoices.download, caller, month)


@router.post("/invoice", status_code=202)
async def send_invoice(operator: OperatorAsked, caller: SignedIn, wanted: InvoiceOrder) -> Letter:
    """Have it sent by e-mail (S2.3)."""
    return operator.do(invoices.order_by_e_mail, caller, wanted.month, wanted.e_mail)


@router.put("/invoice/delivery")
async def deliver(operator: OperatorAsked, caller: SignedIn, wanted: InvoiceDelivery) -> Customer:
    """How and where invoices come (S2.3)."""
    return operator.do(invoices.change_delivery, caller, wanted.delivery, wanted.address)


@router.get("/instalments")
async def running(operator: OperatorAsked, caller: SignedIn) -> list[Instalment]:
    """Instalments that still run (S2.4)."""
    return operator.ask(instalments.of_caller, caller)


@router.post("/staff/instalments", status_code=201)
async def grant(operator: OperatorAsked, caller: SignedIn, sold: NewInstalment) -> Instalment:
    """Sell something by instalments."""
    return operator.do(
        instalments.grant, caller, sold.account, sold.what, sold.monthly_kopecks, sold.payments
    )


@router.get("/requests")
async def asked(operator: OperatorAsked, caller: SignedIn) -> list[SupportRequest]:
    """Your requests and their answers (S2.7, S3.10)."""
    return operator.ask(requests.of_caller, caller)


@router.post("/requests", status_code=201)
async def ask(operator: OperatorAsked, caller: SignedIn, request: NewRequest) -> SupportRequest:
    """Ask a specialist (S2.7, S3.10)."""
    return operator.do(requests.ask, caller, request.subject, request.text, request.number)


@router.post("/staff/requests/{id}/answer")
async def answer(operator: OperatorAsked, caller: SignedIn, id: RecordId, said: Answer) -> SupportRequest:
    """Answer one."""
    return operator.do(requests.answer, caller, id, said.text, refused=said.refused)


@router.post("/names", status_code=202)
async def rename(operator: OperatorAsked, caller: SignedIn, wanted: Names) -> list[Due]:
    """Names for subscribers, in force within 24 hours (S2.8); when each is."""
    return operator.do(renaming.rename_many, caller, wanted.names)


@router.put("/staff/subscribers/{number}/name")
async def rename_now(
    operator: OperatorAsked, caller: SignedIn, number: Number, wanted: OneName
) -> SubscriberFacts:
    """Carry out a written application (S2.8)."""
    return operator.ask(facts_of, operator.do(renaming.rename_by_application, caller, number, wanted.name))


@router.post("/services")
async def for_many(
    operator: OperatorAsked, caller: SignedIn, wanted: BulkOrder, lang: Reader
) -> list[Outcome]:
    """A service on or off for a list (S2.9); what was refused is named."""
    turn = services.turn_on if wanted.on else services.turn_off
    outcomes = operator.do_each(partial(turn, code=wanted.service), caller, wanted.numbers)
    return [
        Outcome(
            number=number,
            done=refusal is None,
            kind=None if refusal is None else refusal.kind,
            why=None if refusal is None else refusal.told(lang),
        )
        for number, refusal in outcomes.items()
    ]


@router.put("/subscribers/{number}/group")
async def join(operator: OperatorAsked, caller: SignedIn, number: Number, wanted: Group) -> SubscriberFacts:
    """Put a subscriber into a closed user group; an empty name takes him out (S2.10)."""
    return operator.ask(facts_of, operator.do(companies.join_group, caller, number, wanted.group))
