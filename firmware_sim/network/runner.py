"""Lets a `Network` live on a clock, so that several modems share one."""

from __future__ import annotations

import asyncio
import contextlib
from types import TracebackType

from firmware_sim.network.core import Network
from provisioning.clock import Clock


class NetworkRunner:
    """Calls `advance` whenever the network has something planned.

    Use as `async with NetworkRunner(network, clock):`; on leaving no task is left.

    Args:
        network: it must have been made with this clock's `monotonic()`.
        clock: real, scaled or virtual.
    """

    def __init__(self, network: Network, clock: Clock) -> None:
        self.network = network
        self._clock = clock
        self._replanned = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> NetworkRunner:
        self.network.on_reschedule = self._replanned.set
        self._task = asyncio.create_task(self._run(), name="network")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.network.on_reschedule = None
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        while True:
            self._replanned.clear()
            self.network.advance(self._clock.monotonic())
            wake_at = self.network.next_wake()
            if wake_at is None:
                await self._replanned.wait()
            else:
                await self._sleep_until(wake_at)

    async def _sleep_until(self, wake_at: float) -> None:
        sleeper = asyncio.create_task(
            self._clock.sleep(wake_at - self._clock.monotonic()), name="network sleep"
        )
        replanned = asyncio.create_task(self._replanned.wait(), name="network replanned")
        try:
            await asyncio.wait((sleeper, replanned), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sleeper, replanned):
                task.cancel()
            await asyncio.gather(sleeper, replanned, return_exceptions=True)
