"""Registration: what is denied for good stays so until the radio is cycled; what is denied for now passes."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.modem.registration import CAUSES_FOR_GOOD, TABLE, Camp, Event, reject_event
from firmware_sim.network import SubscriberState

IMSI = "250011234567890"
STICKY = sorted({2, 3, 6, 8})


@given(st.lists(st.sampled_from([e for e in Event if e is not Event.OFF])))
def test_nothing_but_off_leads_out_of_denied(events):
    camp = Camp.DENIED
    for event in events:
        camp = TABLE[camp].get(event, camp)
    assert camp is Camp.DENIED


def test_every_state_can_be_switched_off_and_knows_its_stat():
    for camp, row in TABLE.items():
        assert camp is Camp.OFF or row[Event.OFF] is Camp.OFF
        assert camp.stat in (0, 1, 2, 3, 5)
    assert set(TABLE) == set(Camp)


@pytest.mark.parametrize("cause", STICKY)
@pytest.mark.parametrize("cure", ["AT+CFUN=0;+CFUN=1", "AT+CFUN=4;+CFUN=1", "AT+CFUN=1,1"])
def test_denied_although_active_until_the_radio_is_cycled(make_bench, cause, cure):
    bench = make_bench(state=SubscriberState.IN_STOCK, config={"denial_cause": cause})
    assert bench.send("AT+CREG?;+CGREG?") == ["+CREG: 0,3", "+CGREG: 0,3", "OK"]
    bench.network.set_state(IMSI, SubscriberState.ACTIVE, bench.now)
    asked = len(bench.network.registrations)
    bench.wait(48 * 3600)
    bench.happen(lambda: bench.network.set_signal(None))
    bench.happen(lambda: bench.network.set_signal(-70))
    for line in (
        "AT+COPS=0",
        "AT+COPS=2",
        "AT+COPS=0",
        "AT+CGATT=0",
        "AT+CGATT=1",
        "ATZ",
        "AT+CFUN=1",
        "ATE0+CREG=0",
    ):
        bench.send(line)
    bench.wait(3600)
    assert bench.send("AT+CREG?;+CGREG?") == ["+CREG: 0,3", "+CGREG: 0,3", "OK"]
    assert len(bench.network.registrations) == asked, "it never asked again"
    bench.send(cure)
    bench.wait(30)
    assert bench.send("ATE0+CREG?;+CGREG?")[-3:] == ["+CREG: 0,1", "+CGREG: 0,1", "OK"]


def test_the_cause_is_told_by_ceer(make_bench):
    bench = make_bench(state=SubscriberState.IN_STOCK)
    assert len(bench.network.registrations) == 1, "one radio cycle is one signalling attempt"
    assert bench.send("AT+CEER") == ["+CEER: IMSI unknown in HLR", "OK"]
    assert bench.send("AT+CGATT=1") == ["+CME ERROR: 102"]


def test_a_temporary_cause_is_tried_again_by_itself(make_bench):
    bench = make_bench(on=False)
    bench.network.reject_next(17, domain="cs", times=3)
    bench.power_on()
    bench.send("ATE0+CREG=1")
    assert bench.send("AT+CREG?")[-2] == "+CREG: 1,1"
    times = [r.at for r in bench.network.registrations if r.domain == "cs"]
    assert [later - earlier for earlier, later in pairwise(times)] == [15.0, 15.0, 15.0]


def test_after_four_temporary_rejects_it_waits_long(make_bench):
    bench = make_bench(on=False)
    bench.network.reject_next(22, domain="cs", times=6)
    bench.power_on()
    bench.wait(3600)
    times = [r.at for r in bench.network.registrations if r.domain == "cs"]
    assert [later - earlier for earlier, later in pairwise(times)] == [15.0] * 4 + [720.0] * 2


def test_gprs_may_be_denied_alone(make_bench):
    bench = make_bench(on=False)
    bench.network.reject_next(7, domain="ps", times=1)
    bench.power_on()
    assert bench.send("ATE0+CREG?;+CGREG?")[-3:] == ["+CREG: 0,1", "+CGREG: 0,3", "OK"]
    assert bench.send("AT+CGATT?") == ["+CGATT: 0", "OK"]


@pytest.mark.parametrize("cause", STICKY)
def test_a_denial_of_the_card_is_one_of_both_domains(make_bench, cause):
    bench = make_bench(on=False)
    bench.network.reject_next(cause, domain="cs", times=1)
    bench.power_on()
    assert bench.send("ATE0+CREG?;+CGREG?")[-3:] == ["+CREG: 0,3", "+CGREG: 0,3", "OK"]


def test_a_card_blocked_while_registered_is_put_off_and_stays_off(bench):
    bench.send("AT+CREG=1;+CGREG=1")
    said = bench.happen(lambda: bench.network.set_state(IMSI, SubscriberState.BLOCKED, bench.now))
    assert said == ["+CREG: 3", "+CGREG: 3"]
    bench.network.set_state(IMSI, SubscriberState.ACTIVE, bench.now)
    bench.wait(3600)
    assert bench.send("AT+CREG?") == ["+CREG: 1,3", "OK"]


@pytest.mark.parametrize(("n", "read", "lost", "found"), [
    (0, "+CREG: 0,1", [], []),
    (1, "+CREG: 1,1", ["+CREG: 2"], ["+CREG: 1"]),
    (2, '+CREG: 2,1,"1A2B","3C4D"', ["+CREG: 2"], ['+CREG: 1,"1A2B","3C4D"']),
])  # fmt: skip
def test_creg_formats(bench, n, read, lost, found):
    bench.send(f"AT+CREG={n}")
    assert bench.send("AT+CREG?") == [read, "OK"]
    assert bench.happen(lambda: bench.network.set_signal(None)) == lost
    assert bench.send("AT+CSQ") == ["+CSQ: 99,0", "OK"]
    assert bench.happen(lambda: bench.network.set_signal(-73)) == found


def test_roaming(make_bench):
    assert make_bench(config={"roaming": True}).send("AT+CREG?") == ["+CREG: 0,5", "OK"]


def test_operator_names_and_scan(bench):
    assert bench.send("AT+COPS?") == ['+COPS: 0,0,"MTS RUS"', "OK"]
    assert bench.send("AT+COPS=3,2;+COPS?") == ['+COPS: 0,2,"25001"', "OK"]
    assert bench.send("AT+COPS=3,1;+COPS?") == ['+COPS: 0,1,"MTS"', "OK"]
    assert bench.send("AT+COPS=?")[0].startswith('+COPS: (2,"MTS RUS","MTS","25001"),')
    assert bench.send('AT+COPS=1,2,"25002"') == ["+CME ERROR: 30"]
    assert bench.send("AT+COPS=2;+COPS?;+CREG?") == ["+COPS: 2", "+CREG: 0,0", "OK"]
    assert bench.send("AT+COPS=0") == ["OK"]
    assert bench.send("AT+CREG?") == ["+CREG: 0,1", "OK"]


def test_realistic_times_of_boot_and_registration(make_bench):
    bench = make_bench(delay=1, on=False)
    bench.core.power.switch_on()
    assert bench.wait(1.5) == []
    assert bench.send("AT") == [], "it hears nothing while it boots"
    assert bench.wait(2) == ["RDY", "+CFUN: 1"]
    bench.send("ATE0+CMEE=1")
    assert bench.send("AT+CREG?") == ["+CREG: 0,0", "OK"]
    assert bench.wait(20) == ["+CPIN: READY", "Call Ready", "SMS Ready"]
    assert bench.send("AT+CREG?") == ["+CREG: 0,1", "OK"]


def test_autobauding_says_nothing_of_its_own_at_boot(make_bench):
    assert make_bench(on=False, fixed_baud=0).power_on() == ["Call Ready", "SMS Ready"]


def test_power_off_leaves_the_network_and_the_key_brings_it_back(bench):
    assert bench.send("AT+CPOWD=1") == ["NORMAL POWER DOWN"]
    assert not bench.network.is_registered(IMSI, "cs")
    assert bench.send("AT") == []
    bench.wait(3600)
    assert bench.happen(bench.core.power.press_key)[:1] == ["RDY"]
    bench.wait(30)
    assert bench.network.is_registered(IMSI, "ps")


def test_reject_kinds():
    assert {cause for cause in range(256) if reject_event(cause) is Event.FOR_GOOD} == CAUSES_FOR_GOOD
    assert reject_event(11) is Event.BY_NETWORK
    assert {reject_event(cause) for cause in (12, 13, 14, 15)} == {Event.HERE}
    assert {reject_event(cause) for cause in (17, 22, 95, 111)} == {Event.FOR_NOW}
