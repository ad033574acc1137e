"""Guard with its keys, lamps and buzzers; scenarios with branches; radio sensors; what users are told."""

from __future__ import annotations

import pytest
from bare_house import firmware, run
from test_what_survives import change, put

from firmware_sim.controller import presets as p
from firmware_sim.controller.models import MODELS
from firmware_sim.controller.objects.radio import RADIO_LOST_S, RadioSensor, battery_percent
from firmware_sim.controller.terminals import RadioReading
from provisioning.zont.config_text import ConfigText
from provisioning.zont.decikelvin import to_decikelvin
from provisioning.zont.object_types import ObjectType

HOUR = 3600
SECOND_ZONE, KEY, FOB, FOB_BUTTON, LAMP, BUZZER = 800, 801, 802, 803, 804, 805


@pytest.fixture
def config() -> ConfigText:
    return p.preset(MODELS["H2000+ PRO.V2"])


# -- guard


def test_a_key_brings_zones_in_line_and_turns_them(config):
    put(config, SECOND_ZONE, ObjectType.GUARD_ZONE, name="Гараж", inputs=(p.DOOR,))
    put(config, KEY, ObjectType.TM_KEY, name="Ключ", code="01A2", zones=(p.ZONE, SECOND_ZONE))
    put(config, FOB, ObjectType.FOB, name="Брелок", address="fob")
    put(
        config,
        FOB_BUTTON,
        ObjectType.FOB_BUTTON,
        name="Снять",
        fob=FOB,
        zones=(p.ZONE, SECOND_ZONE),
        action=0,
    )
    made, _ = firmware(config=config)

    def armed() -> tuple[object, object]:
        return made.state(p.ZONE)["s"], made.state(SECOND_ZONE)["s"]

    made.command(SECOND_ZONE, 1)
    assert made.command(KEY, 1) == 0
    assert armed() == (1, 1)
    made.command(KEY, 1)
    assert armed() == (0, 0)
    made.command(KEY, 1)
    assert made.command(FOB_BUTTON, 1) == 0
    assert armed() == (0, 0)
    assert made.command(KEY, 0) != 0


def test_a_leak_and_the_panic_button_alarm_though_nobody_has_armed(config):
    change(config, p.ZONE, inputs=(p.DOOR, p.LEAK))
    made, house = firmware(config=config)
    house.volts_at[2] = 5.0
    run(made, 3)
    assert made.state(p.ZONE)["trig"] == 0  # a door may be opened by day
    house.volts_at[3] = 0.0
    run(made, 3)
    assert made.state(p.ZONE)["trig"] == 1
    assert {(p.ZONE, "guard"), (p.LEAK, "leak")} <= set(made.board.alarms)


def test_a_lamp_shows_and_a_buzzer_sounds(config):
    put(config, LAMP, ObjectType.GUARD_INDICATOR, name="Лампа", terminal=9, zone=p.ZONE)
    put(config, BUZZER, ObjectType.BUZZER, name="Сирена", terminal=10, sounds_s=20)
    made, house = firmware(config=config)
    seen = []
    made.command(p.ZONE, 1)
    for _ in range(10):
        made.step()
        seen.append(house.relays[9])
    assert seen == [True, False] * 5 or seen == [False, True] * 5
    assert made.state(LAMP)["s"] == 2
    run(made, 25)
    assert (house.relays[9], made.state(LAMP)["s"]) == (True, 1)
    house.volts_at[2] = 5.0
    run(made, 33)
    assert house.relays[10]
    run(made, 20)
    assert not house.relays[10]
    made.command(BUZZER, 1)
    assert house.relays[10]
    made.command(p.ZONE, 0)
    assert not house.relays[10]
    run(made, 2)
    assert not house.relays[9]


# -- users


def test_a_role_gives_rights(config):
    put(config, 810, ObjectType.USER_ROLE, name="Жилец", rights=1)
    put(config, 811, ObjectType.USER, name="Сын", phone="+79160000001", role=810)
    put(config, 812, ObjectType.USER, name="Гость", phone="+79160000002")
    made, _ = firmware(config=config)
    assert made.may_command("+79160000001")
    assert not made.may_command("+79160000002")


