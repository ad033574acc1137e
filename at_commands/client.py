"""The asyncio AT client: one modem, one link, one command at a time, and nothing that can hang.

Theory of operation. Incoming bytes become items, and each line goes to the first that claims it:

1. the pending command: its echo, its final results, its own prefixes. They go before the URC patterns: a client that
   asks them first loses solicited answers (`+CSQ` has an unsolicited twin on some modems);
2. the URC patterns of the dialect;
3. the pending command again, if it takes bare lines; else the line is unsolicited whatever it is.

A command that times out or is cancelled leaves its answer under way. The link is then *stale*: before the next command
the client leaves an open prompt and asks a marker question, whose prefix no other answer has. A modem answers in order,
so only what follows the marker's answer is fresh, and a late answer is never taken for another command's. Where one
marker was not enough, several answers may come: then the line must also fall quiet.

A boot line while a command is pending means that the modem restarted: the command fails with ModemRebootedError, and
subscribers see the line, since every setting is gone.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Final, Self, TypeVar

from at_commands.codes import BASIC_RESULTS
from at_commands.command import CTRL_Z, Command, Reply
from at_commands.dialects import GENERIC, Dialect
from at_commands.errors import (
    CommandFailedError,
    CommandTextError,
    CommandTimeoutError,
    LinkLostError,
    ModemRebootedError,
    NoAnswerError,
    ReplyFormatError,
    restarted,
)
from at_commands.exchange import NUMERIC_RESULTS, VERBOSE_RESULTS, Exchange
from at_commands.framer import Data, Framer, Item, Noise, Prompt, Pushed
from at_commands.links import Link, PushLink
from at_commands.transcript import Transcript, mask
from at_commands.urcs import Subscription, Urc, UrcFeed

__all__ = ["AtClient", "Subscription", "Urc"]

T = TypeVar("T")

ESC: Final = b"\x1b"

SYNC_TIMEOUT_S: Final = 1.0
"""For a plain AT: real modems need 0.3 s at most; slow emulators of others took about a second."""

SYNC_ATTEMPTS: Final = 5
"""A modem that hunts for the baud rate swallows the first lines."""

MARKED_ATTEMPTS: Final = 2
"""Then a plain AT must do: this modem does not know the marker question."""

QUIET_S: Final = 0.5
"""So long without a byte means that no late answer is under way."""

NEVER_QUIET: Final = 6
"""A line that talks through so many of them carries noise, not late answers."""

DATA_FILLER: Final = b"\r" * 1460
"""Ends the longest data prompt that a client killed in mid-command may have left; elsewhere CRs mean nothing."""

_NOISE_KEPT: Final = 256

_SYNC: Final = Command(
    "AT", lambda reply: None, success=lambda line: line in {"OK", "ERROR"}, timeout_s=SYNC_TIMEOUT_S
)
_MARKER: Final = Command(
    "AT+CMEE?", lambda reply: None, prefixes=("+CMEE:",), needs_line=True, timeout_s=SYNC_TIMEOUT_S
)


class AtClient:
    """Drives one modem over one link.

    Use as `async with AtClient(link) as at: await at.sync()`. Leaving the block closes the link.

    Args:
        link: taken over, and closed at the end.
        dialect: what is known of the modem; set it anew after identification.
        transcript: is given every line both ways, masked.

    Attributes:
        lost: set when the link is gone or closed.
        reboots: boot lines seen.
        restart_line: the last boot line or goodbye that nobody had asked for, empty: none yet.
    """

    def __init__(
        self, link: Link, *, dialect: Dialect = GENERIC, transcript: Transcript | None = None
    ) -> None:
        self.lost = asyncio.Event()
        self.reboots = 0
        self.restart_line = ""
        self._link = link
        self._pushed = link if isinstance(link, PushLink) else None
        self._transcript = transcript
        self._framer = Framer()
        self.dialect = dialect
        self._urcs = UrcFeed()
        self._lock = asyncio.Lock()
        self._owner: asyncio.Task[object] | None = None
        self._pending: Exchange | None = None
        self._results = VERBOSE_RESULTS
        self._stale = False
        self._murky = False  # more than one marker answer may be under way
        self._owed: bytes | None = None  # what a prompt nobody waits for any more would take
        self._late_prompt = False
        self._late_echo = False  # an echo of a line that was given up
        self._urc_with_body: str | None = None
        self._noise = bytearray()
        self._lost_because = "closed"
        self._reader: asyncio.Task[None] | None = None
        self._detached = False
        self._heard = 0  # chunks
        self._deadline = 0.0  # of the pending command
        self._timer: asyncio.TimerHandle | None = None  # rings at its deadline or before
        self._free_at = 0.0

    @property
    def url(self) -> str:
        return self._link.url

    @property
    def dialect(self) -> Dialect:
        """What is known of the modem."""
        return self._dialect

    @dialect.setter
    def dialect(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._framer.heads = dialect.pushed

    async def __aenter__(self) -> Self:
        if self._pushed is not None:
            self._pushed.deliver_to(self._receive, self._end)
        else:
            self._reader = asyncio.create_task(self._read(), name=f"AT reader {self._link.url}")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """End the reader and close the link. A pending command fails with LinkLostError."""
        await self._stop_reading()
        self._end("closed")
        if not self._detached:
            await self._link.close()

    async def _stop_reading(self) -> None:
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await reader

    async def detach(self) -> Link:
        """Give the link back, open: something other than AT commands will be spoken on it. The client has ended, as
        after `close`.
        """
        self._detached = True
        self._end("another protocol is spoken on the line")
        await self._stop_reading()
        if self._pushed is not None:
            self._pushed.hold()
        return self._link

    async def sync(self, *, attempts: int = SYNC_ATTEMPTS, timeout_s: float = SYNC_TIMEOUT_S) -> None:
        """Find out that a modem is there and listens. ERROR is an answer too: some know no plain AT.

        Raises:
            NoAnswerError: nothing that looks like a modem; carries what was heard.
            LinkLostError.
        """
        async with self.transaction():
            self._noise.clear()
            for attempt in range(attempts):
                # Whoever used the port before may have been killed at a prompt.
                await self._leave_prompt(attempt)
                self._results = NUMERIC_RESULTS  # until it is known: "0" alone on a line is OK then
                exchange = Exchange(_SYNC, self._results, timeout_s)
                with contextlib.suppress(CommandTimeoutError, ModemRebootedError):
                    await self._conduct(exchange)
                    self._results = NUMERIC_RESULTS if exchange.numeric else VERBOSE_RESULTS
                    self._stale = True  # answers to earlier lines may follow
                    await self._resync()
                    return
            raise NoAnswerError(self.url, bytes(self._noise))

    async def send(self, command: Command[T], *, timeout_s: float | None = None) -> T:
        """Send a command, wait for its final result, give its answer. The deadline runs from its turn on.

        Raises:
            CommandFailedError (CmeError, CmsError): the modem refused.
            CommandTimeoutError, ModemRebootedError, LinkLostError, NoAnswerError, ReplyFormatError.
            CommandTextError: the line cannot be sent.
        """
        task = asyncio.current_task()
        nested = self._owner is task
        if not nested:
            await self._lock.acquire()
            self._owner = task
        try:
            if self._stale:
                await self._resync()
            reply = await self._conduct(
                Exchange(command, self._results, command.timeout_s if timeout_s is None else timeout_s)
            )
        finally:
            if not nested:
                self._owner = None
                self._lock.release()
        try:
            return command.parse(reply)
        except (ValueError, IndexError, KeyError) as error:
            self._stale = True  # it may be another command's
            raise ReplyFormatError(command.shown, reply.lines) from error

    async def execute(self, line: str, *, prefix: str | None = None, timeout_s: float | None = None) -> Reply:
        """Send any line. How it ends, and how long it may take, is looked up in the dialect; information lines are
        guessed by the command's name unless `prefix` says better.
        """
        return await self.send(self._dialect.command(line, prefix), timeout_s=timeout_s)

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
        return self._urcs.subscribe(*prefixes)

    async def _resync(self) -> None:
        """Let late answers pass until the marker question is answered. Raises NoAnswerError, LinkLostError."""
        for attempt in range(SYNC_ATTEMPTS):
            await self._leave_prompt(attempt)
            first, self._murky = not self._murky, True
            self._late_echo = False
            marker = _MARKER if attempt < MARKED_ATTEMPTS else _SYNC
            try:
                await self._conduct(Exchange(marker, self._results, SYNC_TIMEOUT_S))
            except (CommandTimeoutError, ModemRebootedError, CommandFailedError):
                continue
            if not first:
                await self._quiet()
            if self._late_echo:
                continue  # an earlier line has only now had its turn; its answer is still to come
            self._stale = self._murky = self._late_prompt = False
            self._owed = None
            self._framer.disarm()
            return
        raise NoAnswerError(self.url, bytes(self._noise))

    async def _leave_prompt(self, attempt: int) -> None:
        """A text prompt is left with ESC; one for announced data ends when it has been given so many bytes. Outside
        of a prompt both mean nothing.
        """
        if self._late_prompt and self._owed is not None:
            way_out = self._owed
        elif attempt == 0:
            way_out = ESC if self._owed == ESC else b""
        else:
            # The filler once: at 9600 baud it takes longer than an attempt.
            way_out = ESC + DATA_FILLER if attempt == 2 else ESC
        self._late_prompt = False
        if way_out:
            self._remark("leaving any prompt")
            with contextlib.suppress(TimeoutError):
                await self._write(way_out, asyncio.get_running_loop().time() + SYNC_TIMEOUT_S)

    async def _quiet(self) -> None:
        for _ in range(NEVER_QUIET):
            heard = self._heard
            await asyncio.sleep(QUIET_S)
            if heard == self._heard:
                return
        raise NoAnswerError(self.url, bytes(self._noise))

    async def _conduct(self, exchange: Exchange) -> Reply:
        """One command line, its payload if it has one, and what comes for it."""
        command = exchange.command
        line = _encoded(command)
        loop = asyncio.get_running_loop()
        if self._free_at:
            await asyncio.sleep(self._free_at - loop.time())
        if self.lost.is_set():
            raise LinkLostError(self.url, self._lost_because)
        unsent = command.payload
        if unsent is not None:
            self._framer.expect_prompt()
        self._pending = exchange
        self._deadline = deadline = loop.time() + exchange.timeout_s
        if self._timer is None or self._timer.when() > deadline:
            self._set_timer(loop)
        try:
            if self._transcript is not None:
                self._transcript.add(">", command.shown, command.secrets)
            if self._pushed is None or not self._pushed.write_now(line):
                await self._write(line, deadline)
            while (outcome := exchange.outcome) is None:
                if exchange.prompted and unsent is not None:
                    if exchange.echoed:
                        self._framer.expect_echo(unsent)
                    self._remark(f"{len(unsent)} bytes of payload")
                    await self._write(unsent, deadline)
                    unsent = None
                else:
                    exchange.waker = loop.create_future()
                    await exchange.waker
        except TimeoutError:
            outcome = CommandTimeoutError(command.shown, exchange.timeout_s)
        except LinkLostError as error:
            self._end(error.detail)
            raise
        finally:
            self._pending = None
            if not exchange.settled:
                self._give_up(exchange, unsent)
            elif command.payload is not None:
                self._framer.disarm()
            if self._dialect.pause_after_final_s:
                self._free_at = loop.time() + self._dialect.pause_after_final_s
        if isinstance(outcome, Reply):
            return outcome
        self._remark(str(outcome))
        raise outcome

    def _give_up(self, exchange: Exchange, unsent: bytes | None) -> None:
        """Its answer may still come, and so may its prompt."""
        self._stale = True
        self._murky = self._murky or exchange.command.line.upper() == _MARKER.line
        self._framer.disarm()
        if unsent is not None:
            self._owed = ESC if unsent.endswith(CTRL_Z) else unsent
            self._late_prompt = exchange.prompted
        if self._owed is not None and not self._late_prompt:
            self._framer.expect_prompt()

    async def _write(self, data: bytes, deadline: float) -> None:
        """Raises TimeoutError: a far side that takes no bytes must not hold us."""
        async with asyncio.timeout_at(deadline):
            await self._link.write(data)

    def _set_timer(self, loop: asyncio.AbstractEventLoop) -> None:
        # One timer that is seldom moved: most commands end long before it rings, and one for each would cost a tenth
        # of their time.
        if self._timer is not None:
            self._timer.cancel()
        self._timer = loop.call_at(self._deadline, self._ring, loop)

    def _ring(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        if self._pending is not None:
            if loop.time() < self._deadline:
                self._set_timer(loop)
            else:
                self._pending.time_out()

    async def _read(self) -> None:
        because = "closed"
        try:
            while data := await self._link.read():
                self._receive(data)
            because = "the far side closed"
        except LinkLostError as error:
            because = error.detail
        finally:
            self._end(because)

    def _receive(self, data: bytes) -> None:
        framer = self._framer
        self._heard += 1
        framer.receive(data)
        while (item := framer.next_item()) is not None:
            if isinstance(item, str):
                if self._transcript is not None:
                    self._transcript.add("<", item)
                self._take_line(item)
            else:
                self._take_block(item)

    def _take_block(self, item: Item) -> None:
        pending = self._pending
        match item:
            case Prompt():
                self._remark("prompt")
                if pending is not None and pending.command.payload is not None:
                    pending.prompt()
                else:
                    self._late_prompt = True
            case Data(octets):
                self._remark(f"{len(octets)} bytes of data")
                if pending is not None:
                    pending.take_data(octets)
            case Pushed(head, octets):
                if self._transcript is not None:
                    self._transcript.add("<", f"{head}({len(octets)} bytes)")
                self._urcs.publish(Urc(head, data=octets))
            case Noise(length):
                self._remark(f"{length} bytes without an end of line")

    def _take_line(self, line: str) -> None:
        if self._urc_with_body is not None:
            self._urcs.publish(Urc(self._urc_with_body, line))
            self._urc_with_body = None
            return
        pending = self._pending
        if pending is not None and pending.take(line):
            if pending.expects_data is not None:
                self._expect_data(pending)
            elif line in pending.command.failures and self._dialect.is_urc(line):
                self._urcs.publish(Urc(line))  # it is news for others too, as CLOSED is
        elif self._dialect.is_urc(line):
            self._take_urc(line)
        elif (pending is None or not pending.take_bare(line)) and line not in BASIC_RESULTS:
            # Stray basic results belong to commands that were given up, and to nobody else.
            self._late_echo = self._late_echo or line.startswith("AT")
            if len(self._noise) < _NOISE_KEPT:
                self._noise += mask(line).encode("latin-1") + b"\n"
            self._urcs.publish(Urc(line))

    def _expect_data(self, pending: Exchange) -> None:
        length, pending.expects_data = pending.expects_data, None
        if length:
            try:
                self._framer.expect_data(length)
            except ValueError as error:
                pending.fail(ReplyFormatError(pending.command.shown, (str(error),)))

    def _take_urc(self, line: str) -> None:
        if self._dialect.has_body(line):
            self._urc_with_body = line
            return
        booted = line in self._dialect.boot_lines
        if booted:
            self.reboots += 1
            self._results = VERBOSE_RESULTS
            self._owed = None
            self._late_prompt = False
        pending = self._pending
        if (booted or self._dialect.is_goodbye(line)) and not (pending and pending.command.restarts):
            self.restart_line = line
            if pending is not None:
                pending.fail(restarted(pending.command.shown, line))
        self._urcs.publish(Urc(line))

    def _end(self, because: str) -> None:
        if self.lost.is_set():
            return
        self._lost_because = because
        self.lost.set()
        if self._timer is not None:
            self._timer.cancel()
        self._remark(f"link lost: {because}")
        if self._pending is not None:
            self._pending.fail(LinkLostError(self.url, because))
        self._urcs.end()

    def _remark(self, text: str) -> None:
        if self._transcript is not None:
            self._transcript.add("!", text)


def _encoded(command: Command[object]) -> bytes:
    """The line with its CR; one that holds control characters would be several."""
    line = command.line
    if not (line.isascii() and line.isprintable()):
        raise CommandTextError(command.shown)
    return line.encode("ascii") + b"\r"
