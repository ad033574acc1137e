"""The boiler's end of an eBUS: a burner that takes setpoints, tells its data and answers who it is.

It is a master at 03h, for a burner tells its data by itself, and a slave at 08h. Block 1 goes to all every
`BLOCK_PERIOD_S` once somebody has asked for it; the limits once for each request. Without setpoints for `LINK_LOST_S`
the demands of the vanished controller are dropped, without mains at once; then it says and hears nothing.
"""

from __future__ import annotations

import math
from typing import Final

from firmware_sim.boiler_electronics import BoilerElectronics
from firmware_sim.boiler_link import FaultFlag
from firmware_sim.ebus.data_types import OUTDOOR_RANGE_C
from firmware_sim.ebus.frame import BROADCAST, FrameError, Telegram
from firmware_sim.ebus.node import BusNode
from firmware_sim.ebus.services import (
    BURNER_CONTROL,
    BURNER_DATA,
    CONTROLLER_DATA,
    IDENTIFICATION,
    LIMITS,
    OPERATING_BLOCK,
    OURS,
    REQUEST_DATA,
    REQUEST_LIMITS,
    RESET_DONE,
    RESET_FAULT,
    RESET_REFUSED,
    SYSTEM_DATA,
    TERMINATE,
    Identity,
    Limits,
    Mode,
    OperatingData,
    Setpoints,
    Signal,
    State,
)

BURNER: Final = 0x03
"""Address of the first burner, as in recorded telegrams."""
BLOCK_PERIOD_S: Final = 10.0
"""Block 1 goes every 10 s … 1 min."""
LINK_LOST_S: Final = 60.0
"""Four times the period of setpoints; the simulator's choice."""
IDENTITY: Final = Identity(OURS, "TGSIM", (1, 0), (1, 0))
"""What a simulator says when it is asked who it is."""

_HEATING: Final = frozenset({Mode.HEATING, Mode.HEATING_AND_DHW})
_DHW: Final = frozenset({Mode.DHW, Mode.HEATING_AND_DHW})


class BoilerEbusSlave:
    """A boiler on an eBUS.

    Args:
        electronics: takes the demands and knows the values.
        tells_degree: block 1 has the setting degree in it; recorded burners leave it out.
    """

    def __init__(self, electronics: BoilerElectronics, *, tells_degree: bool = True) -> None:
        self.electronics = electronics
        self.linked = False
        """A controller speaks to it."""
        self.due_at = math.inf
        self.node = BusNode(BURNER, self)
        self._tells_degree = tells_degree
        self._heard_at = 0.0
        self._block_due_at = math.inf
        self._limits_asked = False

    @property
    def powered(self) -> bool:
        """It has mains."""
        return self.electronics.boiler.powered

    def step(self, now: float) -> None:
        """Let the electronics work until `now`."""
        if not self.powered:
            self._forget()
        elif self.linked and now - self._heard_at >= LINK_LOST_S:
            self._drop_demands()
        self.electronics.apply(now)

    def next_telegram(self, now: float) -> Telegram | None:
        """The limits go first, then block 1 when its time has come."""
        telegram = None
        if self._limits_asked:
            self._limits_asked = False
            telegram = self._tell_all(LIMITS, self._limits().encode())
        elif now >= self._block_due_at:
            self._block_due_at = now + BLOCK_PERIOD_S
            telegram = self._tell_all(BURNER_DATA, self._operating_data().encode())
        self.due_at = self._block_due_at
        return telegram

    def done(self, telegram: Telegram, answer: bytes | None, now: float) -> None:
        """What goes to all needs nobody's answer."""

    def heard(self, telegram: Telegram, now: float) -> bytes | None:
        """A command of a controller."""
        as_slave = telegram.destination == self.node.slave_address
        command = telegram.primary, telegram.secondary
        if as_slave:
            if command == (SYSTEM_DATA, IDENTIFICATION):
                return IDENTITY.encode()
            if command == (OURS, RESET_FAULT):
                return RESET_DONE if self.electronics.reset_lockout() else RESET_REFUSED
            return None
        if telegram.destination != self.node.address:
            return None
        if command == (BURNER_CONTROL, CONTROLLER_DATA):
            self._set(telegram.data, now)
        elif command == (BURNER_CONTROL, REQUEST_DATA) and len(telegram.data) == 1:
            block = telegram.data[0]
            if block == OPERATING_BLOCK:
                self.due_at = self._block_due_at = now
            elif block == TERMINATE:
                self._block_due_at = math.inf
        elif command == (BURNER_CONTROL, REQUEST_LIMITS):
            self._limits_asked = True
            self.due_at = now
        return None

    def _set(self, data: bytes, now: float) -> None:
        try:
            setpoints = Setpoints.decode(data)
        except FrameError:
            # The telegram was right and is acknowledged; what it says is of another dialect.
            return
        self.linked = True
        self._heard_at = now
        if setpoints.mode == Mode.NO_ACTION:
            return
        electronics = self.electronics
        electronics.ch_enabled = setpoints.mode in _HEATING
        electronics.dhw_enabled = setpoints.mode in _DHW
        electronics.ch_setpoint_c = setpoints.flow_c or 0.0
        if setpoints.dhw_c is not None:
            low_c, high_c = electronics.dhw_bounds_c
            electronics.dhw_setpoint_c = min(float(high_c), max(float(low_c), setpoints.dhw_c))
        electronics.boiler.max_modulation = 1.0 if setpoints.degree is None else setpoints.degree

    def _drop_demands(self) -> None:
        self.linked = False
        self.electronics.ch_enabled = self.electronics.dhw_enabled = False

    def _forget(self) -> None:
        """As after mains went: nobody has asked for anything."""
        self._drop_demands()
        self._limits_asked = False
        self.due_at = self._block_due_at = math.inf
        self.node.drop()

    def _tell_all(self, secondary: int, data: bytes) -> Telegram:
        return Telegram(self.node.address, BROADCAST, BURNER_CONTROL, secondary, data)

    def _limits(self) -> Limits:
        electronics = self.electronics
        dhw_c = None if electronics.tank is None else electronics.dhw_bounds_c
        boiler = electronics.boiler
        return Limits(boiler.min_power_w / boiler.max_power_w, dhw_c, electronics.ch_bounds_c)

    def _operating_data(self) -> OperatingData:
        electronics = self.electronics
        boiler, tank, outdoor_c = electronics.boiler, electronics.tank, electronics.outdoor_c
        signals = Signal.FLAME if boiler.flame else 0
        state: int = State.STANDBY
        if electronics.ch_active or electronics.dhw_active:
            signals |= Signal.PUMP
            state = State.DHW if electronics.dhw_active else State.HEATING
        if electronics.fault_flags & ~FaultFlag.SERVICE_REQUIRED:
            signals |= Signal.ALARM
            state = electronics.oem_code & 0xFF
        return OperatingData(
            state,
            int(signals),
            min(1.0, max(0.0, boiler.modulation)) if self._tells_degree else None,
            _within(boiler.flow_shown_c, 0, 100),
            _within(boiler.return_c, 0, 100),
            None if tank is None else _within(tank.temp_c, 0, 100),
            None if outdoor_c is None else _within(outdoor_c(), *OUTDOOR_RANGE_C),
        )


def _within(value: float, low: float, high: float) -> float | None:
    """A sensor outside the published range has no value for the bus."""
    return value if low <= value <= high else None
