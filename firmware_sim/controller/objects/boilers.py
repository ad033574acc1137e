"""Boilers on digital buses, and cascades of them.

Circuits ask a source for a flow temperature; the source takes the highest, and hot water goes before heating. The bus
(`firmware_sim.boiler_link`) carries that to the boiler. A cascade starts the next boiler when the leading ones do not
reach the target for a while, stops the last when they exceed it, and changes the order by running hours, so that all
wear alike; a boiler in fault is passed over.

Status bits of an adapter: 1 no adapter, 2 no boiler on the bus, 4 link lost, 8 boiler failure (PROTOCOL.md, by way of
reference lists of the maker's clients).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pydantic import JsonValue

from firmware_sim.boiler_link import BoilerValues
from firmware_sim.controller.objects.base import ACCEPTED, WRONG_VALUE, Board, FirmwareObject
from provisioning.zont.decikelvin import from_decikelvin
from provisioning.zont.object_fields import ObjectValues
from provisioning.zont.object_types import ObjectType

OFF, RUNNING, ERROR = 0, 1, 2
NO_BOILER: Final = 2
BOILER_FAILURE: Final = 8
LINK_LOST_S: Final = 60.0
LOW_PRESSURE_BAR: Final = 0.8


class HeatSource(FirmwareObject):
    """Something that circuits ask for heat."""

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        self._asked_c: float | None = None
        self._asked_dhw = False

    def ask(self, flow_c: float, *, dhw: bool = False) -> None:
        """Ask for a flow temperature for the next second; the highest counts, and hot water before heating."""
        if dhw and not self._asked_dhw:
            self._asked_c, self._asked_dhw = flow_c, True
        elif dhw == self._asked_dhw:
            self._asked_c = flow_c if self._asked_c is None else max(self._asked_c, flow_c)

    def _taken(self) -> tuple[float | None, bool]:
        taken = self._asked_c, self._asked_dhw
        self._asked_c, self._asked_dhw = None, False
        return taken

    @property
    def flow_c(self) -> float | None:
        """The flow temperature; None: unknown."""
        raise NotImplementedError


class BoilerAdapter(HeatSource):
    """A boiler behind its adapter."""

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        self._link = board.terminals.boiler(values.text("serial"))
        self._lowest_c = from_decikelvin(values.number("lowest_flow")) or 30.0
        self._highest_c = from_decikelvin(values.number("highest_flow")) or 80.0
        self._shown: tuple[object, ...] = ()
        self._flow_c: float | None = None
        self._fault = self._lost = False
        self._linked_s = 0.0
        self.demand_c: float | None = None
        self.running_s = 0.0

    @property
    def flow_c(self) -> float | None:
        """As the boiler says."""
        return self._flow_c

    @property
    def told(self) -> BoilerValues:
        """All that the boiler has told."""
        return self._link.values

    @property
    def is_usable(self) -> bool:
        """It answers and is not in fault."""
        return self._link.linked and not self._fault

    def scan(self, now_s: float) -> None:
        """Hand the demand on within its limits, let the bus work, and hear the boiler."""
        asked_c, _dhw = self._taken()
        if asked_c is not None:
            asked_c = min(self._highest_c, max(self._lowest_c, asked_c))
        self.demand_c = asked_c
        link = self._link
        demand = link.demand
        demand.ch_enabled, demand.ch_setpoint_c = asked_c is not None, asked_c
        link.step(now_s)
        values, linked = link.values, link.linked
        self._flow_c, self._fault = values.flow_c, values.fault
        if values.flame:
            self.running_s += self.board.step_s
        if linked:
            self._linked_s = now_s
        self._lost = now_s - self._linked_s > LINK_LOST_S
        shown = (
            linked,
            self._lost,
            values.fault,
            values.flame,
            _tenths(values.flow_c),
            _tenths(values.return_c),
            _tenths(values.dhw_c),
            _tenths(values.pressure_bar),
            values.modulation,
            values.oem_code,
        )
        if shown != self._shown:
            self._show(shown)

    def _show(self, shown: tuple[object, ...]) -> None:
        self._shown = shown
        self.mark()
        values = self._link.values
        low = values.pressure_bar is not None and values.pressure_bar < LOW_PRESSURE_BAR
        self.board.alarm(self.id, "boiler_link_lost", self._lost)
        self.board.alarm(self.id, "boiler_failure", values.fault)
        self.board.alarm(self.id, "low_pressure", low)

    def state(self) -> dict[str, JsonValue]:
        """What the boiler says, in tenths; only what it has."""
        if not self._link.linked:
            return {"state": ERROR, "a": 0}
        values = self._link.values
        told = {
            "water": values.flow_c,
            "return": values.return_c,
            "dhw": values.dhw_c,
            "press": values.pressure_bar,
        }
        state: dict[str, JsonValue] = {
            key: round(value, 1) for key, value in told.items() if value is not None
        }
        if values.modulation is not None:
            state["modul"] = round(100 * values.modulation)
        state["state"] = ERROR if values.fault else RUNNING if values.flame else OFF
        state["err"] = (values.oem_code or values.fault_flags) if values.fault else 0
        return state

    def command(self, value: JsonValue) -> int:
        """1 lifts a lockout (our own: the maker publishes no command of an adapter)."""
        if value != 1 or isinstance(value, bool):
            return WRONG_VALUE
        self._link.reset_fault()
        return ACCEPTED

    def inner(self) -> str:
        """Status bits."""
        return str(NO_BOILER if not self._link.linked else BOILER_FAILURE if self._fault else 0)


def _tenths(value: float | None) -> int | None:
    return None if value is None else round(value * 10)


class BoilerCascade(HeatSource):
    """Boilers that work together."""

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        self._adapters: list[BoilerAdapter] = []
        self._rotation_s = values.number("rotation_h") * 3600.0
        self._delay_s = float(values.number("stage_delay_s"))
        self._band_k = values.number("stage_on_dk") / 10
        self.stages = 0
        """Boilers that are asked for heat."""
        self._since_s = 0.0
        self._rotated_s = 0.0

    def link(self, objects: Mapping[int, FirmwareObject]) -> None:
        """Take the boilers, in the order of the list."""
        listed = [objects.get(each) for each in self.values.numbers("adapters")]
        self._adapters = [each for each in listed if isinstance(each, BoilerAdapter)]

    @property
    def flow_c(self) -> float | None:
        """The mean of the boilers that run."""
        flows = [each.flow_c for each in self._adapters[: max(1, self.stages)] if each.flow_c is not None]
        return sum(flows) / len(flows) if flows else None

    @property
    def order(self) -> list[int]:
        """The boilers' ids, the leading one first."""
        return [each.id for each in self._adapters]

    def scan(self, now_s: float) -> None:
        """Ask as many boilers as are needed."""
        asked_c, dhw = self._taken()
        if asked_c is None:
            if self.stages:
                self._stage(0, now_s)
            # Only between two demands: changing the lead under load starts and stops burners for nothing.
            if now_s - self._rotated_s >= self._rotation_s:
                self._rotated_s = now_s
                self._adapters.sort(key=lambda each: each.running_s)
            return
        usable = [each for each in self._adapters if each.is_usable] or self._adapters
        if self.stages == 0:
            self._stage(1, now_s)
        elif now_s - self._since_s >= self._delay_s:
            flow_c = self.flow_c
            if flow_c is not None and flow_c < asked_c - self._band_k and self.stages < len(usable):
                self._stage(self.stages + 1, now_s)
            elif flow_c is not None and flow_c > asked_c + self._band_k and self.stages > 1:
                self._stage(self.stages - 1, now_s)
        for each in usable[: self.stages]:
            each.ask(asked_c, dhw=dhw)

    def _stage(self, stages: int, now_s: float) -> None:
        self.stages, self._since_s = stages, now_s
        self.mark()

    def state(self) -> dict[str, JsonValue]:
        """How many boilers work."""
        return {"s": self.stages, "a": 1}


BOILERS: Final = {ObjectType.BOILER_ADAPTER: BoilerAdapter, ObjectType.BOILER_CASCADE: BoilerCascade}
