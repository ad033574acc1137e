"""The values of a `#Z` line by name: which stands where, what it may be, what it is when it is not set.

Places marked `known` are those that PROTOCOL.md of zont-local (section 6.1) names; the maker publishes no others, so
the rest is the emulated controller's own. A line of a type that has no table here is kept and left alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from provisioning.zont.config_text import MAX_ID
from provisioning.zont.object_types import HEAT_SOURCES, SENSORS, STEPS, ObjectType


class Kind(StrEnum):
    """What a value is."""

    NUMBER = "number"
    TEXT = "text"
    DECIKELVIN = "decikelvin"
    """A temperature; 0: none."""
    REFERENCE = "reference"
    """An object's id; 0 and 255 are none."""
    NUMBERS = "numbers"
    REFERENCES = "references"


@dataclass(frozen=True, slots=True)
class Field:
    """A value of a line.

    Args:
        place: its position; the type is at 0.
        low, high: of a number, or of each in an array.
        refers: types that a reference may point at; empty: any.
        known: published, not our own.
    """

    name: str
    place: int
    kind: Kind
    default: int | str | tuple[int, ...] = 0
    low: int = 0
    high: int = 0xFFFFFF
    refers: tuple[ObjectType, ...] = ()
    known: bool = False


LOWEST_FLOW_DK, HIGHEST_FLOW_DK = 2730, 3730
"""0 and 100 °C: between ice and steam."""

_T = ObjectType
NEVER_SET: Final = 7 * 1440
"""`set_at_minute` of a setpoint that nobody has set by hand."""
_TRIGGERS: Final = (_T.ANALOG_INPUT, _T.RADIO_SENSOR, _T.RADIO_SENSOR_433)
_CONDITIONS: Final = (_T.COMPARATOR, _T.LOGIC, _T.TIME_OF_DAY, _T.SENSOR_READING)


def _name(place: int = 1) -> Field:
    return Field("name", place, Kind.TEXT, "", known=True)


def _number(
    name: str, place: int, default: int = 0, high: int = 0xFFFFFF, *, low: int = 0, known: bool = False
) -> Field:
    return Field(name, place, Kind.NUMBER, default, low, high, known=known)


def _temp(name: str, place: int, default: int = 0, *, known: bool = False) -> Field:
    return Field(name, place, Kind.DECIKELVIN, default, 0, 65535, known=known)


def _flow(name: str, place: int, default: int = 0, *, known: bool = False) -> Field:
    return Field(name, place, Kind.DECIKELVIN, default, LOWEST_FLOW_DK, HIGHEST_FLOW_DK, known=known)


def _ref(name: str, place: int, *refers: ObjectType, known: bool = False) -> Field:
    return Field(name, place, Kind.REFERENCE, 0, refers=refers, known=known)


def _refs(name: str, place: int, *refers: ObjectType, known: bool = False) -> Field:
    return Field(name, place, Kind.REFERENCES, (), refers=refers, known=known)


def _numbers(name: str, place: int, low: int = 0, high: int = 0xFFFFFF, *, known: bool = False) -> Field:
    return Field(name, place, Kind.NUMBERS, (), low, high, known=known)


def _text(name: str, place: int) -> Field:
    return Field(name, place, Kind.TEXT, "")


