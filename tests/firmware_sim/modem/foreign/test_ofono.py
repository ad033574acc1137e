"""ofono at the emulated modem, over TCP with its `phonesim` driver (plain 3GPP commands), and multiplexed.

The driver reads its modems from a fixed file; a mount namespace puts ours in its place and the daemon's state
into the test's directory.
"""

import asyncio

import pytest

from at_commands.sms import Content

IMSI = "250011234567890"
CYRILLIC = "Котёл включён. " * 6
"""Ninety characters: two parts of UCS-2."""


class Daemon:
    """ofonod with one modem, /emulated."""

    def __init__(self, start, bus, directory) -> None:
        self._start = start
        self._bus = bus
        self._directory = directory
        self.program = None

    async def begin(self, url: str, *lines: str) -> None:
        host, _, port = url.removeprefix("socket://").rpartition(":")
        config, state = self._directory / "phonesim.conf", self._directory / "state"
        config.write_text("\n".join(["[emulated]", f"Address={host}", f"Port={port}", *lines, ""]))
        state.mkdir()
        script = (
            'mount --bind "$1" /etc/ofono/phonesim.conf && mount --bind "$2" /var/lib/ofono && exec ofonod -n'
        )
        self.program = await self._start(
            "unshare",
            "util-linux",
            "--map-root-user",
            "--mount",
            "sh",
            "-c",
            f"PATH=$PATH:/usr/sbin; {script}",
            "sh",
            str(config),
            str(state),
            env={**self._bus.env, "OFONO_AT_DEBUG": "1"},
        )
        for _ in range(100):
            await asyncio.sleep(0.1)
            owned = await self._bus.call(
                "org.freedesktop.DBus",
                "/org/freedesktop/DBus",
                "org.freedesktop.DBus.NameHasOwner",
                "string:org.ofono",
            )
            if owned == "boolean true":
                return
        raise AssertionError(self.program.said)

    async def call(self, method: str, *arguments: str) -> str:
        return await self._bus.call("org.ofono", "/emulated", f"org.ofono.{method}", *arguments)

    async def switch(self, name: str) -> None:
        await self.call("Modem.SetProperty", f"string:{name}", "variant:boolean:true")

    async def until(self, interface: str, wanted: str) -> str:
        """An interface's properties, as soon as they have what is wanted."""
        properties = ""
        for _ in range(100):
            interfaces = await self.call("Modem.GetProperties")
            if f"org.ofono.{interface} " in interfaces:
                properties = await self.call(f"{interface}.GetProperties")
                if wanted in properties:
                    return properties
            await asyncio.sleep(0.1)
        raise AssertionError(f"never {wanted!r}: {properties}\n{self.program.said}")


@pytest.fixture
def ofono(start, bus, tmp_path) -> Daemon:
    return Daemon(start, bus, tmp_path)


async def test_it_registers_sends_receives_and_asks(make_rig, ofono):
    rig = await make_rig()
    url = await rig.modem.listen("tcp:127.0.0.1:0")
    # This driver leaves the echo on, yet cannot tell an echoed PDU from an answer.
    terminal = await rig.terminal(url)
    await terminal.ask("ATE0")
    await terminal.link.close()
    await ofono.begin(url)
    await ofono.switch("Powered")
    card = await ofono.until("SimManager", f"SubscriberIdentity variant {IMSI}")
    assert "CardIdentifier variant 8970101234567890123" in card
    assert "PinRequired variant none" in card
    await ofono.switch("Online")
    network = await ofono.until("NetworkRegistration", "Name variant MTS RUS")
    assert "Status variant registered" in network
    assert "MobileCountryCode variant 250" in network
    assert f"CellId variant uint32 {0x3C4D}" in network
    await ofono.until("MessageManager", "ServiceCenterAddress variant +79168999100")
    await ofono.until("SupplementaryServices", "State variant idle")
    assert "Баланс:150.00р" in await ofono.call("SupplementaryServices.Initiate", "string:*100#")
    await ofono.call("MessageManager.SendMessage", "string:+79031112233", "string:hello")
    await ofono.call("MessageManager.SendMessage", "string:+79031112233", f"string:{CYRILLIC}")
    await ofono.program.until(lambda: len(rig.network.submitted_messages) == 3)
    rig.network.send_sms(IMSI, "+79030000000", Content.of("Принято").text, rig.now)
    await ofono.program.until(lambda: "AT+CNMA=1,2" in ofono.program.said)  # direct delivery, acknowledged
    await ofono.until("ConnectionManager", "Attached variant boolean true")


async def test_it_multiplexes_the_line(make_rig, ofono):
    rig = await make_rig()
    await ofono.begin(await rig.modem.listen("tcp:127.0.0.1:0"), "Multiplexer=internal")
    await ofono.switch("Powered")
    await ofono.program.until(lambda: "AT+CGSN" in ofono.program.said)
    assert "AT+CMUX=0" in ofono.program.said
    for _ in range(50):
        properties = await ofono.call("Modem.GetProperties")
        if "Serial variant 866104023456786" in properties:
            break
        await asyncio.sleep(0.1)
    assert "Manufacturer variant SIMCOM_Ltd" in properties
    assert "Serial variant 866104023456786" in properties


@pytest.mark.parametrize("personality", ["sim800c", "ec25"])
async def test_it_reads_the_card_as_a_sim_and_as_a_uicc(make_rig, ofono, personality):
    rig = await make_rig(personality=personality)
    await ofono.begin(await rig.modem.listen("tcp:127.0.0.1:0"))
    await ofono.switch("Powered")
    card = await ofono.until("SimManager", "SubscriberNumbers variant array [ +79161234567 ]")
    assert "MobileCountryCode variant 250" in card
    assert "MobileNetworkCode variant 01" in card
    assert "PreferredLanguages variant array [ ru en ]" in card
    if personality == "ec25":  # a SIM800 has no AT+CPINR
        assert "pin byte 3" in card
        assert "puk2 byte 10" in card
