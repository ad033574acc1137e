"""The two wires of an eBUS: who may talk, bursts of bytes with their times, and what can go wrong with them.

`EbusLink` is a whole adapter for the controller: adapter, wires and boiler on one clock. It opens nothing and sleeps
nowhere; `step` plays all conversations up to a time. Bytes go in bursts: what one participant says without being
interrupted arrives as a whole when its last byte has passed. The boiler is the AUTO-SYN generator (ours), and of the
SYNs of an idle bus only those are played at which somebody wants to talk.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random
from typing import Final

from firmware_sim.boiler_link import BoilerDemand, BoilerValues
from firmware_sim.ebus.adapter import EbusAdapter
from firmware_sim.ebus.frame import BROADCAST, BYTE_S, SYN, Telegram, encode_command
from firmware_sim.ebus.node import BusNode
from firmware_sim.ebus.services import CLOCK, SYSTEM_DATA
from firmware_sim.ebus.slave import BoilerEbusSlave

SYN_PERIOD_S: Final = 0.045 + BYTE_S
"""From one SYN of an idle bus to the next: 45 ms of silence and the SYN itself."""
ANSWER_S: Final = 0.005
"""Pause before an answer; slaves are given 15 ms."""
NO_SYN_LOOK_S: Final = 1.0
"""How often it is looked whether the SYNs are back."""
MAX_REPLAY_S: Final = 3600.0
"""A longer step is not replayed from its beginning: nobody looked meanwhile."""

FOREIGN_MASTER: Final = 0x10
FOREIGN_TELEGRAM: Final = Telegram(
    FOREIGN_MASTER, BROADCAST, SYSTEM_DATA, CLOCK, bytes.fromhex("00 80 10 08 16 23 10 04 14")
)
"""The time of day, without an outdoor temperature."""


@dataclass(slots=True)
class LineFaults:
    """What is wrong with a line. Numbers are probabilities, 0 … 1.

    The check of eight bits lets about one of 256 corrupted parts pass, here as on real wires.

    Args:
        byte_error: one bit of a byte is turned over, for each byte.
        silence: an answer, an ACK among them, does not come.
        nak: the receiver takes a part for wrong that is right.
        foreign: a third master wants the bus at the same SYN as one of ours, and is stronger.
        no_syn: nobody sends AUTO-SYN, so nobody may talk.
        cut: a wire is broken; what is on its way is lost, as when the boiler is without mains.
    """

    byte_error: float = 0.0
    silence: float = 0.0
    nak: float = 0.0
    foreign: float = 0.0
    no_syn: bool = False
    cut: bool = False


class EbusLink:
    """A `BoilerLink` by eBUS.

    Args:
        slave: the boiler.
        adapter: the controller's end; None: a usual one.
        rng: chooses what suffers from the faults.
    """

    def __init__(
        self, slave: BoilerEbusSlave, *, adapter: EbusAdapter | None = None, rng: Random | None = None
    ) -> None:
        self.adapter = adapter or EbusAdapter()
        self.slave = slave
        self.faults = LineFaults()
        self._nodes = self.adapter.node, slave.node
        self._rng = rng or Random(0)
        self._at: float | None = None
        self._due_at = 0.0
        self._burst = b""
        self._sender: BusNode | None = None
        self._syn_at = 0.0
        self._foreign_waits = False
        """It has lost the bus to an address that is nobody's, and comes again."""
        self._foreign_rests = False
        """It had the bus, and lets ours go first once."""

    @property
    def demand(self) -> BoilerDemand:
        """What is asked of the boiler."""
        return self.adapter.demand

    @property
    def values(self) -> BoilerValues:
        """What the boiler told last."""
        return self.adapter.values

    @property
    def linked(self) -> bool:
        """The boiler tells its data."""
        return self.adapter.linked

    def reset_fault(self) -> None:
        """Ask the boiler to release its lockout, once; only while the link is up."""
        if self._at is None:
            return
        self.adapter.reset_fault(self._at)
        if not self._burst:
            self._rest(self._at)

    def step(self, now: float) -> None:
        """Play all conversations up to `now`."""
        adapter = self.adapter
        if self._at is None or now - self._at > MAX_REPLAY_S:
            self._begin(now)
        self._at = now
        while self._due_at <= now:
            if self._burst:
                self._arrive(self._due_at)
            else:
                self._synchronise(self._due_at)
        if now >= adapter.lost_at:
            adapter.start(now)
            if not self._burst:
                self._rest(now)
        self.slave.step(now)

    @property
    def _dead(self) -> bool:
        return self.faults.cut or not self.slave.powered

    def _begin(self, now: float) -> None:
        self.adapter.start(now)
        self.slave.node.drop()
        self._burst, self._sender = b"", None
        self._foreign_waits = self._foreign_rests = False
        self._syn_at = now
        self._due_at = now + SYN_PERIOD_S

    def _rest(self, after: float) -> None:
        """An idle bus after `after`: wait for the first SYN at which somebody wants to talk."""
        syn_at, due_at = self._syn_at, math.inf
        for node in self._nodes:
            wanted_at = max(node.due_at, syn_at + node.locked * SYN_PERIOD_S)
            due_at = min(due_at, wanted_at)
        if due_at < math.inf:
            due_at = max(due_at, after)
            syns = max(1, math.ceil((due_at - syn_at) / SYN_PERIOD_S - 0.001))
            due_at = syn_at + syns * SYN_PERIOD_S
        self._due_at = due_at

    def _synchronise(self, at: float) -> None:
        """A SYN of an idle bus ends at `at`."""
        if self.faults.no_syn or self._dead:
            self._syn_at = at
            self._due_at = at + NO_SYN_LOOK_S
            return
        syns = round((at - self._syn_at) / SYN_PERIOD_S) or 1
        self._syn_at = at
        for node in self._nodes:
            node.synchronise(at, syns)
        self._arbitrate(at)

    def _arbitrate(self, at: float) -> None:
        """The masters that want the bus send their addresses; the line shows the AND of them."""
        seen, bidders = 0xFF, []
        for node in self._nodes:
            address = node.bid(at)
            if address is not None:
                seen &= address
                bidders.append(node)
        if not bidders and not self._foreign_waits:
            self._rest(at)
            return
        foreign = not self._foreign_rests and (self._foreign_waits or self._happens(self.faults.foreign))
        if foreign:
            seen &= FOREIGN_MASTER
        self._foreign_waits = foreign and seen != FOREIGN_MASTER
        self._foreign_rests = foreign and seen == FOREIGN_MASTER
        winner, rest = None, b""
        for node in bidders:
            rest = node.arbitrated(seen, at) or rest
            winner = node if seen == node.address else winner
        if self._foreign_rests:
            rest = encode_command(FOREIGN_TELEGRAM)[1:] + bytes((SYN,))
        self._send(bytes((seen,)) + rest, winner, at)

    def _send(self, burst: bytes, sender: BusNode | None, at: float) -> None:
        self._burst, self._sender = burst, sender
        self._due_at = at + len(burst) * BYTE_S

    def _arrive(self, at: float) -> None:
        """The last byte of a burst has passed."""
        faults = self.faults
        burst, sender = self._burst, self._sender
        self._burst, self._sender = b"", None
        if faults.byte_error:
            burst = self._corrupted(burst)
        if not self._dead:
            for node in self._nodes:
                if node is sender:
                    continue
                if faults.nak or node.doubting:
                    node.doubting = self._happens(faults.nak)
                said = node.receive(burst, at)
                if said and not self._happens(faults.silence):
                    self._send(said, node, at + ANSWER_S)
                    return
        self._syn_at = at
        if burst[-1] != SYN or self._dead:
            self._due_at = at + SYN_PERIOD_S
        else:
            self._arbitrate(at)

    def _corrupted(self, burst: bytes) -> bytes:
        rng, chance = self._rng, self.faults.byte_error
        return bytes(byte ^ 1 << rng.randrange(8) if rng.random() < chance else byte for byte in burst)

    def _happens(self, probability: float) -> bool:
        return bool(probability) and self._rng.random() < probability
