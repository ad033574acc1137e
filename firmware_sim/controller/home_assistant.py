"""Home Assistant's MQTT discovery of the emulated controller, without I/O: objects in, one device config out.

All that a device has stands in one retained message at `<prefix>/device/<id>/config` (Home Assistant 2024.11 and
later). A component's values are read from the object's own JSON by templates and its commands are that JSON's; so a
broker between is all that is needed. An empty message at the same topic removes the device; a component that is gone
stays in one more config with its platform alone, which removes it. What an object becomes: `home_assistant_components`.

Source: Home Assistant's page "MQTT", sections "Device discovery payload", "Using availability topics", "Birth and last
will messages".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from pydantic import JsonValue

from firmware_sim.controller.home_assistant_components import DescribedModel, components_of
from provisioning.explanation import Language

DEFAULT_PREFIX: Final = "homeassistant"
BIRTH_TOPIC: Final = "status"
"""Below the prefix: Home Assistant says `online` here when it has started and wants the configs again."""

Config = dict[str, JsonValue]


@dataclass(frozen=True, slots=True)
class Device:
    """What Home Assistant is told of the controller.

    Args:
        serial: of the controller.
        lang: of the words behind an object's own name, as "flow".
        part: a part of the controller that is shown as a device of its own, by a number; None: all of it.
    """

    serial: str
    name: str
    model: str
    firmware: str
    lang: Language = "ru"
    part: int | None = None

    @property
    def identifier(self) -> str:
        """By which Home Assistant knows it again."""
        return self.serial if self.part is None else f"{self.serial}_{self.part}"


@dataclass(frozen=True, slots=True)
class Topics:
    """Where an object's state is published, where commands are taken, where the controller says that it is there.

    Args:
        command: None: it takes none, so nothing is offered that would command it.
        qos: with which Home Assistant subscribes and commands.
    """

    state: str
    command: str | None
    link: str
    qos: int = 0


def config_topic(prefix: str, device: Device) -> str:
    """Where a device's config stands."""
    node = f"{prefix}/device/zont_{device.serial.lower()}"
    return f"{node}/config" if device.part is None else f"{node}/{device.part}/config"


def config_topics(prefix: str, serial: str) -> list[str]:
    """Filters for all configs that this controller has ever left at the broker."""
    node = f"{prefix}/device/zont_{serial.lower()}"
    return [f"{node}/config", f"{node}/+/config"]


def device_config(
    device: Device,
    model: DescribedModel,
    objects: Iterable[tuple[int, Topics]],
    *,
    gone: Mapping[str, str] | None = None,
) -> Config:
    """The config of a device with these objects.

    Args:
        gone: components of an earlier config that are no more, with their platforms.
    """
    components: Config = {}
    for object_id, topics in objects:
        for field, component in components_of(
            object_id, model, topics.state, topics.command, device.lang
        ).items():
            key = f"{object_id}_{field}"
            there: list[JsonValue] = [{"topic": topics.link}]
            if not component.speaks_without_source:
                there.append({"topic": topics.state, "value_template": _AVAILABILITY})
            components[key] = {
                **component.keys,
                "unique_id": f"{device.identifier}_{key}".lower(),
                "availability": there,
                "availability_mode": "all",
                "qos": topics.qos,
            }
    components |= {key: {"platform": platform} for key, platform in (gone or {}).items()}
    return {
        "device": {
            "identifiers": [device.identifier],
            "name": device.name,
            "manufacturer": "Thermogate (simulator)",
            "model": device.model,
            "sw_version": device.firmware,
            "serial_number": device.serial,
        },
        "origin": {"name": "thermogate", "sw_version": device.firmware},
        "components": components,
    }


def platforms(config: JsonValue) -> dict[str, str]:
    """The components of a config and their platforms: what must be named when they are gone."""
    components = config.get("components") if isinstance(config, dict) else None
    return {
        key: str(component["platform"])
        for key, component in (components.items() if isinstance(components, dict) else ())
        if isinstance(component, dict) and len(component) > 1 and "platform" in component
    }


_AVAILABILITY: Final = "{{ 'online' if value_json.a | default(1) == 1 else 'offline' }}"
