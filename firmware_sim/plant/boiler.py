"""A gas boiler: water, burner with modulation, purge, ignition, anti-cycling, safety limiter and pump.

Theory of operation. The burner is in one of five phases; what holds it back stands above the rest:

    phase      leaves to   when
    standby    purge       heat is asked for, the flow is the hysteresis below the target, the anti-cycle time is over
    purge      ignition    after `purge_s`
    ignition   burning     after `ignition_s`, if there is gas and a spark
               purge       if not; after `IGNITION_ATTEMPTS` in vain to lockout
    burning    standby     the flow is the hysteresis above the target
               purge       the flame was lost; counts as an attempt
    any        standby     nothing is asked for, no mains, or too little water (which ends by itself)
    any        lockout     the flow reaches the limiter; only `reset` leaves it

While it burns, its power follows how far the flow is below the target, within its modulation range. The pump runs
while heat is asked for and `overrun_s` longer. All of that goes by the flow sensor; the limiter has a bulb of its own.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from firmware_sim.plant.parameters import BoilerParameters

IGNITION_ATTEMPTS: Final = 3
LOW_WATER_BAR: Final = 0.4
"""The burner is blocked below this pressure and released `WATER_BACK_BAR` and above."""
WATER_BACK_BAR: Final = 0.6
CONDENSING_BELOW_C: Final = 57.0
"""Dew point of the flue gas of natural gas: above it nothing condenses."""
NON_CONDENSING: Final = 0.92


class BurnerPhase(StrEnum):
    STANDBY = "standby"
    PURGE = "purge"
    IGNITION = "ignition"
    BURNING = "burning"
    LOCKOUT = "lockout"


class BoilerFault(StrEnum):
    """What keeps a boiler from burning. Low water ends by itself, the others after a reset."""

    NO_FLAME = "no_flame"
    OVERHEATED = "overheated"
    LOW_WATER = "low_water"


# Members by a plain global name: they are compared in every step.
_STANDBY, _PURGE, _IGNITION = BurnerPhase.STANDBY, BurnerPhase.PURGE, BurnerPhase.IGNITION
_BURNING, _LOCKOUT = BurnerPhase.BURNING, BurnerPhase.LOCKOUT


def efficiency(return_c: float) -> float:
    """Heat into the water per gas energy (lower heating value) of a condensing boiler, by return temperature.

    1.06 at 30 °C and below, falling to 0.96 at the dew point, then slowly further.
    """
    if return_c <= 30.0:
        return 1.06
    if return_c < CONDENSING_BELOW_C:
        return 1.06 - 0.10 * (return_c - 30.0) / (CONDENSING_BELOW_C - 30.0)
    return max(0.90, 0.96 - 0.0008 * (return_c - CONDENSING_BELOW_C))


class Boiler:
    """A boiler.

    Controls, set from outside between two steps: `flow_target_c` (None: nothing is asked for), `max_modulation` (0: the
    least power only … 1: all of it), `reset()`. Faults to inject: `flame_works`, `gas_on`, `powered`, `pump_works`,
    `sensor_error_k`, `lock_out()`.
    """

    __slots__ = (
        "_anti_cycle_s", "_attempts", "_flameless_s", "_overrun_s", "_phase_s", "burner_s", "failed_starts",
        "flame_works", "flow_c", "flow_target_c", "gas_on", "gas_w", "lockout", "low_water", "max_modulation",
        "parameters", "phase", "power_w", "powered", "pressure_bar", "pump_on", "pump_s", "pump_starts", "pump_works",
        "return_c", "sensor_error_k", "starts",
    )  # fmt: skip

    def __init__(self, parameters: BoilerParameters, *, temp_c: float = 20.0) -> None:
        self.parameters = parameters
        self.flow_target_c: float | None = None
        self.max_modulation = 1.0
        self.flame_works = True
        """False: no spark or a dirty electrode; the flame is lost and the next ignitions fail."""
        self.gas_on = True
        """False: no gas comes; it looks the same to the burner."""
        self.powered = True
        self.pump_works = True
        """False: its own pump has seized; it is switched, but moves nothing."""
        self.sensor_error_k = 0.0
        """What the flow sensor shows too much, or if negative too little."""
        self.flow_c = temp_c
        """Water in it and leaving it."""
        self.return_c = temp_c
        self.pressure_bar = 0.0
        self.phase = _STANDBY
        self.power_w = 0.0
        """Heat into the water."""
        self.gas_w = 0.0
        self.pump_on = False
        self.low_water = False
        self.lockout: BoilerFault | None = None
        self.starts = 0
        self.failed_starts = 0
        self.pump_starts = 0
        self.burner_s = 0.0
        self.pump_s = 0.0
        self._attempts = 0
        self._phase_s = 0.0
        self._anti_cycle_s = parameters.anti_cycle_s
        self._flameless_s = parameters.anti_cycle_s
        self._overrun_s = 0.0

    @property
    def flame(self) -> bool:
        """True while gas burns."""
        return self.phase is _BURNING

    @property
    def locked_out(self) -> bool:
        """True until someone resets it."""
        return self.phase is _LOCKOUT

    @property
    def fault(self) -> BoilerFault | None:
        """Why it does not burn although it should."""
        return self.lockout or (BoilerFault.LOW_WATER if self.low_water else None)

    @property
    def overheated(self) -> bool:
        """The limiter has locked it out."""
        return self.lockout is BoilerFault.OVERHEATED

    @property
    def flow_shown_c(self) -> float:
        """What its flow sensor shows."""
        return self.flow_c + self.sensor_error_k

    @property
    def min_power_w(self) -> float:
        """Least power of its burner."""
        return self.parameters.min_power_w

    @property
    def max_power_w(self) -> float:
        """Whole power of its burner."""
        return self.parameters.max_power_w

    @property
    def modulation(self) -> float:
        """Where the burner is between its least power, 0, and its whole power, 1; 0 without a flame."""
        p = self.parameters
        if self.power_w <= 0.0:
            return 0.0
        span_w = p.max_power_w - p.min_power_w
        return (self.power_w - p.min_power_w) / span_w if span_w else 1.0

    @property
    def stored_j(self) -> float:
        """Heat in it, counted from 0 °C."""
        return self.flow_c * self.parameters.body_j_k

    def reset(self) -> None:
        """Release a lockout; it returns at once if its reason is still there."""
        if self.phase is _LOCKOUT:
            self.lockout = None
            self._attempts = 0
            self._flameless_s = self._anti_cycle_s
            self._enter(_STANDBY)

    def step(self, dt_s: float, return_c: float, kg_s_j_k: float, air_c: float, pressure_bar: float) -> float:
        """Let `dt_s` seconds pass.

        Args:
            return_c: water coming back.
            kg_s_j_k: heat capacity of the stream through it, W/K.
            air_c: around it.

        Returns:
            what its jacket gives to the air around, W.
        """
        p, flow_c, target_c = self.parameters, self.flow_c, self.flow_target_c
        shown_c = flow_c + self.sensor_error_k
        self._phase_s += dt_s
        self._flameless_s += dt_s
        self.return_c, self.pressure_bar = return_c, pressure_bar
        if self.low_water:
            self.low_water = pressure_bar < WATER_BACK_BAR
        else:
            self.low_water = pressure_bar < LOW_WATER_BAR
        asked = target_c is not None and self.powered
        self._move(flow_c, shown_c, target_c if asked and not self.low_water else None)

        power_w = gas_w = 0.0
        if self.phase is _BURNING and target_c is not None:
            power_w = p.band_w_k * (target_c + p.hysteresis_k - shown_c)
            most_w = p.max_power_w
            if self.max_modulation < 1.0:
                most_w = p.min_power_w + (most_w - p.min_power_w) * self.max_modulation
            power_w = max(p.min_power_w, min(power_w, most_w))
            gas_w = power_w / (efficiency(return_c) if p.condensing else NON_CONDENSING)
            self.burner_s += dt_s
            self._flameless_s = 0.0
        self.power_w, self.gas_w = power_w, gas_w

        self._overrun_s = p.overrun_s if asked else self._overrun_s - dt_s
        pump_on = self._overrun_s > 0.0 and self.powered
        if pump_on:
            self.pump_s += dt_s
            self.pump_starts += not self.pump_on
        self.pump_on = pump_on

        jacket_w = p.jacket_w_k * (flow_c - air_c)
        self.flow_c = flow_c + dt_s / p.body_j_k * (power_w - kg_s_j_k * (flow_c - return_c) - jacket_w)
        return jacket_w

    def _move(self, flow_c: float, shown_c: float, target_c: float | None) -> None:
        phase, p = self.phase, self.parameters
        if phase is _LOCKOUT:
            return
        if flow_c >= p.limiter_c:
            self.lock_out(BoilerFault.OVERHEATED)
        elif target_c is None:
            self._attempts = 0
            if phase is not _STANDBY:
                self._enter(_STANDBY)
        elif phase is _BURNING:
            if not (self.flame_works and self.gas_on):
                self._fail()
            elif shown_c > target_c + p.hysteresis_k:
                self._enter(_STANDBY)
        elif phase is _STANDBY:
            if shown_c < target_c - p.hysteresis_k and self._flameless_s >= self._anti_cycle_s:
                self._enter(_PURGE)
        elif phase is _PURGE:
            if self._phase_s >= p.purge_s:
                self._enter(_IGNITION)
        elif self._phase_s >= p.ignition_s:
            if self.flame_works and self.gas_on:
                self._attempts = 0
                self.starts += 1
                self._enter(_BURNING)
            else:
                self._fail()

    def _fail(self) -> None:
        self.failed_starts += 1
        self._attempts += 1
        if self._attempts >= IGNITION_ATTEMPTS:
            self.lock_out(BoilerFault.NO_FLAME)
        else:
            self._enter(_PURGE)

    def lock_out(self, why: BoilerFault) -> None:
        """Burn no more until somebody resets it."""
        self.lockout = why
        self._enter(_LOCKOUT)

    def _enter(self, phase: BurnerPhase) -> None:
        self.phase, self._phase_s = phase, 0.0
