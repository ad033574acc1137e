"""ModemManager at the emulated modem: probes it, unlocks the card, registers, sends, receives, asks, dials.

Its virtual port is the modem's Unix socket.
"""

import asyncio
import json
from typing import Any

import pytest

from at_commands.sms import Content
from firmware_sim.modem.families import PERSONALITIES
from firmware_sim.network import SubscriberState

IMSI = "250011234567890"
CYRILLIC = "Котёл включён. " * 6
"""Ninety characters: two parts of UCS-2."""
SERVICE = "org.freedesktop.ModemManager1"


class Daemon:
    """ModemManager with one virtual modem, and mmcli."""

    def __init__(self, start, bus) -> None:
        self._start = start
        self._bus = bus
        self.program = None

    async def begin(self, plugin: str, url: str) -> None:
        """Give it the modem; returns when it has initialised it."""
        self.program = await self._start(
            "ModemManager",
            "modemmanager",
            "--test-session",
            "--test-enable",
            "--test-no-udev",
            "--test-no-suspend-resume",
            "--test-no-qrtr",
            "--no-auto-scan",
            "--debug",
            env=self._bus.env,
        )
        await self.program.until(lambda: f"service name '{SERVICE}' was acquired" in self.program.said)
        await self._bus.call(
            SERVICE,
            "/org/freedesktop/ModemManager1",
            f"{SERVICE}.Test.SetProfile",
            "string:emulated",
            f"string:{plugin}",
            f"array:string:{url.removeprefix('unix://')}",
        )
        await self.program.until(lambda: "exported modem at path" in self.program.said)

    async def mmcli(self, *arguments: str) -> str:
        client = await self._start("mmcli", "modemmanager", *arguments, env=self._bus.env)
        return await client.exited(40)

    async def modem(self, *arguments: str) -> str:
        return await self.mmcli("-m", "any", *arguments)

    async def state(self) -> dict[str, Any]:
        return json.loads(await self.modem("-J"))["modem"]

    async def until(
        self, wanted: str | list[str], *, within: tuple[str, str] = ("generic", "state")
    ) -> dict[str, Any]:
        """Its state, as soon as one value in it is the wanted one."""
        part, name = within
        for _ in range(100):
            state = await self.state()
            if state[part][name] == wanted:
                return state
            await asyncio.sleep(0.1)
        raise AssertionError(f"{name} never {wanted}: {state}\n{self.program.said}")


@pytest.fixture
def manager(start, bus) -> Daemon:
    return Daemon(start, bus)


async def test_it_registers_sends_receives_asks_and_dials(make_rig, manager, tmp_path):
    rig = await make_rig()
    await manager.begin("simtech", await rig.modem.listen(f"unix:{tmp_path}/modem"))
    await manager.modem("--enable")
    await manager.until("registered")
    await manager.until("MTS RUS", within=("3gpp", "operator-name"))
    state = await manager.until("25001", within=("3gpp", "operator-code"))
    assert state["generic"]["manufacturer"] == "SIMCOM_Ltd"
    assert state["3gpp"]["imei"] == "866104023456786"
    assert state["3gpp"]["registration-state"] == "home"
    card = await manager.mmcli("-i", "any")
    assert IMSI in card
    assert "8970101234567890123" in card
    assert "Баланс:150.00р" in await manager.modem("--3gpp-ussd-initiate=*100#")
    assert "Balans:150.00r" in await manager.modem("--3gpp-ussd-initiate=#100#")
    assert "25002 - MegaFon" in await manager.modem("--3gpp-scan")
    await manager.modem(f"--messaging-create-sms=number=+79031112233,text='{CYRILLIC}'")
    await manager.mmcli("-s", "0", "--send")
    assert [message.to for message in rig.network.submitted_messages] == ["+79031112233"] * 2
    rig.network.send_sms(IMSI, "+79030000000", Content.of("Принято").text, rig.now)
    await manager.program.until(lambda: "+CMTI" in manager.program.said)
    for _ in range(50):
        if "(received)" in await manager.modem("--messaging-list-sms"):
            break
        await asyncio.sleep(0.1)
    received = await manager.mmcli("-s", "1")
    assert "Принято" in received
    assert "+79030000000" in received
    await manager.modem("--simple-connect=apn=internet")
    await manager.until("connected")
    await manager.modem("--simple-disconnect")
    await manager.until("registered")
    await manager.modem("--disable")


