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

Msisdn = NewType("Msisdn", str)
"""7 to 15 digits in the international form, without the plus (ITU-T E.164)."""

_RUSSIA: Final = "897"
"""Telecommunications (89) and the country code 7 (ITU-T E.118); Kazakhstan shares it and the rule."""


class RecordError(ValueError):
    """A number that is none. `field`, `problem` and `problem_ru` are for a person; `value` is what was given."""

    kind = "record"

    def __init__(self, field: str, value: str, problem: str, problem_ru: str) -> None:
        super().__init__(f"{field} {value!r}: {problem}")
        self.field = field
        self.value = value
        self.problem = problem
        self.problem_ru = problem_ru


_SLIP: Final = (
    "the check digit is wrong: was it typed correctly?",
    "контрольная цифра не сходится: верно ли набрано?",
)


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
        raise RecordError("ICCID", text, "must begin with 89", "должен начинаться с 89")
    if len(digits) == 19 and digits.startswith(_RUSSIA) and not luhn_ok(digits):
        raise RecordError("ICCID", text, *_SLIP)
    return Iccid(digits)


def check_digit_doubtful(iccid: Iccid) -> bool:
    """Worth a warning, "was it typed correctly?", and not a refusal."""
    return not luhn_ok(iccid)


def parse_imei(text: str) -> Imei:
    """Raises RecordError."""
    digits = _digits(text)
    _require("IMEI", text, digits, 15, 15)
    if not luhn_ok(digits):
        raise RecordError("IMEI", text, *_SLIP)
    return Imei(digits)


def parse_imsi(text: str) -> Imsi:
    """Raises RecordError."""
    digits = _digits(text)
    _require("IMSI", text, digits, 14, 15)
    return Imsi(digits)


def parse_msisdn(text: str) -> Msisdn:
    """A telephone number as people and modems write it: +7 916 123-45-67, 8 (916) …, 916….

    Without a plus, eleven digits behind an 8 and ten behind a 9 are a Russian number (the national prefix is 8).

    Raises:
        RecordError
    """
    digits = text.strip().translate(_PUNCTUATION)
    international = digits.startswith("+")
    digits = digits.removeprefix("+")
    if not international and len(digits) == 11 and digits.startswith("8"):
        digits = "7" + digits[1:]
    elif not international and len(digits) == 10 and digits.startswith("9"):
        digits = "7" + digits
    _require("number", text, digits, 7, 15)
    return Msisdn(digits)


_PUNCTUATION: Final = str.maketrans("", "", " -().\u00a0\u2011\u2013")


def _digits(text: str) -> str:
    return text.strip().replace(" ", "").replace("-", "")


def _require(field: str, text: str, digits: str, shortest: int, longest: int) -> None:
    if not digits.isascii() or not digits.isdigit():
        raise RecordError(field, text, "digits only", "должны быть только цифры")
    if not shortest <= len(digits) <= longest:
        wanted = str(longest) if shortest == longest else f"{shortest} to {longest}"
        wanted_ru = str(longest) if shortest == longest else f"от {shortest} до {longest}"
        raise RecordError(
            field,
            text,
            f"{wanted} digits are needed, {len(digits)} were given",
            f"нужно цифр: {wanted_ru}, дано: {len(digits)}",
        )
