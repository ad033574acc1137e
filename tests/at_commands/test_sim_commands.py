"""The card's files through `+CRSM`: a SIM's and a UICC's shapes, refusals as errors."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from at_commands import sim_commands as sim
from at_commands.command import Reply
from at_commands.errors import SimFileError, SimFileLockedError, SimFileNotFoundError
from at_commands.sim_files import Ef


@pytest.mark.parametrize(
    ("octets", "shape"),
    [
        ("0000000A2FE204000FFF44010200009000"[:-4], sim.FileShape(10)),
        ("0000001C6F40040011F044010201 1C", sim.FileShape(28, 28)),
        ("000000046FAD04000AA0AA01020000", sim.FileShape(4)),
        # UICC: transparent; linear with three records of 30; a template longer than 127 octets
        ("6216820241218302 6F078A01058B036F06 0180020009 8800", sim.FileShape(9)),
        ("62198205422100 1E0383026F408A01058B036F0611 8002005A 8800", sim.FileShape(90, 30)),
        (f"628186 82024121 83022FE2 8002000A 8578{'00' * 120}", sim.FileShape(10)),
    ],
)
def test_shapes(octets, shape):
    assert sim.parse_shape(bytes.fromhex(octets)) == shape


@given(st.binary(max_size=40) | st.binary(max_size=40).map(lambda rest: b"\x62" + rest))
def test_no_octets_bring_the_shape_down(octets):
    try:
        shape = sim.parse_shape(octets)
    except (ValueError, IndexError):
        return
    assert shape.size >= 0


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ('+CRSM: 144,0,"98ff"', b"\x98\xff"),
        ("+CRSM: 144,0,98FF", b"\x98\xff"),  # some leave the quotes out
        ("+CRSM: 145,12", b""),
        ('+CRSM: 144,0,""', b""),
        ("+CRSM: 148,4", SimFileNotFoundError),
        ('+CRSM: 106,130,""', SimFileNotFoundError),
        ("+CRSM: 152,4", SimFileLockedError),
        ("+CRSM: 105,130", SimFileLockedError),
        ("+CRSM: 103,15", SimFileError),
    ],
)
def test_answers_of_the_card(line, answer):
    command = sim.restricted_access(sim.READ_BINARY, Ef.ICCID, 0, 0, 10)
    assert command.line == "AT+CRSM=176,12258,0,0,10"
    if isinstance(answer, bytes):
        assert command.parse(Reply((line,), "OK")) == answer
    else:
        with pytest.raises(answer) as raised:
            command.parse(Reply((line,), "OK"))
        assert type(raised.value) is answer
        assert raised.value.file == "ICCID"


def test_a_file_is_written_in_parts_that_fit_into_a_command():
    command = sim.restricted_access(sim.UPDATE_BINARY, Ef.FORBIDDEN_PLMNS, 0, 0, 3, b"\x52\xf0\x10")
    assert command.line == 'AT+CRSM=214,28539,0,0,3,"52F010"'


@pytest.mark.parametrize(
    ("identity", "plmn", "home"),
    [
        (sim.SimIdentity("250011234567890", 2), "25001", True),
        (sim.SimIdentity("250011234567890", 2), "250011", False),
        (sim.SimIdentity("310410123456789", 3), "310410", True),
        (sim.SimIdentity("310410123456789", None), "310410", True),
        (sim.SimIdentity("250011234567890", None), "25002", False),
    ],
)
def test_the_network_that_issued_the_card(identity, plmn, home):
    assert identity.is_home(plmn) is home
