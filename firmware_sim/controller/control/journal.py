"""What happened at a controller: its alarms, and what a hand on the bench has done, in one order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from firmware_sim.http_api.numbered_log import NumberedLog

LIMIT: Final = 2000
"""Entries kept."""

Source = Literal["controller", "bench"]
"""Who it came from."""


@dataclass(frozen=True, slots=True)
class Happening:
    """One entry.

    Args:
        number: counts from 1 without gaps.
        at_s: seconds since the controller's start.
        what: the alarm, or what the hand did.
        object_id: of the alarm; 0 is the controller itself, None: no alarm.
        active: the alarm came; False: it went.
    """

    number: int
    at_s: float
    source: Source
    what: str
    object_id: int | None = None
    active: bool | None = None


class Journal(NumberedLog[Happening]):
    """The last happenings."""

    def __init__(self) -> None:
        super().__init__(LIMIT)

    def alarm(self, at_s: float, object_id: int, what: str, active: bool) -> None:
        """An alarm came or went."""
        self.add(lambda number: Happening(number, at_s, "controller", what, object_id, active))

    def remark(self, at_s: float, what: str) -> None:
        """The hand did something."""
        self.add(lambda number: Happening(number, at_s, "bench", what))
