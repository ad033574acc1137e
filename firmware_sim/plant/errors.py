"""What can be wrong with a plant."""

from __future__ import annotations


class PlantParameterError(ValueError):
    """A house that cannot be. `place` names the part and the figure, the message says what would be right."""

    def __init__(self, place: str, why: str) -> None:
        super().__init__(f"{place}: {why}")
        self.place = place


class FleetExtraMissingError(ImportError):
    """NumPy is not installed."""

    kind = "fleet_extra_missing"

    def __init__(self) -> None:
        super().__init__("many houses at once need NumPy: pip install 'thermogate[fleet]'")


class StepError(ValueError):
    """A time step outside of what the equations bear."""

    def __init__(self, dt_s: float, longest_s: float) -> None:
        super().__init__(f"a step of {dt_s} s is not within 0 … {longest_s:g} s; take several shorter ones")
