"""The fields which all TPDUs share: addresses, timestamps, the service centre in front (3GPP TS 23.040
9.1.2, 9.2.3).
"""

from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

from at_commands.gsm7 import gsm7_decode, gsm7_encode, pack_septets, unpack_septets


class SmsCodecError(ValueError):
    """No TPDU of the kind asked for, cut short, or too much to fit into one.

    `field` is the one at fault, by its name in 23.040 where it has one.
    """

    def __init__(self, detail: str, field: str) -> None:
        super().__init__(f"{field}: {detail}")
        self.detail = detail
        self.field = field


MAX_DIGITS, MAX_LETTERS = 20, 11  # 9.1.2.5: ten octets of address value


# The digits beyond 9 of 9.2.3.4 are * # a b c, where hex has a to e.
_DIGITS = frozenset("0123456789*#abc")
_TO_HEX = str.maketrans("*#abc", "abcde")
_FROM_HEX = str.maketrans("abcdef", "*#abc\0")
_TWO_DIGITS = tuple((octet & 0xF) * 10 + (octet >> 4) for octet in range(256))
_SWAPPED = bytes(octet >> 4 | (octet & 0xF) << 4 for octet in range(256))


_SMSC = "SMSC"  # the service centre's address is no part of the TPDU

# Few numbers take part in most messages: service centres above all.
_remembered = lru_cache(maxsize=256)


@_remembered
def encode_address(number: str, field: str) -> bytes:
    """TP-OA, TP-DA: length, type of address, semi-octets (9.1.2.5). ``+`` is international, letters
    alphanumeric.
    """
    digits = number.removeprefix("+")
    if _DIGITS.issuperset(digits):
        if len(digits) > MAX_DIGITS:
            raise SmsCodecError(f"{len(digits)} digits, {MAX_DIGITS} fit", field)
        return bytes([len(digits), 0x91 if number.startswith("+") else 0x81]) + _semi_octets(digits, field)
    try:
        septets = gsm7_encode(number)
    except ValueError as problem:
        raise SmsCodecError(str(problem), field) from None
    if len(septets) > MAX_LETTERS:
        raise SmsCodecError(f"a name of {len(septets)} septets, {MAX_LETTERS} fit", field)
    return bytes([-(-len(septets) * 7 // 4), 0xD0]) + pack_septets(septets)


def encode_timestamp(moment: datetime) -> bytes:
    """TP-SCTS, TP-DT (9.2.3.11): semi-octets, zone in quarters of an hour with the sign in bit 3."""
    offset = moment.utcoffset()
    if offset is None:
        raise SmsCodecError("a time without its zone", "TP-SCTS")
    quarters = round(offset.total_seconds() / 900)
    digits = f"{moment:%y%m%d%H%M%S}{abs(quarters):02}"
    octets = bytes.fromhex(digits).translate(_SWAPPED)
    return octets if quarters >= 0 else octets[:6] + bytes([octets[6] | 0x08])


def decode_timestamp(octets: bytes) -> datetime:
    """The inverse; years are 2000-2099. A stamp that is no date reads as 2000-01-01 (seen from cheap
    centres).
    """
    value = _TWO_DIGITS
    year, month, day, hour, minute, second, zone = octets
    try:
        return datetime(
            2000 + value[year],
            value[month],
            value[day],
            value[hour],
            value[minute],
            value[second],
            tzinfo=_zone(zone),
        )
    except ValueError:
        return datetime(2000, 1, 1, tzinfo=UTC)


@_remembered
def _zone(octet: int) -> timezone:
    quarters = (octet & 0x07) * 10 + (octet >> 4)
    return timezone(timedelta(minutes=-15 * quarters if octet & 0x08 else 15 * quarters))


def split_pdu(pdu: str) -> tuple[str | None, bytes]:
    """The service centre's number and the TPDU of a PDU in hex.

    Raises:
        SmsCodecError: Not hex, or cut short.
    """
    try:
        octets = bytes.fromhex(pdu.strip())
    except ValueError:
        raise SmsCodecError("not hex", "PDU") from None
    read = Reader(octets)
    length = read.octet(_SMSC)
    if length == 0:
        return None, read.rest()
    type_of_address, digits = read.octet(_SMSC), read.octets(length - 1, _SMSC)
    return _decoded_number(type_of_address, digits), read.rest()


def with_service_centre(number: str | None, tpdu: bytes) -> tuple[str, int]:
    """The PDU in hex, and the TPDU's length in octets."""
    return (_service_centre(number) + tpdu).hex().upper(), len(tpdu)


@_remembered
def _service_centre(number: str | None) -> bytes:
    """Its length counts octets, the type included; TPDU addresses count digits (TS 24.011 8.2.5.1)."""
    if number is None:
        return b"\x00"
    digits = _semi_octets(number.removeprefix("+"), _SMSC)
    if len(digits) > MAX_DIGITS // 2:
        raise SmsCodecError(f"{len(number)} digits, {MAX_DIGITS} fit", _SMSC)
    return bytes([len(digits) + 1, 0x91 if number.startswith("+") else 0x81]) + digits


@_remembered
def _decoded_number(type_of_address: int, octets: bytes) -> str:
    return ("+" if type_of_address & 0x70 == 0x10 else "") + _from_semi_octets(octets)


def _semi_octets(digits: str, field: str) -> bytes:
    if not _DIGITS.issuperset(digits):
        unknown = next(digit for digit in digits if digit not in _DIGITS)
        raise SmsCodecError(f"{unknown!r} in a number", field)
    if len(digits) % 2:
        return bytes.fromhex(digits.translate(_TO_HEX) + "f").translate(_SWAPPED)
    return bytes.fromhex(digits.translate(_TO_HEX)).translate(_SWAPPED)


def _from_semi_octets(octets: bytes) -> str:
    digits = octets.translate(_SWAPPED).hex()
    return digits if digits.isdecimal() else digits.translate(_FROM_HEX).replace("\0", "")


class Reader:
    """Takes octets from the front; running out is an error."""

    __slots__ = ("_at", "_octets")

    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        self._at = 0

    def octets(self, n: int, field: str) -> bytes:
        at = self._at
        if n < 0 or at + n > len(self._octets):
            raise SmsCodecError(f"cut short: {len(self._octets) - at} of {n} octets", field)
        self._at = at + n
        return self._octets[at : at + n]

    def octet(self, field: str) -> int:
        at = self._at
        if at >= len(self._octets):
            raise SmsCodecError("missing", field)
        self._at = at + 1
        return self._octets[at]

    def rest(self) -> bytes:
        return self._octets[self._at :]

    def address(self, field: str) -> str:
        n_digits, type_of_address = self.octet(field), self.octet(field)
        octets = self.octets((n_digits + 1) // 2, field)
        if type_of_address & 0x70 == 0x50:
            return gsm7_decode(unpack_septets(octets, n_digits * 4 // 7))
        number = _decoded_number(type_of_address, octets)
        return (
            number if n_digits % 2 == 0 or len(number) < n_digits else number[: n_digits + (number[0] == "+")]
        )
