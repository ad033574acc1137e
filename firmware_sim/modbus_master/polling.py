"""One described device: what to ask it next, what it has said, and whether it is there.

Theory of operation. A device is asked when the line is free: a command first, then the look whether it was obeyed,
then what is due of its blocks.

    link      event                                  next      event told
    unknown   an answer, also an exception           online    CONNECTED
    unknown   silent for `disconnect_s`              offline   CONNECTION_LOST
    online    silent for `disconnect_s`              offline   CONNECTION_LOST, values forgotten
    offline   an answer                              online    RECONNECTED

Silence is reckoned from the first question that was not answered, since a device that is not asked is not silent; and
no request is given up before its retries. An offline device is asked for its first block only, without retries, once a
period, so as not to hold up the others. A block that cannot be read any more, of a device that answers otherwise, is
forgotten in the same time.

    command   event                                  next
    queued    a later one for the same signal        superseded
    queued    the line is free                       sent
    sent      acknowledged                           accepted
    sent      "acknowledge": it takes its time       accepted
    sent      "busy"                                 queued, to be sent again as `CONFIRM_AFTER_S` says
    sent      another exception                      refused
    sent      no answer, after all retries           failed
    accepted  read back as written                   done
    accepted  at every look something else           not_taken
    accepted  not readable                           unconfirmed

"Accepted" is not "done": only what is read back is.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from firmware_sim.modbus_master.description import DeviceDescription, Signal, Table, Value

ILLEGAL_ADDRESS: Final = 2
ILLEGAL_VALUE: Final = 3
ACKNOWLEDGE: Final = 5
TRANSIENT_CODES: Final = frozenset({ACKNOWLEDGE, 6})
"""Acknowledge and busy: ask again later."""
GATEWAY_CODES: Final = frozenset({10, 11})
"""A gateway cannot reach the device: no answer of its own (Application Protocol V1.1b3, 7)."""
MAX_COMMANDS: Final = 16
CONFIRM_AFTER_S: Final = (0.0, 0.5, 1.0, 2.0, 4.0)
"""Before each look at what was written: many a device shows a setpoint only when its program comes round to it."""
AT_ONCE: Final = -math.inf


class CommandQueueFullError(RuntimeError):
    """More commands wait for a device than it can be given."""

    kind = "modbus_commands"


class LinkState(StrEnum):
    UNKNOWN = "unknown"
    ONLINE = "online"
    OFFLINE = "offline"


class LinkEvent(StrEnum):
    CONNECTED = "connected"
    CONNECTION_LOST = "connection_lost"
    RECONNECTED = "reconnected"


class CommandState(StrEnum):
    QUEUED = "queued"
    SENT = "sent"
    ACCEPTED = "accepted"
    DONE = "done"
    SUPERSEDED = "superseded"
    REFUSED = "refused"
    NOT_TAKEN = "not_taken"
    UNCONFIRMED = "unconfirmed"
    FAILED = "failed"


FINAL: Final = frozenset(CommandState) - {CommandState.QUEUED, CommandState.SENT, CommandState.ACCEPTED}


@dataclass(slots=True, eq=False)
class Command:
    """A value that is to be written, and how far that has come.

    Args:
        raw: what goes over the line.
        exception: the device's exception code, if it refused.
    """

    signal: Signal
    value: int | float | bool
    raw: tuple[int, ...]
    state: CommandState = CommandState.QUEUED
    exception: int | None = None
    looks: int = 0

    @property
    def finished(self) -> bool:
        """Nothing more will happen to it."""
        return self.state in FINAL


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be asked: to read `count` places, or to write `values`."""

    unit: int
    table: Table
    address: int
    count: int
    values: tuple[int, ...] | None = None
    write_multiple: bool = False


@dataclass(slots=True)
class _Block:
    signals: tuple[Signal, ...]
    due_at: float
    heard_at: float
    table: Table = field(init=False)
    address: int = field(init=False)
    count: int = field(init=False)

    def __post_init__(self) -> None:
        self.table = self.signals[0].table
        self.address = self.signals[0].address
        self.count = max(signal.end for signal in self.signals) - self.address


