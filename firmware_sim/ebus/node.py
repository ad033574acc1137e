"""A participant of an eBUS, master and slave in one: bytes of the wire in, bytes to send out.

Theory of operation. After a SYN the masters that want to talk all send their address; the line shows the AND of them,
and who sees his own has the bus. He sends one telegram and ends with SYN. A SYN in the midst of a conversation ends it.

    state      event                           next       what is done
    any        SYN                             ready      a telegram of ours under way has failed
    ready      own address seen                sent       send the rest; a broadcast is done with it
    ready      a byte                          command    the first byte of somebody's master part
    command    complete, not for us            skip
    command    complete, for all               skip       hand it up
    command    complete, for us as master      skip       ACK, hand it up
    command    complete, for us as slave       answered   ACK and the answer; without an answer stay silent: skip
    command    wrong CRC, for us               repeated   NAK, and the same part may come once more
    repeated   as command                      …          after a second wrong CRC: NAK, skip
    answered   NAK                             answered   send the answer again, once
    answered   any other byte                  skip
    sent       ACK of a master                 ready      SYN; done
    sent       ACK of a slave                  response
    sent       NAK                             sent       send the whole part again, once
    response   complete                        ready      ACK, SYN; done
    response   wrong CRC                       response   NAK, once; then NAK, SYN: failed
    any        what is no part, or not awaited skip

A telegram that has failed is sent `TRIES` times in all. Simplified: a sender does not compare what he sends with what
he hears, but for his address; there is no own time, since the SYN that follows a silence is the timeout.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, Protocol

from firmware_sim.ebus.frame import (
    ACK,
    BROADCAST,
    MASTERS,
    NAK,
    SYN,
    PartReader,
    Telegram,
    Verdict,
    encode_answer,
    encode_command,
    slave_of,
)

TRIES: Final = 3
"""The simulator's choice."""
LOCK_SYNS: Final = 3
"""So many SYNs a master waits after it had the bus or lost it to another class. The simulator's choice."""

_SYN: Final = bytes((SYN,))
_ACK_SYN: Final = bytes((ACK, SYN))
_NAK_SYN: Final = bytes((NAK, SYN))
_ACK: Final = bytes((ACK,))
_NAK: Final = bytes((NAK,))


class Application(Protocol):
    """What stands above a participant and decides what is said."""

    due_at: float
    """When it will want to say something."""

    def next_telegram(self, now: float) -> Telegram | None:
        """What it wants to say now, if anything."""

    def done(self, telegram: Telegram, answer: bytes | None, now: float) -> None:
        """Its telegram has been taken; `answer`: what a slave answered, empty from others; None: it failed."""

    def heard(self, telegram: Telegram, now: float) -> bytes | None:
        """A telegram to it or to all. What it returns is the answer of its slave; None: it has none."""


class NodeState(Enum):
    """Where a participant stands in the conversation."""

    SKIP = auto()
    READY = auto()
    COMMAND = auto()
    REPEATED = auto()
    ANSWERED = auto()
    SENT = auto()
    RESPONSE = auto()


_SKIP, _READY, _COMMAND, _REPEATED, _ANSWERED, _SENT, _RESPONSE = NodeState
_MORE, _GOOD, _WRONG_CRC, _BROKEN = Verdict


@dataclass(slots=True)
class NodeCounts:
    """What has happened at one participant."""

    sent: int = 0
    done: int = 0
    failed: int = 0
    """Tries that came to nothing."""
    naks: int = 0
    """NAKs that it got."""
    bad: int = 0
    """Parts to it with a wrong CRC."""
    lost: int = 0
    """Arbitrations lost."""


