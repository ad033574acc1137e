"""Each fault on a modem, as its client sees it."""

import pytest


@pytest.fixture
def broken(make_bench):
    """broken(spec, …): a modem that is on and registered, with these faults from then on."""

    def make(*specs: str, **settings):
        bench = make_bench(**settings)
        for spec in specs:
            bench.fault(spec)
        return bench

    return make


def test_without_a_fault_every_byte_is_as_ever(make_bench, broken) -> None:
    sound, watched = make_bench(), broken("lost_ok:command=NEVER", "drop:after=1000000")
    for line in ("AT", "AT+CSQ;+CREG?", "ATI", "AT+NONSENSE", "ATE1", "AT+CMGF=1"):
        assert watched.send(line) == sound.send(line)
        assert watched.raw == sound.raw


def test_a_lost_result(broken) -> None:
    bench = broken("lost_ok:every=2")
    assert bench.send("AT+CSQ") == ["+CSQ: 20,0", "OK"]
    assert bench.send("AT+CSQ") == ["+CSQ: 20,0"]
    assert bench.send("AT+CSQ") == ["+CSQ: 20,0", "OK"]


def test_an_echo_that_flips(broken) -> None:
    bench = broken("echo_flip:command=+CSQ,times=1")
    assert bench.send("AT+CSQ") == ["+CSQ: 20,0", "OK"]
    assert bench.send("AT") == ["AT", "OK"]


def test_a_wrong_answer(broken) -> None:
    bench = broken('wrong_answer:command=+CSQ,text="+CSQ: 99,99,99"', "wrong_answer:command=+CREG,text=")
    assert bench.send("AT+CSQ") == ["+CSQ: 99,99,99", "OK"]
    assert bench.send("AT+CREG?") == ["OK"]
    assert bench.send("AT") == ["OK"]


def test_a_late_answer_and_a_slow_card(broken) -> None:
    bench = broken("late_answer:by=5s,command=+CSQ", "slow_sim:by=3s")
    assert bench.send("AT+CSQ") == []
    assert bench.wait(4.9) == []
    assert bench.wait(0.2) == ["+CSQ: 20,0", "OK"]
    assert bench.send("AT+CPIN?") == []
    assert bench.wait(3.1) == ["+CPIN: READY", "OK"]
    assert bench.send("AT+CREG?") == ["+CREG: 0,1", "OK"]


def test_a_busy_modem(broken) -> None:
    bench = broken("busy:command=+CPIN", "busy:cme=3,command=+COPS")
    assert bench.send("AT+CPIN?") == ["+CME ERROR: 14"]
    assert bench.send("AT+COPS?") == ["+CME ERROR: 3"]
    assert bench.send("AT+CSQ;+CPIN?;+CREG?") == ["+CME ERROR: 14"]
    assert bench.send("AT") == ["OK"]


def test_a_hang_of_some_time(broken) -> None:
    bench = broken("hang:after=1,for=30s")
    assert bench.send("AT") == ["OK"]
    assert bench.send("AT") == []
    bench.wait(29)
    assert bench.send("AT") == []
    bench.wait(1.1)
    assert bench.send("AT") == ["OK"]


def test_a_hang_until_it_is_reset(broken) -> None:
    bench = broken("hang")
    assert bench.send("AT") == []
    bench.wait(100_000)
    assert bench.send("AT") == []
    assert "RDY" in bench.happen(bench.core.power.restart) + bench.wait(60)
    assert bench.send("ATE0")[-1] == "OK"


def test_news_inside_an_answer_and_inside_an_echo(broken) -> None:
    bench = broken("urc_inside:command=+CSQ", 'urc_inside:where=echo,times=1,text="+CREG: 1"')
    assert bench.send("AT+CSQ") == ["+CSQ: 20,0", "RING", "OK"]
    bench.send("ATE1")
    assert bench.send("AT+CGSN") == ["AT+C", "+CREG: 1", "GSN", bench.core.device.imei, "OK"]


