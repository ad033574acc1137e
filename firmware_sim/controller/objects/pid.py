"""PID regulators: from what a room lacks to the flow that it gets.

The flow is the lowest plus three parts: of what the room lacks now, of what it has lacked so far, of how fast that
changes. Against a limit the second part stands still (anti-windup): what has been summed up there would only have to
be undone later, with the room too warm for so long.
"""

from __future__ import annotations

from firmware_sim.controller.objects.base import Board, FirmwareObject
from provisioning.zont.object_values import ObjectValues


class Pid(FirmwareObject):
    """The settings of a regulator; each circuit that uses them regulates for itself."""

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        self.kp = values.number("kp_x1000") / 1000
        self.ki = values.number("ki_x1000") / 1000
        self.kd = values.number("kd_x1000") / 1000
        self.period_s = float(values.number("period_s"))


class PidRegulator:
    """A regulator in discrete time: gains per kelvin, its integral held within the output's limits."""

    def __init__(self) -> None:
        self._integral = 0.0
        self._last_error_k: float | None = None
        self._reckoned_s = 0.0
        self._output = 0.0

    def reckon(self, pid: Pid, error_k: float, low: float, high: float, now_s: float) -> float:
        """The output for this error, within low and high; anew once in a period."""
        passed_s = now_s - self._reckoned_s
        if self._last_error_k is not None and passed_s < pid.period_s:
            return min(high, max(low, self._output))
        # After a summer off the room's drift since then is no slope.
        fresh = self._last_error_k is None or passed_s >= 10 * pid.period_s
        slope = 0.0 if fresh or self._last_error_k is None else (error_k - self._last_error_k) / passed_s
        self._last_error_k, self._reckoned_s = error_k, now_s
        raw = low + pid.kp * error_k + self._integral + pid.kd * slope
        if (raw < high or error_k < 0) and (raw > low or error_k > 0):
            added = pid.ki * error_k * pid.period_s
            self._integral = min(high - low, max(low - high, self._integral + added))
        self._output = min(high, max(low, raw))
        return self._output
