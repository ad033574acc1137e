"""Each fault as the controller sees it: what a real one in that house would say, and when it is over."""

from __future__ import annotations

import math

import pytest

from firmware_sim.controller import presets as p
from firmware_sim.controller.control.active_faults import ActiveFaults
from firmware_sim.controller.control.fault_kinds import FAULTS
from firmware_sim.controller.models import MODELS
from firmware_sim.controller.wiring import Installation
from firmware_sim.plant import PRESETS, Plant
from provisioning.zont.object_values import with_values

MINUTE_S, HOUR_S = 60, 3600


async def test_a_cut_sensor_is_an_alarm_after_ten_seconds_and_none_when_it_is_mended(site):
    number = await site.fault("sensor_cut", "28-air")
    await site.wait(8)
    assert await site.alarms() == set()
    await site.wait(4)
    assert await site.alarms() == {("Дом", "sensor_lost")}
    shown = await site.get(f"/objects/{p.AIR}")
    assert (shown["state"], shown["inner"]) == ({"a": 0}, "65535")
    assert (await site.get("/leds"))["boiler"] == "fast"
    await site.end(number)
    await site.wait(2)
    assert await site.alarms() == set()


async def test_a_stuck_sensor_lies_without_an_alarm_until_its_limit(site):
    await site.fault("sensor_stuck", "28-air", 19.0)
    await site.wait(MINUTE_S)
    assert (await site.get(f"/objects/{p.AIR}"))["state"]["t"] == 19.0
    assert await site.alarms() == set()
    await site.fault("sensor_stuck", "28-air", 4.0)
    await site.wait(2)
    assert ("Дом", "too_cold") in await site.alarms()
    assert [each["value"] for each in await site.get("/faults")] == [4.0]


async def test_a_house_without_current_lives_on_the_battery_and_cools(site):
    await site.wait(HOUR_S)
    number = await site.fault("mains_off")
    await site.wait(2 * MINUTE_S)
    assert ("H2000+ PRO.V2", "mains_lost") in await site.alarms()
    assert (await site.get("/leds"))["power"] == "slow"
    supply = await site.get("/supply")
    assert (supply["mains"], supply["on_battery"], supply["is_off"]) == (False, True, False)
    assert not any(each["linked"] for each in await site.get("/buses"))
    house = await site.get("/house")
    assert not any(each["flame"] or each["pump_on"] for each in house["boilers"])
    assert not any(each["flowing"] for each in house["circuits"])
    await site.end(number)
    await site.wait(2 * MINUTE_S)
    assert all(each["linked"] for each in await site.get("/buses"))
    assert await site.alarms() == set()
    assert (await site.get("/leds"))["power"] == "on"


async def test_an_empty_battery_puts_the_controller_out(site):
    await site.put("/supply/battery", battery_percent=0.1)
    number = await site.fault("mains_off")
    await site.wait(5)
    assert ("H2000+ PRO.V2", "battery_low") in await site.alarms()
    await site.wait(MINUTE_S)
    assert (await site.get("/supply"))["is_off"] is True
    assert set((await site.get("/leds")).values()) == {"off"}
    config = (await site.http.get("/config")).content
    for refused in (
        await site.http.post(f"/objects/{p.RELAY_YARD}/command", json={"value": 1}),
        await site.http.put("/config", content=config),
        await site.http.post("/restart"),
    ):
        assert (refused.status_code, refused.json()["type"]) == (409, "urn:thermogate:powered_off")
    assert (await site.http.put("/config", params={"dry_run": True}, content=config)).status_code == 200
    await site.end(number)
    await site.wait(5)
    about = await site.get("/")
    assert (about["restarts"], about["leds"]["power"]) == (1, "on")


async def test_a_leak_empties_the_heating_until_the_pressure_alarms_and_water_comes_back(site):
    number = await site.fault("leak", value=30.0)
    await site.wait(40 * MINUTE_S)
    before = (await site.get("/house"))["water"]
    assert before["leak_l_h"] == pytest.approx(30.0)
    assert before["lost_l"] == pytest.approx(20.0, abs=0.1)
    assert ("Котёл", "low_pressure") in await site.alarms()
    await site.end(number)
    assert (await site.put("/house/pressure", pressure_bar=1.5))["pressure_bar"] == pytest.approx(1.5)
    await site.wait(2 * MINUTE_S)
    assert await site.alarms() == set()


