"""Heating circuits: radiators and heated floors, each with a pump and, if it has one, a mixing valve.

Theory of operation. What comes back from a circuit is a straight line over the supply in front of it: `offset + slope
· hot`. So the plant can first ask every circuit for its flow and its line (`offer`), find the temperature of the
supply from the balance of all of them at once (see `plant.py`), and then let each circuit take its heat (`take`).

A mixing valve at position `v` takes the part `v` of the circuit's flow from the supply and the rest from its own
return:

    supply = v · hot + (1 - v) · return        heat = v · flow · (hot - return)

Radiators (EN 442). Their power follows the excess of the mean water temperature over the room's, to the power 1.3.
The mean is the geometric one of inlet and outlet excess: close to the logarithmic mean that the standard uses for
large differences, and zero when the outlet has come down to the room, so that no heat runs uphill.

Floors (EN 1264). Water warms the slab around the pipes, the slab the surface, the surface the room with 8.92 · ΔT^1.1
W/m2. A thermostat strapped to the supply pipe guards the screed: it stops the circuit by itself.
"""

from __future__ import annotations

import math
from typing import Final

from firmware_sim.plant.errors import PlantParameterError
from firmware_sim.plant.parameters import (
    FLOOR_EXPONENT,
    FLOOR_W_M2,
    THERMOSTAT_HYSTERESIS_K,
    THERMOSTAT_S,
    FloorParameters,
    RadiatorParameters,
)
from firmware_sim.plant.parameters import RADIATOR_EXPONENT as EXPONENT
from firmware_sim.plant.water import WATER_J_KG_K

NOMINAL_EXCESS_K2: Final = (75.0 - 20.0) * (65.0 - 20.0)
"""EN 442: inlet and outlet excess at 75/65/20 °C, multiplied."""
COLD_FLOOR_W_M2_K: Final = 6.5
"""EN 1264-5: what a floor colder than the room takes."""


class _Circuit:
    """Pump and valve of a circuit. Controls: `pump_on`, `valve_drive` (-1 closing, 0, +1 opening). Faults to inject:
    `powered`, `pump_works`, `valve_works`, `flow_part`."""

    __slots__ = (
        "_flow_part", "_nominal_w_k", "_stream_w_k", "flowing", "heat_w", "mixing", "name", "powered", "pump_on",
        "pump_works", "return_c", "room", "room_w", "supply_c", "valve_drive", "valve_position", "valve_travel_s",
        "valve_works",
    )  # fmt: skip

    def __init__(self, parameters: RadiatorParameters | FloorParameters, temp_c: float) -> None:
        self.name = parameters.name
        self.room = parameters.room
        self.mixing = parameters.mixing
        self.valve_travel_s = parameters.valve_travel_s
        self._nominal_w_k = self._stream_w_k = parameters.pump_kg_s * WATER_J_KG_K
        self._flow_part = 1.0
        self.pump_on = False
        self.powered = True
        self.pump_works = True
        """False: it has seized; it is switched, but moves nothing."""
        self.valve_works = True
        """False: the mixing valve stays where it is."""
        self.valve_drive = 0
        self.valve_position = 0.0 if parameters.mixing else 1.0
        """0: only its own return circulates; 1: all water comes from the supply. Without a valve always 1."""
        self.flowing = False
        self.supply_c = temp_c
        self.return_c = temp_c
        self.heat_w = 0.0
        """What the water leaves in the circuit."""
        self.room_w = 0.0
        """What the circuit gives to the room."""

    @property
    def flow_part(self) -> float:
        """Part of the pump's flow that gets through, above 0 … 1: less with air in the pipes or a dirty filter.

        Raises:
            PlantParameterError: set to something else.
        """
        return self._flow_part

    @flow_part.setter
    def flow_part(self, part: float) -> None:
        if not 0.0 < part <= 1.0:
            raise PlantParameterError(f"circuit {self.name}.flow_part", f"must be above 0 … 1, is {part}")
        self._flow_part = part
        self._set_stream(self._nominal_w_k * part)

    def _set_stream(self, stream_w_k: float) -> None:
        self._stream_w_k = stream_w_k

    def _turn_valve(self, dt_s: float) -> None:
        if not (self.valve_works and self.powered):
            return
        position = self.valve_position + self.valve_drive * dt_s / self.valve_travel_s
        self.valve_position = 0.0 if position < 0.0 else 1.0 if position > 1.0 else position


