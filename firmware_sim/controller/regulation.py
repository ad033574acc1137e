"""How warm the heat carrier has to be: two-point control by room air, and the weather curve (ПЗА)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from firmware_sim.plant import RADIATOR_EXPONENT


@dataclass(frozen=True)
class WeatherCurve:
    """Flow temperature by outdoor temperature, as radiators need it.

    A radiator gives heat with the power 1.3 of its excess temperature, so the excess that holds a room
    grows with the power 1/1.3 of the cold outside.

    Args:
        design_outdoor_c, design_flow_c: the coldest day and the flow it needs.
        room_influence: further kelvins of flow for each kelvin that the room misses.
        min_c, max_c: limits of the flow target.
        summer_above_c: no heating when it is warmer outside.
    """

    design_outdoor_c: float = -28.0
    design_flow_c: float = 70.0
    room_influence: float = 3.0
    min_c: float = 25.0
    max_c: float = 80.0
    summer_above_c: float = 18.0

    def flow_target_c(
        self, outdoor_c: float, setpoint_c: float, *, room_c: float | None = None, shift_k: float = 0.0
    ) -> float:
        """Flow target for this weather; never rises with the outdoor temperature."""
        coldness = max(0.0, setpoint_c - outdoor_c) / (20.0 - self.design_outdoor_c)
        excess_k = (self.design_flow_c - 20.0) * math.pow(coldness, 1 / RADIATOR_EXPONENT)
        target_c = setpoint_c + excess_k + shift_k
        if room_c is not None:
            target_c += self.room_influence * (setpoint_c - room_c)
        return min(self.max_c, max(self.min_c, target_c))


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
