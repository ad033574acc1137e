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
    """A burner with its water: two controls, a reset, what its sensors see and what its counters have counted."""

    flow_target_c: float | None
    """Flow temperature to keep; None: no heat is asked for."""
    max_modulation: float
    """How far the burner may go: 0, its least power only … 1, its whole power."""

    @property
    def powered(self) -> bool:
        """It has mains; without, its electronics are dead too."""

    @property
    def flow_shown_c(self) -> float: ...
    @property
    def return_c(self) -> float: ...
    @property
    def pressure_bar(self) -> float: ...
    @property
    def min_power_w(self) -> float: ...
    @property
    def max_power_w(self) -> float: ...
    @property
    def modulation(self) -> float:
        """Where the burner is between its least power, 0, and its whole power, 1; 0 without a flame."""

    @property
    def flame(self) -> bool: ...
    @property
    def locked_out(self) -> bool: ...
    @property
    def overheated(self) -> bool:
        """It is locked out by its temperature limiter."""

    @property
    def low_water(self) -> bool:
        """It does not burn for want of pressure."""

    @property
    def starts(self) -> int: ...
    @property
    def failed_starts(self) -> int: ...
    @property
    def burner_s(self) -> float: ...
    @property
    def pump_starts(self) -> int: ...
    @property
    def pump_s(self) -> float: ...
    def reset(self) -> None:
        """Release a lockout."""


class Tank(Protocol):
    """A DHW tank that the boiler charges itself."""

    charge_on: bool

    @property
    def temp_c(self) -> float: ...
    @property
    def drawn_kg_s(self) -> float:
        """Hot water that is drawn."""


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
        max_modulation: how far the burner may go, from its least power, 0, to its whole power, 1.
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
        modulation: where the burner is between its least power, 0, and its whole power, 1; 0 without a flame.
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
