"""Weather curves (ПЗА): how warm the flow has to be for the weather outside.

A house loses heat by the difference between inside and outside, so the colder it is the warmer its radiators must be.
The curve has points of outdoor and flow temperature, straight between them and flat outside of them, for a room of
20 °C; for another it moves along with the room on both axes. All of it can be shifted, and each kelvin that the room
lacks adds `room_influence`. What comes out is clamped by the circuit.

    outdoor sensor lost    the last that was known, for six hours; then `fixed_outdoor`: neither frozen nor wasteful
    summer                 goes by the outdoor temperature damped over `damping_h`: walls do not notice one warm noon
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise
from typing import Final

from firmware_sim.controller.objects.base import Board, FirmwareObject
from firmware_sim.controller.objects.inputs import TemperatureSensor
from provisioning.zont.decikelvin import from_decikelvin
from provisioning.zont.object_values import ObjectValues

LAST_KNOWN_S: Final = 6 * 3600.0
ROOM_C: Final = 20.0
"""The room that a curve is drawn for."""


class WeatherCurve(FirmwareObject):
    """A curve and the weather that it goes by."""

    KEPT = ("outdoor_c", "damped_c", "_heard_s")

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        pairs = zip(values.numbers("outdoor"), values.numbers("flow"), strict=False)
        points = [(from_decikelvin(outdoor), from_decikelvin(flow)) for outdoor, flow in pairs]
        self._points = sorted((o, f) for o, f in points if o is not None and f is not None)
        self.shift_k = values.number("shift_dk") / 10
        self._influence = values.number("room_influence_x10") / 10
        self._fixed_c = from_decikelvin(values.number("fixed_outdoor"))
        damping_s = values.number("damping_h") * 3600.0
        self._damping = 1.0 if not damping_s else 1.0 - math.exp(-board.step_s / damping_s)
        self.outdoor_sensor: TemperatureSensor | None = None
        self.outdoor_c: float | None = None
        """Outside, as far as it is known."""
        self.damped_c: float | None = None
        self._heard_s = board.now_s

    def link(self, objects: Mapping[int, FirmwareObject]) -> None:
        """Take the outdoor sensor."""
        self.outdoor_sensor = self._find(objects, "sensor", TemperatureSensor)

    def scan(self, now_s: float) -> None:
        """Look outside."""
        outdoor_c = None if self.outdoor_sensor is None else self.outdoor_sensor.temp_c
        if outdoor_c is not None and outdoor_c == self.damped_c == self.outdoor_c:
            self._heard_s = now_s
            return
        if outdoor_c is not None:
            self.outdoor_c, self._heard_s = outdoor_c, now_s
        elif self.outdoor_sensor is not None and (
            self.outdoor_c is None or now_s - self._heard_s >= LAST_KNOWN_S
        ):
            self.outdoor_c = self._fixed_c
        if self.outdoor_c is not None:
            damped_c = self.outdoor_c if self.damped_c is None else self.damped_c
            self.damped_c = damped_c + self._damping * (self.outdoor_c - damped_c)

    def flow_c(self, room_c: float = ROOM_C, missing_k: float = 0.0) -> float | None:
        """The flow for this weather; None: no weather is known.

        Args:
            room_c: how warm the room is to be.
            missing_k: how much it lacks.
        """
        if self.outdoor_c is None or not self._points:
            return None
        warmer_k = room_c - ROOM_C
        return self._at(self.outdoor_c - warmer_k) + warmer_k + self.shift_k + self._influence * missing_k

    def _at(self, outdoor_c: float) -> float:
        points = self._points
        if outdoor_c <= points[0][0]:
            return points[0][1]
        for (low, at_low), (high, at_high) in pairwise(points):
            if outdoor_c <= high:
                return at_low + (at_high - at_low) * (outdoor_c - low) / (high - low)
        return points[-1][1]
