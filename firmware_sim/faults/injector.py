"""All faults of one modem. No I/O, no clock: bytes, command lines and time in; bytes, fates and happenings out.

    bytes ──► Wire ──► spoilt bytes, in pieces, later
    a command line ──► fate: refused, late, without its OK …
    time ──► due: news, brown-out, the card's loss, orders to the network …

Each fault has its own chance, drawn from the seed and its number, so that one more fault changes nothing of
the others. The same seed, the same faults and the same input give the same strikes; ``record`` has them.
"""

from collections import deque
from collections.abc import Iterable
from math import inf
from typing import Literal

from firmware_sim.faults.active_fault import ActiveFault
from firmware_sim.faults.byte_line import AT_ONCE, ByteFaults, Pace, Wire
from firmware_sim.faults.command_lines import CommandFaults
from firmware_sim.faults.errors import FaultSpecError, Wrong
from firmware_sim.faults.happenings import Fate, Happening
from firmware_sim.faults.model import ByteFault, CommandFault, Delay, Split, TimedFault
from firmware_sim.faults.record import MAX_STRIKES, Record, Recorded, Strike
from firmware_sim.faults.timed import Timetable

MAX_FAULTS = 100
"""Faults of one modem at once."""
MAX_REMEMBERED = 1000
"""Faults, also removed ones, that a record can speak of."""


class Injector:
    """The faults of one modem.

    Args:
        seed: Of all chance.
        now: Monotonic seconds; the record's times count from here.
    """

    def __init__(self, *, seed: int = 0, now: float = 0.0) -> None:
        self.seed = seed
        self._began = now
        self._active: dict[int, ActiveFault] = {}
        self._last_id = 0
        self._bytes = {"tx": ByteFaults("tx"), "rx": ByteFaults("rx")}
        self._lines = CommandFaults()
        self._wires: list[Wire] = []
        self._timed: list[Timetable] = []
        self._overdue: list[Happening] = []
        self._known: dict[int, ByteFault | CommandFault | TimedFault] = {}
        self._strikes: deque[Strike] = deque()
        self._forgotten = 0

    # -- what faults there are

    @property
    def faults(self) -> tuple[ActiveFault, ...]:
        """Those that were added and not removed."""
        return tuple(self._active.values())

    def add(self, fault: ByteFault | CommandFault | TimedFault, now: float) -> ActiveFault:
        """Have a fault from now on.

        Raises:
            FaultSpecError: There are too many.
        """
        return self._add(fault, now)

    def replay(self, record: Record, now: float) -> list[ActiveFault]:
        """Repeat what a record tells, by its numbers and times, from the beginning of this injector on.

        Raises:
            FaultSpecError: There are too many.
        """
        strikes: dict[int, list[Strike]] = {each.id: [] for each in record.faults}
        for strike in record.strikes:
            strikes.setdefault(strike.id, []).append(strike)
        return [self._add(each.fault, now, strikes[each.id]) for each in record.faults]

    def remove(self, number: int, now: float) -> bool:
        """End a fault; what it did that lasts is made good at the next ``due``. False: there is no such one."""
        active = self._active.pop(number, None)
        if active is None:
            return False
        for direction in self._bytes.values():
            direction.remove(active)
        if isinstance(active.fault, Split | Delay):
            for wire in self._wires:
                wire.release(now)
        self._lines.remove(active)
        for table in self._timed:
            if table.active is active:
                self._overdue += table.end(now - self._began)
        self._timed = [table for table in self._timed if table.active is not active]
        return True

    def clear(self, now: float) -> None:
        """End all."""
        for number in tuple(self._active):
            self.remove(number, now)

    def over(self, active: ActiveFault, now: float) -> bool:
        """Whether a fault's time has passed."""
        return active.over(now - self._began)

    def record(self) -> Record:
        """What was injected so far."""
        return Record(
            seed=self.seed,
            faults=tuple(Recorded(id=number, fault=fault) for number, fault in self._known.items()),
            strikes=tuple(self._strikes),
            forgotten=self._forgotten,
        )

    # -- bytes

    def wire(self, direction: Literal["tx", "rx"]) -> Wire:
        """One direction of a new serial line; all lines share the faults and their count of bytes."""
        wire = Wire(lambda data, now: self._spoil(direction, data, now))
        self._wires.append(wire)
        return wire

    def _spoil(self, direction: Literal["tx", "rx"], data: bytes, now: float) -> tuple[bytes, Pace]:
        now_s = now - self._began
        if self._lines.silent(now_s):
            return b"", AT_ONCE
        return self._bytes[direction].take(data, now_s)

    # -- command lines

    def fate(self, line: str, now: float) -> Fate | None:
        """What happens to a line that has come (its text behind AT); None: nothing. Each line is to be shown."""
        return self._lines.fate(line, now - self._began)

    def news_in_echo(self, n_bytes: int, now: float) -> list[str]:
        """What is said in the midst of a run of echo of so many bytes."""
        return self._lines.news_in_echo(n_bytes, now - self._began) if self._lines else []

    def silent(self, now: float) -> bool:
        """The modem hangs: what it hears and what it says is lost."""
        return self._lines.silent(now - self._began)

    def was_reset(self) -> None:
        """The modem was reset or lost its power."""
        self._lines.was_reset()

    # -- time

    def next_at(self) -> float | None:
        """When ``due`` is to be asked next, on the clock that gives ``now``."""
        if self._overdue:
            return self._began
        planned = [at_s for table in self._timed if (at_s := table.next_s()) is not None]
        return min(planned) + self._began if planned else None

    def due(self, now: float) -> list[Happening]:
        """What happens by ``now``, in the order of time."""
        happenings, self._overdue = self._overdue, []
        while (next_at := self.next_at()) is not None and next_at <= now:
            table = min(self._timed, key=lambda table: inf if (at_s := table.next_s()) is None else at_s)
            happenings.append(table.take(now - self._began))
        return happenings

    # -- inner workings

    def _add(
        self,
        fault: ByteFault | CommandFault | TimedFault,
        now: float,
        replays: Iterable[Strike] | None = None,
    ) -> ActiveFault:
        if len(self._active) >= MAX_FAULTS:
            raise FaultSpecError(Wrong.TOO_MANY, fault.fault, str(MAX_FAULTS), "remove one first")
        self._last_id += 1
        active = ActiveFault(
            self._last_id, fault, added_s=now - self._began, seed=self.seed, note=self._note, replays=replays
        )
        self._active[active.id] = active
        self._know(active)
        if isinstance(fault, ByteFault):
            for direction in self._bytes.values():
                direction.add(active, fault)
        elif isinstance(fault, CommandFault):
            self._lines.add(active, fault)
        else:
            self._timed.append(Timetable(active, fault))
        return active

    def _know(self, active: ActiveFault) -> None:
        self._known[active.id] = active.fault
        if len(self._known) > MAX_REMEMBERED:
            oldest = next(number for number in self._known if number not in self._active)
            del self._known[oldest]
            kept = [strike for strike in self._strikes if strike.id != oldest]
            self._forgotten += len(self._strikes) - len(kept)
            self._strikes = deque(kept)

    def _note(self, strike: Strike) -> None:
        if len(self._strikes) >= MAX_STRIKES:
            self._strikes.popleft()
            self._forgotten += 1
        self._strikes.append(strike)