async def test_without_gas_the_boiler_locks_out_and_its_reset_key_helps_when_gas_is_back(serve):
    site = await serve(house="brick_cottage", model="H-1V.02")
    await site.wait(10 * MINUTE_S)
    started = (await site.get("/house"))["boilers"][0]["starts"]
    assert started >= 1
    number = await site.fault("gas_off")
    await site.wait(15 * MINUTE_S)
    boiler = (await site.get("/house"))["boilers"][0]
    assert (boiler["lockout"], boiler["flame"]) == ("no_flame", False)
    assert ("Котёл", "boiler_failure") in await site.alarms()
    await site.end(number)
    await site.wait(5 * MINUTE_S)
    assert ("Котёл", "boiler_failure") in await site.alarms()
    assert (await site.http.delete("/house/boilers/boiler/lockout")).json()["lockout"] is None
    await site.wait(10 * MINUTE_S)
    assert ("Котёл", "boiler_failure") not in await site.alarms()
    assert (await site.get("/house"))["boilers"][0]["starts"] > boiler["starts"] >= started


async def test_a_lockout_is_lifted_by_the_controllers_command(serve):
    site = await serve(house="brick_cottage", model="H-1V.02")
    locked = await site.put("/house/boilers/boiler/lockout", why="overheated")
    assert locked["lockout"] == "overheated"
    await site.wait(MINUTE_S)
    assert await site.alarms() == {("Котёл", "boiler_failure")}
    done = (await site.http.post(f"/objects/{p.BOILER_1}/command", json={"value": 1})).json()
    assert done == {
        "id": p.BOILER_1,
        "cmdres": 0,
        "accepted": True,
        "meaning": "accepted; done is what the state shows",
    }
    await site.wait(MINUTE_S)
    assert await site.alarms() == set()


@pytest.mark.parametrize(
    ("fault", "place", "value"),
    [("bus_cut", "0000", None), ("bus_shorted", "0000", None), ("bus_noisy", "0000", 1.0),
     ("bus_late", "0000", 1.0), ("boiler_off", "first", None)],
)  # fmt: skip
async def test_a_bus_that_carries_nothing_is_an_alarm_after_a_while(site, fault, place, value):
    number = await site.fault(fault, place, value)
    await site.wait(MINUTE_S)
    assert ("Котёл", "boiler_link_lost") not in await site.alarms()
    await site.wait(2 * MINUTE_S)
    assert ("Котёл", "boiler_link_lost") in await site.alarms()
    linked = {each["serial"]: each["linked"] for each in await site.get("/buses")}
    assert linked == {"0000": False, "0001": True}
    await site.end(number)
    await site.wait(MINUTE_S)
    assert await site.alarms() == set()


async def test_radio_sensors_fall_silent_run_down_and_trigger(site):
    number = await site.fault("radio_battery", "radio-leak", 2.1)
    await site.fault("radio_triggered", "radio-leak")
    await site.wait(2)
    state = (await site.get(f"/objects/{p.RADIO_LEAK}"))["state"]
    assert (state["b"], state["trig"]) == (2.1, 1)
    assert "Протечка в котельной" in {name for name, _ in await site.alarms()}
    await site.end(number)
    await site.fault("radio_silent", "radio-leak")
    await site.wait(HOUR_S)
    assert ("Протечка в котельной", "sensor_lost") in await site.alarms()
    assert (await site.http.delete("/faults")).status_code == 204
    await site.wait(20)
    state = (await site.get(f"/objects/{p.RADIO_LEAK}"))["state"]
    assert (state["b"], state["trig"]) == (3.0, 0)
    assert await site.alarms() == set()


async def test_inputs_door_and_leak_sensor_and_a_broken_pressure_sensor(site):
    door = await site.fault("input_volts", "2", 5.0)
    await site.fault("input_volts", "3", 0.0)
    pressure = await site.fault("input_volts", "1", 4.5)
    await site.wait(2)
    assert {name for name, _ in await site.alarms()} == {"Дверь", "Протечка", "Давление"}
    assert (await site.get(f"/objects/{p.PRESSURE}"))["state"]["v"] == 5.0
    await site.end(door)
    await site.end(pressure)
    await site.wait(2)
    assert {name for name, _ in await site.alarms()} == {"Протечка"}


