"""The multiplexer protocol without I/O: 3GPP TS 27.010, options without error recovery.

Theory of operation. One `MuxSession` is one end of the line, of either role; it knows its role only where the C/R bits
are set. What a frame does to its DLC stands in `cmux_dlc.TABLE` and nowhere else; DLCI 0 is a DLC like any other, and
in addition carries the commands of `cmux_control`.

    receive(bytes, now)   what came; then the events of `take_events`
    take_bytes(limit)     what is to be sent: control first, then the channels in turn, a frame each
    next_wake, advance    T1 and T2 with their N2 repetitions, T3, and frames that never end

Nobody waits in here. A channel's queue holds QUEUE_LIMIT octets, `send` takes what fits, and `ChannelRoom` tells when
there is room again; the far side stops one channel (FC) or all (FCoff). Frames are made when they are taken, so a
command never stands behind another channel's data for longer than `limit`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from at_commands.cmux_control import (
    DlcParameters,
    Message,
    MessageReader,
    Signals,
    Type,
    decode_signals,
    encode_signals,
)
from at_commands.cmux_dlc import RESPONSES, TABLE, Dlc, Do, MuxParameters, Role, State
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
    Why,
)
from at_commands.cmux_frames import (
    ADVANCED_FLAG,
    BASIC_FLAG,
    MAX_DLCI,
    MAX_INFO,
    USUAL_MAX_INFO,
    AdvancedDecoder,
    BasicDecoder,
    Frame,
    FrameDecoder,
    Kind,
    Stray,
    encode_advanced,
    encode_basic,
)
from at_commands.cmux_outbox import QUEUE_LIMIT, Outbox

STALL_S: Final = 0.5
"""A frame in which nothing came for so long will not be ended. Above any pause seen between two bytes of a probe."""

WAKE_INTERVAL_S: Final = 0.1
WAKE_FLAGS: Final = 8
"""Who wants to wake the other repeats flags until one comes back (5.4.7)."""


class MuxSession:
    """One end of a multiplexed line, from AT+CMUX until `down`. All times are seconds of one monotonic clock."""

    def __init__(self, role: Role, parameters: MuxParameters | None = None, *, now: float = 0.0) -> None:
        self.role = role
        self.parameters = parameters = parameters or MuxParameters()
        if not 1 <= parameters.n1 <= MAX_INFO:
            raise ValueError(f"N1 {parameters.n1}")
        self.down: Why | None = None
        self.asleep = False
        limit = max(parameters.n1, USUAL_MAX_INFO)
        self._decoder: FrameDecoder = AdvancedDecoder(limit) if parameters.advanced else BasicDecoder(limit)
        self._flag = bytes((ADVANCED_FLAG if parameters.advanced else BASIC_FLAG,))
        self._reader = MessageReader()
        self._dlcs: dict[int, Dlc] = {}
        encode = encode_advanced if parameters.advanced else encode_basic
        self._outbox = Outbox(self._dlcs, encode, not self._far_cr(Kind.UIH))
        self._first = b""  # to be sent before all else
        self._asked: dict[tuple[int, int], tuple[Message, int]] = {}  # (type, DLCI) → command, tries left
        self._timers: dict[tuple[str, int, int], float] = {}
        self._events: list[MuxEvent] = []
        self._leaving = False
        self._data_cr: bool | None = None  # of the far side's UIH frames
        self._wake_until: float | None = None
        if parameters.first_sabm_s is not None and role is Role.RESPONDER:
            self._timers["first", 0, 0] = now + parameters.first_sabm_s

    # -- what the owner does

    def open(self, dlci: int, now: float) -> None:
        """Open a channel, DLCI 0 first: MuxUp or ChannelUp follows, or MuxDown, ChannelDown."""
        dlc = self._dlc(dlci)
        if dlc.state is State.CLOSED and self.down is None:
            dlc.state, dlc.tries = State.OPENING, self.parameters.n2
            self._command(dlc, Kind.SABM, now)

    def close(self, dlci: int, now: float) -> None:
        """Close a channel once its queue is empty or stopped; DLCI 0: close down at once, with CLD and, if that is not
        answered, DISC. ChannelDown or MuxDown follows.
        """
        if self.down is not None:
            return
        if dlci == 0:
            if self.state(0) is State.OPEN and not self._leaving:
                self._leaving = True
                self._ask(Message(Type.CLD, True), 0, now)
            elif not self._leaving:
                self._disconnect(self._dlc(0), now)
        elif (dlc := self._dlcs.get(dlci)) is not None and dlc.state in (State.OPEN, State.OPENING):
            self._disconnect(dlc, now)

    def send(self, dlci: int, data: bytes) -> int:
        """Queue octets for a channel. How many were taken: 0 when it is not open or full; then ChannelRoom follows."""
        dlc = self._dlcs.get(dlci)
        if dlc is None or dlc.state is not State.OPEN or self.down is not None:
            return 0
        return self._outbox.add_data(dlc, data)

    def set_signals(self, dlci: int, signals: Signals, now: float) -> None:
        """Tell the far side this channel's signals; said again when it opens."""
        dlc = self._dlc(dlci)
        dlc.near = signals
        if dlc.state is State.OPEN:
            self._ask(Message(Type.MSC, True, encode_signals(dlci, signals)), dlci, now)

    def negotiate(self, parameters: DlcParameters, now: float) -> None:
        """Ask for a channel's parameters, before opening it (5.4.6.3.1); the answer's N1 is then in force."""
        self._ask(Message(Type.PN, True, parameters.encode()), parameters.dlci, now)

    def test(self, pattern: bytes, now: float) -> None:
        """Have the far side say this again: Answered or Unanswered follows."""
        self._ask(Message(Type.TEST, True, pattern), 0, now)

    def stop_all(self, stopped: bool, now: float) -> None:
        """FCoff and FCon: take no frames on any channel, or take them again."""
        self._asked.pop((Type.FCON if stopped else Type.FCOFF, 0), None)
        self._ask(Message(Type.FCOFF if stopped else Type.FCON, True), 0, now)

    def sleep(self, now: float) -> None:
        """PSC: propose to save power. When it is answered, the next frame is preceded by waking up."""
        self._ask(Message(Type.PSC, True), 0, now)

    def state(self, dlci: int) -> State:
        return self._dlcs[dlci].state if dlci in self._dlcs else State.CLOSED

    def signals(self, dlci: int) -> Signals:
        """What the far side said last."""
        return self._dlcs[dlci].far if dlci in self._dlcs else Signals()

    def room(self, dlci: int) -> int:
        """Octets that `send` would take."""
        return QUEUE_LIMIT - self.queued(dlci) if self.state(dlci) is State.OPEN and self.down is None else 0

    def queued(self, dlci: int) -> int:
        """Octets that wait to be sent."""
        return len(self._dlcs[dlci].queue) if dlci in self._dlcs else 0

    # -- bytes and time

    def receive(self, data: bytes, now: float) -> None:
        """Bytes came over the line."""
        if self.down is not None or not data:
            return
        if self._sleeps:
            self._woken()
        self._handle(self._decoder.receive(data), now)
        if self._decoder.waiting or self._reader.waiting:
            self._timers["stall", 0, 0] = now + STALL_S
        else:
            self._timers.pop(("stall", 0, 0), None)

    def take_bytes(self, limit: int = 4096) -> bytes:
        """What is to be sent now: whole frames, `limit` octets and at most one frame more."""
        out = bytearray(self._first)
        self._first = b""
        while len(out) < limit and not self._sleeps and (taken := self._outbox.next_frame()) is not None:
            frame, dlc = taken
            out += frame
            if dlc is not None and dlc.full and len(dlc.queue) <= QUEUE_LIMIT // 2:
                dlc.full = False
                self._events.append(ChannelRoom(dlc.dlci))
        return bytes(out)

    @property
    def has_bytes(self) -> bool:
        """Would `take_bytes` give anything?"""
        return bool(self._first) or (not self._sleeps and self._outbox.sendable)

    @property
    def _sleeps(self) -> bool:
        return self.asleep or self._wake_until is not None

    @property
    def _must_wake(self) -> bool:
        return self.asleep and self._wake_until is None and not self._outbox.empty

    def take_events(self) -> list[MuxEvent]:
        """What happened since the last call, in order."""
        events, self._events = self._events, []
        return events

    def next_wake(self) -> float | None:
        """When `advance` is due."""
        if self._must_wake:
            return float("-inf")
        return min(self._timers.values(), default=None)

    def advance(self, now: float) -> None:
        """Do what is due."""
        if self._must_wake:
            self._wake_until = now + self.parameters.t3_s
            self._timers["wake", 0, 0] = now
        for key in [key for key, when in self._timers.items() if when <= now]:
            if self._timers.pop(key, None) is not None:
                self._expired(key, now)

    # -- timers

    def _expired(self, key: tuple[str, int, int], now: float) -> None:
        what, number, dlci = key
        if what == "stall":
            self._reader.reset()
            self._handle(self._decoder.give_up(), now)
        elif what == "first":
            self._finish(Why.NO_ANSWER)
        elif what == "wake":
            if self._wake_until is None:
                return
            if now >= self._wake_until:
                self._finish(Why.NO_ANSWER)
            else:
                self._first = self._flag * WAKE_FLAGS
                self._timers[key] = now + WAKE_INTERVAL_S
        elif what == "T1":
            dlc = self._dlcs[dlci]
            kind = Kind.SABM if dlc.state is State.OPENING else Kind.DISC
            if dlc.tries > 0:
                dlc.tries -= 1
                self._command(dlc, kind, now)
            else:
                self._lost(dlc, Why.NO_ANSWER)
        elif what == "T2" and (asked := self._asked.pop((number, dlci), None)) is not None:
            message, tries = asked
            if tries > 0:
                self._ask(message, dlci, now, tries - 1)
            elif number == Type.CLD:
                self._disconnect(self._dlc(0), now)
            else:
                self._events.append(Unanswered(number, dlci))

    # -- frames

    def _handle(self, items: list[Frame | Stray], now: float) -> None:
        for item in items:
            if self.down is not None:
                return
            if isinstance(item, Stray):
                self._events.append(Unframed(item.octets))
            elif item.cr is self._expected_cr(item.kind, item.cr):
                self._take_frame(item, now)

    def _expected_cr(self, kind: Kind, cr: bool) -> bool:
        """What has another C/R is our own, sent back by a modem that is in AT mode and echoes. Modems are known to set
        it wrongly in UIH, but each does so always: its first one shows.
        """
        if kind is not Kind.UIH and kind is not Kind.UI:
            return self._far_cr(kind)
        if self._data_cr is None:
            self._data_cr = cr
        return self._data_cr

    def _far_cr(self, kind: Kind) -> bool:
        """C/R of what the far side sends (5.2.1.2): commands carry 1 from the initiator, answers from the responder."""
        return (self.role is Role.RESPONDER) is (kind not in RESPONSES)

    def _take_frame(self, frame: Frame, now: float) -> None:
        dlc = self._dlcs.get(frame.dlci) or Dlc(frame.dlci, self.parameters.n1)
        entry = TABLE.get((dlc.state, frame.kind))
        if entry is None:
            return
        if frame.kind is Kind.SABM and not self._may_open(frame.dlci):
            self._frame(frame.dlci, Kind.DM, poll=frame.poll)
            return
        state, reactions = entry
        if state is not dlc.state:
            self._dlcs[frame.dlci] = dlc
            self._timers.pop(("T1", 0, frame.dlci), None)
        dlc.state = state
        for reaction in reactions:
            self._react(reaction, dlc, frame, now)

    def _may_open(self, dlci: int) -> bool:
        return dlci == 0 or (self.state(0) is State.OPEN and dlci <= self.parameters.channels)

    def _react(self, reaction: Do, dlc: Dlc, frame: Frame, now: float) -> None:
        match reaction:
            case Do.SAY_UA:
                self._frame(dlc.dlci, Kind.UA, poll=frame.poll)
            case Do.SAY_DM:
                self._frame(dlc.dlci, Kind.DM, poll=True)
            case Do.UP:
                self._opened(dlc, now)
            case Do.AGAIN if dlc.dlci:
                self.set_signals(dlc.dlci, dlc.near, now)
            case Do.AGAIN:
                self._all_down(Why.FAR_SIDE)
            case Do.REFUSED:
                self._lost(dlc, Why.REFUSED)
            case Do.DOWN:
                self._lost(dlc, Why.FAR_SIDE)
            case Do.DONE:
                self._lost(dlc, Why.NEAR_SIDE)
            case Do.TAKE if dlc.dlci:
                if frame.info:
                    self._events.append(ChannelData(dlc.dlci, frame.info))
            case Do.TAKE:
                for message in self._reader.receive(frame.info):
                    self._take_message(message, now)

    def _opened(self, dlc: Dlc, now: float) -> None:
        self._timers.pop(("first", 0, 0), None)
        if dlc.dlci == 0:
            self._events.append(MuxUp())
        else:
            self._events.append(ChannelUp(dlc.dlci))
            self.set_signals(dlc.dlci, dlc.near, now)

    def _lost(self, dlc: Dlc, why: Why) -> None:
        """The DLC is closed, by whom ever."""
        if dlc.dlci == 0:
            self._finish(why)
            return
        self._forget(dlc)
        self._events.append(ChannelDown(dlc.dlci, why))

    def _forget(self, dlc: Dlc) -> None:
        for key in [key for key in self._timers if key[2] == dlc.dlci]:
            del self._timers[key]
        for asked in [asked for asked in self._asked if asked[1] == dlc.dlci]:
            del self._asked[asked]
        self._outbox.forget(dlc)
        del self._dlcs[dlc.dlci]

    def _finish(self, why: Why) -> None:
        if self.down is None:
            self.down = Why.NEAR_SIDE if self._leaving and why is Why.FAR_SIDE else why
            self._all_down(self.down)
            self._timers.clear()
            self._asked.clear()
            self.asleep = False
            self._wake_until = None
            self._events.append(MuxDown(self.down))

    def _all_down(self, why: Why) -> None:
        for dlc in [dlc for dlc in self._dlcs.values() if dlc.dlci]:
            if dlc.state is State.CLOSED:
                self._forget(dlc)
            else:
                self._lost(dlc, why)

    def _disconnect(self, dlc: Dlc, now: float) -> None:
        dlc.state, dlc.tries = State.CLOSING, self.parameters.n2
        self._outbox.hasten(dlc)
        self._outbox.forget(dlc)
        self._command(dlc, Kind.DISC, now)

    # -- commands of the control channel

    def _take_message(self, message: Message, now: float) -> None:
        if not message.command:
            self._take_answer(message, now)
        elif (answer := _COMMANDS.get(message.type)) is not None:
            answer(self, message)
        else:
            octet = message.type | 0x03  # as it came, with EA and C/R
            self._say(Message(Type.NSC, False, bytes((octet,))))

    def _take_answer(self, answer: Message, now: float) -> None:
        kind, value = answer.type, answer.value
        if kind == Type.NSC:
            kind, value = (value[0] & ~0x03 if value else -1), b""
        dlci = 0
        if kind in (Type.MSC, Type.PN):
            if not value:  # an NSC does not tell for which channel; one is asked at a time, mostly
                dlci = next((asked[1] for asked in self._asked if asked[0] == kind), 0)
            else:
                dlci = value[0] >> 2 if kind == Type.MSC else value[0] & 0x3F
        if self._asked.pop((kind, dlci), None) is None:
            return
        self._timers.pop(("T2", kind, dlci), None)
        if kind == Type.CLD:
            if answer.type == Type.NSC:
                self._disconnect(self._dlc(0), now)
            else:
                self._finish(Why.NEAR_SIDE)
            return
        if kind == Type.PSC and answer.type != Type.NSC:
            self.asleep = True
        elif kind == Type.PN and value:
            self._agreed(value)
        self._events.append(Answered(kind, dlci, answer.value))

    def _agreed(self, value: bytes) -> DlcParameters | None:
        """Put a PN's N1 in force, bounded by what we take."""
        try:
            asked = DlcParameters.decode(value)
        except ValueError:
            return None
        dlc = self._dlcs.get(asked.dlci)
        if dlc is None:
            dlc = self._dlcs[asked.dlci] = Dlc(asked.dlci, self.parameters.n1)
        if dlc.state is not State.OPEN or self.role is Role.INITIATOR:
            dlc.n1 = max(1, min(asked.n1, max(self.parameters.n1, USUAL_MAX_INFO)))
        return replace(asked, n1=dlc.n1, frame_type=0, convergence=1, k=0)

    def _answer_alike(self, message: Message) -> None:
        self._say(Message(message.type, False, message.value))

    def _answer_parameters(self, message: Message) -> None:
        if (agreed := self._agreed(message.value)) is not None:
            self._say(Message(Type.PN, False, agreed.encode()))

    def _answer_status(self, message: Message) -> None:
        try:
            dlci, signals = decode_signals(message.value)
        except ValueError:
            return
        self._answer_alike(message)
        dlc = self._dlcs.get(dlci)
        if dlc is not None and dlc.state is State.OPEN and dlc.far != signals:
            dlc.far = signals
            self._events.append(ChannelSignals(dlci, signals))

    def _answer_close_down(self, message: Message) -> None:
        self._answer_alike(message)
        self._finish(Why.FAR_SIDE)

    def _answer_sleep(self, message: Message) -> None:
        self._answer_alike(message)
        self._first += self._outbox.take_control()  # the answer still goes out
        self.asleep = True

    def _answer_flow(self, message: Message) -> None:
        self._outbox.all_stopped = message.type == Type.FCOFF
        self._answer_alike(message)

    def _woken(self) -> None:
        """Whoever was asleep hears flags: they are answered with flags."""
        if self.asleep and self._wake_until is None:
            self._first = self._flag * WAKE_FLAGS
        self.asleep = False
        self._wake_until = None
        self._timers.pop(("wake", 0, 0), None)

    # -- out

    def _ask(self, message: Message, dlci: int, now: float, tries: int | None = None) -> None:
        if self.down is None:
            self._asked[message.type, dlci] = (message, self.parameters.n2 if tries is None else tries)
            self._timers["T2", message.type, dlci] = now + self.parameters.t2_s
            self._say(message)

    def _say(self, message: Message) -> None:
        self._frame(0, Kind.UIH, info=message.encode())

    def _command(self, dlc: Dlc, kind: Kind, now: float) -> None:
        self._timers["T1", 0, dlc.dlci] = now + self.parameters.t1_s
        self._frame(dlc.dlci, kind, poll=True)

    def _frame(self, dlci: int, kind: Kind, *, poll: bool = False, info: bytes = b"") -> None:
        self._outbox.add_control(Frame(dlci, kind, not self._far_cr(kind), poll, info))

    def _dlc(self, dlci: int) -> Dlc:
        if not 0 <= dlci <= MAX_DLCI or (dlci == 62 and not self.parameters.advanced):
            raise ValueError(f"DLCI {dlci}")
        if dlci not in self._dlcs:
            self._dlcs[dlci] = Dlc(dlci, self.parameters.n1)
        return self._dlcs[dlci]


_COMMANDS: Final[dict[int, Callable[[MuxSession, Message], None]]] = {
    Type.PN: MuxSession._answer_parameters,
    Type.PSC: MuxSession._answer_sleep,
    Type.CLD: MuxSession._answer_close_down,
    Type.TEST: MuxSession._answer_alike,
    Type.FCON: MuxSession._answer_flow,
    Type.FCOFF: MuxSession._answer_flow,
    Type.MSC: MuxSession._answer_status,
}
"""How a command is answered; the others (RPN, RLS, SNC) are not supported (NSC)."""
