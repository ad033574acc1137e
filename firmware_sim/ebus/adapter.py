"""The controller's end of an eBUS: an adapter that writes setpoints and gathers what the burner tells.

Theory of operation. Duties, the most urgent first; each has a time when it is due.

    duty        telegram         due
    reset       63h 01h to 08h   when asked for, once, only while the link is up
    identity    07h 04h to 08h   while the link is down, until it is answered
    block 1     05h 02h 01h      after the identity, and when block 1 has not come for `BLOCK_MISSED_S`
    setpoints   05h 07h          every `SETPOINTS_LOOK_S` if they have changed, every `SETPOINTS_PERIOD_S` anyway
    limits      05h 0Ah          after the identity, once

The link is up from the first block 1 on. When none came for `LINK_LOST_S`, after the identity too, it is down: the
values are forgotten, and all begins with the identity. A duty that has failed is due again after `AGAIN_S`; the reset
is not.
"""

from __future__ import annotations

import math
from enum import IntEnum, auto
from typing import Final

from firmware_sim.boiler_link import BoilerDemand, BoilerValues
from firmware_sim.ebus.frame import FrameError, Telegram, slave_of
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
    SYSTEM_DATA,
    Identity,
    Limits,
    Mode,
    OperatingData,
    Setpoints,
    Signal,
    State,
)
from firmware_sim.ebus.slave import BURNER

CONTROLLER: Final = 0x30
"""Address of a controller, as in recorded telegrams."""
SETPOINTS_LOOK_S: Final = 5.0
"""05h 07h may go every 5 s at most …"""
SETPOINTS_PERIOD_S: Final = 15.0
"""… and goes every 15 s."""
BLOCK_MISSED_S: Final = 15.0
LINK_LOST_S: Final = 30.0
"""Three times the period of block 1; the simulator's choice."""
AGAIN_S: Final = 5.0


class Duty(IntEnum):
    """What the adapter has to do, the most urgent first."""

    RESET = auto()
    IDENTITY = auto()
    OPERATING_BLOCK = auto()
    SETPOINTS = auto()
    LIMITS = auto()


