"""The controller through its register map, as somebody at a Modbus client meets the house behind it."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.controller import MODELS, Installation
from firmware_sim.controller import presets as p
from firmware_sim.controller.register_view import RegisterView
from firmware_sim.plant import PRESETS, BoilerParameters, Plant, Weather
from provisioning.controller_profile import RegisterValueError, load_profile
from provisioning.zont.config_text import ConfigText

HOUR_S = 3600.0
PROFILE = load_profile("thermogate_h1v")
SETPOINTS = [register for register in PROFILE.registers if register.writable]


class House:
    """An installation and its registers; `air_c` are its rooms and its water at the start."""

    def __init__(self, outdoor_c: float, *, air_c: float = 20.0, parameters=PRESETS["brick_cottage"], **more):
        weather = Weather(mean_c=outdoor_c, daily_swing_k=0.0, front_k=0.0)
        self.installation = Installation(Plant(parameters, weather, air_c=air_c), **more)
        self.plant = self.installation.plant
        self.view = RegisterView(self.installation.firmware, lambda: self.plant.energy.gas_j / 3.6e6)

    def live(self, seconds: float) -> None:
        self.installation.advance(self.installation.now + seconds)

    def flags(self, register: str) -> set[str]:
        return set(PROFILE[register].flag_names(self.view.value(register)))

    def __getitem__(self, name: str):
        return self.view.value(name)

    def __setitem__(self, name: str, value) -> None:
        self.view.set(name, value)


@pytest.mark.parametrize(
    ("mode", "outdoor_c"), [("air", -25.0), ("air", 5.0), ("curve", -25.0), ("curve", 5.0)]
)
def test_the_room_is_held(mode, outdoor_c):
    house = House(outdoor_c)
    house["heating_mode"] = mode
    house["dhw_enabled"] = 0
    assert (house["heating_mode"], house["dhw_enabled"]) == (mode, 0)
    house.live(9 * HOUR_S)
    seen_c = []
    for _ in range(18):
        house.live(600.0)
        seen_c.append(house.plant.first_room.air_c)
    assert 19.5 < min(seen_c) <= max(seen_c) < 22.5


def test_no_heating_in_summer():
    house = House(24.0, air_c=24.0)
    house["heating_mode"] = "curve"
    house.live(HOUR_S)
    assert "summer" in house.flags("status")
    assert "heat_request" not in house.flags("status")


def test_hot_water_goes_first_and_gets_hot():
    house = House(-10.0)
    assert house.plant.tank is not None
    house.plant.tank.fill_at(20.0)
    house.live(600.0)
    assert {"dhw_request", "valve_dhw", "flame"} <= house.flags("status")
    assert house["flow_target"] == 70.0
    house.live(2 * HOUR_S)
    assert "valve_dhw" not in house.flags("status")
    assert house["dhw_temp"] > 52.0
    house["dhw_enabled"] = 0
    house.plant.tank.fill_at(20.0)
    house.live(60.0)
    assert "dhw_request" not in house.flags("status")


def test_hot_water_that_does_not_come_gives_way_and_raises_an_alarm():
    weak = BoilerParameters(min_power_w=500.0, max_power_w=1000.0)
    house = House(-10.0, parameters=dataclasses.replace(PRESETS["brick_cottage"], boilers=(weak,)))
    assert house.plant.tank is not None
    house.plant.tank.fill_at(15.0)
    house.live(HOUR_S - 90.0)
    assert "dhw_request" in house.flags("status")
    house.live(120.0)
    assert "dhw_request" not in house.flags("status")
    assert "dhw_timeout" in house.flags("alarms")
    house.live(1800.0)
    assert "dhw_request" in house.flags("status")


def test_the_pump_runs_on_when_heating_is_switched_off():
    house = House(-10.0, air_c=12.0)
    house["dhw_enabled"] = 0
    house.live(HOUR_S)
    house["heating_mode"] = "off"
    house.live(240.0)
    assert "pump" in house.flags("status")
    house.live(120.0)
    assert "pump" not in house.flags("status")


def test_c4_9_a_house_that_is_off_does_not_freeze_and_says_so():
    house = House(-25.0, air_c=8.0)
    house["heating_mode"] = "off"
    guarded, coldest_c = False, 99.0
    for _ in range(24 * 4):
        house.live(900.0)
        guarded |= "frost_protection" in house.flags("status")
        coldest_c = min(coldest_c, house["air_temp"])
    assert guarded
    assert coldest_c >= 5.0
    assert house.flags("alarms") == set()


def test_a_boiler_that_does_not_light_is_an_alarm_until_it_is_reset():
    house = House(-25.0, air_c=8.0)
    house.plant.boiler.flame_works = False
    house.live(6 * HOUR_S)
    assert house.flags("alarms") >= {"boiler_fault", "air_too_cold"}
    house.plant.boiler.flame_works = True
    house["boiler_reset"] = 1
    assert house["boiler_reset"] == 1
    house.live(10.0)
    assert house["boiler_reset"] == 0
    assert "boiler_fault" not in house.flags("alarms")
    house.live(9 * HOUR_S)
    assert house.flags("alarms") == set()


@pytest.mark.parametrize(
    ("mode", "wire", "which"), [("air", "28-air", "air"), ("curve", "28-outdoor", "outdoor")]
)
def test_a_lost_sensor_is_named_and_does_not_leave_the_house_cold(mode, wire, which):
    house = House(-10.0)
    house["heating_mode"] = mode
    house.installation.wiring.cut.add(wire)
    house.live(12 * HOUR_S)
    assert 15.0 < house.plant.first_room.air_c < 30.0
    assert house[f"{which}_temp"] is None
    assert house.flags("alarms") == {f"{which}_sensor_fault"}


def test_a_leak_is_noticed():
    house = House(0.0)
    house.plant.water_lost_l = 5.0
    house.live(120.0)
    assert "pressure_low" in house.flags("alarms")
    assert house["pressure"] == pytest.approx(house.plant.pressure_bar, abs=0.05)


def test_the_meter_counts_gas():
    house = House(-10.0)
    house.live(HOUR_S)
    assert house["gas_energy"] == pytest.approx(house.plant.energy.gas_j / 3.6e6)
    assert house["burner_starts"] >= 1


@pytest.mark.parametrize("model", ["H-1V.02", "H2000+ PRO.V2"])
def test_every_register_has_a_value_that_it_can_hold(model):
    house = House(-10.0, parameters=PRESETS["large_house"], model=MODELS[model])
    house.live(60.0)
    for register in PROFILE.registers:
        register.encode(house[register.name])
    assert house["air_temp"] == pytest.approx(house.plant.rooms["upper"].air_c, abs=0.1)


def test_of_an_empty_configuration_nothing_is_told_and_nothing_can_be_set():
    house = House(-10.0, config=ConfigText())
    house.live(60.0)
    for register in PROFILE.registers:
        register.encode(house[register.name])
    assert house["air_temp"] is None
    for register in SETPOINTS:
        with pytest.raises(RegisterValueError, match="no such thing"):
            house[register.name] = register.decode(
                register.encode(register.minimum or register.choices.get(2, 0))
            )


@given(st.floats(5.0, 35.0), st.floats(25.0, 75.0), st.floats(-15.0, 15.0))
def test_setpoints_are_kept_as_the_map_can_say_them(air_c, dhw_c, shift_k):
    house = House(0.0)
    for name, value in (("air_setpoint", air_c), ("dhw_setpoint", dhw_c), ("curve_shift", shift_k)):
        house[name] = value
        assert house[name] == pytest.approx(value, abs=0.051)
    kept = house["air_setpoint"]
    house["heating_mode"] = "off"
    assert house["air_setpoint"] == kept
    house["heating_mode"] = "curve"
    assert (house["air_setpoint"], house["heating_mode"]) == (kept, "curve")


def test_what_is_set_shows_everywhere_and_survives_a_reload():
    house = House(0.0)
    firmware = house.installation.firmware
    house["air_setpoint"] = 22.5
    house["curve_shift"] = 3.0
    assert firmware.state(p.RADIATORS)["s"] == 22.5
    firmware.command(p.RADIATORS, 2950)
    assert house["air_setpoint"] == 22.0
    before = house.view.version
    firmware.reload()
    assert house.view.version != before
    assert (house["air_setpoint"], house["curve_shift"]) == (22.0, 3.0)


@pytest.mark.parametrize(
    ("name", "value"), [("air_setpoint", 50.0), ("air_temp", 20.0), ("nothing", 1), ("heating_mode", "x")]
)
def test_what_cannot_be_is_refused(name, value):
    with pytest.raises(RegisterValueError):
        House(0.0)[name] = value


def test_the_profile_is_for_every_model():
    assert set(PROFILE.models) == set(MODELS)
