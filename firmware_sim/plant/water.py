"""Water as a carrier of heat: heat capacity, expansion, and the pressure of a closed circuit with its vessel.

Theory of operation. A membrane vessel holds gas at `precharge_bar`; the circuit is filled cold to `fill_bar`, which
presses some water into the vessel. Warm water needs more room, a leak less; the gas obeys Boyle's law:

    absolute pressure · gas volume = constant

When so much water is lost that the vessel is empty, there is no spring left and the pressure collapses within a
fraction of a litre. Above `SAFETY_VALVE_BAR` the safety valve lets water out, which is then missing when the circuit
is cold.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

from firmware_sim.plant.errors import PlantParameterError

WATER_J_KG_K: Final = 4186.0
"""Also per litre: the density is taken as 1 kg/l wherever heat is counted."""
DENSEST_C: Final = 4.0
EXPANSION_PER_K2: Final = 5.2e-6
"""Relative volume over that at 4 °C is 1 + this · (t - 4)²: 1.7 % at 60 °C, 3 % at 80 °C."""
FILLED_AT_C: Final = 15.0
ATMOSPHERE_BAR: Final = 1.0
SAFETY_VALVE_BAR: Final = 3.0
SAFETY_VALVE_L_S_BAR: Final = 0.02
COLLAPSE_BAR_PER_L: Final = 4.0
"""Fall of pressure per litre missing once the vessel is empty."""


def expansion(temp_c: float) -> float:
    """Volume of water over that at 4 °C, less one."""
    return EXPANSION_PER_K2 * (temp_c - DENSEST_C) * (temp_c - DENSEST_C)


@dataclass(frozen=True)
class ExpansionVessel:
    """The vessel of a circuit: its size in litres, its gas and the cold fill in bar over the atmosphere."""

    vessel_l: float = 18.0
    precharge_bar: float = 1.0
    fill_bar: float = 1.5

    def __post_init__(self) -> None:
        if not self.vessel_l > 0:
            raise PlantParameterError("vessel.vessel_l", "must be above 0 l")
        if not 0 < self.precharge_bar <= self.fill_bar < SAFETY_VALVE_BAR:
            raise PlantParameterError(
                "vessel.fill_bar",
                f"must be between the precharge and the safety valve's {SAFETY_VALVE_BAR} bar",
            )

    @cached_property
    def gas_when_filled_l(self) -> float:
        """Volume of the gas right after filling."""
        return self.vessel_l * (self.precharge_bar + ATMOSPHERE_BAR) / (self.fill_bar + ATMOSPHERE_BAR)

    def added_l(self, pressure_bar: float) -> float:
        """How much more water there is in the circuit at a pressure than when it was filled cold.

        Raises:
            PlantParameterError: no pressure that the vessel can give.
        """
        if not self.precharge_bar <= pressure_bar < SAFETY_VALVE_BAR:
            raise PlantParameterError(
                "pressure",
                f"{pressure_bar} bar is not within {self.precharge_bar} … {SAFETY_VALVE_BAR} bar",
            )
        gas_l = self.gas_when_filled_l
        return gas_l - (self.fill_bar + ATMOSPHERE_BAR) * gas_l / (pressure_bar + ATMOSPHERE_BAR)

    def pressure_bar(self, added_l: float) -> float:
        """Pressure over the atmosphere with `added_l` more water in the circuit than when it was filled cold."""
        gas_l = self.gas_when_filled_l
        left_l = gas_l - added_l
        if left_l > self.vessel_l:
            return max(0.0, self.precharge_bar - COLLAPSE_BAR_PER_L * (left_l - self.vessel_l))
        # A full vessel has no gas left to press; the safety valve has opened long before.
        left_l = max(left_l, 0.05 * self.vessel_l)
        return (self.fill_bar + ATMOSPHERE_BAR) * gas_l / left_l - ATMOSPHERE_BAR
