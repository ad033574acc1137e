"""What a heating engineer would check first, on every preset; the check's number is in the name.

8 and 9 (weather curve, frost) are the controller's, 14 (quantisation) is the bus': they are tested there.
"""

import dataclasses
import math
from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.plant import (
    PRESETS,
    BoilerParameters,
    FloorCircuit,
    Plant,
    PlantParameters,
    RadiatorCircuit,
    Weather,
)

HOUR = 3600.0
DAY = 24 * HOUR
COTTAGE = PRESETS["brick_cottage"]
LARGE = PRESETS["large_house"]
WITH_TANK = [p for p in PRESETS.values() if p.tank]

every_preset = pytest.mark.parametrize("parameters", PRESETS.values(), ids=list(PRESETS))
any_preset = st.sampled_from(sorted(PRESETS)).map(PRESETS.__getitem__)


def run(plant: Plant, seconds: float, dt: float = 10.0) -> Plant:
    for _ in range(round(seconds / dt)):
        plant.step(dt)
    return plant


def still(outdoor_c: float) -> Weather:
    return Weather(mean_c=outdoor_c, daily_swing_k=0.0, front_k=0.0)


def heat(plant: Plant, target_c: float | None, valve: float = 0.5) -> Plant:
    for boiler in plant.boilers:
        boiler.flow_target_c = target_c
    for circuit in plant.circuits.values():
        circuit.pump_on = target_c is not None
        if circuit.mixing:
            circuit.valve_position = valve
    return plant


def imbalance(plant: Plant, stored_at_start_j: float) -> float:
    book = plant.energy
    came_j = book.into_water_j + book.gains_j
    went_j = book.outdoors_j + book.tap_j + plant.stored_j - stored_at_start_j
    return abs(came_j - went_j) / max(book.gas_j, 3.6e6)


def temperatures(plant: Plant) -> Iterator[float]:
    for room in plant.rooms.values():
        yield from (room.air_c, room.envelope_c)
    for circuit in plant.circuits.values():
        if isinstance(circuit, FloorCircuit):
            yield circuit.surface_c
        yield circuit.water_c
    for boiler in plant.boilers:
        yield boiler.flow_c
    if plant.tank:
        yield from (plant.tank.upper_c, plant.tank.lower_c)


def meddle(plant: Plant, random: Random) -> None:
    """Set every control to anything, as no sane controller would."""
    for boiler in plant.boilers:
        boiler.flow_target_c = random.choice([None, random.uniform(20, 90)])
        boiler.max_modulation = random.random()
        boiler.flame_works = random.random() > 0.1
        if random.random() < 0.2:
            boiler.reset()
    for circuit in plant.circuits.values():
        circuit.pump_on = random.random() < 0.7
        circuit.valve_drive = random.choice([-1, 0, 1])
    if plant.tank:
        plant.tank.charge_on = random.random() < 0.5
        plant.tank.opened_kg_s = random.choice([0.0, 0.0, 0.1])


@settings(max_examples=15, deadline=None)
@given(any_preset, st.integers(0, 2**32), st.sampled_from([5.0, 10.0]))
def test_c4_1_energy_balance_of_any_day(parameters: PlantParameters, seed: int, dt: float) -> None:
    random = Random(seed)
    weather = Weather(mean_c=random.uniform(-30, 20), sun_w_m2=random.choice([0.0, 700.0]), seed=seed)
    plant = run(Plant(parameters, weather), random.uniform(0, 4) * HOUR, dt)
    plant.energy = type(plant.energy)()
    before_j = plant.stored_j
    while plant.time_s < DAY:
        meddle(plant, random)
        run(plant, HOUR, dt)
    # The yardstick is 0.1 %; the equations allow for rounding errors only.
    assert imbalance(plant, before_j) < 1e-9


@every_preset
def test_c4_1_gas_times_efficiency_is_what_the_water_got(parameters: PlantParameters) -> None:
    plant = heat(Plant(parameters, still(-10.0)), 60.0)
    before_j = plant.stored_j
    gas_by_step_j = 0.0
    while plant.time_s < DAY:
        plant.step(10.0)
        gas_by_step_j += sum(b.gas_w for b in plant.boilers) * 10.0
    assert plant.energy.gas_j == pytest.approx(gas_by_step_j)
    assert 0.9 < plant.energy.into_water_j / plant.energy.gas_j < 1.06
    assert imbalance(plant, before_j) < 1e-9


