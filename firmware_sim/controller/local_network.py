"""The emulated controller on the local network: the WebSocket at `/ws` and the answer to a search by UDP.

Sessions are `local_session`'s; here are only sockets. A client's requests are answered one after another, and the
answer to a command goes before the push of what it changed. A change is pushed to each client once, however often the
object changed before the client read: what waits for a client is a set of ids, never longer than the list of objects.

For a client that does not read, at most `MAX_UNREAD_BYTES` and one message wait in its socket; then neither is pushed
to it nor are its requests read, while the others are served as ever. One that does not answer a ping is hung up.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final, cast

from aiohttp import WSMsgType, web

from firmware_sim.controller.local_session import MAX_REQUEST_BYTES, LocalAccess, LocalSession, ObjectModel
from provisioning.zont.discovery import DISCOVERY_PORT, answer_to_search

MAX_CLIENTS: Final = 8
"""More are refused with status 503."""
MAX_UNREAD_BYTES: Final = 64 * 1024
PING_EVERY_S: Final = 60.0
"""The answer has half of that time."""
FAREWELL_S: Final = 1.0
"""How long a client has to answer that the line is closed."""


class LocalServer:
    """Serves an object model to clients.

    Args:
        model: the firmware's objects.
        access: user and password.
        before: is called before each request is answered, to bring the firmware's time up to now.
        restarts: how often the firmware has restarted; every line breaks with each.
        ping_every_s: between two pings.
    """

    def __init__(
        self,
        model: ObjectModel,
        access: LocalAccess,
        before: Callable[[], None],
        *,
        restarts: Callable[[], int] = lambda: 0,
        ping_every_s: float = PING_EVERY_S,
    ) -> None:
        self._model = model
        self._access = access
        self._before = before
        self._restarts = restarts
        self._ping_every_s = ping_every_s
        self._clients: set[_Client] = set()

    def changed(self, object_id: int) -> None:
        """Tell every client of an object's change."""
        for client in self._clients:
            client.mark(object_id)

    @asynccontextmanager
    async def serving(self, host: str, port: int) -> AsyncIterator[str]:
        """Serve at host:port (0: any free one); the URL of the WebSocket. Raises OSError."""
        app = web.Application()
        app.router.add_get("/ws", self._serve_client)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            site = web.TCPSite(runner, host, port)
            await site.start()
            bound = runner.addresses[0]
            shown = f"[{bound[0]}]" if ":" in bound[0] else bound[0]
            yield f"ws://{shown}:{bound[1]}/ws"
        finally:
            await self._hang_up()
            await runner.cleanup()

    async def _serve_client(self, request: web.Request) -> web.StreamResponse:
        if len(self._clients) >= MAX_CLIENTS:
            raise web.HTTPServiceUnavailable(text="SIMULATOR: too many clients\n")
        socket = web.WebSocketResponse(
            timeout=FAREWELL_S,
            max_msg_size=MAX_REQUEST_BYTES,
            compress=False,
            heartbeat=self._ping_every_s,
            writer_limit=MAX_UNREAD_BYTES,
        )
        await socket.prepare(request)
        client = _Client(socket, request.transport, LocalSession(self._model, self._access))
        self._clients.add(client)
        restarts = self._restarts()
        try:
            await client.serve(self._before, lambda: self._restarts() != restarts)
        finally:
            self._clients.discard(client)
        if self._restarts() != restarts:
            await self._hang_up()
        return socket

    async def _hang_up(self) -> None:
        await asyncio.gather(*(client.hang_up() for client in self._clients))


class _Client:
    def __init__(
        self, socket: web.WebSocketResponse, transport: asyncio.Transport | None, session: LocalSession
    ) -> None:
        self._socket = socket
        self._transport = transport
        self._session = session
        self._changed: dict[int, None] = {}
        self._wake = asyncio.Event()

    def mark(self, object_id: int) -> None:
        self._changed[object_id] = None
        self._wake.set()

    async def serve(self, before: Callable[[], None], is_over: Callable[[], bool]) -> None:
        """Answer until the client is gone, or until after a request it is over."""
        pushing = asyncio.create_task(self._push(), name="controller-push")
        try:
            async for frame in self._socket:
                if frame.type not in {WSMsgType.TEXT, WSMsgType.BINARY}:
                    continue
                before()
                if frame.type is WSMsgType.TEXT:
                    answer = self._session.receive(frame.data)
                    if answer is not None:
                        await self._socket.send_str(answer)
                else:
                    said = self._session.receive_line(frame.data)
                    if said is not None:
                        await self._socket.send_bytes(said)
                if is_over():
                    break
        except ConnectionError:
            pass  # The client is gone, which is no error of ours.
        finally:
            pushing.cancel()
            await asyncio.gather(pushing, return_exceptions=True)

    async def _push(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._changed:
                object_id = next(iter(self._changed))
                del self._changed[object_id]
                text = self._session.push(object_id)
                if text is not None:
                    await self._socket.send_str(text)

    async def hang_up(self) -> None:
        """Close the line; of a client that does not take the farewell it is just cut."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL_S):
                await self._socket.close()
        if self._transport is not None:
            self._transport.abort()


@asynccontextmanager
async def answering_searches(
    serial: str, model: str, host: str = "0.0.0.0", port: int = DISCOVERY_PORT
) -> AsyncIterator[tuple[str, int]]:
    """Answer searches by UDP at host:port; where that is. Raises OSError."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(
        lambda: _Finder(serial, model), local_addr=(host, port), allow_broadcast=True
    )
    try:
        bound = transport.get_extra_info("sockname")
        yield bound[0], bound[1]
    finally:
        transport.close()


class _Finder(asyncio.DatagramProtocol):
    def __init__(self, serial: str, model: str) -> None:
        self._serial, self._model = serial, model
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # asyncio's own datagram transport does not derive from its DatagramTransport.
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str | object, int]) -> None:
        answer = answer_to_search(data, self._serial, self._model)
        if answer is not None and self._transport is not None:
            self._transport.sendto(answer, addr)
