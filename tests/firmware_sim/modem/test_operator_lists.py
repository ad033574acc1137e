"""Names of operators, the user's preferred ones on the card, and what LTE modems measure."""

import pytest


def test_the_modem_knows_names(bench):
    assert bench.send("AT+COPN")[:2] == ['+COPN: "25001","MTS RUS"', '+COPN: "25002","MegaFon"']


def test_preferred_operators_live_on_the_card(bench):
    assert bench.send("AT+CPOL?") == ["OK"]
    assert bench.send('AT+CPOL=,2,"25002"') == ["OK"]
    assert bench.send('AT+CPOL=3,0,"Beeline"') == ["OK"]
    assert bench.send("AT+CPOL?") == ['+CPOL: 1,0,"MegaFon"', '+CPOL: 3,0,"Beeline"', "OK"]
    assert bench.send("AT+CPOL=,2;+CPOL?") == ['+CPOL: 1,2,"25002"', '+CPOL: 3,2,"25099"', "OK"]
    assert bench.send("AT+CRSM=176,28464,0,0,24") == [
        '+CRSM: 144,0,"52F020FFFFFF52F099' + "FF" * 15 + '"',
        "OK",
    ]
    assert bench.send("AT+CPOL=1;+CPOL?") == ['+CPOL: 3,2,"25099"', "OK"]
    assert bench.send('AT+CPOL=9,2,"25002"') == ["+CME ERROR: 21"]
    assert bench.send('AT+CPOL=1,0,"Nobody"') == ["+CME ERROR: 22"]
    for _ in range(7):
        bench.send('AT+CPOL=,2,"25020"')
    assert bench.send('AT+CPOL=,2,"25020"') == ["+CME ERROR: 20"]


def test_a_usim_keeps_technologies_too(make_bench):
    bench = make_bench(personality="sim7600")
    assert bench.send('AT+CPOL=1,2,"25002",0,0,0,1') == ["OK"]
    assert bench.send("AT+CPOL?") == ['+CPOL: 1,0,"MegaFon",0,0,0,1', "OK"]
    assert bench.send('AT+CPOL=1,2,"25002",1,0,1,0;+CPOL?') == ['+CPOL: 1,0,"MegaFon",1,0,1,0', "OK"]


@pytest.mark.parametrize("personality", ["sim7600", "a7670", "ec25"])
def test_an_lte_modem_says_so(make_bench, personality):
    bench = make_bench(personality=personality)
    assert bench.send("AT+COPS=?")[0].startswith('+COPS: (2,"MTS RUS","MTS","25001",7),')
    assert bench.send("AT+CESQ") == ["+CESQ: 99,99,255,255,17,41", "OK"]
    assert bench.send("AT+WS46=?") == ["(12,22,25,28,29)", "OK"]
    assert bench.send("AT+WS46?") == ["25", "OK"]
    assert bench.send("AT+CTZU=1") == ["OK"]
    bench.happen(lambda: bench.network.set_signal(None))
    assert bench.send("AT+CESQ")[-2:] == ["+CESQ: 99,99,255,255,255,255", "OK"]
