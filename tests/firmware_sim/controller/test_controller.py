"""The controller's regulation, as the people in the house and the installer would see it."""

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.controller import Controller, Identity, Sensor, TwoPoint, WeatherCurve
from firmware_sim.plant import PRESETS, BoilerParameters, Plant, RadiatorCircuit, Tank, Weather
from provisioning.controller_profile import RegisterValueError, load_profile

HOUR = 3600.0
DAY = 24 * HOUR


def house(outdoor_c: float, air_c: float = 20.0) -> Plant:
    weather = Weather(mean_c=outdoor_c, daily_swing_k=0.0, front_k=0.0)
    return Plant(weather=weather, air_c=air_c)


def tank_of(plant: Plant) -> Tank:
    assert plant.tank is not None
    return plant.tank


def status(controller: Controller) -> tuple[str, ...]:
    return controller.profile["status"].flag_names(controller.value("status"))


def lowest_and_highest_air(controller: Controller, start_s: float, end_s: float) -> tuple[float, float]:
    seen: list[float] = []
    for now in range(int(start_s), int(end_s), 60):
        controller.advance(float(now))
        seen.append(controller.plant.first_room.air_c)
    return min(seen), max(seen)


class TestHeating:
    @pytest.mark.parametrize("outdoor_c", [5.0, -10.0, -25.0])
    @pytest.mark.parametrize("mode", ["air", "curve"])
    def test_the_room_is_held(self, mode: str, outdoor_c: float) -> None:
        controller = Controller(house(outdoor_c), now=0.0)
        controller.set("heating_mode", mode)
        controller.set("air_setpoint", 21.0)
        controller.set("dhw_enabled", 0)
        low, high = lowest_and_highest_air(controller, 2 * DAY, 3 * DAY)
        assert 19.5 < low <= high < 22.5

    def test_no_heating_in_summer(self) -> None:
        controller = Controller(house(24.0, air_c=24.0), now=0.0)
        controller.set("heating_mode", "curve")
        controller.advance(DAY)
        assert "summer" in controller.profile["status"].flag_names(controller.value("status"))
        radiators = controller.plant.circuits["radiators"]
        assert isinstance(radiators, RadiatorCircuit)
        assert radiators.water_c < 35

    def test_hot_water_costs_the_room_little(self) -> None:
        controller = Controller(house(-20.0), now=0.0)
        low, _ = lowest_and_highest_air(controller, 2 * DAY, 3 * DAY)
        assert low > 18.0
        assert tank_of(controller.plant).temp_c > 45

    def test_hot_water_goes_first_and_gets_hot(self) -> None:
        plant = house(-10.0)
        tank_of(plant).fill_at(20.0)
        controller = Controller(plant, now=0.0)
        controller.advance(600.0)
        assert tank_of(plant).charge_on
        assert plant.boiler.flow_target_c == 70.0
        controller.advance(2 * HOUR)
        assert not tank_of(plant).charge_on
        assert tank_of(plant).temp_c > 52
        controller.set("dhw_enabled", 0)
        tank_of(plant).fill_at(20.0)
        controller.advance(2 * HOUR + 60)
        assert not tank_of(plant).charge_on

    def test_hot_water_that_does_not_come_gives_way_and_raises_an_alarm(self) -> None:
        weak = BoilerParameters(min_power_w=500.0, max_power_w=1000.0)
        cottage = dataclasses.replace(PRESETS["brick_cottage"], boilers=(weak,))
        plant = Plant(cottage, Weather(mean_c=-10.0, daily_swing_k=0.0, front_k=0.0))
        tank_of(plant).fill_at(15.0)
        controller = Controller(plant, now=0.0)
        controller.advance(HOUR - 60)
        assert "valve_dhw" in status(controller)
        controller.advance(HOUR + 60)
        assert "valve_dhw" not in status(controller)
        assert "dhw_timeout" in controller.alarms
        controller.advance(HOUR + 1800 + 60)
        assert "valve_dhw" in status(controller)
        assert "dhw_timeout" not in controller.alarms

    def test_the_pump_runs_on(self) -> None:
        controller = Controller(house(-10.0, air_c=12.0), now=0.0)
        controller.set("dhw_enabled", 0)
        controller.advance(HOUR)
        controller.set("heating_mode", "off")
        controller.advance(HOUR + 240)
        assert controller.plant.circuits["radiators"].pump_on
        controller.advance(HOUR + 360)
        assert not controller.plant.circuits["radiators"].pump_on


class TestFrost:
    def test_c4_9_a_house_that_is_off_does_not_freeze(self) -> None:
        controller = Controller(house(-25.0, air_c=12.0), now=0.0)
        controller.set("heating_mode", "off")
        low, high = lowest_and_highest_air(controller, 0, 4 * DAY)
        assert 5.0 < low < 8.0
        assert high < 13
        assert controller.alarms == ()

    def test_without_its_sensor_the_weather_decides(self) -> None:
        controller = Controller(house(-25.0, air_c=12.0), now=0.0)
        controller.set("heating_mode", "off")
        controller.broken_sensors.add(Sensor.AIR)
        low, _ = lowest_and_highest_air(controller, 0, 3 * DAY)
        assert low > 5.0
        assert controller.alarms == ("air_sensor_fault",)

    def test_a_boiler_that_does_not_light_is_an_alarm(self) -> None:
        plant = house(-25.0, air_c=8.0)
        plant.boiler.flame_works = False
        controller = Controller(plant, now=0.0)
        controller.advance(2 * DAY)
        assert controller.alarms == ("boiler_fault", "air_too_cold")
        plant.boiler.flame_works = True
        controller.set("boiler_reset", 1)
        controller.advance(4 * DAY)
        assert controller.alarms == ()
        story = [(event.name, event.active) for event in controller.events]
        assert story == [
            ("boiler_fault", True),
            ("air_too_cold", True),
            ("boiler_fault", False),
            ("air_too_cold", False),
        ]


