"""A gas boiler: burner with modulation, purge, anti-cycling and the safety limiter.

Theory of operation. The burner is in one of four phases:

    phase     leaves to     when
    off       purge         heat is asked for, flow is `HYSTERESIS_K` below target, the anti-cycle time is
    over purge     burning       after `PURGE_S`, or to lockout when the flame fails
    burning   off           no heat asked for, or flow `HYSTERESIS_K` above target
    any       lockout       flow reaches the limiter's `STB_C`, or the flame fails; only `reset` leaves it

While it burns, its power follows how far the flow is below the target, within its modulation range.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

HYSTERESIS_K: Final = 4.0
PURGE_S: Final = 20.0
ANTI_CYCLE_S: Final = 180.0
STB_C: Final = 100.0
"""Safety temperature limiter: locks out until a person resets it."""
BAND_W_PER_K: Final = 2500.0
"""Burner power per kelvin of missing flow temperature."""

CONDENSING_BELOW_C: Final = 57.0
"""Dew point of the flue gas of natural gas: above it nothing condenses."""


class BurnerPhase(StrEnum):
    OFF = "off"
    PURGE = "purge"
    BURNING = "burning"
    LOCKOUT = "lockout"


def efficiency(return_c: float) -> float:
    """Heat into the water per gas energy (lower heating value), by return temperature.

    1.06 at 30 °C and below, falling to 0.96 at the dew point, then slowly further.
    """
    if return_c <= 30.0:
        return 1.06
    if return_c < CONDENSING_BELOW_C:
        return 1.06 - 0.10 * (return_c - 30.0) / (CONDENSING_BELOW_C - 30.0)
    return max(0.90, 0.96 - 0.0008 * (return_c - CONDENSING_BELOW_C))


@dataclass
class Boiler:
    """The burner and its automaton; the water in it belongs to the plant.

    Args:
        min_power_w, max_power_w: modulation range, heat into the water.
        flame_works: False: the next ignition fails (a fault to inject).
    """

    min_power_w: float = 5_000.0
    max_power_w: float = 24_000.0
    flame_works: bool = True
    phase: BurnerPhase = BurnerPhase.OFF
    power_w: float = 0.0
    starts: int = 0
    _phase_s: float = ANTI_CYCLE_S

    @property
    def flame(self) -> bool:
        """True while gas burns."""
        return self.phase is BurnerPhase.BURNING

    @property
    def locked_out(self) -> bool:
        """True until someone resets it."""
        return self.phase is BurnerPhase.LOCKOUT

    @property
    def modulation(self) -> float:
        """Burner power as a part of its maximum, 0 … 1."""
        return self.power_w / self.max_power_w

    def reset(self) -> None:
        """Release a lockout; it returns at once if its reason is still there."""
        if self.locked_out:
            self._enter(BurnerPhase.OFF)
            self._phase_s = ANTI_CYCLE_S

    def step(self, dt_s: float, flow_c: float, target_c: float | None) -> None:
        """Let `dt_s` seconds pass and set `power_w` for them.

        Args:
            flow_c: water leaving the boiler.
            target_c: what is asked for; None: nothing.
        """
        self._phase_s += dt_s
        self._move(flow_c, target_c)
        if self.flame and target_c is not None:
            wanted_w = BAND_W_PER_K * (target_c + HYSTERESIS_K - flow_c)
            self.power_w = min(self.max_power_w, max(self.min_power_w, wanted_w))
        else:
            self.power_w = 0.0

    def _move(self, flow_c: float, target_c: float | None) -> None:
        if flow_c >= STB_C:
            self._enter(BurnerPhase.LOCKOUT)
        elif self.phase is BurnerPhase.OFF:
            if target_c is not None and flow_c < target_c - HYSTERESIS_K and self._phase_s >= ANTI_CYCLE_S:
                self._enter(BurnerPhase.PURGE)
        elif self.phase is BurnerPhase.PURGE:
            if target_c is None:
                self._enter(BurnerPhase.OFF)
            elif self._phase_s >= PURGE_S:
                self._enter(BurnerPhase.BURNING if self.flame_works else BurnerPhase.LOCKOUT)
        elif self.phase is BurnerPhase.BURNING:
            if not self.flame_works:
                self._enter(BurnerPhase.LOCKOUT)
            elif target_c is None or flow_c > target_c + HYSTERESIS_K:
                self._enter(BurnerPhase.OFF)

    def _enter(self, phase: BurnerPhase) -> None:
        if phase is not self.phase:
            self.starts += phase is BurnerPhase.BURNING
            self.phase, self._phase_s = phase, 0.0
