"""The card's files through ``+CRSM`` and ``+CSIM``, in the ways in which known programs ask for them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from at_commands.sim_files import decode_plmns
from firmware_sim.network import SubscriberState


def test_ofono_asks_for_the_shape_and_reads_by_it(bench):
    """Length in octets 3 and 4, kind in octet 14, record length in octet 15."""
    for number, size, structure, record in (
        (0x2FE2, 10, 0, 0),
        (0x6FAD, 4, 0, 0),
        (0x6F46, 17, 0, 0),
        (0x6FB7, 15, 0, 0),
        (0x6F40, 28, 1, 28),
        (0x6FC7, 56, 1, 28),
    ):
        line, ok = bench.send(f"AT+CRSM=192,{number}")
        assert (line[:14], ok) == ('+CRSM: 144,0,"', "OK")
        shape = bytes.fromhex(line[14:-1])
        assert len(shape) == 15
        assert (int.from_bytes(shape[2:4], "big"), int.from_bytes(shape[4:6], "big")) == (size, number)
        assert (shape[6], shape[13], shape[14]) == (4, structure, record)
        read = f"178,{number},1,4,{record}" if record else f"176,{number},0,0,{size}"
        assert len(bench.send(f"AT+CRSM={read}")[0]) == len('+CRSM: 144,0,""') + 2 * (record or size)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        # ModemManager: ICCID, IMSI's network, provider, group
        ("AT+CRSM=176,12258,0,0,10", '+CRSM: 144,0,"980701214365870921F3"'),
        ("AT+CRSM=176,28589,0,0,4", '+CRSM: 144,0,"00000002"'),
        ("AT+CRSM=176,28486,0,0,17", f'+CRSM: 144,0,"{"FF" * 17}"'),
        ("AT+CRSM=176,28478,0,0,0", '+CRSM: 144,0,"FFFFFFFF"'),
        ("AT+CRSM=176,28539,0,0,12", f'+CRSM: 144,0,"{"FF" * 12}"'),
        ("AT+CRSM=176,28514,0,0,5", '+CRSM: 144,0,"52F010C080"'),
        # along a path, as libraries of phones give it
        ('AT+CRSM=176,28423,0,0,9,"","3F007F20"', '+CRSM: 144,0,"082905102143658709"'),
        ('AT+CRSM=176,28423,0,0,9,,"7F20"', '+CRSM: 144,0,"082905102143658709"'),
        ('AT+CRSM=176,28423,0,0,9,,"3F007F10"', "+CRSM: 148,4"),
        ('AT+CRSM=176,28423,0,0,9,,"3F007FFF"', "+CRSM: 148,4"),
        ("AT+CRSM=242", '+CRSM: 144,0,"000010003F00010000000000099303030400838A838A"'),
        ("AT+CRSM=192,32528", '+CRSM: 144,0,"000010007F10020000000000099300060400838A838A"'),
        # what is wrong
        ("AT+CRSM=176,28436,0,0,1", "+CRSM: 148,4"),
        ("AT+CRSM=178,28589,1,4,4", "+CRSM: 148,8"),
        ("AT+CRSM=176,28480,0,0,28", "+CRSM: 148,8"),
        ("AT+CRSM=176,28589,0,4,1", "+CRSM: 107,0"),
        ("AT+CRSM=176,28589,0,0,5", "+CRSM: 103,4"),
        ("AT+CRSM=178,28480,2,4,28", "+CRSM: 148,2"),
        ('AT+CRSM=214,28589,0,0,1,"00"', "+CRSM: 152,4"),
    ],
)
def test_what_a_card_answers(make_bench, line, said):
    assert make_bench().send(line) == [said, "OK"]


@pytest.mark.parametrize(
    "line",
    [
        "AT+CRSM=177,28589,0,0,4",
        "AT+CRSM=176",
        "AT+CRSM=176,65536,0,0,1",
        "AT+CRSM=176,28589,0,0,256",
        'AT+CRSM=214,28539,0,0,12,"FF"',
        'AT+CRSM=214,28539,0,0,1,"F"',
        'AT+CSIM=10,"A0B00000"',
        'AT+CSIM=3,"A0B"',
        'AT+CSIM=4,"A0XY"',
        "AT+CSIM=10",
    ],
)
def test_what_is_no_access_at_all(bench, line):
    assert bench.send(line) == ["+CME ERROR: 50"]


def test_before_the_pin_only_that_is_read_which_needs_none(make_bench):
    bench = make_bench(pin="1234")
    assert bench.send("AT+CRSM=176,12258,0,0,10")[0].startswith("+CRSM: 144,0")
    assert bench.send("AT+CRSM=176,28539,0,0,12") == ["+CRSM: 152,4", "OK"]
    bench.send('AT+CPIN="1234"')
    assert bench.send("AT+CRSM=176,28539,0,0,12")[0].startswith("+CRSM: 144,0")


def test_there_is_no_card(make_bench):
    bench = make_bench(card=False)
    assert bench.send("AT+CRSM=176,12258,0,0,10") == ["+CME ERROR: 10"]
    assert bench.send('AT+CSIM=10,"0020000100"') == ["+CME ERROR: 10"]


def test_what_is_written_is_on_the_card(make_bench):
    bench = make_bench()
    bench.send('AT+CRSM=214,28539,0,0,12,"52F02052F099FFFFFFFFFFFF"')
    bench.happen(bench.core.power.restart)
    bench.wait(60)
    bench.send("ATE0")
    assert bench.send("AT+CRSM=176,28539,0,3,3") == ['+CRSM: 144,0,"52F099"', "OK"]
    assert decode_plmns(bench.sim.forbidden) == ("25002", "25099")


def test_a_number_written_into_its_file_is_the_own_number(bench):
    record = "FF" * 14 + "079197612143" + "65F8" + "FF" * 6
    assert bench.send(f'AT+CRSM=220,28480,1,4,28,"{record}"') == ["+CRSM: 144,0", "OK"]
    assert bench.send("AT+CNUM") == ['+CNUM: "","+79161234568",145,7,4', "OK"]


def test_the_service_centre_stands_in_one_place(bench):
    bench.send('AT+CSCA="+79161112233",145')
    shown = bench.send("AT+CRSM=178,28482,1,4,40")[0]
    assert "079197611121" in shown
    assert bench.send("AT+CSCA?")[0] == '+CSCA: "+79161112233",145'


def test_apdus_in_one_conversation(bench):
    """ModemManager's tries left, and a file step by step, which other commands do not disturb."""
    assert bench.send('AT+CSIM=10,"0020000100"') == ['+CSIM: 4,"63C3"', "OK"]
    assert bench.send('AT+CSIM=10,"002C008100"') == ['+CSIM: 4,"63CA"', "OK"]
    assert bench.send('AT+CSIM=14,"A0A40000022FE2"') == ['+CSIM: 4,"9F0F"', "OK"]
    bench.send("AT+CRSM=176,28589,0,0,4")
    assert bench.send('AT+CSIM=10,"A0B000000A"') == ['+CSIM: 24,"980701214365870921F39000"', "OK"]
    bench.send("AT+CFUN=0")
    bench.send("AT+CFUN=1")
    assert bench.send('AT+CSIM=10,"A0B000000A"') == ['+CSIM: 4,"9400"', "OK"]


