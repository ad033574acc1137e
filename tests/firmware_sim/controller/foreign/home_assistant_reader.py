"""A reader of discovery messages that does with them what Home Assistant does, without Home Assistant.

It keeps what the config says, renders the templates with Jinja, and makes commands only from the config's own topics,
payloads and templates. It knows nothing of the controller and its objects. A template that touches a field which the
message lacks is an error here; Home Assistant warns of it in its log.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import lru_cache

from jinja2 import StrictUndefined, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment

JINJA = ImmutableSandboxedEnvironment(undefined=StrictUndefined)
READ = {
    "state": ("state_topic", "value_template"),
    "current": ("current_temperature_topic", "current_temperature_template"),
    "setpoint": ("temperature_state_topic", "temperature_state_template"),
    "mode": ("mode_state_topic", "mode_state_template"),
    "preset": ("preset_mode_state_topic", "preset_mode_value_template"),
}
"""What an entity shows, and the keys of where it is read."""
WRITE = {
    "setpoint": ("temperature_command_topic", "temperature_command_template"),
    "mode": ("mode_command_topic", "mode_command_template"),
    "preset": ("preset_mode_command_topic", "preset_mode_command_template"),
    "value": ("command_topic", "command_template"),
}


@dataclass
class Entity:
    """A component of a config."""

    keys: dict[str, object]
    there: dict[str, bool] = field(default_factory=dict)
    shown: dict[str, str | None] = field(default_factory=dict)
    """None: unknown."""

    @property
    def name(self) -> str:
        return str(self.keys["name"])

    @property
    def platform(self) -> str:
        return str(self.keys["platform"])

    @property
    def is_available(self) -> bool:
        """As `availability_mode: all` has it: nothing heard is not there."""
        return all(self.there.get(each["topic"], False) for each in self.keys["availability"])

    @property
    def is_on(self) -> bool:
        """Of a switch or a binary sensor."""
        return self.shown["state"] == self.keys["state_on" if self.platform == "switch" else "payload_on"]

    def hear(self, topic: str, text: str) -> None:
        """A message at one of its topics."""
        for each in self.keys["availability"]:
            if each["topic"] == topic:
                said = _render(each.get("value_template"), text)
                assert said in {"online", "offline"}, said
                self.there[topic] = said == "online"
        for what, (where, how) in READ.items():
            if self.keys.get(where) == topic:
                said = _render(self.keys.get(how), text)
                self.shown[what] = None if said == "None" else said
                self._check(what, said)

    def command(self, what: str, value: object = None) -> tuple[str, str]:
        """The topic and the message of a service call: `setpoint`, `mode`, `preset`, `value`, or a payload's name."""
        if what in WRITE and WRITE[what][0] in self.keys and f"payload_{what}" not in self.keys:
            topic, template = (self.keys.get(key) for key in WRITE[what])
            return str(topic), _template(str(template)).render(value=value)
        return str(self.keys["command_topic"]), str(self.keys[f"payload_{what}"])

    def _check(self, what: str, said: str) -> None:
        """Home Assistant takes these words alone."""
        words = {
            ("binary_sensor", "state"): ["0", "1"],
            ("switch", "state"): [self.keys.get("state_on"), self.keys.get("state_off")],
            ("alarm_control_panel", "state"): ["disarmed", "armed_away", "triggered"],
            ("climate", "mode"): self.keys.get("modes"),
            ("water_heater", "mode"): self.keys.get("modes"),
            ("climate", "preset"): [*(self.keys.get("preset_modes") or []), "none"],
        }.get((self.platform, what))
        if words is None and said != "None" and "options" not in self.keys:
            float(said)
        elif said != "None":
            assert said in (words or self.keys["options"]), (self.name, what, said)


class Reader:
    """All entities of the configs that it has heard."""

    def __init__(self) -> None:
        self.entities: dict[tuple[str, str], Entity] = {}
        self.devices: dict[str, dict[str, object]] = {}
        self._retained: dict[str, str] = {}

    def hear(self, topic: str, payload: str, *, retain: bool) -> None:
        """A message of the broker; what is retained, the broker tells to who subscribes later."""
        if retain:
            self._retained[topic] = payload
        if topic.startswith("homeassistant/device/"):
            self._configure(topic, payload)
        elif payload:
            for each in self.entities.values():
                each.hear(topic, payload)

    def named(self, name: str, platform: str) -> Entity:
        """The entity of that name; there must be one."""
        (found,) = [each for each in self.entities.values() if (each.name, each.platform) == (name, platform)]
        return found

    def _configure(self, topic: str, payload: str) -> None:
        config = json.loads(payload) if payload else {"components": {}, "device": None}
        components = config["components"]
        for key in [each for each in self.entities if each[0] == topic]:
            component = components.get(key[1])
            # One that is left out stays; it goes when only its platform is named, or with the whole device.
            if not payload or (component is not None and len(component) == 1):
                del self.entities[key]
        for key, component in components.items():
            if len(component) > 1:
                old = self.entities.get((topic, key))
                entity = self.entities[topic, key] = Entity(
                    component, *([old.there, old.shown] if old else [])
                )
                for where, said in self._retained.items():
                    if said and not where.startswith("homeassistant/"):
                        entity.hear(where, said)
        self.devices.pop(topic, None)
        if config["device"] is not None:
            self.devices[topic] = config["device"]


@lru_cache(maxsize=1000)
def _template(text: str) -> Template:
    return JINJA.from_string(text)


def _render(template: object, text: str) -> str:
    if template is None:
        return text
    return _template(str(template)).render(value=text, value_json=json.loads(text)).strip()
