"""One described device: what to ask it next, what it has said, and whether it is there.

Theory of operation. A device is asked when the line is free: a command first, then the look whether it was obeyed,
then what is due of its blocks.

    link      event                                  next      event told
    unknown   an answer, also an exception           online    CONNECTED
    unknown   silent for `disconnect_s`              offline   CONNECTION_LOST
    online    silent for `disconnect_s`              offline   CONNECTION_LOST, values forgotten
    offline   an answer                              online    RECONNECTED

An offline device is asked for its first block only, without retries, once a period, so as not to hold up the others.

    command   event                                  next
    queued    a later one for the same signal        superseded
    queued    the line is free                       sent
    sent      acknowledged                           accepted
    sent      an exception                           refused
    sent      no answer, after all retries           failed
    accepted  read back as written                   done
    accepted  `CONFIRM_READS` times something else   not_taken
    accepted  not readable                           unconfirmed

"Accepted" is not "done": only what is read back is.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from firmware_sim.modbus_master.description import DeviceDescription, Signal, Table, Value

ILLEGAL_ADDRESS: Final = 2
ILLEGAL_VALUE: Final = 3
TRANSIENT_CODES: Final = frozenset({5, 6})
"""Acknowledge and busy: ask again later."""
GATEWAY_CODES: Final = frozenset({10, 11})
"""A gateway cannot reach the device: no answer of its own (Application Protocol V1.1b3, 7)."""
MAX_COMMANDS: Final = 16
CONFIRM_READS: Final = 3
CONFIRM_S: Final = 0.5
"""Between two looks at what was written."""


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
        self.values: dict[str, Value] = {signal.name: None for signal in description.signals}
        self.refused: dict[str, int] = {}
        """Signals that the device refuses to read, with its exception code."""
        self._signals = {signal.name: signal for signal in description.signals}
        self._blocks = [_Block(signals, now) for signals in description.blocks()]
        self._commands: deque[Command] = deque()
        self._command: Command | None = None
        self._look_at = now
        self._asking: _Block | Command | None = None
        self._tries = 0
        self._heard_at = now

    @property
    def due_at(self) -> float:
        """When there is something to ask; in the past: at once."""
        if self._asking is not None:
            return self._heard_at
        if self._command is not None:
            return min(self._look_at, self._next_block().due_at)
        return self._heard_at if self._commands else self._next_block().due_at

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
                return event
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
        if isinstance(asked, _Block):
            self._block_refused(asked, code)
        elif asked is not None:
            was_writing = asked.state is CommandState.SENT
            asked.exception = code
            asked.state = CommandState.REFUSED if was_writing else CommandState.UNCONFIRMED
            self._command = None
        return event

    def silent(self, now: float) -> LinkEvent | None:
        """No answer came."""
        self._tries += 1
        retries = 0 if self.link is LinkState.OFFLINE else self.description.retries
        if self._tries > retries:
            asked = self._asking
            self._tries, self._asking = 0, None
            if isinstance(asked, _Block):
                asked.due_at = now + self.description.period_s
            elif asked is not None:
                accepted = asked.state is CommandState.ACCEPTED
                asked.state = CommandState.UNCONFIRMED if accepted else CommandState.FAILED
                self._command = None
        if self.link is LinkState.OFFLINE or now - self._heard_at < self.description.disconnect_s:
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
        self._heard_at = now
        if isinstance(asked, _Block):
            # From when it was due, so that a period stays one; but what was missed is not made up for.
            asked.due_at = max(asked.due_at + self.description.period_s, now)
        if self.link is LinkState.ONLINE:
            return asked, None
        event = LinkEvent.CONNECTED if self.link is LinkState.UNKNOWN else LinkEvent.RECONNECTED
        self.link = LinkState.ONLINE
        return asked, event

    def _command_answered(self, command: Command, raw: Sequence[int], now: float) -> None:
        if command.state is CommandState.SENT:
            command.state = CommandState.ACCEPTED
            self._look_at = now
            return
        command.looks += 1
        if len(raw) >= command.signal.places:
            self.values[command.signal.name] = command.signal.decode(raw)
        if tuple(raw[: command.signal.places]) == command.raw:
            command.state = CommandState.DONE
        elif command.looks >= CONFIRM_READS:
            command.state = CommandState.NOT_TAKEN
        else:
            self._look_at = now + CONFIRM_S
            return
        self._command = None

    def _block_refused(self, block: _Block, code: int) -> None:
        """Refused as a whole: perhaps one place is not there, or the device reads only so many at once."""
        if len(block.signals) > 1 and code in {ILLEGAL_ADDRESS, ILLEGAL_VALUE}:
            half = len(block.signals) // 2
            due_at = block.due_at - self.description.period_s
            self._blocks.remove(block)
            self._blocks += [_Block(part, due_at) for part in (block.signals[:half], block.signals[half:])]
            return
        if code in TRANSIENT_CODES:
            return
        for signal in block.signals:
            self.values[signal.name] = None
            self.refused[signal.name] = code
