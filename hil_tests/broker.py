"""The broker of the bench: somebody else's, a mosquitto of our own, or the embedded one."""

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from firmware_sim.broker import EmbeddedBroker
from hil_tests.options import BenchOptions

START_TIMEOUT_S: Final = 10.0
"""mosquitto listens within some 50 ms; a loaded machine may take its time."""

_CONFIGURATION: Final = """\
listener {port} 127.0.0.1
allow_anonymous true
persistence false
log_dest stderr
"""


@dataclass(frozen=True)
class BenchBroker:
    """A broker that answers.

    Attributes:
        url: for any MQTT client on this machine.
        kind: where it comes from.
    """

    url: str
    kind: Literal["given", "mosquitto", "embedded"]

    @property
    def protocol(self) -> Literal["3.1.1", "5"]:
        """The newest MQTT that it is sure to speak."""
        return "5" if self.kind == "mosquitto" else "3.1.1"


@asynccontextmanager
async def open_bench_broker(options: BenchOptions, directory: Path) -> AsyncIterator[BenchBroker]:
    """Use --tg-broker if given, else start mosquitto if installed, else the broker embedded in this package.

    Args:
        options: of the command line.
        directory: for the broker's files.
    """
    executable = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
    if options.broker is not None:
        yield BenchBroker(options.broker, "given")
    elif executable is not None:
        port = free_port()
        async with _running_mosquitto(executable, port, directory):
            yield BenchBroker(f"mqtt://127.0.0.1:{port}", "mosquitto")
    else:
        async with EmbeddedBroker() as embedded:
            yield BenchBroker(embedded.url, "embedded")


def free_port() -> int:
    """A TCP port of the loopback interface that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@asynccontextmanager
async def _running_mosquitto(executable: str, port: int, directory: Path) -> AsyncIterator[None]:
    configuration = directory / "mosquitto.conf"
    configuration.write_text(_CONFIGURATION.format(port=port))
    log = directory / "mosquitto.log"
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(executable, "-c", str(configuration), stderr=output)
    try:
        await _until_it_listens(process, port, log)
        yield
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _until_it_listens(process: asyncio.subprocess.Process, port: int, log: Path) -> None:
    async with asyncio.timeout(START_TIMEOUT_S):
        while True:
            if process.returncode is not None:
                raise RuntimeError(f"mosquitto did not start, see {log}")
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.02)
                continue
            writer.close()
            await writer.wait_closed()
            return
