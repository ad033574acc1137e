"""Text mode in full: the fields of +CSDH=1, +CSCS, +CSMP, and what is handed on untouched."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from at_commands.sms import Content, DeliverPdu, SubmitPdu
from firmware_sim.modem.submission import Submission
from firmware_sim.network import UserData

IMSI, NUMBER, OTHER = "250011234567890", "+79161234567", "+79030000000"
CENTRE = "+79168999100"
STAMP = '"26/01/01,12:01:00+12"'


@pytest.fixture
def bench(make_bench):
    bench = make_bench()
    bench.send("AT+CMGF=1;+CSDH=1")
    return bench


def arrive(bench, content, sender=OTHER):
    return bench.happen(lambda: bench.network.send_sms(IMSI, sender, content, bench.now))


def submit(bench, text, to=f'"{OTHER}"'):
    """What the centre got."""
    assert bench.send(f"AT+CMGS={to}") == ["> "]
    said = bench.send(text + "\x1a", end="")
    return bench.network.submitted_messages[-1] if said[1:2] == ["OK"] else said


def user_data(content, protocol_id=0):
    octets = content.encode()
    return UserData(content.dcs, octets[0], octets[1:], bool(content.header), protocol_id)


def test_a_message_that_came_with_all_its_fields(bench):
    arrive(bench, "hello")
    assert bench.send("AT+CMGL=4")[0] == f'+CMGL: 1,"REC UNREAD","{OTHER}","",{STAMP},145,5'
    assert bench.send("AT+CMGR=1")[0] == f'+CMGR: "REC READ","{OTHER}","",{STAMP},145,4,0,0,"{CENTRE}",145,5'
    bench.send("AT+CNMI=2,2")
    assert arrive(bench, "hello", "MTS") == [f'+CMT: "MTS","",{STAMP},208,4,0,0,"{CENTRE}",145,5', "hello"]


def test_a_message_that_was_written_with_all_its_fields(bench):
    bench.send(f'AT+CMGW="{OTHER}"')
    bench.send("draft\x1a", end="")
    assert bench.send("AT+CMGL=4")[0] == f'+CMGL: 1,"STO UNSENT","{OTHER}","",,145,5'
    assert bench.send("AT+CMGR=1")[0] == f'+CMGR: "STO UNSENT","{OTHER}","",145,17,0,0,167,"",129,5'


def test_data_is_shown_in_hex_whatever_the_character_set(bench):
    for content in (
        Content(data=b"\x00\xff", alphabet=Content.decode(4, False, 0, b"").alphabet),
        Content.of("Да"),
    ):
        arrive(bench, user_data(content))
    assert bench.send("AT+CMGR=1")[0].endswith(',4,0,4,"+79168999100",145,2')
    assert bench.send("AT+CMGR=1")[1] == "00FF"
    assert bench.send("AT+CMGR=2")[1] == "04140430"
    bench.send('AT+CSCS="UCS2"')
    assert bench.send("AT+CMGR=1")[1] == "00FF"
    assert bench.send("AT+CMGR=2")[1] == "04140430"


@pytest.mark.parametrize(
    ("character_set", "number", "text"),
    [
        ("IRA", OTHER, "@"),
        ("GSM", OTHER, "\x00"),
        ("HEX", "2B3739303330303030303030", "00"),
        ("UCS2", OTHER.encode("utf-16-be").hex().upper(), "0040"),
    ],
)
def test_the_character_set_is_that_of_numbers_and_text(bench, character_set, number, text):
    bench.send(f'AT+CSCS="{character_set}"')
    sent = submit(bench, text, f'"{number}"')
    assert (sent.to, sent.content) == (OTHER, "@")
    arrive(bench, "@")
    header, shown, _ = bench.send("AT+CMGR=1")
    assert header.startswith(f'+CMGR: "REC UNREAD","{number}","",{STAMP}')
    assert shown == text


def test_a_number_is_international_by_its_type(bench):
    assert submit(bench, "x", '"79030000000",145').to == OTHER
    assert submit(bench, "x", '"79030000000",129').to == "79030000000"


def test_the_parameters_go_into_the_message(bench):
    bench.send("AT+CSMP=17,167,65,17")
    assert submit(bench, "x").content == UserData(17, 1, b"x", protocol_id=65)


def test_eight_bit_data_and_headers_are_typed_in_hex(bench):
    bench.send("AT+CSMP=17,167,0,4")
    assert submit(bench, "00FF").content == UserData(4, 2, b"\x00\xff")
    assert submit(bench, "no hex") == ["+CMS ERROR: 305"]
    bench.send("AT+CSMP=81,167,0,8")
    typed = "050003010201" + "04140430"
    assert submit(bench, typed).content == UserData(8, 10, bytes.fromhex(typed), has_header=True)


def test_a_message_of_class_0_is_shown_and_not_kept(bench):
    flash = user_data(Content("fire", message_class=0))
    assert arrive(bench, flash)[1] == "fire"
    bench.send("AT+CNMI=2,0")
    assert arrive(bench, flash) == []
    assert bench.send("AT+CPMS?")[0].startswith('+CPMS: "SM",0,')


def test_a_message_of_class_2_goes_to_the_card_whatever_store_is_chosen(bench):
    bench.send('AT+CPMS="ME","ME","ME";+CNMI=2,2')
    assert arrive(bench, user_data(Content("for the card", message_class=2))) == ['+CMTI: "SM",1']
    assert bench.send('AT+CPMS="SM"')[0].startswith("+CPMS: 1,30,0,40")


def test_a_full_card_holds_up_only_what_is_for_the_card(bench):
    for number in range(30):
        arrive(bench, str(number))
    bench.send('AT+CPMS="ME","ME","ME"')
    assert arrive(bench, user_data(Content("for the card", message_class=2))) == []
    assert arrive(bench, "for the modem") == ['+CMTI: "ME",1']
    bench.send('AT+CPMS="SM"')
    assert bench.send("AT+CMGD=3") == ["OK", '+CMTI: "SM",3']


def test_a_message_that_waits_for_room_comes_when_another_store_is_chosen(bench):
    for number in range(31):
        arrive(bench, str(number))
    assert bench.send('AT+CPMS="SM","SM","ME"')[-2:] == ["OK", '+CMTI: "ME",1']


def test_a_full_store_takes_no_draft(bench):
    for number in range(30):
        arrive(bench, str(number))
    bench.send(f'AT+CMGW="{OTHER}"')
    assert bench.send("draft\x1a", end="") == ["+CMS ERROR: 322"]


@pytest.mark.parametrize("state", ["STO SENT", "STO UNSENT"])
def test_a_draft_is_written_as_what_it_is_said_to_be(bench, state):
    bench.send(f'AT+CMGW="{OTHER}",145,"{state}"')
    bench.send("draft\x1a", end="")
    assert bench.send("AT+CMGR=1")[0].startswith(f'+CMGR: "{state}"')
    assert bench.send(f'AT+CMGW="{OTHER}",145,"REC READ"') == ["+CMS ERROR: 302"]
    assert bench.send(f'AT+CMGW="{OTHER}",145,"LOST"') == ["+CMS ERROR: 302"]


def test_a_message_that_came_is_written_in_pdu_mode(bench):
    arrive(bench, "hello")
    bench.send("AT+CMGF=0")
    pdu = bench.send("AT+CMGR=1")[1]
    bench.send(f"AT+CMGW={len(pdu) // 2 - 8},1")
    assert bench.send(pdu + "\x1a", end="") == ["+CMGW: 2", "OK"]
    assert bench.send("AT+CMGR=2") == [f'+CMGR: 1,"",{len(pdu) // 2 - 8}', pdu, "OK"]
    assert bench.send("AT+CMSS=2") == ["+CMS ERROR: 304"], "nothing to be sent"
    bench.send(f"AT+CMGW={len(pdu) // 2 - 8},2")
    assert bench.send(pdu + "\x1a", end="") == ["+CMS ERROR: 304"]


def test_a_draft_is_sent_only_when_the_network_took_it(bench):
    bench.send(f'AT+CMGW="{OTHER}"')
    bench.send("draft\x1a", end="")
    bench.send("AT+CFUN=4")
    assert bench.send("AT+CMSS=1") == ["+CMS ERROR: 331"]
    assert bench.send("AT+CMGR=1")[0].startswith('+CMGR: "STO UNSENT"')


@pytest.mark.parametrize(
    ("flag", "left"),
    [
        (0, ["REC UNREAD", "STO UNSENT", "STO SENT"]),
        (1, ["REC UNREAD", "STO UNSENT", "STO SENT"]),
        (2, ["REC UNREAD", "STO UNSENT"]),
        (3, ["REC UNREAD"]),
        (4, []),
    ],
)
def test_each_flag_deletes_what_it_says(bench, flag, left):
    arrive(bench, "read")
    bench.send("AT+CMGR=1")
    arrive(bench, "unread")
    for state in ("STO UNSENT", "STO SENT"):
        bench.send(f'AT+CMGW="{OTHER}",145,"{state}"')
        bench.send("draft\x1a", end="")
    assert bench.send(f"AT+CMGD=1,{flag}") == ["OK"]
    listed = [line.split('"')[1] for line in bench.send('AT+CMGL="ALL"') if line.startswith("+CMGL")]
    assert listed == left


@given(
    st.sampled_from([0x00, 0x04, 0x08, 0x11, 0x15, 0x1A, 0xC8, 0xD0, 0xE1, 0xF1, 0xF6]),
    st.binary(max_size=140),
    st.integers(0, 255),
    st.integers(0, 255),
    st.sampled_from([b"", b"\xa7"]),
)
def test_user_data_passes_through_as_it_stands(dcs, octets, protocol_id, reference, validity):
    length = len(octets) * 8 // 7 if dcs in (0x00, 0x11, 0xC8, 0xD0, 0xF1) else len(octets)
    first = 0x11 if validity else 0x01
    tpdu = bytes([first, reference, 11, 0x91]) + bytes.fromhex("9730000000F0") + bytes([protocol_id, dcs])
    pdu = "00" + (tpdu + validity + bytes([length]) + octets).hex()
    sent = Submission.of(pdu, 0.0)
    assert sent.destination == OTHER
    assert sent.validity_s == (86_400 if validity else None)
    if isinstance(sent.content, str):
        content = Content.of(sent.content)
        assert (content.dcs, content.encode()) == (dcs, bytes([length]) + octets)
    else:
        assert sent.content == UserData(dcs, length, octets, protocol_id=protocol_id)


@pytest.mark.parametrize(
    ("validity_format", "octets", "valid_s"),
    [(0, "", None), (2, "00", 300), (2, "A7", 86_400), (3, "62101021000000", 3600), (1, "00" * 7, None)],
)
def test_each_format_of_the_validity_period(validity_format, octets, valid_s):
    """Absolute: 2026-01-01 12:00:00 UTC, an hour from then."""
    first = f"{1 | validity_format << 3:02X}"
    pdu = f"00{first}000B919730000000F00000{octets}0141"
    assert Submission.of(pdu, 1_767_265_200.0).validity_s == valid_s


def test_a_pdu_of_any_class_comes_back_as_it_went(bench):
    bench.send("AT+CMGF=0;+CNMI=2,1")
    pdu, length = SubmitPdu(NUMBER, Content("x", message_class=1), protocol_id=0x41).encode()
    bench.send(f"AT+CMGS={length}")
    assert bench.send(pdu + "\x1a", end="")[-1] == '+CMTI: "SM",1'
    back = DeliverPdu.decode(bench.send("AT+CMGR=1")[1])
    assert (back.content.message_class, back.protocol_id) == (1, 0x41)
