"""What has happened, as numbered entries of which the newest are kept, for whoever reads on from where he was."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Generic, Protocol, TypeVar


class Numbered(Protocol):
    """An entry. `number` counts from 1 without gaps."""

    @property
    def number(self) -> int: ...


N = TypeVar("N", bound=Numbered)


class NumberedLog(Generic[N]):
    """The last `limit` entries; the oldest go first, and the numbers show that they are gone."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._entries: deque[N] = deque(maxlen=limit)
        self._last = 0
        self._arrived = asyncio.Event()

    @property
    def last_number(self) -> int:
        """Of the newest entry; 0: there is none."""
        return self._last

    def add(self, entry: Callable[[int], N]) -> None:
        """Add the entry that is made with its number."""
        self._last += 1
        self._entries.append(entry(self._last))
        arrived, self._arrived = self._arrived, asyncio.Event()
        arrived.set()

    def since(self, number: int, limit: int) -> list[N]:
        """The first `limit` entries behind this number that are still kept."""
        return [each for each in self._entries if each.number > number][:limit]

    async def follow(self, number: int) -> AsyncIterator[N]:
        """Entries behind this number, for ever."""
        while True:
            arrived = self._arrived
            for each in self.since(number, self._limit):
                number = each.number
                yield each
            await arrived.wait()
