"""Heating circuits with their modes, timetables, weather curves and PID regulators.

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
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from pydantic import JsonValue

from firmware_sim.controller.objects.base import (
    ACCEPTED,
    NOT_POSSIBLE,
    WRONG_VALUE,
    Board,
    FirmwareObject,
)
from firmware_sim.controller.objects.boilers import HeatSource
from firmware_sim.controller.objects.inputs import AnalogInput, TemperatureSensor
from firmware_sim.controller.objects.outputs import Pump, Relay, Tap
from firmware_sim.controller.regulation import TwoPoint
from provisioning.zont.decikelvin import from_decikelvin, to_decikelvin
from provisioning.zont.object_fields import REGULATIONS, ObjectValues, Regulation
from provisioning.zont.object_types import CircuitKind, ObjectType

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


class WeatherCurve(FirmwareObject):
    """Flow temperatures by outdoor temperature, straight between its points, flat outside of them."""

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        pairs = zip(values.numbers("outdoor"), values.numbers("flow"), strict=False)
        points = [(from_decikelvin(outdoor), from_decikelvin(flow)) for outdoor, flow in pairs]
        self._points = sorted((o, f) for o, f in points if o is not None and f is not None)
        self._shift_k = values.number("shift_dk") / 10
        self._influence = values.number("room_influence_x10") / 10
        self._outdoor: TemperatureSensor | None = None
        self._last_c: float | None = None

    def link(self, objects: Mapping[int, FirmwareObject]) -> None:
        """Take the outdoor sensor."""
        self._outdoor = self._find(objects, "sensor", TemperatureSensor)

    @property
    def outdoor_c(self) -> float | None:
        """Outside now; the last that was known when the sensor is lost."""
        now_c = None if self._outdoor is None else self._outdoor.temp_c
        if now_c is not None:
            self._last_c = now_c
        return self._last_c

    def flow_c(self, missing_k: float = 0.0) -> float | None:
        """The flow for this weather; `missing_k`: how much the room lacks. None: no weather is known."""
        outdoor_c = self.outdoor_c
        if outdoor_c is None or not self._points:
            return None
        return self._at(outdoor_c) + self._shift_k + self._influence * missing_k

    def _at(self, outdoor_c: float) -> float:
        points = self._points
        if outdoor_c <= points[0][0]:
            return points[0][1]
        for (low, at_low), (high, at_high) in pairwise(points):
            if outdoor_c <= high:
                return at_low + (at_high - at_low) * (outdoor_c - low) / (high - low)
        return points[-1][1]


class Pid(FirmwareObject):
    """A regulator in discrete time: gains per kelvin, its integral held within the output's limits."""

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        self._kp = values.number("kp_x1000") / 1000
        self._ki = values.number("ki_x1000") / 1000
        self._kd = values.number("kd_x1000") / 1000
        self._period_s = float(values.number("period_s"))
        self._integral = 0.0
        self._last_error_k: float | None = None
        self._next_s = 0.0
        self._output = 0.0

    def reckon(self, error_k: float, low: float, high: float, now_s: float) -> float:
        """The output for this error, within low and high."""
        if now_s < self._next_s:
            return min(high, max(low, self._output))
        self._next_s = now_s + self._period_s
        slope = 0.0 if self._last_error_k is None else (error_k - self._last_error_k) / self._period_s
        self._last_error_k = error_k
        raw = low + self._kp * error_k + self._integral + self._kd * slope
        # Integrating against a limit would only have to be undone later.
        if (raw < high or error_k < 0) and (raw > low or error_k > 0):
            self._integral = min(
                high - low, max(low - high, self._integral + self._ki * error_k * self._period_s)
            )
        self._output = min(high, max(low, raw))
        return self._output


class DayTimetable(FirmwareObject):
    """Switching times of a day and the setpoints from then on."""

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        pairs = zip(values.numbers("minutes"), values.numbers("setpoints"), strict=False)
        self._times = sorted((minute, from_decikelvin(raw)) for minute, raw in pairs)

    def setpoint_c(self, minute_of_week: int) -> tuple[int, float | None] | None:
        """The switching time in force (minute of the day; -1: yesterday's last) and its setpoint."""
        if not self._times:
            return None
        minute = minute_of_week % 1440
        past = [each for each in self._times if each[0] <= minute]
        return past[-1] if past else (-1, self._times[-1][1])


