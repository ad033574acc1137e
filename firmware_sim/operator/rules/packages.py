"""Internet packages: one of eight instead of the tariff's own Internet, its fee paid at once (S2.14, S2.22, S2.23)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from firmware_sim.operator.books import Draft
from firmware_sim.operator.callers import Caller, subscriber_of
from firmware_sim.operator.catalogue import PACKAGES, Package
from firmware_sim.operator.ledger import Kind
from firmware_sim.operator.records import Subscriber
from firmware_sim.operator.refusals import Refusal, RefusedError, kinds
from firmware_sim.operator.register_entry import quota_bytes
from firmware_sim.operator.rules.billing import order
from firmware_sim.operator.rules.cards import served
from provisioning.explanation import Text

kinds(
    {
        "internet_off": Refusal(
            "S2.14",
            Text(
                "Мобильный интернет выключен; сначала подключите услугу.",
                "Mobile Internet is off; connect that service first.",
            ),
        ),
        "same_package": Refusal("S2.23", Text("Этот пакет уже подключён.", "This is the package already.")),
        "no_package": Refusal("S2.22", Text("Пакета нет.", "There is no package to disconnect.")),
        "kit_package": Refusal(
            "S0.35",
            Text(
                "Трафик карты из комплекта задаёт тариф сервиса производителя.",
                "A kit card's traffic is that of the vendor's tariff.",
            ),
        ),
    }
)


@dataclass(frozen=True, slots=True)
class InternetScreen:
    """What the Internet screen shows (S2.22)."""

    on: bool
    package: str
    """"" is the tariff's own Internet."""
    quota_bytes: int | None
    packages: list[Package]
    """The radio list (S2.23)."""


def screen(draft: Draft, caller: Caller, number: str) -> InternetScreen:
    """The state of his Internet. Raises RefusedError(no_such_number)."""
    card = subscriber_of(draft, caller, number)
    on = "mobile_internet" in card.services
    return InternetScreen(on, card.package, quota_bytes(draft, card), list(PACKAGES.values()))


def choose(draft: Draft, caller: Caller, number: str, code: str) -> Subscriber:
    """Connect a package or change to another; the traffic begins anew.

    Raises:
        RefusedError: no_such_number, no_such_package, not_active_yet, terminated, kit_package, internet_off,
            same_package, funds.
    """
    card = served(subscriber_of(draft, caller, number))
    if code not in PACKAGES:
        raise RefusedError("no_such_package", package=code)
    if card.tariff == "kit":
        raise RefusedError("kit_package")
    if "mobile_internet" not in card.services:
        raise RefusedError("internet_off")
    if card.package == code:
        raise RefusedError("same_package")
    order(draft, card, PACKAGES[code].monthly_kopecks, Kind.PACKAGE_FEE, code)
    draft.note(card.imsi, f"package: {code}")
    return draft.put(replace(card, package=code, used_bytes=0))


def disconnect(draft: Draft, caller: Caller, number: str) -> Subscriber:
    """Back to the tariff's own Internet.

    Raises:
        RefusedError: no_such_number, not_active_yet, terminated, no_package.
    """
    card = served(subscriber_of(draft, caller, number))
    if not card.package:
        raise RefusedError("no_package")
    draft.note(card.imsi, "package: none")
    return draft.put(replace(card, package=""))
