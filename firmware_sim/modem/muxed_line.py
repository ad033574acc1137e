"""A serial line behind ``AT+CMUX``: frames on the wire, a terminal on each channel (3GPP TS 27.010).

    bytes ─► MuxSession ─► channel 1 ─► terminal
                           channel 2 ─► terminal ─► …

A channel has its own echo, its own pending command and its own data mode, and URCs go to all channels. DTR is the RTC
signal of the channel, DCD its DV; a stream whose far end is slow stops its channel by FC. CLD, DISC of channel 0 and
a client that never sends a frame end it, and the line is a terminal again.
"""

from collections.abc import Callable, Iterator

from at_commands.cmux import MuxSession
from at_commands.cmux_control import Signals
from at_commands.cmux_dlc import MuxParameters, Role
from at_commands.cmux_events import (
    ChannelData,
    ChannelDown,
    ChannelRoom,
    ChannelSignals,
    ChannelUp,
    MuxDown,
    MuxEvent,
)
from firmware_sim.modem.device import Device
from firmware_sim.modem.ports import MAX_OUTPUT
from firmware_sim.modem.terminal import Terminal
from firmware_sim.modem.timers import Timer

NewTerminal = Callable[[Callable[[bytes], None], Callable[[], int]], Terminal]
"""Makes one, given what takes its bytes and what tells how many of them wait."""


class _Channel:
    """One open channel."""

    def __init__(self) -> None:
        self.terminal: Terminal
        self.waiting = bytearray()  # what the session's queue does not take
        self.ready = True  # DTR
        self.signals = Signals()  # as told


class MuxedLine:
    """From ``AT+CMUX`` until the multiplexer ends.

    Args:
        new_terminal: For each channel that is opened.
        transmit: Takes bytes for the wire.
        backlog: How many of them wait at the port.
        ended: Called when the line carries commands again.
    """

    def __init__(
        self,
        device: Device,
        parameters: MuxParameters,
        *,
        new_terminal: NewTerminal,
        transmit: Callable[[bytes], None],
        backlog: Callable[[], int],
        ended: Callable[[], None],
    ) -> None:
        self._device = device
        self._session = MuxSession(Role.RESPONDER, parameters, now=device.now)
        self._new_terminal = new_terminal
        self._transmit = transmit
        self._backlog = backlog
        self._ended = ended
        self._channels: dict[int, _Channel] = {}
        self._timer: Timer | None = None
        self._plan()

    def receive(self, data: bytes) -> None:
        """Bytes from the wire."""
        self._session.receive(data, self._device.now)
        self._handle()

    def terminals(self) -> Iterator[Terminal]:
        """Those of the open channels."""
        for channel in self._channels.values():
            yield channel.terminal

    def settle(self) -> None:
        """After everything that happens: tell the signals that have changed, and send what may be sent."""
        for dlci, channel in self._channels.items():
            terminal = channel.terminal
            signals = Signals(stopped=terminal.full, carrier=terminal.stream is not None)
            if signals != channel.signals:
                channel.signals = signals
                self._session.set_signals(dlci, signals, self._device.now)
        self._handle()

    def drop(self) -> None:
        """The power went: no word of it."""
        if self._timer is not None:
            self._timer.cancel()
        for channel in self._channels.values():
            channel.terminal.hang_up()
        self._channels.clear()

    # -- inner workings

    def _handle(self) -> None:
        while events := self._session.take_events():
            for event in events:
                self._take_event(event)
            self._flush()
        self._flush()
        self._plan()

    def _take_event(self, event: MuxEvent) -> None:
        match event:
            case ChannelUp(dlci):
                self._channels[dlci] = self._open(dlci)
            case ChannelData(dlci, octets):
                self._channels[dlci].terminal.receive(octets)
            case ChannelSignals(dlci, signals):
                channel = self._channels[dlci]
                if channel.ready and not signals.ready:
                    channel.terminal.dtr_dropped()
                channel.ready = signals.ready
            case ChannelRoom(dlci):
                self._refill(dlci)
            case ChannelDown(dlci):
                if (closed := self._channels.pop(dlci, None)) is not None:
                    closed.terminal.hang_up()
            case MuxDown():
                self._flush()
                self._ended()

    def _open(self, dlci: int) -> _Channel:
        channel = _Channel()
        channel.terminal = self._new_terminal(
            lambda data: self._send(dlci, channel, data),
            lambda: len(channel.waiting) + self._session.queued(dlci) + self._backlog(),
        )
        return channel

    def _send(self, dlci: int, channel: _Channel, data: bytes) -> None:
        if self._channels.get(dlci) is not channel:
            return
        if len(channel.waiting) + len(data) <= MAX_OUTPUT:
            channel.waiting += data
            self._refill(dlci)
            self._flush()

    def _refill(self, dlci: int) -> None:
        channel = self._channels.get(dlci)
        if channel is not None and channel.waiting:
            del channel.waiting[: self._session.send(dlci, bytes(channel.waiting))]

    def _flush(self) -> None:
        while data := self._session.take_bytes():
            self._transmit(data)

    def _plan(self) -> None:
        due = self._session.next_wake()
        if self._timer is not None:
            if self._timer.callback is not None and self._timer.when == due:
                return
            self._timer.cancel()
        self._timer = None
        if due is not None and self._session.down is None:
            self._timer = self._device.after(max(0.0, due - self._device.now), self._ring)

    def _ring(self) -> None:
        self._timer = None
        self._session.advance(self._device.now)
        self._handle()
