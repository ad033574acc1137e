"""The asyncio AT client: one modem, one link, one command at a time, and nothing that can hang.

Theory of operation. A reader task turns bytes into items and gives each line to the first that claims it:

1. the echo of the pending line;
2. the pending command: its final results, then its own prefixes. They go before the URC patterns: a client
that
   asks them first loses solicited answers (`+CSQ` has an unsolicited twin on some modems);
3. the URC patterns of the dialect;
4. the pending command again, if it takes bare lines; else the line is unsolicited whatever it is.

A command that times out or is cancelled leaves its answer under way. The link is then *stale*: before the
next command the client closes an open prompt with ESC and asks a marker question, whose prefix no other
answer has; only what follows the marker's answer is fresh. So a late answer is never taken for another
command's.

A boot line while a command is pending means that the modem restarted: the command fails with
ModemRebootedError, and subscribers see the line, since every setting is gone.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self, TypeVar

from at_commands.codes import BASIC_RESULTS
from at_commands.command import DEFAULT_TIMEOUT_S, Command, Reply, is_ok
from at_commands.dialects import GENERIC, Dialect
from at_commands.errors import (
    CommandFailedError,
    CommandTimeoutError,
    LinkLostError,
    ModemRebootedError,
    NoAnswerError,
    ReplyFormatError,
    failure,
)
from at_commands.framer import Data, Framer, Item, Line, Noise, Prompt
from at_commands.links import Link
from at_commands.transcript import Transcript

T = TypeVar("T")

ESC: Final = b"\x1b"

SYNC_TIMEOUT_S: Final = 1.0
"""For a plain AT: real modems need 0.3 s at most; slow emulators of others took about a second."""

SYNC_ATTEMPTS: Final = 5
"""A modem that hunts for the baud rate swallows the first lines."""

MARKER_LINE: Final = "AT+CMEE?"
MARKER_PREFIX: Final = "+CMEE:"

QUIET_S: Final = 0.3
"""How long the line must be quiet where a modem refuses the marker question."""

SUBSCRIPTION_LIMIT: Final = 256
"""URCs kept for a subscriber that does not read; then the oldest are dropped and counted."""

_FAILURES: Final = ("ERROR", "+CME ERROR:", "+CMS ERROR:", "COMMAND NOT SUPPORT")
_BASIC_BY_NUMBER: Final = {str(number): text for text, number in BASIC_RESULTS.items()}


@dataclass(frozen=True, slots=True)
class Urc:
    """An unsolicited line; `body` is the line behind it where the dialect says that there is one."""

    line: str
    body: str | None = None


class Subscription:
    """URCs that begin with one of the prefixes (all, if none was given), oldest first, from the moment of
    subscribing.
    """

    def __init__(self, client: AtClient, prefixes: tuple[str, ...]) -> None:
        self._client = client
        self._prefixes = prefixes
        self._urcs: deque[Urc] = deque(maxlen=SUBSCRIPTION_LIMIT)
        self._waiter: asyncio.Future[None] | None = None
        self.dropped = 0

    async def __aenter__(self) -> Self:
        self._client._subscriptions.add(self)
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._client._subscriptions.discard(self)
        self._wake()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Urc:
        """The next URC. Ends when the link is lost and all was read."""
        while not self._urcs:
            if self._client.lost.is_set() or self not in self._client._subscriptions:
                raise StopAsyncIteration
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        return self._urcs.popleft()

    def _offer(self, urc: Urc) -> None:
        if self._prefixes and not urc.line.startswith(self._prefixes):
            return
        if len(self._urcs) == SUBSCRIPTION_LIMIT:
            self.dropped += 1
        self._urcs.append(urc)
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class _Exchange:
    """The pending command and what has come for it."""

    __slots__ = ("command", "data", "done", "echo_seen", "lines")

    def __init__(self, command: Command[object], done: asyncio.Future[str]) -> None:
        self.command = command
        self.done = done
        self.lines: list[str] = []
        self.data = b""
        self.echo_seen = False

    def owns(self, line: str) -> bool:
        command = self.command
        return line.startswith(command.prefixes) and (command.belongs is None or command.belongs(line))


class AtClient:
    """Drives one modem over one link.

    Use as `async with AtClient(link) as at: await at.sync()`. Leaving the block closes the link.

    Args:
        link: taken over, and closed at the end.
        dialect: what is known of the modem; set it anew after identification.
        transcript: is given every line both ways, masked.
    """

    def __init__(
        self, link: Link, *, dialect: Dialect = GENERIC, transcript: Transcript | None = None
    ) -> None:
        self.dialect = dialect
        self.lost = asyncio.Event()
        self.reboots = 0
        self._link = link
        self._transcript = transcript
        self._framer = Framer()
        self._lock = asyncio.Lock()
        self._owner: object | None = None
        self._exchange: _Exchange | None = None
        self._stale = False
        self._prompt_open = False
        self._numeric_results = False
        self._final_was_number = False
        self._urc_with_body: str | None = None
        self._subscriptions: set[Subscription] = set()
        self._noise = bytearray()
        self._lost_because = "closed"
        self._reader: asyncio.Task[None] | None = None
        self._free_at = 0.0

    @property
    def url(self) -> str:
        return self._link.url

    async def __aenter__(self) -> Self:
        self._reader = asyncio.create_task(self._read(), name=f"AT reader {self._link.url}")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """End the reader and close the link. A pending command fails with LinkLostError."""
        if self._reader is not None:
            self._reader.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reader
        self._end("closed")
        await self._link.close()

    async def sync(self, *, attempts: int = SYNC_ATTEMPTS, timeout_s: float = SYNC_TIMEOUT_S) -> None:
        """Find out that a modem is there and listens. ERROR is an answer too: some know no plain AT.

        Raises:
            NoAnswerError: nothing that looks like a modem; carries what was heard.
        """
        async with self.transaction():
            self._noise.clear()
            self._numeric_results = True  # until it is known: "0" alone on a line is OK then
            for _ in range(attempts):
                self._exchange = None
                with contextlib.suppress(CommandTimeoutError, ModemRebootedError):
                    await self._exchange_once(_SYNC, timeout_s)
                    self._numeric_results = self._final_was_number
                    self._stale = True  # answers to earlier lines may follow; the marker settles it
                    return
            raise NoAnswerError(self.url, bytes(self._noise))

    async def send(self, command: Command[T], *, timeout_s: float | None = None) -> T:
        """Send a command, wait for its final result, give its answer.

        Raises:
            CommandFailedError (CmeError, CmsError): the modem refused.
            CommandTimeoutError, ModemRebootedError, LinkLostError, NoAnswerError, ReplyFormatError.
        """
        async with self.transaction():
            reply = await self._fresh_exchange(command, timeout_s or command.timeout_s)
        try:
            return command.parse(reply)
        except (ValueError, IndexError, KeyError) as error:
            raise ReplyFormatError(command.shown, reply.lines) from error

    async def execute(
        self, line: str, *, prefix: str | None = None, timeout_s: float = DEFAULT_TIMEOUT_S
    ) -> Reply:
        """Send any line. Information lines are guessed by the command's name unless `prefix` says better."""
        name = line[2:].split("=")[0].split("?")[0].split(";")[0] if line[:2].upper() == "AT" else line
        prefixes = (prefix,) if prefix is not None else (f"{name.upper()}:",) if name else ()
        return await self.send(
            Command(line, lambda reply: reply, prefixes=prefixes, bare=True, timeout_s=timeout_s)
        )

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """Nobody else's command comes between those sent inside; may be nested within one task."""
        task = asyncio.current_task()
        if self._owner is task:
            yield
            return
        async with self._lock:
            self._owner = task
            try:
                yield
            finally:
                self._owner = None

    def subscribe(self, *prefixes: str) -> Subscription:
        """URCs from now on: `async with at.subscribe("+CREG:") as urcs: async for urc in urcs: …`."""
        return Subscription(self, prefixes)

    async def _fresh_exchange(self, command: Command[T], timeout_s: float) -> Reply:
        if self._stale:
            await self._resync()
        reply = await self._exchange_once(command, timeout_s)
        if self.dialect.pause_after_final_s:
            self._free_at = asyncio.get_running_loop().time() + self.dialect.pause_after_final_s
        return reply

    async def _resync(self) -> None:
        """Let late answers pass until the marker question is answered. Raises NoAnswerError."""
        if self._prompt_open:
            await self._write(ESC, "<ESC>")
            self._prompt_open = False
        refusals = 0
        for _ in range(SYNC_ATTEMPTS):
            try:
                await self._exchange_once(_MARKER, SYNC_TIMEOUT_S)
            except (CommandTimeoutError, ModemRebootedError):
                continue
            except CommandFailedError:
                # A late refusal, or a modem without +CMEE?. The second tells; what is left of it must drain.
                refusals += 1
                if refusals < 2:
                    continue
                await asyncio.sleep(QUIET_S)
            self._stale = False
            return
        raise NoAnswerError(self.url, bytes(self._noise))

    async def _exchange_once(self, command: Command[T], timeout_s: float) -> Reply:
        loop = asyncio.get_running_loop()
        if self.lost.is_set():
            raise LinkLostError(self.url, self._lost_because)
        if (pause := self._free_at - loop.time()) > 0:
            await asyncio.sleep(pause)
        exchange = _Exchange(command, loop.create_future())
        self._framer.expect_prompt(command.payload is not None)
        self._exchange = exchange
        timer = loop.call_later(timeout_s, _time_out, exchange.done)
        try:
            await self._write(command.line.encode("latin-1") + b"\r", command.shown)
            final = await exchange.done
        except TimeoutError:
            self._stale = True
            self._remark(f"no answer within {timeout_s:g} s: {command.shown}")
            raise CommandTimeoutError(command.shown, timeout_s) from None
        except asyncio.CancelledError:
            self._stale = True
            raise
        finally:
            timer.cancel()
            self._exchange = None
            self._framer.expect_prompt(False)
        return Reply(tuple(exchange.lines), final, exchange.data)

    async def _write(self, data: bytes, shown: str) -> None:
        if self._transcript is not None:
            self._transcript.add(">", shown)
        try:
            await self._link.write(data)
        except LinkLostError as error:
            self._end(error.detail)
            raise

    async def _read(self) -> None:
        while data := await self._link.read():
            self._framer.receive(data)
            for item in self._items():
                await self._take(item)
        self._end("the far side closed")

    def _items(self) -> Iterator[Item]:
        while (item := self._framer.next_item()) is not None:
            yield item

    async def _take(self, item: Item) -> None:
        exchange = self._exchange
        match item:
            case Line(text):
                if self._transcript is not None:
                    self._transcript.add("<", text)
                self._take_line(text)
            case Prompt():
                self._prompt_open = True
                if exchange is not None and exchange.command.payload is not None:
                    payload = exchange.command.payload
                    with contextlib.suppress(LinkLostError):  # the exchange fails with it
                        await self._write(payload, f"<{len(payload)} bytes>")
                    self._prompt_open = False
            case Data(octets):
                if self._transcript is not None:
                    self._transcript.add("<", f"<{len(octets)} bytes>")
                if exchange is not None:
                    exchange.data = octets
            case Noise(length):
                self._remark(f"{length} bytes without an end of line")

    def _take_line(self, line: str) -> None:
        if self._urc_with_body is not None:
            self._publish(Urc(self._urc_with_body, line))
            self._urc_with_body = None
            return
        exchange = self._exchange
        if exchange is not None and not exchange.done.done() and self._take_solicited(exchange, line):
            return
        if self.dialect.is_urc(line):
            if line.startswith(self.dialect.urcs_with_body):
                self._urc_with_body = line
                return
            if line in self.dialect.boot_lines:
                self._rebooted(exchange, line)
            self._publish(Urc(line))
        elif exchange is not None and exchange.command.bare and not exchange.done.done():
            exchange.lines.append(line)
        elif line not in BASIC_RESULTS:  # a stray final result belongs to a command that was given up
            if len(self._noise) < 256:
                self._noise += line.encode("latin-1") + b"\n"
            self._publish(Urc(line))

    def _take_solicited(self, exchange: _Exchange, line: str) -> bool:
        command = exchange.command
        if line == command.line and not exchange.echo_seen:
            exchange.echo_seen = True
            return True
        result = _BASIC_BY_NUMBER.get(line, line) if self._numeric_results else line
        if command.success(result) and (exchange.lines or not command.needs_line):
            if command.success is not is_ok:
                exchange.lines.append(line)
            self._final_was_number = line != result
            exchange.done.set_result(result)
        elif result.startswith(_FAILURES) or (command.failures and result.startswith(command.failures)):
            exchange.done.set_exception(failure(command.shown, result))
        elif result == "OK":
            return True  # a step on the way, as before CONNECT OK
        elif command.prefixes and exchange.owns(line):
            if command.data_length is not None and (length := command.data_length(line)) is not None:
                self._framer.expect_data(length)
            exchange.lines.append(line)
        else:
            return False
        return True

    def _rebooted(self, exchange: _Exchange | None, line: str) -> None:
        self.reboots += 1
        self._numeric_results = False
        self._prompt_open = False
        if exchange is not None and not exchange.command.restarts and not exchange.done.done():
            exchange.done.set_exception(ModemRebootedError(exchange.command.shown, line))

    def _publish(self, urc: Urc) -> None:
        for subscription in tuple(self._subscriptions):
            subscription._offer(urc)

    def _end(self, because: str) -> None:
        if self.lost.is_set():
            return
        self._lost_because = because
        self.lost.set()
        self._remark(f"link lost: {because}")
        if self._exchange is not None and not self._exchange.done.done():
            self._exchange.done.set_exception(LinkLostError(self.url, because))
        for subscription in tuple(self._subscriptions):
            subscription._wake()

    def _remark(self, text: str) -> None:
        if self._transcript is not None:
            self._transcript.add("!", text)


def _time_out(done: asyncio.Future[str]) -> None:
    if not done.done():
        done.set_exception(TimeoutError())


_SYNC: Final = Command(
    "AT", lambda reply: None, success=lambda line: line in {"OK", "ERROR"}, timeout_s=SYNC_TIMEOUT_S
)
_MARKER: Final = Command(
    MARKER_LINE, lambda reply: reply.value(MARKER_PREFIX), prefixes=(MARKER_PREFIX,), needs_line=True
)
