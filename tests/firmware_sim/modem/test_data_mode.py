"""Data mode: the way in by a packet call, the ways out, and what is heard meanwhile (V.250 6.2.8, 6.3)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.modem.escape import EscapeDetector
from firmware_sim.network import SubscriberState

IMSI = "250011234567890"
GUARD_S = 1.0


@pytest.fixture
def online(make_bench):
    """In data mode, the first LCP request out."""
    bench = make_bench()
    bench.send('AT+CGDCONT=1,"IP","internet"')
    assert bench.send("ATD*99***1#")[0] == "CONNECT"
    bench.wait(5)
    return bench


@pytest.mark.parametrize("dialled", ["ATD*99#", "ATDT*99***1#", "ATD*99**PPP*1#", 'AT+CGDATA="PPP",1'])
def test_each_way_of_dialling_connects(make_bench, dialled):
    bench = make_bench()
    assert bench.send(dialled)[0] == "CONNECT"
    assert bench.raw.endswith(b"\x7e")  # PPP has begun


def test_without_a_network_there_is_no_carrier(make_bench):
    bench = make_bench(state=SubscriberState.IN_STOCK)
    assert bench.send("ATD*99#") == ["NO CARRIER"]


def test_another_number_is_not_a_packet_call(make_bench):
    assert make_bench().send("ATD+79990000000;") == ["NO CARRIER"]


def test_the_escape_between_two_silences_gives_commands_back_and_ato_returns(online):
    online.wait(GUARD_S)
    assert online.give(b"+++") == []
    assert online.wait(GUARD_S + 0.1) == ["OK"]
    assert online.send("AT+CSQ") == ["+CSQ: 20,0", "OK"]
    assert online.send("ATO")[0] == "CONNECT"
    online.wait(GUARD_S)
    for _ in range(3):
        assert online.give(b"+") == []
    assert online.wait(GUARD_S + 0.1)[-1] == "OK"


@pytest.mark.parametrize(
    ("before_s", "data", "after"), [(0.1, b"+++", b""), (2, b"+++", b"x"), (2, b"++++", b"")]
)
def test_without_the_silences_it_is_data(online, before_s, data, after):
    online.give(b"x")
    online.wait(before_s)
    online.give(data)
    if after:
        online.wait(GUARD_S / 2)
        online.give(after)
    assert "OK" not in online.wait(5)
    assert "OK" not in online.send("AT")


def test_hanging_up_ends_the_context(online):
    online.wait(GUARD_S)
    online.give(b"+++")
    online.wait(2)
    assert online.send("AT+CGACT?") == ["+CGACT: 1,1", "OK"]
    assert online.send("ATH") == ["OK"]
    assert online.send("AT+CGACT?") == ["+CGACT: 1,0", "OK"]
    assert online.send("ATO") == ["NO CARRIER"]


def test_a_lost_context_is_no_carrier(online):
    assert online.happen(lambda: online.network.drop_pdp(IMSI, online.now)) == ["NO CARRIER"]
    assert online.send("AT") == ["OK"]


def test_what_the_modem_has_to_say_waits_for_the_end_of_data_mode(make_bench):
    bench = make_bench()
    bench.send("AT+CNMI=2,1")
    bench.send("ATD*99#")
    bench.happen(lambda: bench.network.send_sms(IMSI, "+79030000000", "hello", bench.now))
    assert "+CMTI" not in " ".join(bench.wait(10))
    bench.give(b"+++")
    assert bench.wait(2) == ["OK", '+CMTI: "SM",1']


@pytest.mark.parametrize(
    ("setting", "answers", "context"), [(0, False, "1,1"), (1, True, "1,1"), (2, True, "1,0")]
)
def test_a_client_that_leaves_drops_dtr(make_bench, setting, answers, context):
    bench = make_bench()
    bench.send(f"AT&D{setting}")
    bench.send("ATD*99#")
    bench.happen(lambda: bench.core.client_left(bench.now))
    assert (bench.send("AT") == ["OK"]) is answers
    if not answers:
        bench.wait(2)
        bench.give(b"+++")
        bench.wait(2)
    assert bench.send("AT+CGACT?") == [f"+CGACT: {context}", "OK"]


def test_a_reboot_ends_it(online):
    assert "RDY" in online.happen(online.core.power.restart)
    online.wait(30)
    assert online.send("ATE0") == ["ATE0", "OK"]
    assert online.send("ATO") == ["NO CARRIER"]


@given(st.lists(st.tuples(st.floats(0, 3), st.binary(max_size=6)), max_size=20))
def test_no_byte_is_lost_or_made_up(pieces):
    """Whatever looks like an escape and is none goes through, late but whole."""
    detector = EscapeDetector()
    now, sent, passed = 0.0, b"", b""
    for pause_s, data in pieces:
        now += pause_s
        if detector.complete and pause_s >= detector.guard_s:
            return  # data mode was left
        sent += data
        passed += detector.feed(data, now)
    passed += detector.feed(b"end", now)
    assert passed == sent + b"end"
