"""Two-point control: on below, off above, and in between as it was."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class TwoPoint:
    """On below setpoint - half the hysteresis, off above setpoint + half of it, else as it was."""

    hysteresis_k: float
    on: bool = False

    def update(self, value_c: float, setpoint_c: float) -> bool:
        """Feed a measurement, get the demand."""
        if value_c < setpoint_c - self.hysteresis_k / 2:
            self.on = True
        elif value_c > setpoint_c + self.hysteresis_k / 2:
            self.on = False
        return self.on
