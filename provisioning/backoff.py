"""When to make the next attempt: the waiting policies, and the reconnects to a broker.

Theory. The operator activates a card at a moment T that nobody knows; attempts are made at t1 < t2 < …, and what
counts is how late the first attempt after T is. A growing interval is late in proportion to T, wrong for people who
wait: with doubling, a card that is activated after four hours may be noticed four hours later. A quick start for the
cards that are activated at once, then a steady cadence, is near the best that can be done within the operators' rules
(Barlow, Hunter, Proschan 1963: for a memoryless T a constant interval is optimal); growth is for days.

Two rules hold whatever happens, restarts, hints and clocks that jump included: attempts are never closer than
MIN_SPACING_S, and never more than MAX_PER_HOUR fall into any rolling hour. They are the operators' (GSMA TS.34 and its
followers), and they are why every attempt is written into the ladder, and the ladder saved, before it is made.

Wall clocks jump. One set while the program runs is undone with `Ladder.shifted`. One set back between two lives shows
in attempts that lie in the future: the whole ladder is moved back with them. One set forward between two lives looks
like a time without power, and is taken for it: one attempt at once, then the cadence of the wait's age; moments of the
quick start that were slept through are not made up for.

Everything here is pure: `now` is wall time in seconds, random numbers come from outside.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random
from typing import Final

MIN_SPACING_S: Final = 60.0
MAX_PER_HOUR: Final = 10
HOUR_S: Final = 3600.0

# Two moments that differ by less are the same: shifting rounds.
_SAME_S: Final = 1e-3


@dataclass(frozen=True, slots=True)
class Ladder:
    """What a policy must remember; saved before each attempt.

    Args:
        started_at: when this wait began, None while nothing is waited for.
        stamps: when the latest attempts were made, those within the hour before the last one; they outlive waits,
            because the operators' rules do not know of waits.
        planned_at: the next attempt, already jittered: a restart must not draw again.
    """

    started_at: float | None = None
    stamps: tuple[float, ...] = ()
    planned_at: float | None = None

    @property
    def last_at(self) -> float | None:
        """The latest attempt."""
        return self.stamps[-1] if self.stamps else None

    def shifted(self, by_s: float) -> Ladder:
        """The same after the wall clock was set: intervals stay what they were."""
        return Ladder(
            started_at=None if self.started_at is None else self.started_at + by_s,
            stamps=tuple(stamp + by_s for stamp in self.stamps),
            planned_at=None if self.planned_at is None else self.planned_at + by_s,
        )


@dataclass(frozen=True, slots=True)
class WaitingPolicy:
    """Attempts after the offsets of `first_s` from the beginning, then at the interval of the wait's age.

    Args:
        name: as in `[waiting] policy`.
        first_s: offsets of the first attempts from the beginning of the wait.
        cadence: pairs (age of the wait in s, interval from there on in s), ascending. An interval is the silence
            between two attempts.
        attempt_s: how long an attempt takes, from its beginning, which is stamped, to the silence after it.
        jitter: share of the interval by which it may be shorter or longer.
        min_spacing_s, max_per_hour: the operators' rules.
        listen_s: after a temporary reject the modem tries by itself; only if that brings nothing for so long is its
            radio cycled all the same.
        real_modem: whether it may drive a real modem without being told so.
    """

    name: str
    first_s: tuple[float, ...]
    cadence: tuple[tuple[float, float], ...]
    attempt_s: float = 40.0
    jitter: float = 0.15
    min_spacing_s: float = MIN_SPACING_S
    max_per_hour: int = MAX_PER_HOUR
    listen_s: float = HOUR_S
    real_modem: bool = True

    def begin(self, ladder: Ladder, now: float) -> Ladder:
        """Start to wait; a wait already under way goes on."""
        return ladder if ladder.started_at is not None else replace(ladder, started_at=now, planned_at=None)

    def end(self, ladder: Ladder) -> Ladder:
        """The wait is over. The hour's attempts are still remembered."""
        return replace(ladder, started_at=None, planned_at=None)

    def plan(self, ladder: Ladder, now: float, random: Random, *, listening: bool = False) -> Ladder:
        """Decide on the next attempt, unless that was done already; `planned_at` of the answer is it.

        Args:
            listening: the modem tries by itself (the temporary regime).
        """
        ladder = self._sane(ladder, now)
        if ladder.planned_at is not None or ladder.started_at is None:
            return ladder
        if listening:
            due = now + self._jittered(self.listen_s, random)
        else:
            due = self._next(ladder.started_at, ladder.last_at, now, random)
        return replace(ladder, planned_at=self._allowed(ladder, max(due, now)))

    def hint(self, ladder: Ladder, now: float) -> Ladder:
        """Somebody believes that the card is active: the next attempt is the earliest that the rules allow.

        The wait's beginning stays: a wrong hint must not begin the quick start anew.
        """
        ladder = self._sane(ladder, now)
        earliest = self._allowed(ladder, now)
        planned = ladder.planned_at
        return replace(ladder, planned_at=earliest if planned is None else min(earliest, planned))

    def due(self, ladder: Ladder, now: float) -> bool:
        """May the planned attempt be made now?"""
        return ladder.planned_at is not None and now >= max(ladder.planned_at, self._allowed(ladder, now))

    def charge(self, ladder: Ladder, now: float) -> Ladder:
        """An attempt is made now: save the answer first."""
        ladder = self._sane(ladder, now)
        recent = tuple(stamp for stamp in ladder.stamps if stamp > now - HOUR_S)
        return replace(ladder, stamps=(*recent, now), planned_at=None)

    def _next(self, started_at: float, last_at: float | None, now: float, random: Random) -> float:
        """The first moment of the quick start after the latest attempt, or one more interval."""
        for offset in self.first_s:
            if last_at is None or last_at < started_at + offset - _SAME_S:
                return started_at + offset
        silent_since = now if last_at is None else last_at + self.attempt_s
        return silent_since + self._jittered(self._interval(now - started_at), random)

    def _allowed(self, ladder: Ladder, at: float) -> float:
        """The first moment from `at` on that breaks no rule."""
        if ladder.last_at is not None:
            at = max(at, ladder.last_at + self.min_spacing_s)
        recent = [stamp for stamp in ladder.stamps if stamp > at - HOUR_S]
        if len(recent) >= self.max_per_hour:
            at = max(at, recent[-self.max_per_hour] + HOUR_S)
        return at

    def _interval(self, age_s: float) -> float:
        return next(
            (interval for since, interval in reversed(self.cadence) if age_s >= since), self.cadence[0][1]
        )

    def _jittered(self, interval_s: float, random: Random) -> float:
        return interval_s * random.uniform(1 - self.jitter, 1 + self.jitter)

    def _sane(self, ladder: Ladder, now: float) -> Ladder:
        """Undo a clock that was set back while nobody looked: nothing lies in the future, no plan is too far."""
        longest = max(self.listen_s, max(interval for _, interval in self.cadence)) * (1 + self.jitter)
        if ladder.last_at is not None and ladder.last_at > now:
            # Keep the distances: attempts made before the clock was set still count.
            ladder = ladder.shifted(now - ladder.last_at)
        if ladder.started_at is not None and ladder.started_at > now:
            ladder = replace(ladder, started_at=now)
        if ladder.planned_at is not None and ladder.planned_at > now + max(longest + self.attempt_s, HOUR_S):
            ladder = replace(ladder, planned_at=None)
        return ladder


