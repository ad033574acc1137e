"""The master against pymodbus' own server and a slave of its own kind, on TCP and on a serial line."""

import asyncio
import os
import pty
import tty
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from pymodbus.server import ModbusSerialServer, ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice
from raw_slave import RawSlave, crc, rtu_slaves, tcp_slaves

from firmware_sim.modbus_master import (
    Command,
    CommandState,
    DeviceDescription,
    LinkState,
    Signal,
    SignalType,
    Table,
)
from firmware_sim.modbus_master.client import ModbusMaster, SerialLine, TcpLine
from firmware_sim.virtual_time import ScaledClock

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


@asynccontextmanager
async def running(master: ModbusMaster) -> AsyncIterator[None]:
    task = asyncio.create_task(master.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(master: ModbusMaster, holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():
            await master.turn()


async def done(master: ModbusMaster, device: str, signal: str, value: float) -> Command:
    command = master.bus.devices[device].command(signal, value)
    master.wake()
    await until(master, lambda: command.finished)
    return command


async def check(master: ModbusMaster) -> None:
    boiler = master.bus.devices["boiler"]
    await until(master, lambda: None not in boiler.values.values())
    assert boiler.link is LinkState.ONLINE
    assert boiler.values == {
        "flow": -1.0,
        "power": 12.5,
        "setpoint": 45.0,
        "counter": 0x0001_0002,
        "pump": False,
        "door": True,
    }
    for name, value in (("setpoint", 61.5), ("counter", 70_000), ("pump", True)):
        command = await done(master, "boiler", name, value)
        assert command.state is CommandState.DONE
        assert boiler.values[name] == value
    assert boiler.errors == 0


async def test_values_and_commands_over_tcp() -> None:
    async with server() as port:
        master = ModbusMaster(TcpLine("127.0.0.1", port), [DEVICE])
        async with running(master):
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
            master = ModbusMaster(SerialLine(ours, baudrate=19200), [DEVICE])
            async with running(master):
                await check(master)
        finally:
            await rtu.shutdown()


async def test_closing_ends_what_waits() -> None:
    master = ModbusMaster(TcpLine("127.0.0.1", 1), [DEVICE])
    async with running(master):
        command = master.bus.devices["boiler"].command("pump", True)
        await asyncio.sleep(0)
    assert command.state is CommandState.FAILED


# -- a slave of its own kind


def boiler_slave(unit: int = UNIT) -> RawSlave:
    slave = RawSlave(unit)
    slave.coils = {1: 0}
    slave.discrete = {0: 1}
    slave.holding = {10: 450, 11: 0x0002, 12: 0x0001}
    slave.input = {2: 0xFFF6, 3: 0x4148, 4: 0x0000}
    return slave


async def test_values_and_commands_of_a_slave_written_from_the_specification() -> None:
    slave = boiler_slave()
    async with tcp_slaves(slave) as (port, _):
        master = ModbusMaster(TcpLine("127.0.0.1", port), [DEVICE])
        async with running(master):
            await check(master)
    assert {pdu[0] for pdu in slave.asked} == {1, 2, 3, 4, 5, 6, 16}
    assert slave.holding == {10: 615, 11: 70_000 & 0xFFFF, 12: 1}
    assert slave.coils == {1: 1}


async def test_the_same_on_a_serial_line_with_silence_before_each_request() -> None:
    slave = boiler_slave()
    with rtu_slaves(slave) as (port, line):
        ours = SerialLine(port, baudrate=1200)
        master = ModbusMaster(ours, [DEVICE])
        async with running(master):
            await check(master)
        pauses = [asked - told for told, asked in zip(line.answered_at, line.asked_at[1:], strict=False)]
        assert min(pauses) >= ours.gap_s == 3.5 * 11 / 1200


async def test_a_device_without_the_functions_for_single_places() -> None:
    slave = boiler_slave()
    slave.without = {5, 6}
    async with tcp_slaves(slave) as (port, _):
        master = ModbusMaster(TcpLine("127.0.0.1", port), [replace(DEVICE, write_multiple=True)])
        async with running(master):
            await check(master)


async def test_a_device_that_acknowledges_and_does_nothing() -> None:
    slave = boiler_slave()
    slave.keeps = False
    async with tcp_slaves(slave) as (port, _):
        line = TcpLine("127.0.0.1", port)
        # Seven seconds of the clock, in which it is looked at again and again.
        master = ModbusMaster(line, [replace(DEVICE, period_s=60)], clock=ScaledClock(rate=100))
        async with running(master):
            command = await done(master, "boiler", "setpoint", 61.5)
            assert command.state is CommandState.NOT_TAKEN
            assert master.bus.devices["boiler"].values["setpoint"] == 45.0


async def test_bytes_that_come_one_by_one_and_noise_before_them() -> None:
    with rtu_slaves(boiler_slave()) as (port, line):
        line.mangle = lambda frame: [b"\xff\x00", *(bytes([each]) for each in frame)]
        master = ModbusMaster(SerialLine(port), [DEVICE])
        async with running(master):
            await check(master)


@pytest.mark.parametrize(
    "foreign",
    [
        pytest.param(lambda frame: framed(bytes([9]) + frame[1:-2]), id="of another unit"),
        pytest.param(lambda frame: framed(frame[:1] + b"\x03\x02\x00\x63"), id="of another function"),
        pytest.param(lambda frame: framed(frame[:2] + b"\x02\x00\x63"), id="of another length"),
        pytest.param(lambda frame: frame[:-1] + bytes([frame[-1] ^ 1]), id="with a wrong checksum"),
        pytest.param(lambda frame: frame[:-3], id="cut short"),
        pytest.param(lambda frame: b"", id="nothing"),
    ],
)
async def test_what_is_no_answer_is_not_believed(foreign: Callable[[bytes], bytes]) -> None:
    flow = replace(DEVICE, signals=DEVICE.signals[:2], retries=2)
    slave = boiler_slave()
    with rtu_slaves(slave) as (port, line):
        line.mangle = lambda frame: [foreign(frame)] if len(slave.asked) <= 2 else [frame]
        master = ModbusMaster(SerialLine(port), [flow], timeout_s=0.2)
        async with running(master):
            boiler = master.bus.devices["boiler"]
            await until(master, lambda: boiler.heard_at is not None)
            assert boiler.values == {"flow": -1.0, "power": 12.5}
            assert boiler.errors == 2


def framed(body: bytes) -> bytes:
    return body + crc(body)


# -- gone and back


async def test_a_device_goes_and_comes_back_with_other_values() -> None:
    slave = boiler_slave()
    async with tcp_slaves(slave) as (port, _):
        master = ModbusMaster(TcpLine("127.0.0.1", port), [DEVICE], timeout_s=0.3)
        boiler = master.bus.devices["boiler"]
        task = asyncio.create_task(master.run())
        await until(master, lambda: boiler.values["flow"] == -1.0)
    try:
        await until(master, lambda: boiler.link is LinkState.OFFLINE)
        assert set(boiler.values.values()) == {None}
        assert (await done(master, "boiler", "pump", True)).state is CommandState.FAILED
        slave.input[2] = 655
        async with tcp_slaves(slave, port=port):
            await until(master, lambda: boiler.values["flow"] == 65.5)
            assert boiler.link is LinkState.ONLINE
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_dead_device_behind_a_gateway_does_not_cost_the_others_their_connection() -> None:
    other = replace(DEVICE, name="pump", unit=6, retries=0)
    async with tcp_slaves(boiler_slave()) as (port, connections):
        master = ModbusMaster(TcpLine("127.0.0.1", port), [DEVICE, other], timeout_s=0.1)
        async with running(master):
            await until(master, lambda: master.bus.devices["pump"].errors >= 12)
            assert master.bus.devices["boiler"].link is LinkState.ONLINE
            assert master.bus.devices["boiler"].errors == 0
        assert len(connections) == 1


async def test_a_connection_that_is_half_open_is_made_anew() -> None:
    slave = boiler_slave()
    async with tcp_slaves() as (port, connections):
        master = ModbusMaster(TcpLine("127.0.0.1", port), [DEVICE], timeout_s=0.1)
        async with running(master):
            await until(master, lambda: len(connections) == 3)
            assert slave.asked == []
            assert master.bus.devices["boiler"].errors >= 6


async def test_a_port_that_cannot_be_opened_is_tried_again(tmp_path: Path) -> None:
    master = ModbusMaster(SerialLine(str(tmp_path / "none")), [DEVICE], timeout_s=0.2)
    boiler = master.bus.devices["boiler"]
    async with running(master):
        await until(master, lambda: boiler.errors >= 3)
        # A pseudo-terminal has no parity.
        with rtu_slaves(boiler_slave()) as (port, _):
            master.set_line(SerialLine(port, parity="E"))
            errors = boiler.errors
            await until(master, lambda: boiler.errors >= errors + 3)
            master.set_line(SerialLine(port))
            await until(master, lambda: boiler.heard_at is not None)


async def test_an_unplugged_serial_port_is_opened_again() -> None:
    with rtu_slaves(boiler_slave()) as (port, _):
        master = ModbusMaster(SerialLine(port), [DEVICE], timeout_s=0.2)
        boiler = master.bus.devices["boiler"]
        task = asyncio.create_task(master.run())
        await until(master, lambda: boiler.link is LinkState.ONLINE)
    try:
        await until(master, lambda: boiler.link is LinkState.OFFLINE)
        with rtu_slaves(boiler_slave()) as (again, _):
            master.set_line(SerialLine(again))
            await until(master, lambda: boiler.link is LinkState.ONLINE)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
