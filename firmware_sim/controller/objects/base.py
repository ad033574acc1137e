"""What all objects of the firmware share: a name, a state as the local protocol gives it, and the board they sit on.

Each second the firmware scans them in the order of `SCAN_ORDER` in `firmware`: what is measured, what is wanted, what
is switched. An object that has changed what it shows marks itself; that is what pushes and publications follow.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from pydantic import JsonValue

from firmware_sim.controller.terminals import Terminals
from provisioning.zont.object_fields import NONE_IDS, ObjectValues

ACCEPTED: Final = 0
WRONG_VALUE: Final = 1
NOT_POSSIBLE: Final = 2
NO_SUCH_OBJECT: Final = 3
"""Results of a command. The maker publishes only that 0 is accepted; the others are ours."""

MAX_EVENTS: Final = 500
DAY_S: Final = 86400
MINUTE_S: Final = 60

O = TypeVar("O", bound="FirmwareObject")  # noqa: E741  # an object


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
        self.changed: Callable[[int], None] = lambda _: None
        self.events: deque[AlarmEvent] = deque(maxlen=MAX_EVENTS)
        self.alarms: dict[tuple[int, str], float] = {}
        """Active alarms, and since when."""
        self.on_alarm: Callable[[AlarmEvent], None] = lambda _: None

    @property
    def minute_of_week(self) -> int:
        """Local time; 0 is Monday's midnight."""
        return int((self._local_s + self.now_s) // MINUTE_S) % (7 * 1440)

    def alarm(self, object_id: int, what: str, active: bool) -> None:
        """An alarm is there or not; an event when that changes."""
        key = (object_id, what)
        if active == (key in self.alarms):
            return
        if active:
            self.alarms[key] = self.now_s
        else:
            del self.alarms[key]
        event = AlarmEvent(self.now_s, object_id, what, active)
        self.events.append(event)
        self.on_alarm(event)


class FirmwareObject:
    """An object of the configuration.

    Args:
        values: its line.
        board: what it sits on.
    """

    def __init__(self, values: ObjectValues, board: Board) -> None:
        self.values = values
        self.board = board
        self.id = values.id
        self.type = values.type
        self.name = values.text("name")

    def link(self, objects: Mapping[int, FirmwareObject]) -> None:
        """Take hold of the objects that the configuration points at."""

    def scan(self, now_s: float) -> None:
        """One look at the world. Most objects have nothing to do."""

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

    def _find(self, objects: Mapping[int, FirmwareObject], field: str, kind: type[O]) -> O | None:
        """The object that a reference of the line points at, if it is of the right kind."""
        reference = self.values.number(field)
        found = None if reference in NONE_IDS else objects.get(reference)
        return found if isinstance(found, kind) else None


def switch_value(value: JsonValue) -> bool | None:
    """0 or 1 of a command, as a number or as text; None: neither."""
    if isinstance(value, bool):
        return None
    return {0: False, 1: True, "0": False, "1": True}.get(value) if isinstance(value, int | str) else None
