"""The emulated controller's firmware, without I/O: a configuration made into objects that are scanned each second.

    config.txt ─► objects ─► each second: inputs ─► timetables, zones, scenarios ─────────► buses, taps, lamps
       ▲                                      └─► every few: circuits (hot water first) ─► cascades, boilers, pumps
       └── setpoints, modes, armed zones, new objects

The regulation has its turn every `REGULATE_S`, and at once when something has jumped: a sensor by half a kelvin, a
contact, an alarm, a command, the configuration.

What is set at run time is written into the configuration at once; `config_changed` tells whoever keeps the file. A
configuration that is read anew (`reload`) disturbs nothing that goes on; a restart forgets what is not written there.
Time comes from outside: each `step` is one second.

The firmware is an `ObjectModel`: the local WebSocket, the broker's topics and SMS commands all speak to it as that.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import Final

from pydantic import JsonValue

from firmware_sim.controller.model_check import Fit, fit
from firmware_sim.controller.models import MODELS, ControllerModel
from firmware_sim.controller.mqtt_topics import TopicFlag, TopicObject
from firmware_sim.controller.objects.base import (
    NO_SUCH_OBJECT,
    NOT_POSSIBLE,
    AlarmEvent,
    Board,
    FirmwareObject,
)
from firmware_sim.controller.objects.boilers import BoilerAdapter
from firmware_sim.controller.objects.circuits import HeatingCircuit
from firmware_sim.controller.objects.inputs import WiredSensor
from firmware_sim.controller.objects.kinds import KINDS, REGULATING, SCAN_ORDER, scan_place
from firmware_sim.controller.objects.modbus_devices import modbus_problems
from firmware_sim.controller.objects.modes import HeatingMode
from firmware_sim.controller.objects.notifications import MAX_WAITING, Message, Notification
from firmware_sim.controller.objects.outputs import Relay
from firmware_sim.controller.system_lines import SystemLines
from firmware_sim.controller.terminals import Terminals
from provisioning.zont.config_text import ConfigProblem, ConfigText, ConfigTextError
from provisioning.zont.object_fields import FIELDS
from provisioning.zont.object_types import ANY_TYPE, MADE_BY_NAME, ObjectType
from provisioning.zont.object_values import ObjectValues, object_line, read_objects, with_values

STEP_S: Final = 1.0
REGULATE_S: Final = 5.0
"""So often circuits, sources and pumps are regulated while nothing jumps: no house changes faster."""
MAX_NAME: Final = 64

MAX_OBJECTS: Final = 2000
"""More are not made by name: whoever asks for a new name each second must not fill the memory."""


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
        self.board.remember = self._remember
        self.listeners: list[Callable[[int], None]] = []
        """Are called with the id of each object that changes."""
        self.config_changed: Callable[[], None] = lambda: None
        """Is called after each change of the configuration: its file is to be written."""
        self.alarm_listeners: list[Callable[[AlarmEvent], None]] = []
        """Are called with each alarm that comes or goes."""
        self.problems: list[ConfigProblem] = []
        self.objects: dict[int, FirmwareObject] = {}
        self._measuring: list[Callable[[float], None]] = []
        self._regulating: list[Callable[[float], None]] = []
        self._switching: list[Callable[[float], None]] = []
        self._regulate_at_s = 0.0
        self._hearers: list[Callable[[AlarmEvent], None]] = []
        self._unsaid: deque[Message] = deque(maxlen=MAX_WAITING)
        self._by_type: dict[int, list[int]] = {}
        self.lines = SystemLines(self)
        self.reload()

    # -- configuration

    def reload(self, config: ConfigText | None = None) -> None:
        """Read the configuration anew, or another one; what is wrong with it stands in `problems`.

        What goes on undisturbed is what the objects take over from those that stood under their ids before.
        """
        if config is not None:
            self.config.changed = lambda: None
            self.config = config
        self.config.changed = lambda: self.config_changed()
        self._make(take_over=True)

    def restart(self) -> None:
        """As after a power cut: only what is written goes on."""
        self._hearers = []  # nobody is told that all is well: what is still wrong comes again
        self.board.end_alarms(lambda object_id: object_id != 0)
        self._make(take_over=False)

    def _make(self, *, take_over: bool) -> None:
        board, before, owners = self.board, self.objects, self.board.owners
        self._unsaid.extend(self.messages())
        values, problems, found = self._read(self.config)
        self.problems = problems
        board.owners = found.owners
        for terminal in owners.keys() - found.owners.keys():
            board.terminals.relay(terminal)(False)
        self.objects = {
            each.id: FirmwareObject(each, board) if each.id in found.idle else _made(each, board)
            for each in values.values()
        }
        for object_id, new in self.objects.items():
            old = before.get(object_id)
            if take_over and old is not None and type(old) is type(new):
                new.take_over(old)
        self._connect()
        if not self.lines.is_off:
            for each in self.objects.values():
                each.settle()
        # Another kind of sensor raises other alarms; all else looks again at what it has raised.
        others = {each.id for each in before.values() if not _is_like(self.objects.get(each.id), each)}
        board.end_alarms(lambda object_id: object_id in others)
        for object_id in self.objects:
            self._mark(object_id)

    def _connect(self) -> None:
        """Let the objects take hold of each other, and bring them in order."""
        objects = self.objects
        for each in objects.values():
            each.link(objects)
        modes = {each.id: each for each in objects.values() if isinstance(each, HeatingMode)}
        circuits = [each for each in objects.values() if isinstance(each, HeatingCircuit)]
        for circuit in circuits:
            mine = {number: mode for number, mode in modes.items() if circuit.id in mode.setpoints_c}
            circuit.know(mine, circuits)
        self._by_type = {}
        for each in objects.values():
            self._by_type.setdefault(each.type, []).append(each.id)
        scanned = [each for each in objects.values() if each.type in SCAN_ORDER and each.is_scanned]
        scanned.sort(key=scan_place)
        first = SCAN_ORDER.index(ObjectType.HEATING_CIRCUIT)
        every_second = [each for each in scanned if each.type not in REGULATING]
        wired = [each for each in every_second if isinstance(each, WiredSensor)]
        self._measuring = [
            WiredSensor.scan_all(wired),
            *(each.scan for each in every_second if scan_place(each)[0] < first and each not in wired),
        ]
        self._switching = [each.scan for each in every_second if scan_place(each)[0] > first]
        self._regulating = [
            each.regulate if isinstance(each, BoilerAdapter) else each.scan
            for each in scanned
            if each.type in REGULATING or isinstance(each, BoilerAdapter)
        ]
        self.board.is_hurried = True
        deaf = FirmwareObject.hear
        self._hearers = [each.hear for each in objects.values() if type(each).hear is not deaf]

    def problems_of(self, config: ConfigText) -> list[ConfigProblem]:
        """What would be wrong with a configuration, if it were this controller's."""
        return self._read(config)[1]

    def _read(self, config: ConfigText) -> tuple[dict[int, ObjectValues], list[ConfigProblem], Fit]:
        values, problems = read_objects(config)
        found = fit(self.model, config, values.values())
        problems = [*problems, *found.problems, *modbus_problems(values, self.model)]
        return values, sorted(problems, key=lambda each: each.line), found

    def _remember(self, object_id: int, values: Mapping[str, int]) -> None:
        """Write values into an object's line."""
        line = self.config.get_object(object_id)
        if line is not None:
            self.config.set_object(object_id, with_values(line, **values).values)

    # -- time

    def step(self) -> None:
        """One second of life, or `step_s`."""
        board = self.board
        board.tick()
        if not self.lines.watch_supply():
            return
        now_s = board.now_s
        for scan in self._measuring:
            scan(now_s)
        if board.is_hurried or now_s >= self._regulate_at_s:
            board.is_hurried = False
            self._regulate_at_s = now_s + REGULATE_S
            for regulate in self._regulating:
                regulate(now_s)
        for scan in self._switching:
            scan(now_s)

    def _mark(self, object_id: int) -> None:
        for listener in self.listeners:
            listener(object_id)

    def _hear(self, event: AlarmEvent) -> None:
        for hear in self._hearers:
            hear(event)
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
        if found is None:
            return NO_SUCH_OBJECT
        return NOT_POSSIBLE if self.lines.is_off else self.board.act(found, value)

    def named_command(
        self, name: str, type_number: int, stype: int | None, value: JsonValue
    ) -> tuple[int, int]:
        """Find an object by name or make it, and have it do something."""
        for object_id in self.ids(type_number):
            if self.objects[object_id].name == name:
                return object_id, self.command(object_id, value)
        if type_number not in MADE_BY_NAME or not 0 < len(name) <= MAX_NAME or not name.isprintable():
            return 0, NOT_POSSIBLE
        if self.lines.adding_is_banned:
            return 0, NOT_POSSIBLE
        kind = ObjectType(type_number)
        limit = min(self.model.limits().get(kind, MAX_OBJECTS), MAX_OBJECTS)
        if len(self.ids(type_number)) >= limit or len(self.objects) >= MAX_OBJECTS:
            return 0, NOT_POSSIBLE
        made = self.config.free_id(kind)
        fields = {field.name: field for field in FIELDS[kind]}
        subtype = {}
        if stype is not None and "stype" in fields and fields["stype"].low <= stype <= fields["stype"].high:
            subtype["stype"] = stype
        try:
            self.config.set_object(made, object_line(made, kind, name=name, **subtype).values)
        except ConfigTextError:
            return 0, NOT_POSSIBLE
        self.add(made)
        return made, self.command(made, value)

    def limits(self, object_id: int) -> tuple[float, float] | None:
        """Lowest and highest value that an object may be set to; None: it is not set by a value."""
        found = self.objects.get(object_id)
        return None if found is None else found.limits

    def modes_of(self, object_id: int) -> Mapping[int, str]:
        """Ids and names of the modes that may be applied to a circuit."""
        found = self.objects.get(object_id)
        return found.modes if isinstance(found, HeatingCircuit) else {}

    def is_inverted(self, object_id: int) -> bool:
        """Whether a relay that is on shows 0."""
        found = self.objects.get(object_id)
        return isinstance(found, Relay) and found.is_inverted

    def add(self, object_id: int) -> None:
        """Take one new object of the configuration in; the others go on undisturbed."""
        values, _ = read_objects(self.config)
        self.objects[object_id] = new = _made(values[object_id], self.board)
        self._connect()
        new.settle()
        self._mark(object_id)

    def system(self, line: str) -> str | None:
        """Answer a text line."""
        return self.lines.answer(line)

    # -- what others take from it

    def messages(self) -> list[Message]:
        """What is to be told to users; taken once."""
        taken = list(self._unsaid)
        self._unsaid.clear()
        for each in self.objects.values():
            if isinstance(each, Notification):
                taken += each.waiting
                each.waiting.clear()
        return taken

    def may_command(self, phone: str) -> bool:
        """Whether a phone may command by SMS: a user's, one of `#S8`, or the service phone on its days."""
        return self.lines.may_command(phone)

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
            else:
                self.board.alarm(each.id, "topic_unusable", False)
        return found


def _is_like(new: FirmwareObject | None, old: FirmwareObject) -> bool:
    return type(new) is type(old) and new is not None and new.kind_of_alarm == old.kind_of_alarm


def _made(values: ObjectValues, board: Board) -> FirmwareObject:
    return KINDS.get(values.type, FirmwareObject)(values, board)


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
