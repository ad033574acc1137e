"""Heating modes: setpoints of several circuits under one name. A mode is a command, not a state: what it has set
stays until something else is set, and each circuit remembers the mode that it has its setpoint from.
"""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import JsonValue

from firmware_sim.controller.objects.base import (
    ACCEPTED,
    NOT_POSSIBLE,
    WRONG_VALUE,
    Board,
    FirmwareObject,
    whole_value,
)
from firmware_sim.controller.objects.circuits import HeatingCircuit
from provisioning.zont.decikelvin import from_decikelvin
from provisioning.zont.object_values import ObjectValues


class HeatingMode(FirmwareObject):
    """Setpoints for circuits, applied together; 0 switches a circuit off."""

    ACTS_ON_OTHERS = True

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        pairs = zip(values.numbers("circuits"), values.numbers("setpoints"), strict=False)
        self.setpoints_c = {circuit: from_decikelvin(raw) for circuit, raw in pairs}
        self._circuits: list[HeatingCircuit] = []

    def link(self, objects: Mapping[int, FirmwareObject]) -> None:
        """Take the circuits."""
        found = [objects.get(each) for each in self.setpoints_c]
        self._circuits = [each for each in found if isinstance(each, HeatingCircuit)]

    def apply_to(self, circuit: HeatingCircuit) -> None:
        """Apply it to one circuit."""
        circuit.set_setpoint(self.setpoints_c.get(circuit.id), self.id)

    def command(self, value: JsonValue) -> int:
        """1 applies it to all its circuits."""
        if whole_value(value) != 1:
            return WRONG_VALUE
        if not self._circuits:
            return NOT_POSSIBLE
        for each in self._circuits:
            self.apply_to(each)
        return ACCEPTED
