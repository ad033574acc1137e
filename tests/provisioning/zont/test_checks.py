"""What an installer misses is found by exactly its finding, and a good installation gives none."""

from __future__ import annotations

import re
import string
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.zont.checks import WORDS, ControllerFacts, Severity, check, facts_of_file
from provisioning.zont.config_text import ConfigText
from provisioning.zont.decikelvin import to_decikelvin
from provisioning.zont.object_types import ObjectType as T
from provisioning.zont.object_values import object_line

(
    AIR, OUTDOOR, FLOW, TANK, FLOOR_FLOW, BOILER, PUMP, FLOOR_PUMP, TANK_PUMP, CURVE, HEATING, FLOOR, DHW, TAP, RELAY,
    DAY, WEEK, OWNER, NOTE, ZONE, DOOR, LEAK, COMFORT, RADIO,
) = range(4097, 4121)  # fmt: skip
ENCODING = "cp1251"


def raw(temp_c: float) -> int:
    return to_decikelvin(temp_c)


def house(**changes: dict | None) -> ConfigText:
    """A good installation; `changes` by the object's name here replace values, None takes the object out."""
    wired = T.WIRED_TEMPERATURE_SENSOR
    values = {
        "air": (AIR, wired, {"name": "Дом", "address": "28-1", "alarm_low": raw(7)}),
        "outdoor": (OUTDOOR, wired, {"name": "Улица", "address": "28-2"}),
        "flow": (FLOW, wired, {"name": "Подача", "address": "28-3"}),
        "tank": (TANK, wired, {"name": "Бак", "address": "28-4"}),
        "floor_flow": (FLOOR_FLOW, wired, {"name": "Подача пола", "address": "28-5", "alarm_high": raw(50)}),
        "radio": (RADIO, T.RADIO_SENSOR, {"name": "Протечка", "stype": 10, "address": "r-1"}),
        "boiler": (BOILER, T.BOILER_ADAPTER, {"name": "Котёл", "serial": "0000", "highest_flow": raw(80)}),
        "pump": (PUMP, T.PUMP, {"name": "Насос", "terminal": 1}),
        "floor_pump": (FLOOR_PUMP, T.PUMP, {"name": "Насос пола", "terminal": 2}),
        "tank_pump": (TANK_PUMP, T.PUMP, {"name": "Насос бака", "terminal": 3}),
        "relay": (RELAY, T.RELAY, {"name": "Двор", "terminal": 6}),
        "tap": (TAP, T.THREEWAY_TAP, {"name": "Смеситель", "terminal_open": 4, "terminal_close": 5}),
        "curve": (
            CURVE, T.WEATHER_CURVE,
            {"name": "ПЗА", "sensor": OUTDOOR, "outdoor": (raw(-28), raw(20)), "flow": (raw(70), raw(25))},
        ),
        "heating": (
            HEATING, T.HEATING_CIRCUIT,
            {
                "name": "Радиаторы", "stype": 3, "lowest_flow": raw(25), "highest_flow": raw(80), "air_sensor": AIR,
                "pump": PUMP, "curve": CURVE, "source": BOILER, "summer_above": raw(18), "setpoint": raw(21),
                "timetable": WEEK,
            },
        ),
        "floor": (
            FLOOR, T.HEATING_CIRCUIT,
            {
                "name": "Тёплый пол", "stype": 3, "settings": 2, "highest_flow": raw(42), "flow_sensor": FLOOR_FLOW,
                "pump": FLOOR_PUMP, "tap": TAP, "source": BOILER, "setpoint": raw(35),
            },
        ),
        "dhw": (
            DHW, T.HEATING_CIRCUIT,
            {
                "name": "ГВС", "stype": 1, "flow_sensor": TANK, "source": BOILER, "pump": TANK_PUMP,
                "setpoint": raw(60), "highest_flow": raw(80),
            },
        ),
        "day": (DAY, T.DAY_TIMETABLE, {"name": "День", "minutes": (390, 1380), "setpoints": (raw(21), raw(18))}),
        "week": (WEEK, T.WEEK_TIMETABLE, {"name": "Неделя", "days": (DAY,) * 7}),
        "comfort": (
            COMFORT, T.HEATING_MODE,
            {"name": "Комфорт", "circuits": (HEATING, DHW), "setpoints": (raw(21), raw(60))},
        ),
        "owner": (OWNER, T.USER, {"name": "Хозяин", "phone": "+79161234567", "rights": 1}),
        "note": (
            NOTE, T.NOTIFICATION,
            {"name": "Авария", "sms_text": "Авария", "recipients": (OWNER,), "flags": 17,
             "causes": (BOILER, LEAK, RADIO)},
        ),
        "door": (DOOR, T.ANALOG_INPUT, {"name": "Дверь", "stype": 20, "terminal": 1}),
        "leak": (LEAK, T.ANALOG_INPUT, {"name": "Протечка", "stype": 6, "terminal": 2}),
        "zone": (ZONE, T.GUARD_ZONE, {"name": "Дом", "inputs": (DOOR,), "notifications": (NOTE,)}),
    }  # fmt: skip
    config = ConfigText()
    for name, (object_id, kind, fields) in values.items():
        change = changes.pop(name, {})
        if change is not None:
            config.set_object(object_id, object_line(object_id, kind, **{**fields, **change}).values)
    assert not changes, "no such object in this house"
    config.set_parameter(203, "internet.mts.ru")
    config.set_parameter(12, "*100# 50")
    return config


