"""Which class of object stands behind which type, and in which order they look at the world.

Types that are not here (extension blocks, fuel levels, scripts, panels and groups of the owner's page) are kept and
shown by id, type and name, and do nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from firmware_sim.controller.objects.base import Board, FirmwareObject
from firmware_sim.controller.objects.boilers import BoilerAdapter, BoilerCascade, BoilerGroup
from firmware_sim.controller.objects.circuits import HeatingCircuit
from firmware_sim.controller.objects.conditions import Comparator, Logic, SensorReading, TimeOfDay
from firmware_sim.controller.objects.cooling import CoolingCircuit
from firmware_sim.controller.objects.guard import Buzzer, GuardIndicator, GuardZone, Key
from firmware_sim.controller.objects.hot_water import HotWaterCircuit
from firmware_sim.controller.objects.inputs import (
    AnalogInput,
    NtcCurve,
    NtcSensor,
    WiredSensor,
)
from firmware_sim.controller.objects.modbus_devices import MODBUS
from firmware_sim.controller.objects.modes import HeatingMode
from firmware_sim.controller.objects.notifications import Notification, User, UserRole
from firmware_sim.controller.objects.outputs import AnalogOutput, Pump, Relay, Tap
from firmware_sim.controller.objects.pid import Pid
from firmware_sim.controller.objects.radio import RadioModule, RadioSensor, RadioSensor433
from firmware_sim.controller.objects.room_heating import RoomCircuit
from firmware_sim.controller.objects.scenarios import Branch, OutputAction, Pause, Scenario, StopScenario
from firmware_sim.controller.objects.timetables import DayTimetable, IntervalTimetable, WeekTimetable
from firmware_sim.controller.objects.weather_curves import WeatherCurve
from firmware_sim.controller.objects.web_elements import NamedCommand, WebElement
from provisioning.zont.object_types import CircuitKind, ObjectType
from provisioning.zont.object_values import ObjectValues

_T = ObjectType
CIRCUITS: Final[Mapping[int, type[HeatingCircuit]]] = {
    CircuitKind.BOILER: RoomCircuit,
    CircuitKind.DHW: HotWaterCircuit,
    CircuitKind.COOLING: CoolingCircuit,
    CircuitKind.CONSUMER: RoomCircuit,
}


def make_circuit(values: ObjectValues, board: Board) -> HeatingCircuit:
    """A circuit of the kind that its line names."""
    return CIRCUITS[values.number("stype")](values, board)


KINDS: Final[Mapping[ObjectType, Callable[[ObjectValues, Board], FirmwareObject]]] = {
    _T.ANALOG_INPUT: AnalogInput,
    _T.WIRED_TEMPERATURE_SENSOR: WiredSensor,
    _T.ANALOG_TEMPERATURE_SENSOR: NtcSensor,
    _T.NTC_CURVE: NtcCurve,
    _T.RADIO_SENSOR: RadioSensor,
    _T.RADIO_SENSOR_433: RadioSensor433,
    _T.RADIO_MODULE: RadioModule,
    **MODBUS,
    _T.WEATHER_CURVE: WeatherCurve,
    _T.PID: Pid,
    _T.DAY_TIMETABLE: DayTimetable,
    _T.WEEK_TIMETABLE: WeekTimetable,
    _T.INTERVAL_TIMETABLE: IntervalTimetable,
    _T.HEATING_CIRCUIT: make_circuit,
    _T.HEATING_MODE: HeatingMode,
    _T.BOILER_ADAPTER: BoilerAdapter,
    _T.BOILER_GROUP: BoilerGroup,
    _T.BOILER_CASCADE: BoilerCascade,
    _T.RELAY: Relay,
    _T.PUMP: Pump,
    _T.THREEWAY_TAP: Tap,
    _T.ANALOG_OUTPUT: AnalogOutput,
    _T.USER: User,
    _T.USER_ROLE: UserRole,
    _T.NOTIFICATION: Notification,
    _T.GUARD_ZONE: GuardZone,
    _T.TM_KEY: Key,
    _T.FOB_BUTTON: Key,
    _T.GUARD_INDICATOR: GuardIndicator,
    _T.BUZZER: Buzzer,
    _T.OUTPUT_ACTION: OutputAction,
    _T.SCENARIO: Scenario,
    _T.STOP_SCENARIO: StopScenario,
    _T.PAUSE: Pause,
    _T.CONDITION: Branch,
    _T.SENSOR_READING: SensorReading,
    _T.COMPARATOR: Comparator,
    _T.LOGIC: Logic,
    _T.TIME_OF_DAY: TimeOfDay,
    _T.WEB_ELEMENT: WebElement,
    _T.COMMAND: NamedCommand,
}

SCAN_ORDER: Final = (
    _T.ANALOG_INPUT,
    _T.WIRED_TEMPERATURE_SENSOR,
    _T.ANALOG_TEMPERATURE_SENSOR,
    _T.RADIO_SENSOR,
    _T.RADIO_SENSOR_433,
    _T.RADIO_MODULE,
    *MODBUS,
    _T.WEATHER_CURVE,
    _T.INTERVAL_TIMETABLE,
    _T.GUARD_ZONE,
    _T.SCENARIO,
    _T.OUTPUT_ACTION,
    _T.HEATING_CIRCUIT,
    _T.BOILER_GROUP,
    _T.BOILER_CASCADE,
    _T.BOILER_ADAPTER,
    _T.RELAY,
    _T.PUMP,
    _T.THREEWAY_TAP,
    _T.BUZZER,
    _T.GUARD_INDICATOR,
    _T.WEB_ELEMENT,
)
"""What is measured, what is wanted, what is switched, what shows it."""


REGULATING: Final = frozenset({_T.HEATING_CIRCUIT, _T.BOILER_GROUP, _T.BOILER_CASCADE, _T.RELAY, _T.PUMP})
"""Types whose scan belongs to the regulation: every few seconds is enough for a house."""


def scan_place(each: FirmwareObject) -> tuple[int, ...]:
    """Where in a scan an object has its turn.

    Hot water comes before heating because it goes before it, a circuit before the one that it asks, cooling last
    because no room is cooled that is heated.
    """
    place = SCAN_ORDER.index(each.type)
    if isinstance(each, HeatingCircuit):
        is_cooling, is_room = each.kind == CircuitKind.COOLING, each.kind != CircuitKind.DHW
        return place, is_cooling, is_room, -each.depth, each.id
    return place, each.id
