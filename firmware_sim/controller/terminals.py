"""What the controller's firmware is wired to: its terminals, and nothing behind them.

The firmware knows no plant: a sensor's address gives a temperature or nothing, a relay is on or off, a boiler's bus has
values and takes setpoints. `wiring` connects terminals to a simulated house; a test connects them to whatever it likes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from firmware_sim.boiler_link import BoilerLink

Probe: TypeAlias = Callable[[], float | None]
"""Reads a terminal now; None: a cut wire, a silent radio, a lost bus."""


@dataclass(frozen=True, slots=True)
class RadioReading:
    """What a radio sensor has said last. `rssi_raw`: dBm = raw / 2 - 73."""

    temp_c: float | None = None
    humidity_percent: float | None = None
    battery_v: float = 3.0
    rssi_raw: int = 20
    triggered: bool = False


class Terminals(Protocol):
    """The board's terminals. Each is asked for once, when the configuration is loaded."""

    def probe(self, address: str) -> Probe:
        """A digital sensor by its address: °C."""
        ...

    def ohms(self, terminal: int) -> Probe:
        """An NTC input: ohms."""
        ...

    def volts(self, terminal: int) -> Probe:
        """An analog input: volts."""
        ...

    def radio(self, address: str) -> Callable[[], RadioReading | None]:
        """A radio sensor by its address."""
        ...

    def relay(self, terminal: int) -> Callable[[bool], None]:
        """An output: switches it."""
        ...

    def boiler(self, serial: str, bus: int) -> BoilerLink:
        """A boiler by its adapter's serial, and by the bus that this adapter is for: 0 OpenTherm, 1 E-Bus, …"""
        ...

    def supply_v(self) -> tuple[float, bool]:
        """Supply voltage, and whether the mains are on."""
        ...
