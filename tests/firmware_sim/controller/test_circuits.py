"""Circuits of every kind as a heating engineer sets them up: demands, status bits, pumps, fallbacks."""

from __future__ import annotations

import pytest
from bare_house import BareHouse, firmware, run
from test_what_survives import change, put

from firmware_sim.controller import presets as p
from firmware_sim.controller.firmware import REGULATE_S, Firmware
from firmware_sim.controller.models import MODELS
from firmware_sim.controller.objects.circuits import (
    ALWAYS_ON as ALWAYS_ON_BIT,
)
from firmware_sim.controller.objects.circuits import (
    CONSUMER_REQUEST,
    CONTROL_ERROR,
    HEAT_REQUEST,
    LOCKED,
    OFF,
    SENSOR_FAULT,
    SUMMER,
    THERMOSTAT,
    THERMOSTAT_REQUEST,
)
from firmware_sim.controller.objects.outputs import FROST_RUN_S, Tap
from firmware_sim.controller.objects.sources import BOILER_BANNED, CASCADE, RESERVE_BOILER
from firmware_sim.controller.objects.weather_curves import LAST_KNOWN_S, WeatherCurve
from provisioning.zont.config_text import ConfigText
from provisioning.zont.decikelvin import to_decikelvin
from provisioning.zont.object_fields import ALWAYS_ON, CURVE_FOR_REQUEST_ONLY
from provisioning.zont.object_types import CircuitKind, ObjectType

HOUR = 3600
COOLER, CHILLER, FAN_COIL = 900, 901, 902
THERMOSTAT_INPUT = 910
GROUP, BAN, BAN_DAY = 920, 921, 922


def preset(model: str = "H-1V.02") -> ConfigText:
    config = p.preset(MODELS[model])
    change(
        config,
        p.CURVE,
        outdoor=tuple(map(to_decikelvin, (-28, -15, 0, 10, 20))),
        flow=tuple(map(to_decikelvin, (75, 63, 48, 37, 25))),
        room_influence_x10=30,
    )
    return config


def with_circuit(model: str = "H-1V.02", **values) -> tuple[Firmware, BareHouse]:
    """The radiators' circuit with other values; hot water is hot."""
    config = preset(model)
    change(config, p.RADIATORS, **values)
    made, house = firmware(model, config)
    house.temps["28-tank"] = 60.0
    run(made, 2)
    return made, house


# -- rooms


def test_the_turn_off_delay_keeps_the_last_flow_but_not_through_off():
    made, house = with_circuit(off_delay_s=300)
    asked_c = house.boilers["0000"].asked_c
    house.temps["28-air"] = 22.0
    run(made, 290)
    assert house.boilers["0000"].asked_c == asked_c
    run(made, 15)
    assert house.boilers["0000"].asked_c is None
    house.temps["28-air"] = 19.0
    run(made, 2)
    made.command(p.RADIATORS, 0)
    run(made, 1)
    assert house.boilers["0000"].asked_c is None
    assert made.objects[p.RADIATORS].status == OFF


def test_a_boiler_that_is_always_on_is_turned_down_instead_of_off():
    made, house = with_circuit(settings=ALWAYS_ON)
    house.temps["28-air"] = 23.0
    run(made, 2)
    assert house.boilers["0000"].asked_c == 30.0  # the circuit's 25, but the boiler's lowest is 30
    assert made.objects[p.RADIATORS].status == HEAT_REQUEST | ALWAYS_ON_BIT
    house.temps["28-outdoor"] = 25.0
    run(made, 2)
    assert house.boilers["0000"].asked_c is None  # summer
    assert made.objects[p.RADIATORS].status == SUMMER


def test_a_flow_by_the_curve_is_for_the_rooms_setpoint_and_corrected_by_the_room():
    made, house = with_circuit(settings=2, setpoint=to_decikelvin(20))
    house.temps |= {"28-outdoor": 0.0, "28-air": 20.0}

    def asked_c(setpoint_c: float, air_c: float | None) -> float | None:
        house.temps["28-air"] = air_c
        made.command(p.RADIATORS, to_decikelvin(setpoint_c))
        run(made, 15)
        return house.boilers["0000"].asked_c

    assert asked_c(20.0, 20.0) == pytest.approx(48.0)
    # Two kelvins warmer: the curve moves along with the room on both axes, 1 K of flow for each kelvin outside.
    assert asked_c(22.0, 22.0) == pytest.approx(48.0 + 2.0 + 2.0)
    assert asked_c(20.0, 19.0) == pytest.approx(48.0 + 3.0)
    assert asked_c(20.0, None) == pytest.approx(48.0)
    assert asked_c(20.0, 30.0) == pytest.approx(30.0)  # the boiler's lowest flow


