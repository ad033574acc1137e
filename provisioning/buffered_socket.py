"""A socket between paho and the kernel that makes many small packets cost few system calls."""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from typing_extensions import Buffer

READ_AHEAD: Final = 64 * 1024


class BufferedSocket(socket.socket):
    """A socket that reads ahead and sends together what was written in one go.

    paho asks for a packet's type, length and body one by one and sends packet by packet, and aiomqtt reads
    one packet in a turn of the loop unless `pending` says that there are more. With this, many messages cost
    one system call each way. TLS takes the descriptor over before anything is read and has buffers of its
    own.
    """

    def __init__(self, family: int, kind: int, protocol: int, fileno: int | None = None) -> None:
        super().__init__(family, kind, protocol, fileno)
        self._ahead = memoryview(b"")
        self._unsent = bytearray()
        self.corked = False

    def recv(self, size: int, flags: int = 0) -> bytes:
        if not self._ahead:
            self._ahead = memoryview(super().recv(READ_AHEAD, flags))
        taken = bytes(self._ahead[:size])
        self._ahead = self._ahead[size:]
        return taken

    def pending(self) -> int:
        return len(self._ahead)

    def send(self, data: Buffer, flags: int = 0) -> int:
        if not self.corked:
            return super().send(data, flags)
        before = len(self._unsent)
        self._unsent += data
        return len(self._unsent) - before

    def uncork(self) -> bool:
        """Send what has gathered. False when the kernel takes no more for now: call again when it does."""
        self.corked = False
        while self._unsent:
            try:
                sent = super().send(self._unsent)
            except BlockingIOError:
                return False
            del self._unsent[:sent]
        return True

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.uncork()  # the farewell is in there
        super().close()
