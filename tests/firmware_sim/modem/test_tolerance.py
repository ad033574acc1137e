"""What any client may do to any of the modems: slow bytes, stray bytes, odd line ends, all of V.250's switches.

Every test here runs against every family: none of this is a matter of taste.
"""

import re

import pytest

from firmware_sim.modem.families import PERSONALITIES

FAMILIES = tuple(PERSONALITIES)


@pytest.fixture(params=FAMILIES)
def any_bench(request, make_bench):
    """A registered modem of each family, without echo, +CMEE=1."""
    return make_bench(personality=request.param)


# -- bytes


def test_a_byte_every_millisecond(any_bench):
    said = []
    for octet in b"\x1b\rATE1\rAT+CREG?;+CSQ\r\n":
        said += any_bench.give(bytes([octet]))
        said += any_bench.wait(0.001)
    assert "".join(said).endswith("AT+CREG?;+CSQ+CREG: 0,1+CSQ: 20,0OK")


def test_a_byte_every_tenth_of_a_second_with_the_echo_of_each(any_bench):
    any_bench.send("ATE1")
    echoed = b""
    for octet in b"AT+CSQ":
        any_bench.give(bytes([octet]))
        echoed += any_bench.raw
        any_bench.wait(0.1)
    assert echoed == b"AT+CSQ"
    any_bench.give(b"\r")
    assert any_bench.raw == b"\r\r\n+CSQ: 20,0\r\n\r\nOK\r\n"


@pytest.mark.parametrize(
    "stray", [b"\r", b"\r" * 7, b"\x1b", b"\x1a", b"\x1b\r", b"\x1a\r", b"\r\n\r\n", b"\x00", b"\xff"]
)
def test_stray_bytes_between_lines_are_nothing(any_bench, stray):
    assert any_bench.give(stray + b"AT\r" + stray) == ["OK"]
    assert any_bench.give(stray + b"AT+CSQ\r\n" + stray) == ["+CSQ: 20,0", "OK"]


def test_lines_end_with_cr_or_cr_lf(any_bench):
    assert any_bench.give(b"AT\rAT\r\nAT\n\rat\r") == ["OK"] * 4
    assert any_bench.give(b"AT+CMEE?\r\nAT+CSQ\r\n") == ["+CMEE: 1", "OK", "+CSQ: 20,0", "OK"]


# -- lines


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("AT+CSQ;+CREG?", ["+CSQ: 20,0", "+CREG: 0,1", "OK"]),
        ("AT+CSQ;+CREG?;", ["+CSQ: 20,0", "+CREG: 0,1", "OK"]),
        ("ATE0V1Q0+CSQ", ["+CSQ: 20,0", "OK"]),
        ("ATE0V1Q0;+CSQ;E0", ["+CSQ: 20,0", "OK"]),
        ("AT E0 V1 +CSQ", ["+CSQ: 20,0", "OK"]),
        ("at+csq;+creg?", ["+CSQ: 20,0", "+CREG: 0,1", "OK"]),
        ("AT Q0 V1 E0 S0=0 &C1 &D2 +FCLASS=0", ["OK"]),  # wvdial
        ("ATX4&C1", ["OK"]),
        ("ATS7=60S0=0L1M1", ["OK"]),
        ('AT+CGDCONT=1,"IP","a;b"', ["OK"]),
    ],
)
def test_commands_in_one_line(any_bench, line, said):
    assert any_bench.send(line) == said


def test_the_first_error_ends_the_line(any_bench):
    any_bench.send("AT+CMEE=0")
    assert any_bench.send("AT+CSQ;+NOSUCH;+CREG=2") == ["+CSQ: 20,0", "ERROR"]
    assert any_bench.send("AT+CREG?") == ["+CREG: 0,1", "OK"]


def test_the_last_line_again(any_bench):
    any_bench.send("AT+CSQ;+CREG?")
    for again in ("A/", "a/"):
        assert any_bench.give(again.encode()) == ["+CSQ: 20,0", "+CREG: 0,1", "OK"]


# -- switches


