"""What a `MuxSession` tells its owner."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from at_commands.cmux_control import Signals


class Why(Enum):
    """Who ended a channel or the whole."""

    NEAR_SIDE = "closed"
    FAR_SIDE = "closed by the far side"
    REFUSED = "refused by the far side"
    NO_ANSWER = "no answer from the far side"


@dataclass(frozen=True, slots=True)
class MuxUp:
    """DLCI 0 is open."""


@dataclass(frozen=True, slots=True)
class MuxDown:
    """The multiplexer has ended: once the last bytes are taken, the line carries AT commands again. Nothing follows."""

    why: Why


@dataclass(frozen=True, slots=True)
class ChannelUp:
    """A channel is open, whoever opened it."""

    dlci: int


@dataclass(frozen=True, slots=True)
class ChannelDown:
    """A channel is closed or was not opened; what waited in its queue is gone."""

    dlci: int
    why: Why


@dataclass(frozen=True, slots=True)
class ChannelData:
    """Octets of a channel."""

    dlci: int
    octets: bytes


@dataclass(frozen=True, slots=True)
class ChannelSignals:
    """The far side's signals have changed."""

    dlci: int
    signals: Signals


@dataclass(frozen=True, slots=True)
class ChannelRoom:
    """A channel whose queue was full takes octets again."""

    dlci: int


@dataclass(frozen=True, slots=True)
class Answered:
    """A command of the control channel has its answer; `type` NSC counts as one."""

    type: int
    dlci: int
    value: bytes


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A command of the control channel was repeated N2 times in vain."""

    type: int
    dlci: int


@dataclass(frozen=True, slots=True)
class Unframed:
    """Bytes outside of any frame: noise, or a modem that speaks AT again."""

    octets: bytes


MuxEvent: TypeAlias = (
    MuxUp
    | MuxDown
    | ChannelUp
    | ChannelDown
    | ChannelData
    | ChannelSignals
    | ChannelRoom
    | Answered
    | Unanswered
    | Unframed
)
