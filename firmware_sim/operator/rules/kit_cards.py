"""Kit SIM cards in the vendor's service: added, given a tariff and a device, released and ended (S0.1-S0.17).

At the operator a kit card is a subscriber of the vendor's company on the tariff "kit"; a user of the service never
becomes its owner (S0.4, `ownership.py`). States are in `kit_states.py`, money in `kit_payments.py`, time in
`kit_periods.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from http import HTTPStatus

from firmware_sim.operator.books import Draft
from firmware_sim.operator.callers import Caller, digits_of, require
from firmware_sim.operator.catalogue import VENDOR_TARIFFS
from firmware_sim.operator.ledger import balance_kopecks
from firmware_sim.operator.records import (
    Hold,
    Life,
    Role,
    Subscriber,
    VendorCard,
    VendorCardState,
    VendorUser,
)
from firmware_sim.operator.refusals import Refusal, RefusedError, kinds
from firmware_sim.operator.rules import cards
from firmware_sim.operator.rules.devices import card_in, device_of, user_named, user_of
from firmware_sim.operator.rules.kit_periods import begin, money_came, price_kopecks
from firmware_sim.operator.rules.kit_purse import LEAST_KOPECKS, pay_out
from provisioning.explanation import Text

kinds(
    {
        "no_such_kit": Refusal(
            "S0.12",
            Text(
                "SIM-карты {card} нет среди карт комплектов; проверьте номер на пластике.",
                "The card {card} is not one of a kit; check the number on the plastic.",
            ),
            HTTPStatus.NOT_FOUND,
        ),
        "kit_taken": Refusal(
            "S0.12",
            Text("SIM-карта {card} уже добавлена.", "The card {card} has been added already."),
        ),
        "no_such_vendor_tariff": Refusal(
            "S0.15",
            Text("Тариф {tariff} не предлагается.", "The tariff {tariff} is not offered."),
            HTTPStatus.NOT_FOUND,
        ),
        "device_has_card": Refusal(
            "S0.16",
            Text(
                "За контроллером {serial} уже закреплена SIM-карта.",
                "The controller {serial} has a SIM card already.",
            ),
        ),
        "kit_blocked": Refusal(
            "S0.3",
            Text(
                "SIM-карта {card} заблокирована за использование не в своём устройстве; разблокирует только поддержка.",
                "The card {card} is blocked for use outside its device; only support unblocks it.",
            ),
        ),
        "kit_paid_already": Refusal(
            "S0.10",
            Text(
                "Период SIM-карты {card} оплачен до {until}.",
                "The period of the card {card} is paid until {until}.",
            ),
        ),
        "kit_in_use": Refusal(
            "S0.10",
            Text(
                "SIM-карта {card} уже активировалась; её можно только расторгнуть.",
                "The card {card} has been active; it can only be terminated.",
            ),
        ),
    }
)


@dataclass(frozen=True, slots=True)
class ToPay:
    """What "go to payment" shows (S0.17): the period's price, what is in the purse, and the least payment."""

    price_kopecks: int
    balance_kopecks: int
    least_kopecks: int


def look_up(draft: Draft, caller: Caller, *, number: str = "", iccid: str = "") -> Subscriber:
    """Find a free kit card by its printed number (S0.14), or by its ICCID where none is printed (S0.13).

    Raises:
        RefusedError: not_yours, no_such_kit, kit_taken, kit_blocked, terminated.
    """
    user_of(draft, caller)
    card = _kit_named(draft, number, iccid)
    if card.life is Life.TERMINATED:
        raise RefusedError("terminated", number=card.msisdn)
    if draft.get(VendorCard, card.imsi) is not None:
        raise RefusedError("kit_taken", card=number or iccid)
    if Hold.MISUSE in card.holds:
        raise RefusedError("kit_blocked", card=card.msisdn)
    return card


