"""Long messages put together again from their parts (3GPP TS 23.040, 9.2.3.24.1 and .8).

Parts come in any order, some twice, some never. A message is known by who sent it, its reference and its number of
parts. Bounded: beyond CAPACITY unfinished messages or MAX_OCTETS of parts (repeated ones count as well) the one that
waits longest is given out as it is, and so is one of which nothing came for `timeout_s`. No clock of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from at_commands.sms_content import MAX_USER_DATA, Content

CAPACITY: Final = 32
MAX_OCTETS: Final = 65_536
"""Room for one message of 255 parts and many of the usual size."""
TIMEOUT_S: Final = 3600.0
"""Centres try for days, but the parts of one message come within minutes of each other."""

T = TypeVar("T")


@dataclass(frozen=True)
class Assembled(Generic[T]):
    """A message, whole or what there is of it.

    Attributes:
        sources: what was given with each part, also with those that came twice: where they are stored, say.
        missing: numbers of the parts that never came, from 1.
    """

    originator: str
    content: Content
    sources: tuple[T, ...]
    missing: tuple[int, ...] = ()


@dataclass
class _Open(Generic[T]):
    touched: float
    parts: dict[int, Content] = field(default_factory=dict)
    sources: list[T] = field(default_factory=list)


class Reassembly(Generic[T]):
    """Parts in, messages out. `T` is whatever the caller wants back with the message."""

    def __init__(
        self, *, capacity: int = CAPACITY, timeout_s: float = TIMEOUT_S, max_octets: int = MAX_OCTETS
    ) -> None:
        self._capacity = capacity
        self._timeout_s = timeout_s
        self._max_octets = max_octets
        self._open: dict[tuple[str, int, int], _Open[T]] = {}  # oldest first

    def add(self, originator: str, content: Content, source: T, now: float) -> list[Assembled[T]]:
        """The messages that this part ends: its own if it was the last one missing, and any that gives way to it."""
        part = content.part
        if part is None or part.total <= 1 or not 1 <= part.number <= part.total:
            return [Assembled(originator, content, (source,))]
        key = (originator, part.reference, part.total)
        unfinished = self._open.pop(key, None) or _Open[T](now)
        unfinished.touched = now
        # The first of two that claim one place stays: the second may be another message's with the same reference.
        unfinished.parts.setdefault(part.number, content)
        unfinished.sources.append(source)
        if len(unfinished.parts) == part.total:
            return [_assembled(key, unfinished)]
        self._open[key] = unfinished
        given_up = []
        while len(self._open) > self._capacity or self._octets() > self._max_octets:
            given_up += self.give_up_oldest()
        return given_up

    def _octets(self) -> int:
        """At most: a part is counted as if it were full."""
        return MAX_USER_DATA * sum(len(each.sources) for each in self._open.values())

    def give_up_oldest(self) -> list[Assembled[T]]:
        """The one that waits longest for its next part, if there is one, as it is: its room is needed."""
        for key in self._open:
            return [_assembled(key, self._open.pop(key))]
        return []

    def expire(self, now: float) -> list[Assembled[T]]:
        """Those of which nothing came for too long."""
        late = [key for key, each in self._open.items() if now - each.touched >= self._timeout_s]
        return [_assembled(key, self._open.pop(key)) for key in late]

    def next_expiry(self) -> float | None:
        """When `expire` has something to give; None: nothing is unfinished."""
        touched = [each.touched for each in self._open.values()]
        return min(touched) + self._timeout_s if touched else None


def _assembled(key: tuple[str, int, int], unfinished: _Open[T]) -> Assembled[T]:
    originator, _, total = key
    pieces = [unfinished.parts[number] for number in sorted(unfinished.parts)]
    first = pieces[0]
    content = Content(
        "".join(piece.text for piece in pieces),
        b"".join(piece.data for piece in pieces),
        first.alphabet,
        first.message_class,
        None,
        first.elements,
    )
    missing = tuple(number for number in range(1, total + 1) if number not in unfinished.parts)
    return Assembled(originator, content, tuple(unfinished.sources), missing)
