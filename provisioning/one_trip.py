"""aiosqlite with one trip to its thread for each statement.

Under SQLAlchemy, aiosqlite makes four trips for one statement: a cursor, the execution, the rows, the
closing. Each trip wakes a thread, waits for the interpreter's lock and wakes the loop again, and together
they cost more than SQLite does. Here a cursor is a note of what to do, and executing does all of it
(benchmarks/outbox.py shows the difference).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Any

import aiosqlite

# How far aiosqlite reads ahead when iterated over; we never iterate.
_CHUNK = 64


def connect(path: str, timeout_s: float) -> aiosqlite.Connection:
    """For `create_async_engine(async_creator=…)`:

    await the result. The driver begins no transactions by itself.
    """

    def connector() -> sqlite3.Connection:
        return sqlite3.connect(path, timeout=timeout_s, isolation_level=None)

    connection = _Connection(connector, _CHUNK)
    # If all else fails: a connection that nobody closed must not keep the process alive.
    connection._thread.daemon = True
    return connection


class _Connection(aiosqlite.Connection):
    def cursor(self) -> Any:
        return _Cursor(self)


class _Cursor:
    """What SQLAlchemy's adapter needs of an asynchronous DBAPI cursor."""

    arraysize = 1

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection
        # aiosqlite declares no types here.
        self._there: Callable[[Callable[[], None]], Awaitable[None]] = connection._execute
        self._rows: list[Any] = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> _Cursor:
        return self

    async def execute(self, statement: str, parameters: Iterable[Any] = ()) -> None:
        await self._there(partial(self._run, statement, parameters, False))

    async def executemany(self, statement: str, parameters: Iterable[Iterable[Any]]) -> None:
        await self._there(partial(self._run, statement, parameters, True))

    async def fetchall(self) -> list[Any]:
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        self._rows = []

    def _run(self, statement: str, parameters: Any, many: bool) -> None:
        """In the connection's thread."""
        cursor = self._connection._conn.cursor()
        try:
            if many:
                cursor.executemany(statement, parameters)
            else:
                cursor.execute(statement, parameters)
            self.description, self.rowcount, self.lastrowid = (
                cursor.description,
                cursor.rowcount,
                cursor.lastrowid,
            )
            if cursor.description is not None:
                self._rows = cursor.fetchall()
        finally:
            cursor.close()