def add(
    draft: Draft, caller: Caller, *, number: str = "", iccid: str = "", tariff: str, serial: str
) -> VendorCard:
    """Add a card with its tariff and its device (S0.12-S0.16); money that is there already pays its first period.

    Raises:
        RefusedError: as `look_up`, no_such_vendor_tariff, no_such_device, device_has_card.
    """
    user = user_of(draft, caller)
    card = look_up(draft, caller, number=number, iccid=iccid)
    _check_tariff(tariff)
    imei = _free_device(draft, user, serial)
    draft.put(replace(card, bound_imei=imei))
    draft.note(card.imsi, f"added by {user.login} for device {serial}, tariff {tariff}")
    draft.put(VendorCard(imsi=card.imsi, login=user.login, tariff=tariff, serial=serial))
    money_came(draft, user)
    return _kit(draft, card.imsi)


def cards_of(draft: Draft, caller: Caller) -> list[VendorCard]:
    """The tab "SIM cards" (S0.11). Raises RefusedError(not_yours)."""
    user = user_of(draft, caller)
    return draft.where(VendorCard, lambda each: each.login == user.login)


def card_of(draft: Draft, caller: Caller, number: str) -> VendorCard:
    """One of his cards, by number, ICCID or IMSI. Raises RefusedError: not_yours, no_such_kit."""
    wanted = digits_of(number)
    for kit in cards_of(draft, caller):
        card = _card(draft, kit)
        if kit.imsi == wanted or _is(card, wanted, wanted):
            return kit
    raise RefusedError("no_such_kit", card=number)


def to_pay(draft: Draft, caller: Caller, number: str) -> ToPay:
    """What the next period needs (S0.17). Raises RefusedError: not_yours, no_such_kit, terminated."""
    kit = _living_kit(draft, caller, number)
    price = price_kopecks(kit)
    there = balance_kopecks(draft, user_of(draft, caller).purse)
    return ToPay(price, there, max(LEAST_KOPECKS, price - there) if there < price else 0)


def prolong(draft: Draft, caller: Caller, number: str) -> VendorCard:
    """Buy a period from the purse for a card that waits for one and does not prolong itself.

    Raises:
        RefusedError: not_yours, no_such_kit, terminated, kit_blocked, kit_paid_already, funds.
    """
    kit = _usable_kit(draft, caller, number)
    if kit.state is VendorCardState.ACTIVE:
        raise RefusedError("kit_paid_already", card=number, until=f"{kit.paid_until:%d.%m.%Y %H:%M}")
    return begin(draft, kit)


def set_auto_prolong(draft: Draft, caller: Caller, number: str, on: bool) -> VendorCard:
    """Shall the service prolong the card by itself? Raises RefusedError: not_yours, no_such_kit, terminated."""
    kit = draft.put(replace(_living_kit(draft, caller, number), auto_prolong=on))
    money_came(draft, user_of(draft, caller))
    return _kit(draft, kit.imsi)


def change_tariff(draft: Draft, caller: Caller, number: str, tariff: str) -> VendorCard:
    """Another tariff, the only way to more traffic before the period's end (S0.35).

    A dearer one counts at once for the difference in price, and what was used stays used; a cheaper one counts from
    the next period.

    Raises:
        RefusedError: not_yours, no_such_kit, terminated, kit_blocked, no_such_vendor_tariff, funds.
    """
    kit = _usable_kit(draft, caller, number)
    _check_tariff(tariff)
    if kit.state is not VendorCardState.ACTIVE:
        draft.put(replace(kit, tariff=tariff, next_tariff=""))
        money_came(draft, user_of(draft, caller))
        return _kit(draft, kit.imsi)
    dearer = VENDOR_TARIFFS[tariff].monthly_kopecks - VENDOR_TARIFFS[kit.tariff].monthly_kopecks
    if dearer <= 0:
        return draft.put(replace(kit, next_tariff="" if tariff == kit.tariff else tariff))
    pay_out(draft, kit, user_of(draft, caller), dearer, f"{kit.tariff} to {tariff}")
    draft.note(kit.imsi, f"tariff {tariff} instead of {kit.tariff}")
    return draft.put(replace(kit, tariff=tariff, next_tariff=""))


