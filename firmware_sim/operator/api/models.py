"""Subscribers and orders as JSON. Money is in kopecks, times are RFC 3339, traffic is in octets."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from firmware_sim.network import SubscriberState
from firmware_sim.operator.books import Draft
from firmware_sim.operator.ledger import balance_kopecks
from firmware_sim.operator.records import Hold, Language, Life, Subscriber
from firmware_sim.operator.register_entry import quota_bytes, state_of

Imsi = Annotated[str, Field(pattern=r"^[0-9]{14,15}$", examples=["250010000000001"])]
Iccid = Annotated[str, Field(pattern=r"^[0-9]{19,20}$", examples=["8970101000000000001"])]
Msisdn = Annotated[str, Field(pattern=r"^\+?[0-9]{10,15}$", examples=["+79160000001"])]
AccountNumber = Annotated[str, Field(pattern=r"^[0-9]{12}$", examples=["100000000001"])]
Kopecks = Annotated[int, Field(gt=0, le=100_000_000_00)]
Name = Annotated[str, Field(max_length=200)]


class Body(BaseModel):
    """A request's body: unknown fields are a mistake."""

    model_config = ConfigDict(extra="forbid")


class SubscriberFacts(BaseModel):
    """A card, its number and where it stands."""

    imsi: str
    iccid: str
    msisdn: str
    account: str
    name: str
    tariff: str
    life: Life
    state: SubscriberState = Field(description="what the network makes of it")
    holds: list[Hold] = Field(description="why its services are stopped, if they are")
    paid: bool
    services: list[str]
    package: str
    quota_bytes: int | None = Field(description="the period's traffic; null: no Internet")
    used_bytes: int
    balance_kopecks: int
    bound_imei: str
    activated_at: datetime | None
    language: Language
    user_group: str
    block_ends_on: date | None
    pin1: str
    puk1: str
    pin2: str
    puk2: str


def facts_of(draft: Draft, card: Subscriber) -> SubscriberFacts:
    """A card as JSON."""
    return SubscriberFacts(
        imsi=card.imsi,
        iccid=card.iccid,
        msisdn=card.msisdn,
        account=card.account,
        name=card.name,
        tariff=card.tariff,
        life=card.life,
        state=state_of(card),
        holds=list(card.holds),
        paid=card.paid,
        services=list(card.services),
        package=card.package,
        quota_bytes=quota_bytes(draft, card),
        used_bytes=card.used_bytes,
        balance_kopecks=balance_kopecks(draft, card.account),
        bound_imei=card.bound_imei,
        activated_at=card.activated_at,
        language=card.language,
        user_group=card.user_group,
        block_ends_on=card.block_ends_on,
        pin1=card.pin1,
        puk1=card.puk1,
        pin2=card.pin2,
        puk2=card.puk2,
    )
