"""The firmware's regulation, alarms and object model, wired to a house of a few numbers.

Names with `c4_` are the heating engineer's checks of that number.
"""

from __future__ import annotations

import pytest
from bare_house import firmware, run
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.controller import presets as p
from firmware_sim.controller.models import MODELS
from firmware_sim.controller.objects.circuits import HeatingCircuit
from firmware_sim.controller.objects.legionella import LEGIONELLA_C
from firmware_sim.controller.objects.outputs import Pump, Tap
from firmware_sim.controller.objects.radio import RADIO_LOST_S
from firmware_sim.controller.objects.weather_curves import WeatherCurve
from firmware_sim.controller.terminals import RadioReading
from provisioning.zont.checks import ControllerFacts, check
from provisioning.zont.config_text import ConfigText
from provisioning.zont.decikelvin import to_decikelvin
from provisioning.zont.object_types import ObjectType
from provisioning.zont.object_values import object_line

HOUR = 3600


@pytest.mark.parametrize("model", MODELS)
def test_each_model_comes_with_a_sound_configuration(model):
    made, _ = firmware(model)
    assert made.problems == []
    assert check(ControllerFacts(made.config)) == []
    assert ConfigText.parse(made.config.to_bytes()) == made.config
    assert (
        made.system("#S7?") == f"#S7:{model.replace(' ', '_')} {MODELS[model].board} {MODELS[model].firmware}"
    )


# -- heating


def test_a_cold_room_brings_heat_by_the_curve_and_a_warm_one_ends_it():
    made, house = firmware("H-1V.02")
    house.temps["28-tank"] = 60.0
    run(made, 2)
    # By the curve, and 1 K that the room lacks is 3 K more.
    curve = made.objects[p.CURVE]
    assert isinstance(curve, WeatherCurve)
    assert 40.0 < curve.flow_c() < 50.0
    assert house.boilers["0000"].asked_c == pytest.approx(curve.flow_c(room_c=21.0) + 3.0)
    assert house.relays[1]
    house.temps["28-air"] = 21.5
    run(made, 2)
    assert house.boilers["0000"].asked_c is None
    assert house.relays[1]  # overrun
    run(made, 301)
    assert not house.relays[1]


def curve_at(outdoor_c: float, shift_dk: int) -> float:
    config = p.preset(MODELS["H-1V.02"])
    line = config.get_object(p.CURVE)
    values = [*line.values[:5], shift_dk, 0]
    config.set_object(p.CURVE, values)
    made, house = firmware("H-1V.02", config)
    house.temps["28-outdoor"] = outdoor_c
    run(made, 1)
    curve = made.objects[p.CURVE]
    assert isinstance(curve, WeatherCurve)
    return curve.flow_c()


@given(st.lists(st.floats(-45, 35), min_size=2, max_size=6), st.integers(-100, 100))
def test_c4_8_the_curve_never_rises_with_the_weather_and_shifts_in_parallel(weather, shift_dk):
    flows = [curve_at(outdoor_c, 0) for outdoor_c in sorted(weather)]
    assert flows == sorted(flows, reverse=True)
    assert min(flows) >= 25.0
    assert max(flows) <= 75.0
    assert curve_at(weather[0], shift_dk) - curve_at(weather[0], 0) == pytest.approx(shift_dk / 10)


def test_c4_9_a_house_that_is_off_does_not_freeze():
    made, house = firmware("H-1V.02")
    made.command(p.RADIATORS, 0)
    house.temps |= {"28-tank": 60.0, "28-air": 12.0}
    run(made, 2)
    assert house.boilers["0000"].asked_c is None
    house.temps["28-air"] = 5.2
    run(made, 2)
    assert house.boilers["0000"].asked_c >= 40.0
    assert house.relays[1]


def test_c4_9_a_boiler_that_fails_in_the_frost_raises_the_alarm():
    made, house = firmware()
    house.boilers["0000"].values.fault = True
    house.temps["28-air"] = 4.0
    run(made, 5)
    assert {"boiler_failure", "too_cold"} <= {what for _, what in made.board.alarms}
    assert [each.phone for each in made.messages()] == ["+79161234567"] * 2
    assert made.state(p.BOILER_1)["state"] == 2
    assert made.command(p.BOILER_1, 1) == 0
    run(made, 2)
    assert "boiler_failure" not in {what for _, what in made.board.alarms}


def test_a_boiler_that_is_silent_for_a_minute_is_told():
    made, house = firmware("H-1V.02")
    house.boilers["0000"].linked = False
    run(made, 55)
    assert not made.board.alarms
    run(made, 10)
    assert (p.BOILER_1, "boiler_link_lost") in made.board.alarms
    assert made.state(p.BOILER_1)["a"] == 0
    house.boilers["0000"].linked = True
    run(made, 1)
    assert not made.board.alarms