def test_an_external_thermostat_asks_by_the_curve():
    config = preset()
    put(config, THERMOSTAT_INPUT, ObjectType.ANALOG_INPUT, name="Термостат", stype=8, terminal=2)
    change(config, p.RADIATORS, thermostat=THERMOSTAT_INPUT)
    made, house = firmware("H-1V.02", config)
    house.temps |= {"28-tank": 60.0, "28-air": None}
    house.volts_at[2] = 5.0
    run(made, 15)
    assert made.objects[p.RADIATORS].status == THERMOSTAT
    house.volts_at[2] = 0.0
    run(made, 2)
    assert house.boilers["0000"].asked_c == pytest.approx(48.0)
    assert made.objects[p.RADIATORS].status == HEAT_REQUEST | THERMOSTAT | THERMOSTAT_REQUEST
    # It asks for heat; that is no alarm.
    assert {what for _, what in made.board.alarms} == {"sensor_lost"}


def test_a_curve_for_the_request_only_does_not_lead_the_tap():
    made, house = with_circuit(
        "H2000+ PRO.V2", settings=2 | CURVE_FOR_REQUEST_ONLY, setpoint=to_decikelvin(35), tap=p.TAP
    )
    tap = made.objects[p.TAP]
    assert isinstance(tap, Tap)
    house.temps |= {"28-flow": 34.0, "28-floor-air": 25.0}
    change(made.config, p.FLOOR, tap=0)
    made.reload()
    run(made, 200)
    circuit = made.objects[p.RADIATORS]
    assert circuit.demand_c == pytest.approx(48.0)  # the curve's
    opened = tap.position
    house.temps["28-flow"] = 40.0  # above the setpoint, below the curve
    run(made, 30)
    assert made.objects[p.TAP].position < opened or made.objects[p.TAP].direction == 2


def test_a_lost_outdoor_sensor_is_as_it_was_last_and_then_as_it_is_fixed():
    made, house = with_circuit()
    curve = made.objects[p.CURVE]
    assert isinstance(curve, WeatherCurve)
    house.temps["28-outdoor"] = -15.0
    run(made, 2)
    house.temps["28-outdoor"] = None
    run(made, LAST_KNOWN_S - 60)
    assert curve.flow_c() == pytest.approx(63.0)
    run(made, 120)
    assert curve.flow_c() == pytest.approx(48.0)  # 0 °C
    assert (p.OUTDOOR, "sensor_lost") in made.board.alarms


def test_a_warm_noon_does_not_begin_a_damped_summer():
    config = preset()
    change(config, p.CURVE, damping_h=8)
    made, house = firmware("H-1V.02", config)
    house.temps |= {"28-tank": 60.0, "28-outdoor": 22.0}
    run(made, 2 * HOUR)
    assert not made.objects[p.RADIATORS].status & SUMMER
    run(made, 16 * HOUR)
    assert made.objects[p.RADIATORS].status & SUMMER


def test_in_frosty_weather_a_pump_that_stands_circulates_now_and_then():
    made, house = with_circuit()
    house.temps |= {"28-air": 25.0, "28-outdoor": 1.0}
    run(made, 600)
    ran_s = 0
    for _ in range(4 * HOUR):
        made.step()
        ran_s += house.relays[1]
    assert 6 * FROST_RUN_S <= ran_s <= 9 * FROST_RUN_S
    house.temps["28-outdoor"] = 6.0
    run(made, 600)
    assert not any(house.relays[1] or made.step() for _ in range(4 * HOUR))


def test_pipes_about_to_freeze_bring_heat_though_the_room_is_warm():
    made, house = with_circuit()
    house.temps |= {"28-air": 25.0, "28-flow": 6.0}
    run(made, 2)
    assert house.boilers["0000"].asked_c >= 40.0
    assert (p.RADIATORS, "frost") in made.board.alarms


