"""A modem's end of the wire for the client's tests, on virtual time: deadlines of minutes pass in no time.

`play(scenario)` runs `await scenario(at, far)` with a client and the far end, which the test plays itself or leaves to
an `AutoModem`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping

import pytest

from at_commands.client import AtClient
from at_commands.dialects import GENERIC, Dialect
from at_commands.links import Link, memory_link_pair
from at_commands.transcript import Transcript
from firmware_sim.virtual_time import run_virtual


class FarEnd:
    """What a modem hears and says."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self._heard = b""

    async def hear(self, expected: str | bytes) -> None:
        """The next bytes must be these: a line, whose CR is added, or a payload."""
        wanted = expected.encode() + b"\r" if isinstance(expected, str) else expected
        while len(self._heard) < len(wanted):
            data = await self.link.read()
            assert data, f"the client hung up; still waiting for {wanted!r}, heard {self._heard!r}"
            self._heard += data
        assert self._heard[: len(wanted)] == wanted
        self._heard = self._heard[len(wanted) :]

    async def say(self, *lines: str) -> None:
        """Lines in verbose framing."""
        for line in lines:
            await self.raw(f"\r\n{line}\r\n".encode("latin-1"))

    async def raw(self, data: bytes) -> None:
        await self.link.write(data)

    async def answer(self, line: str, *lines: str) -> None:
        await self.hear(line)
        await self.say(*lines)

    def nothing_more(self) -> bool:
        """Nothing was heard beyond what `hear` was asked for."""
        return not self._heard


Handler = Callable[[str], Awaitable[None]]


class AutoModem:
    """Answers line by line, in order: by a handler, else from a table, else OK. Markers are known to it."""

    def __init__(
        self,
        far: FarEnd,
        answers: Mapping[str, tuple[str, ...]] | None = None,
        handler: Handler | None = None,
    ) -> None:
        self.far = far
        self.lines: list[str] = []
        self._answers = {"AT+CMEE?": ("+CMEE: 1", "OK"), **(answers or {})}
        self._handler = handler
        self._buffer = b""

    async def line(self) -> str:
        while b"\r" not in self._buffer:
            self._buffer += await self._more()
        line, _, self._buffer = self._buffer.partition(b"\r")
        return line.decode("latin-1").removeprefix("\x1b")

    async def take(self, length: int) -> bytes:
        """A payload."""
        while len(self._buffer) < length:
            self._buffer += await self._more()
        data, self._buffer = self._buffer[:length], self._buffer[length:]
        return data

    async def take_until(self, *ends: bytes) -> bytes:
        """A payload up to and with one of the ends."""
        while not any(end in self._buffer for end in ends):
            self._buffer += await self._more()
        return await self.take(min(self._buffer.index(end) + 1 for end in ends if end in self._buffer))

    async def run(self) -> None:
        while True:
            line = await self.line()
            if not line:
                continue
            self.lines.append(line)
            if self._handler is not None and line not in self._answers:
                await self._handler(line)
            else:
                await self.far.say(*self._answers.get(line, ("OK",)))

    async def _more(self) -> bytes:
        data = await self.far.link.read()
        if not data:
            raise asyncio.CancelledError
        return data


Scenario = Callable[[AtClient, FarEnd], Awaitable[None]]
Play = Callable[..., None]


@pytest.fixture
def play() -> Play:
    """Run a scenario on virtual time."""

    def run(scenario: Scenario, *, dialect: Dialect = GENERIC, transcript: Transcript | None = None) -> None:
        async def main() -> None:
            near, far = memory_link_pair("test")
            async with AtClient(near, dialect=dialect, transcript=transcript) as at:
                await scenario(at, FarEnd(far))
            await far.close()

        run_virtual(main())

    return run


@pytest.fixture
def auto_modem() -> Callable[..., contextlib.AbstractAsyncContextManager[AutoModem]]:
    """`async with auto_modem(far, answers, handler) as modem`."""

    @contextlib.asynccontextmanager
    async def running(
        far: FarEnd, answers: Mapping[str, tuple[str, ...]] | None = None, handler: Handler | None = None
    ):
        modem = AutoModem(far, answers, handler)
        task = asyncio.create_task(modem.run())
        try:
            yield modem
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    return running
