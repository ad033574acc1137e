"""One TCP connection of the modem, as bytes in and bytes out.

A poll accompanies the modem's announcements: a URC that is lost on the way must not stall the connection.
Blocks are no longer than the family's commands take, so that other commands find their turn; what has not been asked
for stays in the modem, and its TCP window stops the far side. A family that pushes what it receives has nobody to stop
it: a reader who falls so far behind that bytes would be lost loses the connection instead.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import ClassVar, Final

from at_commands.client import AtClient
from at_commands.dialects.socket_stack import SocketNews, SocketStack
from at_commands.errors import AtError, CommandFailedError

# Between two looks without an announcement.
POLL_S: Final = 5.0
# Bytes pushed by the modem and not yet received here.
MAX_PUSHED: Final = 256 * 1024


class SocketRefusedError(AtError):
    """The modem could not connect to the far side."""

    kind: ClassVar[str] = "socket_refused"
    retryable = True

    def __init__(self, host: str, port: int, final: str) -> None:
        super().__init__(f"the modem cannot connect to {host}:{port}: {final}")
        self.host = host
        self.port = port


class SocketClosedError(AtError):
    """The connection has ended."""

    kind: ClassVar[str] = "socket_closed"
    retryable = True


class ModemSocket:
    """An open connection; made by `open_socket`. One sender, one receiver."""

    def __init__(self, at: AtClient, stack: SocketStack) -> None:
        self._at = at
        self._stack = stack
        self._closed = False
        self._hung_up = False
        self._arrived = asyncio.Event()
        self._pushed = bytearray()

    @property
    def max_block(self) -> int:
        """Most bytes in one `send`."""
        return self._stack.max_block

    async def send(self, block: bytes) -> None:
        """Send 1 to `max_block` bytes; returns when the modem took them. Raises SocketClosedError, AtError."""
        if self._closed:
            raise SocketClosedError("the modem's connection is closed")
        try:
            await self._stack.send(self._at, block)
        except CommandFailedError as error:
            self._end()
            raise SocketClosedError(f"the modem's connection is closed: {error.final}") from error

    async def receive(self) -> bytes:
        """At least one byte.

        Raises SocketClosedError when the far side has closed and all was read, AtError.
        """
        while True:
            # Both are looked at before the question: what happens during it is seen next time.
            ended = self._closed
            self._arrived.clear()
            if self._pushed:
                block = bytes(self._pushed)
                self._pushed.clear()
                return block
            try:
                received = await self._stack.receive(self._at, self._stack.max_block)
            except CommandFailedError as error:
                raise SocketClosedError(f"the modem's connection is closed: {error.final}") from error
            if received.left:
                self._arrived.set()
            if received.data:
                return received.data
            if ended:
                raise SocketClosedError("the far side closed the connection")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(POLL_S):
                    await self._arrived.wait()

    async def listen(self) -> None:
        """Take the modem's announcements, until cancelled or the link is lost."""
        async with self._at.subscribe() as urcs:
            async for urc in urcs:
                if urc.data and (urcs.dropped or len(self._pushed) > MAX_PUSHED):
                    self._pushed.clear()  # with a hole it is no stream
                    self._end()
                match self._stack.news(urc.line):
                    case SocketNews.DATA_ARRIVED:
                        if not self._closed:
                            self._pushed += urc.data
                        self._arrived.set()
                    case SocketNews.CLOSED | SocketNews.CONTEXT_LOST:
                        self._end()

    async def close(self) -> None:
        """Close this side; closing a closed one is no error. Raises AtError."""
        if self._hung_up:
            return
        self._hung_up = True
        self._end()
        # Refused when the far side has closed already.
        with contextlib.suppress(CommandFailedError):
            await self._stack.close(self._at)

    def _end(self) -> None:
        self._closed = True
        self._arrived.set()


@contextlib.asynccontextmanager
async def open_socket(at: AtClient, stack: SocketStack, host: str, port: int) -> AsyncIterator[ModemSocket]:
    """Connect; leaving closes. The data session must be open.

    Raises, on entering:
        SocketRefusedError: no such host, nobody listens, or the modem has no data session.
        AtError: the modem failed.
    """
    socket = ModemSocket(at, stack)
    listening = asyncio.create_task(socket.listen(), name="modem socket URCs")
    try:
        # Let the subscription stand before anything can be announced.
        await asyncio.sleep(0)
        try:
            await stack.connect(at, host, port)
        except CommandFailedError as error:
            raise SocketRefusedError(host, port, error.final) from error
        yield socket
    finally:
        listening.cancel()
        with contextlib.suppress(AtError):
            await socket.close()
        await asyncio.gather(listening, return_exceptions=True)
