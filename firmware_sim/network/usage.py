"""What a network sees of its subscribers' use, for whoever writes the bills."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class DataOpened:
    """A data session was accepted."""

    imsi: str
    imei: str
    apn: str


@dataclass(frozen=True, slots=True)
class TrafficUsed:
    """Octets of a session, both directions."""

    imsi: str
    n_bytes: int


@dataclass(frozen=True, slots=True)
class SmsSent:
    """A message was handed in."""

    imsi: str
    to: str


@dataclass(frozen=True, slots=True)
class Misused:
    """A data session was asked for by a device that the card is not bound to; the card is blocked by now."""

    imsi: str
    imei: str


Usage: TypeAlias = DataOpened | TrafficUsed | SmsSent | Misused
