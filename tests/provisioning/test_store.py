"""The store: both databases keep the same promises."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import stat
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select, update

from provisioning.schema import SCHEMA_VERSION, schema_version, values
from provisioning.store import (
    Database,
    StoreCorruptError,
    StoreError,
    StoreTooNewError,
    StoreUnavailableError,
    StoreUrlError,
    executing,
)


def put(name: str, value: str = "x") -> Callable[[Connection], None]:
    return executing(insert(values).values(name=name, value=value))


def names(connection: Connection) -> list[str]:
    return list(connection.execute(select(values.c.name).order_by(values.c.name)).scalars())


async def test_what_was_written_is_there_after_opening_again(store_url: str) -> None:
    async with Database(store_url) as db:
        await db.write(put("a"))
    async with Database(store_url) as db:
        assert await db.read(names) == ["a"]


async def test_writers_of_one_turn_share_one_commit(any_db: Database) -> None:
    before = any_db.commits
    await asyncio.gather(*(any_db.write(put(f"{number:03}")) for number in range(100)))
    assert any_db.commits == before + 1
    assert len(await any_db.read(names)) == 100


async def test_one_bad_writer_does_not_take_its_neighbours_down(any_db: Database) -> None:
    def bad(_: Connection) -> None:
        raise LookupError("mine")

    outcomes = await asyncio.gather(
        any_db.write(put("a")), any_db.write(bad), any_db.write(put("b")), return_exceptions=True
    )
    assert isinstance(outcomes[1], LookupError)
    assert await any_db.read(names) == ["a", "b"]


async def test_a_broken_rule_of_the_table_concerns_its_writer_only(any_db: Database) -> None:
    outcomes = await asyncio.gather(*(any_db.write(put("same")) for _ in range(3)), return_exceptions=True)
    assert [outcome for outcome in outcomes if outcome is None] == [None]
    assert await any_db.read(names) == ["same"]


async def test_write_returns_what_the_work_returns_and_sees_earlier_writes(any_db: Database) -> None:
    first, second = await asyncio.gather(any_db.write(put("a")), any_db.write(names))
    assert first is None
    assert second == ["a"]


async def test_a_cancelled_caller_does_not_disturb_the_group(any_db: Database) -> None:
    leaving = asyncio.create_task(any_db.write(put("a")))
    staying = asyncio.create_task(any_db.write(put("b")))
    await asyncio.sleep(0)
    leaving.cancel()
    await staying
    with pytest.raises(asyncio.CancelledError):
        await leaving
    assert "b" in await any_db.read(names)


async def test_closing_finishes_what_was_handed_in(store_url: str) -> None:
    db = Database(store_url)
    await db.open()
    late = asyncio.create_task(db.write(put("a")))
    await asyncio.sleep(0)
    await db.close()
    await late
    await db.close()
    with pytest.raises(StoreUnavailableError):
        await db.write(put("b"))
    async with Database(store_url) as again:
        assert await again.read(names) == ["a"]


async def test_a_newer_schema_is_refused_and_left_alone(store_url: str) -> None:
    async with Database(store_url) as db:
        await db.write(executing(update(schema_version).values(version=SCHEMA_VERSION + 1)))
    with pytest.raises(StoreTooNewError) as caught:
        await Database(store_url).open()
    assert caught.value.found == SCHEMA_VERSION + 1
    assert "newer program" in str(caught.value)


async def test_time_is_held_while_the_database_works(store_url: str) -> None:
    held: list[str] = []

    @contextmanager
    def hold() -> Iterator[None]:
        held.append("in")
        yield
        held.append("out")

    async with Database(store_url, hold=hold) as db:
        opening = len(held)
        await db.write(put("a"))
        assert held[opening:] == ["in", "out"]
        await db.read(names)
    assert held.count("in") == held.count("out")


async def test_two_programs_may_open_an_empty_store_at_once(store_url: str) -> None:
    first, second = Database(store_url), Database(store_url)
    await asyncio.gather(first.open(), second.open())
    await asyncio.gather(first.write(put("a")), second.write(put("b")))
    assert await first.read(names) == ["a", "b"]
    await first.close()
    await second.close()


# --- SQLite only: files go wrong in their own ways ---


@pytest.mark.parametrize(
    "content", [b"this is no database, but it is long enough to look like one" * 20, b"x" * 8192]
)
async def test_a_file_that_is_no_database_is_named_with_the_way_out(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.db"
    path.write_bytes(content)
    with pytest.raises(StoreCorruptError) as caught:
        await Database(path).open()
    assert str(path) in str(caught.value)
    assert "Move it aside" in str(caught.value)
    assert path.read_bytes() == content


async def test_a_damaged_page_is_found_at_opening(tmp_path: Path) -> None:
    path = tmp_path / "damaged.db"
    async with Database(path) as db:
        for number in range(200):
            await db.write(put(f"{number}", "y" * 200))
    content = bytearray(path.read_bytes())
    assert len(content) > 16384
    for page in range(2, len(content) // 4096):
        content[page * 4096 : page * 4096 + 64] = os.urandom(64)
    path.write_bytes(content)
    with pytest.raises(StoreCorruptError):
        await Database(path).open()


async def test_a_truncated_file_is_found_at_opening(tmp_path: Path) -> None:
    path = tmp_path / "short.db"
    async with Database(path) as db:
        await db.write(put("a"))
    path.write_bytes(path.read_bytes()[:-5000])
    with pytest.raises(StoreCorruptError):
        await Database(path).open()


async def test_a_path_that_cannot_be_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnavailableError) as caught:
        await Database(tmp_path / "file" / "store.db").open()
    assert caught.value.retryable


async def test_a_directory_is_not_a_store(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailableError):
        await Database(tmp_path).open()


async def test_a_server_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailableError) as caught:
        await Database(f"postgresql://someone:secret@/name?host={tmp_path}").open()
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("url", ["mysql://host/name", "sqlite+pysqlite:///x.db", "://"])
def test_other_urls_are_refused(url: str) -> None:
    with pytest.raises(StoreUrlError):
        Database(url)


async def test_the_file_is_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "new" / "store.db"
    async with Database(path) as db:
        await db.write(put("a"))
        for file in path.parent.iterdir():
            assert stat.S_IMODE(file.stat().st_mode) == 0o600, file


async def test_sqlite_is_set_to_survive_power_loss(db: Database) -> None:
    def pragmas(connection: Connection) -> list[object]:
        return [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous")
        ]

    assert await db.write(pragmas) == ["wal", 2]  # 2 = FULL
    assert await db.read(pragmas) == ["wal", 2]


async def test_a_lock_of_another_process_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    async with Database(path) as db:
        other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        other.execute("BEGIN IMMEDIATE")
        waiting = asyncio.create_task(db.write(put("a")))
        await db.read(names)  # readers do not wait
        assert not waiting.done()
        other.execute("COMMIT")
        await waiting
        other.close()


async def test_memory_works_for_demos_that_leave_nothing(tmp_path: Path) -> None:
    async with Database("sqlite:///:memory:") as db:
        await db.write(put("a"))
        assert await db.read(names) == ["a"]


KILLED_WRITER = """
import asyncio
from sqlalchemy import insert
from provisioning.schema import values
from provisioning.store import Database, executing