class TestFaults:
    @pytest.mark.parametrize(("mode", "sensor"), [("air", Sensor.AIR), ("curve", Sensor.OUTDOOR)])
    def test_a_lost_sensor_does_not_leave_the_house_cold(self, mode: str, sensor: Sensor) -> None:
        controller = Controller(house(-10.0), now=0.0)
        controller.set("heating_mode", mode)
        controller.broken_sensors.add(sensor)
        controller.advance(3 * DAY)
        assert 15 < controller.plant.first_room.air_c < 30
        assert controller.value(f"{sensor}_temp") is None
        assert controller.alarms == (f"{sensor}_sensor_fault",)

    def test_a_leak_is_noticed(self) -> None:
        controller = Controller(house(0.0), now=0.0)
        controller.plant.water_lost_l = 5.0
        controller.advance(60.0)
        assert controller.alarms == ("pressure_low",)


class TestWeatherCurve:
    @given(st.floats(-50, 40), st.floats(-50, 40), st.floats(5, 35), st.floats(-15, 15))
    def test_c4_8_never_rises_with_the_outdoor_temperature(
        self, one_c: float, other_c: float, setpoint_c: float, shift_k: float
    ) -> None:
        curve = WeatherCurve()
        cold_c, warm_c = sorted((one_c, other_c))
        cold = curve.flow_target_c(cold_c, setpoint_c, shift_k=shift_k)
        warm = curve.flow_target_c(warm_c, setpoint_c, shift_k=shift_k)
        assert curve.min_c <= warm <= cold <= curve.max_c

    @given(st.floats(-20, 10), st.floats(-5, 5))
    def test_a_shift_moves_all_points_alike(self, outdoor_c: float, shift_k: float) -> None:
        curve = WeatherCurve(min_c=0, max_c=200)
        moved = curve.flow_target_c(outdoor_c, 20.0, shift_k=shift_k)
        assert moved - curve.flow_target_c(outdoor_c, 20.0) == pytest.approx(shift_k)

    def test_its_anchors(self) -> None:
        curve = WeatherCurve()
        assert curve.flow_target_c(-28.0, 20.0) == pytest.approx(70.0)
        assert curve.flow_target_c(20.0, 20.0) == 25.0
        assert curve.flow_target_c(-10.0, 20.0, room_c=19.0) == pytest.approx(
            curve.flow_target_c(-10.0, 20.0) + 3.0
        )


def test_two_point_control_has_its_hysteresis() -> None:
    control = TwoPoint(1.0)
    assert [control.update(t, 20.0) for t in (20.0, 19.6, 19.4, 20.4, 20.6, 19.6)] == [
        False,
        False,
        True,
        True,
        False,
        False,
    ]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0.1, 900), min_size=1, max_size=10))
def test_how_often_it_is_asked_changes_nothing(pauses: list[float]) -> None:
    asked, left_alone = Controller(now=0.0), Controller(now=0.0)
    now = 0.0
    for pause in pauses:
        now += pause
        asked.advance(now)
    left_alone.advance(now)
    assert asked.plant.energy == left_alone.plant.energy
    assert asked.plant.stored_j == left_alone.plant.stored_j
    assert asked.value("uptime") == left_alone.value("uptime")


class TestSetpoints:
    def test_every_register_has_a_value_that_it_can_hold(self) -> None:
        controller = Controller(now=0.0)
        for register in load_profile("thermogate_h1v").registers:
            register.encode(controller.value(register.name))

    def test_what_is_kept_is_what_the_map_can_say(self) -> None:
        controller = Controller(now=0.0)
        controller.set("air_setpoint", 21.54)
        assert controller.value("air_setpoint") == 21.5

    @pytest.mark.parametrize(
        ("name", "value"), [("air_setpoint", 50.0), ("air_temp", 20.0), ("nothing", 1), ("heating_mode", "x")]
    )
    def test_what_cannot_be_is_refused(self, name: str, value: float | str) -> None:
        controller = Controller(now=0.0)
        with pytest.raises(RegisterValueError):
            controller.set(name, value)

    def test_sensors_have_the_resolution_of_the_wire(self) -> None:
        controller = Controller(house(0.0), now=0.0)
        controller.plant.first_room.air_c = 20.03
        assert controller.measure(Sensor.AIR) == 20.0


@pytest.mark.parametrize("serial", ["", "0A1B2C3D4E5", "0a1b2c3d4e5f", "0A1B2C3D4E5G"])
def test_a_serial_has_twelve_hex_digits(serial: str) -> None:
    with pytest.raises(ValueError, match="serial"):
        Identity(serial=serial)
