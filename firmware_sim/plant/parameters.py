"""What a house and its heating are made of: frozen figures, checked when they are put together.

Capacities in J/K, conductances in W/K, powers in W, flows in kg/s, areas in m2, volumes in litres. The defaults are
parts of a common house.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Final

from firmware_sim.plant.draws import NO_DRAWS, DrawProfile
from firmware_sim.plant.errors import PlantParameterError
from firmware_sim.plant.water import WATER_J_KG_K, ExpansionVessel

MAX_STEP_S: Final = 10.0
"""Longest time step; every capacity of a plant has a time constant above it, so that nothing swings."""
RADIATOR_EXPONENT: Final = 1.3
"""EN 442, panel radiators."""
FLOOR_EXPONENT: Final = 1.1
FLOOR_W_M2: Final = 8.92
"""EN 1264-2: a floor gives 8.92 · (surface - room)^1.1 W/m2."""
CONVECTION_W_K: Final = 500.0
"""Between the layers of a tank whose lower layer is the warmer one."""
CONDUCTION_W_K: Final = 2.0
"""Between the layers of a tank that is warmer at the top."""
THERMOSTAT_HYSTERESIS_K: Final = 10.0
THERMOSTAT_S: Final = 60.0
"""How slowly a strapped thermostat follows the water: its time constant."""
MOST_DRAWN_KG_S: Final = 0.4
"""All taps of a house together; more does not come through its pipe."""


def _above_zero(part: object, place: str, *names: str) -> None:
    for name in names:
        value = getattr(part, name)
        if not (math.isfinite(value) and value > 0):
            raise PlantParameterError(f"{place}.{name}", f"must be above 0, is {value}")


def _not_negative(part: object, place: str, *names: str) -> None:
    for name in names:
        value = getattr(part, name)
        if not (math.isfinite(value) and value >= 0):
            raise PlantParameterError(f"{place}.{name}", f"must not be negative, is {value}")


@dataclass(frozen=True)
class RoomParameters:
    """A heated zone: its air with the furniture, and the envelope around it.

    Args:
        gains_w: people and appliances.
        window_m2: glass times its transmittance; what the sun shines through.
        next_w_k: conductance to the room that follows in the plant's list.
    """

    name: str = "house"
    air_j_k: float = 2.0e6
    envelope_j_k: float = 4.0e7
    air_envelope_w_k: float = 600.0
    envelope_outdoor_w_k: float = 190.0
    draught_w_k: float = 90.0
    gains_w: float = 300.0
    window_m2: float = 0.0
    next_w_k: float = 0.0

    def __post_init__(self) -> None:
        place = f"room {self.name}"
        _above_zero(self, place, "air_j_k", "envelope_j_k", "air_envelope_w_k")
        _not_negative(self, place, "envelope_outdoor_w_k", "draught_w_k", "gains_w", "window_m2", "next_w_k")

    @property
    def loss_w_k(self) -> float:
        """Loss per kelvin between air and outdoors in a steady state."""
        inner, outer = self.air_envelope_w_k, self.envelope_outdoor_w_k
        return inner * outer / (inner + outer) + self.draught_w_k


@dataclass(frozen=True)
class BoilerParameters:
    """A gas boiler.

    Args:
        min_power_w, max_power_w: modulation range, heat into the water; equal for a boiler without modulation.
        body_j_k: its water and its metal.
        water_l: of it, the water.
        pump_kg_s: its own pump; counts where a low-loss header stands between it and the circuits.
        condensing: False: the efficiency does not depend on the return.
        hysteresis_k: starts this far below the target, stops this far above; modulates in between.
        anti_cycle_s: least time between two flames.
        overrun_s: how long the pump runs on when nothing is asked for any more.
        limiter_c: the safety temperature limiter locks out here until somebody resets it.
    """

    name: str = "boiler"
    min_power_w: float = 5_000.0
    max_power_w: float = 24_000.0
    body_j_k: float = 15 * WATER_J_KG_K
    water_l: float = 15.0
    pump_kg_s: float = 0.30
    condensing: bool = True
    jacket_w_k: float = 3.0
    hysteresis_k: float = 4.0
    purge_s: float = 20.0
    ignition_s: float = 5.0
    anti_cycle_s: float = 180.0
    overrun_s: float = 180.0
    limiter_c: float = 100.0

    def __post_init__(self) -> None:
        place = f"boiler {self.name}"
        _above_zero(self, place, "min_power_w", "body_j_k", "water_l", "pump_kg_s", "hysteresis_k")
        _not_negative(self, place, "jacket_w_k", "purge_s", "ignition_s", "anti_cycle_s", "overrun_s")
        if not self.max_power_w >= self.min_power_w:
            raise PlantParameterError(f"{place}.max_power_w", "must not be below min_power_w")
        if not 95 <= self.limiter_c <= 110:
            raise PlantParameterError(f"{place}.limiter_c", f"must be 95 … 110 °C, is {self.limiter_c}")

    @cached_property
    def band_w_k(self) -> float:
        """Burner power per kelvin of missing flow temperature: the whole power over the hysteresis."""
        return self.max_power_w / (2 * self.hysteresis_k)


@dataclass(frozen=True)
class RadiatorParameters:
    """Radiators on one pump.

    Args:
        room: the room they stand in.
        nominal_w: power at 75/65/20 °C (EN 442).
        body_j_k: their water and steel; water_l: of it, the water.
        mixing: with a mixing valve.
        valve_travel_s: its time from end to end.
        boiler_pump: the boiler's own pump moves the water as well, there is nothing in between.
    """

    name: str = "radiators"
    room: str = "house"
    nominal_w: float = 15_000.0
    pump_kg_s: float = 0.25
    body_j_k: float = 60 * WATER_J_KG_K + 1.5e5
    water_l: float = 60.0
    mixing: bool = False
    valve_travel_s: float = 120.0
    boiler_pump: bool = False

    def __post_init__(self) -> None:
        place = f"circuit {self.name}"
        _above_zero(self, place, "nominal_w", "pump_kg_s", "body_j_k", "water_l", "valve_travel_s")


@dataclass(frozen=True)
class FloorParameters:
    """A heated floor behind a mixing valve: pipes in a slab, a screed with the surface above it.

    Args:
        pipes_w_k: from the water to the slab around the pipes.
        screed_w_k: from there to the surface.
        thermostat_c: a thermostat strapped to the supply pipe stops the circuit here, whatever is switched, and
            releases it `THERMOSTAT_HYSTERESIS_K` below.
    """

    name: str = "floor"
    room: str = "house"
    area_m2: float = 100.0
    pump_kg_s: float = 0.30
    slab_j_k: float = 9.0e6
    surface_j_k: float = 4.0e6
    pipes_w_k: float = 2_500.0
    screed_w_k: float = 4_000.0
    water_l: float = 60.0
    mixing: bool = True
    valve_travel_s: float = 120.0
    boiler_pump: bool = False
    thermostat_c: float = 55.0

    def __post_init__(self) -> None:
        place = f"circuit {self.name}"
        _above_zero(self, place, "area_m2", "pump_kg_s", "slab_j_k", "surface_j_k")
        _above_zero(self, place, "pipes_w_k", "screed_w_k", "water_l", "valve_travel_s")
        if not 40 <= self.thermostat_c <= 60:
            raise PlantParameterError(f"{place}.thermostat_c", f"must be 40 … 60 °C, is {self.thermostat_c}")


@dataclass(frozen=True)
class TankParameters:
    """A hot water tank of two layers, with the coil in the lower one.

    Args:
        coil_w_k: from the water in the coil to that in the tank.
        charge_kg_s: flow through the coil.
        diverter: a three-way valve sends all water to the coil; False: it has its own charge pump.
        draws: what is drawn every day.
    """

    litres: float = 150.0
    coil_w_k: float = 1_500.0
    charge_kg_s: float = 0.25
    jacket_w_k: float = 1.8
    diverter: bool = True
    draws: DrawProfile = NO_DRAWS

    def __post_init__(self) -> None:
        _above_zero(self, "tank", "litres", "coil_w_k", "charge_kg_s")
        _not_negative(self, "tank", "jacket_w_k")

    @cached_property
    def layer_j_k(self) -> float:
        """Heat capacity of half of it."""
        return self.litres / 2 * WATER_J_KG_K


class Hydraulics(StrEnum):
    """What is between the boilers and the circuits.

    DIRECT: nothing; all water of the circuits goes through the one boiler.
    SEPARATOR: a low-loss header; boilers and circuits have their own pumps and need not move the same amount.
    """

    DIRECT = "direct"
    SEPARATOR = "separator"


@dataclass(frozen=True)
class PlantParameters:
    """A whole house. The first room is where boilers and tank stand.

    Args:
        gas_kwh_m3: lower heating value of the gas.

    Raises:
        PlantParameterError: a figure that cannot be, a name that is missing or twice there, a part too small for its
            flows.
    """

    name: str
    title_en: str
    title_ru: str
    rooms: tuple[RoomParameters, ...] = (RoomParameters(),)
    boilers: tuple[BoilerParameters, ...] = (BoilerParameters(),)
    circuits: tuple[RadiatorParameters | FloorParameters, ...] = (RadiatorParameters(),)
    tank: TankParameters | None = field(default_factory=TankParameters)
    hydraulics: Hydraulics = Hydraulics.DIRECT
    vessel: ExpansionVessel = field(default_factory=ExpansionVessel)
    cold_water_c: float = 8.0
    gas_kwh_m3: float = 9.3

    def __post_init__(self) -> None:
        for kind, parts in (("rooms", self.rooms), ("boilers", self.boilers), ("circuits", self.circuits)):
            names = [part.name for part in parts]
            if not names:
                raise PlantParameterError(kind, "must not be empty")
            if len(set(names)) < len(names):
                raise PlantParameterError(kind, f"names must differ, are {', '.join(names)}")
        rooms = {room.name for room in self.rooms}
        for circuit in self.circuits:
            if circuit.room not in rooms:
                raise PlantParameterError(
                    f"circuit {circuit.name}.room", f"there is no room {circuit.room!r}"
                )
        if self.hydraulics is Hydraulics.DIRECT and len(self.boilers) > 1:
            raise PlantParameterError("hydraulics", "several boilers need a separator")
        if not 9.0 <= self.gas_kwh_m3 <= 11.5:
            raise PlantParameterError("gas_kwh_m3", f"natural gas has 9 … 11.5 kWh/m3, not {self.gas_kwh_m3}")
        if not 0.0 <= self.cold_water_c <= 30.0:
            raise PlantParameterError("cold_water_c", f"must be 0 … 30 °C, is {self.cold_water_c}")
        for part, seconds in self.time_constants_s().items():
            if seconds < MAX_STEP_S:
                raise PlantParameterError(
                    part, f"its time constant of {seconds:.1f} s is below the longest step, {MAX_STEP_S:g} s"
                )

    @property
    def loss_w_k(self) -> float:
        """Loss of the whole house per kelvin."""
        return sum(room.loss_w_k for room in self.rooms)

    def time_constants_s(self) -> dict[str, float]:
        """Capacity over all that can flow in or out per kelvin, for each capacity; what an explicit step has to
        respect.

        Radiators and floors are taken at 50 and 15 K above the room, the most that they meet.
        """
        constants: dict[str, float] = {}
        into_room = dict.fromkeys((room.name for room in self.rooms), 0.0)
        drawn_kg_s = 0.0
        for circuit in self.circuits:
            drawn_kg_s += circuit.pump_kg_s
            water_w_k = circuit.pump_kg_s * WATER_J_KG_K
            if isinstance(circuit, RadiatorParameters):
                emission_w_k = circuit.nominal_w * RADIATOR_EXPONENT / 50.0
                constants[f"circuit {circuit.name}"] = circuit.body_j_k / (water_w_k + emission_w_k)
            else:
                emission_w_k = circuit.area_m2 * FLOOR_W_M2 * FLOOR_EXPONENT * 15.0 ** (FLOOR_EXPONENT - 1)
                constants[f"circuit {circuit.name}"] = min(
                    circuit.slab_j_k / (min(water_w_k, circuit.pipes_w_k) + circuit.screed_w_k),
                    circuit.surface_j_k / (circuit.screed_w_k + emission_w_k),
                )
            into_room[circuit.room] += emission_w_k
        if self.tank is not None:
            drawn_kg_s += self.tank.charge_kg_s
            coldest_w_k = self.tank.coil_w_k + CONVECTION_W_K + MOST_DRAWN_KG_S * WATER_J_KG_K
            constants["tank"] = self.tank.layer_j_k / coldest_w_k
        for boiler in self.boilers:
            kg_s = drawn_kg_s if self.hydraulics is Hydraulics.DIRECT else boiler.pump_kg_s
            water_w_k = kg_s * WATER_J_KG_K
            constants[f"boiler {boiler.name}"] = boiler.body_j_k / (water_w_k + boiler.band_w_k)
        before_w_k = 0.0
        for room in self.rooms:
            air_w_k = (
                room.air_envelope_w_k + room.draught_w_k + into_room[room.name] + room.next_w_k + before_w_k
            )
            before_w_k = room.next_w_k
            constants[f"room {room.name}"] = room.air_j_k / air_w_k
        return constants
