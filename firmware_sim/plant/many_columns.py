"""Figures of many houses side by side: one array for each figure, one element for each house."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]


def floats(parts: Sequence[object], name: str) -> Floats:
    """The figure `name` of each part."""
    return np.array([getattr(part, name) for part in parts], dtype=np.float64)


def bools(parts: Sequence[object], name: str) -> Bools:
    """The flag `name` of each part."""
    return np.array([getattr(part, name) for part in parts], dtype=np.bool_)


def either(condition: Bools, one: Floats | float, other: Floats | float) -> Floats:
    """`one` where the condition holds, `other` elsewhere."""
    chosen: Floats = np.where(condition, one, other)
    return chosen
