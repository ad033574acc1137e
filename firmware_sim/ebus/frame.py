"""The bytes of eBUS: symbols, addresses, telegrams and their check (eBUS specification OSI 1/2, V1.3.1).

    master part   QQ ZZ PB SB NN data CRC     from, to, primary and secondary command, count of data bytes
    slave part    NN data CRC                 the answer of a slave, after its ACK

    to a master       master part, ACK of the receiver, SYN
    to a slave        master part, ACK and slave part of the receiver, ACK of the sender, SYN
    to all (FEh)      master part, SYN

SYN never stands within a telegram: AAh goes as A9h 01h, A9h as A9h 00h, in the CRC too. The CRC is built over the bytes
as they go over the wire, thus expanded: deployed software does so (its check value for `10 FE B5 05 04 27 A9 15 AA` is
77h). A public description that says "before expanding" would give B5h and is not followed here.
"""

from __future__ import annotations

from enum import Enum, auto
from functools import lru_cache
from typing import Final, NamedTuple

BYTE_S: Final = 10 / 2400
"""Start bit, eight bits, stop bit at 2400 baud."""
SYN: Final = 0xAA
ESC: Final = 0xA9
ACK: Final = 0x00
NAK: Final = 0xFF
BROADCAST: Final = 0xFE
MAX_DATA: Final = 16
"""Data bytes in a part, before expanding."""
POLYNOMIAL: Final = 0x9B
_NOT_KNOWN: Final = 256
"""Where a part ends before its NN has been read."""

_NIBBLES_OF_MASTERS: Final = (0x0, 0x1, 0x3, 0x7, 0xF)
MASTERS: Final = frozenset(high << 4 | low for high in _NIBBLES_OF_MASTERS for low in _NIBBLES_OF_MASTERS)
"""The 25 addresses whose both halves are ones from the lowest bit on; the lower half is the priority class."""


class FrameError(ValueError):
    """Bytes that are no part of a telegram, or a telegram that cannot be sent."""

    kind = "ebus_frame"


class Telegram(NamedTuple):
    """The master part without its CRC, not expanded."""

    source: int
    destination: int
    primary: int
    secondary: int
    data: bytes = b""


class Verdict(Enum):
    """What a further byte has made of a part."""

    MORE = auto()
    GOOD = auto()
    WRONG_CRC = auto()
    BROKEN = auto()
    """No part of a telegram at all: only the next SYN helps."""


_MORE, _GOOD, _WRONG_CRC, _BROKEN = Verdict


def _crc_table() -> bytes:
    table = []
    for crc in range(256):
        for _ in range(8):
            crc = crc << 1 ^ (POLYNOMIAL if crc & 0x80 else 0)
        table.append(crc & 0xFF)
    return bytes(table)


_CRC: Final = _crc_table()


def crc_of(wire: bytes) -> int:
    """The check byte of bytes that are expanded already."""
    crc = 0
    for byte in wire:
        crc = _CRC[crc] ^ byte
    return crc


def expand(plain: bytes) -> bytes:
    """Replace what must not stand on the wire."""
    return plain.replace(b"\xa9", b"\xa9\x00").replace(b"\xaa", b"\xa9\x01")


def is_slave(address: int) -> bool:
    """Whether an address is one of those that are neither a master's, nor all, nor a symbol."""
    return 0 <= address <= 0xFF and address not in MASTERS and address not in (BROADCAST, SYN, ESC)


def slave_of(master: int) -> int:
    """The slave address of a master: five more, FFh has 04h."""
    if master not in MASTERS:
        raise FrameError(f"{master:02X}h is not the address of a master")
    return master + 5 & 0xFF