@every_preset
def test_c4_2_the_step_does_not_matter(parameters: PlantParameters) -> None:
    # On/off cycles begin at a step's edge; a burner that modulates all day has none.
    burner = dataclasses.replace(parameters.boilers[0], min_power_w=100.0)
    steady = dataclasses.replace(
        parameters,
        boilers=tuple(dataclasses.replace(burner, name=b.name) for b in parameters.boilers),
        tank=None,
    )
    seen = {}
    for dt in (1.0, 5.0, 10.0):
        plant = run(heat(Plant(steady, Weather(mean_c=-8.0)), 50.0), 6 * HOUR, dt)
        seen[dt] = (plant.energy.gas_j, plant.first_room.air_c)
    for dt in (5.0, 10.0):
        assert seen[dt][0] == pytest.approx(seen[1.0][0], rel=5e-4)
        assert seen[dt][1] == pytest.approx(seen[1.0][1], abs=0.002)


def test_c4_2_a_tenth_of_a_second_is_no_different() -> None:
    fine, coarse = (run(heat(Plant(COTTAGE, still(-8.0)), 50.0), HOUR, dt) for dt in (0.1, 1.0))
    assert coarse.energy.gas_j == pytest.approx(fine.energy.gas_j, rel=1e-4)
    assert coarse.first_room.air_c == pytest.approx(fine.first_room.air_c, abs=0.001)


@pytest.mark.parametrize("name", ["flat", "brick_cottage", "timber_house", "low_energy"])
def test_c4_3_the_steady_state_is_the_analytic_one(name: str) -> None:
    parameters = dataclasses.replace(PRESETS[name], tank=None)
    # As heavy as it need be for a steady state within days.
    light = dataclasses.replace(parameters.rooms[0], envelope_j_k=parameters.rooms[0].envelope_j_k / 10)
    parameters = dataclasses.replace(parameters, rooms=(light,))
    powers_w = {}
    for outdoor_c in (-5.0, -15.0):
        # A thermostat of its own: proportional, so that there is a steady state to compare.
        plant = heat(Plant(parameters, still(outdoor_c)), 40.0)
        air_c: list[float] = []
        for _ in range(round(8 * DAY / 60)):
            if plant.time_s == 5 * DAY:
                into_j = plant.energy.into_water_j
                air_c.clear()
            air_c.append(plant.first_room.air_c)
            error_k = 20.0 - plant.first_room.air_c
            plant.boiler.flow_target_c = min(80.0, max(20.0, 45.0 + 15.0 * error_k))
            run(plant, 60.0)
        powers_w[outdoor_c] = (plant.energy.into_water_j - into_j) / (3 * DAY)
        expected_k = (powers_w[outdoor_c] + light.gains_w) / light.loss_w_k
        # The mean of days: a burner whose least power is too much comes and goes.
        assert sum(air_c) / len(air_c) - outdoor_c == pytest.approx(expected_k, abs=0.1)


def test_c4_3_ten_kelvin_colder_needs_ten_times_the_conductance() -> None:
    powers_w = []
    for outdoor_c in (0.0, -10.0):
        plant = heat(Plant(COTTAGE, still(outdoor_c)), 40.0)
        room = plant.first_room
        # Held at exactly 20 °C: the loss is then the power.
        for _ in range(round(5 * DAY / 60)):
            room.air_c = 20.0
            run(plant, 60.0)
        powers_w.append(room.lost_w)
    assert powers_w[1] - powers_w[0] == pytest.approx(10 * COTTAGE.loss_w_k, rel=0.01)


