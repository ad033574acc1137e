"""Being connected again and again: a loop with jitter around connections that live once."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from random import Random
from typing import Final

from provisioning.clock import Clock
from provisioning.mqtt import MqttConnection, MqttPortError

log: Final = logging.getLogger(__name__)

FIRST_DELAY_S: Final = 1.0
MAX_DELAY_S: Final = 60.0
# A connection that lived so long was a good one: the next failure starts with a short delay again.
STABLE_AFTER_S: Final = 30.0


def delay_s(attempt: int, random: Random) -> float:
    """How long to wait before connection attempt `attempt` (0 is the first retry).

    Doubling up to a minute; the upper half of it is chance, so that a restarted broker does not meet all its
    devices in the same second.
    """
    bound = min(MAX_DELAY_S, FIRST_DELAY_S * 2.0 ** min(attempt, 16))
    return bound * random.uniform(0.5, 1.0)


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
    attempt = 0
    while True:
        connected_at: float | None = None
        try:
            async with connect() as connection:
                connected_at = clock.monotonic()
                await serve(connection)
                return
        except MqttPortError as error:
            if connected_at is not None and clock.monotonic() - connected_at >= STABLE_AFTER_S:
                attempt = 0
            wait_s = delay_s(attempt, random)
            attempt += 1
            log.warning("%s; next attempt in %.1f s", error, wait_s)
            if on_problem is not None:
                on_problem(error, wait_s)
        await clock.sleep(wait_s)
