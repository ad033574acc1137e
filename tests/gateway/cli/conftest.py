"""`thermogate` as a person or a script starts it: a process of its own."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pytest

PROGRAM = (sys.executable, "-m", "gateway.cli")
ANSWER_TIMEOUT_S = 30.0


@dataclass(frozen=True)
class Finished:
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def records(self) -> list[dict[str, Any]]:
        """What --json printed: every line of stdout must be an object."""
        records = [json.loads(line) for line in self.out.splitlines()]
        assert all(isinstance(record, dict) for record in records)
        return records

    @property
    def record(self) -> dict[str, Any]:
        """As `records`, of a command that prints exactly one."""
        (record,) = self.records
        return record


class Running:
    """A command that runs until it is stopped."""

    def __init__(
        self, arguments: tuple[str, ...], directory: Path, environ: dict[str, str], *, spoken_to: bool
    ) -> None:
        self.process = subprocess.Popen(
            [*PROGRAM, *arguments],
            stdin=subprocess.PIPE if spoken_to else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=directory,
            env=environ,
        )
        self.out: list[str] = []
        self.err: list[str] = []
        self._arrived: queue.SimpleQueue[tuple[str, str]] = queue.SimpleQueue()
        self._readers = [
            threading.Thread(target=self._read, args=(name, stream, lines), daemon=True)
            for name, stream, lines in (
                ("out", self.process.stdout, self.out),
                ("err", self.process.stderr, self.err),
            )
        ]
        for reader in self._readers:
            reader.start()

    def line(self, containing: str, stream: str = "out", timeout_s: float = ANSWER_TIMEOUT_S) -> str:
        """The next line of a stream that contains a text."""
        deadline = time.monotonic() + timeout_s
        while True:
            try:
                name, line = self._arrived.get(timeout=max(deadline - time.monotonic(), 0.01))
            except queue.Empty:
                pytest.fail(f"no line with {containing!r} on {stream}.\nout: {self.out}\nerr: {self.err}")
            if name == stream and containing in line:
                return line

    def say(self, line: str) -> None:
        """On its stdin."""
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def record(self, containing: str = "{") -> dict[str, Any]:
        """The next JSON object of stdout that contains a text."""
        record: dict[str, Any] = json.loads(self.line(containing))
        return record

    def stop(self, number: signal.Signals = signal.SIGINT) -> Finished:
        """Send a signal and wait for the end."""
        self.process.send_signal(number)
        return self.wait()

    def wait(self, timeout_s: float = ANSWER_TIMEOUT_S) -> Finished:
        """Wait for the end."""
        code = self.process.wait(timeout_s)
        for reader in self._readers:
            reader.join(5.0)
        return Finished(code, "".join(self.out), "".join(self.err))

    def kill(self) -> None:
        """For the end of a test, whatever came of it."""
        if self.process.poll() is None:
            self.process.kill()
        self.wait()

    def _read(self, name: str, stream: IO[str] | None, lines: list[str]) -> None:
        assert stream is not None
        with stream:
            for line in stream:
                lines.append(line)
                self._arrived.put((name, line))


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """An English user with an empty home and a temporary directory that can be looked into."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "TG_", "XDG_"))}
    here = str(Path(__file__).parents[3])
    return kept | {"LANG": "C.UTF-8", "HOME": str(tmp_path), "TMPDIR": str(temporary), "PYTHONPATH": here}


@pytest.fixture
def thermogate(tmp_path: Path, environ: dict[str, str]) -> Callable[..., Finished]:
    """Run a command to its end."""

    def run(*arguments: str, timeout_s: float = ANSWER_TIMEOUT_S, **more: str) -> Finished:
        done = subprocess.run(
            [*PROGRAM, *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            cwd=tmp_path,
            env=environ | more,
            check=False,
        )
        return Finished(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def start_thermogate(tmp_path: Path, environ: dict[str, str]) -> Iterator[Callable[..., Running]]:
    """Start a command that runs until it is stopped."""
    started: list[Running] = []

    def start(*arguments: str, spoken_to: bool = False) -> Running:
        running = Running(arguments, tmp_path, environ, spoken_to=spoken_to)
        started.append(running)
        return running

    yield start
    for running in started:
        running.kill()
