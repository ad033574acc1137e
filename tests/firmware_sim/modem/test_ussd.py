"""USSD through the network."""

import pytest

from at_commands.grammar import parse_arguments
from at_commands.ussd import decode_ussd
from firmware_sim.modem.families import PERSONALITIES
from firmware_sim.network import SubscriberState


def answer(said):
    line = next(line for line in said if line.startswith("+CUSD:"))
    status, field, dcs = parse_arguments(line.removeprefix("+CUSD: "))
    return int(status), decode_ussd(field or "", int(dcs))


@pytest.mark.parametrize(
    "request_",
    [
        'AT+CUSD=1,"*100#"',
        'AT+CUSD=1,"*100#",15',
        'AT+CSCS="UCS2";+CUSD=1,"002A0031003000300023",15',
        'AT+CUSD=1,"AA180C3602",15',
        "AT+CUSD=1;D*100#;",
    ],
)
def test_balance_whichever_way_it_is_asked(bench, request_):
    said = bench.send(request_)
    assert said[0] == "OK"
    assert answer(said) == (0, "Баланс:150.00р")
    assert said[1].endswith(",72")


def test_answers_take_their_time(make_bench):
    bench = make_bench(delay=1)
    bench.wait(30)
    assert bench.send('AT+CUSD=1,"*100#"') == ["OK"]
    assert bench.send('AT+CUSD=1,"*100#"') == ["+CME ERROR: 14"], "one at a time"
    assert answer(bench.wait(5)) == (0, "Баланс:150.00р")


def test_a_menu(bench):
    status, menu = answer(bench.send('AT+CUSD=1,"*111#"'))
    assert status == 1
    assert "1" in menu
    assert answer(bench.send('AT+CUSD=1,"1"'))[0] == 0


def test_nothing_is_shown_unless_asked_for(bench):
    assert bench.send('AT+CUSD=0,"*100#"') == ["OK"]
    assert bench.send("AT+CUSD?") == ["+CUSD: 0", "OK"]


@pytest.mark.parametrize(
    "shape", ["gsm7_plain", "gsm7_packed_hex", "eight_bit_hex", "charset_ucs2", "ucs2_hex"]
)
def test_other_shapes_of_an_answer(make_bench, shape):
    bench = make_bench(ussd_encoding=shape, config={"ussd_texts": {"*1#": "Balance: 1 rub"}})
    assert answer(bench.send('AT+CUSD=1,"*1#"')) == (0, "Balance: 1 rub")
    assert answer(bench.send('AT+CUSD=1,"*100#"')) == (0, "Баланс:150.00р")


@pytest.mark.parametrize("personality", PERSONALITIES)
def test_each_family_has_a_shape_of_its_own_unless_it_is_told_another(make_bench, personality):
    own = '"Balans:150.00r",15'
    if personality == "sim800c":
        own = '"00420061006C0061006E0073003A003100350030002E003000300072",72'
    assert f"+CUSD: 0,{own}" in make_bench(personality=personality).send('AT+CUSD=1,"#100#"')
    told = make_bench(personality=personality, ussd_encoding="eight_bit_hex").send('AT+CUSD=1,"#100#"')
    assert '+CUSD: 0,"42616C616E733A3135302E303072",68' in told


@pytest.mark.parametrize(
    ("character_set", "field"),
    [
        ("IRA", "a_b ?"),
        ("GSM", "a\x11b \x1be"),
        ("8859-1", "a_b ?"),
        ("UCS2", "0061005F0062002020AC"),
        ("HEX", "E18818B42903"),
    ],
)
def test_text_is_in_the_character_set_of_the_port(make_bench, character_set, field):
    bench = make_bench(ussd_encoding="gsm7_plain", config={"ussd_texts": {"*1#": "a_b €"}})
    bench.send(f'AT+CSCS="{character_set}"')
    assert bench.send('AT+CUSD=1,"AAD808",15' if character_set == "HEX" else 'AT+CUSD=1,"*1#"') == [
        "OK",
        f'+CUSD: 0,"{field}",15',
    ]


def test_not_while_denied(make_bench):
    assert make_bench(state=SubscriberState.IN_STOCK).send('AT+CUSD=1,"*100#"') == ["+CME ERROR: 30"]


def test_the_network_goes_away_meanwhile(make_bench):
    bench = make_bench(delay=1)
    bench.wait(30)
    bench.send('AT+CUSD=1,"*100#"')
    bench.happen(lambda: bench.network.set_signal(None))
    assert bench.wait(5) == ["+CUSD: 4"]


def test_a_request_before_registration_is_answered_after_it(make_bench):
    bench = make_bench(delay=1, on=False)
    bench.core.power.switch_on()
    bench.wait(4.8)
    bench.send("ATE0")
    assert bench.send("AT+CREG?") == ["+CREG: 0,2", "OK"]
    assert bench.send('AT+CUSD=1,"*100#"') == ["OK"]
    assert answer(bench.wait(20)) == (0, "Баланс:150.00р")


@pytest.mark.parametrize(("outcome", "status"), [("denied", 4), ("no signal", 5)])
def test_a_request_before_a_registration_that_fails(make_bench, outcome, status):
    bench = make_bench(
        delay=1, on=False, state=SubscriberState.IN_STOCK, config={"rssi_dbm": None if status == 5 else -70}
    )
    bench.core.power.switch_on()
    bench.wait(4.8)
    bench.send("ATE0")
    assert bench.send('AT+CUSD=1,"*100#"') == ["OK"]
    assert f"+CUSD: {status}" in bench.wait(70)
    assert "+CUSD" not in str(bench.wait(100))
