"""The database: SQLite by default, PostgreSQL by URL; one writer with group commit.

Theory. A commit that survives power loss costs one fsync, whatever it holds. So writers do not commit: each
hands in a small synchronous function of a connection, and one writer task runs all functions that have
gathered, in order, in one transaction. A function that fails must not take its neighbours down: the
transaction is rolled back and each is run again in one of its own. Therefore a function changes nothing but
the database and may run twice. `write` returns when its transaction is on disk, never before.

SQLite: WAL, synchronous=FULL (an acknowledged write survives power loss), busy_timeout for other processes,
and BEGIN IMMEDIATE, because a transaction that begins to read and then wants to write cannot wait for a lock.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Generic, Self, TypeVar

from sqlalchemy import Connection, Executable, event, insert, inspect, make_url, select, text, update
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from provisioning import one_trip
from provisioning.schema import SCHEMA_VERSION, metadata, schema_version

T = TypeVar("T")
Work = Callable[[Connection], T]

# A step from version n to n + 1, by n.
MIGRATIONS: Final[dict[int, Work[None]]] = {}

# How long a statement waits for a lock that another process holds.
BUSY_TIMEOUT_S: Final = 10
# Between two commits the writer lets work gather for so long: a commit costs about the same for one row as
# for a hundred. The first write after a pause does not wait.
GATHER_S: Final = 0.003
# So many functions share a transaction at most; bounds what one failure makes run again.
MAX_GROUP: Final = 512

_DRIVERS: Final = {
    "sqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
}


class StoreError(Exception):
    """Base of the store's errors.

    `kind` is a stable machine name, `store` the file or URL without password.
    """

    kind = "store"
    retryable = False

    def __init__(self, store: str, problem: str) -> None:
        super().__init__(f"{store}: {problem}")
        self.store: Final = store
        self.problem: Final = problem


class StoreUrlError(StoreError):
    """A URL that names no store that we know."""

    kind = "store_url"


class StoreCorruptError(StoreError):
    """The file is damaged or is no database. The message says how to go on."""

    kind = "store_corrupt"


class StoreTooNewError(StoreError):
    """Written by a newer version of the program. The message says how to go on."""

    kind = "store_too_new"

    def __init__(self, store: str, found: int) -> None:
        super().__init__(
            store,
            f"its schema has version {found}, this program knows {SCHEMA_VERSION}. "
            "Install the newer program again, or give another file (the old one is left as it is)",
        )
        self.found: Final = found


class StoreUnavailableError(StoreError):
    """Cannot be opened, read or written now: no rights, disk full, locked by another process, server away."""

    kind = "store_unavailable"
    retryable = True


class _Job(Generic[T]):
    """A function to run, and the future of who waits for it."""

    def __init__(self, work: Work[T], waiter: asyncio.Future[T]) -> None:
        self._work = work
        self._waiter = waiter
        self._outcome: T | None = None

    def run(self, connection: Connection) -> None:
        self._outcome = self._work(connection)

    def succeed(self) -> None:
        # The waiter may have been cancelled; its work stands.
        if not self._waiter.done():
            self._waiter.set_result(self._outcome)  # type: ignore[arg-type]  # T | None only before run()

    def fail(self, error: BaseException) -> None:
        if not self._waiter.done():
            self._waiter.set_exception(error)


class Database:
    """One store. Use as `async with Database(url) as db`, or open() and close().

    Args:
        url: a file path, `sqlite:///path`, `sqlite:///:memory:` or `postgresql://user@host/name`.
        hold: entered while the database works, so that a virtual clock stands still meanwhile.
    """

    def __init__(
        self, url: str | Path, *, hold: Callable[[], AbstractContextManager[object]] = nullcontext
    ) -> None:
        self._url = _normalised(url)
        self._hold = hold
        self._engine: AsyncEngine | None = None
        self._writer_connection: AsyncConnection | None = None
        self._jobs: list[_Job[Any]] = []
        self._writer: asyncio.Task[None] | None = None
        self.commits = 0

    @property
    def name(self) -> str:
        """The file, or the URL without its password."""
        if self._url.get_backend_name() == "sqlite":
            return self._url.database or ":memory:"
        return self._url.render_as_string(hide_password=True)

    async def open(self) -> None:
        """Open, check and, where needed, create or migrate.

        Raises:
            StoreCorruptError, StoreTooNewError, StoreUnavailableError.
        """
        path = self._file()
        if path is not None:
            self._make_file(path)
        engine = create_async_engine(self._url, **_engine_options(self._url))
        if self._url.get_backend_name() == "sqlite":
            event.listen(engine.sync_engine, "connect", _prepare_sqlite)
            event.listen(engine.sync_engine, "begin", _begin_sqlite)
        try:
            with self._hold():
                connection = await engine.connect()
                try:
                    await connection.run_sync(self._prepare)
                except BaseException:
                    await connection.close()
                    raise
        except BaseException as error:
            with self._hold():
                # An engine left undisposed keeps aiosqlite's thread, and with it the process, alive.
                await engine.dispose()
            raise self._translated(error) from error
        self._engine, self._writer_connection = engine, connection

    async def close(self) -> None:
        """Finish what was handed in, then let go of everything. Closing twice is allowed."""
        if self._writer is not None:
            await asyncio.wait([self._writer])
        engine, connection = self._engine, self._writer_connection
        self._engine = self._writer_connection = None
        with self._hold():
            if connection is not None:
                await connection.close()
            if engine is not None:
                await engine.dispose()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def write(self, work: Work[T]) -> T:
        """Run `work` in a transaction shared with other writers; return its result when it is on disk.

        `work` may run twice (see the theory above). When the caller is cancelled the work is still done.

        Raises:
            StoreError: the database failed. What `work` raises comes through unchanged.
        """
        if self._engine is None:
            raise StoreUnavailableError(self.name, "the store is closed")
        waiter: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._jobs.append(_Job(work, waiter))
        if self._writer is None:
            # It starts in the next turn of the loop, so all writers of this turn are in its first group.
            self._writer = asyncio.create_task(self._run_writer(), name="store writer")
        return await waiter

    async def read(self, work: Work[T]) -> T:
        """Run `work`, which only reads, beside the writer. Raises StoreError."""
        if self._engine is None:
            raise StoreUnavailableError(self.name, "the store is closed")
        if self._memory():
            return await self.write(work)  # one connection only
        try:
            with self._hold():
                async with self._engine.connect() as connection:
                    await connection.execution_options(thermogate_read=True)
                    return await connection.run_sync(work)
        except DBAPIError as error:
            raise self._translated(error) from error

    async def _run_writer(self) -> None:
        try:
            while self._jobs:
                group, self._jobs = self._jobs[:MAX_GROUP], self._jobs[MAX_GROUP:]
                with self._hold():
                    await self._commit(group)
                await asyncio.sleep(GATHER_S)
        finally:
            self._writer = None

    async def _commit(self, group: list[_Job[Any]]) -> None:
        connection = self._writer_connection
        assert connection is not None
        try:
            await connection.run_sync(_run_group, group)
        except Exception as error:  # noqa: BLE001  # whatever a work raised goes to who handed it in
            if len(group) == 1:
                group[0].fail(self._translated(error))
                return
            for job in group:
                await self._commit([job])
            return
        except BaseException:
            for job in group:
                job.fail(StoreUnavailableError(self.name, "the program is stopping"))
            raise
        self.commits += 1
        for job in group:
            job.succeed()

    def _prepare(self, connection: Connection) -> None:
        """Check the file and bring its tables to SCHEMA_VERSION, in one transaction."""
        with connection.begin():
            if connection.dialect.name == "sqlite":
                verdict = connection.execute(text("PRAGMA quick_check(1)")).scalar_one()
                if verdict != "ok":
                    raise StoreCorruptError(self.name, _damaged(str(verdict)))
            else:
                # Two programs that open an empty database at once: the second waits for the first.
                connection.execute(text("SELECT pg_advisory_xact_lock(7463001)"))
            if not inspect(connection).has_table(schema_version.name):
                metadata.create_all(connection)
                connection.execute(insert(schema_version).values(version=SCHEMA_VERSION))
                return
            found = connection.execute(select(schema_version.c.version)).scalar_one()
            if found > SCHEMA_VERSION:
                raise StoreTooNewError(self.name, found)
            for version in range(found, SCHEMA_VERSION):
                MIGRATIONS[version](connection)
                connection.execute(update(schema_version).values(version=version + 1))

    def _memory(self) -> bool:
        return self._url.get_backend_name() == "sqlite" and self._url.database in {None, "", ":memory:"}

    def _file(self) -> Path | None:
        if self._url.get_backend_name() != "sqlite" or self._memory():
            return None
        assert self._url.database is not None
        return Path(self._url.database)

    def _make_file(self, path: Path) -> None:
        """Create the file ourselves: SQLite would make it readable for everybody."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        except OSError as error:
            problem = f"{error.strerror}: check the path and its rights"
            raise StoreUnavailableError(self.name, problem) from error

    def _translated(self, error: BaseException) -> BaseException:
        """A driver's error as one of ours; anything else as it is."""
        if not isinstance(error, DBAPIError):
            return error
        code = getattr(error.orig, "sqlite_errorname", "")
        if code.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
            return StoreCorruptError(self.name, _damaged(str(error.orig)))
        if code or error.connection_invalidated or type(error).__name__ == "OperationalError":
            return StoreUnavailableError(self.name, str(error.orig))
        return error


