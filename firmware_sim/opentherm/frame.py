"""The 32 bits of an OpenTherm frame and the numbers within (OpenTherm Protocol Specification v2.2, 4.2 and 5.1).

    bit  31      30 … 28      27 … 24   23 … 16   15 … 0
         parity  message type spare, 0  data-id   data value

The number of ones in all 32 bits is even. A data value is one number of 16 bits or two of 8. A boiler says the same few
hundred frames all day, so those that were seen last are remembered.
"""

from __future__ import annotations

import math
from enum import IntEnum
from functools import lru_cache
from typing import Final, NamedTuple

FRAME_BITS: Final = 34
"""Start bit, 32 bits, stop bit."""
FRAME_S: Final = FRAME_BITS / 1000
"""On the line, at 1 kbit/s."""


class FrameError(ValueError):
    """Bits that are no frame, or a value that does not fit one."""

    kind = "opentherm_frame"


class MsgType(IntEnum):
    """Requests of the master have bit 2 clear, answers of the slave have it set."""

    READ_DATA = 0
    WRITE_DATA = 1
    INVALID_DATA = 2
    RESERVED = 3
    READ_ACK = 4
    WRITE_ACK = 5
    DATA_INVALID = 6
    UNKNOWN_DATAID = 7


class Frame(NamedTuple):
    """A frame taken apart. `value` is the raw data value, 0 … 0xFFFF."""

    msg_type: MsgType
    data_id: int
    value: int


_MSG_TYPES: Final = tuple(MsgType)


@lru_cache(maxsize=4096)
def encode_frame(msg_type: int, data_id: int, value: int) -> int:
    """The frame's 32 bits as a number.

    Raises:
        FrameError: a part does not fit its field.
    """
    if not (0 <= msg_type <= 7 and 0 <= data_id <= 0xFF and 0 <= value <= 0xFFFF):
        raise FrameError(f"message type {msg_type}, data-id {data_id}, value {value}: one does not fit")
    word = msg_type << 28 | data_id << 16 | value
    return word | 0x8000_0000 if word.bit_count() & 1 else word


@lru_cache(maxsize=4096)
def decode_frame(word: int) -> Frame:
    """Take 32 bits apart. The spare bits are ignored, as the specification asks of a receiver.

    Raises:
        FrameError: more than 32 bits, or odd parity.
    """
    if not 0 <= word <= 0xFFFF_FFFF:
        raise FrameError(f"{word:#x} is not 32 bits")
    if word.bit_count() & 1:
        raise FrameError(f"{word:#010x} has odd parity")
    return Frame(_MSG_TYPES[word >> 28 & 7], word >> 16 & 0xFF, word & 0xFFFF)


def encode_f88(value: float) -> int:
    """A fixed-point number, signed, in 1/256, rounded to the nearest.

    Raises:
        FrameError: not within -128 … 127.998, or not a number.
    """
    raw = round(value * 256) if math.isfinite(value) else 0x8000
    if not -0x8000 <= raw <= 0x7FFF:
        raise FrameError(f"{value} does not fit f8.8")
    return raw & 0xFFFF


def decode_f88(raw: int) -> float:
    """16 bits to a number in 1/256."""
    return (raw - 0x1_0000 if raw & 0x8000 else raw) / 256


def encode_s16(value: int) -> int:
    """A signed number of 16 bits. Raises FrameError when it does not fit."""
    if not -0x8000 <= value <= 0x7FFF:
        raise FrameError(f"{value} does not fit s16")
    return value & 0xFFFF


def decode_s16(raw: int) -> int:
    """16 bits to a signed number."""
    return raw - 0x1_0000 if raw & 0x8000 else raw


def encode_pair(high: int, low: int) -> int:
    """Two bytes, each -128 … 255 (s8 or u8). Raises FrameError when one does not fit."""
    if not (-0x80 <= high <= 0xFF and -0x80 <= low <= 0xFF):
        raise FrameError(f"{high}, {low}: one does not fit a byte")
    return (high & 0xFF) << 8 | low & 0xFF


def decode_s8_pair(raw: int) -> tuple[int, int]:
    """High and low byte as signed numbers."""
    high, low = raw >> 8, raw & 0xFF
    return (high - 0x100 if high & 0x80 else high, low - 0x100 if low & 0x80 else low)
