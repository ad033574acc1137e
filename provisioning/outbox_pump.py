"""Empties the outbox into a connection: 20 messages in flight, everything else is the outbox's business."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final

from provisioning.clock import Clock
from provisioning.mqtt import MqttConnection, PublishRefusedError, PublishTimeoutError
from provisioning.outbox import Outbox, OutboxMessage

IN_FLIGHT: Final = 20
# Claimed at once: one trip to the disk for many messages, and the senders never wait for it.
CLAIM_CHUNK: Final = 250
# With so few left the next claim begins, to be back before the senders have nothing to do.
FEW: Final = 100
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
    claimed: deque[OutboxMessage] = deque()
    some_claimed, few_claimed = asyncio.Event(), asyncio.Event()
    published: list[str] = []
    some_published = asyncio.Event()

    async def claim() -> None:
        while True:
            messages = await outbox.claim(CLAIM_CHUNK)
            if not messages:
                await outbox.wait_for_work()
                continue
            claimed.extend(messages)
            some_claimed.set()
            while len(claimed) > FEW:
                few_claimed.clear()
                await few_claimed.wait()

    async def send() -> None:
        while True:
            while not claimed:
                some_claimed.clear()
                await some_claimed.wait()
            message = claimed.popleft()
            if len(claimed) == FEW:
                few_claimed.set()
            try:
                await connection.publish(message.topic, message.payload, timeout_s=publish_timeout_s)
            except PublishRefusedError as error:
                await outbox.refused(message, error.code, for_ever=not error.retryable)
            except PublishTimeoutError:
                await outbox.unsent([message.op_id])
            else:
                published.append(message.op_id)
                some_published.set()

    async def mark() -> None:
        while True:
            await some_published.wait()
            some_published.clear()
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