class WeekTimetable(FirmwareObject):
    """A day timetable for each day, Monday first."""

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        self._days: list[DayTimetable | None] = []

    def link(self, objects: Mapping[int, FirmwareObject]) -> None:
        """Take the days."""
        found = [objects.get(each) for each in self.values.numbers("days")]
        self._days = [each if isinstance(each, DayTimetable) else None for each in found]

    def setpoint_c(self, minute_of_week: int) -> tuple[int, float | None] | None:
        """As a day's."""
        day = minute_of_week // 1440
        today = self._days[day] if day < len(self._days) else None
        return None if today is None else today.setpoint_c(minute_of_week)


@dataclass(slots=True)
class _Legionella:
    """`antilegionella` packed: days (7 bits, Monday first) | hour << 7 | minutes to hold << 12."""

    days: int
    hour: int
    hold_s: float
    active_since_s: float | None = None
    held_s: float = 0.0
    done_day: int = -1

    @classmethod
    def unpack(cls, packed: int) -> _Legionella | None:
        return cls(packed & 0x7F, packed >> 7 & 0x1F, (packed >> 12 & 0xFF) * 60.0) if packed & 0x7F else None


def pack_antilegionella(days: int, hour: int, hold_min: int) -> int:
    """The packed number: `days` as bits, Monday first."""
    return days & 0x7F | hour << 7 | hold_min << 12


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
        self._lowest_c = from_decikelvin(values.number("lowest_flow")) or 20.0
        self._highest_c = from_decikelvin(values.number("highest_flow")) or 80.0
        self._summer_c = from_decikelvin(values.number("summer_above"))
        self._alarm_low_c = from_decikelvin(values.number("alarm_low"))
        hysteresis_k = values.number("hysteresis_dk") / 10
        self._two_point = TwoPoint(max(hysteresis_k, 4.0) if self.kind == CircuitKind.DHW else hysteresis_k)
        self._frost = TwoPoint(1.0)
        self._legionella = _Legionella.unpack(values.number("antilegionella"))
        self._is_summer = False
        self._dhw_since_s: float | None = None
        self._dhw_pause_until_s = 0.0
        self._timetable_at: object = None
        self._shown: tuple[object, ...] = ()
        self._source: HeatSource | HeatingCircuit | Relay | None = None
        self._air: list[TemperatureSensor] = []
        self._carrier: list[TemperatureSensor] = []
        self._pump: Pump | None = None
        self._tap: Tap | None = None
        self._thermostat: AnalogInput | None = None
        self._curve: WeatherCurve | None = None
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
        self._pump = self._find(objects, "pump", Pump)
        self._tap = self._find(objects, "tap", Tap)
        self._thermostat = self._find(objects, "thermostat", AnalogInput)
        self._curve = self._find(objects, "curve", WeatherCurve)
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
        if self._frost_demand():
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
        return None if self._curve is None else self._curve.flow_c(missing_k)

    def _frost_demand(self) -> bool:
        air_c = next((each.temp_c for each in self._air if each.temp_c is not None), None)
        if air_c is not None:
            return self._frost.update(air_c, FROST_AIR_C + 1.0)
        carrier_c = next((each.temp_c for each in self._carrier if each.temp_c is not None), None)
        return carrier_c is not None and self._frost.update(carrier_c, FROST_CARRIER_C + 1.0)

    def _summer_now(self) -> bool:
        outdoor_c = None if self._curve is None else self._curve.outdoor_c
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
        if self._pump is not None:
            cold = self._would_cool(source) if dhw else False
            self._pump.want(demand_c is not None and not waits and not cold, locked=waits or cold)
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


class HeatingMode(FirmwareObject):
    """Setpoints for circuits, applied together; 0 switches a circuit off."""

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
        if value not in {1, "1"} or isinstance(value, bool):
            return WRONG_VALUE
        if not self._circuits:
            return NOT_POSSIBLE
        for each in self._circuits:
            self.apply_to(each)
        return ACCEPTED


HEATING: Final = {
    ObjectType.HEATING_CIRCUIT: HeatingCircuit,
    ObjectType.HEATING_MODE: HeatingMode,
    ObjectType.WEATHER_CURVE: WeatherCurve,
    ObjectType.PID: Pid,
    ObjectType.DAY_TIMETABLE: DayTimetable,
    ObjectType.WEEK_TIMETABLE: WeekTimetable,
}
