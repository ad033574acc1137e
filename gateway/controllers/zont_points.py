"""What of a ZONT controller's objects is reported and may be set: one table, from the wire's fields to names.

A reading is called `<what>.<object id>.<field>`, as in `circuit.8362.setpoint`: ids stay when an installer renames an
object. `ControllerConfig.names` gives a point a name of its own where the same name must hold for every controller.

What may be set has, beside the form of its command, the sight by which it counts as done: an answer `cmdres 0` says
only that the controller will try.

Source: PROTOCOL.md of zont-local, sections 3 and 4; temperatures on the wire of a command are tenths of a kelvin above
-273 °C.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from gateway.controllers.driver import SetpointRefusedError
from gateway.controllers.zont_conversation import State, number_in
from provisioning.controller_profile import Value
from provisioning.zont.decikelvin import to_decikelvin
from provisioning.zont.object_types import ObjectType

UNITS: Final[Mapping[int, str]] = {0: "V", 1: "kOhm", 2: "bar", 3: "km/h", 4: "rpm", 5: "l", 6: "l/h", 7: "%"}
"""Unit codes of an analog input (field `u`)."""


@dataclass(frozen=True, slots=True)
class Setting:
    """How a point is set.

    Args:
        encode: the value of a setpoint to that of the command. Raises ValueError saying what would be right.
        holds: whether the object's fields show that it is done.
    """

    encode: Callable[[Value], int | str]
    holds: Callable[[State, Value], bool]


@dataclass(frozen=True, slots=True)
class Point:
    """A value of an object.

    Args:
        field: on the wire.
        name: in a reading.
        measured: it drifts with the house; a change of it is no news by itself.
        words: names of numbers.
        setting: None: only read.
    """

    field: str
    name: str
    unit: str = ""
    measured: bool = False
    words: Mapping[int, str] | None = None
    setting: Setting | None = None

    def value(self, state: State) -> Value:
        """What the object says; None: nothing that can be used."""
        if self.field == "m":
            mode = state.get("m")
            return mode if isinstance(mode, str) else None
        number = number_in(state, self.field)
        if number is None:
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


def _switch(value: Value) -> int:
    if value in (0, 1):
        return int(value)
    raise ValueError("0 or 1")


def _shows(field: str) -> Callable[[State, Value], bool]:
    return lambda state, value: number_in(state, field) == value


LOWEST_C, HIGHEST_C = 5.0, 95.0
"""What a circuit may be set to at all: frost below, steam above. The controller's own limits are narrower."""
SET_WITHIN_C: Final = 0.1
"""The controller keeps a setpoint in tenths; clients round it each in its own way."""


def _setpoint(value: Value) -> int:
    if isinstance(value, int | float) and LOWEST_C <= value <= HIGHEST_C:
        return to_decikelvin(value)
    raise ValueError(f"{LOWEST_C:g} to {HIGHEST_C:g} °C")


def _setpoint_shown(state: State, value: Value) -> bool:
    shown = number_in(state, "s")
    return shown is not None and isinstance(value, int | float) and abs(shown - value) <= SET_WITHIN_C + 1e-6


def _mode(value: Value) -> int:
    if isinstance(value, int) and value > 0:
        return value
    raise ValueError("the id of a heating mode")


SWITCH: Final = Setting(_switch, _shows("s"))
DIRECTIONS: Final[Mapping[int, str]] = {0: "idle", 1: "opening", 2: "closing"}
BOILER_STATES: Final[Mapping[int, str]] = {0: "off", 1: "running", 2: "error"}

POINTS: Final[Mapping[int, tuple[str, tuple[Point, ...]]]] = {
    ObjectType.ANALOG_INPUT: ("input", (Point("v", "value", measured=True), Point("trig", "triggered"))),
    ObjectType.WIRED_TEMPERATURE_SENSOR: ("sensor", (Point("t", "temp", "C", measured=True),)),
    ObjectType.ANALOG_TEMPERATURE_SENSOR: ("sensor", (Point("t", "temp", "C", measured=True),)),
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
    ObjectType.WEB_ELEMENT: ("element", (Point("s", "state", setting=SWITCH),)),
    ObjectType.RELAY: ("relay", (Point("s", "on", setting=SWITCH),)),
    ObjectType.THREEWAY_TAP: ("tap", (Point("s", "direction", words=DIRECTIONS),)),
    ObjectType.HEATING_CIRCUIT: (
        "circuit",
        (
            Point("c", "current", "C", measured=True),
            Point("s", "setpoint", "C", setting=Setting(_setpoint, _setpoint_shown)),
            Point("m", "state"),
            Point("m_id", "mode", setting=Setting(_mode, _shows("m_id"))),
            Point("f", "fault"),
        ),
    ),
    ObjectType.PUMP: ("pump", (Point("s", "on", setting=SWITCH),)),
}
"""By type: what its readings are called, and its points."""


def reading_name(object_id: int, type_number: int, point: Point) -> str:
    """As in `circuit.8362.setpoint`."""
    return f"{POINTS[type_number][0]}.{object_id}.{point.name}"


def find_setting(name: str, objects: Mapping[int, State]) -> tuple[int, Setting]:
    """The object and the way to set a point of this name.

    Raises:
        SetpointRefusedError: no such object or point, or it is only read.
    """
    kind_asked, object_id, field = _split(name)
    state = objects.get(object_id)
    if state is None:
        raise SetpointRefusedError(f"{name}: the controller has no such object; see the readings' names")
    kind, points = POINTS.get(_type_in(state), ("", ()))
    point = next((each for each in points if each.name == field and kind == kind_asked), None)
    if point is None:
        raise SetpointRefusedError(f"{name}: object {object_id} has no such point; see the readings' names")
    if point.setting is None:
        raise SetpointRefusedError(f"{name}: is measured and cannot be set")
    return object_id, point.setting


def object_of(name: str, objects: Mapping[int, State]) -> State:
    """The object that a reading of this name comes from; empty: none."""
    return objects.get(_split(name)[1], {})


def _split(name: str) -> tuple[str, int, str]:
    """A reading's name into what, id and field; the id is -1 where there is none."""
    what, _, rest = name.partition(".")
    id_text, _, field = rest.partition(".")
    return what, int(id_text) if id_text.isascii() and id_text.isdigit() else -1, field


def points_of(state: State) -> tuple[Point, ...]:
    """The points of an object, by its type; none for one that is not reported."""
    return POINTS.get(_type_in(state), ("", ()))[1]


def is_news(old: State, new: State) -> bool:
    """Whether a change is worth telling at once: a switch, a mode, a setpoint, a fault, not a drifting temperature."""
    if old.get("a") != {**old, **new}.get("a"):
        return True
    return any(
        each.field in new and new[each.field] != old.get(each.field)
        for each in points_of({**old, **new})
        if not each.measured
    )


def _type_in(state: State) -> int:
    number = state.get("type")
    return number if isinstance(number, int) else -1
