"""Things to do later, for a core that reads no clock."""

from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count


class Timer:
    """Handle of one deferred call."""

    __slots__ = ("callback", "when")

    def __init__(self, when: float, callback: Callable[[], None]) -> None:
        self.when = when
        self.callback: Callable[[], None] | None = callback

    def cancel(self) -> None:
        """Not to be called any more; harmless when it was."""
        self.callback = None


class Timers:
    """A heap of timers; equal times run in the order they were set."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Timer]] = []
        self._order = count()

    def at(self, when: float, callback: Callable[[], None]) -> Timer:
        """Call ``callback`` at ``when``."""
        timer = Timer(when, callback)
        heappush(self._heap, (when, next(self._order), timer))
        return timer

    def next_at(self) -> float | None:
        """When the next one is due."""
        while self._heap and self._heap[0][2].callback is None:
            heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def pop_due(self, now: float) -> Timer | None:
        """The next timer due at ``now``."""
        when = self.next_at()
        if when is None or when > now:
            return None
        return heappop(self._heap)[2]

    def clear(self) -> None:
        """Forget all."""
        for _, _, timer in self._heap:
            timer.cancel()
        self._heap.clear()
