"""How fast the demo's clock runs: fast while all wait, slower while something happens.

Only the emulated operator, modem and house and the gateway's waiting live on this clock. An attempt is
played at a pace that an eye can follow; the time between attempts is skipped through; once the SIM is in
the network the clock is slow enough that telemetry is seen to arrive.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from firmware_sim.virtual_time import ScaledClock

WAITING_REAL_S: Final = 5.5
"""Real time for all the waiting between attempts."""
ATTEMPTS_REAL_S: Final = 5.5
"""Real time for all the attempts."""
ATTEMPT_S: Final = 20.0
"""Emulated time that an attempt takes, from radio off to the network's answer."""
OPENING_RATE: Final = 15.0
"""While the modem starts and is refused for the first time."""
ONLINE_RATE: Final = 10.0
LEAD_S: Final = 40.0
"""The clock slows down so long before an attempt: a sleeper may oversleep by some real milliseconds."""


@dataclass(frozen=True)
class Pace:
    """Rates of the clock, in emulated seconds for a real one."""

    attempt: float
    waiting: float

    @classmethod
    def of(cls, activation_after_s: float) -> Pace:
        """So that the waiting takes about as long as `WAITING_REAL_S` and `ATTEMPTS_REAL_S` say."""
        # The standard policy: six attempts in the first half hour, then about four in an hour.
        attempts = 6 + activation_after_s / 900.0
        return cls(
            attempt=max(120.0, attempts * (ATTEMPT_S + LEAD_S) / ATTEMPTS_REAL_S),
            waiting=max(600.0, activation_after_s / WAITING_REAL_S),
        )


class Pacer:
    """Sets the clock's rate by what is going on."""

    def __init__(self, clock: ScaledClock, pace: Pace) -> None:
        self._clock = clock
        self._pace = pace
        self._skipping: asyncio.Task[None] | None = None
        clock.rate = OPENING_RATE

    def act(self, rate: float | None = None) -> None:
        """Something happens that is worth seeing."""
        self._stop_skipping()
        self._clock.rate = self._pace.attempt if rate is None else rate

    def skip_until(self, at: float) -> None:
        """Nothing happens until wall time `at` of the clock."""
        self._stop_skipping()
        self._skipping = asyncio.create_task(self._skip(at), name="demo skips time")

    def close(self) -> None:
        """Leave the clock as it is."""
        self._stop_skipping()

    async def _skip(self, at: float) -> None:
        wait_s = at - self._clock.now() - LEAD_S
        if wait_s > 0:
            self._clock.rate = self._pace.waiting
            await self._clock.sleep(wait_s)
        self._clock.rate = self._pace.attempt

    def _stop_skipping(self) -> None:
        if self._skipping is not None:
            self._skipping.cancel()
            self._skipping = None
