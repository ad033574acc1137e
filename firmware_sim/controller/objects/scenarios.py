"""Actions, and scenarios of them.

A scenario is a list of steps: actions, modes, notifications, pauses, branches, the stop of a scenario. It starts by a
command or by its trigger's alarm and runs its steps as they become due, `MAX_STEPS` of them in one scan: a scenario
that starts itself anew for ever lives on, and so does everything else. A branch puts the steps of its answer in front.

Actions may point at each other in a ring: each acts once for one cause (`Board.act`).
"""

from __future__ import annotations

from collections import deque
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
)
from firmware_sim.controller.objects.conditions import Question
from firmware_sim.controller.objects.modes import HeatingMode
from firmware_sim.controller.objects.notifications import Notification
from provisioning.zont.object_values import ObjectValues

MAX_STEPS: Final = 50
MAX_PENDING: Final = 500
"""A branch that puts itself in front twice would grow for ever; the scenario is given up."""


class OutputAction(FirmwareObject):
    """Has an object do something, for a time or for good; without a target it is a pause in a scenario."""

    KEPT = ("_until_s",)
    ACTS_ON_OTHERS = True

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        self.duration_s = float(values.number("duration_s"))
        self._target: FirmwareObject | None = None
        self._until_s: float | None = None

    def link(self, objects: Mapping[int, FirmwareObject]) -> None:
        """Take the target."""
        self._target = self._find(objects, "target", FirmwareObject)

    @property
    def is_pause(self) -> bool:
        """It only takes time."""
        return self._target is None

    def run(self, value: int | None = None) -> None:
        """Do it; `value` instead of its own."""
        if self._target is None:
            return
        self.board.act(self._target, self.values.number("value") if value is None else value)
        self._until_s = self.board.now_s + self.duration_s if self.duration_s else None

    def scan(self, now_s: float) -> None:
        """Take it back when its time is over."""
        if self._until_s is not None and now_s >= self._until_s:
            self._until_s = None
            if self._target is not None:
                self.board.act(self._target, 0)

    def command(self, value: JsonValue) -> int:
        """1 does it."""
        if not switch_value(value):
            return WRONG_VALUE
        self.run()
        return ACCEPTED


class Pause(FirmwareObject):
    """Time between two steps."""

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        self.seconds = float(values.number("seconds"))


class Branch(FirmwareObject):
    """Steps if something holds, others if not."""

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        self._question: Question | None = None

    def link(self, objects: Mapping[int, FirmwareObject]) -> None:
        """Take what it asks."""
        self._question = self._find(objects, "if", Question)

    def steps(self) -> tuple[int, ...]:
        """The ids of the steps to go on with."""
        holds = self._question is not None and self._question.holds()
        return self.values.numbers("then" if holds else "else")


class Scenario(FirmwareObject):
    """Steps one after another; an alarm of its trigger starts it too."""

    KEPT = ("_pending", "_next_s")
    ACTS_ON_OTHERS = True

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        self._objects: Mapping[int, FirmwareObject] = {}
        self._pending: deque[int] = deque()
        """Ids of the steps to come."""
        self._next_s = 0.0

    def link(self, objects: Mapping[int, FirmwareObject]) -> None:
        """Know all objects: a branch may lead to any."""
        self._objects = objects

    def hear(self, event: AlarmEvent) -> None:
        """Start by the trigger's alarm."""
        if event.active and event.object_id == self.values.number("trigger"):
            self.start()

    def start(self) -> None:
        """From the first step."""
        self._pending = deque(self.values.numbers("steps"))
        self._next_s = self.board.now_s
        self.mark()

    def stop(self) -> None:
        """Leave out what has not been done."""
        self._pending.clear()
        self.mark()

    def scan(self, now_s: float) -> None:
        """Run the steps that are due."""
        if not self._pending:
            return
        for _ in range(MAX_STEPS):
            if not self._pending or now_s < self._next_s:
                break
            self._run(self._objects.get(self._pending.popleft()), now_s)
        if not self._pending:
            self.mark()

    def _run(self, step: FirmwareObject | None, now_s: float) -> None:
        match step:
            case Pause():
                self._next_s = now_s + step.seconds
            case OutputAction() if step.is_pause:
                self._next_s = now_s + step.duration_s
            case Branch():
                chosen = step.steps()
                if len(self._pending) + len(chosen) > MAX_PENDING:
                    self.stop()
                else:
                    self._pending.extendleft(reversed(chosen))
            case Notification():
                step.tell()
            case OutputAction() | HeatingMode() | StopScenario():
                self.board.act(step, 1)

    def state(self) -> dict[str, JsonValue]:
        """Running or not."""
        return {"s": int(bool(self._pending)), "a": 1}

    def command(self, value: JsonValue) -> int:
        """1 starts it, 0 stops it (the latter is ours)."""
        on = switch_value(value)
        if on is None:
            return WRONG_VALUE
        if on:
            self.start()
        else:
            self.stop()
        return ACCEPTED


class StopScenario(FirmwareObject):
    """Stops a scenario."""

    ACTS_ON_OTHERS = True

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        self._scenario: Scenario | None = None

    def link(self, objects: Mapping[int, FirmwareObject]) -> None:
        """Take the scenario."""
        self._scenario = self._find(objects, "scenario", Scenario)

    def command(self, value: JsonValue) -> int:
        """1 stops it."""
        if not switch_value(value):
            return WRONG_VALUE
        if self._scenario is not None:
            self._scenario.stop()
        return ACCEPTED
