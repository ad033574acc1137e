"""One boiler in each of many houses: the phases of `boiler.py` as masks over arrays.

Every transition is decided by the phase at the beginning of the step, so that a burner moves at most once in a step,
as the single one does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from firmware_sim.plant.boiler import (
    CONDENSING_BELOW_C,
    IGNITION_ATTEMPTS,
    LOW_WATER_BAR,
    NON_CONDENSING,
    WATER_BACK_BAR,
    BoilerFault,
    BurnerPhase,
)
from firmware_sim.plant.many_columns import Bools, Floats, bools, either, floats
from firmware_sim.plant.parameters import BoilerParameters
from firmware_sim.plant.water import WATER_J_KG_K

PHASES: Final = tuple(BurnerPhase)
"""A phase's code is its place here."""
STANDBY, PURGE, IGNITION, BURNING, LOCKOUT = range(5)
LOCKOUTS: Final = (None, BoilerFault.NO_FLAME, BoilerFault.OVERHEATED)


class ManyBoilers:
    """Boilers. Controls and faults are arrays as in `Boiler`; a flow target of NaN means that nothing is asked
    for."""

    def __init__(self, parameters: Sequence[BoilerParameters], *, temp_c: float) -> None:
        size = len(parameters)
        self.min_power_w = floats(parameters, "min_power_w")
        self.max_power_w = floats(parameters, "max_power_w")
        self.body_j_k = floats(parameters, "body_j_k")
        self.water_l = floats(parameters, "water_l")
        self.stream_w_k = floats(parameters, "pump_kg_s") * WATER_J_KG_K
        self._condensing = bools(parameters, "condensing")
        self._jacket_w_k = floats(parameters, "jacket_w_k")
        self._hysteresis_k = floats(parameters, "hysteresis_k")
        self._band_w_k = floats(parameters, "band_w_k")
        self._purge_s = floats(parameters, "purge_s")
        self._ignition_s = floats(parameters, "ignition_s")
        self._anti_cycle_s = floats(parameters, "anti_cycle_s")
        self._overrun_for_s = floats(parameters, "overrun_s")
        self._limiter_c = floats(parameters, "limiter_c")

        self.flow_target_c = np.full(size, np.nan)
        self.max_modulation = np.ones(size)
        self.flame_works = np.ones(size, dtype=np.bool_)
        self.gas_on = np.ones(size, dtype=np.bool_)
        self.powered = np.ones(size, dtype=np.bool_)
        self.pump_works = np.ones(size, dtype=np.bool_)
        self.sensor_error_k = np.zeros(size)

        self.flow_c = np.full(size, temp_c)
        self.return_c = np.full(size, temp_c)
        self.pressure_bar = np.zeros(size)
        self.phase = np.full(size, STANDBY, dtype=np.int8)
        self.lockout = np.zeros(size, dtype=np.int8)
        """Index in `LOCKOUTS`."""
        self.low_water = np.zeros(size, dtype=np.bool_)
        self.power_w = np.zeros(size)
        self.gas_w = np.zeros(size)
        self.pump_on = np.zeros(size, dtype=np.bool_)
        self.starts = np.zeros(size, dtype=np.int64)
        self.failed_starts = np.zeros(size, dtype=np.int64)
        self.pump_starts = np.zeros(size, dtype=np.int64)
        self.burner_s = np.zeros(size)
        self.pump_s = np.zeros(size)
        self._attempts = np.zeros(size, dtype=np.int64)
        self._phase_s = np.zeros(size)
        self._flameless_s = self._anti_cycle_s.copy()
        self._overrun_s = np.zeros(size)

    @property
    def stored_j(self) -> Floats:
        """Heat in each, counted from 0 °C."""
        return self.flow_c * self.body_j_k

    def reset(self, house: int) -> None:
        """Release the lockout in one house, if there is one."""
        if self.phase[house] == LOCKOUT:
            self.lockout[house] = 0
            self._attempts[house] = 0
            self._flameless_s[house] = self._anti_cycle_s[house]
            self.phase[house], self._phase_s[house] = STANDBY, 0.0

    def step(
        self, dt_s: float, return_c: Floats, stream_w_k: Floats, air_c: Floats, pressure_bar: Floats
    ) -> Floats:
        """Let `dt_s` seconds pass; as `Boiler.step`. Returns the jackets' losses."""
        flow_c, target_c = self.flow_c, self.flow_target_c
        shown_c = flow_c + self.sensor_error_k
        self._phase_s += dt_s
        self._flameless_s += dt_s
        self.return_c, self.pressure_bar = return_c, pressure_bar
        self.low_water = pressure_bar < either(self.low_water, WATER_BACK_BAR, LOW_WATER_BAR)
        asked = ~np.isnan(target_c) & self.powered
        self._move(flow_c, shown_c, asked & ~self.low_water)

        burning = self.phase == BURNING
        wanted_w = self._band_w_k * (target_c + self._hysteresis_k - shown_c)
        most_w = self.min_power_w + (self.max_power_w - self.min_power_w) * self.max_modulation
        power_w = np.maximum(self.min_power_w, np.minimum(wanted_w, most_w))
        self.power_w = either(burning, power_w, 0.0)
        self.gas_w = self.power_w / either(self._condensing, _efficiency(return_c), NON_CONDENSING)
        self.burner_s += dt_s * burning
        self._flameless_s = either(burning, 0.0, self._flameless_s)

        self._overrun_s = either(asked, self._overrun_for_s, self._overrun_s - dt_s)
        pump_on = (self._overrun_s > 0.0) & self.powered
        self.pump_s += dt_s * pump_on
        self.pump_starts += pump_on & ~self.pump_on
        self.pump_on = pump_on

        jacket_w = self._jacket_w_k * (flow_c - air_c)
        self.flow_c = flow_c + dt_s / self.body_j_k * (
            self.power_w - stream_w_k * (flow_c - return_c) - jacket_w
        )
        return jacket_w

    def _move(self, flow_c: Floats, shown_c: Floats, wanted: Bools) -> None:
        phase, target_c, works = self.phase, self.flow_target_c, self.flame_works & self.gas_on
        free = phase != LOCKOUT
        overheated = free & (flow_c >= self._limiter_c)
        free &= ~overheated
        idle, busy = free & ~wanted, free & wanted
        burning = busy & (phase == BURNING)
        sparking = busy & (phase == IGNITION) & (self._phase_s >= self._ignition_s)
        reached = burning & works & (shown_c > target_c + self._hysteresis_k)
        begins = (
            busy
            & (phase == STANDBY)
            & (shown_c < target_c - self._hysteresis_k)
            & (self._flameless_s >= self._anti_cycle_s)
        )
        purged = busy & (phase == PURGE) & (self._phase_s >= self._purge_s)
        lit = sparking & works
        failed = (burning | sparking) & ~works
        self.starts += lit
        self.failed_starts += failed
        self._attempts += failed
        given_up = failed & (self._attempts >= IGNITION_ATTEMPTS)
        self._attempts[idle | lit] = 0
        self.lockout[overheated] = 2
        self.lockout[given_up] = 1

        moved = phase.copy()
        moved[overheated | given_up] = LOCKOUT
        moved[idle | reached] = STANDBY
        moved[begins | (failed & ~given_up)] = PURGE
        moved[purged] = IGNITION
        moved[lit] = BURNING
        self._phase_s[moved != phase] = 0.0
        self.phase = moved


def _efficiency(return_c: Floats) -> Floats:
    falling = 1.06 - 0.10 * (return_c - 30.0) / (CONDENSING_BELOW_C - 30.0)
    dry = np.maximum(0.90, 0.96 - 0.0008 * (return_c - CONDENSING_BELOW_C))
    return either(return_c <= 30.0, 1.06, either(return_c < CONDENSING_BELOW_C, falling, dry))
