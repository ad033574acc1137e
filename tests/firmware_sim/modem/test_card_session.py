"""The card's end of the contacts: APDUs in, data and status words out."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.modem import SimCard
from firmware_sim.modem.card_session import CardSession
from firmware_sim.modem.sim_files import FILES, Access

PIN = "31323334FFFFFFFF"
WRONG = "30303030FFFFFFFF"
PUK = "3132333435363738"


@pytest.fixture
def card():
    return SimCard("8970101234567890123", "250011234567890", "+79161234567", provider="MTS RUS")


@pytest.fixture
def locked():
    return SimCard("8970101234567890123", "250011234567890", pin="1234")


def talk(card, *apdus):
    session = CardSession(card)
    return [session.transmit(bytes.fromhex(apdu)).hex().upper() for apdu in apdus]


def test_a_sim_is_walked_through_in_class_a0(card):
    assert talk(
        card,
        *("A0A40000022FE2", "A0C000000F", "A0B000000A"),
        *("A0A40000027F20", "A0A40000026F07", "A0B0000009"),
    ) == [
        *("9F0F", "0000000A2FE204000FFF44010200009000", "980701214365870921F39000"),
        *("9F16", "9F0F", "0829051021436587099000"),
    ]


def test_a_usim_is_walked_through_in_class_00(card):
    select_by_name, fetch = "00A4040407A0000000871002", "00C0000000"
    by_path = "00A40804047FFF6F07"
    answers = talk(card, select_by_name, fetch, by_path, "00C0000018", "00B0000009")
    assert answers[0].startswith("61")
    assert answers[1] == f"6C{answers[0][2:]}", "the card tells the right length"
    assert answers[2] == "6118"
    template = bytes.fromhex(answers[3])
    assert template[:2] == b"\x62\x16"
    assert bytes.fromhex("83026F07") in template
    assert bytes.fromhex("80020009") in template
    assert answers[4] == "0829051021436587099000"


def test_a_select_that_fails_leaves_what_was_selected(card):
    assert talk(card, "A0A40000027F20", "A0A40000026F07", "A0A40000026FFF", "A0B0000009")[2:] == [
        "9404",
        "0829051021436587099000",
    ]
    assert talk(card, "00A4000C027FFF", "00A4080C067F206F071234", "00A4000C026F07")[1:] == ["6A82", "9000"]


@pytest.mark.parametrize(
    ("apdu", "sim", "uicc"),
    [
        ("B2010428", "9408", "6981"),  # a record of a transparent file
        ("B0000F01", "6B00", "6B00"),
        ("B0000814", "6701", "6C01"),
        ("D600000111", "9804", "6982"),
        ("D6000002 11", "6700", "6700"),
        ("7F000000", "6D00", "6D00"),
    ],
)
def test_a_refusal_has_the_word_of_its_class(card, apdu, sim, uicc):
    assert talk(card, "A0A40000027F20", "A0A40000026F07", f"A0{apdu}")[-1] == sim
    assert talk(card, "00A4000C027FFF", "00A4000C026F07", f"00{apdu}")[-1] == uicc


def test_records_by_number_and_one_after_the_other(card):
    record = "41FF".ljust(28, "F") + "038111F2".ljust(24, "F") + "FFFF"
    empty = "FF" * 28
    answers = talk(
        card,
        *("A0A40000027F10", "A0A40000026F3A"),
        f"A0DC02041C{record}",
        *("A0B202041C", "A0B200021C", "A0B200021C", "A0B200031C", "A0B200031C"),
        *("A0B233041C", "A0B200041B"),
    )
    assert answers[2] == "9000"
    assert answers[3:] == [
        *(f"{record}9000", f"{empty}9000", f"{record}9000", f"{empty}9000", "9402"),
        *("9402", "671C"),
    ]


def test_the_pin_in_apdus(locked):
    verify = "A020000108"
    files = ("A0A40000027F20", "A0A40000026F07")
    assert talk(locked, *files, "A0B0000009")[-1] == "9804"
    assert talk(locked, verify + WRONG, verify + WRONG, "0020000100", "002C000100") == [
        "9804",
        "9804",
        "63C1",
        "63CA",
    ]
    assert talk(locked, "0020000108" + WRONG, verify + PIN, "0020000108" + PIN) == ["63C0", "9840", "6983"]
    assert talk(locked, "A02C000010" + "FF" * 8 + PIN, "002C000100") == ["9804", "63C9"]
    assert talk(locked, "A02C000010" + PUK + PIN, *files, "A0B0000009")[-1] == "0829051021436587099000"
    assert locked.ready


def test_the_pin_is_changed_and_switched(locked):
    new = "39393939FFFFFFFF"
    assert talk(locked, "A024000110" + PIN + new, "A026000108" + new, "A020000108" + new) == [
        "9000",
        "9000",
        "9808",
    ]
    assert locked.pin is None
    assert talk(locked, "0028000108" + new, "0028000108" + new) == ["9000", "6984"]
    assert locked.pin == "9999"
    assert talk(locked, "0024008110" + WRONG + new, "0020008100") == ["63C2", "63C2"], (
        "PIN2 has its own tries"
    )


def test_a_new_pin_that_is_none_costs_no_try_and_is_not_taken(locked):
    assert talk(locked, "A024000110" + PIN + "3132FFFFFFFFFFFF") == ["6F00"]
    assert (locked.pin, locked.pin_tries) == ("1234", 3)


def test_channels_are_refused(card):
    assert talk(card, "0070000001", "01A4000C023F00", "40A4000C023F00", "A0") == [
        "6881",
        "6881",
        "6E00",
        "6700",
    ]


def test_each_file_is_as_long_as_it_says_and_is_read_by_whom_it_says(card):
    card.chv2.verified = True
    for file in FILES:
        assert len(file.octets(card)) == file.size
        assert file.record == 0 or file.size % file.record == 0
        for place in file.directories:
            session = CardSession(card, uicc=True)
            session.select(place)
            session.select(file.number)
            read = f"00B20104{file.record:02X}" if file.record else f"00B00000{file.size:02X}"
            assert session.transmit(bytes.fromhex(read))[-2:] == b"\x90\x00"
            assert file.read in (Access.ALWAYS, Access.CHV1)


apdus = st.binary(max_size=20) | st.builds(
    lambda class_, rest, data: bytes([class_, *rest, len(data)]) + data,
    st.sampled_from([0xA0, 0x00, 0x80]),
    st.tuples(
        st.sampled_from([0xA4, 0xB0, 0xB2, 0xC0, 0xD6, 0xDC, 0xF2, 0x20, 0x24, 0x26, 0x28, 0x2C]),
        st.sampled_from([0, 1, 2, 4, 8, 255]),
        st.sampled_from([0, 1, 2, 3, 4, 0x0C, 0x81]),
    ),
    st.sampled_from(
        [bytes.fromhex(each) for each in ("3F00", "7F20", "7FFF", "6F07", "6F7B", "6F3A", PIN, PUK, "")]
    )
    | st.binary(max_size=30),
)


@settings(max_examples=200)
@given(st.lists(apdus, max_size=12))
def test_whatever_is_sent_a_status_word_comes_and_the_card_stays_whole(conversation):
    card = SimCard("8970101234567890123", "250011234567890", pin="1234")
    session = CardSession(card)
    for apdu in conversation:
        answer = session.transmit(apdu)
        assert 2 <= len(answer) <= 258
        assert answer[-2] >> 4 in (6, 9)
        for file in FILES:
            assert len(file.octets(card)) == file.size
        for chv in (card.chv1, card.chv2):
            assert 0 <= chv.tries <= 3
            assert 0 <= chv.unblock_tries <= 10
