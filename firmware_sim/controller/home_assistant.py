"""Home Assistant's MQTT discovery of the emulated controller's objects, without I/O: objects in, one device config out.

All that a device has stands in one retained message at `<prefix>/device/<id>/config` (Home Assistant 2024.11 and
later). A component's values are read from the object's own JSON by templates and its commands are that JSON's; so a
broker between is all that is needed. An empty message at the same topic removes the device; a component that is gone
stays in one more config with its platform alone, which removes it.

Source: Home Assistant's page "MQTT", sections "Device discovery payload", "Using availability topics", "Birth and last
will messages"; the pages of the platforms for their keys.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from pydantic import JsonValue

from firmware_sim.controller.local_session import ObjectModel
from provisioning.zont.object_types import CircuitKind, ElementKind, ObjectType

DEFAULT_PREFIX: Final = "homeassistant"
BIRTH_TOPIC: Final = "status"
"""Below the prefix: Home Assistant says `online` here when it has started and wants the configs again."""

Component = dict[str, JsonValue]

PRESSURE_INPUTS: Final = frozenset({1, 2, 18, 21})
ALARM_INPUTS: Final[Mapping[int, str]] = {
    3: "door",
    4: "motion",
    5: "smoke",
    6: "moisture",
    7: "motion",
    9: "problem",
    10: "problem",
    15: "safety",
}
"""Subtypes of an analog input that only say yes or no, and Home Assistant's class for them."""
SWITCHED_INPUTS: Final = frozenset({8, 11, 14, 19, 20})
DHW_LIMITS_C: Final = (25, 75)
AIR_LIMITS_C: Final = (5, 35)


@dataclass(frozen=True, slots=True)
class Device:
    """What Home Assistant is told of the controller."""

    serial: str
    name: str
    model: str
    firmware: str


@dataclass(frozen=True, slots=True)
class Topics:
    """Where an object's state is published, where commands are taken, where the controller says that it is there."""

    state: str
    command: str
    link: str


def config_topic(prefix: str, device_id: str) -> str:
    """Where a device's config stands."""
    return f"{prefix}/device/{device_id}/config"


def device_config(
    device: Device,
    model: ObjectModel,
    objects: Iterable[tuple[int, Topics]],
    *,
    gone: Mapping[str, str] | None = None,
) -> dict[str, JsonValue]:
    """The config of a device with these objects.

    Args:
        gone: components of an earlier config that are no more, with their platforms.
    """
    components: dict[str, JsonValue] = {key: {"platform": platform} for key, platform in (gone or {}).items()}
    for object_id, topics in objects:
        state = model.state(object_id)
        if state is None:
            continue
        for field, component in _components(object_id, state, topics).items():
            key = f"{object_id}_{field}"
            components[key] = {
                **component,
                "unique_id": f"{device.serial}_{key}".lower(),
                "availability": [
                    {"topic": topics.link},
                    {
                        "topic": topics.state,
                        "value_template": "{{ 'online' if value_json.a | default(1) == 1 else 'offline' }}",
                    },
                ],
                "availability_mode": "all",
            }
    return {
        "device": {
            "identifiers": [device.serial],
            "name": device.name,
            "manufacturer": "Thermogate (simulator)",
            "model": device.model,
            "sw_version": device.firmware,
            "serial_number": device.serial,
        },
        "origin": {"name": "thermogate", "sw_version": device.firmware},
        "components": components,
        "qos": 1,
    }


def platforms(config: Mapping[str, JsonValue]) -> dict[str, str]:
    """The components of a config and their platforms: what must be named when they are gone."""
    components = config.get("components")
    assert isinstance(components, dict)
    return {
        key: str(component["platform"])
        for key, component in components.items()
        if isinstance(component, dict) and len(component) > 1
    }