def codes(facts: ControllerFacts) -> list[tuple[str, int | None]]:
    return [(each.code, each.object_id) for each in check(facts)]


GOOD_STATES: dict[int, dict[str, object]] = {
    AIR: {"type": 1, "name": "Дом", "t": 21.2, "a": 1},
    OUTDOOR: {"type": 1, "name": "Улица", "t": -15, "a": 1},
    RADIO: {"type": 8, "stype": 10, "name": "Протечка", "b": 3.0, "trig": 0, "a": 1},
    BOILER: {"type": 6, "name": "Котёл", "water": 55.0, "press": 1.4, "state": 1, "err": 0},
    DHW: {"type": 16, "stype": 1, "name": "ГВС", "c": 58.0, "s": 60.0, "m": "heat", "a": 1},
}


def test_a_good_installation_has_no_findings():
    facts = ControllerFacts(
        house(), GOOD_STATES, supply_v=12.1, on_battery=False, clock_error_s=12.0, gsm_level=18,
        gsm_registration=1, cloud_linked=True, default_login=False,
    )  # fmt: skip
    assert check(facts) == []


SETTINGS = [
    ({"boiler": {"own_compensation": 1}}, "double_compensation", HEATING),
    ({"curve": {"sensor": 0}}, "outdoor_sensor_missing", CURVE),
    ({"curve": {"flow": (raw(25), raw(70))}}, "curve_rises", CURVE),
    ({"curve": {"outdoor": (raw(-28),), "flow": (raw(70),)}}, "curve_too_short", CURVE),
    ({"curve": {"outdoor": (), "flow": ()}}, "curve_too_short", CURVE),
    ({"curve": {"outdoor": (raw(-28), raw(0), raw(20))}}, "curve_too_short", CURVE),
    ({"heating": {"highest_flow": raw(60)}}, "curve_above_limit", HEATING),
    ({"dhw": {"pump": PUMP}}, "shared_pump", PUMP),
    ({"floor": {"flow_sensor": 0}}, "sensor_not_used", FLOOR),
    ({"dhw": {"flow_sensor": 0}}, "sensor_not_used", DHW),
    ({"heating": {"source": 0}}, "circuit_without_source", HEATING),
    ({"dhw": {"source": 255}}, "circuit_without_source", DHW),
    ({"heating": {"lowest_flow": raw(80)}}, "flow_limits", HEATING),
    ({"floor": {"highest_flow": raw(60)}}, "floor_too_hot", FLOOR),
    ({"floor": {"highest_flow": raw(50)}}, "floor_warm", FLOOR),
    ({"floor": {"name": "UFH floor", "highest_flow": raw(80)}}, "floor_too_hot", FLOOR),
    ({"floor_flow": {"alarm_high": 0}}, "floor_alarm_missing", FLOOR_FLOW),
    ({"air": {"alarm_low": 0}}, "frost_alarm_missing", None),
    ({"heating": {"summer_above": raw(4)}}, "summer_threshold", HEATING),
    ({"heating": {"summer_above": raw(27)}}, "summer_threshold", HEATING),
    ({"day": {"minutes": (), "setpoints": ()}}, "timetable_empty", WEEK),
    ({"day": {"minutes": (390,)}}, "timetable_empty", WEEK),
    ({"week": {"days": (DAY,) * 5}}, "timetable_empty", WEEK),
    ({"pump": {"exercise_h": 0}}, "pump_exercise_off", PUMP),
    ({"dhw": {"setpoint": raw(75)}}, "dhw_scalds", DHW),
    ({"comfort": {"setpoints": (raw(21), raw(70))}}, "dhw_scalds", COMFORT),
    ({"dhw": {"setpoint": raw(45)}}, "legionella_missing", DHW),
    ({"dhw": {"antilegionella": 64 | 30 << 12, "highest_flow": raw(60)}}, "legionella_too_cold", DHW),
    ({"note": {"recipients": ()}}, "notification_without_recipients", NOTE),
    ({"note": {"flags": 16}}, "notification_without_channel", NOTE),
    ({"note": {"causes": (LEAK, RADIO)}}, "alarm_not_told", BOILER),
    ({"note": {"causes": (BOILER, RADIO)}}, "alarm_not_told", LEAK),
    ({"note": {"causes": (BOILER, LEAK)}}, "alarm_not_told", RADIO),
    ({"zone": {"inputs": ()}}, "zone_silent", ZONE),
    ({"zone": {"notifications": ()}}, "zone_silent", ZONE),
    ({"relay": {"terminal": 1}}, "terminal_twice", PUMP),
    ({"tap": {"terminal_close": 4}}, "terminal_twice", TAP),
    ({"leak": {"terminal": 1}}, "terminal_twice", LEAK),
    ({"tank": {"address": "28-3"}}, "address_twice", TANK),
    ({"heating": {"pump": 999}}, "config_line", None),
    ({"heating": {"pump": AIR}}, "config_line", None),
    ({"heating": {"stype": 17, "name": "Пусто"}}, "config_line", None),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "code", "about"), SETTINGS)
