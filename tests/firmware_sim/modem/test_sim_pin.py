"""The PIN and its counters, at the AT interface."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from firmware_sim.modem import SimCard, SimStatus


def test_boot_asks_for_the_pin_and_goes_on_after_it(make_bench):
    bench = make_bench(pin="1234", on=False)
    assert bench.power_on() == ["RDY", "+CFUN: 1", "+CPIN: SIM PIN"]
    bench.send("ATE0+CMEE=1")
    assert bench.send("AT+CPIN?") == ["+CPIN: SIM PIN", "OK"]
    assert bench.send("AT+CIMI") == ["+CME ERROR: 11"]
    assert bench.send("AT+CMGL=4") == ["+CMS ERROR: 311"]
    assert bench.send("AT+CREG?") == ["+CREG: 0,0", "OK"]
    assert bench.send('AT+CPIN="1234"') == ["OK", "+CPIN: READY", "Call Ready", "SMS Ready"]
    assert bench.send("AT+CREG?") == ["+CREG: 0,1", "OK"]
    assert bench.send("AT+CIMI") == ["250011234567890", "OK"]


def test_three_wrong_pins_ask_for_the_puk_and_ten_wrong_puks_kill_the_card(make_bench):
    bench = make_bench(pin="1234")
    assert bench.send('AT+CPIN="0000"') == ["+CME ERROR: 16"]
    assert bench.send("AT+SPIC") == ["+SPIC: 2,10,3,10", "OK"]
    bench.happen(bench.core.power.restart)
    bench.wait(10)
    bench.send("ATE0+CMEE=1")
    assert bench.send("AT+SPIC") == ["+SPIC: 2,10,3,10", "OK"], "the counter lives on the card"
    assert bench.send('AT+CPIN="0000"') == ["+CME ERROR: 16"]
    assert bench.send('AT+CPIN="0000"') == ["+CME ERROR: 12"]
    assert bench.send("AT+CPIN?") == ["+CPIN: SIM PUK", "OK"]
    assert bench.send('AT+CPIN="1234"') == ["+CME ERROR: 12"], "the PIN is no longer asked for"
    for left in range(9, 0, -1):
        assert bench.send('AT+CPIN="00000000","1234"') == ["+CME ERROR: 16"]
        assert bench.send("AT+SPIC") == [f"+SPIC: 0,{left},3,10", "OK"]
    assert bench.send('AT+CPIN="00000000","1234"') == ["+CME ERROR: 13"]
    assert bench.send("AT+CPIN?") == ["+CME ERROR: 13"]
    assert bench.sim.status is SimStatus.DEAD


def test_the_puk_sets_a_new_pin(make_bench):
    bench = make_bench(pin="1234")
    for _ in range(3):
        bench.send('AT+CPIN="0000"')
    assert bench.send('AT+CPIN="12345678","4321"')[0] == "OK"
    assert (bench.sim.pin, bench.sim.pin_tries, bench.sim.puk_tries) == ("4321", 3, 10)


@pytest.mark.parametrize("nonsense", ["12", "123456789", "abcd", ""])
def test_what_cannot_be_a_pin_costs_no_try(make_bench, nonsense):
    bench = make_bench(pin="1234")
    assert bench.send(f'AT+CPIN="{nonsense}"') == ["+CME ERROR: 16"]
    assert bench.sim.pin_tries == 3


def test_lock_unlock_and_change(make_bench):
    bench = make_bench(pin="1234")
    bench.send('AT+CPIN="1234"')
    assert bench.send('AT+CLCK="SC",2') == ["+CLCK: 1", "OK"]
    assert bench.send('AT+CPWD="SC","1234","5555"') == ["OK"]
    assert bench.send('AT+CLCK="SC",0,"1234"') == ["+CME ERROR: 16"]
    assert bench.send('AT+CLCK="SC",0,"5555"') == ["OK"]
    assert bench.send('AT+CLCK="SC",2') == ["+CLCK: 0", "OK"]
    assert bench.send('AT+CLCK="SC",1,"5555"') == ["OK"]
    assert bench.sim.pin == "5555"


def test_minimum_functionality_takes_the_cards_power_and_its_pin(make_bench):
    bench = make_bench(pin="1234")
    bench.send('AT+CPIN="1234"')
    assert bench.send("AT+CFUN=0") == ["OK", "+CPIN: NOT READY"]
    assert bench.send("AT+CPIN?") == ["+CME ERROR: 772"]
    assert bench.send("AT+CFUN=1") == ["OK", "+CPIN: SIM PIN"]


def test_flight_mode_does_not(make_bench):
    bench = make_bench(pin="1234")
    bench.send('AT+CPIN="1234"')
    bench.send("AT+CFUN=4")
    assert bench.send("AT+CIMI") == ["250011234567890", "OK"]
    assert bench.send("AT+CFUN=1;+CPIN?") == ["+CPIN: READY", "OK"]


def test_no_card(make_bench):
    bench = make_bench(card=False, on=False)
    assert bench.power_on() == ["RDY", "+CFUN: 1", "+CPIN: NOT INSERTED"]
    bench.send("ATE0+CMEE=1")
    for line, error in {
        "AT+CPIN?": "+CME ERROR: 10",
        "AT+CIMI": "+CME ERROR: 10",
        "AT+CMGL=4": "+CMS ERROR: 310",
    }.items():
        assert bench.send(line) == [error]
    bench.send("AT+CMEE=2")
    assert bench.send("AT+CCID") == ["+CME ERROR: SIM not inserted"]


def test_a_card_pulled_and_put_back_while_it_runs(bench):
    card = bench.sim
    bench.send("AT+CREG=1")
    assert bench.happen(lambda: bench.core.power.change_card(None)) == [
        "+CREG: 0",
        "+CPIN: NOT READY",
        "+CPIN: NOT INSERTED",
    ]
    assert not bench.network.is_registered(card.imsi, "cs")
    said = bench.happen(lambda: bench.core.power.change_card(card))
    assert set(said) == {"+CPIN: READY", "+CREG: 2", "Call Ready", "SMS Ready", "+CREG: 1"}
    assert bench.send("AT+CREG?") == ["+CREG: 1,1", "OK"]


class CardLife(RuleBasedStateMachine):
    """Whatever is tried, the counters only fall with wrong tries, and only the right secret refills them."""

    def __init__(self) -> None:
        super().__init__()
        self.card = SimCard("8970101234567890123", "250011234567890", pin="1234", puk="12345678")

    @rule(pin=st.sampled_from(["1234", "0000", "1111"]))
    def verify(self, pin):
        before, tries = self.card.status, self.card.pin_tries
        accepted = self.card.chv1.verify(pin)
        if before in (SimStatus.PUK, SimStatus.DEAD):
            assert not accepted
        elif accepted:
            assert self.card.pin_tries == 3
        else:
            assert self.card.pin_tries == tries - 1

    @rule(puk=st.sampled_from(["12345678", "00000000"]))
    def unblock(self, puk):
        tries = self.card.puk_tries
        if self.card.chv1.unblock(puk, "1234"):
            assert self.card.status is SimStatus.READY
        else:
            assert self.card.puk_tries == max(0, tries - 1)

    @rule()
    def power_cycle(self):
        counters = self.card.pin_tries, self.card.puk_tries
        self.card.power_up()
        assert (self.card.pin_tries, self.card.puk_tries) == counters
        assert self.card.pin is None or not self.card.ready

    @rule(on=st.booleans(), pin=st.sampled_from(["1234", "0000"]))
    def lock(self, on, pin):
        self.card.chv1.enable(on, pin)

    @invariant()
    def counters_stay_in_range(self):
        assert 0 <= self.card.pin_tries <= 3
        assert 0 <= self.card.puk_tries <= 10
        assert self.card.ready == (self.card.status is SimStatus.READY)


TestCardLife = CardLife.TestCase
TestCardLife.settings = settings(max_examples=50, stateful_step_count=30)


def test_pin2_has_its_own_counters_and_blocks_nothing_else(make_bench):
    bench = make_bench()
    assert bench.send('AT+CLCK="FD",2') == ["+CLCK: 0", "OK"]
    assert bench.send('AT+CLCK="FD",1') == ["+CME ERROR: 17"]
    assert bench.send("AT+CPIN?") == ["+CPIN: SIM PIN2", "OK"]
    assert bench.send('AT+CPIN="0000"') == ["+CME ERROR: 16"]
    assert bench.send('AT+CPIN="5678"') == ["OK"]
    assert bench.send("AT+CPIN?") == ["+CPIN: READY", "OK"]
    assert bench.send('AT+CLCK="FD",1,"5678"') == ["OK"]
    assert bench.send('AT+CLCK="FD",2') == ["+CLCK: 1", "OK"]
    for left, error in (2, 16), (1, 16), (0, 18):
        assert bench.send('AT+CPWD="P2","0000","9999"') == [f"+CME ERROR: {error}"]
        assert bench.send("AT+SPIC") == [f"+SPIC: 3,10,{left},10", "OK"]
    assert bench.send('AT+CLCK="FD",0,"5678"') == ["+CME ERROR: 18"]
    assert bench.send("AT+CPIN?") == ["+CPIN: SIM PUK2", "OK"]
    assert bench.send("AT+CIMI") == ["250011234567890", "OK"], "the card works"
    assert bench.send('AT+CPIN="87654321","4444"') == ["OK"]
    assert bench.send('AT+CPWD="P2","4444","5555"') == ["OK"]
    assert bench.sim.chv2.code == "5555"


def test_the_other_facilities(make_bench):
    bench = make_bench()
    for facility in ("PF", "PN", "PU", "PP", "PC"):
        assert bench.send(f'AT+CLCK="{facility}",2') == ["+CLCK: 0", "OK"]
        assert bench.send(f'AT+CLCK="{facility}",1,"1234"') == ["+CME ERROR: 4"]
    for facility in ("AO", "OI", "OX", "AI", "IR"):
        assert bench.send(f'AT+CLCK="{facility}",2') == ["+CLCK: 0,7", "OK"]
        assert bench.send(f'AT+CLCK="{facility}",1,"0000"') == ["+CME ERROR: 3"]
    for facility in ("AB", "AG", "AC"):
        assert bench.send(f'AT+CLCK="{facility}",0,"0000"') == ["+CME ERROR: 3"]
    assert bench.send('AT+CLCK="XX",2') == ["+CME ERROR: 4"]
    assert bench.send('AT+CPWD="AO","0000","1111"') == ["+CME ERROR: 4"]


def test_the_standards_counters(make_bench):
    bench = make_bench(personality="sim7600", pin="1234")
    bench.send('AT+CPIN="0000"')
    counters = [
        "+CPINR: SIM PIN,2,3",
        "+CPINR: SIM PUK,10,10",
        "+CPINR: SIM PIN2,3,3",
        "+CPINR: SIM PUK2,10,10",
    ]
    assert bench.send("AT+CPINR") == [*counters, "OK"]
    assert bench.send('AT+CPINR="SIM PIN"') == [counters[0], "OK"]
    assert bench.send('AT+CPINR="SIM*"') == [*counters, "OK"]
    assert bench.send('AT+CPINR="SIM PUK*"') == [counters[1], counters[3], "OK"]
