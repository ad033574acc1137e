"""What stands in the files of a SIM card: their numbers, and their contents as bytes (3GPP TS 51.011 clause 10,
TS 31.102 clause 4.2).

Digits lie in octets with their halves swapped, the lower one first; `F` fills what is left. Octets that were never
written are `FF`. All decoders raise ValueError on what they cannot be.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from at_commands.gsm7 import gsm7_decode, gsm7_encode

UNUSED: Final = 0xFF
PLMN_OCTETS: Final = 3
NO_PLMN: Final = b"\xff" * PLMN_OCTETS

_DIGITS: Final = "0123456789*#abcF"
_NUMBER_FIELD_OCTETS: Final = 12
_INTERNATIONAL, _NATIONAL_UNKNOWN = 0x91, 0x81


class Ef(IntEnum):
    """Elementary files by their numbers."""

    ICCID = 0x2FE2
    LANGUAGES = 0x2F05
    APPLICATIONS = 0x2F00
    LANGUAGE_PREFERENCE = 0x6F05
    IMSI = 0x6F07
    CIPHERING_KEY = 0x6F20
    PLMN_SELECTOR = 0x6F30
    HOME_SEARCH_PERIOD = 0x6F31
    SERVICES = 0x6F38
    PHONE_BOOK = 0x6F3A
    FIXED_DIALLING = 0x6F3B
    MESSAGES = 0x6F3C
    GROUP_1 = 0x6F3E
    GROUP_2 = 0x6F3F
    MSISDN = 0x6F40
    SMS_PARAMETERS = 0x6F42
    SMS_STATUS = 0x6F43
    SERVICE_PROVIDER = 0x6F46
    GPRS_LOCATION = 0x6F53
    ENABLED_SERVICES = 0x6F56
    USER_PLMNS = 0x6F60
    OPERATOR_PLMNS = 0x6F61
    HOME_PLMNS = 0x6F62
    PS_LOCATION = 0x6F73
    ACCESS_CLASSES = 0x6F78
    FORBIDDEN_PLMNS = 0x6F7B
    LOCATION = 0x6F7E
    ADMINISTRATIVE = 0x6FAD
    PHASE = 0x6FAE
    EMERGENCY_CODES = 0x6FB7
    PLMN_NAMES = 0x6FC5
    OPERATOR_LIST = 0x6FC6
    MAILBOXES = 0x6FC7
    PROVIDER_DISPLAY = 0x6FCD
    EQUIVALENT_HOME_PLMNS = 0x6FD9


def encode_digits(digits: str) -> bytes:
    """Two in an octet, the last place filled: `123` is `21F3`."""
    return bytes(
        _DIGITS.index(low) | _DIGITS.index(high) << 4
        for low, high in zip(digits[::2], digits[1::2] + "F" * (len(digits) % 2), strict=True)
    )


def decode_digits(octets: bytes) -> str:
    """Up to the first filler."""
    return "".join(_DIGITS[o & 15] + _DIGITS[o >> 4] for o in octets).partition("F")[0]


def encode_iccid(iccid: str) -> bytes:
    """EF-ICCID: 10 octets."""
    return encode_digits(iccid).ljust(10, b"\xff")


def decode_iccid(content: bytes) -> str:
    """19 or 20 digits, without the filler. Raises ValueError: no digits are there."""
    return _decimal(decode_digits(content[:10]))


def encode_imsi(imsi: str) -> bytes:
    """EF-IMSI: 9 octets. The length counts octets, and the lowest half tells whether the digits are odd in number."""
    digits = encode_digits(("9" if len(imsi) % 2 else "1") + imsi)
    return bytes([len(digits)]) + digits.ljust(8, b"\xff")


def decode_imsi(content: bytes) -> str:
    """Up to 15 digits. Raises ValueError: the card has none yet."""
    length = content[0] if content else 0
    if not 1 <= length <= 8:
        raise ValueError(f"{length} octets of IMSI")
    return _decimal(decode_digits(content[1 : 1 + length])[1:])


def encode_plmn(plmn: str) -> bytes:
    """MCC and MNC, 5 or 6 digits, in 3 octets (3GPP TS 24.008, 10.5.1.13)."""
    mcc, mnc = plmn[:3], plmn[3:]
    return encode_digits(mcc[:2] + mcc[2] + (mnc[2:] or "F") + mnc[:2])


def decode_plmn(octets: bytes) -> str | None:
    """5 or 6 digits; None where none is entered. Raises ValueError: these are no digits."""
    if len(octets) != PLMN_OCTETS:
        raise ValueError(f"{len(octets)} octets where a PLMN has three")
    if octets == NO_PLMN:
        return None
    mcc1, mcc2, mcc3, mnc3, mnc1, mnc2 = (_DIGITS[o >> shift & 15] for o in octets for shift in (0, 4))
    return _decimal(mcc1 + mcc2 + mcc3 + mnc1 + mnc2 + mnc3.removesuffix("F"))


def encode_plmns(plmns: tuple[str, ...], places: int) -> bytes:
    """A list with `places` places, the rest of them empty."""
    return b"".join(map(encode_plmn, plmns)).ljust(places * PLMN_OCTETS, b"\xff")


def decode_plmns(content: bytes) -> tuple[str, ...]:
    """The PLMNs entered, in their order. Raises ValueError."""
    octets = (content[at : at + PLMN_OCTETS] for at in range(0, len(content) // 3 * 3, PLMN_OCTETS))
    return tuple(plmn for each in octets if (plmn := decode_plmn(each)) is not None)


class Located(IntEnum):
    """Status of the last location update (51.011 10.3.17)."""

    UPDATED = 0
    NOT_UPDATED = 1
    PLMN_NOT_ALLOWED = 2
    AREA_NOT_ALLOWED = 3


def encode_location(plmn: str, lac: int, status: Located) -> bytes:
    """EF-LOCI: 11 octets, without a TMSI; `""` for no area."""
    area = encode_plmn(plmn) + lac.to_bytes(2, "big") if plmn else NO_PLMN + b"\xff\xfe"
    return b"\xff" * 4 + area + bytes([UNUSED, status])


def mnc_digits(administrative: bytes) -> int | None:
    """How many digits of the IMSI behind its first three are the MNC (EF-AD, octet 4); None: the card does not say."""
    return administrative[3] & 15 if len(administrative) > 3 and administrative[3] & 15 in (2, 3) else None


def encode_name(name: str, octets: int) -> bytes:
    """An alpha identifier (51.011 10.5.1, annex B): GSM alphabet with a septet in each octet, else UCS2 behind `80`."""
    try:
        coded = gsm7_encode(name)
    except ValueError:
        coded = b"\x80" + name.encode("utf-16-be")[: (octets - 1) // 2 * 2]
    return coded[:octets].ljust(octets, b"\xff")


def decode_name(octets: bytes) -> str:
    """The inverse, and the two compressed forms of UCS2 (51.011 annex B). Raises ValueError."""
    match octets[:1]:
        case b"\x80":
            text = octets[1 : len(octets) - (len(octets) - 1) % 2]
            ends = [at for at in range(0, len(text), 2) if text[at : at + 2] == b"\xff\xff"]
            return text[: ends[0] if ends else None].decode("utf-16-be")
        case b"\x81" | b"\x82":
            wide = octets[0] == 0x82
            if len(octets) < 3 + wide:
                raise ValueError("a name without its base")
            base = int.from_bytes(octets[2:4], "big") if wide else octets[2] << 7
            text = octets[3 + wide : 3 + wide + octets[1]]
            return "".join(chr(base + (o & 0x7F)) if o & 0x80 else gsm7_decode(bytes([o])) for o in text)
    return gsm7_decode(octets.partition(b"\xff")[0])


def encode_number(number: str) -> bytes:
    """A telephone number as its files have it: length, type, ten octets of digits. `""` is an empty field."""
    if not number:
        return b"\xff" * _NUMBER_FIELD_OCTETS
    digits = encode_digits(number.removeprefix("+")[:20])
    kind = _INTERNATIONAL if number.startswith("+") else _NATIONAL_UNKNOWN
    return bytes([len(digits) + 1, kind]) + digits.ljust(10, b"\xff")


def decode_number(field: bytes) -> str:
    """The number, with `+` when it is international; `""` for an empty field. Raises ValueError."""
    if not field or field[0] in (0, UNUSED):
        return ""
    if not 2 <= field[0] <= min(len(field) - 1, 11):
        raise ValueError(f"a number of {field[0]} octets")
    plus = "+" if field[1] & 0x70 == 0x10 else ""
    return plus + decode_digits(field[2 : 1 + field[0]])


def encode_dialling_record(name: str, number: str, octets: int) -> bytes:
    """A record of EF-ADN, EF-MSISDN and their kin: the name, and 14 octets behind it (51.011 10.5.1)."""
    return encode_name(name, octets - 14) + encode_number(number) + b"\xff\xff"


def decode_dialling_record(record: bytes) -> tuple[str, str]:
    """Name and number. Raises ValueError."""
    if len(record) < 14:
        raise ValueError(f"a record of {len(record)} octets")
    return decode_name(record[:-14]), decode_number(record[-14:-2])


def _decimal(digits: str) -> str:
    if not (digits.isascii() and digits.isdigit()):
        raise ValueError(f"{digits!r} where digits stand")
    return digits
