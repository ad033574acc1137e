"""The 32 bits of a frame, and the table of data-ids."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.opentherm import BY_NUMBER, MANDATORY_FOR_SLAVE, TABLE, FrameError, MsgType, ValueType
from firmware_sim.opentherm.frame import (
    decode_f88,
    decode_frame,
    decode_s8_pair,
    decode_s16,
    encode_f88,
    encode_frame,
    encode_pair,
    encode_s16,
)

words = st.integers(0, 0xFFFF)
frames = st.tuples(st.sampled_from(MsgType), st.integers(0, 0xFF), words)


@given(frames)
def test_what_is_encoded_is_decoded(frame: tuple[MsgType, int, int]) -> None:
    word = encode_frame(*frame)
    assert word.bit_count() % 2 == 0
    assert decode_frame(word) == frame


@given(frames, st.integers(0, 31))
def test_any_one_wrong_bit_is_noticed(frame: tuple[MsgType, int, int], bit: int) -> None:
    with pytest.raises(FrameError, match="odd parity"):
        decode_frame(encode_frame(*frame) ^ 1 << bit)


def test_a_known_frame() -> None:
    """Control setpoint of 55.5 °C: WRITE-DATA, data-id 1, 0x3780, and six ones without a parity bit."""
    assert encode_frame(MsgType.WRITE_DATA, 1, encode_f88(55.5)) == 0x1001_3780


def test_spare_bits_are_ignored() -> None:
    assert decode_frame(encode_frame(MsgType.READ_ACK, 25, 0x2D80) | 0x0300_0000).value == 0x2D80


@pytest.mark.parametrize("parts", [(8, 0, 0), (0, 256, 0), (0, 0, 0x10000), (0, -1, 0)])
def test_parts_that_do_not_fit_are_refused(parts: tuple[int, int, int]) -> None:
    with pytest.raises(FrameError):
        encode_frame(*parts)


@given(st.floats(-128, 127.996))
def test_f88_is_right_to_half_a_step(value: float) -> None:
    assert abs(decode_f88(encode_f88(value)) - value) <= 1 / 512


@given(words)
def test_every_word_is_a_number_of_each_type(raw: int) -> None:
    assert encode_f88(decode_f88(raw)) == raw
    assert encode_s16(decode_s16(raw)) == raw
    assert encode_pair(*decode_s8_pair(raw)) == raw
    for row in TABLE:
        assert row.encode(row.decode(raw)) == raw


@pytest.mark.parametrize("value", [128.0, -128.1, float("nan"), float("inf")])
def test_a_number_outside_f88_is_refused(value: float) -> None:
    with pytest.raises(FrameError, match=r"f8\.8"):
        encode_f88(value)


def test_the_table_names_each_data_id_once() -> None:
    assert len(BY_NUMBER) == len(TABLE) == len({row.name for row in TABLE})
    assert set(BY_NUMBER) >= MANDATORY_FOR_SLAVE
    for row in TABLE:
        assert row.access in {"R", "W", "RW"}
        assert (row.low is None) == (row.high is None)
        if row.low is not None and row.high is not None and row.type is not ValueType.U16:
            assert row.within(
                row.encode(row.low if row.type in "f8.8 s16" else (int(row.low), int(row.high)))
            )
