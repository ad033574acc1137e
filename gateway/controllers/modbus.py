"""Controllers on Modbus, TCP or RTU, read by a profile (`provisioning.controller_profile`).

A bus carries one request at a time: `ModbusBus` holds the one client of a line, a lock and the silence
between frames; several
controllers with their own unit ids may share it. Every request has a deadline of its own, because the
client's can be outlived by its retries.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias
from urllib.parse import parse_qsl, urlsplit

from pymodbus.client import AsyncModbusSerialClient, AsyncModbusTcpClient
from pymodbus.exceptions import ModbusException
from pymodbus.pdu import ModbusPDU

from gateway.controllers.driver import (
    ControllerDataError,
    ControllerIdentity,
    ControllerMismatchError,
    ControllerRefusedError,
    ControllerSilentError,
    ControllerUnreachableError,
    ControllerUrlError,
    SetpointNotConfirmedError,
    SetpointRefusedError,
)
from provisioning.clock import Clock, SystemClock
from provisioning.controller_profile import (
    ControllerProfile,
    Register,
    RegisterValueError,
    Value,
    blocks,
)
from provisioning.messages import Reading

DEFAULT_TCP_PORT: Final = 502

CONFIRM_INTERVAL_S: Final = 0.2
"""Between two looks at a setpoint that was written but is not read back yet."""

MIN_FRAME_GAP_S: Final = 0.002
"""Silence between RTU frames.

