"""What of a ZONT controller's objects is reported and may be set: one table, from the wire's fields to names.

A reading is called `<what>.<object id>.<field>`, as in `circuit.8362.setpoint`: ids stay when an installer renames an
object. `ControllerConfig.names` gives a point a name of its own where the same name must hold for every controller.

What may be set has, beside the form of its command, the sight by which it counts as done: an answer `cmdres 0` says
only that the controller will try.

    point              set to                 done when it shows
    circuit.N.setpoint °C                     the same within a tenth
    circuit.N.mode     a mode's id or name    that mode's id
    mode.N.active      1                      all the mode's circuits are in it
    relay.N.on         0, 1                   the same, whichever way its output is wired
    pump.N.on          0, 1                   the same; one that runs on for its overrun is not stopped
    tap.N.direction    opening, closing,      the drive moves that way, or stands at that end
                       step_open, step_close
    zone.N.armed       0, 1                   the same
    element.N.state    0, 1                   the same
    element.N.press    1                      (a button shows nothing: accepted is all there is)
    element.N.value    a number               the same within a tenth

Source: PROTOCOL.md of zont-local, sections 3, 4 and 6.1; temperatures on the wire of a command are tenths of a kelvin
above -273 °C.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from gateway.controllers.driver import SetpointRefusedError
from gateway.controllers.zont_conversation import State, number_in
from provisioning.controller_profile import Value
from provisioning.zont.decikelvin import is_temperature, to_decikelvin
from provisioning.zont.object_types import ElementKind, ObjectType

UNITS: Final[Mapping[int, str]] = {0: "V", 1: "kOhm", 2: "bar", 3: "km/h", 4: "rpm", 5: "l", 6: "l/h", 7: "%"}
"""Unit codes of an analog input (field `u`)."""
MAX_WORD: Final = 32
"""Characters of a circuit's state, as "heat"."""
WITHIN: Final = 0.1
"""The controller keeps setpoints in tenths; clients round them each in its own way."""


@dataclass(frozen=True, slots=True)
class Setting:
    """How a point is set.

    Args:
        encode: the value of a setpoint to that of the command. Raises ValueError saying what would be right.
        holds: whether the object's fields show that it is done.
        inner_holds: whether its `#Y` line does, where the fields cannot.
        is_momentary: it has no state that could show it.
    """

    encode: Callable[[Value], int | str]
    holds: Callable[[State, Value], bool]
    inner_holds: Callable[[str, Value], bool] | None = None
    is_momentary: bool = False


@dataclass(frozen=True, slots=True)
class Point:
    """A value of an object.

    Args:
        field: on the wire.
        name: in a reading.
        measured: it drifts with the house; a change of it is no news by itself.
        expected: every object of the type has it, so one that lacks it has lost it.
        words: names of numbers.
        setting: None: only read.
    """

    field: str
    name: str
    unit: str = ""
    measured: bool = False
    expected: bool = False
    words: Mapping[int, str] | None = None
    setting: Setting | None = None

    def value(self, state: State) -> Value:
        """What the object says; None: nothing that can be used."""
        if self.field == "m":
            mode = state.get("m")
            return mode if isinstance(mode, str) and mode.isprintable() and len(mode) <= MAX_WORD else None
        number = number_in(state, self.field)
        if number is None or (self.unit == "C" and not is_temperature(number)):
            return None
        if self.words is not None:
            return self.words.get(int(number))
        # One wire writes 21, another 21.0; a reading has one form.
        return int(number) if number == int(number) else number

    def unit_of(self, state: State) -> str:
        """The unit; an analog input tells its own."""
        if self.field != "v":
            return self.unit
        code = number_in(state, "u")
        return "" if code is None else UNITS.get(int(code), "")


def is_available(state: State) -> bool:
    """Whether the object says that its values are values."""
    return number_in(state, "a") in {None, 1} and not number_in(state, "failed")


def _switch(value: Value) -> int:
    if value in (0, 1):
        return int(value)
    raise ValueError("0 or 1")