FIELDS: Final[Mapping[ObjectType, tuple[Field, ...]]] = {
    _T.ANALOG_INPUT: (
        _name(),
        _number("stype", 2, 0, 21, known=True),
        _number("terminal", 3, 0, 255),
        _number("low_dv", 4, 0, 3000),
        _number("high_dv", 5, 0, 3000),
    ),
    _T.WIRED_TEMPERATURE_SENSOR: (
        _name(),
        _text("address", 2),
        _temp("alarm_high", 3, known=True),
        _temp("alarm_low", 4, known=True),
        _number("correction_dk", 5, 0, 200, low=-200),
    ),
    _T.GUARD_ZONE: (
        _name(),
        _refs("inputs", 2, *_TRIGGERS),
        _number("exit_delay_s", 3, 0, 600),
        _number("entry_delay_s", 4, 0, 600),
        _refs("notifications", 5, _T.NOTIFICATION),
        _number("armed", 6, 0, 1),
    ),
    _T.NOTIFICATION: (
        _name(),
        _text("sms_text", 2),
        _text("voice_text", 3),
        _refs("recipients", 4, _T.USER),
        _number("flags", 5, 0, 63),
        _numbers("causes", 6),
        _text("end_text", 7),
    ),
    _T.USER: (_name(), _text("phone", 2), _number("rights", 3, 0, 255), _ref("role", 4, _T.USER_ROLE)),
    _T.USER_ROLE: (_name(), _number("rights", 2, 0, 255)),
    _T.OUTPUT_ACTION: (
        _name(),
        _ref("target", 2),
        _number("value", 3, 0, 65535),
        _number("duration_s", 4, 0, 86400),
    ),
    _T.BOILER_ADAPTER: (
        _name(),
        _text("serial", 2),
        _number("bus", 3, 0, 3),
        _flow("lowest_flow", 4, 3030),
        _flow("highest_flow", 5, 3530),
        _number("own_compensation", 6, 0, 1),
        _ref("timetable", 7, _T.DAY_TIMETABLE, _T.WEEK_TIMETABLE),
    ),
    _T.BOILER_GROUP: (_name(), _refs("adapters", 2, _T.BOILER_ADAPTER), _number("switch_delay_s", 3, 120, 3600)),
    _T.RADIO_MODULE: (_name(), _text("serial", 2)),
    _T.COMMAND: (_name(), _refs("links", 2)),
    _T.RADIO_SENSOR: (
        _name(),
        _number("stype", 2, 5, 23, low=2, known=True),
        _text("address", 3),
        _temp("alarm_high", 4, known=True),
        _temp("alarm_low", 5, known=True),
        _ref("module", 6, _T.RADIO_MODULE),
    ),
    _T.RADIO_SENSOR_433: (_name(), _text("address", 2), _number("hold_s", 3, 10, 3600, low=1)),
    _T.WEB_ELEMENT: (
        _name(),
        _number("stype", 2, 0, 3, known=True),
        _text("text_on", 3),
        _text("text_off", 4),
        _refs("links", 5),
        _number("low", 6, 0),
        _number("high", 7, 100),
        _number("value_x1000", 8, 0, low=-0xFFFFFF),
    ),
    _T.SCENARIO: (_name(), _refs("steps", 2, *STEPS), _ref("trigger", 3)),
    _T.STOP_SCENARIO: (_name(), _ref("scenario", 2, _T.SCENARIO)),
    _T.PAUSE: (_name(), _number("seconds", 2, 0, 86400)),
    _T.CONDITION: (_name(), _ref("if", 2, *_CONDITIONS), _refs("then", 3, *STEPS), _refs("else", 4, *STEPS)),
    _T.COMPARATOR: (
        _name(),
        _ref("left", 2, _T.SENSOR_READING),
        _number("operator", 3, 0, 5),
        _ref("right", 4, _T.SENSOR_READING),
        _number("constant_x10", 5, 0, low=-0xFFFFFF),
    ),
    _T.LOGIC: (_name(), _number("operator", 2, 0, 2), _refs("operands", 3, *_CONDITIONS)),
    _T.SENSOR_READING: (_name(), _ref("object", 2), _number("field", 3, 0, 3)),
    _T.TIME_OF_DAY: (
        _name(),
        _number("days", 2, 127, 127),
        _number("from_minute", 3, 0, 1439),
        _number("to_minute", 4, 0, 1439),
    ),
    _T.BUZZER: (_name(), _number("terminal", 2, 0, 255), _number("sounds_s", 3, 60, 600), _numbers("causes", 4)),
    _T.GUARD_INDICATOR: (_name(), _number("terminal", 2, 0, 255), _ref("zone", 3, _T.GUARD_ZONE)),
    _T.TM_KEY: (
        _name(),
        _text("code", 2),
        _refs("zones", 3, _T.GUARD_ZONE),
        _number("action", 4, 2, 2),
        _refs("links", 5),
    ),
    _T.FOB: (_name(), _text("address", 2)),
    _T.FOB_BUTTON: (
        _name(),
        _ref("fob", 2, _T.FOB),
        _refs("zones", 3, _T.GUARD_ZONE),
        _number("action", 4, 2, 2),
        _refs("links", 5),
    ),
    _T.RELAY: (_name(), _number("terminal", 2, 0, 255, known=True), _number("flags", 3, 0, 255, known=True)),
    _T.THREEWAY_TAP: (
        _name(),
        _number("terminal_open", 2, 0, 255),
        _number("terminal_close", 3, 0, 255),
        _number("travel_s", 4, 120, 600, low=5),
        _number("step_s", 5, 3, 60, low=1),
        _ref("sensor", 6, *SENSORS),
    ),
    _T.HEATING_CIRCUIT: (
        _name(),
        _number("stype", 2, 0, 3, known=True),
        _flow("lowest_flow", 3, 2930, known=True),
        _flow("highest_flow", 4, 3530, known=True),
        _ref("air_sensor", 5, *SENSORS, known=True),
        _ref("air_sensor_reserve", 6, *SENSORS, known=True),
        _ref("flow_sensor", 7, *SENSORS, known=True),
        _ref("flow_sensor_reserve", 8, *SENSORS, known=True),
        _ref("pump", 9, _T.PUMP),
        _ref("tap", 10, _T.THREEWAY_TAP),
        _number("settings", 11, 0, known=True),
        _number("hysteresis_dk", 12, 5, 100, low=1),
        _ref("thermostat", 13, _T.ANALOG_INPUT, known=True),
        _ref("pid", 14, _T.PID),
        _ref("curve", 15, _T.WEATHER_CURVE, known=True),
        _ref("source", 16, *HEAT_SOURCES, known=True),
        _temp("summer_above", 17),
        _number("antilegionella", 18),
        _temp("alarm_low", 19),
        _ref("timetable", 20, _T.DAY_TIMETABLE, _T.WEEK_TIMETABLE),
        _temp("setpoint", 21, 2940),
        _number("off_delay_s", 22, 0, 3600),
        _number("mode", 23, 0, MAX_ID),
        _number("set_at_minute", 24, NEVER_SET, NEVER_SET),
        _temp("alarm_high", 25),
        _flow("fallback_flow", 26, 3230),
    ),
    _T.PUMP: (
        _name(),
        _number("terminal", 2, 0, 255),
        _number("overrun_ms", 3, 300_000, 3_600_000, known=True),
        _number("exercise_h", 4, 24, 720),
    ),
    _T.HEATING_MODE: (
        _name(),
        _refs("circuits", 2, _T.HEATING_CIRCUIT, known=True),
        Field("setpoints", 3, Kind.NUMBERS, (), 0, 65535, known=True),
        _number("number", 4, 0, 255, known=True),
    ),
    _T.DAY_TIMETABLE: (
        _name(),
        _numbers("minutes", 2, 0, 1439),
        _numbers("setpoints", 3, 0, 65535),
    ),
    _T.WEEK_TIMETABLE: (_name(), _refs("days", 2, _T.DAY_TIMETABLE)),
    _T.WEATHER_CURVE: (
        _name(),
        _ref("sensor", 2, *SENSORS),
        _numbers("outdoor", 3, 0, 65535),
        _numbers("flow", 4, 0, 65535),
        _number("shift_dk", 5, 0, 300, low=-300),
        _number("room_influence_x10", 6, 0, 100),
        _number("damping_h", 7, 0, 240),
        _temp("fixed_outdoor", 8, 2730),
    ),
    _T.ANALOG_TEMPERATURE_SENSOR: (
        _name(),
        _number("terminal", 2, 0, 255),
        _ref("curve", 3, _T.NTC_CURVE),
        _temp("alarm_high", 4, known=True),
        _temp("alarm_low", 5, known=True),
    ),
    _T.NTC_CURVE: (_name(), _numbers("ohms", 2, 1), _numbers("temps", 3, 0, 65535)),
    _T.INTERVAL_TIMETABLE: (
        _name(),
        _ref("target", 2, _T.RELAY, _T.PUMP),
        _number("on_s", 3, 60, 86400, low=1),
        _number("off_s", 4, 3600, 86400, low=1),
    ),
    _T.BOILER_CASCADE: (
        _name(),
        _refs("adapters", 2, _T.BOILER_ADAPTER),
        _number("rotation_h", 3, 168, 8760, low=1),
        _number("stage_delay_s", 4, 600, 7200, low=30),
        _number("stage_on_dk", 5, 50, 300, low=10),
    ),
    _T.MODBUS_DEVICE: (
        _name(),
        _number("unit", 2, 1, 247, low=1),
        _number("period_s", 3, 10, 3600, low=1),
        _number("disconnect_s", 4, 60, 3600, low=1),
        _refs("signals", 5, _T.MODBUS_SIGNAL),
        _number("retries", 6, 2, 10),
        _ref("rol_connection_lost", 7, _T.SCENARIO, _T.OUTPUT_ACTION),
        _ref("rol_reconnection", 8, _T.SCENARIO, _T.OUTPUT_ACTION),
        _number("flags", 9, 0, 1),
    ),
    _T.MODBUS_SIGNAL: (
        _name(),
        _number("address", 2, 0, 65535),
        _number("length", 3, 1, 2, low=1),
        _number("type", 4, 0, 5),
        _number("scale_x1000", 5, 1000, low=1),
        _number("table", 6, 0, 3),
        _number("flags", 7, 0, 15),
        _number("minimum_x1000", 8, 0, 0x7FFFFFFF, low=-0x80000000),
        _number("maximum_x1000", 9, 0, 0x7FFFFFFF, low=-0x80000000),
        _text("unit", 10),
        _number("offset_x1000", 11, 0, 0x7FFFFFFF, low=-0x80000000),
        _number("sentinel", 12, 0, 0xFFFFFFFF, low=-0x80000000),
        _temp("alarm_high", 13),
        _temp("alarm_low", 14),
    ),
    _T.ANALOG_OUTPUT: (_name(), _number("terminal", 2, 0, 255)),
    _T.MQTT_TOPIC: (
        _name(),
        _number("object_type", 2, 255, 255, known=True),
        _refs("links", 3, known=True),
        _number("flags", 4, 0, 127, known=True),
        _number("period_s", 5, 60, 86400, known=True),
        _number("qos", 6, 0, 2, known=True),
    ),
    _T.PID: (
        _name(),
        _number("kp_x1000", 2, 5000),
        _number("ki_x1000", 3, 5),
        _number("kd_x1000", 4, 0),
        _number("period_s", 5, 60, 3600, low=1),
    ),
}  # fmt: skip
"""By type. Where circuits have a `settings` register, its two lowest bits are the regulation (`Regulation`)."""


