"""Frames of the multiplexer protocol: 3GPP TS 27.010, 5.2, in the basic option (5.2.6) and the advanced option (5.2.7).

    basic       F9  address  control  length (1 or 2)  information  FCS  F9
    advanced    7E  address  control                   information  FCS  7E     7D escapes, as in HDLC

    address     EA (always 1), C/R, DLCI (6 bits)
    FCS         8 bits over address, control and length; over the information too, except in UIH

Theory of operation. The basic option has no transparency: F9 may stand anywhere in the information, and only the length
says where a frame ends. So each F9 is a candidate for the beginning of a frame, and it holds if the header makes sense,
the FCS is right and F9 stands behind it. If not, the search goes on right behind the candidate, so that no frame is
swallowed by a false one. A closing flag may be the opening flag of the next frame.

A candidate that claims more than ever comes would hold back all that follows; who has a clock calls `give_up` when
nothing came for a while. The split of the input into chunks never changes the frames. Memory is bounded by `max_info`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Protocol, TypeAlias

BASIC_FLAG: Final = 0xF9
ADVANCED_FLAG: Final = 0x7E
ESCAPE: Final = 0x7D
ESCAPE_BIT: Final = 0x20

MAX_DLCI: Final = 63
MAX_INFO: Final = 32_767
"""What two octets of length can say (5.2.1.5)."""

USUAL_MAX_INFO: Final = 2048
"""Above the largest N1 that modems offer."""

_EA: Final = 0x01
_CR: Final = 0x02
_POLL: Final = 0x10


class Kind(IntEnum):
    """The control field without the P/F bit (5.2.1.3). The I frames of error recovery mode exist in no modem met."""

    SABM = 0x2F
    UA = 0x63
    DM = 0x0F
    DISC = 0x43
    UIH = 0xEF
    UI = 0x03


_KINDS: Final = {kind | bit: (kind, bool(bit)) for kind in Kind for bit in (0, _POLL)}


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame.

    Attributes:
        dlci: 0 … 63. In the basic option 62 cannot be sent: its address looks like a flag.
        kind: what it is.
        cr: the C/R bit as it goes over the line (5.2.1.2).
        poll: the P/F bit.
        info: the information field.
    """

    dlci: int
    kind: Kind
    cr: bool
    poll: bool = False
    info: bytes = b""


@dataclass(frozen=True, slots=True)
class Stray:
    """Bytes outside of any frame; flags are not among them."""

    octets: bytes


Item: TypeAlias = Frame | Stray


def _crc_table() -> bytes:
    """x⁸ + x² + x + 1, bits reversed (5.2.1.6, annex B)."""
    table = bytearray()
    for octet in range(256):
        for _ in range(8):
            octet = octet >> 1 ^ (0xE0 if octet & 1 else 0)
        table.append(octet)
    return bytes(table)


_CRC: Final = _crc_table()


def frame_check(octets: bytes | bytearray | memoryview) -> int:
    """The FCS octet over these octets."""
    crc = 0xFF
    for octet in octets:
        crc = _CRC[crc ^ octet]
    return 0xFF - crc


def encode_basic(frame: Frame) -> bytes:
    """With both flags. Raises ValueError: information too long, or a DLCI that the basic option cannot send."""
    length = len(frame.info)
    if length > MAX_INFO:
        raise ValueError(f"{length} octets of information; {MAX_INFO} fit a frame")
    head = _head(frame)
    if frame.dlci == BASIC_FLAG >> 2:
        raise ValueError("DLCI 62 looks like a flag in the basic option")
    head += bytes((length << 1 | _EA,)) if length < 128 else bytes((length << 1 & 0xFF, length >> 7))
    fcs = frame_check(head if frame.kind is Kind.UIH else head + frame.info)
    return b"%c%b%b%c%c" % (BASIC_FLAG, head, frame.info, fcs, BASIC_FLAG)


def encode_advanced(frame: Frame) -> bytes:
    """With both flags, escaped. Raises ValueError: information too long."""
    if len(frame.info) > MAX_INFO:
        raise ValueError(f"{len(frame.info)} octets of information; {MAX_INFO} fit a frame")
    head = _head(frame)
    fcs = frame_check(head if frame.kind is Kind.UIH else head + frame.info)
    body = b"%b%b%c" % (head, frame.info, fcs)
    return b"\x7e%b\x7e" % body.replace(b"\x7d", b"\x7d\x5d").replace(b"\x7e", b"\x7d\x5e")


def _head(frame: Frame) -> bytes:
    if not 0 <= frame.dlci <= MAX_DLCI:
        raise ValueError(f"DLCI {frame.dlci}; there are 0 to {MAX_DLCI}")
    return bytes(
        (frame.dlci << 2 | (_CR if frame.cr else 0) | _EA, frame.kind | (_POLL if frame.poll else 0))
    )


