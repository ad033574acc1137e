"""A house with its heating, small but physical.

Five heat capacities and the flows between them, in watts; each flow is computed once and taken from one
side and given to the other, so that no step size can make or lose energy:

    gas ─► boiler water ─┬─► radiators ─► air ─┬─► envelope ─► outdoors
                         └─► DHW tank ─► tap   └─► outdoors (draught)

Explicit Euler. Stable below 2·min(C/UA), about 50 s here; `Plant.advance` steps at `STEP_S`.
The figures are those of a common house of 150 m²; radiators by EN 442 with exponent 1.3.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final

from firmware_sim.plant.boiler import Boiler, efficiency
from firmware_sim.plant.weather import Weather

WATER_J_KG_K: Final = 4186.0
RADIATOR_EXPONENT: Final = 1.3
"""EN 442, panel radiators."""
RADIATOR_NOMINAL_K: Final = 50.0
"""EN 442: mean water 70 °C, air 20 °C."""
MAX_STEP_S: Final = 10.0
STEP_S: Final = 5.0


@dataclass(frozen=True)
class HouseParameters:
    """What the house is made of. Capacities in J/K, conductances in W/K, powers in W, flows in kg/s.

    The defaults are a house of about 150 m2 that loses 234 W/K.
    """

    air_j_k: float = 2.0e6
    envelope_j_k: float = 4.0e7
    boiler_j_k: float = 15 * WATER_J_KG_K
    radiators_j_k: float = 60 * WATER_J_KG_K + 1.5e5
    tank_j_k: float = 150 * WATER_J_KG_K
    air_envelope_w_k: float = 600.0
    envelope_outdoor_w_k: float = 190.0
    draught_w_k: float = 90.0
    boiler_jacket_w_k: float = 3.0
    tank_jacket_w_k: float = 1.8
    tank_coil_w_k: float = 1500.0
    radiators_nominal_w: float = 15_000.0
    circuit_kg_s: float = 0.25
    gains_w: float = 300.0
    cold_water_c: float = 8.0

    @property
    def loss_w_k(self) -> float:
        """Whole loss of the house per kelvin between air and outdoors, in a steady state."""
        through_envelope = 1 / (1 / self.air_envelope_w_k + 1 / self.envelope_outdoor_w_k)
        return through_envelope + self.draught_w_k


@dataclass
class EnergyBook:
    """Energy since the start, in joules."""

    gas_j: float = 0.0
    into_water_j: float = 0.0
    gains_j: float = 0.0
    outdoors_j: float = 0.0
    tap_j: float = 0.0


@dataclass
class Temperatures:
    """Temperatures of the five capacities, °C."""

    air_c: float = 20.0
    envelope_c: float = 14.0
    boiler_c: float = 30.0
    radiators_c: float = 28.0
    tank_c: float = 50.0


@dataclass
class Plant:
    """House, boiler, tank and weather.

    The controls (`flow_target_c`, `pump_on`, `valve_to_tank`) are set from outside between two steps.

    Args:
        tap_kg_s: hot water drawn at the moment.
        time_s: seconds since the plant's zero.
    """

    house: HouseParameters = field(default_factory=HouseParameters)
    weather: Weather = field(default_factory=Weather)
    boiler: Boiler = field(default_factory=Boiler)
    temperatures: Temperatures = field(default_factory=Temperatures)
    energy: EnergyBook = field(default_factory=EnergyBook)
    flow_target_c: float | None = None
    pump_on: bool = False
    valve_to_tank: bool = False
    tap_kg_s: float = 0.0
    water_lost_l: float = 0.0
    time_s: float = 0.0

    @property
    def outdoor_c(self) -> float:
        """Outdoor air now."""
        return self.weather.temperature_c(self.time_s)

    @property
    def return_c(self) -> float:
        """Water coming back to the boiler."""
        if not self.pump_on:
            return self.temperatures.boiler_c
        if self.valve_to_tank:
            return self.temperatures.boiler_c - self._coil_w() / (self.house.circuit_kg_s * WATER_J_KG_K)
        return self.temperatures.radiators_c

    @property
    def pressure_bar(self) -> float:
        """Pressure of the circuit: 1.5 bar at 20 °C, more when the water is warm, less when some was lost."""
        mean_c = (self.temperatures.boiler_c + self.temperatures.radiators_c) / 2
        return max(0.0, 1.5 + 0.01 * (mean_c - 20.0) - 0.25 * self.water_lost_l)

    @property
    def stored_j(self) -> float:
        """Heat in all capacities, counted from 0 °C."""
        t, h = self.temperatures, self.house
        return (
            t.air_c * h.air_j_k
            + t.envelope_c * h.envelope_j_k
            + t.boiler_c * h.boiler_j_k
            + t.radiators_c * h.radiators_j_k
            + t.tank_c * h.tank_j_k
        )

    def step(self, dt_s: float) -> None:
        """Let `dt_s` seconds pass, at most `MAX_STEP_S`."""
        if not 0 < dt_s <= MAX_STEP_S:
            raise ValueError(f"a step of {dt_s} s is not within 0 … {MAX_STEP_S}")
        t, h = self.temperatures, self.house
        outdoor_c = self.outdoor_c
        self.boiler.step(dt_s, t.boiler_c, self.flow_target_c)
        gas_w = self.boiler.power_w / efficiency(self.return_c)

        radiators_w = self._radiators_w()
        circuit_w = coil_w = 0.0
        if self.pump_on and self.valve_to_tank:
            coil_w = self._coil_w()
        elif self.pump_on:
            circuit_w = h.circuit_kg_s * WATER_J_KG_K * (t.boiler_c - t.radiators_c)
        boiler_jacket_w = h.boiler_jacket_w_k * (t.boiler_c - t.air_c)
        tank_jacket_w = h.tank_jacket_w_k * (t.tank_c - t.air_c)
        into_envelope_w = h.air_envelope_w_k * (t.air_c - t.envelope_c)
        out_of_envelope_w = h.envelope_outdoor_w_k * (t.envelope_c - outdoor_c)
        draught_w = h.draught_w_k * (t.air_c - outdoor_c)
        tap_w = self.tap_kg_s * WATER_J_KG_K * (t.tank_c - h.cold_water_c)

        t.boiler_c += dt_s / h.boiler_j_k * (self.boiler.power_w - circuit_w - coil_w - boiler_jacket_w)
        t.radiators_c += dt_s / h.radiators_j_k * (circuit_w - radiators_w)
        t.tank_c += dt_s / h.tank_j_k * (coil_w - tank_jacket_w - tap_w)
        t.air_c += (
            dt_s
            / h.air_j_k
            * (radiators_w + boiler_jacket_w + tank_jacket_w + h.gains_w - into_envelope_w - draught_w)
        )
        t.envelope_c += dt_s / h.envelope_j_k * (into_envelope_w - out_of_envelope_w)

        book = self.energy
        book.gas_j += gas_w * dt_s
        book.into_water_j += self.boiler.power_w * dt_s
        book.gains_j += h.gains_w * dt_s
        book.outdoors_j += (out_of_envelope_w + draught_w) * dt_s
        book.tap_j += tap_w * dt_s
        self.time_s += dt_s

    def _radiators_w(self) -> float:
        """EN 442: nominal power by the mean water temperature above the air; nothing from a cold radiator."""
        t = self.temperatures
        flowing = self.pump_on and not self.valve_to_tank
        mean_c = (t.boiler_c + t.radiators_c) / 2 if flowing else t.radiators_c
        excess_k = mean_c - t.air_c
        if excess_k <= 0:
            return 0.0
        return self.house.radiators_nominal_w * math.pow(excess_k / RADIATOR_NOMINAL_K, RADIATOR_EXPONENT)

    def _coil_w(self) -> float:
        """A coil in a well-mixed tank: the water leaves it between its own and the tank's temperature."""
        water_w_k = self.house.circuit_kg_s * WATER_J_KG_K
        effectiveness = 1 - math.exp(-self.house.tank_coil_w_k / water_w_k)
        return effectiveness * water_w_k * (self.temperatures.boiler_c - self.temperatures.tank_c)
