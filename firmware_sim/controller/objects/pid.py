"""PID regulators: from what a room lacks to the flow that it gets."""

from __future__ import annotations

from firmware_sim.controller.objects.base import Board, FirmwareObject
from provisioning.zont.object_fields import ObjectValues


class Pid(FirmwareObject):
    """A regulator in discrete time: gains per kelvin, its integral held within the output's limits."""

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        self._kp = values.number("kp_x1000") / 1000
        self._ki = values.number("ki_x1000") / 1000
        self._kd = values.number("kd_x1000") / 1000
        self._period_s = float(values.number("period_s"))
        self._integral = 0.0
        self._last_error_k: float | None = None
        self._next_s = 0.0
        self._output = 0.0

    def reckon(self, error_k: float, low: float, high: float, now_s: float) -> float:
        """The output for this error, within low and high."""
        if now_s < self._next_s:
            return min(high, max(low, self._output))
        self._next_s = now_s + self._period_s
        slope = 0.0 if self._last_error_k is None else (error_k - self._last_error_k) / self._period_s
        self._last_error_k = error_k
        raw = low + self._kp * error_k + self._integral + self._kd * slope
        # Integrating against a limit would only have to be undone later.
        if (raw < high or error_k < 0) and (raw > low or error_k > 0):
            self._integral = min(
                high - low, max(low - high, self._integral + self._ki * error_k * self._period_s)
            )
        self._output = min(high, max(low, raw))
        return self._output
