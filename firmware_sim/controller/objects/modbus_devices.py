"""Devices on the controller's Modbus line as its user has described them, and their signals.

A bus master polls them (`modbus_bus`); the objects look at what it knows, each second like all others:

    device    a 1 while it is on line, `err` requests that failed, `last` seconds since its last answer
    signal    its value: `t` a temperature (unit °C), `s` a bit, `v` anything else, with `u` and `unit`; `w` 1 if it may
              be written, `low` and `high` what may be; a 0 while the device is off line or says that it has no value

A lost device is the alarm `modbus_lost`, and runs the scenario or action that its line names for it; likewise one that
is found again. A command is accepted, of a wrong value, or not possible, and that is all its result says: the state
changes when the device reads back what was written, and a write that the device did not take is the alarm
`modbus_write_failed` until one is.

Types 51 and 52 and that a device has references for loss and return are published; what they show is ours.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from pydantic import JsonValue

from firmware_sim.controller.models import ControllerModel
from firmware_sim.controller.objects.base import (
    ACCEPTED,
    NOT_POSSIBLE,
    WRONG_VALUE,
    Board,
    FirmwareObject,
)
from firmware_sim.controller.objects.inputs import TemperatureSensor
from firmware_sim.modbus_master import (
    Command,
    CommandQueueFullError,
    CommandState,
    DescriptionError,
    DevicePoller,
    LinkState,
    Signal,
    SignalType,
    SignalValueError,
    config_devices,
)
from firmware_sim.modbus_master.config_devices import signal_of
from firmware_sim.modbus_master.description import Value
from provisioning.zont.config_text import ConfigProblem
from provisioning.zont.decikelvin import INVALID, to_decikelvin
from provisioning.zont.object_types import ObjectType
from provisioning.zont.object_values import ObjectValues

LOST: Final = "modbus_lost"
WRITE_FAILED: Final = "modbus_write_failed"
CELSIUS: Final = "°C"
UNIT_CODES: Final[Mapping[str, int]] = {
    "V": 0, "В": 0, "kOhm": 1, "кОм": 1, "bar": 2, "бар": 2, "km/h": 3, "км/ч": 3, "rpm": 4, "об/мин": 4,
    "l": 5, "л": 5, "l/h": 6, "л/ч": 6, "%": 7,
}  # fmt: skip
NO_UNIT: Final = 8
"""The published numbers of units, as an analog input shows them."""
SET_FAILED: Final = 2
PENDING: Final = 8
"""Bits of a `#Y` line, as a relay has them."""
FAILED: Final = frozenset({CommandState.REFUSED, CommandState.NOT_TAKEN, CommandState.FAILED})


@dataclass(frozen=True, slots=True)
class Polled:
    """A device that a bus master asks.

    Args:
        poller: what is known of it.
        now: the master's time.
        wake: tells the master that there is something to be sent.
    """

    poller: DevicePoller
    now: Callable[[], float]
    wake: Callable[[], None]


class ModbusDevice(FirmwareObject):
    """A device with a unit id of its own. While nobody polls it, it is as if the line were cut."""

    KEPT = ("_made_s",)

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        self.polled: Polled | None = None
        self._made_s = board.now_s
        self._when_lost: FirmwareObject | None = None
        self._when_back: FirmwareObject | None = None
        self._shown: tuple[LinkState, int] = (LinkState.UNKNOWN, 0)

    def link(self, objects: Mapping[int, FirmwareObject]) -> None:
        """Take its signals, and what it runs."""
        for signal in self._find_all(objects, "signals", ModbusSignal):
            signal.device = self
        self._when_lost = self._runnable(objects, "rol_connection_lost")
        self._when_back = self._runnable(objects, "rol_reconnection")

    def _runnable(self, objects: Mapping[int, FirmwareObject], field: str) -> FirmwareObject | None:
        found = self._find(objects, field, FirmwareObject)
        kinds = (ObjectType.SCENARIO, ObjectType.OUTPUT_ACTION)
        return found if found is not None and found.type in kinds else None

    @property
    def presence(self) -> LinkState:
        """Whether it is there."""
        if self.polled is not None:
            return self.polled.poller.link
        silent_s = self.board.now_s - self._made_s
        return LinkState.OFFLINE if silent_s >= self.values.number("disconnect_s") else LinkState.UNKNOWN

    @property
    def errors(self) -> int:
        """Requests that were not answered, were refused, or were answered with something else."""
        return 0 if self.polled is None else self.polled.poller.errors

    def scan(self, now_s: float) -> None:
        """See whether it has gone or come back. What the alarm says outlives a new configuration."""
        del now_s
        presence = self.presence
        was_lost = (self.id, LOST) in self.board.alarms
        if presence is LinkState.OFFLINE and not was_lost:
            self._tell(True, self._when_lost)
        elif presence is LinkState.ONLINE and was_lost:
            self._tell(False, self._when_back)
        if (presence, self.errors) != self._shown:
            self._shown = (presence, self.errors)
            self.mark()

    def _tell(self, lost: bool, to_run: FirmwareObject | None) -> None:
        self.board.alarm(self.id, LOST, lost)
        if to_run is not None:
            self.board.act(to_run, 1)

    def state(self) -> dict[str, JsonValue]:
        """Whether it is on line, its errors, and how long ago it answered."""
        state: dict[str, JsonValue] = {"a": int(self.presence is LinkState.ONLINE), "err": self.errors}
        if self.polled is not None and self.polled.poller.heard_at is not None:
            state["last"] = int(self.polled.now() - self.polled.poller.heard_at)
        return state

    def inner(self) -> str:
        """On line, errors."""
        return f"{int(self.presence is LinkState.ONLINE)},{self.errors}"

    def value(self, signal: str) -> Value:
        """What is known of a signal now."""
        return None if self.polled is None else self.polled.poller.values.get(signal)

    def write(self, signal: str, value: float) -> Command | None:
        """Have a signal written; None: it is not possible now.

        Raises:
            SignalValueError: the signal cannot take this value.
        """
        if self.polled is None or self.presence is LinkState.OFFLINE:
            return None
        try:
            command = self.polled.poller.command(signal, value)
        except (KeyError, CommandQueueFullError):
            return None
        self.polled.wake()
        return command


class ModbusSignal(TemperatureSensor):
    """A value of a device. In °C it is a temperature sensor like any other; else it has no temperature."""

    KEPT = (*TemperatureSensor.KEPT, "_command")
    RANGE_C = (-100.0, 1200.0)
    """A chimney is hotter than a room; beyond it is no temperature, but a register misread."""

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        self.device: ModbusDevice | None = None
        try:
            self._signal: Signal | None = signal_of(values)
        except DescriptionError:
            # It is named as a problem of the configuration, and not polled.
            self._signal = None
        self._command: Command | None = None
        self._shown: tuple[Value, bool] = (None, False)

    @property
    def measures_temperature(self) -> bool:
        """It may be the sensor of a circuit."""
        return self._signal is not None and self._signal.unit == CELSIUS

    @property
    def value(self) -> Value:
        """What the device has said last; None: nothing, that it has no value, or what no thermometer says."""
        value = None if self.device is None else self.device.value(str(self.id))
        low_c, high_c = self.RANGE_C
        if value is not None and self.measures_temperature and not low_c <= value <= high_c:
            return None
        return value

    def measure(self) -> float | None:
        """As it was read."""
        value = self.value
        return float(value) if self.measures_temperature and value is not None else None

    def scan(self, now_s: float) -> None:
        """Look at what is known, at limits, and at what has become of a command."""
        shown = (self.value, self._is_pending)
        if shown != self._shown:
            self._shown = shown
            self.mark()
        if self._command is not None and self._command.finished:
            if self._command.state in FAILED:
                self.board.alarm(self.id, WRITE_FAILED, True)
            elif self._command.state is CommandState.DONE:
                self.board.alarm(self.id, WRITE_FAILED, False)
            self._command = None
        if self.measures_temperature and not self._is_awaited:
            super().scan(now_s)

    @property
    def _is_awaited(self) -> bool:
        """Its device may still be there: nobody can say yet that it is lost."""
        return self.device is not None and self.device.presence is LinkState.UNKNOWN

    @property
    def _is_pending(self) -> bool:
        return self._command is not None and not self._command.finished

    def state(self) -> dict[str, JsonValue]:
        """Its value with what is described of it."""
        signal, value = self._signal, self.value
        state: dict[str, JsonValue] = {"stype": self.values.number("type")}
        if signal is not None and signal.unit:
            state["unit"] = signal.unit
        if signal is not None and signal.writable:
            state["w"] = 1
            state |= {} if signal.minimum is None else {"low": signal.minimum}
            state |= {} if signal.maximum is None else {"high": signal.maximum}
        if signal is None or value is None:
            return {**state, "a": 0}
        if signal.type is SignalType.BIT:
            return {**state, "s": int(value), "a": 1}
        if self.measures_temperature:
            return {**state, "t": round(float(value), 1), "a": 1}
        return {**state, "v": value, "u": UNIT_CODES.get(signal.unit, NO_UNIT), "a": 1}

    def command(self, value: JsonValue) -> int:
        """A number in the signal's unit; of a bit 0 or 1."""
        if self._signal is None or not self._signal.writable or self.device is None:
            return NOT_POSSIBLE
        number = _number(value)
        if number is None:
            return WRONG_VALUE
        try:
            command = self.device.write(str(self.id), number)
        except SignalValueError:
            return WRONG_VALUE
        if command is None:
            return NOT_POSSIBLE
        self._command = command
        return ACCEPTED

    def inner(self) -> str:
        """Its value (a temperature in decikelvin, 65535: none) and flags: 2 a write failed, 8 one is under way."""
        value = self.value
        if self.measures_temperature:
            shown = INVALID if value is None else to_decikelvin(float(value))
            told = str(shown)
        else:
            told = "" if value is None else f"{float(value):.10g}"
        failed = (self.id, WRITE_FAILED) in self.board.alarms
        return f"{told},{SET_FAILED * failed | PENDING * self._is_pending}"


def modbus_problems(objects: Mapping[int, ObjectValues], model: ControllerModel) -> list[ConfigProblem]:
    """What is wrong with described devices; that a model has no Modbus at all is said where its limits are."""
    return config_devices(objects)[1] if model.modbus else []


def _number(value: JsonValue) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


MODBUS: Final = {ObjectType.MODBUS_DEVICE: ModbusDevice, ObjectType.MODBUS_SIGNAL: ModbusSignal}
