"""What all objects of the firmware share: a name, a state as the local protocol gives it, and the board they sit on.

Each second the firmware scans them in the order of `SCAN_ORDER` in `kinds`: what is measured, what is wanted, what
is switched. An object that has changed what it shows marks itself; that is what pushes and publications follow.

A new configuration makes all objects anew. What goes on undisturbed, because a person would expect it to, is what an
object takes over from the one that it follows (`KEPT`): a relay that is on, a pump that runs on, a zone that is armed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Final, Self, TypeVar

from pydantic import JsonValue

from firmware_sim.controller.terminals import Terminals
from provisioning.zont.config_text import NONE_IDS
from provisioning.zont.object_values import ObjectValues

ACCEPTED: Final = 0
WRONG_VALUE: Final = 1
NOT_POSSIBLE: Final = 2
NO_SUCH_OBJECT: Final = 3
"""Results of a command. The maker publishes only that 0 is accepted; the others are ours."""

MAX_EVENTS: Final = 500
MAX_DIGITS: Final = 9
DAY_S: Final = 86400
MINUTE_S: Final = 60

Kin = TypeVar("Kin", bound="FirmwareObject")


@dataclass(frozen=True, slots=True)
class AlarmEvent:
    """An alarm that came or went, `at_s` seconds after the board's start."""

    at_s: float
    object_id: int
    what: str
    active: bool


class Board:
    """The electronics that the objects sit on: terminals, time, and who wants to know of changes.

    Args:
        terminals: the wiring.
        local_s: seconds since a Monday's midnight, local time, when `now_s` is 0.
        step_s: between two scans.
    """

    def __init__(self, terminals: Terminals, local_s: float = 0.0, step_s: float = 1.0) -> None:
        self.terminals = terminals
        self.step_s = step_s
        self.now_s = 0.0
        self._local_s = local_s
        self.is_hurried = True
        """Something has jumped: the regulation does not wait for its turn."""
        self.minute_of_week = 0
        """Local time; 0 is Monday's midnight."""
        self._minute_ends_s = 0.0
        self._tell_time()
        self.changed: Callable[[int], None] = lambda _: None
        self.remember: Callable[[int, Mapping[str, int]], None] = lambda _, __: None
        """Writes values by name into an object's line."""
        self.owners: Mapping[int, int] = {}
        """Outputs, and the objects that have them; one output has one object."""
        self.events: deque[AlarmEvent] = deque(maxlen=MAX_EVENTS)
        self.alarms: dict[tuple[int, str], float] = {}
        """Active alarms, and since when."""
        self.on_alarm: Callable[[AlarmEvent], None] = lambda _: None
        self._acting: set[int] = set()

    @property
    def local_s(self) -> float:
        """Local time: seconds since some Monday's midnight."""
        return self._local_s + self.now_s

    def put_clock(self, forward_s: float) -> None:
        """Put the local clock forward, or back where it is below 0."""
        self._local_s += forward_s
        self._tell_time()

    def tick(self) -> None:
        """Let a step's time pass."""
        self.now_s += self.step_s
        if self._local_s + self.now_s >= self._minute_ends_s:
            self._tell_time()

    def _tell_time(self) -> None:
        minutes = (self._local_s + self.now_s) // MINUTE_S
        self._minute_ends_s = (minutes + 1) * MINUTE_S
        self.minute_of_week = int(minutes) % (7 * 1440)
        # Timetables switch on the minute.
        self.is_hurried = True

    def output(self, terminal: int, owner: int) -> Callable[[bool], None]:
        """What switches an output, if it is this object's; else nothing happens."""
        if self.owners.get(terminal) != owner:
            return lambda _: None
        return self.terminals.relay(terminal)

    def alarm(self, object_id: int, what: str, active: bool) -> None:
        """An alarm is there or not; an event when that changes."""
        key = (object_id, what)
        if active == (key in self.alarms):
            return
        if active:
            self.alarms[key] = self.now_s
        else:
            del self.alarms[key]
        self.is_hurried = True
        event = AlarmEvent(self.now_s, object_id, what, active)
        self.events.append(event)
        self.on_alarm(event)

    def end_alarms(self, is_over: Callable[[int], bool]) -> None:
        """End the alarms of objects that are no more what they were."""
        for object_id, what in [each for each in self.alarms if is_over(each[0])]:
            self.alarm(object_id, what, False)

    def act(self, target: FirmwareObject, value: JsonValue) -> int:
        """Have an object do something.

        Who makes others act does so once for one cause, however they point at each other: a button whose action
        presses the button again would never come to an end.
        """
        self.is_hurried = True
        if not target.ACTS_ON_OTHERS:
            return target.command(value)
        if target.id in self._acting:
            return NOT_POSSIBLE
        is_cause = not self._acting
        self._acting.add(target.id)
        try:
            return target.command(value)
        finally:
            if is_cause:
                self._acting.clear()