def test_echo(any_bench):
    any_bench.send("ATE1")
    any_bench.send("AT+CSQ")
    assert any_bench.raw == b"AT+CSQ\r\r\n+CSQ: 20,0\r\n\r\nOK\r\n"
    any_bench.send("ATE0")
    assert any_bench.raw == b"ATE0\r\r\nOK\r\n"
    any_bench.send("AT+CSQ")
    assert any_bench.raw == b"\r\n+CSQ: 20,0\r\n\r\nOK\r\n"


def test_numbers_instead_of_words(any_bench):
    any_bench.send("AT+CMEE=0")
    any_bench.send("ATV0")
    assert any_bench.raw == b"0\r"
    any_bench.send("AT+CSQ")
    assert any_bench.raw == b"+CSQ: 20,0\r\n0\r"
    any_bench.send("AT+NOSUCH")
    assert any_bench.raw == b"4\r"
    any_bench.send("ATV")
    assert any_bench.raw == b"0\r"
    any_bench.send("ATV1")
    assert any_bench.raw == b"\r\nOK\r\n"


def test_silence(any_bench):
    any_bench.send("ATQ1")
    assert any_bench.raw == b""
    assert any_bench.send("AT+CSQ") == ["+CSQ: 20,0"]
    assert any_bench.send("AT+NOSUCH") == []
    any_bench.send("ATQ0")
    assert any_bench.raw == b"\r\nOK\r\n"


def test_other_characters_for_the_ends_of_lines(any_bench):
    any_bench.send("ATS3=30")
    any_bench.give(b"ATS4=31\x1e")
    any_bench.give(b"AT+CSQ\x1e")
    assert any_bench.raw == b"\x1e\x1f+CSQ: 20,0\x1e\x1f\x1e\x1fOK\x1e\x1f"
    any_bench.give(b"ATS3=13\x1e")
    any_bench.give(b"ATS4=10\r")
    any_bench.give(b"ATS3?\r")
    assert any_bench.raw == b"\r\n013\r\n\r\nOK\r\n"


def test_another_character_to_rub_out(any_bench):
    any_bench.send("ATS5=35")
    assert any_bench.give(b"AT+CSX#Q\r") == ["+CSQ: 20,0", "OK"]
    assert any_bench.send("ATS5?") == ["035", "OK"]


@pytest.mark.parametrize("wrong", ["ATE2", "ATV2", "ATQ2", "ATS3=128", "ATS99=1", "AT&D3", "AT+CMEE=3"])
def test_values_out_of_range(any_bench, wrong):
    any_bench.send("AT+CMEE=0")
    assert any_bench.send(wrong) == ["ERROR"]


@pytest.mark.parametrize(
    ("cmee", "error"), [(0, r"ERROR"), (1, r"\+CME ERROR: \d+"), (2, r"\+CME ERROR: [A-Za-z]\D+")]
)
def test_errors_in_three_ways(any_bench, cmee, error):
    any_bench.send(f"AT+CMEE={cmee}")
    [said] = any_bench.send("AT+CFUN=77")
    assert re.fullmatch(error, said)
    assert any_bench.send("AT+CMEE?")[0] == f"+CMEE: {cmee}"


def test_sms_errors_in_three_ways(any_bench):
    any_bench.send("AT+CMGF=1")
    for cmee, error in (
        (0, r"\+CMS ERROR: \d+|ERROR"),
        (1, r"\+CMS ERROR: \d+"),
        (2, r"\+CMS ERROR: [A-Za-z]\D+"),
    ):
        any_bench.send(f"AT+CMEE={cmee}")
        [said] = any_bench.send("AT+CMGR=999")
        assert re.fullmatch(error, said)


def test_factory_and_stored_settings(any_bench):
    any_bench.send("ATE1V1Q0&F")
    any_bench.send("AT")
    assert any_bench.raw == b"AT\r\r\nOK\r\n"
    any_bench.send("ATE0S0=2&W")
    any_bench.send("ATE1S0=0")
    any_bench.send("ATZ")
    assert any_bench.send("ATS0?") == ["002", "OK"]
    any_bench.happen(any_bench.core.power.restart)
    any_bench.wait(60)
    any_bench.send("AT")
    assert any_bench.raw == b"\r\nOK\r\n"


