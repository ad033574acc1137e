"""Numbered places for short messages, on the card or in the modem (3GPP TS 27.005 clause 3)."""

from dataclasses import dataclass, field
from enum import IntEnum


class MessageState(IntEnum):
    """``<stat>`` in PDU mode (27.005 3.1)."""

    REC_UNREAD = 0
    REC_READ = 1
    STO_UNSENT = 2
    STO_SENT = 3

    @property
    def text(self) -> str:
        """``<stat>`` in text mode."""
        return self.name.replace("_", " ")


@dataclass
class StoredMessage:
    """A PDU in hex (service centre in front) and its state."""

    state: MessageState
    pdu: str


@dataclass
class MessageStore:
    """``SM`` on the card, ``ME`` in the modem: places 1…capacity; the lowest free one is taken."""

    name: str
    capacity: int
    messages: dict[int, StoredMessage] = field(default_factory=dict)

    @property
    def full(self) -> bool:
        """No place left."""
        return len(self.messages) >= self.capacity

    def add(self, message: StoredMessage) -> int | None:
        """The place it was put into, or ``None``: full."""
        if self.full:
            return None
        index = next(i for i in range(1, self.capacity + 1) if i not in self.messages)
        self.messages[index] = message
        return index
