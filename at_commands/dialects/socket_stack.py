"""TCP through a modem, in one shape for all families.

    open_context ─► connect ─► send, receive … ─► close ─► close_context

Each maker has its own commands for this and its own order of results. A stack knows them, and what its URCs mean. It
keeps no state: that is in the modem, and a program that was killed finds it there. One connection is enough for MQTT.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from at_commands.client import AtClient


class SocketNews(Enum):
    """What a URC says of the connection."""

    DATA_ARRIVED = "something can be read"
    CLOSED = "the far side ended the connection"
    CONTEXT_LOST = "the network took the data session away"


@dataclass(frozen=True, slots=True)
class Received:
    """What one reading gave. `left` octets at least wait in the modem; 0 where it does not tell."""

    data: bytes
    left: int


class SocketStack(Protocol):
    """The TCP commands of a family. All raise AtError besides what they name."""

    @property
    def max_block(self) -> int:
        """Most octets in one `send` and one `receive`."""
        ...

    def news(self, line: str) -> SocketNews | None:
        """What a URC means here, None when it is about something else."""
        ...

    async def open_context(self, at: AtClient, apn: str, user: str, password: str) -> str:
        """Open the data session anew, from whatever state; our address.

        Raises:
            CommandFailedError: the network, or the modem, refuses.
        """
        ...

    async def close_context(self, at: AtClient) -> None:
        """Close connection and data session; harmless when there is none."""
        ...

    async def connect(self, at: AtClient, host: str, port: int) -> None:
        """Connect. Raises CommandFailedError: not to be reached, or there is no data session."""
        ...

    async def send(self, at: AtClient, data: bytes) -> None:
        """1 to `max_block` octets; returns when the modem took them. Raises CommandFailedError: not connected."""
        ...

    async def receive(self, at: AtClient, limit: int) -> Received:
        """Up to `limit` octets that have arrived, perhaps none. Raises CommandFailedError: not connected."""
        ...

    async def close(self, at: AtClient) -> None:
        """Close the connection. Raises CommandFailedError: it is closed."""
        ...
