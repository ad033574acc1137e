"""Hot water circuits: a tank that is charged with hysteresis, before heating, but not for ever.

What such a circuit asks its source for, the first that applies:

    boiler's own    no sensor, and a boiler on a bus: the boiler makes hot water itself and is told the setpoint
    sensor lost     nothing: heating water for a tank of unknown temperature scalds somebody
    off             nothing, unless the tank is about to freeze
    pause           nothing: after an hour in vain heating has half an hour of its own
    charge          setpoint + 15 K until the tank has its setpoint; during anti-legionella its temperature counts

The pump waits until the source is warmer than the tank: it would cool it. Who charges too long raises `dhw_timeout`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, Self

from firmware_sim.controller.objects.base import Board, FirmwareObject
from firmware_sim.controller.objects.boilers import BoilerAdapter
from firmware_sim.controller.objects.circuits import (
    LEGIONELLA,
    LEGIONELLA_REACHED,
    LOCKED,
    NO_HEAT,
    SENSOR_FAULT,
    HeatingCircuit,
    Rule,
)
from firmware_sim.controller.objects.legionella import LEGIONELLA_C, SPREAD_K, Legionella
from firmware_sim.controller.regulation import TwoPoint
from provisioning.zont.object_values import ObjectValues

if TYPE_CHECKING:
    from firmware_sim.controller.objects.modes import HeatingMode

DHW_BOOST_K: Final = 15.0
LEAST_HYSTERESIS_K: Final = 4.0
"""A tank is drawn from all day: with less the boiler would start at each hand that is washed."""
DHW_MAX_S: Final = 3600.0
DHW_PAUSE_S: Final = 1800.0
FROST_TANK_C: Final = 5.0
FROST_TARGET_C: Final = 10.0


class HotWaterCircuit(HeatingCircuit):
    """A circuit that makes hot water."""

    KEPT = (*HeatingCircuit.KEPT, "_charging_since_s", "_pause_until_s", "_in_vain", "_treated_s")

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        self._two_point = TwoPoint(max(self._hysteresis_k, LEAST_HYSTERESIS_K))
        self._legionella = Legionella.unpack(values.number("antilegionella"))
        self._charging_since_s: float | None = None
        self._pause_until_s = 0.0
        self._in_vain = False
        self._treated_s = board.now_s
        """When the treatment had its last look."""
        self._told_failed: bool | None = None
        self._hottest_c = 0.0
        """The flow that there can be for it."""
        self._boiler: BoilerAdapter | None = None
        """One that makes hot water itself."""

    def link(self, objects: Mapping[int, FirmwareObject]) -> None:
        """Take the tank's sensor, or a boiler that has one of its own."""
        super().link(objects)
        self._measures = self._carrier or self._air
        own = isinstance(self._source, BoilerAdapter) and not self._measures
        self._boiler = self._source if own and isinstance(self._source, BoilerAdapter) else None
        if self._legionella is None:
            self.board.alarm(self.id, "legionella_not_reached", False)
        self._rules = tuple(rule.asks for rule in self.rules())

    def know(self, modes: Mapping[int, HeatingMode], circuits: list[HeatingCircuit]) -> None:
        """Know how hot its source may be."""
        super().know(modes, circuits)
        self._hottest_c = self.limit_c

    def take_over(self, old: Self) -> None:
        """A treatment goes on, unless it is another one now."""
        super().take_over(old)
        same = old.values.number("antilegionella") == self.values.number("antilegionella")
        if same:
            self._legionella = old._legionella

    def rules(self) -> list[Rule]:
        """As the table above says."""
        if self._boiler is not None:
            return [Rule("boiler's own", self._by_boiler)]
        return [
            Rule("sensor lost", self._without_sensor),
            Rule("pause", self._pausing),
            Rule("charge", self._charge),
        ]

    # -- the rules

    def _by_boiler(self, now_s: float) -> float | None:
        del now_s
        if self._boiler is not None:
            self._boiler.ask_hot_water(self.setpoint_c)
            self.current_c = self._boiler.told.dhw_c
        return NO_HEAT

    def _without_sensor(self, now_s: float) -> float | None:
        del now_s
        if self.current_c is not None:
            return None
        self.status |= SENSOR_FAULT
        return NO_HEAT

    def _pausing(self, now_s: float) -> float | None:
        if now_s >= self._pause_until_s:
            return None
        self._two_point.on, self._charging_since_s = False, None
        return NO_HEAT

    def _charge(self, now_s: float) -> float | None:
        tank_c = self.current_c
        target_c = None if tank_c is None else self._target_c(tank_c, now_s)
        if tank_c is None or target_c is None:
            self._two_point.on, self._charging_since_s = False, None
            return NO_HEAT
        if not self._two_point.update(tank_c, target_c):
            self._tell_vain(False)
            self._charging_since_s = None
            return self._held(None, now_s)
        if self._charging_since_s is None:
            self._charging_since_s = now_s
        if now_s - self._charging_since_s >= DHW_MAX_S:
            self._tell_vain(not self.status & LEGIONELLA)
            self._pause_until_s, self._charging_since_s = now_s + DHW_PAUSE_S, None
            return NO_HEAT
        return self._held(target_c + DHW_BOOST_K, now_s)

    def _target_c(self, tank_c: float, now_s: float) -> float | None:
        """What the tank is to have; None: nothing."""
        target_c = self.setpoint_c
        self.guards_from_frost = tank_c < (FROST_TARGET_C if self.guards_from_frost else FROST_TANK_C)
        if self.guards_from_frost and target_c is None:
            target_c = FROST_TARGET_C
        plan = self._legionella
        if plan is not None:
            board = self.board
            elapsed_s, self._treated_s = now_s - self._treated_s, now_s
            if plan.step(tank_c, self._hottest_c, board.minute_of_week, now_s, elapsed_s):
                self.status |= LEGIONELLA
                target_c = min(LEGIONELLA_C, self._hottest_c - SPREAD_K)
            if plan.reached:
                self.status |= LEGIONELLA_REACHED
            if plan.failed is not self._told_failed:
                self._told_failed = plan.failed
                board.alarm(self.id, "legionella_not_reached", plan.failed)
        return target_c

    def _tell_vain(self, in_vain: bool) -> None:
        if in_vain != self._in_vain:
            self._in_vain = in_vain
            self.board.alarm(self.id, "dhw_timeout", in_vain)

    # -- the pump

    def _act(self, demand_c: float | None, now_s: float, *, dhw: bool, frost: bool) -> None:
        del dhw
        if self._source is not None and demand_c is not None:
            self._source.ask(demand_c, dhw=True, frost=frost)
        if self.pump is not None:
            cold = self._would_cool()
            if cold and demand_c is not None:
                self.status |= LOCKED
            self.pump.want(demand_c is not None and not cold, locked=cold)
        if self._tap is not None:
            self._mix(self._tap, demand_c, now_s)

    def _would_cool(self) -> bool:
        """A boiler colder than the tank would cool it."""
        flow_c = None if self._source is None else self._source.flow_c
        return flow_c is not None and self.current_c is not None and flow_c <= self.current_c
