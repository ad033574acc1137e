"""What the modem says about itself, its clock and its supply."""

import pytest

from at_commands.codes import SIMULATOR_ANSWER, SIMULATOR_PROBE
from firmware_sim.modem import ModemSettings


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("ATI", ["SIM800 R14.18"]),
        ("AT+CGMI", ["SIMCOM_Ltd"]),
        ("AT+GMI", ["SIMCOM_Ltd"]),
        ("AT+CGMM", ["SIMCOM_SIM800C"]),
        ("AT+GMM", ["SIMCOM_SIM800C"]),
        ("AT+CGMR", ["Revision:1418B04SIM800C24"]),
        ("AT+CGSN", ["866104023456786"]),
        ("AT+GSN", ["866104023456786"]),
        ("AT+GSV", ["SIMCOM_Ltd", "SIMCOM_SIM800C", "Revision:1418B04SIM800C24"]),
        ("AT+GCAP", ["+GCAP: +FCLASS,+CGSM"]),
        ("AT+CIMI", ["250011234567890"]),
        ("AT+CCID", ["8970101234567890123f"]),
        ("AT+ICCID", ["+ICCID: 8970101234567890123f"]),
        ("AT+CNUM", ['+CNUM: "","+79161234567",145,7,4']),
        ("AT+CBC", ["+CBC: 0,85,4012"]),
        ("AT+CPAS", ["+CPAS: 0"]),
        ("AT+CRSM=176,12258,0,0,10", ['+CRSM: 144,0,"980701214365870921F3"']),
        ("AT+CRSM=176,28436,0,0,10", ["+CRSM: 148,4"]),
        ("AT+CGMM=?", []),
        ("AT+CSCS=?", ['+CSCS: ("IRA","GSM","UCS2","HEX","PCCP","PCDN","8859-1")']),
        ("AT+CMUX=?", ["+CMUX: (0),(0),(1-5),(1-255),(1-255),(0-100),(2-255),(1-255),(1-7)"]),
        (SIMULATOR_PROBE, [SIMULATOR_ANSWER]),
    ],
)
def test_it_is_a_sim800c_and_says_it_is_emulated(bench, line, said):
    assert bench.send(line) == [*said, "OK"]


def test_the_imei_passes_the_check_of_any_client(bench):
    digits = [int(d) for d in bench.send("AT+CGSN")[0]]
    doubled = [d if at % 2 == 0 else sum(divmod(2 * d, 10)) for at, d in enumerate(digits)]
    assert sum(doubled) % 10 == 0


def test_clac_lists_what_it_knows(bench):
    names = bench.send("AT+CLAC")
    assert {"+CMGS", "+CREG", "+CIPSTART", "%THERMOGATE", "+CLAC"} <= set(names)


def test_a_card_without_a_number_has_none_to_show(make_bench):
    assert make_bench(msisdn="").send("AT+CNUM") == ["OK"]


def test_the_clock_is_the_networks_until_it_is_set(bench):
    assert bench.send("AT+CCLK?") == ['+CCLK: "26/01/01,12:01:00+12"', "OK"]
    bench.send('AT+CCLK="30/02/28,23:59:59+00"')
    bench.wait(2)
    assert bench.send("AT+CCLK?") == ['+CCLK: "30/03/01,00:00:01+00"', "OK"]
    assert bench.send('AT+CCLK="30/02/31,00:00:00+00"') == ["+CME ERROR: 50"]


@pytest.mark.parametrize(
    ("character_set", "shown"),
    [
        ("IRA", "+79161234567"),
        ("GSM", "+79161234567"),
        ("UCS2", "002B00370039003100360031003200330034003500360037"),
        ("HEX", "2B3739313631323334353637"),
    ],
)
def test_the_character_set_shows_in_numbers(bench, character_set, shown):
    bench.send(f'AT+CSCS="{character_set}"')
    assert bench.send("AT+CNUM") == [f'+CNUM: "","{shown}",145,7,4', "OK"]


def test_same_seed_same_bytes_at_the_same_times(make_bench):
    def story():
        bench = make_bench(delay=1, seed=7, on=False)
        bench.core.power.switch_on()
        said = []
        for line in ("", "AT+COPS=?", 'AT+CUSD=1,"*100#"', "AT+CFUN=1,1"):
            bench.send(line and line)
            for _ in range(120):
                said.append((bench.now, bench.wait(0.5)))
        return said

    assert story() == story()


@pytest.mark.parametrize("wrong", [{"personality": "nokia"}, {"imei": "12"}, {"ussd_encoding": "morse"}])
def test_settings_that_make_no_modem(wrong):
    with pytest.raises(ValueError, match=str(next(iter(wrong.values())))):
        ModemSettings(**wrong)
