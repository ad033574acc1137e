"""The values of a `#Z` line by name: which stands where, what it may be, what it is when it is not set.

Places marked `known` are those that PROTOCOL.md of zont-local (section 6.1) names; the maker publishes no others, so
the rest is the emulated controller's own. A line of a type that has no table here is kept and left alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from provisioning.explanation import Text
from provisioning.zont.config_text import MAX_ID, NONE_IDS, ConfigProblem, ConfigText, ObjectLine, Value
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


class ObjectValues:
    """A `#Z` line by name.

    What is not set, or cannot be right, has its default; `problems` name the latter.

    Args:
        line: the object.
        number: of the line in its file.
        published_only: take only `known` values; those of a real controller's other places mean something else.
    """

    def __init__(self, line: ObjectLine, number: int = 0, *, published_only: bool = False) -> None:
        assert line.type_number is not None
        self.id = line.id
        self.line_number = number
        self.type = ObjectType(line.type_number)
        self.problems: list[ConfigProblem] = []
        self._values: dict[str, int | str | tuple[int, ...]] = {}
        for field in FIELDS.get(self.type, (_name(),)):
            is_read = field.place < len(line.values) and (field.known or not published_only)
            value = line.values[field.place] if is_read else None
            fit = _fit(field, value)
            if fit is None and value is not None:
                self.problems.append(_problem(number, line.id, field, value))
            self._values[field.name] = field.default if fit is None else fit

    def number(self, name: str) -> int:
        """A number, a reference (0: none) or raw decikelvin."""
        value = self._values[name]
        assert isinstance(value, int)
        return value

    def text(self, name: str) -> str:
        """A text."""
        value = self._values[name]
        assert isinstance(value, str)
        return value

    def numbers(self, name: str) -> tuple[int, ...]:
        """An array of numbers or references."""
        value = self._values[name]
        assert isinstance(value, tuple)
        return value

    def remember(self, name: str, value: int) -> None:
        """Take a value that has been written into the line."""
        assert name in self._values
        self._values[name] = value

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ObjectValues):
            return NotImplemented
        return (self.id, self.type, self._values) == (other.id, other.type, other._values)

    __hash__ = None  # type: ignore[assignment]  # its values may change

    def references(self) -> Iterable[tuple[Field, int]]:
        """All ids that the line points at."""
        for field in FIELDS.get(self.type, ()):
            value = self._values[field.name]
            if field.kind is Kind.REFERENCE and isinstance(value, int) and value not in NONE_IDS:
                yield field, value
            if field.kind is Kind.REFERENCES and isinstance(value, tuple):
                for each in value:
                    yield field, each


def object_line(object_id: int, type_: ObjectType, **values: int | str | tuple[int, ...]) -> ObjectLine:
    """A line from values by name. Raises KeyError: the type has no such value."""
    fields = {field.name: field for field in FIELDS[type_]}
    last = max((fields[name].place for name in values), default=0)
    places: list[Value] = [int(type_), *[None] * last]
    for name, value in values.items():
        places[fields[name].place] = value
    return ObjectLine(object_id, tuple(places))


def with_values(line: ObjectLine, **values: int | str | tuple[int, ...]) -> ObjectLine:
    """A line with other values in the places of those names. Raises KeyError: the type has no such value."""
    assert line.type_number is not None
    fields = {field.name: field for field in FIELDS[ObjectType(line.type_number)]}
    places = list(line.values)
    for name, value in values.items():
        place = fields[name].place
        places += [None] * (place + 1 - len(places))
        places[place] = value
    return ObjectLine(line.id, tuple(places))


def read_objects(
    config: ConfigText, *, published_only: bool = False
) -> tuple[dict[int, ObjectValues], list[ConfigProblem]]:
    """All objects of a configuration, and what is wrong with their values and with the ids they point at."""
    objects: dict[int, ObjectValues] = {}
    problems = list(config.problems)
    for number, line in config.objects():
        if line.type_number not in _KNOWN_TYPES:
            problems.append(_unknown_type(number, line))
        elif line.id in NONE_IDS and not published_only:
            problems.append(_no_id(number, line))
        else:
            objects[line.id] = ObjectValues(line, number, published_only=published_only)
            problems += objects[line.id].problems
    problems += [] if published_only else _rings(objects)
    for values in objects.values():
        for field, reference in values.references():
            target = objects.get(reference)
            if target is None:
                problems.append(_lost(values.line_number, values.id, field, reference))
            elif field.refers and target.type not in field.refers:
                problems.append(_wrong_type(values.line_number, values.id, field, reference, target.type))
    return objects, sorted(problems, key=lambda each: each.line)


_KNOWN_TYPES: Final = frozenset(ObjectType)


def _fit(field: Field, value: Value) -> int | str | tuple[int, ...] | None:
    if field.kind is Kind.TEXT:
        return value if isinstance(value, str) else None
    if field.kind in {Kind.NUMBERS, Kind.REFERENCES}:
        if not isinstance(value, tuple):
            return None
        whole = tuple(each for each in value if isinstance(each, int) and field.low <= each <= field.high)
        return whole if len(whole) == len(value) else None
    if field.kind is Kind.DECIKELVIN and value == 0:
        return 0
    return value if isinstance(value, int) and field.low <= value <= field.high else None


def _problem(line: int, object_id: int, field: Field, value: Value) -> ConfigProblem:
    kind = {
        Kind.TEXT: Text("текст в кавычках", "a text in quotes"),
        Kind.NUMBERS: Text("список чисел", "an array of numbers"),
        Kind.REFERENCES: Text("список номеров объектов", "an array of ids"),
    }.get(
        field.kind, Text(f"число от {field.low} до {field.high}", f"a number of {field.low} to {field.high}")
    )
    return ConfigProblem(
        line,
        f"#Z{object_id} {field.name}",
        Text(f"значение {value!r} не подходит", f"{value!r} does not fit"),
        Text(f"Здесь нужно: {kind.ru}.", f"Here stands {kind.en}."),
    )


def _unknown_type(number: int, line: ObjectLine) -> ConfigProblem:
    return ConfigProblem(
        number,
        f"#Z{line.id}",
        Text(f"типа {line.type_number} не бывает", f"there is no type {line.type_number}"),
        Text("Строка сохранена, но не работает.", "The line is kept, and does nothing."),
    )


def _no_id(number: int, line: ObjectLine) -> ConfigProblem:
    return ConfigProblem(
        number,
        f"#Z{line.id}",
        Text("этот номер значит «нет объекта»", "this number means that there is no object"),
        Text("Дайте объекту другой номер.", "Give the object another number."),
    )


def _rings(objects: Mapping[int, ObjectValues]) -> Iterator[ConfigProblem]:
    """Circuits that are each other's source: nobody of them has any heat."""
    for values in objects.values():
        if values.type is not ObjectType.HEATING_CIRCUIT:
            continue
        at, passed = values.number("source"), {values.id}
        while at in objects and objects[at].type is ObjectType.HEATING_CIRCUIT and at not in passed:
            passed.add(at)
            at = objects[at].number("source")
        if at in passed:
            yield ConfigProblem(
                values.line_number,
                f"#Z{values.id} source",
                Text(
                    "контуры просят тепло друг у друга по кругу",
                    "the circuits ask each other for heat, in a ring",
                ),
                Text("Укажите котёл источником тепла.", "Make a boiler the source."),
            )


def _lost(line: int, object_id: int, field: Field, reference: int) -> ConfigProblem:
    return ConfigProblem(
        line,
        f"#Z{object_id} {field.name}",
        Text(f"объекта {reference} нет", f"there is no object {reference}"),
        Text("Выберите существующий объект.", "Choose an object that is there."),
    )


def _wrong_type(line: int, object_id: int, field: Field, reference: int, found: ObjectType) -> ConfigProblem:
    wanted = ", ".join(each.name.lower() for each in field.refers)
    return ConfigProblem(
        line,
        f"#Z{object_id} {field.name}",
        Text(f"объект {reference} — {found.name.lower()}", f"object {reference} is a {found.name.lower()}"),
        Text(f"Здесь нужен: {wanted}.", f"Here belongs: {wanted}."),
    )