def test_a_pin_in_an_apdu_opens_the_modem_too(make_bench):
    bench = make_bench(pin="1234")
    assert bench.send('AT+CSIM=26,"002000010831323334FFFFFFFF"') == [
        '+CSIM: 4,"9000"',
        "OK",
        "+CPIN: READY",
        "Call Ready",
        "SMS Ready",
    ]
    assert bench.send("AT+CREG?") == ["+CREG: 0,1", "OK"]


field = st.sampled_from(
    ["", "0", "4", "176", "178", "192", "214", "220", "242", "255", "28539", "28480", '"FF"']
)


@settings(max_examples=100)
@given(
    st.sampled_from(["+CRSM", "+CSIM"]),
    st.lists(field | st.text('0123456789ABCDEFxyz,"', max_size=12), max_size=7),
)
def test_any_arguments_end_in_one_result(make_bench, name, arguments):
    bench = make_bench()
    said = bench.send(f"AT{name}={','.join(arguments)}\r".replace('"\r', '"'))
    assert said[-1] in ("OK", "ERROR") or said[-1].startswith("+CME ERROR: ")
    assert bench.send("AT")[-1] == "OK"


def test_the_service_tables_say_what_is_there_and_no_more(make_bench):
    """ofono asks for the file of each service that a table names."""
    sim = bytes.fromhex(make_bench().send("AT+CRSM=176,28472,0,0,16")[0][14:-1])
    named = {service for service in range(1, 65) if sim[(service - 1) // 4] >> (service - 1) % 4 * 2 & 3 == 3}
    assert named == {1, 2, 4, 7, 9, 12, 17, 38, 43, 51, 52, 53, 56}
    usim = bytes.fromhex(make_bench(personality="sim7600").send("AT+CRSM=176,28472,0,0,10")[0][14:-1])
    named = {service for service in range(1, 81) if usim[(service - 1) // 8] >> (service - 1) % 8 & 1}
    assert named == {1, 10, 12, 19, 20, 21, 27, 43, 45, 46, 47, 51, 71}


def test_messages_on_the_card_are_records_of_its_file(bench):
    bench.network.send_sms(bench.sim.imsi, "+79030000000", "hello", bench.now)
    bench.wait(60)
    line = bench.send("AT+CRSM=178,28476,1,4,176")[0]
    (stored,) = bench.sim.messages.messages.values()
    assert line.startswith(f'+CRSM: 144,0,"03{stored.pdu}FF')
    bench.send("AT+CMGF=0")
    bench.send("AT+CMGR=1")
    assert bench.send("AT+CRSM=178,28476,1,4,176")[0].startswith('+CRSM: 144,0,"01'), "it has been read"
    assert bench.send("AT+CRSM=178,28476,2,4,176")[0].startswith('+CRSM: 144,0,"00FF')


def test_the_card_knows_where_it_was_registered(make_bench):
    assert make_bench().send("AT+CRSM=176,28542,0,0,11") == [
        '+CRSM: 144,0,"FFFFFFFF52F0101A2BFF00"',
        "OK",
    ]
    turned_away = make_bench(state=SubscriberState.IN_STOCK, config={"denial_cause": 13})
    assert turned_away.send("AT+CRSM=176,28542,0,0,11") == ['+CRSM: 144,0,"FFFFFFFFFFFFFFFFFEFF03"', "OK"]
