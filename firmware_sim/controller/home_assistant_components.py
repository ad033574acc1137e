"""What an object of the emulated controller is in Home Assistant: its entities, by platform, without I/O.

    sensors, inputs       sensor, binary_sensor        guard zone            alarm_control_panel
    boiler adapter        sensor, binary_sensor        buttons, switches     button, switch, number
    relay, pump           switch                       mode, scenario        button
    circuit               climate or water_heater      three-way tap         sensor

Values are read from the object's JSON by Jinja templates; what an object does not say now is `None` there, which Home
Assistant shows as unknown. Commands are the JSON of the local protocol. Without a topic for commands only what can be
read is announced.

Source: the pages of Home Assistant's platforms for their keys; PROTOCOL.md of zont-local, sections 3 and 4, for fields
and commands. Switching a circuit off and on again by 0 and 1 is our own command.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from pydantic import JsonValue

from firmware_sim.controller.local_session import ObjectModel
from provisioning.explanation import Language, Text
from provisioning.zont.object_types import CircuitKind, ElementKind, ObjectType

Keys = dict[str, JsonValue]


class DescribedModel(ObjectModel, Protocol):
    """What must be known of the objects besides their states."""

    def limits(self, object_id: int) -> tuple[float, float] | None:
        """Lowest and highest value that an object may be set to; None: it is not set by a value."""
        ...

    def modes_of(self, object_id: int) -> Mapping[int, str]:
        """Ids and names of the modes that may be applied to a circuit."""
        ...

    def is_inverted(self, object_id: int) -> bool:
        """Whether a relay that is on shows 0: its output, and not what it means."""
        ...


@dataclass(frozen=True, slots=True)
class Component:
    """An entity: its platform's keys.

    Args:
        speaks_without_source: it has a value even when its object has lost what it reads: it tells just that.
    """

    keys: Keys
    speaks_without_source: bool = False


@dataclass(frozen=True, slots=True)
class _Measure:
    """A measured field."""

    kind: str | None
    unit: str | None
    label: Text | None = None
    template: str | None = None
    diagnostic: bool = False


_FLOW: Final = Text("подача", "flow")
_RETURN: Final = Text("обратка", "return")
_DHW: Final = Text("ГВС", "hot water")
_MODULATION: Final = Text("модуляция", "modulation")
_PRESSURE: Final = Text("давление", "pressure")
_FAULT: Final = Text("неисправность", "fault")
_ERROR_CODE: Final = Text("код ошибки", "error code")
_HUMIDITY: Final = Text("влажность", "humidity")
_BATTERY: Final = Text("батарея", "battery")
_SIGNAL: Final = Text("сигнал", "signal")
_SETPOINT_NAME: Final = Text("уставка", "setpoint")
_ALARM: Final = Text("тревога", "alarm")

_ADAPTER: Final[Mapping[str, _Measure]] = {
    "water": _Measure("temperature", "°C", _FLOW),
    "return": _Measure("temperature", "°C", _RETURN),
    "dhw": _Measure("temperature", "°C", _DHW),
    "modul": _Measure(None, "%", _MODULATION),
    "press": _Measure("pressure", "bar", _PRESSURE),
}
_TEMPERATURE: Final = _Measure("temperature", "°C")
_SETPOINT: Final = _Measure("temperature", "°C", _SETPOINT_NAME)
_RADIO: Final[Mapping[str, _Measure]] = {
    "b": _Measure("voltage", "V", _BATTERY, diagnostic=True),
    "r": _Measure(
        "signal_strength",
        "dBm",
        _SIGNAL,
        "{{ ((value_json.r + 128) % 256 - 128) / 2 - 73 if value_json.r is defined else none }}",
        diagnostic=True,
    ),
}
_RADIO_MEASURES: Final[Mapping[int, Mapping[str, _Measure]]] = {
    5: {"t": _TEMPERATURE},
    13: {"t": _TEMPERATURE},
    15: {"t": _TEMPERATURE},
    18: {"t": _TEMPERATURE, "h": _Measure("humidity", "%", _HUMIDITY)},
}
_RADIO_ALARMS: Final[Mapping[int, str]] = {10: "moisture", 11: "motion", 12: "vibration"}

_INPUT_MEASURES: Final[Mapping[int, _Measure]] = {
    0: _Measure("voltage", "V"),
    **dict.fromkeys((1, 2, 18, 21), _Measure("pressure", "bar")),
    17: _Measure("humidity", "%"),
}
_INPUT_ALARMS: Final[Mapping[int, str | None]] = {
    3: "door",
    4: "motion",
    5: "smoke",
    6: "moisture",
    7: "motion",
    8: None,
    9: "problem",
    10: "problem",
    11: None,
    14: None,
    15: "safety",
    19: None,
    20: None,
}
"""Subtypes of an analog input that only say yes or no, and Home Assistant's class for them."""


