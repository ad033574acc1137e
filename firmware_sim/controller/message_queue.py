"""What the controller has to tell, in the order in which it is told, without I/O.

Alarms go before all else, messages before calls, else the oldest first. The same words to the same phone wait once, and
are told again after `REPEAT_S` at the earliest: a sensor that flickers shall not empty the account. A full queue drops
the oldest that is no alarm; only where all are alarms, the oldest of them.

    what became of a try        alarm                                     all else
    taken by the network        never again                               never again
    refused (+CMS ERROR)        again after PAUSES_S, for a day           again, for an hour
    the modem broke meanwhile   again, `DOUBTS` times: better twice       never: better not at all than twice
                                than not at all

All bounds are ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from firmware_sim.controller.objects.notifications import Message

MAX_QUEUED: Final = 50
REPEAT_S: Final = 600.0
PAUSES_S: Final = (30.0, 60.0, 120.0, 300.0, 600.0, 1800.0)
"""After each refusal; the last one from then on."""
ALARM_KEPT_S: Final = 24 * 3600.0
KEPT_S: Final = 3600.0
"""From the first refusal; then it is given up."""
DOUBTS: Final = 5


class Fate(Enum):
    """What became of a try."""

    TAKEN = "taken"
    REFUSED = "refused"
    IN_DOUBT = "in doubt"
    """The modem broke: it may have been sent."""


@dataclass(eq=False, slots=True)
class Waiting:
    """Something to be told, from `due_s` on."""

    message: Message
    due_s: float
    tries: int = 0
    doubts: int = 0
    refused_s: float | None = None
    """When it was refused first."""


class MessageQueue:
    """A bounded queue. Times are seconds of any steady clock."""

    def __init__(self, limit: int = MAX_QUEUED) -> None:
        self._limit = limit
        self._waiting: list[Waiting] = []
        self._told_s: dict[Message, float] = {}
        self.dropped = 0
        """Those that found no room, or were pushed out."""
        self.given_up = 0
        """Those that were refused too long, or may have been sent."""

    def __len__(self) -> int:
        return len(self._waiting)

    def __contains__(self, waiting: Waiting) -> bool:
        return waiting in self._waiting

    def put(self, message: Message, now_s: float, *, at_once: bool = False) -> bool:
        """Take it. False: there is no room for it.

        Args:
            at_once: somebody asked for it, so it may repeat what was told just now.
        """
        self._told_s = {each: at for each, at in self._told_s.items() if now_s < at + REPEAT_S}
        if any(each.message == message for each in self._waiting):
            return True
        if len(self._waiting) >= self._limit and not self._make_room(message):
            self.dropped += 1
            return False
        told_s = None if at_once else self._told_s.get(message)
        self._waiting.append(Waiting(message, now_s if told_s is None else told_s + REPEAT_S))
        return True

    def _make_room(self, message: Message) -> bool:
        oldest = next((each for each in self._waiting if not each.message.alarm), None)
        if oldest is None and message.alarm:
            oldest = self._waiting[0]
        if oldest is None:
            return False
        self._waiting.remove(oldest)
        self.dropped += 1
        return True

    def due(self, now_s: float) -> Waiting | None:
        """What is to be told now; it stays until `tried` says what became of it."""
        ready = [each for each in self._waiting if each.due_s <= now_s]
        return min(ready, key=lambda each: (not each.message.alarm, each.message.voice), default=None)

    def tried(self, waiting: Waiting, fate: Fate, now_s: float) -> None:
        """It was tried."""
        waiting.tries += 1
        if fate is Fate.TAKEN:
            self._told_s[waiting.message] = now_s
            self.forget(waiting)
        elif fate is Fate.IN_DOUBT:
            waiting.doubts += 1
            if not waiting.message.alarm or waiting.doubts > DOUBTS:
                self.give_up(waiting)
        else:
            first_s = waiting.refused_s = now_s if waiting.refused_s is None else waiting.refused_s
            if now_s - first_s >= (ALARM_KEPT_S if waiting.message.alarm else KEPT_S):
                self.give_up(waiting)
            waiting.due_s = now_s + PAUSES_S[min(waiting.tries, len(PAUSES_S)) - 1]

    def put_off(self, waiting: Waiting, until_s: float) -> None:
        """Not before."""
        waiting.tries += 1
        waiting.due_s = until_s

    def give_up(self, waiting: Waiting) -> None:
        """It cannot be told."""
        self.given_up += 1
        self.forget(waiting)

    def forget(self, waiting: Waiting) -> None:
        """It is done with; harmless where it was pushed out meanwhile."""
        if waiting in self._waiting:
            self._waiting.remove(waiting)
