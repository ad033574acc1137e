"""A Modbus slave written from the specification alone, byte by byte; it can misbehave as slaves of the field do.

It shares no code with the master nor with its library: Application Protocol V1.1b3, 6; Serial Line V1.02, 2.5.1.
"""

from __future__ import annotations

import asyncio
import os
import pty
import time
import tty
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

BITS = {1: "coils", 2: "discrete"}
WORDS = {3: "holding", 4: "input"}


def crc(data: bytes) -> bytes:
    register = 0xFFFF
    for byte in data:
        register ^= byte
        for _ in range(8):
            register = register >> 1 ^ (0xA001 if register & 1 else 0)
    return register.to_bytes(2, "little")


class RawSlave:
    """Tables of one unit; a place that is not there is exception 2."""

    def __init__(self, unit: int) -> None:
        self.unit = unit
        self.coils: dict[int, int] = {}
        self.discrete: dict[int, int] = {}
        self.holding: dict[int, int] = {}
        self.input: dict[int, int] = {}
        self.without: set[int] = set()
        """Functions that it does not have."""
        self.asked: list[bytes] = []
        """PDUs in the order they came."""
        self.keeps = True
        """Whether it does what it acknowledges."""

    def answer(self, pdu: bytes) -> bytes:
        self.asked.append(pdu)
        code, address, number = pdu[0], int.from_bytes(pdu[1:3], "big"), int.from_bytes(pdu[3:5], "big")
        if code in self.without:
            return bytes([code | 0x80, 1])
        if code in BITS | WORDS:
            table: dict[int, int] = getattr(self, (BITS | WORDS)[code])
            places = range(address, address + number)
            if not set(places) <= set(table):
                return bytes([code | 0x80, 2])
            if code in WORDS:
                data = b"".join(table[each].to_bytes(2, "big") for each in places)
            else:
                bits = sum(table[each] << n for n, each in enumerate(places))
                data = bits.to_bytes(-(-number // 8), "little")
            return bytes([code, len(data)]) + data
        if not self.keeps:
            return pdu[:5]
        match code:
            case 5:
                self.coils[address] = int(number == 0xFF00)
            case 6:
                self.holding[address] = number
            case 15:
                bits = int.from_bytes(pdu[6:], "little")
                self.coils |= {address + n: bits >> n & 1 for n in range(number)}
            case 16:
                words = [int.from_bytes(pdu[at : at + 2], "big") for at in range(6, len(pdu), 2)]
                self.holding |= {address + n: word for n, word in enumerate(words)}
        return pdu[:5]


@asynccontextmanager
async def tcp_slaves(
    *slaves: RawSlave, port: int = 0
) -> AsyncIterator[tuple[int, list[asyncio.StreamWriter]]]:
    """A gateway with slaves behind it: its port, and its connections. Whom it does not have is silent."""
    connections: list[asyncio.StreamWriter] = []
    serving: list[asyncio.Task[None]] = []
    by_unit = {slave.unit: slave for slave in slaves}

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer)
        task = asyncio.current_task()
        assert task is not None
        serving.append(task)
        while header := await reader.read(7):
            pdu = await reader.readexactly(int.from_bytes(header[4:6], "big") - 1)
            slave = by_unit.get(header[6])
            if slave is not None:
                answer = slave.answer(pdu)
                writer.write(header[:4] + (len(answer) + 1).to_bytes(2, "big") + header[6:] + answer)

    server = await asyncio.start_server(serve, "127.0.0.1", port)
    try:
        yield server.sockets[0].getsockname()[1], connections
    finally:
        server.close()
        for each in connections:
            each.close()
        await asyncio.gather(*serving, return_exceptions=True)


Mangle = Callable[[bytes], list[bytes]]


class RtuSlaves:
    """Slaves on the far end of a serial line. `mangle`: what goes out instead of an answer, piece by piece."""

    def __init__(self, end: int, *slaves: RawSlave) -> None:
        self._end = end
        self._by_unit = {slave.unit: slave for slave in slaves}
        self._heard = b""
        self.mangle: Mangle = lambda frame: [frame]
        self.answered_at: list[float] = []
        self.asked_at: list[float] = []

    def hear(self) -> None:
        """Bytes have come."""
        if not self._heard:
            self.asked_at.append(time.monotonic())
        self._heard += os.read(self._end, 4096)
        while len(self._heard) >= 8:
            size = 9 + self._heard[6] if self._heard[1] in {15, 16} else 8
            if len(self._heard) < size:
                return
            frame, self._heard = self._heard[:size], self._heard[size:]
            assert crc(frame[:-2]) == frame[-2:]
            slave = self._by_unit.get(frame[0])
            if slave is None:
                continue
            body = frame[:1] + slave.answer(frame[1:-2])
            self.answered_at.append(time.monotonic())
            for piece in self.mangle(body + crc(body)):
                self.say(piece)

    def say(self, data: bytes) -> None:
        """Send bytes whenever."""
        os.write(self._end, data)


@contextmanager
def rtu_slaves(*slaves: RawSlave) -> Iterator[tuple[str, RtuSlaves]]:
    """A serial port, and the slaves at it."""
    far_end, port = pty.openpty()
    tty.setraw(port)
    line = RtuSlaves(far_end, *slaves)
    loop = asyncio.get_running_loop()
    loop.add_reader(far_end, line.hear)
    try:
        yield os.ttyname(port), line
    finally:
        loop.remove_reader(far_end)
        os.close(far_end)
        os.close(port)
