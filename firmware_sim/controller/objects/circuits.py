"""What all heating circuits share: a setpoint and where it comes from, a source that is asked, a pump and a tap.

    command, mode, timetable ─► setpoint ─► demand (room_heating, hot_water, cooling) ─► source
                                              └─► pump, tap

The setpoint is the last of: a command, a mode, a timetable at its next switching time. What somebody has set is written
into the circuit's line, so that it survives a restart; what a timetable switches is not, for it knows what is in force.

The demand of each kind of circuit is a table of rules; the first that has something to say decides. A rule says None
(not my case), `NO_HEAT`, or a flow temperature.

While hot water is charged from the same source, heating waits (its pump is locked), unless it has a mixing tap of its
own: it would take the hottest flow into the radiators.

Source: PROTOCOL.md of zont-local, section 6.1, for status bits and registers; the rest is a heating engineer's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple, Self

from pydantic import JsonValue

from firmware_sim.controller.objects.base import ACCEPTED, WRONG_VALUE, Board, FirmwareObject, whole_value
from firmware_sim.controller.objects.inputs import TemperatureSensor
from firmware_sim.controller.objects.outputs import Pump, Tap
from firmware_sim.controller.objects.setpoints import setpoint_limits_c
from firmware_sim.controller.objects.sources import NOTHING_ASKED, HeatSource
from firmware_sim.controller.objects.timetables import DayTimetable, WeekTimetable
from firmware_sim.controller.objects.weather_curves import WeatherCurve
from firmware_sim.controller.regulation import TwoPoint
from provisioning.zont.decikelvin import from_decikelvin, to_decikelvin
from provisioning.zont.object_fields import REGULATIONS, Regulation
from provisioning.zont.object_types import CircuitKind
from provisioning.zont.object_values import ObjectValues

if TYPE_CHECKING:
    from firmware_sim.controller.objects.modes import HeatingMode

SWITCH_OFF, SWITCH_ON = 0, 1
"""Commands of ours: no heat; the last setpoint again."""
ROOM_C: Final = 20.0
USUAL_C: Final[Mapping[int, float]] = {CircuitKind.DHW: 50.0, CircuitKind.COOLING: 24.0}
"""What a circuit is switched on to that has had no setpoint yet; a heating one to `ROOM_C`."""
NO_HEAT: Final = 0.0
"""A rule's answer: nothing is asked for, and no later rule is heard."""
HEAT_REQUEST, LOCKED, OFF, SENSOR_FAULT = 1, 2, 4, 8
THERMOSTAT, THERMOSTAT_REQUEST, SUMMER = 16, 32, 128
LEGIONELLA, ALWAYS_ON, CONSUMER_REQUEST, LEGIONELLA_REACHED, CONTROL_ERROR = 256, 1024, 2048, 4096, 16384
"""Bits of a circuit's status; the source's are in `sources`."""


class Rule(NamedTuple):
    """What a circuit asks for in one case."""

    case: str
    asks: Callable[[float], float | None]


