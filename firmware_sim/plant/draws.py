"""When the people in the house draw hot water."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from firmware_sim.plant.errors import PlantParameterError
from firmware_sim.plant.water import WATER_J_KG_K
from firmware_sim.plant.weather import DAY_S


@dataclass(frozen=True)
class Draw:
    """One draw, every day.

    Args:
        at_s: local time of day, seconds after midnight.
        lasts_s: how long; it ends on the same day.
        kg_s: how much.
    """

    at_s: float
    lasts_s: float
    kg_s: float

    def __post_init__(self) -> None:
        if not 0 <= self.at_s < self.at_s + self.lasts_s <= DAY_S:
            raise PlantParameterError(f"draw at {self.at_s:g} s", "must begin and end within one day")
        if not self.kg_s > 0:
            raise PlantParameterError(f"draw at {self.at_s:g} s", "must have a flow above 0 kg/s")


class DrawProfile:
    """A day of draws, as a staircase that is quick to look up: `rates_kg_s` from each of `edges_s` on, seconds after
    local midnight."""

    def __init__(self, draws: Iterable[Draw] = ()) -> None:
        self.draws = tuple(draws)
        self.edges_s = sorted({0.0} | {edge for d in self.draws for edge in (d.at_s, d.at_s + d.lasts_s)})
        self.rates_kg_s = [
            sum(d.kg_s for d in self.draws if d.at_s <= edge < d.at_s + d.lasts_s) for edge in self.edges_s
        ]

    def mean_kg_s(self, of_day_s: float, dt_s: float) -> float:
        """Mean flow from a time of day on for `dt_s` seconds, a day at most: no step is too long for a short draw."""
        edges_s = self.edges_s
        place = bisect_right(edges_s, of_day_s)
        until_s = of_day_s + dt_s
        if until_s <= (edges_s[place] if place < len(edges_s) else DAY_S):
            return self.rates_kg_s[place - 1]
        past_s = max(0.0, until_s - DAY_S)
        return (self._kg_until(until_s - past_s) - self._kg_until(of_day_s) + self._kg_until(past_s)) / dt_s

    def _kg_until(self, of_day_s: float) -> float:
        return sum(d.kg_s * min(max(of_day_s - d.at_s, 0.0), d.lasts_s) for d in self.draws)

    def times(self, factor: float) -> DrawProfile:
        """The same day with each flow multiplied."""
        return DrawProfile(Draw(d.at_s, d.lasts_s, d.kg_s * factor) for d in self.draws)

    @property
    def kg_day(self) -> float:
        """Hot water of a whole day."""
        return sum(d.lasts_s * d.kg_s for d in self.draws)


_RISE_K: Final = 45.0
"""The standard's energies are for water warmed from 10 to 55 °C."""
_SMALL, _DISHES, _EVENING, _SHOWER = 0.105, 0.315, 0.735, 1.4
_M_KWH: Final = (
    ("07:00", _SMALL), ("07:05", _SHOWER), ("07:30", _SMALL), ("08:01", _SMALL), ("08:15", _SMALL), ("08:30", _SMALL),
    ("08:45", _SMALL), ("09:00", _SMALL), ("09:30", _SMALL), ("10:30", _SMALL), ("11:30", _SMALL), ("11:45", _SMALL),
    ("12:45", _DISHES), ("14:30", _SMALL), ("15:30", _SMALL), ("16:30", _SMALL), ("18:00", _SMALL), ("18:15", _SMALL),
    ("18:30", _SMALL), ("19:00", _SMALL), ("20:30", _EVENING), ("21:15", _SMALL), ("21:30", _SHOWER),
)  # fmt: skip


def _standard_draw(clock: str, kwh: float) -> Draw:
    hours, minutes = clock.split(":")
    kg_s = 0.1 if kwh == _SHOWER else 0.05
    kg = kwh * 3.6e6 / (WATER_J_KG_K * _RISE_K)
    return Draw(int(hours) * 3600.0 + int(minutes) * 60.0, kg / kg_s, kg_s)


NO_DRAWS: Final = DrawProfile()
SHOWERS: Final = DrawProfile(
    [
        Draw(7 * 3600.0, 900.0, 0.10),
        Draw(10 * 3600.0, 120.0, 0.05),
        Draw(20 * 3600.0, 600.0, 0.10),
    ]
)
"""About 160 l of hot water a day."""
EN_13203_M: Final = DrawProfile(_standard_draw(*draw) for draw in _M_KWH)
"""Tapping cycle M of EN 13203-2: 5.845 kWh a day in 23 draws, two of them showers."""
