"""Short messages in and out, in text and PDU mode, through the network."""

import pytest

from at_commands.sms import Content, DeliverPdu, SubmitPdu, split_content
from firmware_sim.network import SubscriberState

IMSI = "250011234567890"
NUMBER = "+79161234567"
OTHER = "+79030000000"


def arrive(bench, text, sender="MTS"):
    return bench.happen(lambda: bench.network.send_sms(IMSI, sender, text, bench.now))


def test_a_text_message_goes_out_as_it_was_typed(bench):
    bench.send("AT+CMGF=1")
    assert bench.send(f'AT+CMGS="{OTHER}"') == ["> "]
    assert bench.raw == b"\r\n> "
    assert bench.send("two") == ["> "]
    assert bench.send("lines\x1a", end="") == ["+CMGS: 0", "OK"]
    (message,) = bench.network.submitted_messages
    assert (message.to, message.content) == (OTHER, "two\nlines")


@pytest.mark.parametrize("end", ["\x1a", "\x1a\r"])
def test_an_extra_return_behind_ctrl_z_is_harmless(bench, end):
    bench.send("AT+CMGF=1")
    bench.send(f'AT+CMGS="{OTHER}"')
    assert bench.send("hi", end=end) == ["+CMGS: 0", "OK"]


def test_escape_gives_it_up(bench):
    bench.send("AT+CMGF=1")
    bench.send(f'AT+CMGS="{OTHER}"')
    assert bench.send("never mind\x1b", end="") == ["OK"]
    assert not bench.network.submitted_messages


def test_cyrillic_by_ucs2(bench):
    bench.send('AT+CMGF=1;+CSCS="UCS2";+CSMP=17,167,0,8')
    number = NUMBER.encode("utf-16-be").hex()
    bench.send(f'AT+CMGS="{number}"')
    said = bench.send("Привет".encode("utf-16-be").hex() + "\x1a", end="")
    assert said == ["+CMGS: 0", "OK", '+CMTI: "SM",1']
    header, text, _ = bench.send("AT+CMGR=1")
    assert header.startswith(f'+CMGR: "REC UNREAD","{number.upper()}","",')
    assert bytes.fromhex(text).decode("utf-16-be") == "Привет"


@pytest.mark.parametrize("centre", [None, "+79168999100"])
def test_a_pdu_goes_out_and_comes_back(bench, centre):
    pdu, length = SubmitPdu(NUMBER, Content.of("Привет"), centre, relative_validity=167).encode()
    bench.send("AT+CMGF=0")
    assert bench.send(f"AT+CMGS={length}") == ["> "]
    assert bench.send(pdu + "\x1a", end="") == ["+CMGS: 0", "OK", '+CMTI: "SM",1']
    header, received, _ = bench.send("AT+CMGR=1")
    read = DeliverPdu.decode(received)
    assert (read.originator, read.content.text) == (NUMBER, "Привет")
    assert header == f'+CMGR: 0,"",{(len(received) - 16) // 2}'


def test_parts_of_a_long_message_keep_their_header(bench):
    bench.send("AT+CMGF=0")
    parts = split_content(Content.of("x" * 200), 7)
    for part in parts:
        pdu, length = SubmitPdu(NUMBER, part).encode()
        bench.send(f"AT+CMGS={length}")
        bench.send(pdu + "\x1a", end="")
    received = [DeliverPdu.decode(bench.send(f"AT+CMGR={index}")[1]).content for index in (1, 2)]
    assert received == parts


@pytest.mark.parametrize("entry", ["zz", "0001000B", "0011000B919761214365F70000A70141"])
def test_a_broken_pdu_is_refused(bench, entry):
    bench.send("AT+CMGF=0")
    bench.send("AT+CMGS=50")
    assert bench.send(entry + "\x1a", end="") == ["+CMS ERROR: 304"]


def test_too_long_a_text_is_refused(bench):
    bench.send("AT+CMGF=1")
    bench.send(f'AT+CMGS="{OTHER}"')
    assert bench.send("x" * 161 + "\x1a", end="") == ["+CMS ERROR: 305"]


def test_no_network_and_no_service(make_bench):
    denied = make_bench(state=SubscriberState.IN_STOCK)
    denied.send("AT+CMGF=1")
    denied.send(f'AT+CMGS="{OTHER}"')
    assert denied.send("hi\x1a", end="") == ["+CMS ERROR: 331"]
    suspended = make_bench(state=SubscriberState.SUSPENDED)
    suspended.send("AT+CMGF=1")
    suspended.send(f'AT+CMGS="{OTHER}"')
    assert suspended.send("hi\x1a", end="") == ["+CMS ERROR: 10"]


@pytest.mark.parametrize(
    ("cnmi", "mode", "told"),
    [
        ("2,1", 1, ['+CMTI: "SM",1']),
        ("2,0", 1, []),
        ("2,2", 1, ['+CMT: "MTS","","26/01/01,12:01:00+12"', "hello"]),
        ("2,2", 0, ['+CMT: "",22', "07919761989901F00405D0CD690A00006210102110002105E8329BFD06"]),
    ],
)
def test_indications(bench, cnmi, mode, told):
    bench.send(f"AT+CMGF={mode};+CNMI={cnmi}")
    said = arrive(bench, "hello")
    if mode == 0:
        assert said[0].startswith('+CMT: "",')
        assert DeliverPdu.decode(said[1]).content.text == "hello"
    else:
        assert said == told
    stored = [line for line in bench.send("AT+CMGL=4") if line.startswith("+CMGL")]
    assert len(stored) == (0 if cnmi == "2,2" else 1)


