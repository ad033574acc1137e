"""Several AT ports over one line: the client's end of 3GPP TS 27.010 over a `Link`.

    async with AtClient(link) as at:
        await at.sync()
        mux = await Multiplexer.start(at)             AT+CMUX; the client has ended, the line speaks frames
    control = AtClient(await mux.open(1))             each channel is a Link like any other
    data = AtClient(await mux.open(2))
    ...
    link = await mux.stop()                           plain AT again, for the next AtClient

What is below ends what is above: when the link is lost, when the modem closes down or restarts, every channel ends,
and its reader hears why. A restart is seen in two ways. A modem that speaks outside of frames is asked for a sign of
life at once; one that has said nothing for SILENCE_S after something was sent to it, then. A channel whose reader is
slow is stopped by its FC bit; one that the modem stops holds its writer.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Final

from at_commands.client import AtClient
from at_commands.cmux import MuxSession
from at_commands.cmux_control import Signals, Type
from at_commands.cmux_dlc import MuxParameters, Role, State
from at_commands.cmux_events import (
    Answered,
    ChannelData,
    ChannelDown,
    ChannelRoom,
    ChannelSignals,
    ChannelUp,
    MuxDown,
    MuxEvent,
    MuxUp,
    Unanswered,
    Unframed,
)
from at_commands.command import Command, Reply, plain
from at_commands.errors import (
    ChannelRefusedError,
    CommandFailedError,
    LinkLostError,
    MuxStartError,
    ReplyFormatError,
)
from at_commands.inbox import Inbox
from at_commands.links import Link, PushLink

T1_S: Final = 0.3
T2_S: Final = 0.6
REPETITIONS: Final = 5
"""The standard's 100 ms, 300 ms and 3 are short for modems that switch the line while the first SABM is under way."""

PAUSE_S: Final = 0.1
"""Between OK and the first frame: bytes that come while the modem switches are lost."""

SILENCE_S: Final = 5.0
"""So long may a modem keep silent after something was sent to it, before it is asked whether it lives."""

_CHUNK: Final = 1024
"""Bytes handed to the link at once: what is behind them waits so much longer."""

_LAST_WORDS_S: Final = 1.0
"""For what still waits to be written when the multiplexer has ended."""

_SIGN_OF_LIFE: Final = b"alive?"


class MuxChannel:
    """One DLC as a link. Made by `Multiplexer.open`."""

    def __init__(self, mux: Multiplexer, dlci: int) -> None:
        self._mux = mux
        self.dlci = dlci
        self._inbox = Inbox(lambda: self._stop(True), lambda: self._stop(False))
        self._receive: Callable[[bytes], None] = self._inbox.put
        self._ended: Callable[[str], None] | None = None
        self._lost: str | None = None
        self._room = asyncio.Event()
        self._signals = Signals()
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def url(self) -> str:
        return f"{self._mux.url}#channel{self.dlci}"

    @property
    def far_signals(self) -> Signals:
        """What the modem said last: `carrier` is its DCD, `ready` its DSR."""
        return self._mux.session.signals(self.dlci)

    def set_ready(self, ready: bool) -> None:
        """DTR of this channel. A drop means to most modems what &D says."""
        self._signals = Signals(self._signals.stopped, ready, self._signals.request)
        self._mux.say_signals(self.dlci, self._signals)

    async def read(self) -> bytes:
        return await self._inbox.get()

    def deliver_to(self, receive: Callable[[bytes], None], ended: Callable[[str], None]) -> None:
        if waiting := self._inbox.take():
            receive(waiting)
        self._receive = receive
        self._ended = ended
        if self._lost is not None:
            ended(self._lost)

    def hold(self) -> None:
        self._receive, self._ended = self._inbox.put, None

    def write_now(self, data: bytes) -> bool:
        if self._lost is not None:
            raise LinkLostError(self.url, self._lost)
        return self._mux.send_whole(self.dlci, data)

    async def write(self, data: bytes) -> None:
        while data:
            if self._lost is not None:
                raise LinkLostError(self.url, self._lost)
            self._room.clear()
            data = data[self._mux.send(self.dlci, data) :]
            if data:
                await self._room.wait()

    async def close(self) -> None:
        """Close the channel; the others go on."""
        if self._lost is None:
            self.end("closed")
            self._mux.close_channel(self.dlci)

    # -- called by the multiplexer

    def take(self, octets: bytes) -> None:
        self._receive(octets)

    def has_room(self) -> None:
        self._room.set()

    def end(self, because: str) -> None:
        if self._lost is not None:
            return
        self._lost = because
        self._inbox.end()
        self._room.set()
        if not self.opened.done():
            self.opened.set_exception(ChannelRefusedError(self._mux.url, self.dlci, because))
        if self._ended is not None:
            self._ended(because)

    def _stop(self, stopped: bool) -> None:
        self._signals = Signals(stopped, self._signals.ready, self._signals.request)
        self._mux.say_signals(self.dlci, self._signals)