def test_c4_10_legionella_gets_its_half_hour_once_a_week():
    # Sunday, a minute to two in the night.
    made, house = firmware("H-1V.02", local_s=6 * 24 * HOUR + 2 * HOUR - 60)
    tank = made.objects[p.DHW]
    assert isinstance(tank, HeatingCircuit)
    above_60_s = treated_s = 0
    for _ in range(20 * HOUR):
        flow_c = house.boilers["0000"].values.flow_c
        if house.relays.get(2) and flow_c > house.temps["28-tank"]:
            house.temps["28-tank"] += 0.01
        else:
            house.temps["28-tank"] -= 0.0005
        made.step()
        above_60_s += house.temps["28-tank"] >= 60.0
        treated_s += bool(tank.status & 256)
    assert above_60_s >= 30 * 60
    assert house.temps["28-tank"] < LEGIONELLA_C + 3
    assert treated_s < 3 * HOUR
    assert not made.board.alarms


def test_legionella_that_cannot_be_reached_is_told():
    made, house = firmware("H-1V.02", local_s=6 * 24 * HOUR + 2 * HOUR)
    run(made, 4 * HOUR + 60)
    assert (p.DHW, "legionella_not_reached") in made.board.alarms
    assert house.temps["28-tank"] == 50.0


def test_hot_water_goes_first_and_a_cold_boiler_does_not_cool_the_tank():
    made, house = firmware("H-1V.02")
    run(made, 2)
    assert house.boilers["0000"].asked_c == 70.0
    assert not house.relays[1]  # the radiators wait
    assert not house.relays[2]  # 40 °C would cool the tank of 50 °C
    run(made, 120)
    assert house.relays[2]