class EbusAdapter:
    """What a controller says and hears on an eBUS. It sends nothing itself: its `node` does.

    Args:
        address: of the adapter, as a master.
        burner: of the burner, as a master.
    """

    def __init__(self, *, address: int = CONTROLLER, burner: int = BURNER) -> None:
        self.demand = BoilerDemand()
        self.values = BoilerValues()
        self.linked = False
        self.identity: Identity | None = None
        self.reset_confirmed: bool | None = None
        """What became of the last `reset_fault`; None: not known yet."""
        self.due_at = math.inf
        self.lost_at = math.inf
        """When the link is down unless block 1 comes before."""
        self.node = BusNode(address, self)
        self._burner = burner
        slave = slave_of(burner)
        self._telegrams = {
            Duty.RESET: Telegram(address, slave, OURS, RESET_FAULT),
            Duty.IDENTITY: Telegram(address, slave, SYSTEM_DATA, IDENTIFICATION),
            Duty.OPERATING_BLOCK: Telegram(
                address, burner, BURNER_CONTROL, REQUEST_DATA, bytes((OPERATING_BLOCK,))
            ),
            Duty.SETPOINTS: Telegram(address, burner, BURNER_CONTROL, CONTROLLER_DATA),
            Duty.LIMITS: Telegram(address, burner, BURNER_CONTROL, REQUEST_LIMITS),
        }
        self._due = dict.fromkeys(Duty, math.inf)
        self._under_way: Duty | None = None
        self._encoded_for: tuple[object, ...] = ()
        self._written: Telegram | None = None
        self._written_at = -math.inf
        self._operating = b""

    def start(self, now: float) -> None:
        """Begin at `now`, as after power came: nothing is known of the boiler."""
        self.linked = False
        self.lost_at = math.inf
        self.values = BoilerValues()
        self.identity = None
        self._due = dict.fromkeys(Duty, math.inf)
        self._due[Duty.IDENTITY] = now
        self._under_way = None
        self._written = None
        self._operating = b""
        self.due_at = now
        self.node.drop()

    def reset_fault(self, now: float) -> None:
        """Ask the boiler to release its lockout, once; without a link it is refused at once."""
        self.reset_confirmed = None if self.linked else False
        if self.linked:
            self._set_due(Duty.RESET, now)

    def next_telegram(self, now: float) -> Telegram | None:
        """The most urgent of what is due."""
        for duty, due_at in self._due.items():
            if due_at > now:
                continue
            if duty is Duty.SETPOINTS:
                telegram = self._setpoints()
                # A second less: the third look may come a moment early.
                if telegram == self._written and now - self._written_at < SETPOINTS_PERIOD_S - 1.0:
                    self._set_due(duty, now + SETPOINTS_LOOK_S)
                    continue
            self._under_way = duty
            return self._telegrams[duty]
        return None

    def done(self, telegram: Telegram, answer: bytes | None, now: float) -> None:
        """A duty is done, or has failed."""
        duty, self._under_way = self._under_way, None
        if duty is None:
            return
        next_at = math.inf
        if answer is None and duty is not Duty.RESET:
            next_at = now + AGAIN_S
        elif duty is Duty.RESET:
            self.reset_confirmed = answer == RESET_DONE
        elif duty is Duty.IDENTITY:
            next_at = self._identified(answer or b"", now)
        elif duty is Duty.OPERATING_BLOCK:
            next_at = now + BLOCK_MISSED_S
        elif duty is Duty.SETPOINTS:
            self._written, self._written_at = telegram, now
            next_at = now + SETPOINTS_LOOK_S
        self._set_due(duty, next_at)

    def heard(self, telegram: Telegram, now: float) -> bytes | None:
        """A telegram to all, or to the adapter. It is nobody's slave."""
        if (
            telegram.primary == BURNER_CONTROL
            and telegram.source == self._burner
            and self.identity is not None
        ):
            try:
                self._take(telegram.secondary, telegram.data, now)
            except FrameError:
                # The telegram was right; what it says is of another dialect.
                return None
        return None

    def _identified(self, answer: bytes, now: float) -> float:
        try:
            self.identity = Identity.decode(answer)
        except FrameError:
            return now + AGAIN_S
        self.lost_at = now + LINK_LOST_S
        for duty in (Duty.OPERATING_BLOCK, Duty.SETPOINTS, Duty.LIMITS):
            self._due[duty] = now
        return math.inf

    def _take(self, secondary: int, data: bytes, now: float) -> None:
        values = self.values
        if secondary == LIMITS:
            limits = Limits.decode(data)
            values.dhw_bounds_c, values.ch_bounds_c = _whole(limits.dhw_c), _whole(limits.flow_c)
        elif secondary == BURNER_DATA:
            if data != self._operating:
                self._take_operating(OperatingData.decode(data))
                self._operating = data
            self.linked = True
            self.lost_at = now + LINK_LOST_S
            self._set_due(Duty.OPERATING_BLOCK, now + BLOCK_MISSED_S)

    def _take_operating(self, told: OperatingData) -> None:
        values = self.values
        values.flow_c, values.return_c = told.flow_c, told.return_c
        values.dhw_c, values.outdoor_c = told.dhw_c, told.outdoor_c
        values.modulation = told.degree
        values.flame = told.signals & Signal.FLAME != 0
        values.fault = told.signals & Signal.ALARM != 0
        values.oem_code = told.state if values.fault else 0
        values.ch_active = not values.fault and told.state == State.HEATING
        values.dhw_active = not values.fault and told.state == State.DHW

    def _setpoints(self) -> Telegram:
        """05h 07h for the present demand, made anew only when that has changed."""
        demand = self.demand
        wanted = (
            demand.ch_enabled,
            demand.dhw_enabled,
            demand.ch_setpoint_c,
            demand.dhw_setpoint_c,
            demand.max_ch_setpoint_c,
            demand.max_modulation,
        )
        if wanted != self._encoded_for:
            self._encoded_for = wanted
            self._telegrams[Duty.SETPOINTS] = self._telegrams[Duty.SETPOINTS]._replace(
                data=_setpoints_of(demand).encode()
            )
        return self._telegrams[Duty.SETPOINTS]

    def _set_due(self, duty: Duty, at: float) -> None:
        self._due[duty] = at
        self.due_at = min(self._due.values())


def _setpoints_of(demand: BoilerDemand) -> Setpoints:
    """The highest flow temperature has no place in 05h 07h: the setpoint is cut to it here."""
    flow_c = min(demand.ch_setpoint_c or 0.0, demand.max_ch_setpoint_c or math.inf)
    heats = demand.ch_enabled and flow_c > 0
    if heats and demand.dhw_enabled:
        mode = Mode.HEATING_AND_DHW
    elif heats:
        mode = Mode.HEATING
    else:
        mode = Mode.DHW if demand.dhw_enabled else Mode.OFF
    return Setpoints(
        mode,
        min(flow_c, 100.0) if heats else None,
        None if demand.dhw_setpoint_c is None else min(100.0, max(0.0, demand.dhw_setpoint_c)),
        None if demand.max_modulation >= 1.0 else max(0.0, demand.max_modulation),
    )


def _whole(bounds_c: tuple[float, float] | None) -> tuple[int, int] | None:
    return None if bounds_c is None else (math.ceil(bounds_c[0]), math.floor(bounds_c[1]))