def test_frost_is_a_floor_and_no_ceiling():
    made, house = with_circuit()
    house.temps |= {"28-air": 4.0, "28-outdoor": -28.0}
    run(made, 2)
    assert house.boilers["0000"].asked_c == 80.0  # the curve's 75 and 17 K that the room lacks, clamped


def test_a_room_is_told_when_it_is_too_cold_and_too_hot():
    made, house = with_circuit(alarm_low=to_decikelvin(12), alarm_high=to_decikelvin(28))
    for air_c, alarm in ((11.0, "too_cold"), (29.0, "too_hot")):
        house.temps["28-air"] = air_c
        run(made, 2)
        assert (p.RADIATORS, alarm) in made.board.alarms
    house.temps["28-air"] = 20.0
    run(made, 2)
    assert not [each for each in made.board.alarms if each[0] == p.RADIATORS]


def test_a_reserve_sensor_stands_in():
    made, house = with_circuit(air_sensor_reserve=p.OUTDOOR)
    house.temps |= {"28-air": None, "28-outdoor": 12.0}
    run(made, 15)
    assert made.state(p.RADIATORS)["c"] == 12.0
    assert not made.objects[p.RADIATORS].status & SENSOR_FAULT
    assert made.system(f"#Y{p.RADIATORS}?").split(",")[6] == str(p.OUTDOOR)


def test_two_circuits_with_one_regulator_regulate_each_for_itself():
    config = preset("H2000+ PRO.V2")
    change(config, p.RADIATORS, settings=1, pid=p.PID_FLOOR, curve=0)
    made, house = firmware("H2000+ PRO.V2", config)
    house.temps |= {"28-tank": 60.0, "28-air": 25.0, "28-floor-air": 15.0}
    run(made, HOUR)
    alone_c = made.objects[p.FLOOR].demand_c
    assert alone_c == 42.0
    assert made.objects[p.RADIATORS].demand_c is None


# -- sources


def test_a_circuit_behind_the_boilers_own_circuit_asks_through_it():
    config = preset("H1000+ PRO.V2")
    put(config, p.BOILER_CIRCUIT, ObjectType.HEATING_CIRCUIT, name="Котловой", stype=CircuitKind.BOILER,
        settings=2, flow_sensor=p.FLOW, source=p.CASCADE, highest_flow=to_decikelvin(70), setpoint=0)  # fmt: skip
    change(config, p.RADIATORS, source=p.BOILER_CIRCUIT)
    change(config, p.DHW, source=p.BOILER_CIRCUIT)
    made, house = firmware("H1000+ PRO.V2", config)
    house.temps |= {"28-tank": 60.0, "28-floor-air": 25.0, "28-outdoor": -28.0, "28-air": 15.0}
    run(made, 3)
    own = made.objects[p.BOILER_CIRCUIT]
    assert (
        own.status & (CONSUMER_REQUEST | HEAT_REQUEST | CASCADE) == CONSUMER_REQUEST | HEAT_REQUEST | CASCADE
    )
    assert house.boilers["0000"].asked_c == 70.0
    # Hot water of the same boiler goes first through it, too.
    house.temps["28-tank"] = 40.0
    run(made, 3)
    assert made.objects[p.RADIATORS].status & LOCKED
    house.temps |= {"28-tank": 60.0, "28-air": 25.0}
    run(made, 5)
    assert house.boilers["0000"].asked_c is None


def test_two_circuits_share_a_simple_boilers_contact_and_a_pump():
    config = preset("H2000+ PRO.V2")
    put(config, 903, ObjectType.RELAY, name="Котёл", terminal=7)
    change(config, p.RADIATORS, source=903)
    change(config, p.FLOOR, source=903, pump=p.PUMP_RADIATORS, tap=0)
    made, house = firmware("H2000+ PRO.V2", config, local_s=7 * HOUR)
    house.temps |= {"28-tank": 60.0, "28-air": 19.0, "28-floor-air": 25.0}
    run(made, 5)
    assert (house.relays[7], house.relays[1], made.state(903)["s"]) == (True, True, 1)
    house.temps |= {"28-air": 25.0, "28-floor-air": 15.0}
    run(made, 125)  # the regulator's period
    assert (house.relays[7], house.relays[1]) == (True, True)
    made.command(903, 0)
    assert made.state(903)["s"] == 1  # a circuit wants it
    house.temps |= {"28-floor-air": 25.0}
    run(made, 3600)
    assert not house.relays[7]