def _shows(field: str) -> Callable[[State, Value], bool]:
    return lambda state, value: number_in(state, field) == value


def _shows_nearly(state: State, value: Value) -> bool:
    shown = number_in(state, "s")
    return shown is not None and isinstance(value, int | float) and abs(shown - value) <= WITHIN + 1e-6


LOWEST_C, HIGHEST_C = 5.0, 95.0
"""What a circuit may be set to at all: frost below, steam above. The controller's own limits are narrower."""


def _setpoint(value: Value) -> int:
    if isinstance(value, int | float) and LOWEST_C <= value <= HIGHEST_C:
        return to_decikelvin(value)
    raise ValueError(f"{LOWEST_C:g}…{HIGHEST_C:g} °C")


def _mode(value: Value) -> int:
    if isinstance(value, int) and value > 0:
        return value
    raise ValueError("id")


def _one(value: Value) -> int:
    if value == 1:
        return 1
    raise ValueError("1")


def _regulated(value: Value) -> str:
    if isinstance(value, int | float):
        return f"2,{value:g}"
    raise ValueError("0, 1, 2.5 …")


MOVES: Final[Mapping[str, int]] = {"opening": 1, "closing": 2, "step_open": 3, "step_close": 4}
DIRECTIONS: Final[Mapping[int, str]] = {0: "idle", 1: "opening", 2: "closing"}
OPEN, CLOSED = 1, 2
"""Bits of a tap's `#Y` flags: it stands at that end."""


def _move(value: Value) -> int:
    if isinstance(value, str) and value in MOVES:
        return MOVES[value]
    raise ValueError(", ".join(MOVES))


def _is_opening(value: Value) -> bool:
    return value in ("opening", "step_open")


def _moves(state: State, value: Value) -> bool:
    return number_in(state, "s") == (1 if _is_opening(value) else 2)


def _stands_at_end(line: str, value: Value) -> bool:
    flags = line.rpartition(",")[2].strip()
    return bool(flags.isascii() and flags.isdigit() and int(flags) & (OPEN if _is_opening(value) else CLOSED))


SWITCH: Final = Setting(_switch, _shows("s"))
BUTTON: Final = Setting(_one, lambda state, _: is_available(state), is_momentary=True)
BOILER_STATES: Final[Mapping[int, str]] = {0: "off", 1: "running", 2: "error"}

POINTS: Final[Mapping[int, tuple[str, tuple[Point, ...]]]] = {
    ObjectType.ANALOG_INPUT: ("input", (Point("v", "value", measured=True), Point("trig", "triggered"))),
    ObjectType.WIRED_TEMPERATURE_SENSOR: ("sensor", (Point("t", "temp", "C", measured=True, expected=True),)),
    ObjectType.ANALOG_TEMPERATURE_SENSOR: (
        "sensor",
        (Point("t", "temp", "C", measured=True, expected=True),),
    ),
    ObjectType.GUARD_ZONE: ("zone", (Point("s", "armed", setting=SWITCH), Point("trig", "alarm"))),
    ObjectType.BOILER_ADAPTER: (
        "boiler",
        (
            Point("water", "flow_temp", "C", measured=True),
            Point("return", "return_temp", "C", measured=True),
            Point("dhw", "dhw_temp", "C", measured=True),
            Point("modul", "modulation", "%", measured=True),
            Point("press", "pressure", "bar", measured=True),
            Point("state", "state", words=BOILER_STATES),
            Point("err", "error"),
        ),
    ),
    ObjectType.RADIO_SENSOR: (
        "radio",
        (
            Point("t", "temp", "C", measured=True),
            Point("h", "humidity", "%", measured=True),
            Point("b", "battery", "V", measured=True),
            Point("r", "signal", measured=True),
            Point("trig", "triggered"),
        ),
    ),
    ObjectType.WEB_ELEMENT: ("element", (Point("s", "state"),)),
    ObjectType.RELAY: ("relay", (Point("s", "on", setting=SWITCH),)),
    ObjectType.THREEWAY_TAP: (
        "tap",
        (
            Point(
                "s", "direction", words=DIRECTIONS, setting=Setting(_move, _moves, inner_holds=_stands_at_end)
            ),
        ),
    ),
    ObjectType.HEATING_CIRCUIT: (
        "circuit",
        (
            Point("c", "current", "C", measured=True, expected=True),
            Point("s", "setpoint", "C", expected=True, setting=Setting(_setpoint, _shows_nearly)),
            Point("m", "state"),
            Point("m_id", "mode", setting=Setting(_mode, _shows("m_id"))),
            Point("f", "fault"),
        ),
    ),
    ObjectType.PUMP: ("pump", (Point("s", "on", setting=SWITCH),)),
}
"""By type, as the local protocol gives their states: what its readings are called, and its points."""

