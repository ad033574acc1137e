"""A boiler's electronics behind its digital bus: demands in, burner and tank driven, faults out.

Rules, in this order:

    a fault blocks          too little water or a lockout: no heat at all
    hot water comes first   tank below its setpoint by `DHW_HYSTERESIS_K`: charge it until it is reached, with the
                            circuits waiting
    then the circuits       CH enabled and a setpoint of `NO_DEMAND_BELOW_C` or more, cut to the highest allowed

Which bus the demands came over does not matter here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from firmware_sim.boiler_link import Boiler, FaultFlag, Tank

NO_DEMAND_BELOW_C: Final = 10.0
"""A control setpoint below this asks for nothing."""
DHW_HYSTERESIS_K: Final = 5.0
DHW_EXCESS_K: Final = 15.0
"""The flow must be warmer than the tank that it is to warm."""

OEM_FLAME: Final = 1
OEM_OVER_TEMPERATURE: Final = 2
OEM_LOW_PRESSURE: Final = 10
"""Fault numbers of the emulated maker."""


class BoilerElectronics:
    """Drives a boiler and its tank by what a bus has asked.

    Args:
        boiler: the burner and its water.
        tank: the DHW tank, if the boiler charges one.
        outdoor_c: the boiler's own outdoor sensor, if it has one.
        dhw_bounds_c, ch_bounds_c: lowest and highest setpoints that it accepts.
    """

    def __init__(
        self,
        boiler: Boiler,
        *,
        tank: Tank | None = None,
        outdoor_c: Callable[[], float] | None = None,
        dhw_bounds_c: tuple[int, int] = (35, 65),
        ch_bounds_c: tuple[int, int] = (30, 85),
    ) -> None:
        self.boiler = boiler
        self.tank = tank
        self.outdoor_c = outdoor_c
        self.dhw_bounds_c = dhw_bounds_c
        self.ch_bounds_c = ch_bounds_c
        self.ch_enabled = False
        self.dhw_enabled = False
        self.ch_setpoint_c = 0.0
        self.dhw_setpoint_c = 55.0
        self.max_ch_setpoint_c = float(ch_bounds_c[1])
        self.external_demand = False
        """A closed contact asks for heat without a number, as by the shorted OpenTherm line."""
        self.injected_faults = 0
        """Bits of `FaultFlag` that are raised whatever the boiler says; a fault to inject."""
        self.injected_oem_code = 0
        self.ch_active = False
        self.dhw_active = False
        self.dhw_starts = 0
        """How often the tank has been charged."""
        self.dhw_s = 0.0
        self.dhw_burner_starts = 0
        self.dhw_burner_s = 0.0
        self._at: float | None = None
        self._burner = (boiler.starts, boiler.burner_s)

    @property
    def fault_flags(self) -> int:
        """Bits of `FaultFlag` now."""
        flags = self.injected_faults
        boiler = self.boiler
        # Numbers for `FaultFlag`: this is asked for in every second.
        if boiler.locked_out:
            flags |= 0x02 | (0x20 if boiler.overheated else 0x08)
        if boiler.low_water:
            flags |= 0x04
        return flags

    @property
    def oem_code(self) -> int:
        """The maker's number of the gravest fault; 0: none."""
        if self.injected_oem_code:
            return self.injected_oem_code
        flags = self.fault_flags
        if flags & FaultFlag.WATER_OVER_TEMPERATURE:
            return OEM_OVER_TEMPERATURE
        if flags & FaultFlag.FLAME_FAULT:
            return OEM_FLAME
        return OEM_LOW_PRESSURE if flags & FaultFlag.LOW_WATER_PRESSURE else 0

    def reset_lockout(self) -> bool:
        """Release a lockout. Returns False when there was none."""
        locked = self.boiler.locked_out
        if locked:
            self.boiler.reset()
        return locked

    def apply(self, now: float) -> None:
        """Drive the boiler and the tank by the present demands."""
        boiler, tank = self.boiler, self.tank
        blocked = boiler.locked_out or boiler.low_water
        if tank is not None:
            self._count_dhw(now)
            self._choose_dhw(tank, blocked)
        target_c = None
        if self.dhw_active:
            target_c = self.dhw_setpoint_c + DHW_EXCESS_K
        elif not blocked:
            target_c = self._circuit_target_c()
        self.ch_active = target_c is not None and not self.dhw_active
        boiler.flow_target_c = target_c

    def _count_dhw(self, now: float) -> None:
        boiler = self.boiler
        elapsed_s = 0.0 if self._at is None else now - self._at
        starts, burner_s = self._burner
        if self.dhw_active:
            self.dhw_s += elapsed_s
            self.dhw_burner_starts += boiler.starts - starts
            self.dhw_burner_s += boiler.burner_s - burner_s
        self._at, self._burner = now, (boiler.starts, boiler.burner_s)

    def _choose_dhw(self, tank: Tank, blocked: bool) -> None:
        was_active = self.dhw_active
        wanted_below_c = self.dhw_setpoint_c - (0.0 if was_active else DHW_HYSTERESIS_K)
        self.dhw_active = self.dhw_enabled and not blocked and tank.temp_c < wanted_below_c
        self.dhw_starts += self.dhw_active and not was_active
        tank.charge_on = self.dhw_active

    def _circuit_target_c(self) -> float | None:
        if self.external_demand:
            return self.max_ch_setpoint_c
        if not self.ch_enabled or self.ch_setpoint_c < NO_DEMAND_BELOW_C:
            return None
        return min(self.ch_setpoint_c, self.max_ch_setpoint_c)