# -- the list of commands


def test_every_listed_command_exists_and_can_be_tested(any_bench):
    """27.007 8.37, and V.250 5.4.3: a supported command answers its test with OK."""
    *names, final = any_bench.send("AT+CLAC")
    assert final == "OK"
    assert len(names) > 100
    assert len(set(names)) == len(names)
    assert [name for name in names if any_bench.send(f"AT{name}=?")[-1] != "OK"] == []


def test_what_is_not_listed_is_refused(any_bench):
    any_bench.send("AT+CMEE=0")
    listed = set(any_bench.send("AT+CLAC"))
    somewhere = {
        "+CEREG",
        "+SPIC",
        "+CPINR",
        "+QPINC",
        "+QPOWD",
        "+CPOWD",
        "+CPOF",
        "+CSTT",
        "+XIIC",
        "+NETOPEN",
    }
    for name in somewhere - listed:
        for operation in ("", "?", "=?", "=1"):
            assert any_bench.send(f"AT{name}{operation}") == ["ERROR"]
    for name in somewhere & listed:
        assert any_bench.send(f"AT{name}=?")[-1] == "OK"


# -- character sets


@pytest.mark.parametrize(
    ("code", "dialled", "number"),
    [
        ("GSM", "*100#", "+79161234567"),
        ("IRA", "*100#", "+79161234567"),
        ("UCS2", "002A0031003000300023", "002B00370039003100360031003200330034003500360037"),
    ],
)
def test_a_character_set_goes_for_all_strings(any_bench, code, dialled, number):
    assert any_bench.send(f'AT+CSCS="{code}"') == ["OK"]
    assert any_bench.send("AT+CSCS?") == [f'+CSCS: "{code}"', "OK"]
    assert f'"{number}",145' in any_bench.send("AT+CNUM")[0]
    said = any_bench.send(f'AT+CUSD=1,"{dialled}",15') + any_bench.wait(5)
    assert said[0] == "OK"
    assert re.fullmatch(r'\+CUSD: 0, ?"[0-9A-F]{56}", ?72', said[1])
    centre = any_bench.send("AT+CSCA?")[0]
    assert ("002B0037" in centre) == (code == "UCS2")


# -- clients


@pytest.fixture(params=FAMILIES)
async def rig(request, make_rig):
    return await make_rig(personality=request.param)


async def test_a_client_that_reconnects_finds_the_modem_as_it_was(rig):
    url = await rig.modem.listen("tcp:127.0.0.1:0")
    for visit in range(5):
        terminal = await rig.terminal(url)
        if not visit:
            await terminal.ask("ATE0")
            await terminal.ask("AT+CREG=2;+CMGF=1")
        await terminal.say('AT+CMGS="+7903')  # half a line, then it goes
        await terminal.link.close()
        terminal = await rig.terminal(url)
        assert await terminal.ask("AT+CMGF?") == b"\r\n+CMGF: 1\r\n\r\nOK\r\n"
        assert b"+CREG: 2,1," in await terminal.ask("AT+CREG?")
        await terminal.link.close()


async def test_two_listeners_are_two_ports(rig, tmp_path):
    one = await rig.terminal(await rig.modem.listen(f"unix:{tmp_path}/one"))
    two = await rig.terminal(await rig.modem.listen("tcp:127.0.0.1:0"))
    await one.ask("ATE0")
    assert await two.ask("AT") == b"AT\r\r\nOK\r\n"
    await one.ask("AT+CMGF=1")
    assert b"+CMGF: 1" in await two.ask("AT+CMGF?")
    await one.say('AT+CMGS="+79030000000"')
    await one.until(b"> ")
    assert b"OK" in await two.ask("AT"), "a prompt at one port is nothing to the other"
    await one.say(b"hi\x1a")
    assert b"+CMGS: " in await one.until(b"OK\r\n")
