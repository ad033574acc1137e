"""Messages straight to the terminal, with and without acknowledgement."""

import pytest

IMSI = "250011234567890"


@pytest.fixture
def arrive(bench):
    bench.send("AT+CMGF=1;+CNMI=2,2")
    return lambda text: bench.happen(lambda: bench.network.send_sms(IMSI, "+79030000000", text, bench.now))


def texts(said):
    return [line for line in said if not line.startswith("+CMT: ")]


def test_without_acknowledgement_all_come_at_once(bench, arrive):
    assert texts(arrive("one") + arrive("two")) == ["one", "two"]
    assert bench.send("AT+CNMA") == ["+CMS ERROR: 340"]


def test_with_acknowledgement_one_waits_for_the_other(bench, arrive):
    bench.send("AT+CSMS=1")
    assert texts(arrive("one")) == ["one"]
    assert arrive("two") == []
    assert texts(bench.send("AT+CNMA")) == ["OK", "two"]
    assert bench.send("AT+CNMA") == ["OK"]
    assert bench.send("AT+CNMA") == ["+CMS ERROR: 340"]
    bench.wait(60)
    assert bench.send("AT+CNMI?") == ["+CNMI: 2,2,0,0,0", "OK"]
    assert bench.send("AT+CPMS?")[0].startswith('+CPMS: "SM",0,')


@pytest.mark.parametrize("answer", ["=0", "=1", "=2"])
def test_each_kind_of_answer_ends_it(bench, arrive, answer):
    bench.send("AT+CSMS=1")
    arrive("one")
    assert bench.send("AT+CNMA" + answer) == ["OK"]
    bench.wait(60)
    assert bench.send("AT+CPMS?")[0].startswith('+CPMS: "SM",0,')


def test_an_answer_with_a_pdu_for_the_network(bench, arrive):
    bench.send("AT+CSMS=1;+CMGF=0")
    arrive("one")
    assert bench.send("AT+CNMA=1,3") == ["> "]
    assert bench.give(b"000000\x1a") == ["OK"]
    arrive("two")
    assert bench.send("AT+CNMA=1,3") == ["> "]
    assert bench.give(b"0000\x1a") == ["+CMS ERROR: 304"]
    assert bench.send("AT+CNMA=3") == ["+CME ERROR: 50"]
    assert bench.send("AT+CNMA") == ["OK"]


def test_a_silent_terminal_gets_no_more_and_finds_the_messages_in_the_store(bench, arrive):
    bench.send("AT+CSMS=1")
    arrive("one")
    arrive("two")
    assert bench.wait(30) == []
    assert bench.send("AT+CNMI?") == ["+CNMI: 2,0,0,0,0", "OK"]
    bench.wait(60)  # the network tries again
    listed = bench.send('AT+CMGL="ALL"')
    assert "one" in listed
    assert "two" in listed
    assert bench.send("AT+CNMA") == ["+CMS ERROR: 340"]


def test_the_power_ends_what_was_under_way(bench, arrive):
    bench.send("AT+CSMS=1")
    arrive("one")
    bench.happen(bench.core.power.restart)
    bench.wait(60)
    bench.send("ATE0+CMEE=1")
    assert bench.send("AT+CSMS?") == ["+CSMS: 0,1,1,1", "OK"]
    assert bench.send("AT+CNMA") == ["+CMS ERROR: 340"]
