"""What the controller measures by wire: 1-Wire and NTC sensors, analog inputs.

A sensor of which nothing is heard has `a` 0 and no temperature; its raw number is 65535. An input may be virtual: a
client feeds it by commands, and it is available only as long as it is fed (the heartbeat of an analog input).

Source: PROTOCOL.md of zont-local, sections 3.2 and 4.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Callable, Iterable, Mapping
from typing import ClassVar, Final

from pydantic import JsonValue

from firmware_sim.controller.objects.base import ACCEPTED, WRONG_VALUE, Board, FirmwareObject
from provisioning.zont.decikelvin import INVALID, from_decikelvin, to_decikelvin
from provisioning.zont.object_values import ObjectValues

DS18B20_STEPS_A_K: Final = 16
"""At 12 bit."""
POWER_ON_C: Final = 85.0
"""What a DS18B20 says before its first conversion; as a sudden value it is no temperature."""
JUMP_K: Final = 5.0
WIRED_LOST_S: Final = 10.0
"""A sensor that misses a reading now and then is not lost."""
LOWEST_C, HIGHEST_C = -60.0, 150.0
"""What a sensor may say; beyond it is broken."""

HURRY_TENTHS: Final = 5
"""A change since the regulation was last hurried for which it is hurried again, in tenths of a kelvin."""

UNHEARD: Final = -10_000
"""Tenths of a sensor that has said nothing since the start, not even that it is lost."""

PRESSURE_RANGES_BAR: Final[Mapping[int, float]] = {1: 5.0, 2: 12.0, 18: 6.0, 21: 10.0}
"""Subtypes of a pressure sensor: 0.5 V is 0 bar, 4.5 V the whole range."""
HUMIDITY: Final = 17
NORMALLY_OPEN: Final = frozenset({4, 5, 6, 7, 8, 9, 14, 15, 19})
NORMALLY_CLOSED: Final = frozenset({3, 10, 11, 20})
TRIGGER_V: Final = 1.0
HIGHEST_V: Final = 1000.0
THERMOSTAT: Final = 8
ALARM_OF_INPUT: Final[Mapping[int, str]] = {
    5: "smoke", 6: "leak", 9: "boiler_failure", 10: "boiler_failure", 15: "panic",
}  # fmt: skip
"""What an input's contact tells by its subtype; any other is just `triggered`."""
UNIT_V, UNIT_BAR, UNIT_PERCENT = 0, 2, 7


class TemperatureSensor(FirmwareObject):
    """A sensor with a temperature and limits: 1-Wire, NTC or radio."""

    KEPT: ClassVar[tuple[str, ...]] = ("temp_c", "_virtual_c", "_heard_s")
    LOST_AFTER_S: ClassVar[float] = WIRED_LOST_S
    RANGE_C: ClassVar[tuple[float, float]] = (LOWEST_C, HIGHEST_C)

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        self.temp_c: float | None = None
        self._virtual_c: float | None = None
        self._heard_s = board.now_s
        self._high_c = from_decikelvin(values.number("alarm_high"))
        self._low_c = from_decikelvin(values.number("alarm_low"))
        self._tenths: int | None = UNHEARD
        self._hurried_tenths = UNHEARD

    @property
    def is_lost(self) -> bool:
        """Nothing has been heard of it for a while."""
        return self.temp_c is None

    def measure(self) -> float | None:
        """The temperature now, in the sensor's own resolution."""
        raise NotImplementedError

    def scan(self, now_s: float) -> None:
        """Measure, and look at the limits."""
        temp_c = self.measure() if self._virtual_c is None else self._virtual_c
        if temp_c is None or not self.RANGE_C[0] <= temp_c <= self.RANGE_C[1]:
            if now_s - self._heard_s < self.LOST_AFTER_S:
                return
            temp_c = tenths = None
        else:
            self._heard_s = now_s
            tenths = round(temp_c * 10)
        self.temp_c = temp_c
        if tenths != self._tenths:
            self._tenths = tenths
            self._look(temp_c)

    def _look(self, temp_c: float | None) -> None:
        """It says something new."""
        self.mark()
        tenths = UNHEARD if self._tenths is None else self._tenths
        if abs(tenths - self._hurried_tenths) >= HURRY_TENTHS:
            self._hurried_tenths = tenths
            self.board.is_hurried = True
        high_c, low_c = self._high_c, self._low_c
        alarm = self.board.alarm
        alarm(self.id, "sensor_lost", self.is_lost)
        alarm(self.id, "too_warm", temp_c is not None and high_c is not None and temp_c > high_c)
        alarm(self.id, "too_cold", temp_c is not None and low_c is not None and temp_c < low_c)

    def state(self) -> dict[str, JsonValue]:
        """Temperature and availability."""
        if self.temp_c is None:
            return {"a": 0}
        return {"t": round(self.temp_c, 1), "a": 1}

    def command(self, value: JsonValue) -> int:
        """`N` or `0 N`: decikelvin; `1 N`: °C. The sensor is virtual from now on."""
        words = str(value).split()
        try:
            if len(words) == 2 and words[0] == "1":
                temp_c: float | None = float(words[1])
            else:
                temp_c = from_decikelvin(int(words[-1]))
        except (ValueError, IndexError):
            return WRONG_VALUE
        if temp_c is None or len(words) > 2 or not LOWEST_C <= temp_c <= HIGHEST_C:
            return WRONG_VALUE
        self._virtual_c = temp_c
        self.scan(self.board.now_s)
        return ACCEPTED

    def inner(self) -> str:
        """Raw temperature: decikelvin, 65535 when it is lost."""
        return str(INVALID if self.temp_c is None else to_decikelvin(self.temp_c))


