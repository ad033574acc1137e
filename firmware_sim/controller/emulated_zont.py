"""A ZONT-style controller in its house, as a thing one can connect to: on a clock, with its socket, broker and modem.

Everything that asks brings the firmware's time up to now first, so what is read is of now; besides, it lives on at
least every `TICK_S`, so that alarms are told though nobody asks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Final, Self

from at_commands.links import Link
from firmware_sim.controller.gsm_unit import GsmUnit
from firmware_sim.controller.home_assistant import Device
from firmware_sim.controller.local_network import LocalServer, answering_searches
from firmware_sim.controller.local_session import LocalAccess
from firmware_sim.controller.mqtt_link import BrokerAddress, MqttLink
from firmware_sim.controller.mqtt_topics import MqttTopics
from firmware_sim.controller.wiring import Installation
from provisioning.clock import Clock, SystemClock

TICK_S: Final = 1.0


class EmulatedZont:
    """An installation on a clock. Use as `async with EmulatedZont(installation, clock=clock) as controller:`."""

    def __init__(self, installation: Installation, *, clock: Clock | None = None) -> None:
        self.installation = installation
        self.firmware = installation.firmware
        self._clock: Clock = clock or SystemClock()
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        self._run(self._tick(), "controller")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    def advance(self) -> None:
        """Live until now."""
        self.installation.advance(self._clock.monotonic())

    async def serve_socket(self, host: str, port: int, access: LocalAccess | None = None) -> str:
        """Serve the local WebSocket; port 0 takes a free one. Returns the URL for `gateway.controllers`.

        Raises:
            OSError: the port is taken.
        """
        server = LocalServer(self.firmware, access or LocalAccess(), self.advance)
        url = await self._stack.enter_async_context(server.serving(host, port))
        self.firmware.listeners.append(server.changed)
        return url.replace("ws://", "zont://").removesuffix("/ws")

    async def answer_searches(self, host: str, port: int) -> tuple[str, int]:
        """Answer searches by UDP; where that is. Raises OSError: the port is taken."""
        found = answering_searches(self.firmware.serial, self.firmware.model.name, host, port)
        return await self._stack.enter_async_context(found)

    def connect_to_broker(self, broker: BrokerAddress) -> MqttLink:
        """Publish the topics of the configuration at a broker, for as long as the controller runs."""
        firmware = self.firmware
        device = Device(firmware.serial, "Thermogate", firmware.model.name, str(firmware.model.firmware))
        topics = MqttTopics(firmware, device, firmware.topics())
        firmware.listeners.append(topics.changed)
        link = MqttLink(topics, broker, self._clock, self.advance)
        self._run(link.run(), "controller-broker")
        return link

    def use_modem(self, open_modem: Callable[[], Awaitable[Link]]) -> GsmUnit:
        """Give it a modem, for alarms and commands by SMS, for as long as the controller runs."""
        unit = GsmUnit(self.firmware, open_modem, self._clock, self.advance)
        self._run(unit.run(), "controller-modem")
        return unit

    async def _tick(self) -> None:
        while True:
            self.advance()
            await self._clock.sleep(TICK_S)

    def _run(self, coroutine: Coroutine[None, None, None], name: str) -> None:
        task = asyncio.create_task(coroutine, name=name)

        async def end() -> None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        self._stack.push_async_callback(end)
