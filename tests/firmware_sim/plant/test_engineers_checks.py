"""What a heating engineer would check first, on every preset; the check's number is in the name.

1 and 2 (energy, steps) are in `test_energy`; 8 and 9 (weather curve, frost) are the controller's, 14 (quantisation) is
the bus': they are tested there.
"""

import dataclasses
import math
from random import Random

import pytest
from houses import DAY, HOUR, any_preset, every_preset, heat, meddle, run, still, temperatures
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.plant import (
    PRESETS,
    BoilerParameters,
    Plant,
    PlantParameters,
    RadiatorCircuit,
)

COTTAGE = PRESETS["brick_cottage"]
WITH_TANK = [p for p in PRESETS.values() if p.tank]


def of_little_mass(parameters: PlantParameters) -> PlantParameters:
    """As heavy as it need be for a steady state within days; without draws."""
    rooms = tuple(dataclasses.replace(room, envelope_j_k=room.envelope_j_k / 10) for room in parameters.rooms)
    return dataclasses.replace(parameters, rooms=rooms, tank=None)


def settled(plant: Plant, wanted_c: float) -> tuple[float, dict[str, float]]:
    """Mean burner power and mean temperatures of the rooms in two days with a thermostat in each, after a day."""
    integral = dict.fromkeys(plant.circuits, 0.0)
    airs_c: dict[str, list[float]] = {name: [] for name in plant.rooms}
    into_j = 0.0
    for _ in range(round(3 * DAY / 60)):
        if plant.time_s <= DAY:
            into_j = plant.energy.into_water_j
        for name, circuit in plant.circuits.items():
            error_k = wanted_c - plant.rooms[circuit.room].air_c
            integral[name] = min(1.0, max(0.0, integral[name] + error_k / 300.0))
            # The pump runs in so great a part of every ten minutes.
            circuit.pump_on = plant.time_s % 600.0 < 600.0 * (integral[name] + error_k / 2.0)
        run(plant, 60.0)
        if plant.time_s > DAY:
            for room, seen in airs_c.items():
                seen.append(plant.rooms[room].air_c)
    means_c = {name: sum(seen) / len(seen) for name, seen in airs_c.items()}
    return (plant.energy.into_water_j - into_j) / (2 * DAY), means_c


@every_preset
def test_c4_3_the_steady_state_is_the_analytic_one(parameters: PlantParameters) -> None:
    parameters = of_little_mass(parameters)
    # The thermostats switch the circuits' pumps; the boiler's own would run all the time.
    circuits = tuple(dataclasses.replace(circuit, boiler_pump=False) for circuit in parameters.circuits)
    parameters = dataclasses.replace(parameters, circuits=circuits)
    gains_w = sum(room.gains_w for room in parameters.rooms)
    powers_w = []
    for outdoor_c in (0.0, -10.0):
        plant = heat(Plant(parameters, still(outdoor_c)), 60.0, valve=0.3)
        power_w, means_c = settled(plant, 20.0)
        assert list(means_c.values()) == pytest.approx([20.0] * len(means_c), abs=0.2)
        analytic_w = sum(room.loss_w_k * (means_c[room.name] - outdoor_c) for room in parameters.rooms)
        # 0.1 K, as the check says.
        assert power_w + gains_w == pytest.approx(analytic_w, abs=0.1 * parameters.loss_w_k)
        powers_w.append(power_w)
    # Ten kelvin colder is ten times the conductance more.
    assert powers_w[1] - powers_w[0] == pytest.approx(10 * parameters.loss_w_k, rel=0.02)


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
    run(plant, HOUR, 1.0)
    expected_c = (20.0 - share) * math.exp(slow * HOUR) + share * math.exp(fast * HOUR)
    assert room.air_c == pytest.approx(expected_c, abs=0.002)
    # After: the slow one alone.
    run(plant, 8 * HOUR)
    first_c = room.air_c
    run(plant, 20 * HOUR)
    assert math.log(room.air_c / first_c) / (20 * HOUR) == pytest.approx(slow, rel=2e-3)


@every_preset
@pytest.mark.parametrize(("outdoor_c", "target_c"), [(12.0, 40.0), (-5.0, 35.0)])
def test_c4_6_the_burner_keeps_its_limits(
    parameters: PlantParameters, outdoor_c: float, target_c: float
) -> None:
    plant = heat(Plant(parameters, still(outdoor_c)), target_c, valve=0.1)
    went_out_s = dict.fromkeys(plant.boilers, -math.inf)
    was_lit_s: dict[object, float] = {}
    run(plant, HOUR)
    starts = [boiler.starts for boiler in plant.boilers]
    flames_s = []
    for _ in range(round(6 * HOUR / 5)):
        flames = [boiler.flame for boiler in plant.boilers]
        plant.step(5.0)
        for boiler, had_flame in zip(plant.boilers, flames, strict=True):
            p = boiler.parameters
            if boiler.flame:
                assert p.min_power_w <= boiler.power_w <= p.max_power_w
                if not had_flame:
                    was_lit_s[boiler] = plant.time_s
                    assert plant.time_s - went_out_s[boiler] >= p.anti_cycle_s + p.purge_s
            else:
                assert boiler.power_w == boiler.gas_w == 0
            if had_flame and not boiler.flame:
                went_out_s[boiler] = plant.time_s
                flames_s.append(plant.time_s - was_lit_s.get(boiler, -math.inf))
    # What makes a burner short-lived is a hysteresis too small for its water; none of the presets has that.
    assert min(flames_s, default=math.inf) >= 60.0
    for boiler, before in zip(plant.boilers, starts, strict=True):
        p = boiler.parameters
        cycle_s = p.anti_cycle_s + p.purge_s + p.ignition_s + 60.0
        assert boiler.starts - before <= 6 * HOUR / cycle_s + 1


