"""Stores on both databases, a clock that a test moves by hand, and the PostgreSQL cluster behind them."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from provisioning.store import Database


class HandClock:
    """A Clock that stands still until a test moves it. `sleep` returns at once after moving it."""

    def __init__(self, epoch_s: float = 1_800_000_000.0) -> None:
        self.wall_s = epoch_s
        self.steady_s = 1000.0

    def now(self) -> float:
        return self.wall_s

    def monotonic(self) -> float:
        return self.steady_s

    async def sleep(self, seconds: float) -> None:
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        self.wall_s += seconds
        self.steady_s += seconds


@pytest.fixture
def hand_clock() -> HandClock:
    return HandClock()


@dataclass
class Postgres:
    """A running cluster; `database()` is the URL of an empty database in it, which is dropped at the end."""

    sockets: Path
    databases: int = 0

    @contextlib.contextmanager
    def database(self) -> Iterator[str]:
        self.databases += 1
        name = f"tg{self.databases}"
        with psycopg.connect(
            f"host={self.sockets} user=postgres dbname=postgres", autocommit=True
        ) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
            try:
                yield f"postgresql://postgres@/{name}?host={self.sockets}"
            finally:
                connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL cluster of our own: temporary, on a unix socket, stopped and removed at the end."""
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if not binaries:
        pytest.fail("PostgreSQL is missing. Run: sudo apt-get install -y postgresql")
    # The server refuses to run as root.
    owner = pwd.getpwnam("postgres") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
    directory = Path(tempfile.mkdtemp(prefix="tg-pg-", dir="/tmp"))  # short: a socket's path is bounded
    os.chown(directory, owner.pw_uid, owner.pw_gid)
    as_owner = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []} if os.getuid() == 0 else {}
    data = directory / "data"
    try:
        subprocess.run(
            [binaries[-1] / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"],
            check=True,
            capture_output=True,
            cwd=directory,
            **as_owner,
        )
        server = subprocess.Popen(
            # No fsync: the cluster is thrown away, and it is never it that is killed.
            [
                binaries[-1] / "postgres",
                "-D",
                data,
                "-k",
                directory,
                "-c",
                "listen_addresses=",
                "-c",
                "fsync=off",
            ],
            stderr=subprocess.PIPE,
            text=True,
            cwd=directory,
            **as_owner,
        )
        try:
            assert server.stderr is not None
            for line in server.stderr:
                if "ready to accept connections" in line:
                    break
            else:
                pytest.fail("PostgreSQL does not start")
            threading.Thread(target=server.stderr.read, daemon=True).start()
            yield Postgres(directory)
        finally:
            server.send_signal(signal.SIGQUIT)  # "immediate shutdown"
            server.wait(20)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty store: each test that asks for it runs on both databases."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'store.db'}"
        return
    cluster: Postgres = request.getfixturevalue("postgres")
    with cluster.database() as url:
        yield url


@pytest.fixture
async def any_db(store_url: str) -> AsyncIterator[Database]:
    """An open store on either database."""
    async with Database(store_url) as db:
        yield db


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    """An open store on SQLite."""
    async with Database(tmp_path / "device.db") as db:
        yield db


@pytest.fixture
def run_python(tmp_path: Path) -> Callable[[str], subprocess.Popen[str]]:
    """Run a program in another process of this interpreter, its output to be read line by line."""

    def run(program: str) -> subprocess.Popen[str]:
        import sys

        return subprocess.Popen(
            [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, cwd=tmp_path
        )

    return run
