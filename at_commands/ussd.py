"""USSD strings as modems print and take them (3GPP TS 27.007 7.15, data coding of TS 23.038 clause 5).

The standard leaves so much open that one and the same answer of the network is seen in five shapes
by real modems: see :class:`UssdEncoding`. What one end encodes the other decodes.
"""

from enum import StrEnum

from at_commands.gsm7 import gsm7_decode, gsm7_encodable, gsm7_encode, pack_septets, unpack_septets


class UssdEncoding(StrEnum):
    """How the string field of ``+CUSD`` is written, and its dcs."""

    UCS2_HEX = "ucs2_hex"  # "0411…",72            the usual answer in Cyrillic
    GSM7_PLAIN = "gsm7_plain"  # "Balance: 1",15   CSCS IRA or GSM
    GSM7_PACKED_HEX = "gsm7_packed_hex"  # "AA180C3602",15   Huawei, MTS in Russia
    CHARSET_UCS2 = "charset_ucs2"  # "0042…",15    GSM7 text shown through CSCS="UCS2"
    EIGHT_BIT_HEX = "eight_bit_hex"  # "42616C",68


_DCS = {
    UssdEncoding.UCS2_HEX: 72,
    UssdEncoding.GSM7_PLAIN: 15,
    UssdEncoding.GSM7_PACKED_HEX: 15,
    UssdEncoding.CHARSET_UCS2: 15,
    UssdEncoding.EIGHT_BIT_HEX: 68,
}

_HEX = frozenset("0123456789abcdefABCDEF")
_CR = 0x0D
_COMMON = frozenset({0x00, 0x03, 0x04, 0x20})
"""First octets of UCS2 in what the GSM alphabet has (TS 23.038 6.2.1), and of Cyrillic."""


def encode_ussd(text: str, encoding: UssdEncoding) -> tuple[str, int]:
    """The string field (without quotes) and its dcs.

    Raises:
        ValueError: The text has characters which the encoding has not.
    """
    match encoding:
        case UssdEncoding.UCS2_HEX:
            field = text.encode("utf-16-be").hex().upper()
        case UssdEncoding.GSM7_PLAIN | UssdEncoding.CHARSET_UCS2:
            if not gsm7_encodable(text):
                raise ValueError("not in the GSM alphabet")
            plain = encoding is UssdEncoding.GSM7_PLAIN
            field = text if plain else text.encode("utf-16-be").hex().upper()
        case UssdEncoding.GSM7_PACKED_HEX:
            field = pack_ussd(text).hex().upper()
        case UssdEncoding.EIGHT_BIT_HEX:
            field = text.encode("latin-1").hex().upper()
    return field, _DCS[encoding]


def decode_ussd(field: str, dcs: int = 15, *, character_set: str = "IRA") -> str:
    """The text of a ``+CUSD`` string field.

    Args:
        field: Without quotes.
        dcs: As reported; 15 when the modem left it out.
        character_set: The TE character set in force (``AT+CSCS?``): tells hex from text where the dcs can't.
    """
    raw = _hex_bytes(field)
    alphabet = _alphabet(dcs)
    if raw is None:
        return _letters(field) if character_set == "GSM" and alphabet == "gsm7" else field
    if alphabet == "ucs2":
        return _utf16(raw)
    if alphabet == "8bit":
        return raw.decode("latin-1")
    # GSM7 in hex digits. In a character set with letters digits alone are a number (a balance, a code) if they
    # can't be UCS2 of a readable text; everything else is one of the two hex forms.
    hex_only = character_set in ("UCS2", "HEX")
    if (
        not hex_only
        and field.isdigit()
        and not (len(raw) >= 4 and len(raw) % 2 == 0 and set(raw[::2]) <= {0})
    ):
        return field
    if _reads_as_ucs2(raw):
        return _utf16(raw)
    text = unpack_ussd(raw)
    return text if hex_only or text.isprintable() or "\n" in text else field


def pack_ussd(text: str) -> bytes:
    """GSM7 packed for USSD: seven spare bits are filled with CR, so they don't read as ``@`` (TS 23.038
    6.1.2.3.1).
    """
    septets = gsm7_encode(text)
    if len(septets) % 8 == 7 or (len(septets) % 8 == 0 and septets and septets[-1] == _CR):
        septets += bytes([_CR])
    return pack_septets(septets)


def unpack_ussd(packed: bytes) -> str:
    """The inverse of :func:`pack_ussd`."""
    septets = unpack_septets(packed, len(packed) * 8 // 7)
    if (len(septets) % 8 == 0 and septets.endswith(b"\r")) or (
        len(septets) % 8 == 1 and septets.endswith(b"\r\r")
    ):
        septets = septets[:-1]
    return gsm7_decode(septets)


def _alphabet(dcs: int) -> str:
    """TS 23.038 clause 5 (cell broadcast coding, also used for USSD)."""
    if dcs == 0x11:  # UCS2 with the language in front of the text
        return "ucs2"
    if dcs >> 6 == 0b01 or dcs >> 4 == 0b1001:
        return ("gsm7", "8bit", "ucs2", "gsm7")[dcs >> 2 & 3]
    if dcs >> 4 == 0b1111:
        return "8bit" if dcs & 4 else "gsm7"
    return "gsm7"


def _reads_as_ucs2(raw: bytes) -> bool:
    """Whether every character is of the planes of Latin, Greek, Cyrillic and its signs, or all are of one other
    script. Packed septets have such octets in every other place by rare chance only.
    """
    planes = set(raw[::2])
    return len(raw) % 2 == 0 and (planes <= _COMMON or (len(raw) >= 8 and len(planes - _COMMON) == 1))


def _letters(field: str) -> str:
    """GSM7 as ``CSCS="GSM"`` has it, a character an octet; a modem that says octets beyond means something else."""
    return gsm7_decode(field.encode("ascii")) if field.isascii() else field


def _hex_bytes(field: str) -> bytes | None:
    return bytes.fromhex(field) if field and len(field) % 2 == 0 and set(field) <= _HEX else None


def _utf16(raw: bytes) -> str:
    return raw[: len(raw) // 2 * 2].decode("utf-16-be", errors="replace")
