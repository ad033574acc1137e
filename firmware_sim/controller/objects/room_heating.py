"""Circuits that heat rooms: consumers, and the boiler's own circuit.

What such a circuit asks its source for, the first that applies:

    off            nothing
    summer         nothing, while the damped outdoor temperature is above `summer_above` (1 K of hysteresis)
    thermostat     an external contact asks for the weather curve's flow, or the highest; open it asks for nothing
    carrier        the weather curve's flow for a room of the setpoint, corrected by what the room lacks where it is
                   measured; without a curve the setpoint: it is the flow itself
    sensor lost    the fixed flow: a house that is too warm is better than one that freezes
    air + PID      a flow as the regulator reckons it from the room
    air            the room below its setpoint, with hysteresis: the weather curve's flow, or the highest

Whatever comes out, in frost (the room or the water in the pipes about to freeze) it is at least `FROST_FLOW_C`; and in
frosty weather a pump that stands circulates now and then. A circuit that keeps its boiler always on asks for its lowest
flow where it would ask for nothing. Where the curve is for the request only, the tap mixes what the regulation wants.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Self

from firmware_sim.controller.objects.base import Board, FirmwareObject
from firmware_sim.controller.objects.circuits import (
    ALWAYS_ON,
    NO_HEAT,
    SENSOR_FAULT,
    SUMMER,
    THERMOSTAT,
    THERMOSTAT_REQUEST,
    HeatingCircuit,
    Rule,
    first_temp,
)
from firmware_sim.controller.objects.inputs import AnalogInput
from firmware_sim.controller.objects.pid import Pid, PidRegulator
from firmware_sim.controller.objects.weather_curves import WeatherCurve
from firmware_sim.controller.regulation import TwoPoint
from provisioning.zont import object_fields
from provisioning.zont.decikelvin import from_decikelvin
from provisioning.zont.object_fields import CURVE_FOR_REQUEST_ONLY, Regulation
from provisioning.zont.object_values import ObjectValues

FROST_AIR_C: Final = 6.0
"""A cold boiler and cold radiators take a quarter of an hour: the room must not be at 5 °C before they help."""
FROST_CARRIER_C: Final = 8.0
FROST_FLOW_C: Final = 40.0
FROST_OUTDOOR_C: Final = 3.0
FROST_BAND_K: Final = 1.0
SUMMER_BAND_K: Final = 1.0
PID_LEAST_K: Final = 0.5
"""A PID's flow that is hardly above the lowest is no demand."""


