"""The faults of an installation that a hand has made and not ended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from firmware_sim.controller.control.fault_kinds import FAULTS, FaultKind
from firmware_sim.controller.wiring import Installation
from provisioning.explanation import Text


class FaultError(ValueError):
    """A fault that cannot be."""

    def __init__(self, kind: str, text: Text) -> None:
        super().__init__(text.en)
        self.kind: Final = kind
        self.text: Final = text


@dataclass(frozen=True, slots=True)
class ActiveFault:
    """A fault that is there, `since_s` seconds after the controller's start. `place` is empty where it has none."""

    id: int
    kind: FaultKind
    place: str
    value: float
    since_s: float

    def __str__(self) -> str:
        at = f" {self.place}" if self.place else ""
        return (
            f"{self.kind.name}{at}" if self.kind.measure is None else f"{self.kind.name}{at} {self.value:g}"
        )


class ActiveFaults:
    """The faults of an installation; at one place there is at most one of a kind."""

    def __init__(self, installation: Installation) -> None:
        self._it = installation
        self._active: dict[int, ActiveFault] = {}
        self._last_id = 0

    def __iter__(self) -> Iterator[ActiveFault]:
        return iter(self._active.values())

    def __len__(self) -> int:
        return len(self._active)

    def begin(self, name: str, place: str | None, value: float | None) -> ActiveFault:
        """Have a fault; it takes the place of the one of its kind there.

        Raises:
            FaultError: there is no such kind or place, or the value does not fit.
        """
        kind = FAULTS.get(name)
        if kind is None:
            known = ", ".join(FAULTS)
            raise FaultError(
                "unknown_fault",
                Text(f"нет неисправности {name!r}; есть: {known}", f"no fault {name!r}; there are: {known}"),
            )
        at = _checked_place(self._it, kind, place)
        measured = _checked_value(kind, value)
        for other in [*self._active.values()]:
            if (other.kind.name, other.place) == (name, at):
                self.end(other.id)
        self._last_id += 1
        fault = ActiveFault(self._last_id, kind, at, measured, self._it.firmware.board.now_s)
        self._active[fault.id] = fault
        kind.begin(self._it, at, measured)
        return fault

    def end(self, number: int) -> ActiveFault | None:
        """Make a fault good; None: there is none of this number."""
        fault = self._active.pop(number, None)
        if fault is None:
            return None
        fault.kind.end(self._it, fault.place)
        for left in self._active.values():
            left.kind.begin(self._it, left.place, left.value)
        return fault

    def end_all(self) -> None:
        """Make all good."""
        for number in [*self._active]:
            self.end(number)


def _checked_place(it: Installation, kind: FaultKind, place: str | None) -> str:
    if kind.places is None:
        if place is not None:
            raise FaultError(
                "no_place", Text(f"у {kind.name} нет места; уберите place", f"{kind.name} has no place")
            )
        return ""
    places = [*kind.places(it)]
    if place not in places:
        there = ", ".join(places) or "—"
        raise FaultError(
            "no_such_place",
            Text(
                f"{kind.name}: нет места {place!r}; есть: {there}", f"no place {place!r}; there are: {there}"
            ),
        )
    return place


def _checked_value(kind: FaultKind, value: float | None) -> float:
    measure = kind.measure
    if measure is None:
        if value is not None:
            raise FaultError(
                "no_value", Text(f"у {kind.name} нет значения; уберите value", f"{kind.name} has no value")
            )
        return 0.0
    if value is None or not measure.low <= value <= measure.high:
        bounds = f"{measure.low:g} … {measure.high:g} {measure.unit}"
        raise FaultError(
            "value_out_of_range",
            Text(
                f"{kind.name}: нужно value в пределах {bounds}", f"{kind.name} needs a value within {bounds}"
            ),
        )
    return value
