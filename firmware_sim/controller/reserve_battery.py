"""The controller's supply: the mains, behind them a battery, and nothing behind that.

    MAINS ── lost ──► BATTERY ── empty, or `#S209` forbids it ──► OFF
      ▲                  │                                         │
      └───── back ───────┴──────────── back ───────────────────────┘

A full battery lasts `HOURS`, and is full again after half of that. The maker publishes neither; its voltage is that of
one lithium cell. Off, the firmware looks at nothing, its relays have fallen and its modem is silent; only the clock
goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Final

from firmware_sim.controller.objects.base import Board

HOURS: Final = 12.0
FULL_S: Final = HOURS * 3600
CHARGES_TIMES: Final = 2.0
"""Seconds of battery that a second of mains gives."""
LOW: Final = 0.1
"""Of a full battery; then it is an alarm."""
EMPTY_V, FULL_V = 3.3, 4.2


class Source(Enum):
    """What the controller lives on."""

    MAINS = "mains"
    BATTERY = "battery"
    OFF = "off"


class ReserveBattery:
    """Watches the supply.

    Args:
        board: its terminals and alarms.
        may_be_used: whether the battery may be used; asked when the mains are gone.
    """

    def __init__(self, board: Board, may_be_used: Callable[[], bool]) -> None:
        self._board = board
        self._may_be_used = may_be_used
        self.source = Source.MAINS
        self.left_s = FULL_S
        """What the battery gives yet."""
        self._calm = False  # on the mains, and its alarms are over

    def watch(self) -> Source:
        """Once a step."""
        board = self._board
        _, mains = board.terminals.supply_v()
        if mains and self._calm and self.left_s == FULL_S:
            return self.source  # nearly all the days of its life
        self._calm = mains
        if mains:
            self.left_s = min(FULL_S, self.left_s + CHARGES_TIMES * board.step_s)
            self.source = Source.MAINS
        elif self.source is not Source.OFF:
            holds = self._may_be_used()
            self.left_s = max(0.0, self.left_s - board.step_s) if holds else self.left_s
            self.source = Source.BATTERY if holds and self.left_s > 0 else Source.OFF
        if self.source is not Source.OFF:
            board.alarm(0, "mains_lost", not mains)
            board.alarm(0, "battery_low", not mains and self.left_s < LOW * FULL_S)
        return self.source

    @property
    def volts(self) -> float:
        """Of the source that is in use."""
        if self.source is Source.MAINS:
            return self._board.terminals.supply_v()[0]
        return EMPTY_V + (FULL_V - EMPTY_V) * self.left_s / FULL_S
