"""A fault that was added to a modem: its clock, its chance, its count."""

from collections.abc import Callable, Iterable
from random import Random
from typing import TypeAlias

from firmware_sim.faults.fields import Counted
from firmware_sim.faults.model import ByteFault, CommandFault, TimedFault
from firmware_sim.faults.record import Stream, Strike
from firmware_sim.faults.text import format_fault
from firmware_sim.faults.trigger import Chances, Repeats, Trigger

Note: TypeAlias = Callable[[Strike], None]


class ActiveFault:
    """One of an injector's faults. Times are seconds since the injector began.

    Attributes:
        id: Its number in the injector.
        fault: What it is.
        added_s: When it came.
        strikes: How often it did something.
    """

    def __init__(
        self,
        number: int,
        fault: ByteFault | CommandFault | TimedFault,
        *,
        added_s: float,
        seed: int,
        note: Note,
        replays: Iterable[Strike] | None = None,
    ) -> None:
        self.id = number
        self.fault = fault
        self.added_s = added_s
        self.strikes = 0
        self.replays = None if replays is None else tuple(replays)
        self._seed = seed
        self._note = note
        self._begins_s = added_s + fault.at_s
        # A hang's `for` is how long it is silent, not how long it may strike.
        lasts_s = getattr(fault, "for_s", None) if fault.fault != "hang" else None
        self._ends_s = None if lasts_s is None else self._begins_s + lasts_s

    def __str__(self) -> str:
        return format_fault(self.fault)

    def active(self, now_s: float) -> bool:
        """Whether it may strike; a replayed one always may, its record knows when."""
        if self.replays is not None:
            return True
        return self._begins_s <= now_s and (self._ends_s is None or now_s < self._ends_s)

    def over(self, now_s: float) -> bool:
        """Whether its time has passed."""
        return self.replays is None and self._ends_s is not None and now_s >= self._ends_s

    def trigger(self, counted: Counted, stream: Stream) -> Trigger:
        """What decides at the opportunities of a stream."""
        if self.replays is not None:
            return Repeats({strike.n: strike.choice for strike in self.replays if strike.stream == stream})
        return Chances(counted, Random(f"{self._seed} {self.id} {stream}"))

    def struck(self, stream: Stream, n: int, now_s: float, choice: int = 0) -> None:
        """Put a strike on record."""
        self.strikes += 1
        self._note(Strike(id=self.id, stream=stream, n=n, at_s=now_s, choice=choice))
