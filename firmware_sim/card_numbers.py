"""Numbers of emulated cards and modems, drawn from a seed, with right check digits."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Final

from provisioning.records import luhn_ok

ICCID_PREFIX: Final = "8970101"
"""Telecommunication 89, Russia 7, issuer 01, and the first digit of the account."""
IMSI_PREFIX: Final = "25001"
TYPE_ALLOCATION_CODE: Final = "86610402"


@dataclass(frozen=True)
class CardNumbers:
    """Numbers of an emulated card and its modem; the same seed gives the same ones."""

    iccid: str
    imsi: str
    msisdn: str
    imei: str

    @classmethod
    def of_seed(cls, seed: int | str) -> CardNumbers:
        """Numbers with right check digits."""
        random = Random(f"card numbers {seed}")

        def digits(count: int) -> str:
            return "".join(str(random.randrange(10)) for _ in range(count))

        return cls(
            iccid=with_check_digit(ICCID_PREFIX + digits(11)),
            imsi=IMSI_PREFIX + digits(10),
            msisdn="+7916" + digits(7),
            imei=with_check_digit(TYPE_ALLOCATION_CODE + digits(6)),
        )


def with_check_digit(digits: str) -> str:
    """The digits and their Luhn check digit (ISO/IEC 7812-1)."""
    return next(digits + check for check in "0123456789" if luhn_ok(digits + check))
