"""The objects that heat, by type."""

from __future__ import annotations

from typing import Final

from firmware_sim.controller.objects.circuits import HeatingCircuit
from firmware_sim.controller.objects.modes import HeatingMode
from firmware_sim.controller.objects.pid import Pid
from firmware_sim.controller.objects.timetables import DayTimetable, WeekTimetable
from firmware_sim.controller.objects.weather_curves import WeatherCurve
from provisioning.zont.object_types import ObjectType

HEATING: Final = {
    ObjectType.HEATING_CIRCUIT: HeatingCircuit,
    ObjectType.HEATING_MODE: HeatingMode,
    ObjectType.WEATHER_CURVE: WeatherCurve,
    ObjectType.PID: Pid,
    ObjectType.DAY_TIMETABLE: DayTimetable,
    ObjectType.WEEK_TIMETABLE: WeekTimetable,
}