def test_the_end_of_an_alarm_is_told_where_somebody_wants_to_know(config):
    change(config, p.ALARM_NOTE, end_text="Всё в порядке")
    made, house = firmware(config=config)
    house.temps["28-air"] = 4.0
    run(made, 2)
    house.temps["28-air"] = 20.0
    run(made, 2)
    told = [(each.text, each.alarm) for each in made.messages()]
    assert told == [("Авария в котельной", True), ("Всё в порядке", False)]
    assert [each.active for each in made.board.events if each.what == "too_cold"] == [True, False]


def test_the_mains_are_a_cause_too(config):
    change(config, p.ALARM_NOTE, causes=(0,))
    made, house = firmware(config=config)
    house.mains = False
    run(made, 2)
    assert len(made.messages()) == 1


# -- scenarios


def test_a_scenario_asks_before_it_acts(config):
    put(config, 820, ObjectType.SENSOR_READING, name="Дома", object=p.AIR)
    put(config, 821, ObjectType.SENSOR_READING, name="На улице", object=p.OUTDOOR)
    put(config, 822, ObjectType.COMPARATOR, name="Теплее дома", left=820, operator=4, right=821)
    put(config, 823, ObjectType.TIME_OF_DAY, name="Ночью", days=127, from_minute=22 * 60, to_minute=6 * 60)
    put(config, 824, ObjectType.LOGIC, name="Ночью и теплее дома", operator=0, operands=(822, 823))
    put(config, 825, ObjectType.OUTPUT_ACTION, name="Двор", target=p.RELAY_YARD, value=1)
    put(config, 826, ObjectType.CONDITION, name="Если", **{"if": 824, "then": (825,), "else": (p.ECONOMY,)})
    put(config, 827, ObjectType.SCENARIO, name="Проверка", steps=(826, p.ALARM_NOTE))
    made, house = firmware(config=config, local_s=20 * HOUR)
    assert made.problems == []
    made.command(827, 1)
    run(made, 2)
    assert not house.relays[6]
    assert made.state(p.RADIATORS)["m_id"] == p.ECONOMY
    assert [each.text for each in made.messages()] == ["Авария в котельной"]
    made.board.now_s += 3 * HOUR
    made.command(827, 1)
    run(made, 2)
    assert house.relays[6]


def test_what_is_not_known_is_no():
    config = p.preset(MODELS["H2000+ PRO.V2"])
    put(config, 820, ObjectType.SENSOR_READING, name="Дома", object=p.AIR)
    put(config, 822, ObjectType.COMPARATOR, name="Холодно", left=820, operator=0, constant_x10=180)
    put(config, 825, ObjectType.OUTPUT_ACTION, name="Двор", target=p.RELAY_YARD, value=1)
    put(config, 826, ObjectType.CONDITION, name="Если", **{"if": 822, "then": (825,)})
    put(config, 827, ObjectType.SCENARIO, name="Проверка", steps=(826,))
    made, house = firmware(config=config)
    house.temps["28-air"] = None
    run(made, 15)
    made.command(827, 1)
    run(made, 2)
    assert not house.relays[6]
    house.temps["28-air"] = 17.9
    run(made, 2)
    made.command(827, 1)
    run(made, 2)
    assert house.relays[6]


def test_one_scenario_stops_another_and_a_command_has_a_name(config):
    put(config, 830, ObjectType.PAUSE, name="Час", seconds=HOUR)
    put(config, 831, ObjectType.OUTPUT_ACTION, name="Двор", target=p.RELAY_YARD, value=1)
    put(config, 832, ObjectType.SCENARIO, name="Через час", steps=(830, 831))
    put(config, 833, ObjectType.STOP_SCENARIO, name="Отмена", scenario=832)
    put(config, 834, ObjectType.COMMAND, name="Отменить", links=(833,))
    made, house = firmware(config=config)
    made.command(832, 1)
    run(made, 10)
    assert made.state(832)["s"] == 1
    assert made.command(834, 1) == 0
    assert made.state(832)["s"] == 0
    run(made, HOUR)
    assert not house.relays[6]


