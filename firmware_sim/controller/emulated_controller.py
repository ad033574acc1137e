"""The controller as a thing one can connect to: on a clock, with its Modbus ports."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from pymodbus.server import ModbusSerialServer, ModbusTcpServer

from firmware_sim.controller.core import Controller, Identity
from firmware_sim.controller.modbus_slave import ModbusSlave
from firmware_sim.controller.pty_line import pty_line
from firmware_sim.plant import Plant
from provisioning.clock import Clock, SystemClock

BAUDRATE: Final = 19200
TICK_S: Final = 60.0
"""The firmware lives on at least this often even if nobody asks, in the clock's seconds."""


class EmulatedController:
    """A heating controller with its house. Use as `async with EmulatedController(clock=clock) as
    controller:`.

    Args:
        plant: the house behind it.
        identity: serial, model, firmware.
        clock: what its time is; a fast one makes days pass in seconds.
        unit: its Modbus unit id.
    """

    def __init__(
        self,
        *,
        plant: Plant | None = None,
        identity: Identity | None = None,
        clock: Clock | None = None,
        unit: int = 1,
    ) -> None:
        self._clock: Clock = clock or SystemClock()
        self._plant = plant
        self._identity = identity
        self.unit = unit
        self._stack = contextlib.AsyncExitStack()
        self._core: Controller | None = None
        self._slave: ModbusSlave | None = None

    @property
    def core(self) -> Controller:
        """The firmware: values, setpoints, alarms and faults. Exists once the controller runs."""
        if self._core is None:
            raise RuntimeError("the controller is not running")
        return self._core

    @property
    def slave(self) -> ModbusSlave:
        """Its Modbus side, for instance to silence it."""
        if self._slave is None:
            raise RuntimeError("the controller is not running")
        return self._slave

    async def __aenter__(self) -> Self:
        self._core = Controller(self._plant, now=self._clock.monotonic(), identity=self._identity)
        self._slave = ModbusSlave(self._core, self.unit, self.advance)
        ticking = asyncio.create_task(self._tick(), name="controller")
        self._stack.push_async_callback(_cancel, ticking)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    def advance(self) -> None:
        """Live until now."""
        self.core.advance(self._clock.monotonic())

    async def serve_modbus_tcp(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Serve Modbus TCP; port 0 takes a free one. Returns the URL for `gateway.controllers`.

        Raises:
            OSError: the port is taken.
        """
        slave = self.slave
        server = ModbusTcpServer(
            slave.devices(),
            address=(host, port),
            trace_packet=slave.trace_tcp,
            trace_pdu=slave.trace_pdu,
            broadcast_enable=True,
        )
        await _start(server, f"{host}:{port}")
        self._stack.push_async_callback(server.shutdown)
        transport = server.transport
        assert isinstance(transport, asyncio.Server)
        bound_port = transport.sockets[0].getsockname()[1]
        return f"modbus+tcp://{host}:{bound_port}?unit={self.unit}"

    async def serve_modbus_rtu(self, listen: str) -> str:
        """Serve Modbus RTU on `pty:/path/of/link` (made here) or on the serial port `/dev/tty…`.

        Returns:
            the URL for `gateway.controllers`.

        Raises:
            OSError: the port cannot be opened or the link's path is taken by something else.
        """
        path = device = listen.removeprefix("pty:")
        if listen.startswith("pty:"):
            device = self._stack.enter_context(pty_line(Path(path)))
        slave = self.slave
        server = ModbusSerialServer(
            slave.devices(),
            port=device,
            baudrate=BAUDRATE,
            trace_packet=slave.trace_rtu,
            trace_pdu=slave.trace_pdu,
            broadcast_enable=True,
        )
        await _start(server, path)
        self._stack.push_async_callback(server.shutdown)
        return _rtu_url(path, self.unit)

    async def _tick(self) -> None:
        while True:
            self.advance()
            await self._clock.sleep(TICK_S)


def _rtu_url(path: str, unit: int) -> str:
    return f"modbus+rtu://{Path(path).absolute()}?unit={unit}&baudrate={BAUDRATE}"


async def _start(server: ModbusTcpServer | ModbusSerialServer, where: str) -> None:
    try:
        await server.serve_forever(background=True)
    except RuntimeError as error:
        raise OSError(f"cannot listen on {where}") from error


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
