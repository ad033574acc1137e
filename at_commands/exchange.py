"""The pending command: which of the incoming lines are its own, and when it is over.

A line is judged in this order: the echo of the command, its final results, its own information lines. What is left is
judged by others (URC patterns) and offered once more with `take_bare`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

from at_commands.codes import BASIC_RESULTS
from at_commands.command import Command, Reply, is_ok
from at_commands.errors import AtError, CommandTimeoutError, ReplyFormatError, failure

NUMERIC_RESULTS: Final[Mapping[str, str]] = {str(number): text for text, number in BASIC_RESULTS.items()}
"""Under V0 a result code is its number."""

VERBOSE_RESULTS: Final[Mapping[str, str]] = {}

MAX_LINES: Final = 4096
"""Information lines of one reply; +CMGL of a full store and +CLAC have some hundreds."""

_FAILURES: Final = ("+CME ERROR:", "+CMS ERROR:", "COMMAND NOT SUPPORT", "MODEM ERROR:")


class Exchange:
    """One command on its way.

    Args:
        command: what was sent.
        results: how this modem spells the basic result codes: NUMERIC_RESULTS or VERBOSE_RESULTS.
        timeout_s: its deadline, counted from sending.

    Attributes:
        outcome: None while it is pending.
        settled: the modem has said its last word: nothing of this command can come later.
        prompted: the modem waits for the payload.
        expects_data: length of the block that begins behind the line just taken, else None.
        numeric: the final result was a number.
        waker: set on the outcome and on the prompt, if somebody waits.
    """

    __slots__ = (
        "_data",
        "_lines",
        "_ok_seen",
        "_reason",
        "_results",
        "command",
        "echoed",
        "expects_data",
        "numeric",
        "outcome",
        "prompted",
        "settled",
        "timeout_s",
        "waker",
    )

    def __init__(self, command: Command[object], results: Mapping[str, str], timeout_s: float) -> None:
        self.command = command
        self.timeout_s = timeout_s
        self.outcome: Reply | AtError | None = None
        self.settled = False
        self.prompted = False
        self.echoed = False
        self.numeric = False
        self.expects_data: int | None = None
        self._results = results
        self._lines: list[str] = []
        self._data = b""
        self._ok_seen = False
        self._reason: str | None = None
        self.waker: asyncio.Future[None] | None = None

    def take(self, line: str) -> bool:
        """Is the line this command's? Then it has been counted."""
        command = self.command
        if self.outcome is not None:
            return False
        if not self.echoed and line == command.line:
            self.echoed = True
            return True
        try:
            return self._take_information(line) if self._goes_on(line) else True
        except (ValueError, IndexError):
            self.fail(ReplyFormatError(command.shown, (*self._lines, line)))
            return True

    def take_bare(self, line: str) -> bool:
        """A line that nobody else claims."""
        if not self.command.bare or self.outcome is not None:
            return False
        self._add(line)
        return True

    def take_data(self, octets: bytes) -> None:
        self._data = octets

    def prompt(self) -> None:
        self.prompted = True
        self._wake()

    def fail(self, error: AtError) -> None:
        """It is over, though the modem may still have something to say."""
        if self.outcome is None:
            self.outcome = error
            self._wake()

    def time_out(self) -> None:
        self.fail(CommandTimeoutError(self.command.shown, self.timeout_s))

    def _goes_on(self, line: str) -> bool:
        """False: the line was a result."""
        command = self.command
        result = self._results.get(line, line) if self._results else line
        if command.success is is_ok:
            succeeded = result == "OK"
        else:
            succeeded = command.success(result)
            if succeeded:
                self._lines.append(line)
        if succeeded and (self._lines or not command.needs_line):
            self.numeric = result is not line
            self.outcome = Reply(tuple(self._lines), result, self._data)
        elif result == "OK":
            self._ok_seen = True
            return False  # one that is not the end is a step on the way, as before CONNECT OK
        elif result == "ERROR":
            self.outcome = failure(command.shown, self._reason or result)
            self._ok_seen = True
        elif result.startswith(_FAILURES):
            self.outcome = failure(command.shown, result)
            self._ok_seen = True
        elif command.failures and result.startswith(command.failures):
            self.outcome = failure(command.shown, result)
        elif command.reasons and result.startswith(command.reasons):
            self._reason = result
            return False
        else:
            return True
        self.settled = self._ok_seen or not command.with_ok
        self._wake()
        return False

    def _take_information(self, line: str) -> bool:
        command = self.command
        if not line.startswith(command.prefixes) or not (command.belongs is None or command.belongs(line)):
            return False
        if command.data_length is not None:
            self.expects_data = command.data_length(line)
        self._add(line)
        return True

    def _add(self, line: str) -> None:
        if len(self._lines) == MAX_LINES:
            self.fail(ReplyFormatError(self.command.shown, tuple(self._lines[:3])))
        else:
            self._lines.append(line)

    def _wake(self) -> None:
        if self.waker is not None and not self.waker.done():
            self.waker.set_result(None)
