"""What the modem core wants done in the world; its shell carries it out."""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True)
class Transmit:
    """Bytes out of a serial line."""

    data: bytes
    line: int = 0


@dataclass(frozen=True)
class OpenSocket:
    """Connect by TCP; answer with ``socket_opened`` or ``socket_failed``."""

    socket: int
    host: str
    port: int


@dataclass(frozen=True)
class SendSocket:
    """Send, and call ``socket_sent`` once the bytes were taken."""

    socket: int
    data: bytes


@dataclass(frozen=True)
class CloseSocket:
    """Close it and say nothing more of it."""

    socket: int


Action: TypeAlias = Transmit | OpenSocket | SendSocket | CloseSocket
