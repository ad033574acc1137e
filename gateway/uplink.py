"""Ways to the broker: this machine's network, or the modem's own TCP stack.

An uplink gives the MQTT client an address to dial. Through the host that is the broker itself. Through the
modem it is a loopback listener whose one connection is bridged to the modem's TCP socket: MQTT bytes travel
as AT+CIPSEND and AT+CIPRXGET, in blocks of at most 1460 bytes, and other AT commands find their turn
between two blocks.

    MQTT client ─► 127.0.0.1:n ─► bridge ─► AT+CIPSEND=<len> ─► modem ─► broker
                ◄─             ◄─        ◄─ AT+CIPRXGET=2    ◄─

Invariant: a byte is taken from one side only when the other has room for it, and the end of either side
ends the other.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Final, Literal, Protocol

from at_commands.errors import AtError
from gateway.modem import Modem
from gateway.modem_socket import ModemSocket, SocketClosedError

log: Final = logging.getLogger(__name__)

UplinkKind = Literal["modem", "host"]


class Uplink(Protocol):
    """A way to the broker."""

    @property
    def kind(self) -> UplinkKind: ...

    async def open_data(self) -> str | None:
        """Open what has to be open before connections can be made.

        Returns:
            The address that the network gave us, None where there is no such thing.

        Raises:
            DataRefusedError: the network refused. AtError: the modem failed.
        """
        ...

    async def close_data(self) -> None:
        """Close what open_data opened. Raises AtError."""
        ...

    def open(self, host: str, port: int) -> AbstractAsyncContextManager[tuple[str, int]]:
        """Where to dial for one connection to host:port.

        Raises, on entering:
            ConnectionRefusedByNetworkError, AtError.
        """
        ...


class HostUplink:
    """This machine's own network."""

    kind: Final = "host"

    async def open_data(self) -> str | None:
        return None

    async def close_data(self) -> None:
        return None

    @contextlib.asynccontextmanager
    async def open(self, host: str, port: int) -> AsyncIterator[tuple[str, int]]:
        yield host, port


class ModemUplink:
    """The modem's TCP stack.

    Args:
        modem: opened by the commissioning runner.
        apn, user, password: of the data session.
    """

    kind: Final = "modem"

    def __init__(self, modem: Modem, *, apn: str, user: str = "", password: str = "") -> None:
        self._modem = modem
        self._apn, self._user, self._password = apn, user, password
        self.sent_bytes = 0
        self.received_bytes = 0

    async def open_data(self) -> str | None:
        return await self._modem.open_data(self._apn, self._user, self._password)

    async def close_data(self) -> None:
        await self._modem.close_data()

    @contextlib.asynccontextmanager
    async def open(self, host: str, port: int) -> AsyncIterator[tuple[str, int]]:
        async with self._modem.tcp_socket(host, port) as far:
            accepted: asyncio.Future[tuple[asyncio.StreamReader, asyncio.StreamWriter]]
            accepted = asyncio.get_running_loop().create_future()

            def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                # One connection for one socket of the modem; there is nothing to bridge a second one to.
                if accepted.done():
                    writer.transport.abort()
                else:
                    accepted.set_result((reader, writer))

            # A small limit keeps the back-pressure close: what the modem has not taken stays with the client.
            server = await asyncio.start_server(take, "127.0.0.1", 0, limit=2 * far.max_block)
            bridging = asyncio.create_task(self._bridge(far, accepted), name="uplink bridge")
            try:
                local: tuple[str, int] = server.sockets[0].getsockname()[:2]
                yield local
            finally:
                server.close()
                bridging.cancel()
                await asyncio.gather(bridging, return_exceptions=True)

    async def _bridge(
        self,
        far: ModemSocket,
        accepted: asyncio.Future[tuple[asyncio.StreamReader, asyncio.StreamWriter]],
    ) -> None:
        reader, writer = await accepted
        up = asyncio.create_task(self._carry_up(reader, far), name="uplink up")
        down = asyncio.create_task(self._carry_down(far, writer), name="uplink down")
        try:
            await asyncio.wait({up, down}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (up, down):
                task.cancel()
            for ended in await asyncio.gather(up, down, return_exceptions=True):
                if isinstance(ended, Exception):
                    log.info("the uplink through the modem ended: %s", ended)
            writer.close()
            with contextlib.suppress(AtError):
                await far.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _carry_up(self, reader: asyncio.StreamReader, far: ModemSocket) -> None:
        while block := await reader.read(far.max_block):
            await far.send(block)
            self.sent_bytes += len(block)

    async def _carry_down(self, far: ModemSocket, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(SocketClosedError):
            while True:
                block = await far.receive()
                writer.write(block)
                await writer.drain()
                self.received_bytes += len(block)