class Multiplexer:
    """Owns the link from `start` to `stop` or `close`, also when it is `lost`."""

    def __init__(self, link: Link, parameters: MuxParameters) -> None:
        self.session = MuxSession(Role.INITIATOR, parameters)
        self.lost = asyncio.Event()
        """Set when the multiplexer has ended, for whatever reason."""
        self._link = link
        self._pushed = link if isinstance(link, PushLink) else None
        self._loop = asyncio.get_running_loop()
        self._channels: dict[int, MuxChannel] = {}
        self._up: asyncio.Future[None] = self._loop.create_future()
        self._because = "the multiplexer was closed"
        self._timer: asyncio.TimerHandle | None = None
        self._unsent = b""
        self._writer: asyncio.Task[None] | None = None
        self._reader: asyncio.Task[None] | None = None
        self._silent_since: float | None = None  # something was sent, nothing came
        self._probing = False
        self._link_lost = False

    @classmethod
    async def start(cls, at: AtClient, *, advanced: bool = False) -> Multiplexer:
        """Switch the line to frames and open the control channel. The client has ended then, however this ends.

        Args:
            at: in sync with the modem.
            advanced: the option with transparency, for modems that have it.

        Raises:
            CommandFailedError: this modem does not multiplex, or not so. The client stays as it was.
            MuxStartError: it said OK and is silent (`at_commands.recovery` brings it back). The link is closed then.
            AtError: as of AtClient.send; LinkLostError.
        """
        async with at.transaction():
            try:
                n1 = await at.send(_FRAME_SIZE)
            except (CommandFailedError, ReplyFormatError):
                n1 = None
            await at.send(plain(f"AT+CMUX={int(advanced)}"))
        # Without +CMUX? there are the standard's values (27.007, 5.7): 31, and 64 with transparency.
        parameters = MuxParameters(
            advanced=advanced, n1=n1 or (64 if advanced else 31), t1_s=T1_S, t2_s=T2_S, n2=REPETITIONS
        )
        mux = cls(await at.detach(), parameters)
        try:
            await asyncio.sleep(PAUSE_S)
            mux._take_over()
            mux.session.open(0, mux._loop.time())
            mux._pump()
            await mux._up
        except BaseException:
            mux._up.cancel()
            mux._finish("the multiplexer was not opened")
            await mux._let_go()
            await mux._link.close()
            raise
        return mux

    @property
    def url(self) -> str:
        return self._link.url

    async def open(self, dlci: int) -> MuxChannel:
        """Open a channel. Raises ChannelRefusedError, LinkLostError, ValueError: it is open."""
        if self.session.down is not None or self.lost.is_set():
            raise LinkLostError(self.url, self._because)
        if dlci in self._channels:
            raise ValueError(f"channel {dlci} is open")
        channel = self._channels[dlci] = MuxChannel(self, dlci)
        self.session.open(dlci, self._loop.time())
        self._pump()
        try:
            await channel.opened
        except asyncio.CancelledError:
            await channel.close()
            raise
        return channel

    async def stop(self) -> Link:
        """Close down with CLD, or DISC where the modem does not know it. The link is back in plain AT, and open; if the
        modem answered neither, that is to be seen by who speaks to it next. Every channel has ended.

        Raises:
            LinkLostError: the link was lost meanwhile.
        """
        if self.session.down is None and not self.lost.is_set():
            self.session.close(0, self._loop.time())
            self._pump()
            await self.lost.wait()
        if self._writer is not None:
            await asyncio.wait([self._writer], timeout=_LAST_WORDS_S)
        await self._let_go()
        if self._link_lost:
            raise LinkLostError(self.url, self._because)
        return self._link

    async def close(self) -> None:
        """Close down and close the link."""
        with contextlib.suppress(LinkLostError):
            await self.stop()
        await self._link.close()

    # -- called by channels

    def send(self, dlci: int, data: bytes) -> int:
        taken = self.session.send(dlci, data)
        if taken and self._silent_since is None:
            self._silent_since = self._loop.time()
        self._pump()
        return taken

    def send_whole(self, dlci: int, data: bytes) -> bool:
        """All of it or nothing."""
        if self.session.room(dlci) < len(data):
            return False
        self.send(dlci, data)
        return True

    def say_signals(self, dlci: int, signals: Signals) -> None:
        if self.session.state(dlci) is State.OPEN:
            self.session.set_signals(dlci, signals, self._loop.time())
            self._pump()

    def close_channel(self, dlci: int) -> None:
        self.session.close(dlci, self._loop.time())
        self._pump()

    # -- bytes and time

    def _take_over(self) -> None:
        if self._pushed is not None:
            self._pushed.deliver_to(self._received, self._link_ended)
        else:
            self._reader = asyncio.create_task(self._read(), name=f"multiplexer {self._link.url}")

    async def _let_go(self) -> None:
        """Nothing of ours touches the link any more."""
        for task in (self._reader, self._writer):
            if task is not None and not task.done():
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        if self._pushed is not None:
            self._pushed.hold()

    async def _read(self) -> None:
        because = "the far side closed"
        try:
            while data := await self._link.read():
                self._received(data)
                if self.session.down is not None:
                    return
        except LinkLostError as error:
            because = error.detail
        self._link_ended(because)

    def _received(self, data: bytes) -> None:
        self.session.receive(data, self._loop.time())
        self._pump()

    def _pump(self) -> None:
        """Carry on whatever is to be carried: events up, bytes down, and the next timer."""
        self._handle_events()
        while self._writer is None and (data := self.session.take_bytes(_CHUNK)):
            self._handle_events()  # there may be room now
            try:
                if self._pushed is not None and self._pushed.write_now(data):
                    continue
            except LinkLostError as error:
                self._link_ended(error.detail)
                return
            self._unsent = data
            self._writer = asyncio.create_task(self._write(), name=f"multiplexer writes {self._link.url}")
        self._set_timer()

    async def _write(self) -> None:
        """While the link takes bytes only by waiting."""
        try:
            while self._unsent:
                await self._link.write(self._unsent)
                self._unsent = self.session.take_bytes(_CHUNK)
                self._handle_events()
        except LinkLostError as error:
            self._link_ended(error.detail)
        finally:
            self._writer = None
        self._set_timer()

    def _set_timer(self) -> None:
        due = self.session.next_wake()
        if self._silent_since is not None and self.session.down is None:
            silence = self._silent_since + SILENCE_S
            due = silence if due is None else min(due, silence)
        if due is None or self.lost.is_set():
            return
        # One that rings early sets itself anew; most answers come long before.
        if self._timer is None or self._timer.when() > due:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = self._loop.call_at(max(due, self._loop.time()), self._ring)

    def _ring(self) -> None:
        self._timer = None
        now = self._loop.time()
        self.session.advance(now)
        if self._silent_since is not None and now >= self._silent_since + SILENCE_S:
            self._probe()
        self._pump()

    # -- what the session says

    def _handle_events(self) -> None:
        for event in self.session.take_events():
            self._handle(event)

    def _handle(self, event: MuxEvent) -> None:
        if not isinstance(event, Unframed | Unanswered | MuxDown):
            self._silent_since = None
        match event:
            case MuxUp():
                self._up.set_result(None)
            case ChannelUp(dlci):
                if dlci in self._channels and not (opened := self._channels[dlci].opened).done():
                    opened.set_result(None)
            case ChannelDown(dlci, why):
                if (channel := self._channels.pop(dlci, None)) is not None:
                    channel.end(why.value)
            case ChannelData(dlci, octets):
                if dlci in self._channels:
                    self._channels[dlci].take(octets)
            case ChannelRoom(dlci):
                if dlci in self._channels:
                    self._channels[dlci].has_room()
            case Unframed(octets):
                if sum(32 <= octet < 127 for octet in octets) >= 2:
                    self._probe()
            case Answered(type=Type.TEST | Type.MSC):
                self._probing = False
            case Unanswered(type=Type.TEST) if self._probing:
                self._finish("the modem has left multiplexed mode; it restarted, perhaps")
            case MuxDown(why):
                self._finish(_STOPPED if why.value == "closed" else why.value)
            case Answered() | Unanswered() | ChannelSignals():
                pass

    def _probe(self) -> None:
        """Ask for a sign of life. Every modem answers a test, be it with NSC."""
        self._silent_since = None
        if not self._probing and self.session.down is None and self.session.state(0) is State.OPEN:
            self._probing = True
            self.session.test(_SIGN_OF_LIFE, self._loop.time())

    def _link_ended(self, because: str) -> None:
        self._link_lost = True
        self._finish(because)

    def _finish(self, because: str) -> None:
        """The multiplexer has ended."""
        if self.lost.is_set():
            return
        self._because = because
        self.lost.set()
        self._silent_since = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for channel in tuple(self._channels.values()):
            channel.end(because)
        self._channels.clear()
        if not self._up.done():
            self._up.set_exception(MuxStartError(self.url))


_STOPPED: Final = "the multiplexer was closed"


def _frame_size(reply: Reply) -> int:
    """N1 is the fourth value of `+CMUX: 0,0,5,127,10,3,30,10,2`; ValueError where it is not."""
    n1 = int(reply.value("+CMUX:").split(",")[3])
    if not 1 <= n1 <= 32_767:
        raise ValueError(f"N1 {n1}")
    return n1


_FRAME_SIZE: Final = Command("AT+CMUX?", _frame_size, prefixes=("+CMUX:",))