def test_each_mistake_is_found_by_its_finding_and_no_other(changes, code, about):
    assert codes(ControllerFacts(house(**changes))) == [(code, about)]


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"owner": {"phone": ""}}, {("alarm_user_missing", None), ("recipient_without_phone", OWNER)}),
        ({"note": None, "zone": {"notifications": ()}}, {("notification_missing", None), ("zone_silent", ZONE)}),
        ({"owner": None, "note": {"recipients": ()}},
         {("alarm_user_missing", None), ("notification_without_recipients", NOTE)}),
        ({"heating": {"air_sensor": 0, "curve": 0}},
         {("sensor_not_used", HEATING)}),
    ],
)  # fmt: skip
def test_what_comes_together(changes, found):
    assert set(codes(ControllerFacts(house(**changes)))) == found


@pytest.mark.parametrize(
    "changes",
    [
        {"heating": {"air_sensor": 0, "thermostat": DOOR}},
        {"floor": {"name": "Полотенцесушитель", "highest_flow": raw(70)}, "floor_flow": {"alarm_high": 0}},
        {"floor": {"name": "Потолок", "highest_flow": raw(70)}},
        {"air": {"alarm_low": 0}, "heating": {"alarm_low": raw(6)}},
        {"dhw": {"setpoint": raw(50), "antilegionella": 64 | 30 << 12}},
        {"heating": {"summer_above": 0, "timetable": DAY}},
        {"heating": {"setpoint": raw(15)}},
        {"relay": {"terminal": 0}, "tap": {"terminal_open": 0, "terminal_close": 0}},
        {"note": {"flags": 8}, "owner": {"phone": "+79160000000"}},
    ],
)
def test_what_is_no_mistake(changes):
    assert codes(ControllerFacts(house(**changes))) == []


