"""The fields which all TPDUs share: addresses, timestamps, the service centre in front (3GPP TS 23.040
9.1.2, 9.2.3).
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone

from at_commands.gsm7 import gsm7_decode, gsm7_encode, pack_septets, unpack_septets


class SmsCodecError(ValueError):
    """No TPDU of the kind asked for, cut short, or too much to fit into one."""


_DIGITS = "0123456789*#abc"
_NIBBLES: Mapping[str, int] = {c: i for i, c in enumerate(_DIGITS)}


def encode_address(number: str) -> bytes:
    """TP-OA, TP-DA: length, type of address, semi-octets (9.1.2.5). ``+`` is international, letters
    alphanumeric.
    """
    digits = number.removeprefix("+")
    if all(c in _NIBBLES for c in digits):
        return bytes([len(digits), 0x91 if number.startswith("+") else 0x81]) + _semi_octets(digits)
    try:
        packed = pack_septets(gsm7_encode(number))
    except ValueError as problem:
        raise SmsCodecError(str(problem)) from None
    return bytes([len(gsm7_encode(number)) * 7 // 4 + (len(gsm7_encode(number)) * 7 % 4 > 0), 0xD0]) + packed


def encode_timestamp(moment: datetime) -> bytes:
    """TP-SCTS (9.2.3.11): semi-octets, zone in quarters of an hour with the sign in bit 3."""
    offset = moment.utcoffset()
    if offset is None:
        raise SmsCodecError("a timestamp without its zone")
    quarters = round(offset.total_seconds() / 900)
    fields = (
        moment.year % 100,
        moment.month,
        moment.day,
        moment.hour,
        moment.minute,
        moment.second,
        abs(quarters),
    )
    octets = bytearray((f % 10) << 4 | f // 10 for f in fields)
    octets[6] |= 0x08 if quarters < 0 else 0
    return bytes(octets)


def decode_timestamp(octets: bytes) -> datetime:
    """The inverse; years are 2000-2099. A stamp that is no date reads as 2000-01-01 (seen from cheap
    centres).
    """
    sign = -1 if octets[6] & 0x08 else 1
    values = [(o & 0x0F) * 10 + (o >> 4) for o in (*octets[:6], octets[6] & 0xF7)]
    try:
        zone = timezone(timedelta(minutes=15 * sign * values[6]))
        year, month, day, hour, minute, second = values[:6]
        return datetime(2000 + year, month, day, hour, minute, second, tzinfo=zone)
    except ValueError:
        return datetime(2000, 1, 1, tzinfo=UTC)


def split_pdu(pdu: str) -> tuple[str | None, bytes]:
    """The service centre's number and the TPDU of a PDU in hex.

    Raises:
        SmsCodecError: Not hex, or cut short.
    """
    try:
        octets = bytes.fromhex(pdu.strip())
    except ValueError:
        raise SmsCodecError("not hex") from None
    read = Reader(octets)
    length = read.octet()
    if length == 0:
        return None, read.rest()
    type_of_address, digits = read.octet(), read.octets(length - 1)
    return ("+" if type_of_address & 0x70 == 0x10 else "") + _from_semi_octets(digits), read.rest()


def with_service_centre(number: str | None, tpdu: bytes) -> tuple[str, int]:
    if number is None:
        address = b"\x00"
    else:  # its length counts octets, the type included; TPDU addresses count digits (TS 24.011 8.2.5.1)
        digits = _semi_octets(number.removeprefix("+"))
        address = bytes([len(digits) + 1, 0x91 if number.startswith("+") else 0x81]) + digits
    return (address + tpdu).hex().upper(), len(tpdu)


def _semi_octets(digits: str) -> bytes:
    try:
        nibbles = [_NIBBLES[d] for d in digits]
    except KeyError as unknown:
        raise SmsCodecError(f"{unknown.args[0]!r} in a number") from None
    if len(nibbles) % 2:
        nibbles.append(0xF)
    return bytes(low | high << 4 for low, high in zip(nibbles[::2], nibbles[1::2], strict=True))


def _from_semi_octets(octets: bytes) -> str:
    nibbles = [n for octet in octets for n in (octet & 0xF, octet >> 4)]
    return "".join(_DIGITS[n] for n in nibbles if n < len(_DIGITS))


class Reader:
    """Takes octets from the front; running out is an error."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        self._at = 0

    def octets(self, n: int) -> bytes:
        if n < 0 or self._at + n > len(self._octets):
            raise SmsCodecError("cut short")
        self._at += n
        return self._octets[self._at - n : self._at]

    def octet(self) -> int:
        return self.octets(1)[0]

    def rest(self) -> bytes:
        return self._octets[self._at :]

    def address(self) -> str:
        n_digits, type_of_address = self.octet(), self.octet()
        octets = self.octets((n_digits + 1) // 2)
        if type_of_address & 0x70 == 0x50:
            return gsm7_decode(unpack_septets(octets, n_digits * 4 // 7))
        return ("+" if type_of_address & 0x70 == 0x10 else "") + _from_semi_octets(octets)[:n_digits]
