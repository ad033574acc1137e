"""What the injector asks of the modem: to be done at a moment, or with one command line."""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from firmware_sim.faults.fields import Domain


@dataclass(frozen=True)
class SayUrc:
    """News of this text."""

    text: str


@dataclass(frozen=True)
class Sag:
    """The supply goes down: say the warning, or the family's own if it is empty."""

    warning: str


@dataclass(frozen=True)
class PowerLost:
    """Off, and nobody is told."""


@dataclass(frozen=True)
class PowerBack:
    """Boot, as a board does whose modem is switched on with it."""


@dataclass(frozen=True)
class CardLost:
    """The card in the slot loses contact."""


@dataclass(frozen=True)
class CardBack:
    """The card that lost contact has it again."""


@dataclass(frozen=True)
class SignalLost:
    """No coverage at this modem."""


@dataclass(frozen=True)
class SignalBack:
    """As before :class:`SignalLost`."""


@dataclass(frozen=True)
class OrderRejects:
    """The network is to reject the next so many procedures of this card; ``times`` 0 takes the order back."""

    order: int
    procedure: Literal["registration", "session"]
    cause: int
    times: int
    domain: Domain | None = None


@dataclass(frozen=True)
class PutOff:
    """The network detaches the card, or takes its data session down."""

    what: Literal["card", "session"]
    cause: int


Happening: TypeAlias = (
    SayUrc
    | Sag
    | PowerLost
    | PowerBack
    | CardLost
    | CardBack
    | SignalLost
    | SignalBack
    | OrderRejects
    | PutOff
)


@dataclass
class Fate:
    """What faults do to one command line. A new one does nothing.

    Attributes:
        unheard: The modem does not take it in: no echo any more, no answer.
        reboots: It reboots instead of answering.
        flips_echo: Its echo setting is inverted first.
        boot_lines: Said before the answer.
        refused_cme: The line ends with this error and nothing of it is carried out.
        late_s: The answer is held back so long; the modem is busy meanwhile.
        replaced_by: Stands in the place of the answer's lines.
        urcs: Said before the final result.
        loses_final: The final result is not said.
    """

    unheard: bool = False
    reboots: bool = False
    flips_echo: bool = False
    boot_lines: list[str] = field(default_factory=list)
    refused_cme: int | None = None
    late_s: float = 0.0
    replaced_by: str | None = None
    urcs: list[str] = field(default_factory=list)
    loses_final: bool = False

    def answer(self, lines: tuple[str | bytes, ...]) -> tuple[str | bytes, ...]:
        """What is said instead of the lines of an answer."""
        if self.replaced_by is None or not lines:
            return lines
        return (self.replaced_by,) if self.replaced_by else ()