# -- radio


@pytest.mark.parametrize(
    ("volts", "percent"), [(3.3, 100), (3.1, 95), (3.0, 90), (2.9, 80), (2.5, 42), (2.1, 5), (2.0, 0)]
)
def test_a_battery_in_percent(volts, percent):
    assert battery_percent(volts) == percent


def test_a_radio_sensor_says_how_it_is_and_is_lost_after_a_long_silence(config):
    put(config, 840, ObjectType.RADIO_MODULE, name="Радио", serial="R1")
    made, house = firmware(config=config)
    sensor = made.objects[p.RADIO_ROOM]
    assert isinstance(sensor, RadioSensor)
    house.radios["radio-room"] = RadioReading(21.0, 40.0, battery_v=2.2, rssi_raw=0)
    run(made, 2)
    assert (sensor.battery_percent, sensor.rssi_dbm) == (14, -73.0)
    assert (p.RADIO_ROOM, "battery_low") in made.board.alarms
    house.radios |= {"radio-room": None, "radio-leak": None}
    run(made, RADIO_LOST_S - 60)
    assert made.state(p.RADIO_ROOM)["t"] == 21.0
    run(made, 120)
    assert made.state(p.RADIO_ROOM) | {"a": 0} == made.state(p.RADIO_ROOM)
    assert {(p.RADIO_ROOM, "sensor_lost"), (840, "radio_silent")} <= set(made.board.alarms)
    house.radios["radio-room"] = RadioReading(20.0, 40.0)
    run(made, 2)
    assert not [each for each in made.board.alarms if each[0] in {p.RADIO_ROOM, 840}]


def test_a_radio_sensor_that_has_not_spoken_since_the_start_is_waited_for(config):
    made, house = firmware(config=config)
    house.radios |= {"radio-room": None, "radio-leak": None}
    made.restart()
    run(made, RADIO_LOST_S - 60)
    assert not made.board.alarms
    assert made.state(p.RADIO_LEAK)["a"] == 0
    run(made, 120)
    assert (p.RADIO_LEAK, "sensor_lost") in made.board.alarms


def test_a_433_mhz_sensor_holds_what_it_has_said(config):
    put(config, 850, ObjectType.RADIO_SENSOR_433, name="Окно", address="window", hold_s=10)
    change(config, p.ZONE, inputs=(850,), exit_delay_s=0, entry_delay_s=0)
    made, house = firmware(config=config)
    made.command(p.ZONE, 1)
    house.radios["window"] = RadioReading(triggered=True)
    made.step()
    house.radios["window"] = None
    run(made, 5)
    assert made.state(850)["trig"] == 1
    assert made.state(p.ZONE)["trig"] == 1
    run(made, 10)
    assert made.state(850)["trig"] == 0


def test_a_regulator_of_the_owners_page_keeps_its_value(config):
    put(config, 860, ObjectType.WEB_ELEMENT, name="Яркость", stype=3, low=0, high=100)
    made, _ = firmware(config=config)
    assert made.command(860, "2,42.5") == 0
    assert made.command(860, "2,101") != 0
    again, _ = firmware(config=ConfigText.parse(made.config.to_bytes()))
    assert again.state(860)["s"] == 42.5


def test_a_sensor_in_ohms_goes_by_its_curve(config):
    put(
        config,
        870,
        ObjectType.NTC_CURVE,
        name="NTC",
        ohms=(20000, 10000, 5000),
        temps=tuple(map(to_decikelvin, (10, 25, 42))),
    )
    put(config, 871, ObjectType.ANALOG_TEMPERATURE_SENSOR, name="Тёплый пол", terminal=1, curve=870)
    made, house = firmware(config=config)
    for ohms, temp_c in ((10000.0, 25.0), (7500.0, 33.5)):
        house.ohms_at[1] = ohms
        run(made, 1)
        assert made.state(871)["t"] == temp_c
    house.ohms_at[1] = 1e9  # the wire is cut
    run(made, 15)
    assert made.state(871)["a"] == 0