async def test_a_burnt_relay_leaves_the_house_cold_though_the_controller_believes_its_pump_runs(site):
    await site.wait(HOUR_S)
    pump = f"/objects/{p.PUMP_RADIATORS}"
    assert (await site.http.post(f"{pump}/command", json={"value": 1})).json()["accepted"]
    await site.fault("relay_welded", "1", 0.0)
    await site.wait(MINUTE_S)
    circuits = {each["name"]: each for each in (await site.get("/house"))["circuits"]}
    assert (await site.get(pump))["state"]["s"] == 1
    assert circuits["radiators"]["pump_on"] is False
    assert (await site.http.delete("/faults")).status_code == 204
    circuits = {each["name"]: each for each in (await site.get("/house"))["circuits"]}
    assert circuits["radiators"]["pump_on"] is True


async def test_a_seized_pump_moves_nothing_and_a_stuck_tap_stays(site):
    await site.wait(30 * MINUTE_S)
    await site.fault("pump_seized", "radiators")
    await site.fault("tap_stuck", "floor")
    before = {each["name"]: each for each in (await site.get("/house"))["circuits"]}
    await site.put("/house/outdoor", temp_c=-35.0)
    await site.wait(HOUR_S)
    after = {each["name"]: each for each in (await site.get("/house"))["circuits"]}
    assert (after["radiators"]["pump_on"], after["radiators"]["flowing"]) == (True, False)
    assert after["floor"]["valve_percent"] == before["floor"]["valve_percent"]


async def test_an_open_window_cools_its_room_and_no_heat_is_missing(site):
    await site.wait(HOUR_S)
    number = await site.fault("window_open", "upper", 300.0)
    before = {each["name"]: each for each in (await site.get("/house"))["rooms"]}
    await site.wait(10 * MINUTE_S)
    house = await site.get("/house")
    opened = {each["name"]: each for each in house["rooms"]}
    assert opened["upper"]["lost_w"] > before["upper"]["lost_w"] + 300 * 20
    assert opened["upper"]["air_c"] < before["upper"]["air_c"] - 1
    assert abs(house["energy"]["missing_kwh"]) < 1e-6
    await site.end(number)
    await site.wait(2)
    assert (await site.get("/house"))["rooms"][1]["lost_w"] < before["upper"]["lost_w"]


def test_ending_one_fault_leaves_the_other_that_touches_the_same():
    it = Installation(Plant(PRESETS["large_house"]), model=MODELS["H2000+ PRO.V2"])
    faults = ActiveFaults(it)
    mains = faults.begin("mains_off", None, None)
    faults.begin("boiler_off", "first", None)
    assert faults.end(mains.id) is mains
    assert [boiler.powered for boiler in it.plant.boilers] == [False, True]
    faults.end_all()
    assert [boiler.powered for boiler in it.plant.boilers] == [True, True]


@pytest.mark.parametrize("kind", FAULTS.values(), ids=lambda kind: kind.name)
def test_every_kind_has_a_place_in_the_large_house_and_goes_without_a_trace(kind):
    model = MODELS["H2000+ PRO.V2"]
    config = p.preset(model)
    ebus = with_values(config.get_object(p.BOILER_2), bus=1)
    config.set_object(p.BOILER_2, ebus.values)
    it = Installation(Plant(PRESETS["large_house"]), model=model, config=config)

    def traces() -> object:
        plant, wiring = it.plant, it.wiring
        parts = [*plant.boilers, *plant.circuits.values(), plant.tank]
        flags = [
            "powered",
            "gas_on",
            "flame_works",
            "pump_works",
            "sensor_error_k",
            "valve_works",
            "flow_part",
            "charge_works",
        ]
        return (
            [[getattr(part, flag, None) for flag in flags] for part in [plant, *parts]],
            [str(bus.faults) for bus in wiring.buses.values()],
            plant.leak_l_s,
            [room.parameters for room in plant.rooms.values()],
            set(wiring.cut),
            dict(wiring.stuck_c),
            dict(wiring.battery_v),
            dict(wiring.volts_at),
            dict(wiring.radios),
            dict(wiring._welded),
        )

    places = [None] if kind.places is None else [*kind.places(it)]
    assert places
    before = traces()
    for place in places:
        faults = ActiveFaults(it)
        value = None if kind.measure is None else (kind.measure.low + kind.measure.high) / 2 + 0.01
        fault = faults.begin(kind.name, place, value)
        assert traces() != before
        assert math.isfinite(fault.value)
        assert [*faults] == [fault]
        assert faults.end(fault.id) is fault
        assert traces() == before
        assert faults.end(fault.id) is None
