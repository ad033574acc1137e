"""What the operator has planned: month's ends, sweeps of the stock, single activations."""

from __future__ import annotations

import heapq
import itertools
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TypeAlias

from firmware_sim.network.config import NetworkConfig


@dataclass(frozen=True)
class MonthEnds:
    """The quotas begin anew."""


@dataclass(frozen=True)
class Sweep:
    """The operator looks through its stock."""


@dataclass(frozen=True)
class Activation:
    """One card is due."""

    imsi: str


Planned: TypeAlias = MonthEnds | Sweep | Activation


class Agenda:
    """Gives out what is due, in its order; of what is due at once the month's end comes first, then
    activations.

    Args:
        config: intervals and the operator's time zone.
        random: draws the first sweep's moment when `config.sweep_phase_s` leaves it open.
        now: monotonic seconds that belong to `config.wall_at_start_s`.
    """

    def __init__(self, config: NetworkConfig, random: Random, now: float) -> None:
        interval_s, phase_s = config.sweep_interval_s, config.sweep_phase_s
        if interval_s is not None and interval_s <= 0:
            raise ValueError(f"sweep_interval_s {interval_s} is not positive")
        self._interval_s = interval_s
        self._sweep_at: float | None = None
        if interval_s is not None:
            self._sweep_at = now + (random.uniform(0, interval_s) if phase_s is None else phase_s)
        self._activations: list[tuple[float, int, str]] = []
        self._order = itertools.count()
        self._wall_to_now_s = now - config.wall_at_start_s
        self._zone_s = config.utc_offset_s
        local = datetime.fromtimestamp(config.wall_at_start_s, UTC) + timedelta(seconds=self._zone_s)
        self._month = local.year * 12 + local.month - 1

    def plan_activation(self, imsi: str, at: float) -> None:
        """Plan one card's activation."""
        heapq.heappush(self._activations, (at, next(self._order), imsi))

    def next_at(self) -> float:
        """When something is due next; there is always a month's end ahead."""
        at = self._month_ends_at()
        if self._sweep_at is not None:
            at = min(at, self._sweep_at)
        if self._activations:
            at = min(at, self._activations[0][0])
        return at

    def pop(self) -> Planned:
        """Take what is due next off the agenda."""
        at = self.next_at()
        if at == self._month_ends_at():
            self._month += 1
            return MonthEnds()
        if self._activations and at == self._activations[0][0]:
            return Activation(heapq.heappop(self._activations)[2])
        assert self._sweep_at is not None
        assert self._interval_s is not None
        self._sweep_at += self._interval_s
        return Sweep()

    def _month_ends_at(self) -> float:
        year, month = divmod(self._month + 1, 12)
        wall_s = datetime(year, month + 1, 1, tzinfo=UTC).timestamp() - self._zone_s
        return wall_s + self._wall_to_now_s