class RadiatorCircuit(_Circuit):
    """Radiators."""

    __slots__ = ("parameters", "water_c")

    def __init__(self, parameters: RadiatorParameters, *, temp_c: float = 20.0) -> None:
        super().__init__(parameters, temp_c)
        self.parameters = parameters
        self.water_c = temp_c
        """Water and steel; what flows out."""

    @property
    def stored_j(self) -> float:
        """Heat in it, counted from 0 °C."""
        return self.water_c * self.parameters.body_j_k

    def offer(self, dt_s: float, flowing: bool) -> tuple[float, float, float]:
        """Turn the valve, and tell what is taken from the supply (W/K) and the line of what comes back."""
        if self.valve_drive and self.mixing:
            self._turn_valve(dt_s)
        self.flowing = flowing
        return (self.valve_position * self._stream_w_k if flowing else 0.0), self.water_c, 0.0

    def take(self, dt_s: float, hot_c: float, air_c: float) -> float:
        """Let `dt_s` seconds pass with a supply of `hot_c`; returns what goes to the room, W."""
        p, water_c = self.parameters, self.water_c
        inlet_c, heat_w = water_c, 0.0
        if self.flowing:
            inlet_c = water_c + self.valve_position * (hot_c - water_c)
            heat_w = self._stream_w_k * (inlet_c - water_c)
        excess_k2 = (inlet_c - air_c) * (water_c - air_c)
        room_w = 0.0
        if water_c > air_c and excess_k2 > 0.0:
            room_w = p.nominal_w * math.pow(excess_k2 / NOMINAL_EXCESS_K2, EXPONENT / 2)
        self.supply_c, self.return_c, self.heat_w, self.room_w = inlet_c, water_c, heat_w, room_w
        self.water_c = water_c + dt_s / p.body_j_k * (heat_w - room_w)
        return room_w


class FloorCircuit(_Circuit):
    """A heated floor."""

    __slots__ = ("_effect", "_switch_c", "parameters", "pipe_c", "slab_c", "surface_c", "tripped")

    def __init__(self, parameters: FloorParameters, *, temp_c: float = 20.0) -> None:
        super().__init__(parameters, temp_c)
        self.parameters = parameters
        self._set_stream(self._stream_w_k)
        self.slab_c = temp_c
        self.surface_c = temp_c
        self.pipe_c = temp_c
        """What the strapped thermostat feels."""
        self.tripped = False
        """The thermostat holds the circuit."""
        self._switch_c = parameters.thermostat_c

    def _switch_thermostat(self) -> None:
        self.tripped = not self.tripped
        self._switch_c = self.parameters.thermostat_c - (THERMOSTAT_HYSTERESIS_K if self.tripped else 0.0)

    def _set_stream(self, stream_w_k: float) -> None:
        self._stream_w_k = stream_w_k
        # A long pipe in a slab of one temperature: the water approaches it exponentially.
        self._effect = 1.0 - math.exp(-self.parameters.pipes_w_k / stream_w_k)

    @property
    def stored_j(self) -> float:
        """Heat in it, counted from 0 °C."""
        return self.slab_c * self.parameters.slab_j_k + self.surface_c * self.parameters.surface_j_k

    @property
    def water_c(self) -> float:
        """Water in the pipes."""
        return self.slab_c

    def offer(self, dt_s: float, flowing: bool) -> tuple[float, float, float]:
        """Turn the valve, and tell what is taken from the supply (W/K) and the line of what comes back."""
        if self.valve_drive and self.mixing:
            self._turn_valve(dt_s)
        self.pipe_c = pipe_c = self.pipe_c + dt_s / THERMOSTAT_S * (self.supply_c - self.pipe_c)
        if (pipe_c > self._switch_c) is not self.tripped:
            self._switch_thermostat()
        if self.tripped:
            flowing = False
        self.flowing = flowing
        if not flowing:
            return 0.0, self.slab_c, 0.0
        valve, effect = self.valve_position, self._effect
        # supply = v·hot + (1-v)·return and return = (1-e)·supply + e·slab, solved for the return.
        whole = 1.0 - (1.0 - valve) * (1.0 - effect)
        return valve * self._stream_w_k, effect * self.slab_c / whole, valve * (1.0 - effect) / whole

    def take(self, dt_s: float, hot_c: float, air_c: float) -> float:
        """Let `dt_s` seconds pass with a supply of `hot_c`; returns what goes to the room, W."""
        p, slab_c, surface_c = self.parameters, self.slab_c, self.surface_c
        supply_c, heat_w = slab_c, 0.0
        if self.flowing:
            valve, effect = self.valve_position, self._effect
            whole = 1.0 - (1.0 - valve) * (1.0 - effect)
            supply_c = (valve * hot_c + (1.0 - valve) * effect * slab_c) / whole
            heat_w = self._stream_w_k * effect * (supply_c - slab_c)
        excess_k = surface_c - air_c
        if excess_k > 0.0:
            room_w = p.area_m2 * FLOOR_W_M2 * math.pow(excess_k, FLOOR_EXPONENT)
        else:
            room_w = p.area_m2 * COLD_FLOOR_W_M2_K * excess_k
        upward_w = p.screed_w_k * (slab_c - surface_c)
        self.supply_c = supply_c
        self.return_c = supply_c - heat_w / self._stream_w_k
        self.heat_w, self.room_w = heat_w, room_w
        self.slab_c = slab_c + dt_s / p.slab_j_k * (heat_w - upward_w)
        self.surface_c = surface_c + dt_s / p.surface_j_k * (upward_w - room_w)
        return room_w


Circuit = RadiatorCircuit | FloorCircuit


def circuit_of(parameters: RadiatorParameters | FloorParameters, *, temp_c: float = 20.0) -> Circuit:
    """The circuit that these figures describe, at rest at `temp_c`."""
    if isinstance(parameters, RadiatorParameters):
        return RadiatorCircuit(parameters, temp_c=temp_c)
    return FloorCircuit(parameters, temp_c=temp_c)
