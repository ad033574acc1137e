"""The operator's service centre: takes messages, hands them on, keeps them for those who are away, reports.

    accept ──► [lost] ──► under way (delay, throttle, perhaps twice) ──► out of the door ──► delivered, reported
                              ▲                                              ├─ nobody there: kept until it registers
                              │                                              │  or its validity ends: reported
                              │                                              └─ a modem: in its hands
    in the hands of a modem ──┤                                    (3GPP TS 24.011)
        received (RP-ACK) ────┼──► delivered, reported
        no room (RP-ERROR 22) ┼──► kept until it tells of room (RP-SMMA), registers, or its validity ends
        another cause ────────┼──► rejected, reported
        not now, or no answer ┘    for RETRY_S

How faithfully it does that is its conduct; by default it is quick and loses nothing. It opens nothing and has no clock:
`next_at` and `due` are asked by the network.
"""

from __future__ import annotations

import heapq
import itertools
from collections import deque
from dataclasses import dataclass, replace
from random import Random
from typing import Final

from at_commands.sms import Content, split_content
from firmware_sim.network.answers import SmsArrived, SmsRefusedError, SmsReported, UserData
from firmware_sim.network.subscriber import Subscriber, SubscriberState

RP_BARRED: Final = 10
RP_MEMORY_FULL: Final = 22
RP_UNIDENTIFIED_SUBSCRIBER: Final = 28

MAX_WAITING: Final = 50
"""Messages kept for one absent subscriber; the oldest are dropped and counted."""
MAX_SUBMITTED: Final = 1000
"""Submitted messages kept for the operator's eyes."""
MAX_UNDER_WAY: Final = 5000
ANSWER_S: Final = 45.0
"""How long a modem may take to answer (TR1N, 3GPP TS 24.011, 10.1)."""
RETRY_S: Final = 60.0
"""From a delivery that failed for a while to the next one."""

# TP-ST (3GPP TS 23.040, 9.2.3.15)
DELIVERED: Final = 0x00
NO_RESPONSE: Final = 0x22
REJECTED: Final = 0x42
NOT_OBTAINABLE: Final = 0x43
VALIDITY_EXPIRED: Final = 0x46


@dataclass(frozen=True)
class SmsConduct:
    """How the centre behaves.

    Args:
        delay_s: from taking a message to handing it on, shortest and longest; drawn for each, so a long span reorders.
        report_delay_s: from a message's end to the report on it, shortest and longest.
        loss: chance that a message is taken and never seen again; nor is a report on it.
        duplication: chance that a message is handed on twice.
        each_s: at least so long between two messages to one recipient.
        validity_s: how long a message is kept whose sender does not say.
        tells_of_waiting: a sender who wants a report gets one, too, when the message starts to wait for its recipient.
    """

    delay_s: tuple[float, float] = (0.0, 0.0)
    report_delay_s: tuple[float, float] = (10.0, 20.0)
    loss: float = 0.0
    duplication: float = 0.0
    each_s: float = 0.0
    validity_s: float = 72 * 3600.0
    tells_of_waiting: bool = False

    def __post_init__(self) -> None:
        if not (0 <= self.loss <= 1 and 0 <= self.duplication <= 1):
            raise ValueError("loss and duplication are chances, from 0 to 1")
        if not 0 <= self.report_delay_s[0] <= self.report_delay_s[1]:
            raise ValueError("times are not negative, and the shortest comes first")
        if not 0 <= self.delay_s[0] <= self.delay_s[1] or self.each_s < 0 or self.validity_s <= 0:
            raise ValueError("times are not negative, and the shortest comes first")


@dataclass(frozen=True)
class StoredMessage:
    """A message that a modem handed in; `at` is network time (monotonic seconds)."""

    at: float
    imsi: str
    to: str
    content: str | UserData
    reference: int


@dataclass(frozen=True)
class Errand:
    """Something for a subscriber, or for a number outside of this network (`imsi` is None).

    Args:
        notice: what it is told.
        expires_at: given up then, network time.
        report_to: IMSI of a sender who wants to know; None: nobody does.
        reference, recipient: for that report.
        told: the sender knows that it waits.
    """

    imsi: str | None
    notice: SmsArrived | SmsReported
    expires_at: float
    report_to: str | None = None
    reference: int = 0
    recipient: str = ""
    told: bool = False


