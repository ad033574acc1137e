"""Timetables of a day and of a week, and those that switch by turns.

A timetable says which setpoint is in force and since which minute of the week. Whoever follows it acts when that
minute changes, once: what somebody sets by hand in between holds until the next switching time. Before a day's first
switching time yesterday's last is in force, midnight switches nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from firmware_sim.controller.objects.base import Board, FirmwareObject
from firmware_sim.controller.objects.outputs import Pump, Relay
from provisioning.zont.decikelvin import from_decikelvin
from provisioning.zont.object_values import ObjectValues

DAY_MIN: Final = 1440


class InForce(NamedTuple):
    """A setpoint (None: off) and the minute of the week at which it began."""

    since_minute: int
    setpoint_c: float | None


class DayTimetable(FirmwareObject):
    """Switching times of a day and the setpoints from then on."""

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        pairs = zip(values.numbers("minutes"), values.numbers("setpoints"), strict=False)
        self._times = [(minute, from_decikelvin(raw)) for minute, raw in sorted(pairs)]

    def last_before(self, minute: int) -> tuple[int, float | None] | None:
        """The last switching time of a day up to this minute of it."""
        past = [each for each in self._times if each[0] <= minute]
        return past[-1] if past else None

    def in_force(self, minute_of_week: int) -> InForce | None:
        """Each day is the same."""
        return _in_force([self] * 7, minute_of_week)


class WeekTimetable(FirmwareObject):
    """A day timetable for each day, Monday first."""

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        self._days: list[DayTimetable | None] = []

    def link(self, objects: Mapping[int, FirmwareObject]) -> None:
        """Take the days; one that has no timetable goes on as the day before."""
        found = [objects.get(each) for each in self.values.numbers("days")[:7]]
        days = [each if isinstance(each, DayTimetable) else None for each in found]
        self._days = days + [None] * (7 - len(days))

    def in_force(self, minute_of_week: int) -> InForce | None:
        """As a day's."""
        return _in_force(self._days, minute_of_week)


def _in_force(days: list[DayTimetable | None], minute_of_week: int) -> InForce | None:
    today, minute = divmod(minute_of_week, DAY_MIN)
    for back in range(8):
        day = (today - back) % 7
        timetable = days[day]
        last = None if timetable is None else timetable.last_before(DAY_MIN if back else minute)
        if last is not None:
            return InForce(day * DAY_MIN + last[0], last[1])
    return None


class IntervalTimetable(FirmwareObject):
    """Switches a relay or a pump on and off by turns."""

    KEPT = ("_on", "_next_s")

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        self._on_s, self._off_s = float(values.number("on_s")), float(values.number("off_s"))
        self._target: Relay | Pump | None = None
        self._on = False
        self._next_s = 0.0

    def link(self, objects: Mapping[int, FirmwareObject]) -> None:
        """Take the target."""
        target = objects.get(self.values.number("target"))
        self._target = target if isinstance(target, Relay | Pump) else None

    def scan(self, now_s: float) -> None:
        """Switch when it is time."""
        if self._target is not None and now_s >= self._next_s:
            self._on = not self._on
            self._next_s = now_s + (self._on_s if self._on else self._off_s)
            self._target.command(int(self._on))
