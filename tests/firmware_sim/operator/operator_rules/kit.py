"""A vendor's user at the desk: with a controller, a kit card and a hand for the card page."""

from __future__ import annotations

from typing import Any

from firmware_sim.operator import OPERATOR, Caller
from firmware_sim.operator.ledger import balance_kopecks
from firmware_sim.operator.records import (
    CustomerKind,
    Payment,
    PaymentMethod,
    Role,
    Subscriber,
    VendorCard,
    VendorNotice,
    VendorUser,
)
from firmware_sim.operator.rules import devices, kit_cards, kit_payments
from firmware_sim.operator.rules.kit_payments import PageOutcome
from operator_rules.desk import IMEI, Desk

OTHER_IMEI = "866104021234565"
PHONE_IMEI = "356938035643809"
APN = "internet"


class Kit:
    """A user with one controller and one kit card in stock, not added yet."""

    def __init__(
        self,
        desk: Desk,
        login: str = "boiler",
        kind: CustomerKind = CustomerKind.PERSON,
        serial: str = "Z-1",
        imei: str = IMEI,
    ) -> None:
        self.desk, self.serial, self.imei = desk, serial, imei
        desk.do(devices.sign_up, OPERATOR, login=login, name="Котельная", kind=kind)
        self.caller = Caller(Role.VENDOR_USER, login)
        self.device(serial, imei)
        self.card = self.another_card()

    # -- orders

    def device(self, serial: str, imei: str) -> None:
        self.desk.do(devices.add_device, self.caller, serial=serial, model="SMART 2.0", imei=imei)

    def another_card(self) -> Subscriber:
        self.desk.customer("KIT", name="ООО «Термо-онлайн»", kind=CustomerKind.COMPANY)
        return self.desk.card(contract="KIT", tariff="kit", active=False, name="")

    def add(self, tariff: str = "base", serial: str = "", card: Subscriber | None = None) -> VendorCard:
        number, serial = (card or self.card).number, serial or self.serial
        return self.desk.do(kit_cards.add, self.caller, number=number, tariff=tariff, serial=serial)

    def order(self, kopecks: int = 9_000, method: PaymentMethod = PaymentMethod.CARD, **more: Any) -> Payment:
        """Choose amount and method and go on."""
        return self.desk.do(kit_payments.create, self.caller, kopecks=kopecks, method=method, **more)

    def pay(self, kopecks: int = 9_000, outcome: PageOutcome = PageOutcome.PAID) -> Payment:
        return self.desk.do(kit_payments.visit_page, self.caller, self.order(kopecks).id, outcome)

    def start(self, kopecks: int = 9_000, tariff: str = "base") -> None:
        """The whole way: added, paid, activated at the operator hours later."""
        self.add(tariff)
        self.pay(kopecks)
        self.desk.later(hours=4)

    # -- what the card's device does

    def attach(self, imei: str = "", domain: Any = "ps") -> Any:
        imei = imei or self.imei
        return self.desk.network.register(self.card.imsi, imei, domain, self.desk.wall_s)

    def open_data(self, imei: str = "") -> Any:
        imei = imei or self.imei
        return self.desk.network.open_pdp(self.card.imsi, imei, APN, self.desk.wall_s)

    def use(self, n_bytes: int) -> bool:
        return self.desk.network.count_traffic(self.card.imsi, n_bytes, self.desk.wall_s)

    # -- what is so now

    @property
    def user(self) -> VendorUser:
        found = self.desk.operator.books.get(VendorUser, self.caller.subject)
        assert found is not None
        return found

    @property
    def now(self) -> VendorCard:
        """The card in the service."""
        found = self.desk.operator.books.get(VendorCard, self.card.imsi)
        assert found is not None
        return found

    @property
    def at_operator(self) -> Subscriber:
        return self.desk.of(self.card)

    def balance(self, purse: str = "") -> int:
        return balance_kopecks(self.desk.operator.books, purse or self.user.purse)

    def notices(self) -> list[str]:
        return [each.kind.value for each in self.desk.operator.books.all(VendorNotice)]
