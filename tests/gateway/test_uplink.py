"""The uplink through the modem: bytes that travel as AT commands arrive unchanged, and ends end."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from at_commands.commands import signal_quality
from firmware_sim.network import SubscriberState
from gateway.modem import Modem
from gateway.modem_facts import DataRefusedError, Domain
from gateway.modem_socket import SocketRefusedError
from gateway.uplink import HostUplink, ModemUplink
from provisioning.clock import SystemClock

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


async def registered(modem: Modem, domain: Domain) -> None:
    await modem.sim()
    async with asyncio.timeout(20):
        if (await modem.registration(domain)).status.registered:
            return
        async for _ in modem.notices():
            if (await modem.registration(domain)).status.registered:
                return


@pytest.fixture
async def online(open_site) -> AsyncIterator[tuple[object, Modem, ModemUplink]]:
    """A registered modem with its data session open."""
    async with open_site(SystemClock(), delay=0) as site, site.modem() as modem:
        await registered(modem, "ps")
        uplink = ModemUplink(modem, apn="internet")
        assert (await uplink.open_data() or "").startswith("10.64.")
        yield site, modem, uplink


async def test_200_kilobytes_both_ways_while_other_commands_interleave(online) -> None:
    _, modem, uplink = online
    payload = random.Random(1).randbytes(200_000)
    answers = 0

    async def ask() -> None:
        nonlocal answers
        while True:
            await modem.client.send(signal_quality())
            answers += 1

    async with tcp_server(echo) as port, uplink.open("127.0.0.1", port) as address:
        reader, writer = await asyncio.open_connection(*address)
        asking = asyncio.create_task(ask())
        writer.write(payload)
        back = await reader.readexactly(len(payload))
        asking.cancel()
        writer.close()

    assert hashlib.sha256(back).digest() == hashlib.sha256(payload).digest()
    assert answers > 100
    assert (uplink.sent_bytes, uplink.received_bytes) == (len(payload), len(payload))


async def test_the_far_side_hangs_up_after_its_last_words(online) -> None:
    _, _, uplink = online

    async def farewell(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"x" * 5000)
        await writer.drain()
        writer.close()

    async with tcp_server(farewell) as port, uplink.open("127.0.0.1", port) as address:
        reader, writer = await asyncio.open_connection(*address)
        assert await reader.read(-1) == b"x" * 5000
        writer.close()


async def test_we_hang_up(online) -> None:
    _, _, uplink = online
    ended: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ended.set_result(await reader.read(-1))
        writer.close()

    async with tcp_server(listen) as port, uplink.open("127.0.0.1", port) as address:
        _, writer = await asyncio.open_connection(*address)
        writer.write(b"last words")
        writer.close()
        assert await ended == b"last words"


async def test_a_reader_that_does_not_read_stops_the_sender(online) -> None:
    _, _, uplink = online
    accepted = 0

    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal accepted
        with contextlib.suppress(ConnectionError):
            while True:
                writer.write(bytes(65536))
                await writer.drain()
                accepted += 65536

    async with tcp_server(flood) as port, uplink.open("127.0.0.1", port) as address:
        _, writer = await asyncio.open_connection(*address, limit=1024)
        seen = -1
        while seen != uplink.received_bytes:
            # Until nothing moves any more; bytes wait in kernel buffers and there they stay.
            seen = uplink.received_bytes
            for _ in range(2000):
                await asyncio.sleep(0)
        assert uplink.received_bytes < 16_000_000
        writer.close()


async def test_the_second_connection_after_the_first(online) -> None:
    _, _, uplink = online
    async with tcp_server(echo) as port:
        for _ in range(3):
            async with uplink.open("127.0.0.1", port) as address:
                reader, writer = await asyncio.open_connection(*address)
                writer.write(b"hello")
                assert await reader.readexactly(5) == b"hello"
                writer.close()


async def test_nobody_listens_at_the_far_end(online) -> None:
    _, _, uplink = online
    async with tcp_server(echo) as port:
        pass

    with pytest.raises(SocketRefusedError):
        async with uplink.open("127.0.0.1", port):
            pass


async def test_the_modem_dies_under_the_connection(online) -> None:
    site, _, uplink = online
    async with tcp_server(echo) as port, uplink.open("127.0.0.1", port) as address:
        reader, writer = await asyncio.open_connection(*address)
        site.emulated.reboot()
        writer.write(b"hello")
        assert await reader.read(-1) == b""
        writer.close()


async def test_the_network_refuses_data(open_site) -> None:
    async with (
        open_site(SystemClock(), delay=0, state=SubscriberState.SUSPENDED) as site,
        site.modem() as modem,
    ):
        await registered(modem, "cs")
        with pytest.raises(DataRefusedError):
            await modem.open_data("internet")


async def test_the_hosts_own_network() -> None:
    uplink = HostUplink()
    assert await uplink.open_data() is None
    async with uplink.open("broker.example", 1883) as address:
        assert address == ("broker.example", 1883)