def components_of(
    object_id: int, model: DescribedModel, state_topic: str, command_topic: str | None, lang: Language
) -> dict[str, Component]:
    """An object's entities by the field that they show; none for an object that has nothing to show."""
    state = model.state(object_id)
    if state is None:
        return {}
    of = _Object(object_id, state, model, state_topic, command_topic, lang)
    stype = state.get("stype")
    subtype = stype if isinstance(stype, int) else 0
    match state.get("type"):
        case ObjectType.WIRED_TEMPERATURE_SENSOR | ObjectType.ANALOG_TEMPERATURE_SENSOR:
            return of.measured({"t": _TEMPERATURE})
        case ObjectType.RADIO_SENSOR:
            alarm = _RADIO_ALARMS.get(subtype)
            shown = {} if alarm is None else {"trig": of.yes_or_no("trig", alarm)}
            return shown | of.measured({**_RADIO_MEASURES.get(subtype, {}), **_RADIO})
        case ObjectType.RADIO_SENSOR_433:
            return {"trig": of.yes_or_no("trig", None)}
        case ObjectType.ANALOG_INPUT if subtype in _INPUT_ALARMS:
            return {"trig": of.yes_or_no("trig", _INPUT_ALARMS[subtype])}
        case ObjectType.ANALOG_INPUT:
            return of.measured({"v": _INPUT_MEASURES.get(subtype, _Measure(None, None))})
        case ObjectType.GUARD_ZONE:
            return of.alarm_panel()
        case ObjectType.BOILER_ADAPTER:
            return of.measured(_ADAPTER) | of.boiler_faults()
        case ObjectType.BOILER_CASCADE:
            return of.measured({"s": _Measure(None, None)})
        case ObjectType.WEB_ELEMENT if subtype == ElementKind.STATUS:
            return {"s": of.yes_or_no("s", None)}
        case ObjectType.WEB_ELEMENT if subtype == ElementKind.REGULATOR:
            return of.number('"2,{{ value }}"', None)
        case ObjectType.ANALOG_OUTPUT:
            return of.number("{{ value | int }}", "%")
        case ObjectType.WEB_ELEMENT if subtype == ElementKind.SIMPLE_BUTTON:
            return of.button()
        case ObjectType.HEATING_MODE | ObjectType.SCENARIO:
            return of.button()
        case ObjectType.WEB_ELEMENT | ObjectType.RELAY | ObjectType.PUMP:
            return of.switch()
        case ObjectType.THREEWAY_TAP:
            return of.tap()
        case ObjectType.HEATING_CIRCUIT:
            return of.circuit(subtype)
        case _:
            return {}


