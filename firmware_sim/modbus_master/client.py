"""The bus master on a real line, by pymodbus: TCP or a serial port.

An answer counts only if it is one to what was asked: of the unit, with the function, of the length. Anything else is
no answer; a late one of an earlier request is most often recognised by that. On TCP the transaction number says it.
"""

from __future__ import annotations

import asyncio
import logging
import termios
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from pymodbus.client import AsyncModbusSerialClient, AsyncModbusTcpClient
from pymodbus.exceptions import ModbusException
from pymodbus.pdu import ModbusPDU

from firmware_sim.modbus_master.bus import ModbusBusMaster
from firmware_sim.modbus_master.description import DeviceDescription, Table
from firmware_sim.modbus_master.polling import Request
from provisioning.clock import Clock, SystemClock

Client: TypeAlias = AsyncModbusTcpClient | AsyncModbusSerialClient

log: Final = logging.getLogger(__name__)

ANSWER_S: Final = 1.0
MIN_FRAME_GAP_S: Final = 0.002
"""Silence between RTU frames: 3.5 characters, 1.75 ms above 19200 baud (Modbus over Serial Line V1.02, 2.5.1.1)."""
BITS_OF_A_CHARACTER: Final = 11
DEAD_LINE_PAUSE_S: Final = 0.05
"""After a request that could not even be sent: without it the retries would be gone in a moment."""
SILENCES_OF_A_LINE: Final = 3
"""So many requests without any answer, of whatever device, and a connection is taken for half-open and made anew."""

READ_CODES: Final = {Table.COIL: 1, Table.DISCRETE: 2, Table.HOLDING: 3, Table.INPUT: 4}
WRITE_COIL, WRITE_REGISTER, WRITE_COILS, WRITE_REGISTERS = 5, 6, 15, 16


class ForeignAnswerError(Exception):
    """What came is no answer to what was asked."""


@dataclass(frozen=True, slots=True)
class TcpLine:
    """A Modbus TCP server, or a gateway to a serial line behind it."""

    host: str
    port: int = 502

    def make_client(self, timeout_s: float, heard: Callable[[bytes], bytes]) -> Client:
        """A client that is not connected yet. `heard` is not needed: frames on TCP have a header."""
        del heard
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

    def make_client(self, timeout_s: float, heard: Callable[[bytes], bytes]) -> Client:
        """A client that is not connected yet. `heard` cleans what has come so far of an answer."""
        return AsyncModbusSerialClient(
            self.device,
            baudrate=self.baudrate,
            parity=self.parity,
            stopbits=self.stopbits,
            timeout=timeout_s,
            retries=0,
            reconnect_delay=0,
            trace_packet=lambda sending, data: data if sending else heard(data),
        )

    @property
    def gap_s(self) -> float:
        """Silence to keep between two requests."""
        return max(3.5 * BITS_OF_A_CHARACTER / self.baudrate, MIN_FRAME_GAP_S)


Line: TypeAlias = TcpLine | SerialLine


