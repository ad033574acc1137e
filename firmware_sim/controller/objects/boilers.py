"""Boilers on digital buses, groups and cascades of them.

The bus (`firmware_sim.boiler_link`) carries a demand to a boiler. Several boilers work together in two ways:

    group      the first one that can works; the next stands in when it has been out for `switch_delay_s`
    cascade    the leading one works, the next joins in when the flow stays too cold for `stage_delay_s`, the last
               leaves when it is too warm; the order changes by running hours, so that all wear alike

A boiler in fault, or without a link, is passed over. A boiler's timetable may ban it (where its setpoint is off): then
it does nothing unless somebody would freeze.

Status bits of an adapter: 1 no adapter, 2 no boiler on the bus, 4 link lost, 8 boiler failure, 16 its event
(PROTOCOL.md, by way of reference lists of the maker's clients).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Self

from pydantic import JsonValue

from firmware_sim.boiler_link import BoilerValues
from firmware_sim.controller.objects.base import ACCEPTED, WRONG_VALUE, Board, FirmwareObject, whole_value
from firmware_sim.controller.objects.sources import (
    BOILER_BANNED,
    CASCADE,
    NO_LIMIT_C,
    NOTHING_ASKED,
    RESERVE_BOILER,
    HeatSource,
)
from firmware_sim.controller.objects.timetables import DayTimetable, WeekTimetable
from provisioning.zont.decikelvin import from_decikelvin
from provisioning.zont.object_values import ObjectValues

OFF, RUNNING, ERROR = 0, 1, 2
NO_BOILER, LINK_LOST, BOILER_FAILURE, FAILURE_EVENT = 2, 4, 8, 16
LINK_LOST_S: Final = 60.0
HURRY_K: Final = 5.0
"""A change of the flow for which the regulation does not wait for its turn."""
HEAR_S: Final = 2.0
"""So often an adapter is asked what its bus has brought; on the bus frames go by themselves."""
LOW_PRESSURE_BAR: Final = 0.8
FORCED_ROTATION_S: Final = 24 * 3600.0
"""A cascade that is never idle changes its order under load when it is so late."""


class BoilerAdapter(HeatSource):
    """A boiler behind its adapter."""

    KEPT = ("demand_c", "running_s", "flow_c", "is_usable", "_linked_s", "_heard_s")

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        self._link = board.terminals.boiler(values.text("serial"), values.number("bus"))
        self._lowest_c = from_decikelvin(values.number("lowest_flow")) or 30.0
        self._highest_c = from_decikelvin(values.number("highest_flow")) or 80.0
        self._hurried_flow_c = 0.0
        self._heard: tuple[object, ...] = ()
        self._shown: tuple[object, ...] = ()
        self.is_usable = False
        """It answers and is not in fault."""
        self.is_banned = False
        """Its timetable has switched it off."""
        self._lost = False
        self._linked_s = board.now_s
        self._heard_s = board.now_s - HEAR_S
        self._hot_water_c: float | None = None
        self._timetable: DayTimetable | WeekTimetable | None = None
        self._looked_minute = -1
        self.demand_c: float | None = None
        self.running_s = 0.0

    def link(self, objects: Mapping[int, FirmwareObject]) -> None:
        """Take its timetable."""
        self._timetable = self._find(objects, "timetable", DayTimetable) or self._find(
            objects, "timetable", WeekTimetable
        )

    @property
    def limit_c(self) -> float:
        """As it is set up."""
        return self._highest_c

    @property
    def told(self) -> BoilerValues:
        """All that the boiler has told."""
        return self._link.values

    def ask_hot_water(self, setpoint_c: float | None) -> None:
        """Have the boiler make hot water itself; None: not."""
        self._hot_water_c = setpoint_c

    def regulate(self, now_s: float) -> None:
        """Hand the demand on within its limits."""
        del now_s
        if self._timetable is not None and self.board.minute_of_week != self._looked_minute:
            self._looked_minute = self.board.minute_of_week
            in_force = self._timetable.in_force(self._looked_minute)
            self.is_banned = in_force is not None and in_force.setpoint_c is None
            self.status_bits = BOILER_BANNED if self.is_banned else 0
        asked_c, _, frost = self._asked
        if asked_c is not None:
            self._asked = NOTHING_ASKED
            asked_c = (
                None if self.is_banned and not frost else min(self._highest_c, max(self._lowest_c, asked_c))
            )
        self.demand_c = asked_c
        demand = self._link.demand
        demand.ch_enabled, demand.ch_setpoint_c = asked_c is not None, asked_c
        demand.dhw_enabled, demand.dhw_setpoint_c = self._hot_water_c is not None, self._hot_water_c

    def scan(self, now_s: float) -> None:
        """Let the bus work, and hear the boiler."""
        if now_s < self._heard_s + HEAR_S:
            return
        elapsed_s, self._heard_s = now_s - self._heard_s, now_s
        link = self._link
        link.step(now_s)
        values, linked = link.values, link.linked
        flow_c, fault, flame = values.flow_c, values.fault, values.flame
        is_usable = linked and not fault
        if is_usable is not self.is_usable or (flow_c is None) is not (self.flow_c is None):
            self.board.is_hurried = True
        self.flow_c, self.is_usable = flow_c, is_usable
        if flame:
            self.running_s += elapsed_s
        if linked:
            self._linked_s = now_s
        self._lost = lost = now_s - self._linked_s > LINK_LOST_S
        heard = (
            linked, lost, fault, flame, flow_c, values.return_c, values.dhw_c, values.pressure_bar,
            values.modulation, values.oem_code,
        )  # fmt: skip
        if heard != self._heard:
            self._heard = heard
            self._look(heard)

    def _look(self, heard: tuple[object, ...]) -> None:
        """The boiler has said something new, if only in hundredths."""
        shown = tuple(round(each, 1) if isinstance(each, float) else each for each in heard)
        if shown == self._shown:
            return
        self._shown = shown
        self.mark()
        values = self._link.values
        flow_c = values.flow_c or 0.0
        if abs(flow_c - self._hurried_flow_c) >= HURRY_K:
            self._hurried_flow_c, self.board.is_hurried = flow_c, True
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
        if whole_value(value) != 1:
            return WRONG_VALUE
        self._link.reset_fault()
        return ACCEPTED

    def inner(self) -> str:
        """Status bits."""
        bits = 0 if self._link.linked else NO_BOILER
        failure = (BOILER_FAILURE | FAILURE_EVENT) * self._link.values.fault
        return str(bits | (LINK_LOST * self._lost) | failure)


class BoilersTogether(HeatSource):
    """Several boilers as one source."""

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        self._adapters: list[BoilerAdapter] = []
        self._all_ready = False

    def link(self, objects: Mapping[int, FirmwareObject]) -> None:
        """Take the boilers, each once, in the order of the list."""
        self._adapters = list(dict.fromkeys(self._find_all(objects, "adapters", BoilerAdapter)))

    @property
    def limit_c(self) -> float:
        """The hottest that one of them may give."""
        return max((each.limit_c for each in self._adapters), default=NO_LIMIT_C)

    @property
    def order(self) -> list[int]:
        """The boilers' ids, the leading one first."""
        return [each.id for each in self._adapters]

    def _ready(self, *, frost: bool) -> list[BoilerAdapter]:
        """Those that can heat now; if none can all are asked, for one may come back."""
        if self._all_ready:
            return self._adapters
        allowed = [each for each in self._adapters if frost or not each.is_banned]
        return [each for each in allowed if each.is_usable] or allowed

    def _sum_up(self, bits: int) -> None:
        """Whether one of them can heat, and what circuits show of that."""
        usable, ready, banned = False, True, True
        for each in self._adapters:
            usable = usable or each.is_usable
            ready = ready and each.is_usable and not each.is_banned
            banned = banned and each.is_banned
        self.is_usable, self._all_ready = usable, ready
        self.status_bits = bits | BOILER_BANNED if banned and self._adapters else bits