def test_listing_reading_and_deleting(bench):
    bench.send("AT+CMGF=1")
    for text in ("one", "two", "three"):
        arrive(bench, text, sender=OTHER)
    assert bench.send("AT+CMGR=2")[:2] == [f'+CMGR: "REC UNREAD","{OTHER}","","26/01/01,12:01:00+12"', "two"]
    assert bench.send("AT+CMGR=2")[0].startswith('+CMGR: "REC READ"')
    unread = bench.send('AT+CMGL="REC UNREAD"')
    assert [line for line in unread if not line.startswith("+CMGL")] == ["one", "three", "OK"]
    assert bench.send('AT+CMGL="REC UNREAD"') == ["OK"], "listing has read them"
    assert bench.send("AT+CMGD=1") == ["OK"]
    assert bench.send("AT+CMGR=1") == ["OK"], "an empty place is no error"
    assert bench.send("AT+CMGR=99") == ["+CMS ERROR: 321"]
    assert bench.send("AT+CPMS?") == ['+CPMS: "SM",2,30,"SM",2,30,"SM",2,30', "OK"]
    assert bench.send("AT+CMGD=1,4") == ["OK"]
    assert bench.send('AT+CMGL="ALL"') == ["OK"]


def test_two_separate_stores(bench):
    arrive(bench, "on the card")
    assert bench.send('AT+CPMS="ME","ME","ME"') == ["+CPMS: 0,40,0,40,0,40", "OK"]
    assert arrive(bench, "in the modem") == ['+CMTI: "ME",1']
    bench.send("AT+CMGF=1")
    assert bench.send("AT+CMGR=1")[1] == "in the modem"
    assert bench.send('AT+CPMS="SM"') == ["+CPMS: 1,30,1,40,1,40", "OK"]
    assert bench.send("AT+CMGR=1")[1] == "on the card"


def test_messages_outlive_the_power(bench):
    arrive(bench, "keep me")
    bench.happen(bench.core.power.restart)
    bench.wait(10)
    bench.send("ATE0+CMGF=1")
    assert bench.send("AT+CMGR=1")[1] == "keep me"


def test_a_message_for_a_full_store_waits_for_room(bench):
    for number in range(30):
        arrive(bench, str(number))
    assert arrive(bench, "one too many") == []
    assert bench.send("AT+CMGD=7") == ["OK", '+CMTI: "SM",7']


def test_a_message_waits_in_the_network_while_the_radio_is_off(bench):
    bench.send("AT+CFUN=4")
    assert arrive(bench, "later") == []
    assert '+CMTI: "SM",1' in bench.send("AT+CFUN=1")


def test_write_and_send_from_memory(bench):
    bench.send("AT+CMGF=1")
    bench.send(f'AT+CMGW="{OTHER}"')
    assert bench.send("draft\x1a", end="") == ["+CMGW: 1", "OK"]
    assert bench.send('AT+CMGL="STO UNSENT"')[:2] == [f'+CMGL: 1,"STO UNSENT","{OTHER}",""', "draft"]
    assert bench.send("AT+CMSS=1") == ["+CMSS: 0", "OK"]
    assert bench.send("AT+CMGR=1")[0].startswith('+CMGR: "STO SENT"')
    assert bench.send("AT+CMSS=9") == ["+CMS ERROR: 321"]


def test_a_long_message_arrives_in_parts(bench):
    said = arrive(bench, "длинное " * 20)
    assert len(said) == 3
    pieces = [DeliverPdu.decode(bench.send(f"AT+CMGR={index}")[1]).content for index in (1, 2, 3)]
    assert "".join(piece.text for piece in pieces) == "длинное " * 20


def test_a_service_answers_by_message(bench):
    bench.send("AT+CMGF=1")
    bench.send('AT+CMGS="111"')
    assert bench.send("11\x1a", end="")[-1] == '+CMTI: "SM",1'


def test_settings_read_back(bench):
    assert bench.send("AT+CSCA?") == ['+CSCA: "+79168999100",145', "OK"]
    bench.send('AT+CSCA="79161111111",145')
    assert bench.send("AT+CSCA?") == ['+CSCA: "+79161111111",145', "OK"]
    bench.send("AT+CSMP=49,167,0,8;+CNMI=1,2,0,1,0;+CSDH=1;+CMGF=1")
    assert bench.send("AT+CSMP?;+CNMI?;+CSDH?;+CMGF?") == [
        "+CSMP: 49,167,0,8",
        "+CNMI: 1,2,0,1,0",
        "+CSDH: 1",
        "+CMGF: 1",
        "OK",
    ]
    assert bench.send('AT+CPMS="XX"') == ["+CMS ERROR: 302"]


def test_not_before_sms_ready(make_bench):
    bench = make_bench(delay=1, on=False)
    bench.core.power.switch_on()
    bench.wait(5)
    bench.send("ATE0")
    assert bench.send("AT+CMGL=4") == ["+CMS ERROR: 314"]
    bench.wait(20)
    assert bench.send("AT+CMGL=4") == ["OK"]


def test_a_notice_after_the_power_went_is_void(bench):
    bench.network.send_sms(IMSI, "MTS", "too late", bench.now)
    bench.happen(bench.core.power.cut)
    bench.happen(bench.core.power.press_key)
    bench.wait(10)
    assert bench.send("AT+CMGL=4")[-1] == "OK"


def test_the_message_service_is_what_was_chosen(bench):
    assert bench.send("AT+CSMS?") == ["+CSMS: 0,1,1,1", "OK"]
    assert bench.send("AT+CSMS=1") == ["+CSMS: 1,1,1", "OK"]
    assert bench.send("AT+CSMS?") == ["+CSMS: 1,1,1,1", "OK"]
    assert bench.send("AT+CSMS=2") == ["+CME ERROR: 50"]
