"""What must hold in the books at every moment, whatever was done before."""

from __future__ import annotations

from collections import Counter

from firmware_sim.operator.books import Books
from firmware_sim.operator.catalogue import PACKAGES, SERVICES, TARIFFS
from firmware_sim.operator.records import (
    BANK,
    Account,
    Customer,
    Entry,
    FreeNumber,
    Hold,
    Life,
    Purse,
    Subscriber,
    VendorCard,
    VendorCardState,
    VendorDevice,
    VendorUser,
)


def audit(books: Books) -> list[str]:
    """What is wrong, in words; nothing is as it should be."""
    return [*_money(books), *_cards(books), *_vendor(books)]


def _money(books: Books) -> list[str]:
    wrong: list[str] = []
    moved: Counter[str] = Counter()
    for entry in books.all(Entry):
        if entry.kopecks <= 0:
            wrong.append(f"entry {entry.id} moves {entry.kopecks} kopecks")
        moved[entry.source] -= entry.kopecks
        moved[entry.target] += entry.kopecks
    purses = {purse.name: purse.kopecks for purse in books.all(Purse)}
    if total := sum(purses.values()):
        wrong.append(f"the purses hold {total} kopecks together, not nothing")
    for name in purses.keys() | moved.keys():
        if purses.get(name, 0) != moved[name]:
            wrong.append(f"purse {name} holds {purses.get(name, 0)}, its entries say {moved[name]}")
    wrong.extend(
        f"purse {name} is at {kopecks}"
        for name, kopecks in purses.items()
        if name.startswith("vendor:") and kopecks < 0
    )
    if purses.get(BANK, 0) > 0:
        wrong.append("more has gone to the bank than ever came from it")
    return wrong


def _cards(books: Books) -> list[str]:
    wrong: list[str] = []
    living = [card for card in books.all(Subscriber) if card.life is not Life.TERMINATED]
    for what, seen in (
        ("number", Counter(card.msisdn for card in living)),
        ("ICCID", Counter(card.iccid for card in books.all(Subscriber))),
    ):
        wrong.extend(f"{what} {each} is given out twice" for each, count in seen.items() if count > 1)
    given = {card.msisdn for card in books.all(Subscriber)}
    wrong.extend(
        f"{each.msisdn} is given out and free" for each in books.all(FreeNumber) if each.msisdn in given
    )
    for card in books.all(Subscriber):
        wrong.extend(
            f"{card.imsi} is forwarded to itself" for _, target in card.forwardings if target == card.msisdn
        )
        account = books.get(Account, card.account)
        if account is None or books.get(Customer, account.contract) is None:
            wrong.append(f"{card.imsi} has no account or nobody's")
        if card.tariff not in TARIFFS or (card.package and card.package not in PACKAGES):
            wrong.append(f"{card.imsi} is on {card.tariff} with package {card.package}, which are not sold")
        elif forbidden := set(card.services) - TARIFFS[card.tariff].services:
            wrong.append(f"{card.imsi} has {', '.join(sorted(forbidden))}, against its tariff")
        if unknown := set(card.services) - SERVICES.keys():
            wrong.append(f"{card.imsi} has unknown services {unknown}")
        if len(set(card.holds)) != len(card.holds) or len(set(card.services)) != len(card.services):
            wrong.append(f"{card.imsi} holds or services twice")
        if (card.life is Life.ACTIVE) and card.activated_at is None:
            wrong.append(f"{card.imsi} is active, but never became so")
        if (Hold.TEMPORARY_BLOCK in card.holds) != (card.block_ends_on is not None):
            wrong.append(f"{card.imsi}: temporary block without an end, or an end without a block")
        if card.used_bytes < 0:
            wrong.append(f"{card.imsi} has used {card.used_bytes} bytes")
    return wrong


def _vendor(books: Books) -> list[str]:
    wrong: list[str] = []
    for kit in books.all(VendorCard):
        card, device = books.get(Subscriber, kit.imsi), books.get(VendorDevice, kit.serial)
        if card is None or books.get(VendorUser, kit.login) is None:
            wrong.append(f"kit card {kit.imsi} is nobody's")
        if kit.serial and (device is None or device.login != kit.login):
            wrong.append(f"kit card {kit.imsi} is bound to a device of somebody else")
        if kit.state is VendorCardState.ACTIVE and kit.paid_until is None:
            wrong.append(f"kit card {kit.imsi} is active and unpaid")
        if card is not None and card.tariff != "kit":
            wrong.append(f"kit card {kit.imsi} is on the operator's tariff {card.tariff}")
        if card is not None and (kit.state is VendorCardState.TERMINATED) != (card.life is Life.TERMINATED):
            wrong.append(f"kit card {kit.imsi} is terminated on one side only")
        if card is not None and kit.state is not VendorCardState.TERMINATED:
            if (kit.state is VendorCardState.BLOCKED) != (Hold.MISUSE in card.holds):
                wrong.append(f"kit card {kit.imsi} is blocked for misuse on one side only")
            device_imei = "" if device is None else device.imei
            if card.bound_imei != device_imei:
                wrong.append(
                    f"kit card {kit.imsi} is bound to {card.bound_imei}, its device is {device_imei}"
                )
        if card is not None and kit.state is VendorCardState.ACTIVE and not card.paid:
            wrong.append(f"kit card {kit.imsi} is active in the service, but the operator does not know")
    devices = Counter(
        kit.serial
        for kit in books.all(VendorCard)
        if kit.serial and kit.state is not VendorCardState.TERMINATED
    )
    wrong.extend(f"device {serial} has {count} kit cards" for serial, count in devices.items() if count > 1)
    return wrong
