"""Real wires: ptys, sockets, an RFC 2217 server of somebody else; and what cannot be opened."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import socket
import socketserver
import termios
import threading
import tty
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import serial
import serial.rfc2217

from at_commands.client import AtClient
from at_commands.commands import signal_quality
from at_commands.errors import (
    LinkBusyError,
    LinkError,
    LinkLostError,
    LinkNotFoundError,
    LinkPermissionError,
    LinkUrlError,
)
from at_commands.inbox import RECEIVE_LIMIT
from at_commands.links import Link, MemoryLink, memory_link_pair, open_link

ANSWERS = {
    b"AT": b"\r\nOK\r\n",
    b"AT+CMEE?": b"\r\n+CMEE: 1\r\n\r\nOK\r\n",
    b"AT+CSQ": b"\r\n+CSQ: 18,0\r\n\r\nOK\r\n",
}


class Pty:
    """A serial port of our own; `near` is the modem's end."""

    def __init__(self) -> None:
        self.near, self._far = os.openpty()
        tty.setraw(self._far)
        self.path = os.ttyname(self._far)

    def settings(self) -> tuple[int, int]:
        """(output speed, control flags) as the last opener left them."""
        _, _, control, _, _, speed, _ = termios.tcgetattr(self._far)
        return speed, control

    def close(self) -> None:
        for fd in (self.near, self._far):
            with contextlib.suppress(OSError):
                os.close(fd)


@pytest.fixture
def pty() -> Iterator[Pty]:
    port = Pty()
    yield port
    port.close()


def answer(lines: bytes) -> bytes:
    return b"".join(ANSWERS.get(line, b"\r\nERROR\r\n") for line in lines.split(b"\r") if line)


@contextlib.contextmanager
def modem_on(fd: int) -> Iterator[None]:
    """Answers in a thread until the block is left."""
    done = threading.Event()

    def serve() -> None:
        pending = b""
        while not done.is_set():
            if select.select([fd], [], [], 0.02)[0]:
                pending += os.read(fd, 1024)
                whole, cr, pending = pending.rpartition(b"\r")
                os.write(fd, answer(whole + cr))

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


async def talk(url: str) -> None:
    async with AtClient(await open_link(url)) as at:
        await at.sync()
        assert (await at.send(signal_quality())).rssi_dbm == -77


async def test_tty_at_115200_8n1(pty: Pty) -> None:
    with modem_on(pty.near):
        await talk(pty.path)
    speed, control = pty.settings()
    assert speed == termios.B115200
    assert control & termios.CSIZE == termios.CS8
    assert not control & (termios.PARENB | termios.CSTOPB)


async def test_symbolic_link_and_reopening(pty: Pty, tmp_path: Path) -> None:
    (tmp_path / "tg-modem").symlink_to(pty.path)
    with modem_on(pty.near):
        for _ in range(3):
            await talk(str(tmp_path / "tg-modem"))


async def test_a_port_is_opened_once(pty: Pty) -> None:
    link = await open_link(pty.path)
    try:
        with pytest.raises(LinkBusyError, match="in use by another program") as caught:
            await open_link(pty.path)
        assert caught.value.retryable
        assert caught.value.url == pty.path
    finally:
        await link.close()
    await (await open_link(pty.path)).close()


async def test_a_port_that_a_pyserial_program_holds_is_busy(pty: Pty) -> None:
    with serial.Serial(pty.path, exclusive=True), pytest.raises(LinkBusyError):
        await open_link(pty.path)


async def test_what_is_no_port(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "dangling").symlink_to(tmp_path / "gone")
    for url, error in (
        (str(tmp_path / "ttyUSB7"), LinkNotFoundError),
        (str(tmp_path / "dangling"), LinkNotFoundError),
        (str(tmp_path / "file"), LinkUrlError),
        (str(tmp_path), LinkUrlError),
        ("", LinkUrlError),
        ("ftp://host:21", LinkUrlError),
        ("socket://host", LinkUrlError),
        ("socket://:7000", LinkUrlError),
        ("socket://host:port", LinkUrlError),
        ("rfc2217://host", LinkUrlError),
        ("unix://relative", LinkUrlError),
        (f"unix://{tmp_path}/none", LinkNotFoundError),
    ):
        with pytest.raises(error) as caught:
            await open_link(url)
        assert caught.value.url == url


