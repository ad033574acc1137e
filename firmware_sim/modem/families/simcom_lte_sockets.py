"""SIMCom's NETOPEN stack, ten connections (SIM7500_SIM7600 Series TCPIP Application Note V1.00, A76XX Series TCPIP
Application Note V1.01).

    closed ─NETOPEN─► opening ─► open ─NETCLOSE─► closed
                         │        └── the network takes the context: +CIPEVENT, closed
                         └── refused: +NETOPEN: 1, closed

Most commands say OK first and their result, with an error number, behind it. ``CIPMODE=1`` sends connection 0 through
data mode.
"""

from enum import IntEnum
from typing import ClassVar, Final

from firmware_sim.modem import timing
from firmware_sim.modem.commands import Arguments, Command, Table, remembered
from firmware_sim.modem.connections import Connection, Connections
from firmware_sim.modem.outcomes import (
    Connect,
    Done,
    Later,
    Outcome,
    Pending,
    Prompt,
    RefusedError,
    info,
)
from firmware_sim.modem.parts import Parts
from firmware_sim.modem.transparent import TransparentStream

LINKS: Final = range(10)
MAX_READ: Final = 1500

NOT_OPEN: Final = "+IP ERROR: Network not opened"
NO_DATA: Final = "+IP ERROR: No data"


class NetworkState(IntEnum):
    """``+NETOPEN?``; a state on the way counts as closed there."""

    CLOSED = 0
    OPENING = 2
    OPEN = 1


class SocketError(IntEnum):
    """``<err>`` of the results (application note, 3.1)."""

    NONE = 0
    NETWORK_FAILURE = 1
    NETWORK_NOT_OPENED = 2
    WRONG_PARAMETER = 3
    NOT_SUPPORTED = 4
    BUSY = 8
    TIMEOUT = 10


