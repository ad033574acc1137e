"""One type for every family's counters."""

import pytest

from at_commands.command import Reply
from at_commands.pin_retries import PinRetries, pin_retries


def read(*lines):
    return pin_retries().parse(Reply(lines, "OK"))


@pytest.mark.parametrize(
    ("lines", "counters"),
    [
        (["+SPIC: 3,10,0,10"], PinRetries(3, 10, 0, 10)),
        (['+QPINC: "SC",2,10', '+QPINC: "P2",3,9'], PinRetries(2, 10, 3, 9)),
        (['+QPINC: "SC",1,10'], PinRetries(1, 10)),
        (
            [
                "+CPINR: SIM PIN,3,3",
                "+CPINR: SIM PUK,10,10",
                "+CPINR: SIM PIN2,2,3",
                "+CPINR: SIM PUK2,10,10",
            ],
            PinRetries(3, 10, 2, 10),
        ),
        (['+CPINR: "SIM PIN",3', '+CPINR: "SIM PUK",10'], PinRetries(3, 10)),
        (['+CSIM: 4,"63C2"'], PinRetries(2)),
    ],
)
def test_counters(lines, counters):
    assert read(*lines) == counters


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["+SPIC: 3,10"],
        ["+SPIC: 3,,0,10"],
        ['+QPINC: "P2",3,10'],
        ["+CPINR: SIM PUK,10,10"],
        ['+CSIM: 4,"6E00"'],
        ['+CSIM: 4,"9000"'],
        ["+CSIM: 4"],
    ],
)
def test_a_counter_that_is_not_told_is_never_guessed(lines):
    with pytest.raises((ValueError, IndexError)):
        read(*lines)
