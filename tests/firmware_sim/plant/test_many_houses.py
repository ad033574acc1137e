"""A fleet is nothing but its houses: each goes the way of its single plant, step by step."""

import dataclasses
import subprocess
import sys
from random import Random

import numpy as np
import pytest

from firmware_sim.plant import (
    PRESETS,
    FloorCircuit,
    Plant,
    PlantParameterError,
    PlantParameters,
    StepError,
    Weather,
)
from firmware_sim.plant.many_boilers import LOCKOUTS, PHASES
from firmware_sim.plant.many_circuits import ManyFloors
from firmware_sim.plant.many_houses import HouseGroup, ManyHouses
from firmware_sim.plant.many_weather import ManyWeathers

HOUR = 3600.0


def varied(parameters: PlantParameters, random: Random) -> PlantParameters:
    """The same layout with other figures."""
    room, boiler = parameters.rooms[0], parameters.boilers[0]
    room = dataclasses.replace(room, draught_w_k=room.draught_w_k * random.uniform(0.8, 1.5))
    boiler = dataclasses.replace(
        boiler,
        anti_cycle_s=random.uniform(60, 300),
        condensing=random.random() < 0.5,
        overrun_s=random.uniform(0, 300),
    )
    return dataclasses.replace(
        parameters, rooms=(room, *parameters.rooms[1:]), boilers=(boiler, *parameters.boilers[1:])
    )


def houses_of_every_kind(random: Random, each: int) -> list[tuple[PlantParameters, Weather]]:
    houses = [
        (
            varied(parameters, random),
            Weather(
                mean_c=random.uniform(-25, 15),
                season_swing_k=random.choice([0.0, 12.0]),
                front_k=random.choice([0.0, 4.0]),
                sun_w_m2=random.choice([0.0, 700.0]),
                zero_day=random.uniform(0, 365),
                seed=random.randrange(1000),
            ),
        )
        for parameters in PRESETS.values()
        for _ in range(each)
    ]
    random.shuffle(houses)
    return houses


def meddle(plant: Plant, group: HouseGroup, index: int, random: Random) -> None:
    """Set the same anything in both."""
    for boiler, boilers in zip(plant.boilers, group.boilers, strict=True):
        target_c = random.choice([None, random.uniform(20, 60), random.uniform(60, 110)])
        boiler.flow_target_c = target_c
        boilers.flow_target_c[index] = np.nan if target_c is None else target_c
        boiler.max_modulation = boilers.max_modulation[index] = random.random()
        boiler.flame_works = boilers.flame_works[index] = random.random() < 0.9
        boiler.gas_on = boilers.gas_on[index] = random.random() < 0.95
        boiler.pump_works = boilers.pump_works[index] = random.random() < 0.9
        boiler.sensor_error_k = boilers.sensor_error_k[index] = random.choice([0.0, 0.0, -20.0, 5.0])
        if random.random() < 0.1:
            boiler.flow_c = boilers.flow_c[index] = 101.0
        if random.random() < 0.3:
            boiler.reset()
            boilers.reset(index)
    for name, circuit in plant.circuits.items():
        circuits = group.circuits[name]
        circuit.pump_on = circuits.pump_on[index] = random.random() < 0.7
        circuit.valve_drive = circuits.valve_drive[index] = random.choice([-1, 0, 1])
        circuit.pump_works = circuits.pump_works[index] = random.random() < 0.9
        circuit.valve_works = circuits.valve_works[index] = random.random() < 0.9
        circuit.flow_part = random.choice([1.0, 1.0, 0.4])
        circuits.set_flow_part(index, circuit.flow_part)
    if plant.tank and group.tank:
        plant.tank.charge_on = group.tank.charge_on[index] = random.random() < 0.4
        plant.tank.charge_works = group.tank.charge_works[index] = random.random() < 0.9
        plant.tank.opened_kg_s = group.tank.opened_kg_s[index] = random.choice([0.0, 0.1])
    powered = random.random() < 0.95
    plant.powered = powered
    group.set_powered(index, powered)
    plant.leak_l_s = group.leak_l_s[index] = random.choice([0.0, 0.0, 0.002])
    if random.random() < 0.3:
        plant.water_lost_l = group.water_lost_l[index] = random.choice([random.uniform(-1.5, 1.0), -12.0])


