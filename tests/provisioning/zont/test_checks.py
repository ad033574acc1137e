"""What an installer misses is found, and a good installation gives no findings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.zont.checks import ControllerFacts, Severity, check
from provisioning.zont.config_text import ConfigText
from provisioning.zont.object_fields import object_line
from provisioning.zont.object_types import ObjectType as T

AIR, OUTDOOR, FLOW, TANK, BOILER, PUMP, CURVE, HEATING, DHW = range(4097, 4106)


def house(**changes: dict) -> ConfigText:
    """A good installation; `changes` by the object's name here replace values."""
    values = {
        "air": (AIR, T.WIRED_TEMPERATURE_SENSOR, {"name": "Дом", "address": "28-1"}),
        "outdoor": (OUTDOOR, T.WIRED_TEMPERATURE_SENSOR, {"name": "Улица", "address": "28-2"}),
        "flow": (FLOW, T.WIRED_TEMPERATURE_SENSOR, {"name": "Подача", "address": "28-3"}),
        "tank": (TANK, T.WIRED_TEMPERATURE_SENSOR, {"name": "Бак", "address": "28-4"}),
        "boiler": (BOILER, T.BOILER_ADAPTER, {"name": "Котёл"}),
        "pump": (PUMP, T.PUMP, {"name": "Насос"}),
        "curve": (
            CURVE, T.WEATHER_CURVE,
            {"name": "ПЗА", "sensor": OUTDOOR, "outdoor": (2530, 2930), "flow": (3330, 2980)},
        ),
        "heating": (
            HEATING, T.HEATING_CIRCUIT,
            {"name": "Радиаторы", "stype": 3, "air_sensor": AIR, "pump": PUMP, "curve": CURVE, "source": BOILER},
        ),
        "dhw": (
            DHW, T.HEATING_CIRCUIT,
            {"name": "ГВС", "stype": 1, "settings": 2, "flow_sensor": TANK, "source": BOILER, "setpoint": 3330},
        ),
    }  # fmt: skip
    config = ConfigText()
    for name, (object_id, kind, fields) in values.items():
        line = object_line(object_id, kind, **{**fields, **changes.get(name, {})})
        config.set_object(object_id, line.values)
    config.set_parameter(203, "internet.mts.ru")
    return config


def codes(facts: ControllerFacts) -> list[tuple[str, int | None]]:
    return [(each.code, each.object_id) for each in check(facts)]


def test_a_good_installation_has_no_findings():
    states = {AIR: {"type": 1, "t": 21.2, "a": 1}, OUTDOOR: {"type": 1, "t": -5, "a": 1}}
    assert check(ControllerFacts(house(), states, on_battery=False, clock_error_s=12.0)) == []


@pytest.mark.parametrize(
    ("changes", "code", "about"),
    [
        ({"boiler": {"own_compensation": 1}}, "double_compensation", HEATING),
        ({"curve": {"sensor": 0}}, "outdoor_sensor_missing", CURVE),
        ({"dhw": {"pump": PUMP}}, "shared_pump", PUMP),
        ({"heating": {"air_sensor": 0, "curve": 0}}, "sensor_not_used", HEATING),
        ({"dhw": {"setpoint": 3480}}, "dhw_limits", DHW),
        ({"dhw": {"setpoint": 3180}}, "dhw_limits", DHW),
        ({"heating": {"pump": 999}}, "config_line", None),
        ({"heating": {"pump": AIR}}, "config_line", None),
        ({"heating": {"stype": 17}}, "config_line", None),
    ],
)
def test_settings(changes, code, about):
    assert (code, about) in codes(ControllerFacts(house(**changes)))


def test_water_that_scalds_comes_first():
    findings = check(ControllerFacts(house(dhw={"setpoint": 3480}, curve={"sensor": 0})))
    assert findings[0].severity is Severity.DANGER
    assert "scalds" in findings[0].what.en


@pytest.mark.parametrize(
    ("facts", "code", "about"),
    [
        ({"states": {AIR: {"type": 1, "t": 65535, "a": 1}}}, "sensor_fault", AIR),
        ({"states": {AIR: {"type": 1, "t": 20.0, "a": 0}}}, "sensor_fault", AIR),
        ({"states": {9: {"type": 8, "name": "x", "h": 40, "b": 2.2, "a": 1}}}, "battery_low", 9),
        ({"on_battery": True}, "on_battery", None),
        ({"clock_error_s": -3600.0}, "clock_wrong", None),
    ],
)
def test_states(facts, code, about):
    assert codes(ControllerFacts(house(), **facts)) == [(code, about)]


def test_an_empty_apn_and_an_id_that_stands_twice():
    text = house().to_bytes().replace(b"#S203=internet.mts.ru\r\n", f"#S203=\r\n#Z{AIR}=17,'x'\r\n".encode())
    assert {code for code, _ in codes(ControllerFacts(ConfigText.parse(text)))} == {
        "apn_empty",
        "config_line",
    }
    without = ConfigText([line for line in house() if not str(line).startswith("#S")])
    assert check(ControllerFacts(without, knows_parameters=False)) == []


def test_of_a_real_controller_only_published_places_are_judged():
    unsafe = house(dhw={"pump": PUMP}, boiler={"own_compensation": 1})
    assert {"shared_pump", "double_compensation"} <= {code for code, _ in codes(ControllerFacts(unsafe))}
    assert codes(ControllerFacts(unsafe, published_only=True)) == [
        ("outdoor_sensor_missing", CURVE)
    ] or not codes(ControllerFacts(unsafe, published_only=True))


@given(st.binary(max_size=200))
def test_whatever_a_file_holds_it_is_checked(data):
    for finding in check(ControllerFacts(ConfigText.parse(house().to_bytes() + data))):
        assert finding.what.ru
        assert finding.way_out.en