@every_preset
def test_c4_6_a_thermostat_that_chatters_cannot_make_it_start_more_often(parameters: PlantParameters) -> None:
    plant = heat(Plant(parameters, still(-15.0)), 70.0, valve=0.5)
    went_out_s = -math.inf
    pauses_s = []
    while plant.time_s < 2 * HOUR:
        plant.boiler.flow_target_c = 70.0 if plant.time_s % 90.0 < 60.0 else None
        had_flame = plant.boiler.flame
        plant.step(1.0)
        if had_flame and not plant.boiler.flame:
            went_out_s = plant.time_s
        elif plant.boiler.flame and not had_flame and went_out_s > 0:
            pauses_s.append(plant.time_s - went_out_s)
    p = plant.boiler.parameters
    assert len(pauses_s) > 5
    assert min(pauses_s) >= p.anti_cycle_s + p.purge_s + p.ignition_s
    assert plant.boiler.starts <= 2 * HOUR / (p.anti_cycle_s + p.purge_s + p.ignition_s)


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
    # 50 °C never do, nor a hot top over a cold bottom, nor half an hour with a bath in between.
    for boiler in plant.boilers:
        boiler.flow_target_c = None
    tank.charge_on = False
    tank.fill_at(50.0)
    run(plant, HOUR)
    assert tank.disinfected_s == 0
    tank.upper_c, tank.lower_c = 68.0, 50.0
    run(plant, 600.0)
    assert tank.upper_c > 65.0
    assert tank.disinfected_s == 0
    tank.fill_at(66.0)
    run(plant, 900.0)
    assert tank.disinfected_s == pytest.approx(900.0)
    tank.opened_kg_s = 0.3
    run(plant, 120.0)
    assert tank.disinfected_s == 0


@every_preset
def test_c4_11_the_limiter_locks_out_until_somebody_resets_it(parameters: PlantParameters) -> None:
    """The flow sensor has slipped off its pipe: the burner goes on, and only the limiter's own bulb stops it."""
    plant = heat(Plant(parameters, still(-10.0)), 70.0, valve=0.2)
    boiler = plant.boiler
    boiler.sensor_error_k = -60.0
    limiter_c, hottest_c = boiler.parameters.limiter_c, 0.0
    assert 95.0 <= limiter_c <= 110.0
    while not boiler.locked_out:
        plant.step(1.0)
        hottest_c = max(hottest_c, boiler.flow_c)
        assert plant.time_s < 2 * DAY
        for circuit in plant.circuits.values():
            circuit.pump_on = plant.time_s < HOUR
    assert limiter_c <= hottest_c < limiter_c + 2
    assert (boiler.fault, boiler.overheated) == ("overheated", True)
    # Too hot still: a reset does not help.
    boiler.flow_c = limiter_c
    boiler.reset()
    plant.step(1.0)
    assert boiler.locked_out
    # Cooled down, it does not come back by itself either, nor after the mains were off.
    boiler.sensor_error_k = 0.0
    heat(plant, 40.0)
    run(plant, 2 * HOUR)
    plant.powered = False
    run(plant, 60.0)
    plant.powered = True
    run(plant, 2 * HOUR)
    assert (boiler.locked_out, boiler.gas_w, boiler.fault) == (True, 0.0, "overheated")
    starts = boiler.starts
    boiler.reset()
    run(plant, 2 * HOUR)
    assert boiler.starts > starts


@every_preset
@pytest.mark.parametrize("gas_kwh_m3", [9.3, 10.4])
def test_c4_12_the_gas_meter_counts_cubic_metres(parameters: PlantParameters, gas_kwh_m3: float) -> None:
    plant = heat(Plant(dataclasses.replace(parameters, gas_kwh_m3=gas_kwh_m3), still(-10.0)), 60.0)
    burnt_kwh = 0.0
    while plant.time_s < 12 * HOUR:
        before_m3 = plant.gas_m3
        plant.step(10.0)
        assert plant.gas_m3 >= before_m3
        burnt_kwh += sum(boiler.gas_w for boiler in plant.boilers) * 10.0 / 3.6e6
    assert burnt_kwh > 5
    assert plant.gas_m3 == pytest.approx(burnt_kwh / gas_kwh_m3)


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
    plant.fill_up(1.5)
    assert plant.pressure_bar == pytest.approx(1.5)
    starts = plant.boiler.starts
    heat(plant, 70.0)
    run(plant, HOUR)
    assert plant.boiler.fault is None
    assert plant.boiler.starts > starts or plant.boiler.flame


@every_preset
def test_c4_13_a_system_that_was_filled_too_much_loses_water_when_it_is_warm(
    parameters: PlantParameters,
) -> None:
    plant = Plant(parameters, still(-10.0))
    plant.fill_up(2.95)
    lost_l = plant.water_lost_l
    heat(plant, 75.0, valve=1.0)
    run(plant, 12 * HOUR)
    assert plant.pressure_bar < 3.1
    assert plant.water_lost_l > lost_l
    heat(plant, None)
    run(plant, 24 * HOUR)
    # What the valve let out is missing now.
    assert plant.pressure_bar < 2.9
