"""Thousands of houses at once: the equations of `plant.py` with NumPy, an array element for each house.

Theory of operation. Houses whose parts are of the same kinds and numbers are a group and step together; figures may
differ from house to house. Each group does to its arrays what `Plant.step` does to its numbers, in the same order, so
that a house of the fleet goes the way its single plant would go, up to the last bits of the library's powers and
cosines.

Needs the extra `fleet` (NumPy).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from firmware_sim.plant.errors import FleetExtraMissingError, PlantParameterError, StepError

try:
    import numpy as np
except ImportError as error:
    raise FleetExtraMissingError from error

from firmware_sim.plant.many_boilers import ManyBoilers
from firmware_sim.plant.many_circuits import ManyFloors, ManyRadiators
from firmware_sim.plant.many_columns import Floats, either, floats
from firmware_sim.plant.many_rooms import ManyRooms, ManyTanks, ManyVessels
from firmware_sim.plant.many_weather import ManyWeathers
from firmware_sim.plant.parameters import (
    MAX_STEP_S,
    FloorParameters,
    Hydraulics,
    PlantParameters,
    RadiatorParameters,
)
from firmware_sim.plant.plant import KWH_J, TANK_AT_START_C
from firmware_sim.plant.water import (
    DENSEST_C,
    EXPANSION_PER_K2,
    FILLED_AT_C,
    SAFETY_VALVE_BAR,
    SAFETY_VALVE_L_S_BAR,
    expansion,
)
from firmware_sim.plant.weather import Weather


class Layout(NamedTuple):
    """Which parts a house has. Circuits: their name, whether they are floors, and the number of their room."""

    rooms: tuple[str, ...]
    boilers: int
    circuits: tuple[tuple[str, bool, int], ...]
    tank: bool
    direct: bool


def layout_of(parameters: PlantParameters) -> Layout:
    """The layout of a house."""
    rooms = tuple(room.name for room in parameters.rooms)
    return Layout(
        rooms,
        len(parameters.boilers),
        tuple((c.name, isinstance(c, FloorParameters), rooms.index(c.room)) for c in parameters.circuits),
        parameters.tank is not None,
        parameters.hydraulics is Hydraulics.DIRECT,
    )


class ManyEnergyBooks:
    """Energy since the start of each house, in joules; as `EnergyBook`."""

    def __init__(self, size: int) -> None:
        self.gas_j = np.zeros(size)
        self.into_water_j = np.zeros(size)
        self.gains_j = np.zeros(size)
        self.outdoors_j = np.zeros(size)
        self.tap_j = np.zeros(size)


class HouseGroup:
    """Houses of one layout. Each part has arrays, one element a house; the controls are those of the single plant's
    parts.

    Args:
        houses: parameters and weather of each, all of one layout.
        air_c: rooms and water at the start.
    """

    def __init__(self, houses: Sequence[tuple[PlantParameters, Weather]], *, air_c: float = 20.0) -> None:
        all_parameters = [parameters for parameters, _ in houses]
        self.layout = layout_of(all_parameters[0])
        if any(layout_of(parameters) != self.layout for parameters in all_parameters):
            raise PlantParameterError("group", "its houses must have the same parts; ManyHouses sorts them")
        self.size = len(houses)
        self.weather = ManyWeathers([weather for _, weather in houses])
        self.time_s = 0.0
        self.outdoor_c, self.sun_w_m2 = self.weather.at(0.0)
        self.rooms = tuple(
            ManyRooms([p.rooms[n] for p in all_parameters], air_c=air_c, outdoor_c=self.outdoor_c)
            for n in range(len(self.layout.rooms))
        )
        self.boilers = tuple(
            ManyBoilers([p.boilers[n] for p in all_parameters], temp_c=air_c)
            for n in range(self.layout.boilers)
        )
        self.circuits = {
            name: _circuits_of([p.circuits[n] for p in all_parameters], air_c)
            for n, (name, _, _) in enumerate(self.layout.circuits)
        }
        tanks = [p.tank for p in all_parameters if p.tank is not None]
        self.tank = ManyTanks(tanks, temp_c=TANK_AT_START_C) if tanks else None
        self.energy = ManyEnergyBooks(self.size)
        self.water_lost_l = np.zeros(self.size)
        self.leak_l_s = np.zeros(self.size)
        self._vessels = ManyVessels([p.vessel for p in all_parameters])
        self._cold_water_c = floats(all_parameters, "cold_water_c")
        self._gas_kwh_m3 = floats(all_parameters, "gas_kwh_m3")
        water_l = [float(sum(part.water_l for part in (*p.boilers, *p.circuits))) for p in all_parameters]
        self._expanded_cold_l = np.array(water_l) * expansion(FILLED_AT_C)
        self._rooms_of_circuits = tuple((self.circuits[name], room) for name, _, room in self.layout.circuits)
        for boilers in self.boilers:
            boilers.pressure_bar = self.pressure_bar

    @property
    def gas_m3(self) -> Floats:
        """What the gas meters show."""
        return self.energy.gas_j / (KWH_J * self._gas_kwh_m3)

    @property
    def pressure_bar(self) -> Floats:
        """Pressure of the heating water over the atmosphere."""
        added_l = -self.water_lost_l - self._expanded_cold_l
        for boilers in self.boilers:
            added_l = added_l + boilers.water_l * _expansion(boilers.flow_c)
        for circuits, _ in self._rooms_of_circuits:
            added_l = added_l + circuits.water_l * _expansion(circuits.water_c)
        return self._vessels.pressure_bar(added_l)

    def set_powered(self, house: int, on: bool) -> None:
        """Switch the mains of one house."""
        for part in (*self.boilers, *self.circuits.values()):
            part.powered[house] = on
        if self.tank is not None:
            self.tank.powered[house] = on

    @property
    def stored_j(self) -> Floats:
        """Heat in all capacities, counted from 0 °C."""
        stored_j = np.zeros(self.size)
        for rooms in self.rooms:
            stored_j = stored_j + rooms.stored_j
        for boilers in self.boilers:
            stored_j = stored_j + boilers.stored_j
        for circuits, _ in self._rooms_of_circuits:
            stored_j = stored_j + circuits.stored_j
        return stored_j if self.tank is None else stored_j + self.tank.stored_j

    def step(self, dt_s: float) -> None:
        """Let `dt_s` seconds pass in each house.

        Raises:
            StepError: it is not above 0 and at most `MAX_STEP_S`.
        """
        if not 0.0 < dt_s <= MAX_STEP_S:
            raise StepError(dt_s, MAX_STEP_S)
        tank, rooms = self.tank, self.rooms
        outdoor_c, sun_w_m2 = self.outdoor_c, self.sun_w_m2

        drawn, offset, slope = np.zeros(self.size), np.zeros(self.size), np.zeros(self.size)
        undiverted = np.ones(self.size, dtype=np.bool_)
        if tank is not None:
            drawn, offset, slope = tank.offer()
            offset, slope = drawn * offset, drawn * slope
            undiverted = ~(tank.charging & tank.diverter)
        boiler_pumps = self.boilers[0].pump_on & self.boilers[0].pump_works
        for circuits, _ in self._rooms_of_circuits:
            pumps = circuits.pump_on & circuits.pump_works & circuits.powered
            flowing = undiverted & (pumps | (circuits.boiler_pump & boiler_pumps))
            stream, line_offset, line_slope = circuits.offer(dt_s, flowing)
            drawn = drawn + stream
            offset = offset + stream * line_offset
            slope = slope + stream * line_slope
        hot_c, return_c, streams = self._meet(drawn, offset, slope)

        gains_w = np.zeros(self.size)
        heats_w = []
        for room in rooms:
            heat_w = room.gains_w + room.window_m2 * sun_w_m2
            heats_w.append(heat_w)
            gains_w = gains_w + heat_w
        for circuits, number in self._rooms_of_circuits:
            heats_w[number] = heats_w[number] + circuits.take(dt_s, hot_c, rooms[number].air_c)
        around_c = rooms[0].air_c
        if tank is not None:
            of_day_s = self.weather.of_day_s(self.time_s)
            heats_w[0] = heats_w[0] + tank.step(dt_s, hot_c, self._cold_water_c, around_c, of_day_s)
        pressure_bar = self.pressure_bar
        gas_w, into_water_w = np.zeros(self.size), np.zeros(self.size)
        for boilers, stream in zip(self.boilers, streams, strict=True):
            back_c = either(stream != 0.0, return_c, boilers.flow_c)
            heats_w[0] = heats_w[0] + boilers.step(dt_s, back_c, stream, around_c, pressure_bar)
            gas_w = gas_w + boilers.gas_w
            into_water_w = into_water_w + boilers.power_w
        for number, room in enumerate(rooms[:-1]):
            over_w = room.next_w_k * (room.air_c - rooms[number + 1].air_c)
            heats_w[number] = heats_w[number] - over_w
            heats_w[number + 1] = heats_w[number + 1] + over_w
        outdoors_w = np.zeros(self.size)
        for room, heat_w in zip(rooms, heats_w, strict=True):
            outdoors_w = outdoors_w + room.step(dt_s, outdoor_c, heat_w)

        over_bar = np.maximum(0.0, pressure_bar - SAFETY_VALVE_BAR)
        self.water_lost_l += self.leak_l_s * dt_s
        self.water_lost_l += SAFETY_VALVE_L_S_BAR * over_bar * dt_s
        book = self.energy
        book.gas_j += gas_w * dt_s
        book.into_water_j += into_water_w * dt_s
        book.gains_j += gains_w * dt_s
        book.outdoors_j += outdoors_w * dt_s
        if tank is not None:
            book.tap_j += tank.tap_w * dt_s
        self.time_s += dt_s
        self.outdoor_c, self.sun_w_m2 = self.weather.at(self.time_s)

    def _meet(
        self, drawn: Floats, offset: Floats, slope: Floats
    ) -> tuple[Floats, Floats, tuple[Floats, ...]]:
        """Supply of the circuits, return to the boilers, and the stream through each boiler; see `hydraulics.py`."""
        first = self.boilers[0]
        with np.errstate(divide="ignore", invalid="ignore"):
            if self.layout.direct:
                return_c = (offset + slope * first.flow_c) / drawn
                return first.flow_c, either(drawn != 0.0, return_c, first.flow_c), (drawn,)
            streams = tuple(
                either(boilers.pump_on & boilers.pump_works, boilers.stream_w_k, 0.0)
                for boilers in self.boilers
            )
            given, carried = np.zeros(self.size), np.zeros(self.size)
            for boilers, stream in zip(self.boilers, streams, strict=True):
                given = given + stream
                carried = carried + stream * boilers.flow_c
            flow_c = either(given != 0.0, carried / given, first.flow_c)
            enough = given >= drawn
            again = (drawn - given) / drawn
            mixed_c = (given * flow_c + again * offset) / (drawn - again * slope)
            hot_c = either(enough, flow_c, mixed_c)
            lifted_c = (offset + slope * flow_c + (given - drawn) * flow_c) / given
            return_c = either(enough, lifted_c, (offset + slope * mixed_c) / drawn)
            return hot_c, either(enough & (given == 0.0), flow_c, return_c), streams


class ManyHouses:
    """A fleet of houses, of whatever layouts, on one time.

    Args:
        houses: parameters and weather of each.
        air_c: rooms and water at the start.
    """

    def __init__(self, houses: Iterable[tuple[PlantParameters, Weather]], *, air_c: float = 20.0) -> None:
        sorted_: dict[Layout, list[tuple[PlantParameters, Weather]]] = {}
        places: list[tuple[Layout, int]] = []
        for parameters, weather in houses:
            layout = layout_of(parameters)
            members = sorted_.setdefault(layout, [])
            places.append((layout, len(members)))
            members.append((parameters, weather))
        groups = {layout: HouseGroup(members, air_c=air_c) for layout, members in sorted_.items()}
        self.groups = tuple(groups.values())
        self._places = [(groups[layout], index) for layout, index in places]

    def __len__(self) -> int:
        return len(self._places)

    def place(self, house: int) -> tuple[HouseGroup, int]:
        """The group of a house and its index in the group's arrays, by its number in the order given at the start."""
        return self._places[house]

    def step(self, dt_s: float) -> None:
        """Let `dt_s` seconds pass in each house.

        Raises:
            StepError: it is not above 0 and at most `MAX_STEP_S`.
        """
        for group in self.groups:
            group.step(dt_s)


def _circuits_of(
    parameters: Sequence[RadiatorParameters | FloorParameters], temp_c: float
) -> ManyRadiators | ManyFloors:
    radiators = [p for p in parameters if isinstance(p, RadiatorParameters)]
    if radiators:
        return ManyRadiators(radiators, temp_c=temp_c)
    return ManyFloors([p for p in parameters if isinstance(p, FloorParameters)], temp_c=temp_c)


def _expansion(temp_c: Floats) -> Floats:
    return EXPANSION_PER_K2 * (temp_c - DENSEST_C) * (temp_c - DENSEST_C)
