"""Guard zones, what arms and disarms them, what shows and sounds them.

    disarmed ─► leaving (exit delay) ─► armed ─► entering (entry delay) ─► alarmed ─► disarmed

Smoke, a leak and the panic button of a zone alarm at once, armed or not. Whether a zone is armed is written into its
line: who cuts the power to get in finds it armed when it comes back.

Keys and the buttons of fobs are touched and pressed by a command: where the reader would be is not emulated.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pydantic import JsonValue

from firmware_sim.controller.objects.base import (
    ACCEPTED,
    WRONG_VALUE,
    AlarmEvent,
    Board,
    FirmwareObject,
    switch_value,
    whole_value,
)
from firmware_sim.controller.objects.inputs import AnalogInput
from firmware_sim.controller.objects.notifications import Notification
from firmware_sim.controller.objects.radio import RadioSensor, RadioSensor433
from provisioning.zont.object_values import ObjectValues

ALWAYS_GUARDED: Final = frozenset({5, 6, 15})
"""Subtypes of inputs: smoke, leak, panic button."""
LEAK_BY_RADIO: Final = 10
TOGGLE: Final = 2

Trigger = AnalogInput | RadioSensor | RadioSensor433


class GuardZone(FirmwareObject):
    """Inputs that raise an alarm while they are guarded, with time to leave and to come in."""

    KEPT = ("armed", "alarmed", "_guards_from_s", "_opened_s")

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        self.armed = bool(values.number("armed"))
        self.alarmed = False
        self._exit_s = float(values.number("exit_delay_s"))
        self._entry_s = float(values.number("entry_delay_s"))
        self._guards_from_s = board.now_s
        self._opened_s: float | None = None
        self._inputs: list[Trigger] = []
        self._always: list[Trigger] = []
        self._notifications: list[Notification] = []

    def link(self, objects: Mapping[int, FirmwareObject]) -> None:
        """Take inputs and notifications."""
        found = [objects.get(each) for each in self.values.numbers("inputs")]
        self._inputs = [each for each in found if isinstance(each, Trigger)]
        self._always = [each for each in self._inputs if _is_always_guarded(each)]
        self._notifications = self._find_all(objects, "notifications", Notification)

    @property
    def is_leaving(self) -> bool:
        """It is armed, and there is still time to leave."""
        return self.armed and self.board.now_s < self._guards_from_s

    def scan(self, now_s: float) -> None:
        """Look at the inputs."""
        if self.alarmed or (not self.armed and not self._always):
            return
        if any(each.triggered for each in self._always):
            self._alarm()
        elif self.armed and now_s >= self._guards_from_s:
            if self._opened_s is None and any(each.triggered for each in self._inputs):
                self._opened_s = now_s
            if self._opened_s is not None and now_s >= self._opened_s + self._entry_s:
                self._alarm()

    def _alarm(self) -> None:
        self.alarmed = True
        self.mark()
        self.board.alarm(self.id, "guard", True)
        for each in self._notifications:
            each.tell()

    def state(self) -> dict[str, JsonValue]:
        """Armed, and alarmed."""
        return {"s": int(self.armed), "trig": int(self.alarmed), "a": 1}

    def inner(self) -> str:
        """Three values, as a real one has; what the third means is not published."""
        return f"{int(self.armed)},{int(self.alarmed)},0"

    def command(self, value: JsonValue) -> int:
        """0 disarm, 1 arm, 2 the other way."""
        number = whole_value(value)
        if number not in {0, 1, TOGGLE}:
            return WRONG_VALUE
        armed = not self.armed if number == TOGGLE else bool(number)
        if armed and not self.armed:
            self._guards_from_s = self.board.now_s + self._exit_s
        if not armed:
            self.alarmed, self._opened_s = False, None
            self.board.alarm(self.id, "guard", False)
        self.armed = armed
        self.remember(armed=int(armed))
        self.mark()
        return ACCEPTED


def _is_always_guarded(each: Trigger) -> bool:
    if isinstance(each, AnalogInput):
        return each.stype in ALWAYS_GUARDED
    return isinstance(each, RadioSensor) and each.values.number("stype") == LEAK_BY_RADIO


class Key(FirmwareObject):
    """A Touch Memory key, or a button of a fob: arms and disarms zones, and does what else it is for."""

    ACTS_ON_OTHERS = True

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        self._action = values.number("action")
        self._zones: list[GuardZone] = []
        self._links: list[FirmwareObject] = []

    def link(self, objects: Mapping[int, FirmwareObject]) -> None:
        """Take zones and actions."""
        self._zones = self._find_all(objects, "zones", GuardZone)
        self._links = self._find_all(objects, "links", FirmwareObject)

    def command(self, value: JsonValue) -> int:
        """1 touches or presses it. Zones that stand differently are first brought in line."""
        if not switch_value(value):
            return WRONG_VALUE
        arm = not all(each.armed for each in self._zones) if self._action == TOGGLE else bool(self._action)
        for zone in self._zones:
            self.board.act(zone, int(arm))
        for each in self._links:
            self.board.act(each, 1)
        return ACCEPTED


class GuardIndicator(FirmwareObject):
    """A lamp at the door: dark, lit while a zone is armed, blinking while there is time to leave or an alarm."""

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        self.lit = False
        self._switch = board.output(values.number("terminal"), self.id)
        self._zone: GuardZone | None = None
        self._shown = 0

    def link(self, objects: Mapping[int, FirmwareObject]) -> None:
        """Take the zone."""
        self._zone = self._find(objects, "zone", GuardZone)

    def settle(self) -> None:
        """Dark."""
        self._switch(False)

    def scan(self, now_s: float) -> None:
        """Light it, or blink once in two looks."""
        del now_s
        zone = self._zone
        blinks = zone is not None and (zone.alarmed or zone.is_leaving)
        lit = not self.lit if blinks else zone is not None and zone.armed
        if lit != self.lit:
            self.lit = lit
            self._switch(lit)
        shown = 2 if blinks else int(lit)
        if shown != self._shown:
            self._shown = shown
            self.mark()

    def state(self) -> dict[str, JsonValue]:
        """0 dark, 1 lit, 2 blinking."""
        return {"s": self._shown, "a": 1}


class Buzzer(FirmwareObject):
    """Sounds for a while at the alarms of its causes; without any, at every zone's alarm."""

    KEPT = ("on", "_until_s")

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        self.on = False
        self._switch = board.output(values.number("terminal"), self.id)
        self._sounds_s = float(values.number("sounds_s"))
        self._causes = frozenset(values.numbers("causes"))
        self._until_s = 0.0

    def settle(self) -> None:
        """As it stands."""
        self._switch(self.on)

    def hear(self, event: AlarmEvent) -> None:
        """Sound, or be silent when the alarm is over."""
        if event.object_id in self._causes if self._causes else event.what == "guard":
            self._sound(event.active)

    def scan(self, now_s: float) -> None:
        """Be silent in time."""
        if self.on and now_s >= self._until_s:
            self._sound(False)

    def _sound(self, on: bool) -> None:
        self._until_s = self.board.now_s + self._sounds_s
        if on != self.on:
            self.on = on
            self._switch(on)
            self.mark()

    def state(self) -> dict[str, JsonValue]:
        """Sounding or not."""
        return {"s": int(self.on), "a": 1}

    def command(self, value: JsonValue) -> int:
        """0 silences it, 1 sounds it."""
        on = switch_value(value)
        if on is None:
            return WRONG_VALUE
        self._sound(on)
        return ACCEPTED
