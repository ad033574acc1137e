"""Users, their roles, and what they are told.

An alarm of any object wakes the notifications that name it as a cause (0 is the board itself: mains, battery); each
makes messages to its users, by its flags. Where `end_text` is set, the end of the last one is told too, as information.
What leaves the board waits in `Notification.waiting` until whoever has a modem takes it; the oldest is forgotten where
more than `MAX_WAITING` wait.

Flags: 1 SMS, 2 voice, 4 SMS if the call failed, 8 push, 16 alarm, 32 speaker (PROTOCOL.md, as reference lists have it).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from firmware_sim.controller.objects.base import AlarmEvent, Board, FirmwareObject
from provisioning.zont.object_values import ObjectValues

BY_SMS: Final = 1
BY_VOICE: Final = 2
SMS_IF_NO_CALL: Final = 4
BY_PUSH: Final = 8
ALARM: Final = 16
BY_SPEAKER: Final = 32
MAY_COMMAND: Final = 1
"""A user's right to command by SMS."""
MAX_WAITING: Final = 50


class UserRole(FirmwareObject):
    """Rights under a name."""

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        self.rights = values.number("rights")


class User(FirmwareObject):
    """A person with a phone."""

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        self.phone = values.text("phone")
        self._rights = values.number("rights")
        self._role: UserRole | None = None

    def link(self, objects: Mapping[int, FirmwareObject]) -> None:
        """Take the role."""
        self._role = self._find(objects, "role", UserRole)

    @property
    def may_command(self) -> bool:
        """By his own rights or by his role's."""
        rights = self._rights | (self._role.rights if self._role is not None else 0)
        return bool(rights & MAY_COMMAND)


@dataclass(frozen=True, slots=True)
class Message:
    """What is to be told to a phone, by SMS or by a call."""

    phone: str
    text: str
    voice: bool = False
    sms_if_no_answer: bool = False
    alarm: bool = False
    """It goes before what is only information."""


class Notification(FirmwareObject):
    """Tells users of an alarm."""

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        self.flags = values.number("flags")
        self._causes = frozenset(values.numbers("causes"))
        self._recipients: list[User] = []
        self.waiting: deque[Message] = deque(maxlen=MAX_WAITING)
        self.pushed: deque[str] = deque(maxlen=MAX_WAITING)
        self.spoken: deque[str] = deque(maxlen=MAX_WAITING)

    def link(self, objects: Mapping[int, FirmwareObject]) -> None:
        """Take the users."""
        self._recipients = [each for each in self._find_all(objects, "recipients", User) if each.phone]

    def hear(self, event: AlarmEvent) -> None:
        """An alarm somewhere: tell it if it is one of the causes."""
        if event.object_id not in self._causes:
            return
        if event.active:
            self.tell()
            return
        ended, over = (
            self.values.text("end_text"),
            all(each not in self._causes for each, _ in self.board.alarms),
        )
        if ended and over:
            self._send(ended, ended, alarm=False)

    def tell(self) -> None:
        """Make the messages."""
        sms = self.values.text("sms_text") or self.name
        self._send(sms, self.values.text("voice_text") or sms, alarm=bool(self.flags & ALARM))

    def _send(self, sms: str, voice: str, *, alarm: bool) -> None:
        by_sms_then = bool(self.flags & SMS_IF_NO_CALL)
        for user in self._recipients:
            if self.flags & BY_VOICE:
                self.waiting.append(Message(user.phone, voice, True, by_sms_then, alarm))
            if self.flags & BY_SMS:
                self.waiting.append(Message(user.phone, sms, alarm=alarm))
        if self.flags & BY_PUSH:
            self.pushed.append(sms)
        if self.flags & BY_SPEAKER:
            self.spoken.append(voice)
