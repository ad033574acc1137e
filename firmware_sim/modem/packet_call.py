"""Dial-up: ``ATD*99#`` and ``+CGDATA`` put the terminal into data mode with PPP (3GPP TS 27.007 10.2.1, 10.1.12)."""

import re
from typing import ClassVar

from firmware_sim.modem.commands import Arguments, Command, Table
from firmware_sim.modem.device import Device
from firmware_sim.modem.outcomes import CmeRefusedError, Connect, Done, Later, Outcome, RefusedError
from firmware_sim.modem.packet_data import PacketData
from firmware_sim.modem.ppp import PppPeer
from firmware_sim.modem.ppp.negotiation import RESTART_S
from firmware_sim.modem.terminal import NO_CARRIER, Terminal

NUMBER = re.compile(r"\*99(\*[^*#]*){0,3}#?$")
"""``*99***<cid>#`` and its shorter forms; also ``*98`` and others are seen, and refused."""


class PacketCalls:
    """One packet call at a time: there is one PDP context."""

    def __init__(self, device: Device, packet: PacketData) -> None:
        self.device = device
        self._packet = packet
        self._call: _Call | None = None
        packet.on_lost.append(self._lost)

    def reset(self) -> None:
        """The power went: so did the call."""
        self._call = None

    def dial(self) -> Outcome:
        """``CONNECT``, or ``NO CARRIER`` where the network gives no context."""
        self.device.ready_card()
        if self._call is not None:
            return Done(final=NO_CARRIER)
        return Later(self._packet.open_delay_s, self._connect, abort=lambda: Done(final=NO_CARRIER))

    def _connect(self) -> Outcome:
        try:
            address = self._packet.open(self._packet.apn)
        except RefusedError:
            return Done(final=NO_CARRIER)
        self._call = _Call(self, self.device, self._packet, address)
        return Connect(self._call)

    def over(self) -> None:
        """The call has ended, and its context with it."""
        self._call = None
        self._packet.close()

    def _lost(self) -> None:
        call, self._call = self._call, None
        if call is not None:
            call.carrier_lost()

    def _cgdata(self, arguments: Arguments) -> Outcome:
        if arguments.string(0, "PPP").upper() != "PPP" or arguments.number(1, 1) != 1:
            raise CmeRefusedError(50)
        return self.dial()

    table: ClassVar[Table["PacketCalls"]] = {
        "+CGDATA": Command('("PPP")', None, _cgdata, lambda f: f.dial()),
    }


class _Call:
    """The stream behind the terminal: PPP with the network's end."""

    full = False  # the peer takes all: it keeps nothing

    def __init__(self, calls: PacketCalls, device: Device, packet: PacketData, address: str) -> None:
        self._calls = calls
        self._device = device
        self._terminal: Terminal = device.terminal
        self._live = True
        self._peer = PppPeer(
            address,
            device.random.getrandbits(32),
            send=self._send,
            count=packet.count,
            ended=self._ended,
        )

    def from_terminal(self, data: bytes) -> None:
        """PPP frames of the DTE."""
        self._peer.receive(data)

    def resumed(self) -> None:
        """The first time it begins to negotiate."""
        if self._live:
            self._peer.begin()
            self._device.after(RESTART_S, self._tick)

    def hang_up(self) -> None:
        """ATH, DTR or the power."""
        if self._live:
            self._live = False
            self._calls.over()

    def carrier_lost(self) -> None:
        """The network took the context away."""
        self._live = False
        self._terminal.stream_ended(self)

    def _tick(self) -> None:
        if self._live and not self._peer.up:
            self._peer.tick()
            self._device.after(RESTART_S, self._tick)

    def _send(self, data: bytes) -> None:
        if self._terminal.in_data_mode:
            self._terminal.from_stream(data)

    def _ended(self) -> None:
        if self._live:
            self._live = False
            self._calls.over()
            self._terminal.stream_ended(self)
