"""The gateway goes online through every family that the emulated modem speaks like: same calls, same answers, whatever
the commands beneath.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest

from firmware_sim.modem.families import PERSONALITIES
from firmware_sim.network import SubscriberState
from firmware_sim.virtual_time import LoopClock, run_virtual
from gateway.modem import Modem
from gateway.modem_facts import DataRefusedError, Domain, SimCondition
from gateway.modem_socket import SocketRefusedError
from gateway.uplink import ModemUplink
from provisioning.clock import SystemClock

IMSI = "250011234567890"
ICCID = "8970101123456789015"

DIALECTS = {"sim800c": "sim800", "m590": "neoway"}
"""Where the dialect has another name than the product."""

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@contextlib.asynccontextmanager
async def tcp_server(serve: Serve) -> AsyncIterator[int]:
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(4096):
        writer.write(data)
        await writer.drain()
    writer.close()


@dataclass
class Online:
    """A registered modem with its data session open."""

    family: str
    site: object
    modem: Modem
    uplink: ModemUplink
    address: str

    @property
    def at(self):
        return self.modem.client

    def lose_context(self) -> None:
        self.site.network.drop_pdp(IMSI, SystemClock().monotonic())


async def registered(modem: Modem, domain: Domain = "ps") -> None:
    await modem.sim()
    async with asyncio.timeout(60):
        if (await modem.registration(domain)).status.registered:
            return
        async for _ in modem.notices():
            if (await modem.registration(domain)).status.registered:
                return


@pytest.fixture(params=sorted(PERSONALITIES))
async def online(request, open_site) -> AsyncIterator[Online]:
    async with open_site(SystemClock(), delay=0, personality=request.param) as site, site.modem() as modem:
        await registered(modem)
        uplink = ModemUplink(modem, apn="internet", user="mts", password="mts")
        yield Online(request.param, site, modem, uplink, await uplink.open_data() or "")


async def test_it_is_recognised_and_goes_online(online: Online) -> None:
    assert online.at.dialect.name == DIALECTS.get(online.family, online.family)
    assert online.address.startswith("10.64.")
    assert ((await online.modem.sim()).iccid or "").rstrip("fF") == ICCID
    assert (await online.modem.registration("cs")).status.registered


async def test_20_kilobytes_both_ways(online: Online) -> None:
    payload = random.Random(1).randbytes(20_000)
    async with tcp_server(echo) as port, online.uplink.open("127.0.0.1", port) as address:
        reader, writer = await asyncio.open_connection(*address)
        writer.write(payload)
        assert await reader.readexactly(len(payload)) == payload
        writer.close()


async def test_the_far_side_closes_behind_its_last_words(online: Online) -> None:
    async def farewell(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"x" * 5000)
        await writer.drain()
        writer.close()

    async with tcp_server(farewell) as port:
        for _ in range(2):  # what a closed connection leaves behind must not block the next
            async with online.uplink.open("127.0.0.1", port) as address:
                reader, writer = await asyncio.open_connection(*address)
                assert await reader.read(-1) == b"x" * 5000
                writer.close()


async def test_nobody_listens(online: Online) -> None:
    async with tcp_server(echo) as port:
        pass
    for _ in range(2):
        with pytest.raises(SocketRefusedError):
            async with online.uplink.open("127.0.0.1", port):
                pass


async def test_the_network_takes_the_session_away_and_it_is_opened_again(online: Online) -> None:
    async with tcp_server(echo) as port:
        async with online.uplink.open("127.0.0.1", port) as address:
            reader, writer = await asyncio.open_connection(*address)
            writer.write(b"hello")
            assert await reader.readexactly(5) == b"hello"
            online.lose_context()
            async with asyncio.timeout(10):
                assert await reader.read(-1) == b""
            writer.close()

        assert (await online.uplink.open_data() or "").startswith("10.64.")
        async with online.uplink.open("127.0.0.1", port) as address:
            reader, writer = await asyncio.open_connection(*address)
            writer.write(b"again")
            assert await reader.readexactly(5) == b"again"
            writer.close()


async def test_the_modem_restarts_under_the_connection(online: Online) -> None:
    async with tcp_server(echo) as port, online.uplink.open("127.0.0.1", port) as address:
        reader, writer = await asyncio.open_connection(*address)
        online.site.emulated.reboot()
        writer.write(b"hello")
        async with asyncio.timeout(10):
            assert await reader.read(-1) == b""
        writer.close()


async def test_what_a_killed_program_left_open_is_no_obstacle(online: Online) -> None:
    async with tcp_server(echo) as port:
        await online.at.dialect.sockets.connect(online.at, "127.0.0.1", port)
        async with online.site.modem() as modem:
            uplink = ModemUplink(modem, apn="internet")
            assert (await uplink.open_data() or "").startswith("10.64.")
            async with uplink.open("127.0.0.1", port) as address:
                reader, writer = await asyncio.open_connection(*address)
                writer.write(b"hello")
                assert await reader.readexactly(5) == b"hello"
                writer.close()


async def test_commands_find_their_turn_between_the_blocks(online: Online) -> None:
    payload = random.Random(2).randbytes(60_000)
    answers = 0

    async def ask() -> None:
        nonlocal answers
        while True:
            assert await online.modem.signal() == -73
            answers += 1

    async with tcp_server(echo) as port, online.uplink.open("127.0.0.1", port) as address:
        reader, writer = await asyncio.open_connection(*address)
        asking = asyncio.create_task(ask())
        writer.write(payload)
        assert await reader.readexactly(len(payload)) == payload
        asking.cancel()
        writer.close()
    assert answers > 10


@pytest.mark.parametrize("family", sorted(PERSONALITIES))
def test_the_network_refuses_data(open_site, family: str) -> None:
    async def scenario() -> None:
        state = SubscriberState.SUSPENDED
        async with open_site(LoopClock(), personality=family, state=state) as site, site.modem() as modem:
            await registered(modem, "cs")
            with pytest.raises(DataRefusedError):
                await modem.open_data("internet")

    run_virtual(scenario())


@pytest.mark.parametrize("family", sorted(PERSONALITIES))
async def test_a_locked_card_is_opened_once_its_tries_are_known(open_site, family: str) -> None:
    async with (
        open_site(SystemClock(), delay=0, personality=family, pin="1234") as site,
        site.modem() as modem,
    ):
        facts = await modem.sim()
        assert facts.condition is SimCondition.PIN
        assert facts.pin_attempts_left == 3, "by the family's own word, or the card's"
        assert (await modem.unlock("1234")).condition is SimCondition.READY


async def test_it_can_be_switched_off(online: Online) -> None:
    dialect = online.at.dialect
    assert dialect.power_off is not None
    await online.at.send(dialect.command(dialect.power_off))
    await asyncio.sleep(0.05)  # its goodbye may come behind OK
    assert not online.site.emulated.powered
