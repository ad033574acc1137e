"""Temperatures as ZONT controllers write them: tenths of a kelvin above -273 °C, a whole number.

    °C = raw / 10 - 273        65535: the sensor has failed        0: none, off

The maker's clients truncate instead of rounding; we round, which is never further from what was meant. Both read back
within a tenth.

Source: PROTOCOL.md of zont-local, sections 4 and 6.1.
"""

from __future__ import annotations

import math
from typing import Final

INVALID: Final = 65535
NONE: Final = 0
ZERO_C: Final = 2730
LOWEST_C, HIGHEST_C = -273.0 + 0.1, 65534 / 10 - 273


def from_decikelvin(raw: int) -> float | None:
    """°C, in tenths; None: a failed sensor, or no setpoint.

    Raises:
        ValueError: no such number can stand there.
    """
    if not 0 <= raw <= INVALID:
        raise ValueError(f"{raw} is not 0 to {INVALID}")
    return None if raw in {INVALID, NONE} else round((raw - ZERO_C) / 10, 1)


def to_decikelvin(temp_c: float | None) -> int:
    """The raw number; None becomes 0.

    Raises:
        ValueError: what no raw number says.
    """
    if temp_c is None:
        return NONE
    if not math.isfinite(temp_c) or not LOWEST_C - 0.05 <= temp_c <= HIGHEST_C + 0.05:
        raise ValueError(f"{temp_c} °C is not {LOWEST_C:g} to {HIGHEST_C:g}")
    return round(temp_c * 10) + ZERO_C


LOWEST_MEASURED_C, HIGHEST_MEASURED_C = -100.0, 200.0
"""Beyond these no sensor of a house measures: what is said there is the sign of a failed one, or of no setpoint."""


def is_temperature(shown_c: float) -> bool:
    """Whether what an object shows as °C is one.

    A failed sensor may come as 65535, as it stands or reckoned to °C; "off" as 0 decikelvin, which is -273 °C.
    """
    return LOWEST_MEASURED_C <= shown_c <= HIGHEST_MEASURED_C