class WiredSensor(TemperatureSensor):
    """A DS18B20 on the 1-Wire bus."""

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        self._probe = board.terminals.probe(values.text("address"))
        self._correction_k = values.number("correction_dk") / 10
        self._steps: int | None = None
        self._seen_steps: int | None = None
        """Of the last look that found a temperature; None: it is not looked at for its own sake."""

    @staticmethod
    def scan_all(sensors: Iterable[WiredSensor]) -> Callable[[float], None]:
        """One look at all sensors of the bus. Most see what they saw last."""
        probes = [(each, each._probe) for each in sensors]

        def scan(now_s: float) -> None:
            for sensor, probe in probes:
                temp_c = probe()
                if temp_c is not None and round(temp_c * DS18B20_STEPS_A_K) == sensor._seen_steps:
                    sensor._heard_s = now_s
                else:
                    sensor._take(temp_c, now_s)

        return scan

    def scan(self, now_s: float) -> None:
        """A look at this one."""
        self._take(self._probe(), now_s)

    def _take(self, temp_c: float | None, now_s: float) -> None:
        self._steps = None if temp_c is None else round(temp_c * DS18B20_STEPS_A_K)
        super().scan(now_s)
        heard = self._heard_s == now_s and self._virtual_c is None
        self._seen_steps = self._steps if heard else None

    def measure(self) -> float | None:
        """In steps of 0.0625 K; a lone 85.0 is the sensor's power-on value, not a temperature."""
        if self._steps is None:
            return None
        temp_c = self._steps / DS18B20_STEPS_A_K
        if temp_c == POWER_ON_C and self.temp_c is not None and abs(self.temp_c - POWER_ON_C) > JUMP_K:
            return None
        return temp_c + self._correction_k


class NtcSensor(TemperatureSensor):
    """A thermistor on an analog input; the curve is an object, by default NTC 10k with B 3950."""

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        self._ohms = board.terminals.ohms(values.number("terminal"))
        self._curve: NtcCurve | None = None

    def link(self, objects: Mapping[int, FirmwareObject]) -> None:
        """Take its curve."""
        self._curve = self._find(objects, "curve", NtcCurve)

    def measure(self) -> float | None:
        """By the curve; an open or shorted input is a lost sensor."""
        ohms = self._ohms()
        if ohms is None or not 50.0 <= ohms <= 1_000_000.0:
            return None
        return ntc_10k_c(ohms) if self._curve is None else self._curve.temp_c(ohms)


def ntc_10k_c(ohms: float) -> float:
    """Temperature of a thermistor of 10 kOhm at 25 °C, B 3950 K."""
    return 1.0 / (1.0 / 298.15 + math.log(ohms / 10_000.0) / 3950.0) - 273.15