class HeatingCircuit(HeatSource):
    """A circuit of any kind. As a source it hands on what other circuits ask of it."""

    KEPT: ClassVar[tuple[str, ...]] = ("current_c", "demand_c", "_asked_s", "_asked_flow_c")

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        self.kind = values.number("stype")
        bits = values.number("settings")
        self.regulation = REGULATIONS[bits & 3] if bits & 3 < len(REGULATIONS) else Regulation.AIR
        self.setpoint_c = from_decikelvin(values.number("setpoint"))
        """None: the circuit is off."""
        self._last_setpoint_c = self.setpoint_c or USUAL_C.get(self.kind, ROOM_C)
        self.mode_id = 0
        self.status = 0
        self.current_c: float | None = None
        """What it regulates by: the room, the flow, or the tank."""
        self.demand_c: float | None = None
        """The flow that it asks for."""
        self.guards_from_frost = False
        self.depth = 0
        """How many sources stand behind each other before it."""
        self._lowest_c = from_decikelvin(values.number("lowest_flow")) or 20.0
        self._highest_c = from_decikelvin(values.number("highest_flow")) or 80.0
        self._alarm_low_c = from_decikelvin(values.number("alarm_low"))
        self._alarm_high_c = from_decikelvin(values.number("alarm_high"))
        self._hysteresis_k = values.number("hysteresis_dk") / 10
        self._two_point = TwoPoint(self._hysteresis_k)
        self._off_delay_s = float(values.number("off_delay_s"))
        self._asked_s = float("-inf")
        self._asked_flow_c = NO_HEAT
        self._tap_c: float | None = None
        """The flow that its tap mixes, where it is not the demand."""
        self._since_minute = values.number("set_at_minute")
        """Since when the timetable's setpoint is in force, or was when somebody set another."""
        self._looked_minute = -1
        self._seen: tuple[object, ...] = ()
        self._shown: tuple[object, ...] = ()
        self._modes: Mapping[int, HeatingMode] = {}
        self._rules: tuple[Callable[[float], float | None], ...] = ()
        self._source: HeatSource | None = None
        self._root: HeatSource | None = None
        """The source behind all circuits."""
        self._air: list[TemperatureSensor] = []
        self._carrier: list[TemperatureSensor] = []
        self._measures: list[TemperatureSensor] = []
        self._limits_c = setpoint_limits_c(values, None)
        self.pump: Pump | None = None
        self.curve: WeatherCurve | None = None
        self._tap: Tap | None = None
        self._timetable: DayTimetable | WeekTimetable | None = None
        self._rivals: list[HeatingCircuit] = []
        """Hot water circuits of the same source: they go first."""

    def link(self, objects: Mapping[int, FirmwareObject]) -> None:
        """Take sensors, source, pump, tap, curve and timetable."""
        both = (("air_sensor", "air_sensor_reserve"), ("flow_sensor", "flow_sensor_reserve"))
        self._air, self._carrier = (
            [found for each in fields if (found := self._find(objects, each, TemperatureSensor)) is not None]
            for fields in both
        )
        self.pump = self._find(objects, "pump", Pump)
        self._tap = self._find(objects, "tap", Tap)
        self.curve = self._find(objects, "curve", WeatherCurve)
        self._timetable = self._find(objects, "timetable", DayTimetable) or self._find(
            objects, "timetable", WeekTimetable
        )
        chain = self._chain(objects)
        # Circuits that ask each other round have no source: their demand would never end.
        self._source = chain[0] if chain and not isinstance(chain[-1], HeatingCircuit) else None
        self._root = chain[-1] if self._source is not None else None
        self.depth = len(chain)
        if self._source is not None:
            self._source.has_consumers = True
        self._rules = tuple(rule.asks for rule in self.rules())
        self._limits_c = setpoint_limits_c(self.values, self._air[0].values if self._air else None)
        self.setpoint_c = self._within(self.setpoint_c)

    def _chain(self, objects: Mapping[int, FirmwareObject]) -> list[HeatSource]:
        """Its source, the source's source, and so on; a ring ends where it comes back."""
        chain: list[HeatSource] = []
        at: HeatSource | None = self
        while isinstance(at, HeatingCircuit):
            at = at._find(objects, "source", HeatSource)
            if at is None or at in chain:
                break
            chain.append(at)
        return chain

    def know(self, modes: Mapping[int, HeatingMode], circuits: list[HeatingCircuit]) -> None:
        """Know the modes that may be applied to it, and the other circuits."""
        self._modes = modes
        if self.mode_id == 0 and self.values.number("mode") in modes:
            self.mode_id = self.values.number("mode")
        elif self.mode_id not in modes:
            self.mode_id = 0
        self._rivals = [
            each
            for each in circuits
            if self._root is not None and each._root is self._root
            if each.kind == CircuitKind.DHW and self.kind != CircuitKind.DHW
        ]

    def rules(self) -> list[Rule]:
        """What it asks for, the first that applies; as far as it is set up for it."""
        raise NotImplementedError

    def take_over(self, old: Self) -> None:
        """Keep what was set and switched, unless somebody has written another setpoint into the line."""
        super().take_over(old)
        self._two_point.on = old._two_point.on
        names = ("setpoint", "mode", "timetable")
        if all(self.values.number(name) == old.values.number(name) for name in names):
            self.setpoint_c, self.mode_id = old.setpoint_c, old.mode_id
            self._since_minute = old._since_minute

    @property
    def limits(self) -> tuple[float, float]:
        """Lowest and highest setpoint, °C."""
        return self._limits_c

    @property
    def modes(self) -> Mapping[int, str]:
        """Ids and names of the modes that may be applied to it."""
        return {number: mode.name for number, mode in self._modes.items()}

    # -- what it is told

    def set_setpoint(self, temp_c: float | None, mode_id: int = 0) -> None:
        """A new setpoint by hand; None switches it off. `mode_id`: the mode that it comes from."""
        self.setpoint_c, self.mode_id = self._within(temp_c), mode_id
        self._last_setpoint_c = self.setpoint_c or self._last_setpoint_c
        kept = {"setpoint": to_decikelvin(self.setpoint_c), "mode": mode_id}
        if self._timetable is not None:
            self._follow_timetable(self._timetable, only_look=True)
            kept["set_at_minute"] = self._since_minute
        self.remember(**kept)

    def _within(self, temp_c: float | None) -> float | None:
        if temp_c is None:
            return None
        low, high = self._limits_c
        return min(high, max(low, temp_c))

    def command(self, value: JsonValue) -> int:
        """A setpoint in decikelvin, the id of a mode that knows this circuit, `SWITCH_OFF` or `SWITCH_ON`."""
        number = whole_value(value)
        mode = self._modes.get(number)
        if mode is not None:
            mode.apply_to(self)
            return ACCEPTED
        if number == SWITCH_OFF:
            self.set_setpoint(None)
            return ACCEPTED
        if number == SWITCH_ON:
            if self.setpoint_c is None:
                self.set_setpoint(self._last_setpoint_c)
            return ACCEPTED
        low, high = self._limits_c
        if not to_decikelvin(low) <= number <= to_decikelvin(high):
            return WRONG_VALUE
        self.set_setpoint(from_decikelvin(number))
        return ACCEPTED

    def _follow_timetable(self, timetable: DayTimetable | WeekTimetable, *, only_look: bool = False) -> None:
        self._looked_minute = self.board.minute_of_week
        in_force = timetable.in_force(self._looked_minute)
        # Once at each switching time: what somebody sets in between holds until the next.
        if in_force is not None and in_force.since_minute != self._since_minute:
            self._since_minute = in_force.since_minute
            if not only_look:
                self.setpoint_c, self.mode_id = self._within(in_force.setpoint_c), 0

    # -- the regulation

    @property
    def air_sensor(self) -> TemperatureSensor | None:
        """The room's."""
        return self._air[0] if self._air else None

    @property
    def limit_c(self) -> float:
        """What it lets through of its source."""
        return self._highest_c if self._root is None else min(self._highest_c, self._root.limit_c)

    def scan(self, now_s: float) -> None:
        """Reckon the demand; ask the source; move pump and tap."""
        if self._timetable is not None and self.board.minute_of_week != self._looked_minute:
            self._follow_timetable(self._timetable)
        measures = self._measures
        current_c = measures[0].temp_c if measures else None
        if current_c is None:
            current_c = first_temp(measures)
        self.current_c = current_c
        root = self._root
        if root is None:
            self.status, self.is_usable = 0, False
        else:
            self.status, self.is_usable = root.status_bits, root.is_usable
        self._tap_c = None
        demand_c: float | None = None
        for rule in self._rules:
            demand_c = rule(now_s)
            if demand_c is not None:
                break
        asked = self._asked
        if asked.flow_c is not None:
            self._asked = NOTHING_ASKED
            self.status |= CONSUMER_REQUEST
            demand_c = asked.flow_c if demand_c is None else max(demand_c, asked.flow_c)
        if demand_c:
            demand_c = min(self._highest_c, max(self._lowest_c, demand_c))
            self.status |= HEAT_REQUEST if self.is_usable else HEAT_REQUEST | CONTROL_ERROR
        else:
            demand_c = None
        if self.setpoint_c is None:
            self.status |= OFF
        self.demand_c = demand_c
        self._act(demand_c, now_s, dhw=asked.dhw, frost=asked.frost or self.guards_from_frost)
        fault, frost = self.status & SENSOR_FAULT, self.guards_from_frost
        seen = (self.current_c, self.setpoint_c, self.mode_id, fault, demand_c is None, frost)
        if seen != self._seen:
            self._look(seen)

    def _held(self, flow_c: float | None, now_s: float) -> float:
        """What is asked for once the regulation has had enough: the last flow, for the turn-off delay."""
        if flow_c is not None:
            self._asked_s, self._asked_flow_c = now_s, flow_c
            return flow_c
        return self._asked_flow_c if now_s - self._asked_s < self._off_delay_s else NO_HEAT

    def _act(self, demand_c: float | None, now_s: float, *, dhw: bool, frost: bool) -> None:
        source = self._source
        if source is not None:
            self.flow_c = source.flow_c
            if demand_c is not None:
                source.ask(demand_c, dhw=dhw, frost=frost)
        waits = bool(self._rivals) and self._tap is None and self._has_to_wait()
        if waits:
            self.status |= LOCKED
        if self.pump is not None:
            freezes = demand_c is None and self.curve is not None and self._may_freeze(self.curve)
            self.pump.want(demand_c is not None and not waits, locked=waits, frost=freezes)
        if self._tap is not None:
            self._mix(self._tap, demand_c, now_s)

    def _has_to_wait(self) -> bool:
        return any(each.demand_c is not None for each in self._rivals)

    def _may_freeze(self, curve: WeatherCurve) -> bool:
        """Whether water that stands in its pipes could freeze in this weather."""
        del curve
        return False

    def _mix(self, tap: Tap, demand_c: float | None, now_s: float) -> None:
        target_c = demand_c if self._tap_c is None or demand_c is None else self._tap_c
        flow_c = first_temp(self._carrier)
        if target_c is None:
            tap.shut(now_s)
        elif flow_c is not None:
            tap.steer(target_c - flow_c, now_s)
        else:
            # Nobody knows what would come out of it.
            self.status |= SENSOR_FAULT

    def _look(self, seen: tuple[object, ...]) -> None:
        """It may show something new."""
        self._seen, current_c = seen, self.current_c
        shown = (None if current_c is None else round(current_c * 10), *seen[1:])
        if shown == self._shown:
            return
        self._shown = shown
        self.mark()
        low_c, high_c = self._alarm_low_c, self._alarm_high_c
        alarm = self.board.alarm
        alarm(self.id, "too_cold", current_c is not None and low_c is not None and current_c < low_c)
        alarm(self.id, "too_hot", current_c is not None and high_c is not None and current_c > high_c)
        alarm(self.id, "frost", self.guards_from_frost)

    # -- what it shows

    def state(self) -> dict[str, JsonValue]:
        """Current value, setpoint, mode and fault."""
        state: dict[str, JsonValue] = {
            "stype": self.kind,
            "m": "off" if self.setpoint_c is None else "cool" if self.kind == CircuitKind.COOLING else "heat",
            "m_id": self.mode_id,
            "f": int(bool(self.status & SENSOR_FAULT)),
            "a": 1,
        }
        if self.current_c is not None:
            state["c"] = round(self.current_c, 1)
        if self.setpoint_c is not None:
            state["s"] = self.setpoint_c
        return state

    def inner(self) -> str:
        """Flow, setpoint, …, mode, sensor, status, modes (PROTOCOL.md, 6.1)."""
        sensor = next((each.id for each in self._measures if each.temp_c is not None), 0)
        modes = ",".join(str(each) for each in self._modes)
        flow, setpoint = to_decikelvin(self.demand_c), to_decikelvin(self.setpoint_c)
        numbers = (flow, setpoint, 0, 0, 0, self.mode_id, sensor)
        return f"{','.join(map(str, numbers))},{self.status},[{modes}],0,0"


def first_temp(sensors: list[TemperatureSensor]) -> float | None:
    """Of the first sensor that is not lost: the reserve sensor stands behind the first one."""
    for each in sensors:
        if each.temp_c is not None:
            return each.temp_c
    return None
