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


class _Septets(dict[int, str]):
    """For str.translate: the septets of each character as characters."""

    def __missing__(self, code: int) -> str:
        raise ValueError(f"{chr(code)!r} is not in the GSM alphabet")


_SEPTETS = _Septets({ord(c): chr(i) for i, c in enumerate(_DEFAULT) if i != _ESCAPE})
_SEPTETS.update({ord(c): chr(_ESCAPE) + chr(i) for i, c in _EXTENSION.items()})
_ALPHABET = frozenset(map(chr, _SEPTETS))
WIDE = frozenset(_EXTENSION.values())
"""Characters that take two septets."""


def gsm7_encodable(text: str) -> bool:
    """Whether every character is in the default alphabet or its extension."""
    return _ALPHABET.issuperset(text)


def gsm7_encode(text: str) -> bytes:
    """One septet a byte; characters of the extension take two.

    Raises:
        ValueError: A character is not in the alphabet.
    """
    return text.translate(_SEPTETS).encode("latin-1")


def gsm7_decode(septets: bytes) -> str:
    """The inverse. An escape to nothing known shows the plain character (6.2.1.1); a trailing escape is a
    blank.
    """
    text = septets.translate(_LOW_BITS).decode("ascii")
    if chr(_ESCAPE) not in text:
        return text.translate(_CHARACTERS)
    first, *escaped = text.split(chr(_ESCAPE))
    return first.translate(_CHARACTERS) + "".join(map(_unescape, _rejoined(escaped)))


def _rejoined(escaped: list[str]) -> list[str]:
    """What stands behind each escape; one that is itself escaped is a blank of its own."""
    found: list[str] = []
    pieces = iter(escaped)
    for piece in pieces:
        if piece:
            found.append(piece)
            continue
        found.append("")
        following = next(pieces, None)
        if following is not None:
            found[-1] = chr(_ESCAPE) + following
    return found


def _unescape(piece: str) -> str:
    if not piece:
        return " "
    if piece[0] == chr(_ESCAPE):
        return " " + piece[1:].translate(_CHARACTERS)
    return _EXTENSION.get(ord(piece[0]), piece[0].translate(_CHARACTERS)) + piece[1:].translate(_CHARACTERS)


_CHARACTERS = dict(enumerate(_DEFAULT))
_LOW_BITS = bytes(i & 0x7F for i in range(256))


# Packing squeezes the idle bit out of each byte, for all bytes of one big integer at once: pairs of septets become 14
# bits, pairs of these 28, pairs of these 56, which are seven octets. Unpacking goes the same way back.
_AT_ONCE = 160
_STEPS = tuple(
    (sum((1 << 7 * n) - 1 << at for at in range(0, _AT_ONCE * 8, 16 * n)), 8 * n, n) for n in (1, 2, 4)
)


def pack_septets(septets: bytes, fill_bits: int = 0) -> bytes:
    """Septets into octets, least significant bit first, behind ``fill_bits`` zero bits (they align after a
    UDH).
    """
    packed = b"".join([_squeezed(septets[at : at + _AT_ONCE]) for at in range(0, len(septets), _AT_ONCE)])
    if fill_bits:
        packed = (int.from_bytes(packed, "little") << fill_bits).to_bytes(len(packed) + 1, "little")
    return packed[: (fill_bits + 7 * len(septets) + 7) // 8]


def unpack_septets(packed: bytes, count: int, fill_bits: int = 0) -> bytes:
    """``count`` septets out of octets; fewer when the octets end."""
    count = min(count, max(0, len(packed) * 8 - fill_bits) // 7)
    if fill_bits:
        packed = (int.from_bytes(packed, "little") >> fill_bits).to_bytes(len(packed), "little")
    step = _AT_ONCE // 8 * 7
    return b"".join([_widened(packed[at : at + step]) for at in range(0, len(packed), step)])[:count]


def _squeezed(septets: bytes) -> bytes:
    number = int.from_bytes(septets.translate(_LOW_BITS), "little")
    for low, width, gap in _STEPS:
        number = number & low | number >> gap & low << width - gap
    blocks = number.to_bytes((len(septets) + 7) // 8 * 8, "little")
    return b"".join([blocks[at : at + 7] for at in range(0, len(blocks), 8)])


def _widened(packed: bytes) -> bytes:
    blocks = b"".join([packed[at : at + 7].ljust(8, b"\0") for at in range(0, len(packed), 7)])
    number = int.from_bytes(blocks, "little")
    for low, width, gap in reversed(_STEPS):
        number = number & low | (number & low << width - gap) << gap
    return number.to_bytes(len(blocks), "little")
