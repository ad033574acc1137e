"""A modem that restarts again and again: how that is known, and how long the modem is left alone.

A supply that cannot carry the transmit peaks (2 A for half a millisecond) lets the modem start, register, transmit and
fall over. Setting it up at once each time would only make it fall sooner, so the pause grows while restarts are close
together, and shrinks by itself when they are not.
"""

from __future__ import annotations

from typing import Final

WINDOW_S: Final = 1800.0
"""Restarts longer ago have nothing to do with each other."""

AGAIN_AND_AGAIN: Final = 3
"""So many within the window are no accident."""

KEPT: Final = 12

ONE_PAUSE_S: Final = 3.0
"""A restarted modem answers after some seconds."""

FIRST_LONG_PAUSE_S: Final = 15.0
LONGEST_PAUSE_S: Final = 300.0


def with_restart(stamps: tuple[float, ...], now: float) -> tuple[float, ...]:
    """The restarts of the window ending now, with the one that has just come. Seconds of one clock, oldest first."""
    return (*(stamp for stamp in stamps if now - WINDOW_S < stamp <= now), now)[-KEPT:]


def pause_s(count: int) -> float:
    """How long to leave it alone after so many restarts within the window."""
    if count < AGAIN_AND_AGAIN:
        return ONE_PAUSE_S
    return min(LONGEST_PAUSE_S, FIRST_LONG_PAUSE_S * 2.0 ** (count - AGAIN_AND_AGAIN))
