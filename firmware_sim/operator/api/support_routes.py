"""Salon, support and call centre: contracts from the form, passwords handed out, lost cards, money and balance."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from firmware_sim.http_api.json_body import JsonRoute
from firmware_sim.http_api.problems import responses
from firmware_sim.operator.api.models import Body, Imsi, Kopecks, Name, SubscriberFacts, facts_of
from firmware_sim.operator.api.session_routes import Login
from firmware_sim.operator.api.signed_in import OperatorAsked, SignedIn
from firmware_sim.operator.api.staff_routes import AccountPath
from firmware_sim.operator.api.subscriber_routes import Number
from firmware_sim.operator.records import Customer, Payment, PaymentMethod
from firmware_sim.operator.rules import contracts, enquiries, lost_cards, passwords, payments

router = APIRouter(
    prefix="/staff",
    tags=["support"],
    responses=responses(401, 403, 404, 409, 422),
    route_class=JsonRoute,
)

Passport = Annotated[str, Field(max_length=20, examples=["45 10 123456"])]


class Form(Body):
    """What a new private customer fills in."""

    surname: Name
    first_name: Name
    middle_name: Name = ""
    passport: Passport
    born_on: date
    passport_issuer: Name
    passport_issued_on: date
    agrees: Annotated[bool, Field(description="to the contract")]
    address: Name = ""


class WhosePassword(Body):
    """For whom a password is."""

    login: Login


class OwnerSays(Body):
    """An owner who has lost his password."""

    login: Login
    name: Name
    passport: Passport


class IssuedPassword(BaseModel):
    """A new password; the one before is void."""

    password: str


class Loss(Body):
    """What somebody says who has lost his card."""

    name: Name
    passport: Passport
    address: Name
    calls: Annotated[
        list[Annotated[str, Field(max_length=40)]],
        Field(max_length=10, description="the last three outgoing calls; a balance check is one"),
    ]


class Replacement(Body):
    """A card from the stock, and the region where it is handed out."""

    imsi: Imsi
    region: Name


class Paid(Body):
    """Money that somebody has paid in."""

    kopecks: Kopecks
    method: PaymentMethod
    note: Name = ""


class Enquiry(Body):
    """How one shows that he may know the balance: name by phone, also passport at an office, password at a terminal."""

    name: Name = ""
    passport: Passport = ""
    password: Annotated[str, Field(max_length=64)] = ""


class Balance(BaseModel):
    """What is on an account."""

    kopecks: int


@router.post("/registrations", status_code=201)
async def register(operator: OperatorAsked, caller: SignedIn, form: Form) -> Customer:
    """A contract from the form (S4.8)."""
    return operator.do(contracts.register_person, caller, contracts.Registration(**form.model_dump()))


@router.post("/passwords", status_code=201)
async def issue(operator: OperatorAsked, caller: SignedIn, whose: WhosePassword) -> IssuedPassword:
    """Hand a password out with the contract (S4.2): to a home account, an administrator, a vendor's user, a number."""
    return IssuedPassword(password=operator.do(passwords.issue, caller, whose.login))


@router.post("/passwords/lost", status_code=201)
async def issue_to_owner(operator: OperatorAsked, caller: SignedIn, said: OwnerSays) -> IssuedPassword:
    """A new password for the owner, by name and passport (S4.5, S4.14)."""
    password = operator.do(
        passwords.issue_to_owner, caller, said.login, name=said.name, passport=said.passport
    )
    return IssuedPassword(password=password)


@router.post("/subscribers/{number}/loss")
async def report_lost(
    operator: OperatorAsked, caller: SignedIn, number: Number, said: Loss
) -> SubscriberFacts:
    """Identify the caller and block his lost card (S3.4, S3.5)."""
    return operator.ask(facts_of, operator.do(lost_cards.report_lost, caller, number, **said.model_dump()))


@router.post("/subscribers/{number}/replacement")
async def replace_card(
    operator: OperatorAsked, caller: SignedIn, number: Number, by: Replacement
) -> SubscriberFacts:
    """Give the number to a card from the stock, in the home region (S3.3)."""
    return operator.ask(
        facts_of, operator.do(lost_cards.replace_card, caller, number, by.imsi, region=by.region)
    )


@router.post("/accounts/{account}/payments", status_code=201)
async def take_in(operator: OperatorAsked, caller: SignedIn, account: AccountPath, paid: Paid) -> Payment:
    """Money was paid at a salon, a terminal, a bank (S4.7); the answer is the receipt."""
    return operator.do(payments.take_in, caller, account, paid.kopecks, paid.method, paid.note)


@router.post("/accounts/{account}/balance-enquiries")
async def balance(operator: OperatorAsked, caller: SignedIn, account: AccountPath, shown: Enquiry) -> Balance:
    """The balance for somebody who shows that it is his (S4.3)."""
    proof = enquiries.Proof(**shown.model_dump())
    return Balance(kopecks=operator.ask(enquiries.balance, caller, account, proof))
