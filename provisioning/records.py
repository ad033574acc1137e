"""Numbers that name SIM cards, devices and subscribers, checked where they enter.

A record is parsed once, at the door; behind it the type says that it was checked.
"""

from __future__ import annotations

from typing import Final, NewType

Iccid = NewType("Iccid", str)
"""18 to 20 digits without the filler F (ITU-T E.118)."""

Imei = NewType("Imei", str)
"""15 digits (3GPP TS 23.003, 6.2.1)."""

Imsi = NewType("Imsi", str)
"""14 or 15 digits (3GPP TS 23.003, 2.2)."""


_RUSSIA: Final = "897"
"""Telecommunications (89) and the country code 7 (ITU-T E.118); Kazakhstan shares it and the rule."""


class RecordError(ValueError):
    """A number that is none. `field` and `problem` are for a person; `value` is what was given."""

    kind = "record"

    def __init__(self, field: str, value: str, problem: str) -> None:
        super().__init__(f"{field} {value!r}: {problem}")
        self.field = field
        self.value = value
        self.problem = problem


def luhn_ok(digits: str) -> bool:
    """Whether the last digit is the check digit of the others (ISO/IEC 7812-1, annex B)."""
    if not digits.isascii() or not digits.isdigit():
        return False
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def parse_iccid(text: str) -> Iccid:
    """From a card's print or a modem: blanks, hyphens and the trailing F are taken off.

    Not every operator ends its numbers with a check digit, so a wrong one is refused only where it must be a slip of
    the pen: in nineteen digits of a Russian card. Of all others `check_digit_doubtful` tells.

    Raises:
        RecordError
    """
    digits = _digits(text).rstrip("Ff")
    _require("ICCID", text, digits, 18, 20)
    if not digits.startswith("89"):
        raise RecordError("ICCID", text, "must begin with 89")
    if len(digits) == 19 and digits.startswith(_RUSSIA) and not luhn_ok(digits):
        raise RecordError("ICCID", text, "the check digit is wrong: was it typed correctly?")
    return Iccid(digits)


def check_digit_doubtful(iccid: Iccid) -> bool:
    """Worth a warning, "was it typed correctly?", and not a refusal."""
    return not luhn_ok(iccid)


def parse_imei(text: str) -> Imei:
    """Raises RecordError."""
    digits = _digits(text)
    _require("IMEI", text, digits, 15, 15)
    if not luhn_ok(digits):
        raise RecordError("IMEI", text, "the check digit is wrong: was it typed correctly?")
    return Imei(digits)


def parse_imsi(text: str) -> Imsi:
    """Raises RecordError."""
    digits = _digits(text)
    _require("IMSI", text, digits, 14, 15)
    return Imsi(digits)


def _digits(text: str) -> str:
    return text.strip().replace(" ", "").replace("-", "")


def _require(field: str, text: str, digits: str, shortest: int, longest: int) -> None:
    if not digits.isascii() or not digits.isdigit():
        raise RecordError(field, text, "digits only")
    if not shortest <= len(digits) <= longest:
        wanted = str(longest) if shortest == longest else f"{shortest} to {longest}"
        raise RecordError(field, text, f"{wanted} digits are needed, {len(digits)} were given")
