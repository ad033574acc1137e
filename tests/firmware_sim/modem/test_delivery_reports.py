"""Reports on sent messages, and where +CNMI sends what comes (3GPP TS 27.005, 3.4.1)."""

import pytest

from at_commands.sms import Content, DeliverPdu, StatusReportPdu, SubmitPdu, split_content
from firmware_sim.network import SmsConduct, UserData

IMSI, NUMBER = "250011234567890", "+79161234567"
QUICK = {"sms_delay_s": (0, 0), "sms": SmsConduct(report_delay_s=(0, 0))}


@pytest.fixture
def bench(make_bench):
    return make_bench(config=QUICK)


def send(bench, *, report=True):
    pdu, length = SubmitPdu("+4930123456", Content.of("x"), status_report=report).encode()
    said = bench.send(f"AT+CMGS={length}")
    assert said == ["> "]
    return bench.give(pdu.encode() + b"\x1a") + bench.wait(1)


def incoming(bench, content, sender="MTS"):
    body = content.encode()
    data = UserData(content.dcs, body[0], body[1:], bool(content.header))
    return bench.happen(lambda: bench.network.send_sms(IMSI, sender, data, bench.now)) + bench.wait(1)


def test_nobody_asked(bench):
    bench.send("AT+CNMI=2,1,0,1")
    assert send(bench, report=False) == ["+CMGS: 0", "OK"]


def test_reports_are_not_routed_by_default(bench):
    assert send(bench) == ["+CMGS: 0", "OK"]


def test_straight_to_the_terminal_in_pdu_mode(bench):
    bench.send("AT+CNMI=2,1,0,1")
    said = send(bench)
    assert said[:2] == ["+CMGS: 0", "OK"]
    length, pdu = said[2].removeprefix("+CDS: "), said[3]
    report = StatusReportPdu.decode(pdu)
    assert (report.reference, report.recipient, report.status) == (0, "+4930123456", 0)
    assert int(length) == len(pdu) // 2 - 8, "octets behind the service centre's"


def test_straight_to_the_terminal_in_text_mode(bench):
    bench.send("AT+CMGF=1;+CNMI=2,1,0,1;+CSMP=49,167,0,0")
    assert bench.send('AT+CMGS="+4930123456"') == ["> "]
    said = bench.give(b"x\x1a") + bench.wait(1)
    (report,) = [line for line in said if line.startswith("+CDS: ")]
    fields = report.removeprefix("+CDS: ").split(",")
    assert fields[:4] == ["6", "0", '"+4930123456"', "145"]
    assert fields[-1] == "0"
    assert len(fields) == 9, "two stamps, each with a comma"


def test_stored_and_told_where(bench):
    bench.send("AT+CNMI=2,1,0,2")
    assert send(bench)[-1] == '+CDSI: "SM",1'
    assert StatusReportPdu.decode(bench.send("AT+CMGR=1")[1]).status == 0
    bench.send("AT+CMGF=1")
    assert bench.send('AT+CMGL="ALL"')[0].startswith('+CMGL: 1,"REC READ",6,0,"+4930123456",145,')


def test_acknowledged_where_the_service_wants_it(bench):
    bench.send("AT+CSMS=1;+CNMI=2,2,0,1")
    assert any(line.startswith("+CDS: ") for line in send(bench))
    assert incoming(bench, Content.of("held back")) == [], "one at a time"
    said = bench.send("AT+CNMA")
    assert said[0] == "OK" or said[-1] == "OK"
    assert any(line.startswith("+CMT: ") for line in said)


@pytest.mark.parametrize(
    ("deliver", "message_class", "told"),
    [
        (0, None, None),
        (1, None, "+CMTI: "),
        (2, None, "+CMT: "),
        (2, 1, "+CMT: "),
        (2, 2, "+CMTI: "),
        (3, None, "+CMTI: "),
        (3, 2, "+CMTI: "),
        (3, 3, "+CMT: "),
    ],
)
def test_where_messages_go(bench, deliver, message_class, told):
    bench.send(f"AT+CNMI=2,{deliver}")
    said = incoming(bench, Content("x", message_class=message_class))
    assert [line for line in said if line.startswith("+")] == ([] if told is None else said[:1])
    assert told is None or said[0].startswith(told)
    stored = bench.send("AT+CPMS?")[0].startswith('+CPMS: "SM",1')
    assert stored is (told != "+CMT: ")


def test_indications_are_kept_and_let_go(bench):
    bench.send("AT+CNMI=0,1")
    assert incoming(bench, Content.of("x")) == []
    assert bench.send("AT+CNMI=2,1,0,0,0") == ["OK", '+CMTI: "SM",1']
    bench.send("AT+CNMI=0,1")
    assert incoming(bench, Content.of("y")) == []
    assert bench.send("AT+CNMI=2,1,0,0,1") == ["OK"], "and thrown away"


def test_while_data_has_the_line(bench):
    bench.send("AT+CNMI=1,1")
    bench.send("ATS12=0")
    bench.send("ATD*99#")
    incoming(bench, Content.of("x"))
    bench.give(b"+++")
    assert not any(line.startswith("+CMTI") for line in bench.wait(5) + bench.send("AT"))


def test_a_message_in_parts_comes_through_as_it_was_sent(make_bench):
    bench = make_bench(config=QUICK)
    parts = split_content(Content.of("Котёл включён. " * 10), 77)
    for part in parts:
        pdu, length = SubmitPdu(NUMBER, part).encode()
        bench.send(f"AT+CMGS={length}")
        bench.give(pdu.encode() + b"\x1a")
    bench.wait(1)
    listed = bench.send("AT+CMGL=4")
    read = [DeliverPdu.decode(line).content for line in listed if not line.startswith(("+", "OK"))]
    assert read == parts
