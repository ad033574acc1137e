"""The driver against the emulated controller's whole firmware, over its real socket."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from bare_house import BareHouse, firmware

from firmware_sim.controller import presets as p
from firmware_sim.controller.firmware import Firmware
from firmware_sim.controller.local_network import LocalServer
from firmware_sim.controller.local_session import LocalAccess
from firmware_sim.controller.models import MODELS
from gateway.controllers import SetpointNotConfirmedError
from gateway.controllers.zont_facts import facts_of
from gateway.controllers.zont_local import ZontController
from provisioning.zont.checks import ControllerFacts, check, facts_of_file


@pytest.fixture
async def site() -> AsyncIterator[tuple[ZontController, Firmware, BareHouse]]:
    made, house = firmware()
    server = LocalServer(made, LocalAccess(), before=made.step)
    made.listeners.append(server.changed)
    async with server.serving("127.0.0.1", 0) as url:
        driver = ZontController(url.replace("ws://", "zont://"), "admin", "admin", confirm_s=0.3, poll_s=0.0)
        await driver.open()
        yield driver, made, house
        await driver.close()


async def test_each_object_gives_good_readings(site):
    driver, made, _ = site
    assert (await driver.identify()).model == "H2000+ PRO.V2"
    readings = {each.name: each for each in await driver.read()}
    assert readings[f"sensor.{p.AIR}.temp"].value == 20
    assert readings[f"boiler.{p.BOILER_1}.pressure"].value == 1.5
    assert readings[f"radio.{p.RADIO_ROOM}.humidity"].value == 45
    assert {each.name for each in readings.values() if each.quality == "bad"} == set()
    for kind in ("input", "sensor", "zone", "boiler", "radio", "element", "relay", "tap", "circuit", "pump"):
        assert any(name.startswith(f"{kind}.") for name in readings), kind
    assert made.ids(255)


async def test_setpoints_modes_and_switches(site):
    driver, made, house = site
    assert await driver.write(f"circuit.{p.RADIATORS}.setpoint", 22.5) == 22.5
    assert await driver.write(f"circuit.{p.RADIATORS}.mode", p.ECONOMY) == p.ECONOMY
    assert made.state(p.RADIATORS)["s"] == 17.0
    assert await driver.write(f"relay.{p.RELAY_YARD}.on", 1) == 1
    assert house.relays[6]
    assert await driver.write(f"zone.{p.ZONE}.armed", 1) == 1


async def test_an_inverted_relay(site):
    """Its output is on when it is off, on the wire and on the terminal; to people it is what it is called."""
    driver, made, house = site
    made.system(f"#Z{p.RELAY_YARD}=14,'Двор',6,8")
    name = f"relay.{p.RELAY_YARD}.on"
    assert {each.name: each.value for each in await driver.read()}[name] == 0
    assert house.relays[6]
    assert await driver.write(name, 1) == 1
    assert not house.relays[6]
    assert made.objects[p.RELAY_YARD].on


async def test_taps_buttons_and_modes(site):
    driver, made, _ = site
    tap = f"tap.{p.TAP}.direction"
    assert await driver.write(tap, "opening") == "opening"
    assert await driver.write(tap, "closing") == "closing"
    assert await driver.write(f"element.{p.EVENING_BUTTON}.press", 1) == 1
    assert await driver.write(f"mode.{p.ECONOMY}.active", 1) == 1
    assert made.state(p.DHW)["m_id"] == p.ECONOMY
    assert {each.name: each.value for each in await driver.read()}[f"mode.{p.ECONOMY}.active"] == 1


async def test_a_pump_that_runs_on_is_not_called_stopped(site):
    driver, made, house = site
    house.temps |= {"28-tank": 60.0}
    await driver.read()
    assert made.state(p.PUMP_RADIATORS)["s"] == 1
    with pytest.raises(SetpointNotConfirmedError):
        await driver.write(f"pump.{p.PUMP_RADIATORS}.on", 0)


def local_time_of(made: Firmware) -> float:
    """What its own clock says, as if it were UTC."""
    shown = (made.system("SDATE?") or "").removeprefix("DATE=")
    return datetime.strptime(shown, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC).timestamp()


async def test_an_installation_is_checked_over_the_line(site):
    driver, made, house = site
    facts = await facts_of(driver, 0.0, default_login=False)
    assert not facts.published_only
    assert check(facts) == []
    made.system("#S203=")
    made.system(f"#Z{p.CURVE}=25,'ПЗА',0,[2450,2930],[3480,2980]")
    house.temps["28-air"] = None
    for _ in range(12):
        made.step()
    facts = await facts_of(driver, 0.0, default_login=True)
    assert {(each.code, each.object_id) for each in check(facts)} == {
        ("apn_empty", None),
        ("default_login", None),
        ("outdoor_sensor_missing", p.CURVE),
        ("sensor_fault", p.AIR),
    }


async def test_the_same_controller_without_the_mark_is_judged_as_a_real_one(site, monkeypatch):
    driver, made, _ = site
    answer = made.lines.answer
    monkeypatch.setattr(
        made.lines, "answer", lambda line: "#S219:'zont'" if line == "#S219?" else answer(line)
    )
    made.system(f"#Z{p.CURVE}=25,'ПЗА',0,[2450,2930],[3480,2980]")
    made.system("#S203=")
    facts = await facts_of(driver, local_time_of(made))
    assert facts.published_only
    # That a line is not told means nothing; what its places mean is not known. It has no cloud, and tells so.
    assert {each.code for each in check(facts)} <= {"cloud_not_linked"}
    late = await facts_of(driver, local_time_of(made) + 1800)
    assert "clock_wrong" in {each.code for each in check(late)}


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("published_only", [False, True])
def test_what_the_emulated_controllers_come_with_is_good(model, published_only):
    facts = facts_of_file(p.preset(MODELS[model]).to_bytes())
    assert not facts.published_only
    assert check(ControllerFacts(facts.config, published_only=published_only)) == []