def rebind(draft: Draft, caller: Caller, number: str, serial: str) -> VendorCard:
    """The card goes into another device of his; the old one may open no data session from now on (S0.16).

    Raises:
        RefusedError: not_yours, no_such_kit, terminated, kit_blocked, no_such_device, device_has_card.
    """
    kit = _usable_kit(draft, caller, number)
    if serial == kit.serial:
        return kit
    imei = _free_device(draft, user_of(draft, caller), serial)
    draft.put(replace(_card(draft, kit), bound_imei=imei))
    draft.note(kit.imsi, f"bound to device {serial} instead of {kit.serial}")
    return draft.put(replace(kit, serial=serial))


def remove(draft: Draft, caller: Caller, number: str) -> None:
    """Take back a card that was never paid for: it is free to be added again.

    Raises:
        RefusedError: not_yours, no_such_kit, kit_blocked, kit_in_use.
    """
    kit = _usable_kit(draft, caller, number)
    if kit.state is not VendorCardState.ADDED:
        raise RefusedError("kit_in_use", card=number)
    draft.put(replace(_card(draft, kit), bound_imei=""))
    draft.note(kit.imsi, f"removed by {kit.login}")
    draft.delete(kit)


def terminate(draft: Draft, caller: Caller, number: str) -> VendorCard:
    """The user gives a card up for good; the vendor's company ends its contract at the operator.

    Raises:
        RefusedError: not_yours, no_such_kit, terminated.
    """
    kit = _living_kit(draft, caller, number)
    cards.end(draft, _card(draft, kit))
    return _kit(draft, kit.imsi)


def unblock(draft: Draft, caller: Caller, imsi: str) -> VendorCard:
    """Support lifts a block for misuse, which nobody else can (S0.3); money that is there pays a new period.

    Raises:
        RefusedError: not_yours, no_such_kit, terminated.
    """
    require(caller, Role.STAFF)
    kit = draft.get(VendorCard, imsi)
    if kit is None:
        raise RefusedError("no_such_kit", card=imsi)
    cards.release_by_clerk(draft, caller, imsi, Hold.MISUSE)
    money_came(draft, user_named(draft, kit.login))
    return _kit(draft, imsi)


def _free_device(draft: Draft, user: VendorUser, serial: str) -> str:
    device = device_of(draft, user, serial)
    if card_in(draft, serial) is not None:
        raise RefusedError("device_has_card", serial=serial)
    return device.imei


def _check_tariff(tariff: str) -> None:
    if tariff not in VENDOR_TARIFFS:
        raise RefusedError("no_such_vendor_tariff", tariff=tariff)


def _usable_kit(draft: Draft, caller: Caller, number: str) -> VendorCard:
    kit = _living_kit(draft, caller, number)
    if kit.state is VendorCardState.BLOCKED:
        raise RefusedError("kit_blocked", card=number)
    return kit


def _living_kit(draft: Draft, caller: Caller, number: str) -> VendorCard:
    kit = card_of(draft, caller, number)
    if kit.state is VendorCardState.TERMINATED:
        raise RefusedError("terminated", number=number)
    return kit


def _kit_named(draft: Draft, number: str, iccid: str) -> Subscriber:
    for card in draft.all(Subscriber):
        if is_kit(card) and _is(card, digits_of(number), digits_of(iccid)):
            return card
    raise RefusedError("no_such_kit", card=number or iccid)


def is_kit(card: Subscriber) -> bool:
    """Is it a card of a kit?"""
    return card.tariff == "kit"


def _is(card: Subscriber, number: str, iccid: str) -> bool:
    return (len(number) in (10, 11) and card.number == number[-10:]) or (
        len(iccid) in (19, 20) and card.iccid[:19] == iccid[:19]
    )


def _card(draft: Draft, kit: VendorCard) -> Subscriber:
    card = draft.get(Subscriber, kit.imsi)
    assert card is not None
    return card


def _kit(draft: Draft, imsi: str) -> VendorCard:
    kit = draft.get(VendorCard, imsi)
    assert kit is not None
    return kit
