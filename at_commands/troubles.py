"""What a modem says of its supply and its temperature, in all makers' spellings.

The lines are the same before and after the family is known, and no family means something else by one of them, so one
table serves all. Sources: SIM800 Series AT Command Manual V1.09 and SIM800C Hardware Design V1.02, 4.2.2 (some firmware
says OFF for DOWN, some spells WARNNING); Quectel M66 and M95 Hardware Design, 3.4.2.3 (underscores); Quectel LTE
modules with `+QIND: "vbatt"`.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final


class Trouble(StrEnum):
    """What is wrong with the modem's surroundings."""

    SUPPLY_LOW = "supply_low"
    SUPPLY_HIGH = "supply_high"
    TEMPERATURE = "temperature"
    CHARGING_ONLY = "charging_only"
    """A charger switched it on, and it does nothing but charge."""


# One pattern for what still works, one for the goodbye: the modem switches itself off behind that line.
_LINES: Final = (
    (
        Trouble.SUPPLY_LOW,
        re.compile(r'UNDER[-_]VOLTAGE WARN+ING|\+QIND:\s*"vbatt",-1'),
        re.compile(r'UNDER[-_]VOLTAGE POWER (?:DOWN|OFF)|\+QIND:\s*"vbatt",-2'),
    ),
    (
        Trouble.SUPPLY_HIGH,
        re.compile(r'OVER[-_]VOLTAGE WARN+ING|\+QIND:\s*"vbatt",1'),
        re.compile(r'OVER[-_]VOLTAGE POWER (?:DOWN|OFF)|\+QIND:\s*"vbatt",2'),
    ),
    # With a second field it is the answer to a question.
    (Trouble.TEMPERATURE, re.compile(r"\+CMTE:\s*-?1"), re.compile(r"\+CMTE:\s*-?2")),
    (Trouble.CHARGING_ONLY, re.compile(r"CHARGE-ONLY MODE"), None),
)

_BEGINNINGS: Final = ("UNDER", "OVER", "CHARGE", "+QIND:", "+CMTE:")


def trouble(line: str) -> Trouble | None:
    """What the line complains of; None for any other."""
    found = _judged(line)
    return None if found is None else found[0]


def is_last_word(line: str) -> bool:
    """Does the modem switch itself off because of it?"""
    found = _judged(line)
    return found is not None and found[1]


def _judged(line: str) -> tuple[Trouble, bool] | None:
    if not line.startswith(_BEGINNINGS):
        return None
    for complaint, warning, goodbye in _LINES:
        if warning.fullmatch(line):
            return complaint, False
        if goodbye is not None and goodbye.fullmatch(line):
            return complaint, True
    return None
