"""What Home Assistant takes in a device's discovery message, as a table: keys and values by platform.

Taken down from the schemas of Home Assistant 2025.4.4 (`homeassistant/components/mqtt`), which accepted, showed and
commanded all that the emulated controller announces. It leaves a key out without a word that it does not know; here
such a key is a problem.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

Json = dict[str, object]


@dataclass(frozen=True)
class Platform:
    """Keys of a platform beside the common ones.

    `required` must be there; `words` are the values that a key may have; of `together` all keys stand or none.
    """

    required: frozenset[str] = frozenset()
    allowed: frozenset[str] = frozenset()
    words: dict[str, frozenset[object]] = field(default_factory=dict)
    together: tuple[frozenset[str], ...] = ()


def _keys(text: str) -> frozenset[str]:
    return frozenset(text.split())


COMMON = _keys(
    "platform name unique_id object_id device origin qos encoding icon entity_category entity_picture "
    "enabled_by_default json_attributes_topic json_attributes_template availability availability_mode "
    "availability_topic availability_template payload_available payload_not_available"
)
AVAILABILITY = _keys("topic payload_available payload_not_available value_template")
DEVICE = _keys(
    "identifiers connections manufacturer model model_id name hw_version sw_version serial_number suggested_area "
    "configuration_url via_device"
)
ORIGIN = _keys("name sw_version support_url")
WHOLE = _keys(
    "device origin components qos encoding state_topic command_topic availability availability_mode availability_topic "
    "availability_template payload_available payload_not_available"
)
"""Keys of the message itself."""

_TEMPERATURES = _keys(
    "current_temperature_topic current_temperature_template temperature_state_topic temperature_state_template "
    "temperature_command_topic temperature_command_template mode_state_topic mode_state_template mode_command_topic "
    "mode_command_template modes temperature_unit precision initial min_temp max_temp optimistic retain value_template "
    "power_command_topic power_command_template payload_on payload_off"
)

PLATFORMS = {
    "sensor": Platform(
        _keys("state_topic"),
        _keys(
            "value_template device_class state_class unit_of_measurement options expire_after force_update "
            "suggested_display_precision last_reset_value_template"
        ),
        {
            "device_class": _keys("temperature humidity pressure voltage signal_strength enum"),
            "state_class": _keys("measurement total total_increasing"),
            "entity_category": _keys("diagnostic"),
        },
    ),
    "binary_sensor": Platform(
        _keys("state_topic"),
        _keys("value_template device_class payload_on payload_off expire_after force_update off_delay"),
        {
            "device_class": _keys("door motion smoke moisture problem safety vibration"),
            "entity_category": _keys("diagnostic"),
        },
    ),
    "switch": Platform(
        _keys("command_topic"),
        _keys(
            "command_template state_topic value_template payload_on payload_off state_on state_off device_class "
            "optimistic retain"
        ),
        {"device_class": _keys("outlet switch")},
    ),
    "button": Platform(
        _keys("command_topic"),
        _keys("command_template payload_press device_class retain"),
        {"device_class": _keys("identify restart update")},
    ),
    "number": Platform(
        _keys("command_topic"),
        _keys(
            "command_template state_topic value_template device_class min max step mode payload_reset "
            "unit_of_measurement optimistic retain"
        ),
        {"mode": _keys("auto box slider")},
    ),
    "climate": Platform(
        frozenset(),
        _TEMPERATURES
        | _keys(
            "temp_step action_topic action_template preset_modes preset_mode_state_topic preset_mode_value_template "
            "preset_mode_command_topic preset_mode_command_template"
        ),
        {
            "modes": _keys("off heat cool auto heat_cool dry fan_only"),
            "precision": frozenset({0.1, 0.5, 1.0}),
            "temperature_unit": _keys("C F"),
        },
        (_keys("preset_modes preset_mode_command_topic"),),
    ),
    "water_heater": Platform(
        frozenset(),
        _TEMPERATURES,
        {
            "modes": _keys("off eco electric gas heat_pump high_demand performance"),
            "precision": frozenset({0.1, 0.5, 1.0}),
            "temperature_unit": _keys("C F"),
        },
    ),
    "alarm_control_panel": Platform(
        _keys("state_topic command_topic"),
        _keys(
            "value_template command_template payload_arm_away payload_arm_home payload_arm_night payload_disarm "
            "payload_trigger supported_features code code_arm_required code_disarm_required code_trigger_required "
            "retain"
        ),
        {"supported_features": _keys("arm_home arm_away arm_night arm_vacation arm_custom_bypass trigger")},
    ),
}

UNITS = {
    "temperature": {"°C", "°F", "K"},
    "humidity": {"%"},
    "pressure": {"bar", "mbar", "Pa", "hPa", "kPa", "psi"},
    "voltage": {"V", "mV"},
    "signal_strength": {"dBm", "dB"},
}
"""Units that go with a sensor's class."""

