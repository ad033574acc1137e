"""Clocks that are not the wall's: a loop that jumps to its next timer, and clocks that run fast.

Three ways time can pass, one `Clock` for each (see `provisioning.clock`):

* real: `SystemClock`; one second is one second;
* scaled: `ScaledClock`; emulated time runs `rate` times faster than the real one, sockets stay in real time;
* virtual: `VirtualLoop` with `LoopClock`; when nothing is ready the loop's clock jumps to the next timer.

Virtual time repeats exactly when every peer lives in this process. The loop must poll with poll(): epoll
may say "nothing yet" while bytes of a pseudo-terminal are under way in the kernel, and a jump then makes a
timeout that never happened (docs/adr/0002).

What goes on outside of the loop (a thread, another process) is invisible to it. Such work must be announced
with `VirtualLoop.hold()`; jobs of the loop's own executor are held without asking.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import itertools
import math
import selectors
import time
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, TypeVar, TypeVarTuple

from provisioning.clock import Clock

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

DEFAULT_EPOCH_S = 1_767_258_000.0
"""Wall time at the emulated zero: 2026-01-01 12:00 in Moscow; far from a month's end, so that a day fits."""


DEFAULT_LIMIT_S = 400 * 86_400.0
"""How far a virtual clock goes before it takes the run for stuck."""


class VirtualDeadlockError(RuntimeError):
    """Nothing is ready, nothing is scheduled, nobody holds the loop and no descriptor could wake it.

    `waiting` names the tasks that would have waited for ever.
    """

    def __init__(self, waiting: tuple[str, ...]) -> None:
        self.waiting = waiting
        super().__init__(
            "nothing is scheduled and no I/O can come; waiting: " + (", ".join(waiting) or "no task")
        )


class VirtualTimeLimitError(RuntimeError):
    """The loop's clock passed its limit: something waits for what never comes while timers go on.

    `waiting` names the tasks.
    """

    def __init__(self, limit_s: float, waiting: tuple[str, ...]) -> None:
        self.waiting = waiting
        super().__init__(
            f"{limit_s:g} virtual seconds are over; waiting: " + (", ".join(waiting) or "no task")
        )


class _Instant(float):
    """A timer's time with its place in line, so that simultaneous timers fire in the order they were set.

    A heap does not keep the order of equal keys; without the sequence number it would depend on which other
    timers happen to be in the heap.
    """

    sequence: int

    def __new__(cls, when: float, sequence: int) -> _Instant:
        instant = super().__new__(cls, when)
        instant.sequence = sequence
        return instant

    def __lt__(self, other: float) -> bool:
        if isinstance(other, _Instant):
            return (float(self), self.sequence) < (float(other), other.sequence)
        return float(self) < other