async def main():
    async with Database("store.db") as db:
        number = 0
        while True:
            names = [f"{number + n:06}" for n in range(5)]
            works = [executing(insert(values).values(name=name, value="x")) for name in names]
            await asyncio.gather(*(db.write(work) for work in works))
            number += 5
            print(names[-1], flush=True)

asyncio.run(main())
"""


async def test_kill_9_loses_nothing_that_was_reported_written(
    run_python: Callable[[str], subprocess.Popen[str]], tmp_path: Path
) -> None:
    process = run_python(KILLED_WRITER)
    assert process.stdout is not None
    for _ in range(40):
        last = process.stdout.readline().strip()
    process.send_signal(signal.SIGKILL)
    rest = process.stdout.read().split()
    process.wait(10)
    process.stdout.close()
    async with Database(tmp_path / "store.db") as db:
        found = await db.read(names)
    assert found[-1] >= (rest or [last])[-1]
    assert len(found) % 5 == 0, "a group is written whole or not at all"


async def test_an_undisposed_store_does_not_keep_the_process_alive(
    run_python: Callable[[str], subprocess.Popen[str]],
) -> None:
    process = run_python(
        "import asyncio\n"
        "from provisioning.store import Database\n"
        "async def main():\n"
        "    open('bad.db', 'wb').write(b'x' * 5000)\n"
        "    try:\n"
        "        await Database('bad.db').open()\n"
        "    except Exception as error:\n"
        "        print(type(error).__name__)\n"
        "asyncio.run(main())\n"
    )
    output, _ = process.communicate(timeout=20)
    assert output.split() == [StoreCorruptError.__name__]


def test_errors_share_one_base() -> None:
    assert issubclass(StoreCorruptError, StoreError)


# --- PostgreSQL only: servers restart ---


async def test_a_lost_server_connection_is_an_error_once_and_then_mended(postgres: Any) -> None:
    def own_pid(connection: Connection) -> int:
        return connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()

    with postgres.database() as url:
        async with Database(url) as db:
            await db.write(put("a"))
            pid = await db.write(own_pid)
            await db.read(
                lambda connection: connection.exec_driver_sql(f"SELECT pg_terminate_backend({pid})").all()
            )
            with pytest.raises(StoreUnavailableError):
                await db.write(put("b"))
            await db.write(put("c"))
            assert await db.read(names) == ["a", "c"]
