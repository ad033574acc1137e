"""What a modem answers the network on each message, and what the network makes of it (3GPP TS 24.011)."""

import pytest

from firmware_sim.network import SmsConduct, SmsReported, Subscriber, SubscriberState

IMSI, NUMBER = "250011234567890", "+79161234567"
SENDER_IMSI, SENDER = "250019999999999", "+79030000000"


class Sender:
    """Another subscriber, who wants to know what becomes of the messages."""

    def __init__(self, bench):
        self.bench = bench
        self.told = []
        network = bench.network
        network.add_subscriber(Subscriber(SENDER_IMSI, msisdn=SENDER, state=SubscriberState.ACTIVE))
        network.subscribe(SENDER_IMSI, self._hear)
        network.register(SENDER_IMSI, "356789012345678", "cs", bench.now)

    def _hear(self, notice):
        if isinstance(notice, SmsReported):
            self.told.append(notice.status)

    def send(self, text, **options):
        network, bench = self.bench.network, self.bench
        return bench.happen(
            lambda: network.submit_sms(SENDER_IMSI, NUMBER, text, bench.now, report=True, **options)
        )


@pytest.fixture
def bench(make_bench):
    """The centre reports at once."""
    return make_bench(config={"sms": SmsConduct(report_delay_s=(0, 0))})


@pytest.fixture
def sender(bench):
    bench.send("AT+CMGF=1")
    return Sender(bench)


def test_a_stored_message_is_delivered(bench, sender):
    assert sender.send("hi") == ['+CMTI: "SM",1']
    assert sender.told == [0x00]


def test_a_full_store_is_told_to_the_network_which_keeps_the_message(bench, sender):
    for _ in range(30):
        sender.send("filler")
    sender.told.clear()
    assert sender.send("one too many") == []
    assert sender.send("and another") == []
    assert bench.wait(3600) == []
    assert sender.told == []
    assert bench.send("AT+CMGD=1,0") == ["OK", '+CMTI: "SM",1']
    assert bench.send("AT+CMGR=1")[1] == "one too many"
    assert sender.told == [0x00]
    bench.send("AT+CMGD=5")
    assert bench.send("AT+CMGR=5")[1] == "and another"


def test_what_did_not_fit_outlives_the_power_in_the_network(bench, sender):
    for _ in range(30):
        sender.send("filler")
    sender.send("one too many")
    bench.happen(bench.core.power.restart)
    bench.wait(60)
    bench.send("ATE0+CMGF=1")
    assert bench.send("AT+CMGD=1") == ["OK", '+CMTI: "SM",1']
    assert bench.send("AT+CMGR=1")[1] == "one too many"


def test_what_finds_no_room_in_time_is_given_up(bench, sender):
    for _ in range(30):
        sender.send("filler")
    sender.told.clear()
    sender.send("too late", validity_s=600)
    bench.wait(601)
    assert sender.told == [0x46]
    assert bench.send("AT+CMGD=1") == ["OK"]


def test_the_terminals_answer_is_the_modems(bench, sender):
    bench.send("AT+CSMS=1;+CNMI=2,2")
    assert sender.send("taken")[1] == "taken"
    assert sender.told == []
    bench.send("AT+CNMA")
    assert sender.told == [0x00]
    sender.send("refused")
    bench.send("AT+CNMA=2")
    assert sender.told == [0x00, 0x42]
    assert bench.wait(3600) == [], "and that was the end of it"


def test_what_the_terminal_slept_through_comes_again(bench, sender):
    bench.send("AT+CSMS=1;+CNMI=2,2")
    sender.send("hello?")
    assert bench.wait(16) == []
    bench.send("AT+CNMI=2,1")
    assert bench.wait(60) == ['+CMTI: "SM",1']
    assert sender.told == [0x00]


def test_what_the_power_took_from_the_modem_comes_again(bench, sender):
    bench.send("AT+CSMS=1;+CNMI=2,2")
    sender.send("lost")
    bench.happen(bench.core.power.cut)
    bench.happen(bench.core.power.press_key)
    assert '+CMTI: "SM",1' in bench.wait(200)
    assert sender.told == [0x00]


def test_a_call_that_has_the_line_makes_the_network_wait(bench, sender):
    bench.send("AT+CNMI=1,2")
    bench.send("ATD*99#")
    assert sender.send("hello") == []
    bench.wait(5)
    bench.give(b"+++")
    bench.wait(5)
    bench.send("ATH")
    assert bench.wait(60)[-1] == "hello"


def test_a_long_text_is_divided_by_the_centre_and_waits_part_by_part(bench):
    bench.send("AT+CMGF=1")
    for number in range(28):
        bench.happen(lambda n=number: bench.network.send_sms(IMSI, SENDER, str(n), bench.now))
    long = "ы" * 150
    said = bench.happen(lambda: bench.network.send_sms(IMSI, SENDER, long, bench.now))
    assert said == ['+CMTI: "SM",29', '+CMTI: "SM",30']
    assert bench.send("AT+CMGD=1") == ["OK", '+CMTI: "SM",1']
    shown = "".join(bench.send(f"AT+CMGR={index}")[1] for index in (29, 30, 1))
    assert bytes.fromhex(shown).decode("utf-16-be") == long
