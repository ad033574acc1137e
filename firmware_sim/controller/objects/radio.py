"""What the controller hears by radio: sensors of 868 MHz with their battery and field strength, of 433 MHz, the module.

A radio sensor speaks every few minutes, so it is lost only after half an hour of silence (ours); till then what it said
last holds. Its battery in percent goes by known points of the maker's clients, straight between them.

Source: PROTOCOL.md of zont-local, section 3.2, for types and fields; field strength and battery by way of reference
lists of the maker's clients.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Final

from pydantic import JsonValue

from firmware_sim.controller.objects.base import Board, FirmwareObject
from firmware_sim.controller.objects.inputs import UNHEARD, TemperatureSensor
from firmware_sim.controller.terminals import RadioReading
from provisioning.zont.object_values import ObjectValues

RADIO_LOST_S: Final = 1800.0
ALARM_OF_RADIO: Final[Mapping[int, str]] = {10: "leak", 11: "motion", 12: "shock"}
BATTERY_PERCENT: Final = ((2.1, 5), (2.9, 80), (3.0, 90), (3.1, 95), (3.2, 100))
BATTERY_LOW_PERCENT: Final = 20


class RadioSensor(TemperatureSensor):
    """A radio sensor: temperature, humidity, a trigger, with its battery and field strength."""

    KEPT = (*TemperatureSensor.KEPT, "_last", "_spoke_s")
    LOST_AFTER_S = RADIO_LOST_S

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        self._read = board.terminals.radio(values.text("address"))
        self._alarm_name = ALARM_OF_RADIO.get(values.number("stype"), "triggered")
        self._heard: RadioReading | None = None
        """In this look."""
        self._last: RadioReading | None = None
        self._spoke_s = board.now_s
        self._told: RadioReading | None = RadioReading(battery_v=-1.0)
        """What has been looked at; at first nothing of the kind."""

    @property
    def kind_of_alarm(self) -> str:
        """By its subtype."""
        return self._alarm_name

    @property
    def is_lost(self) -> bool:
        """Not even its battery's voltage comes; many have no temperature."""
        silent_s = self.board.now_s - self._spoke_s
        return self._last is None and self._virtual_c is None and silent_s >= RADIO_LOST_S

    @property
    def triggered(self) -> bool:
        """Leak, motion, shock."""
        return self._last is not None and self._last.triggered

    @property
    def battery_percent(self) -> int | None:
        """None: nothing has been heard of it."""
        return None if self._last is None else battery_percent(self._last.battery_v)

    @property
    def rssi_dbm(self) -> float | None:
        """Field strength: half the raw number, less 73."""
        return None if self._last is None else self._last.rssi_raw / 2 - 73

    def scan(self, now_s: float) -> None:
        """Mostly it has said nothing new."""
        self._heard = heard = self._read()
        if heard is not None and heard is self._told and self._virtual_c is None:
            self._heard_s = self._spoke_s = now_s
        else:
            super().scan(now_s)

    def measure(self) -> float | None:
        """In tenths."""
        now = self._heard
        if now is not None:
            self._last, self._spoke_s = now, self.board.now_s
        elif self.board.now_s - self._spoke_s >= RADIO_LOST_S:
            self._last = None
        if self._last != self._told:
            self._told = self._last
            self._tenths = UNHEARD
            self.board.alarm(self.id, self._alarm_name, self.triggered)
            percent = self.battery_percent
            self.board.alarm(self.id, "battery_low", percent is not None and percent < BATTERY_LOW_PERCENT)
            self.board.alarm(self.id, "sensor_lost", self.is_lost)
            self.mark()
        return None if now is None or now.temp_c is None else round(now.temp_c, 1)

    def state(self) -> dict[str, JsonValue]:
        """All that it has said."""
        if self._last is None and self.temp_c is None:
            return {"stype": self.values.number("stype"), "a": 0}
        state: dict[str, JsonValue] = {"stype": self.values.number("stype"), "a": 1}
        if self.temp_c is not None:
            state["t"] = round(self.temp_c, 1)
        if self._last is not None:
            state |= {"b": self._last.battery_v, "r": self._last.rssi_raw, "trig": int(self._last.triggered)}
            if self._last.humidity_percent is not None:
                state["h"] = round(self._last.humidity_percent, 1)
        return state


def battery_percent(volts: float) -> int:
    """What is left in a radio sensor's lithium cell."""
    if volts <= BATTERY_PERCENT[0][0]:
        return 0 if volts < BATTERY_PERCENT[0][0] else BATTERY_PERCENT[0][1]
    for (low_v, low), (high_v, high) in pairwise(BATTERY_PERCENT):
        if volts <= high_v:
            return round(low + (high - low) * (volts - low_v) / (high_v - low_v))
    return 100


class RadioSensor433(FirmwareObject):
    """A simple 433 MHz sensor: it only speaks when it is triggered, so nobody knows whether it still lives."""

    KEPT = ("_until_s",)

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        self._read = board.terminals.radio(values.text("address"))
        self._hold_s = float(values.number("hold_s"))
        self._until_s = 0.0
        self._shown: bool | None = None

    @property
    def triggered(self) -> bool:
        """It has spoken within its holding time."""
        return self.board.now_s < self._until_s

    def scan(self, now_s: float) -> None:
        """Listen."""
        heard = self._read()
        if heard is not None and heard.triggered:
            self._until_s = now_s + self._hold_s
        if self.triggered != self._shown:
            self._shown = self.triggered
            self.board.alarm(self.id, "triggered", self.triggered)
            self.mark()

    def state(self) -> dict[str, JsonValue]:
        """Only its trigger."""
        return {"trig": int(self.triggered), "a": 1}


class RadioModule(FirmwareObject):
    """The radio: when all its sensors are silent it is the module or its antenna."""

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        self._sensors: list[RadioSensor] = []
        self._heard: int | None = None

    def link(self, objects: Mapping[int, FirmwareObject]) -> None:
        """Take its sensors; those that name no module are of any."""
        sensors = [each for each in objects.values() if isinstance(each, RadioSensor)]
        self._sensors = [each for each in sensors if each.values.number("module") in {0, self.id}]

    def scan(self, now_s: float) -> None:
        """Count who is heard."""
        del now_s
        heard = sum(not each.is_lost for each in self._sensors)
        if heard != self._heard:
            self._heard = heard
            self.board.alarm(self.id, "radio_silent", bool(self._sensors) and not heard)
            self.mark()

    def state(self) -> dict[str, JsonValue]:
        """How many sensors are heard."""
        return {"s": self._heard or 0, "a": 1}
