"""Time as the rest of the project sees it: injected, so that hours can pass in a test and run fast in a demo."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """Wall time, steady time and waiting, all at the same rate."""

    def now(self) -> float:
        """Wall time: seconds since the Unix epoch, UTC. It may jump, forward and back."""
        ...

    def monotonic(self) -> float:
        """Seconds since some start that means nothing; never jumps."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait so many of this clock's seconds."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
