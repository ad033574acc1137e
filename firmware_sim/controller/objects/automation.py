"""Guard zones, notifications, users, web elements, actions, scenarios, interval timetables.

An alarm of any object wakes the notifications that name it as a cause; each makes messages to its users, by its flags.
What leaves the board waits in `Notification.waiting` until whoever has a modem takes it.

Notification flags: 1 SMS, 2 voice, 4 SMS if the call failed, 8 push, 16 alarm, 32 speaker (PROTOCOL.md).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pydantic import JsonValue

from firmware_sim.controller.objects.base import (
    ACCEPTED,
    NOT_POSSIBLE,
    WRONG_VALUE,
    AlarmEvent,
    Board,
    FirmwareObject,
    switch_value,
)
from firmware_sim.controller.objects.inputs import AnalogInput, RadioSensor
from firmware_sim.controller.objects.modes import HeatingMode
from firmware_sim.controller.objects.outputs import Pump, Relay
from provisioning.zont.object_fields import ObjectValues
from provisioning.zont.object_types import ElementKind, ObjectType

BY_SMS: Final = 1
BY_VOICE: Final = 2
SMS_IF_NO_CALL: Final = 4
MAY_COMMAND: Final = 1
"""A user's right to command by SMS."""
MAX_WAITING: Final = 50
SIMPLE_BUTTON_STATE: Final = 255


class User(FirmwareObject):
    """A person with a phone."""

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        self.phone = values.text("phone")
        self.may_command = bool(values.number("rights") & MAY_COMMAND)


@dataclass(frozen=True, slots=True)
class Message:
    """What is to be told to a phone, by SMS or by a call."""

    phone: str
    text: str
    voice: bool = False
    sms_if_no_answer: bool = False


class Notification(FirmwareObject):
    """Tells users of an alarm."""

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        self.flags = values.number("flags")
        self._causes = frozenset(values.numbers("causes"))
        self._recipients: list[User] = []
        self.waiting: deque[Message] = deque(maxlen=MAX_WAITING)

    def link(self, objects: Mapping[int, FirmwareObject]) -> None:
        """Take the users."""
        found = [objects.get(each) for each in self.values.numbers("recipients")]
        self._recipients = [each for each in found if isinstance(each, User) and each.phone]

    def hear(self, event: AlarmEvent) -> None:
        """An alarm somewhere: tell it if it is one of the causes."""
        if event.active and event.object_id in self._causes:
            self.tell()

    def tell(self) -> None:
        """Make the messages."""
        for user in self._recipients:
            if self.flags & BY_VOICE:
                text = self.values.text("voice_text") or self.values.text("sms_text") or self.name
                self.waiting.append(Message(user.phone, text, True, bool(self.flags & SMS_IF_NO_CALL)))
            if self.flags & BY_SMS:
                self.waiting.append(Message(user.phone, self.values.text("sms_text") or self.name))


class GuardZone(FirmwareObject):
    """Inputs that raise an alarm while they are guarded, with time to leave and to come in."""

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        self.armed = self.alarmed = False
        self._exit_s = float(values.number("exit_delay_s"))
        self._entry_s = float(values.number("entry_delay_s"))
        self._armed_s = 0.0
        self._opened_s: float | None = None
        self._inputs: list[AnalogInput | RadioSensor] = []
        self._notifications: list[Notification] = []

    def link(self, objects: Mapping[int, FirmwareObject]) -> None:
        """Take inputs and notifications."""
        found = [objects.get(each) for each in self.values.numbers("inputs")]
        self._inputs = [each for each in found if isinstance(each, AnalogInput | RadioSensor)]
        told = [objects.get(each) for each in self.values.numbers("notifications")]
        self._notifications = [each for each in told if isinstance(each, Notification)]

    def scan(self, now_s: float) -> None:
        """Look at the inputs while it is armed."""
        if not self.armed or self.alarmed or now_s < self._armed_s + self._exit_s:
            return
        if self._opened_s is None and any(each.triggered for each in self._inputs):
            self._opened_s = now_s
        if self._opened_s is not None and now_s >= self._opened_s + self._entry_s:
            self.alarmed = True
            self.mark()
            self.board.alarm(self.id, "guard", True)
            for each in self._notifications:
                each.tell()

    def state(self) -> dict[str, JsonValue]:
        """Armed, and alarmed."""
        return {"s": int(self.armed), "trig": int(self.alarmed), "a": 1}

    def command(self, value: JsonValue) -> int:
        """0 disarm, 1 arm, 2 the other way."""
        armed = not self.armed if value in {2, "2"} else switch_value(value)
        if armed is None or isinstance(value, bool):
            return WRONG_VALUE
        if armed and not self.armed:
            self._armed_s = self.board.now_s
        if not armed:
            self.alarmed, self._opened_s = False, None
            self.board.alarm(self.id, "guard", False)
        self.armed = armed
        self.mark()
        return ACCEPTED


class OutputAction(FirmwareObject):
    """Has an object do something, for a time or for good; without a target it is a pause in a scenario."""

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        self.duration_s = float(values.number("duration_s"))
        self._target: FirmwareObject | None = None
        self._until_s: float | None = None

    def link(self, objects: Mapping[int, FirmwareObject]) -> None:
        """Take the target."""
        self._target = objects.get(self.values.number("target"))

    @property
    def is_pause(self) -> bool:
        """It only takes time."""
        return self._target is None

    def run(self, value: int | None = None) -> None:
        """Do it; `value` instead of its own."""
        if self._target is None or self._target is self:
            return
        self._target.command(self.values.number("value") if value is None else value)
        self._until_s = self.board.now_s + self.duration_s if self.duration_s else None

    def scan(self, now_s: float) -> None:
        """Take it back when its time is over."""
        if self._until_s is not None and now_s >= self._until_s:
            self._until_s = None
            if self._target is not None:
                self._target.command(0)

    def command(self, value: JsonValue) -> int:
        """1 does it."""
        if not switch_value(value):
            return WRONG_VALUE
        self.run()
        return ACCEPTED


