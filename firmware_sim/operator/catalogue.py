"""What the operator and the vendor sell: tariffs, services, Internet packages. Data; the prices are made up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from provisioning.explanation import Text

MEGABYTE: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Service:
    """An extra service. Fees in kopecks."""

    code: str
    name: Text
    monthly_kopecks: int = 0
    connection_kopecks: int = 0
    by_support_only: bool = False
    """Only a specialist turns it on or off, and only with the owner's passport (S1.10)."""


@dataclass(frozen=True, slots=True)
class Tariff:
    """A tariff plan.

    Args:
        change_kopecks: the fee of changing to it (S1.12).
        offered: may be changed to; old ones and the vendor's own may not.
        services: extra services that it permits (S2.11).
        quota_bytes: its own Internet (S2.22), None: only what a package gives.
        call_kopecks: a minute; sms_kopecks: a message.
    """

    code: str
    name: Text
    monthly_kopecks: int
    change_kopecks: int
    services: frozenset[str]
    quota_bytes: int | None = None
    call_kopecks: int = 300
    sms_kopecks: int = 200
    offered: bool = True


@dataclass(frozen=True, slots=True)
class Package:
    """An Internet package (S2.23)."""

    code: str
    name: str
    quota_bytes: int
    monthly_kopecks: int


@dataclass(frozen=True, slots=True)
class VendorTariff:
    """What the vendor's service offers for a kit SIM (S0.15): a month's price and quota (S0.35)."""

    code: str
    name: Text
    monthly_kopecks: int
    quota_bytes: int


SERVICES: Final = {
    service.code: service
    for service in (
        Service("mobile_internet", Text("Мобильный интернет", "Mobile Internet")),
        Service("sms", Text("SMS", "SMS")),
        Service("mms", Text("MMS", "MMS")),
        Service("roaming", Text("Роуминг", "Roaming")),
        Service("forwarding", Text("Переадресация", "Call forwarding")),
        Service("caller_id", Text("Определитель номера", "Caller identification")),
        Service("anti_caller_id", Text("Антиопределитель", "Number withholding"), monthly_kopecks=9_000),
        Service("voicemail_plus", Text("Голосовая почта «Плюс»", "Voice mail Plus"), monthly_kopecks=5_000),
        Service("pause", Text("Пауза", "Pause")),
        Service("detailed_bill", Text("Детализация", "Itemised statement")),
        Service("static_ip", Text("Статический IP", "Static IP address"), 30_000, 10_000),
        Service("content_ban", Text("Запрет контента", "Content ban"), by_support_only=True),
    )
}

_M2M: Final = frozenset(
    {"mobile_internet", "sms", "pause", "detailed_bill", "static_ip", "content_ban", "roaming"}
)
_VOICE: Final = frozenset(SERVICES) - {"static_ip"}

TARIFFS: Final = {
    tariff.code: tariff
    for tariff in (
        Tariff("m2m", Text("М2М", "M2M"), 5_000, 0, _M2M, 10 * MEGABYTE, sms_kopecks=150),
        Tariff("m2m_plus", Text("М2М Плюс", "M2M Plus"), 9_000, 3_000, _M2M, 100 * MEGABYTE, sms_kopecks=100),
        Tariff("kit", Text("Комплект", "Kit"), 0, 0, _M2M, None, 0, 0, offered=False),
        Tariff("smart", Text("Смарт", "Smart"), 45_000, 10_000, _VOICE, 10 * 1024 * MEGABYTE, call_kopecks=0),
        Tariff("super", Text("Супер", "Super"), 15_000, 15_000, _VOICE),
        Tariff("guest", Text("Гостевой", "Guest"), 0, 5_000, _VOICE - {"voicemail_plus"}, offered=False),
        Tariff("home", Text("Дом", "Home"), 60_000, 0, frozenset({"detailed_bill"}), offered=True),
    )
}

PACKAGES: Final = {
    package.code: package
    for package in (
        Package("light", "Лёгкий", 100 * MEGABYTE, 5_000),
        Package("350", "350", 350 * MEGABYTE, 9_000),
        Package("750", "750", 750 * MEGABYTE, 15_000),
        Package("1000", "1000", 1000 * MEGABYTE, 19_000),
        Package("1500", "1500", 1500 * MEGABYTE, 24_000),
        Package("3000", "3000", 3000 * MEGABYTE, 35_000),
        Package("3000_voka", "3000 + voka", 3000 * MEGABYTE, 42_000),
        Package("5000_voka", "5000 + voka", 5000 * MEGABYTE, 55_000),
    )
}

VENDOR_TARIFFS: Final = {
    tariff.code: tariff
    for tariff in (
        VendorTariff("base", Text("Базовый", "Base"), 9_000, 10 * MEGABYTE),
        VendorTariff("extended", Text("Расширенный", "Extended"), 15_000, 50 * MEGABYTE),
    )
}