def test_a_boiler_that_cannot_is_a_control_error():
    made, house = with_circuit()
    house.boilers["0000"].values.fault = True
    run(made, 3)
    assert made.objects[p.RADIATORS].status & CONTROL_ERROR


def group_of(config: ConfigText) -> None:
    put(
        config,
        GROUP,
        ObjectType.BOILER_GROUP,
        name="Котлы",
        adapters=(p.BOILER_1, p.BOILER_2),
        switch_delay_s=60,
    )
    change(config, p.RADIATORS, source=GROUP)


def test_a_reserve_boiler_stands_in_until_the_main_one_is_back():
    config = preset("H2000+ PRO.V2")
    group_of(config)
    made, house = firmware("H2000+ PRO.V2", config)
    first, second = house.boilers["0000"], house.boilers["0001"]
    house.temps |= {"28-tank": 60.0, "28-floor-air": 25.0, "28-air": 15.0}
    run(made, 5)
    assert (first.asked_c is not None, second.asked_c) == (True, None)
    first.values.fault = True
    run(made, 50)
    assert second.asked_c is None
    run(made, 20)
    assert second.asked_c is not None
    assert made.objects[p.RADIATORS].status & RESERVE_BOILER
    assert (GROUP, "reserve_boiler") in made.board.alarms
    first.values.fault = False
    run(made, 3)
    assert (first.asked_c is not None, second.asked_c) == (True, None)
    assert not made.objects[p.RADIATORS].status & RESERVE_BOILER


def test_a_timetable_bans_a_boiler_but_not_in_frost():
    config = preset()
    put(
        config,
        BAN_DAY,
        ObjectType.DAY_TIMETABLE,
        name="Ночью",
        minutes=(0, 360),
        setpoints=(0, to_decikelvin(20)),
    )
    change(config, p.BOILER_1, timetable=BAN_DAY)
    made, house = firmware("H-1V.02", config)
    house.temps |= {"28-tank": 60.0, "28-air": 15.0}
    run(made, 5)
    assert house.boilers["0000"].asked_c is None
    assert made.objects[p.RADIATORS].status & BOILER_BANNED
    house.temps["28-air"] = 4.0
    run(made, 5)
    assert house.boilers["0000"].asked_c is not None
    house.temps["28-air"] = 15.0
    run(made, 6 * HOUR)
    assert house.boilers["0000"].asked_c is not None
    assert not made.objects[p.RADIATORS].status & BOILER_BANNED


def test_a_cascade_that_never_rests_changes_its_lead_under_load():
    config = preset("H2000+ PRO.V2")
    change(config, p.CASCADE, rotation_h=1)
    made, house = firmware("H2000+ PRO.V2", config)
    house.temps |= {"28-tank": 60.0, "28-air": 10.0, "28-outdoor": -25.0}
    house.boilers["0000"].values.flow_c = house.boilers["0001"].values.flow_c = 70.0
    first = made.objects[p.CASCADE].order[0]
    run(made, 26 * HOUR)
    assert made.objects[p.CASCADE].order[0] != first


# -- hot water


def test_a_boiler_with_its_own_hot_water_is_told_the_setpoint():
    config = preset()
    change(config, p.DHW, flow_sensor=0, pump=0)
    made, house = firmware("H-1V.02", config)
    house.boilers["0000"].values.dhw_c = 48.0
    run(made, REGULATE_S + 1)
    demand = house.boilers["0000"].demand
    assert (demand.dhw_enabled, demand.dhw_setpoint_c) == (True, 55.0)
    assert made.state(p.DHW)["c"] == 48.0
    assert made.state(p.DHW)["f"] == 0
    made.command(p.DHW, 0)
    run(made, 2)
    assert not demand.dhw_enabled


def test_a_tank_that_is_off_does_not_freeze():
    made, house = firmware("H-1V.02")
    made.command(p.DHW, 0)
    house.temps |= {"28-tank": 4.0, "28-air": 25.0}
    run(made, 3)
    assert made.objects[p.DHW].demand_c is not None
    house.temps["28-tank"] = 12.5
    run(made, 3)
    assert made.objects[p.DHW].demand_c is None


