"""A wire with a meter: a TCP relay between a client and a modem that counts what passes.

The number of bytes that have passed is the finest clock of a conversation: "kill after byte 1234" hits the
same place of it, in the middle of a command if need be, on a fast machine and on a slow one.
"""

import asyncio
import contextlib
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

CHUNK: Final = 64
"""Bytes passed on at once: small, so that a moment between two of them is a moment in mid-command."""

Tap = Callable[[bytes], None]
Spoil = Callable[[bytes], bytes]


class MeteredRelay:
    """Listens on a loopback port and passes each client on to `url`, one client at a time.

    Use as `async with MeteredRelay("socket://127.0.0.1:4000") as relay:` and give clients `relay.url`.

    Args:
        url: of the far end, `socket://host:port`.
        tap: told of the bytes that clients have sent, as they pass.
        spoil: makes of the bytes that the far end has sent, some at a time, what clients get to see.
    """

    def __init__(self, url: str, *, tap: Tap | None = None, spoil: Spoil | None = None) -> None:
        host, _, port = url.removeprefix("socket://").rpartition(":")
        self._target = (host, int(port))
        self._tap = tap
        self._spoil = spoil
        self._server: asyncio.Server | None = None
        self._clients: set[asyncio.Task[None]] = set()
        self._passed = 0
        self._more = asyncio.Condition()

    @property
    def url(self) -> str:
        """Where clients connect."""
        assert self._server is not None
        port: int = self._server.sockets[0].getsockname()[1]
        return f"socket://127.0.0.1:{port}"

    @property
    def passed(self) -> int:
        """Bytes that have passed, both ways, since the start."""
        return self._passed

    async def wait_passed(self, count: int) -> None:
        """Return as soon as so many bytes have passed in all."""
        async with self._more:
            await self._more.wait_for(lambda: self._passed >= count)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()
        for client in self._clients:
            client.cancel()
        await asyncio.gather(*self._clients, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._clients.add(task)
        with contextlib.suppress(OSError):
            far_reader, far_writer = await asyncio.open_connection(*self._target)
            ways = (
                asyncio.create_task(self._pass(reader, far_writer, tap=self._tap)),
                asyncio.create_task(self._pass(far_reader, writer, spoil=self._spoil)),
            )
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                await asyncio.gather(*ways, return_exceptions=True)
                far_writer.close()
                writer.close()
                self._clients.discard(task)

    async def _pass(
        self,
        source: asyncio.StreamReader,
        sink: asyncio.StreamWriter,
        *,
        tap: Tap | None = None,
        spoil: Spoil | None = None,
    ) -> None:
        while data := await source.read(CHUNK):
            sink.write(data if spoil is None else spoil(data))
            await sink.drain()
            self._passed += len(data)
            if tap is not None:
                tap(data)
            async with self._more:
                self._more.notify_all()
