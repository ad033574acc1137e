"""Faults of the bytes of one direction: what becomes of them, and when they arrive."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from firmware_sim.faults.active_fault import ActiveFault
from firmware_sim.faults.model import Baud, ByteFault, Delay, Drop, Duplicate, Flip, Noise, Split
from firmware_sim.faults.uart import misheard

MAX_ON_THE_WAY = 64 * 1024
"""Bytes that may be late at once on one wire; more are lost, as in a UART without flow control."""


@dataclass(frozen=True)
class Pace:
    """How a run of bytes arrives: so late, in pieces of so many, so far apart."""

    late_s: float = 0.0
    size: int | None = None
    gap_s: float = 0.0


AT_ONCE = Pace()


class _Stage:
    """One fault at work on one direction's bytes; it numbers what it is shown."""

    def __init__(
        self, active: ActiveFault, fault: ByteFault, stream: Literal["tx", "rx"], first: int
    ) -> None:
        self.active = active
        self.fault = fault
        self._stream: Literal["tx", "rx"] = stream
        self._trigger = active.trigger(fault, stream)
        self._seen = first

    def strikes_run(self, data: bytes, now_s: float) -> bool:
        first = self._seen
        self._seen += len(data)
        if not self.active.active(now_s) or not self._trigger.hits_run(first, len(data)):
            return False
        self.active.struck(self._stream, first, now_s)
        return True

    def spoil(self, data: bytes, now_s: float) -> bytes:
        if isinstance(self.fault, Baud):
            struck = self.strikes_run(data, now_s)
            return misheard(data, sent=self.fault.sent, heard=self.fault.heard) if struck else data
        first = self._seen
        self._seen += len(data)
        if not self.active.active(now_s):
            return data
        spoilt, done = bytearray(), 0
        for at in self._trigger.hits(first, len(data)):
            spoilt += data[done:at]
            spoilt += self._struck(data[at], first + at, now_s)
            done = at + 1
        return bytes(spoilt + data[done:]) if done else data

    def _struck(self, octet: int, n: int, now_s: float) -> bytes:
        choice = 0
        match self.fault:
            case Drop():
                spoilt = b""
            case Duplicate():
                spoilt = bytes((octet, octet))
            case Flip(bit=bit):
                choice = self._trigger.choose(n, 8) if bit is None else bit
                spoilt = bytes((octet ^ 1 << choice,))
            case Noise():
                choice = self._trigger.choose(n, 256)
                spoilt = bytes((choice, octet))
            case _:
                raise TypeError(f"{self.fault.fault} strikes at no single byte")
        self.active.struck(self._stream, n, now_s, choice)
        return spoilt


class ByteFaults:
    """All faults of one direction, applied in the order in which they were added."""

    def __init__(self, stream: Literal["tx", "rx"]) -> None:
        self._stream: Literal["tx", "rx"] = stream
        self._spoilers: list[_Stage] = []
        self._pacers: list[_Stage] = []
        self._passed = 0  # bytes that came out: the numbers of a fault added later begin there

    def add(self, active: ActiveFault, fault: ByteFault) -> None:
        """Put a fault behind the others."""
        if fault.dir in (self._stream, "both"):
            stages = self._pacers if isinstance(fault, Split | Delay) else self._spoilers
            stages.append(_Stage(active, fault, self._stream, self._passed))

    def remove(self, active: ActiveFault) -> None:
        """Take it out."""
        self._spoilers = [stage for stage in self._spoilers if stage.active is not active]
        self._pacers = [stage for stage in self._pacers if stage.active is not active]

    def take(self, data: bytes, now_s: float) -> tuple[bytes, Pace]:
        """What becomes of bytes."""
        if not self._spoilers and not self._pacers:
            self._passed += len(data)
            return data, AT_ONCE
        for stage in self._spoilers:
            if data:
                data = stage.spoil(data, now_s)
        self._passed += len(data)
        late_s, size, gap_s = 0.0, None, 0.0
        for stage in self._pacers:
            if data and stage.strikes_run(data, now_s):
                match stage.fault:
                    case Delay(by_s=by_s):
                        late_s += by_s
                    case Split(size=most):
                        size = most if size is None else min(size, most)
                        gap_s = max(gap_s, stage.fault.gap_s)
        return data, Pace(late_s, size, gap_s) if late_s or size else AT_ONCE


class Wire:
    """One direction of one serial line: bytes go in, pieces come out in their order when they are due.

    Args:
        spoil: what becomes of bytes at a time, and how they arrive.
    """

    def __init__(self, spoil: Callable[[bytes, float], tuple[bytes, Pace]]) -> None:
        self._spoil = spoil
        self._pieces: deque[tuple[float, bytes]] = deque()
        self._held = 0
        self._free_at = 0.0
        self.overruns = 0
        """Bytes lost to :data:`MAX_ON_THE_WAY`."""

    def put(self, data: bytes, now: float) -> None:
        """Bytes were sent."""
        data, pace = self._spoil(data, now)
        room = MAX_ON_THE_WAY - self._held
        if len(data) > room:
            self.overruns += len(data) - room
            data = data[:room]
        if not data:
            return
        self._held += len(data)
        at = max(now + pace.late_s, self._free_at)
        size = pace.size or len(data)
        for start in range(0, len(data), size):
            self._pieces.append((at, data[start : start + size]))
            at += pace.gap_s
        self._free_at = at

    def take(self, now: float) -> list[bytes]:
        """The pieces that have arrived."""
        arrived = []
        while self._pieces and self._pieces[0][0] <= now:
            arrived.append(self._pieces.popleft()[1])
            self._held -= len(arrived[-1])
        return arrived

    def next_at(self) -> float | None:
        """When the next piece arrives."""
        return self._pieces[0][0] if self._pieces else None

    def release(self, now: float) -> None:
        """What held it back is gone: all that is under way arrives now."""
        self._pieces = deque((min(at, now), piece) for at, piece in self._pieces)
        self._free_at = min(self._free_at, now)

    def clear(self) -> None:
        """What is under way is lost."""
        self._pieces.clear()
        self._held = 0
        self._free_at = 0.0