RUNNING = [
    ({"states": {AIR: {"type": 1, "t": 65535, "a": 1}}}, "sensor_fault", AIR),
    ({"states": {AIR: {"type": 1, "t": 6280.5, "a": 1}}}, "sensor_fault", AIR),
    ({"states": {AIR: {"type": 1, "t": 20.0, "a": 0}}}, "sensor_fault", AIR),
    ({"states": {AIR: {"type": 1, "a": 1}}}, "sensor_fault", AIR),
    ({"states": {AIR: {"type": 27, "failed": 1}}}, "sensor_fault", AIR),
    ({"states": {RADIO: {"type": 8, "a": 0}}}, "sensor_fault", RADIO),
    ({"states": {AIR: {"type": 1, "t": 64.0, "a": 1}}}, "sensor_implausible", AIR),
    ({"states": {9: {"type": 8, "name": "x", "h": 40, "b": 2.2, "a": 1}}}, "battery_low", 9),
    ({"states": {9: {"type": 8, "name": "x", "h": 40, "b": "2.2", "a": 1}}}, "battery_low", 9),
    ({"states": {BOILER: {"type": 6, "state": 2, "err": 28}}}, "boiler_error", BOILER),
    ({"states": {BOILER: {"type": 6, "state": 2, "err": 0}}}, "boiler_error", BOILER),
    ({"states": {BOILER: {"type": 6, "state": 2, "a": 0}}}, "boiler_link_lost", BOILER),
    ({"states": {BOILER: {"type": 6, "state": 0, "err": 0, "press": 0.6}}}, "pressure_low", BOILER),
    ({"states": {BOILER: {"type": 6, "state": 0, "err": 0, "press": 2.9}}}, "pressure_high", BOILER),
    ({"states": {DHW: {"type": 16, "stype": 1, "s": 70}}}, "dhw_scalds", DHW),
    ({"on_battery": True, "supply_v": 4.0}, "on_battery", None),
    ({"on_battery": False, "supply_v": 9.8}, "supply_low", None),
    ({"clock_error_s": -3600.0}, "clock_wrong", None),
    ({"gsm_level": 20, "gsm_registration": 3}, "sim_denied", None),
    ({"gsm_level": 0, "gsm_registration": 2}, "gsm_not_registered", None),
    ({"gsm_level": 3, "gsm_registration": 5}, "gsm_weak", None),
    ({"cloud_linked": False}, "cloud_not_linked", None),
    ({"default_login": True}, "default_login", None),
]


@pytest.mark.parametrize(("facts", "code", "about"), RUNNING)
@pytest.mark.parametrize("published_only", [False, True])
def test_what_a_running_controller_tells(facts, code, about, published_only):
    """A real one too: how it tells of itself is published."""
    assert codes(ControllerFacts(house(), **facts, published_only=published_only)) == [(code, about)]


@pytest.mark.parametrize(
    ("error_s", "en", "ru"),
    [(1800, "30 min fast", "спешат на 30 мин"), (-3 * 3600, "3.0 h slow", "отстают на 3.0 ч"),
     (-86400 * 40, "40 days slow", "отстают на 40 сут")],
)  # fmt: skip
def test_a_clock_is_off_in_a_persons_units(error_s, en, ru):
    (finding,) = check(ControllerFacts(house(), clock_error_s=error_s))
    assert en in finding.what.en
    assert ru in finding.what.ru


def test_water_that_scalds_comes_first():
    findings = check(ControllerFacts(house(dhw={"setpoint": raw(75)}, curve={"sensor": 0})))
    assert findings[0].severity is Severity.DANGER
    assert "scalds" in findings[0].meaning.en
    assert "75" in findings[0].what.ru


