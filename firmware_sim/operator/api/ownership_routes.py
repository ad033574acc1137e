"""Whose a card is, and what would make it somebody else's: staff's business, and refused for kit cards."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from firmware_sim.http_api.json_body import JsonRoute
from firmware_sim.http_api.problems import responses
from firmware_sim.operator.api.models import AccountNumber, Body, Kopecks, SubscriberFacts, facts_of
from firmware_sim.operator.api.signed_in import OperatorAsked, SignedIn
from firmware_sim.operator.callers import subscriber_of
from firmware_sim.operator.records import CustomerKind
from firmware_sim.operator.rules import ownership

router = APIRouter(
    prefix="/subscribers/{number}",
    tags=["staff"],
    responses=responses(401, 403, 404, 409, 422),
    route_class=JsonRoute,
)

Number = Annotated[str, Path(pattern=r"^\+?[0-9]{10,15}$", examples=["+79160000001"])]


class OwnerFacts(BaseModel):
    """An owner of record."""

    contract: str
    name: str
    kind: CustomerKind


class BankPayment(Body):
    """Money that a bank sends for a telephone number."""

    kopecks: Kopecks


class Registration(Body):
    """To whose account the card goes."""

    account: AccountNumber


class Porting(Body):
    """Which operator takes the number."""

    to: Annotated[str, Field(pattern=r"^[0-9]{5,6}$", examples=["25020"], description="its MCC and MNC")]


@router.get("/owner")
async def owner(operator: OperatorAsked, caller: SignedIn, number: Number) -> OwnerFacts:
    """Who owns it (S0.4)."""
    found = operator.ask(ownership.owner_of_record, caller, number)
    return OwnerFacts(contract=found.contract, name=found.name, kind=found.kind)


@router.post("/bank-payments", status_code=201)
async def pay(
    operator: OperatorAsked, caller: SignedIn, number: Number, payment: BankPayment
) -> SubscriberFacts:
    """A bank's payment by telephone number (S0.6)."""
    operator.do(ownership.pay_through_bank, caller, number, payment.kopecks)
    return operator.ask(facts_of, operator.ask(subscriber_of, caller, number))


@router.put("/registration")
async def reregister(
    operator: OperatorAsked, caller: SignedIn, number: Number, registration: Registration
) -> SubscriberFacts:
    """Another customer takes it over (S0.7)."""
    return operator.ask(facts_of, operator.do(ownership.reregister, caller, number, registration.account))


@router.post("/porting")
async def port_out(
    operator: OperatorAsked, caller: SignedIn, number: Number, porting: Porting
) -> SubscriberFacts:
    """The number goes to another operator (S0.8)."""
    return operator.ask(facts_of, operator.do(ownership.port_out, caller, number, porting.to))
