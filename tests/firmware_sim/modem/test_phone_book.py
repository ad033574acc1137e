"""The phone books by their commands, and the card's by its files."""

import pytest


def test_entries_are_written_listed_found_and_deleted(bench):
    assert bench.send("AT+CPBS?") == ['+CPBS: "SM",0,50', "OK"]
    assert bench.send('AT+CPBW=3,"+79031112233",145,"Boiler"') == ["OK"]
    assert bench.send('AT+CPBW=,"112",129,"Help"') == ["OK"]
    assert bench.send("AT+CPBR=1,50") == [
        '+CPBR: 1,"112",129,"Help"',
        '+CPBR: 3,"+79031112233",145,"Boiler"',
        "OK",
    ]
    assert bench.send('AT+CPBF="boi"') == ['+CPBF: 3,"+79031112233",145,"Boiler"', "OK"]
    assert bench.send("AT+CPBS?") == ['+CPBS: "SM",2,50', "OK"]
    assert bench.send("AT+CPBW=3") == ["OK"]
    assert bench.send("AT+CPBR=3") == ["OK"]
    assert bench.send('AT+CPBF="boi"') == ["+CME ERROR: 22"]


def test_names_follow_the_character_set(bench):
    bench.send('AT+CSCS="UCS2"')
    assert bench.send('AT+CPBW=1,"+79031112233",145,"041A043E044204350"') == ["+CME ERROR: 24"]
    name = "Котёл".encode("utf-16-be").hex().upper()
    assert bench.send(f'AT+CPBW=1,"+79031112233",145,"{name}"') == ["OK"]
    assert bench.send("AT+CPBR=1") == [f'+CPBR: 1,"+79031112233",145,"{name}"', "OK"]


def test_the_card_keeps_its_book_as_its_file(bench):
    bench.send('AT+CPBW=2,"+79031112233",145,"Boiler"')
    assert bench.send("AT+CRSM=178,28474,2,4,28")[0] == (
        f'+CRSM: 144,0,"{b"Boiler".hex().upper().ljust(28, "F")}07919730112132F3FFFFFFFFFFFF"'
    )
    bench.happen(bench.core.power.restart)
    bench.wait(60)
    assert '+CPBR: 2,"+79031112233",145,"Boiler"' in bench.send("AT+CPBR=2")


def test_the_modem_has_a_book_of_its_own_and_the_card_its_number(bench):
    assert bench.send('AT+CPBS="ME"') == ["OK"]
    assert bench.send("AT+CPBR=?") == ["+CPBR: (1-100),20,14", "OK"]
    assert bench.send('AT+CPBW=100,"112",129,"Help"') == ["OK"]
    assert bench.send('AT+CPBS="ON"') == ["OK"]
    assert bench.send("AT+CPBR=1") == ['+CPBR: 1,"+79161234567",145,""', "OK"]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ('+CPBS="XX"', 22),
        ("+CPBR=51", 21),
        ("+CPBR=0", 21),
        ('+CPBW=1,"12x",129,"x"', 27),
        ('+CPBW=1,"123456789012345678901",129,"x"', 26),
        ('+CPBW=1,"112",129,"a name of fifteen"', 24),
        ('+CPBS="FD";+CPBW=1,"112",129,"x"', 17),
    ],
)
def test_what_it_refuses(bench, line, code):
    assert bench.send("AT" + line) == [f"+CME ERROR: {code}"]


def test_a_full_book(bench):
    bench.send('AT+CPBS="ON"')
    assert bench.send('AT+CPBW=,"112",129,"x"') == ["+CME ERROR: 20"]


def test_without_a_pin_there_is_no_book(make_bench):
    bench = make_bench(pin="1234")
    assert bench.send("AT+CPBR=1") == ["+CME ERROR: 11"]
    assert bench.send("AT+CPBS?") == ["+CME ERROR: 11"]
