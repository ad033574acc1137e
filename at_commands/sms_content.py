"""What a short message carries: coding, user data header and text; parts of a long one (3GPP TS 23.040
9.2.3.24).
"""

from dataclasses import dataclass, replace
from enum import Enum

from at_commands.gsm7 import (
    WIDE,
    gsm7_decode,
    gsm7_encodable,
    gsm7_encode,
    pack_septets,
    unpack_septets,
)
from at_commands.sms_fields import SmsCodecError

MAX_USER_DATA = 140  # octets; 160 septets
_CONCAT_8BIT, _CONCAT_16BIT = 0x00, 0x08  # information elements, 9.2.3.24


class Alphabet(Enum):
    """TS 23.038 clause 4; the value is the bits of the general data coding group."""

    GSM7 = 0x00
    DATA8 = 0x04
    UCS2 = 0x08


@dataclass(frozen=True)
class Part:
    """Place in a concatenated message (9.2.3.24.1, .8)."""

    reference: int
    total: int
    number: int  # from 1
    wide: bool = False  # 16-bit reference

    def element(self) -> bytes:
        """The information element."""
        if self.wide:
            return bytes([_CONCAT_16BIT, 4, *self.reference.to_bytes(2, "big"), self.total, self.number])
        return bytes([_CONCAT_8BIT, 3, self.reference & 0xFF, self.total, self.number])


@dataclass(frozen=True)
class Content:
    """What a message carries: TP-DCS, TP-UDH and TP-UD together, as they only make sense together."""

    text: str = ""
    data: bytes = b""  # instead of text, with Alphabet.DATA8
    alphabet: Alphabet = Alphabet.GSM7
    message_class: int | None = None  # 0 is a flash message
    part: Part | None = None
    elements: bytes = b""  # other information elements, raw

    @classmethod
    def of(cls, text: str) -> "Content":
        """In the narrowest alphabet which has all its characters."""
        return cls(text, alphabet=Alphabet.GSM7 if gsm7_encodable(text) else Alphabet.UCS2)

    @property
    def dcs(self) -> int:
        """TP-DCS."""
        if self.message_class is None:
            return self.alphabet.value
        if not 0 <= self.message_class <= 3:
            raise SmsCodecError(f"message class {self.message_class}, 0 to 3 exist", "TP-DCS")
        return self.alphabet.value | 0x10 | self.message_class

    @property
    def header(self) -> bytes:
        """TP-UDH with its length octet; empty when there is none."""
        elements = (self.part.element() if self.part else b"") + self.elements
        return bytes([len(elements)]) + elements if elements else b""

    def encode(self) -> bytes:
        """TP-UDL and TP-UD.

        Raises:
            SmsCodecError: It does not fit, or has characters that the alphabet has not.
        """
        header = self.header
        try:
            if self.alphabet is Alphabet.GSM7:
                fill_bits = -len(header) * 8 % 7
                septets = gsm7_encode(self.text)
                length = (len(header) * 8 + fill_bits) // 7 + len(septets)
                body = header + pack_septets(septets, fill_bits if header else 0)
            else:
                body = header + (
                    self.data if self.alphabet is Alphabet.DATA8 else self.text.encode("utf-16-be")
                )
                length = len(body)
        except ValueError as problem:
            raise SmsCodecError(str(problem), "TP-UD") from None
        if len(body) > MAX_USER_DATA:
            raise SmsCodecError(f"{len(body)} octets of user data, {MAX_USER_DATA} fit", "TP-UD")
        return bytes([length]) + body

    @classmethod
    def decode(cls, dcs: int, has_header: bool, length: int, body: bytes) -> "Content":
        """From TP-DCS, TP-UDHI, TP-UDL and TP-UD. Octets behind its end do not count.

        Raises:
            SmsCodecError: cut short.
        """
        alphabet, message_class = data_coding(dcs)
        size = (length * 7 + 7) // 8 if alphabet is Alphabet.GSM7 else length
        if len(body) < size:
            raise SmsCodecError(f"cut short: {len(body)} of {size} octets", "TP-UD")
        n_header = body[0] + 1 if has_header and size else 0
        if n_header > size:
            raise SmsCodecError(f"{n_header} octets of header in {size} of user data", "TP-UDH")
        part, elements = _elements(body[1:n_header])
        if alphabet is Alphabet.GSM7:
            fill_bits = -n_header * 8 % 7
            n_septets = length - (n_header * 8 + fill_bits) // 7
            text = gsm7_decode(unpack_septets(body[n_header:], n_septets, fill_bits))
            return cls(text, b"", alphabet, message_class, part, elements)
        rest = body[n_header:length]
        if alphabet is Alphabet.DATA8:
            return cls("", rest, alphabet, message_class, part, elements)
        return cls(rest.decode("utf-16-be", "replace"), b"", alphabet, message_class, part, elements)