@dataclass(frozen=True, slots=True)
class _Object:
    id: int
    state: Mapping[str, JsonValue]
    model: DescribedModel
    state_topic: str
    command_topic: str | None
    lang: Language

    def name(self, label: Text | None = None) -> str:
        own = str(self.state.get("name") or self.id)
        return own if label is None else f"{own} {label.in_(self.lang)}"

    def read(self, platform: str, field: str, label: Text | None = None, **more: JsonValue) -> Keys:
        return {
            "platform": platform,
            "name": self.name(label),
            "state_topic": self.state_topic,
            "value_template": _value(field),
            **more,
        }

    def command(self, value: str) -> str:
        """The JSON of a command; `value` may hold a template."""
        return f'{{"id": {self.id}, "cmd": {value}}}'

    def measured(self, fields: Mapping[str, _Measure]) -> dict[str, Component]:
        found = {}
        for field, each in fields.items():
            keys = self.read("sensor", field, each.label, state_class="measurement")
            keys |= {} if each.kind is None else {"device_class": each.kind}
            keys |= {} if each.unit is None else {"unit_of_measurement": each.unit}
            keys |= {} if each.template is None else {"value_template": each.template}
            keys |= {"entity_category": "diagnostic"} if each.diagnostic else {}
            found[field] = Component(keys)
        return found

    def yes_or_no(self, field: str, kind: str | None, label: Text | None = None) -> Component:
        keys = self.read("binary_sensor", field, label, payload_on="1", payload_off="0")
        return Component(keys if kind is None else keys | {"device_class": kind})

    def boiler_faults(self) -> dict[str, Component]:
        fault = self.yes_or_no("state", "problem", _FAULT).keys
        fault["value_template"] = "{{ 1 if value_json.state | default(0) == 2 else 0 }}"
        code = self.read("sensor", "err", _ERROR_CODE, entity_category="diagnostic")
        return {"state": Component(fault, speaks_without_source=True), "err": Component(code)}

    def button(self) -> dict[str, Component]:
        if self.command_topic is None:
            return {}
        keys: Keys = {"platform": "button", "name": self.name(), "command_topic": self.command_topic}
        return {"s": Component(keys | {"payload_press": self.command("1")})}

    def switch(self) -> dict[str, Component]:
        shown_on, shown_off = ("0", "1") if self.model.is_inverted(self.id) else ("1", "0")
        if self.command_topic is None:
            keys = self.read("binary_sensor", "s", payload_on=shown_on, payload_off=shown_off)
            return {"s": Component(keys)}
        on, off = self.command("1"), self.command("0")
        keys = self.read("switch", "s", command_topic=self.command_topic, payload_on=on, payload_off=off)
        return {"s": Component(keys | {"state_on": shown_on, "state_off": shown_off})}

    def number(self, value: str, unit: str | None) -> dict[str, Component]:
        if self.command_topic is None:
            return self.measured({"s": _Measure(None, unit)})
        low, high = self.model.limits(self.id) or (0.0, 100.0)
        keys = self.read(
            "number", "s", command_topic=self.command_topic, command_template=self.command(value)
        )
        keys |= {"min": low, "max": high} | ({} if unit is None else {"unit_of_measurement": unit})
        return {"s": Component(keys)}

    def tap(self) -> dict[str, Component]:
        words = ("idle", "opening", "closing")
        keys = self.read("sensor", "s", device_class="enum", options=[*words])
        keys["value_template"] = (
            "{{ ['idle', 'opening', 'closing'][value_json.s] if value_json.s in [0, 1, 2] else none }}"
        )
        return {"s": Component(keys)}

    def alarm_panel(self) -> dict[str, Component]:
        if self.command_topic is None:
            return {"s": self.yes_or_no("s", None), "trig": self.yes_or_no("trig", "safety", _ALARM)}
        keys = self.read(
            "alarm_control_panel",
            "s",
            command_topic=self.command_topic,
            payload_arm_away=self.command("1"),
            payload_disarm=self.command("0"),
            supported_features=["arm_away"],
            code_arm_required=False,
            code_disarm_required=False,
        )
        keys["value_template"] = (
            "{{ 'triggered' if value_json.trig == 1 else 'armed_away' if value_json.s == 1 else 'disarmed' }}"
        )
        return {"s": Component(keys)}

    def circuit(self, kind: int) -> dict[str, Component]:
        fault = {"f": self.yes_or_no("f", "problem", _FAULT)}
        if self.command_topic is None:
            return self.measured({"c": _TEMPERATURE, "s": _SETPOINT}) | fault
        dhw = kind == CircuitKind.DHW
        on = "performance" if dhw else "cool" if kind == CircuitKind.COOLING else "heat"
        low, high = self.model.limits(self.id) or (5.0, 80.0)
        keys: Keys = {
            "platform": "water_heater" if dhw else "climate",
            "name": self.name(),
            "current_temperature_topic": self.state_topic,
            "current_temperature_template": _value("c"),
            "temperature_state_topic": self.state_topic,
            "temperature_state_template": _value("s"),
            "mode_state_topic": self.state_topic,
            "mode_state_template": f"{{{{ 'off' if value_json.m == 'off' else '{on}' }}}}",
            "modes": ["off", on],
            "temperature_unit": "C",
            "precision": 0.1,
            "min_temp": low,
            "max_temp": high,
            "temperature_command_topic": self.command_topic,
            "temperature_command_template": self.command("{{ ((value | float + 273) * 10) | round | int }}"),
            "mode_command_topic": self.command_topic,
            "mode_command_template": self.command("{{ 0 if value == 'off' else 1 }}"),
        }
        if not dhw:
            keys |= {"temp_step": 0.5} | self._presets(self.command_topic)
        return {"s": Component(keys)} | fault

    def _presets(self, command_topic: str) -> Keys:
        """Modes as presets; "none", which Home Assistant always offers, commands nothing."""
        names: dict[str, int] = {}
        for mode, name in self.model.modes_of(self.id).items():
            names[name if name and name not in names and name.lower() != "none" else f"{name} ({mode})"] = (
                mode
            )
        if not names:
            return {}
        ids = ", ".join(f"{_quoted(name)}: {mode}" for name, mode in names.items())
        words = ", ".join(f"{mode}: {_quoted(name)}" for name, mode in names.items())
        return {
            "preset_modes": [*names],
            "preset_mode_state_topic": self.state_topic,
            "preset_mode_value_template": f"{{{{ {{{words}}}.get(value_json.m_id, 'none') }}}}",
            "preset_mode_command_topic": command_topic,
            "preset_mode_command_template": self.command(f"{{{{ {{{ids}}}.get(value, 'null') }}}}"),
        }


def _value(field: str) -> str:
    return f"{{{{ value_json.{field} | default(none) }}}}"


def _quoted(text: str) -> str:
    """A text as it stands in a template: Jinja reads a string's escapes as JSON writes them."""
    return json.dumps(text, ensure_ascii=False)
