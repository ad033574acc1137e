"""Symbols, addresses, the check, the types and the services: recorded telegrams and what is published of them."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.ebus import (
    FrameError,
    Identity,
    Limits,
    Mode,
    OperatingData,
    Setpoints,
    Signal,
    Telegram,
    decode_answer,
    decode_command,
    encode_answer,
    encode_command,
)
from firmware_sim.ebus.data_types import (
    decode_bcd,
    decode_char,
    decode_data1c,
    decode_data2b,
    decode_data2c,
    decode_outdoor,
    encode_bcd,
    encode_char,
    encode_data1c,
    encode_data2b,
    encode_data2c,
    encode_outdoor,
)
from firmware_sim.ebus.frame import BROADCAST, ESC, MASTERS, SYN, PartReader, Verdict, is_slave, slave_of

RECORDED = [
    "03 FE 05 03 08 01 00 40 FF 2D 17 30 0E C8",
    "03 FE 05 03 08 01 00 00 FF 51 2F 44 13 96",
    "30 FE 07 00 09 00 80 10 08 16 23 10 04 14 A2",
    "30 03 05 07 09 BB 03 61 01 00 80 FF 64 FF D5",
    "03 F1 08 00 08 00 80 99 0E 80 02 00 05 94",
    "30 08 07 04 00 5E",
    "FF 76 07 04 00 43",
]
"""Telegrams of real buses with their check bytes."""

masters = st.sampled_from(sorted(MASTERS))
byte = st.integers(0, 255)
telegrams = st.builds(
    Telegram,
    masters,
    byte.filter(lambda address: address not in (SYN, ESC)),
    byte,
    byte,
    st.binary(max_size=16),
).filter(lambda telegram: telegram.source != telegram.destination)


@pytest.mark.parametrize("wire", RECORDED)
def test_recorded_telegrams_are_right_and_come_out_the_same(wire: str) -> None:
    raw = bytes.fromhex(wire)
    assert encode_command(decode_command(raw)) == raw


def test_the_check_is_built_over_the_expanded_bytes() -> None:
    """The check value that deployed software uses."""
    telegram = Telegram(0x10, 0xFE, 0xB5, 0x05, bytes.fromhex("27 A9 15 AA"))
    assert encode_command(telegram) == bytes.fromhex("10 FE B5 05 04 27 A9 00 15 A9 01 77")


@given(telegrams)
def test_a_telegram_survives_the_wire(telegram: Telegram) -> None:
    wire = encode_command(telegram)
    assert SYN not in wire
    assert decode_command(wire) == telegram


@given(st.binary(max_size=16))
def test_an_answer_survives_the_wire(data: bytes) -> None:
    wire = encode_answer(data)
    assert SYN not in wire
    assert decode_answer(wire) == data


@given(telegrams, st.data())
def test_any_one_wrong_bit_of_the_data_is_noticed(telegram: Telegram, data: st.DataObject) -> None:
    """Addresses, commands and data; a wrong length may by chance find a right check."""
    wire = bytearray(encode_command(telegram))
    place = data.draw(st.integers(0, len(wire) - 1).filter(lambda at: at != 4))
    wire[place] ^= 1 << data.draw(st.integers(0, 7))
    if ESC in wire or SYN in wire:
        return
    with pytest.raises(FrameError):
        decode_command(bytes(wire))


@given(st.binary(max_size=60), st.lists(st.integers(0, 60), max_size=8))
def test_it_does_not_matter_how_bytes_are_cut(wire: bytes, cuts: list[int]) -> None:
    whole, cut = PartReader(), PartReader()
    whole.start_command()
    cut.start_command()
    expected = whole.take(wire)
    edges = sorted({0, len(wire), *(place for place in cuts if place < len(wire))})
    verdict, end = Verdict.MORE, 0
    for start, stop in pairwise(edges):
        if verdict is Verdict.MORE:
            verdict, taken = cut.take(wire[start:stop])
            end = start + taken
    assert (verdict, end) == expected


@given(st.binary(max_size=40))
def test_whatever_comes_is_a_telegram_or_a_typed_error(wire: bytes) -> None:
    try:
        telegram = decode_command(wire)
    except FrameError:
        return
    assert len(telegram.data) <= 16


@pytest.mark.parametrize(
    "telegram",
    [
        Telegram(0x02, 0x08, 7, 4),
        Telegram(0x10, SYN, 7, 4),
        Telegram(0x10, ESC, 7, 4),
        Telegram(0x10, 0x10, 7, 4),
        Telegram(0x10, 0x08, 256, 4),
        Telegram(0x10, 0x08, 7, 4, bytes(17)),
    ],
    ids=["no master", "to SYN", "to ESC", "to itself", "no byte", "too long"],
)
def test_what_may_not_be_sent_is_refused(telegram: Telegram) -> None:
    with pytest.raises(FrameError):
        encode_command(telegram)


def test_there_are_25_masters_with_a_slave_each_and_228_slaves() -> None:
    slaves = {address for address in range(256) if is_slave(address)}
    assert len(MASTERS) == 25
    assert len(slaves) == 228
    assert {slave_of(master) for master in MASTERS} <= slaves
    assert (slave_of(0x03), slave_of(0x30), slave_of(0xFF)) == (0x08, 0x35, 0x04)
    assert BROADCAST not in slaves | MASTERS
    with pytest.raises(FrameError, match="not the address of a master"):
        slave_of(0x08)


def test_every_type_has_its_value_for_not_available() -> None:
    assert encode_bcd(None) == encode_char(None) == encode_data1c(None) == 0xFF
    assert encode_data2b(None) == encode_data2c(None) == b"\x00\x80"
    assert encode_outdoor(None) == 0x3F
    assert decode_bcd(0xFF) is decode_char(0xFF) is decode_data1c(0xFF) is decode_outdoor(0x3F) is None
    assert decode_data2b(b"\x00\x80") is decode_data2c(b"\x00\x80") is None


def test_numbers_of_recorded_telegrams() -> None:
    assert decode_data2c(bytes.fromhex("61 01")) == 22.0625
    assert decode_data2b(bytes.fromhex("99 0E")) == pytest.approx(14.5977, abs=1e-4)
    assert decode_data1c(0x2D) == 22.5
    assert decode_bcd(0x60) == 60
    assert decode_bcd(0x0A) is None


@given(st.integers(0, 99))
def test_bcd_is_exact(value: int) -> None:
    assert decode_bcd(encode_bcd(value)) == value


@given(st.floats(0, 100), st.floats(-30, 50), st.floats(-127, 127), st.floats(-2047, 2047))
def test_numbers_are_right_to_half_a_step(share: float, outdoor_c: float, b: float, c: float) -> None:
    assert decode_char(encode_char(share)) == pytest.approx(share, abs=0.5)
    assert decode_data1c(encode_data1c(share)) == pytest.approx(share, abs=0.25)
    assert decode_outdoor(encode_outdoor(outdoor_c)) == pytest.approx(outdoor_c, abs=0.5)
    assert decode_data2b(encode_data2b(b)) == pytest.approx(b, abs=1 / 512)
    assert decode_data2c(encode_data2c(c)) == pytest.approx(c, abs=1 / 32)


@pytest.mark.parametrize("value", [101.0, -1.0, float("nan"), float("inf")])
def test_a_number_outside_its_type_is_refused(value: float) -> None:
    for encode in (encode_data1c, encode_char):
        with pytest.raises(FrameError, match="does not fit"):
            encode(value)


@pytest.mark.parametrize("value", [2048.0, -2048.0, float("nan"), float("-inf")])
def test_a_number_outside_two_bytes_is_refused(value: float) -> None:
    for encode in (encode_data2b, encode_data2c):
        with pytest.raises(FrameError, match="does not fit"):
            encode(value)
    with pytest.raises(FrameError, match="does not fit"):
        encode_outdoor(value)


@pytest.mark.parametrize("value", [-1, 100])
def test_more_than_two_digits_are_refused(value: int) -> None:
    with pytest.raises(FrameError, match="BCD"):
        encode_bcd(value)


def test_a_recorded_burner_tells_its_temperatures() -> None:
    told = OperatingData.decode(decode_command(bytes.fromhex(RECORDED[0])).data)
    assert told == (0, Signal.PUMP, None, 22.5, 23, 48, 14)
    assert told.encode() == decode_command(bytes.fromhex(RECORDED[0])).data


def test_a_recorded_controller_sets_flow_and_hot_water() -> None:
    wanted = Setpoints.decode(decode_command(bytes.fromhex(RECORDED[3])).data)
    assert wanted == (Mode.HEATING_AND_DHW, 22.0625, 50.0, None)


def test_a_recorded_device_says_who_it_is() -> None:
    answer = decode_answer(bytes.fromhex("0A 19 01 21 00 5A 40 60 01 00 00 48"))
    assert Identity.decode(answer) == (0x19, "?!?Z@", (60, 1), (0, 0))


halves = st.integers(0, 200).map(lambda steps: steps / 2)
bounds = st.none() | st.tuples(halves, halves)


@given(
    st.sampled_from(Mode), st.none() | halves, st.none() | halves, st.none() | halves.map(lambda p: p / 100)
)
def test_setpoints_survive(
    mode: Mode, flow_c: float | None, dhw_c: float | None, degree: float | None
) -> None:
    setpoints = Setpoints(mode, flow_c, dhw_c, degree)
    assert Setpoints.decode(setpoints.encode()) == setpoints


@given(st.none() | halves.map(lambda p: p / 100), bounds, bounds)
def test_limits_survive(
    power: float | None, dhw_c: tuple[float, float] | None, flow_c: tuple[float, float] | None
) -> None:
    limits = Limits(power, dhw_c, flow_c)
    assert Limits.decode(limits.encode()) == limits


@given(st.binary(max_size=16))
def test_data_of_another_dialect_are_a_typed_error(data: bytes) -> None:
    for decode in (Setpoints.decode, OperatingData.decode, Limits.decode, Identity.decode):
        try:
            decode(data)
        except FrameError:
            continue


def test_another_block_is_refused() -> None:
    with pytest.raises(FrameError, match="block 2"):
        OperatingData.decode(bytes((2, *bytes(7))))


def test_a_name_too_long_is_refused() -> None:
    with pytest.raises(FrameError, match="five characters"):
        Identity(1, "TOOLONG", (1, 0), (1, 0)).encode()
