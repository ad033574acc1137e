"""Lets an `Operator` live on a clock, together with its network."""

from __future__ import annotations

import asyncio
import contextlib
from types import TracebackType
from typing import Final

from firmware_sim.operator.operator import Operator
from provisioning.clock import Clock

LONGEST_SLEEP_S: Final = 3600.0
"""A wall clock may be set while nothing is due for days."""


class OperatorRunner:
    """Calls `advance` whenever the operator has something due.

    Use as `async with OperatorRunner(operator, clock):`; on leaving no task is left.

    Args:
        operator: it must have been made with this clock's `now`.
        clock: real, scaled or virtual.
    """

    def __init__(self, operator: Operator, clock: Clock) -> None:
        self.operator = operator
        self._clock = clock
        self._replanned = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> OperatorRunner:
        self.operator.on_reschedule = self._replanned.set
        self._task = asyncio.create_task(self._run(), name="operator")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.operator.on_reschedule = None
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        while True:
            self._replanned.clear()
            self.operator.advance()
            wake_s = self.operator.next_wake_s()
            pause_s = LONGEST_SLEEP_S if wake_s is None else wake_s - self._clock.now()
            sleeper = asyncio.create_task(self._clock.sleep(max(0.0, min(pause_s, LONGEST_SLEEP_S))))
            replanned = asyncio.create_task(self._replanned.wait())
            try:
                await asyncio.wait((sleeper, replanned), return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in (sleeper, replanned):
                    task.cancel()
                await asyncio.gather(sleeper, replanned, return_exceptions=True)
