"""The vendor's service: a user's account, controllers, kit SIM cards and payments; what its support does."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Header, Path, Query
from pydantic import BaseModel, Field

from firmware_sim.http_api.json_body import JsonRoute
from firmware_sim.http_api.problems import responses
from firmware_sim.operator.api.models import Body, Kopecks, Name
from firmware_sim.operator.api.signed_in import OperatorAsked, SignedIn
from firmware_sim.operator.books import Draft
from firmware_sim.operator.catalogue import VENDOR_TARIFFS
from firmware_sim.operator.ledger import balance_kopecks
from firmware_sim.operator.records import (
    CustomerKind,
    Hold,
    Life,
    Payment,
    PaymentMethod,
    Subscriber,
    VendorCard,
    VendorCardState,
    VendorDevice,
    VendorNotice,
    VendorUser,
)
from firmware_sim.operator.register_entry import quota_bytes
from firmware_sim.operator.rules import devices, kit_cards, kit_payments, kit_periods
from firmware_sim.operator.rules.kit_payments import PageOutcome

router = APIRouter(
    prefix="/vendor", tags=["vendor"], responses=responses(401, 403, 404, 409, 422), route_class=JsonRoute
)

LOGIN = r"^[A-Za-z0-9._-]{3,40}$"
SERIAL = r"^[A-Za-z0-9-]{1,40}$"
Login = Annotated[str, Path(pattern=LOGIN, examples=["boiler"])]
Serial = Annotated[str, Path(pattern=SERIAL, examples=["Z-1"])]
Number = Annotated[
    str, Path(pattern=r"^\+?[0-9]{10,20}$", examples=["+79160000001"], description="number, ICCID or IMSI")
]
PaymentId = Annotated[int, Path(ge=1, le=2**53)]


class NewUser(Body):
    """A user to enter."""

    login: Annotated[str, Field(pattern=LOGIN, examples=["boiler"])]
    name: Name = ""
    kind: CustomerKind = CustomerKind.PERSON


class AccountFacts(BaseModel):
    """A user's account."""

    login: str
    name: str
    kind: CustomerKind
    balance_kopecks: int
    method: PaymentMethod | None = Field(description="the only one possible, once chosen (S0.22)")
    auto_payment: bool
    card_saved: bool


class NewDevice(Body):
    """A controller to add."""

    serial: Annotated[str, Field(pattern=SERIAL, examples=["Z-1"])]
    model: Name
    imei: Annotated[str, Field(pattern=r"^[0-9]{15}$", examples=["866104023456786"])]


class TariffFacts(BaseModel):
    """An offered tariff."""

    code: str
    name_ru: str
    name_en: str
    monthly_kopecks: int
    quota_bytes: int


class FreeCard(BaseModel):
    """A kit card that may be added."""

    msisdn: str
    iccid: str


class NewKit(Body):
    """A kit card to add, by its printed number or, where none is printed, by its ICCID (S0.13)."""

    number: Annotated[str, Field(pattern=r"^(\+?[0-9]{10,15})?$")] = ""
    iccid: Annotated[str, Field(pattern=r"^([0-9]{19,20})?$")] = ""
    tariff: Annotated[str, Field(max_length=40, examples=["base"])]
    serial: Annotated[str, Field(pattern=SERIAL, examples=["Z-1"])]


class KitFacts(BaseModel):
    """A kit card in the service, and what the operator makes of it."""

    imsi: str
    iccid: str
    msisdn: str
    serial: str
    bound_imei: str
    state: VendorCardState = Field(description="in the vendor's service")
    life: Life = Field(description="at the operator; hours behind")
    holds: list[Hold]
    tariff: str
    next_tariff: str
    price_kopecks: int = Field(description="of the next period")
    paid_until: datetime | None
    first_activated_at: datetime | None
    auto_prolong: bool
    quota_bytes: int | None
    used_bytes: int


class ToPay(BaseModel):
    """What the next period of a card needs."""

    price_kopecks: int
    balance_kopecks: int
    least_kopecks: int = Field(description="the least payment that is enough; 0: none is needed")


class NewPayment(Body):
    """A payment to begin."""

    kopecks: Kopecks
    method: PaymentMethod


class Tariff(Body):
    """The tariff chosen."""

    tariff: Annotated[str, Field(max_length=40, examples=["extended"])]


class Device(Body):
    """The controller chosen."""

    serial: Annotated[str, Field(pattern=SERIAL, examples=["Z-1"])]


class Switch(Body):
    """On or off."""

    on: bool


class Visit(Body):
    """What the user does at the sandbox's card page."""

    outcome: PageOutcome


