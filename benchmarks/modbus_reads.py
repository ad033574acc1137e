"""Modbus TCP reads on 50 connections: the emulated controller beside pymodbus' own server with the same registers.

Each server is a process of its own. 50 clients ask as fast as they are answered, each with one request under way. The
two servers take turns for several rounds; a ratio is the median over the rounds.

    python -m benchmarks.modbus_reads
"""

from __future__ import annotations

import asyncio
import contextlib
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from firmware_sim.controller import EmulatedController
from provisioning.controller_profile import blocks, load_profile

CONNECTIONS = 50
SECONDS = 1.5
ROUNDS = 9
TARGET = 0.9

PROFILE = load_profile("thermogate_h1v")
MEASURED = max(blocks(PROFILE.readings), key=lambda block: block[-1].end - block[0].address)
FIRST, COUNT = MEASURED[0].address, MEASURED[-1].end - MEASURED[0].address
REQUEST = bytes([0, 1, 0, 0, 0, 6, 1, 3]) + FIRST.to_bytes(2, "big") + COUNT.to_bytes(2, "big")
ANSWER_BYTES = 9 + 2 * COUNT


async def serve_controller() -> None:
    async with EmulatedController(unit=1) as controller:
        url = await controller.serve_modbus_tcp()
        print(urlsplit(url).port, flush=True)
        await asyncio.Event().wait()


async def serve_pymodbus() -> None:
    registers = [
        SimData(register.address, values=[0] * register.words, datatype=DataType.REGISTERS)
        for register in PROFILE.registers
    ]
    server = ModbusTcpServer(SimDevice(1, simdata=registers), address=("127.0.0.1", 0))
    await server.serve_forever(background=True)
    assert isinstance(server.transport, asyncio.Server)
    print(server.transport.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


class Client(asyncio.Protocol):
    """Asks, waits for the whole answer, asks again."""

    def __init__(self) -> None:
        self.answers = 0
        self._received = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(REQUEST)

    def data_received(self, data: bytes) -> None:
        # One answer at a time is under way, so that function code and length tell a right one.
        if self._received == 0 and data[7] != 3:
            raise RuntimeError(f"exception {data[8]}")
        self._received += len(data)
        if self._received >= ANSWER_BYTES:
            self._received = 0
            self.answers += 1
            self._transport.write(REQUEST)


async def reads_per_s(port: int) -> float:
    loop = asyncio.get_running_loop()
    clients = [(await loop.create_connection(Client, "127.0.0.1", port))[1] for _ in range(CONNECTIONS)]
    await asyncio.sleep(0.3)
    before, began = sum(client.answers for client in clients), time.perf_counter()
    await asyncio.sleep(SECONDS)
    after, ended = sum(client.answers for client in clients), time.perf_counter()
    for client in clients:
        client._transport.abort()
    await asyncio.sleep(0.1)
    return (after - before) / (ended - began)


@contextlib.contextmanager
def server(kind: str) -> Iterator[int]:
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.modbus_reads", kind], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline())
    finally:
        process.terminate()
        process.wait(timeout=10)


def main() -> int:
    with server("controller") as ours, server("pymodbus") as theirs:
        rounds = [(asyncio.run(reads_per_s(ours)), asyncio.run(reads_per_s(theirs))) for _ in range(ROUNDS)]
    ratio = statistics.median(our / their for our, their in rounds)
    print(f"{CONNECTIONS} connections, {COUNT} registers a read")
    print(f"emulated controller   {statistics.median(our for our, _ in rounds):8.0f} reads/s")
    print(f"pymodbus' own server  {statistics.median(their for _, their in rounds):8.0f} reads/s")
    print(f"ratio {ratio:.2f} (target {TARGET})")
    return int(ratio < TARGET)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["controller"]:
            asyncio.run(serve_controller())
        case ["pymodbus"]:
            asyncio.run(serve_pymodbus())
        case _:
            raise SystemExit(main())
