"""Being connected again and again."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from provisioning.mqtt import MqttConnection, MqttLostError, MqttPortError, MqttRefusedError
from provisioning.reconnecting import STABLE_AFTER_S, reconnecting


async def delays(hand_clock: Any, script: list[Any]) -> list[float]:
    """Run a script of connections:

    an exception = refused; a number = lost after so many seconds; "end" = served.
    """
    steps = iter(script)
    heard: list[float] = []

    @asynccontextmanager
    async def connect() -> AsyncIterator[Any]:
        step = next(steps)
        if isinstance(step, Exception):
            raise step
        yield step

    async def serve(connection: MqttConnection) -> None:
        step: Any = connection
        if step != "end":
            hand_clock.advance(step)
            raise MqttLostError("the script says so")

    await reconnecting(
        connect,
        serve,
        clock=hand_clock,
        random=random.Random(1),
        on_problem=lambda _, wait_s: heard.append(wait_s),
    )
    return heard


async def test_waits_grow_and_begin_anew_after_a_good_connection(hand_clock: Any) -> None:
    refused = MqttRefusedError(0x87, "Not authorized")
    heard = await delays(hand_clock, [refused, refused, 1.0, refused, STABLE_AFTER_S + 1, refused, "end"])
    bounds = [1, 2, 4, 8, 1, 2]
    assert all(bound / 2 <= wait <= bound for wait, bound in zip(heard, bounds, strict=True)), heard


async def test_other_errors_are_not_swallowed(hand_clock: Any) -> None:
    with pytest.raises(LookupError):
        await delays(hand_clock, [LookupError("a bug")])


def test_every_error_of_the_port_is_meant() -> None:
    assert issubclass(MqttRefusedError, MqttPortError)
