"""What the operator's own people do: contracts, cards, money from outside, the sweep, holds."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from firmware_sim.http_api.json_body import JsonRoute
from firmware_sim.http_api.problems import responses
from firmware_sim.operator.api.models import (
    AccountNumber,
    Body,
    Iccid,
    Imsi,
    Kopecks,
    Msisdn,
    Name,
    SubscriberFacts,
    facts_of,
)
from firmware_sim.operator.api.signed_in import OperatorAsked, SignedIn
from firmware_sim.operator.audit import audit
from firmware_sim.operator.books import Draft
from firmware_sim.operator.callers import Caller, require
from firmware_sim.operator.ledger import balance_kopecks
from firmware_sim.operator.records import (
    Account,
    AccountKind,
    Customer,
    CustomerKind,
    Hold,
    Role,
)
from firmware_sim.operator.rules import billing, cards, contracts, usage

router = APIRouter(
    prefix="/staff", tags=["staff"], responses=responses(401, 403, 404, 409, 422), route_class=JsonRoute
)

ImsiPath = Annotated[str, Path(pattern=r"^[0-9]{14,15}$", examples=["250010000000001"])]
AccountPath = Annotated[str, Path(pattern=r"^[0-9]{12}$", examples=["100000000001"])]


class NewCustomer(Body):
    """A contract to sign."""

    contract: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,40}$", examples=["K-1"])]
    name: Name
    kind: CustomerKind = CustomerKind.PERSON
    tax_id: Annotated[str, Field(pattern=r"^[0-9]{0,12}$")] = ""
    passport: Annotated[str, Field(pattern=r"^([0-9]{10})?$")] = ""
    address: Name = ""
    e_mail: Name = ""


class NewAccount(Body):
    """An account to open."""

    contract: str
    kind: AccountKind = AccountKind.MOBILE


class NewCard(Body):
    """A card to enter into the stock."""

    imsi: Imsi
    iccid: Iccid
    msisdn: Msisdn
    account: AccountNumber
    tariff: str = "kit"
    name: Name = ""
    pin1: Annotated[str, Field(pattern=r"^([0-9]{4,8})?$")] = ""


class TopUp(Body):
    """Money that has come."""

    kopecks: Kopecks
    note: Name = ""


class AccountFacts(BaseModel):
    """An account and what is on it."""

    number: str
    contract: str
    kind: AccountKind
    balance_kopecks: int
    credit_limit_kopecks: int
    bonus_points: int


class Call(Body):
    """A call to have been made."""

    other: Msisdn
    duration_s: Annotated[int, Field(ge=0, le=86_400)]
    incoming: bool = False


@router.post("/customers", status_code=201)
async def sign(operator: OperatorAsked, caller: SignedIn, customer: NewCustomer) -> Customer:
    """Sign a contract."""
    return operator.do(contracts.sign, caller, Customer(**customer.model_dump()))


@router.get("/customers")
async def customers(operator: OperatorAsked, caller: SignedIn) -> list[Customer]:
    """All contracts."""
    require(caller, Role.STAFF)
    return list(operator.books.all(Customer))


@router.post("/accounts", status_code=201)
async def open_account(operator: OperatorAsked, caller: SignedIn, account: NewAccount) -> AccountFacts:
    """Open an account."""
    opened = operator.do(contracts.open_account, caller, account.contract, kind=account.kind)
    return operator.ask(account_facts, opened)


@router.get("/accounts")
async def accounts(operator: OperatorAsked, caller: SignedIn) -> list[AccountFacts]:
    """All accounts."""
    require(caller, Role.STAFF)
    return [operator.ask(account_facts, each) for each in operator.books.all(Account)]


@router.post("/accounts/{account}/top-ups", status_code=201)
async def top_up(
    operator: OperatorAsked, caller: SignedIn, account: AccountPath, money: TopUp
) -> AccountFacts:
    """Money comes to an account from outside."""
    found = operator.do(billing.top_up, caller, account, money.kopecks, money.note)
    return operator.ask(account_facts, found)


@router.post("/cards", status_code=201)
async def enter(operator: OperatorAsked, caller: SignedIn, card: NewCard) -> SubscriberFacts:
    """Enter a card into the stock."""
    return operator.ask(facts_of, operator.do(cards.enter_card, caller, **card.model_dump()))


@router.post("/sweep")
async def sweep(operator: OperatorAsked, caller: SignedIn) -> list[SubscriberFacts]:
    """Look through the stock now (S0.29); the cards that became active."""
    require(caller, Role.STAFF)
    return [operator.ask(facts_of, each) for each in operator.do(cards.sweep)]


@router.post("/cards/{imsi}/activation")
async def activate(operator: OperatorAsked, caller: SignedIn, imsi: ImsiPath) -> SubscriberFacts:
    """Activate a card without waiting for the sweep."""
    return operator.ask(facts_of, operator.do(cards.activate, caller, imsi))


@router.post("/cards/{imsi}/termination")
async def terminate(operator: OperatorAsked, caller: SignedIn, imsi: ImsiPath) -> SubscriberFacts:
    """End the contract of a card, for good."""
    return operator.ask(facts_of, operator.do(cards.terminate, caller, imsi))


@router.put("/cards/{imsi}/holds/{hold}")
async def hold(operator: OperatorAsked, caller: SignedIn, imsi: ImsiPath, hold: Hold) -> SubscriberFacts:
    """Stop a card for this reason."""
    return operator.ask(facts_of, operator.do(cards.hold_by_clerk, caller, imsi, hold))


@router.delete("/cards/{imsi}/holds/{hold}")
async def release(operator: OperatorAsked, caller: SignedIn, imsi: ImsiPath, hold: Hold) -> SubscriberFacts:
    """Lift this reason, also that of misuse (S0.3)."""
    return operator.ask(facts_of, operator.do(cards.release_by_clerk, caller, imsi, hold))


@router.post("/cards/{imsi}/calls", status_code=204)
async def call(operator: OperatorAsked, caller: SignedIn, imsi: ImsiPath, call: Call) -> None:
    """Have a call been made: it stands in the itemised statement and is charged."""
    require(caller, Role.STAFF)
    operator.do(_called, caller, imsi, call)


@router.get("/audit")
async def audited(operator: OperatorAsked, caller: SignedIn) -> list[str]:
    """What does not hold in the books; an empty list is as it should be."""
    require(caller, Role.STAFF)
    return audit(operator.books)


def account_facts(draft: Draft, account: Account) -> AccountFacts:
    """An account as JSON."""
    return AccountFacts(
        number=account.number,
        contract=account.contract,
        kind=account.kind,
        balance_kopecks=balance_kopecks(draft, account.number),
        credit_limit_kopecks=account.credit_limit_kopecks,
        bonus_points=account.bonus_points,
    )


def _called(draft: Draft, caller: Caller, imsi: str, call: Call) -> None:
    cards.living(draft, imsi)
    usage.called(draft, caller, imsi, call.other, call.duration_s, incoming=call.incoming)
