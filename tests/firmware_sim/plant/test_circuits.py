"""Radiators, floors, the mixing valve, and the place where their water meets the boilers'."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.plant import FloorCircuit, FloorParameters, RadiatorCircuit, RadiatorParameters
from firmware_sim.plant.hydraulics import meet_direct, meet_in_separator
from firmware_sim.plant.water import WATER_J_KG_K


def settle(circuit: RadiatorCircuit | FloorCircuit, hot_c: float, air_c: float, hours: float = 60.0) -> None:
    for _ in range(round(hours * 360)):
        circuit.offer(10.0, flowing=True)
        circuit.take(10.0, hot_c, air_c)


def test_a_radiator_has_its_nominal_power_at_75_65_20() -> None:
    # The flow that cools by 10 K at 12 kW.
    radiators = RadiatorCircuit(
        RadiatorParameters(nominal_w=12_000.0, pump_kg_s=12_000.0 / (10 * WATER_J_KG_K))
    )
    settle(radiators, 75.0, 20.0, 3)
    assert radiators.return_c == pytest.approx(65.0, abs=0.01)
    assert radiators.room_w == pytest.approx(12_000.0, rel=1e-3)


@pytest.mark.parametrize("excess_k", [10.0, 20.0, 30.0, 60.0])
def test_a_radiator_follows_en_442(excess_k: float) -> None:
    radiators = RadiatorCircuit(RadiatorParameters(nominal_w=1_000.0, pump_kg_s=1.0))
    settle(radiators, 20.0 + excess_k, 20.0, 3)
    mean_k = (radiators.supply_c + radiators.return_c) / 2 - 20.0
    assert radiators.room_w == pytest.approx(1_000.0 * (mean_k / 50.0) ** 1.3, rel=0.01)


@pytest.mark.parametrize("hot_c", [25.0, 30.0, 35.0])
def test_a_floor_follows_en_1264(hot_c: float) -> None:
    floor = FloorCircuit(FloorParameters(area_m2=50.0))
    floor.valve_position = 1.0
    settle(floor, hot_c, 20.0)
    assert floor.room_w == pytest.approx(50.0 * 8.92 * (floor.surface_c - 20.0) ** 1.1)
    assert floor.heat_w == pytest.approx(floor.room_w, rel=1e-3)
    assert 20.0 < floor.surface_c < floor.return_c < floor.supply_c <= hot_c


def test_a_floor_colder_than_the_room_takes_heat() -> None:
    floor = FloorCircuit(FloorParameters(), temp_c=15.0)
    floor.offer(10.0, flowing=False)
    assert floor.take(10.0, 60.0, 20.0) < 0
    assert floor.heat_w == 0


def test_the_valve_takes_its_time_and_stops_at_its_ends() -> None:
    floor = FloorCircuit(FloorParameters(valve_travel_s=90.0))
    floor.valve_drive = 1
    for _ in range(45):
        floor.offer(1.0, flowing=True)
    assert floor.valve_position == pytest.approx(0.5)
    for _ in range(90):
        floor.offer(1.0, flowing=True)
    assert floor.valve_position == 1.0
    floor.valve_drive = -1
    for _ in range(120):
        floor.offer(1.0, flowing=True)
    assert floor.valve_position == 0.0


def test_a_circuit_without_a_valve_has_none_to_drive() -> None:
    radiators = RadiatorCircuit(RadiatorParameters())
    radiators.valve_drive = -1
    radiators.offer(10.0, flowing=True)
    assert radiators.valve_position == 1.0


@given(st.floats(0, 1), st.floats(20, 90), st.floats(10, 45), st.floats(0.05, 1))
def test_a_floor_takes_what_its_line_says(valve: float, hot_c: float, slab_c: float, part: float) -> None:
    floor = FloorCircuit(FloorParameters(), temp_c=slab_c)
    floor.valve_position, floor.flow_part = valve, part
    stream, offset, slope = floor.offer(1.0, flowing=True)
    floor.take(1.0, hot_c, 20.0)
    assert floor.return_c == pytest.approx(offset + slope * hot_c)
    assert floor.heat_w == pytest.approx(stream * (hot_c - floor.return_c), abs=1e-6)
    through_w_k = FloorParameters().pump_kg_s * WATER_J_KG_K * part
    assert floor.heat_w == pytest.approx(through_w_k * (floor.supply_c - floor.return_c), abs=1e-6)
    low_c, high_c = sorted((slab_c, hot_c))
    assert low_c - 1e-9 <= floor.supply_c <= high_c + 1e-9


streams = st.floats(1.0, 5_000.0)


@given(streams, streams, st.floats(0, 0.95), st.floats(10, 60), st.floats(20, 90))
def test_the_separator_stores_nothing(
    drawn: float, given_: float, slope: float, from_c: float, flow_c: float
) -> None:
    """Whatever flows more: what the boilers give is what the circuits take."""
    offset = drawn * (1 - slope) * from_c
    hot_c, return_c = meet_in_separator(drawn, offset, drawn * slope, given_, flow_c)
    circuits_return_c = (1 - slope) * from_c + slope * hot_c
    assert given_ * (flow_c - return_c) == pytest.approx(drawn * (hot_c - circuits_return_c), abs=1e-3)
    low_c, high_c = sorted((from_c, flow_c))
    assert low_c - 1e-6 <= hot_c <= high_c + 1e-6
    assert low_c - 1e-6 <= return_c <= high_c + 1e-6


def test_with_equal_streams_the_separator_is_not_there() -> None:
    assert meet_in_separator(900.0, 27_000.0, 0.0, 900.0, 60.0) == meet_direct(900.0, 27_000.0, 0.0, 60.0)


def test_without_a_boilers_pump_the_circuits_go_round_by_themselves() -> None:
    hot_c, _ = meet_in_separator(1_000.0, 35_000.0, 0.0, 0.0, 80.0)
    assert hot_c == 35.0
    assert meet_in_separator(0.0, 0.0, 0.0, 0.0, 80.0) == (80.0, 80.0)
    assert meet_in_separator(0.0, 0.0, 0.0, 1_000.0, 80.0) == (80.0, 80.0)
