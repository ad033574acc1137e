"""EF-FPLMN: a network that rejected the card with cause 11 is not tried again until its entry is gone (23.122)."""

import pytest

from firmware_sim.network import SubscriberState

IMSI = "250011234567890"
ENTERED = '+CRSM: 144,0,"52F010FFFFFFFFFFFFFFFFFF"'
READ = "AT+CRSM=176,28539,0,0,12"
ERASE = f'AT+CRSM=214,28539,0,0,12,"{"FF" * 12}"'


@pytest.fixture
def turned_away(make_bench):
    """Rejected with 11 once; then the operator lets the card in."""
    bench = make_bench(state=SubscriberState.IN_STOCK, config={"denial_cause": 11})
    assert bench.send("AT+CREG?;+CGREG?") == ["+CREG: 0,3", "+CGREG: 0,3", "OK"]
    bench.network.set_state(IMSI, SubscriberState.ACTIVE, bench.now)
    return bench


def test_one_reject_is_enough_for_both_domains(turned_away):
    assert turned_away.send(READ) == [ENTERED, "OK"]
    assert turned_away.send("AT+CEER") == ["+CEER: PLMN not allowed", "OK"]
    assert len(turned_away.network.registrations) == 1


@pytest.mark.parametrize(
    "cure", ["AT+CFUN=0;+CFUN=1", "AT+CFUN=4;+CFUN=1", "AT+CFUN=1,1", "AT+COPS=2;+COPS=0", "power"]
)
def test_nothing_that_helps_elsewhere_helps(turned_away, cure):
    bench = turned_away
    asked = len(bench.network.registrations)
    for _ in range(3):
        if cure == "power":
            bench.happen(bench.core.power.restart)
        else:
            bench.send(cure)
        bench.wait(24 * 3600)
        bench.send("ATE0+CMEE=1")
    assert bench.send("AT+CREG?") == ["+CREG: 0,2", "OK"], "it looks for another network"
    assert bench.send(READ) == [ENTERED, "OK"]
    assert len(bench.network.registrations) == asked


def test_the_card_takes_its_list_into_another_modem(turned_away, make_bench):
    elsewhere = make_bench()
    elsewhere.happen(lambda: elsewhere.core.power.change_card(turned_away.sim))
    elsewhere.wait(3600)
    assert elsewhere.send("AT+CREG?") == ["+CREG: 0,2", "OK"]


def test_erased_it_registers_at_the_next_search(turned_away):
    bench = turned_away
    assert bench.send(ERASE) == ["+CRSM: 144,0", "OK"]
    bench.send("AT+CFUN=0;+CFUN=1")
    bench.wait(60)
    assert bench.send("AT+CREG?;+CGREG?") == ["+CREG: 0,1", "+CGREG: 0,1", "OK"]


def test_a_network_chosen_by_hand_is_tried_and_forgiven(turned_away):
    bench = turned_away
    scan = bench.send("AT+COPS=?") + bench.wait(60)
    assert '(3,"MTS RUS","MTS","25001")' in scan[0]
    bench.send('AT+COPS=1,2,"25001"')
    bench.wait(60)
    assert bench.send("AT+CREG?;+CGREG?") == ["+CREG: 0,1", "+CGREG: 0,1", "OK"]
    assert bench.send(READ) == [f'+CRSM: 144,0,"{"FF" * 12}"', "OK"]


def test_a_choice_that_fails_is_made_once(turned_away):
    bench = turned_away
    bench.network.set_state(IMSI, SubscriberState.IN_STOCK, bench.now)
    asked = len(bench.network.registrations)
    bench.send('AT+COPS=1,2,"25001"')
    bench.wait(24 * 3600)
    assert len(bench.network.registrations) == asked + 1
    assert bench.send(READ) == [ENTERED, "OK"]


def test_a_list_that_is_full_gives_up_its_oldest_entry(make_bench):
    bench = make_bench()
    for plmn in ("25002", "25099", "25020", "25035", "25001", "25099"):
        bench.sim.forbid(plmn)
    assert not bench.sim.forbids("25002")
    assert all(bench.sim.forbids(plmn) for plmn in ("25099", "25020", "25035", "25001"))
    bench.sim.forgive("25020")
    bench.sim.forbid("310410")
    assert bench.sim.forbids("310410")
    assert bench.sim.forbids("25099")