async def test_it_unlocks_the_card(make_rig, manager, tmp_path):
    rig = await make_rig(pin="1234")
    rig.modem.reboot()
    await manager.begin("generic", await rig.modem.listen(f"unix:{tmp_path}/modem"))
    assert (await manager.state())["generic"]["unlock-required"] == "sim-pin"
    assert not rig.modem.sim.ready
    await manager.mmcli("-i", "any", "--pin=1234")
    await manager.until("disabled")
    assert rig.modem.sim.ready
    await manager.modem("--enable")
    await manager.until("registered")
    await manager.until("25001", within=("3gpp", "operator-code"))


@pytest.mark.parametrize(
    ("personality", "plugin"),
    [
        ("sim7600", "simtech"),
        ("a7670", "simtech"),
        ("ec25", "quectel"),
        ("m66", "quectel"),
        ("m590", "generic"),
    ],
)
async def test_it_takes_every_family_for_what_it_is(make_rig, manager, tmp_path, personality, plugin):
    rig = await make_rig(personality=personality)
    product = PERSONALITIES[personality]
    await manager.begin(plugin, await rig.modem.listen(f"unix:{tmp_path}/modem"))
    await manager.modem("--enable")
    await manager.until("registered")
    state = await manager.until("MTS RUS", within=("3gpp", "operator-name"))
    assert state["generic"]["model"] == product.model
    if product.access_technology is not None:
        state = await manager.until(["lte"], within=("generic", "access-technologies"))
        assert "lte" in "".join(state["generic"]["current-capabilities"])
    assert "Баланс:150.00р" in await manager.modem("--3gpp-ussd-initiate=*100#")
    assert "Balans:150.00r" in await manager.modem("--3gpp-ussd-initiate=#100#")
    await manager.modem("--messaging-create-sms=number=+79031112233,text='Котёл включён'")
    await manager.mmcli("-s", "0", "--send")
    assert [message.to for message in rig.network.submitted_messages] == ["+79031112233"]


@pytest.mark.parametrize(("personality", "plugin"), [("sim800c", "simtech"), ("ec25", "quectel")])
async def test_it_reads_the_card_as_a_sim_and_as_a_uicc(make_rig, manager, tmp_path, personality, plugin):
    rig = await make_rig(personality=personality)
    rig.modem.sim.provider = "Thermo"
    await manager.begin(plugin, await rig.modem.listen(f"unix:{tmp_path}/modem"))
    card = json.loads(await manager.mmcli("-i", "any", "-J"))["sim"]["properties"]
    assert (card["iccid"], card["imsi"]) == ("8970101234567890123", IMSI)
    assert (card["operator-code"], card["operator-name"]) == ("25001", "Thermo")
    if personality == "sim800c":  # of a USIM it asks for this file as if it had no records
        assert card["emergency-numbers"] == ["112", "101"]
    tries = (await manager.state())["generic"]["unlock-retries"]
    assert set(tries) == {"sim-pin (3)", "sim-puk (10)", "sim-pin2 (3)", "sim-puk2 (10)"}


async def test_it_sees_a_card_that_is_not_active_yet_and_its_activation(make_rig, manager, tmp_path):
    rig = await make_rig(state=SubscriberState.IN_STOCK, config={"search_delay_s": (0.1, 0.1)})
    await manager.begin("simtech", await rig.modem.listen(f"unix:{tmp_path}/modem"))
    await manager.modem("--enable")
    await manager.until("denied", within=("3gpp", "registration-state"))
    rig.network.set_state(IMSI, SubscriberState.ACTIVE, rig.now)
    await manager.modem("--disable")
    terminal = await rig.terminal()
    await terminal.ask("AT+CFUN=0")
    await terminal.ask("AT+CFUN=1")
    await manager.modem("--enable")
    await manager.until("home", within=("3gpp", "registration-state"))


async def test_it_sees_that_there_is_no_card(make_rig, manager, tmp_path):
    rig = await make_rig()
    rig.modem.remove_sim()
    await manager.begin("simtech", await rig.modem.listen(f"unix:{tmp_path}/modem"))
    state = await manager.until("failed")
    assert state["generic"]["state-failed-reason"] == "sim-missing"