class ModbusMaster:
    """Polls described devices while `run` runs.

    Args:
        line: where they are.
        devices: what they are.
        clock: periods and offline times are of this clock.
        timeout_s: for one answer, in real seconds.
        on_turn: is called before each look at what is to be asked, and so after each request, answered or not.

    Raises:
        DescriptionError: two devices have one name or one unit id.
    """

    def __init__(
        self,
        line: Line,
        devices: Iterable[DeviceDescription] = (),
        *,
        clock: Clock | None = None,
        timeout_s: float = ANSWER_S,
        on_turn: Callable[[], None] = lambda: None,
    ) -> None:
        self.line = line
        """Where it asks now; see `set_line`."""
        self._clock: Clock = clock or SystemClock()
        self._timeout_s = timeout_s
        self._on_turn = on_turn
        self.bus = ModbusBusMaster(devices, self._clock.monotonic())
        self._client: Client | None = None
        self._asked: Request | None = None
        self._silences = 0
        self._is_cut = False
        self._woken = asyncio.Event()
        self._turn = asyncio.Event()

    async def run(self) -> None:
        """Until cancelled. Commands that are under way then fail."""
        try:
            while True:
                self._woken.clear()
                self._on_turn()
                self._end_turn()
                request = self.bus.next_request(self._clock.monotonic())
                if request is None:
                    await self._rest()
                    continue
                await self._exchange(request)
                for event in self.bus.take_events():
                    log.info("SIMULATOR: Modbus device %s: %s", event.device, event.kind)
                await asyncio.sleep(self.line.gap_s)
        finally:
            self._drop()
            self.bus.abandon()
            self._end_turn()

    def set_devices(self, devices: Iterable[DeviceDescription]) -> None:
        """Other devices from now on; see `ModbusBusMaster.set_devices`. Raises DescriptionError."""
        self.bus.set_devices(devices, self._clock.monotonic())
        self.wake()
        self._end_turn()

    def set_line(self, line: Line) -> None:
        """Another line from the next request on."""
        if line != self.line:
            self.line = line
            self._drop()

    def wake(self) -> None:
        """There is something to be sent: a command has been queued."""
        self._woken.set()

    async def turn(self) -> None:
        """Wait until the next request has been answered, or not been, or it runs no more."""
        await self._turn.wait()

    def _end_turn(self) -> None:
        turn, self._turn = self._turn, asyncio.Event()
        turn.set()

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
        self._asked = request
        try:
            # pymodbus has the deadline; this is for a connection that cannot be made.
            async with asyncio.timeout(self._timeout_s + 0.5):
                answer = await _ask(await self._connected(), request)
            raw = None if answer.isError() else _taken(request, answer)
        except (ModbusException, ForeignAnswerError, TimeoutError, OSError) as error:
            log.debug("SIMULATOR: Modbus unit %d: %s", request.unit, error)
            self._silences += 1
            if self._client is None:
                await asyncio.sleep(DEAD_LINE_PAUSE_S)
            elif self._silences >= SILENCES_OF_A_LINE:
                self._drop()
            self.bus.silent(self._clock.monotonic())
            return
        self._silences = 0
        if raw is None:
            self.bus.refused(answer.exception_code, self._clock.monotonic())
        else:
            self.bus.answered(raw, self._clock.monotonic())

    async def _connected(self) -> Client:
        if self._client is None or not self._client.connected:
            self._drop()
            client = self.line.make_client(self._timeout_s, self._without_noise)
            try:
                connected = await client.connect()
            except termios.error as error:
                # A port that cannot be set so, for instance to a parity that its driver lacks.
                connected, why = False, str(error)
            else:
                why = "nothing answers there"
            if not connected:
                client.close()
                if not self._is_cut:
                    log.warning("SIMULATOR: Modbus line %s: %s", self.line, why)
                self._is_cut = True
                raise ConnectionError(why)
            self._client, self._silences, self._is_cut = client, 0, False
        return self._client

    def _without_noise(self, data: bytes) -> bytes:
        """From where the answer begins: a line that turns round without bias often makes a byte of its own."""
        if self._asked is None:
            return data
        code = _code(self._asked)
        begins = (data.find(bytes([self._asked.unit, each])) for each in (code, code | 0x80))
        return data[min((at for at in begins if at >= 0), default=0) :]

    def _drop(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None


def _code(request: Request) -> int:
    if request.values is None:
        return READ_CODES[request.table]
    several = len(request.values) > 1 or request.write_multiple
    if request.table is Table.COIL:
        return WRITE_COILS if several else WRITE_COIL
    return WRITE_REGISTERS if several else WRITE_REGISTER


async def _ask(client: Client, request: Request) -> ModbusPDU:
    address, unit, count = request.address, request.unit, request.count
    values = list(request.values or ())
    match code := _code(request):
        case 1:
            answer = await client.read_coils(address, count=count, device_id=unit)
        case 2:
            answer = await client.read_discrete_inputs(address, count=count, device_id=unit)
        case 3:
            answer = await client.read_holding_registers(address, count=count, device_id=unit)
        case 4:
            answer = await client.read_input_registers(address, count=count, device_id=unit)
        case 5:
            answer = await client.write_coil(address, bool(values[0]), device_id=unit)
        case 6:
            answer = await client.write_register(address, values[0], device_id=unit)
        case 15:
            answer = await client.write_coils(address, [bool(each) for each in values], device_id=unit)
        case _:
            answer = await client.write_registers(address, values, device_id=unit)
    if answer.function_code & 0x7F != code:
        raise ForeignAnswerError(f"asked by function {code}, answered by {answer.function_code & 0x7F}")
    return answer


def _taken(request: Request, answer: ModbusPDU) -> list[int]:
    """What was read; nothing of a write."""
    if request.values is not None:
        if answer.address != request.address:
            raise ForeignAnswerError(f"{request.address} was written, {answer.address} is acknowledged")
        return []
    raw: Sequence[int] = answer.bits if request.table.of_bits else answer.registers
    # Bits come in whole bytes.
    wanted = -(-request.count // 8) * 8 if request.table.of_bits else request.count
    if len(raw) != wanted:
        raise ForeignAnswerError(f"{wanted} were asked for, {len(raw)} came")
    return [int(each) for each in raw]
