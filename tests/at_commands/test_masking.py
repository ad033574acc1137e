"""What the masked commands hide, however they are spelled."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from at_commands.masking import mask, secrets_of

SECRET_COMMANDS = {
    # with the secret in the place of {}
    "CPIN": ('AT+CPIN="{}"', "AT+CPIN={}", 'AT+CPIN="12345678","{}"'),
    "CLCK": ('AT+CLCK="SC",1,"{}"', 'AT+CLCK="SC",0,"{}",7'),
    "CPWD": ('AT+CPWD="SC","1111","{}"', 'AT+CPWD="SC","{}","2222"'),
    "CSTT": ('AT+CSTT="internet","user","{}"', 'AT+CSTT="int,ernet","user","{}"'),
    "QICSGP": ('AT+QICSGP=1,"internet","user","{}"', 'AT+QICSGP=1,1,"internet","user","{}",1'),
    "XGAUTH": ('AT+XGAUTH=1,1,"user","{}"',),
    "CGAUTH": ('AT+CGAUTH=1,1,"user","{}"', 'AT+CGAUTH=1,1,"{}","user"', '+CGAUTH: 1,1,"user","{}"'),
    "CMQTTCONNECT": ('AT+CMQTTCONNECT=0,"tcp://broker:1883",60,1,"user","{}"',),
    "QMTCONN": ('AT+QMTCONN=0,"id","user","{}"',),
    "SAPBR": ('AT+SAPBR=3,1,"PWD","{}"',),
    "SMCONF": ('AT+SMCONF="PASSWORD","{}"',),
}

printable = st.characters(min_codepoint=0x20, max_codepoint=0x7E, exclude_characters='"')
secrets = st.text(printable, min_size=4, max_size=16).map(str.strip).filter(lambda text: len(text) >= 4)


@st.composite
def spelled(draw: st.DrawFn) -> tuple[str, str]:
    """(a line, the secret in it), in any spelling that a modem would take."""
    form = draw(st.sampled_from([form for forms in SECRET_COMMANDS.values() for form in forms]))
    secret = draw(secrets if '"{}"' in form else st.text("0123456789", min_size=4, max_size=8))
    before, after = form.split("{}")
    name, sign, arguments = before.partition("=" if "=" in before else ":")
    if draw(st.booleans()):
        name = name.lower()
    if draw(st.booleans()):
        name = name[:2] + "".join(letter + draw(st.sampled_from(["", "", " "])) for letter in name[2:])
    if draw(st.booleans()):
        sign = f" {sign} "
    if draw(st.booleans()):
        arguments = arguments.replace(",", " , ")
    if name[:2].upper() == "AT" and draw(st.booleans()):
        name = name[:2] + "E1;+CMEE=1;" + name[2:]
    if draw(st.booleans()):
        after += ";+CSQ"
    assume(secret not in f"{name}{sign}{arguments}\n{after}")
    return f"{name}{sign}{arguments}{secret}{after}", secret


@given(spelled())
def test_no_spelling_shows_the_secret(case: tuple[str, str]) -> None:
    line, secret = case
    shown = mask(line)
    assert "***" in shown
    assert secret not in shown


@given(spelled())
def test_secrets_are_known_by_their_values_too(case: tuple[str, str]) -> None:
    line, secret = case
    if "," not in secret and ";" not in secret:
        assert secret in secrets_of(line)


@given(st.text(st.characters(max_codepoint=0xFF)))
def test_any_line_can_be_masked_and_again(line: str) -> None:
    once = mask(line)
    assert mask(once) == once


@pytest.mark.parametrize(
    "line",
    [
        "AT+CPIN?",
        "AT+CPIN=?",
        "+CPIN: READY",
        "+CPIN: SIM PIN",
        "+CLCK: 1",
        'AT+CLCK="SC",2',
        'AT+CSTT="internet"',
        'AT+SAPBR=3,1,"APN","internet"',
        'AT+CUSD=1,"*100#"',
        "+CREG: 2,1",
        'AT+CIPSTART="TCP","broker.example",1883',
        'AT+CSIM=10,"0020000100"',  # asks for the tries left: no PIN in it
        'AT+CSIM=14,"A0A40000023F00"',
    ],
)
def test_what_is_no_secret_stays_readable(line: str) -> None:
    assert mask(line) == line


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ('AT+CPIN="12;+CSQ', "AT+CPIN=***"),
        ('AT+CSTT="internet,"user","geheim"', "AT+CSTT=***"),
        ('AT+CSTT="internet","user","ge;heim";+CSQ', 'AT+CSTT="internet","user",***;+CSQ'),
        ('AT+CSIM=26,"0020000108313233340000"', 'AT+CSIM=26,"0020000108***"'),
        ('at+csim=42,"a02c0001103132333435363738"', 'at+csim=42,"a02c000110***"'),
        ("ATD**04*1234*5555*5555#;", "ATD**04****#;"),
        ("ATD**052*12345678*5555*5555#;", "ATD**052****#;"),
        ('AT+CUSD=1,"**05*12345678*5555*5555#",15', 'AT+CUSD=1,"**05****#",15'),
        ('AT+CUSD=1,"002A002A00300034002A0031003200330034",15', 'AT+CUSD=1,"002A002A00300034002A***",15'),
        ("PWD: geheim", "PWD: ***"),
        ('AT+SMCONF="URL","mqtt://user:geheim@broker"', 'AT+SMCONF="URL","mqtt://user:***@broker"'),
    ],
)
def test_the_odd_ways_to_say_a_secret(line: str, shown: str) -> None:
    assert mask(line) == shown