def test_a_boot_line_without_a_boot(broken) -> None:
    bench = broken("boot_line:every=2")
    assert bench.send("AT") == ["OK"]
    assert bench.send("AT+CSQ") == ["RDY", "+CSQ: 20,0", "OK"]


def test_a_storm(broken) -> None:
    bench = broken('urc_storm:rate=50,for=10s,text="+CSQ: 20,0"')
    assert bench.wait(1) == ["+CSQ: 20,0"] * 51
    assert bench.wait(100) == ["+CSQ: 20,0"] * 449


def test_a_reboot_instead_of_an_answer(broken) -> None:
    bench = broken("reboot:after=1")
    assert bench.send("AT") == ["OK"]
    assert "RDY" in bench.send("AT+CSQ") + bench.wait(60)
    assert bench.send("AT") == ["AT", "OK"]  # echo is on again


def test_a_brown_out(broken) -> None:
    bench = broken("brownout:at=60s")
    assert bench.wait(59.9) == []
    assert bench.wait(0.4) == ["UNDER-VOLTAGE WARNNING", "UNDER-VOLTAGE POWER DOWN"]
    assert bench.send("AT") == []
    assert bench.wait(60)[:3] == ["RDY", "+CFUN: 1", "+CPIN: READY"]


def test_a_card_that_loses_contact(broken) -> None:
    bench = broken("sim_gone:at=10s,for=20s")
    assert "+CPIN: NOT READY" in bench.wait(11)
    assert bench.send("AT+CPIN?") == ["+CME ERROR: 10"]
    assert "+CPIN: READY" in bench.wait(60)
    assert bench.send("AT+CREG?") == ["+CREG: 0,1", "OK"]


def test_faults_of_the_network_through_the_same_form(broken) -> None:
    bench = broken("no_signal:for=30s", "detach:at=60s,cause=10", "reject:at=50s,cause=17,times=2")
    bench.wait(1)
    assert bench.send("AT+CSQ") == ["+CSQ: 99,0", "OK"]
    bench.wait(45)
    assert bench.send("AT+CSQ;+CREG?") == ["+CSQ: 20,0", "+CREG: 0,1", "OK"]
    bench.wait(100)
    assert sum(record.cause == 17 for record in bench.network.registrations) == 2
    assert bench.send("AT+CREG?") == ["+CREG: 0,1", "OK"]


def test_an_order_to_reject_ends_with_its_fault(broken) -> None:
    bench = broken("reject:cause=17,times=100")
    bench.wait(1)
    bench.core.faults().remove(1, bench.now)
    bench.send("AT+CFUN=4")
    bench.wait(5)
    bench.send("AT+CFUN=1")
    bench.wait(60)
    assert bench.send("AT+CREG?") == ["+CREG: 0,1", "OK"]


def test_bytes_that_are_lost_and_spoilt_both_ways(broken) -> None:
    assert broken("drop:every=5").send("AT+CSQ") == ["+CQ: 2,0", "OK"]
    assert broken("duplicate:times=1,dir=rx").send("AT") == ["OK"]
    assert broken("flip:dir=rx,after=3,times=1,bit=0").send("AT+CSQ") == ["+CME ERROR: 58"]
    bench = broken("baud:for=10s")
    bench.send("AT")
    assert bench.raw not in (b"", b"\r\nOK\r\n")
    bench.wait(10)
    assert bench.send("AT") == ["OK"]


def test_bytes_that_come_one_by_one_and_late(broken) -> None:
    bench = broken("split:gap=1s", "delay:by=10s,times=1,dir=rx")
    assert bench.send("AT") == []
    assert bench.wait(9.9) == []
    bench.wait(0.2)
    assert bench.raw == b"\r"
    bench.wait(5)
    assert bench.raw == b"\nOK\r\n"


def test_what_is_under_way_is_lost_with_the_power(broken) -> None:
    bench = broken("delay:by=10s")
    bench.send("AT")
    bench.happen(bench.core.power.cut)
    assert bench.wait(60) == []
