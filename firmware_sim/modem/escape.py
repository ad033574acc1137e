"""The way out of data mode: three times the escape character between two silences (S2 and S12 of the maker's manuals).

Up to three of them are held back until it is clear what they are; what turns out to be data goes through unharmed.
"""

from dataclasses import dataclass


@dataclass
class EscapeDetector:
    """Watches the DTE's bytes in data mode.

    Attributes:
        character: S2; above 127 there is no escape.
        guard_s: S12: the silence before and after.
        last_at: When the last byte of data came.
    """

    character: int = 43
    guard_s: float = 1.0
    last_at: float = float("-inf")
    _held: int = 0

    @property
    def complete(self) -> bool:
        """All three came; only the second silence is missing."""
        return self._held == 3

    def feed(self, data: bytes, now: float) -> bytes:
        """What of it, and of what was held back, is data."""
        escape = bytes([self.character]) if self.character < 128 else b""
        silent = self._held > 0 or now - self.last_at >= self.guard_s
        if escape and silent and data == escape * len(data) and self._held + len(data) <= 3:
            self._held += len(data)
            return b""
        held, self._held = escape * self._held, 0
        self.last_at = now
        return held + data

    def reset(self) -> None:
        """Nothing held back, nothing heard yet."""
        self._held, self.last_at = 0, float("-inf")
