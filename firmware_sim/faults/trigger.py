"""Which opportunities a fault takes.

Opportunities are numbered in a stream: bytes in one direction, runs of them, command lines. Instead of throwing
dice for each, the trigger draws how many to let pass until the next strike (a geometric distribution), so that
an untouched byte costs nothing.
"""

from collections.abc import Mapping
from math import inf, log, log1p
from random import Random
from typing import Protocol

from firmware_sim.faults.fields import Counted


class Trigger(Protocol):
    """Takes opportunities as they come."""

    def hits(self, first: int, count: int) -> list[int]:
        """Of `count` opportunities beginning with number `first` of the stream, those to strike at, counted from
        0.
        """
        ...

    def hits_run(self, first: int, length: int) -> bool:
        """Whether to strike at a run of `length` opportunities as a whole."""
        ...

    def choose(self, n: int, values: int) -> int:
        """A number below `values` for the strike at number `n`."""
        ...


class Chances:
    """By the fault's own numbers and seeded chance. It counts only the opportunities it is shown."""

    def __init__(self, counted: Counted, random: Random) -> None:
        self._random = random
        self._every = counted.every
        self._log_miss = log1p(-counted.p) if counted.p < 1 else -inf
        self._left: float = inf if counted.times is None else counted.times
        self._seen = 0
        self._next: float = counted.after + self._stride()

    def hits(self, first: int, count: int) -> list[int]:
        end = self._seen + count
        found = []
        while self._next <= end:
            found.append(int(self._next) - self._seen - 1)
            self._left -= 1
            self._next = self._next + self._stride() if self._left > 0 else inf
        self._seen = end
        return found

    def hits_run(self, first: int, length: int) -> bool:
        return bool(self.hits(first, 1))

    def choose(self, n: int, values: int) -> int:
        return self._random.randrange(values)

    def _stride(self) -> float:
        if self._log_miss == -inf:
            return self._every
        return self._every * (1 + int(log(1.0 - self._random.random()) / self._log_miss))


class Repeats:
    """What a record says: the same opportunities, the same choices."""

    def __init__(self, strikes: Mapping[int, int]) -> None:
        self._choices = dict(strikes)
        self._numbers = sorted(strikes, reverse=True)

    def hits(self, first: int, count: int) -> list[int]:
        found = []
        while self._numbers and self._numbers[-1] < first + count:
            number = self._numbers.pop()
            if number >= first:
                found.append(number - first)
        return found

    def hits_run(self, first: int, length: int) -> bool:
        return bool(self.hits(first, length))

    def choose(self, n: int, values: int) -> int:
        return self._choices.get(n, 0) % values
