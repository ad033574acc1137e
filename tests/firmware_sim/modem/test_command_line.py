"""How the modem takes command lines and frames its answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st


def test_echo_and_frames_byte_by_byte(make_bench):
    bench = make_bench(on=False)
    bench.power_on()
    bench.send("AT")
    assert bench.raw == b"AT\r\r\nOK\r\n"
    bench.send("ATE0")
    bench.send("ATI")
    assert bench.raw == b"\r\nSIM800 R14.18\r\n\r\nOK\r\n"
    bench.send("ATV0")
    assert bench.raw == b"0\r"
    bench.send("ATI")
    assert bench.raw == b"SIM800 R14.18\r\n0\r"
    bench.send("AT+NOSUCH;")
    assert bench.raw == b"4\r"
    bench.send("ATQ1")
    assert bench.raw == b""
    bench.send("ATI")
    assert bench.raw == b"SIM800 R14.18\r\n"


@pytest.mark.parametrize(
    "noise", [b"\x1b\r", b"\r\r\r\r\r\r\r", b"\x1a\x1b", b"\r\n", b"\xff\x00\x80UU", b"AxA", b"garbage\r\n"]
)
def test_noise_before_a_line_costs_nothing(bench, noise):
    assert bench.give(noise + b"AT\r") == ["OK"]


def test_crlf_lower_case_and_backspace(bench):
    assert bench.give(b"AT\r\n") == ["OK"]
    assert bench.give(b"at\r\n") == ["OK"]
    assert bench.give(b"aT\rAT+CSX\x08Q\r") == ["+CSQ: 20,0", "OK"]


def test_a_repeat_needs_no_return(bench):
    bench.send("AT+CSQ")
    assert bench.send("A/", end="") == ["+CSQ: 20,0", "OK"]


def test_commands_of_one_line_give_one_result(bench):
    assert bench.send("AT+CSQ;+CMEE=2;+CFUN?;I") == ["+CSQ: 20,0", "+CFUN: 1", "SIM800 R14.18", "OK"]


def test_a_line_stops_at_its_first_error(bench):
    assert bench.send("AT+CSQ;+CREG=9;+CMEE=2") == ["+CSQ: 20,0", "+CME ERROR: 50"]
    assert bench.send("AT+CMEE?") == ["+CMEE: 1", "OK"]
    assert bench.send("AT+CSQ;)") == ["+CSQ: 20,0", "ERROR"]


@pytest.mark.parametrize(
    ("cmee", "error"), [(0, "ERROR"), (1, "+CME ERROR: 58"), (2, "+CME ERROR: invalid command")]
)
def test_unknown_commands(bench, cmee, error):
    bench.send(f"AT+CMEE={cmee}")
    assert bench.send("AT^NONSENSE=1") == [error]


def test_a_line_too_long_is_an_error_at_its_end(bench):
    assert bench.give(b"AT" + b"+" * 600) == []
    assert bench.give(b"+" * 600 + b"\r") == ["ERROR"]
    assert bench.send("AT") == ["OK"]


@given(st.data())
def test_how_bytes_are_cut_makes_no_difference(make_bench, data):
    bench = make_bench()
    script = b'\x1b\rAT\r\nATE0V1Q0\rAT+CREG=2;+CREG?\rAT+CMGF=1\rAT+CMGS="+7903"\rhi there\x1a\rAT+CSQ\r'
    whole = make_bench().give(script)
    said: list[str] = []
    while script:
        n = data.draw(st.integers(1, len(script)))
        said += bench.give(script[:n])
        script = script[n:]
    assert [line for line in said if line != "> "] == [line for line in whole if line != "> "]


@given(st.binary(max_size=300))
def test_garbage_never_kills_it(make_bench, garbage):
    bench = make_bench()
    bench.give(garbage)
    bench.wait(200)
    bench.core.client_left(bench.now)  # whatever it left half done
    bench.wait(200)
    bench.send("ATZ")
    bench.send("ATE0V1Q0S3=13S4=10")
    if bench.core.power and bench.core.device.power.name == "ON":
        assert bench.send("AT")[-1:] in (["OK"], ["0"], [])


def test_profiles(bench):
    bench.send("ATE1V1&W")
    bench.send("ATE0")
    bench.send('AT+CMEE=2;+CREG=2;+CSCS="UCS2"')
    bench.send("ATZ")
    assert bench.send("AT+CREG?")[-2:] == ["+CREG: 0,1", "OK"]
    assert bench.send("AT+CSCS?")[-2:] == ['+CSCS: "IRA"', "OK"]
    bench.send("ATE0&W")
    bench.happen(bench.core.power.restart)
    bench.wait(10)
    bench.send("AT")
    assert bench.raw == b"\r\nOK\r\n", "the stored profile survives the power"
    bench.send("AT&F")
    bench.send("AT")
    assert bench.raw.startswith(b"AT\r")


def test_urcs_wait_for_a_line_half_typed_but_not_for_ever(bench):
    bench.send("AT+CREG=1")
    bench.give(b"AT+C")
    assert bench.happen(lambda: bench.network.set_signal(None)) == []
    assert bench.give(b"SQ\r") == ["+CSQ: 99,0", "OK", "+CREG: 2"]
    bench.give(b"AT+C")
    bench.happen(lambda: bench.network.set_signal(-80))
    assert bench.wait(2) == ["+CREG: 1"]
    assert bench.give(b"SQ\r") == ["+CSQ: 16,0", "OK"]


def test_urcs_stay_out_of_the_data_behind_a_prompt(bench):
    bench.send("AT+CREG=1;+CMGF=1")
    bench.send('AT+CMGS="+79030000000"')
    bench.give(b"hel")
    assert bench.happen(lambda: bench.network.set_signal(None)) == []
    assert bench.give(b"lo\x1b") == ["OK", "+CREG: 2"]


def test_what_is_typed_while_busy_is_kept(make_bench):
    bench = make_bench(delay=1)
    bench.wait(60)
    assert bench.send("AT+CFUN=4") == []
    assert bench.give(b"AT+CFUN?\rAT+CSQ\r") == []
    said = bench.wait(10)
    assert said == ["OK", "+CFUN: 4", "OK", "+CSQ: 99,0", "OK"]


def test_an_operator_scan_is_aborted_by_any_character(make_bench):
    bench = make_bench(delay=1)
    bench.wait(60)
    assert bench.send("AT+COPS=?") == []
    assert bench.wait(5) == []
    assert bench.give(b"A") == ["OK"]
    assert bench.give(b"T\rAT\r") == ["OK"]


def test_the_end_of_its_own_line_does_not_abort_a_scan(make_bench):
    bench = make_bench(delay=1)
    bench.wait(60)
    bench.give(b"AT+COPS=?\r")
    assert bench.give(b"\n") == []
    assert bench.give(b"AT+CMEE?\r") == [], "sent too soon to be meant as an abort: kept"
    bench.wait(1)
    assert bench.give(b"\n") == []
    said = bench.wait(60)
    assert said[0].startswith('+COPS: (2,"MTS RUS","MTS","25001"')
    assert said[1:] == ["OK", "+CMEE: 1", "OK"]


def test_input_beyond_the_uart_is_lost_and_counted(make_bench):
    bench = make_bench(delay=1)
    bench.wait(60)
    bench.send("AT+CFUN=4")
    bench.give(b"x" * 20_000)
    assert bench.core.overruns > 10_000
    bench.wait(10)
    assert bench.send("AT") == ["OK"]
