"""Configurations that the emulated controllers come with: a house that works without settings.

What is configured is what both have: the model terminals for it, and the house a use for it. Addresses and terminals
are those of `wiring` and `places`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

from firmware_sim.controller import places
from firmware_sim.controller.models import ControllerModel
from firmware_sim.controller.objects.legionella import pack_antilegionella
from firmware_sim.controller.places import CircuitPlace
from firmware_sim.plant import PlantParameters
from provisioning.zont.config_text import ConfigText
from provisioning.zont.decikelvin import to_decikelvin
from provisioning.zont.discovery import SIMULATOR_MARK
from provisioning.zont.object_types import CircuitKind, ElementKind, ObjectType
from provisioning.zont.object_values import object_line

AIR, OUTDOOR, FLOW, RETURN, TANK, FLOOR_AIR, FLOOR_FLOW, GUEST_AIR, GUEST_FLOW = range(4097, 4106)
BOILER_1, BOILER_2 = 24577, 24578
CASCADE: Final = 163841
RADIATORS, FLOOR, DHW, BOILER_CIRCUIT, GUEST_ROOMS = 65537, 65538, 65539, 65540, 65541
PUMP_RADIATORS, PUMP_FLOOR, PUMP_TANK, PUMP_GUESTS = 69633, 69634, 69635, 69636
TAP, TAP_GUESTS = 61441, 61442
CURVE: Final = 102401
PID_FLOOR: Final = 237569
COMFORT, ECONOMY, FROST_GUARD, SWITCHED_OFF = 81921, 81922, 81923, 81924
WORKDAY, WEEKEND, WEEK = 86017, 86018, 90113
PRESSURE, DOOR, LEAK = 1, 2, 3
RELAY_YARD: Final = 57345
ZONE, OWNER, ALARM_NOTE = 8193, 16385, 12289
EVENING_BUTTON, LIGHT_ACTION, EVENING = 40961, 20481, 45057
TOPIC: Final = 233473
RADIO_ROOM, RADIO_LEAK = 32769, 32770

SERIAL_1, SERIAL_2 = "0000", "0001"
"""Of the built-in boiler adapters."""

SMALLEST_WITH_FLOOR, SMALLEST_WITH_GUESTS = 6, 12
"""Relays that a model must have."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What is configured beside the radiators and the first boiler."""

    hot_water: bool = True
    floor: bool = False
    guests: bool = False
    cascade: bool = False

    @classmethod
    def of(cls, model: ControllerModel, house: PlantParameters | None) -> Self:
        """What model and house have; without a house, what the usual one of the model's size has."""
        large = model.relays >= SMALLEST_WITH_FLOOR and model.adapters >= 2
        if house is None:
            return cls(floor=large, cascade=large)
        circuits = places.circuits_at(house)
        return cls(
            hot_water=house.tank is not None,
            floor=large and places.FLOOR in circuits,
            guests=model.relays >= SMALLEST_WITH_GUESTS and places.GUESTS in circuits,
            cascade=model.adapters >= 2 and len(house.boilers) > 1,
        )

    @property
    def circuits(self) -> tuple[int, ...]:
        """Ids of the heating circuits."""
        there = ((RADIATORS, True), (DHW, self.hot_water), (FLOOR, self.floor), (GUEST_ROOMS, self.guests))
        return tuple(number for number, is_there in there if is_there)

    @property
    def boilers(self) -> tuple[int, ...]:
        """Ids of the boilers' adapters."""
        return (BOILER_1, BOILER_2) if self.cascade else (BOILER_1,)

    @property
    def source(self) -> int:
        """What the circuits ask for heat."""
        return CASCADE if self.cascade else BOILER_1


def preset(model: ControllerModel, house: PlantParameters | None = None) -> ConfigText:
    """The configuration of a model in a house; None: in one that uses all of the model's usual parts."""
    config = ConfigText()
    parts = Parts.of(model, house)
    _boilers(config, parts)
    _radiators(config, parts)
    if parts.hot_water:
        _hot_water(config, parts)
    if parts.floor:
        _week(config)
        _floor(config, parts)
    if parts.guests:
        _guests(config, parts)
    _modes(config, parts)
    _put(config, OWNER, ObjectType.USER, name="Хозяин", phone="+79161234567", rights=1)
    causes = [AIR, *parts.boilers, *((DHW,) if parts.hot_water else ())]
    if model.relays >= SMALLEST_WITH_FLOOR and model.adapters >= 2:
        causes += [LEAK, RADIO_LEAK]
        _inputs(config)
        _evening(config)
        _topic(config, parts)
    _put(
        config,
        ALARM_NOTE,
        ObjectType.NOTIFICATION,
        name="Авария",
        sms_text="Авария в котельной",
        recipients=(OWNER,),
        flags=1 | 16,
        causes=tuple(causes),
    )
    # A simulator can be recognised as one, its file too.
    config.set_parameter(219, SIMULATOR_MARK)
    config.set_parameter(36, "3")
    config.set_parameter(203, "internet.mts.ru")
    config.set_parameter(12, "*100# 50")
    return config


