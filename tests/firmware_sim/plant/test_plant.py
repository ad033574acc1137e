"""What a heating engineer would check first; the check's number is in the name."""

import math
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.plant import (
    Boiler,
    BurnerPhase,
    HouseParameters,
    Plant,
    Temperatures,
    Weather,
    efficiency,
)
from firmware_sim.plant.tap import SHOWERS, drawn_kg_s

HOUR = 3600.0
DAY = 24 * HOUR


def run(plant: Plant, seconds: float, dt: float = 5.0) -> Plant:
    for _ in range(round(seconds / dt)):
        plant.step(dt)
    return plant


def still(outdoor_c: float) -> Weather:
    return Weather(mean_c=outdoor_c, daily_swing_k=0.0, front_k=0.0)


def imbalance(plant: Plant, stored_at_start_j: float) -> float:
    book = plant.energy
    came_j = book.into_water_j + book.gains_j
    went_j = book.outdoors_j + book.tap_j + plant.stored_j - stored_at_start_j
    return abs(came_j - went_j) / max(book.gas_j, 1.0)


@pytest.mark.parametrize("dt", [0.5, 5.0, 10.0])
def test_c4_1_energy_balance_of_a_day(dt: float) -> None:
    plant = Plant(flow_target_c=60.0, pump_on=True)
    before = plant.stored_j
    for _ in range(round(DAY / dt)):
        plant.tap_kg_s = drawn_kg_s(SHOWERS, plant.time_s)
        plant.valve_to_tank = plant.time_s % (3 * HOUR) < 0.5 * HOUR
        plant.step(dt)
    assert plant.energy.gas_j > 50 * 3.6e6
    assert imbalance(plant, before) < 1e-9


def test_c4_2_the_step_does_not_matter() -> None:
    results = {}
    for dt in (1.0, 5.0, 10.0):
        plant = run(Plant(flow_target_c=50.0, pump_on=True), DAY, dt)
        results[dt] = (plant.energy.gas_j, plant.temperatures.air_c)
    for dt in (5.0, 10.0):
        assert results[dt][0] == pytest.approx(results[1.0][0], rel=1e-4)
        assert results[dt][1] == pytest.approx(results[1.0][1], abs=0.01)


@pytest.mark.parametrize("outdoor_c", [5.0, -5.0, -15.0])
def test_c4_3_the_steady_state_is_the_analytic_one(outdoor_c: float) -> None:
    house = HouseParameters()
    plant = run(
        Plant(house=house, weather=still(outdoor_c), flow_target_c=55.0, pump_on=True), 20 * DAY, 10.0
    )
    before_j, outdoors_j = plant.energy.into_water_j, plant.energy.outdoors_j
    run(plant, DAY, 10.0)
    power_w = (plant.energy.into_water_j - before_j) / DAY + house.gains_w
    assert plant.temperatures.air_c - outdoor_c == pytest.approx(power_w / house.loss_w_k, abs=0.1)
    assert (plant.energy.outdoors_j - outdoors_j) / DAY == pytest.approx(power_w, rel=0.01)


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 2**32),
    st.floats(-35, 25),
    st.lists(st.tuples(st.booleans(), st.booleans(), st.none() | st.floats(20, 90)), min_size=1, max_size=12),
)
def test_c4_4_nothing_flows_uphill(
    seed: int, outdoor_c: float, controls: list[tuple[bool, bool, float | None]]
) -> None:
    random = Random(seed)
    plant = Plant(weather=still(outdoor_c))
    lowest_c = min(outdoor_c, plant.house.cold_water_c)
    for pump, valve, target in controls:
        plant.pump_on, plant.valve_to_tank, plant.flow_target_c = pump, valve, target
        plant.tap_kg_s = random.choice([0.0, 0.1])
        gas_j = plant.energy.gas_j
        run(plant, HOUR / 2, 10.0)
        t = plant.temperatures
        assert all(lowest_c <= c <= 105 for c in vars(t).values())
        assert plant.energy.gas_j >= gas_j
        assert t.radiators_c >= t.air_c - 0.5 or not pump
        if plant.boiler.flame and pump and t.boiler_c > max(t.radiators_c, t.tank_c):
            assert plant.return_c < t.boiler_c


def test_c4_5_a_house_left_alone_cools_with_its_two_time_constants() -> None:
    house = HouseParameters(gains_w=0.0, boiler_jacket_w_k=0.0, tank_jacket_w_k=0.0, radiators_nominal_w=0.0)
    plant = Plant(house=house, weather=still(0.0), temperatures=Temperatures(20.0, 20.0))
    # The slow eigenvalue of the two capacities air and envelope.
    a = -(house.air_envelope_w_k + house.draught_w_k) / house.air_j_k
    b = house.air_envelope_w_k / house.air_j_k
    c = house.air_envelope_w_k / house.envelope_j_k
    d = -(house.air_envelope_w_k + house.envelope_outdoor_w_k) / house.envelope_j_k
    slow = (a + d) / 2 + math.sqrt(((a - d) / 2) ** 2 + b * c)
    run(plant, 6 * HOUR)
    first_c = plant.temperatures.air_c
    run(plant, 20 * HOUR)
    assert math.log(plant.temperatures.air_c / first_c) / (20 * HOUR) == pytest.approx(slow, rel=1e-3)