@pytest.mark.parametrize("scheme", ["socket", "rfc2217"])
async def test_nobody_listens(scheme: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(LinkNotFoundError):
        await open_link(f"{scheme}://127.0.0.1:{port}")


async def test_a_port_of_others(monkeypatch: pytest.MonkeyPatch, pty: Pty) -> None:
    # Tests may run as root, whom no file mode stops: the refusal is the system call's.
    def refuse(*args: object, **kwargs: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(LinkPermissionError):
        await open_link(pty.path)


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
        while line := await reader.readuntil(b"\r"):
            writer.write(answer(line))
    writer.close()


async def test_tcp_and_unix_sockets(tmp_path: Path) -> None:
    tcp = await asyncio.start_server(serve, "127.0.0.1", 0)
    unix = await asyncio.start_unix_server(serve, tmp_path / "modem")
    async with tcp, unix:
        await talk(f"socket://127.0.0.1:{tcp.sockets[0].getsockname()[1]}")
        await talk(f"unix://{tmp_path}/modem")


class LineOfPty(serial.Serial):
    """A pty has no modem lines, which the server reports; all are on here."""

    cts = dsr = cd = property(lambda self: True)
    ri = property(lambda self: False)


class Rfc2217(socketserver.BaseRequestHandler):
    """pyserial's own server half of RFC 2217 on a pty."""

    path = ""

    def handle(self) -> None:
        self.request.settimeout(0.02)
        with LineOfPty(self.path, timeout=0.02) as port:
            manager = serial.rfc2217.PortManager(port, self)
            while True:
                with contextlib.suppress(TimeoutError):
                    data = self.request.recv(1024)
                    if not data:
                        return
                    port.write(b"".join(manager.filter(data)))
                if received := port.read(port.in_waiting):
                    self.request.sendall(b"".join(manager.escape(received)))

    def write(self, data: bytes) -> None:
        self.request.sendall(data)


async def test_rfc2217(pty: Pty) -> None:
    handler = type("Handler", (Rfc2217,), {"path": pty.path})
    with socketserver.TCPServer(("127.0.0.1", 0), handler) as server, modem_on(pty.near):
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            await talk(f"rfc2217://127.0.0.1:{server.server_address[1]}")
        finally:
            server.shutdown()
            thread.join()
    assert pty.settings()[0] == termios.B115200


async def test_something_that_is_no_rfc2217_server() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
        with pytest.raises(LinkError):
            await open_link(f"rfc2217://127.0.0.1:{server.sockets[0].getsockname()[1]}")


async def test_a_port_that_vanishes_is_lost(pty: Pty) -> None:
    async with AtClient(await open_link(pty.path)) as at:
        asking = asyncio.create_task(at.send(signal_quality()))
        await asyncio.to_thread(os.read, pty.near, 100)
        pty.close()
        with pytest.raises(LinkLostError):
            await asking
        await at.lost.wait()
        with pytest.raises(LinkLostError):
            await at.send(signal_quality())


async def test_the_far_side_hangs_up() -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"bye")
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
        link = await open_link(f"socket://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        assert [await link.read(), await link.read(), await link.read()] == [b"bye", b"", b""]
        await link.close()
        with pytest.raises(LinkLostError):
            await link.write(b"x")


async def test_a_reader_that_does_not_read_pauses_the_sender(pty: Pty) -> None:
    os.set_blocking(pty.near, False)
    link = await open_link(pty.path)
    sent = 0
    async with asyncio.timeout(10):
        for _ in range(1000):
            with contextlib.suppress(BlockingIOError):
                sent += os.write(pty.near, b"x" * 4096)
            await asyncio.sleep(0)
    assert sent < 4 * RECEIVE_LIMIT
    received = 0
    async with asyncio.timeout(10):
        while received < sent:
            received += len(await link.read())
    assert received == sent
    await link.close()


async def stuff(link: Link, block: int = 65_536) -> int:
    """Write until the link takes no more; gives the bytes that it took."""
    taken = 0
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(0.05):
            while True:
                await link.write(b"x" * block)
                taken += block
    return taken


async def test_a_write_that_is_given_up_does_not_poison_the_next(pty: Pty) -> None:
    link = await open_link(pty.path)
    await stuff(link)
    draining = asyncio.create_task(asyncio.to_thread(_drain, pty.near))
    async with asyncio.timeout(10):
        await link.write(b"end")
    await draining
    await link.close()


def _drain(fd: int) -> None:
    while not os.read(fd, 65_536).endswith(b"end"):
        pass


async def test_closing_does_not_wait_for_a_far_side_that_takes_nothing(pty: Pty) -> None:
    link = await open_link(pty.path)
    await stuff(link)
    async with asyncio.timeout(5):
        await link.close()
        await link.close()


@pytest.fixture
async def pair() -> AsyncIterator[tuple[Link, Link]]:
    near, far = memory_link_pair("x")
    yield near, far
    await near.close()


async def test_memory_pair_is_bounded(pair: tuple[Link, Link]) -> None:
    near, far = pair
    sent = await stuff(near, 1000)
    assert RECEIVE_LIMIT <= sent <= RECEIVE_LIMIT + 2000
    assert len(await far.read()) == sent
    await near.write(b"y")
    assert await far.read() == b"y"


async def test_memory_pair_ends_both_ways(pair: tuple[Link, Link]) -> None:
    near, far = pair
    assert isinstance(near, MemoryLink)
    await near.write(b"last words")
    await near.close()
    assert [await far.read(), await far.read()] == [b"last words", b""]
    with pytest.raises(LinkLostError):
        await far.write(b"x")
