"""Empties the outbox into a connection: 20 messages in flight, everything else is the outbox's business."""

from __future__ import annotations

import asyncio
from typing import Final

from provisioning.clock import Clock
from provisioning.mqtt import MqttConnection, PublishRefusedError, PublishTimeoutError
from provisioning.outbox import Outbox, OutboxMessage

IN_FLIGHT: Final = 20
# Claimed at once: one trip to the disk for many messages, and the senders never wait for it.
CLAIM_CHUNK: Final = 250
SWEEP_INTERVAL_S: Final = 5.0


async def pump(
    outbox: Outbox,
    connection: MqttConnection,
    *,
    clock: Clock,
    in_flight: int = IN_FLIGHT,
    publish_timeout_s: float = 30.0,
    sweep_interval_s: float = SWEEP_INTERVAL_S,
) -> None:
    """Send what is in the outbox until the connection ends. Acks come in elsewhere: `Outbox.acknowledged`.

    Raises:
        MqttLostError: the connection ended. What was being sent is sent again on the next one.
        StoreError: the store failed.
    """
    claimed: asyncio.Queue[OutboxMessage] = asyncio.Queue(in_flight)
    published: list[str] = []
    published_some = asyncio.Event()

    async def claim() -> None:
        while True:
            messages = await outbox.claim(CLAIM_CHUNK)
            for message in messages:
                await claimed.put(message)
            if not messages:
                await outbox.wait_for_work()

    async def send() -> None:
        while True:
            message = await claimed.get()
            try:
                await connection.publish(message.topic, message.payload, timeout_s=publish_timeout_s)
            except PublishRefusedError as error:
                await outbox.refused(message, error.code, for_ever=not error.retryable)
            except PublishTimeoutError:
                await outbox.unsent([message.op_id])
            else:
                published.append(message.op_id)
                published_some.set()

    async def mark() -> None:
        while True:
            await published_some.wait()
            published_some.clear()
            batch = published.copy()
            published.clear()
            await outbox.published(batch)

    async def sweep() -> None:
        while True:
            await clock.sleep(sweep_interval_s)
            await outbox.sweep()

    await outbox.resume()
    try:
        async with asyncio.TaskGroup() as tasks:
            for _ in range(in_flight):
                tasks.create_task(send())
            for work in (claim, mark, sweep):
                tasks.create_task(work())
    except ExceptionGroup as group:
        # The first to fall tells why; the others fell with it.
        raise group.exceptions[0] from None
