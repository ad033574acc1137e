"""What a boiler's digital bus carries, whichever bus it is: what is asked of the boiler and what it tells.

A controller sees a `BoilerLink`: it writes `demand`, reads `values` and `linked`, and lets time pass with
`step`. OpenTherm and the eBUS-like adapter are two of them. On the other end of the wire the boiler's
electronics drive a `Boiler` and, where there is one, a `Tank`: whatever has these attributes will do.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag
from typing import Protocol


class Boiler(Protocol):
    """A burner with its water: two controls, a reset and what its sensors see."""

    flow_target_c: float | None
    """Flow temperature to keep; None: no heat is asked for."""
    max_modulation: float
    """Part of the burner's power that may be used, 0 … 1."""

    @property
    def flow_c(self) -> float: ...
    @property
    def return_c(self) -> float: ...
    @property
    def pressure_bar(self) -> float: ...
    @property
    def modulation(self) -> float:
        """Part of the burner's power in use, 0 … 1."""

    @property
    def flame(self) -> bool: ...
    @property
    def locked_out(self) -> bool: ...
    @property
    def starts(self) -> int: ...
    def reset(self) -> None:
        """Release a lockout."""


class Tank(Protocol):
    """A DHW tank that the boiler charges itself."""

    charge_on: bool

    @property
    def temp_c(self) -> float: ...


class FaultFlag(IntFlag):
    """What is wrong with a boiler: the bits of OpenTherm's data-id 5, high byte."""

    SERVICE_REQUIRED = 0x01
    LOCKOUT_RESET_ENABLED = 0x02
    LOW_WATER_PRESSURE = 0x04
    FLAME_FAULT = 0x08
    AIR_PRESSURE = 0x10
    WATER_OVER_TEMPERATURE = 0x20


@dataclass(slots=True)
class BoilerDemand:
    """What the controller asks of the boiler.

    Args:
        ch_enabled, dhw_enabled: space heating and hot water may run.
        ch_setpoint_c: flow temperature; None or 0: no heat for the circuits.
        dhw_setpoint_c: hot water; None: left to the boiler.
        max_ch_setpoint_c: highest flow temperature; None: left to the boiler.
        max_modulation: part of the burner's power that may be used, 0 … 1.
    """

    ch_enabled: bool = False
    dhw_enabled: bool = False
    ch_setpoint_c: float | None = None
    dhw_setpoint_c: float | None = None
    max_ch_setpoint_c: float | None = None
    max_modulation: float = 1.0


@dataclass(slots=True)
class BoilerValues:
    """What the boiler has told. None: it has not, or it has no such thing.

    Args:
        modulation: part of the burner's power in use, 0 … 1.
        fault_flags: bits of `FaultFlag`.
        oem_code: the maker's own fault number; 0: none.
        dhw_bounds_c, ch_bounds_c: lowest and highest setpoint.
    """

    flow_c: float | None = None
    return_c: float | None = None
    dhw_c: float | None = None
    outdoor_c: float | None = None
    pressure_bar: float | None = None
    modulation: float | None = None
    dhw_setpoint_c: float | None = None
    max_ch_setpoint_c: float | None = None
    dhw_bounds_c: tuple[int, int] | None = None
    ch_bounds_c: tuple[int, int] | None = None
    fault: bool = False
    ch_active: bool = False
    dhw_active: bool = False
    flame: bool = False
    diagnostic: bool = False
    fault_flags: int = 0
    oem_code: int | None = None
    burner_starts: int | None = None
    burner_hours: int | None = None


class BoilerLink(Protocol):
    """A digital bus to a boiler, as the controller's firmware sees it."""

    @property
    def demand(self) -> BoilerDemand:
        """Change its fields; they reach the boiler as fast as the bus allows."""

    @property
    def values(self) -> BoilerValues:
        """What the boiler told last; a new empty one after the link was lost."""

    @property
    def linked(self) -> bool:
        """The boiler answers."""

    def reset_fault(self) -> None:
        """Ask the boiler to release its lockout, once."""

    def step(self, now: float) -> None:
        """Let the bus work until `now`, in seconds of any monotonic clock."""
