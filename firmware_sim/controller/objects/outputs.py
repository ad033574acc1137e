"""What the controller switches: relays, pumps, three-way taps, analog outputs.

A relay is on while a command or a circuit that has it as its source wants it. A pump runs while anything wants it, and
on for its overrun; once a day (`exercise_h`) it runs for a minute, or it would seize over the summer. In frost a pump
that stands circulates for five minutes of each half hour: water that moves does not freeze in a cold wall. A tap has
no feedback: where it stands is reckoned from how long it was driven, so it closes once after power-on to know.

Source: PROTOCOL.md of zont-local, sections 4 and 6.1, for commands, bits and the overrun; the rest is plain practice.
"""

from __future__ import annotations

from typing import Final

from pydantic import JsonValue

from firmware_sim.controller.objects.base import (
    ACCEPTED,
    DAY_S,
    NOT_POSSIBLE,
    WRONG_VALUE,
    Board,
    FirmwareObject,
    switch_value,
    whole_value,
)
from firmware_sim.controller.objects.sources import HeatSource
from provisioning.zont.object_values import ObjectValues

EXERCISE_S: Final = 60.0
FROST_STAND_S: Final = 1500.0
FROST_RUN_S: Final = 300.0
TAP_EXERCISE_S: Final = 7.0 * DAY_S
TO_BE_SURE: Final = 1.1
"""Times its travel, and it is at its end wherever it stood."""
INVERTED: Final = 1 | 8
"""Bits of a relay's flags."""


class Relay(HeatSource):
    """An output that is switched by commands and by circuits."""

    KEPT = ("on", "_by_hand")

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        self.on = False
        self._by_hand = False
        self.is_inverted = bool(values.number("flags") & INVERTED)
        self._switch = board.output(values.number("terminal"), self.id)

    def settle(self) -> None:
        """As it stands."""
        self._switch(self.on ^ self.is_inverted)

    @property
    def is_scanned(self) -> bool:
        """Only a simple boiler's contact follows its circuits."""
        return self.has_consumers

    def scan(self, now_s: float) -> None:
        """On while a circuit wants heat or cold."""
        del now_s
        self._set(self._by_hand or self._taken().flow_c is not None)

    def _set(self, on: bool) -> None:
        if on != self.on:
            self.on = on
            self._switch(on ^ self.is_inverted)
            self.mark()

    def state(self) -> dict[str, JsonValue]:
        """On or off."""
        return {"s": int(self.on), "a": 1}

    def shown(self) -> dict[str, JsonValue]:
        """Its output, as the public client of the protocol reads it: that of an inverted relay is off when it is on."""
        return {**super().shown(), "s": int(self.on ^ self.is_inverted)}

    def command(self, value: JsonValue) -> int:
        """0 or 1. Off is accepted, and yet it stays on while a circuit wants it."""
        on = switch_value(value)
        if on is None:
            return WRONG_VALUE
        self._by_hand = on
        self._set(on or (self.on and self.has_consumers))
        return ACCEPTED

    def inner(self) -> str:
        """Bit 1: active."""
        return str(int(self.on))


class Pump(FirmwareObject):
    """A circulation pump."""

    KEPT = ("on", "_by_hand", "_runs_on_until_s", "_ran_s", "_circulates_until_s")

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        self.on = False
        self._switch = board.output(values.number("terminal"), self.id)
        self._overrun_s = values.number("overrun_ms") / 1000
        self._exercise_s = values.number("exercise_h") * 3600.0
        self._wanted = self._locked = self._in_frost = False
        self._is_locked = False
        self._by_hand = False
        self._runs_on_until_s = 0.0
        self._circulates_until_s = 0.0
        self._ran_s = board.now_s

    def settle(self) -> None:
        """As it stands."""
        self._switch(self.on)

    def want(self, wanted: bool, *, locked: bool = False, frost: bool = False) -> None:
        """Whether a circuit needs flow this second; of several, one is enough.

        Args:
            wanted: it does.
            locked: without it the pump must stand at once, without overrun.
            frost: it need not run, but its pipes may freeze.
        """
        self._wanted = self._wanted or wanted
        self._locked = self._locked or locked
        self._in_frost = self._in_frost or frost

    def scan(self, now_s: float) -> None:
        """Run, run on, circulate in frost, or run for exercise."""
        wanted, self._is_locked, in_frost = self._wanted, self._locked and not self._wanted, self._in_frost
        self._wanted = self._locked = self._in_frost = False
        if wanted:
            self._runs_on_until_s = now_s + self._overrun_s
        if in_frost and now_s - self._ran_s >= FROST_STAND_S:
            self._circulates_until_s = now_s + FROST_RUN_S
        if wanted or now_s < self._runs_on_until_s or self._by_hand or now_s < self._circulates_until_s:
            on = not self._is_locked
            if on:
                self._ran_s = now_s
        else:
            stood_s = now_s - self._ran_s
            on = bool(self._exercise_s) and stood_s >= self._exercise_s and not self._is_locked
            if on and stood_s >= self._exercise_s + EXERCISE_S:
                self._ran_s, on = now_s, False
        if on != self.on:
            self._set(on)

    def _set(self, on: bool) -> None:
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
        if on and self._is_locked:
            return NOT_POSSIBLE
        self._by_hand = on
        if on and not self.on:
            self._set(True)
        return ACCEPTED

    def inner(self) -> str:
        """Bit 1: running; bit 16: locked."""
        return str(int(self.on) | (16 if self._is_locked else 0))


