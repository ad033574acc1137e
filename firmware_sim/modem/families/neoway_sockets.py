"""Neoway's XIIC stack, two connections (Neoway M590 AT Command Sets V3.0, 8).

    closed ─XIIC=1─► on the way ─► open ─XIIC=0─► closed

The session comes and goes without a word. A connection's bytes are printed as they come: ``+TCPRECV:0,5,hello``.
"""

import ipaddress
from typing import ClassVar, Final

from firmware_sim.modem import timing
from firmware_sim.modem.commands import Arguments, Command, Table, remembered
from firmware_sim.modem.connections import Connection, Connections
from firmware_sim.modem.outcomes import CmeRefusedError, Done, Outcome, Prompt, RefusedError, info
from firmware_sim.modem.parts import Parts
from firmware_sim.modem.timers import Timer

LINKS: Final = range(2)
MAX_SEND: Final = 1024
SEND_WINDOW: Final = 4095
"""Room for data to be sent, as +IPSTATUS has it."""


class PushedSockets:
    """``+XIIC``, ``+TCPSETUP`` to ``+TCPCLOSE``, ``+DNS``."""

    def __init__(self, parts: Parts) -> None:
        self.device = parts.device
        self._packet = packet = parts.packet
        self._connections = Connections(parts.device, packet, self)
        self._opening: Timer | None = None
        packet.on_lost.append(self._context_lost)

    def reset(self) -> None:
        """Power came or went."""
        self._connections.close_all()
        self._opening = None

    # -- what becomes of connections

    def connection_opened(self, connection: Connection) -> None:
        """The real connection stands."""
        self._tell(connection, "+TCPSETUP", "OK")

    def connection_failed(self, connection: Connection) -> None:
        """There is none to be had."""
        self._tell(connection, "+TCPSETUP", "FAIL")

    def connection_received(self, connection: Connection, data: bytes) -> None:
        """Printed as it comes."""
        head = f"\r\n+TCPRECV:{connection.number},{len(data)},".encode()
        self.device.urc(head + data + b"\r\n", connection.terminal)

    def connection_closed(self, connection: Connection) -> None:
        """The peer hung up."""
        self._tell(connection, "+TCPCLOSE", "Link Closed")

    def _tell(self, connection: Connection, name: str, result: str) -> None:
        self.device.urc(f"{name}:{connection.number},{result}", connection.terminal)

    # -- the session

    def _xiic(self) -> Outcome:
        """Four spaces stand before the state."""
        address = self._packet.ip
        return info(f"+XIIC:    {int(address is not None)}, {address or '0.0.0.0'}")

    def _set_xiic(self, arguments: Arguments) -> Outcome:
        if not arguments.number(0, allowed=range(2)):
            self._cancel_opening()
            self._connections.close_all()
            self._packet.close()
            return info()
        self.device.ready_card()
        if self._packet.ip is None and self._opening is None:
            self._opening = self.device.after(self._packet.open_delay_s, self._open)
        return info()

    def _open(self) -> None:
        self._opening = None
        try:
            self._packet.open(self._packet.apn)
        except RefusedError:
            return  # it shows in +XIIC? only

    def _cancel_opening(self) -> None:
        if self._opening is not None:
            self._opening.cancel()
            self._opening = None

    def _context_lost(self) -> None:
        for connection in self._connections.all():
            if not connection.over:
                self._tell(connection, "+TCPCLOSE", "Link Closed")
        self._connections.close_all()

    # -- connections

    def _tcpsetup(self, arguments: Arguments) -> Outcome:
        number, address, port = arguments.number(0), arguments.string(1), arguments.number(2)
        present = self._connections.get(number)
        if number not in LINKS or not 0 < port < 65536 or (present is not None and not present.over):
            return _refused("+TCPSETUP:Error")
        try:
            ipaddress.ip_address(address)
        except ValueError:
            return _refused("+TCPSETUP:Error")
        if self._packet.ip is None:
            return _refused("+TCPSETUP:Error")
        connection = self._connections.begin(number, address, port, buffered=False)
        self.device.after(0, lambda: self._connections.dial(connection))
        return info()

    def _tcpsend(self, arguments: Arguments) -> Outcome:
        number, length = arguments.number(0), arguments.number(1)
        connection = self._connections.get(number)
        if connection is None or not connection.open:
            return _refused("+TCPSEND:SOCKET ID OPEN FAILED")
        if not 0 < length <= MAX_SEND:
            return _refused("+TCPSEND:DATA LENGTH ERROR")
        return Prompt(lambda data: self._send(connection, data), length)

    def _send(self, connection: Connection, data: bytes) -> Outcome:
        failed = _refused(f"+TCPSEND:{connection.number},FAIL")
        outcome = self._connections.send(connection, data, done=info(), failed=failed, at_once=True)
        if outcome is not failed:
            self.device.after(0, lambda: self._tell(connection, "+TCPSEND", str(len(data))))
        return outcome

    def _tcpclose(self, arguments: Arguments) -> Outcome:
        number = arguments.number(0)
        connection = self._connections.get(number)
        if connection is None or connection.over:
            return _refused("+TCPCLOSE:Error")
        self._connections.close(number)
        delay_s = self.device.latency(timing.SOCKET_CLOSE)
        self.device.after(delay_s, lambda: self._tell(connection, "+TCPCLOSE", "OK"))
        return info()

    def _ipstatus(self, arguments: Arguments) -> Outcome:
        number = arguments.number(0, allowed=LINKS)
        connection = self._connections.get(number)
        if connection is None or not connection.open:
            return info(f"+IPSTATUS:{number},DISCONNECT")
        return info(f"+IPSTATUS:{number},CONNECT,TCP,{max(0, SEND_WINDOW - connection.unsent)}")

    def _dns(self, arguments: Arguments) -> Outcome:
        """Names of this machine only; there is no other world behind this network."""
        name, terminal = arguments.string(0), self.device.terminal
        if self._packet.ip is None:
            raise CmeRefusedError(3)
        known = name.lower() in self.device.settings.allowed_hosts

        def tell() -> None:
            for text in ("+DNS:127.0.0.1", "+DNS:OK") if known else ("+DNS:Error",):
                self.device.urc(text, terminal)

        self.device.after(0, tell)
        return info()

    table: ClassVar[Table["PushedSockets"]] = {
        "+XISP": remembered("+XISP", "0", "(0,1)"),
        "+XIIC": Command("(0,1)", _xiic, _set_xiic),
        "+TCPSETUP": Command("(0,1),<ip>,<port>", None, _tcpsetup),
        "+TCPSEND": Command("(0,1),(1-1024)", None, _tcpsend),
        "+TCPCLOSE": Command("(0,1)", None, _tcpclose),
        "+IPSTATUS": Command("(0,1)", None, _ipstatus),
        "+DNS": Command("", None, _dns),
    }


def _refused(line: str) -> Outcome:
    """What is wrong, and ERROR."""
    return Done((line,), final="ERROR")
