"""Configurations that the emulated controllers come with, one for each model: a house that works without settings.

Addresses and terminals are those of `wiring`: what each preset names there is wired to a simulated house.
"""

from __future__ import annotations

from typing import Final

from firmware_sim.controller.models import ControllerModel
from firmware_sim.controller.objects.legionella import pack_antilegionella
from provisioning.zont.config_text import ConfigText
from provisioning.zont.decikelvin import to_decikelvin
from provisioning.zont.discovery import SIMULATOR_MARK
from provisioning.zont.object_fields import object_line
from provisioning.zont.object_types import CircuitKind, ElementKind, ObjectType

AIR, OUTDOOR, FLOW, RETURN, TANK, FLOOR_AIR, FLOOR_FLOW = range(4097, 4104)
BOILER_1, BOILER_2 = 24577, 24578
CASCADE: Final = 163841
RADIATORS, FLOOR, DHW, BOILER_CIRCUIT = 65537, 65538, 65539, 65540
PUMP_RADIATORS, PUMP_FLOOR, PUMP_TANK = 69633, 69634, 69635
TAP: Final = 61441
CURVE, FLOOR_CURVE = 102401, 102402
PID_FLOOR: Final = 237569
COMFORT, ECONOMY, FROST_GUARD, SWITCHED_OFF = 81921, 81922, 81923, 81924
WORKDAY, WEEKEND, WEEK = 86017, 86018, 90113
PRESSURE, DOOR, LEAK = 1, 2, 3
RELAY_YARD: Final = 57345
ZONE, OWNER, ALARM_NOTE = 8193, 16385, 12289
GUESTS, LIGHT_ACTION, EVENING = 40961, 20481, 45057
TOPIC: Final = 233473
RADIO_ROOM, RADIO_LEAK = 32769, 32770

SERIAL_1, SERIAL_2 = "0000", "0001"
"""Of the built-in boiler adapters."""


def preset(model: ControllerModel) -> ConfigText:
    """The configuration of a model."""
    config = ConfigText()
    _boiler_and_rooms(config)
    if model.circuits >= 4:
        _modes(config)
    if model.relays >= 6 and model.adapters >= 2:
        _large_house(config)
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


def _boiler_and_rooms(config: ConfigText) -> None:
    wired = ObjectType.WIRED_TEMPERATURE_SENSOR
    _put(config, AIR, wired, name="Дом", address="28-air", alarm_low=_temp(5), alarm_high=_temp(35))
    _put(config, OUTDOOR, wired, name="Улица", address="28-outdoor")
    _put(config, FLOW, wired, name="Подача", address="28-flow", alarm_high=_temp(92))
    _put(config, TANK, wired, name="Бойлер ГВС", address="28-tank")
    _put(config, BOILER_1, ObjectType.BOILER_ADAPTER, name="Котёл", serial=SERIAL_1, highest_flow=_temp(80))
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
    _put(config, PUMP_RADIATORS, ObjectType.PUMP, name="Насос радиаторов", terminal=1)
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
        source=BOILER_1,
        summer_above=_temp(18),
        setpoint=_temp(21),
    )
    _put(
        config,
        DHW,
        ObjectType.HEATING_CIRCUIT,
        name="ГВС",
        stype=CircuitKind.DHW,
        settings=2,
        highest_flow=_temp(80),
        flow_sensor=TANK,
        source=BOILER_1,
        setpoint=_temp(55),
        antilegionella=pack_antilegionella(0b1000000, 2, 30),
    )
    config.set_object(
        PUMP_TANK, object_line(PUMP_TANK, ObjectType.PUMP, name="Загрузка бойлера", terminal=2).values
    )
    _put_pump(config, DHW, PUMP_TANK)
    _put(config, OWNER, ObjectType.USER, name="Хозяин", phone="+79161234567", rights=1)
    _put_alarm(config, AIR, BOILER_1, DHW)
    for mode, name, air_c, dhw_c in (
        (COMFORT, "Комфорт", 21.0, 55.0),
        (ECONOMY, "Эконом", 17.0, 50.0),
        (FROST_GUARD, "Антизамерзание", 8.0, None),
    ):
        setpoints = (_temp(air_c), 0 if dhw_c is None else _temp(dhw_c))
        _put(config, mode, ObjectType.HEATING_MODE, name=name, circuits=(RADIATORS, DHW), setpoints=setpoints)
    _put_switched_off(config, RADIATORS, DHW)


def _put_switched_off(config: ConfigText, *circuits: int) -> None:
    """Clients switch a circuit off by a mode that switches all of them off; without one they refuse to begin."""
    off = (0,) * len(circuits)
    _put(config, SWITCHED_OFF, ObjectType.HEATING_MODE, name="Выключено", circuits=circuits, setpoints=off)


