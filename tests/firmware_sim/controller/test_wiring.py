"""The controller in whole houses: whole days, on simulated time."""

from __future__ import annotations

import asyncio

import pytest

from firmware_sim.controller import presets as p
from firmware_sim.controller.emulated_controller import EmulatedController
from firmware_sim.controller.models import MODELS
from firmware_sim.controller.wiring import STARTED_S, Installation
from firmware_sim.plant import PRESETS, Plant, Weather
from firmware_sim.virtual_time import ScaledClock
from gateway.controllers.zont_local import ZontController
from provisioning.zont.checks import ControllerFacts, check
from provisioning.zont.object_values import with_values

HOUR_S = 3600.0


def installation(
    house: str = "brick_cottage", model: str = "H-1V.02", mean_c: float = -10.0, **options
) -> Installation:
    return Installation(Plant(PRESETS[house], Weather(mean_c=mean_c)), model=MODELS[model], **options)


@pytest.mark.parametrize(
    ("house", "model", "rooms"),
    [
        ("brick_cottage", "H-1V.02", {"house": 21.0}),
        ("timber_house", "SMART 2.0", {"house": 21.0}),
        ("large_house", "H2000+ PRO.V2", {"upper": 21.0}),
    ],
)
def test_a_winter_day_is_warm_in_every_house(house, model, rooms):
    made = installation(house, model)
    made.advance(6 * HOUR_S)
    air_c = {name: [] for name in rooms}
    tank_c = []
    for hour in range(6, 14):
        made.advance((hour + 1) * HOUR_S)
        for name, seen in air_c.items():
            seen.append(made.plant.rooms[name].air_c)
        tank_c.append(made.plant.tank.temp_c)
    for name, wanted in rooms.items():
        assert sum(air_c[name]) / 8 == pytest.approx(wanted, abs=0.8)
        assert max(abs(each - wanted) for each in air_c[name]) < 2.0
    assert min(tank_c) > 45
    assert not made.firmware.board.alarms
    assert made.firmware.state(p.BOILER_1)["press"] == pytest.approx(made.plant.boiler.pressure_bar, abs=0.1)


@pytest.mark.slow
def test_c4_9_at_25_below_a_house_that_is_off_does_not_freeze_and_one_without_gas_alarms():
    made = installation(mean_c=-25.0)
    made.firmware.command(p.RADIATORS, 0)
    coldest_c = 99.0
    for hour in range(0, 24, 2):
        made.advance((hour + 2) * HOUR_S)
        coldest_c = min(coldest_c, made.plant.first_room.air_c)
    assert 5.0 <= coldest_c < 9.0
    made.plant.boiler.flame_works = False
    made.advance(34 * HOUR_S)
    assert {"boiler_failure", "too_cold"} <= {what for _, what in made.firmware.board.alarms}


@pytest.mark.parametrize("house", list(PRESETS))
@pytest.mark.parametrize("model", list(MODELS))
def test_every_model_finds_its_way_in_every_house(model, house):
    made = installation(house, model)
    made.advance(180.0)
    assert made.firmware.problems == []
    assert made.firmware.board.alarms == {}
    assert check(ControllerFacts(made.firmware.config)) == []


def test_the_largest_model_heats_the_guests_too():
    made = installation("large_house", "H2000+ PRO.V2")
    made.advance(10 * HOUR_S)
    assert made.plant.rooms["guests"].air_c == pytest.approx(20.0, abs=1.0)
    assert made.firmware.state(p.GUEST_ROOMS)["c"] == pytest.approx(made.plant.rooms["guests"].air_c, abs=0.1)


@pytest.mark.parametrize("bus", [0, 1])
def test_a_boiler_is_driven_over_the_bus_that_its_adapter_is_for(bus):
    config = p.preset(MODELS["H-1V.02"])
    config.set_object(p.BOILER_1, with_values(config.get_object(p.BOILER_1), bus=bus).values)
    made = installation(config=config)
    made.advance(HOUR_S)
    shown = made.firmware.state(p.BOILER_1)
    assert shown["water"] == pytest.approx(made.plant.boiler.flow_c, abs=3.0)
    assert ("press" in shown) == (bus == 0)
    assert made.plant.boiler.starts
    assert not made.firmware.board.alarms


def test_a_bus_that_is_not_emulated_is_silent_and_another_may_be_chosen():
    config = p.preset(MODELS["H-1V.02"])
    config.set_object(p.BOILER_1, with_values(config.get_object(p.BOILER_1), bus=2).values)
    made = installation(config=config)
    made.advance(120.0)
    assert made.firmware.state(p.BOILER_1)["a"] == 0
    assert (p.BOILER_1, "boiler_link_lost") in made.firmware.board.alarms
    config.set_object(p.BOILER_1, with_values(config.get_object(p.BOILER_1), bus=1).values)
    made.firmware.reload()
    made.advance(180.0)
    assert "water" in made.firmware.state(p.BOILER_1)
    assert not made.firmware.board.alarms


def test_a_cut_wire_and_the_mains():
    made = installation()
    made.wiring.cut.add("28-air")
    made.wiring.mains = False
    made.advance(60.0)
    assert made.firmware.state(p.AIR)["a"] == 0
    assert {what for _, what in made.firmware.board.alarms} >= {"sensor_lost", "mains_lost"}


def test_a_clock_that_jumps_a_year_is_half_a_day_of_heating():
    made = installation()
    made.advance(365 * 24 * HOUR_S)
    assert made.firmware.board.now_s == pytest.approx(12 * HOUR_S + STARTED_S, abs=1)


async def test_a_setpoint_over_the_socket_warms_the_house():
    clock = ScaledClock(rate=3600)
    async with EmulatedController(installation(now=clock.monotonic()), clock=clock) as controller:
        url = await controller.serve_socket("127.0.0.1", 0)
        driver = ZontController(url, "admin", "admin")
        await driver.open()
        assert await driver.write(f"circuit.{p.RADIATORS}.setpoint", 22.0) == 22.0
        async with asyncio.timeout(30):
            while True:
                readings = {each.name: each.value for each in await driver.read()}
                if readings[f"sensor.{p.AIR}.temp"] >= 21.6:
                    break
                await asyncio.sleep(0.1)
        await driver.close()
    assert controller.firmware.state(p.RADIATORS)["s"] == 22.0
