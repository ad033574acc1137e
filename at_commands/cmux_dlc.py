"""A data link connection of the multiplexer: its states as a table (3GPP TS 27.010, 5.4), and the system parameters."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from at_commands.cmux_control import Signals
from at_commands.cmux_frames import MAX_DLCI, Kind


class Role(Enum):
    """INITIATOR sends the first SABM: the terminal."""

    INITIATOR = 0
    RESPONDER = 1


@dataclass(frozen=True)
class MuxParameters:
    """System parameters (5.7), as +CMUX names them.

    Attributes:
        advanced: with transparency (HDLC escapes) in place of lengths.
        n1: longest information of a frame, octets. Longer ones are taken all the same, up to USUAL_MAX_INFO.
        t1_s: for an answer to SABM and DISC.
        n2: repetitions.
        t2_s: for an answer to a command of the control channel.
        t3_s: for waking up.
        channels: highest DLCI that a responder opens.
        first_sabm_s: a responder that hears no SABM for so long closes down; None: never.
    """

    advanced: bool = False
    n1: int = 31
    t1_s: float = 0.1
    n2: int = 3
    t2_s: float = 0.3
    t3_s: float = 10.0
    channels: int = MAX_DLCI
    first_sabm_s: float | None = None


class State(Enum):
    """Of a DLC (5.4.1, 5.4.2)."""

    CLOSED = 0
    OPENING = 1  # SABM is out
    OPEN = 2
    CLOSING = 3  # DISC is out


class Do(Enum):
    """What a frame brings about besides the change of state."""

    SAY_UA = 0
    SAY_DM = 1
    UP = 2
    AGAIN = 3  # the far side opens what is open: its UA got lost, or it began anew
    REFUSED = 4
    DOWN = 5
    DONE = 6
    TAKE = 7


TABLE: Final[dict[tuple[State, Kind], tuple[State, tuple[Do, ...]]]] = {
    # What is not listed changes nothing.
    (State.CLOSED, Kind.SABM): (State.OPEN, (Do.SAY_UA, Do.UP)),
    (State.CLOSED, Kind.DISC): (State.CLOSED, (Do.SAY_DM,)),
    (State.CLOSED, Kind.UIH): (State.CLOSED, (Do.SAY_DM,)),
    (State.CLOSED, Kind.UI): (State.CLOSED, (Do.SAY_DM,)),
    (State.OPENING, Kind.UA): (State.OPEN, (Do.UP,)),
    (State.OPENING, Kind.DM): (State.CLOSED, (Do.REFUSED,)),
    (State.OPENING, Kind.SABM): (State.OPEN, (Do.SAY_UA, Do.UP)),
    (State.OPENING, Kind.DISC): (State.CLOSED, (Do.SAY_DM, Do.REFUSED)),
    (State.OPEN, Kind.SABM): (State.OPEN, (Do.SAY_UA, Do.AGAIN)),
    (State.OPEN, Kind.DISC): (State.CLOSED, (Do.SAY_UA, Do.DOWN)),
    (State.OPEN, Kind.DM): (State.CLOSED, (Do.DOWN,)),
    (State.OPEN, Kind.UIH): (State.OPEN, (Do.TAKE,)),
    (State.OPEN, Kind.UI): (State.OPEN, (Do.TAKE,)),
    (State.CLOSING, Kind.UA): (State.CLOSED, (Do.DONE,)),
    (State.CLOSING, Kind.DM): (State.CLOSED, (Do.DONE,)),
    (State.CLOSING, Kind.DISC): (State.CLOSED, (Do.SAY_UA, Do.DONE)),
    (State.CLOSING, Kind.SABM): (State.CLOSING, (Do.SAY_DM,)),
}

RESPONSES: Final = frozenset({Kind.UA, Kind.DM})


class Dlc:
    """One data link connection."""

    __slots__ = ("dlci", "far", "full", "n1", "near", "queue", "state", "tries")

    def __init__(self, dlci: int, n1: int) -> None:
        self.dlci = dlci
        self.n1 = n1
        self.state = State.CLOSED
        self.tries = 0
        self.queue = bytearray()
        self.full = False  # somebody was told so
        self.near = Signals()
        self.far = Signals()
