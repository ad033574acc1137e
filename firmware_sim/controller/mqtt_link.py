"""The emulated controller's connection to a broker of its owner's: `mqtt_topics` on a wire.

Reconnects by the same ladder as the drivers' (5, 10, 20, 30, 60 s). What happened without a connection is not kept:
states are facts of the moment, and the next connection begins with all of them.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import aiomqtt

from firmware_sim.controller.mqtt_topics import OFFLINE, MqttTopics, Publication
from provisioning.clock import Clock

log: Final = logging.getLogger(__name__)

RECONNECT_S: Final = (5.0, 10.0, 20.0, 30.0, 60.0)
TICK_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """Whom to connect to (`#S217` in the configuration)."""

    host: str
    port: int = 1883
    user: str | None = None
    password: str | None = None


class MqttLink:
    """Keeps a controller connected while it runs.

    Args:
        topics: what is published and taken.
        before: is called before objects are read, to bring the firmware's time up to now.
    """

    def __init__(
        self, topics: MqttTopics, broker: BrokerAddress, clock: Clock, before: Callable[[], None]
    ) -> None:
        self.topics = topics
        self._broker = broker
        self._clock = clock
        self._before = before
        self.connections = 0
        self._subscribed: set[tuple[str, int]] = set()
        self._subscribing = asyncio.Lock()

    async def run(self) -> None:
        """Until cancelled."""
        failures = 0
        while True:
            connections = self.connections
            try:
                await self._connection()
            except* aiomqtt.MqttError as errors:
                for error in errors.exceptions:
                    log.warning("SIMULATOR: broker %s:%d: %s", self._broker.host, self._broker.port, error)
            failures = 0 if self.connections > connections else failures + 1
            await asyncio.sleep(RECONNECT_S[min(failures, len(RECONNECT_S) - 1)])

    async def _connection(self) -> None:
        will = aiomqtt.Will(self.topics.link_topic, OFFLINE, qos=1, retain=True)
        async with aiomqtt.Client(
            self._broker.host,
            self._broker.port,
            username=self._broker.user,
            password=self._broker.password,
            will=will,
        ) as client:
            self.connections += 1
            try:
                self._subscribed = set()
                await self._subscribe(client)
                self._before()
                await self._send(client, self.topics.connected(self._clock.monotonic()))
                # Whichever of the two notices first that the line is gone ends the other.
                async with asyncio.TaskGroup() as both:
                    both.create_task(self._tick(client), name="controller-mqtt-tick")
                    both.create_task(self._take(client), name="controller-mqtt-take")
            finally:
                # A farewell that cannot be said is said by the will.
                with contextlib.suppress(aiomqtt.MqttError):
                    await client.publish(self.topics.link_topic, OFFLINE, qos=1, retain=True)

    async def _take(self, client: aiomqtt.Client) -> None:
        async for message in client.messages:
            self._before()
            payload = message.payload if isinstance(message.payload, bytes) else b""
            answers = self.topics.received(str(message.topic), payload, self._clock.monotonic())
            await self._send(client, answers)

    async def _tick(self, client: aiomqtt.Client) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            self._before()
            await self._send(client, self.topics.tick(self._clock.monotonic()))

    async def _send(self, client: aiomqtt.Client, publications: list[Publication]) -> None:
        # Who is told of a topic may use it at once.
        await self._subscribe(client)
        for each in publications:
            await client.publish(each.topic, each.payload, qos=each.qos, retain=each.retain)
            _heed_cancellation()

    async def _subscribe(self, client: aiomqtt.Client) -> None:
        """To what the topics want now; they may have been set up anew."""
        async with self._subscribing:
            wanted = set(self.topics.subscriptions())
            for topic, _ in self._subscribed - wanted:
                await client.unsubscribe(topic)
            for topic, qos in wanted - self._subscribed:
                await client.subscribe(topic, qos)
            self._subscribed = wanted


def _heed_cancellation() -> None:
    """`wait_for` of Python 3.11, which aiomqtt uses, forgets a cancellation that comes together with the answer."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