_MINUTE_S: Final = 60.0

STANDARD: Final = WaitingPolicy(
    name="standard",
    first_s=tuple(minutes * _MINUTE_S for minutes in (1, 2, 3, 5, 8, 12)),
    cadence=((0.0, 15 * _MINUTE_S), (8 * HOUR_S, 30 * _MINUTE_S), (24 * HOUR_S, 60 * _MINUTE_S)),
)
"""The default: mean lateness below 9 min for cards that are activated within 8 h, with about 20 attempts."""

TS34_STRICT: Final = WaitingPolicy(
    name="ts34_strict",
    first_s=(),
    cadence=((0.0, 63 * _MINUTE_S), (24 * HOUR_S, 126 * _MINUTE_S)),
    jitter=0.045,  # never below 60 min
    min_spacing_s=HOUR_S,
    max_per_hour=1,
)
"""At most one radio cycle an hour after a permanent reject (GSMA TS.34, RPM default N1 = 1)."""

BENCH: Final = WaitingPolicy(
    name="bench",
    first_s=(0.5, 1.0, 1.5),
    cadence=((0.0, 1.0), (60.0, 5.0)),
    attempt_s=0.0,
    min_spacing_s=0.4,
    max_per_hour=3000,
    listen_s=2.0,
    real_modem=False,
)
"""Seconds, for simulators."""

POLICIES: Final = {policy.name: policy for policy in (STANDARD, TS34_STRICT, BENCH)}


def reconnect_delay_s(failures: int, random: Random, *, base_s: float = 1.0, cap_s: float = 120.0) -> float:
    """Before the next connect to a broker after so many failures in a row: doubling, capped, half of it random.

    Half and not all of it is random, so that the delay never collapses to zero and a broker that comes back is not
    met by the whole fleet at once.
    """
    if failures <= 0:
        return 0.0
    ceiling = min(cap_s, base_s * 2.0 ** min(failures - 1, 16))
    return ceiling / 2 + random.uniform(0, ceiling / 2)