class Scenario(FirmwareObject):
    """Steps one after another; an alarm of its trigger starts it too."""

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        self._steps: list[FirmwareObject] = []
        self._next = 0
        self._next_s: float | None = None

    def link(self, objects: Mapping[int, FirmwareObject]) -> None:
        """Take the steps. A scenario is no step of another: they could call each other for ever."""
        found = [objects.get(each) for each in self.values.numbers("steps")]
        kinds = (OutputAction, HeatingMode, Notification)
        self._steps = [each for each in found if isinstance(each, kinds)]

    def hear(self, event: AlarmEvent) -> None:
        """Start by the trigger's alarm."""
        if event.active and event.object_id == self.values.number("trigger"):
            self.start()

    def start(self) -> None:
        """From the first step."""
        self._next, self._next_s = 0, self.board.now_s

    def scan(self, now_s: float) -> None:
        """Run the steps that are due."""
        while self._next_s is not None and now_s >= self._next_s:
            if self._next == len(self._steps):
                self._next_s = None
                return
            step = self._steps[self._next]
            self._next += 1
            if isinstance(step, OutputAction):
                if step.is_pause:
                    self._next_s = now_s + step.duration_s
                else:
                    step.run()
            elif isinstance(step, Notification):
                step.tell()
            else:
                step.command(1)

    def command(self, value: JsonValue) -> int:
        """1 starts it."""
        if not switch_value(value):
            return WRONG_VALUE
        self.start()
        return ACCEPTED


class WebElement(FirmwareObject):
    """A button, a switch, a lamp or a regulator on the owner's page."""

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        self.kind = values.number("stype")
        self.value = 0.0
        self._links: list[FirmwareObject] = []

    def link(self, objects: Mapping[int, FirmwareObject]) -> None:
        """Take what it drives or shows."""
        found = [objects.get(each) for each in self.values.numbers("links")]
        self._links = [each for each in found if each is not None and not isinstance(each, WebElement)]

    def scan(self, now_s: float) -> None:
        """A lamp shows its first object."""
        del now_s
        if self.kind != ElementKind.STATUS or not self._links:
            return
        shown = self._links[0].state()
        lit = shown.get("s", shown.get("trig", 0))
        value = 1.0 if lit else 0.0
        if value != self.value:
            self.value = value
            self.mark()

    def state(self) -> dict[str, JsonValue]:
        """255 for a button, else the value; and its text."""
        if self.kind == ElementKind.SIMPLE_BUTTON:
            return {"stype": self.kind, "s": SIMPLE_BUTTON_STATE, "a": 1}
        text = self.values.text("text_on" if self.value else "text_off")
        value = self.value if self.kind == ElementKind.REGULATOR else int(self.value)
        return {"stype": self.kind, "s": value, "t": text, "a": 1}

    def command(self, value: JsonValue) -> int:
        """1 presses a button; 0 or 1 turns a switch; `2,N` sets a regulator."""
        if self.kind == ElementKind.STATUS:
            return NOT_POSSIBLE
        if self.kind == ElementKind.REGULATOR:
            return self._regulate(value)
        on = switch_value(value)
        if on is None or (self.kind == ElementKind.SIMPLE_BUTTON and not on):
            return WRONG_VALUE
        if self.kind == ElementKind.COMPLEX_BUTTON:
            self.value = float(on)
            self.mark()
        for each in self._links:
            if isinstance(each, OutputAction):
                each.run(int(on) if self.kind == ElementKind.COMPLEX_BUTTON else None)
            elif on or isinstance(each, Relay | Pump | GuardZone):
                each.command(int(on))
        return ACCEPTED

    def _regulate(self, value: JsonValue) -> int:
        form, comma, number = str(value).partition(",")
        try:
            wanted = float(number)
        except ValueError:
            return WRONG_VALUE
        low, high = self.values.number("low"), self.values.number("high")
        if form != "2" or not comma or not low <= wanted <= high:
            return WRONG_VALUE
        self.value = wanted
        self.mark()
        return ACCEPTED


class IntervalTimetable(FirmwareObject):
    """Switches a relay or a pump on and off by turns."""

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        self._on_s, self._off_s = float(values.number("on_s")), float(values.number("off_s"))
        self._target: Relay | Pump | None = None
        self._on = False
        self._next_s = 0.0

    def link(self, objects: Mapping[int, FirmwareObject]) -> None:
        """Take the target."""
        target = objects.get(self.values.number("target"))
        self._target = target if isinstance(target, Relay | Pump) else None

    def scan(self, now_s: float) -> None:
        """Switch when it is time."""
        if self._target is not None and now_s >= self._next_s:
            self._on = not self._on
            self._next_s = now_s + (self._on_s if self._on else self._off_s)
            self._target.command(int(self._on))


AUTOMATION: Final = {
    ObjectType.USER: User,
    ObjectType.NOTIFICATION: Notification,
    ObjectType.GUARD_ZONE: GuardZone,
    ObjectType.OUTPUT_ACTION: OutputAction,
    ObjectType.SCENARIO: Scenario,
    ObjectType.WEB_ELEMENT: WebElement,
    ObjectType.INTERVAL_TIMETABLE: IntervalTimetable,
}