def facts(plant: Plant) -> list[float]:
    seen = [
        plant.outdoor_c,
        plant.sun_w_m2,
        plant.pressure_bar,
        plant.gas_m3,
        plant.stored_j,
        plant.water_lost_l,
    ]
    book = plant.energy
    seen += [book.gas_j, book.into_water_j, book.gains_j, book.outdoors_j, book.tap_j]
    for room in plant.rooms.values():
        seen += [room.air_c, room.envelope_c, room.heat_w, room.lost_w]
    for b in plant.boilers:
        seen += [b.flow_c, b.return_c, b.power_w, b.gas_w, b.pressure_bar, b.burner_s, b.pump_s]
        seen += [b.starts, b.failed_starts, b.pump_starts, b.pump_on, b.low_water]
        seen += [PHASES.index(b.phase), LOCKOUTS.index(b.lockout)]
    for circuit in plant.circuits.values():
        seen += [circuit.supply_c, circuit.return_c, circuit.heat_w, circuit.room_w]
        seen += [circuit.valve_position, circuit.flowing, circuit.powered]
        if isinstance(circuit, FloorCircuit):
            seen += [circuit.surface_c, circuit.pipe_c, circuit.tripped]
    if plant.tank:
        tank = plant.tank
        seen += [
            tank.upper_c,
            tank.lower_c,
            tank.coil_w,
            tank.tap_w,
            tank.drawn_kg_s,
            tank.disinfected_s,
            tank.temp_c,
        ]
    return seen


def facts_of_group(group: HouseGroup) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """As `facts`, a column a house."""
    seen = [
        group.outdoor_c,
        group.sun_w_m2,
        group.pressure_bar,
        group.gas_m3,
        group.stored_j,
        group.water_lost_l,
    ]
    book = group.energy
    seen += [book.gas_j, book.into_water_j, book.gains_j, book.outdoors_j, book.tap_j]
    for room in group.rooms:
        seen += [room.air_c, room.envelope_c, room.heat_w, room.lost_w]
    for b in group.boilers:
        seen += [b.flow_c, b.return_c, b.power_w, b.gas_w, b.pressure_bar, b.burner_s, b.pump_s]
        seen += [b.starts, b.failed_starts, b.pump_starts, b.pump_on, b.low_water, b.phase, b.lockout]
    for circuits in group.circuits.values():
        seen += [circuits.supply_c, circuits.return_c, circuits.heat_w, circuits.room_w]
        seen += [circuits.valve_position, circuits.flowing, circuits.powered]
        if isinstance(circuits, ManyFloors):
            seen += [circuits.surface_c, circuits.pipe_c, circuits.tripped]
    if group.tank:
        tank = group.tank
        seen += [
            tank.upper_c,
            tank.lower_c,
            tank.coil_w,
            tank.tap_w,
            tank.drawn_kg_s,
            tank.disinfected_s,
            tank.temp_c,
        ]
    return np.array(seen, dtype=np.float64)


def assert_alike(fleet: ManyHouses, plants: list[Plant]) -> None:
    seen = {group: facts_of_group(group) for group in fleet.groups}
    for house, plant in enumerate(plants):
        group, index = fleet.place(house)
        np.testing.assert_allclose(seen[group][:, index], facts(plant), rtol=1e-9, atol=1e-6)