class DevicePoller:
    """Asks one device. It sends nothing itself: `next_request` says what, the answer is brought back.

    Args:
        description: the device.
        now: when it begins, in seconds of any monotonic clock.
    """

    def __init__(self, description: DeviceDescription, now: float) -> None:
        self.description = description
        self.link = LinkState.UNKNOWN
        self.heard_at: float | None = None
        """When it answered last."""
        self.errors = 0
        """Requests that were not answered, were refused, or were answered with something else."""
        self.values: dict[str, Value] = {signal.name: None for signal in description.signals}
        self.refused: dict[str, int] = {}
        """Signals that the device refuses to read, with its exception code."""
        self._signals = {signal.name: signal for signal in description.signals}
        self._blocks = [_Block(signals, now, now) for signals in description.blocks()]
        self._commands: deque[Command] = deque()
        self._command: Command | None = None
        self._look_at = now
        self._asking: _Block | Command | None = None
        self._tries = 0
        self._silent_since: float | None = None

    @property
    def due_at(self) -> float:
        """When there is something to ask; in the past: at once."""
        if self._asking is not None or (self._commands and self._command is None):
            return AT_ONCE
        block_at = self._next_block().due_at
        return block_at if self._command is None else min(self._look_at, block_at)

    def command(self, name: str, value: int | float | bool) -> Command:
        """Queue a value to be written.

        Raises:
            KeyError: there is no such signal.
            SignalValueError: it cannot take this value.
            CommandQueueFullError: too many wait already.
        """
        signal = self._signals[name]
        command = Command(signal, value, signal.encode(value))
        for earlier in list(self._commands):
            if earlier.signal is signal:
                earlier.state = CommandState.SUPERSEDED
                self._commands.remove(earlier)
        if len(self._commands) >= MAX_COMMANDS:
            raise CommandQueueFullError(f"{self.description.name}: {MAX_COMMANDS} commands wait already")
        self._commands.append(command)
        return command

    def next_request(self, now: float) -> Request | None:
        """What to ask now; None: nothing is due. One request at a time: bring the answer before the next."""
        if self._asking is None:
            self._asking = self._choose(now)
        asked = self._asking
        if asked is None:
            return None
        if self._silent_since is None:
            self._silent_since = now
        unit = self.description.unit
        if isinstance(asked, _Block):
            return Request(unit, asked.table, asked.address, asked.count)
        signal = asked.signal
        if asked.state is CommandState.ACCEPTED:
            return Request(unit, signal.table, signal.address, signal.places)
        asked.state = CommandState.SENT
        return Request(
            unit, signal.table, signal.address, signal.places, asked.raw, self.description.write_multiple
        )

    def answered(self, raw: Sequence[int], now: float) -> LinkEvent | None:
        """The answer came; `raw`: what was read, of no meaning after a write."""
        asked, event = self._taken(now)
        if isinstance(asked, _Block):
            if len(raw) < asked.count:
                self.errors += 1
                return event
            asked.heard_at = now
            for signal in asked.signals:
                at = signal.address - asked.address
                self.values[signal.name] = signal.decode(raw[at : at + signal.places])
                self.refused.pop(signal.name, None)
        elif asked is not None:
            self._command_answered(asked, raw, now)
        return event

    def refuse(self, code: int, now: float) -> LinkEvent | None:
        """An exception came. The device is there, all the same, unless a gateway says that it is not."""
        if code in GATEWAY_CODES:
            return self.silent(now)
        asked, event = self._taken(now)
        self.errors += 1
        if isinstance(asked, _Block):
            self._block_refused(asked, code, now)
        elif asked is not None:
            self._command_refused(asked, code, now)
        return event

    def silent(self, now: float) -> LinkEvent | None:
        """No answer came."""
        self.errors += 1
        self._tries += 1
        retries = 0 if self.link is LinkState.OFFLINE else self.description.retries
        if self._tries <= retries:
            return None
        asked, self._asking, self._tries = self._asking, None, 0
        if isinstance(asked, _Block):
            # A device that is asked once an hour must not take an hour to be missed, nor to be found again.
            asked.due_at = now + min(self.description.period_s, self.description.disconnect_s)
            self._forget_if_old(asked, now)
        elif asked is not None:
            accepted = asked.state is CommandState.ACCEPTED
            asked.state = CommandState.UNCONFIRMED if accepted else CommandState.FAILED
            self._command = None
        silent_s = 0.0 if self._silent_since is None else now - self._silent_since
        if self.link is LinkState.OFFLINE or silent_s < self.description.disconnect_s:
            return None
        self.link = LinkState.OFFLINE
        self.values = dict.fromkeys(self.values)
        return LinkEvent.CONNECTION_LOST

    def abandon(self) -> None:
        """Nobody will ask any more: commands that are under way fail."""
        under_way = [*self._commands] if self._command is None else [self._command, *self._commands]
        for command in under_way:
            command.state = CommandState.FAILED
        self._commands.clear()
        self._command = self._asking = None
        self._tries = 0

    def _next_block(self) -> _Block:
        if self.link is LinkState.OFFLINE:
            return self._blocks[0]
        return min(self._blocks, key=lambda block: block.due_at)

    def _choose(self, now: float) -> _Block | Command | None:
        if self._command is None and self._commands:
            self._command = self._commands.popleft()
            return self._command
        if self._command is not None and self._look_at <= now:
            return self._command
        block = self._next_block()
        return block if block.due_at <= now else None

    def _taken(self, now: float) -> tuple[_Block | Command | None, LinkEvent | None]:
        asked, self._asking, self._tries = self._asking, None, 0
        self.heard_at, self._silent_since = now, None
        if isinstance(asked, _Block):
            # From when it was due, so that a period stays one; but what was missed is not made up for.
            asked.due_at = max(asked.due_at + self.description.period_s, now)
        if self.link is LinkState.ONLINE:
            return asked, None
        event = LinkEvent.CONNECTED if self.link is LinkState.UNKNOWN else LinkEvent.RECONNECTED
        self.link = LinkState.ONLINE
        return asked, event

    def _command_answered(self, command: Command, raw: Sequence[int], now: float) -> None:
        signal = command.signal
        if command.state is CommandState.SENT:
            self._accept(command, now)
            return
        read = tuple(raw[: signal.places])
        if len(read) == signal.places:
            self.values[signal.name] = signal.decode(read)
            if signal.reads_as(read, command.raw):
                command.state = CommandState.DONE
                self._command = None
                return
        if not self._look_later(command, now):
            command.state = CommandState.NOT_TAKEN
            self._command = None

    def _command_refused(self, command: Command, code: int, now: float) -> None:
        writing = command.state is CommandState.SENT
        if writing and code == ACKNOWLEDGE:
            self._accept(command, now)
            return
        if code in TRANSIENT_CODES and self._look_later(command, now):
            command.state = CommandState.QUEUED if writing else CommandState.ACCEPTED
            return
        command.exception = code
        command.state = CommandState.REFUSED if writing else CommandState.UNCONFIRMED
        self._command = None

    def _accept(self, command: Command, now: float) -> None:
        command.state, command.looks = CommandState.ACCEPTED, 0
        self._look_at = now + CONFIRM_AFTER_S[0]

    def _look_later(self, command: Command, now: float) -> bool:
        """Come back to it after a while; False: it has had its time."""
        command.looks += 1
        if command.looks == len(CONFIRM_AFTER_S):
            return False
        self._look_at = now + CONFIRM_AFTER_S[command.looks]
        return True

    def _block_refused(self, block: _Block, code: int, now: float) -> None:
        """Refused as a whole: perhaps one place is not there, or the device reads only so many at once."""
        if len(block.signals) > 1 and code in {ILLEGAL_ADDRESS, ILLEGAL_VALUE}:
            half = len(block.signals) // 2
            due_at = block.due_at - self.description.period_s
            self._blocks.remove(block)
            self._blocks += [
                _Block(part, due_at, block.heard_at) for part in (block.signals[:half], block.signals[half:])
            ]
            return
        if code in TRANSIENT_CODES:
            self._forget_if_old(block, now)
            return
        for signal in block.signals:
            self.values[signal.name] = None
            self.refused[signal.name] = code

    def _forget_if_old(self, block: _Block, now: float) -> None:
        """A value that has long not been read is not known; a room must not be heated by yesterday's."""
        if now - block.heard_at >= self.description.period_s + self.description.disconnect_s:
            for signal in block.signals:
                self.values[signal.name] = None
