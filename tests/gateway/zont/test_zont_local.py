"""The driver of ZONT controllers against the emulated controller's sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import aiohttp
import pytest
from striding_clock import StridingClock
from toy_objects import (
    ALL_OFF,
    BOILER,
    BUTTON,
    CIRCUIT,
    DHW,
    INVERTED,
    LAMP,
    LOST,
    MODE,
    PUMP,
    REGULATOR,
    RELAY,
    SENSOR,
    SWITCH,
    TAP,
    ZONE,
    ToyObjects,
)

from firmware_sim.controller.local_network import MAX_CLIENTS, LocalServer, answering_searches
from firmware_sim.controller.local_session import LocalAccess
from gateway.controllers import (
    ControllerLoginError,
    ControllerRefusedError,
    ControllerSilentError,
    ControllerUnreachableError,
    ControllerUrlError,
    SetpointNotConfirmedError,
    SetpointRefusedError,
)
from gateway.controllers.zont_ladder import RECONNECT_S
from gateway.controllers.zont_local import ZontController, websocket_url
from gateway.controllers.zont_search import search


@dataclass
class Site:
    """An emulated controller on a loopback port, which can be unplugged and plugged in again."""

    objects: ToyObjects
    clock: StridingClock
    stack: AsyncExitStack
    port: int = 0

    async def plug_in(self) -> None:
        server = LocalServer(self.objects, LocalAccess("installer", "s3cret"), before=lambda: None)
        url = await self.stack.enter_async_context(server.serving("127.0.0.1", self.port))
        self.port = int(url.split(":")[2].split("/")[0])
        self.objects.changed = server.changed

    async def unplug(self) -> None:
        await self.stack.aclose()

    def driver(self, *, password: str = "s3cret", **options) -> ZontController:
        options = {"timeout_s": 1.0, "confirm_s": 0.2, "poll_s": 0.0, **options}
        return ZontController(
            f"zont://127.0.0.1:{self.port}", "installer", password, clock=self.clock, **options
        )


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    site = Site(ToyObjects(), StridingClock(), AsyncExitStack())
    await site.plug_in()
    yield site
    await site.unplug()


@pytest.fixture
async def driver(site: Site) -> AsyncIterator[ZontController]:
    driver = site.driver()
    await driver.open()
    yield driver
    await driver.close()


async def readings_of(driver: ZontController) -> dict[str, object]:
    return {each.name: each.value for each in await driver.read()}


async def test_it_says_who_it_is(driver):
    identity = await driver.identify()
    assert (identity.serial, identity.model, identity.firmware) == ("0A1B2C3D4E5F", "H-1V.02 PRO", "700.625")


async def test_everything_is_read(driver):
    readings = {each.name: each for each in await driver.read()}
    assert readings[f"circuit.{CIRCUIT}.setpoint"].value == 21
    assert readings[f"circuit.{CIRCUIT}.state"].value == "heat"
    assert readings[f"sensor.{SENSOR}.temp"].value == -7.4
    assert readings[f"boiler.{BOILER}.state"].value == "running"
    assert readings[f"boiler.{BOILER}.pressure"].unit == "bar"
    assert driver.title(f"sensor.{SENSOR}.temp") == "Улица"
    # The network denies the controller's own modem: what the installer came for.
    assert readings["controller.gsm_registration"].value == 3
    assert readings["controller.supply"].value == 12.1
    assert all(each.quality == "good" for each in readings.values())


async def test_a_lost_sensor_gives_a_bad_reading(site, driver):
    await driver.read()
    site.objects.objects[SENSOR]["a"] = 0
    readings = {each.name: each for each in await driver.read()}
    assert readings[f"sensor.{SENSOR}.temp"].quality == "bad"
    assert readings[f"sensor.{SENSOR}.temp"].value is None
    # One whose state was never available is of no type that could be named.
    assert not [name for name in readings if str(LOST) in name]


async def test_names_of_its_own(site):
    driver = site.driver(names={f"circuit.{CIRCUIT}.setpoint": "air_setpoint"})
    await driver.open()
    assert (await readings_of(driver))["air_setpoint"] == 21
    assert await driver.write("air_setpoint", 22.5) == 22.5
    assert site.objects.commands == [(CIRCUIT, 2955)]
    assert driver.title("air_setpoint") == "Дом"
    await driver.close()


@pytest.mark.parametrize(
    ("name", "value", "sent"),
    [
        (f"circuit.{CIRCUIT}.setpoint", 19.5, (CIRCUIT, 2925)),
        (f"circuit.{CIRCUIT}.mode", MODE, (CIRCUIT, MODE)),
        (f"relay.{RELAY}.on", 1, (RELAY, 1)),
        (f"relay.{INVERTED}.on", 1, (INVERTED, 1)),
        (f"pump.{PUMP}.on", 0, (PUMP, 0)),
        (f"zone.{ZONE}.armed", 1, (ZONE, 1)),
        (f"tap.{TAP}.direction", "opening", (TAP, 1)),
        (f"element.{SWITCH}.state", 1, (SWITCH, 1)),
        (f"element.{REGULATOR}.value", 42.5, (REGULATOR, "2,42.5")),
        (f"mode.{MODE}.active", 1, (MODE, 1)),
    ],
)
async def test_done_is_what_the_controller_shows(site, driver, name, value, sent):
    """Each kind of point: taken when it is shown, and not when the controller only says yes or says no."""
    before = await readings_of(driver)
    site.objects.stubborn.add(sent[0])
    with pytest.raises(SetpointNotConfirmedError, match="accepted") as not_taken:
        await driver.write(name, value)
    assert not_taken.value.shown == before[name]
    site.objects.stubborn.clear()
    assert await driver.write(name, value) == value
    assert (await readings_of(driver))[name] == value
    assert site.objects.commands[-1] == sent or sent[0] == MODE
    site.objects.refusing.add(sent[0])
    with pytest.raises(ControllerRefusedError) as refused:
        await driver.write(name, value)
    assert refused.value.code == 3


async def test_a_button_has_nothing_to_show(site, driver):
    assert (await readings_of(driver))[f"element.{BUTTON}.press"] == "ready"
    assert await driver.write(f"element.{BUTTON}.press", 1) == 1
    assert site.objects.commands == [(BUTTON, 1)]
    site.objects.refusing.add(BUTTON)
    with pytest.raises(ControllerRefusedError):
        await driver.write(f"element.{BUTTON}.press", 1)


async def test_a_tap_that_stands_at_its_end_does_not_move_there(site, driver):
    assert await driver.write(f"tap.{TAP}.direction", "closing") == "idle"
    assert site.objects.commands == [(TAP, 2)]


async def test_a_mode_may_be_given_by_its_name(site, driver):
    assert await driver.write(f"circuit.{CIRCUIT}.mode", "Комфорт") == MODE
    readings = await readings_of(driver)
    # Only one of its circuits is in it.
    assert (readings[f"mode.{MODE}.active"], readings[f"mode.{ALL_OFF}.active"]) == (0, 0)
    assert driver.title(f"mode.{MODE}.active") == "Комфорт"
    await driver.write(f"mode.{MODE}.active", 1)
    assert site.objects.objects[DHW]["m_id"] == MODE


async def test_a_mode_whose_line_is_not_understood_is_seen_by_the_circuits_in_it(site, driver):
    site.objects.lines[f"#Z{MODE}?"] = f"#Z{MODE}:20,'Комфорт',{{8362;20496}}"
    assert (await readings_of(driver))[f"mode.{MODE}.active"] == 0
    assert await driver.write(f"mode.{MODE}.active", 1) == 1


async def test_an_inverted_relay_reads_as_what_it_means(site, driver):
    readings = await readings_of(driver)
    assert (readings[f"relay.{INVERTED}.on"], readings[f"relay.{RELAY}.on"]) == (0, 0)
    site.objects.set(INVERTED, s=0)
    assert (await readings_of(driver))[f"relay.{INVERTED}.on"] == 1


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        (f"circuit.{CIRCUIT}.setpoint", 120, "5…95"),
        (f"circuit.{CIRCUIT}.setpoint", "warm", "5…95"),
        (f"relay.{RELAY}.on", 2, "0 or 1"),
        (f"tap.{TAP}.direction", "idle", "opening, closing"),
        (f"element.{BUTTON}.press", 0, "possible is 1"),
        (f"element.{LAMP}.state", 1, "cannot be set"),
        (f"mode.{MODE}.active", 0, "possible is 1"),
        (f"circuit.{CIRCUIT}.mode", "Лето", f"there are {MODE} Комфорт, {ALL_OFF}"),
        (f"sensor.{SENSOR}.temp", 20, "cannot be set"),
        ("circuit.1.setpoint", 20, "no such object"),
        (f"pump.{CIRCUIT}.on", 1, "no such point"),
        ("air_setpoint", 20, "no such object"),
    ],
)
async def test_what_cannot_be_set_is_refused_before_anything_is_sent(site, driver, name, value, why):
    with pytest.raises(SetpointRefusedError, match=why):
        await driver.write(name, value)
    assert site.objects.commands == []


async def test_news_are_told_and_drift_is_not(site, driver):
    told = asyncio.Event()
    driver.notify(told.set)
    await driver.read()
    site.objects.set(SENSOR, t=-8.0)
    # What was asked after the push has come after it: one line, one order.
    await driver.identify()
    assert not told.is_set()
    site.objects.set(BOILER, state=2, err=10)
    await asyncio.wait_for(told.wait(), 5)


async def test_a_wrong_password_is_named_and_not_repeated_at_once(site):
    driver = site.driver(password="admin")
    with pytest.raises(ControllerLoginError):
        await driver.open()
    with pytest.raises(ControllerLoginError, match="next try in"):
        await driver.open()


async def test_unplugged_it_comes_back_by_the_ladder(site, driver):
    await driver.read()
    site.clock.ahead_s += 120  # The line was stable.
    await site.unplug()
    with pytest.raises((ControllerSilentError, ControllerUnreachableError)):
        await driver.read()
    waits = []
    for _ in range(7):
        with pytest.raises(ControllerUnreachableError) as refused:
            await driver.open()
        assert "next try in" not in str(refused.value) or not waits
        with pytest.raises(ControllerUnreachableError, match="next try in") as early:
            await driver.open()
        waits.append(float(str(early.value).rsplit(" ", 2)[1]))
        site.clock.ahead_s += waits[-1] + 0.5
    assert waits[-1] == RECONNECT_S[-1]
    assert sorted(waits) == waits
    await site.plug_in()
    site.clock.ahead_s += 60
    await driver.open()
    assert (await readings_of(driver))[f"relay.{RELAY}.on"] == 0


async def test_a_question_without_an_answer_ends_the_line(site, driver):
    site.objects.mute = True
    with pytest.raises(ControllerSilentError, match="#S54"):
        await driver.identify()
    with pytest.raises(ControllerUnreachableError):
        await driver.identify()


async def test_what_comes_in_between_is_not_taken_for_the_answer(site, driver):
    """Pushes and answers share the line; each object is set and read while all the others change."""
    await driver.read()
    for turn in range(20):
        for each in site.objects.objects:
            site.objects.changed(each)
        assert await driver.write(f"relay.{RELAY}.on", turn % 2) == turn % 2
        assert (await driver.identify()).serial == "0A1B2C3D4E5F"


async def test_a_crowd_is_refused(site):
    drivers = [site.driver() for _ in range(MAX_CLIENTS)]
    for each in drivers:
        await each.open()
    with pytest.raises(ControllerUnreachableError, match="503"):
        await site.driver().open()
    for each in drivers:
        await each.close()


async def test_a_text_line_may_come_as_a_binary_frame(site):
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"http://127.0.0.1:{site.port}/ws") as ws,
    ):
        await ws.send_str('{"user": "installer", "pass": "s3cret"}')
        assert await ws.receive_json() == {"auth": 200}
        await ws.send_bytes(b"#S7?")
        assert await ws.receive_bytes() == b"#S7:H-1V.02 PRO 700 625"


async def test_a_search_finds_it():
    async with answering_searches("0A1B2C3D4E5F", "H2000+ PRO.V2", "127.0.0.1", 0) as address:
        (found,) = await search([address], seconds=0.2)
    assert (found.host, found.serial, found.model) == ("127.0.0.1", "0A1B2C3D4E5F", "H2000+ PRO.V2")


@pytest.mark.parametrize(
    ("url", "socket"),
    [
        ("zont://192.168.1.20", "ws://192.168.1.20/ws"),
        ("zonts://house.example:8443/ws", "wss://house.example:8443/ws"),
        ("zont://[fe80::1]:81", "ws://[fe80::1]:81/ws"),
    ],
)
def test_urls(url, socket):
    assert websocket_url(url) == socket


@pytest.mark.parametrize(
    "url", ["http://x", "zont://", "zont://a:b@host", "zont://host:99999", "zont://host/other"]
)
def test_a_wrong_url_is_refused_and_shows_no_password(url):
    with pytest.raises(ControllerUrlError) as refused:
        websocket_url(url)
    assert "a:b" not in str(refused.value)