def test_an_empty_apn_and_an_id_that_stands_twice():
    text = house().to_bytes().replace(b"#S203=internet.mts.ru\r\n", f"#S203=\r\n#Z{AIR}=17,'x'\r\n".encode())
    assert set(codes(ControllerFacts(ConfigText.parse(text)))) == {("apn_empty", None), ("id_twice", None)}
    without = ConfigText([line for line in house() if not str(line).startswith("#S")])
    assert check(ControllerFacts(without, is_whole=False)) == []
    assert set(codes(ControllerFacts(without))) == {("apn_empty", None), ("balance_threshold_missing", None)}
    only_code = house()
    only_code.set_parameter(12, "*100#")
    assert codes(ControllerFacts(only_code)) == [("balance_threshold_missing", None)]


PUBLISHED = {
    "circuit_without_source", "flow_limits", "floor_too_hot", "floor_warm", "floor_alarm_missing",
    "frost_alarm_missing", "sensor_not_used", "terminal_twice",
}  # fmt: skip


@pytest.mark.parametrize(("changes", "code", "about"), SETTINGS)
def test_of_a_real_controller_only_published_places_are_judged(changes, code, about):
    """What stands in our own places means something else there: no mistake in them may become a finding."""
    found = codes(ControllerFacts(house(**changes), published_only=True))
    assert found in ([], [(code, about)])
    if code not in PUBLISHED and about != COMFORT:
        assert found == []


def test_a_real_controllers_file_is_known_by_what_it_lacks():
    """It may hold lines of forms that we do not know, and its objects other values in the places that are ours."""
    real = "#S7=H-1V.02_PRO 700 625\r\n#S219='zont'\r\n#S203=internet\r\n#S12=*100# 50\r\n"
    lines = [
        "#Z8362=16,'Тёплый пол',3,2950,3330,0,0,4099,0,17,3,2,,0,0,0,6145,1,2,3",
        "#Z4099=1,'Подача',12345,3230,0",
        "#Z16385=4,'Хозяин',{+79161234567}", "#Z12289=3,'Авария'", "#Z700=77,1,2", "#Z6145=6,'Котёл',1,1,1,1,1",
    ]  # fmt: skip
    facts = facts_of_file((real + "\r\n".join(lines) + "\r\n").encode(ENCODING))
    assert facts.published_only
    # The user's line is not understood, but that it is a user's is.
    assert codes(facts) == [("floor_too_hot", 8362)]
    without = facts_of_file((real + "\r\n".join(lines[:2])).encode(ENCODING))
    assert codes(without) == [
        ("floor_too_hot", 8362),
        ("alarm_user_missing", None),
        ("notification_missing", None),
    ]
    # Over the line not all objects may be told.
    assert codes(replace(without, is_whole=False)) == [("floor_too_hot", 8362)]


@given(st.binary(max_size=200))
def test_whatever_a_file_holds_it_is_checked(data):
    for published_only in (False, True):
        config = ConfigText.parse(house().to_bytes() + data)
        for finding in check(ControllerFacts(config, published_only=published_only)):
            assert finding.what.ru
            assert finding.way_out.en


@given(
    st.dictionaries(
        st.integers(4097, 4121),
        st.dictionaries(
            st.sampled_from(["type", "t", "a", "b", "s", "err", "press", "state", "failed", "name"]),
            st.none() | st.booleans() | st.integers(-10, 70000) | st.floats() | st.text(max_size=4),
        ),
        max_size=4,
    )
)
def test_whatever_a_controller_says_it_is_checked(states):
    for finding in check(ControllerFacts(house(), states)):
        assert finding.what.ru


def test_all_words_are_there_in_both_languages():
    shown = {code for _, code, _ in SETTINGS} | {code for _, code, _ in RUNNING}
    assert set(WORDS) - shown == {
        "id_twice", "apn_empty", "balance_threshold_missing", "alarm_user_missing", "notification_missing",
        "recipient_without_phone",
    }  # fmt: skip
    for code, words in WORDS.items():
        for text in (words.what, words.meaning, words.way_out):
            fields = [
                {name for _, name, _, _ in string.Formatter().parse(each) if name}
                for each in (text.ru, text.en)
            ]
            assert fields[0] == fields[1], code
            assert re.search("[А-Яа-яё]|{way_out}", text.ru), code
            assert not re.search("[А-Яа-яё]", text.en), code
