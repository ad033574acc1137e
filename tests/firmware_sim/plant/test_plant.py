"""The plant as its users see it: presets, controls, what is refused."""

import dataclasses

import pytest
from houses import HOUR, run, still
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.plant import (
    EN_13203_M,
    PRESETS,
    SHOWERS,
    BoilerParameters,
    Draw,
    DrawProfile,
    ExpansionVessel,
    FloorCircuit,
    FloorParameters,
    Hydraulics,
    Plant,
    PlantParameterError,
    RadiatorParameters,
    RoomParameters,
    StepError,
    Weather,
    preset,
)

COTTAGE = PRESETS["brick_cottage"]


@pytest.mark.parametrize("parameters", PRESETS.values(), ids=list(PRESETS))
def test_every_preset_can_hold_its_rooms_on_the_coldest_day(parameters: object) -> None:
    assert isinstance(parameters, type(COTTAGE))
    plant = Plant(parameters, still(-28.0))
    for boiler in plant.boilers:
        boiler.flow_target_c = 75.0
    for circuit in plant.circuits.values():
        circuit.pump_on = True
        circuit.valve_position = 0.2 if isinstance(circuit, FloorCircuit) else 0.45 if circuit.mixing else 1.0
    run(plant, 48 * HOUR)
    assert {name: room.air_c for name, room in plant.rooms.items() if room.air_c < 20.0} == {}
    for circuit in plant.circuits.values():
        assert circuit.heat_w > 0


@pytest.mark.parametrize("name", ["low_energy", "large_house"])
def test_a_heated_floor_holds_its_room_on_the_coldest_day_within_en_1264(name: str) -> None:
    """At most 29 °C on the surface, with 40 °C in the pipes, and the thermostat has nothing to do."""
    plant = Plant(PRESETS[name], still(-28.0))
    for boiler in plant.boilers:
        boiler.flow_target_c = 60.0
    floor = plant.circuits["floor"]
    assert isinstance(floor, FloorCircuit)
    airs_c, surfaces_c = [], []
    while plant.time_s < 72 * HOUR:
        for circuit in plant.circuits.values():
            circuit.pump_on = plant.rooms[circuit.room].air_c < 20.3
            circuit.valve_drive = 1
        floor.valve_drive = 0
        if floor.flowing:
            floor.valve_drive = 1 if floor.supply_c < 39.0 else -1 if floor.supply_c > 41.0 else 0
        plant.step(10.0)
        airs_c.append(plant.rooms[floor.room].air_c)
        surfaces_c.append(floor.surface_c)
        assert not floor.tripped
    # The slab begins at 20 °C and needs its time.
    assert min(airs_c[-8640:]) > 19.5
    assert max(surfaces_c) <= 29.0


def test_a_diverter_gives_all_water_to_the_tank() -> None:
    plant = Plant(COTTAGE, still(-10.0))
    assert plant.tank is not None
    plant.boiler.flow_target_c = 70.0
    radiators = plant.circuits["radiators"]
    radiators.pump_on = plant.tank.charge_on = True
    run(plant, 600.0)
    assert plant.tank.coil_w > 1_000
    assert not radiators.flowing
    plant.tank.charge_on = False
    run(plant, 600.0)
    assert plant.tank.coil_w == 0
    assert radiators.heat_w > 1_000


def test_a_charge_pump_leaves_the_circuits_their_water() -> None:
    plant = Plant(PRESETS["large_house"], still(-10.0))
    assert plant.tank is not None
    for boiler in plant.boilers:
        boiler.flow_target_c = 70.0
    plant.circuits["radiators"].pump_on = plant.tank.charge_on = True
    run(plant, 900.0)
    assert plant.tank.coil_w > 1_000
    assert plant.circuits["radiators"].heat_w > 1_000


