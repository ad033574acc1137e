"""What the controller switches: relays, pumps, three-way taps, analog outputs.

A pump runs while anything wants it, and on for its overrun; once a day (`exercise_h`) it runs for a minute, or it would
seize over the summer. A tap has no feedback: where it stands is reckoned from how long it was driven.

Source: PROTOCOL.md of zont-local, sections 4 and 6.1, for commands, bits and the overrun; the rest is plain practice.
"""

from __future__ import annotations

from typing import Final

from pydantic import JsonValue

from firmware_sim.controller.objects.base import (
    ACCEPTED,
    NOT_POSSIBLE,
    WRONG_VALUE,
    Board,
    FirmwareObject,
    switch_value,
)
from provisioning.zont.object_fields import ObjectValues
from provisioning.zont.object_types import ObjectType

EXERCISE_S: Final = 60.0
INVERTED: Final = 1 | 8
"""Bits of a relay's flags."""


class Relay(FirmwareObject):
    """An output that is switched by commands and by other objects."""

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        self.on = False
        self._inverted = bool(values.number("flags") & INVERTED)
        self._switch = board.terminals.relay(values.number("terminal"))
        self._switch(self._inverted)

    def set(self, on: bool) -> None:
        """Switch it."""
        if on != self.on:
            self.on = on
            self._switch(on ^ self._inverted)
            self.mark()

    def state(self) -> dict[str, JsonValue]:
        """On or off."""
        return {"s": int(self.on), "a": 1}

    def command(self, value: JsonValue) -> int:
        """0 or 1."""
        on = switch_value(value)
        if on is None:
            return WRONG_VALUE
        self.set(on)
        return ACCEPTED

    def inner(self) -> str:
        """Bit 1: active."""
        return str(int(self.on))


class Pump(FirmwareObject):
    """A circulation pump."""

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        self.on = False
        self._switch = board.terminals.relay(values.number("terminal"))
        self._overrun_s = values.number("overrun_ms") / 1000
        self._exercise_s = values.number("exercise_h") * 3600.0
        self._wanted = False
        self._locked = False
        self._manual = False
        self._wanted_until_s = 0.0
        self._ran_s = 0.0
        self._switch(False)

    def want(self, wanted: bool, *, locked: bool = False) -> None:
        """Whether its circuit needs flow this second; `locked`: it must stand at once, without overrun."""
        self._wanted = wanted and not locked
        self._locked = locked

    def scan(self, now_s: float) -> None:
        """Run, run on, or run for exercise."""
        if self._wanted:
            self._wanted_until_s = now_s + self._overrun_s
        on = (self._wanted or self._manual or now_s < self._wanted_until_s) and not self._locked
        if not on and not self._locked and self._exercise_s and now_s - self._ran_s >= self._exercise_s:
            on = now_s - self._ran_s < self._exercise_s + EXERCISE_S
            if not on:
                self._ran_s = now_s
        elif on:
            self._ran_s = now_s
        if on != self.on:
            self.on = on
            self._switch(on)
            self.mark()

    def state(self) -> dict[str, JsonValue]:
        """Running or not."""
        return {"s": int(self.on), "a": 1}

    def command(self, value: JsonValue) -> int:
        """0 or 1. Off is accepted, and yet it runs while its circuit wants it and for its overrun."""
        on = switch_value(value)
        if on is None:
            return WRONG_VALUE
        if on and self._locked:
            return NOT_POSSIBLE
        self._manual = on
        self.scan(self.board.now_s)
        return ACCEPTED

    def inner(self) -> str:
        """Bit 1: running; bit 16: locked."""
        return str(int(self.on) | (16 if self._locked else 0))


class Tap(FirmwareObject):
    """A three-way mixing tap with a three-point drive: open, close, stand."""

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        self.position = 0.0
        """0 closed to 1 open, as reckoned."""
        self.direction = 0
        """0 stands, 1 opens, 2 closes."""
        self._open = board.terminals.relay(values.number("terminal_open"))
        self._close = board.terminals.relay(values.number("terminal_close"))
        self._travel_s = float(values.number("travel_s"))
        self._step_s = float(values.number("step_s"))
        self._drive_until_s = 0.0
        self._scanned_s = 0.0
        self._held_until_s = 0.0

    def steer(self, error_k: float, now_s: float) -> None:
        """Bring the flow nearer its target: a pulse as long as the error is large, then a pause to let it arrive."""
        if now_s < self._held_until_s:
            return
        self._held_until_s = now_s + 2.0 * self._step_s
        if abs(error_k) >= 1.0:
            self.drive(1 if error_k > 0 else 2, min(abs(error_k) / 5.0, 1.0) * self._step_s, now_s)

    def shut(self, now_s: float) -> None:
        """Close, when its circuit wants no heat."""
        if self.position > 0.0 and self.direction != 2:
            self.drive(2, self._travel_s, now_s)

    def drive(self, direction: int, seconds: float, now_s: float) -> None:
        """Drive for so long."""
        self._drive_until_s = now_s + seconds
        self._turn(direction)

    def scan(self, now_s: float) -> None:
        """Reckon where it stands; stop in time."""
        if self.direction:
            moved = (min(now_s, self._drive_until_s) - self._scanned_s) / self._travel_s
            self.position += max(0.0, moved) if self.direction == 1 else -max(0.0, moved)
            self.position = min(1.0, max(0.0, self.position))
            if now_s >= self._drive_until_s:
                self._turn(0)
        self._scanned_s = now_s

    def _turn(self, direction: int) -> None:
        if direction != self.direction:
            self.direction = direction
            # Never both at once: the drive would not survive it.
            (self._close if direction == 1 else self._open)(False)
            if direction == 0:
                self._close(False)
            else:
                (self._open if direction == 1 else self._close)(True)
            self.mark()

    def state(self) -> dict[str, JsonValue]:
        """Where it moves to."""
        return {"s": self.direction, "a": 1}

    def command(self, value: JsonValue) -> int:
        """1 open fully, 2 close fully, 3 open a step, 4 close a step."""
        moves = {1: (1, self._travel_s), 2: (2, self._travel_s), 3: (1, self._step_s), 4: (2, self._step_s)}
        move = moves.get(value) if isinstance(value, int) and not isinstance(value, bool) else None
        if move is None:
            return WRONG_VALUE
        self.drive(*move, self.board.now_s)
        self._held_until_s = self._drive_until_s + self._step_s
        return ACCEPTED

    def inner(self) -> str:
        """Direction and flags: 1 fully open, 2 fully closed."""
        flags = 1 if self.position >= 1.0 else 2 if self.position <= 0.0 else 0
        return f"{self.direction},{flags}"


class AnalogOutput(FirmwareObject):
    """0 to 100 % of 10 V."""

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        self.percent = 0

    def state(self) -> dict[str, JsonValue]:
        """Percent."""
        return {"s": self.percent, "a": 1}

    def command(self, value: JsonValue) -> int:
        """0 to 100."""
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 100:
            return WRONG_VALUE
        if value != self.percent:
            self.percent = value
            self.mark()
        return ACCEPTED


OUTPUTS: Final = {
    ObjectType.RELAY: Relay,
    ObjectType.PUMP: Pump,
    ObjectType.THREEWAY_TAP: Tap,
    ObjectType.ANALOG_OUTPUT: AnalogOutput,
}
