"""Timetables of a day and of a week."""

from __future__ import annotations

from collections.abc import Mapping

from firmware_sim.controller.objects.base import Board, FirmwareObject
from provisioning.zont.decikelvin import from_decikelvin
from provisioning.zont.object_fields import ObjectValues


class DayTimetable(FirmwareObject):
    """Switching times of a day and the setpoints from then on."""

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        pairs = zip(values.numbers("minutes"), values.numbers("setpoints"), strict=False)
        self._times = sorted((minute, from_decikelvin(raw)) for minute, raw in pairs)

    def setpoint_c(self, minute_of_week: int) -> tuple[int, float | None] | None:
        """The switching time in force (minute of the day; -1: yesterday's last) and its setpoint."""
        if not self._times:
            return None
        minute = minute_of_week % 1440
        past = [each for each in self._times if each[0] <= minute]
        return past[-1] if past else (-1, self._times[-1][1])


class WeekTimetable(FirmwareObject):
    """A day timetable for each day, Monday first."""

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        self._days: list[DayTimetable | None] = []

    def link(self, objects: Mapping[int, FirmwareObject]) -> None:
        """Take the days."""
        found = [objects.get(each) for each in self.values.numbers("days")]
        self._days = [each if isinstance(each, DayTimetable) else None for each in found]

    def setpoint_c(self, minute_of_week: int) -> tuple[int, float | None] | None:
        """As a day's."""
        day = minute_of_week // 1440
        today = self._days[day] if day < len(self._days) else None
        return None if today is None else today.setpoint_c(minute_of_week)
