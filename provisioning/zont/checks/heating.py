"""Circuits, curves, timetables and pumps: what makes a house too cold, too hot, or its floor crack."""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final

from provisioning.zont.checks.facts import ControllerFacts, Found, Objects, name_of
from provisioning.zont.config_text import NONE_IDS
from provisioning.zont.decikelvin import from_decikelvin
from provisioning.zont.object_fields import REGULATIONS, Regulation
from provisioning.zont.object_types import SENSORS, CircuitKind, ObjectType
from provisioning.zont.object_values import ObjectValues

FLOOR_DANGER_C: Final = 55.0
"""EN 1264-4: what a screed may be heated with."""
FLOOR_WARM_C: Final = 45.0
SUMMER_LOWEST_C, SUMMER_HIGHEST_C = 10.0, 24.0
"""Colder than the first a house needs heat, however well it is insulated; warmer than the second none does."""

_FLOOR: Final = re.compile(r"\b(пол(ы|а|ов|ом)?|тп|floor|floors|ufh)\b", re.IGNORECASE)


def circuits_of(objects: Objects, *kinds: CircuitKind) -> list[ObjectValues]:
    """Circuits of some kinds."""
    return [each for each in objects.of(ObjectType.HEATING_CIRCUIT) if each.number("stype") in kinds]


def is_floor(circuit: ObjectValues) -> bool:
    """Whether it heats a floor: only its name tells."""
    return circuit.number("stype") == CircuitKind.CONSUMER and _FLOOR.search(name_of(circuit)) is not None


def double_compensation(_: ControllerFacts, objects: Objects) -> Iterator[Found]:
    """A weather curve on a boiler that has one of its own."""
    for circuit in objects.of(ObjectType.HEATING_CIRCUIT):
        if circuit.number("curve") in NONE_IDS:
            continue
        for boiler in boilers_of(circuit, objects):
            if boiler.number("own_compensation"):
                yield Found("double_compensation", circuit.id, {"name": name_of(circuit)})
                break


def boilers_of(circuit: ObjectValues, objects: Objects) -> Iterable[ObjectValues]:
    """The boilers that a circuit asks, straight or by a cascade."""
    source = objects.at(circuit.number("source"))
    if source is None:
        return ()
    if source.type is ObjectType.BOILER_ADAPTER:
        return (source,)
    if source.type in (ObjectType.BOILER_CASCADE, ObjectType.BOILER_GROUP):
        found = [objects.at(each, ObjectType.BOILER_ADAPTER) for each in source.numbers("adapters")]
        return [each for each in found if each is not None]
    return ()


def _used_curves(objects: Objects) -> Iterator[tuple[ObjectValues, ObjectValues]]:
    for circuit in objects.of(ObjectType.HEATING_CIRCUIT):
        curve = objects.at(circuit.number("curve"), ObjectType.WEATHER_CURVE)
        if curve is not None:
            yield circuit, curve


def curves(_: ControllerFacts, objects: Objects) -> Iterator[Found]:
    """Curves without weather, without points, the wrong way round, or higher than their circuit may go."""
    seen: set[int] = set()
    for circuit, curve in _used_curves(objects):
        outdoor, flow = curve.numbers("outdoor"), curve.numbers("flow")
        points = sorted(zip(outdoor, flow, strict=False))
        if curve.id not in seen:
            seen.add(curve.id)
            told = {"name": name_of(curve)}
            if curve.number("sensor") in NONE_IDS:
                yield Found("outdoor_sensor_missing", curve.id, told)
            if len(points) < 2 or len(outdoor) != len(flow):
                yield Found("curve_too_short", curve.id, told)
            elif any(later[1] > earlier[1] for earlier, later in itertools.pairwise(points)):
                yield Found("curve_rises", curve.id, told)
        top, limit = max(flow, default=0), circuit.number("highest_flow")
        if points and limit and top > limit:
            yield Found(
                "curve_above_limit",
                circuit.id,
                {
                    "name": name_of(circuit),
                    "flow_c": from_decikelvin(top),
                    "highest_c": from_decikelvin(limit),
                },
            )


def shared_pump(_: ControllerFacts, objects: Objects) -> Iterator[Found]:
    """A pump that two circuits switch."""
    users: defaultdict[int, list[ObjectValues]] = defaultdict(list)
    for circuit in objects.of(ObjectType.HEATING_CIRCUIT):
        if circuit.number("pump") not in NONE_IDS:
            users[circuit.number("pump")].append(circuit)
    for pump, circuits in users.items():
        if len(circuits) > 1:
            yield Found("shared_pump", pump, {"names": ", ".join(map(name_of, circuits))})