def test_hot_water_of_unknown_temperature_is_not_made():
    made, house = firmware("H-1V.02")
    house.temps |= {"28-tank": None, "28-air": 25.0}
    run(made, 15)
    assert made.objects[p.DHW].demand_c is None
    assert made.objects[p.DHW].status & SENSOR_FAULT


def test_legionella_that_the_boiler_could_never_reach_is_told_at_once_and_not_tried():
    config = preset()
    change(config, p.BOILER_1, highest_flow=to_decikelvin(60))
    made, house = firmware("H-1V.02", config, local_s=6 * 24 * HOUR + 2 * HOUR)
    house.temps["28-tank"] = 58.0
    run(made, 60)
    assert (p.DHW, "legionella_not_reached") in made.board.alarms
    assert made.objects[p.DHW].demand_c is None


# -- cooling


def cooled(heat_c: float, cool_c: float) -> tuple[Firmware, BareHouse]:
    config = preset("H2000+ PRO.V2")
    put(config, CHILLER, ObjectType.RELAY, name="Чиллер", terminal=7)
    put(config, FAN_COIL, ObjectType.PUMP, name="Насос фанкойла", terminal=8, overrun_ms=0)
    put(config, COOLER, ObjectType.HEATING_CIRCUIT, name="Холод", stype=CircuitKind.COOLING, air_sensor=p.AIR,
        flow_sensor=p.RETURN, lowest_flow=to_decikelvin(8), pump=FAN_COIL, source=CHILLER, hysteresis_dk=10,
        setpoint=to_decikelvin(cool_c))  # fmt: skip
    change(config, p.RADIATORS, setpoint=to_decikelvin(heat_c), summer_above=0)
    made, house = firmware("H2000+ PRO.V2", config)
    house.temps |= {"28-tank": 60.0, "28-air": 22.0}
    run(made, 3)
    return made, house


def test_a_warm_room_switches_its_chiller_and_pump_on_with_hysteresis():
    made, house = cooled(18.0, 24.0)
    assert made.state(COOLER)["m"] == "cool"
    for air_c, on in ((24.4, False), (24.6, True), (23.6, True), (23.4, False)):
        house.temps["28-air"] = air_c
        run(made, REGULATE_S + 1)
        assert (house.relays[7], house.relays[8]) == (on, on)
    house.temps["28-air"] = 26.0
    made.command(COOLER, 0)
    run(made, 2)
    assert (house.relays[7], made.state(COOLER)["m"]) == (False, "off")


@pytest.mark.parametrize("heat_c", [20.0, 24.0, 27.0])
def test_no_room_is_heated_and_cooled_at_once_nor_by_turns(heat_c):
    made, house = cooled(heat_c, 22.0)
    turns = 0
    was = None
    air_c = house.temps["28-air"] = 30.0
    run(made, 2)
    for _ in range(6 * HOUR):
        heats, cools = (
            made.objects[p.RADIATORS].demand_c is not None,
            made.objects[COOLER].demand_c is not None,
        )
        assert not (heats and cools)
        air_c += 0.001 * heats - 0.001 * cools
        house.temps["28-air"] = air_c
        made.step()
        does = "heats" if heats else "cools" if cools else was
        turns += was is not None and does != was
        was = does
    assert turns == 0
    assert not house.relays[7]


def test_cold_pipes_would_sweat():
    made, house = cooled(18.0, 22.0)
    house.temps |= {"28-air": 28.0, "28-return": 15.0}
    run(made, 2)
    assert house.relays[7]
    house.temps["28-return"] = 7.5
    run(made, 2)
    assert not house.relays[7]
    assert made.objects[COOLER].status & LOCKED


def test_a_boilers_bus_does_not_cool_and_is_never_asked_to_heat_for_it():
    config = preset("H2000+ PRO.V2")
    put(config, COOLER, ObjectType.HEATING_CIRCUIT, name="Холод", stype=CircuitKind.COOLING, air_sensor=p.AIR,
        source=p.BOILER_1, setpoint=to_decikelvin(22))  # fmt: skip
    made, house = firmware("H2000+ PRO.V2", config)
    house.temps |= {"28-tank": 60.0, "28-air": 30.0, "28-floor-air": 30.0}
    run(made, 5)
    assert house.boilers["0000"].asked_c is None
    assert made.objects[COOLER].status & CONTROL_ERROR