class BusNode:
    """One participant.

    Args:
        address: as a master; as a slave it has five more.
        application: what it speaks for.
    """

    def __init__(self, address: int, application: Application) -> None:
        self.address = address
        self.slave_address = slave_of(address)
        self.counts = NodeCounts()
        self.doubting = False
        """Takes the next part to it for wrong, whatever its CRC; a fault to inject."""
        self.locked = 0
        """So many SYNs it has to let pass yet before it may bid."""
        self._app = application
        self._state = _SKIP
        self._reader = PartReader()
        self._sending: Telegram | None = None
        self._tries = 0
        self._repeated = False
        self._answer = b""

    @property
    def due_at(self) -> float:
        """When it wants the bus; a telegram that is under way or to be repeated wants it at once."""
        return self._app.due_at if self._sending is None else -math.inf

    def drop(self) -> None:
        """Forget a telegram that has not got through."""
        self._sending = None
        self._state = _SKIP

    def bid(self, now: float) -> int | None:
        """A SYN has passed: its address if it wants the bus."""
        if self.locked or self._state is not _READY:
            return None
        if self._sending is None:
            self._sending = self._app.next_telegram(now)
            self._tries = 0
        return None if self._sending is None else self.address

    def arbitrated(self, seen: int, now: float) -> bytes:
        """Its address was answered by `seen` on the line. Returns the rest of its telegram, or nothing: it has lost."""
        telegram = self._sending
        if telegram is None:
            return b""
        if seen != self.address:
            self.counts.lost += 1
            self.locked = 1 if (seen ^ self.address) & 0x0F == 0 else LOCK_SYNS
            return b""
        self.counts.sent += 1
        self._tries += 1
        self._repeated = False
        wire = encode_command(telegram)[1:]
        if telegram.destination != BROADCAST:
            self._state = _SENT
            return wire
        self._finish(b"", now)
        return wire + _SYN

    def receive(self, heard: bytes, now: float) -> bytes:
        """Bytes of somebody else. Returns what it answers to the last of them."""
        said, at = b"", 0
        while at < len(heard):
            byte = heard[at]
            state = self._state
            if byte == SYN:
                self.synchronise(now)
                said, at = b"", at + 1
            elif state is _SKIP:
                at = heard.find(SYN, at)
                if at < 0:
                    break
            elif state is _SENT:
                said, at = self._acknowledged(byte, now), at + 1
            elif state is _ANSWERED:
                said, at = self._answer_acknowledged(byte), at + 1
            else:
                if state is _READY:
                    self._reader.start_command()
                    self._state = _COMMAND
                verdict, at = self._reader.take(heard, at)
                said = b""
                if verdict is _BROKEN and heard[at - 1] == SYN:
                    at -= 1
                elif verdict is not _MORE:
                    answered = state is _RESPONSE
                    said = self._response(verdict, now) if answered else self._command(verdict, now)
        return said if at == len(heard) else b""

    def synchronise(self, now: float, syns: int = 1) -> None:
        """So many SYNs have passed, one after the other."""
        if self._state is _SENT or self._state is _RESPONSE:
            self._fail(now)
        self._state = _READY
        if self.locked:
            self.locked = max(0, self.locked - syns)

    def _command(self, verdict: Verdict, now: float) -> bytes:
        repeated = self._state is _REPEATED
        self._state = _SKIP
        if verdict is _BROKEN:
            return b""
        telegram = self._reader.telegram()
        destination = telegram.destination
        as_slave = destination == self.slave_address
        if destination == BROADCAST:
            if verdict is _GOOD:
                self._app.heard(telegram, now)
            return b""
        if not as_slave and destination != self.address:
            return b""
        if verdict is _WRONG_CRC or self.doubting:
            self.doubting = False
            self.counts.bad += 1
            if not repeated:
                self._reader.start_command()
                self._state = _REPEATED
            return _NAK
        answer = self._app.heard(telegram, now)
        if not as_slave:
            return _ACK
        if answer is None:
            return b""
        self._answer = encode_answer(answer)
        self._repeated = False
        self._state = _ANSWERED
        return _ACK + self._answer

    def _answer_acknowledged(self, byte: int) -> bytes:
        if byte == NAK and not self._repeated:
            self.counts.naks += 1
            self._repeated = True
            return self._answer
        self._state = _SKIP
        return b""

    def _acknowledged(self, byte: int, now: float) -> bytes:
        telegram = self._sending
        if telegram is None or byte not in (ACK, NAK):
            self._fail(now)
            self._state = _SKIP
            return b""
        if byte == NAK:
            self.counts.naks += 1
            if self._repeated:
                self._fail(now)
                return self._end(_SYN)
            self._repeated = True
            return encode_command(telegram)
        if telegram.destination in MASTERS:
            self._finish(b"", now)
            return _SYN
        self._reader.start_answer()
        self._repeated = False
        self._state = _RESPONSE
        return b""

    def _response(self, verdict: Verdict, now: float) -> bytes:
        if verdict is _GOOD and not self.doubting:
            self._finish(self._reader.data(), now)
            return _ACK_SYN
        self.doubting = False
        self.counts.bad += 1
        if verdict is _BROKEN:
            self._fail(now)
            self._state = _SKIP
            return b""
        if self._repeated:
            self._fail(now)
            return self._end(_NAK_SYN)
        self._repeated = True
        self._reader.start_answer()
        return _NAK

    def _finish(self, answer: bytes, now: float) -> None:
        telegram, self._sending = self._sending, None
        self.counts.done += 1
        self._end(b"")
        if telegram is not None:
            self._app.done(telegram, answer, now)

    def _fail(self, now: float) -> None:
        self.counts.failed += 1
        telegram = self._sending
        if telegram is not None and self._tries >= TRIES:
            self._sending = None
            self._app.done(telegram, None, now)

    def _end(self, said: bytes) -> bytes:
        """The conversation is over with what it says now, a SYN last."""
        self._state = _READY
        self.locked = LOCK_SYNS
        return said