class NtcCurve(FirmwareObject):
    """Resistances and their temperatures, between which it is interpolated."""

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        points = zip(values.numbers("ohms"), values.numbers("temps"), strict=False)
        known = {ohms: from_decikelvin(raw) for ohms, raw in points}
        self._points = sorted((ohms, temp) for ohms, temp in known.items() if temp is not None)

    def temp_c(self, ohms: float) -> float | None:
        """None outside the curve."""
        place = bisect.bisect_left(self._points, (ohms,))
        if place == 0:
            return self._points[0][1] if self._points and self._points[0][0] == ohms else None
        if place == len(self._points):
            return None
        (low, at_low), (high, at_high) = self._points[place - 1 : place + 1]
        return at_low + (at_high - at_low) * (ohms - low) / (high - low)


class AnalogInput(FirmwareObject):
    """An input of volts, read by its preset: a pressure, a humidity, or just closed and open."""

    KEPT = ("_virtual", "_shown")

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        self.stype = values.number("stype")
        self._volts = board.terminals.volts(values.number("terminal"))
        self._alarm_name = ALARM_OF_INPUT.get(self.stype, "triggered")
        self._seen_v: float | None = math.nan
        self._virtual: tuple[float, float] | None = None
        """Value and when it ends."""
        self._shown: tuple[float | None, bool] = (None, False)
        self._low, self._high = values.number("low_dv") / 10, values.number("high_dv") / 10

    @property
    def kind_of_alarm(self) -> str:
        """By its subtype."""
        return self._alarm_name

    @property
    def triggered(self) -> bool:
        """An alarm's contact, or a thermostat that asks for heat."""
        return self._shown[1]

    @property
    def value(self) -> float | None:
        """In the preset's unit; None: nothing is heard."""
        return self._shown[0]

    def scan(self, now_s: float) -> None:
        """Measure."""
        if self._virtual is not None and now_s >= self._virtual[1]:
            # A source that is no longer fed is not available; it stays virtual.
            value = None
        else:
            value = self._volts() if self._virtual is None else self._virtual[0]
        if value == self._seen_v:
            return
        self._seen_v = value
        if value is None:
            shown: tuple[float | None, bool] = (None, False)
        else:
            value = min(HIGHEST_V, max(-HIGHEST_V, value))
            shown = (round(self._in_unit(value), 2), self._is_triggered(value))
        if shown != self._shown:
            if shown[1] != self._shown[1]:
                self.board.is_hurried = True
            self._shown = shown
            self.mark()
        # A thermostat that asks for heat is no alarm.
        self.board.alarm(self.id, self._alarm_name, shown[1] and self.stype != THERMOSTAT)

    def _in_unit(self, volts: float) -> float:
        whole = PRESSURE_RANGES_BAR.get(self.stype)
        if whole is not None:
            return max(0.0, (volts - 0.5) / 4.0 * whole)
        return max(0.0, min(100.0, volts * 20.0)) if self.stype == HUMIDITY else volts

    def _is_triggered(self, volts: float) -> bool:
        if self.stype in NORMALLY_OPEN:
            return volts < TRIGGER_V
        if self.stype in NORMALLY_CLOSED:
            return volts >= TRIGGER_V
        value = self._in_unit(volts)
        return bool(self._high and value > self._high) or bool(self._low and value < self._low)

    def state(self) -> dict[str, JsonValue]:
        """Value, unit, trigger and availability."""
        value, triggered = self._shown
        if value is None:
            return {"stype": self.stype, "a": 0}
        unit = (
            UNIT_BAR
            if self.stype in PRESSURE_RANGES_BAR
            else UNIT_PERCENT
            if self.stype == HUMIDITY
            else UNIT_V
        )
        return {"stype": self.stype, "v": value, "u": unit, "trig": int(triggered), "a": 1}

    def command(self, value: JsonValue) -> int:
        """`0 N T`: tenths of a volt for T seconds; `1 N T`: volts."""
        words = str(value).split()
        try:
            form, number, seconds = int(words[0]), float(words[1]), float(words[2])
        except (ValueError, IndexError):
            return WRONG_VALUE
        if form not in {0, 1} or len(words) != 3 or not 0 < seconds <= 86400 or not math.isfinite(number):
            return WRONG_VALUE
        self._virtual = (number / 10 if form == 0 else number, self.board.now_s + seconds)
        self.scan(self.board.now_s)
        return ACCEPTED