def _put(config: ConfigText, object_id: int, kind: ObjectType, **values: int | str | tuple[int, ...]) -> None:
    config.set_object(object_id, object_line(object_id, kind, **values).values)


def _temp(temp_c: float) -> int:
    return to_decikelvin(temp_c)


def _boilers(config: ConfigText, parts: Parts) -> None:
    wired, adapter = ObjectType.WIRED_TEMPERATURE_SENSOR, ObjectType.BOILER_ADAPTER
    _put(config, AIR, wired, name="Дом", address="28-air", alarm_low=_temp(5), alarm_high=_temp(35))
    _put(config, OUTDOOR, wired, name="Улица", address="28-outdoor")
    _put(config, FLOW, wired, name="Подача", address="28-flow", alarm_high=_temp(92))
    _put(config, BOILER_1, adapter, name="Котёл", serial=SERIAL_1, highest_flow=_temp(80))
    if parts.cascade:
        _put(config, RETURN, wired, name="Обратка", address="28-return")
        _put(config, BOILER_2, adapter, name="Котёл 2", serial=SERIAL_2, highest_flow=_temp(80))
        cascade = ObjectType.BOILER_CASCADE
        _put(config, CASCADE, cascade, name="Каскад", adapters=parts.boilers, rotation_h=168)


def _radiators(config: ConfigText, parts: Parts) -> None:
    _put(
        config,
        CURVE,
        ObjectType.WEATHER_CURVE,
        name="ПЗА радиаторы",
        sensor=OUTDOOR,
        outdoor=tuple(map(_temp, (-28, -15, 0, 10, 20))),
        flow=tuple(map(_temp, (70, 59, 45, 35, 25))),
        room_influence_x10=30,
    )
    _put(config, PUMP_RADIATORS, ObjectType.PUMP, name="Насос радиаторов", terminal=places.RADIATORS.pump)
    _put(
        config,
        RADIATORS,
        ObjectType.HEATING_CIRCUIT,
        name="Радиаторы",
        stype=CircuitKind.CONSUMER,
        lowest_flow=_temp(25),
        highest_flow=_temp(80),
        air_sensor=AIR,
        flow_sensor=FLOW,
        pump=PUMP_RADIATORS,
        curve=CURVE,
        source=parts.source,
        summer_above=_temp(18),
        setpoint=_temp(21),
    )


def _hot_water(config: ConfigText, parts: Parts) -> None:
    _put(config, TANK, ObjectType.WIRED_TEMPERATURE_SENSOR, name="Бойлер ГВС", address="28-tank")
    _put(config, PUMP_TANK, ObjectType.PUMP, name="Загрузка бойлера", terminal=places.CHARGING_RELAY)
    _put(
        config,
        DHW,
        ObjectType.HEATING_CIRCUIT,
        name="ГВС",
        stype=CircuitKind.DHW,
        settings=2,
        highest_flow=_temp(80),
        flow_sensor=TANK,
        pump=PUMP_TANK,
        source=parts.source,
        setpoint=_temp(55),
        antilegionella=pack_antilegionella(0b1000000, 2, 30),
    )


def _week(config: ConfigText) -> None:
    day, week = ObjectType.DAY_TIMETABLE, ObjectType.WEEK_TIMETABLE
    setpoints = tuple(map(_temp, (21, 18, 21, 17)))
    _put(config, WORKDAY, day, name="Будни", minutes=(390, 540, 1020, 1380), setpoints=setpoints)
    _put(config, WEEKEND, day, name="Выходные", minutes=(480, 1410), setpoints=(_temp(21.5), _temp(18)))
    _put(config, WEEK, week, name="Неделя", days=(WORKDAY,) * 5 + (WEEKEND,) * 2)


def _mixed(
    config: ConfigText, place: CircuitPlace, sensors: tuple[int, int], tap: int, pump: int, of: str
) -> None:
    """Sensors, mixing tap and pump of a circuit."""
    wired = ObjectType.WIRED_TEMPERATURE_SENSOR
    air, flow = sensors
    _put(config, air, wired, name=f"Воздух: {of}", address=place.air)
    _put(config, flow, wired, name=f"Подача: {of}", address=place.flow, alarm_high=_temp(85))
    _put(config, pump, ObjectType.PUMP, name=f"Насос: {of}", terminal=place.pump)
    _put(
        config,
        tap,
        ObjectType.THREEWAY_TAP,
        name=f"Смеситель: {of}",
        terminal_open=place.opens,
        terminal_close=place.closes,
        sensor=flow,
    )