class FrameDecoder(Protocol):
    """From bytes to frames."""

    def receive(self, data: bytes) -> list[Item]:
        """Take bytes from the line; what they complete."""
        ...

    def give_up(self) -> list[Item]:
        """The rest of what has begun will not come: look for frames behind its beginning."""
        ...

    @property
    def waiting(self) -> bool:
        """A frame has begun, or so it seems."""
        ...


class BasicDecoder:
    """Of the basic option.

    Args:
        max_info: a header that claims more octets begins no frame.
    """

    def __init__(self, max_info: int = USUAL_MAX_INFO) -> None:
        self._max_info = max_info
        self._buffer = bytearray()

    @property
    def waiting(self) -> bool:
        return len(self._buffer) > 1  # a flag alone is the end of the last frame

    def receive(self, data: bytes) -> list[Item]:
        self._buffer += data
        return self._search(0)

    def give_up(self) -> list[Item]:
        items = self._search(1)
        while self.waiting:
            items += self._search(1)
        return items

    def _search(self, at: int) -> list[Item]:
        """All frames from `at` on; the candidate that may yet become one stays in the buffer, its flag first."""
        buffer = self._buffer
        items: list[Item] = []
        stray = bytearray()
        while (flag := buffer.find(BASIC_FLAG, at)) >= 0:
            stray += buffer[at:flag]
            found = self._frame_at(flag)
            if found is None:
                at = flag
                break
            frame, at = found
            if frame is not None:
                if stray:
                    items.append(Stray(bytes(stray)))
                    stray.clear()
                items.append(frame)
        else:
            stray += buffer[at:]
            at = len(buffer)
        del buffer[:at]
        if stray:
            items.append(Stray(bytes(stray)))
        return items

    def _frame_at(self, flag: int) -> tuple[Frame | None, int] | None:
        """(the frame, where to go on), (None, where to go on), or None: more bytes are needed."""
        buffer = self._buffer
        has = len(buffer) - flag
        if has < 2:
            return None
        address = buffer[flag + 1]
        if address == BASIC_FLAG or not address & _EA:
            return None, flag + 1
        if has < 3:
            return None
        known = _KINDS.get(buffer[flag + 2])
        if known is None:
            return None, flag + 1
        if has < 4:
            return None
        length, info_at = buffer[flag + 3] >> 1, flag + 4
        if not buffer[flag + 3] & _EA:
            if has < 5:
                return None
            length, info_at = length | buffer[flag + 4] << 7, flag + 5
        if length > self._max_info:
            return None, flag + 1
        fcs_at = info_at + length
        if len(buffer) < fcs_at + 2:
            return None
        kind, poll = known
        covered = buffer[flag + 1 : info_at if kind is Kind.UIH else fcs_at]
        if buffer[fcs_at + 1] != BASIC_FLAG or frame_check(covered) != buffer[fcs_at]:
            return None, flag + 1
        frame = Frame(address >> 2, kind, bool(address & _CR), poll, bytes(buffer[info_at:fcs_at]))
        return frame, fcs_at + 1


class AdvancedDecoder:
    """Of the advanced option. Arguments as of BasicDecoder."""

    def __init__(self, max_info: int = USUAL_MAX_INFO) -> None:
        self._max_raw = 2 * (max_info + 3)
        self._raw = bytearray()
        self._overlong = False

    @property
    def waiting(self) -> bool:
        return bool(self._raw)

    def receive(self, data: bytes) -> list[Item]:
        items: list[Item] = []
        *ended, rest = data.split(b"\x7e")
        for part in ended:
            self._add(part)
            items += self._end()
        self._add(rest)
        return items

    def give_up(self) -> list[Item]:
        raw, self._overlong = bytes(self._raw), False
        self._raw.clear()
        return [Stray(raw)] if raw else []

    def _add(self, part: bytes) -> None:
        self._raw += part
        if len(self._raw) > self._max_raw:
            self._overlong = True
            del self._raw[self._max_raw :]

    def _end(self) -> list[Item]:
        raw, overlong = bytes(self._raw), self._overlong
        self._raw.clear()
        self._overlong = False
        if not raw:
            return []
        frame = None if overlong else _unescaped(raw)
        return [Stray(raw) if frame is None else frame]


_ESCAPED: Final = re.compile(rb"\x7d(.)", re.DOTALL)


def _unescaped(raw: bytes) -> Frame | None:
    if raw.endswith(b"\x7d"):
        return None  # the sender gave the frame up (5.2.4)
    body = _ESCAPED.sub(lambda pair: bytes((pair[1][0] ^ ESCAPE_BIT,)), raw) if b"\x7d" in raw else raw
    if len(body) < 3 or not body[0] & _EA or (known := _KINDS.get(body[1])) is None:
        return None
    kind, poll = known
    if frame_check(body[: 2 if kind is Kind.UIH else -1]) != body[-1]:
        return None
    return Frame(body[0] >> 2, kind, bool(body[0] & _CR), poll, body[2:-1])
