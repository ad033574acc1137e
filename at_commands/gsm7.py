"""The GSM 7-bit default alphabet with its extension table, and its packing (3GPP TS 23.038 6.1.2, 6.2.1)."""

_DEFAULT = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = {
    0x0A: "\f",
    0x14: "^",
    0x28: "{",
    0x29: "}",
    0x2F: "\\",
    0x3C: "[",
    0x3D: "~",
    0x3E: "]",
    0x40: "|",
    0x65: "€",
}
_ESCAPE = 0x1B

_SEPTETS = {c: bytes([i]) for i, c in enumerate(_DEFAULT) if i != _ESCAPE}
_SEPTETS |= {c: bytes([_ESCAPE, i]) for i, c in _EXTENSION.items()}


def gsm7_encodable(text: str) -> bool:
    """Whether every character is in the default alphabet or its extension."""
    return all(c in _SEPTETS for c in text)


def gsm7_encode(text: str) -> bytes:
    """One septet a byte; characters of the extension take two.

    Raises:
        ValueError: A character is not in the alphabet.
    """
    try:
        return b"".join(_SEPTETS[c] for c in text)
    except KeyError as missing:
        raise ValueError(f"{missing.args[0]!r} is not in the GSM alphabet") from None


def gsm7_decode(septets: bytes) -> str:
    """The inverse. An escape to nothing known shows the plain character (6.2.1.1); a trailing escape is a
    blank.
    """
    out: list[str] = []
    escaped = False
    for septet in septets:
        if escaped:
            out.append(_EXTENSION.get(septet, _DEFAULT[septet & 0x7F] if septet != _ESCAPE else " "))
            escaped = False
        elif septet == _ESCAPE:
            escaped = True
        else:
            out.append(_DEFAULT[septet & 0x7F])
    return "".join(out) + (" " if escaped else "")


def pack_septets(septets: bytes, fill_bits: int = 0) -> bytes:
    """Septets into octets, least significant bit first, behind ``fill_bits`` zero bits (they align after a
    UDH).
    """
    number = 0
    for at, septet in enumerate(septets):
        number |= (septet & 0x7F) << (7 * at)
    n_bits = fill_bits + 7 * len(septets)
    return (number << fill_bits).to_bytes((n_bits + 7) // 8, "little")


def unpack_septets(packed: bytes, count: int, fill_bits: int = 0) -> bytes:
    """``count`` septets out of octets; fewer when the octets end."""
    number = int.from_bytes(packed, "little") >> fill_bits
    count = min(count, max(0, len(packed) * 8 - fill_bits) // 7)
    return bytes(number >> (7 * at) & 0x7F for at in range(count))
