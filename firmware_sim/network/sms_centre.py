"""A short message centre that stores and forwards, no more."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from firmware_sim.network.answers import SmsArrived, SmsRefusedError, UserData
from firmware_sim.network.subscriber import Subscriber, SubscriberState

RP_BARRED = 10
RP_UNIDENTIFIED_SUBSCRIBER = 28

MAX_WAITING = 50
"""Messages kept for one absent subscriber; the oldest are dropped and counted."""
MAX_SUBMITTED = 1000
"""Submitted messages kept for the operator's eyes."""


@dataclass(frozen=True)
class StoredMessage:
    """A message that a modem handed in; `at` is network time (monotonic seconds)."""

    at: float
    imsi: str
    to: str
    content: str | UserData
    reference: int


class SmsCentre:
    """Gives references, keeps messages for absent subscribers."""

    def __init__(self) -> None:
        self.submitted: deque[StoredMessage] = deque(maxlen=MAX_SUBMITTED)
        self.dropped = 0
        self._references: dict[str, int] = {}
        self._waiting: dict[str, deque[SmsArrived]] = {}

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

    @staticmethod
    def stamp(sender: str, content: str | UserData, wall_s: float) -> SmsArrived:
        """The message as its recipient will see it."""
        return SmsArrived(sender, content, wall_s)

    def keep(self, imsi: str, message: SmsArrived) -> None:
        """Hold a message until its recipient registers."""
        waiting = self._waiting.setdefault(imsi, deque(maxlen=MAX_WAITING))
        self.dropped += len(waiting) == MAX_WAITING
        waiting.append(message)

    def take_waiting(self, imsi: str) -> tuple[SmsArrived, ...]:
        """Messages that waited for this card, oldest first; they are gone from the centre."""
        return tuple(self._waiting.pop(imsi, ()))
