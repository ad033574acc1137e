"""The weather and the draws of many houses: `weather.py` and `draws.py` with an array for each figure."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from firmware_sim.plant.draws import DrawProfile
from firmware_sim.plant.many_columns import Floats, floats
from firmware_sim.plant.weather import (
    CLOUD_SHADE,
    COLDEST_DAY,
    DAY_S,
    FRONT_S,
    PASSAGE_S,
    SOLSTICE_DAY,
    TILT_RAD,
    WARMEST_OF_DAY,
    YEAR_D,
    Front,
    Weather,
    front_of,
)

_CALM = Front(0.0, 0.0, 0.0)


class ManyWeathers:
    """Outdoor temperature and sun around each house, at one time for all."""

    def __init__(self, weathers: Sequence[Weather]) -> None:
        self._mean_c = floats(weathers, "mean_c")
        self._season_k = floats(weathers, "season_swing_k")
        self._daily_k = floats(weathers, "daily_swing_k")
        self._front_k = floats(weathers, "front_k")
        self._sun_w_m2 = floats(weathers, "sun_w_m2")
        self._zero_day = floats(weathers, "zero_day")
        latitudes = [math.radians(weather.latitude_deg) for weather in weathers]
        self._sin_latitude = np.array([math.sin(latitude) for latitude in latitudes])
        self._cos_latitude = np.array([math.cos(latitude) for latitude in latitudes])
        self._zero_of_day_s = self._zero_day % 1.0 * DAY_S
        # A house whose weather knows neither fronts nor sun needs no random generator.
        self._seeds = [w.seed if w.front_k or w.sun_w_m2 else None for w in weathers]
        self._sunny = bool(self._sun_w_m2.any())
        self._number: int | None = None
        self._before = self._after = self._fronts(-1)

    def at(self, time_s: float) -> tuple[Floats, Floats]:
        """Air in °C and sun in W/m2 at `time_s`; quick while time goes on, any other order is fine too."""
        day = self._zero_day + time_s / DAY_S
        temp_c = self._mean_c + self._daily_k * np.cos(2 * math.pi * (day - WARMEST_OF_DAY))
        temp_c = temp_c - self._season_k * np.cos(2 * math.pi / YEAR_D * (day - COLDEST_DAY))
        number, since_s = divmod(time_s, FRONT_S)
        self._turn_to(int(number))
        deviation_before, cloud_before, _ = self._before
        deviation_after, cloud_after, arrives_s = self._after
        passed = np.clip((since_s - arrives_s) / PASSAGE_S, 0.0, 1.0)
        passed = passed * passed * (3.0 - 2.0 * passed)
        temp_c = temp_c + self._front_k * (deviation_before + (deviation_after - deviation_before) * passed)
        if not self._sunny:
            return temp_c, np.zeros_like(temp_c)
        cloud = cloud_before + (cloud_after - cloud_before) * passed
        tilt = -TILT_RAD * np.cos(2 * math.pi / YEAR_D * (day - SOLSTICE_DAY))
        height = self._sin_latitude * np.sin(tilt) - (
            self._cos_latitude * np.cos(tilt) * np.cos(2 * math.pi * day)
        )
        return temp_c, self._sun_w_m2 * np.maximum(0.0, height) * (1.0 - CLOUD_SHADE * cloud)

    def of_day_s(self, time_s: float) -> Floats:
        """Local time of day at each house in seconds after midnight."""
        return (self._zero_of_day_s + time_s) % DAY_S

    def _turn_to(self, number: int) -> None:
        if number == self._number:
            return
        following = self._number is not None and number == self._number + 1
        self._before = self._after if following else self._fronts(number - 1)
        self._after = self._fronts(number)
        self._number = number

    def _fronts(self, number: int) -> tuple[Floats, Floats, Floats]:
        drawn = {seed: _CALM if seed is None else front_of(seed, number) for seed in set(self._seeds)}
        fronts = [drawn[seed] for seed in self._seeds]
        return floats(fronts, "deviation"), floats(fronts, "cloud"), floats(fronts, "arrives_s")


class ManyDraws:
    """What is drawn in each house by the profile of its tank."""

    def __init__(self, profiles: Sequence[DrawProfile]) -> None:
        houses: dict[DrawProfile, list[int]] = {}
        alike: dict[object, DrawProfile] = {}
        for house, profile in enumerate(profiles):
            houses.setdefault(alike.setdefault(profile.draws, profile), []).append(house)
        self._size = len(profiles)
        self._groups = [(np.array(members), *_drawn_by(profile)) for profile, members in houses.items()]

    def mean_kg_s(self, of_day_s: Floats, dt_s: float) -> Floats:
        """As `DrawProfile.mean_kg_s`, at the local time of day of each house."""
        drawn = np.zeros(self._size)
        for members, edges_s, kg in self._groups:
            from_s = of_day_s[members]
            drawn[members] = (np.interp(from_s + dt_s, edges_s, kg) - np.interp(from_s, edges_s, kg)) / dt_s
        return drawn


def _drawn_by(profile: DrawProfile) -> tuple[Floats, Floats]:
    """Times of two days, seconds, and what has been drawn until each, kg."""
    edges_s = np.array([*profile.edges_s, *(DAY_S + edge_s for edge_s in profile.edges_s), 2 * DAY_S])
    rates_kg_s = np.array([*profile.rates_kg_s, *profile.rates_kg_s])
    return edges_s, np.concatenate(([0.0], np.cumsum(np.diff(edges_s) * rates_kg_s)))