def _floor(config: ConfigText, parts: Parts) -> None:
    _mixed(config, places.FLOOR, (FLOOR_AIR, FLOOR_FLOW), TAP, PUMP_FLOOR, "полы")
    wired = ObjectType.WIRED_TEMPERATURE_SENSOR
    _put(config, FLOOR_FLOW, wired, name="Подача: полы", address=places.FLOOR.flow, alarm_high=_temp(55))
    _put(config, PID_FLOOR, ObjectType.PID, name="ПИД полов", kp_x1000=6000, ki_x1000=2, period_s=120)
    _put(
        config,
        FLOOR,
        ObjectType.HEATING_CIRCUIT,
        name="Тёплые полы",
        stype=CircuitKind.CONSUMER,
        settings=1,
        lowest_flow=_temp(22),
        highest_flow=_temp(42),
        air_sensor=FLOOR_AIR,
        air_sensor_reserve=AIR,
        flow_sensor=FLOOR_FLOW,
        pump=PUMP_FLOOR,
        tap=TAP,
        pid=PID_FLOOR,
        source=parts.source,
        setpoint=_temp(22),
        timetable=WEEK,
    )


def _guests(config: ConfigText, parts: Parts) -> None:
    _mixed(config, places.GUESTS, (GUEST_AIR, GUEST_FLOW), TAP_GUESTS, PUMP_GUESTS, "гости")
    _put(
        config,
        GUEST_ROOMS,
        ObjectType.HEATING_CIRCUIT,
        name="Гостевые комнаты",
        stype=CircuitKind.CONSUMER,
        lowest_flow=_temp(25),
        highest_flow=_temp(75),
        air_sensor=GUEST_AIR,
        flow_sensor=GUEST_FLOW,
        pump=PUMP_GUESTS,
        tap=TAP_GUESTS,
        curve=CURVE,
        source=parts.source,
        summer_above=_temp(18),
        setpoint=_temp(20),
    )


def _modes(config: ConfigText, parts: Parts) -> None:
    mode = ObjectType.HEATING_MODE
    circuits = tuple(each for each in parts.circuits if each in {RADIATORS, DHW})
    for number, name, air_c, dhw_c in (
        (COMFORT, "Комфорт", 21.0, 55.0),
        (ECONOMY, "Эконом", 17.0, 50.0),
        (FROST_GUARD, "Антизамерзание", 8.0, None),
    ):
        setpoints = (_temp(air_c), 0 if dhw_c is None else _temp(dhw_c))[: len(circuits)]
        _put(config, number, mode, name=name, circuits=circuits, setpoints=setpoints)
    # Clients switch a circuit off by a mode that switches all of them off; without one they refuse to begin.
    off = (0,) * len(parts.circuits)
    _put(config, SWITCHED_OFF, mode, name="Выключено", circuits=parts.circuits, setpoints=off)


def _inputs(config: ConfigText) -> None:
    analog, radio = ObjectType.ANALOG_INPUT, ObjectType.RADIO_SENSOR
    _put(config, PRESSURE, analog, name="Давление", stype=1, terminal=1, low_dv=8, high_dv=28)
    _put(config, DOOR, analog, name="Дверь", stype=20, terminal=2)
    _put(config, LEAK, analog, name="Протечка", stype=6, terminal=3)
    _put(config, RADIO_ROOM, radio, name="Спальня", stype=18, address="radio-room")
    _put(config, RADIO_LEAK, radio, name="Протечка в котельной", stype=10, address="radio-leak")
    _put(
        config,
        ZONE,
        ObjectType.GUARD_ZONE,
        name="Дом",
        inputs=(DOOR,),
        exit_delay_s=30,
        entry_delay_s=30,
        notifications=(ALARM_NOTE,),
    )


def _evening(config: ConfigText) -> None:
    """A button that lights the yard for an hour and makes it warm."""
    _put(config, RELAY_YARD, ObjectType.RELAY, name="Двор", terminal=6)
    light = ObjectType.OUTPUT_ACTION
    _put(config, LIGHT_ACTION, light, name="Свет на час", target=RELAY_YARD, value=1, duration_s=3600)
    _put(config, EVENING, ObjectType.SCENARIO, name="Вечер", steps=(LIGHT_ACTION, COMFORT))
    button = ElementKind.SIMPLE_BUTTON
    _put(config, EVENING_BUTTON, ObjectType.WEB_ELEMENT, name="Вечер", stype=button, links=(EVENING,))


def _topic(config: ConfigText, parts: Parts) -> None:
    measured = (AIR, OUTDOOR, *parts.circuits, *parts.boilers)
    _put(
        config,
        TOPIC,
        ObjectType.MQTT_TOPIC,
        name="house",
        object_type=255,
        links=(*measured, PRESSURE, LEAK, ZONE, RELAY_YARD, EVENING_BUTTON),
        flags=1 | 2 | 16 | 32 | 64,
    )
