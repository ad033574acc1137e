"""What went over the wire, for people: bounded, with its secrets masked.

A transcript is for a support case or a test's golden file, so a PIN, a PUK or an APN's password must not be
found in it, whatever the modem echoes.
"""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Final, Literal, NamedTuple

Direction = Literal[">", "<", "!"]
"""To the modem, from the modem, and remarks about the link."""

_SECRETS: Final = re.compile(
    r"""( \+CPIN2?\s*=\s*                             # PIN, or PUK and new PIN
        | \+CLCK\s*=\s*"[A-Z0-9]+"\s*,\s*\d\s*,\s*  # PIN behind facility and mode
        | \+CPWD\s*=\s*"[A-Z0-9]+"\s*,\s*            # old and new PIN
        | \+CSTT\s*=\s*"[^"]*"\s*,\s*"[^"]*"\s*,\s*  # password behind APN and user
        | \+CGAUTH\s*=[^,]*,[^,]*,\s*"[^"]*"\s*,\s*
        | \+SAPBR\s*=\s*3\s*,\s*\d\s*,\s*"PWD"\s*,\s*
        ) (?!\?$)(.+)""",
    re.VERBOSE | re.IGNORECASE,
)


def mask(line: str) -> str:
    """The line with `***` in the place of what nobody should read; a test form (`=?`) hides nothing."""
    return _SECRETS.sub(r"\1***", line) if "=" in line else line


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
        listener: is given each entry as it is made.
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

    def add(self, direction: Direction, text: str) -> None:
        entry = Entry(self._clock(), direction, mask(text))
        self._entries.append(entry)
        if self._listener is not None:
            self._listener(entry)

    def __iter__(self) -> Iterator[Entry]:
        return iter(tuple(self._entries))

    def dump(self) -> str:
        """One entry a line."""
        return "".join(f"{entry}\n" for entry in self._entries)