ELEMENTS: Final[Mapping[int, tuple[Point, ...]]] = {
    ElementKind.SIMPLE_BUTTON: (Point("s", "press", words={255: "ready"}, setting=BUTTON),),
    ElementKind.COMPLEX_BUTTON: (Point("s", "state", setting=SWITCH),),
    ElementKind.REGULATOR: (Point("s", "value", setting=Setting(_regulated, _shows_nearly)),),
}
"""What a web element is, its `stype` tells; any other is a lamp."""

MODE: Final = ("mode", (Point("s", "active", setting=Setting(_one, _shows("s"))),))
"""A heating mode has no state of its own: its circuits tell whether they are in it."""


def _points(state: State) -> tuple[str, tuple[Point, ...]]:
    kind = _type_in(state)
    if kind == ObjectType.HEATING_MODE:
        return MODE
    name, points = POINTS.get(kind, ("", ()))
    if kind == ObjectType.WEB_ELEMENT:
        subtype = number_in(state, "stype")
        return name, points if subtype is None else ELEMENTS.get(int(subtype), points)
    return name, points


def reading_name(object_id: int, state: State, point: Point) -> str:
    """As in `circuit.8362.setpoint`."""
    return f"{_points(state)[0]}.{object_id}.{point.name}"


def find_point(name: str, state: State | None) -> tuple[Point, Setting]:
    """The point of an object that a name means, and how it is set.

    Raises:
        SetpointRefusedError: no such object or point, or it is only read.
    """
    kind_asked, object_id, field = split_name(name)
    if state is None:
        raise SetpointRefusedError(
            f"{name}: the controller has no such object; see the readings' names",
            f"{name}: такого объекта в контроллере нет; имена видны в показаниях",
        )
    kind, points = _points(state)
    point = next((each for each in points if each.name == field and kind == kind_asked), None)
    if point is None:
        raise SetpointRefusedError(
            f"{name}: object {object_id} has no such point; see the readings' names",
            f"{name}: у объекта {object_id} такого нет; имена видны в показаниях",
        )
    if point.setting is None:
        raise SetpointRefusedError(f"{name}: is measured and cannot be set", f"{name}: только измеряется")
    return point, point.setting


def split_name(name: str) -> tuple[str, int, str]:
    """A reading's name into what, id and field; the id is -1 where there is none."""
    what, _, rest = name.partition(".")
    id_text, _, field = rest.partition(".")
    return what, int(id_text) if id_text.isascii() and id_text.isdigit() else -1, field


def points_of(state: State) -> tuple[Point, ...]:
    """The points of an object, by its type; none for one that is not reported."""
    return _points(state)[1]


def is_news(old: State, new: State) -> bool:
    """Whether a change is worth telling at once: a switch, a mode, a setpoint, a fault, not a drifting temperature."""
    now = {**old, **new}
    if is_available(old) != is_available(now) or not old:
        return bool(points_of(now))
    return any(
        each.field in new and new[each.field] != old.get(each.field)
        for each in points_of(now)
        if not each.measured
    )


def _type_in(state: State) -> int:
    number = number_in(state, "type")
    return -1 if number is None else int(number)