def test_the_pump_in_a_boiler_moves_the_water_of_a_flat() -> None:
    plant = Plant(PRESETS["flat"], still(-10.0))
    radiators = plant.circuits["radiators"]
    plant.boiler.flow_target_c = 60.0
    run(plant, 900.0)
    assert not radiators.pump_on
    assert radiators.heat_w > 1_000
    plant.boiler.flow_target_c = None
    run(plant, 120.0)
    assert radiators.flowing
    run(plant, 120.0)
    assert not radiators.flowing


def test_a_boiler_of_a_cascade_that_stands_still_stays_cool() -> None:
    plant = Plant(PRESETS["large_house"], still(-5.0))
    first, second = plant.boilers
    first.flow_target_c = 60.0
    plant.circuits["radiators"].pump_on = True
    run(plant, 2 * HOUR)
    assert first.flow_c > 50
    assert second.flow_c < 25
    assert (second.starts, second.gas_w) == (0, 0)
    second.flow_target_c = 60.0
    run(plant, 1800.0)
    assert second.flow_c > 50


def test_the_circuits_of_a_cascade_are_cooler_than_boilers_that_move_less_water() -> None:
    plant = Plant(PRESETS["large_house"], still(-20.0))
    plant.boilers[0].flow_target_c = 70.0
    for circuit in plant.circuits.values():
        circuit.pump_on, circuit.valve_position = True, 1.0
    run(plant, HOUR)
    assert plant.circuits["radiators"].supply_c < plant.boilers[0].flow_c - 3
    assert plant.boilers[0].return_c < plant.boilers[0].flow_c - 5


def test_the_draws_of_the_day_cool_the_tank() -> None:
    plant = Plant(COTTAGE, still(0.0))
    assert plant.tank is not None
    run(plant, 24 * HOUR, 5.0)
    drawn_kwh = plant.energy.tap_j / 3.6e6
    assert 2.0 < drawn_kwh < SHOWERS.kg_day * 4186 * (50 - 8) / 3.6e6
    # The plant's zero is noon: the evening's showers come first.
    plant = run(Plant(COTTAGE, still(0.0)), 8 * HOUR - 10)
    assert plant.energy.tap_j == 0
    assert plant.tank is not None
    run(plant, 20.0)
    assert plant.tank.drawn_kg_s == 0.1


def test_rooms_side_by_side_share_their_heat() -> None:
    plant = Plant(PRESETS["large_house"], still(0.0))
    plant.rooms["ground"].air_c, plant.rooms["guests"].air_c = 26.0, 12.0
    before_c = plant.rooms["upper"].air_c
    run(plant, 60.0)
    assert plant.rooms["upper"].heat_w != pytest.approx(plant.rooms["upper"].parameters.gains_w)
    assert before_c > plant.rooms["guests"].air_c


def test_the_sun_warms_rooms_with_windows() -> None:
    cloudy, sunny = (
        run(Plant(PRESETS["low_energy"], Weather(front_k=0.0, zero_day=80.3, sun_w_m2=sun)), 8 * HOUR)
        for sun in (0.0, 700.0)
    )
    assert sunny.first_room.air_c > cloudy.first_room.air_c + 0.3


def test_the_same_seed_gives_the_same_house() -> None:
    one, other, third = (
        run(Plant(COTTAGE, Weather(seed=seed, sun_w_m2=500.0)), 72 * HOUR) for seed in (7, 7, 8)
    )
    assert one.energy == other.energy
    assert one.stored_j == other.stored_j != third.stored_j


@pytest.mark.parametrize("dt_s", [0.0, -1.0, 10.5, float("nan"), float("inf")])
def test_a_step_that_the_equations_do_not_bear_is_refused(dt_s: float) -> None:
    with pytest.raises(StepError, match="step"):
        Plant().step(dt_s)


def test_a_preset_is_found_by_its_name() -> None:
    assert preset("flat").name == "flat"
    with pytest.raises(PlantParameterError, match=r"'castle' is unknown; there are flat, .*large_house"):
        preset("castle")


def test_every_preset_has_its_names_in_both_languages() -> None:
    for parameters in PRESETS.values():
        assert parameters.title_en.isascii() or "²" in parameters.title_en
        assert any("а" <= letter <= "я" for letter in parameters.title_ru)