@lru_cache(maxsize=256)
def encode_command(telegram: Telegram) -> bytes:
    """The master part as it goes over the wire.

    Raises:
        FrameError: the addresses, the commands or the data do not fit.
    """
    source, destination, primary, secondary, data = telegram
    if source not in MASTERS:
        raise FrameError(f"{source:02X}h is not the address of a master")
    if destination in (SYN, ESC) or not 0 <= destination <= 0xFF or destination == source:
        raise FrameError(f"{destination:02X}h cannot be addressed by {source:02X}h")
    if not 0 <= primary <= 0xFF or not 0 <= secondary <= 0xFF:
        raise FrameError(f"commands {primary}, {secondary} do not fit bytes")
    return _with_crc(bytes((source, destination, primary, secondary, _length(data))) + data)


@lru_cache(maxsize=256)
def encode_answer(data: bytes) -> bytes:
    """The slave part as it goes over the wire. Raises FrameError when the data are too long."""
    return _with_crc(bytes((_length(data),)) + data)


def decode_command(wire: bytes) -> Telegram:
    """A whole master part. Raises FrameError when it is none."""
    reader = PartReader()
    reader.start_command()
    _read_whole(reader, wire)
    return reader.telegram()


def decode_answer(wire: bytes) -> bytes:
    """The data of a whole slave part. Raises FrameError when it is none."""
    reader = PartReader()
    reader.start_answer()
    _read_whole(reader, wire)
    return reader.data()


class PartReader:
    """Puts a part together from the bytes of the wire, however they are cut."""

    def __init__(self) -> None:
        self._plain = bytearray()
        self._length_at = 4
        self._end = _NOT_KNOWN
        self._crc = 0
        self._escaped = False

    def start_command(self) -> None:
        """The next byte is QQ of a master part."""
        self._start(4)

    def start_answer(self) -> None:
        """The next byte is NN of a slave part."""
        self._start(0)

    def take(self, wire: bytes, at: int = 0) -> tuple[Verdict, int]:
        """Take bytes of the wire from the place `at` on. Returns what they make, and the place after the last taken."""
        plain, end, crc, escaped = self._plain, self._end, self._crc, self._escaped
        verdict = _MORE
        while at < len(wire) and verdict is _MORE:
            byte = wire[at]
            at += 1
            in_crc = len(plain) == end
            if not in_crc:
                crc = _CRC[crc] ^ byte
            if escaped:
                if byte > 1:
                    verdict = _BROKEN
                byte += ESC
                escaped = False
            elif byte == ESC:
                escaped = True
                continue
            elif byte == SYN:
                verdict = _BROKEN
            if verdict is _BROKEN:
                break
            if in_crc:
                verdict = _GOOD if byte == crc else _WRONG_CRC
                break
            if len(plain) == self._length_at:
                if byte > MAX_DATA:
                    verdict = _BROKEN
                end = self._length_at + 1 + byte
            plain.append(byte)
        self._end, self._crc, self._escaped = end, crc, escaped
        return verdict, at

    def telegram(self) -> Telegram:
        """The master part that has been read."""
        plain = self._plain
        return Telegram(plain[0], plain[1], plain[2], plain[3], bytes(plain[5:]))

    def data(self) -> bytes:
        """The data of the part that has been read."""
        return bytes(self._plain[self._length_at + 1 :])

    def _start(self, length_at: int) -> None:
        self._plain.clear()
        self._length_at = length_at
        self._end = _NOT_KNOWN
        self._crc = 0
        self._escaped = False


def _read_whole(reader: PartReader, wire: bytes) -> None:
    verdict, end = reader.take(wire)
    if verdict is not Verdict.GOOD:
        wrong = {
            Verdict.MORE: "too short",
            Verdict.WRONG_CRC: "wrong CRC",
            Verdict.BROKEN: "no part of a telegram",
        }
        raise FrameError(f"{wrong[verdict]}: {wire.hex(' ')}")
    if end < len(wire):
        raise FrameError(f"{len(wire) - end} bytes too many: {wire.hex(' ')}")


def _with_crc(plain: bytes) -> bytes:
    wire = expand(plain)
    return wire + expand(bytes((crc_of(wire),)))


def _length(data: bytes) -> int:
    if len(data) > MAX_DATA:
        raise FrameError(f"{len(data)} data bytes are more than {MAX_DATA}")
    return len(data)
