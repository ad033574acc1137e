"""Weather curves: how warm the flow has to be for the weather outside."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from firmware_sim.controller.objects.base import Board, FirmwareObject
from firmware_sim.controller.objects.inputs import TemperatureSensor
from provisioning.zont.decikelvin import from_decikelvin
from provisioning.zont.object_fields import ObjectValues


class WeatherCurve(FirmwareObject):
    """Flow temperatures by outdoor temperature, straight between its points, flat outside of them."""

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        pairs = zip(values.numbers("outdoor"), values.numbers("flow"), strict=False)
        points = [(from_decikelvin(outdoor), from_decikelvin(flow)) for outdoor, flow in pairs]
        self._points = sorted((o, f) for o, f in points if o is not None and f is not None)
        self.shift_k = values.number("shift_dk") / 10
        self._influence = values.number("room_influence_x10") / 10
        self.outdoor_sensor: TemperatureSensor | None = None
        self._last_c: float | None = None

    def link(self, objects: Mapping[int, FirmwareObject]) -> None:
        """Take the outdoor sensor."""
        self.outdoor_sensor = self._find(objects, "sensor", TemperatureSensor)

    @property
    def outdoor_c(self) -> float | None:
        """Outside now; the last that was known when the sensor is lost."""
        now_c = None if self.outdoor_sensor is None else self.outdoor_sensor.temp_c
        if now_c is not None:
            self._last_c = now_c
        return self._last_c

    def flow_c(self, missing_k: float = 0.0) -> float | None:
        """The flow for this weather; `missing_k`: how much the room lacks. None: no weather is known."""
        outdoor_c = self.outdoor_c
        if outdoor_c is None or not self._points:
            return None
        return self._at(outdoor_c) + self.shift_k + self._influence * missing_k

    def _at(self, outdoor_c: float) -> float:
        points = self._points
        if outdoor_c <= points[0][0]:
            return points[0][1]
        for (low, at_low), (high, at_high) in pairwise(points):
            if outdoor_c <= high:
                return at_low + (at_high - at_low) * (outdoor_c - low) / (high - low)
        return points[-1][1]
