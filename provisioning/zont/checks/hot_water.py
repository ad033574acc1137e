"""Hot water: what scalds, and what lets bacteria grow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from provisioning.zont.checks.facts import ControllerFacts, Found, Objects, name_of
from provisioning.zont.checks.heating import boilers_of, circuits_of
from provisioning.zont.decikelvin import from_decikelvin, is_temperature
from provisioning.zont.object_types import CircuitKind, ObjectType
from provisioning.zont.object_values import ObjectValues

HIGHEST_C: Final = 65.0
"""Hotter water scalds within two seconds."""
LEGIONELLA_C: Final = 60.0
TO_KILL_C: Final = 65.0
"""What the flow must reach for the tank to get to 60 °C in time."""


def hot_water(facts: ControllerFacts, objects: Objects) -> Iterator[Found]:
    """The setpoints of hot water, as they are shown, as configured and in each mode."""
    for circuit in circuits_of(objects, CircuitKind.DHW):
        setpoint_c = _setpoint_c(facts, circuit)
        if setpoint_c is not None and setpoint_c > HIGHEST_C:
            yield Found("dhw_scalds", circuit.id, {"name": name_of(circuit), "setpoint_c": setpoint_c})
        for mode in objects.of(ObjectType.HEATING_MODE):
            of_mode = zip(mode.numbers("circuits"), mode.numbers("setpoints"), strict=False)
            for number, raw in of_mode:
                mode_c = from_decikelvin(raw)
                if number == circuit.id and mode_c is not None and mode_c > HIGHEST_C:
                    yield Found("dhw_scalds", mode.id, {"name": name_of(mode), "setpoint_c": mode_c})
        if not facts.published_only:
            yield from _legionella(circuit, setpoint_c, objects)


def _setpoint_c(facts: ControllerFacts, circuit: ObjectValues) -> float | None:
    shown = facts.states.get(circuit.id, {}).get("s")
    if isinstance(shown, int | float) and not isinstance(shown, bool) and is_temperature(shown):
        return shown
    return None if facts.published_only else from_decikelvin(circuit.number("setpoint"))


def _legionella(circuit: ObjectValues, setpoint_c: float | None, objects: Objects) -> Iterator[Found]:
    if not circuit.number("antilegionella"):
        if setpoint_c is not None and setpoint_c < LEGIONELLA_C:
            yield Found(
                "legionella_missing", circuit.id, {"name": name_of(circuit), "setpoint_c": setpoint_c}
            )
        return
    limited = [circuit, *boilers_of(circuit, objects)]
    limits = [from_decikelvin(each.number("highest_flow")) for each in limited]
    highest_c = min((each for each in limits if each is not None), default=TO_KILL_C)
    if highest_c < TO_KILL_C:
        yield Found("legionella_too_cold", circuit.id, {"name": name_of(circuit), "highest_c": highest_c})
