"""A controller with an object of every kind that Home Assistant is told of."""

from __future__ import annotations

from bare_house import BareHouse, firmware

from firmware_sim.controller.firmware import Firmware
from firmware_sim.controller.models import MODELS
from firmware_sim.controller.mqtt_topics import TopicFlag
from firmware_sim.controller.presets import TOPIC, preset
from provisioning.zont.config_text import ConfigText
from provisioning.zont.decikelvin import to_decikelvin
from provisioning.zont.object_types import CircuitKind, ElementKind, ObjectType
from provisioning.zont.object_values import object_line

LAMP, SWITCH, REGULATOR, COOLING, NTC, VOLTS, OUTPUT = 40962, 40963, 40964, 65550, 110593, 20, 217089
UNHEARD, VALVE = 32779, 57350
ODD_MODE = 81930
ODD_NAME = """Гости "2" {{ 7 }} \\ 'да'"""

SHOWN = frozenset(
    {
        ObjectType.ANALOG_INPUT, ObjectType.WIRED_TEMPERATURE_SENSOR, ObjectType.GUARD_ZONE, ObjectType.BOILER_ADAPTER,
        ObjectType.RADIO_SENSOR, ObjectType.WEB_ELEMENT, ObjectType.SCENARIO, ObjectType.RELAY, ObjectType.THREEWAY_TAP,
        ObjectType.HEATING_CIRCUIT, ObjectType.PUMP, ObjectType.HEATING_MODE, ObjectType.BOILER_CASCADE,
        ObjectType.ANALOG_TEMPERATURE_SENSOR, ObjectType.ANALOG_OUTPUT,
    }
)  # fmt: skip
ALL_FLAGS = (
    TopicFlag.PUBLICATION
    | TopicFlag.SUBSCRIPTION
    | TopicFlag.RETAIN
    | TopicFlag.HOME_ASSISTANT
    | TopicFlag.HA_GROUP_TO_DEVICE
)


def config(
    flags: int = ALL_FLAGS, *, objects: tuple[int, ...] = (), qos: int = 1, period_s: int = 60
) -> ConfigText:
    """The richest model's own configuration and more; its one topic has all objects that are shown, or `objects`."""
    made = preset(MODELS["H2000+ PRO.V2"])

    def put(object_id: int, kind: ObjectType, **values: int | str | tuple[int, ...]) -> None:
        made.set_object(object_id, object_line(object_id, kind, **values).values)

    relay = next(line.id for _, line in made.objects() if line.type_number == ObjectType.RELAY)
    circuit = next(line.id for _, line in made.objects() if line.type_number == ObjectType.HEATING_CIRCUIT)
    air = next(
        line.id for _, line in made.objects() if line.type_number == ObjectType.WIRED_TEMPERATURE_SENSOR
    )
    put(LAMP, ObjectType.WEB_ELEMENT, name="Лампа", stype=ElementKind.STATUS, links=(relay,))
    put(SWITCH, ObjectType.WEB_ELEMENT, name="Свет", stype=ElementKind.COMPLEX_BUTTON, links=(relay,))
    put(REGULATOR, ObjectType.WEB_ELEMENT, name="Яркость", stype=ElementKind.REGULATOR, low=10, high=90)
    put(
        COOLING,
        ObjectType.HEATING_CIRCUIT,
        name="Охлаждение",
        stype=CircuitKind.COOLING,
        air_sensor=air,
        setpoint=to_decikelvin(24),
    )
    put(NTC, ObjectType.ANALOG_TEMPERATURE_SENSOR, name="Солнце", terminal=9)
    put(VALVE, ObjectType.RELAY, name="Клапан", terminal=7, flags=8)
    put(UNHEARD, ObjectType.RADIO_SENSOR, name="Чердак", stype=10, address="radio-attic")
    put(VOLTS, ObjectType.ANALOG_INPUT, name="Напряжение", stype=0, terminal=8)
    put(OUTPUT, ObjectType.ANALOG_OUTPUT, name="Вентилятор", terminal=1)
    put(ODD_MODE, ObjectType.HEATING_MODE, name=ODD_NAME, circuits=(circuit,), setpoints=(to_decikelvin(19),))
    shown = tuple(line.id for _, line in made.objects() if line.type_number in SHOWN)
    put(
        TOPIC,
        ObjectType.MQTT_TOPIC,
        name="дом",
        object_type=255,
        links=objects or shown,
        flags=int(flags),
        period_s=period_s,
        qos=qos,
    )
    return made


def whole_house(text: ConfigText | None = None) -> tuple[Firmware, BareHouse]:
    """The controller after its first second, in a house that a test sets by hand."""
    made, house = firmware(config=text or config())
    house.ohms_at[9], house.volts_at[8] = 10_000.0, 6.5
    for boiler in house.boilers.values():
        boiler.values.return_c = 35.0
    made.step()
    return made, house