def _put_alarm(config: ConfigText, *causes: int) -> None:
    _put(
        config,
        ALARM_NOTE,
        ObjectType.NOTIFICATION,
        name="Авария",
        sms_text="Авария в котельной",
        recipients=(OWNER,),
        flags=1 | 16,
        causes=causes,
    )


def _put_pump(config: ConfigText, circuit: int, pump: int) -> None:
    line = config.get_object(circuit)
    assert line is not None
    values = list(line.values)
    values[9] = pump
    config.set_object(circuit, values)


def _modes(config: ConfigText) -> None:
    day, week = ObjectType.DAY_TIMETABLE, ObjectType.WEEK_TIMETABLE
    setpoints = tuple(map(_temp, (21, 18, 21, 17)))
    _put(config, WORKDAY, day, name="Будни", minutes=(390, 540, 1020, 1380), setpoints=setpoints)
    _put(config, WEEKEND, day, name="Выходные", minutes=(480, 1410), setpoints=(_temp(21.5), _temp(18)))
    _put(config, WEEK, week, name="Неделя", days=(WORKDAY,) * 5 + (WEEKEND,) * 2)


def _large_house(config: ConfigText) -> None:
    wired = ObjectType.WIRED_TEMPERATURE_SENSOR
    _put(config, FLOOR_AIR, wired, name="Первый этаж", address="28-floor-air")
    _put(config, FLOOR_FLOW, wired, name="Подача полов", address="28-floor-flow", alarm_high=_temp(55))
    _put(config, RETURN, wired, name="Обратка", address="28-return")
    _put(config, BOILER_2, ObjectType.BOILER_ADAPTER, name="Котёл 2", serial=SERIAL_2, highest_flow=_temp(80))
    _put(
        config,
        CASCADE,
        ObjectType.BOILER_CASCADE,
        name="Каскад",
        adapters=(BOILER_1, BOILER_2),
        rotation_h=168,
    )
    for circuit in (RADIATORS, DHW):
        line = config.get_object(circuit)
        assert line is not None
        values = list(line.values)
        values[16] = CASCADE
        config.set_object(circuit, values)
    _put(
        config,
        TAP,
        ObjectType.THREEWAY_TAP,
        name="Смеситель полов",
        terminal_open=4,
        terminal_close=5,
        sensor=FLOOR_FLOW,
    )
    _put(config, PUMP_FLOOR, ObjectType.PUMP, name="Насос полов", terminal=3)
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
        source=CASCADE,
        setpoint=_temp(22),
        timetable=WEEK,
    )
    _put_switched_off(config, RADIATORS, DHW, FLOOR)
    _put(
        config, PRESSURE, ObjectType.ANALOG_INPUT, name="Давление", stype=1, terminal=1, low_dv=8, high_dv=28
    )
    _put(config, DOOR, ObjectType.ANALOG_INPUT, name="Дверь", stype=20, terminal=2)
    _put(config, LEAK, ObjectType.ANALOG_INPUT, name="Протечка", stype=6, terminal=3)
    _put(config, RADIO_ROOM, ObjectType.RADIO_SENSOR, name="Спальня", stype=18, address="radio-room")
    _put(
        config,
        RADIO_LEAK,
        ObjectType.RADIO_SENSOR,
        name="Протечка в котельной",
        stype=10,
        address="radio-leak",
    )
    _put(config, RELAY_YARD, ObjectType.RELAY, name="Двор", terminal=6)
    _put_alarm(config, AIR, BOILER_1, BOILER_2, LEAK, RADIO_LEAK, DHW)
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
    _put(
        config,
        LIGHT_ACTION,
        ObjectType.OUTPUT_ACTION,
        name="Свет на час",
        target=RELAY_YARD,
        value=1,
        duration_s=3600,
    )
    _put(config, EVENING, ObjectType.SCENARIO, name="Вечер", steps=(LIGHT_ACTION, COMFORT))
    _put(
        config,
        GUESTS,
        ObjectType.WEB_ELEMENT,
        name="Вечер",
        stype=ElementKind.SIMPLE_BUTTON,
        links=(EVENING,),
    )
    _put(
        config,
        TOPIC,
        ObjectType.MQTT_TOPIC,
        name="house",
        object_type=255,
        links=(
            AIR,
            OUTDOOR,
            RADIATORS,
            FLOOR,
            DHW,
            BOILER_1,
            BOILER_2,
            PRESSURE,
            LEAK,
            ZONE,
            RELAY_YARD,
            GUESTS,
        ),
        flags=1 | 2 | 16 | 32 | 64,
    )
