"""The real clock, and as many hours ahead as a test says."""

from __future__ import annotations

import asyncio

from provisioning.clock import SystemClock


class StridingClock(SystemClock):
    """`strides`: a wait takes no real time but moves the clock on by itself."""

    def __init__(self, *, strides: bool = False) -> None:
        self.ahead_s = 0.0
        self.strides = strides

    def now(self) -> float:
        return super().now() + self.ahead_s

    def monotonic(self) -> float:
        return super().monotonic() + self.ahead_s

    async def sleep(self, seconds: float) -> None:
        if self.strides:
            self.ahead_s += seconds
        await asyncio.sleep(0 if self.strides else seconds)