class BoilerGroup(BoilersTogether):
    """A main boiler and those that stand in for it."""

    KEPT = ("_at_work", "_out_since_s")

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        self._delay_s = float(values.number("switch_delay_s"))
        self._at_work = 0
        """Which of the boilers works."""
        self._out_since_s: float | None = None

    def scan(self, now_s: float) -> None:
        """Ask the boiler at work; choose another when it has been out for a while, the main one as soon as it can."""
        asked_c, dhw, frost = self._taken()
        if not self._adapters:
            return
        at_work = min(self._at_work, len(self._adapters) - 1)
        usable = [n for n, each in enumerate(self._adapters) if each.is_usable and not each.is_banned]
        if self._adapters[at_work].is_usable and not self._adapters[at_work].is_banned:
            self._out_since_s = None
            at_work = min(usable[0], at_work)
        elif self._out_since_s is None:
            self._out_since_s = now_s
        elif now_s - self._out_since_s >= self._delay_s and usable:
            at_work = usable[0]
        if at_work != self._at_work:
            self._at_work = at_work
            self.board.alarm(self.id, "reserve_boiler", at_work != 0)
            self.mark()
        self.flow_c = self._adapters[at_work].flow_c
        self._sum_up(RESERVE_BOILER if at_work else 0)
        if asked_c is not None:
            self._adapters[at_work].ask(asked_c, dhw=dhw, frost=frost)

    def state(self) -> dict[str, JsonValue]:
        """Which boiler works, 1 is the main one."""
        return {"s": self._at_work + 1, "a": int(self.is_usable)}


