"""Anti-legionella: once a week hot water is made so hot, for so long, that nothing lives in it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Legionella:
    """`antilegionella` packed: days (7 bits, Monday first) | hour << 7 | minutes to hold << 12."""

    days: int
    hour: int
    hold_s: float
    active_since_s: float | None = None
    held_s: float = 0.0
    done_day: int = -1

    @classmethod
    def unpack(cls, packed: int) -> Legionella | None:
        return cls(packed & 0x7F, packed >> 7 & 0x1F, (packed >> 12 & 0xFF) * 60.0) if packed & 0x7F else None


def pack_antilegionella(days: int, hour: int, hold_min: int) -> int:
    """The packed number: `days` as bits, Monday first."""
    return days & 0x7F | hour << 7 | hold_min << 12