@pytest.mark.parametrize(
    ("make", "place"),
    [
        (lambda: RoomParameters(air_j_k=0.0), "room house.air_j_k"),
        (lambda: RoomParameters(draught_w_k=-1.0), "room house.draught_w_k"),
        (lambda: BoilerParameters(max_power_w=1.0), "boiler boiler.max_power_w"),
        (lambda: BoilerParameters(limiter_c=150.0), "boiler boiler.limiter_c"),
        (lambda: FloorParameters(thermostat_c=75.0), "circuit floor.thermostat_c"),
        (lambda: RadiatorParameters(nominal_w=float("nan")), "circuit radiators.nominal_w"),
        (lambda: ExpansionVessel(fill_bar=3.5), "vessel.fill_bar"),
        (lambda: Draw(86_000.0, 1_000.0, 0.1), "draw at 86000 s"),
        (lambda: Draw(0.0, 1.0, 0.0), "draw at 0 s"),
        (lambda: dataclasses.replace(COTTAGE, rooms=()), "rooms"),
        (lambda: dataclasses.replace(COTTAGE, rooms=(RoomParameters(), RoomParameters())), "rooms"),
        (
            lambda: dataclasses.replace(COTTAGE, circuits=(RadiatorParameters(room="cellar"),)),
            "circuit radiators.room",
        ),
        (
            lambda: dataclasses.replace(COTTAGE, boilers=(BoilerParameters("a"), BoilerParameters("b"))),
            "hydraulics",
        ),
        (lambda: dataclasses.replace(COTTAGE, gas_kwh_m3=1.0), "gas_kwh_m3"),
        (lambda: dataclasses.replace(COTTAGE, cold_water_c=-5.0), "cold_water_c"),
        (
            lambda: dataclasses.replace(COTTAGE, boilers=(BoilerParameters(body_j_k=1e4),)),
            "boiler boiler",
        ),
    ],
)
def test_a_house_that_cannot_be_is_refused_with_its_place(make: object, place: str) -> None:
    assert callable(make)
    with pytest.raises(PlantParameterError) as refused:
        make()
    assert refused.value.place == place


def test_several_boilers_are_fine_behind_a_separator() -> None:
    two = (BoilerParameters("a"), BoilerParameters("b"))
    parameters = dataclasses.replace(COTTAGE, boilers=two, hydraulics=Hydraulics.SEPARATOR)
    assert len(Plant(parameters).boilers) == 2


class TestDraws:
    def test_tapping_cycle_m_has_the_standards_energy(self) -> None:
        assert len(EN_13203_M.draws) == 23
        assert EN_13203_M.kg_day * 4186 * 45 / 3.6e6 == pytest.approx(5.845)

    def test_a_profile_is_a_staircase(self) -> None:
        profile = DrawProfile([Draw(100.0, 50.0, 0.1), Draw(120.0, 100.0, 0.05)])
        seen = [
            profile.mean_kg_s(t, 0.05)
            for t in (0.0, 99.9, 100.0, 120.0, 149.9, 150.0, 219.9, 220.0, 86_399.9)
        ]
        assert seen == pytest.approx([0, 0, 0.1, 0.15, 0.15, 0.05, 0.05, 0, 0])

    @settings(max_examples=20, deadline=None)
    @given(st.floats(30.0, 600.0), st.floats(0.0, 86_399.0))
    def test_steps_of_any_length_draw_the_whole_day(self, dt_s: float, from_s: float) -> None:
        kg = passed_s = 0.0
        while passed_s < 86_400.0:
            step_s = min(dt_s, 86_400.0 - passed_s)
            kg += step_s * EN_13203_M.mean_kg_s((from_s + passed_s) % 86_400.0, step_s)
            passed_s += step_s
        assert kg == pytest.approx(EN_13203_M.kg_day)

    def test_twice_the_people_draw_twice_as_much(self) -> None:
        assert EN_13203_M.times(2.0).kg_day == pytest.approx(2 * EN_13203_M.kg_day)