class Tap(FirmwareObject):
    """A three-way mixing tap with a three-point drive: open, close, stand."""

    KEPT = ("position", "_knows_place", "_moved_s")

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        self.position = 1.0
        """0 closed to 1 open, as reckoned; after power-on it may stand anywhere."""
        self.direction = 0
        """0 stands, 1 opens, 2 closes."""
        opens, closes = values.number("terminal_open"), values.number("terminal_close")
        self._open = board.output(opens, self.id)
        self._close = board.output(closes if closes != opens else 0, self.id)
        self._travel_s = float(values.number("travel_s"))
        self._step_s = float(values.number("step_s"))
        self._drive_until_s = 0.0
        self._scanned_s = board.now_s
        self._held_until_s = 0.0
        self._moved_s = board.now_s
        self._knows_place = False

    def settle(self) -> None:
        """Stand, or close once to know where it stands."""
        self._open(False)
        self._close(False)
        if not self._knows_place:
            self.drive(2, TO_BE_SURE * self._travel_s, self.board.now_s)
            self._held_until_s = self._drive_until_s

    def steer(self, error_k: float, now_s: float) -> None:
        """Bring the flow nearer its target: a pulse as long as the error is large, then a pause to let it arrive."""
        if now_s < self._held_until_s:
            return
        self._held_until_s = now_s + 1.5 * self._step_s
        if abs(error_k) >= 1.0:
            self.drive(1 if error_k > 0 else 2, min(abs(error_k) / 5.0, 1.0) * self._step_s, now_s)

    def shut(self, now_s: float) -> None:
        """Close, when its circuit wants no heat; once a week it is moved a little, or it would seize."""
        if now_s < self._held_until_s:
            return
        if self.position > 0.0 and self.direction != 2:
            self.drive(2, self._travel_s, now_s)
        elif now_s - self._moved_s >= TAP_EXERCISE_S:
            self.drive(1, 2.0 * self._step_s, now_s)
            self._held_until_s = self._drive_until_s

    def drive(self, direction: int, seconds: float, now_s: float) -> None:
        """Drive for so long."""
        self._drive_until_s = now_s + seconds
        self._moved_s = now_s
        self._turn(direction)

    def scan(self, now_s: float) -> None:
        """Reckon where it stands; stop in time."""
        if self.direction:
            moved = (min(now_s, self._drive_until_s) - self._scanned_s) / self._travel_s
            self.position += max(0.0, moved) if self.direction == 1 else -max(0.0, moved)
            self.position = round(min(1.0, max(0.0, self.position)), 9)
            self._knows_place = self._knows_place or self.position == 0.0
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
        move = moves.get(whole_value(value))
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

    KEPT = ("percent",)

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        self.percent = 0

    def state(self) -> dict[str, JsonValue]:
        """Percent."""
        return {"s": self.percent, "a": 1}

    def command(self, value: JsonValue) -> int:
        """0 to 100."""
        percent = whole_value(value)
        if not 0 <= percent <= 100:
            return WRONG_VALUE
        if percent != self.percent:
            self.percent = percent
            self.mark()
        return ACCEPTED
