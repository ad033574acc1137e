"""The controller in its house as a thing one can connect to: on a clock, with sockets, ports, a broker and a modem.

Everything that asks brings the firmware's time up to now first, so what is read is of now. Besides, it lives on by
itself, so that alarms are told though nobody asks: each second where somebody listens, else each minute.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from pymodbus.server import ModbusSerialServer, ModbusTcpServer

from at_commands.links import Link
from firmware_sim.controller.config_file import ConfigFile
from firmware_sim.controller.firmware import Firmware
from firmware_sim.controller.gsm_unit import GsmUnit
from firmware_sim.controller.home_assistant import Device
from firmware_sim.controller.local_network import LocalServer, answering_searches
from firmware_sim.controller.local_session import LocalAccess
from firmware_sim.controller.modbus_bus import ModbusBus
from firmware_sim.controller.modbus_slave import ModbusSlave
from firmware_sim.controller.mqtt_link import BrokerAddress, MqttLink
from firmware_sim.controller.mqtt_topics import MqttTopics
from firmware_sim.controller.pty_line import pty_line
from firmware_sim.controller.register_view import RegisterView
from firmware_sim.controller.wiring import Installation
from firmware_sim.modbus_master.client import Line
from firmware_sim.plant import Plant
from firmware_sim.plant.plant import KWH_J
from provisioning.clock import Clock, SystemClock
from provisioning.explanation import Language

log: Final = logging.getLogger(__name__)

BAUDRATE: Final = 19200
LISTENED_TO_S: Final = 1.0
LEFT_ALONE_S: Final = 60.0
"""Between two looks at the clock, in its seconds."""


class EmulatedController:
    """An installation on a clock. Use as `async with EmulatedController(installation, clock=clock) as controller:`.

    Args:
        installation: controller and house; None: the smallest model in a brick cottage.
        clock: what its time is; a fast one makes days pass in seconds.
        unit: its Modbus unit id.
    """

    def __init__(
        self, installation: Installation | None = None, *, clock: Clock | None = None, unit: int = 1
    ) -> None:
        self._clock: Clock = clock or SystemClock()
        self.installation = installation or Installation(now=self._clock.monotonic())
        self.unit = unit
        self.registers = RegisterView(self.firmware, lambda: self.plant.energy.gas_j / KWH_J)
        self.slave = ModbusSlave(self.registers, unit, self.advance)
        self._stack = AsyncExitStack()
        self._listened_to = False

    @property
    def firmware(self) -> Firmware:
        """The controller's firmware."""
        return self.installation.firmware

    @property
    def plant(self) -> Plant:
        """The house."""
        return self.installation.plant

    async def __aenter__(self) -> Self:
        self._run(self._live(LEFT_ALONE_S), "controller")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    def advance(self) -> None:
        """Live until now."""
        self.installation.advance(self._clock.monotonic())

    # -- its interfaces; each serves for as long as the controller runs

    async def serve_socket(self, host: str, port: int, access: LocalAccess | None = None) -> str:
        """Serve the local WebSocket; port 0 takes a free one. Returns the URL for `gateway.controllers`.

        Raises:
            OSError: the port is taken.
        """
        lines = self.firmware.lines
        server = LocalServer(
            self.firmware, access or LocalAccess(), self.advance, restarts=lambda: lines.restarts
        )
        url = await self._stack.enter_async_context(server.serving(host, port))
        self.firmware.listeners.append(server.changed)
        self._listen()
        return url.replace("ws://", "zont://").removesuffix("/ws")

    async def answer_searches(self, host: str, port: int) -> tuple[str, int]:
        """Answer searches by UDP; where that is. Raises OSError: the port is taken."""
        found = answering_searches(self.firmware.serial, self.firmware.model.name, host, port)
        return await self._stack.enter_async_context(found)

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

    def connect_to_broker(self, broker: BrokerAddress) -> MqttLink:
        """Publish the topics of the configuration at a broker."""
        firmware = self.firmware
        device = Device(firmware.serial, "Thermogate", firmware.model.name, str(firmware.model.firmware))
        topics = MqttTopics(firmware, device, firmware.topics())
        firmware.listeners.append(topics.changed)
        made = firmware.objects

        def live() -> None:
            nonlocal made
            self.advance()
            # The objects are others after each reading of the configuration; so may the topics be.
            if firmware.objects is not made:
                made = firmware.objects
                topics.set_topics(firmware.topics(), self._clock.monotonic())

        link = MqttLink(topics, broker, self._clock, live)
        self._run(link.run(), "controller-broker")
        self._listen()
        return link

    def use_modem(self, open_modem: Callable[[], Awaitable[Link]], language: Language = "ru") -> GsmUnit:
        """Give it a modem, for alarms and commands by SMS; `language`: of what it tells unasked."""
        unit = GsmUnit(self.firmware, open_modem, self._clock, self.advance, language=language)
        self._run(unit.run(), "controller-modem")
        self._listen()
        return unit

    def poll_modbus(self, line: Line) -> ModbusBus:
        """Be master of the Modbus devices of the configuration on this line."""
        bus = ModbusBus(self.firmware, line, self._clock, self.advance)
        self._run(bus.run(), "controller-modbus-bus")
        self._listen()
        return bus

    async def serve_control(self, host: str, port: int, token: str | None = None) -> str:
        """Serve the control API, a hand on the controller and in its house; port 0 takes a free one. Returns its URL.

        Args:
            token: whoever asks has to present it; None: everybody may.

        Raises:
            ModuleNotFoundError: the extra `web` is not installed.
            OSError: the port is taken.
        """
        from firmware_sim.controller.control import serve_control

        serving = serve_control(self.installation, self.advance, host, port, token)
        url = await self._stack.enter_async_context(serving)
        self._listen()
        return url

    def keep_config(self, path: Path) -> None:
        """Have a file follow the configuration from now on."""
        file = ConfigFile(self.firmware, path)
        self._run(file.run(), "controller-config")
        self.firmware.config_changed()

    # -- life

    def _listen(self) -> None:
        if not self._listened_to:
            self._listened_to = True
            self._run(self._live(LISTENED_TO_S), "controller-listened-to")

    async def _live(self, period_s: float) -> None:
        while True:
            self.advance()
            await self._clock.sleep(period_s)

    def _run(self, coroutine: Coroutine[None, None, None], name: str) -> None:
        task = asyncio.create_task(coroutine, name=name)
        task.add_done_callback(_tell_failure)

        async def end() -> None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        self._stack.push_async_callback(end)


def _rtu_url(path: str, unit: int) -> str:
    return f"modbus+rtu://{Path(path).absolute()}?unit={unit}&baudrate={BAUDRATE}"


def _tell_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("SIMULATOR: %s has failed", task.get_name(), exc_info=error)


async def _start(server: ModbusTcpServer | ModbusSerialServer, where: str) -> None:
    try:
        await server.serve_forever(background=True)
    except RuntimeError as error:
        raise OSError(f"cannot listen on {where}") from error