class FirmwareObject:
    """An object of the configuration.

    Args:
        values: its line.
        board: what it sits on.
    """

    KEPT: ClassVar[tuple[str, ...]] = ()
    """What it takes over when the configuration is read anew."""
    ACTS_ON_OTHERS: ClassVar[bool] = False
    """Its command makes other objects act."""

    def __init__(self, values: ObjectValues, board: Board) -> None:
        self.values = values
        self.board = board
        self.id = values.id
        self.type = values.type
        self.name = values.text("name")

    @property
    def limits(self) -> tuple[float, float] | None:
        """Lowest and highest value that it may be set to; None: it is not set by a value."""
        return None

    @property
    def kind_of_alarm(self) -> str:
        """What its alarm is called, where that depends on its line."""
        return ""

    def link(self, objects: Mapping[int, FirmwareObject]) -> None:
        """Take hold of the objects that the configuration points at."""

    def take_over(self, old: Self) -> None:
        """Go on where the object that stood under this id before has stopped."""
        for name in self.KEPT:
            setattr(self, name, getattr(old, name))

    def settle(self) -> None:
        """Set the outputs as they should be, before the first scan."""

    @property
    def is_scanned(self) -> bool:
        """Whether it has something to do each second."""
        return type(self).scan is not FirmwareObject.scan

    def scan(self, now_s: float) -> None:
        """One look at the world. Many objects have nothing to do."""

    def hear(self, event: AlarmEvent) -> None:
        """An alarm somewhere has come or gone. Most objects do not care."""

    def state(self) -> dict[str, JsonValue]:
        """What it shows, without id, type and name."""
        return {}

    def command(self, value: JsonValue) -> int:
        """Do something; the result is `ACCEPTED` or why not."""
        del value
        return NOT_POSSIBLE

    def inner(self) -> str:
        """The values of its `#Y` line; empty: it has none."""
        return ""

    def mark(self) -> None:
        """What it shows has changed."""
        self.board.changed(self.id)

    def shown(self) -> dict[str, JsonValue]:
        """The whole object as the local protocol gives it."""
        return {"id": self.id, "type": int(self.type), "name": self.name, **self.state()}

    def remember(self, **values: int) -> None:
        """Have values written into the configuration, so that they survive a restart."""
        if all(self.values.number(name) == value for name, value in values.items()):
            return
        for name, value in values.items():
            self.values.remember(name, value)
        self.board.remember(self.id, values)

    def _find(self, objects: Mapping[int, FirmwareObject], field: str, kind: type[Kin]) -> Kin | None:
        """The object that a reference of the line points at, if it is of the right kind."""
        reference = self.values.number(field)
        found = None if reference in NONE_IDS else objects.get(reference)
        return found if isinstance(found, kind) else None

    def _find_all(self, objects: Mapping[int, FirmwareObject], field: str, kind: type[Kin]) -> list[Kin]:
        """The objects that an array of the line points at, as far as they are of the right kind."""
        found = [objects.get(each) for each in self.values.numbers(field)]
        return [each for each in found if isinstance(each, kind)]


def switch_value(value: JsonValue) -> bool | None:
    """0 or 1 of a command, as a number or as text; None: neither."""
    return {0: False, 1: True}.get(whole_value(value, -1))


def whole_value(value: JsonValue, otherwise: int = -1) -> int:
    """A whole number of a command, as a number or as text; `otherwise`: it is none."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= MAX_DIGITS:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else otherwise
