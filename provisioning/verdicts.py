"""What is wrong with a SIM card on the pre-activation bench, and who must act: facts in, a verdict out.

The table below is read from top to bottom and the first row that holds decides. Its order is the theory:

1. what the card itself says (absent, unreadable, locked) goes before all else: no network was asked;
2. then that the network serves it: whatever a list says, a served card is served;
3. then what no waiting can cure because it is known here: another card than expected, another issuer, not paid;
4. then the network's refusal, where the same cause means another thing with a card that once was served (blocked
   since), with one that is paid for (the operator is late), and with one whose wait is already too long;
5. last the radio: without a denial it is coverage or antenna, and only after some time.

Causes are those of 3GPP TS 24.008, 10.5.3.6.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from provisioning.explanation import Actor
from provisioning.journey import Reason, State

PATIENCE_S: Final = 24 * 3600.0
"""So long an operator may take to activate a paid card before somebody asks him."""

SEARCH_S: Final = 60.0
"""A search may take so long before its silence says something of the place."""

WEAK_DBM: Final = -103
"""Below it GSM loses calls and messages: a few dB above the reference sensitivity (3GPP TS 45.005, 6.2: -104 dBm)."""

ILLEGAL_MS: Final = 3
"""Operators answer so for cards that they have not activated, and for those that they have blocked."""


class Kind(StrEnum):
    """What is the matter with a card. The values are for CSV and JSON and stay as they are."""

    NO_MODEM = "no_modem"
    NO_CARD = "no_card"
    NOT_SEEN = "not_seen"
    STARTING = "starting"
    UNREADABLE = "unreadable"
    PIN_LOCKED = "pin_locked"
    PUK_LOCKED = "puk_locked"
    DUPLICATE = "duplicate"
    SERVED = "served"
    SERVED_WEAK = "served_weak"
    NOT_LISTED = "not_listed"
    WRONG_ISSUER = "wrong_issuer"
    UNPAID = "unpaid"
    BLOCKED = "blocked"
    DEVICE_BLOCKED = "device_blocked"
    OPERATOR_DELAY = "operator_delay"
    OPERATOR_OVERDUE = "operator_overdue"
    AREA_REFUSED = "area_refused"
    NETWORK_TROUBLE = "network_trouble"
    NO_COVERAGE = "no_coverage"
    ANTENNA_WEAK = "antenna_weak"
    SEARCHING = "searching"


@dataclass(frozen=True, slots=True)
class CardFacts:
    """What is known of one card.

    Args:
        state, reason, cause: of its commissioning.
        rssi_dbm: field strength, None: no signal.
        state_s: how long it has been in this state, in seconds.
        waited_s: since the first denial, None: there was none.
        served_before: the network has served this card earlier.
        listed: it stands in the list of expected cards; None: there is no list.
        issuer_known: its number begins as the vendor's cards do; None: nobody said how they begin.
        paid: by the list; None: it does not say.
        twice: its number is in two ports at once.
    """

    state: State
    reason: Reason | None = None
    cause: int | None = None
    rssi_dbm: int | None = None
    state_s: float = 0.0
    waited_s: float | None = None
    served_before: bool = False
    listed: bool | None = None
    issuer_known: bool | None = None
    paid: bool | None = None
    twice: bool = False
    patience_s: float = PATIENCE_S


@dataclass(frozen=True, slots=True)
class Verdict:
    """`who` must act; `settled`: waiting changes nothing any more."""

    kind: Kind
    who: Actor
    settled: bool

    @property
    def served(self) -> bool:
        return self.kind in {Kind.SERVED, Kind.SERVED_WEAK}


def verdict_of(facts: CardFacts) -> Verdict:
    """The first row of the table that holds."""
    kind = next(kind for holds, kind in _ROWS if holds(facts))
    return verdict_for(kind)


def verdict_for(kind: Kind) -> Verdict:
    """The verdict of a kind."""
    who = _WHO.get(kind, Actor.NOBODY)
    return Verdict(kind, who, kind in _SETTLED)


def _waits(facts: CardFacts) -> bool:
    """Refused as a card that is not activated is: permanently, and for nothing that the modem or the place did."""
    unknown_here = facts.state is State.WAITING_ACTIVATION
    return unknown_here or (facts.state is State.DENIED and facts.cause == ILLEGAL_MS)


def _late(facts: CardFacts) -> bool:
    return facts.waited_s is not None and facts.waited_s >= facts.patience_s


def _served(facts: CardFacts) -> bool:
    return facts.state is State.STOPPED and facts.reason is Reason.ACTIVATED


def _weak(facts: CardFacts) -> bool:
    return facts.rssi_dbm is not None and facts.rssi_dbm < WEAK_DBM


def _searches_long(facts: CardFacts) -> bool:
    return facts.state is State.SEARCHING and facts.state_s >= SEARCH_S


_ROWS: Final[tuple[tuple[Callable[[CardFacts], bool], Kind], ...]] = (
    (lambda f: f.state is State.NO_MODEM and f.reason is not Reason.STARTED, Kind.NO_MODEM),
    (lambda f: f.state is State.SIM_MISSING and f.reason is Reason.SIM_FAILED, Kind.UNREADABLE),
    (lambda f: f.state is State.SIM_MISSING, Kind.NO_CARD),
    (lambda f: f.twice, Kind.DUPLICATE),
    (lambda f: f.state is State.SIM_LOCKED and f.reason is Reason.PUK_NEEDED, Kind.PUK_LOCKED),
    (lambda f: f.state is State.SIM_LOCKED, Kind.PIN_LOCKED),
    (lambda f: _served(f) and _weak(f), Kind.SERVED_WEAK),
    (_served, Kind.SERVED),
    (lambda f: f.issuer_known is False, Kind.WRONG_ISSUER),
    (lambda f: f.listed is False, Kind.NOT_LISTED),
    (lambda f: f.paid is False, Kind.UNPAID),
    (lambda f: f.state is State.DENIED and f.reason is Reason.DEVICE_REFUSED, Kind.DEVICE_BLOCKED),
    (lambda f: _waits(f) and f.served_before, Kind.BLOCKED),
    (lambda f: _waits(f) and f.cause == ILLEGAL_MS and f.paid is None, Kind.BLOCKED),
    (lambda f: _waits(f) and _late(f), Kind.OPERATOR_OVERDUE),
    (_waits, Kind.OPERATOR_DELAY),
    (lambda f: f.state is State.DENIED and f.reason is Reason.AREA_REFUSED, Kind.AREA_REFUSED),
    (lambda f: f.state is State.DENIED, Kind.NETWORK_TROUBLE),
    (lambda f: _searches_long(f) and f.rssi_dbm is None, Kind.NO_COVERAGE),
    (lambda f: _searches_long(f) and _weak(f), Kind.ANTENNA_WEAK),
    (lambda f: f.state is State.SEARCHING, Kind.SEARCHING),
    (lambda f: True, Kind.STARTING),
)

_WHO: Final = {
    Kind.NO_MODEM: Actor.INSTALLER,
    Kind.NO_CARD: Actor.INSTALLER,
    Kind.NOT_SEEN: Actor.INSTALLER,
    Kind.UNREADABLE: Actor.INSTALLER,
    Kind.PIN_LOCKED: Actor.INSTALLER,
    Kind.PUK_LOCKED: Actor.OWNER,
    Kind.DUPLICATE: Actor.INSTALLER,
    Kind.SERVED_WEAK: Actor.INSTALLER,
    Kind.NOT_LISTED: Actor.INSTALLER,
    Kind.WRONG_ISSUER: Actor.INSTALLER,
    Kind.UNPAID: Actor.OWNER,
    Kind.BLOCKED: Actor.VENDOR,
    Kind.DEVICE_BLOCKED: Actor.VENDOR,
    Kind.OPERATOR_OVERDUE: Actor.OPERATOR,
    Kind.AREA_REFUSED: Actor.OPERATOR,
    Kind.NO_COVERAGE: Actor.INSTALLER,
    Kind.ANTENNA_WEAK: Actor.INSTALLER,
}

_SETTLED: Final = frozenset(
    {
        Kind.SERVED,
        Kind.SERVED_WEAK,
        Kind.UNREADABLE,
        Kind.PIN_LOCKED,
        Kind.PUK_LOCKED,
        Kind.NOT_LISTED,
        Kind.WRONG_ISSUER,
        Kind.UNPAID,
        Kind.BLOCKED,
        Kind.DEVICE_BLOCKED,
    }
)
