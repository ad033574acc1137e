"""Cards: search, one card, its timeline."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from firmware_sim.http_api.json_body import JsonRoute
from firmware_sim.http_api.problems import responses
from firmware_sim.network import SubscriberState
from firmware_sim.operator.api.models import SubscriberFacts, facts_of
from firmware_sim.operator.api.signed_in import OperatorAsked, SignedIn
from firmware_sim.operator.books import Draft
from firmware_sim.operator.callers import Caller, subscriber_of
from firmware_sim.operator.records import Happening
from firmware_sim.operator.rules.search import search

router = APIRouter(
    prefix="/subscribers",
    tags=["subscribers"],
    responses=responses(401, 403, 404, 409, 422),
    route_class=JsonRoute,
)

Number = Annotated[str, Path(pattern=r"^\+?[0-9]{10,15}$", examples=["+79160000001"])]
"""A path's subscriber."""


@router.get("")
async def find(
    operator: OperatorAsked,
    caller: SignedIn,
    number: Annotated[
        str, Query(pattern=r"^[+0-9%_]*$", max_length=40, description="% is several digits, _ is one")
    ] = "%",
    account: Annotated[str, Query(pattern=r"^[0-9]{0,12}$", description="of one account only")] = "",
    iccid: Annotated[str, Query(pattern=r"^[0-9]{0,20}$", description="this card only")] = "",
    state: Annotated[SubscriberState | None, Query(description="in this state only")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> list[SubscriberFacts]:
    """Your subscribers, by number (S2.5, S2.6)."""

    def found(draft: Draft) -> list[SubscriberFacts]:
        cards = [facts_of(draft, each) for each in search(draft, caller, number, account)]
        wanted = [
            each
            for each in cards
            if (state is None or each.state is state) and (not iccid or each.iccid == iccid)
        ]
        return wanted[offset : offset + limit]

    return operator.ask(found)


@router.get("/{number}")
async def one(operator: OperatorAsked, caller: SignedIn, number: Number) -> SubscriberFacts:
    """One subscriber (S2.10)."""
    return operator.ask(_facts, caller, number)


@router.get("/{number}/timeline")
async def timeline(operator: OperatorAsked, caller: SignedIn, number: Number) -> list[Happening]:
    """What has happened to the card, oldest first."""

    def happened(draft: Draft) -> list[Happening]:
        card = subscriber_of(draft, caller, number)
        return draft.where(Happening, lambda each: each.imsi == card.imsi)

    return operator.ask(happened)


def _facts(draft: Draft, caller: Caller, number: str) -> SubscriberFacts:
    return facts_of(draft, subscriber_of(draft, caller, number))
