"""What a scenario's branch asks: readings of objects, comparisons, their logic, the time of the day.

An answer is reckoned once for each moment; a question that asks itself back gets no for an answer. What is not known
is no: a lost sensor neither starts nor stops anything.

Types 47 to 50 are published by name only; what stands in their lines is ours.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Final

from firmware_sim.controller.objects.base import Board, FirmwareObject
from provisioning.zont.object_values import ObjectValues

COMPARISONS: Final[tuple[Callable[[float, float], bool], ...]] = (
    operator.lt, operator.le, operator.eq, operator.ne, operator.gt, operator.ge,
)  # fmt: skip
ALL, ANY, NOT = 0, 1, 2
READ_FIELDS: Final = (("t", "v", "c", "water"), ("trig", "s"), ("s",), ("a",))
"""What a reading's `field` takes of an object's state: its value, its trigger or switch, its setpoint, availability."""


class Question(FirmwareObject):
    """Something that holds or not."""

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        self._asked_s = float("-inf")
        self._answer = False

    def holds(self) -> bool:
        """Whether it does now."""
        if self._asked_s != self.board.now_s:
            self._asked_s, self._answer = self.board.now_s, False
            self._answer = self._reckon()
        return self._answer

    def _reckon(self) -> bool:
        raise NotImplementedError


class SensorReading(Question):
    """A value of an object."""

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        self._fields = READ_FIELDS[values.number("field")]
        self._object: FirmwareObject | None = None

    def link(self, objects: Mapping[int, FirmwareObject]) -> None:
        """Take the object."""
        self._object = self._find(objects, "object", FirmwareObject)

    @property
    def value(self) -> float | None:
        """None: the object has no such value now."""
        state = {} if self._object is None else self._object.state()
        value = next((state[each] for each in self._fields if each in state), None)
        return float(value) if isinstance(value, int | float) else None

    def _reckon(self) -> bool:
        return bool(self.value)


class Comparator(Question):
    """A reading against another, or against a constant."""

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        self._compare = COMPARISONS[values.number("operator")]
        self._constant = values.number("constant_x10") / 10
        self._left: SensorReading | None = None
        self._right: SensorReading | None = None

    def link(self, objects: Mapping[int, FirmwareObject]) -> None:
        """Take the readings."""
        self._left = self._find(objects, "left", SensorReading)
        self._right = self._find(objects, "right", SensorReading)

    def _reckon(self) -> bool:
        left = None if self._left is None else self._left.value
        right = self._constant if self._right is None else self._right.value
        return left is not None and right is not None and self._compare(left, right)


class Logic(Question):
    """All of its operands, any of them, or not the first."""

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        self._operator = values.number("operator")
        self._operands: list[Question] = []

    def link(self, objects: Mapping[int, FirmwareObject]) -> None:
        """Take the operands."""
        self._operands = self._find_all(objects, "operands", Question)

    def _reckon(self) -> bool:
        if self._operator == NOT:
            return bool(self._operands) and not self._operands[0].holds()
        found = [each.holds() for each in self._operands]
        return any(found) if self._operator == ANY else bool(found) and all(found)


class TimeOfDay(Question):
    """On some days (bits, Monday first) from one minute of the day to another, also over midnight."""

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        self._days = values.number("days")
        self._from, self._to = values.number("from_minute"), values.number("to_minute")

    def _reckon(self) -> bool:
        day, minute = divmod(self.board.minute_of_week, 1440)
        if self._from <= self._to:
            return bool(self._days >> day & 1) and self._from <= minute < self._to
        if minute >= self._from:
            return bool(self._days >> day & 1)
        # After midnight it is the night of the day before.
        return bool(self._days >> (day - 1) % 7 & 1) and minute < self._to
