"""Buttons, switches, lamps and regulators on the owner's page, and commands under a name.

A regulator's value is written into its line; a switch starts off, for what it has switched on is off after a restart.
"""

from __future__ import annotations

from collections.abc import Mapping
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
from firmware_sim.controller.objects.guard import GuardZone
from firmware_sim.controller.objects.modbus_devices import ModbusSignal
from firmware_sim.controller.objects.outputs import Pump, Relay
from firmware_sim.controller.objects.scenarios import OutputAction
from provisioning.zont.object_types import ElementKind
from provisioning.zont.object_values import ObjectValues

SIMPLE_BUTTON_STATE: Final = 255


class WebElement(FirmwareObject):
    """A button, a switch, a lamp or a regulator."""

    KEPT = ("value",)
    ACTS_ON_OTHERS = True

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        self.kind = values.number("stype")
        self.value = values.number("value_x1000") / 1000 if self.kind == ElementKind.REGULATOR else 0.0
        self._links: list[FirmwareObject] = []

    def link(self, objects: Mapping[int, FirmwareObject]) -> None:
        """Take what it drives or shows."""
        found = self._find_all(objects, "links", FirmwareObject)
        self._links = [each for each in found if not isinstance(each, WebElement)]

    @property
    def is_scanned(self) -> bool:
        """Only a lamp looks at something."""
        return self.kind == ElementKind.STATUS

    def scan(self, now_s: float) -> None:
        """A lamp shows its first object."""
        del now_s
        if not self._links:
            return
        shown = self._links[0].state()
        value = 1.0 if shown.get("s", shown.get("trig", 0)) else 0.0
        if value != self.value:
            self.value = value
            self.mark()

    @property
    def limits(self) -> tuple[float, float]:
        """Of a regulator, in its own unit."""
        return float(self.values.number("low")), float(self.values.number("high"))

    def state(self) -> dict[str, JsonValue]:
        """255 for a button, else the value; and its text."""
        if self.kind == ElementKind.SIMPLE_BUTTON:
            return {"stype": self.kind, "s": SIMPLE_BUTTON_STATE, "a": 1}
        text = self.values.text("text_on" if self.value else "text_off")
        value = self.value if self.kind == ElementKind.REGULATOR else int(self.value)
        return {"stype": self.kind, "s": value, "t": text, "a": 1}

    def inner(self) -> str:
        """As its state's `s`."""
        return str(self.state()["s"])

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
            elif on or isinstance(each, Relay | Pump | GuardZone | ModbusSignal):
                self.board.act(each, int(on))
        return ACCEPTED

    def _regulate(self, value: JsonValue) -> int:
        form, comma, number = str(value).partition(",")
        try:
            wanted = float(number)
        except ValueError:
            return WRONG_VALUE
        low, high = self.limits
        if form != "2" or not comma or not low <= wanted <= high:
            return WRONG_VALUE
        results = [self.board.act(each, wanted) for each in self._links if isinstance(each, ModbusSignal)]
        if any(results):
            return max(results)
        self.value = wanted
        self.remember(value_x1000=round(wanted * 1000))
        self.mark()
        return ACCEPTED


class NamedCommand(FirmwareObject):
    """A command of the owner's own making: by its name it has other objects act."""

    ACTS_ON_OTHERS = True

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        self._links: list[FirmwareObject] = []

    def link(self, objects: Mapping[int, FirmwareObject]) -> None:
        """Take who is to act."""
        self._links = self._find_all(objects, "links", FirmwareObject)

    def command(self, value: JsonValue) -> int:
        """1 gives it."""
        if not switch_value(value):
            return WRONG_VALUE
        for each in self._links:
            self.board.act(each, 1)
        return ACCEPTED