def test_hot_water_in_vain_gives_way_for_half_an_hour():
    made, house = firmware("H-1V.02")
    run(made, HOUR + 5)
    assert (p.DHW, "dhw_timeout") in made.board.alarms
    assert house.boilers["0000"].asked_c < 70.0
    run(made, HOUR // 2)
    assert house.boilers["0000"].asked_c == 70.0


def test_a_lost_room_sensor_gives_a_fixed_flow_and_an_alarm():
    made, house = firmware("H-1V.02")
    house.temps |= {"28-tank": 60.0, "28-air": None}
    run(made, 15)
    assert house.boilers["0000"].asked_c == 50.0
    assert made.state(p.RADIATORS)["f"] == 1
    assert made.state(p.AIR) == {"id": p.AIR, "type": 1, "name": "Дом", "a": 0}
    assert made.system(f"#Y{p.AIR}?") == f"#Y{p.AIR}$65535"
    assert (p.AIR, "sensor_lost") in made.board.alarms


def test_a_sensor_that_misses_a_reading_is_not_lost():
    made, house = firmware("H-1V.02")
    for _ in range(5):
        house.temps["28-air"] = None
        run(made, 3)
        house.temps["28-air"] = 20.0
        run(made, 1)
    house.temps["28-air"] = 85.0  # the sensor has been reset
    run(made, 3)
    assert made.state(p.AIR)["t"] == 20.0
    assert not made.board.events


def test_summer_ends_and_begins_with_hysteresis():
    made, house = firmware("H-1V.02")
    house.temps |= {"28-tank": 60.0, "28-outdoor": 18.5}
    run(made, 2)
    assert house.boilers["0000"].asked_c is None
    assert made.objects[p.RADIATORS].status & 128
    house.temps["28-outdoor"] = 17.5
    run(made, 2)
    assert house.boilers["0000"].asked_c is None
    house.temps["28-outdoor"] = 16.9
    run(made, 2)
    assert house.boilers["0000"].asked_c is not None


def test_a_mixed_floor_is_led_by_pid_and_tap():
    made, house = firmware(local_s=7 * HOUR)
    house.temps |= {"28-tank": 60.0, "28-air": 25.0, "28-floor-air": 20.0}
    tap = made.objects[p.TAP]
    assert isinstance(tap, Tap)
    for _ in range(HOUR + HOUR // 2):
        wanted = made.objects[p.FLOOR].demand_c or 22.0
        assert wanted <= 42.0
        house.temps["28-floor-flow"] += (25 + 20 * tap.position - house.temps["28-floor-flow"]) / 60
        made.step()
        assert not (house.relays.get(4) and house.relays.get(5))
    assert house.temps["28-floor-flow"] == pytest.approx(made.objects[p.FLOOR].demand_c, abs=2.0)
    made.command(p.FLOOR, 0)
    run(made, 130)
    assert tap.position == 0.0


def test_the_cascade_adds_a_boiler_passes_over_a_fault_and_rotates():
    made, house = firmware()
    first, second = house.boilers["0000"], house.boilers["0001"]
    house.temps |= {"28-tank": 60.0, "28-air": 10.0, "28-outdoor": -25.0}
    run(made, 5)
    assert (first.asked_c is not None, second.asked_c) == (True, None)
    for _ in range(700):
        first.values.flow_c = 45.0  # it does not manage
        made.step()
    assert second.asked_c is not None
    first.values.fault = True
    run(made, 5)
    assert second.asked_c is not None
    first.values.fault = False
    house.temps |= {"28-air": 25.0, "28-floor-air": 25.0}
    cascade = made.objects[p.CASCADE]
    before = cascade.order
    for boiler in made.objects[p.BOILER_1], made.objects[p.BOILER_2]:
        boiler.running_s = 0.0
    made.objects[p.BOILER_1].running_s = 100.0
    made.board.now_s += 168 * HOUR
    run(made, 5)
    assert cascade.order == before[::-1]


def test_a_pump_runs_for_exercise_in_summer():
    made, house = firmware("H-1V.02")
    house.temps |= {"28-tank": 70.0, "28-air": 28.0, "28-outdoor": 25.0}
    ran_s = 0
    for _ in range(25 * HOUR):
        made.step()
        ran_s += house.relays[1]
    assert 50 <= ran_s <= 400


def test_off_is_accepted_by_a_pump_that_runs_on():
    made, house = firmware("H-1V.02")
    house.temps["28-tank"] = 60.0
    run(made, 2)
    assert made.command(p.PUMP_RADIATORS, 0) == 0
    assert made.state(p.PUMP_RADIATORS)["s"] == 1
    pump = made.objects[p.PUMP_RADIATORS]
    assert isinstance(pump, Pump)


# -- setpoints, modes, timetables


def test_modes_and_setpoints():
    made, _ = firmware("H-1V.02")
    assert made.command(p.ECONOMY, 1) == 0
    assert (made.state(p.RADIATORS)["s"], made.state(p.RADIATORS)["m_id"]) == (17.0, p.ECONOMY)
    assert made.command(p.DHW, p.FROST_GUARD) == 0
    assert made.state(p.DHW)["m"] == "off"
    assert made.command(p.RADIATORS, to_decikelvin(23.5)) == 0
    assert (made.state(p.RADIATORS)["s"], made.state(p.RADIATORS)["m_id"]) == (23.5, 0)
    for wrong in (12345, -1, "warm", None, True, to_decikelvin(95)):
        assert made.command(p.RADIATORS, wrong) != 0
    assert made.state(p.RADIATORS)["s"] == 23.5


def test_a_timetable_switches_at_its_times_and_leaves_what_was_set_between():
    # Monday, a minute to six thirty.
    made, _ = firmware(local_s=6 * HOUR + 29 * 60)
    # Since Sunday's last switching time.
    assert made.state(p.FLOOR)["s"] == 18.0
    run(made, 60)
    assert made.state(p.FLOOR)["s"] == 21.0
    made.command(p.FLOOR, to_decikelvin(24))
    run(made, HOUR)
    assert made.state(p.FLOOR)["s"] == 24.0
    run(made, 2 * HOUR)
    assert made.state(p.FLOOR)["s"] == 18.0


# -- inputs, guard, scenarios, notifications


def test_virtual_objects_are_made_by_name_and_live_as_long_as_they_are_fed():
    made, _ = firmware()
    made_id, result = made.named_command("HA - Температура", 1, None, "1 24.1")
    assert result == 0
    assert made.state(made_id)["t"] == 24.1
    assert made.named_command("HA - Температура", 1, None, "1 25") == (made_id, 0)
    contact, result = made.named_command("HA - Контакт", 0, 20, "0 20 180")
    assert (result, made.state(contact)["trig"]) == (0, 1)
    made.command(contact, "0 0 180")
    assert made.state(contact)["trig"] == 0
    run(made, 181)
    assert made.state(contact)["a"] == 0
    assert made.named_command("x", 20, None, 1) == (0, 2)
    again, _ = firmware(config=ConfigText.parse(made.config.to_bytes()))
    assert made_id in again.objects


def test_a_guarded_door_alarms_after_the_time_to_come_in():
    made, house = firmware()
    made.command(p.ZONE, 1)
    run(made, 31)
    house.volts_at[2] = 5.0
    run(made, 29)
    assert made.state(p.ZONE)["trig"] == 0
    run(made, 3)
    assert made.state(p.ZONE)["trig"] == 1
    assert [each.text for each in made.messages()] == ["Авария в котельной"]
    made.command(p.ZONE, 0)
    assert made.state(p.ZONE) | {"s": 0, "trig": 0} == made.state(p.ZONE)


def test_a_button_runs_a_scenario_for_its_time():
    made, house = firmware()
    assert made.state(p.EVENING_BUTTON)["s"] == 255
    assert made.command(p.EVENING_BUTTON, 1) == 0
    run(made, 2)
    assert house.relays[6]
    assert made.state(p.RADIATORS)["m_id"] == p.COMFORT
    run(made, HOUR)
    assert not house.relays[6]


def test_a_leak_by_radio_is_told_by_sms():
    made, house = firmware()
    run(made, 2)
    assert made.messages() == []
    house.radios["radio-leak"] = RadioReading(triggered=True)
    run(made, 2)
    assert [each.phone for each in made.messages()] == ["+79161234567"]
    assert made.state(p.RADIO_LEAK)["trig"] == 1
    house.radios["radio-leak"] = None
    run(made, RADIO_LOST_S - 10)
    assert made.state(p.RADIO_LEAK)["trig"] == 1
    run(made, 20)
    assert made.state(p.RADIO_LEAK)["a"] == 0


def test_who_may_command():
    made, _ = firmware()
    assert made.may_command("+79161234567")
    assert not made.may_command("+79990000000")


def test_without_mains_the_battery_holds_and_says_so():
    made, house = firmware()
    assert made.system("#S6?") == "#S6:121 0"
    house.mains = False
    run(made, 2)
    assert made.lines.supply[1]
    assert (0, "mains_lost") in made.board.alarms
    assert made.lines.leds()["power"] == "slow"
    run(made, 11 * HOUR)
    assert (0, "battery_low") in made.board.alarms


# -- lines


def test_the_configuration_is_read_and_changed_line_by_line():
    made, _ = firmware("H-1V.02")
    assert made.system(f"#Z{p.PUMP_TANK}?") == f"#Z{p.PUMP_TANK}:17,'Загрузка бойлера',2,300000,24"
    assert made.system("#Z700000=14,'Реле',1") == "#Z700000:ok"
    assert made.state(700000)["name"] == "Реле"
    assert made.system("#Z700000~") == "#Z700000:ok"
    assert made.state(700000) is None
    assert made.system("#Z5='x'") == "#Z5:!"
    assert made.system("#S203=m2m") == "#S203:ok"
    assert made.system("#S203?") == "#S203:m2m"
    made.system("#S204=secret")
    assert made.system("#S204?") == "#S204:!"
    assert made.system("#S999?") == "#S999:!"
    assert made.system("hello") is None
    assert made.system("SCFG_RELOAD_REQ?") == "CFG_RELOAD=ok"
    assert made.system("SGETALLSTATES?") == f"GETALLSTATES={len(made.objects)}"
    assert made.system(f"#Y{p.RADIATORS}={to_decikelvin(19)}") == f"#Y{p.RADIATORS}:0"
    assert made.system(f"#Y{p.RADIATORS}?").split(",")[1] == str(to_decikelvin(19))


def test_a_configuration_beyond_the_model_is_named():
    config = p.preset(MODELS["H-1V.02"])
    for number in range(3):
        line = object_line(700001 + number, ObjectType.BOILER_ADAPTER, name="x", serial="0001")
        config.set_object(line.id, line.values)
    made, _ = firmware("H-1V.02", config)
    assert any("at most 1" in each.what.en for each in made.problems)


@given(st.binary(max_size=120))
def test_whatever_the_file_says_the_house_is_still_heated(data):
    config = ConfigText.parse(p.preset(MODELS["H-1V.02"]).to_bytes() + data)
    made, house = firmware("H-1V.02", config)
    house.temps["28-tank"] = 60.0
    run(made, 2)
    assert house.boilers["0000"].asked_c is not None


COMMANDS = (
    st.none() | st.booleans() | st.integers(-5, 70000) | st.floats() | st.text(max_size=6) | st.just("0 5 60")
)


@given(st.data())
def test_whatever_is_commanded_it_lives_on_and_says_json(data):
    made, _ = firmware()
    for _ in range(8):
        each = data.draw(st.sampled_from(sorted(made.objects)))
        assert isinstance(made.command(each, data.draw(COMMANDS)), int)
        made.step()
    for each in made.objects:
        assert made.state(each)["id"] == each
        assert isinstance(made.system(f"#Y{each}?"), str)


def test_only_what_changes_is_told():
    made, house = firmware()
    run(made, 5)
    told: list[int] = []
    made.listeners.append(told.append)
    house.temps["28-air"] = 22.0
    made.step()
    assert p.AIR in told
    assert p.OUTDOOR not in told