def _components(object_id: int, state: Mapping[str, JsonValue], topics: Topics) -> dict[str, Component]:
    name, stype = state.get("name"), state.get("stype", 0)

    def read(platform: str, field: str, **more: JsonValue) -> Component:
        return {
            "platform": platform,
            "name": name,
            "state_topic": topics.state,
            "value_template": f"{{{{ value_json.{field} }}}}",
            **more,
        }

    def measured(field: str, kind: str | None, unit: str | None, label: str = "") -> Component:
        component = read("sensor", field, state_class="measurement")
        component |= {} if kind is None else {"device_class": kind}
        component |= {} if unit is None else {"unit_of_measurement": unit}
        return component | ({"name": f"{name} {label}"} if label else {})

    def yes_or_no(field: str, kind: str | None, **more: JsonValue) -> Component:
        component = read("binary_sensor", field, payload_on="1", payload_off="0", **more)
        return component | ({} if kind is None else {"device_class": kind})

    def switch() -> Component:
        return read(
            "switch",
            "s",
            command_topic=topics.command,
            payload_on=_command(object_id, "1"),
            payload_off=_command(object_id, "0"),
            state_on="1",
            state_off="0",
        )

    match state.get("type"):
        case ObjectType.WIRED_TEMPERATURE_SENSOR | ObjectType.ANALOG_TEMPERATURE_SENSOR:
            return {"t": measured("t", "temperature", "°C")}
        case ObjectType.RADIO_SENSOR:
            return {
                field: component
                for field, component in {
                    "t": measured("t", "temperature", "°C"),
                    "h": measured("h", "humidity", "%", "h"),
                    "b": measured("b", "voltage", "V", "b"),
                }.items()
                if field in state
            }
        case ObjectType.ANALOG_INPUT if stype in PRESSURE_INPUTS:
            return {"v": measured("v", "pressure", "bar")}
        case ObjectType.ANALOG_INPUT if stype in SWITCHED_INPUTS or stype in ALARM_INPUTS:
            return {"trig": yes_or_no("trig", ALARM_INPUTS.get(stype) if isinstance(stype, int) else None)}
        case ObjectType.ANALOG_INPUT:
            return {"v": measured("v", None, None)}
        case ObjectType.GUARD_ZONE:
            return {"s": _alarm_panel(object_id, name, topics)}
        case ObjectType.BOILER_ADAPTER:
            return {
                "water": measured("water", "temperature", "°C", "flow"),
                "return": measured("return", "temperature", "°C", "return"),
                "dhw": measured("dhw", "temperature", "°C", "DHW"),
                "modul": measured("modul", None, "%", "modulation"),
                "press": measured("press", "pressure", "bar", "pressure"),
                "state": {
                    **yes_or_no("state", "problem"),
                    "value_template": "{{ 1 if value_json.state == 2 else 0 }}",
                },
            }
        case ObjectType.WEB_ELEMENT if stype == ElementKind.SIMPLE_BUTTON:
            return {
                "s": {
                    "platform": "button",
                    "name": name,
                    "command_topic": topics.command,
                    "payload_press": _command(object_id, "1"),
                }
            }
        case ObjectType.WEB_ELEMENT if stype == ElementKind.STATUS:
            return {"s": yes_or_no("s", None)}
        case ObjectType.WEB_ELEMENT if stype == ElementKind.REGULATOR:
            return {
                "s": read(
                    "number",
                    "s",
                    command_topic=topics.command,
                    command_template=_command(object_id, '"2,{{ value }}"'),
                )
            }
        case ObjectType.WEB_ELEMENT | ObjectType.RELAY | ObjectType.PUMP:
            return {"s": switch()}
        case ObjectType.THREEWAY_TAP:
            words = "{{ {0: 'idle', 1: 'opening', 2: 'closing'}[value_json.s] }}"
            options: list[JsonValue] = ["idle", "opening", "closing"]
            return {
                "s": {
                    **read("sensor", "s"),
                    "device_class": "enum",
                    "options": options,
                    "value_template": words,
                }
            }
        case ObjectType.HEATING_CIRCUIT:
            return {
                "s": _climate(object_id, name, topics, dhw=stype == CircuitKind.DHW),
                "f": {**yes_or_no("f", "problem"), "name": f"{name} fault"},
            }
        case _:
            return {}


def _climate(object_id: int, name: JsonValue, topics: Topics, *, dhw: bool) -> Component:
    low, high = DHW_LIMITS_C if dhw else AIR_LIMITS_C
    modes: list[JsonValue] = ["off", "heat"] if dhw else ["off", "heat", "cool"]
    return {
        "platform": "water_heater" if dhw else "climate",
        "name": name,
        "current_temperature_topic": topics.state,
        "current_temperature_template": "{{ value_json.c }}",
        "temperature_state_topic": topics.state,
        "temperature_state_template": "{{ value_json.s }}",
        "temperature_command_topic": topics.command,
        "temperature_command_template": _command(
            object_id, "{{ ((value | float + 273) * 10) | round | int }}"
        ),
        "mode_state_topic": topics.state,
        "mode_state_template": (
            "{{ 'performance' if value_json.m == 'heat' else 'off' }}" if dhw else "{{ value_json.m }}"
        ),
        "modes": ["off", "performance"] if dhw else modes,
        "temperature_unit": "C",
        "precision": 0.1,
        "min_temp": low,
        "max_temp": high,
        **({} if dhw else {"temp_step": 0.5}),
    }


def _alarm_panel(object_id: int, name: JsonValue, topics: Topics) -> Component:
    return {
        "platform": "alarm_control_panel",
        "name": name,
        "state_topic": topics.state,
        "value_template": (
            "{{ 'triggered' if value_json.trig == 1 else ('armed_away' if value_json.s == 1 else 'disarmed') }}"
        ),
        "command_topic": topics.command,
        "payload_arm_away": _command(object_id, "1"),
        "payload_disarm": _command(object_id, "0"),
        "supported_features": ["arm_away"],
        "code_arm_required": False,
        "code_disarm_required": False,
    }


def _command(object_id: int, value: str) -> str:
    """The JSON of a command; `value` may hold a template."""
    return f'{{"id": {object_id}, "cmd": {value}}}'
