"""What a link has received and nobody has read yet."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

RECEIVE_LIMIT: Final = 1 << 16
"""Bytes kept for a reader that does not read; beyond it the sender is paused."""


class Inbox:
    """Bytes that came and were not read yet; tells its source to pause when there are too many."""

    def __init__(self, pause: Callable[[], None], resume: Callable[[], None]) -> None:
        self._chunks: bytearray = bytearray()
        self._pause = pause
        self._resume = resume
        self._paused = False
        self._waiter: asyncio.Future[None] | None = None
        self.ended = False

    def put(self, data: bytes) -> None:
        self._chunks += data
        if len(self._chunks) > RECEIVE_LIMIT and not self._paused:
            self._paused = True
            self._pause()
        self._wake()

    def end(self) -> None:
        self.ended = True
        self._wake()

    async def get(self) -> bytes:
        while not self._chunks and not self.ended:
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        return self.take()

    def take(self) -> bytes:
        """All that has come."""
        data = bytes(self._chunks)
        self._chunks.clear()
        if self._paused:
            self._paused = False
            self._resume()
        return data

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
