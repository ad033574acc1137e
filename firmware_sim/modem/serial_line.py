"""One serial line of the modem: what comes in at one port, and the terminal that answers there.

A modem has as many lines as ports that are in use at once; each has its own echo, its own pending command, its own
data mode, as the AT ports of a USB modem have. Behind AT+CMUX there is a terminal for each channel instead. What a
line was left in stays when its client goes, and the next client finds it.
"""

from collections.abc import Callable, Iterator

from at_commands.cmux_dlc import MuxParameters
from at_commands.grammar import ParsedCommand
from firmware_sim.faults.byte_line import Wire
from firmware_sim.modem.actions import Transmit
from firmware_sim.modem.device import Device, Power
from firmware_sim.modem.muxed_line import MuxedLine
from firmware_sim.modem.outcomes import Outcome
from firmware_sim.modem.profile import Profile
from firmware_sim.modem.terminal import Terminal
from firmware_sim.modem.timers import Timer


class _Wires:
    """Both directions of a line that faults may touch."""

    def __init__(self, tx: Wire, rx: Wire) -> None:
        self.tx = tx
        self.rx = rx
        self.timer: Timer | None = None

    def clear(self) -> None:
        self.tx.clear()
        self.rx.clear()
        self.timer = None


class SerialLine:
    """One line.

    Attributes:
        backlog: Bytes that its port could not pass on yet, as the shell sees it.
    """

    def __init__(
        self,
        number: int,
        device: Device,
        stored_profile: Callable[[], Profile],
        call: Callable[[ParsedCommand], Outcome],
    ) -> None:
        self.number = number
        self.backlog: Callable[[], int] = lambda: 0
        self._device = device
        self._call = call
        self._stored_profile = stored_profile
        self._wires: _Wires | None = None
        self._mux: MuxedLine | None = None
        self._main = self._new_terminal(self._transmit, lambda: self.backlog())
        self._main.multiplex = self._multiplex

    def receive(self, data: bytes) -> None:
        """Bytes came in."""
        wires = self._faulty_wires()
        if wires is None:
            self._hear(data)
        else:
            wires.rx.put(data, self._device.now)
            self._deliver(wires)

    def _hear(self, data: bytes) -> None:
        (self._mux or self._main).receive(data)

    def dtr_dropped(self) -> None:
        """The client closed its end. A multiplexer has DTR in its channels' signals."""
        if self._mux is None:
            self._main.dtr_dropped()

    def terminals(self) -> Iterator[Terminal]:
        """Those that say URCs."""
        if self._mux is None:
            yield self._main
        else:
            yield from self._mux.terminals()

    def settle(self) -> None:
        """After everything that happens."""
        if self._mux is not None:
            self._mux.settle()

    @property
    def full(self) -> bool:
        """Takes no more for now: a stream's far end is slower than the client."""
        return self._mux is None and self._main.full

    def reset(self) -> None:
        """Power came or went; what is under way on the wires is lost."""
        if self._wires is not None:
            self._wires.clear()
        if self._mux is not None:
            self._mux.drop()
            self._mux_ended()
        self._main.reset(self._stored_profile())

    def _new_terminal(self, send: Callable[[bytes], None], backlog: Callable[[], int]) -> Terminal:
        return Terminal(self._device, self._stored_profile(), call=self._call, send=send, backlog=backlog)

    def _multiplex(self, parameters: MuxParameters) -> None:
        self._mux = MuxedLine(
            self._device,
            parameters,
            new_terminal=self._new_terminal,
            transmit=self._transmit,
            backlog=lambda: self.backlog(),
            ended=self._mux_ended,
        )
        if early := self._main.take_input():
            self._mux.receive(early)

    def _mux_ended(self) -> None:
        self._mux = None
        self._device.terminal = self._main

    def _transmit(self, data: bytes) -> None:
        wires = self._faulty_wires()
        if not data:
            return
        if wires is None:
            self._device.do(Transmit(data, self.number))
        else:
            wires.tx.put(data, self._device.now)
            self._deliver(wires)

    # -- faults of the bytes

    def _faulty_wires(self) -> _Wires | None:
        faults = self._device.faults
        if faults is not None and self._wires is None:
            self._wires = _Wires(faults.injector.wire("tx"), faults.injector.wire("rx"))
        return self._wires

    def _deliver(self, wires: _Wires) -> None:
        """Pass on what has arrived, and be called again for what has not."""
        device = self._device
        for piece in wires.tx.take(device.now):
            device.do(Transmit(piece, self.number))
        for piece in wires.rx.take(device.now):
            if device.power is Power.ON:
                self._hear(piece)
        later = [at for at in (wires.tx.next_at(), wires.rx.next_at()) if at is not None]
        if later and (wires.timer is None or wires.timer.callback is None or min(later) < wires.timer.when):
            if wires.timer is not None:
                wires.timer.cancel()
            wires.timer = device.timers.at(min(later), lambda: self._deliver(wires))
