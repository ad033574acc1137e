"""Outdoor temperature and sun: season, day, and fronts that pass; a function of time and seed alone.

Theory of operation. Time is cut into spans of `FRONT_S`. In each one front passes, at a moment of its own, and leaves
another deviation from the mean and another cloud cover behind; the change takes `PASSAGE_S` and is smooth. Each span
has its own random generator, so any moment can be asked for, in any order, with any step.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache
from random import Random
from typing import Final, NamedTuple

DAY_S: Final = 86_400.0
YEAR_D: Final = 365.25
FRONT_S: Final = 48 * 3600.0
PASSAGE_S: Final = 6 * 3600.0
COLDEST_DAY: Final = 25.0
"""Late January: the air lags behind the sun by a month."""
SOLSTICE_DAY: Final = -10.0
WARMEST_OF_DAY: Final = 14 / 24
TILT_RAD: Final = 0.409
CLOUD_SHADE: Final = 0.75
"""Part of the sun that a closed cloud cover takes."""


class Front(NamedTuple):
    """What a front leaves behind: deviation in standard deviations, cloud cover 0 … 1; and when in its span it
    comes."""

    deviation: float
    cloud: float
    arrives_s: float


def front_of(seed: int, number: int) -> Front:
    """The front of a span."""
    # A generator of its own for each span: any moment can be asked for without those before it.
    random = Random(f"{seed}:{number}")
    return Front(random.gauss(0.0, 1.0), random.random(), random.uniform(0.0, FRONT_S - PASSAGE_S))


_cached_front = lru_cache(maxsize=1024)(front_of)


@dataclass(frozen=True)
class Weather:
    """Outdoor temperature and sun at any time.

    Args:
        mean_c: mean of the year; with no `season_swing_k`, of every day.
        season_swing_k: half of the difference between July and January; 0: the season never changes.
        daily_swing_k: half of the difference between day and night.
        front_k: standard deviation of what fronts bring; 0 for none.
        sun_w_m2: irradiance of a window under a clear sky with the sun at the zenith; 0 for no sun.
        latitude_deg: for the sun's height.
        zero_day: day of the year, with its fraction in local time, at the plant's zero.
        seed: of the fronts.
    """

    mean_c: float = -5.0
    season_swing_k: float = 0.0
    daily_swing_k: float = 4.0
    front_k: float = 3.0
    sun_w_m2: float = 0.0
    latitude_deg: float = 56.0
    zero_day: float = 14.5
    seed: int = 1

    def at(self, time_s: float) -> tuple[float, float]:
        """Air in °C and sun in W/m2 at `time_s` (seconds since the plant's zero)."""
        day = self.zero_day + time_s / DAY_S
        temp_c = self.mean_c + self.daily_swing_k * math.cos(2 * math.pi * (day - WARMEST_OF_DAY))
        if self.season_swing_k:
            temp_c -= self.season_swing_k * math.cos(2 * math.pi / YEAR_D * (day - COLDEST_DAY))
        if not (self.front_k or self.sun_w_m2):
            return temp_c, 0.0
        number, since_s = divmod(time_s, FRONT_S)
        before, after = _cached_front(self.seed, int(number) - 1), _cached_front(self.seed, int(number))
        passed = (since_s - after.arrives_s) / PASSAGE_S
        passed = 0.0 if passed < 0.0 else 1.0 if passed > 1.0 else passed * passed * (3.0 - 2.0 * passed)
        temp_c += self.front_k * (before.deviation + (after.deviation - before.deviation) * passed)
        if not self.sun_w_m2:
            return temp_c, 0.0
        cloud = before.cloud + (after.cloud - before.cloud) * passed
        tilt = -TILT_RAD * math.cos(2 * math.pi / YEAR_D * (day - SOLSTICE_DAY))
        sin_latitude, cos_latitude = self._latitude
        height = sin_latitude * math.sin(tilt) - cos_latitude * math.cos(tilt) * math.cos(2 * math.pi * day)
        return temp_c, self.sun_w_m2 * max(0.0, height) * (1.0 - CLOUD_SHADE * cloud)

    @cached_property
    def _latitude(self) -> tuple[float, float]:
        latitude = math.radians(self.latitude_deg)
        return math.sin(latitude), math.cos(latitude)

    def temperature_c(self, time_s: float) -> float:
        """Outdoor air at `time_s`."""
        return self.at(time_s)[0]

    def of_day_s(self, time_s: float) -> float:
        """Local time of day in seconds after midnight."""
        return (self.zero_day % 1.0 * DAY_S + time_s) % DAY_S
