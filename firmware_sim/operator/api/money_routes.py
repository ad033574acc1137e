"""Accounts, charges, the itemised statement; transfers, credit, bonus points."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import Field

from firmware_sim.http_api.json_body import JsonRoute
from firmware_sim.http_api.problems import responses
from firmware_sim.operator.api.models import AccountNumber, Body, Kopecks
from firmware_sim.operator.api.signed_in import OperatorAsked, SignedIn
from firmware_sim.operator.api.staff_routes import AccountFacts, AccountPath, account_facts
from firmware_sim.operator.api.subscriber_routes import Number
from firmware_sim.operator.books import Draft
from firmware_sim.operator.callers import accounts_of
from firmware_sim.operator.records import Detail, Entry, Letter
from firmware_sim.operator.rules import money_orders, statements
from firmware_sim.operator.rules.statements import Charges

router = APIRouter(tags=["money"], responses=responses(401, 403, 404, 409, 422), route_class=JsonRoute)

Month = Annotated[date, Query(description="any day of the month", examples=["2026-03-01"])]


class Transfer(Body):
    """Money to another account."""

    target: AccountNumber
    kopecks: Kopecks


class Points(Body):
    """Bonus points to spend."""

    points: Annotated[int, Field(gt=0, le=1_000_000)]


class Statement(Body):
    """An itemised statement to order."""

    month: date
    e_mail: Annotated[str, Field(max_length=254, examples=["ivan@example.org"])]


@router.get("/accounts")
async def accounts(operator: OperatorAsked, caller: SignedIn) -> list[AccountFacts]:
    """Your accounts (S4.19)."""

    def listed(draft: Draft) -> list[AccountFacts]:
        return [account_facts(draft, each) for each in accounts_of(draft, caller)]

    return operator.ask(listed)


@router.get("/accounts/{account}/entries")
async def entries(operator: OperatorAsked, caller: SignedIn, account: AccountPath) -> list[Entry]:
    """All that has gone into an account and out of it (S4.9)."""
    return operator.ask(money_orders.statement, caller, account)


@router.post("/accounts/{account}/transfers", status_code=201)
async def transfer(
    operator: OperatorAsked, caller: SignedIn, account: AccountPath, wanted: Transfer
) -> Entry:
    """Move money to another account (S4.9)."""
    return operator.do(money_orders.transfer, caller, account, wanted.target, wanted.kopecks)


@router.put("/accounts/{account}/credit")
async def credit(operator: OperatorAsked, caller: SignedIn, account: AccountPath) -> AccountFacts:
    """Let the account go below nothing (S4.17)."""
    return operator.ask(account_facts, operator.do(money_orders.set_credit, caller, account, on=True))


@router.delete("/accounts/{account}/credit")
async def no_credit(operator: OperatorAsked, caller: SignedIn, account: AccountPath) -> AccountFacts:
    """No longer."""
    return operator.ask(account_facts, operator.do(money_orders.set_credit, caller, account, on=False))


@router.post("/accounts/{account}/points", status_code=201)
async def spend(operator: OperatorAsked, caller: SignedIn, account: AccountPath, wanted: Points) -> Entry:
    """Turn bonus points into money on the account (S4.26)."""
    return operator.do(money_orders.spend_points, caller, account, wanted.points)


@router.get("/subscribers/{number}/charges")
async def charges(operator: OperatorAsked, caller: SignedIn, number: Number, month: Month) -> Charges:
    """What a month has cost: this one and the two before it (S2.20)."""
    return operator.ask(statements.charges, caller, number, month)


@router.get("/subscribers/{number}/details")
async def details(operator: OperatorAsked, caller: SignedIn, number: Number, month: Month) -> list[Detail]:
    """The itemised statement: this month as of yesterday, and the six before it (S2.21)."""
    return operator.ask(statements.details, caller, number, month)


@router.post("/subscribers/{number}/details", status_code=202)
async def order_details(
    operator: OperatorAsked, caller: SignedIn, number: Number, wanted: Statement
) -> Letter:
    """Have the itemised statement sent by e-mail (S1.11)."""
    return operator.do(statements.order_by_e_mail, caller, number, wanted.month, wanted.e_mail)


@router.get("/staff/letters/{id}")
async def letter(
    operator: OperatorAsked, caller: SignedIn, id: Annotated[int, Path(ge=1, le=2**53)]
) -> Letter:
    """An e-mail that was sent, for the bench to read."""
    return operator.ask(statements.letter, caller, id)
