"""What one end of a multiplexed line has to send: control first, then the channels in turn, a frame each."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import Final

from at_commands.cmux_dlc import Dlc
from at_commands.cmux_frames import Frame, Kind

QUEUE_LIMIT: Final = 16_384
"""Octets of a channel that wait to be sent."""

CONTROL_LIMIT: Final = 256
"""Frames of commands and answers that wait; a far side that asks faster loses the rest."""


class Outbox:
    """Frames are made when they are taken, so that a command never stands behind another channel's data.

    Args:
        dlcs: the session's channels, by DLCI.
        encode: a frame to bytes.
        cr: C/R of our data frames.
    """

    def __init__(self, dlcs: Mapping[int, Dlc], encode: Callable[[Frame], bytes], cr: bool) -> None:
        self._dlcs = dlcs
        self._encode = encode
        self._cr = cr
        self._control: deque[bytes] = deque()
        self._turn: deque[int] = deque()  # channels with data, the next one first
        self.all_stopped = False
        """The far side said FCoff: data has to wait, control does not."""

    def add_control(self, frame: Frame) -> None:
        """Send it before any data."""
        if len(self._control) < CONTROL_LIMIT:
            self._control.append(self._encode(frame))

    def add_data(self, dlc: Dlc, data: bytes) -> int:
        """Queue octets; how many were taken."""
        taken = data[: QUEUE_LIMIT - len(dlc.queue)]
        if taken and not dlc.queue:
            self._turn.append(dlc.dlci)
        dlc.queue += taken
        dlc.full = dlc.full or len(taken) < len(data)
        return len(taken)

    def forget(self, dlc: Dlc) -> None:
        """What waits on this channel will not be sent."""
        if dlc.queue:
            self._turn.remove(dlc.dlci)
            dlc.queue.clear()

    def hasten(self, dlc: Dlc) -> None:
        """What waits on this channel is sent before the next control frame, unless the far side takes nothing."""
        while dlc.queue and self._may_send(dlc.dlci):
            self._control.append(self._data_frame(dlc))
            if not dlc.queue:
                self._turn.remove(dlc.dlci)

    def take_control(self) -> bytes:
        """All control frames."""
        control = b"".join(self._control)
        self._control.clear()
        return control

    def next_frame(self) -> tuple[bytes, Dlc | None] | None:
        """(the next frame, whose data it was), None when nothing may be sent."""
        if self._control:
            return self._control.popleft(), None
        for _ in range(len(self._turn)):
            dlci = self._turn.popleft()
            if not self._may_send(dlci):
                self._turn.append(dlci)
                continue
            dlc = self._dlcs[dlci]
            frame = self._data_frame(dlc)
            if dlc.queue:
                self._turn.append(dlci)
            return frame, dlc
        return None

    @property
    def empty(self) -> bool:
        """Nothing waits, sendable or not."""
        return not (self._control or self._turn)

    @property
    def sendable(self) -> bool:
        """`next_frame` would give one."""
        return bool(self._control) or any(map(self._may_send, self._turn))

    def _may_send(self, dlci: int) -> bool:
        return not (self.all_stopped or self._dlcs[dlci].far.stopped)

    def _data_frame(self, dlc: Dlc) -> bytes:
        info = bytes(dlc.queue[: dlc.n1])
        del dlc.queue[: dlc.n1]
        return self._encode(Frame(dlc.dlci, Kind.UIH, self._cr, False, info))
