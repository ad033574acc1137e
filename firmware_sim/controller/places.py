"""Which circuits of a house hang at which terminals, for one house as for a fleet of them.

circuit                                          relays     sensors
the first radiators without a mixing tap         1          28-air
the heated floor                                 3, 4, 5    28-floor-air, 28-floor-flow
radiators behind a mixing tap, as for guests     7, 8, 9    28-guests-air, 28-guests-flow
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from firmware_sim.plant import FloorParameters, PlantParameters, RadiatorParameters


@dataclass(frozen=True, slots=True)
class CircuitPlace:
    """A circuit's terminals.

    Args:
        pump: the relay of its pump.
        air: the sensor of its room.
        flow: the sensor behind its mixing tap; empty: it has none.
        opens, closes: the relays of its tap.
    """

    pump: int
    air: str
    flow: str = ""
    opens: int = 0
    closes: int = 0


RADIATORS: Final = CircuitPlace(1, "28-air")
FLOOR: Final = CircuitPlace(3, "28-floor-air", "28-floor-flow", 4, 5)
GUESTS: Final = CircuitPlace(7, "28-guests-air", "28-guests-flow", 8, 9)
CHARGING_RELAY: Final = 2
"""Of the tank's pump or valve."""


def circuits_at(house: PlantParameters) -> dict[CircuitPlace, str]:
    """The names of the circuits that are connected; one that the house lacks is left out."""
    radiators = [each for each in house.circuits if isinstance(each, RadiatorParameters)]
    floors = [each.name for each in house.circuits if isinstance(each, FloorParameters)]
    wanted = {
        RADIATORS: [each.name for each in radiators if not each.mixing],
        FLOOR: floors,
        GUESTS: [each.name for each in radiators if each.mixing],
    }
    return {place: names[0] for place, names in wanted.items() if names}