3.5 characters, 1.75 ms above 19200 baud (Modbus over Serial Line V1.02, 2.5.1.1).
"""

ILLEGAL_DATA_ADDRESS: Final = 2

Client: TypeAlias = AsyncModbusTcpClient | AsyncModbusSerialClient

# Its complaints about a silent device come to our callers as typed errors; twice is too often.
logging.getLogger("pymodbus").setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True)
class ModbusAddress:
    """A line and a unit on it, from a URL.

    `modbus+tcp://host:port?unit=1` or `modbus+rtu:///dev/ttyUSB0?unit=1&baudrate=19200&parity=N&stopbits=1`
    """

    transport: Literal["tcp", "rtu"]
    host: str
    port: int
    device: str
    unit: int
    baudrate: int
    parity: str
    stopbits: int

    @classmethod
    def parse(cls, url: str) -> ModbusAddress:
        """Raises ControllerUrlError saying what is wrong."""
        parts = urlsplit(url)
        if parts.scheme not in {"modbus+tcp", "modbus+rtu"}:
            raise ControllerUrlError(f"{url}: a controller URL starts with modbus+tcp:// or modbus+rtu://")
        is_tcp = parts.scheme == "modbus+tcp"
        options = dict(parse_qsl(parts.query, keep_blank_values=True))
        known = {"unit"} if is_tcp else {"unit", "baudrate", "parity", "stopbits"}
        for key in options:
            if key not in known:
                raise ControllerUrlError(
                    f"{url}: unknown option {key!r}; known are {', '.join(sorted(known))}"
                )
        try:
            port = parts.port or DEFAULT_TCP_PORT
        except ValueError:
            raise ControllerUrlError(f"{url}: the port is a number of 1 to 65535") from None
        if is_tcp and not parts.hostname:
            raise ControllerUrlError(f"{url}: a host is needed: modbus+tcp://host:port")
        if not is_tcp and (parts.netloc or len(parts.path) < 2):
            raise ControllerUrlError(f"{url}: a port is needed: modbus+rtu:///dev/ttyUSB0")
        parity = options.get("parity", "N").upper()
        if parity not in {"N", "E", "O"}:
            raise ControllerUrlError(f"{url}: parity is N, E or O")
        return cls(
            transport="tcp" if is_tcp else "rtu",
            host=parts.hostname or "",
            port=port,
            device="" if is_tcp else parts.path,
            unit=_number(url, options, "unit", 1, 1, 247),
            baudrate=_number(url, options, "baudrate", 19200, 300, 1_000_000),
            parity=parity,
            stopbits=_number(url, options, "stopbits", 1, 1, 2),
        )


def _number(url: str, options: dict[str, str], key: str, default: int, low: int, high: int) -> int:
    text = options.get(key, str(default))
    if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
        raise ControllerUrlError(f"{url}: {key} is a number of {low} to {high}")
    return int(text)


class ModbusBus:
    """The one client of a line, shared by the controllers on it.

    Args:
        address: the line; its unit is of no meaning here.
        timeout_s: for one answer.
        retries: further tries of a request that was not answered.
    """

    def __init__(self, address: ModbusAddress, *, timeout_s: float = 1.0, retries: int = 1) -> None:
        self._address = address
        self._timeout_s = timeout_s
        self._retries = retries
        self._client: Client | None = None
        self._lock = asyncio.Lock()
        self._quiet_until = 0.0
        characters_s = 3.5 * 11 / address.baudrate
        self._gap_s = max(characters_s, MIN_FRAME_GAP_S) if address.transport == "rtu" else 0.0

    async def open(self) -> None:
        """Open the line. Raises ControllerUnreachableError."""
        async with self._lock:
            await self._connected()

    async def close(self) -> None:
        """Close the line."""
        async with self._lock:
            self._drop()

    async def read(self, unit: int, address: int, count: int) -> list[int]:
        """Read holding registers (function 3)."""
        answer = await self._request(
            f"read {address}+{count}",
            lambda client: client.read_holding_registers(address, count=count, device_id=unit),
        )
        if len(answer.registers) != count:
            raise ControllerDataError(f"{len(answer.registers)} registers instead of {count} at {address}")
        return list(answer.registers)

    async def write(self, unit: int, address: int, words: Sequence[int]) -> None:
        """Write holding registers (function 6 for one, 16 for more)."""
        if len(words) == 1:
            await self._request(
                f"write {address}", lambda client: client.write_register(address, words[0], device_id=unit)
            )
        else:
            await self._request(
                f"write {address}+{len(words)}",
                lambda client: client.write_registers(address, list(words), device_id=unit),
            )

    async def _request(self, action: str, call: Callable[[Client], Awaitable[ModbusPDU]]) -> ModbusPDU:
        async with self._lock:
            client = await self._connected()
            if (wait_s := self._quiet_until - asyncio.get_running_loop().time()) > 0:
                await asyncio.sleep(wait_s)
            try:
                async with asyncio.timeout(self._timeout_s * (self._retries + 1) + 0.5):
                    answer = await call(client)
                # Python 3.11's wait_for, in pymodbus, drops a cancellation that comes with the answer.
                if (task := asyncio.current_task()) is not None and task.cancelling():
                    raise asyncio.CancelledError
            except (ModbusException, TimeoutError, OSError) as error:
                # A late answer must not be taken for that of the next request: start with a fresh line.
                self._drop()
                raise ControllerSilentError(f"no answer to {action} at {self._where}") from error
            except asyncio.CancelledError:
                self._drop()
                raise
            finally:
                self._quiet_until = asyncio.get_running_loop().time() + self._gap_s
        if answer.isError():
            raise ControllerRefusedError(action, answer.exception_code)
        return answer

    async def _connected(self) -> Client:
        if self._client is not None and self._client.connected:
            return self._client
        self._drop()
        client = self._make_client()
        try:
            async with asyncio.timeout(self._timeout_s + 2.0):
                connected = await client.connect()
        except (ModbusException, TimeoutError, OSError) as error:
            client.close()
            raise ControllerUnreachableError(f"cannot open {self._where}: {error}") from error
        if not connected:
            client.close()
            raise ControllerUnreachableError(f"cannot open {self._where}: {self._why()}")
        self._client = client
        return client

    def _make_client(self) -> Client:
        # reconnect_delay 0: no reconnecting behind our back; the next request does it.
        if self._address.transport == "tcp":
            return AsyncModbusTcpClient(
                self._address.host,
                port=self._address.port,
                timeout=self._timeout_s,
                retries=self._retries,
                reconnect_delay=0,
            )
        return AsyncModbusSerialClient(
            self._address.device,
            baudrate=self._address.baudrate,
            parity=self._address.parity,
            stopbits=self._address.stopbits,
            timeout=self._timeout_s,
            retries=self._retries,
            reconnect_delay=0,
        )

    def _drop(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    def _why(self) -> str:
        """The likely reason; pymodbus keeps the true one to itself."""
        if self._address.transport == "tcp":
            return "nothing answers there"
        if not Path(self._address.device).exists():
            return "no such port"
        if not os.access(self._address.device, os.R_OK | os.W_OK):
            return "no permission"
        return "it is in use or not a serial port"

    @property
    def _where(self) -> str:
        if self._address.transport == "tcp":
            return f"{self._address.host}:{self._address.port}"
        return self._address.device


class ModbusController:
    """A controller on Modbus (a `ControllerDriver`).

    Args:
        url: see `ModbusAddress`.
        profile: its register map.
        clock: stamps the readings.
        bus: a line that is shared with others; without it the controller has one of its own.
        timeout_s, retries: of a line of its own, see `ModbusBus`.
        confirm_s: a setpoint that is not read back within this time counts as not taken.
    """

    def __init__(
        self,
        url: str,
        profile: ControllerProfile,
        *,
        clock: Clock | None = None,
        bus: ModbusBus | None = None,
        timeout_s: float = 1.0,
        retries: int = 1,
        confirm_s: float = 2.0,
    ) -> None:
        address = ModbusAddress.parse(url)
        self.profile = profile
        self._unit = address.unit
        self._clock = clock or SystemClock()
        self._confirm_polls = max(1, round(confirm_s / CONFIRM_INTERVAL_S))
        self._owns_bus = bus is None
        self._bus = bus or ModbusBus(address, timeout_s=timeout_s, retries=retries)

    def notify(self, changed: Callable[[], None]) -> None:
        """A Modbus slave speaks only when it is asked."""

    async def open(self) -> None:
        """Open the line. Raises ControllerUnreachableError."""
        await self._bus.open()

    async def close(self) -> None:
        """Close the line, unless it is shared."""
        if self._owns_bus:
            await self._bus.close()

    async def identify(self) -> ControllerIdentity:
        """Read serial, model and firmware.

        Raises:
            ControllerMismatchError: the profile is for another model.
            ControllerDataError: what stands there is not text: hardly the right controller.
        """
        values: dict[str, Value] = {}
        for block in blocks(self.profile[name] for name in self.profile.identity):
            values |= self._decode(block, await self._read_block(block))
        serial, model, firmware = (values[name] for name in self.profile.identity)
        if not (isinstance(serial, str) and isinstance(model, str) and isinstance(firmware, str) and serial):
            raise ControllerDataError("the identity registers hold no text")
        if model not in self.profile.models:
            raise ControllerMismatchError(
                f"the controller is a {model}, the profile {self.profile.name} is for {', '.join(self.profile.models)}"
            )
        return ControllerIdentity(serial, model, firmware)

    async def read(self) -> list[Reading]:
        """Read everything that changes with time. A block that the controller refuses gives bad readings."""
        readings: list[Reading] = []
        for block in blocks(self.profile.readings):
            try:
                words: list[int] | None = await self._read_block(block)
            except ControllerRefusedError as error:
                if error.code != ILLEGAL_DATA_ADDRESS:
                    raise
                words = None
            at = self._clock.now()
            readings.extend(_reading(register, words, block[0].address, at) for register in block)
        return readings

    async def write(self, name: str, value: Value) -> Value:
        """Write a setpoint and read it back.

        Raises:
            SetpointRefusedError: unknown, not writable or out of its limits; nothing was written.
            ControllerRefusedError: the controller would not take it.
            SetpointNotConfirmedError: it took it and still reads back another value.
        """
        register = self.profile.by_name.get(name)
        if register is None:
            raise SetpointRefusedError(f"{name}: the profile {self.profile.name} has no such register")
        try:
            words = register.check_setpoint(value)
        except RegisterValueError as error:
            raise SetpointRefusedError(str(error)) from error
        await self._bus.write(self._unit, register.address, words)
        expected = [0] * register.words if register.momentary else words
        for poll in range(self._confirm_polls):
            if poll:
                await asyncio.sleep(CONFIRM_INTERVAL_S)
            read_back = await self._bus.read(self._unit, register.address, register.words)
            if read_back == expected:
                return register.decode(read_back)
        shown = _reading(register, read_back, register.address, self._clock.now()).value
        raise SetpointNotConfirmedError(f"{name}: wrote {value}, read back {shown}", shown)

    def title(self, name: str) -> str:
        """The register's title in its profile."""
        register = self.profile.by_name.get(name)
        return "" if register is None else register.title

    async def _read_block(self, block: Sequence[Register]) -> list[int]:
        return await self._bus.read(self._unit, block[0].address, block[-1].end - block[0].address)

    def _decode(self, block: Sequence[Register], words: Sequence[int]) -> dict[str, Value]:
        first = block[0].address
        try:
            return {r.name: r.decode(words[r.address - first : r.end - first]) for r in block}
        except RegisterValueError as error:
            raise ControllerDataError(str(error)) from error


def _reading(register: Register, words: Sequence[int] | None, first: int, at: float) -> Reading:
    value: Value = None
    if words is not None:
        try:
            value = register.decode(words[register.address - first : register.end - first])
        except RegisterValueError:
            value = None
    # The sentinel may be no fault (no such sensor), but nobody should reckon with it.
    quality: Literal["good", "bad"] = "bad" if value is None else "good"
    return Reading(name=register.name, value=value, unit=register.unit, at=at, quality=quality)
