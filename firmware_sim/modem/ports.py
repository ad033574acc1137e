"""Serial ports of the emulated modem: in memory, TCP, Unix sockets. (The pty is in ``pty_port``.)

A port hands received bytes to the modem by a call. Commands' answers that a client does not take are lost beyond a
bound, as on a wire: the modem never waits. Data mode has flow control, as with RTS and CTS: ``backlog`` and ``hold``.
"""

import asyncio
import contextlib
from collections import deque
from pathlib import Path
from typing import Protocol

from at_commands.errors import LinkError
from at_commands.links import Link

MAX_OUTPUT = 256 * 1024
"""Bytes kept for a client that does not read; more are lost, as on a wire."""
MAX_QUEUED_CLIENTS = 8


class Owner(Protocol):
    """What a port needs of the modem."""

    def bytes_in(self, port: "Port", data: bytes) -> None:
        """The client wrote."""
        ...

    def client_left(self, port: "Port") -> None:
        """The client closed its end; the port waits for the next one."""
        ...

    def port_ended(self, port: "Port") -> None:
        """The client closed its end, and there is no next one."""
        ...

    def port_drained(self, port: "Port") -> None:
        """The client took all that waited for it."""
        ...


class Port(Protocol):
    """What the modem needs of a port."""

    @property
    def backlog(self) -> int:
        """Bytes that wait for the client."""
        ...

    @property
    def clients(self) -> int:
        """Programs that have it open."""
        ...

    @property
    def rate(self) -> int | None:
        """Bits a second at which the client speaks; ``None``: there is no UART in between."""
        ...

    def send(self, data: bytes) -> None:
        """To the client, if there is one."""
        ...

    def hold(self, on: bool) -> None:
        """Take nothing from the client for now, or again."""
        ...

    async def close(self) -> None:
        """Let the client go, and serve no more."""
        ...


class LinkPort:
    """One client at the far end of a link."""

    def __init__(self, owner: Owner, link: Link) -> None:
        self._owner = owner
        self._link = link
        self._output = bytearray()
        self._has_output = asyncio.Event()
        self._may_read = asyncio.Event()
        self._may_read.set()
        self._tasks = [asyncio.create_task(self._read()), asyncio.create_task(self._write())]

    @property
    def backlog(self) -> int:
        """Bytes that wait for the client."""
        return len(self._output)

    @property
    def clients(self) -> int:
        """The one at the far end."""
        return int(not self._tasks[0].done())

    @property
    def rate(self) -> None:
        """No UART."""
        return None

    def hold(self, on: bool) -> None:
        """Read no further for now, or again."""
        if on:
            self._may_read.clear()
        else:
            self._may_read.set()

    def send(self, data: bytes) -> None:
        """Queue it; lost beyond :data:`MAX_OUTPUT`."""
        if len(self._output) + len(data) <= MAX_OUTPUT:
            self._output += data
            self._has_output.set()

    async def close(self) -> None:
        """End both directions."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._link.close()

    async def _read(self) -> None:
        with contextlib.suppress(LinkError):
            while data := await self._link.read():
                self._owner.bytes_in(self, data)
                await self._may_read.wait()
        self._tasks[1].cancel()
        self._owner.client_left(self)
        self._owner.port_ended(self)
        await self._link.close()

    async def _write(self) -> None:
        with contextlib.suppress(LinkError):
            while True:
                await self._has_output.wait()
                self._has_output.clear()
                data = bytes(self._output)
                await self._link.write(data)
                del self._output[: len(data)]
                if not self._output:
                    self._owner.port_drained(self)


class SocketPort:
    """A listening TCP or Unix socket. One client is served at a time, the next one as soon as it is gone."""

    def __init__(self, owner: Owner) -> None:
        self._owner = owner
        self._server: asyncio.Server | None = None
        self._path: Path | None = None
        self._clients: deque[_Client] = deque()

    async def listen_tcp(self, host: str, port: int) -> str:
        """Returns the URL of a client."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Client(self), host, port)
        bound = self._server.sockets[0].getsockname()
        shown = f"[{bound[0]}]" if ":" in bound[0] else bound[0]
        return f"socket://{shown}:{bound[1]}"

    async def listen_unix(self, path: Path) -> str:
        """Returns the URL of a client. A socket left by a dead process is replaced."""
        self._path = _free_place(path)
        self._server = await asyncio.get_running_loop().create_unix_server(lambda: _Client(self), str(path))
        return f"unix://{self._path}"

    @property
    def backlog(self) -> int:
        """Bytes that wait for the client being served."""
        return self._clients[0].backlog if self._clients else 0

    @property
    def clients(self) -> int:
        """The one that is served, and those that wait for it to leave."""
        return len(self._clients)

    @property
    def rate(self) -> None:
        """No UART."""
        return None

    def hold(self, on: bool) -> None:
        """Read nothing of the client being served for now, or again."""
        if self._clients:
            if on:
                self._clients[0].wait()
            else:
                self._clients[0].serve()

    def drained(self) -> None:
        """The client being served took all."""
        self._owner.port_drained(self)

    def send(self, data: bytes) -> None:
        """To the client being served."""
        if self._clients:
            self._clients[0].send(data)

    async def close(self) -> None:
        """Close the listener and all clients."""
        if self._server is not None:
            self._server.close()
        for client in tuple(self._clients):
            client.abort()
        if self._path is not None:
            self._path.unlink(missing_ok=True)

    def came(self, client: "_Client") -> None:
        """A client connected; it is served now or later."""
        if len(self._clients) >= MAX_QUEUED_CLIENTS:
            client.abort()
            return
        self._clients.append(client)
        if len(self._clients) > 1:
            client.wait()

    def left(self, client: "_Client") -> None:
        """A client is gone; the next one's turn."""
        if client not in self._clients:
            return
        was_served = self._clients[0] is client
        self._clients.remove(client)
        if was_served:
            self._owner.client_left(self)
            if self._clients:
                self._clients[0].serve()

    def bytes_in(self, data: bytes) -> None:
        """From the client being served: the others' sockets are not read."""
        self._owner.bytes_in(self, data)


def _free_place(path: Path) -> Path:
    if path.is_socket():
        path.unlink()
    return path.resolve()


class _Client(asyncio.Protocol):
    def __init__(self, port: SocketPort) -> None:
        self._port = port
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._port.came(self)

    def data_received(self, data: bytes) -> None:
        self._port.bytes_in(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._port.left(self)

    def resume_writing(self) -> None:
        self._port.drained()

    @property
    def backlog(self) -> int:
        return self._transport.get_write_buffer_size() if self._transport is not None else 0

    def send(self, data: bytes) -> None:
        if self._transport is not None and self._transport.get_write_buffer_size() + len(data) <= MAX_OUTPUT:
            self._transport.write(data)

    def wait(self) -> None:
        if self._transport is not None:
            self._transport.pause_reading()

    def serve(self) -> None:
        if self._transport is not None:
            self._transport.resume_reading()

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()
