"""Multiplexer frames and control messages: known bytes, every chunking, and noise that costs no memory."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from at_commands.cmux_control import (
    DlcParameters,
    Message,
    MessageReader,
    Signals,
    Type,
    decode_signals,
    encode_signals,
)
from at_commands.cmux_frames import (
    MAX_INFO,
    USUAL_MAX_INFO,
    AdvancedDecoder,
    BasicDecoder,
    Frame,
    FrameDecoder,
    Item,
    Kind,
    Stray,
    encode_advanced,
    encode_basic,
)

CODECS = {False: (BasicDecoder, encode_basic), True: (AdvancedDecoder, encode_advanced)}

frames = st.builds(
    Frame,
    dlci=st.integers(0, 61),
    kind=st.sampled_from(Kind),
    cr=st.booleans(),
    poll=st.booleans(),
    info=st.binary(max_size=300)
    | st.lists(st.sampled_from([0xF9, 0x7E, 0x7D, 0x03, 0xEF]), max_size=40).map(bytes),
)


def cut(data: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({min(at, len(data)) for at in cuts} | {0, len(data)})
    return [data[a:b] for a, b in pairwise(places)]


def decoded(decoder: FrameDecoder, chunks: Iterable[bytes]) -> list[Item]:
    return [item for chunk in chunks for item in decoder.receive(chunk)]


def only_frames(items: list[Item]) -> list[Frame]:
    return [item for item in items if isinstance(item, Frame)]


def strays(items: list[Item]) -> bytes:
    return b"".join(item.octets for item in items if isinstance(item, Stray))


@pytest.mark.parametrize(
    ("frame", "octets"),
    [
        # As other programs and modems print them in their logs.
        (Frame(0, Kind.SABM, True, True), "f9 03 3f 01 1c f9"),
        (Frame(0, Kind.UA, True, True), "f9 03 73 01 d7 f9"),
        (Frame(0, Kind.DISC, True, True), "f9 03 53 01 fd f9"),
        (Frame(1, Kind.SABM, True, True), "f9 07 3f 01 de f9"),
        (Frame(1, Kind.UA, True, True), "f9 07 73 01 15 f9"),
        (Frame(0, Kind.UIH, True, info=b"\xc3\x01"), "f9 03 ef 05 c3 01 f2 f9"),
    ],
)
def test_known_frames(frame: Frame, octets: str) -> None:
    assert encode_basic(frame) == bytes.fromhex(octets)
    assert BasicDecoder().receive(bytes.fromhex(octets)) == [frame]


@pytest.mark.parametrize("advanced", [False, True])
@given(sent=st.lists(frames, max_size=6), cuts=st.lists(st.integers(0, 2000), max_size=12))
def test_frames_come_out_as_they_went_in_however_they_are_cut(
    advanced: bool, sent: list[Frame], cuts: list[int]
) -> None:
    decoder, encode = CODECS[advanced]
    line = b"".join(map(encode, sent))
    assert decoded(decoder(), [line]) == sent
    assert decoded(decoder(), cut(line, cuts)) == sent
    assert decoded(decoder(), (bytes((octet,)) for octet in line)) == sent


@pytest.mark.parametrize("advanced", [False, True])
def test_one_flag_may_close_a_frame_and_open_the_next(advanced: bool) -> None:
    decoder, encode = CODECS[advanced]
    first, second = Frame(1, Kind.UIH, True, info=b"one"), Frame(2, Kind.UIH, True, info=b"two")
    assert decoder().receive(encode(first) + encode(second)[1:]) == [first, second]


@pytest.mark.parametrize("length", [0, 1, 127, 128, 1500, USUAL_MAX_INFO])
def test_one_and_two_octets_of_length(length: int) -> None:
    frame = Frame(1, Kind.UIH, False, info=b"\xf9" * length)
    assert BasicDecoder().receive(encode_basic(frame)) == [frame]


@pytest.mark.parametrize("encode", [encode_basic, encode_advanced])
def test_what_no_frame_can_say_is_refused(encode: object) -> None:
    assert callable(encode)
    with pytest.raises(ValueError, match="fit a frame"):
        encode(Frame(1, Kind.UIH, True, info=bytes(MAX_INFO + 1)))
    with pytest.raises(ValueError, match="DLCI"):
        encode(Frame(64, Kind.UIH, True))


def test_dlci_62_is_for_the_advanced_option_only() -> None:
    with pytest.raises(ValueError, match="flag"):
        encode_basic(Frame(62, Kind.UIH, True))
    frame = Frame(62, Kind.UIH, False, info=b"x")
    assert AdvancedDecoder().receive(encode_advanced(frame)) == [frame]


@pytest.mark.parametrize("advanced", [False, True])
@given(
    frame=frames,
    before=st.lists(st.sampled_from([b"\r\nRDY\r\n", b"\xf9", b"\x7e", b"\xf9\x03\xef", b"\0\xff"])).map(
        b"".join
    ),
)
def test_a_frame_behind_noise_is_found_in_the_end(advanced: bool, frame: Frame, before: bytes) -> None:
    decoder, encode = CODECS[advanced]
    hearing = decoder()
    items = hearing.receive(before + (b"\x7e" if advanced else b"") + encode(frame)) + hearing.give_up()
    assert frame in items
    assert not hearing.waiting


def test_text_between_frames_is_handed_out() -> None:
    frame = encode_basic(Frame(1, Kind.UIH, True, info=b"AT\r"))
    items = BasicDecoder().receive(frame + b"\r\nRDY\r\n" + frame)
    assert strays(items) == b"\r\nRDY\r\n"
    assert len(only_frames(items)) == 2


def test_a_frame_that_lost_an_octet_takes_no_other_with_it() -> None:
    whole = encode_basic(Frame(1, Kind.UIH, True, info=b"0123456789"))
    for missing in range(len(whole)):
        line = whole[:missing] + whole[missing + 1 :] + whole
        decoder = BasicDecoder()
        found = only_frames(decoder.receive(line) + decoder.give_up())
        assert found[-1] == Frame(1, Kind.UIH, True, info=b"0123456789"), missing


@pytest.mark.parametrize("advanced", [False, True])
@given(
    st.lists(st.binary(max_size=200) | st.sampled_from([b"\xf9\x03\xef\xfe\xff", b"\x7d\x7e"]), max_size=30)
)
def test_noise_gives_items_and_an_end(advanced: bool, chunks: list[bytes]) -> None:
    decoder = CODECS[advanced][0]()
    for item in decoded(decoder, chunks) + decoder.give_up():
        assert isinstance(item, Frame | Stray)
    assert not decoder.waiting


@pytest.mark.parametrize(
    "pattern", [b"\xf9\x03\xef\xfe\x0f", b"U", b"\x7e\x7d", b"\xf9", b"\xf9\x03\x03\xfe\x0f\xf9"]
)
@pytest.mark.parametrize("advanced", [False, True])
def test_endless_noise_costs_no_memory(advanced: bool, pattern: bytes) -> None:
    decoder = CODECS[advanced][0]()
    chunk = (pattern * 1000)[:1000]
    tracemalloc.start()
    try:
        for _ in range(100):
            decoder.receive(chunk)
        assert tracemalloc.get_traced_memory()[1] < 100_000
    finally:
        tracemalloc.stop()


messages = st.builds(
    Message,
    type=st.sampled_from([int(kind) for kind in Type]) | st.just(0x34),
    command=st.booleans(),
    value=st.binary(max_size=200),
)


@given(sent=st.lists(messages, max_size=5), cuts=st.lists(st.integers(0, 500), max_size=10))
def test_control_messages_come_out_as_they_went_in_however_they_are_cut(
    sent: list[Message], cuts: list[int]
) -> None:
    info = b"".join(message.encode() for message in sent)
    reader = MessageReader()
    assert [message for part in cut(info, cuts) for message in reader.receive(part)] == sent
    assert not reader.waiting


@given(st.lists(st.binary(max_size=60), max_size=30))
def test_any_control_octets_give_messages_and_bounded_rest(parts: list[bytes]) -> None:
    reader = MessageReader()
    for part in parts:
        for message in reader.receive(part):
            assert len(message.value) <= 1024


def test_known_messages() -> None:
    assert Message(Type.CLD, True).encode() == b"\xc3\x01"
    # MSC for DLCI 1 with RTC, RTR and DV.
    assert Message(Type.MSC, True, encode_signals(1, Signals(carrier=True))).encode() == b"\xe3\x05\x07\x8d"


@given(
    dlci=st.integers(0, 63),
    signals=st.builds(
        Signals,
        st.booleans(),
        st.booleans(),
        st.booleans(),
        st.booleans(),
        st.booleans(),
        st.none() | st.integers(0, 15),
    ),
)
def test_signals(dlci: int, signals: Signals) -> None:
    assert decode_signals(encode_signals(dlci, signals)) == (dlci, signals)


@given(
    st.builds(
        DlcParameters,
        dlci=st.integers(0, 63),
        frame_type=st.integers(0, 2),
        convergence=st.integers(1, 4),
        priority=st.integers(0, 63),
        t1_s=st.integers(1, 255).map(lambda steps: steps / 100),
        n1=st.integers(1, 32768),
        n2=st.integers(0, 100),
        k=st.integers(1, 7),
    )
)
def test_dlc_parameters(parameters: DlcParameters) -> None:
    assert DlcParameters.decode(parameters.encode()) == parameters


@pytest.mark.parametrize("value", [b"", b"\x07", b"\x07\x8d\x01\x01"])
def test_a_status_of_the_wrong_length_is_refused(value: bytes) -> None:
    with pytest.raises(ValueError, match="MSC"):
        decode_signals(value)
