"""What of a configuration a model cannot do, line by line; and which object gets which output.

A model has so many terminals, boilers and circuits, and some have no radio, no Modbus, no broker. What goes beyond is
named with its line and left idle; the rest works. An output is one object's: the first line that names it has it, for
two that switch one contact would each undo what the other does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from firmware_sim.controller.models import ControllerModel
from provisioning.explanation import Text
from provisioning.zont.config_text import ConfigProblem, ConfigText, ParameterLine
from provisioning.zont.object_types import ObjectType
from provisioning.zont.object_values import ObjectValues

_T = ObjectType
NAMES: Final[Mapping[ObjectType, Text]] = {
    _T.ANALOG_INPUT: Text("аналоговых входов", "analog inputs"),
    _T.RELAY: Text("реле", "relays"),
    _T.PUMP: Text("насосов", "pumps"),
    _T.ANALOG_TEMPERATURE_SENSOR: Text("датчиков NTC", "NTC sensors"),
    _T.WIRED_TEMPERATURE_SENSOR: Text("цифровых датчиков", "digital sensors"),
    _T.RADIO_MODULE: Text("радиомодулей", "radio modules"),
    _T.RADIO_SENSOR: Text("радиодатчиков", "radio sensors"),
    _T.RADIO_SENSOR_433: Text("датчиков 433 МГц", "433 MHz sensors"),
    _T.FOB: Text("радиобрелоков", "radio fobs"),
    _T.BOILER_ADAPTER: Text("котлов на цифровой шине", "boilers on a digital bus"),
    _T.BOILER_GROUP: Text("групп котлов", "boiler groups"),
    _T.BOILER_CASCADE: Text("каскадов котлов", "boiler cascades"),
    _T.HEATING_CIRCUIT: Text("контуров", "circuits"),
    _T.ANALOG_OUTPUT: Text("аналоговых выходов", "analog outputs"),
    _T.MODBUS_DEVICE: Text("устройств Modbus", "Modbus devices"),
    _T.MODBUS_SIGNAL: Text("сигналов Modbus", "Modbus signals"),
    _T.MQTT_TOPIC: Text("топиков MQTT", "MQTT topics"),
}
OUTPUTS: Final[Mapping[ObjectType, tuple[str, ...]]] = {
    _T.RELAY: ("terminal",),
    _T.PUMP: ("terminal",),
    _T.THREEWAY_TAP: ("terminal_open", "terminal_close"),
    _T.BUZZER: ("terminal",),
    _T.GUARD_INDICATOR: ("terminal",),
}
"""Places of a line that name an output; 0 is none."""
LINKS: Final[Mapping[int, tuple[str, Text]]] = {
    124: ("modbus", Text("RS-485", "RS-485")),
    205: ("ethernet", Text("Ethernet", "Ethernet")),
    208: ("wifi", Text("Wi-Fi", "Wi-Fi")),
    217: ("mqtt", Text("MQTT", "MQTT")),
    218: ("wifi", Text("Wi-Fi", "Wi-Fi")),
}
"""Parameters of what not every model has."""


@dataclass
class Fit:
    """How a configuration fits a model."""

    problems: list[ConfigProblem] = field(default_factory=list)
    idle: set[int] = field(default_factory=set)
    """Objects that the model cannot have."""
    owners: dict[int, int] = field(default_factory=dict)
    """Outputs, and the objects that have them."""


def fit(model: ControllerModel, config: ConfigText, objects: Iterable[ObjectValues]) -> Fit:
    """Fit a configuration to a model; objects in the order of their lines."""
    found = Fit()
    counts: dict[ObjectType, int] = {}
    limits = model.limits()
    for each in objects:
        counts[each.type] = counts.get(each.type, 0) + 1
        limit = limits.get(each.type)
        if limit is not None and counts[each.type] > limit:
            found.idle.add(each.id)
            found.problems.append(_beyond(model, each, limit))
        else:
            _take_outputs(model, each, found)
    for number, line in enumerate(config, start=1):
        if isinstance(line, ParameterLine) and line.text and line.number in LINKS:
            capability, name = LINKS[line.number]
            if not getattr(model, capability):
                found.problems.append(_lacks(model, number, f"#S{line.number}", name))
    return found


def _take_outputs(model: ControllerModel, values: ObjectValues, found: Fit) -> None:
    for name in OUTPUTS.get(values.type, ()):
        terminal = values.number(name)
        if not terminal:
            continue
        if terminal > model.relays:
            what = Text(
                f"у {model.name} выходов {model.relays}, а не {terminal}",
                f"a {model.name} has {model.relays} outputs, not {terminal}",
            )
        elif terminal in found.owners:
            owner = found.owners[terminal]
            what = Text(
                f"выход {terminal} уже занят объектом {owner}",
                f"output {terminal} is taken by object {owner}",
            )
        else:
            found.owners[terminal] = values.id
            continue
        way_out = Text("Выберите свободный выход.", "Choose a free output.")
        found.problems.append(ConfigProblem(values.line_number, f"#Z{values.id} {name}", what, way_out))


def _beyond(model: ControllerModel, values: ObjectValues, limit: int) -> ConfigProblem:
    name = NAMES[values.type]
    place = f"#Z{values.id}"
    if not limit:
        return _lacks(model, values.line_number, place, name)
    return ConfigProblem(
        values.line_number,
        place,
        Text(f"{name.ru} у {model.name} не больше {limit}", f"a {model.name} has at most {limit} {name.en}"),
        Text("Удалите лишние или выберите другую модель.", "Delete some, or choose another model."),
    )


def _lacks(model: ControllerModel, number: int, place: str, name: Text) -> ConfigProblem:
    return ConfigProblem(
        number,
        place,
        Text(f"у {model.name} этого нет: {name.ru}", f"a {model.name} has no {name.en}"),
        Text("Удалите строку или выберите другую модель.", "Delete the line, or choose another model."),
    )
