"""Boilers on digital buses, and cascades of them.

Circuits ask a source for a flow temperature; the source takes the highest. Hot water goes before heating: while it is
charged the boiler is told that the demand is for it. A cascade starts the next boiler when the leading ones do not
reach the target for a while, stops the last when they exceed it, and changes the order by running hours, so that all
wear alike; a boiler in fault is passed over.

Status bits of an adapter: 1 no adapter, 2 no boiler on the bus, 4 link lost, 8 boiler failure (PROTOCOL.md, by way of
reference lists of the maker's clients).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pydantic import JsonValue

from firmware_sim.controller.objects.base import ACCEPTED, WRONG_VALUE, Board, FirmwareObject
from firmware_sim.controller.terminals import BoilerValues
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
        self.last: BoilerValues | None = None
        self._heard_s = 0.0
        self._shown: tuple[object, ...] = ()
        self.demand_c: float | None = None
        self.running_s = 0.0

    @property
    def flow_c(self) -> float | None:
        """As the boiler says."""
        return None if self.last is None else self.last.flow_c

    @property
    def is_usable(self) -> bool:
        """It answers and is not in fault."""
        return self.last is not None and self.last.fault_code == 0

    def scan(self, now_s: float) -> None:
        """Hear the boiler, and hand the demand on within its limits."""
        asked_c, dhw = self._taken()
        self.demand_c = None if asked_c is None else min(self._highest_c, max(self._lowest_c, asked_c))
        self._link.demand(self.demand_c, dhw=dhw)
        values = self._link.values()
        if values is not None:
            self._heard_s = now_s
            if values.flame:
                self.running_s += 1.0
        elif now_s - self._heard_s < LINK_LOST_S:
            return
        if values is not self.last:
            self._hear(values)

    def _hear(self, values: BoilerValues | None) -> None:
        self.last = values
        shown = (
            ()
            if values is None
            else (
                round(values.flow_c * 10),
                None if values.return_c is None else round(values.return_c * 10),
                None if values.dhw_c is None else round(values.dhw_c * 10),
                round(values.modulation_percent),
                None if values.pressure_bar is None else round(values.pressure_bar * 10),
                values.flame,
                values.fault_code,
            )
        )
        if shown == self._shown:
            return
        self._shown = shown
        self.mark()
        pressure = None if values is None else values.pressure_bar
        self.board.alarm(self.id, "boiler_link_lost", values is None)
        self.board.alarm(self.id, "boiler_failure", values is not None and values.fault_code != 0)
        self.board.alarm(self.id, "low_pressure", pressure is not None and pressure < LOW_PRESSURE_BAR)

    def state(self) -> dict[str, JsonValue]:
        """What the boiler says, in tenths; only what it has."""
        if self.last is None:
            return {"state": ERROR, "a": 0}
        last = self.last
        told = {"water": last.flow_c, "return": last.return_c, "dhw": last.dhw_c, "press": last.pressure_bar}
        state: dict[str, JsonValue] = {
            key: round(value, 1) for key, value in told.items() if value is not None
        }
        state["modul"] = round(last.modulation_percent)
        state["state"] = ERROR if last.fault_code else RUNNING if last.flame else OFF
        state["err"] = last.fault_code
        return state

    def command(self, value: JsonValue) -> int:
        """1 lifts a lockout (our own: the maker publishes no command of an adapter)."""
        if value != 1 or isinstance(value, bool):
            return WRONG_VALUE
        self._link.reset()
        return ACCEPTED

    def inner(self) -> str:
        """Status bits."""
        return str(NO_BOILER if self.last is None else BOILER_FAILURE if self.last.fault_code else 0)


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
