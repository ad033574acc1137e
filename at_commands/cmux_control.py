"""Messages of the multiplexer's control channel, DLCI 0: 3GPP TS 27.010, 5.4.6.3.

type      EA  C/R  6 bits         the answer to a command is the same type with C/R 0
length    EA  7 bits, then 7 more if EA is 0
value     `length` octets
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

MAX_VALUE: Final = 1024
"""Octets; the largest is a Test, which nobody makes longer than a frame."""

_EA: Final = 0x01
_CR: Final = 0x02


class Type(IntEnum):
    """The type octet without EA and C/R."""

    PN = 0x80  # DLC parameter negotiation
    PSC = 0x40  # power saving control
    CLD = 0xC0  # multiplexer close-down
    TEST = 0x20
    FCON = 0xA0  # the sender takes frames again, on all channels
    FCOFF = 0x60  # the sender takes none
    MSC = 0xE0  # modem status: the V.24 signals of a DLC
    NSC = 0x10  # the answer to a command that is not supported
    RPN = 0x90  # remote port negotiation
    RLS = 0x50  # remote line status
    SNC = 0xD0  # service negotiation


@dataclass(frozen=True, slots=True)
class Message:
    """One message. `type` is an int where no `Type` knows it."""

    type: int
    command: bool
    value: bytes = b""

    def encode(self) -> bytes:
        """As it stands in the information of a frame."""
        length = len(self.value)
        octets = (length << 1 | _EA,) if length < 128 else (length << 1 & 0xFF, length >> 6 | _EA)
        return bytes((self.type | (_CR if self.command else 0) | _EA, *octets)) + self.value


class MessageReader:
    """Messages out of the information of DLCI 0's frames. One may be cut over several frames, as by modems that send a
    frame for each octet.
    """

    def __init__(self) -> None:
        self._rest = b""

    @property
    def waiting(self) -> bool:
        """A message has begun."""
        return bool(self._rest)

    def reset(self) -> None:
        """What has begun will not be ended."""
        self._rest = b""

    def receive(self, info: bytes) -> list[Message]:
        """The messages that these octets complete. What makes no sense is dropped."""
        octets = self._rest + info
        self._rest = b""
        messages: list[Message] = []
        at = 0
        while at < len(octets):
            if not octets[at] & _EA:  # a type of several octets; there are none
                return messages
            length, value_at, complete = 0, at + 1, False
            for shift in (0, 7):
                if value_at < len(octets):
                    length |= octets[value_at] >> 1 << shift
                    complete = bool(octets[value_at] & _EA)
                    value_at += 1
                    if complete:
                        break
            if (value_at == at + 3 and not complete) or length > MAX_VALUE:
                return messages
            if not complete or len(octets) < value_at + length:
                self._rest = octets[at:]
                return messages
            value = octets[value_at : value_at + length]
            messages.append(Message(octets[at] & ~(_EA | _CR), bool(octets[at] & _CR), value))
            at = value_at + length
        return messages


@dataclass(frozen=True, slots=True)
class Signals:
    """V.24 signals of a DLC (5.4.6.3.7, table 4), as the sender of the MSC asserts them.

    Attributes:
        stopped: FC: no frames can be taken.
        ready: RTC: DTR from the terminal, DSR from the modem.
        request: RTR: RTS from the terminal, CTS from the modem.
        ring: IC.
        carrier: DV: DCD from the modem.
        pause: length of a break in units of 200 ms, None for none.
    """

    stopped: bool = False
    ready: bool = True
    request: bool = True
    ring: bool = False
    carrier: bool = False
    pause: int | None = None


_STOPPED, _READY, _REQUEST, _RING, _CARRIER = 0x02, 0x04, 0x08, 0x40, 0x80


def encode_signals(dlci: int, signals: Signals) -> bytes:
    """The value of an MSC."""
    octet = (
        _EA
        | (_STOPPED if signals.stopped else 0)
        | (_READY if signals.ready else 0)
        | (_REQUEST if signals.request else 0)
        | (_RING if signals.ring else 0)
        | (_CARRIER if signals.carrier else 0)
    )
    value = bytes((dlci << 2 | _CR | _EA, octet))
    return value if signals.pause is None else value + bytes((signals.pause << 4 | _CR | _EA,))


def decode_signals(value: bytes) -> tuple[int, Signals]:
    """(DLCI, signals) of an MSC's value. Raises ValueError."""
    if len(value) not in (2, 3):
        raise ValueError(f"an MSC of {len(value)} octets")
    octet = value[1]
    return value[0] >> 2, Signals(
        stopped=bool(octet & _STOPPED),
        ready=bool(octet & _READY),
        request=bool(octet & _REQUEST),
        ring=bool(octet & _RING),
        carrier=bool(octet & _CARRIER),
        pause=value[2] >> 4 if len(value) == 3 and value[2] & _CR else None,
    )


@dataclass(frozen=True, slots=True)
class DlcParameters:
    """The value of a PN (5.4.6.3.1).

    Attributes:
        dlci: of which channel.
        frame_type: 0 UIH, 1 UI, 2 I.
        convergence: layer 1 … 4; written as 0 … 3.
        priority: 0 … 63.
        t1_s: acknowledgement timer, 10 ms steps.
        n1: longest information, octets.
        n2: retransmissions.
        k: window of the error recovery mode.
    """

    dlci: int
    frame_type: int = 0
    convergence: int = 1
    priority: int = 7
    t1_s: float = 0.1
    n1: int = 31
    n2: int = 3
    k: int = 2

    def encode(self) -> bytes:
        """Eight octets."""
        return bytes(
            (
                self.dlci,
                (self.convergence - 1) << 4 | self.frame_type,
                self.priority,
                min(255, round(self.t1_s * 100)),
                self.n1 & 0xFF,
                self.n1 >> 8,
                self.n2,
                self.k,
            )
        )

    @classmethod
    def decode(cls, value: bytes) -> DlcParameters:
        """Raises ValueError."""
        if len(value) != 8:
            raise ValueError(f"a PN of {len(value)} octets")
        dlci, types, priority, t1, low, high, n2, k = value
        return cls(
            dlci & 0x3F,
            types & 0x0F,
            (types >> 4) + 1,
            priority & 0x3F,
            t1 / 100,
            low | high << 8,
            n2,
            k & 7,
        )
