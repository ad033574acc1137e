"""Many small writes of one kind as one statement.

A group commit saves fsyncs, but each statement still costs a trip to the database's thread. A `BatchedWrite`
gathers the items that are handed in until its turn in the writer comes, and gives them to one function
together: a thousand rows then cost about what one costs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from sqlalchemy import Connection

from provisioning.store import Database

Item = TypeVar("Item")

# Bounds one statement, also under SQLite's limit of parameters. Full batches wait in the writer's queue.
MAX_BATCH = 500


class _Batch(Generic[Item]):
    def __init__(self) -> None:
        self.items: list[Item] = []
        self.waiters: list[asyncio.Future[None]] = []


class BatchedWrite(Generic[Item]):
    """Writes items with `work(connection, items)`; `work` follows the rules of `Database.write`."""

    def __init__(self, db: Database, work: Callable[[Connection, Sequence[Item]], None]) -> None:
        self._db = db
        self._work = work
        self._open: _Batch[Item] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def write(self, items: Sequence[Item]) -> None:
        """Return when all items are on disk. Raises what the store or `work` raises."""
        for start in range(0, len(items), MAX_BATCH):
            part = items[start : start + MAX_BATCH]
            batch = self._open
            if batch is None or len(batch.items) + len(part) > MAX_BATCH:
                batch = self._open = _Batch()
                task = asyncio.create_task(self._run(batch))
                # The loop keeps weak references only.
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            batch.items.extend(part)
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            batch.waiters.append(waiter)
            await waiter

    async def _run(self, batch: _Batch[Item]) -> None:
        def work(connection: Connection) -> None:
            if self._open is batch:  # from here on newcomers need the next batch
                self._open = None
            self._work(connection, batch.items)

        try:
            await self._db.write(work)
        except Exception as error:  # noqa: BLE001  # every waiter gets it
            for waiter in batch.waiters:
                if not waiter.done():
                    waiter.set_exception(error)
        else:
            for waiter in batch.waiters:
                if not waiter.done():
                    waiter.set_result(None)
        finally:
            if self._open is batch:
                self._open = None
            for waiter in batch.waiters:
                waiter.cancel()
