"""A real TCP connection on behalf of the emulated modem."""

import asyncio
import contextlib
from typing import Protocol

CONNECT_TIMEOUT_S = 60.0
READ_SIZE = 1460


class SocketOwner(Protocol):
    """What a connection needs of the modem; ``socket`` is its number there."""

    def socket_opened(self, socket: int) -> None: ...
    def socket_failed(self, socket: int) -> None: ...
    def socket_room(self, socket: int) -> int: ...
    def socket_received(self, socket: int, data: bytes) -> None: ...
    def socket_sent(self, socket: int, n_bytes: int) -> None: ...
    def socket_closed(self, socket: int) -> None: ...


class TcpConnection:
    """Connects at once; reads no more than the modem has room for."""

    def __init__(self, owner: SocketOwner, socket: int, host: str, port: int) -> None:
        self._owner = owner
        self._socket = socket
        self._to_send: asyncio.Queue[bytes] = (
            asyncio.Queue()
        )  # bounded by the modem: it waits for each to be taken
        self._room = asyncio.Event()
        self._task = asyncio.create_task(self._run(host, port), name=f"modem socket to {host}:{port}")

    def send(self, data: bytes) -> None:
        """Send it, in order, and tell when it is taken."""
        self._to_send.put_nowait(data)

    def has_room(self) -> None:
        """Reading may go on."""
        self._room.set()

    async def close(self) -> None:
        """Hang up; nothing more is told."""
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    async def _run(self, host: str, port: int) -> None:
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                reader, writer = await asyncio.open_connection(host, port)
        except (OSError, TimeoutError):
            self._owner.socket_failed(self._socket)
            return
        sender = asyncio.create_task(self._send(writer))
        try:
            self._owner.socket_opened(self._socket)
            await self._receive(reader)
        finally:
            sender.cancel()
            await asyncio.gather(sender, return_exceptions=True)
            while not self._to_send.empty():  # what was taken from the client goes out before FIN
                writer.write(self._to_send.get_nowait())
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _receive(self, reader: asyncio.StreamReader) -> None:
        with contextlib.suppress(OSError):
            while True:
                room = self._owner.socket_room(self._socket)
                if room <= 0:
                    self._room.clear()
                    await self._room.wait()
                    continue
                data = await reader.read(min(room, READ_SIZE))
                if not data:
                    break
                self._owner.socket_received(self._socket, data)
        self._owner.socket_closed(self._socket)

    async def _send(self, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):  # a broken connection shows in the reader
            while True:
                data = await self._to_send.get()
                writer.write(data)
                await writer.drain()
                self._owner.socket_sent(self._socket, len(data))
