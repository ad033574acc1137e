"""A command as data: what is sent, which lines belong to it, how it ends and what its answer means.

A command knows the type of its answer, so `await client.send(Csq())` is typed. The deadlines come from the
modem's own table (SIM800 Series AT Command Manual, "max response time"), not from the caller's hope.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Generic, NamedTuple, TypeVar

from at_commands.masking import HIDDEN, mask, secrets_of

T_co = TypeVar("T_co", covariant=True)

DEFAULT_TIMEOUT_S: Final = 5.0

CTRL_Z: Final = b"\x1a"
"""Ends a payload whose length was not announced; ESC in its place gives the command up."""


class Reply(NamedTuple):
    """What came back for one command.

    Attributes:
        lines: information lines that belong to the command, without the final one.
        final: the final result as printed, in verbose form (`OK` also under V0).
        data: the announced data block, if the command reads one.
    """

    lines: tuple[str, ...]
    final: str
    data: bytes = b""

    def value(self, prefix: str) -> str:
        """What stands behind `prefix` in the first line that has it. Raises ValueError when none has."""
        for line in self.lines:
            if line.startswith(prefix):
                return line[len(prefix) :].strip()
        raise ValueError(f"no {prefix!r} in {self.lines!r}")

    def values(self, prefix: str) -> list[str]:
        """The same for all lines that have it."""
        return [line[len(prefix) :].strip() for line in self.lines if line.startswith(prefix)]


def _nothing(reply: Reply) -> None:
    return None


def is_ok(line: str) -> bool:
    """The usual final result."""
    return line == "OK"


@dataclass(frozen=True)
class Command(Generic[T_co]):
    """One command line and how to read what it brings.

    Args:
        line: without its CR, as `AT+CSQ`.
        parse: from a successful reply to the answer; ValueError and IndexError mean that it can't be read.
        prefixes: lines that begin so belong to this command while it is pending, before any URC pattern.
        bare: other lines that no URC pattern claims belong to it too (`AT+CGSN` answers with bare digits).
        belongs: narrows `prefixes` where a URC looks alike (`+CREG: 1` against `+CREG: 2,1`).
        timeout_s: deadline for the final result.
        success: is this line the final result of success? Lines of plain `OK` that are none are steps on the
            way.
        needs_line: OK counts only behind an information line; an earlier OK is somebody else's.
        failures: beginnings of final results of failure besides ERROR, +CME ERROR and +CMS ERROR. `success` is asked
            first, so `+CIPOPEN: 0,` here means any number that it does not take.
        with_ok: the result stands beside an OK, mostly behind it (`OK`, then `+CIPOPEN: 0,0`). A result that comes
            first counts at once, and the OK or ERROR still under way is kept from the next command.
        reasons: beginnings of lines that say why the ERROR behind them comes (`+IP ERROR: No data`).
        payload: sent behind the prompt.
        data_length: length of the block that follows a header line; None for other lines.
        secret: the line holds a secret and is masked in transcripts and errors.
        restarts: a boot message is what this command is for.
    """

    line: str
    parse: Callable[[Reply], T_co]
    prefixes: tuple[str, ...] = ()
    bare: bool = False
    belongs: Callable[[str], bool] | None = None
    timeout_s: float = DEFAULT_TIMEOUT_S
    success: Callable[[str], bool] = is_ok
    needs_line: bool = False
    failures: tuple[str, ...] = ()
    with_ok: bool = False
    reasons: tuple[str, ...] = ()
    payload: bytes | None = field(default=None, repr=False)
    data_length: Callable[[str], int | None] | None = None
    secret: bool = False
    restarts: bool = False

    @property
    def shown(self) -> str:
        """The line as it may appear in a log."""
        return f"{self.line.partition('=')[0]}={HIDDEN}" if self.secret else mask(self.line)

    @property
    def secrets(self) -> tuple[str, ...]:
        """The values in the line that no log may show."""
        return secrets_of(self.line) if "=" in self.line else ()


def plain(line: str, *, timeout_s: float = DEFAULT_TIMEOUT_S, secret: bool = False) -> Command[None]:
    """A command of which only success counts."""
    return Command(line, _nothing, timeout_s=timeout_s, secret=secret)
