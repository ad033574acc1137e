"""Durations as people write them: 90, 90s, 15m, 2h, 1d, 1h30m."""

from __future__ import annotations

import re
from typing import Final

WITHOUT_SECONDS_S: Final = 300
"""From here on nobody cares for the seconds."""
_UNITS_S: Final = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART: Final = re.compile(r"(\d+(?:\.\d+)?)([smhd])")


def parse_duration(text: str) -> float:
    """Seconds of a duration; a bare number is seconds.

    Raises:
        ValueError: it is none.
    """
    text = text.strip().lower()
    if re.fullmatch(r"\d+(?:\.\d+)?", text):
        return float(text)
    if not re.fullmatch(f"(?:{_PART.pattern})+", text):
        raise ValueError(f"{text!r} is no duration such as 90s, 15m, 2h or 1h30m")
    return sum(float(number) * _UNITS_S[unit] for number, unit in _PART.findall(text))


def describe_duration(seconds: float, lang: str) -> str:
    """A duration for a person, with its two largest units: 3 h 12 min."""
    units = {"d": ("d", "д"), "h": ("h", "ч"), "m": ("min", "мин"), "s": ("s", "с")}
    left = round(max(seconds, 0.0))
    if left >= WITHOUT_SECONDS_S:
        left = round(left / 60) * 60
    parts: list[str] = []
    for unit in ("d", "h", "m", "s"):
        count, left = divmod(left, int(_UNITS_S[unit]))
        if count or (unit == "s" and not parts):
            parts.append(f"{count} {units[unit][lang == 'ru']}")
        elif parts:
            break
    return " ".join(parts[:2])