def test_c4_6_the_burner_keeps_its_limits() -> None:
    plant = Plant(weather=still(10.0), flow_target_c=40.0, pump_on=True)
    run(plant, 2 * HOUR)
    starts = plant.boiler.starts
    for _ in range(round(6 * HOUR / 5)):
        plant.step(5.0)
        if plant.boiler.flame:
            assert plant.boiler.min_power_w <= plant.boiler.power_w <= plant.boiler.max_power_w
        else:
            assert plant.boiler.power_w == 0
    assert 0 < plant.boiler.starts - starts <= 6 * 18


def test_c4_7_a_draw_cools_the_tank_by_what_it_takes() -> None:
    plant = Plant(temperatures=Temperatures(tank_c=50.0, air_c=50.0), tap_kg_s=0.1)
    run(plant, 60.0, 1.0)
    expected_k = 0.1 * 60 * 4186 * (50 - plant.house.cold_water_c) / plant.house.tank_j_k
    assert 50.0 - plant.temperatures.tank_c == pytest.approx(expected_k, rel=0.03)


def test_c4_11_the_limiter_locks_out_until_somebody_resets_it() -> None:
    plant = Plant(flow_target_c=130.0)
    while not plant.boiler.locked_out:
        plant.step(1.0)
    assert 100 <= plant.temperatures.boiler_c < 104
    plant.boiler.reset()
    plant.step(1.0)
    assert plant.boiler.locked_out
    plant.flow_target_c, plant.pump_on = 40.0, True
    run(plant, HOUR)
    assert plant.boiler.locked_out
    plant.boiler.reset()
    run(plant, HOUR)
    assert plant.boiler.flame


def test_c4_13_pressure_follows_the_water() -> None:
    plant = Plant()
    cold_bar = plant.pressure_bar
    run(Plant(), 1.0, 1.0)
    plant.temperatures.boiler_c = plant.temperatures.radiators_c = 70.0
    assert plant.pressure_bar > cold_bar
    plant.water_lost_l = 4.0
    assert plant.pressure_bar < cold_bar


class TestBoiler:
    def test_every_phase_can_be_reached_and_left(self) -> None:
        boiler = Boiler()
        seen = [boiler.phase]
        flow_c = 30.0
        for _ in range(200):
            boiler.step(5.0, flow_c, 50.0)
            flow_c += 0.5 if boiler.flame else -0.2
            if boiler.phase is not seen[-1]:
                seen.append(boiler.phase)
        assert seen[:5] == [
            BurnerPhase.OFF,
            BurnerPhase.PURGE,
            BurnerPhase.BURNING,
            BurnerPhase.OFF,
            BurnerPhase.PURGE,
        ]

    def test_a_failing_flame_locks_out(self) -> None:
        boiler = Boiler(flame_works=False)
        for _ in range(10):
            boiler.step(5.0, 20.0, 50.0)
        assert boiler.locked_out
        assert boiler.starts == 0

    @given(st.floats(-50, 150), st.floats(-50, 150))
    def test_efficiency_never_rises_with_the_return(self, one_c: float, other_c: float) -> None:
        low_c, high_c = sorted((one_c, other_c))
        assert 0.9 <= efficiency(high_c) <= efficiency(low_c) <= 1.06


class TestWeather:
    @given(st.floats(0, 30 * DAY), st.integers(0, 1000))
    def test_any_moment_can_be_asked_for_in_any_order(self, time_s: float, seed: int) -> None:
        weather = Weather(seed=seed)
        first = weather.temperature_c(time_s)
        weather.temperature_c(0.0)
        assert weather.temperature_c(time_s) == first

    @given(st.floats(0, 30 * DAY))
    def test_it_does_not_jump(self, time_s: float) -> None:
        weather = Weather()
        assert abs(weather.temperature_c(time_s + 60) - weather.temperature_c(time_s)) < 0.2

    def test_a_pure_sine_has_its_mean_and_swing(self) -> None:
        weather = Weather(mean_c=-5, daily_swing_k=4, front_k=0)
        day = [weather.temperature_c(minute * 60.0) for minute in range(24 * 60)]
        assert sum(day) / len(day) == pytest.approx(-5)
        assert (min(day), max(day)) == pytest.approx((-9, -1), abs=0.01)


def test_an_unstable_step_is_refused() -> None:
    with pytest.raises(ValueError, match="step"):
        Plant().step(60.0)
