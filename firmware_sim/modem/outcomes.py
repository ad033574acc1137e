"""What a command handler gives back to the core, and the refusals it may raise."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from at_commands.cmux_dlc import MuxParameters

if TYPE_CHECKING:
    from firmware_sim.modem.terminal import Stream

OK = "OK"
ERROR = "ERROR"


@dataclass(frozen=True)
class Done:
    """The command is through.

    Attributes:
        lines: Information responses, each framed of its own.
        final: ``OK`` goes on with the next command of the line; another text ends the line with it (``SHUT
            OK``); ``None`` ends it without a word (``+CIFSR``).
    """

    lines: tuple[str | bytes, ...] = ()
    final: str | None = OK


@dataclass(frozen=True)
class Later:
    """Nothing for ``after_s``, then what ``then`` gives. ``abort`` makes it abortable (V.250 5.6.1)."""

    after_s: float
    then: "Callable[[], Outcome]"
    abort: "Callable[[], Outcome] | None" = None


@dataclass(eq=False)
class Pending:
    """Nothing until somebody completes it. The terminal that waits puts itself into ``waiting``."""

    waiting: "Callable[[Pending, Outcome], None] | None" = None

    def complete(self, outcome: "Outcome") -> None:
        """Go on with this; harmless when nobody waits any more."""
        if self.waiting is not None:
            self.waiting(self, outcome)


@dataclass(frozen=True)
class Prompt:
    """``> `` and then data: ``length`` bytes of it, or up to Ctrl-Z; ESC gives up.

    Attributes:
        then: Called with the data.
        length: ``None`` for data ended by Ctrl-Z.
        lines: Text entry: a CR is answered with a further ``> ``.
    """

    then: "Callable[[bytes], Outcome]"
    length: int | None = None
    lines: bool = False


@dataclass(frozen=True)
class Connect:
    """``CONNECT``, and from then on the terminal's bytes are the stream's (V.250 6.3.1)."""

    stream: "Stream"
    text: str = "CONNECT"


@dataclass(frozen=True)
class Multiplex:
    """``OK``, and from then on the line carries frames."""

    parameters: MuxParameters


Outcome: TypeAlias = Done | Later | Pending | Prompt | Connect | Multiplex


class RefusedError(Exception):
    """The command ends in ``ERROR``."""


class CmeRefusedError(RefusedError):
    """``+CME ERROR: code``, or ``ERROR`` with ``+CMEE=0``."""

    def __init__(self, code: int) -> None:
        super().__init__(f"+CME ERROR: {code}")
        self.code = code


class CmsRefusedError(RefusedError):
    """``+CMS ERROR: code`` (always numeric or verbose; ``+CMEE`` picks which)."""

    def __init__(self, code: int) -> None:
        super().__init__(f"+CMS ERROR: {code}")
        self.code = code


def info(*lines: str | bytes) -> Done:
    """Lines and ``OK``."""
    return Done(lines)
