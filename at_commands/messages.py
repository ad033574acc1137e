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
taken dies with the program.

Nothing waits for ever: parts whose companions do not come are given out as they are (`sms_reassembly`), and a queue of
MAX_QUEUED messages that nobody reads stops the reading of further ones; they wait in the modem.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from random import Random, SystemRandom
from types import TracebackType
from typing import Final, Self

from at_commands import sms_commands
from at_commands.client import AtClient, Subscription, Urc
from at_commands.command import Command, Reply, plain
from at_commands.errors import AtError, CmsError, CommandFailedError, LinkLostError, ReplyFormatError
from at_commands.grammar import parse_arguments
from at_commands.sms import Content, DeliverPdu, SmsCodecError, StatusReportPdu, SubmitPdu, split_content
from at_commands.sms_commands import Storage
from at_commands.sms_reassembly import Assembled, Reassembly

SEND_TRIES: Final = 3
RETRY_PAUSE_S: Final = 2.0
"""Before a message is sent again that the network had no room for; doubled each time."""

MAX_QUEUED: Final = 100
MAX_REPORTS: Final = 500
"""Reports kept for who asks later; the oldest go first."""

LOOK_S: Final = 60.0
"""Between two looks without an announcement: a URC that was lost must not hide a message for ever."""

INVALID_INDEX: Final = 321
_STORED: Final[tuple[Storage, ...]] = ("SM", "ME")


@dataclass(frozen=True)
class Place:
    """Where a part is stored."""

    storage: Storage
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


@dataclass(frozen=True)
class Sent:
    """A message that the network took, by the references of its parts (TP-MR)."""

    to: str
    references: tuple[int, ...]


@dataclass(frozen=True)
class Report:
    """What became of a sent part. `status` is TP-ST (23.040, 9.2.3.15)."""

    reference: int
    recipient: str
    status: int
    at: datetime

    @property
    def delivered(self) -> bool:
        """It reached the recipient, or was replaced there."""
        return self.status < 0x20

    @property
    def final(self) -> bool:
        """The centre tries no more."""
        return not 0x20 <= self.status < 0x40