@settings(max_examples=25, deadline=None)
@given(any_preset, st.integers(0, 2**32), st.floats(-35, 25))
def test_c4_4_nothing_flows_uphill(parameters: PlantParameters, seed: int, outdoor_c: float) -> None:
    random = Random(seed)
    plant = Plant(parameters, still(outdoor_c))
    lowest_c = min(outdoor_c, parameters.cold_water_c)
    for _ in range(12):
        meddle(plant, random)
        gas_j = plant.energy.gas_j
        for _ in range(60):
            hottest_c = max(temperatures(plant))
            airs_c = {name: room.air_c for name, room in plant.rooms.items()}
            flows_c = [boiler.flow_c for boiler in plant.boilers]
            plant.step(10.0)
            assert lowest_c <= min(temperatures(plant))
            assert max(temperatures(plant)) <= max(hottest_c, 105.0)
            for circuit in plant.circuits.values():
                assert circuit.supply_c <= hottest_c + 1e-9
                if circuit.room_w > 0 and isinstance(circuit, RadiatorCircuit):
                    assert circuit.supply_c > airs_c[circuit.room]
                    assert circuit.return_c > airs_c[circuit.room]
                assert (circuit.heat_w > 1e-6) <= (circuit.return_c < circuit.supply_c)
            for boiler, flow_c in zip(plant.boilers, flows_c, strict=True):
                assert boiler.gas_w >= 0
                if not any(b.flame for b in plant.boilers):
                    continue
                if boiler.flame and all(c.heat_w >= 0 for c in plant.circuits.values()) and len(flows_c) == 1:
                    taken = plant.tank is None or plant.tank.coil_w >= 0
                    assert not taken or boiler.return_c <= flow_c + 1e-9
        assert plant.energy.gas_j >= gas_j


@pytest.mark.parametrize("name", ["flat", "brick_cottage", "timber_house", "low_energy"])
def test_c4_5_a_house_left_alone_cools_with_its_two_time_constants(name: str) -> None:
    bare = dataclasses.replace(PRESETS[name].rooms[0], gains_w=0.0)
    idle = dataclasses.replace(
        PRESETS[name],
        rooms=(bare,),
        tank=None,
        boilers=(BoilerParameters(jacket_w_k=0.0),),
        circuits=(
            dataclasses.replace(COTTAGE.circuits[0], room=bare.name, nominal_w=1e-9, boiler_pump=False),
        ),
    )
    plant = Plant(idle, still(0.0))
    room = plant.first_room
    room.air_c = room.envelope_c = 20.0
    # The eigenvalues of the two capacities.
    a = -(bare.air_envelope_w_k + bare.draught_w_k) / bare.air_j_k
    b = bare.air_envelope_w_k / bare.air_j_k
    c = bare.air_envelope_w_k / bare.envelope_j_k
    d = -(bare.air_envelope_w_k + bare.envelope_outdoor_w_k) / bare.envelope_j_k
    root = math.sqrt(((a - d) / 2) ** 2 + b * c)
    slow, fast = (a + d) / 2 + root, (a + d) / 2 - root
    # Before: both slopes are there, in the shares that the start gives them.
    share = (20.0 * (a + b) - slow * 20.0) / (fast - slow)
    run(plant, HOUR)
    expected_c = (20.0 - share) * math.exp(slow * HOUR) + share * math.exp(fast * HOUR)
    assert room.air_c == pytest.approx(expected_c, abs=0.02)
    # After: the slow one alone.
    run(plant, 8 * HOUR)
    first_c = room.air_c
    run(plant, 20 * HOUR)
    assert math.log(room.air_c / first_c) / (20 * HOUR) == pytest.approx(slow, rel=2e-3)


@every_preset
def test_c4_6_the_burner_keeps_its_limits(parameters: PlantParameters) -> None:
    plant = heat(Plant(parameters, still(12.0)), 40.0, valve=0.1)
    went_out_s = dict.fromkeys(plant.boilers, -math.inf)
    run(plant, HOUR)
    starts = [boiler.starts for boiler in plant.boilers]
    for _ in range(round(6 * HOUR / 5)):
        flames = [boiler.flame for boiler in plant.boilers]
        plant.step(5.0)
        for boiler, had_flame in zip(plant.boilers, flames, strict=True):
            p = boiler.parameters
            if boiler.flame:
                assert p.min_power_w <= boiler.power_w <= p.max_power_w
                if not had_flame:
                    assert plant.time_s - went_out_s[boiler] >= p.anti_cycle_s + p.purge_s
            else:
                assert boiler.power_w == boiler.gas_w == 0
            if had_flame and not boiler.flame:
                went_out_s[boiler] = plant.time_s
    for boiler, before in zip(plant.boilers, starts, strict=True):
        pause_s = boiler.parameters.anti_cycle_s + boiler.parameters.purge_s
        assert boiler.starts - before <= 6 * HOUR / pause_s + 1


