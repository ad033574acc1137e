"""Byte links to a modem: serial ports, TCP, RFC 2217, unix sockets, and a pair in memory.

A link is what is left when a port is stripped of everything but bytes. URLs:

    /dev/ttyUSB0 or any path    a tty, a pty or a symbolic link to one; opened exclusively
    socket://host:port          raw bytes over TCP
    rfc2217://host:port         a serial port served over Telnet (RFC 2217)
    unix:///path                a unix socket
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, Protocol, runtime_checkable
from urllib.parse import urlsplit

from serialx import BaseSerial, SerialException, create_serial_connection, serial_for_url

from at_commands.errors import (
    LinkBusyError,
    LinkError,
    LinkLostError,
    LinkNotFoundError,
    LinkPermissionError,
    LinkUrlError,
)
from at_commands.inbox import Inbox
from at_commands.rfc2217 import Rfc2217Transport
from at_commands.tty_transport import TtyTransport

DTR_DROP_S: Final = 0.3
"""S25 of modems that have it: 50 ms; with some reserve."""

OPEN_TIMEOUT_S: Final = 10.0
"""A TCP connect or an RFC 2217 negotiation that takes longer will not come."""


class Link(Protocol):
    """A byte stream both ways. One reader, one writer."""

    @property
    def url(self) -> str:
        """What it was opened with, for messages."""
        ...

    async def read(self) -> bytes:
        """The next bytes, as many as are there; `b""` once the far side has closed."""
        ...

    async def write(self, data: bytes) -> None:
        """Hand the bytes over; waits while the far side takes none. Raises LinkLostError."""
        ...

    async def close(self) -> None:
        """Close this end; a pending read ends with `b""`. May be called twice."""
        ...


@runtime_checkable
class PushLink(Link, Protocol):
    """A link that can also hand its bytes over as they come. It spares a task switch for every chunk, which is a third
    of the time of a short command.
    """

    def deliver_to(self, receive: Callable[[bytes], None], ended: Callable[[str], None]) -> None:
        """From now on `receive` gets the bytes, those waiting first, and `ended` the reason of the end. Replaces
        `read`; both must be quick and raise nothing.
        """
        ...

    def hold(self) -> None:
        """Undo `deliver_to`: bytes wait for `read` or the next `deliver_to`."""
        ...

    def write_now(self, data: bytes) -> bool:
        """Take the bytes if that needs no waiting; False: `write` must be used. Raises LinkLostError."""
        ...


@runtime_checkable
class BaudLink(Link, Protocol):
    """A link with a UART at its end. One whose rate cannot be changed has None."""

    @property
    def baudrate(self) -> int | None:
        """Bits a second."""
        ...

    async def set_baudrate(self, rate: int) -> None:
        """Change it; what is under way is lost. Raises LinkError: the port cannot do that."""
        ...

    async def drop_dtr(self) -> None:
        """Let DTR fall for a moment (V.250, 6.2.8); nothing where there is none."""
        ...


class _TransportLink(asyncio.Protocol):
    """A link over an asyncio transport: whatever serialx or the loop gives."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._transport: asyncio.Transport | None = None
        self._inbox = Inbox(self._pause_reading, self._resume_reading)
        self._has_room = True
        self._room = asyncio.Event()
        self._receive: Callable[[bytes], None] = self._inbox.put
        self._ended: Callable[[str], None] | None = None
        self._lost: str | None = None
        self._closed = asyncio.Event()
        self._port: BaseSerial | None = None  # of a tty: what can change its rate

    @property
    def url(self) -> str:
        return self._url

    async def read(self) -> bytes:
        return await self._inbox.get()

    def deliver_to(self, receive: Callable[[bytes], None], ended: Callable[[str], None]) -> None:
        if waiting := self._inbox.take():
            receive(waiting)
        self._receive = receive
        self._ended = ended
        if self._lost is not None:
            ended(self._lost)

    def hold(self) -> None:
        self._receive, self._ended = self._inbox.put, None

    def write_now(self, data: bytes) -> bool:
        if not self._has_room:
            return False
        if self._lost is not None or self._transport is None:
            raise LinkLostError(self._url, self._lost or "closed")
        try:
            self._transport.write(data)
        except (OSError, SerialException) as error:
            self.connection_lost(error)
            raise LinkLostError(self._url, str(error)) from error
        return True

    async def write(self, data: bytes) -> None:
        while not self.write_now(data):
            await self._room.wait()

    @property
    def baudrate(self) -> int | None:
        return None if self._port is None else self._port.baudrate

    async def set_baudrate(self, rate: int) -> None:
        if self._port is None:
            return
        try:
            self._port.reconfigure_port(baudrate=rate)
        except (OSError, ValueError, SerialException) as error:
            raise LinkError(self._url, f"no {rate} baud: {error}") from error

    async def drop_dtr(self) -> None:
        if self._port is None:
            return
        # A pty has no such line.
        with contextlib.suppress(OSError, SerialException):
            self._port.set_modem_pins(dtr=False)
            await asyncio.sleep(DTR_DROP_S)
            self._port.set_modem_pins(dtr=True)

    async def close(self) -> None:
        self._lost = self._lost or "closed"
        self._inbox.end()
        if self._transport is not None:
            # Abort, not close: a tty whose far side takes no bytes would hold back a polite close.
            self._transport.abort()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1.0):
                    await self._closed.wait()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        if isinstance(transport, TtyTransport):
            self._port = transport.port

    def data_received(self, data: bytes) -> None:
        self._receive(data)

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost = self._lost or (str(exc) if exc is not None else "the far side closed")
        self._inbox.end()
        self._closed.set()
        self.resume_writing()
        if self._ended is not None:
            self._ended(self._lost)

    def pause_writing(self) -> None:
        self._has_room = False
        self._room.clear()

    def resume_writing(self) -> None:
        self._has_room = True
        self._room.set()

    def _pause_reading(self) -> None:
        if self._transport is not None:
            self._transport.pause_reading()

    def _resume_reading(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()


class MemoryLink:
    """One end of a pair in memory: no kernel in between, so a run on virtual time repeats exactly."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._inbox = Inbox(self._block_peer, self._unblock_peer)
        self._peer: MemoryLink | None = None
        self._room = asyncio.Event()
        self._room.set()
        self._closed = False

    @property
    def url(self) -> str:
        return self._url

    async def read(self) -> bytes:
        return await self._inbox.get()

    async def write(self, data: bytes) -> None:
        await self._room.wait()
        if self._closed or self._peer is None or self._peer._closed:
            raise LinkLostError(self._url, "closed")
        self._peer._inbox.put(data)

    async def close(self) -> None:
        self._closed = True
        self._inbox.end()
        self._room.set()
        if self._peer is not None:
            self._peer._inbox.end()
            self._peer._room.set()

    def _block_peer(self) -> None:
        if self._peer is not None:
            self._peer._room.clear()

    def _unblock_peer(self) -> None:
        if self._peer is not None:
            self._peer._room.set()


def memory_link_pair(name: str = "memory") -> tuple[Link, Link]:
    """Two connected links. What one writes the other reads; each direction holds RECEIVE_LIMIT bytes."""
    near, far = MemoryLink(f"memory:{name}"), MemoryLink(f"memory:{name}/far")
    near._peer, far._peer = far, near
    return near, far


async def open_link(url: str, *, baudrate: int = 115_200) -> Link:
    """Open a link (8N1, exclusive where the system can).

    Raises:
        LinkUrlError, LinkNotFoundError, LinkPermissionError, LinkBusyError, LinkError.
    """
    scheme, target = _split(url)
    link = _TransportLink(url)
    loop = asyncio.get_running_loop()
    with _typed(url):
        async with asyncio.timeout(OPEN_TIMEOUT_S):
            if scheme == "socket":
                host, port = _address(url)
                await loop.create_connection(lambda: link, host, port)
            elif scheme == "unix":
                await loop.create_unix_connection(lambda: link, target)
            elif scheme == "rfc2217":
                _address(url)
                await create_serial_connection(
                    loop, lambda: link, target, baudrate, transport_cls=Rfc2217Transport
                )
            else:
                _require_character_device(url, target)
                TtyTransport(loop, link, await _open_tty(target, baudrate))
    return link


async def _open_tty(path: str, baudrate: int) -> BaseSerial:
    """In a thread, as some drivers take seconds; a port that opens when nobody waits any more is closed again."""
    port = serial_for_url(path, baudrate=baudrate, exclusive=True)
    opening = asyncio.get_running_loop().run_in_executor(None, port.open)
    try:
        await asyncio.shield(opening)
    except asyncio.CancelledError:
        opening.add_done_callback(lambda _: port.close())
        raise
    return port


def _split(url: str) -> tuple[str, str]:
    """(scheme, what to open); the scheme of a path is "tty"."""
    scheme, separator, rest = url.partition("://")
    if not separator:
        if not url.strip():
            raise LinkUrlError(url, "empty; give a path or a URL")
        return "tty", url
    if scheme == "unix":
        if not rest.startswith("/"):
            raise LinkUrlError(url, "a unix socket is named unix:///absolute/path")
        return scheme, rest
    if scheme in {"socket", "rfc2217"}:
        return scheme, url
    raise LinkUrlError(url, f"unknown scheme {scheme!r}; use a path, socket://, rfc2217:// or unix://")


def _address(url: str) -> tuple[str, int]:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise LinkUrlError(url, str(error)) from None
    if not host or port is None:
        raise LinkUrlError(url, "host and port are needed, as in socket://192.0.2.7:7000")
    return host, port


def _require_character_device(url: str, path: str) -> None:
    # Opening a plain file as a tty would fail later with a message that helps nobody.
    if not Path(path).exists():
        raise LinkNotFoundError(url, "no such port")
    if not Path(path).is_char_device():
        raise LinkUrlError(url, "this is not a serial port")


_BUSY: Final = frozenset({errno.EBUSY, errno.EAGAIN, errno.EWOULDBLOCK})
_ABSENT: Final = frozenset(
    {
        errno.ENOENT,
        errno.ENXIO,
        errno.ENODEV,
        errno.ECONNREFUSED,
        errno.EHOSTUNREACH,
        errno.ENETUNREACH,
        errno.EIO,
    }
)


@contextlib.contextmanager
def _typed(url: str) -> Iterator[None]:
    """Errors of the system and of serialx become ours."""
    try:
        yield
    except LinkError:
        raise
    except TimeoutError:
        raise LinkNotFoundError(url, f"no connection within {OPEN_TIMEOUT_S:g} s") from None
    except PermissionError as error:
        raise LinkPermissionError(url, "permission denied") from error
    except OSError as error:
        if error.errno in _BUSY:
            raise LinkBusyError(url, "in use by another program") from error
        if error.errno in _ABSENT or isinstance(error, ConnectionError):
            raise LinkNotFoundError(url, str(error)) from error
        raise LinkError(url, str(error)) from error
    except SerialException as error:
        raise LinkError(url, str(error)) from error
