"""When a ZONT controller that is away is tried again: 5, 10, 20, 30 and then every 60 s.

The ladder begins anew once a line has lasted a minute; one that breaks sooner was no success. Pure: time is given.
"""

from __future__ import annotations

from typing import Final

RECONNECT_S: Final = (5.0, 10.0, 20.0, 30.0, 60.0)
"""Between one failed try and the next."""
STABLE_S: Final = 60.0
"""A line that has lasted so long was no accident."""


class Ladder:
    """Counts what failed."""

    def __init__(self) -> None:
        self._failures = 0
        self._not_before_s = 0.0

    def failed(self, now_s: float, *, at_top: bool = False) -> None:
        """A try or a line has failed; `at_top`: there is little hope, as after a wrong password."""
        step = len(RECONNECT_S) - 1 if at_top else min(self._failures, len(RECONNECT_S) - 1)
        self._not_before_s = now_s + RECONNECT_S[step]
        self._failures += 1

    def lasted(self, seconds: float) -> None:
        """A line has ended after so long."""
        if seconds >= STABLE_S:
            self._failures = 0

    def wait_s(self, now_s: float) -> float:
        """How long to wait before the next try; 0: none."""
        return max(0.0, self._not_before_s - now_s)
