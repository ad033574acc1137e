"""One circuit in each of many houses: `circuits.py` with an array for each figure."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from firmware_sim.plant.circuits import COLD_FLOOR_W_M2_K, NOMINAL_EXCESS_K2
from firmware_sim.plant.many_columns import Bools, Floats, bools, either, floats
from firmware_sim.plant.parameters import (
    FLOOR_EXPONENT,
    FLOOR_W_M2,
    RADIATOR_EXPONENT,
    THERMOSTAT_HYSTERESIS_K,
    THERMOSTAT_S,
    FloorParameters,
    RadiatorParameters,
)
from firmware_sim.plant.water import WATER_J_KG_K


class _ManyCircuits:
    """Pumps and valves. Controls: `pump_on`, `valve_drive` (-1, 0, +1), and faults as in a single circuit; arrays."""

    def __init__(
        self, parameters: Sequence[RadiatorParameters] | Sequence[FloorParameters], temp_c: float
    ) -> None:
        size = len(parameters)
        self.boiler_pump = bools(parameters, "boiler_pump")
        self.mixing = bools(parameters, "mixing")
        self.water_l = floats(parameters, "water_l")
        self._travel_s = floats(parameters, "valve_travel_s")
        self._nominal_w_k = floats(parameters, "pump_kg_s") * WATER_J_KG_K
        self._stream_w_k = self._nominal_w_k.copy()
        self.pump_on = np.zeros(size, dtype=np.bool_)
        self.powered = np.ones(size, dtype=np.bool_)
        self.pump_works = np.ones(size, dtype=np.bool_)
        self.valve_works = np.ones(size, dtype=np.bool_)
        self.valve_drive = np.zeros(size)
        self.valve_position = either(self.mixing, 0.0, 1.0)
        self.flowing = np.zeros(size, dtype=np.bool_)
        self.supply_c = np.full(size, temp_c)
        self.return_c = np.full(size, temp_c)
        self.heat_w = np.zeros(size)
        self.room_w = np.zeros(size)

    def set_flow_part(self, house: int, part: float) -> None:
        """Part of the pump's flow that gets through in one house, above 0 … 1."""
        self._stream_w_k[house] = self._nominal_w_k[house] * part

    def _turn_valves(self, dt_s: float) -> None:
        turned = np.clip(self.valve_position + self.valve_drive * dt_s / self._travel_s, 0.0, 1.0)
        turns = self.mixing & self.valve_works & self.powered
        self.valve_position = either(turns, turned, self.valve_position)


class ManyRadiators(_ManyCircuits):
    """Radiators."""

    def __init__(self, parameters: Sequence[RadiatorParameters], *, temp_c: float) -> None:
        super().__init__(parameters, temp_c)
        self._nominal_w = floats(parameters, "nominal_w")
        self._body_j_k = floats(parameters, "body_j_k")
        self.water_c = np.full(len(parameters), temp_c)

    @property
    def stored_j(self) -> Floats:
        """Heat in each, counted from 0 °C."""
        return self.water_c * self._body_j_k

    def offer(self, dt_s: float, flowing: Bools) -> tuple[Floats, Floats, Floats | float]:
        """As `RadiatorCircuit.offer`."""
        self._turn_valves(dt_s)
        self.flowing = flowing
        return either(flowing, self.valve_position * self._stream_w_k, 0.0), self.water_c, 0.0

    def take(self, dt_s: float, hot_c: Floats, air_c: Floats) -> Floats:
        """As `RadiatorCircuit.take`."""
        water_c, flowing = self.water_c, self.flowing
        inlet_c = either(flowing, water_c + self.valve_position * (hot_c - water_c), water_c)
        heat_w = either(flowing, self._stream_w_k * (inlet_c - water_c), 0.0)
        excess_k2 = (inlet_c - air_c) * (water_c - air_c)
        warm = (water_c > air_c) & (excess_k2 > 0.0)
        room_w = self._nominal_w * np.power(
            either(warm, excess_k2, 0.0) / NOMINAL_EXCESS_K2, RADIATOR_EXPONENT / 2
        )
        self.supply_c, self.return_c, self.heat_w, self.room_w = inlet_c, water_c, heat_w, room_w
        self.water_c = water_c + dt_s / self._body_j_k * (heat_w - room_w)
        return room_w


