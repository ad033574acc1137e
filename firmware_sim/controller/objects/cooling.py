"""Cooling circuits: a room that is too warm switches its source and its pump on.

What such a circuit asks for, the first that applies:

    off            nothing
    sensor lost    nothing: no house has ever been damaged by being too warm
    heated         nothing, while a heating circuit of the same room asks for heat: never both at once
    sweating       nothing, while its water is colder than `lowest_flow`: pipes and floors would be wet with dew
    air            the room above its setpoint, with hysteresis

Where heating and cooling of a room are set against each other, cooling keeps `DEAD_BAND_K` above the heating's
setpoint, or they would take turns for ever. The source is a relay (a chiller's contact); what is published of the
boilers' buses has no cooling.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from firmware_sim.controller.objects.base import Board, FirmwareObject
from firmware_sim.controller.objects.circuits import (
    CONTROL_ERROR,
    LOCKED,
    NO_HEAT,
    SENSOR_FAULT,
    HeatingCircuit,
    Rule,
    first_temp,
)
from firmware_sim.controller.objects.outputs import Relay
from firmware_sim.controller.objects.room_heating import RoomCircuit
from firmware_sim.controller.regulation import TwoPoint
from provisioning.zont.object_values import ObjectValues

if TYPE_CHECKING:
    from firmware_sim.controller.objects.modes import HeatingMode

DEAD_BAND_K: Final = 1.0
DEW_BAND_K: Final = 1.0


class CoolingCircuit(HeatingCircuit):
    """A circuit that cools a room."""

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        self._dew = TwoPoint(DEW_BAND_K)
        self._heaters: list[RoomCircuit] = []
        """Circuits that heat its room."""

    def link(self, objects: Mapping[int, FirmwareObject]) -> None:
        """Take the room's sensor."""
        super().link(objects)
        self._measures = self._air

    def know(self, modes: Mapping[int, HeatingMode], circuits: list[HeatingCircuit]) -> None:
        """Know who heats the same room."""
        super().know(modes, circuits)
        mine = set(self._air)
        self._heaters = [each for each in circuits if isinstance(each, RoomCircuit) and mine & set(each._air)]

    def ask(self, flow_c: float, *, dhw: bool = False, frost: bool = False) -> None:
        """It is nobody's source of heat."""

    def rules(self) -> list[Rule]:
        """As the table above says."""
        return [
            Rule("off", self._off),
            Rule("sensor lost", self._without_sensor),
            Rule("heated", self._while_heated),
            Rule("sweating", self._while_sweating),
            Rule("air", self._by_air),
        ]

    def _off(self, now_s: float) -> float | None:
        del now_s
        return NO_HEAT if self.setpoint_c is None else None

    def _without_sensor(self, now_s: float) -> float | None:
        del now_s
        if self.current_c is not None:
            return None
        self.status |= SENSOR_FAULT
        return NO_HEAT

    def _while_heated(self, now_s: float) -> float | None:
        del now_s
        if all(each.demand_c is None for each in self._heaters):
            return None
        self.status |= LOCKED
        self._two_point.on = False
        return NO_HEAT

    def _while_sweating(self, now_s: float) -> float | None:
        del now_s
        water_c = first_temp(self._carrier)
        if water_c is None or not self._dew.update(water_c, self._lowest_c + DEW_BAND_K / 2):
            return None
        self.status |= LOCKED
        return NO_HEAT

    def _by_air(self, now_s: float) -> float | None:
        if self.setpoint_c is None or self.current_c is None:
            return None
        heated = [each.setpoint_c + DEAD_BAND_K for each in self._heaters if each.setpoint_c is not None]
        setpoint_c = max(self.setpoint_c, *heated) if heated else self.setpoint_c
        # The two-point regulator of a heater, upside down.
        too_warm = self._two_point.update(-self.current_c, -setpoint_c)
        return self._held(self._lowest_c if too_warm else None, now_s)

    def _act(self, demand_c: float | None, now_s: float, *, dhw: bool, frost: bool) -> None:
        del dhw, frost
        if demand_c is not None:
            if isinstance(self._source, Relay):
                self._source.ask(demand_c)
            else:
                self.status |= CONTROL_ERROR
        if self.pump is not None:
            self.pump.want(demand_c is not None)
        if self._tap is not None:
            self._mix(self._tap, demand_c, now_s)
