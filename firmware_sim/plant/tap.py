"""When the people in the house draw hot water."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from firmware_sim.plant.weather import DAY_S


@dataclass(frozen=True)
class Draw:
    """One draw, every day.

    Args:
        at_s: time of day, seconds after the plant's zero.
        lasts_s: how long.
        kg_s: how much.
    """

    at_s: float
    lasts_s: float
    kg_s: float


SHOWERS: tuple[Draw, ...] = (
    Draw(8 * 3600.0, 600.0, 0.10),
    Draw(19 * 3600.0, 900.0, 0.10),
    Draw(22 * 3600.0, 120.0, 0.05),
)
"""About 160 l of hot water a day."""


def drawn_kg_s(draws: Sequence[Draw], time_s: float) -> float:
    """Hot water drawn at `time_s`."""
    of_day_s = time_s % DAY_S
    return sum(draw.kg_s for draw in draws if draw.at_s <= of_day_s < draw.at_s + draw.lasts_s)
