"""Being connected again and again: a loop with jitter around connections that live once."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from random import Random
from typing import Final

from provisioning.backoff import reconnect_delay_s
from provisioning.clock import Clock
from provisioning.mqtt import MqttConnection, MqttPortError

log: Final = logging.getLogger(__name__)

# A connection that lived so long was a good one: the next failure starts with a short delay again.
STABLE_AFTER_S: Final = 30.0


async def reconnecting(
    connect: Callable[[], AbstractAsyncContextManager[MqttConnection]],
    serve: Callable[[MqttConnection], Awaitable[None]],
    *,
    clock: Clock,
    random: Random,
    on_problem: Callable[[MqttPortError, float], None] | None = None,
) -> None:
    """Connect and `serve` until serve returns; on any MqttPortError wait and do it again.

    Refusals (a wrong password, say) are retried too: a broker's settings get mended without us being asked.

    Args:
        on_problem: told each error and the delay in seconds until the next attempt.
    """
    failures = 0
    while True:
        connected_at: float | None = None
        try:
            async with connect() as connection:
                connected_at = clock.monotonic()
                await serve(connection)
                return
        except MqttPortError as error:
            if connected_at is not None and clock.monotonic() - connected_at >= STABLE_AFTER_S:
                failures = 0
            failures += 1
            wait_s = reconnect_delay_s(failures, random)
            log.warning("%s; next attempt in %.1f s", error, wait_s)
            if on_problem is not None:
                on_problem(error, wait_s)
        await clock.sleep(wait_s)
