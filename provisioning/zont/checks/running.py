"""What a running controller tells of itself: link, clock, supply, sensors, boilers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from provisioning.explanation import Text
from provisioning.zont.checks.facts import ControllerFacts, Found, Objects, name_of
from provisioning.zont.decikelvin import is_temperature
from provisioning.zont.object_types import SENSORS, CircuitKind, ObjectType

BALANCE, APN = 12, 203
"""Parameters."""
MAX_CLOCK_ERROR_S: Final = 300.0
LOW_BATTERY_V: Final = 2.5
"""A lithium cell of 3 V with a few per cent left."""
LOW_SUPPLY_V: Final = 10.5
"""Of a 12 V supply; ours, the maker publishes none."""
WEAK_LEVEL: Final = 7
"""-99 dBm."""
DENIED: Final = 3
REGISTERED: Final = frozenset({1, 5})
LOWEST_BAR, HIGHEST_BAR = 0.8, 2.7
ROOM_LOWEST_C, ROOM_HIGHEST_C = -5.0, 45.0
BOILER_ERROR: Final = 2


def parameters(facts: ControllerFacts, _: Objects) -> Iterator[Found]:
    """Access point and balance."""
    apn, balance = facts.config.get_parameter(APN), facts.config.get_parameter(BALANCE)
    if apn is None and balance is None and not facts.is_whole:
        return
    if (apn is not None or facts.is_whole) and not (apn or "").strip():
        yield Found("apn_empty")
    if (balance is not None or facts.is_whole) and len((balance or "").split()) < 2:
        yield Found("balance_threshold_missing")


def link(facts: ControllerFacts, _: Objects) -> Iterator[Found]:
    """The mobile network, the cloud and the door of the local network."""
    registration = facts.gsm_registration
    if registration == DENIED:
        yield Found("sim_denied")
    elif registration is not None and registration not in REGISTERED:
        yield Found("gsm_not_registered")
    elif registration is not None and facts.gsm_level is not None and facts.gsm_level < WEAK_LEVEL:
        yield Found("gsm_weak", None, {"level": facts.gsm_level})
    if facts.cloud_linked is False:
        yield Found("cloud_not_linked")
    if facts.default_login:
        yield Found("default_login")


def clock_and_supply(facts: ControllerFacts, _: Objects) -> Iterator[Found]:
    """The clock; mains, battery and volts."""
    error_s = facts.clock_error_s
    if error_s is not None and abs(error_s) > MAX_CLOCK_ERROR_S:
        yield Found("clock_wrong", None, {"off": _how_long(error_s)})
    if facts.on_battery:
        yield Found("on_battery")
    elif facts.supply_v is not None and facts.supply_v < LOW_SUPPLY_V:
        yield Found("supply_low", None, {"supply_v": facts.supply_v})


def _how_long(error_s: float) -> Text:
    ru, en = ("спешат", "fast") if error_s > 0 else ("отстают", "slow")
    minutes = round(abs(error_s) / 60)
    if minutes < 120:
        return Text(f"{ru} на {minutes} мин", f"{minutes} min {en}")
    if minutes < 48 * 60:
        return Text(f"{ru} на {minutes / 60:.1f} ч", f"{minutes / 60:.1f} h {en}")
    return Text(f"{ru} на {minutes // 1440} сут.", f"{minutes // 1440} days {en}")


def sensors(facts: ControllerFacts, objects: Objects) -> Iterator[Found]:
    """Sensors that are silent, run out of battery, or say what cannot be of a room."""
    rooms = {
        circuit.number("air_sensor")
        for circuit in objects.of(ObjectType.HEATING_CIRCUIT)
        if circuit.number("stype") == CircuitKind.CONSUMER
    }
    for object_id, state in facts.states.items():
        if state.get("type") not in SENSORS:
            continue
        told: dict[str, object] = {"name": _name(state, object_id, objects)}
        temp_c, battery_v = _number(state, "t"), _number(state, "b")
        if _is_silent(state, temp_c):
            yield Found("sensor_fault", object_id, told)
        elif object_id in rooms and temp_c is not None and not ROOM_LOWEST_C <= temp_c <= ROOM_HIGHEST_C:
            yield Found("sensor_implausible", object_id, {**told, "temp_c": temp_c})
        if battery_v is not None and battery_v < LOW_BATTERY_V:
            yield Found("battery_low", object_id, {**told, "battery_v": battery_v})


def _is_silent(state: Mapping[str, object], temp_c: float | None) -> bool:
    if _number(state, "a") not in {None, 1} or _number(state, "failed"):
        return True
    if "t" in state:
        return temp_c is None or not is_temperature(temp_c)
    # Many radio sensors measure no temperature; a wired one that tells none has lost it.
    return state.get("type") != ObjectType.RADIO_SENSOR


def boilers(facts: ControllerFacts, objects: Objects) -> Iterator[Found]:
    """Boilers in fault, out of reach, or with too little or too much water."""
    for object_id, state in facts.states.items():
        if state.get("type") != ObjectType.BOILER_ADAPTER:
            continue
        told: dict[str, object] = {"name": _name(state, object_id, objects)}
        if _number(state, "a") not in {None, 1} or _number(state, "failed"):
            yield Found("boiler_link_lost", object_id, told)
            continue
        error, bar = _number(state, "err"), _number(state, "press")
        if error or state.get("state") == BOILER_ERROR:
            shown = Text("не назван", "not told") if not error else f"{error:g}"
            yield Found("boiler_error", object_id, {**told, "error": shown})
        if bar is not None and bar > HIGHEST_BAR:
            yield Found("pressure_high", object_id, {**told, "bar": bar})
        elif bar is not None and 0 < bar < LOWEST_BAR:
            yield Found("pressure_low", object_id, {**told, "bar": bar})


def _number(state: Mapping[str, object], key: str) -> float | None:
    value = state.get(key)
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return None
    return None if isinstance(value, bool) or not isinstance(value, int | float) else value


def _name(state: Mapping[str, object], object_id: int, objects: Objects) -> object:
    values = objects.get(object_id)
    return state.get("name") or (name_of(values) if values is not None else object_id)
