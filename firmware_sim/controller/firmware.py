"""The emulated controller's firmware, without I/O: a configuration made into objects that are scanned each second.

    config.txt ─► objects ─► scan: inputs ─► timetables, zones ─► circuits (hot water first) ─► cascades, boilers
                                                                                        ─► pumps, taps

Hot water is scanned before heating because it goes before it, consumers before the boiler's own circuit because they
ask it. Time comes from outside: each `step` is one second.

The firmware is an `ObjectModel`: the local WebSocket, the broker's topics and SMS commands all speak to it as that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from pydantic import JsonValue

from firmware_sim.controller.models import MODELS, ControllerModel
from firmware_sim.controller.mqtt_topics import TopicFlag, TopicObject
from firmware_sim.controller.objects.automation import AUTOMATION, Message, Notification, Scenario, User
from firmware_sim.controller.objects.base import (
    NO_SUCH_OBJECT,
    NOT_POSSIBLE,
    AlarmEvent,
    Board,
    FirmwareObject,
)
from firmware_sim.controller.objects.boilers import BOILERS
from firmware_sim.controller.objects.circuits import HeatingCircuit
from firmware_sim.controller.objects.heating import HEATING
from firmware_sim.controller.objects.inputs import INPUTS
from firmware_sim.controller.objects.modes import HeatingMode
from firmware_sim.controller.objects.outputs import OUTPUTS
from firmware_sim.controller.system_lines import SystemLines
from firmware_sim.controller.terminals import Terminals
from provisioning.explanation import Text
from provisioning.zont.config_text import ConfigProblem, ConfigText
from provisioning.zont.object_fields import ObjectValues, object_line, read_objects
from provisioning.zont.object_types import ANY_TYPE, MADE_BY_NAME, CircuitKind, ObjectType

STEP_S: Final = 1.0
MAX_NAME: Final = 64

KINDS: Final[Mapping[ObjectType, type[FirmwareObject]]] = {
    **INPUTS,
    **OUTPUTS,
    **BOILERS,
    **HEATING,
    **AUTOMATION,
}

SCAN_ORDER: Final = (
    *INPUTS,
    ObjectType.INTERVAL_TIMETABLE,
    ObjectType.GUARD_ZONE,
    ObjectType.SCENARIO,
    ObjectType.OUTPUT_ACTION,
    ObjectType.HEATING_CIRCUIT,
    ObjectType.BOILER_CASCADE,
    ObjectType.BOILER_ADAPTER,
    ObjectType.PUMP,
    ObjectType.THREEWAY_TAP,
    ObjectType.WEB_ELEMENT,
)
"""Types that have something to do each second, in this order."""

_CIRCUITS_FIRST: Final = (CircuitKind.DHW, CircuitKind.CONSUMER, CircuitKind.COOLING, CircuitKind.BOILER)


class Firmware:
    """A controller's firmware.

    Args:
        config: its configuration; changes at run time are written into it.
        terminals: what it is wired to.
        model: what it has.
        serial: 12 hex digits.
        local_s: seconds since a Monday's midnight, local time, at the start.
        step_s: how much time a step is; a real board looks each second, a fleet's every few.
    """

    def __init__(
        self,
        config: ConfigText,
        terminals: Terminals,
        *,
        model: ControllerModel = MODELS["H2000+ PRO.V2"],
        serial: str = "0A1B2C3D4E5F",
        local_s: float = 0.0,
        step_s: float = STEP_S,
    ) -> None:
        self.config = config
        self.model = model
        self.serial = serial
        self.board = Board(terminals, local_s, step_s)
        self.board.changed = self._mark
        self.board.on_alarm = self._hear
        self.listeners: list[Callable[[int], None]] = []
        """Are called with the id of each object that changes."""
        self.alarm_listeners: list[Callable[[AlarmEvent], None]] = []
        """Are called with each alarm that comes or goes."""
        self.problems: list[ConfigProblem] = []
        self.objects: dict[int, FirmwareObject] = {}
        self._scanned: list[Callable[[float], None]] = []
        self._by_type: dict[int, list[int]] = {}
        self.lines = SystemLines(self)
        self.reload()

    # -- configuration

    def reload(self) -> None:
        """Make the objects anew from the configuration; what is wrong with it stands in `problems`."""
        values, problems = read_objects(self.config)
        self.problems = [*problems, *self._too_many(values)]
        self.objects = {
            each.id: KINDS.get(each.type, FirmwareObject)(each, self.board) for each in values.values()
        }
        modes = {each.id: each for each in self.objects.values() if isinstance(each, HeatingMode)}
        for each in self.objects.values():
            each.link(self.objects)
            if isinstance(each, HeatingCircuit):
                each.know_modes(
                    {number: mode for number, mode in modes.items() if each.id in mode.setpoints_c}
                )
        self._by_type = {}
        for each in self.objects.values():
            self._by_type.setdefault(each.type, []).append(each.id)
        self._scanned = [
            each.scan for each in sorted(self.objects.values(), key=_scan_place) if each.type in SCAN_ORDER
        ]
        for object_id in self.objects:
            self._mark(object_id)

    def problems_of(self, config: ConfigText) -> list[ConfigProblem]:
        """What would be wrong with a configuration, if it were this controller's."""
        values, problems = read_objects(config)
        return [*problems, *self._too_many(values)]

    def _too_many(self, values: Mapping[int, ObjectValues]) -> list[ConfigProblem]:
        counts: dict[ObjectType, int] = {}
        for each in values.values():
            counts[each.type] = counts.get(each.type, 0) + 1
        return [
            ConfigProblem(
                0,
                kind.name.lower(),
                Text(
                    f"{self.model.name}: не больше {limit}, а в настройках {counts[kind]}",
                    f"a {self.model.name} has at most {limit}, the configuration {counts[kind]}",
                ),
                Text("Удалите лишние или выберите другую модель.", "Delete some, or choose another model."),
            )
            for kind, limit in self.model.limits().items()
            if counts.get(kind, 0) > limit
        ]

    # -- time

    def step(self) -> None:
        """One second of life, or `step_s`."""
        board = self.board
        board.now_s = now_s = board.now_s + board.step_s
        for scan in self._scanned:
            scan(now_s)
        self.lines.watch_supply()

    def _mark(self, object_id: int) -> None:
        for listener in self.listeners:
            listener(object_id)

    def _hear(self, event: AlarmEvent) -> None:
        for each in self.objects.values():
            if isinstance(each, Notification | Scenario):
                each.hear(event)
        for listener in self.alarm_listeners:
            listener(event)

    # -- as an object model

    def ids(self, type_number: int) -> list[int]:
        """Ids of a type's objects; 255 is all."""
        return list(self.objects) if type_number == ANY_TYPE else self._by_type.get(type_number, [])

    def state(self, object_id: int) -> Mapping[str, JsonValue] | None:
        """An object's fields."""
        found = self.objects.get(object_id)
        return None if found is None else found.shown()

    def command(self, object_id: int, value: JsonValue) -> int:
        """Have an object do something."""
        found = self.objects.get(object_id)
        return NO_SUCH_OBJECT if found is None else found.command(value)

    def named_command(
        self, name: str, type_number: int, stype: int | None, value: JsonValue
    ) -> tuple[int, int]:
        """Find an object by name or make it, and have it do something."""
        for object_id in self.ids(type_number):
            if self.objects[object_id].name == name:
                return object_id, self.command(object_id, value)
        if type_number not in MADE_BY_NAME or not 0 < len(name) <= MAX_NAME or not name.isprintable():
            return 0, NOT_POSSIBLE
        kind = ObjectType(type_number)
        limit = self.model.limits().get(kind)
        if limit is not None and len(self.ids(type_number)) >= limit:
            return 0, NOT_POSSIBLE
        made = self.config.free_id(kind)
        subtype = {} if stype is None or kind is not ObjectType.ANALOG_INPUT else {"stype": stype}
        self.config.set_object(made, object_line(made, kind, name=name, **subtype).values)
        self.add(made)
        return made, self.command(made, value)

    def add(self, object_id: int) -> None:
        """Take one new object of the configuration in; the others go on undisturbed."""
        values, _ = read_objects(self.config)
        new = KINDS.get(values[object_id].type, FirmwareObject)(values[object_id], self.board)
        self.objects[object_id] = new
        new.link(self.objects)
        self._by_type.setdefault(new.type, []).append(object_id)
        self._scanned = [
            each.scan for each in sorted(self.objects.values(), key=_scan_place) if each.type in SCAN_ORDER
        ]
        self._mark(object_id)

    def system(self, line: str) -> str | None:
        """Answer a text line."""
        return self.lines.answer(line)

    # -- what others take from it

    def messages(self) -> list[Message]:
        """What is to be told to users; taken once."""
        taken: list[Message] = []
        for each in self.objects.values():
            if isinstance(each, Notification):
                taken += each.waiting
                each.waiting.clear()
        return taken

    def may_command(self, phone: str) -> bool:
        """Whether a phone belongs to a user who may command by SMS."""
        users = [each for each in self.objects.values() if isinstance(each, User)]
        return any(each.may_command and each.phone == phone for each in users)

    def topics(self) -> list[TopicObject]:
        """The topics at the owner's broker; one whose settings cannot be right is left out."""
        values, _ = read_objects(self.config)
        found = []
        for each in values.values():
            if each.type is not ObjectType.MQTT_TOPIC:
                continue
            try:
                found.append(_topic(each))
            except ValueError:
                self.board.alarm(each.id, "topic_unusable", True)
        return found


def _topic(values: ObjectValues) -> TopicObject:
    type_number = values.number("object_type")
    return TopicObject(
        values.id,
        values.text("name"),
        TopicFlag(values.number("flags")),
        values.numbers("links"),
        None if values.numbers("links") else type_number,
        float(values.number("period_s")),
        values.number("qos"),
    )


def _scan_place(each: FirmwareObject) -> tuple[int, int]:
    place = SCAN_ORDER.index(each.type) if each.type in SCAN_ORDER else len(SCAN_ORDER)
    if isinstance(each, HeatingCircuit):
        return place, _CIRCUITS_FIRST.index(CircuitKind(each.kind))
    return place, each.id