class BoilerCascade(BoilersTogether):
    """Boilers that work together."""

    KEPT = ("stages", "_since_s", "_rotated_s", "_places")

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        self._rotation_s = values.number("rotation_h") * 3600.0
        self._delay_s = float(values.number("stage_delay_s"))
        self._band_k = values.number("stage_on_dk") / 10
        self.stages = 0
        """Boilers that are asked for heat."""
        self._since_s = 0.0
        self._rotated_s = board.now_s
        self._places: list[int] = []
        """The boilers' ids in the order of the last rotation."""

    def link(self, objects: Mapping[int, FirmwareObject]) -> None:
        """Take the boilers, in the order of the last rotation."""
        super().link(objects)
        places = {each: place for place, each in enumerate(self._places)}
        self._adapters.sort(key=lambda each: places.get(each.id, len(places)))

    def scan(self, now_s: float) -> None:
        """Ask as many boilers as are needed."""
        asked_c, dhw, frost = self._taken()
        late_s = now_s - self._rotated_s - self._rotation_s
        # Between two demands if possible: changing the lead under load starts and stops burners.
        if late_s >= (0.0 if asked_c is None else FORCED_ROTATION_S):
            self._rotated_s = now_s
            self._adapters.sort(key=lambda each: each.running_s)
            self._places = self.order
        self._sum_up(CASCADE)
        if self.is_usable and not self._adapters[0].is_usable:
            self.status_bits |= RESERVE_BOILER
        ready = self._ready(frost=frost)
        self.flow_c = flow_c = _mean_flow_c(ready[: max(1, self.stages)])
        if asked_c is None:
            if self.stages:
                self._stage(0, now_s)
            return
        if self.stages == 0:
            self._stage(1, now_s)
        elif now_s - self._since_s >= self._delay_s:
            if flow_c is not None and flow_c < asked_c - self._band_k and self.stages < len(ready):
                self._stage(self.stages + 1, now_s)
            elif flow_c is not None and flow_c > asked_c + self._band_k and self.stages > 1:
                self._stage(self.stages - 1, now_s)
        for each in ready[: self.stages]:
            each.ask(asked_c, dhw=dhw, frost=frost)

    def _stage(self, stages: int, now_s: float) -> None:
        self.stages, self._since_s = stages, now_s
        self.mark()

    def take_over(self, old: Self) -> None:
        """Go on in the same order."""
        super().take_over(old)
        self._places = old.order

    def state(self) -> dict[str, JsonValue]:
        """How many boilers work."""
        return {"s": self.stages, "a": 1}


def _mean_flow_c(boilers: list[BoilerAdapter]) -> float | None:
    if len(boilers) == 1:
        return boilers[0].flow_c
    flows = [each.flow_c for each in boilers if each.flow_c is not None]
    return sum(flows) / len(flows) if flows else None
