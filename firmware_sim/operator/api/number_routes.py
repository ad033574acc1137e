"""A number's Internet package, forwardings, voice mail, settings; another number."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import Field

from firmware_sim.http_api.json_body import JsonRoute
from firmware_sim.http_api.problems import responses
from firmware_sim.operator.api.models import Body, Msisdn, SubscriberFacts, facts_of
from firmware_sim.operator.api.signed_in import OperatorAsked, SignedIn
from firmware_sim.operator.api.subscriber_routes import Number
from firmware_sim.operator.records import ForwardingCondition, FreeNumber, NumberKind
from firmware_sim.operator.rules import call_services, number_changes, packages
from firmware_sim.operator.rules.call_services import Settings
from firmware_sim.operator.rules.packages import InternetScreen

router = APIRouter(tags=["numbers"], responses=responses(401, 403, 404, 409, 422), route_class=JsonRoute)

Condition = Annotated[ForwardingCondition, Path()]


class WantedPackage(Body):
    """The package to connect."""

    package: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,20}$", examples=["350"])]


class Target(Body):
    """Where calls go."""

    target: Msisdn


class Copies(Body):
    """Where duplicates of voice mail go."""

    e_mail: Annotated[str, Field(max_length=254)]


class WantedNumber(Body):
    """A free number."""

    number: Msisdn


@router.get("/subscribers/{number}/internet")
async def screen(operator: OperatorAsked, caller: SignedIn, number: Number) -> InternetScreen:
    """The Internet screen (S2.22)."""
    return operator.ask(packages.screen, caller, number)


@router.put("/subscribers/{number}/internet/package")
async def choose(
    operator: OperatorAsked, caller: SignedIn, number: Number, wanted: WantedPackage
) -> SubscriberFacts:
    """Connect a package or change to another (S2.14, S2.23)."""
    return operator.ask(facts_of, operator.do(packages.choose, caller, number, wanted.package))


@router.delete("/subscribers/{number}/internet/package")
async def disconnect(operator: OperatorAsked, caller: SignedIn, number: Number) -> SubscriberFacts:
    """Back to the tariff's own Internet (S2.22)."""
    return operator.ask(facts_of, operator.do(packages.disconnect, caller, number))


@router.put("/subscribers/{number}/forwardings/{condition}")
async def forward(
    operator: OperatorAsked, caller: SignedIn, number: Number, condition: Condition, wanted: Target
) -> dict[ForwardingCondition, str]:
    """Forward calls (S2.17); all forwardings."""
    return dict(operator.do(call_services.forward, caller, number, condition, wanted.target).forwardings)


@router.delete("/subscribers/{number}/forwardings/{condition}")
async def cancel(
    operator: OperatorAsked, caller: SignedIn, number: Number, condition: Condition
) -> dict[ForwardingCondition, str]:
    """Cancel a forwarding (S2.17); those that are left."""
    return dict(operator.do(call_services.cancel_forwarding, caller, number, condition).forwardings)


@router.put("/subscribers/{number}/voicemail", status_code=204)
async def copies(operator: OperatorAsked, caller: SignedIn, number: Number, wanted: Copies) -> None:
    """Where duplicates of voice mail go; empty is nowhere (S2.18)."""
    operator.do(call_services.voicemail_copies, caller, number, wanted.e_mail)


@router.post("/subscribers/{number}/settings/{which}", status_code=202)
async def settings(
    operator: OperatorAsked, caller: SignedIn, number: Number, which: Annotated[Settings, Path()]
) -> None:
    """Have the phone be sent its settings (S2.15)."""
    operator.do(call_services.send_settings, caller, number, which)


@router.get("/free-numbers")
async def free_numbers(
    operator: OperatorAsked,
    caller: SignedIn,
    mask: Annotated[str, Query(pattern=r"^[+0-9%_]*$", max_length=40)] = "%",
    kind: NumberKind | None = None,
) -> list[FreeNumber]:
    """Numbers to choose from, by mask and type (S2.13)."""
    return operator.ask(number_changes.free_numbers, mask, kind)


@router.post("/staff/free-numbers", status_code=201)
async def add_free(operator: OperatorAsked, caller: SignedIn, free: WantedNumber) -> FreeNumber:
    """One more number to give out."""
    return operator.do(number_changes.add_free, caller, free.number)


@router.put("/subscribers/{number}/number")
async def change(
    operator: OperatorAsked, caller: SignedIn, number: Number, wanted: WantedNumber
) -> SubscriberFacts:
    """Take a free number in place of the present one (S2.13)."""
    return operator.ask(facts_of, operator.do(number_changes.change_number, caller, number, wanted.number))
