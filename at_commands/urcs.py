"""Unsolicited lines on their way to those who want them: each subscriber has a bounded queue of its own."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import Final, Self

SUBSCRIPTION_LIMIT: Final = 256
"""URCs kept for a subscriber that does not read; then the oldest are dropped and counted."""


@dataclass(frozen=True, slots=True)
class Urc:
    """An unsolicited line.

    `body` is the line behind it where the dialect says that there is one; `data` the block within it where the modem
    pushes what it receives, and `line` is then its head.
    """

    line: str
    body: str | None = None
    data: bytes = b""


class Subscription:
    """URCs that begin with one of the prefixes (all, if none was given), oldest first, from the moment of
    entering. One reader.
    """

    def __init__(self, feed: UrcFeed, prefixes: tuple[str, ...]) -> None:
        self._feed = feed
        self._prefixes = prefixes
        self._urcs: deque[Urc] = deque(maxlen=SUBSCRIPTION_LIMIT)
        self._waiter: asyncio.Future[None] | None = None
        self.dropped = 0

    async def __aenter__(self) -> Self:
        self._feed.subscriptions.add(self)
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._feed.subscriptions.discard(self)
        self.wake()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Urc:
        """The next URC. Ends when the link is lost and all was read."""
        while not self._urcs:
            if self._feed.ended or self not in self._feed.subscriptions:
                raise StopAsyncIteration
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        return self._urcs.popleft()

    def offer(self, urc: Urc) -> None:
        """Queue it if it is wanted."""
        if self._prefixes and not urc.line.startswith(self._prefixes):
            return
        if len(self._urcs) == SUBSCRIPTION_LIMIT:
            self.dropped += 1
        self._urcs.append(urc)
        self.wake()

    def wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class UrcFeed:
    """Hands each URC to every subscription."""

    def __init__(self) -> None:
        self.subscriptions: set[Subscription] = set()
        self.ended = False

    def subscribe(self, *prefixes: str) -> Subscription:
        return Subscription(self, prefixes)

    def publish(self, urc: Urc) -> None:
        for subscription in tuple(self.subscriptions):
            subscription.offer(urc)

    def end(self) -> None:
        """Nothing more will come."""
        self.ended = True
        for subscription in tuple(self.subscriptions):
            subscription.wake()
