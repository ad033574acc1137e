"""What the network must know of a card: the operator's records boiled down to what a home location register holds.

One direction only. Whatever an operation changes, the entries of the cards concerned are computed anew and given to the
network, which acts at once: registrations and data sessions that are no longer permitted end.
"""

from __future__ import annotations

from typing import Final

from firmware_sim.network import Provision, SubscriberState
from firmware_sim.operator.books import Books, Draft
from firmware_sim.operator.catalogue import PACKAGES, TARIFFS, VENDOR_TARIFFS
from firmware_sim.operator.ledger import balance_kopecks
from firmware_sim.operator.records import Hold, Language, Life, Subscriber, VendorCard, VendorCardState

BLOCKING: Final = frozenset({Hold.MISUSE, Hold.LOST})
"""With these the network denies registration; with the others it serves no data."""


def state_of(card: Subscriber) -> SubscriberState:
    """The card's state as the network knows them; the gravest reason wins."""
    if card.life is Life.TERMINATED:
        return SubscriberState.TERMINATED
    if BLOCKING.intersection(card.holds):
        return SubscriberState.BLOCKED
    if card.life is Life.IN_STOCK:
        return SubscriberState.IN_STOCK
    return SubscriberState.SUSPENDED if card.holds else SubscriberState.ACTIVE


def quota_bytes(books: Books | Draft, card: Subscriber) -> int | None:
    """The period's traffic: of the package, or else of the tariff's own Internet (S2.22); None: no Internet."""
    kit = books.get(VendorCard, card.imsi)
    if kit is not None:
        if (
            kit.state is VendorCardState.ADDED
        ):  # also one that a clerk has activated: no period was paid (S0.10)
            return None
        return VENDOR_TARIFFS[kit.tariff].quota_bytes
    if card.package:
        return PACKAGES[card.package].quota_bytes
    return TARIFFS[card.tariff].quota_bytes


def register_entry(books: Books | Draft, card: Subscriber) -> Provision:
    """The network's entry for a card."""
    quota = quota_bytes(books, card)
    return Provision(
        state=state_of(card),
        paid=card.paid,
        msisdn=card.msisdn,
        bound_imei=card.bound_imei or None,
        data_allowed=quota is not None and "mobile_internet" in card.services,
        traffic_limit_bytes=quota,
        traffic_used_bytes=card.used_bytes,
        balance_kopecks=balance_kopecks(books, card.account),
        tariff=TARIFFS[card.tariff].name.en if card.language is Language.EN else TARIFFS[card.tariff].name.ru,
        latin_answers=card.language is not Language.RU,
    )
