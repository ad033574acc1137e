"""What can break in a house, and what a bench sees of it. That energy is kept all the while is in `test_energy`."""

import pytest
from houses import DAY, HOUR, every_preset, heat, run, still

from firmware_sim.plant import PRESETS, FloorCircuit, Plant, PlantParameterError, PlantParameters

COTTAGE = PRESETS["brick_cottage"]
LARGE = PRESETS["large_house"]


@every_preset
def test_without_mains_nothing_moves_and_the_house_comes_back_by_itself(parameters: PlantParameters) -> None:
    plant = heat(Plant(parameters, still(-10.0)), 60.0)
    if plant.tank:
        plant.tank.charge_on = not plant.tank.parameters.diverter
    run(plant, HOUR)
    gas_m3, positions = plant.gas_m3, [circuit.valve_position for circuit in plant.circuits.values()]
    air_c = plant.first_room.air_c
    plant.powered = False
    for circuit in plant.circuits.values():
        circuit.valve_drive = 1
    run(plant, 3 * HOUR)
    assert not plant.powered
    assert plant.gas_m3 == gas_m3
    assert not any(boiler.pump_on or boiler.flame for boiler in plant.boilers)
    assert not any(circuit.flowing for circuit in plant.circuits.values())
    assert [circuit.valve_position for circuit in plant.circuits.values()] == positions
    assert not plant.tank or plant.tank.coil_w == 0
    assert plant.first_room.air_c < air_c + 0.5
    plant.powered = True
    run(plant, HOUR)
    assert plant.gas_m3 > gas_m3
    assert all(circuit.flowing for circuit in plant.circuits.values())


def test_without_gas_every_boiler_of_the_house_locks_out() -> None:
    plant = heat(Plant(LARGE, still(-10.0)), 60.0)
    run(plant, HOUR)
    plant.gas_on = False
    gas_m3 = plant.gas_m3
    run(plant, HOUR)
    assert [boiler.fault for boiler in plant.boilers] == ["no_flame", "no_flame"]
    assert plant.gas_m3 == gas_m3
    plant.gas_on = True
    for boiler in plant.boilers:
        boiler.reset()
    run(plant, 60.0)
    assert all(boiler.flame for boiler in plant.boilers)


def test_a_seized_pump_leaves_its_room_cold_and_the_boiler_hot() -> None:
    sound, seized = (heat(Plant(COTTAGE, still(-10.0)), 60.0) for _ in range(2))
    seized.circuits["radiators"].pump_works = False
    for plant in (sound, seized):
        run(plant, 12 * HOUR)
    radiators = seized.circuits["radiators"]
    assert radiators.pump_on
    assert not radiators.flowing
    assert radiators.heat_w == 0
    assert seized.boiler.flow_c > 45 > radiators.return_c
    assert seized.first_room.air_c < sound.first_room.air_c - 3
    # No flow, no burner for long: it is at its target at once.
    assert seized.energy.gas_j < 0.1 * sound.energy.gas_j


def test_a_boilers_own_seized_pump_stops_the_circuit_that_lives_on_it() -> None:
    plant = heat(Plant(PRESETS["flat"], still(-10.0)), 60.0)
    plant.circuits["radiators"].pump_on = False
    run(plant, HOUR)
    assert plant.circuits["radiators"].heat_w > 0
    plant.boiler.pump_works = False
    run(plant, HOUR)
    assert plant.boiler.pump_on
    assert plant.circuits["radiators"].heat_w == 0


def test_a_boilers_own_seized_pump_takes_it_out_of_the_cascade() -> None:
    plant = heat(Plant(LARGE, still(-10.0)), 60.0)
    plant.boilers[1].pump_works = False
    run(plant, 4 * HOUR)
    first, second = plant.boilers
    assert second.return_c == pytest.approx(second.flow_c, abs=0.1)
    assert second.burner_s < 0.1 * first.burner_s


def test_a_stuck_mixing_valve_stays_and_the_floors_thermostat_guards_the_screed() -> None:
    plant = heat(Plant(PRESETS["low_energy"], still(-10.0)), 75.0, valve=1.0)
    floor = plant.circuits["floor"]
    assert isinstance(floor, FloorCircuit)
    floor.valve_works = False
    stopped = 0
    hottest_c = longest_s = hot_s = 0.0
    while plant.time_s < DAY:
        floor.valve_drive = -1
        was_tripped = floor.tripped
        plant.step(10.0)
        stopped += floor.tripped and not was_tripped
        hottest_c = max(hottest_c, floor.slab_c)
        hot_s = hot_s + 10.0 if floor.supply_c > floor.parameters.thermostat_c else 0.0
        longest_s = max(longest_s, hot_s)
    assert floor.valve_position == 1.0
    assert stopped > 10
    # Water above 55 °C for no longer than the strapped thermostat needs to feel it; the screed never gets there.
    assert 0 < longest_s <= 300
    assert hottest_c < 50.0
    # Mended, it closes and the thermostat lets go.
    floor.valve_works = True
    run(plant, HOUR)
    assert (floor.valve_position, floor.tripped) == (0.0, False)


def test_air_in_the_pipes_takes_flow_and_so_heat() -> None:
    sound, airy = (heat(Plant(COTTAGE, still(-10.0)), 60.0) for _ in range(2))
    airy.circuits["radiators"].flow_part = 0.15
    for plant in (sound, airy):
        run(plant, 6 * HOUR)
    one, other = sound.circuits["radiators"], airy.circuits["radiators"]
    assert other.supply_c - other.return_c > 2 * (one.supply_c - one.return_c)
    assert other.room_w < 0.8 * one.room_w
    assert airy.boiler.return_c < sound.boiler.return_c
    airy.circuits["radiators"].flow_part = 1.0
    run(airy, 6 * HOUR)
    assert other.room_w > 0.9 * one.room_w


@pytest.mark.parametrize("part", [0.0, -0.5, 1.5, float("nan")])
def test_a_part_of_the_flow_that_cannot_be_is_refused(part: float) -> None:
    floor = Plant(LARGE).circuits["floor"]
    with pytest.raises(PlantParameterError, match=r"circuit floor\.flow_part"):
        floor.flow_part = part
    assert floor.flow_part == 1.0


@pytest.mark.parametrize("name", ["brick_cottage", "timber_house"])
def test_a_charge_that_fails_leaves_the_tank_cold_and_the_circuits_their_water(name: str) -> None:
    plant = heat(Plant(PRESETS[name], still(-10.0)), 70.0)
    tank = plant.tank
    assert tank is not None
    tank.fill_at(30.0)
    tank.charge_on, tank.charge_works = True, False
    run(plant, HOUR)
    assert tank.temp_c < 30.5
    assert all(circuit.heat_w > 0 for circuit in plant.circuits.values())
    tank.charge_works = True
    run(plant, HOUR)
    assert tank.temp_c > 50.0


def test_a_flow_sensor_that_shows_too_little_makes_the_water_too_hot() -> None:
    plant = heat(Plant(COTTAGE, still(-10.0)), 50.0)
    plant.boiler.sensor_error_k = -15.0
    run(plant, 3 * HOUR)
    assert plant.boiler.flow_shown_c == pytest.approx(50.0, abs=5.0)
    assert plant.boiler.flow_c == pytest.approx(plant.boiler.flow_shown_c + 15.0)


@pytest.mark.parametrize("to_bar", [0.5, 3.0])
def test_a_system_cannot_be_filled_to_what_its_vessel_does_not_bear(to_bar: float) -> None:
    plant = Plant(COTTAGE)
    with pytest.raises(PlantParameterError, match="pressure"):
        plant.fill_up(to_bar)