@pytest.mark.parametrize(("seed", "dt_s"), [(1, 10.0), (2, 7.3), (3, 1.0)])
def test_every_house_of_a_fleet_is_its_single_plant_step_by_step(seed: int, dt_s: float) -> None:
    random = Random(seed)
    houses = houses_of_every_kind(random, each=3)
    fleet, plants = ManyHouses(houses), [Plant(*house) for house in houses]
    assert len(fleet) == len(plants) == 15
    assert_alike(fleet, plants)
    for step in range(400):
        if step % 40 == 0:
            for house, plant in enumerate(plants):
                meddle(plant, *fleet.place(house), random)
        fleet.step(dt_s)
        for plant in plants:
            plant.step(dt_s)
        assert_alike(fleet, plants)
    # What has been compared did happen.
    boilers = [boiler for plant in plants for boiler in plant.boilers]
    assert sum(boiler.starts for boiler in boilers) > 5
    assert sum(boiler.failed_starts for boiler in boilers) > 0
    assert any(boiler.lockout for boiler in boilers)
    assert any(boiler.pump_on and not boiler.pump_works for boiler in boilers)


def test_a_heated_fleet_goes_with_its_plants_for_hours_and_keeps_its_energy() -> None:
    houses = houses_of_every_kind(Random(5), each=1)
    fleet, plants = ManyHouses(houses), [Plant(*house) for house in houses]
    for group in fleet.groups:
        for boilers in group.boilers:
            boilers.flow_target_c[:] = 55.0
        for circuits in group.circuits.values():
            circuits.pump_on[:] = True
            circuits.valve_drive[:] = 1
    for plant in plants:
        for boiler in plant.boilers:
            boiler.flow_target_c = 55.0
        for circuit in plant.circuits.values():
            circuit.pump_on, circuit.valve_drive = True, 1
    before_j = [group.stored_j for group in fleet.groups]
    for _ in range(round(3 * HOUR / 10)):
        fleet.step(10.0)
        for plant in plants:
            plant.step(10.0)
    assert_alike(fleet, plants)
    for group, stored_j in zip(fleet.groups, before_j, strict=True):
        book = group.energy
        missing_j = (
            book.into_water_j + book.gains_j - book.outdoors_j - book.tap_j - (group.stored_j - stored_j)
        )
        assert np.all(np.abs(missing_j) < 1e-9 * np.maximum(book.gas_j, 3.6e6))


@pytest.mark.parametrize("days", [[0.0, 1.0, 2.5, 400.0], [30.0, 1.0, 29.0, 31.0]])
def test_the_weather_of_many_is_that_of_each_in_any_order(days: list[float]) -> None:
    random = Random(9)
    weathers = [weather for _, weather in houses_of_every_kind(random, each=5)]
    together = ManyWeathers(weathers)
    for day in days:
        temps_c, suns_w_m2 = together.at(day * 86_400)
        for weather, temp_c, sun_w_m2 in zip(weathers, temps_c, suns_w_m2, strict=True):
            assert weather.at(day * 86_400) == pytest.approx((temp_c, sun_w_m2), rel=1e-9, abs=1e-9)


def test_houses_are_sorted_by_their_parts() -> None:
    houses = [(PRESETS[name], Weather()) for name in ("flat", "large_house", "flat", "brick_cottage")]
    fleet = ManyHouses(houses)
    assert [group.size for group in fleet.groups] == [2, 1, 1]
    assert [fleet.place(house)[1] for house in range(4)] == [0, 0, 1, 0]
    assert fleet.place(0)[0] is fleet.place(2)[0]
    with pytest.raises(PlantParameterError, match="same parts"):
        HouseGroup(houses)


def test_a_step_that_is_too_long_is_refused_before_anything_moves() -> None:
    fleet = ManyHouses([(PRESETS["flat"], Weather())])
    with pytest.raises(StepError):
        fleet.step(60.0)
    assert fleet.groups[0].time_s == 0


def test_without_numpy_one_is_told_what_to_install() -> None:
    program = (
        "import sys; sys.modules['numpy'] = None\n"
        "from firmware_sim.plant import Plant; Plant().step(1.0)\n"
        "from firmware_sim.plant.errors import FleetExtraMissingError\n"
        "try:\n    import firmware_sim.plant.many_houses\n"
        "except FleetExtraMissingError as error: print(error)\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30
    )
    assert "thermogate[fleet]" in told.stdout