ABBREVIATIONS = _keys(
    "dev o cmps p avty avty_t avty_mode avty_tpl uniq_id stat_t cmd_t val_tpl cmd_tpl dev_cla stat_cla unit_of_meas "
    "ops pl_on pl_off pl_prs stat_on stat_off temp_cmd_t temp_stat_t mode_cmd_t mode_stat_t curr_temp_t pr_modes"
)
"""What it would spell out; the controller writes every key in full, so one of these is a slip of the pen."""

CONFIG_TOPIC = re.compile(r"homeassistant/device/(?:[a-zA-Z0-9_-]+/)?[a-zA-Z0-9_-]+/config")


def problems(config: object) -> list[str]:
    """What Home Assistant would refuse in a device's message, leave out of it or warn of."""
    if not isinstance(config, dict):
        return ["the message is no object"]
    return [*_problems(config)]


def _problems(config: Json) -> Iterator[str]:
    yield from (f"message: {key}?" for key in config.keys() - WHOLE)
    device, origin, components = config.get("device"), config.get("origin"), config.get("components")
    if not isinstance(device, dict) or not (device.get("identifiers") or device.get("connections")):
        yield "device: nothing to know it by"
    else:
        yield from (f"device: {key}?" for key in device.keys() - DEVICE)
        yield from (f"device: {key} is no text" for key in device.keys() - {"identifiers", "connections"}
                    if not isinstance(device[key], str))  # fmt: skip
    if not isinstance(origin, dict) or not isinstance(origin.get("name"), str):
        yield "origin: has no name"
    else:
        yield from (f"origin: {key}?" for key in origin.keys() - ORIGIN)
    if not isinstance(components, dict):
        yield "there are no components"
        return
    ids = [each.get("unique_id") for each in components.values() if len(each) > 1]
    if None in ids or len(set(ids)) < len(ids):
        yield "unique_id: missing or used twice"
    for key, component in components.items():
        yield from (f"{key}: {what}" for what in _component(component))


def _component(component: Json) -> Iterator[str]:
    name = component.get("platform")
    platform = PLATFORMS.get(str(name))
    if platform is None:
        yield f"platform {name}?"
        return
    if len(component) == 1:
        return  # It is to be removed.
    yield from (f"{key} is missing" for key in platform.required - component.keys())
    yield from (f"{key}?" for key in component.keys() - COMMON - platform.required - platform.allowed)
    yield from (f"{key} is an abbreviation" for key in component.keys() & ABBREVIATIONS)
    for group in platform.together:
        if 0 < len(group & component.keys()) < len(group):
            yield f"{sorted(group)} stand together"
    for key, words in platform.words.items():
        value = component.get(key)
        given = value if isinstance(value, list) else [] if value is None else [value]
        yield from (f"{key}: {each}?" for each in given if each not in words)
    for key, value in component.items():
        if key.endswith("_topic") or key == "topic":
            yield from _topic(key, value, may_match=key not in {"command_topic"} and "command" not in key)
    yield from _availability(component)
    yield from _values(str(name), component)


def _availability(component: Json) -> Iterator[str]:
    there = component.get("availability", [])
    if component.get("availability_mode", "latest") not in {"all", "any", "latest"}:
        yield "availability_mode?"
    if "availability_topic" in component and "availability" in component:
        yield "availability and availability_topic exclude each other"
    for each in there if isinstance(there, list) else [there]:
        if not isinstance(each, dict):
            yield "availability is no object"
            continue
        yield from (f"availability: {key}?" for key in each.keys() - AVAILABILITY)
        yield from _topic("availability", each.get("topic"), may_match=True)


def _values(platform: str, component: Json) -> Iterator[str]:
    if component.get("qos", 0) not in {0, 1, 2}:
        yield "qos?"
    options, unit, kind = (component.get(key) for key in ("options", "unit_of_measurement", "device_class"))
    if options is not None and (not options or kind != "enum" or unit or component.get("state_class")):
        yield "options are for a class enum alone, without unit and state_class"
    if platform == "sensor" and kind in UNITS and unit not in UNITS[str(kind)]:
        yield f"a {kind} in {unit}"
    for low, high in (("min", "max"), ("min_temp", "max_temp")):
        given = component.get(low), component.get(high)
        if given != (None, None) and not (
            _is_number(given[0]) and _is_number(given[1]) and given[0] < given[1]
        ):
            yield f"{low} to {high}: {given}"
    presets = component.get("preset_modes")
    if isinstance(presets, list) and ("none" in presets or len(set(presets)) < len(presets)):
        yield "preset_modes: none is always there, and none stands twice"


def _topic(key: str, topic: object, *, may_match: bool) -> Iterator[str]:
    if not isinstance(topic, str) or not topic or "\0" in topic or len(topic.encode()) > 65535:
        yield f"{key}: {topic!r} is no topic"
    elif not may_match and set(topic) & set("+#"):
        yield f"{key}: {topic} cannot be published at"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
