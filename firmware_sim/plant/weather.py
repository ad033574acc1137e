"""Outdoor temperature: a daily sine and a front that drifts, a function of time alone."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from random import Random

DAY_S = 86_400.0
FRONT_STEP_S = 3 * 3600.0
"""Between two knots of the front; in between it is a straight line."""


@dataclass(frozen=True)
class Weather:
    """Outdoor temperature at any time.

    It is made of the time and the seed only, so that it does not depend on how often it is asked.

    Args:
        mean_c: daily mean.
        daily_swing_k: half of the difference between day and night.
        front_k: standard deviation of the weather front; 0 for a pure sine.
        warmest_at_s: time of day of the maximum, seconds after the plant's zero.
        seed: of the front.
    """

    mean_c: float = -5.0
    daily_swing_k: float = 4.0
    front_k: float = 1.5
    warmest_at_s: float = 2 * 3600.0
    seed: int = 1

    def temperature_c(self, time_s: float) -> float:
        """Outdoor air at `time_s` (seconds since the plant's zero)."""
        daily_k = self.daily_swing_k * math.cos(2 * math.pi * (time_s - self.warmest_at_s) / DAY_S)
        return self.mean_c + daily_k + self._front(time_s)

    def _front(self, time_s: float) -> float:
        if not self.front_k:
            return 0.0
        knot, rest = divmod(time_s / FRONT_STEP_S, 1.0)
        before = _knot(self.seed, int(knot), self.front_k)
        after = _knot(self.seed, int(knot) + 1, self.front_k)
        return before + (after - before) * rest


@lru_cache(maxsize=256)
def _knot(seed: int, number: int, deviation_k: float) -> float:
    # A generator of its own for each knot: any moment can be asked for without those before it.
    return Random(f"{seed}:{number}").gauss(0.0, deviation_k)
