"""The multiplexer's state machine: two sessions against each other, on a line that loses and invents bytes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from at_commands.cmux import STALL_S, MuxSession
from at_commands.cmux_control import DlcParameters, Message, Signals, Type
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
    Why,
)
from at_commands.cmux_frames import Frame, Kind, encode_basic
from at_commands.cmux_outbox import QUEUE_LIMIT

BOTH = pytest.mark.parametrize("advanced", [False, True])


class Line:
    """Two sessions on one wire, with a clock of its own."""

    def __init__(self, near: MuxParameters | None = None, far: MuxParameters | None = None) -> None:
        self.now = 0.0
        self.near = MuxSession(Role.INITIATOR, near)
        self.far = MuxSession(Role.RESPONDER, far or near)
        self.heard: dict[MuxSession, list[MuxEvent]] = {self.near: [], self.far: []}
        self.cut = False

    def move(self, limit: int = 4096) -> bool:
        """Carry bytes once each way. False: there were none."""
        moved = False
        for sender, receiver in ((self.near, self.far), (self.far, self.near)):
            data = sender.take_bytes(limit)
            moved = moved or bool(data)
            if not self.cut:
                receiver.receive(data, self.now)
            for session in (sender, receiver):
                self.heard[session] += session.take_events()
        return moved

    def settle(self) -> None:
        while self.move():
            pass

    def run(self, seconds: float) -> None:
        """Let time pass, timer by timer."""
        until = self.now + seconds
        self.settle()
        while True:
            wakes = [
                wake for s in (self.near, self.far) if (wake := s.next_wake()) is not None and wake <= until
            ]
            if not wakes:
                break
            self.now = max(self.now, min(wakes))
            self.near.advance(self.now)
            self.far.advance(self.now)
            self.settle()
        self.now = until

    def events(self, session: MuxSession) -> list[MuxEvent]:
        """Since the last call."""
        events, self.heard[session] = self.heard[session], []
        return events

    def up(self, *dlcis: int) -> None:
        self.near.open(0, self.now)
        self.settle()
        for dlci in dlcis:
            self.near.open(dlci, self.now)
        self.settle()
        self.events(self.near)
        self.events(self.far)


@BOTH
def test_channels_open_carry_data_both_ways_and_close(advanced: bool) -> None:
    line = Line(MuxParameters(advanced=advanced))
    line.near.open(0, 0.0)
    line.settle()
    line.near.open(1, 0.0)
    line.settle()
    assert line.events(line.near)[:2] == [MuxUp(), ChannelUp(1)]
    assert line.events(line.far)[:2] == [MuxUp(), ChannelUp(1)]
    assert line.near.send(1, b"AT\r" * 50) == 150
    assert line.far.send(1, b"\r\nOK\r\n") == 6
    line.settle()
    assert b"".join(e.octets for e in line.events(line.far) if isinstance(e, ChannelData)) == b"AT\r" * 50
    assert line.events(line.near) == [ChannelData(1, b"\r\nOK\r\n")]
    line.near.send(1, b"the last words")
    line.near.close(1, 0.0)
    line.settle()
    assert line.events(line.far) == [ChannelData(1, b"the last words"), ChannelDown(1, Why.FAR_SIDE)]
    assert line.events(line.near) == [ChannelDown(1, Why.NEAR_SIDE)]
    assert line.near.next_wake() is None
    assert line.far.next_wake() is None


@BOTH
def test_close_down_ends_both_ends(advanced: bool) -> None:
    line = Line(MuxParameters(advanced=advanced))
    line.up(1, 2)
    line.near.close(0, 0.0)
    line.settle()
    assert line.events(line.near)[-1] == MuxDown(Why.NEAR_SIDE)
    assert line.events(line.far) == [
        ChannelDown(1, Why.FAR_SIDE),
        ChannelDown(2, Why.FAR_SIDE),
        MuxDown(Why.FAR_SIDE),
    ]
    assert line.far.send(1, b"x") == 0


def test_close_down_falls_back_to_disc_and_gives_up_in_the_end() -> None:
    line = Line(MuxParameters(n2=2))
    line.up(1)
    line.cut = True
    line.near.close(0, line.now)
    line.run(3 * 0.3 - 0.01)
    assert line.near.down is None
    line.run(0.1)
    assert line.near.state(0) is State.CLOSING
    line.run(3 * 0.1)
    assert line.near.down is Why.NO_ANSWER


def test_a_far_side_without_cld_is_left_by_disc() -> None:
    line = Line()
    line.up(1)
    line.near.close(0, 0.0)
    line.near.take_bytes()  # its CLD gets lost, and each repetition
    for _ in range(4):
        line.now = line.near.next_wake() or 0.0
        line.near.advance(line.now)
        if line.near.state(0) is not State.CLOSING:
            line.near.take_bytes()
    line.settle()
    assert line.near.down is Why.NEAR_SIDE
    assert line.far.down is Why.FAR_SIDE


def test_sabm_is_repeated_n2_times() -> None:
    near = MuxSession(Role.INITIATOR, MuxParameters(t1_s=0.2, n2=3))
    near.open(0, 0.0)
    sent = [near.take_bytes()]
    while near.down is None:
        wake = near.next_wake()
        assert wake is not None
        near.advance(wake)
        sent.append(near.take_bytes())
    assert sent == [bytes.fromhex("f9033f011cf9")] * 4 + [b""]
    assert near.take_events() == [MuxDown(Why.NO_ANSWER)]


def test_a_channel_beyond_the_modems_is_refused() -> None:
    line = Line(MuxParameters(), MuxParameters(channels=3))
    line.up()
    line.near.open(4, 0.0)
    line.settle()
    assert line.events(line.near) == [ChannelDown(4, Why.REFUSED)]


def test_no_channel_before_the_control_channel() -> None:
    line = Line()
    line.near.open(1, 0.0)
    line.settle()
    assert line.events(line.near) == [ChannelDown(1, Why.REFUSED)]


def test_data_for_a_closed_channel_is_answered_with_dm() -> None:
    line = Line()
    line.up(1)
    line.far.receive(encode_basic(Frame(2, Kind.UIH, True, info=b"x")), 0.0)
    assert line.far.take_bytes() == encode_basic(Frame(2, Kind.DM, True, True))
    assert line.far.take_events() == []


def test_our_own_echo_opens_nothing() -> None:
    """A modem that is not in multiplexed mode echoes what it takes for a command line."""
    near = MuxSession(Role.INITIATOR)
    near.open(0, 0.0)
    near.receive(near.take_bytes(), 0.0)
    assert near.state(0) is State.OPENING
    assert near.take_bytes() == b""


def test_signals_are_told_both_ways_and_once() -> None:
    line = Line()
    line.up(1)
    line.far.set_signals(1, Signals(carrier=True), 0.0)
    line.near.set_signals(1, Signals(ready=False), 0.0)
    line.settle()
    assert ChannelSignals(1, Signals(carrier=True)) in line.events(line.near)
    assert line.events(line.far) == [
        ChannelSignals(1, Signals(ready=False)),
        Answered(Type.MSC, 1, b"\x07\x8d"),
    ]
    assert line.near.signals(1).carrier


def test_a_stopped_channel_waits_and_the_others_do_not() -> None:
    line = Line()
    line.up(1, 2)
    line.far.set_signals(1, Signals(stopped=True), 0.0)
    line.settle()
    line.near.send(1, b"waits")
    line.near.send(2, b"goes")
    line.settle()
    assert [e for e in line.events(line.far) if isinstance(e, ChannelData)] == [ChannelData(2, b"goes")]
    assert not line.near.has_bytes
    line.far.set_signals(1, Signals(), 0.0)
    line.settle()
    assert [e for e in line.events(line.far) if isinstance(e, ChannelData)] == [ChannelData(1, b"waits")]


def test_fcoff_stops_all_channels_but_not_control() -> None:
    line = Line()
    line.up(1, 2)
    line.far.stop_all(True, 0.0)
    line.settle()
    line.near.send(1, b"one")
    line.near.send(2, b"two")
    line.near.test(b"ping", 0.0)
    line.settle()
    assert not [e for e in line.events(line.far) if isinstance(e, ChannelData)]
    assert Answered(Type.TEST, 0, b"ping") in line.events(line.near)
    line.far.stop_all(False, 0.0)
    line.settle()
    assert len([e for e in line.events(line.far) if isinstance(e, ChannelData)]) == 2


def test_a_full_queue_takes_no_more_and_tells_when_there_is_room() -> None:
    line = Line(MuxParameters(n1=100))
    line.up(1)
    assert line.near.send(1, bytes(QUEUE_LIMIT + 5)) == QUEUE_LIMIT
    assert line.near.send(1, b"more") == 0
    line.settle()
    assert line.events(line.near) == [ChannelRoom(1)]


def test_channels_take_turns_and_control_goes_first() -> None:
    line = Line(MuxParameters(n1=10))
    line.up(1, 2)
    line.near.send(1, bytes(1000))
    line.near.send(2, b"short")
    line.near.test(b"x", 0.0)
    line.move(limit=1)
    line.move(limit=1)
    line.move(limit=1)
    assert [type(e) for e in line.events(line.far)] == [ChannelData, ChannelData]
    assert line.near.queued(2) == 0
    assert line.near.queued(1) == 990


def test_n1_bounds_frames_and_can_be_negotiated() -> None:
    line = Line(MuxParameters(n1=31))
    line.up()
    line.near.negotiate(DlcParameters(3, n1=500), 0.0)
    line.settle()
    line.near.open(3, 0.0)
    line.settle()
    line.events(line.far)
    line.near.send(3, bytes(1000))
    line.far.send(3, bytes(1000))
    line.settle()
    assert [len(e.octets) for e in line.events(line.far) if isinstance(e, ChannelData)] == [500, 500]
    assert [len(e.octets) for e in line.events(line.near) if isinstance(e, ChannelData)] == [500, 500]


def test_an_unknown_command_is_answered_with_nsc() -> None:
    line = Line()
    line.up(1)
    rls = Frame(0, Kind.UIH, True, info=Message(Type.RLS, True, b"\x07\x00").encode())
    line.far.receive(encode_basic(rls), 0.0)
    nsc = Message(Type.NSC, False, bytes((Type.RLS | 0x03,)))
    assert line.far.take_bytes() == encode_basic(Frame(0, Kind.UIH, False, info=nsc.encode()))


def test_a_command_nobody_answers_is_repeated_and_told() -> None:
    line = Line(MuxParameters(n2=3, t2_s=0.3))
    line.up(1)
    line.cut = True
    line.near.test(b"x", line.now)
    line.run(1.19)
    assert line.events(line.near) == []
    line.run(0.02)
    assert line.events(line.near) == [Unanswered(Type.TEST, 0)]


@BOTH
def test_power_saving_and_waking_up(advanced: bool) -> None:
    line = Line(MuxParameters(advanced=advanced))
    line.up(1)
    line.near.sleep(0.0)
    line.settle()
    assert line.near.asleep
    assert line.far.asleep
    line.near.send(1, b"up!")
    assert not line.near.has_bytes
    line.run(0.2)
    assert [e for e in line.events(line.far) if isinstance(e, ChannelData)] == [ChannelData(1, b"up!")]
    assert not line.far.asleep


def test_who_does_not_wake_up_within_t3_is_gone() -> None:
    line = Line(MuxParameters(t3_s=10.0))
    line.up(1)
    line.near.sleep(0.0)
    line.settle()
    line.cut = True
    line.near.send(1, b"up!")
    line.run(9.9)
    assert line.near.down is None
    line.run(0.3)
    assert line.near.down is Why.NO_ANSWER


def test_a_modem_that_hears_no_sabm_goes_back_to_at() -> None:
    far = MuxSession(Role.RESPONDER, MuxParameters(first_sabm_s=5.0), now=100.0)
    assert far.next_wake() == 105.0
    far.advance(105.0)
    assert far.take_events() == [MuxDown(Why.NO_ANSWER)]


def test_a_frame_that_stops_half_way_does_not_block_what_follows() -> None:
    line = Line()
    line.up(1)
    whole = encode_basic(Frame(1, Kind.UIH, True, info=b"whole"))
    line.far.receive(b"\xf9\x07\xef\xc9half a frame" + whole, 0.0)
    assert line.far.take_events() == []
    line.far.advance(STALL_S)
    assert line.far.take_events() == [Unframed(b"\x07\xef\xc9half a frame"), ChannelData(1, b"whole")]


def test_a_new_initiator_finds_the_control_channel_free() -> None:
    """The old one was killed; the new one knows of no channel."""
    line = Line()
    line.up(1, 2)
    line.near = MuxSession(Role.INITIATOR)
    line.heard[line.near] = []
    line.near.open(0, 0.0)
    line.settle()
    assert line.events(line.far) == [ChannelDown(1, Why.FAR_SIDE), ChannelDown(2, Why.FAR_SIDE)]
    line.near.open(2, 0.0)
    line.settle()
    assert ChannelUp(2) in line.events(line.near)


@BOTH
@given(chunks=st.lists(st.binary(max_size=60), max_size=20), opened=st.booleans())
def test_no_bytes_break_a_session(advanced: bool, chunks: list[bytes], opened: bool) -> None:
    line = Line(MuxParameters(advanced=advanced))
    if opened:
        line.up(1)
    for session in (line.near, line.far):
        now = 0.0
        for chunk in chunks:
            now += 0.07
            session.receive(chunk, now)
            session.advance(now)
            session.take_bytes()
            session.take_events()


frame_bytes = st.builds(
    Frame,
    dlci=st.integers(0, 4),
    kind=st.sampled_from(Kind),
    cr=st.booleans(),
    poll=st.booleans(),
    info=st.builds(Message, st.sampled_from(list(Type)), st.booleans(), st.binary(max_size=9)).map(
        Message.encode
    )
    | st.binary(max_size=20),
).map(encode_basic)


@given(frames=st.lists(frame_bytes, max_size=40), drained=st.booleans())
def test_no_row_of_frames_breaks_a_session(frames: list[bytes], drained: bool) -> None:
    line = Line()
    line.up(1)
    for session in (line.near, line.far):
        for frame in frames * 3:
            session.receive(frame, 0.0)
            if drained:
                session.take_bytes()
        assert len(session.take_bytes(1 << 30)) < 256 * 64
        while session.down is None and (wake := session.next_wake()) is not None and wake < 60.0:
            session.advance(max(wake, 0.0))
            session.take_bytes()


class Wire(RuleBasedStateMachine):
    """Whatever both ends do: octets of a channel arrive once and in order, and a line that heals works again."""

    @initialize(advanced=st.booleans())
    def begin(self, advanced: bool) -> None:
        self.line = Line(MuxParameters(advanced=advanced))
        self.sent = {session: {1: b"", 2: b""} for session in (self.line.near, self.line.far)}
        self.got = {session: {1: b"", 2: b""} for session in (self.line.near, self.line.far)}
        self.line.up(1, 2)

    @rule(far=st.booleans(), dlci=st.sampled_from([1, 2]), data=st.binary(min_size=1, max_size=200))
    def send(self, far: bool, dlci: int, data: bytes) -> None:
        session = self.line.far if far else self.line.near
        self.sent[session][dlci] += data[: session.send(dlci, data)]

    @rule(far=st.booleans(), dlci=st.sampled_from([1, 2]), stopped=st.booleans())
    def flow(self, far: bool, dlci: int, stopped: bool) -> None:
        session = self.line.far if far else self.line.near
        session.set_signals(dlci, Signals(stopped=stopped), self.line.now)

    @rule(far=st.booleans(), stopped=st.booleans())
    def flow_of_all(self, far: bool, stopped: bool) -> None:
        (self.line.far if far else self.line.near).stop_all(stopped, self.line.now)

    @rule()
    def sleep(self) -> None:
        self.line.near.sleep(self.line.now)

    @rule(limit=st.integers(1, 200))
    def move(self, limit: int) -> None:
        self.line.move(limit)
        self._count()

    @rule()
    def wait(self) -> None:
        self.line.run(0.25)
        self._count()

    def _count(self) -> None:
        for session in (self.line.near, self.line.far):
            for event in self.line.events(session):
                assert not isinstance(event, MuxDown | ChannelDown | Unframed), event
                if isinstance(event, ChannelData):
                    self.got[session][event.dlci] += event.octets

    @invariant()
    def in_order(self) -> None:
        if hasattr(self, "line"):
            for sender, receiver in ((self.line.near, self.line.far), (self.line.far, self.line.near)):
                for dlci in (1, 2):
                    assert self.sent[sender][dlci].startswith(self.got[receiver][dlci])

    def teardown(self) -> None:
        if not hasattr(self, "line"):
            return
        for session in (self.line.near, self.line.far):
            session.stop_all(False, self.line.now)
            for dlci in (1, 2):
                session.set_signals(dlci, Signals(), self.line.now)
        self.line.run(2.0)
        self._count()
        for sender, receiver in ((self.line.near, self.line.far), (self.line.far, self.line.near)):
            assert self.got[receiver] == self.sent[sender]


TestWire = Wire.TestCase
TestWire.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
