"""What went over the wire, for people: bounded, with its secrets masked.

A transcript is for a support case or a test's golden file, so a PIN, a PUK or an APN's password must not be
found in it, whatever the modem echoes.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

from at_commands.masking import HIDDEN, mask

__all__ = ["Direction", "Entry", "Transcript", "mask"]

Direction = Literal[">", "<", "!"]
"""To the modem, from the modem, and remarks about the link."""


class Entry(NamedTuple):
    """One line at a time. `at_s` is the transcript's own clock."""

    at_s: float
    direction: Direction
    text: str

    def __str__(self) -> str:
        return f"{self.at_s:12.3f} {self.direction} {self.text}"


class Transcript:
    """The last `limit` lines.

    Args:
        clock: seconds; virtual time makes transcripts repeat byte for byte.
        listener: is given each entry as it is made, as `at_commands.audit.AuditFile.write`.
    """

    def __init__(
        self,
        *,
        limit: int = 2000,
        clock: Callable[[], float] = time.time,
        listener: Callable[[Entry], None] | None = None,
    ) -> None:
        self._entries: deque[Entry] = deque(maxlen=limit)
        self._clock = clock
        self._listener = listener
        self._secrets: tuple[str, ...] = ()

    def add(self, direction: Direction, text: str, secrets: tuple[str, ...] = ()) -> None:
        """Mask and keep one line. `secrets` of a command are hidden wherever they show until the next command: noise
        may garble its echo so that no rule knows it.
        """
        if direction == ">":
            self._secrets = secrets
        masked = mask(text)
        for secret in self._secrets:
            masked = masked.replace(secret, HIDDEN)
        entry = Entry(self._clock(), direction, masked)
        self._entries.append(entry)
        if self._listener is not None:
            self._listener(entry)

    def __iter__(self) -> Iterator[Entry]:
        return iter(tuple(self._entries))

    def dump(self) -> str:
        """One entry a line."""
        return "".join(f"{entry}\n" for entry in self._entries)
