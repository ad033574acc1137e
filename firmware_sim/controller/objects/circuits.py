"""Heating circuits: what they ask their source for.

What a circuit asks its source for, each second, the first that applies:

    sensor lost      the fixed flow of `FALLBACK_C`: a house that is too warm is better than one that freezes
    frost            room or flow about to freeze, whatever the mode: the lowest flow, at least `FROST_FLOW_C`
    off              nothing
    summer           nothing, while it is warmer outside than `summer_above` (with 1 K of hysteresis)
    anti-legionella  (hot water) once a week to `LEGIONELLA_C`, until it has been held long enough
    hot water        the tank below its setpoint, with hysteresis: setpoint + 15 K; after an hour in vain it pauses
    air              the room below its setpoint, with hysteresis: the weather curve's flow, or the highest
    air + PID        a flow as the regulator reckons it from the room
    carrier          the setpoint is the flow itself, or the weather curve's
    thermostat       an external contact asks for the highest flow

Setpoints come from the last of: a command, a mode, a timetable at its next switching time.

Source: PROTOCOL.md of zont-local, section 6.1, for status bits and registers; the order is a heating engineer's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from pydantic import JsonValue

from firmware_sim.controller.objects.base import (
    ACCEPTED,
    WRONG_VALUE,
    Board,
    FirmwareObject,
)
from firmware_sim.controller.objects.boilers import HeatSource
from firmware_sim.controller.objects.inputs import AnalogInput, TemperatureSensor
from firmware_sim.controller.objects.legionella import Legionella
from firmware_sim.controller.objects.outputs import Pump, Relay, Tap
from firmware_sim.controller.objects.pid import Pid
from firmware_sim.controller.objects.timetables import DayTimetable, WeekTimetable
from firmware_sim.controller.objects.weather_curves import WeatherCurve
from firmware_sim.controller.regulation import TwoPoint
from provisioning.zont.decikelvin import from_decikelvin, to_decikelvin
from provisioning.zont.object_fields import REGULATIONS, ObjectValues, Regulation
from provisioning.zont.object_types import CircuitKind

if TYPE_CHECKING:
    from firmware_sim.controller.objects.modes import HeatingMode

FALLBACK_C: Final = 50.0
FROST_AIR_C: Final = 5.0
FROST_CARRIER_C: Final = 8.0
FROST_FLOW_C: Final = 40.0
DHW_BOOST_K: Final = 15.0
DHW_MAX_S: Final = 3600.0
DHW_PAUSE_S: Final = 1800.0
LEGIONELLA_C: Final = 65.0
LEGIONELLA_MAX_S: Final = 4 * 3600.0
SETPOINT_LIMITS_C: Final[Mapping[int, tuple[float, float]]] = {
    CircuitKind.BOILER: (5.0, 80.0),
    CircuitKind.DHW: (5.0, 75.0),
    CircuitKind.COOLING: (5.0, 35.0),
    CircuitKind.CONSUMER: (5.0, 80.0),
}
HEAT_REQUEST, OFF, SENSOR_FAULT, THERMOSTAT, THERMOSTAT_REQUEST = 1, 4, 8, 16, 32
SUMMER, LEGIONELLA, LEGIONELLA_REACHED = 128, 256, 4096


class HeatingCircuit(FirmwareObject):
    """A circuit: boiler's own, mixed consumer, hot water or cooling."""

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        self.kind = values.number("stype")
        bits = values.number("settings") & 3
        self.regulation = REGULATIONS[bits] if bits < len(REGULATIONS) else Regulation.AIR
        self.setpoint_c = from_decikelvin(values.number("setpoint"))
        """None: the circuit is off."""
        self.mode_id = 0
        self.status = 0
        self.demand_c: float | None = None
        """The flow that it asks for."""
        self.guards_from_frost = False
        self._lowest_c = from_decikelvin(values.number("lowest_flow")) or 20.0
        self._highest_c = from_decikelvin(values.number("highest_flow")) or 80.0
        self._summer_c = from_decikelvin(values.number("summer_above"))
        self._alarm_low_c = from_decikelvin(values.number("alarm_low"))
        hysteresis_k = values.number("hysteresis_dk") / 10
        self._two_point = TwoPoint(max(hysteresis_k, 4.0) if self.kind == CircuitKind.DHW else hysteresis_k)
        self._frost = TwoPoint(1.0)
        self._legionella = Legionella.unpack(values.number("antilegionella"))
        self._is_summer = False
        self._dhw_since_s: float | None = None
        self._dhw_pause_until_s = 0.0
        self._timetable_at: object = None
        self._shown: tuple[object, ...] = ()
        self._source: HeatSource | HeatingCircuit | Relay | None = None
        self._air: list[TemperatureSensor] = []
        self._carrier: list[TemperatureSensor] = []
        self.pump: Pump | None = None
        self._tap: Tap | None = None
        self._thermostat: AnalogInput | None = None
        self.curve: WeatherCurve | None = None
        self._pid: Pid | None = None
        self._timetable: DayTimetable | WeekTimetable | None = None
        self._consumers_ask_c: float | None = None
        self.dhw_rivals: list[HeatingCircuit] = []
        """Hot water circuits of the same source: they go first."""

    def link(self, objects: Mapping[int, FirmwareObject]) -> None:
        """Take sensors, source, pump, tap, curve, regulator and timetable."""
        both = (("air_sensor", "air_sensor_reserve"), ("flow_sensor", "flow_sensor_reserve"))
        self._air, self._carrier = (
            [found for each in fields if (found := self._find(objects, each, TemperatureSensor)) is not None]
            for fields in both
        )
        self.pump = self._find(objects, "pump", Pump)
        self._tap = self._find(objects, "tap", Tap)
        self._thermostat = self._find(objects, "thermostat", AnalogInput)
        self.curve = self._find(objects, "curve", WeatherCurve)
        self._pid = self._find(objects, "pid", Pid)
        source = objects.get(self.values.number("source"))
        self._source = (
            source if isinstance(source, HeatSource | HeatingCircuit | Relay) and source is not self else None
        )
        timetable = objects.get(self.values.number("timetable"))
        self._timetable = timetable if isinstance(timetable, DayTimetable | WeekTimetable) else None
        mine = self.values.number("source")
        self.dhw_rivals = [
            each
            for each in objects.values()
            if isinstance(each, HeatingCircuit)
            and each.kind == CircuitKind.DHW
            and each is not self
            and each.values.number("source") == mine
            and self.kind != CircuitKind.DHW
        ]

    # -- what it is told

    def set_setpoint(self, temp_c: float | None, mode_id: int = 0) -> None:
        """A new setpoint; None switches it off. `mode_id`: the mode that it comes from."""
        self.setpoint_c, self.mode_id = temp_c, mode_id

    def command(self, value: JsonValue) -> int:
        """A setpoint in decikelvin, or the id of a mode that knows this circuit."""
        number = int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value
        if isinstance(number, bool) or not isinstance(number, int):
            return WRONG_VALUE
        mode = self._modes.get(number)
        if mode is not None:
            mode.apply_to(self)
            return ACCEPTED
        if number == 0:
            self.set_setpoint(None)
            return ACCEPTED
        low, high = SETPOINT_LIMITS_C[self.kind]
        if not to_decikelvin(low) <= number <= to_decikelvin(high):
            return WRONG_VALUE
        self.set_setpoint(from_decikelvin(number))
        return ACCEPTED

    _modes: Mapping[int, HeatingMode] = {}

    def know_modes(self, modes: Mapping[int, HeatingMode]) -> None:
        """The modes that may be applied to it."""
        self._modes = modes

    def ask(self, flow_c: float) -> None:
        """A consumer behind this circuit asks for flow."""
        asked = self._consumers_ask_c
        self._consumers_ask_c = flow_c if asked is None else max(asked, flow_c)

    # -- the regulation

    @property
    def air_sensor(self) -> TemperatureSensor | None:
        """The room's."""
        return self._air[0] if self._air else None

    @property
    def current_c(self) -> float | None:
        """What it regulates by: room or flow (hot water: the tank)."""
        by_air = self.regulation is not Regulation.CARRIER and self.kind != CircuitKind.DHW
        sensors = self._air if by_air and self._air else self._carrier or self._air
        return next((each.temp_c for each in sensors if each.temp_c is not None), None)

    def scan(self, now_s: float) -> None:
        """Reckon the demand; ask the source; move pump and tap."""
        self._follow_timetable()
        current_c = self.current_c
        self.status = 0
        demand_c = self._demand(current_c, now_s)
        consumers_c, self._consumers_ask_c = self._consumers_ask_c, None
        if consumers_c is not None:
            demand_c = consumers_c if demand_c is None else max(demand_c, consumers_c)
        if demand_c is not None:
            demand_c = min(self._highest_c, max(self._lowest_c, demand_c))
            self.status |= HEAT_REQUEST
        if self.setpoint_c is None:
            self.status |= OFF
        self.demand_c = demand_c
        self._act(demand_c, now_s)
        self._show(current_c)

    def _demand(self, current_c: float | None, now_s: float) -> float | None:
        if self.kind == CircuitKind.DHW:
            return self._dhw_demand(current_c, now_s)
        if self.kind == CircuitKind.COOLING:
            return None
        self.guards_from_frost = self._frost_demand()
        if self.guards_from_frost:
            return max(self._lowest_c, FROST_FLOW_C)
        if self.setpoint_c is None:
            return None
        if self._summer_now():
            self.status |= SUMMER
            return None
        if self._thermostat is not None:
            self.status |= THERMOSTAT
            if not self._thermostat.triggered:
                return None
            self.status |= THERMOSTAT_REQUEST
            return self._curve_flow(0.0) or self._highest_c
        if self.regulation is Regulation.CARRIER:
            return self._curve_flow(0.0) or self.setpoint_c
        if current_c is None:
            self.status |= SENSOR_FAULT
            return FALLBACK_C
        missing_k = self.setpoint_c - current_c
        if self.regulation is Regulation.AIR_PID and self._pid is not None:
            flow_c = self._pid.reckon(missing_k, self._lowest_c, self._highest_c, now_s)
            return flow_c if flow_c > self._lowest_c + 0.5 else None
        if not self._two_point.update(current_c, self.setpoint_c):
            return None
        return self._curve_flow(missing_k) or self._highest_c

    def _curve_flow(self, missing_k: float) -> float | None:
        return None if self.curve is None else self.curve.flow_c(missing_k)

    def _frost_demand(self) -> bool:
        air_c = next((each.temp_c for each in self._air if each.temp_c is not None), None)
        if air_c is not None:
            return self._frost.update(air_c, FROST_AIR_C + 1.0)
        carrier_c = next((each.temp_c for each in self._carrier if each.temp_c is not None), None)
        return carrier_c is not None and self._frost.update(carrier_c, FROST_CARRIER_C + 1.0)

    def _summer_now(self) -> bool:
        outdoor_c = None if self.curve is None else self.curve.outdoor_c
        if self._summer_c is None or outdoor_c is None:
            return False
        # Hysteresis of 1 K: a warm noon does not end the heating season for an hour.
        self._is_summer = outdoor_c > self._summer_c - (1.0 if self._is_summer else 0.0)
        return self._is_summer

    def _dhw_demand(self, tank_c: float | None, now_s: float) -> float | None:
        if tank_c is None:
            # Heating water of unknown temperature may scald; the alarm is the sensor's.
            self.status |= SENSOR_FAULT
            return None
        target_c = self._legionella_target(tank_c, now_s) or self.setpoint_c
        if target_c is None or now_s < self._dhw_pause_until_s:
            self._two_point.on, self._dhw_since_s = False, None
            return None
        if not self._two_point.update(tank_c, target_c):
            self._dhw_since_s = None
            return None
        if self._dhw_since_s is None:
            self._dhw_since_s = now_s
        in_vain = now_s - self._dhw_since_s >= DHW_MAX_S and not self.status & LEGIONELLA
        self.board.alarm(self.id, "dhw_timeout", in_vain)
        if in_vain:
            self._dhw_pause_until_s, self._dhw_since_s = now_s + DHW_PAUSE_S, None
            return None
        return target_c + DHW_BOOST_K

    def _legionella_target(self, tank_c: float, now_s: float) -> float | None:
        plan = self._legionella
        if plan is None:
            return None
        minute = self.board.minute_of_week
        day = minute // 1440
        if plan.active_since_s is None:
            due = plan.days >> day & 1 and minute % 1440 >= plan.hour * 60
            if not due or plan.done_day == day:
                if not plan.days >> day & 1:
                    plan.done_day = -1
                return None
            plan.active_since_s, plan.held_s = now_s, 0.0
        self.status |= LEGIONELLA
        if tank_c >= 60.0:
            plan.held_s += self.board.step_s
        failed = now_s - plan.active_since_s >= LEGIONELLA_MAX_S
        if plan.held_s >= plan.hold_s or failed:
            plan.active_since_s, plan.done_day = None, day
            if not failed:
                self.status |= LEGIONELLA_REACHED
            self.board.alarm(self.id, "legionella_not_reached", failed)
        return LEGIONELLA_C

    def _follow_timetable(self) -> None:
        if self._timetable is None:
            return
        at = self._timetable.setpoint_c(self.board.minute_of_week)
        # Once at each switching time: what somebody sets in between holds until the next.
        if at is not None and at != self._timetable_at:
            self._timetable_at = at
            self.set_setpoint(at[1])

    def _act(self, demand_c: float | None, now_s: float) -> None:
        dhw = self.kind == CircuitKind.DHW
        source = self._source
        if isinstance(source, HeatSource) and demand_c is not None:
            source.ask(demand_c, dhw=dhw)
        elif isinstance(source, HeatingCircuit) and demand_c is not None:
            source.ask(demand_c)
        elif isinstance(source, Relay):
            source.set(demand_c is not None)
        # While hot water is charged heating waits, unless it is on its own mixed branch.
        waits = any(each.demand_c is not None for each in self.dhw_rivals) and self._tap is None
        if self.pump is not None:
            cold = self._would_cool(source) if dhw else False
            self.pump.want(demand_c is not None and not waits and not cold, locked=waits or cold)
        if self._tap is not None:
            flow_c = next((each.temp_c for each in self._carrier if each.temp_c is not None), None)
            if demand_c is None:
                self._tap.shut(now_s)
            elif flow_c is not None:
                self._tap.steer(demand_c - flow_c, now_s)

    def _would_cool(self, source: object) -> bool:
        """A boiler colder than the tank would cool it."""
        flow_c = source.flow_c if isinstance(source, HeatSource) else None
        tank_c = self.current_c
        return flow_c is not None and tank_c is not None and flow_c <= tank_c

    def _show(self, current_c: float | None) -> None:
        shown = (
            None if current_c is None else round(current_c * 10),
            self.setpoint_c,
            self.mode_id,
            self.status & SENSOR_FAULT,
            self.demand_c is not None,
        )
        if shown != self._shown:
            self._shown = shown
            self.mark()
            if self._alarm_low_c is not None:
                self.board.alarm(self.id, "too_cold", current_c is not None and current_c < self._alarm_low_c)

    # -- what it shows

    def state(self) -> dict[str, JsonValue]:
        """Current value, setpoint, mode and fault."""
        current_c = self.current_c
        state: dict[str, JsonValue] = {
            "stype": self.kind,
            "m": "off" if self.setpoint_c is None else "cool" if self.kind == CircuitKind.COOLING else "heat",
            "m_id": self.mode_id,
            "f": int(bool(self.status & SENSOR_FAULT)),
            "a": 1,
        }
        if current_c is not None:
            state["c"] = round(current_c, 1)
        if self.setpoint_c is not None:
            state["s"] = self.setpoint_c
        return state

    def inner(self) -> str:
        """Flow, setpoint, …, mode, sensor, status, modes (PROTOCOL.md, 6.1)."""
        sensor = next((each.id for each in (*self._air, *self._carrier) if each.temp_c is not None), 0)
        modes = ",".join(str(each) for each in self._modes)
        numbers = (
            to_decikelvin(self.demand_c),
            to_decikelvin(self.setpoint_c),
            0,
            0,
            0,
            self.mode_id,
            sensor,
        )
        return f"{','.join(map(str, numbers))},{self.status},[{modes}],0,0"
