"""Numbers within eBUS data (application layer V1.6.1): each type has a value that means "not available".

    type     bytes   step    range              not available
    BCD      1       1       0 … 99             FFh
    CHAR     1       1       0 … 100 here       FFh (ours: published for some fields only)
    DATA1b   1       1       -127 … 127         80h; an outdoor temperature has 3Fh instead
    DATA1c   1       1/2     0 … 100            FFh
    DATA2b   2       1/256   -127.99 … 127.99   8000h
    DATA2c   2       1/16    -2047.9 … 2047.9   8000h

Two bytes go with the lower one first. Here None stands for "not available" both ways; so does a byte that is outside
the range of its type when read.
"""

from __future__ import annotations

import math
from typing import Final

from firmware_sim.ebus.frame import FrameError

NOT_AVAILABLE: Final = 0xFF
NOT_AVAILABLE_WORD: Final = b"\x00\x80"
NO_OUTDOOR: Final = 0x3F
"""Instead of an outdoor temperature; +63 °C is out of its range of -30 … +50 °C."""
OUTDOOR_RANGE_C: Final = (-30, 50)


def encode_bcd(value: int | None) -> int:
    """0 … 99 as two decimal digits."""
    if value is None:
        return NOT_AVAILABLE
    if not 0 <= value <= 99:
        raise FrameError(f"{value} does not fit BCD")
    return value // 10 << 4 | value % 10


def decode_bcd(raw: int) -> int | None:
    """None as well for digits above nine."""
    tens, ones = raw >> 4, raw & 0xF
    return None if tens > 9 or ones > 9 else 10 * tens + ones


def encode_char(value: float | None) -> int:
    """0 … 100, rounded."""
    return _steps(value, 1, 0, 100, NOT_AVAILABLE, "CHAR")


def decode_char(raw: int) -> int | None:
    """0 … 100."""
    return raw if raw <= 100 else None


def encode_data1c(value: float | None) -> int:
    """0 … 100 in halves."""
    return _steps(value, 2, 0, 200, NOT_AVAILABLE, "DATA1c")


def decode_data1c(raw: int) -> float | None:
    """0 … 100 in halves."""
    return raw / 2 if raw <= 200 else None


def encode_outdoor(value_c: float | None) -> int:
    """A signed byte, -30 … +50 °C."""
    low, high = OUTDOOR_RANGE_C
    return _steps(value_c, 1, low, high, NO_OUTDOOR, "an outdoor temperature") & 0xFF


def decode_outdoor(raw: int) -> int | None:
    """-30 … +50 °C."""
    value = raw - 256 if raw > 127 else raw
    low, high = OUTDOOR_RANGE_C
    return value if low <= value <= high else None


def encode_data2b(value: float | None) -> bytes:
    """Steps of 1/256."""
    return _word(value, 256, "DATA2b")


def decode_data2b(raw: bytes) -> float | None:
    """Steps of 1/256."""
    return None if raw == NOT_AVAILABLE_WORD else int.from_bytes(raw, "little", signed=True) / 256


def encode_data2c(value: float | None) -> bytes:
    """Steps of 1/16."""
    return _word(value, 16, "DATA2c")


def decode_data2c(raw: bytes) -> float | None:
    """Steps of 1/16."""
    return None if raw == NOT_AVAILABLE_WORD else int.from_bytes(raw, "little", signed=True) / 16


def _word(value: float | None, per_unit: int, name: str) -> bytes:
    return _steps(value, per_unit, -0x7FFF, 0x7FFF, -0x8000, name).to_bytes(2, "little", signed=True)


def _steps(value: float | None, per_unit: int, low: int, high: int, none: int, name: str) -> int:
    if value is None:
        return none
    if not math.isfinite(value) or not low <= (steps := round(value * per_unit)) <= high:
        raise FrameError(f"{value} does not fit {name}")
    return steps