class RoomCircuit(HeatingCircuit):
    """A circuit that heats rooms."""

    KEPT = (*HeatingCircuit.KEPT, "_is_summer", "_regulator")

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        settings = values.number("settings")
        self._for_request_only = bool(settings & CURVE_FOR_REQUEST_ONLY)
        self._always_on = bool(settings & object_fields.ALWAYS_ON)
        self._summer_c = from_decikelvin(values.number("summer_above"))
        self._fallback_c = from_decikelvin(values.number("fallback_flow")) or NO_HEAT
        self._frost_air = TwoPoint(FROST_BAND_K)
        self._frost_carrier = TwoPoint(FROST_BAND_K)
        self._is_summer = False
        self._pid: Pid | None = None
        self._regulator = PidRegulator()
        self._thermostat: AnalogInput | None = None

    def link(self, objects: Mapping[int, FirmwareObject]) -> None:
        """Take its regulator and thermostat too."""
        self._thermostat = self._find(objects, "thermostat", AnalogInput)
        self._pid = self._find(objects, "pid", Pid)
        super().link(objects)
        by_air = self.regulation is not Regulation.CARRIER and bool(self._air)
        self._measures = self._air if by_air else self._carrier or self._air

    def take_over(self, old: Self) -> None:
        """Stay in frost or out of it."""
        super().take_over(old)
        self._frost_air.on, self._frost_carrier.on = old._frost_air.on, old._frost_carrier.on

    def rules(self) -> list[Rule]:
        """As the table above says."""
        by_carrier = self.regulation is Regulation.CARRIER
        by_pid = self.regulation is Regulation.AIR_PID and self._pid is not None
        table = (
            (True, Rule("off", self._off)),
            (self._summer_c is not None and self.curve is not None, Rule("summer", self._summer)),
            (self._thermostat is not None, Rule("thermostat", self._by_thermostat)),
            (by_carrier, Rule("carrier", self._by_carrier)),
            (not by_carrier, Rule("sensor lost", self._without_sensor)),
            (by_pid, Rule("air + PID", self._by_pid)),
            (not by_pid, Rule("air", self._by_air)),
        )
        return [rule for is_set_up, rule in table if is_set_up]

    # -- the rules

    def _off(self, now_s: float) -> float | None:
        del now_s
        self.guards_from_frost = self._in_frost()
        return self._floor(NO_HEAT) if self.setpoint_c is None else None

    def _summer(self, now_s: float) -> float | None:
        del now_s
        outdoor_c = None if self.curve is None else self.curve.damped_c
        if outdoor_c is None or self._summer_c is None:
            return None
        self._is_summer = outdoor_c > self._summer_c - (SUMMER_BAND_K if self._is_summer else 0.0)
        if not self._is_summer:
            return None
        self.status |= SUMMER
        return self._floor(NO_HEAT)

    def _by_thermostat(self, now_s: float) -> float | None:
        self.status |= THERMOSTAT
        if self._thermostat is None or not self._thermostat.triggered:
            return self._floor(self._held(None, now_s))
        self.status |= THERMOSTAT_REQUEST
        own_c = self.setpoint_c if self.regulation is Regulation.CARRIER else None
        return self._floor(self._held(self._by_curve(own_c or self._highest_c), now_s))

    def _by_carrier(self, now_s: float) -> float | None:
        del now_s
        setpoint_c = self.setpoint_c
        if setpoint_c is None:
            return None
        return self._floor(self._by_curve(setpoint_c, None if self._for_request_only else setpoint_c))

    def _without_sensor(self, now_s: float) -> float | None:
        del now_s
        if self.current_c is not None:
            return None
        self.status |= SENSOR_FAULT
        return self._floor(self._fallback_c)

    def _by_pid(self, now_s: float) -> float | None:
        if self._pid is None or self.setpoint_c is None or self.current_c is None:
            return None
        missing_k = self.setpoint_c - self.current_c
        flow_c = self._regulator.reckon(self._pid, missing_k, self._lowest_c, self._highest_c, now_s)
        if flow_c <= self._lowest_c + PID_LEAST_K:
            return self._enough(now_s)
        wanted_c = self._by_curve(flow_c, self.setpoint_c) if self._for_request_only else flow_c
        return self._floor(self._held(wanted_c, now_s))

    def _by_air(self, now_s: float) -> float | None:
        if self.setpoint_c is None or self.current_c is None:
            return None
        if not self._two_point.update(self.current_c, self.setpoint_c):
            return self._enough(now_s)
        return self._floor(self._held(self._by_curve(self._highest_c, self.setpoint_c), now_s))

    # -- what they share

    def _by_curve(self, own_c: float, room_c: float | None = None) -> float:
        """The curve's flow.

        Args:
            own_c: what the circuit wants without it.
            room_c: how warm the room is to be; None: nobody has said.
        """
        curve_c = None if self.curve is None else self._curve_c(self.curve, room_c)
        if curve_c is None:
            return own_c
        if self._for_request_only:
            self._tap_c = own_c
        return curve_c

    def _curve_c(self, curve: WeatherCurve, room_c: float | None) -> float | None:
        air_c = first_temp(self._air)
        if room_c is None:
            return curve.flow_c()
        return curve.flow_c(room_c, 0.0 if air_c is None else room_c - air_c)

    def _enough(self, now_s: float) -> float:
        """The regulation wants no more heat."""
        flow_c = self._held(None, now_s)
        if flow_c == NO_HEAT and self._always_on:
            self.status |= ALWAYS_ON
            flow_c = self._lowest_c
        return self._floor(flow_c)

    def _in_frost(self) -> bool:
        """Whether the room or the water in the pipes is about to freeze."""
        air_c, carrier_c = first_temp(self._air), first_temp(self._carrier)
        room = air_c is not None and self._frost_air.update(air_c, FROST_AIR_C + FROST_BAND_K)
        pipes = carrier_c is not None and self._frost_carrier.update(
            carrier_c, FROST_CARRIER_C + FROST_BAND_K
        )
        return room or pipes

    def _floor(self, flow_c: float) -> float:
        return max(flow_c, FROST_FLOW_C) if self.guards_from_frost else flow_c

    def _may_freeze(self, curve: WeatherCurve) -> bool:
        return curve.outdoor_c is not None and curve.outdoor_c < FROST_OUTDOOR_C