class Settlement(Body):
    """What the bank says."""

    paid: bool


# -- the user's account


@router.get("/account")
async def account(operator: OperatorAsked, caller: SignedIn) -> AccountFacts:
    """Your account."""
    return operator.ask(_account, operator.ask(devices.user_of, caller))


@router.put("/account/auto-payment")
async def auto_payment(operator: OperatorAsked, caller: SignedIn, switch: Switch) -> AccountFacts:
    """Have the card charged for what a period lacks, or no longer (S0.18)."""
    return operator.ask(_account, operator.do(kit_payments.set_auto_payment, caller, switch.on))


@router.get("/notices")
async def notices(operator: OperatorAsked, caller: SignedIn) -> list[VendorNotice]:
    """What the service has told you, oldest first."""
    user = operator.ask(devices.user_of, caller)
    return [each for each in operator.books.all(VendorNotice) if each.login == user.login]


# -- controllers


@router.get("/devices")
async def your_devices(operator: OperatorAsked, caller: SignedIn) -> list[VendorDevice]:
    """Your controllers."""
    return operator.ask(devices.devices_of, caller)


@router.post("/devices", status_code=201)
async def add_device(operator: OperatorAsked, caller: SignedIn, device: NewDevice) -> VendorDevice:
    """Add a controller."""
    return operator.do(devices.add_device, caller, **device.model_dump())


@router.delete("/devices/{serial}", status_code=204)
async def remove_device(operator: OperatorAsked, caller: SignedIn, serial: Serial) -> None:
    """Take a controller out of your account."""
    operator.do(devices.remove_device, caller, serial)


# -- kit SIM cards


@router.get("/tariffs")
async def tariffs(operator: OperatorAsked, caller: SignedIn) -> list[TariffFacts]:
    """The tariffs on offer (S0.15)."""
    return [
        TariffFacts(
            code=each.code,
            name_ru=each.name.ru,
            name_en=each.name.en,
            monthly_kopecks=each.monthly_kopecks,
            quota_bytes=each.quota_bytes,
        )
        for each in VENDOR_TARIFFS.values()
    ]


@router.get("/free-card")
async def free_card(
    operator: OperatorAsked,
    caller: SignedIn,
    number: Annotated[str, Query(max_length=30, description="as printed on the plastic (S0.14)")] = "",
    iccid: Annotated[str, Query(max_length=30, description="where no number is printed (S0.13)")] = "",
) -> FreeCard:
    """May this card be added?"""
    card = operator.ask(kit_cards.look_up, caller, number=number, iccid=iccid)
    return FreeCard(msisdn=card.msisdn, iccid=card.iccid)


@router.get("/cards")
async def your_cards(operator: OperatorAsked, caller: SignedIn) -> list[KitFacts]:
    """Your SIM cards (S0.11)."""
    return [operator.ask(_kit, each) for each in operator.ask(kit_cards.cards_of, caller)]


@router.post("/cards", status_code=201)
async def add_card(operator: OperatorAsked, caller: SignedIn, card: NewKit) -> KitFacts:
    """Add a SIM card (S0.12-S0.16); money that is there already pays its first period."""
    return operator.ask(_kit, operator.do(kit_cards.add, caller, **card.model_dump()))


@router.get("/cards/{number}")
async def card(operator: OperatorAsked, caller: SignedIn, number: Number) -> KitFacts:
    """One of your SIM cards."""
    return operator.ask(_kit, operator.ask(kit_cards.card_of, caller, number))


@router.delete("/cards/{number}", status_code=204)
async def remove_card(operator: OperatorAsked, caller: SignedIn, number: Number) -> None:
    """Take back a card that was never paid for."""
    operator.do(kit_cards.remove, caller, number)


@router.get("/cards/{number}/to-pay")
async def to_pay(operator: OperatorAsked, caller: SignedIn, number: Number) -> ToPay:
    """What its next period needs (S0.17)."""
    due = operator.ask(kit_cards.to_pay, caller, number)
    return ToPay(
        price_kopecks=due.price_kopecks,
        balance_kopecks=due.balance_kopecks,
        least_kopecks=due.least_kopecks,
    )


@router.post("/cards/{number}/periods", status_code=201)
async def prolong(operator: OperatorAsked, caller: SignedIn, number: Number) -> KitFacts:
    """Buy a period for a card that waits for one."""
    return operator.ask(_kit, operator.do(kit_cards.prolong, caller, number))


@router.put("/cards/{number}/auto-prolongation")
async def auto_prolong(operator: OperatorAsked, caller: SignedIn, number: Number, switch: Switch) -> KitFacts:
    """Have its periods follow one another, or not."""
    return operator.ask(_kit, operator.do(kit_cards.set_auto_prolong, caller, number, switch.on))


