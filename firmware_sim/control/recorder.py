"""What went over the ports of an emulated modem and what was done to it, as numbered lines for whoever watches."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from at_commands.masking import mask
from firmware_sim.http_api.numbered_log import NumberedLog

LIMIT: Final = 5000
"""Lines kept; the oldest go first, and their numbers show that they are gone."""
MAX_LINE: Final = 1000
"""Bytes that make a line even without an end: data mode has none."""

Source = Literal["client", "modem", "bench"]
"""Who said it: a client, the modem, or a hand on the bench."""


@dataclass(frozen=True)
class RecordedLine:
    """One line. `number` counts from 1 without gaps; `at` is UTC epoch seconds; `port` counts from 0."""

    number: int
    at: float
    source: Source
    port: int | None
    text: str


class Recorder(NumberedLog[RecordedLine]):
    """Lines of one modem, secrets masked. It is the modem's tap: call it with every run of bytes."""

    def __init__(self, wall: Callable[[], float] = time.time) -> None:
        super().__init__(LIMIT)
        self._wall = wall
        self._unended: dict[tuple[Source, int], bytearray] = {}

    def __call__(self, port: int, said_by_modem: bool, data: bytes) -> None:
        """Bytes passed a port."""
        source: Source = "modem" if said_by_modem else "client"
        unended = self._unended.setdefault((source, port), bytearray())
        for octet in data:
            if octet in b"\r\n\x1a":
                if octet == 0x1A:
                    unended += b"\x1a"
                self._end(source, port, unended)
            else:
                unended.append(octet)
                if len(unended) >= MAX_LINE or (unended == b"> " and said_by_modem):
                    self._end(source, port, unended)

    def remark(self, text: str) -> None:
        """Something was done to the modem."""
        self._record("bench", None, text)

    def _end(self, source: Source, port: int, unended: bytearray) -> None:
        if unended:
            text = unended.decode("latin-1").encode("unicode_escape").decode("ascii")
            unended.clear()
            self._record(source, port, mask(text))

    def _record(self, source: Source, port: int | None, text: str) -> None:
        self.add(lambda number: RecordedLine(number, self._wall(), source, port, text))