class ManyFloors(_ManyCircuits):
    """Heated floors."""

    def __init__(self, parameters: Sequence[FloorParameters], *, temp_c: float) -> None:
        super().__init__(parameters, temp_c)
        self._area_m2 = floats(parameters, "area_m2")
        self._slab_j_k = floats(parameters, "slab_j_k")
        self._surface_j_k = floats(parameters, "surface_j_k")
        self._screed_w_k = floats(parameters, "screed_w_k")
        self._thermostat_c = floats(parameters, "thermostat_c")
        self._pipes_w_k = floats(parameters, "pipes_w_k")
        self._effect = np.zeros(len(parameters))
        for house in range(len(parameters)):
            self.set_flow_part(house, 1.0)
        self.slab_c = np.full(len(parameters), temp_c)
        self.surface_c = np.full(len(parameters), temp_c)
        self.pipe_c = np.full(len(parameters), temp_c)
        self.tripped = np.zeros(len(parameters), dtype=np.bool_)

    def set_flow_part(self, house: int, part: float) -> None:
        """As of any circuits."""
        super().set_flow_part(house, part)
        self._effect[house] = 1.0 - math.exp(-self._pipes_w_k[house] / self._stream_w_k[house])

    @property
    def stored_j(self) -> Floats:
        """Heat in each, counted from 0 °C."""
        return self.slab_c * self._slab_j_k + self.surface_c * self._surface_j_k

    @property
    def water_c(self) -> Floats:
        """Water in the pipes."""
        return self.slab_c

    def offer(self, dt_s: float, flowing: Bools) -> tuple[Floats, Floats, Floats | float]:
        """As `FloorCircuit.offer`."""
        self._turn_valves(dt_s)
        self.pipe_c = self.pipe_c + dt_s / THERMOSTAT_S * (self.supply_c - self.pipe_c)
        held_from_c = self._thermostat_c - either(self.tripped, THERMOSTAT_HYSTERESIS_K, 0.0)
        self.tripped = self.pipe_c > held_from_c
        self.flowing = flowing = flowing & ~self.tripped
        valve, effect = self.valve_position, self._effect
        whole = 1.0 - (1.0 - valve) * (1.0 - effect)
        return (
            either(flowing, valve * self._stream_w_k, 0.0),
            either(flowing, effect * self.slab_c / whole, self.slab_c),
            either(flowing, valve * (1.0 - effect) / whole, 0.0),
        )

    def take(self, dt_s: float, hot_c: Floats, air_c: Floats) -> Floats:
        """As `FloorCircuit.take`."""
        slab_c, surface_c, flowing = self.slab_c, self.surface_c, self.flowing
        valve, effect = self.valve_position, self._effect
        whole = 1.0 - (1.0 - valve) * (1.0 - effect)
        mixed_c = (valve * hot_c + (1.0 - valve) * effect * slab_c) / whole
        supply_c = either(flowing, mixed_c, slab_c)
        heat_w = either(flowing, self._stream_w_k * effect * (mixed_c - slab_c), 0.0)
        excess_k = surface_c - air_c
        up_w = self._area_m2 * FLOOR_W_M2 * np.power(np.maximum(excess_k, 0.0), FLOOR_EXPONENT)
        room_w = either(excess_k > 0.0, up_w, self._area_m2 * COLD_FLOOR_W_M2_K * excess_k)
        upward_w = self._screed_w_k * (slab_c - surface_c)
        self.supply_c = supply_c
        self.return_c = supply_c - heat_w / self._stream_w_k
        self.heat_w, self.room_w = heat_w, room_w
        self.slab_c = slab_c + dt_s / self._slab_j_k * (heat_w - upward_w)
        self.surface_c = surface_c + dt_s / self._surface_j_k * (upward_w - room_w)
        return room_w
