"""Faults of time: their steps by number. When the n-th step comes, and what it is, is all there is to know."""

from firmware_sim.faults.active_fault import ActiveFault
from firmware_sim.faults.happenings import (
    CardBack,
    CardLost,
    Happening,
    OrderRejects,
    PowerBack,
    PowerLost,
    PutOff,
    Sag,
    SayUrc,
    SignalBack,
    SignalLost,
)
from firmware_sim.faults.model import (
    Brownout,
    Detach,
    DropData,
    NoSignal,
    Reject,
    RejectData,
    SimGone,
    TimedFault,
    UrcStorm,
)

MAX_BURST = 100
"""Steps of a storm that may be late together (the clock was put forward); what is older is skipped."""


def step_after_s(fault: TimedFault, n: int) -> float | None:
    """When its n-th step comes, in seconds after its beginning; None: there is none."""
    match fault:
        case UrcStorm(rate=rate, for_s=for_s):
            after_s = n / rate
            return after_s if for_s is None or after_s < for_s else None
        case Brownout(times=times, each_s=each_s, warned_s=warned_s, off_s=off_s):
            strike, phase = divmod(n, 3)
            if strike >= (times if each_s else 1):
                return None
            begins_s = strike * max(each_s or 0.0, warned_s + off_s)
            return begins_s + (0.0, warned_s, warned_s + off_s)[phase]
        case SimGone(for_s=for_s) | NoSignal(for_s=for_s):
            return 0.0 if n == 0 else for_s if n == 1 else None
        case Reject() | RejectData() | Detach() | DropData():
            return 0.0 if n == 0 else None


def step(fault: TimedFault, order: int, n: int) -> Happening:
    """What its n-th step is; ``order`` names what it asks of others."""
    match fault:
        case UrcStorm(text=text):
            return SayUrc(text)
        case Brownout(text=text):
            return (Sag(text), PowerLost(), PowerBack())[n % 3]
        case SimGone():
            return CardBack() if n else CardLost()
        case NoSignal():
            return SignalBack() if n else SignalLost()
        case Reject(cause=cause, domain=domain, times=times):
            return OrderRejects(order, "registration", cause, 0 if n else times, domain)
        case RejectData(cause=cause, times=times):
            return OrderRejects(order, "session", cause, 0 if n else times)
        case Detach(cause=cause):
            return PutOff("card", cause)
        case DropData(cause=cause):
            return PutOff("session", cause)


def step_that_ends(fault: TimedFault, done: int) -> int | None:
    """The step that undoes a fault of which so many steps were done; None: nothing is left to undo."""
    match fault:
        case SimGone() | NoSignal() | Reject() | RejectData():
            return 1 if done == 1 else None
        case Brownout():
            return done if done % 3 == 2 else None
        case _:
            return None


class Timetable:
    """The steps of one fault of time, as they fall due."""

    def __init__(self, active: ActiveFault, fault: TimedFault) -> None:
        self.active = active
        self._fault = fault
        self._begins_s = active.added_s + fault.at_s
        self._done = 0
        self._replays = None
        if active.replays is not None:
            self._replays = [strike for strike in active.replays if strike.stream == "time"]

    def next_s(self) -> float | None:
        """When its next step is due."""
        if self._replays is not None:
            return self._replays[self._done].at_s if self._done < len(self._replays) else None
        after_s = step_after_s(self._fault, self._done)
        return None if after_s is None else self._begins_s + after_s

    def take(self, now_s: float) -> Happening:
        """Its next step, which is due."""
        if self._replays is None and isinstance(self._fault, UrcStorm):
            late = int((now_s - self._begins_s) * self._fault.rate) - MAX_BURST
            if self._fault.for_s is None:
                self._done = max(self._done, late)
            else:
                self._done = max(self._done, min(late, int(self._fault.for_s * self._fault.rate) - MAX_BURST))
        n = self._done if self._replays is None else self._replays[self._done].n
        # On record is when it was due: the shell may have come a little later.
        due_s = self.next_s()
        self._done += 1
        return self._take(n, now_s if due_s is None else due_s)

    def end(self, now_s: float) -> list[Happening]:
        """It is removed: what makes good what it did."""
        last = self._done
        if self._replays is not None:
            last = self._replays[self._done - 1].n + 1 if self._done else 0
        n = step_that_ends(self._fault, last)
        return [] if n is None else [self._take(n, now_s)]

    def _take(self, n: int, at_s: float) -> Happening:
        self.active.struck("time", n, at_s)
        return step(self._fault, self.active.id, n)