class Messages:
    """The messages of one modem, from entering to leaving. One reader.

    Args:
        reads: take what comes; without it messages are only sent, and nothing that is stored is touched.
        random: for the references of long messages.
        now: seconds, for what is unfinished.
    """

    def __init__(
        self,
        at: AtClient,
        *,
        reads: bool = True,
        random: Random | None = None,
        now: Callable[[], float] | None = None,
    ) -> None:
        self._at = at
        self._reads = reads
        self._random = random or SystemRandom()
        self._now = now or asyncio.get_running_loop().time
        self._reassembly: Reassembly[tuple[Place | None, datetime]] = Reassembly()
        self._queue: asyncio.Queue[Message | None] = asyncio.Queue(MAX_QUEUED)
        self._reports: dict[tuple[str, int], Report] = {}
        self._reported = asyncio.Event()
        self._known: set[Place] = set()
        self._handed_out: Message | None = None
        self._acknowledges = False
        self._urcs: Subscription | None = None
        self._reader: asyncio.Task[None] | None = None
        self._failed: AtError | None = None
        self.unread = 0
        """PDUs that no codec understood; they are left where they are."""

    async def __aenter__(self) -> Self:
        """Set the modem up. Raises AtError: it has no messages."""
        if not self._reads:
            return self
        self._urcs = self._at.subscribe("+CMTI:", "+CDSI:", "+CMT:", "+CDS:")
        await self._urcs.__aenter__()
        async with self._at.transaction():
            await self._at.send(sms_commands.pdu_mode())
            self._acknowledges = await self._service() == 1
            await self._announce()
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
        references = []
        async with self._at.transaction():
            await self._at.send(sms_commands.pdu_mode())
            if len(pdus) > 1:
                # Keep the channel for what follows (27.005, 3.5.6); only a help.
                with contextlib.suppress(CommandFailedError):
                    await self._at.send(plain("AT+CMMS=1"))
            for pdu, length in pdus:
                references.append(await self._send(pdu, length))
        return Sent(to, tuple(references))

    async def _send(self, pdu: str, length: int) -> int:
        for attempt in range(SEND_TRIES - 1):
            try:
                return await self._at.send(sms_commands.send_pdu(pdu, length))
            except CommandFailedError as error:
                if not error.retryable:
                    raise
            await asyncio.sleep(RETRY_PAUSE_S * 2**attempt)
        return await self._at.send(sms_commands.send_pdu(pdu, length))

    async def report(self, sent: Sent, *, timeout_s: float | None = None) -> tuple[Report, ...]:
        """What became of all parts of a message that was sent with `report`; waits until the centre tries no more.

        Raises:
            TimeoutError: not in this time. AtError: reading has failed.
        """
        keys = [(_plain_number(sent.to), reference) for reference in sent.references]
        async with asyncio.timeout(timeout_s):
            while True:
                reported = self._reported
                found = [
                    report for key in keys if (report := self._reports.get(key)) is not None and report.final
                ]
                if len(found) == len(keys):
                    return tuple(found)
                if self._failed is not None:
                    raise self._failed
                await reported.wait()

    # -- in

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Message:
        """The next message; the one before is deleted now. Raises AtError: reading has failed."""
        handed_out, self._handed_out = self._handed_out, None
        if handed_out is not None:
            await self.delete(handed_out)
        message = await self._queue.get()
        if message is None:
            assert self._failed is not None
            raise self._failed
        self._handed_out = message
        return message

    async def delete(self, message: Message) -> None:
        """Remove it from the modem; places that are empty already are no error. Raises AtError."""
        async with self._at.transaction():
            for place in message.places:
                await self._choose(place.storage)
                with contextlib.suppress(CommandFailedError):
                    await self._at.send(sms_commands.delete_message(place.index))
                self._known.discard(place)

    # -- reading

    async def _read(self) -> None:
        assert self._urcs is not None
        try:
            for storage in _STORED:
                await self._look(storage)
            while True:
                try:
                    async with asyncio.timeout(LOOK_S):
                        urc = await anext(self._urcs)
                except TimeoutError:
                    for storage in _STORED:
                        await self._look(storage)
                except StopAsyncIteration:
                    raise LinkLostError(self._at.url, "the link was lost") from None
                else:
                    await self._take_news(urc)
                for each in self._reassembly.expire(self._now()):
                    await self._hand_over(each)
        except AtError as error:
            self._failed = error
            self._wake_reports()
            await self._queue.put(None)

    async def _take_news(self, urc: Urc) -> None:
        if urc.line.startswith(("+CMTI:", "+CDSI:")):
            storage, index = parse_arguments(urc.line.partition(":")[2].strip())[:2]
            place = Place(_storage(storage), int(index or 0))
            async with self._at.transaction():
                await self._choose(place.storage)
                pdu = await self._at.send(sms_commands.read_pdu(place.index))
            if pdu is not None:
                await self._take_pdu(pdu, place)
        elif urc.body is not None:
            await self._take_pdu(urc.body, None)
            if self._acknowledges:
                # Too late is an error of its own, and the network will try again.
                with contextlib.suppress(CommandFailedError):
                    await self._at.send(plain("AT+CNMA"))

    async def _look(self, storage: Storage) -> None:
        try:
            async with self._at.transaction():
                await self._choose(storage)
                stored = await self._at.send(sms_commands.list_pdus())
        except CmsError as error:
            if error.code != INVALID_INDEX:  # how some say that there is none
                raise
            return
        except CommandFailedError:
            return  # no such storage here
        for each in stored:
            if each.state in _RECEIVED:
                await self._take_pdu(each.pdu, Place(storage, each.index))

    async def _take_pdu(self, pdu: str, place: Place | None) -> None:
        if place is not None:
            if place in self._known:
                return
            self._known.add(place)
        try:
            delivered = DeliverPdu.decode(pdu)
        except SmsCodecError:
            await self._take_report(pdu, place)
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
        if place is not None:  # before its reader may leave because of it
            await self.delete(Message(read.recipient, "", b"", read.timestamp, places=(place,)))
        report = Report(read.reference, read.recipient, read.status, read.discharged)
        self._reports[_plain_number(read.recipient), read.reference] = report
        while len(self._reports) > MAX_REPORTS:
            del self._reports[next(iter(self._reports))]
        self._wake_reports()

    def _wake_reports(self) -> None:
        reported, self._reported = self._reported, asyncio.Event()
        reported.set()

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

    async def _service(self) -> int:
        """`+CSMS`: with 1 the modem wants its messages acknowledged."""
        asked = Command(
            "AT+CSMS?", lambda reply: int(reply.value("+CSMS:").split(",")[0]), prefixes=("+CSMS:",)
        )
        try:
            return await self._at.send(asked)
        except (CommandFailedError, ReplyFormatError):
            return 0

    async def _announce(self) -> None:
        """As near to "store, name the place, reports too" as the modem comes (27.005, 3.4.1)."""
        offered = _offers(await self._offer())
        mode = _first((2, 1, 3, 0), offered[0])
        deliver = _first((1, 2, 0), offered[1])
        reports = _first((2, 1, 0), offered[3])
        for line in (
            f"AT+CNMI={mode},{deliver},0,{reports},0",
            f"AT+CNMI={mode},{deliver},0,0,0",
            f"AT+CNMI={mode},{deliver}",
        ):
            with contextlib.suppress(CommandFailedError):
                await self._at.send(plain(line))
                return

    async def _offer(self) -> str:
        asked = Command("AT+CNMI=?", _only_value, prefixes=("+CNMI:",))
        try:
            return await self._at.send(asked)
        except CommandFailedError:
            return ""

    async def _choose(self, storage: Storage) -> None:
        with contextlib.suppress(CommandFailedError):
            await self._at.send(plain(f'AT+CPMS="{storage}"'))


_RECEIVED: Final = frozenset({0, 1})
"""States of messages that came: unread, read."""


def _only_value(reply: Reply) -> str:
    return reply.value("+CNMI:")


def _offers(text: str) -> list[frozenset[int]]:
    """`(0-3),(0,1),…` as sets; five of them, and what is not said allows nothing but 0."""
    sets = []
    for group in re.findall(r"\(([^)]*)\)|(\d+)", text):
        numbers: set[int] = set()
        for part in (group[0] or group[1]).split(","):
            low, _, high = part.strip().partition("-")
            if low.isdecimal():
                numbers |= set(range(int(low), int(high or low) + 1))
        sets.append(frozenset(numbers))
    return (sets + [frozenset({0})] * 5)[:5] if sets else [frozenset(range(4))] * 5


def _first(wanted: tuple[int, ...], offered: frozenset[int]) -> int:
    return next((each for each in wanted if each in offered), 0)


def _storage(name: str | None) -> Storage:
    """The memories of a terminal that is all modem are one: MT is read as ME."""
    return "SM" if name == "SM" else "ME"


def _plain_number(number: str) -> str:
    return number.removeprefix("+")