def sensors_and_sources(facts: ControllerFacts, objects: Objects) -> Iterator[Found]:
    """Circuits that have nothing to regulate by, or nobody to ask for heat."""
    for circuit in circuits_of(objects, CircuitKind.CONSUMER, CircuitKind.DHW, CircuitKind.COOLING):
        is_dhw = circuit.number("stype") == CircuitKind.DHW
        # A combined boiler measures its hot water itself, and how that is written nobody publishes.
        if not (facts.published_only and is_dhw):
            if not _has_something_to_go_by(circuit, is_dhw=is_dhw):
                yield Found("sensor_not_used", circuit.id, {"name": name_of(circuit)})
            if circuit.number("stype") != CircuitKind.COOLING and circuit.number("source") in NONE_IDS:
                yield Found("circuit_without_source", circuit.id, {"name": name_of(circuit)})


def _has_something_to_go_by(circuit: ObjectValues, *, is_dhw: bool) -> bool:
    by_air = not is_dhw and regulation_of(circuit) is not Regulation.CARRIER
    needed = [circuit.number("air_sensor" if by_air else "flow_sensor")]
    if is_dhw:
        needed.append(circuit.number("air_sensor"))
    outside = [circuit.number("thermostat"), circuit.number("curve")]
    return any(each not in NONE_IDS for each in [*needed, *outside])


def regulation_of(circuit: ObjectValues) -> Regulation:
    """Bits 0 and 1 of its settings."""
    bits = circuit.number("settings") & 3
    return REGULATIONS[bits] if bits < len(REGULATIONS) else Regulation.AIR


def flow_limits(_: ControllerFacts, objects: Objects) -> Iterator[Found]:
    """Limits that leave no room between them, and floors that may be heated too much."""
    for circuit in objects.of(ObjectType.HEATING_CIRCUIT):
        lowest_c = from_decikelvin(circuit.number("lowest_flow"))
        highest_c = from_decikelvin(circuit.number("highest_flow"))
        told = {"name": name_of(circuit), "lowest_c": lowest_c, "highest_c": highest_c}
        if lowest_c is not None and highest_c is not None and lowest_c >= highest_c:
            yield Found("flow_limits", circuit.id, told)
        if not is_floor(circuit) or highest_c is None:
            continue
        if highest_c > FLOOR_DANGER_C:
            yield Found("floor_too_hot", circuit.id, told)
        elif highest_c > FLOOR_WARM_C:
            yield Found("floor_warm", circuit.id, told)


def alarm_limits(facts: ControllerFacts, objects: Objects) -> Iterator[Found]:
    """Frost in a room, or a hot floor, of which nobody would hear."""
    for circuit in filter(is_floor, objects.of(ObjectType.HEATING_CIRCUIT)):
        sensor = objects.at(circuit.number("flow_sensor"), *SENSORS)
        if sensor is not None and not sensor.number("alarm_high"):
            yield Found("floor_alarm_missing", sensor.id, {"name": name_of(circuit)})
    by_air = circuits_of(objects, CircuitKind.CONSUMER, CircuitKind.BOILER)
    sensors = [objects.at(each.number("air_sensor"), *SENSORS) for each in by_air]
    used = [each for each in sensors if each is not None]
    told = any(each.number("alarm_low") for each in used)
    if not facts.published_only:
        told = told or any(each.number("alarm_low") for each in by_air)
    if used and not told:
        yield Found("frost_alarm_missing")


def summer(_: ControllerFacts, objects: Objects) -> Iterator[Found]:
    """A summer threshold that would let the house cool, or heat it in summer."""
    for circuit in circuits_of(objects, CircuitKind.CONSUMER, CircuitKind.BOILER):
        summer_c = from_decikelvin(circuit.number("summer_above"))
        if summer_c is not None and not SUMMER_LOWEST_C <= summer_c <= SUMMER_HIGHEST_C:
            yield Found("summer_threshold", circuit.id, {"name": name_of(circuit), "summer_c": summer_c})


def timetables(_: ControllerFacts, objects: Objects) -> Iterator[Found]:
    """Timetables that circuits follow and that say nothing."""
    for circuit in objects.of(ObjectType.HEATING_CIRCUIT):
        timetable = objects.at(circuit.number("timetable"))
        if timetable is not None and not _is_complete(timetable, objects):
            told = {"name": name_of(timetable), "circuit": name_of(circuit)}
            yield Found("timetable_empty", timetable.id, told)


def _is_complete(timetable: ObjectValues, objects: Objects) -> bool:
    if timetable.type is ObjectType.DAY_TIMETABLE:
        minutes = timetable.numbers("minutes")
        return bool(minutes) and len(minutes) == len(timetable.numbers("setpoints"))
    if timetable.type is not ObjectType.WEEK_TIMETABLE:
        return True  # Another check tells that it is none.
    days = [objects.at(each, ObjectType.DAY_TIMETABLE) for each in timetable.numbers("days")]
    return len(days) == 7 and all(each is not None and _is_complete(each, objects) for each in days)


def pump_exercise(_: ControllerFacts, objects: Objects) -> Iterator[Found]:
    """Pumps that stand still all summer."""
    for pump in objects.of(ObjectType.PUMP):
        if not pump.number("exercise_h"):
            yield Found("pump_exercise_off", pump.id, {"name": name_of(pump)})
