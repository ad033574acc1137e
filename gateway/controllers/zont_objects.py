"""What is known of a ZONT controller's objects, and what they show as readings. Pure: it is told, and asked.

Modes have no state on the wire: whether one is active, its circuits tell. An inverted relay's output is turned into
what it means.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway.controllers.driver import SetpointRefusedError
from gateway.controllers.zont_conversation import State, number_in
from gateway.controllers.zont_points import is_available, points_of, reading_name
from provisioning.controller_profile import Value
from provisioning.messages import Reading
from provisioning.zont.object_types import ObjectType
from provisioning.zont.object_values import ObjectValues


@dataclass(frozen=True, slots=True)
class Mode:
    """A heating mode, as its line says; `circuits` empty: the line is not understood."""

    name: str = ""
    circuits: tuple[int, ...] = ()


class ZontObjects:
    """The objects that are reported.

    Args:
        names: readings' own names by their general ones.
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names
        self.fields: Mapping[int, State] = {}
        """As the line's conversation has them."""
        self.ids: list[int] = []
        self.inverted: set[int] = set()
        self.modes: dict[int, Mode] = {}
        self.seen_at: dict[int, float] = {}
        """When each was heard of last, wall time."""

    def state_of(self, object_id: int) -> State | None:
        """An object's fields, an inverted relay's as what it means; None: there is no such object."""
        if object_id in self.modes:
            return self._mode_state(object_id)
        state = self.fields.get(object_id)
        if state is None or object_id not in self.inverted:
            return state
        output = number_in(state, "s")
        return state if output is None else {**state, "s": 1 - int(output)}

    @property
    def states(self) -> dict[int, State]:
        """Of all objects that are reported."""
        found = {each: self.state_of(each) for each in self.ids}
        return {number: state for number, state in found.items() if state is not None}

    def _mode_state(self, mode_id: int) -> State:
        mode = self.modes[mode_id]
        shown = [number_in(self.state_of(each) or {}, "m_id") == mode_id for each in self.circuits_of(mode)]
        # Which circuits are the mode's is not known of every one; then one that is in it has to do.
        active = (all(shown) if mode.circuits else any(shown)) and bool(shown)
        return {"type": int(ObjectType.HEATING_MODE), "name": mode.name, "s": int(active)}

    def circuits_of(self, mode: Mode) -> Sequence[int]:
        """Those of a mode that there are; all, where its line is not understood."""
        circuits = [
            number
            for number, state in self.states.items()
            if number_in(state, "type") == ObjectType.HEATING_CIRCUIT
        ]
        return [each for each in circuits if each in mode.circuits] if mode.circuits else circuits

    def readings(self, object_id: int, now_s: float) -> list[Reading]:
        """What an object shows; one that is not available now gives bad readings."""
        state = self.state_of(object_id)
        if state is None:
            return []
        available = is_available(state)
        readings = []
        for point in points_of(state):
            if point.field not in state and available and not point.expected:
                continue
            value = point.value(state) if available else None
            general = reading_name(object_id, state, point)
            readings.append(
                Reading(
                    name=self._names.get(general, general),
                    value=value,
                    unit=point.unit_of(state),
                    at=self.seen_at.get(object_id, now_s),
                    quality="bad" if value is None else "good",
                )
            )
        return readings

    def mode_named(self, name: str, value: Value) -> Value:
        """The id of a mode that is given by its id or its name. Raises SetpointRefusedError: there is none."""
        named = [number for number, mode in self.modes.items() if value in (number, mode.name)]
        if len(named) == 1 or not self.modes:
            return named[0] if named else value
        known = ", ".join(f"{number} {mode.name}".strip() for number, mode in self.modes.items())
        raise SetpointRefusedError(
            f"{name}: {value} is no heating mode; there are {known or 'none'}",
            f"{name}: режима {value} нет; есть {known or 'ни одного'}",
        )


def mode_of(values: ObjectValues | None) -> Mode:
    """From a mode's line."""
    if values is None or values.type is not ObjectType.HEATING_MODE:
        return Mode()
    return Mode(values.text("name"), values.numbers("circuits"))