@pytest.mark.parametrize("parameters", WITH_TANK, ids=lambda p: p.name)
def test_c4_7_a_draw_cools_the_tank_by_what_it_takes(parameters: PlantParameters) -> None:
    plant = Plant(parameters, still(0.0), air_c=50.0)
    tank = plant.tank
    assert tank is not None
    before_c = tank.temp_c
    tank.opened_kg_s = 0.1
    run(plant, 60.0, 1.0)
    mass_kg = tank.parameters.litres
    expected_k = 0.1 * 60 / mass_kg * (50.0 - parameters.cold_water_c)
    assert before_c - tank.temp_c == pytest.approx(expected_k, rel=0.02)
    # The top stays hot while the bottom is already cold: that is what layers are for.
    assert tank.upper_c > 49.5 > tank.lower_c


@pytest.mark.parametrize("parameters", WITH_TANK, ids=lambda p: p.name)
def test_c4_10_a_charge_to_seventy_degrees_disinfects_the_whole_tank(parameters: PlantParameters) -> None:
    plant = Plant(parameters, still(-5.0))
    tank = plant.tank
    assert tank is not None
    for boiler in plant.boilers:
        boiler.flow_target_c = 75.0
    tank.charge_on = True
    longest_s = 0.0
    while plant.time_s < 4 * HOUR:
        plant.step(10.0)
        longest_s = max(longest_s, tank.disinfected_s)
    assert longest_s >= HOUR
    # 50 °C never do.
    plant.boiler.flow_target_c = None
    tank.charge_on = False
    tank.fill_at(50.0)
    run(plant, HOUR)
    assert tank.disinfected_s == 0


@every_preset
def test_c4_11_the_limiter_locks_out_until_somebody_resets_it(parameters: PlantParameters) -> None:
    plant = Plant(parameters, still(-10.0))
    boiler = plant.boiler
    boiler.flow_target_c = 130.0
    while not boiler.locked_out and plant.time_s < HOUR:
        boiler.flow_c += 0.2 if boiler.flame else 0.0
        plant.step(1.0)
    # The circuit may have cooled it within the very step.
    assert abs(boiler.flow_c - boiler.parameters.limiter_c) < 4
    assert boiler.fault == "overheated"
    boiler.reset()
    boiler.flow_c = boiler.parameters.limiter_c
    plant.step(1.0)
    assert boiler.locked_out
    heat(plant, 40.0)
    run(plant, 4 * HOUR)
    assert boiler.locked_out
    assert boiler.gas_w == 0
    boiler.reset()
    starts = boiler.starts
    run(plant, 2 * HOUR)
    assert boiler.starts > starts


@every_preset
def test_c4_12_the_gas_meter_counts_cubic_metres(parameters: PlantParameters) -> None:
    plant = run(heat(Plant(parameters, still(-10.0)), 60.0), 12 * HOUR)
    kwh = plant.energy.gas_j / 3.6e6
    assert kwh > 5
    assert kwh / 10.4 <= plant.gas_m3 <= kwh / 9.3 * (1 + 1e-9)


@every_preset
def test_c4_13_pressure_follows_the_water(parameters: PlantParameters) -> None:
    plant = Plant(parameters, still(-10.0))
    cold_bar = plant.pressure_bar
    assert cold_bar == pytest.approx(1.5, abs=0.1)
    heat(plant, 70.0, valve=1.0)
    run(plant, 3 * HOUR)
    warm_bar = plant.pressure_bar
    assert cold_bar < warm_bar < 3.0
    # Over ten hours half of what the vessel holds in reserve.
    vessel = parameters.vessel
    plant.leak_l_s = (vessel.vessel_l - vessel.gas_when_filled_l) / 2 / (10 * HOUR)
    for _ in range(2):
        run(plant, 5 * HOUR)
        assert plant.pressure_bar < warm_bar - 0.05
        warm_bar = plant.pressure_bar
    assert plant.water_lost_l == pytest.approx((vessel.vessel_l - vessel.gas_when_filled_l) / 2)
    plant.leak_l_s = 0.0
    plant.water_lost_l = 100.0
    run(plant, 60.0)
    assert plant.pressure_bar == 0
    assert plant.boiler.fault == "low_water"
    # Filled up again, it burns again without a reset.
    plant.water_lost_l = 0.0
    starts = plant.boiler.starts
    heat(plant, 70.0)
    run(plant, HOUR)
    assert plant.boiler.fault is None
    assert plant.boiler.starts > starts or plant.boiler.flame