class _JumpingSelector(selectors.PollSelector):
    """Asks the kernel first; only if it has nothing does the clock move instead of the process sleeping."""

    def __init__(self, limit_s: float) -> None:
        super().__init__()
        self.limit_s = limit_s
        self.now_s = 0.0
        self.holds = 0
        self.jumps = 0
        self.describe_waiting: Callable[[], tuple[str, ...]] = tuple

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        events = super().select(0)
        if events or (timeout is not None and timeout <= 0):
            return events
        if self.holds:
            # Someone works elsewhere: emulated time stands still until that work reports back.
            return super().select(None)
        if timeout is None:
            # The loop's own wake-up pipe is always registered; anything beyond it may still bring news.
            if len(self.get_map()) <= 1:
                raise VirtualDeadlockError(self.describe_waiting())
            return super().select(None)
        if self.now_s + timeout > self.limit_s:
            limit_s, self.limit_s = self.limit_s, math.inf
            raise VirtualTimeLimitError(limit_s, self.describe_waiting())
        self.now_s += timeout
        self.jumps += 1
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose `time()` starts at 0 and jumps to the next timer as soon as nothing is ready.

    Args:
        limit_s: how far the clock may go. Then, once, it is an error; the cleaning up has no limit.

    Raises:
        VirtualTimeLimitError: out of `run_until_complete`.
        VirtualDeadlockError: out of `run_until_complete`, when no timer, hold or descriptor is left to wait
        for.
    """

    def __init__(self, *, limit_s: float = DEFAULT_LIMIT_S) -> None:
        self._jumping = _JumpingSelector(limit_s)
        self._timer_sequence = itertools.count()
        super().__init__(self._jumping)
        self._jumping.describe_waiting = self._describe_waiting

    def time(self) -> float:
        """Emulated seconds since the loop was made."""
        return self._jumping.now_s

    @property
    def jumps(self) -> int:
        """How many times the clock moved."""
        return self._jumping.jumps

    @contextlib.contextmanager
    def hold(self) -> Iterator[None]:
        """External work is under way: no jump until the block is left. Nests.

        Use from the loop's thread only.
        """
        self._jumping.holds += 1
        try:
            yield
        finally:
            self._jumping.holds -= 1

    def call_at(
        self,
        when: float,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: contextvars.Context | None = None,
    ) -> asyncio.TimerHandle:
        return super().call_at(_Instant(when, next(self._timer_sequence)), callback, *args, context=context)

    def run_in_executor(self, executor: Any, func: Callable[[*Ts], T], *args: *Ts) -> asyncio.Future[T]:
        future = super().run_in_executor(executor, func, *args)
        self._jumping.holds += 1
        future.add_done_callback(self._release)
        return future

    async def shutdown_default_executor(self, *args: Any, **kwargs: Any) -> None:
        with self.hold():
            await super().shutdown_default_executor(*args, **kwargs)

    def _release(self, _: object) -> None:
        self._jumping.holds -= 1

    def _describe_waiting(self) -> tuple[str, ...]:
        tasks = asyncio.all_tasks(self)
        return tuple(sorted(f"{task.get_name()} in {_function(task)}" for task in tasks))


def _function(task: asyncio.Task[Any]) -> str:
    coroutine = task.get_coro()
    return str(getattr(coroutine, "__qualname__", coroutine))


def run_virtual(coro: Coroutine[Any, Any, T], *, limit_s: float = DEFAULT_LIMIT_S) -> T:
    """Run `coro` on a fresh `VirtualLoop`, as `asyncio.run` would on a real one. Errors: see there."""
    with asyncio.Runner(loop_factory=lambda: VirtualLoop(limit_s=limit_s)) as runner:
        return runner.run(coro)


class LoopClock(Clock):
    """The running loop's time as a `Clock`. On a `VirtualLoop` a day passes in a moment."""

    def __init__(self, *, epoch_s: float = DEFAULT_EPOCH_S) -> None:
        self._epoch_s = epoch_s

    def now(self) -> float:
        return self._epoch_s + self.monotonic()

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(seconds, 0.0))

    def jump(self, by_s: float) -> None:
        """Set the wall clock forward or back, as an operator's NITZ or a dead battery would."""
        self._epoch_s += by_s


class ScaledClock(Clock):
    """Emulated time that runs `rate` times faster than the real one.

    The rate may be changed at any moment: time stays continuous and whoever sleeps is rescheduled. Rate 0
    stops it.

    Args:
        rate: emulated seconds in a real one, >= 0.
        epoch_s: wall clock (UTC epoch seconds) at emulated zero.
        source: real seconds, monotonic.
    """

    def __init__(
        self,
        *,
        rate: float = 1.0,
        epoch_s: float = DEFAULT_EPOCH_S,
        source: Callable[[], float] = time.monotonic,
    ) -> None:
        _check_rate(rate)
        self._source = source
        self._rate = rate
        self._epoch_s = epoch_s
        self._real_s = source()
        self._emulated_s = 0.0
        self._rate_changed = asyncio.Event()

    @property
    def rate(self) -> float:
        """Emulated seconds in a real one."""
        return self._rate

    @rate.setter
    def rate(self, rate: float) -> None:
        _check_rate(rate)
        self._emulated_s, self._real_s = self.monotonic(), self._source()
        self._rate = rate
        # A new event for later sleepers; those of the old one wake and reckon anew.
        changed, self._rate_changed = self._rate_changed, asyncio.Event()
        changed.set()

    def now(self) -> float:
        return self._epoch_s + self.monotonic()

    def monotonic(self) -> float:
        return self._emulated_s + (self._source() - self._real_s) * self._rate

    async def sleep(self, seconds: float) -> None:
        deadline_s = self.monotonic() + seconds
        while True:
            remaining_s = deadline_s - self.monotonic()
            if remaining_s <= 0:
                await asyncio.sleep(0)
                return
            changed = self._rate_changed
            real_s = remaining_s / self._rate if self._rate else None
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(real_s):
                    await changed.wait()

    def jump(self, by_s: float) -> None:
        """Set the wall clock forward or back; `monotonic` and sleepers do not notice."""
        self._epoch_s += by_s


def _check_rate(rate: float) -> None:
    if rate < 0:
        raise ValueError(f"rate {rate} would run time backwards")