class SmsCentre:
    """Gives references, brings messages under way, keeps those for absent subscribers."""

    def __init__(self, conduct: SmsConduct, random: Random) -> None:
        self.submitted: deque[StoredMessage] = deque(maxlen=MAX_SUBMITTED)
        self.dropped = 0
        self.lost = 0
        self._conduct = conduct
        self._random = random
        self._references: dict[str, int] = {}
        self._under_way: list[tuple[float, int, Errand]] = []
        self._order = itertools.count()
        self._last_at: dict[str, float] = {}
        self._waiting: dict[str, deque[Errand]] = {}
        self._handed: dict[int, tuple[float, Errand]] = {}  # in the hands of modems: until when, by delivery

    def accept(self, sender: Subscriber | None, to: str, content: str | UserData, now: float) -> int:
        """Take a message from a modem; returns TP-MR, counted for each card (3GPP TS 23.040, 9.2.3.6)."""
        if sender is None:
            raise SmsRefusedError(RP_UNIDENTIFIED_SUBSCRIBER)
        if sender.state is not SubscriberState.ACTIVE:
            raise SmsRefusedError(RP_BARRED)
        reference = (self._references.get(sender.imsi, -1) + 1) % 256
        self._references[sender.imsi] = reference
        self.submitted.append(StoredMessage(now, sender.imsi, to, content, reference))
        return reference

    def expiry(self, now: float, validity_s: float | None) -> float:
        """When a message is given up."""
        return now + (self._conduct.validity_s if validity_s is None else validity_s)

    def dispatch(self, errand: Errand, now: float) -> None:
        """Bring it under way, as the centre's conduct has it."""
        conduct, random = self._conduct, self._random
        if conduct.loss and random.random() < conduct.loss:
            self.lost += 1
            return
        for _ in range(2 if conduct.duplication and random.random() < conduct.duplication else 1):
            at = now + (random.uniform(*conduct.delay_s) if conduct.delay_s[1] else 0.0)
            if conduct.each_s and errand.imsi is not None:
                at = max(at, self._last_at.get(errand.imsi, at - conduct.each_s) + conduct.each_s)
                self._last_at[errand.imsi] = at
            if len(self._under_way) >= MAX_UNDER_WAY:
                self.dropped += 1
            else:
                heapq.heappush(self._under_way, (at, next(self._order), errand))

    def plan_report(self, report: Errand, now: float) -> None:
        """Bring a report under way; reports are neither lost nor doubled of their own."""
        at = now + (
            self._random.uniform(*self._conduct.report_delay_s) if self._conduct.report_delay_s[1] else 0.0
        )
        heapq.heappush(self._under_way, (at, next(self._order), report))

    def next_at(self) -> float | None:
        """When something is due: an errand, the end of one that waits, or of the patience with a modem."""
        times = [errand.expires_at for waiting in self._waiting.values() for errand in waiting]
        if self._under_way:
            times.append(self._under_way[0][0])
        times += [answer_by for answer_by, _ in self._handed.values()]
        return min(times, default=None)

    def hand_over(self, errand: Errand, now: float) -> SmsArrived | SmsReported:
        """The notice for a modem, which answers with its `delivery`."""
        delivery = next(self._order) + 1
        self._handed[delivery] = (now + ANSWER_S, errand)
        return replace(errand.notice, delivery=delivery)

    def answered(self, imsi: str, delivery: int) -> Errand | None:
        """What this card's modem answers; None when the answer came too late."""
        _, errand = self._handed.get(delivery, (0.0, None))
        if errand is None or errand.imsi != imsi:
            return None
        del self._handed[delivery]
        return errand

    def try_again(self, errand: Errand, now: float) -> None:
        """Some time from now."""
        heapq.heappush(self._under_way, (now + RETRY_S, next(self._order), errand))

    def due(self, now: float) -> list[Errand]:
        """Errands to be done now, in their order. Those that a modem did not answer are tried again later."""
        for delivery, (answer_by, errand) in tuple(self._handed.items()):
            if answer_by <= now:
                del self._handed[delivery]
                self.try_again(errand, now)
        done = []
        while self._under_way and self._under_way[0][0] <= now:
            done.append(heapq.heappop(self._under_way)[2])
        return done

    def expired(self, now: float) -> list[Errand]:
        """Errands that are given up; they are gone from the centre."""
        gone = []
        for imsi, waiting in tuple(self._waiting.items()):
            gone += [errand for errand in waiting if errand.expires_at <= now]
            kept = deque((errand for errand in waiting if errand.expires_at > now), maxlen=MAX_WAITING)
            if kept:
                self._waiting[imsi] = kept
            else:
                del self._waiting[imsi]
        return gone

    def keep(self, errand: Errand) -> None:
        """Hold it until its recipient registers."""
        assert errand.imsi is not None
        waiting = self._waiting.setdefault(errand.imsi, deque(maxlen=MAX_WAITING))
        self.dropped += len(waiting) == MAX_WAITING
        waiting.append(errand)

    def take_waiting(self, imsi: str) -> tuple[Errand, ...]:
        """What waited for this card, oldest first; it is gone from the centre."""
        return tuple(self._waiting.pop(imsi, ()))


def parts_of(content: str | UserData, reference: int) -> list[str | UserData]:
    """A text that is too long for one message in parts; all else as it is."""
    if isinstance(content, UserData):
        return [content]
    contents = split_content(Content.of(content), reference)
    if len(contents) == 1:
        return [content]
    encoded = [(part.dcs, part.encode()) for part in contents]
    return [UserData(dcs, octets[0], octets[1:], has_header=True) for dcs, octets in encoded]
