"""Programs of other people as child processes: started with a log, ended with all their children."""

import asyncio
import os
import shutil
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

WAIT_S = 30.0

BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={path}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""


class Program:
    """A running foreign program and what it says."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self._process = process
        self._log = log

    @property
    def said(self) -> str:
        return self._log.read_text(errors="replace")

    async def until(self, wanted: Callable[[], object], within_s: float = WAIT_S) -> None:
        """Wait for something to have come about; the program's own words if it does not."""
        for _ in range(int(within_s / 0.05)):
            if wanted() or self._process.returncode is not None:
                break
            await asyncio.sleep(0.05)
        assert wanted(), f"exit code {self._process.returncode}; it said:\n{self.said}"

    async def exited(self, within_s: float = WAIT_S) -> str:
        """What it said, when it ended well."""
        await self.until(lambda: self._process.returncode is not None, within_s)
        assert self._process.returncode == 0, f"exit code {self._process.returncode}; it said:\n{self.said}"
        return self.said

    async def end(self) -> None:
        """Ask it to go, then kill what is left of its group."""
        for sign in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self._process.pid, sign)
            except ProcessLookupError:
                return
            try:
                async with asyncio.timeout(2):
                    await self._process.wait()
            except TimeoutError:
                continue


def path_of(program: str, package: str) -> str:
    """Where it is; the suite needs it and says how to get it."""
    found = shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    if found is None:
        pytest.fail(f"{program} is missing. Run: sudo apt-get install -y {package}")
    return found


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Callable[..., object]]:
    """await start(name, package, *arguments, env={…}): a Program, ended with the test."""
    running: list[Program] = []

    async def begin(name: str, package: str, *arguments: str, env: dict[str, str] | None = None) -> Program:
        log = tmp_path / f"{len(running)}-{name}.log"
        with log.open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                path_of(name, package),
                *arguments,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=asyncio.subprocess.STDOUT,
                env={**os.environ, "LC_ALL": "C.UTF-8", "LANG": "C.UTF-8", **(env or {})},
                start_new_session=True,
            )
        program = Program(process, log)
        running.append(program)
        return program

    yield begin
    for program in reversed(running):
        await program.end()


class Bus:
    """A message bus of the test's own: the machine's daemons never hear of it."""

    def __init__(self, start: Callable[..., object], address: str) -> None:
        self._start = start
        self.address = address
        self.env = {"DBUS_SYSTEM_BUS_ADDRESS": address, "DBUS_SESSION_BUS_ADDRESS": address}

    async def call(self, service: str, path: str, method: str, *arguments: str) -> str:
        """A method's answer, as dbus-send prints it."""
        client = await self._start(
            "dbus-send",
            "dbus-bin",
            f"--bus={self.address}",
            "--print-reply=literal",
            f"--dest={service}",
            path,
            method,
            *arguments,
        )
        return " ".join((await client.exited()).split())


@pytest.fixture
async def bus(start, tmp_path) -> Bus:
    socket, config = tmp_path / "bus", tmp_path / "bus.conf"
    config.write_text(BUS.format(path=socket))
    daemon = await start("dbus-daemon", "dbus-daemon", f"--config-file={config}", "--nofork")
    await daemon.until(socket.exists)
    return Bus(start, f"unix:path={socket}")