class NetworkSockets:
    """``+NETOPEN`` to ``+NETCLOSE``."""

    def __init__(self, parts: Parts) -> None:
        self.device = parts.device
        self._packet = packet = parts.packet
        self._connections = Connections(parts.device, packet, self)
        self._dialling: dict[int, Pending] = {}  # CIPOPENs of transparent mode
        self._state = NetworkState.CLOSED
        self._manual = self._transparent = False
        packet.on_lost.append(self._context_lost)

    def reset(self) -> None:
        """Power came or went."""
        self._connections.close_all()
        self._dialling.clear()
        self._state = NetworkState.CLOSED
        self._manual = self._transparent = False

    # -- what becomes of connections

    def connection_opened(self, connection: Connection) -> None:
        """The real connection stands."""
        dialling = self._dialling.pop(connection.number, None)
        if dialling is None:
            self._tell(connection, "+CIPOPEN", SocketError.NONE)
        else:
            stream = TransparentStream(self._connections, connection, lambda: None)
            dialling.complete(Connect(stream, f"CONNECT {self.device.settings.fixed_baud or 115200}"))

    def connection_failed(self, connection: Connection) -> None:
        """There is none to be had."""
        if connection.number in self._dialling:
            self._give_up_dialling(connection.number)
        else:
            self._tell(connection, "+CIPOPEN", SocketError.TIMEOUT)

    def connection_received(self, connection: Connection, data: bytes) -> None:
        """Announced once until it is read, or printed with its sender."""
        if not connection.buffered:
            sender = f"\r\nRECV FROM:{connection.host}:{connection.port}\r\n+IPD{len(data)}\r\n"
            self.device.urc(sender.encode() + data, connection.terminal)
        elif len(connection.received) == len(data):
            self.device.urc(f"+CIPRXGET: 1,{connection.number}", connection.terminal)

    def connection_closed(self, connection: Connection) -> None:
        """The peer hung up."""
        if connection.stream is not None:
            connection.stream.ended("CLOSED")
        self.device.urc(f"+IPCLOSE: {connection.number},1", connection.terminal)

    def _tell(self, connection: Connection, name: str, error: SocketError) -> None:
        self.device.urc(f"{name}: {connection.number},{error}", connection.terminal)

    # -- the context

    def _netopen(self) -> Outcome:
        if self._state is not NetworkState.CLOSED:
            return _refused("+IP ERROR: Network is already opened")
        self._state = NetworkState.OPENING
        terminal = self.device.terminal

        def opened() -> None:
            if self._state is not NetworkState.OPENING:
                return
            try:
                self._packet.open(self._packet.apn)
            except RefusedError:
                self._state = NetworkState.CLOSED
            else:
                self._state = NetworkState.OPEN
            failed = self._state is NetworkState.CLOSED
            self.device.urc(f"+NETOPEN: {int(failed)}", terminal)

        self.device.after(self._packet.open_delay_s, opened)
        return info()

    def _netclose(self) -> Outcome:
        if self._state is NetworkState.CLOSED:
            return _refused(f"+NETCLOSE: {SocketError.NETWORK_NOT_OPENED}")
        terminal = self.device.terminal
        self._close_all()
        self._packet.close()
        delay_s = self.device.latency(timing.PDP_CLOSE)
        self.device.after(delay_s, lambda: self.device.urc("+NETCLOSE: 0", terminal))
        return info()

    def _context_lost(self) -> None:
        if self._state is NetworkState.OPEN:
            self._close_all("CLOSED")
            self.device.urc("+CIPEVENT: NETWORK CLOSED UNEXPECTEDLY")

    def _close_all(self, final: str | None = None) -> None:
        self._state = NetworkState.CLOSED
        for connection in self._connections.all():
            if connection.open and connection.stream is not None:
                if final is None:
                    connection.stream.forget()
                else:
                    connection.stream.ended(final)
        self._connections.close_all()
        for number in tuple(self._dialling):
            self._give_up_dialling(number)

    def _give_up_dialling(self, number: int) -> None:
        """Another line, or the network, ended what a CIPOPEN of transparent mode waits for."""
        dialling = self._dialling.pop(number, None)
        if dialling is not None:
            dialling.complete(Done(final="CONNECT FAIL"))

    def _ipaddr(self) -> Outcome:
        if self._state is not NetworkState.OPEN:
            return _refused(NOT_OPEN)
        return info(f"+IPADDR: {self._packet.ip}")

    # -- connections

    def _cipopen(self, arguments: Arguments) -> Outcome:
        number, protocol = arguments.number(0), arguments.string(1).upper()
        if self._state is not NetworkState.OPEN:
            return _refused(f"+CIPOPEN: {number},{SocketError.NETWORK_NOT_OPENED}")
        host, port = arguments.string(2, ""), arguments.number(3, 0)
        if number not in LINKS or protocol not in ("TCP", "UDP") or not host or not 0 < port < 65536:
            return _refused(f"+CIPOPEN: {number},{SocketError.WRONG_PARAMETER}")
        if protocol == "UDP":  # there is no UDP in this simulation
            return _refused(f"+CIPOPEN: {number},{SocketError.NOT_SUPPORTED}")
        present = self._connections.get(number)
        if (present is not None and not present.over) or (self._transparent and number):
            return _refused(f"+CIPOPEN: {number},{SocketError.NOT_SUPPORTED}")
        connection = self._connections.begin(number, host, port, buffered=self._manual or self._transparent)
        self.device.after(0, lambda: self._connections.dial(connection))
        if not self._transparent:
            return info()
        pending = self._dialling[number] = Pending()
        return pending

    def _opened(self) -> Outcome:
        if self._state is not NetworkState.OPEN:
            return _refused(NOT_OPEN)
        lines = []
        for number in LINKS:
            connection = self._connections.get(number)
            where = (
                f',"TCP","{connection.host}",{connection.port},-1' if connection and connection.open else ""
            )
            lines.append(f"+CIPOPEN: {number}{where}")
        return info(*lines)

    def _cipclose(self, arguments: Arguments) -> Outcome:
        number = arguments.number(0, allowed=LINKS)
        if self._state is not NetworkState.OPEN:
            return _refused(f"+CIPCLOSE: {number},{SocketError.NETWORK_NOT_OPENED}")
        connection = self._connections.get(number)
        if connection is None or connection.over:
            return _refused(f"+CIPCLOSE: {number},{SocketError.NOT_SUPPORTED}")
        self._connections.close(number)
        self._give_up_dialling(number)
        if connection.stream is not None:
            connection.stream.forget()
        delay_s = self.device.latency(timing.SOCKET_CLOSE)
        self.device.after(delay_s, lambda: self._tell(connection, "+CIPCLOSE", SocketError.NONE))
        return info()

    def _states(self) -> Outcome:
        found = (self._connections.get(number) for number in LINKS)
        return info(f"+CIPCLOSE: {','.join(str(int(each is not None and each.open)) for each in found)}")

    def _cipsend(self, arguments: Arguments) -> Outcome:
        number = arguments.number(0, allowed=LINKS)
        length = arguments.number(1) if len(arguments) > 1 and arguments.values[1] else None
        connection = self._connections.get(number)
        if connection is None or not connection.open:
            return _refused(
                f"+CIPERROR: {SocketError.NETWORK_NOT_OPENED if not self._state else SocketError.NOT_SUPPORTED}"
            )
        if length is not None and not 0 < length <= MAX_READ:
            return _refused(f"+CIPERROR: {SocketError.WRONG_PARAMETER}")
        return Prompt(lambda data: self._send(connection, data), length)

    def _send(self, connection: Connection, data: bytes) -> Outcome:
        """OK when it is taken for sending, and how much was behind it."""
        head, failed = f"+CIPSEND: {connection.number},{len(data)}", Done(("+CIPERROR: 1",), final="ERROR")
        outcome = self._connections.send(connection, data, done=info(), failed=failed, at_once=True)
        if outcome is failed:
            return failed
        self.device.after(0, lambda: self.device.urc(f"{head},{len(data)}", connection.terminal))
        return outcome

    def _ciprxget(self, arguments: Arguments) -> Outcome:
        mode = arguments.number(0, allowed=range(5))
        if mode in (0, 1):
            self._manual = mode == 1
            return info()
        number = arguments.number(1, allowed=LINKS)
        if self._state is not NetworkState.OPEN:
            return _refused(NOT_OPEN)
        connection = self._connections.get(number)
        if connection is None or not connection.buffered:
            return _refused(NO_DATA)
        if mode == 4:
            return info(f"+CIPRXGET: 4,{number},{len(connection.received)}")
        length = arguments.number(2, MAX_READ, allowed=range(1, MAX_READ + 1))
        data = connection.take(length if mode == 2 else min(length, MAX_READ // 2))
        if not data:
            return _refused(NO_DATA)
        header = f"+CIPRXGET: {mode},{number},{len(data)},{len(connection.received)}\r\n".encode()
        return info(header + (data if mode == 2 else data.hex().upper().encode()))

    def _cipmode(self, arguments: Arguments) -> Outcome:
        wanted = bool(arguments.number(0, allowed=range(2)))
        if self._state is not NetworkState.CLOSED:
            raise RefusedError
        self._transparent = wanted
        return info()

    def _cdnsgip(self, arguments: Arguments) -> Outcome:
        """Names of this machine only; there is no other world behind this network."""
        name = arguments.string(0)
        if self._packet.ip is None or name.lower() not in self.device.settings.allowed_hosts:
            return _refused("+CDNSGIP: 0,10")
        return Later(0, lambda: info(f'+CDNSGIP: 1,"{name}","127.0.0.1"'))

    table: ClassVar[Table["NetworkSockets"]] = {
        "+NETOPEN": Command(
            "", lambda f: info(f"+NETOPEN: {int(f._state is NetworkState.OPEN)}"), None, _netopen
        ),
        "+NETCLOSE": Command("", execute=_netclose),
        "+IPADDR": Command("", execute=_ipaddr),
        "+CIPOPEN": Command('(0-9),("TCP","UDP")', _opened, _cipopen),
        "+CIPCLOSE": Command("(0-9)", _states, _cipclose),
        "+CIPSEND": Command("(0-9),(1-1500)", None, _cipsend),
        "+CIPRXGET": Command(
            "(0-4),(0-9),(1-1500)", lambda f: info(f"+CIPRXGET: {int(f._manual)}"), _ciprxget
        ),
        "+CIPMODE": Command("(0,1)", lambda f: info(f"+CIPMODE: {int(f._transparent)}"), _cipmode),
        "+CDNSGIP": Command("", None, _cdnsgip),
        "+CIPTIMEOUT": remembered("+CIPTIMEOUT", "120000,120000,120000"),
        "+CIPCCFG": remembered("+CIPCCFG", "10,0,0,0,1,0,500"),
        "+CIPHEAD": remembered("+CIPHEAD", "1", "(0,1)"),
        "+CIPSRIP": remembered("+CIPSRIP", "1", "(0,1)"),
    }


def _refused(line: str) -> Outcome:
    """A reason and ERROR."""
    return Done((line,), final="ERROR")