def executing(statement: Executable) -> Work[None]:
    """The work of executing one statement whose result nobody needs."""

    def work(connection: Connection) -> None:
        connection.execute(statement)

    return work


def _run_group(connection: Connection, group: list[_Job[Any]]) -> None:
    with connection.begin():
        for job in group:
            job.run(connection)


def _damaged(problem: str) -> str:
    return (
        f"{problem}. The file is damaged or is not a database. Move it aside (with its -wal and -shm files) "
        "and start again: a new one is made. Undelivered messages and the waiting history in it are lost; "
        "the device's key is in a file of its own, so the cloud will know the device again"
    )


def _normalised(url: str | Path) -> URL:
    text_url = str(url)
    if "://" not in text_url:
        return URL.create("sqlite+aiosqlite", database=text_url)
    try:
        parsed = make_url(text_url)
    except ArgumentError:
        raise StoreUrlError(text_url.partition("://")[0], "this is not a store's URL") from None
    driver = _DRIVERS.get(parsed.drivername, parsed.drivername)
    if driver not in _DRIVERS.values():
        raise StoreUrlError(parsed.drivername, "stores are sqlite:///path and postgresql://user@host/name")
    return parsed.set(drivername=driver)


def _engine_options(url: URL) -> dict[str, Any]:
    if url.get_backend_name() == "sqlite":
        return {"async_creator": partial(one_trip.connect, url.database or ":memory:", BUSY_TIMEOUT_S)}
    return {"pool_pre_ping": True}


def _prepare_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={BUSY_TIMEOUT_S * 1000}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    read_only = connection.get_execution_options().get("thermogate_read", False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


__all__ = [
    "Database",
    "StoreCorruptError",
    "StoreError",
    "StoreTooNewError",
    "StoreUnavailableError",
    "StoreUrlError",
    "Work",
    "executing",
]
