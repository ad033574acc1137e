"""Contents of a card's files: known octets, and there and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from at_commands import sim_files as files

plmns = st.from_regex(r"[0-9]{5,6}", fullmatch=True)


@pytest.mark.parametrize(
    ("encoded", "octets"),
    [
        (files.encode_iccid("8970101234567890123"), "980701214365870921F3"),
        (files.encode_imsi("250011234567890"), "082905102143658709"),
        (files.encode_imsi("25001123456789"), "0821051021436587F9"),  # even: the last half is empty
        (files.encode_plmn("25001"), "52F010"),
        (files.encode_plmn("310410"), "130014"),
        (files.encode_number("+79161234567"), "079197612143 65F7 FFFFFFFF"),
        (files.encode_number("112"), "038111F2FFFFFFFFFFFFFFFF"),
        (files.encode_name("MTS", 5), "4D5453FFFF"),
        (files.encode_name("МТС", 8), "80041C04220421FF"),
    ],
)
def test_known_octets(encoded, octets):
    assert encoded == bytes.fromhex(octets)


@given(plmns)
def test_a_plmn_comes_back(plmn):
    assert files.decode_plmn(files.encode_plmn(plmn)) == plmn


@given(st.lists(plmns, max_size=4))
def test_a_list_of_plmns_comes_back_with_its_empty_places_left_out(entered):
    content = files.encode_plmns(tuple(entered), 4)
    assert len(content) == 12
    assert files.decode_plmns(content) == tuple(entered)


@given(st.text("0123456789", min_size=6, max_size=15))
def test_an_imsi_comes_back(imsi):
    assert files.decode_imsi(files.encode_imsi(imsi)) == imsi


@given(st.sampled_from(["", "+"]), st.text("0123456789*#", min_size=1, max_size=20))
def test_a_number_comes_back(plus, number):
    assert files.decode_number(files.encode_number(plus + number)) == plus + number


@given(st.text("ABCabc012 €[", max_size=8) | st.text("АБВГДежз", min_size=1, max_size=7))
def test_a_record_comes_back(name):
    record = files.encode_dialling_record(name, "+79161234567", 32)
    assert len(record) == 32
    assert files.decode_dialling_record(record) == (name, "+79161234567")


def test_the_two_compressed_forms_of_ucs2_are_read():
    assert files.decode_name(bytes.fromhex("81 03 08 9C A2 A1 FF")) == "МТС"
    assert files.decode_name(bytes.fromhex("82 04 0400 9C A2 A1 31 FF")) == "МТС1"


@given(st.binary(max_size=40))
def test_no_octets_bring_a_decoder_down(octets):
    """They give a value, or a ValueError."""
    for decode in (
        files.decode_iccid,
        files.decode_imsi,
        files.decode_plmn,
        files.decode_plmns,
        files.decode_name,
        files.decode_number,
        files.decode_dialling_record,
        files.mnc_digits,
    ):
        try:
            decode(octets)
        except ValueError:
            continue


def test_the_card_says_how_long_its_networks_code_is():
    assert files.mnc_digits(bytes.fromhex("00000002")) == 2
    assert files.mnc_digits(bytes.fromhex("00000003")) == 3
    assert files.mnc_digits(bytes.fromhex("000000")) is None, "a phase 2 card"
    assert files.mnc_digits(bytes.fromhex("000000FF")) is None
