"""The gateway as a process of its own, so that it can be killed as a power cut would."""

import asyncio
import signal
import sys
from pathlib import Path


class GatewayProcess:
    """`thermogate gateway run` with one configuration; started as often as needed.

    Args:
        config: its gateway.toml.
        log: where its output is gathered, over all runs.
    """

    def __init__(self, config: Path, log: Path) -> None:
        self._config = config
        self._log = log
        self._process: asyncio.subprocess.Process | None = None
        self.starts = 0

    @property
    def running(self) -> bool:
        """False before the start and after an end, its own or ours."""
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        """Start it; returns when the process exists, long before it does anything."""
        assert not self.running, "it runs already"
        self.starts += 1
        with self._log.open("ab") as output:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "gateway.cli", "gateway", "run", "-c", str(self._config), "--json"),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    async def kill(self) -> None:
        """SIGKILL: nothing of it runs any more when this returns."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> int:
        """SIGTERM: it ends in its own time. Returns its exit code."""
        return await self._end(signal.SIGTERM)

    async def wait(self) -> int:
        """Return its exit code when it has ended by itself."""
        assert self._process is not None
        return await self._process.wait()

    async def _end(self, how: signal.Signals) -> int:
        assert self._process is not None, "start it first"
        process, self._process = self._process, None
        if process.returncode is None:
            process.send_signal(how)
        return await process.wait()
