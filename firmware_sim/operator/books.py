"""The books: all records at one moment, and a draft of what an operation would change in them.

An operation works on a `Draft`. It reads through to the books and keeps what it puts to itself; only when the operation
has ended well are the changes written to the store and taken over, all together. A refused operation has changed
nothing because nobody ever takes its draft over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import TypeAlias, TypeVar

from firmware_sim.operator.records import RECORDS, Happening, Record

R = TypeVar("R", bound=Record)
Key: TypeAlias = str | int


class Books:
    """Records by kind and key; numbered ones are in their order. Only `take_over` changes them."""

    def __init__(self) -> None:
        self._tables: dict[type[Record], dict[Key, Record]] = {kind: {} for kind in RECORDS}

    def get(self, kind: type[R], key: Key) -> R | None:
        """The record, or None."""
        record = self._tables[kind].get(key)
        assert record is None or isinstance(record, kind)
        return record

    def all(self, kind: type[R]) -> Iterator[R]:
        """All of a kind."""
        for record in tuple(self._tables[kind].values()):
            assert isinstance(record, kind)
            yield record

    def last_key(self, kind: type[R]) -> Key | None:
        """The key of the latest of a kind."""
        return next(reversed(self._tables[kind]), None)

    def take_over(self, changes: Changes) -> None:
        """Make an operation's changes true."""
        for kind, key, record in changes:
            if record is None:
                self._tables[kind].pop(key, None)
            else:
                self._tables[kind][key] = record


Changes: TypeAlias = list[tuple[type[Record], Key, Record | None]]
"""Kind, key, and the new record; None where it is gone."""


@dataclass(frozen=True, slots=True)
class ServiceSms:
    """An effect: a message from the operator to a subscriber."""

    imsi: str
    sender: str
    text: str


class Draft:
    """The books as one operation sees them.

    Args:
        books: as they are.
        now: the moment of the operation, aware of the operator's zone.
        random: of passwords, captchas, new numbers.
        by: who does it, for the timeline.
    """

    def __init__(self, books: Books, now: datetime, random: Random, by: str) -> None:
        self._books = books
        self._changed: dict[type[Record], dict[Key, Record | None]] = {}
        self._given: dict[type[Record], int] = {}
        self.now = now
        self.random = random
        self.by = by
        self.messages: list[ServiceSms] = []

    def get(self, kind: type[R], key: Key) -> R | None:
        """The record, or None."""
        changed = self._changed.get(kind, {})
        if key not in changed:
            return self._books.get(kind, key)
        record = changed[key]
        assert record is None or isinstance(record, kind)
        return record

    def all(self, kind: type[R]) -> Iterator[R]:
        """All of a kind."""
        changed = self._changed.get(kind, {})
        for record in self._books.all(kind):
            if record.key not in changed:
                yield record
                continue
            newer = changed[record.key]
            if isinstance(newer, kind):
                yield newer
        for key, added in tuple(changed.items()):
            if isinstance(added, kind) and self._books.get(kind, key) is None:
                yield added

    def where(self, kind: type[R], wanted: Callable[[R], bool]) -> list[R]:
        """Those of a kind that are wanted."""
        return [record for record in self.all(kind) if wanted(record)]

    def put(self, record: R) -> R:
        """Put a record in the place of the one with its key, or add it."""
        self._changed.setdefault(type(record), {})[record.key] = record
        return record

    def delete(self, record: Record) -> None:
        """Take a record away."""
        self._changed.setdefault(type(record), {})[record.key] = None

    def next_id(self, kind: type[R]) -> int:
        """A number for a new record of a numbered kind."""
        key = self._books.last_key(kind)
        given = self._given.get(kind, key if isinstance(key, int) else 0) + 1
        self._given[kind] = given
        return given

    def note(self, imsi: str, what: str) -> None:
        """Write a line into a card's timeline."""
        self.put(
            Happening(id=self.next_id(Happening), at=self.now, imsi=imsi, what=what, by=self.by),
        )

    def tell(self, imsi: str, text: str, sender: str = "MTS") -> None:
        """Send a message when the operation has ended well."""
        self.messages.append(ServiceSms(imsi, sender, text))

    @property
    def changes(self) -> Changes:
        """What would become true, in the order of the kinds."""
        return [
            (kind, key, record)
            for kind, records in self._changed.items()
            for key, record in records.items()
            if record is None or record != self._books.get(kind, key)
        ]
