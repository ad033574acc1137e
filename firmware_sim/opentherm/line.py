"""Two wires between a master and a boiler: frames with their times, and what can go wrong with them.

`OpenThermLink` is a whole adapter for the controller: master, line and boiler on one clock. It opens nothing and
sleeps nowhere; `step` plays all conversations up to a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Final

from firmware_sim.boiler_link import BoilerDemand, BoilerValues
from firmware_sim.opentherm.frame import FRAME_S
from firmware_sim.opentherm.master import OpenThermMaster
from firmware_sim.opentherm.slave import BoilerSlave

LATE_S: Final = (0.82, 1.10)
"""When a late answer begins: after the latest moment allowed, before or within the next request."""
MAX_REPLAY_S: Final = 3600.0
"""A longer step is not replayed from its beginning: nobody looked meanwhile."""


@dataclass(slots=True)
class LineFaults:
    """What is wrong with a line. Numbers are probabilities for each frame, 0 … 1.

    Args:
        bit_error: one bit is turned over.
        request_lost, answer_lost: the frame does not arrive.
        answer_late: the boiler answers after the latest moment allowed.
        wrong_id: the boiler answers with another data-id, parity right.
        shorted: the two wires touch: nothing passes, and the boiler takes it for a heat demand after a while.
        cut: a wire is broken.
    """

    bit_error: float = 0.0
    request_lost: float = 0.0
    answer_lost: float = 0.0
    answer_late: float = 0.0
    wrong_id: float = 0.0
    shorted: bool = False
    cut: bool = False


class OpenThermLink:
    """A `BoilerLink` by OpenTherm.

    Args:
        slave: the boiler.
        master: the controller's end; None: a usual one.
        rng: chooses which frames suffer.
    """

    def __init__(
        self, slave: BoilerSlave, *, master: OpenThermMaster | None = None, rng: Random | None = None
    ) -> None:
        self.master = master or OpenThermMaster()
        self.slave = slave
        self.faults = LineFaults()
        self._rng = rng or Random(0)
        self._arriving: tuple[int, float] | None = None
        self._at: float | None = None

    @property
    def demand(self) -> BoilerDemand:
        """What is asked of the boiler."""
        return self.master.demand

    @property
    def values(self) -> BoilerValues:
        """What the boiler told last."""
        return self.master.values

    @property
    def linked(self) -> bool:
        """The boiler answers."""
        return self.master.linked

    def reset_fault(self) -> None:
        """Ask the boiler to release its lockout, once."""
        self.master.reset_fault()

    def step(self, now: float) -> None:
        """Play all conversations up to `now`."""
        master = self.master
        if self._at is None or now - self._at > MAX_REPLAY_S:
            master.start(now)
            self._arriving = None
        self._at = now
        while True:
            due_at, arriving = master.due_at, self._arriving
            if arriving is not None and arriving[1] <= due_at:
                if arriving[1] > now:
                    break
                self._arriving = None
                master.receive(*arriving)
                continue
            if due_at > now:
                break
            request = master.advance(due_at)
            if request is not None:
                self._transmit(request, due_at + FRAME_S)
        self.slave.step(now, shorted=self.faults.shorted)

    def _transmit(self, request: int, ended_at: float) -> None:
        faults = self.faults
        collided = self._arriving is not None
        self._arriving = None
        heard = None if collided else self._carry(request, faults.request_lost)
        answer = None if heard is None else self.slave.receive(heard, ended_at)
        if answer is None:
            return
        delay_s = answer.delay_s
        if faults.answer_late and self._rng.random() < faults.answer_late:
            delay_s = self._rng.uniform(*LATE_S)
        word = answer.word
        if faults.wrong_id and self._rng.random() < faults.wrong_id:
            word ^= 0x0003_0000
        told = self._carry(word, faults.answer_lost)
        if told is not None:
            self._arriving = told, ended_at + delay_s + FRAME_S

    def _carry(self, word: int, lost: float) -> int | None:
        faults = self.faults
        if faults.shorted or faults.cut or (lost and self._rng.random() < lost):
            return None
        if faults.bit_error and self._rng.random() < faults.bit_error:
            return word ^ 1 << self._rng.randrange(32)
        return word
