"""Short messages as a program wants them: whole ones in and out, nothing lost when it dies (3GPP TS 27.005, 23.040).

    async with Messages(at) as messages:
        sent = await messages.send("+79161234567", "Котёл включён", report=True)
        async for message in messages:
            ...                         # the message is deleted from the modem when the next one is asked for
        report = await messages.report(sent)

Theory of operation. The modem is set to store what comes and to name the place (+CMTI); what is stored already, on the
card and in the modem, is read at the beginning. Parts stay where they are until their message is whole and its reader
asks for the next one: who dies in between finds all of it again. A modem that can only hand messages over directly
(+CMT) is answered with +CNMA where its message service wants that; then nothing is stored, and what the reader has not
taken dies with the program. With `keep` nothing is deleted but the reports on what was sent here.

Nothing waits for ever: parts whose companions do not come are given out as they are (`sms_reassembly`), sooner where
they fill the store and keep everything else out. Behind MAX_QUEUED messages that nobody reads further ones wait in the
modem; reports do not.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from random import Random, SystemRandom
from types import TracebackType
from typing import Final, Self

from at_commands import sms_commands
from at_commands.client import AtClient, Subscription, Urc
from at_commands.command import plain
from at_commands.errors import (
    AtError,
    CmsError,
    CommandFailedError,
    CommandTimeoutError,
    LinkLostError,
    ModemRebootedError,
    NoAnswerError,
    ReplyFormatError,
)
from at_commands.grammar import parse_arguments
from at_commands.retries import send_patiently
from at_commands.sms import Content, DeliverPdu, SmsCodecError, StatusReportPdu, SubmitPdu, split_content
from at_commands.sms_commands import Storage
from at_commands.sms_reassembly import CAPACITY, Assembled, Reassembly
from at_commands.sms_reports import Report, Reports, Sent
from at_commands.sms_setup import set_up_messages

__all__ = ["Message", "Messages", "Place", "Report", "Sent"]

MAX_QUEUED: Final = 100
LOOK_S: Final = 60.0
"""Between two looks: an announcement that was lost must not hide a message for ever. The modem is set up again before,
as it may have restarted.
"""

LOOKS_FAILED: Final = 3
"""Looks in a row that a modem may leave unanswered before reading fails."""

INVALID_INDEX: Final = 321
_STORED: Final[tuple[Storage, ...]] = ("SM", "ME")


@dataclass(frozen=True)
class Place:
    """Where a part is stored; None: in the only memory of a modem that names none."""

    storage: Storage | None
    index: int


@dataclass(frozen=True)
class Message:
    """A message that came.

    Attributes:
        text: of text messages.
        data: of 8-bit ones.
        at: the service centre's stamp of its first part that was read.
        missing: numbers of its parts that never came.
    """

    sender: str
    text: str
    data: bytes
    at: datetime
    missing: tuple[int, ...] = ()
    places: tuple[Place, ...] = field(default=(), repr=False)


class Messages:
    """The messages of one modem, from entering to leaving. One reader.

    Args:
        reads: take what comes; without it messages are only sent, and nothing that is stored is touched.
        keep: leave in the modem what was read; it comes again at the next entering.
        random: for the references of long messages.
        now: seconds, for what is unfinished.
    """

    def __init__(
        self,
        at: AtClient,
        *,
        reads: bool = True,
        keep: bool = False,
        random: Random | None = None,
        now: Callable[[], float] | None = None,
    ) -> None:
        self._at = at
        self._reads = reads
        self._keep = keep
        self._random = random or SystemRandom()
        self._now = now or asyncio.get_running_loop().time
        self._reassembly: Reassembly[tuple[Place | None, datetime]] = Reassembly()
        self._queue: asyncio.Queue[Message | None] = asyncio.Queue(MAX_QUEUED + CAPACITY + 1)
        self._reports = Reports()
        self._looked = asyncio.Event()
        self._known: dict[Place, str] = {}  # with its PDU: a place may be emptied and filled by others
        self._handed_out: Message | None = None
        self._acknowledges = False
        self._urcs: Subscription | None = None
        self._reader: asyncio.Task[None] | None = None
        self._failed: AtError | None = None
        self._looks_failed = 0
        self._look_at = asyncio.get_running_loop().time() + LOOK_S
        self.unread = 0
        """PDUs that no codec understood; they are left where they are."""

    async def __aenter__(self) -> Self:
        """Set the modem up. Raises AtError: it has no messages."""
        if not self._reads:
            return self
        self._urcs = self._at.subscribe("+CMTI:", "+CDSI:", "+CMT:", "+CDS:")
        await self._urcs.__aenter__()
        await self._set_up()
        self._reader = asyncio.create_task(self._read(), name="messages")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop; what was handed out and not followed by another request stays stored."""
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)
        if self._urcs is not None:
            await self._urcs.__aexit__(kind, error, trace)

    # -- out

    async def send(self, to: str, text: str, *, report: bool = False) -> Sent:
        """Send a text of any length, in parts if need be; returns when the network took all of them.

        Raises:
            SmsCodecError: no such number, or more than 255 parts.
            CommandFailedError (CmsError, CmeError): the network or the card refuses; also again, where it may help.
            AtError: as of AtClient.send.
        """
        parts = split_content(Content.of(text), self._random.randrange(256))
        pdus = [SubmitPdu(to, part, status_report=report).encode() for part in parts]
        if report and self._reader is not None:
            # Reports that lie in the store are on older messages; they must be known as such.
            await self._looked.wait()
        references = []
        async with self._at.transaction():
            await self._at.send(sms_commands.pdu_mode())
            if len(pdus) > 1:
                # Keep the channel for what follows (27.005, 3.5.6); only a help.
                with contextlib.suppress(CommandFailedError):
                    await self._at.send(plain("AT+CMMS=1"))
            for pdu, length in pdus:
                before = self._reports.mark()
                reference = await send_patiently(self._at, sms_commands.send_pdu(pdu, length))
                references.append(reference)
                if report:
                    self._reports.sent(to, reference, before)
        return Sent(to, tuple(references))

    async def report(self, sent: Sent, *, timeout_s: float | None = None) -> tuple[Report, ...]:
        """What became of all parts of a message that was sent with `report`; waits until the centre tries no more.

        Raises:
            TimeoutError: not in this time. AtError: reading has failed.
        """
        async with asyncio.timeout(timeout_s):
            while (reports := self._reports.final(sent)) is None:
                if self._failed is not None:
                    raise self._failed
                await self._reports.change()
        return reports

    # -- in

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Message:
        """The next message; the one before is deleted now. Raises AtError: reading has failed."""
        handed_out, self._handed_out = self._handed_out, None
        if handed_out is not None and not self._keep:
            await self.delete(handed_out)
        message = await self._queue.get()
        if message is None:
            assert self._failed is not None
            raise self._failed
        self._handed_out = message
        return message

    async def delete(self, message: Message) -> None:
        """Remove it from the modem; places that are empty already are no error. Raises AtError."""
        if message is self._handed_out:
            self._handed_out = None  # its places may have been filled again when the next one is asked for
        async with self._at.transaction():
            for place in message.places:
                with contextlib.suppress(CommandFailedError):
                    await self._choose(place.storage)
                    await self._at.send(sms_commands.delete_message(place.index))
                self._known.pop(place, None)

    # -- reading

    async def _read(self) -> None:
        try:
            await self._look_everywhere()
            self._looked.set()
            while True:
                await self._next_news()
                if self._queue.qsize() < MAX_QUEUED:
                    for each in self._reassembly.expire(self._now()):
                        await self._hand_over(each)
        except AtError as error:
            self._failed = error
            self._looked.set()
            self._reports.wake()
            await self._queue.put(None)

    async def _next_news(self) -> None:
        """Wait for an announcement and read what it is about, or look."""
        assert self._urcs is not None
        try:
            async with asyncio.timeout_at(self._look_at):
                urc = await anext(self._urcs)
        except TimeoutError:
            await self._look_again()
            self._look_at = asyncio.get_running_loop().time() + LOOK_S
        except StopAsyncIteration:
            raise LinkLostError(self._at.url, "the link was lost") from None
        else:
            # What cannot be read now is found by a later look.
            with contextlib.suppress(*_PASSING):
                await self._take_news(urc)

    async def _look_again(self) -> None:
        try:
            await self._set_up()
            await self._look_everywhere()
        except _PASSING:
            self._looks_failed += 1
            if self._looks_failed >= LOOKS_FAILED:
                raise
        else:
            self._looks_failed = 0

    async def _take_news(self, urc: Urc) -> None:
        if urc.line.startswith(("+CMTI:", "+CDSI:")):
            place = _place(urc.line)
            if place is None:
                return  # garbled; a look will find it
            async with self._at.transaction():
                try:
                    await self._choose(place.storage)
                except CommandFailedError:
                    place = Place(None, place.index)
                pdu = await self._at.send(sms_commands.read_pdu(place.index))
            if pdu is not None:
                await self._take_pdu(pdu, place)
        elif urc.body is not None:
            await self._take_pdu(urc.body, None)
            if self._acknowledges:
                # Too late is an error of its own, and the network will try again.
                with contextlib.suppress(CommandFailedError):
                    await self._at.send(plain("AT+CNMA"))

    async def _look_everywhere(self) -> None:
        """At every memory that there is; at the only one where none can be chosen."""
        looked = False
        for storage in _STORED:
            try:
                await self._look(storage)
                looked = True
            except CommandFailedError as error:
                looked |= error.retryable
        if not looked:
            with contextlib.suppress(CommandFailedError):
                await self._look(None)

    async def _look(self, storage: Storage | None) -> None:
        """Raises CommandFailedError: no such memory, or not now; CMGL is not sent then, as it would list another."""
        async with self._at.transaction():
            full = await self._choose(storage)
            try:
                stored = await self._at.send(sms_commands.list_pdus())
            except CmsError as error:
                if error.code != INVALID_INDEX:  # how some say that there is none
                    raise
                stored = []
        for each in stored:
            if each.state in _RECEIVED:
                await self._take_pdu(each.pdu, Place(storage, each.index))
        if full and self._queue.empty() and self._handed_out is None and not self._keep:
            # All that was whole has been read: only parts are left, and there is no room for the missing ones.
            for torso in self._reassembly.give_up_oldest():
                await self._hand_over(torso)

    async def _take_pdu(self, pdu: str, place: Place | None) -> None:
        if place is not None:
            if self._known.get(place) == pdu:
                return
            self._known[place] = pdu
        try:
            delivered = DeliverPdu.decode(pdu)
        except SmsCodecError:
            await self._take_report(pdu, place)
            return
        if place is not None and self._queue.qsize() >= MAX_QUEUED:
            del self._known[place]  # a later look will find it
            return
        source = (place, delivered.timestamp)
        for each in self._reassembly.add(delivered.originator, delivered.content, source, self._now()):
            await self._hand_over(each)

    async def _take_report(self, pdu: str, place: Place | None) -> None:
        try:
            read = StatusReportPdu.decode(pdu)
        except SmsCodecError:
            self.unread += 1
            return
        if place is not None and (self._reports.awaits(read) or not self._keep):
            # Before its reader may leave because of it.
            await self.delete(Message(read.recipient, "", b"", read.timestamp, places=(place,)))
        self._reports.add(read)

    async def _hand_over(self, whole: Assembled[tuple[Place | None, datetime]]) -> None:
        await self._queue.put(
            Message(
                whole.originator,
                whole.content.text,
                whole.content.data,
                whole.sources[0][1],
                whole.missing,
                tuple(place for place, _ in whole.sources if place is not None),
            )
        )

    # -- setting up

    async def _set_up(self) -> None:
        self._acknowledges = await set_up_messages(self._at)

    async def _choose(self, storage: Storage | None) -> bool:
        """Whether it is full. Raises CommandFailedError: it cannot be chosen."""
        if storage is None:
            return False
        try:
            used, total = await self._at.send(sms_commands.read_from(storage))
        except ReplyFormatError:
            return False  # it says OK and not how full
        return used >= total


_PASSING: Final = (
    CommandFailedError,
    CommandTimeoutError,
    ModemRebootedError,
    NoAnswerError,
    ReplyFormatError,
)
"""What the same question may be spared another time; a lost link is none of these."""

_RECEIVED: Final = frozenset({0, 1})
"""States of messages that came: unread, read."""


def _place(announcement: str) -> Place | None:
    """Of `+CMTI: "SM",3`; None: garbled."""
    try:
        name, index = parse_arguments(announcement.partition(":")[2].strip())[:2]
        return Place(_storage(name), int(index or ""))
    except ValueError:
        return None


def _storage(name: str | None) -> Storage:
    """The memories of a terminal that is all modem are one: MT is read as ME. Reports may have their own, SR."""
    return "SM" if name == "SM" else "SR" if name == "SR" else "ME"