def split_content(content: Content, reference: int) -> list[Content]:
    """A text of any length as the contents of one message or of several, numbered.

    Characters of two septets or of two UCS2 units are not torn apart.
    """
    gsm7 = content.alphabet is Alphabet.GSM7
    header = len(content.header)
    if content.alphabet is Alphabet.DATA8:
        if header + len(content.data) > MAX_USER_DATA:
            raise SmsCodecError("data is not split; its owner knows where", "TP-UD")
        return [content]
    widths = _widths(content.text, gsm7)
    size = len(content.text) if widths is None else sum(widths)
    if size <= _room(header, gsm7):
        return [content]
    room = _room(len(replace(content, part=Part(reference, 1, 1)).header), gsm7)
    chunks = _chunks(content.text, widths, room)
    if len(chunks) > 255:
        raise SmsCodecError(f"{len(chunks)} parts, 255 are the limit", "TP-UDH")
    return [
        Content(
            chunk,
            b"",
            content.alphabet,
            content.message_class,
            Part(reference, len(chunks), number),
            content.elements,
        )
        for number, chunk in enumerate(chunks, 1)
    ]


def _room(header: int, gsm7: bool) -> int:
    """Septets, or UCS2 units, that fit behind a header."""
    return (MAX_USER_DATA - header) * 8 // 7 if gsm7 else (MAX_USER_DATA - header) // 2


def _widths(text: str, gsm7: bool) -> list[int] | None:
    """What each character takes; None: one each."""
    if gsm7:
        return None if WIDE.isdisjoint(text) else [1 + (c in WIDE) for c in text]
    return None if text.isascii() or max(text) <= "\uffff" else [1 + (c > "\uffff") for c in text]


def _chunks(text: str, widths: list[int] | None, room: int) -> list[str]:
    if widths is None:
        return [text[at : at + room] for at in range(0, len(text), room)]
    chunks, used = [""], 0
    for c, width in zip(text, widths, strict=True):
        if used + width > room:
            chunks.append("")
            used = 0
        chunks[-1] += c
        used += width
    return chunks


def data_coding(dcs: int) -> tuple[Alphabet, int | None]:
    """TS 23.038 clause 4: the alphabet and the class."""
    group = dcs >> 4
    if group < 0x8:  # general; compressed text (bit 5) is shown as data
        message_class = dcs & 3 if dcs & 0x10 else None
        alphabet = (Alphabet.GSM7, Alphabet.DATA8, Alphabet.UCS2, Alphabet.GSM7)[dcs >> 2 & 3]
        return (Alphabet.DATA8 if dcs & 0x20 else alphabet), message_class
    if group == 0xE:  # message waiting, UCS2
        return Alphabet.UCS2, None
    if group == 0xF:
        return (Alphabet.DATA8 if dcs & 4 else Alphabet.GSM7), dcs & 3
    return Alphabet.GSM7, None


def _elements(header: bytes) -> tuple[Part | None, bytes]:
    """The concatenation element of a user data header, and the others raw."""
    part: Part | None = None
    others = b""
    at = 0
    while at + 2 <= len(header):
        kind, length = header[at], header[at + 1]
        value = header[at + 2 : at + 2 + length]
        if kind == _CONCAT_8BIT and len(value) == 3:
            part = Part(value[0], value[1], value[2])
        elif kind == _CONCAT_16BIT and len(value) == 4:
            part = Part(int.from_bytes(value[:2], "big"), value[2], value[3], wide=True)
        else:
            others += header[at : at + 2 + length]
        at += 2 + length
    return part, others