def fields_of(type_: ObjectType) -> tuple[Field, ...]:
    """The values of a type's lines; of one without a table, its name."""
    return FIELDS.get(type_, (_name(),))


MODBUS_TYPES: Final = ("uint16", "int16", "uint32", "int32", "float32", "bit")
MODBUS_TABLES: Final = ("holding", "input", "coil", "discrete")
"""What a Modbus signal's `type` and `table` number."""
MODBUS_WRITABLE: Final = 1
MODBUS_LOW_WORD_FIRST: Final = 2
MODBUS_LOW_BYTE_FIRST: Final = 4
MODBUS_HAS_SENTINEL: Final = 8
"""Bits of a Modbus signal's `flags`."""
MODBUS_WRITE_MULTIPLE: Final = 1
"""The bit of a Modbus device's `flags`."""


class Regulation(StrEnum):
    """Bits 0 and 1 of a circuit's settings."""

    AIR = "air"
    AIR_PID = "air_pid"
    CARRIER = "carrier"


REGULATIONS: Final = (Regulation.AIR, Regulation.AIR_PID, Regulation.CARRIER)
CURVE_FOR_REQUEST_ONLY: Final = 128
"""Another published bit of a circuit's settings: the source is asked by the curve, the circuit's tap not led by it."""
ALWAYS_ON: Final = 1 << 22
"""Ours: a circuit that never lets its boiler stop, but asks for its lowest flow when the room is warm."""
