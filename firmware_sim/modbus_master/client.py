"""The bus master on a real line, by pymodbus: TCP or a serial port."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self, TypeAlias

from pymodbus.client import AsyncModbusSerialClient, AsyncModbusTcpClient
from pymodbus.exceptions import ModbusException
from pymodbus.pdu import ModbusPDU

from firmware_sim.modbus_master.bus import ModbusBusMaster
from firmware_sim.modbus_master.description import DeviceDescription, Table, Value
from firmware_sim.modbus_master.polling import Command, LinkState, Request
from provisioning.clock import Clock, SystemClock

Client: TypeAlias = AsyncModbusTcpClient | AsyncModbusSerialClient

MIN_FRAME_GAP_S: Final = 0.002
"""Silence between RTU frames: 3.5 characters, 1.75 ms above 19200 baud (Modbus over Serial Line V1.02, 2.5.1.1)."""


@dataclass(frozen=True, slots=True)
class TcpLine:
    """A Modbus TCP server, or a gateway to a serial line behind it."""

    host: str
    port: int = 502

    def make_client(self, timeout_s: float) -> Client:
        """A client that is not connected yet."""
        return AsyncModbusTcpClient(
            self.host, port=self.port, timeout=timeout_s, retries=0, reconnect_delay=0
        )

    @property
    def gap_s(self) -> float:
        """Silence to keep between two requests."""
        return 0.0


@dataclass(frozen=True, slots=True)
class SerialLine:
    """An RS-485 port."""

    device: str
    baudrate: int = 9600
    parity: str = "N"
    stopbits: int = 1

    def make_client(self, timeout_s: float) -> Client:
        """A client that is not connected yet."""
        return AsyncModbusSerialClient(
            self.device,
            baudrate=self.baudrate,
            parity=self.parity,
            stopbits=self.stopbits,
            timeout=timeout_s,
            retries=0,
            reconnect_delay=0,
        )

    @property
    def gap_s(self) -> float:
        """Silence to keep between two requests."""
        return max(3.5 * 11 / self.baudrate, MIN_FRAME_GAP_S)


class ModbusMaster:
    """Polls described devices. Use as `async with ModbusMaster(line, devices) as master:`.

    Args:
        line: where they are.
        devices: what they are.
        clock: periods and offline times are of this clock.
        timeout_s: for one answer, in real seconds.

    Raises:
        DescriptionError: two devices have one name or one unit id.
    """

    def __init__(
        self,
        line: TcpLine | SerialLine,
        devices: Iterable[DeviceDescription],
        *,
        clock: Clock | None = None,
        timeout_s: float = 1.0,
    ) -> None:
        self._line = line
        self._clock: Clock = clock or SystemClock()
        self._timeout_s = timeout_s
        self.bus = ModbusBusMaster(devices, self._clock.monotonic())
        self._client: Client | None = None
        self._woken = asyncio.Event()
        self._changed = asyncio.Condition()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run(), name="modbus master")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        self._drop()
        for device in self.bus.devices.values():
            device.abandon()
        async with self._changed:
            self._changed.notify_all()

    def values(self, device: str) -> dict[str, Value]:
        """A device's values by name. Raises KeyError: there is no such device."""
        return dict(self.bus.devices[device].values)

    def link(self, device: str) -> LinkState:
        """Whether a device is there. Raises KeyError."""
        return self.bus.devices[device].link

    async def command(self, device: str, signal: str, value: int | float | bool) -> Command:
        """Write a value and wait until it is known what has become of it.

        Raises:
            KeyError: there is no such device or signal.
            SignalValueError: the signal cannot take this value.
            CommandQueueFullError: too many commands wait for the device.
        """
        command = self.bus.devices[device].command(signal, value)
        self._woken.set()
        async with self._changed:
            await self._changed.wait_for(lambda: command.finished)
        return command

    async def next_answer(self) -> None:
        """Wait until the next request has been answered, or not been."""
        async with self._changed:
            await self._changed.wait()

    async def wait_for_link(self, device: str, state: LinkState) -> None:
        """Wait until a device is online, or offline. Raises KeyError."""
        poller = self.bus.devices[device]
        async with self._changed:
            await self._changed.wait_for(lambda: poller.link is state)

    async def _run(self) -> None:
        while True:
            self._woken.clear()
            request = self.bus.next_request(self._clock.monotonic())
            if request is None:
                await self._rest()
                continue
            await self._exchange(request)
            async with self._changed:
                self._changed.notify_all()
            await asyncio.sleep(self._line.gap_s)

    async def _rest(self) -> None:
        """Until something is due or a command comes."""
        due_at = self.bus.due_at
        resting: set[asyncio.Task[object]] = {asyncio.create_task(self._woken.wait())}
        if due_at is not None:
            rest_s = max(0.001, due_at - self._clock.monotonic())
            resting.add(asyncio.create_task(self._clock.sleep(rest_s)))
        try:
            await asyncio.wait(resting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in resting:
                task.cancel()

    async def _exchange(self, request: Request) -> None:
        try:
            async with asyncio.timeout(self._timeout_s + 0.5):
                answer = await _ask(await self._connected(), request)
        except (ModbusException, TimeoutError, OSError):
            # A late answer must not be taken for that of the next request: start with a fresh line.
            self._drop()
            # Nothing listens there: without a pause the retries would be gone in a moment.
            await asyncio.sleep(self._line.gap_s or 0.05)
            self.bus.silent(self._clock.monotonic())
            return
        now = self._clock.monotonic()
        if answer.isError():
            self.bus.refused(answer.exception_code, now)
        else:
            raw: Sequence[int] = answer.bits if request.table.of_bits else answer.registers
            self.bus.answered([int(each) for each in raw], now)

    async def _connected(self) -> Client:
        if self._client is None or not self._client.connected:
            self._drop()
            client = self._line.make_client(self._timeout_s)
            if not await client.connect():
                client.close()
                raise ConnectionError("nothing answers there")
            self._client = client
        return self._client

    def _drop(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None


async def _ask(client: Client, request: Request) -> ModbusPDU:
    address, unit, values = request.address, request.unit, request.values
    if values is None:
        read = {
            Table.HOLDING: client.read_holding_registers,
            Table.INPUT: client.read_input_registers,
            Table.COIL: client.read_coils,
            Table.DISCRETE: client.read_discrete_inputs,
        }[request.table]
        return await read(address, count=request.count, device_id=unit)
    if request.table is Table.COIL:
        return await client.write_coil(address, bool(values[0]), device_id=unit)
    if len(values) == 1 and not request.write_multiple:
        return await client.write_register(address, values[0], device_id=unit)
    return await client.write_registers(address, list(values), device_id=unit)
