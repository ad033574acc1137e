"""The master against pymodbus' own server, on TCP and on a serial line."""

import asyncio
import os
import pty
import tty
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import pytest
from pymodbus.server import ModbusSerialServer, ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from firmware_sim.modbus_master import (
    CommandState,
    DeviceDescription,
    LinkState,
    ModbusMaster,
    SerialLine,
    Signal,
    SignalType,
    SignalValueError,
    Table,
    TcpLine,
)

UNIT = 5
DEVICE = DeviceDescription(
    "boiler",
    UNIT,
    (
        Signal("flow", 2, Table.INPUT, SignalType.INT16, scale=0.1),
        Signal("power", 3, Table.INPUT, SignalType.FLOAT32),
        Signal("setpoint", 10, type=SignalType.INT16, scale=0.1, writable=True, minimum=30, maximum=80),
        Signal("counter", 11, type=SignalType.UINT32, writable=True, low_word_first=True),
        Signal("pump", 1, Table.COIL, SignalType.BIT, writable=True),
        Signal("door", 0, Table.DISCRETE, SignalType.BIT),
    ),
    period_s=0.2,
    disconnect_s=1.0,
    retries=1,
)


def device() -> SimDevice:
    return SimDevice(
        UNIT,
        simdata=(
            [SimData(0, values=[False, False, False, False] * 4, datatype=DataType.BITS)],
            [SimData(0, values=[True] + [False] * 15, datatype=DataType.BITS)],
            [SimData(10, values=[450, 0x0002, 0x0001], datatype=DataType.REGISTERS)],
            [SimData(2, values=[0xFFF6, 0x4148, 0x0000], datatype=DataType.REGISTERS)],
        ),
    )


@asynccontextmanager
async def server(port: int = 0) -> AsyncIterator[int]:
    tcp = ModbusTcpServer(device(), address=("127.0.0.1", port))
    await tcp.serve_forever(background=True)
    try:
        assert isinstance(tcp.transport, asyncio.Server)
        yield tcp.transport.sockets[0].getsockname()[1]
    finally:
        await tcp.shutdown()


async def check(master: ModbusMaster) -> None:
    await asyncio.wait_for(master.wait_for_link("boiler", LinkState.ONLINE), 5)
    async with asyncio.timeout(5):
        while None in master.values("boiler").values():
            await master.next_answer()
    assert master.values("boiler") == {
        "flow": -1.0,
        "power": 12.5,
        "setpoint": 45.0,
        "counter": 0x0001_0002,
        "pump": False,
        "door": True,
    }
    for name, value in (("setpoint", 61.5), ("counter", 70_000), ("pump", True)):
        command = await asyncio.wait_for(master.command("boiler", name, value), 5)
        assert command.state is CommandState.DONE
        assert master.values("boiler")[name] == value
    with pytest.raises(SignalValueError, match="above 80"):
        await master.command("boiler", "setpoint", 81)


async def test_values_and_commands_over_tcp() -> None:
    async with server() as port, ModbusMaster(TcpLine("127.0.0.1", port), [DEVICE]) as master:
        await check(master)


@contextmanager
def null_modem() -> Iterator[tuple[str, str]]:
    """Two serial ports that are joined."""
    ends = [pty.openpty() for _ in range(2)]
    loop = asyncio.get_running_loop()

    def join(source: int, sink: int) -> None:
        loop.add_reader(source, lambda: os.write(sink, os.read(source, 4096)))

    for _, port in ends:
        tty.setraw(port)
    (first, first_port), (second, second_port) = ends
    join(first, second)
    join(second, first)
    try:
        yield os.ttyname(first_port), os.ttyname(second_port)
    finally:
        for master_end, port in ends:
            loop.remove_reader(master_end)
            os.close(master_end)
            os.close(port)


async def test_values_and_commands_over_a_serial_line() -> None:
    with null_modem() as (ours, theirs):
        rtu = ModbusSerialServer(device(), port=theirs, baudrate=19200)
        await rtu.serve_forever(background=True)
        try:
            async with ModbusMaster(SerialLine(ours, baudrate=19200), [DEVICE]) as master:
                await check(master)
        finally:
            await rtu.shutdown()


async def test_a_device_goes_and_comes_back() -> None:
    async with server() as port:
        master = ModbusMaster(TcpLine("127.0.0.1", port), [DEVICE], timeout_s=0.3)
        await master.__aenter__()
        await asyncio.wait_for(master.wait_for_link("boiler", LinkState.ONLINE), 5)
    try:
        await asyncio.wait_for(master.wait_for_link("boiler", LinkState.OFFLINE), 5)
        assert set(master.values("boiler").values()) == {None}
        command = await asyncio.wait_for(master.command("boiler", "pump", True), 5)
        assert command.state is CommandState.FAILED
        async with server(port):
            await asyncio.wait_for(master.wait_for_link("boiler", LinkState.ONLINE), 5)
    finally:
        await master.__aexit__(None, None, None)


async def test_closing_ends_what_waits() -> None:
    async with ModbusMaster(TcpLine("127.0.0.1", 1), [DEVICE]) as master:
        waiting = asyncio.create_task(master.command("boiler", "pump", True))
        await asyncio.sleep(0)
    command = await asyncio.wait_for(waiting, 2)
    assert command.state is CommandState.FAILED
