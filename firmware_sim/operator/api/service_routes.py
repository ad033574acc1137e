"""Services, tariff, temporary block of one's number; what is sold."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from firmware_sim.http_api.json_body import JsonRoute
from firmware_sim.http_api.problems import responses
from firmware_sim.operator.api.models import Body, SubscriberFacts, facts_of
from firmware_sim.operator.api.signed_in import OperatorAsked, SignedIn
from firmware_sim.operator.api.subscriber_routes import Number
from firmware_sim.operator.books import Draft
from firmware_sim.operator.callers import subscriber_of
from firmware_sim.operator.catalogue import Service
from firmware_sim.operator.records import TariffChange
from firmware_sim.operator.rules import blocks, lost_cards, services, tariff_changes

router = APIRouter(tags=["services"], responses=responses(401, 403, 404, 409, 422), route_class=JsonRoute)

Code = Annotated[str, Path(pattern=r"^[a-z0-9_]{1,40}$", examples=["roaming"])]


class ServiceFacts(BaseModel):
    """A service that the tariff permits."""

    code: str
    name_ru: str
    name_en: str
    monthly_kopecks: int
    connection_kopecks: int
    by_support_only: bool
    on: bool


class TariffFacts(BaseModel):
    """A tariff that one may change to."""

    code: str
    name_ru: str
    name_en: str
    monthly_kopecks: int
    change_kopecks: int
    quota_bytes: int | None


class NewTariff(Body):
    """The tariff to change to."""

    tariff: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}$", examples=["super"])]


class Block(Body):
    """A temporary block."""

    days: Annotated[int, Field(ge=1, le=366)]


class Consultation(Body):
    """What a specialist is to do."""

    on: bool
    passport: Annotated[str, Field(max_length=20)] = ""


@router.get("/tariffs")
async def tariffs(caller: SignedIn) -> list[TariffFacts]:
    """The tariffs that are offered (S2.19)."""
    return [
        TariffFacts(
            code=each.code,
            name_ru=each.name.ru,
            name_en=each.name.en,
            monthly_kopecks=each.monthly_kopecks,
            change_kopecks=each.change_kopecks,
            quota_bytes=each.quota_bytes,
        )
        for each in tariff_changes.offered()
    ]


@router.put("/subscribers/{number}/tariff")
async def change_tariff(
    operator: OperatorAsked, caller: SignedIn, number: Number, wanted: NewTariff
) -> SubscriberFacts:
    """Change the tariff for its fee (S1.12)."""
    return operator.ask(facts_of, operator.do(tariff_changes.change_tariff, caller, number, wanted.tariff))


@router.get("/subscribers/{number}/tariff-changes")
async def tariff_history(operator: OperatorAsked, caller: SignedIn, number: Number) -> list[TariffChange]:
    """All changes of the tariff (S4.22)."""
    return operator.ask(tariff_changes.history, caller, number)


@router.get("/subscribers/{number}/services")
async def services_of(operator: OperatorAsked, caller: SignedIn, number: Number) -> list[ServiceFacts]:
    """What the tariff permits, and what is on (S2.11)."""

    def listed(draft: Draft) -> list[ServiceFacts]:
        card = subscriber_of(draft, caller, number)
        return [_service(each, on=each.code in card.services) for each in services.permitted(card)]

    return operator.ask(listed)


@router.put("/subscribers/{number}/services/{code}")
async def turn_on(operator: OperatorAsked, caller: SignedIn, number: Number, code: Code) -> SubscriberFacts:
    """Connect a service (S1.9)."""
    return operator.ask(facts_of, operator.do(services.turn_on, caller, number, code))


@router.delete("/subscribers/{number}/services/{code}")
async def turn_off(operator: OperatorAsked, caller: SignedIn, number: Number, code: Code) -> SubscriberFacts:
    """Disconnect a service (S1.9)."""
    return operator.ask(facts_of, operator.do(services.turn_off, caller, number, code))


@router.post("/staff/subscribers/{number}/services/{code}")
async def by_consultant(
    operator: OperatorAsked, caller: SignedIn, number: Number, code: Code, work: Consultation
) -> SubscriberFacts:
    """A specialist does it, for a charge; the content ban for nothing, with the passport (S1.10)."""
    done = operator.do(
        services.change_by_consultant, caller, number, code, on=work.on, passport=work.passport
    )
    return operator.ask(facts_of, done)


@router.put("/subscribers/{number}/block")
async def block(operator: OperatorAsked, caller: SignedIn, number: Number, wanted: Block) -> SubscriberFacts:
    """Block one's number for some days (S4.18)."""
    return operator.ask(facts_of, operator.do(blocks.block, caller, number, wanted.days))


@router.delete("/subscribers/{number}/block")
async def unblock(operator: OperatorAsked, caller: SignedIn, number: Number) -> SubscriberFacts:
    """End the block before its time."""
    return operator.ask(facts_of, operator.do(blocks.unblock, caller, number))


@router.put("/subscribers/{number}/loss")
async def lose(operator: OperatorAsked, caller: SignedIn, number: Number) -> SubscriberFacts:
    """Block a card that was lost, for nothing and at once."""
    return operator.ask(facts_of, operator.do(lost_cards.block_lost, caller, number))


@router.delete("/subscribers/{number}/loss")
async def find(operator: OperatorAsked, caller: SignedIn, number: Number) -> SubscriberFacts:
    """It was found."""
    return operator.ask(facts_of, operator.do(lost_cards.unblock_found, caller, number))


def _service(service: Service, *, on: bool) -> ServiceFacts:
    return ServiceFacts(
        code=service.code,
        name_ru=service.name.ru,
        name_en=service.name.en,
        monthly_kopecks=service.monthly_kopecks,
        connection_kopecks=service.connection_kopecks,
        by_support_only=service.by_support_only,
        on=on,
    )
