"""The numbers of a ZONT controller's object types and subtypes.

Ids do not tell the type: they are opaque, and a type is what `req_ids` or the configuration line says.

Source: PROTOCOL.md of zont-local, section 3; numbers that only the maker's client names are among them.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final


class ObjectType(IntEnum):
    """`type` of an object, and the first argument of its `#Z` line."""

    ANALOG_INPUT = 0
    WIRED_TEMPERATURE_SENSOR = 1
    GUARD_ZONE = 2
    NOTIFICATION = 3
    USER = 4
    OUTPUT_ACTION = 5
    BOILER_ADAPTER = 6
    RADIO_MODULE = 7
    RADIO_SENSOR = 8
    COMMAND = 9
    WEB_ELEMENT = 10
    SCENARIO = 11
    BUZZER = 12
    GUARD_INDICATOR = 13
    RELAY = 14
    THREEWAY_TAP = 15
    HEATING_CIRCUIT = 16
    PUMP = 17
    TM_KEY = 18
    USER_ROLE = 19
    HEATING_MODE = 20
    DAY_TIMETABLE = 21
    WEEK_TIMETABLE = 22
    IO_EXTENSION = 24
    WEATHER_CURVE = 25
    BOILER_GROUP = 26
    ANALOG_TEMPERATURE_SENSOR = 27
    NTC_CURVE = 28
    FOB = 29
    FOB_BUTTON = 30
    RADIO_SENSOR_433 = 31
    INTERVAL_TIMETABLE = 33
    INTERVAL = 34
    FUEL_LEVEL_1 = 35
    FUEL_LEVEL_2 = 36
    FUEL_LEVEL_3 = 37
    FUEL_LEVEL_4 = 38
    GRAPH_PANEL = 39
    BOILER_CASCADE = 40
    UI_GROUP = 42
    ARRAY = 43
    PAUSE = 45
    CONDITION = 46
    COMPARATOR = 47
    LOGIC = 48
    SENSOR_READING = 49
    TIME_OF_DAY = 50
    MODBUS_DEVICE = 51
    MODBUS_SIGNAL = 52
    ANALOG_OUTPUT = 53
    STOP_SCENARIO = 56
    MQTT_TOPIC = 57
    PID = 58
    SCRIPT = 59


ANY_TYPE: Final = 255
"""All types, in `req_ids` only."""

MADE_BY_NAME: Final = frozenset(
    {
        ObjectType.ANALOG_INPUT,
        ObjectType.WIRED_TEMPERATURE_SENSOR,
        ObjectType.GUARD_ZONE,
        ObjectType.WEB_ELEMENT,
        ObjectType.RELAY,
        ObjectType.THREEWAY_TAP,
        ObjectType.HEATING_CIRCUIT,
        ObjectType.PUMP,
        ObjectType.ANALOG_TEMPERATURE_SENSOR,
        ObjectType.ANALOG_OUTPUT,
    }
)
"""Types of which a named command makes an object when there is none of the name (firmware 500 and later)."""


SENSORS: Final = (
    ObjectType.WIRED_TEMPERATURE_SENSOR,
    ObjectType.ANALOG_TEMPERATURE_SENSOR,
    ObjectType.RADIO_SENSOR,
    ObjectType.MODBUS_SIGNAL,
)
"""What measures a temperature; a Modbus signal does if its unit is °C."""
HEAT_SOURCES: Final = (
    ObjectType.BOILER_ADAPTER,
    ObjectType.BOILER_GROUP,
    ObjectType.BOILER_CASCADE,
    ObjectType.HEATING_CIRCUIT,
    ObjectType.RELAY,
)
"""What a circuit may ask for heat or cold."""
STEPS: Final = (
    ObjectType.NOTIFICATION,
    ObjectType.OUTPUT_ACTION,
    ObjectType.HEATING_MODE,
    ObjectType.PAUSE,
    ObjectType.CONDITION,
    ObjectType.STOP_SCENARIO,
)
"""What a scenario may do."""


class CircuitKind(IntEnum):
    """`stype` of a heating circuit."""

    BOILER = 0
    DHW = 1
    COOLING = 2
    CONSUMER = 3


class ElementKind(IntEnum):
    """`stype` of a web element."""

    STATUS = 0
    SIMPLE_BUTTON = 1
    COMPLEX_BUTTON = 2
    REGULATOR = 3