@router.put("/cards/{number}/tariff")
async def change_tariff(
    operator: OperatorAsked, caller: SignedIn, number: Number, chosen: Tariff
) -> KitFacts:
    """Another tariff: a dearer one at once for the difference, a cheaper one from the next period."""
    return operator.ask(_kit, operator.do(kit_cards.change_tariff, caller, number, chosen.tariff))


@router.put("/cards/{number}/device")
async def rebind(operator: OperatorAsked, caller: SignedIn, number: Number, chosen: Device) -> KitFacts:
    """Another controller of yours for it (S0.16)."""
    return operator.ask(_kit, operator.do(kit_cards.rebind, caller, number, chosen.serial))


@router.post("/cards/{number}/termination")
async def terminate(operator: OperatorAsked, caller: SignedIn, number: Number) -> KitFacts:
    """Give it up for good."""
    return operator.ask(_kit, operator.do(kit_cards.terminate, caller, number))


# -- payments


@router.get("/payments")
async def payments(operator: OperatorAsked, caller: SignedIn) -> list[Payment]:
    """Your payments, oldest first."""
    return operator.ask(kit_payments.payments_of, caller)


@router.post("/payments", status_code=201)
async def pay(
    operator: OperatorAsked,
    caller: SignedIn,
    payment: NewPayment,
    idempotency_key: Annotated[str, Header(max_length=100)] = "",
) -> Payment:
    """Begin a payment; its method becomes your account's only one (S0.22)."""
    return operator.do(
        kit_payments.create,
        caller,
        kopecks=payment.kopecks,
        method=payment.method,
        idempotency_key=idempotency_key,
    )


@router.post("/payments/{payment_id}/card-page")
async def visit_page(
    operator: OperatorAsked, caller: SignedIn, payment_id: PaymentId, visit: Visit
) -> Payment:
    """The sandbox's card page: pay, be declined, or leave it (S0.23)."""
    return operator.do(kit_payments.visit_page, caller, payment_id, visit.outcome)


@router.post("/payments/{payment_id}/settlement")
async def settle(
    operator: OperatorAsked, caller: SignedIn, payment_id: PaymentId, settlement: Settlement
) -> Payment:
    """The bank's word to the service, for staff: an invoice was paid, a card charged. It may come twice."""
    return operator.do(kit_payments.settle, caller, payment_id, paid=settlement.paid)


# -- support


@router.post("/users", status_code=201)
async def sign_up(operator: OperatorAsked, caller: SignedIn, user: NewUser) -> AccountFacts:
    """Enter a user."""
    return operator.ask(_account, operator.do(devices.sign_up, caller, **user.model_dump()))


@router.put("/users/{login}/saved-card")
async def saved_card(
    operator: OperatorAsked, caller: SignedIn, login: Login, declines: Switch
) -> AccountFacts:
    """The sandbox: have the bank refuse this user's saved card (on), or accept it again (off)."""
    return operator.ask(_account, operator.do(kit_payments.saved_card_declines, caller, login, declines.on))


@router.delete("/blocks/{imsi}")
async def unblock(
    operator: OperatorAsked, caller: SignedIn, imsi: Annotated[str, Path(pattern=r"^[0-9]{14,15}$")]
) -> KitFacts:
    """Unblock a card that was misused; nobody but support can (S0.3)."""
    return operator.ask(_kit, operator.do(kit_cards.unblock, caller, imsi))


def _account(draft: Draft, user: VendorUser) -> AccountFacts:
    return AccountFacts(
        login=user.login,
        name=user.name,
        kind=user.kind,
        balance_kopecks=balance_kopecks(draft, user.purse),
        method=user.method,
        auto_payment=user.auto_payment,
        card_saved=user.card_saved,
    )


def _kit(draft: Draft, kit: VendorCard) -> KitFacts:
    card = draft.get(Subscriber, kit.imsi)
    assert card is not None
    return KitFacts(
        imsi=kit.imsi,
        iccid=card.iccid,
        msisdn=card.msisdn,
        serial=kit.serial,
        bound_imei=card.bound_imei,
        state=kit.state,
        life=card.life,
        holds=list(card.holds),
        tariff=kit.tariff,
        next_tariff=kit.next_tariff,
        price_kopecks=kit_periods.price_kopecks(kit),
        paid_until=kit.paid_until,
        first_activated_at=kit.first_activated_at,
        auto_prolong=kit.auto_prolong,
        quota_bytes=quota_bytes(draft, card),
        used_bytes=card.used_bytes,
    )
