"""Quectel's QIOPEN stack, twelve connections (EC2x&EG9x TCP/IP AT Commands Manual V1.0, LTE Standard TCP/IP Application
Note V1.1).

    closed ─QIACT─► open ─QIDEACT─► closed
                     └── the network takes the context: "pdpdeact", lost ─QIDEACT─► closed

A connection has one of three access modes: what arrives waits to be read (and is announced once until it was read
empty), is printed behind a head that tells its length, or passes through data mode. Its number is taken until QICLOSE,
also when it failed or the peer has hung up.
"""

from enum import Enum, IntEnum
from typing import ClassVar, Final, Never

from firmware_sim.modem import timing
from firmware_sim.modem.commands import Arguments, Command, Table
from firmware_sim.modem.connections import MAX_SEND, SEND_BUFFER, Connection, Connections
from firmware_sim.modem.outcomes import Connect, Done, Later, Outcome, Pending, Prompt, RefusedError, info
from firmware_sim.modem.parts import Parts
from firmware_sim.modem.terminal import NO_CARRIER
from firmware_sim.modem.transparent import TransparentStream

LINKS: Final = range(12)
MAX_READ: Final = 1500
CONTEXT: Final = 1
"""The only context that can be activated here, of 16."""

_FIRST_LOCAL_PORT: Final = 49152


class ContextState(Enum):
    """Where context 1 stands."""

    CLOSED = 0
    OPEN = 1
    LOST = 2


class AccessMode(IntEnum):
    """What becomes of data that arrive."""

    BUFFER = 0
    PUSH = 1
    TRANSPARENT = 2


class SocketState(IntEnum):
    """``<socket_state>`` of ``+QISTATE``."""

    OPENING = 1
    CONNECTED = 2
    CLOSING = 4


class SocketError(IntEnum):
    """``<err>`` of ``+QIOPEN`` and ``+QIGETERROR`` (manual, 4)."""

    NONE = 0
    WRONG_PARAMETERS = 552
    NOT_SUPPORTED = 555
    NO_CONTEXT = 561
    IN_USE = 563
    CONNECT_FAILED = 566
    CLOSED = 567
    CONTEXT_BROKEN = 570
    NOT_ALLOWED = 572


WORDS: Final = {
    SocketError.NONE: "operate successfully",
    SocketError.WRONG_PARAMETERS: "invalid parameters",
    SocketError.NOT_SUPPORTED: "operation not supported",
    SocketError.NO_CONTEXT: "open PDP context failed",
    SocketError.IN_USE: "socket identity has been used",
    SocketError.CONNECT_FAILED: "socket connect failed",
    SocketError.CLOSED: "socket has been closed",
    SocketError.CONTEXT_BROKEN: "PDP context broken down",
    SocketError.NOT_ALLOWED: "operation not allowed",
}


class _Link:
    """One taken number: its connection and how it is used."""

    def __init__(self, connection: Connection, mode: AccessMode) -> None:
        self.connection = connection
        self.mode = mode
        self.n_received = 0
        self.dialling: Pending | None = None  # a QIOPEN of transparent mode

    @property
    def state(self) -> SocketState:
        if self.connection.open:
            return SocketState.CONNECTED
        return SocketState.CLOSING if self.connection.over else SocketState.OPENING

    def give_up_dialling(self) -> None:
        """There is no connection: a QIOPEN of transparent mode need not wait."""
        if self.dialling is not None:
            self.dialling.complete(Done(final="ERROR"))


class QuectelLteSockets:
    """``+QICSGP`` to ``+QIDEACT``."""

    def __init__(self, parts: Parts) -> None:
        self.device = parts.device
        self._packet = packet = parts.packet
        self._connections = Connections(parts.device, packet, self)
        self._links: dict[int, _Link] = {}
        self._start_afresh()
        packet.on_lost.append(self._context_lost)

    def reset(self) -> None:
        """Power came or went."""
        self._connections.close_all()
        self._start_afresh()

    def _start_afresh(self) -> None:
        self._links.clear()
        self._state = ContextState.CLOSED
        self._user, self._authentication = "", 0
        self._error = SocketError.NONE

    # -- what becomes of connections

    def connection_opened(self, connection: Connection) -> None:
        """The real connection stands."""
        link = self._links[connection.number]
        if link.dialling is None:
            self._tell_opened(link, SocketError.NONE)
        else:
            link.dialling.complete(Connect(self._stream(link)))

    def connection_failed(self, connection: Connection) -> None:
        """There is none to be had."""
        link = self._links[connection.number]
        self._error = SocketError.CONNECT_FAILED
        if link.dialling is None:
            self._tell_opened(link, SocketError.CONNECT_FAILED)
        else:
            link.give_up_dialling()

    def connection_received(self, connection: Connection, data: bytes) -> None:
        """Announced once until it is read, or printed behind its length."""
        link, head = self._links[connection.number], f'+QIURC: "recv",{connection.number}'
        link.n_received += len(data)
        if link.mode is AccessMode.PUSH:
            self.device.urc(f"\r\n{head},{len(data)}\r\n".encode() + data + b"\r\n", connection.terminal)
        elif len(connection.received) == len(data):
            self.device.urc(head, connection.terminal)

    def connection_closed(self, connection: Connection) -> None:
        """The peer hung up."""
        if connection.stream is not None:
            connection.stream.ended(NO_CARRIER)
        else:
            self.device.urc(f'+QIURC: "closed",{connection.number}', connection.terminal)

    def _tell_opened(self, link: _Link, error: SocketError) -> None:
        self.device.urc(f"+QIOPEN: {link.connection.number},{error}", link.connection.terminal)

    def _stream(self, link: _Link) -> TransparentStream:
        number = link.connection.number
        return TransparentStream(self._connections, link.connection, lambda: self._forget(number))

    def _forget(self, number: int) -> None:
        self._links.pop(number, None)

    # -- the context

    def _qicsgp(self, arguments: Arguments) -> Outcome:
        self._require_context(arguments)
        if len(arguments) == 1:
            return info(f'+QICSGP: 1,"{self._packet.apn}","{self._user}","",{self._authentication}')
        self._check(arguments.number(1) in range(1, 4), SocketError.WRONG_PARAMETERS)
        self._packet.apn = arguments.string(2, "")
        self._user, self._authentication = arguments.string(3, ""), arguments.number(5, 0)
        return info()

    def _contexts(self) -> Outcome:
        """The active ones."""
        return info(*([f'+QIACT: {CONTEXT},1,1,"{self._packet.ip}"'] if self._is_open else []))

    @property
    def _is_open(self) -> bool:
        return self._state is ContextState.OPEN

    def _qiact(self, arguments: Arguments) -> Outcome:
        self._require_context(arguments)
        self._check(self._state is ContextState.CLOSED, SocketError.NOT_ALLOWED)

        def activate() -> Outcome:
            try:
                self._packet.open(self._packet.apn)
            except RefusedError:
                self._refuse(SocketError.NO_CONTEXT)
            self._state = ContextState.OPEN
            return info()

        return Later(self._packet.open_delay_s, activate)

    def _qideact(self, arguments: Arguments) -> Outcome:
        self._require_context(arguments)
        had_context, self._state = self._is_open, ContextState.CLOSED
        for link in self._links.values():
            if link.connection.stream is not None:
                link.connection.stream.forget()
        self._hang_up()
        if had_context:
            self._packet.close()
        return Later(self.device.latency(timing.PDP_CLOSE) if had_context else 0, info)

    def _context_lost(self) -> None:
        if not self._is_open:
            return
        self._state, self._error = ContextState.LOST, SocketError.CONTEXT_BROKEN
        for link in self._links.values():
            if link.connection.open and link.connection.stream is not None:
                link.connection.stream.ended(NO_CARRIER)
        self._hang_up()
        self.device.urc(f'+QIURC: "pdpdeact",{CONTEXT}')

    def _hang_up(self) -> None:
        self._connections.close_all()
        for link in self._links.values():
            link.give_up_dialling()
        self._links.clear()

    # -- connections

    def _qiopen(self, arguments: Arguments) -> Outcome:
        self._require_context(arguments)
        number, service = arguments.number(1), arguments.string(2).upper()
        host, port = arguments.string(3), arguments.number(4)
        arguments.number(5, 0, allowed=range(65536))
        mode = AccessMode(arguments.number(6, 0, allowed=range(3)))
        self._check(number in LINKS and bool(host) and 0 < port < 65536, SocketError.WRONG_PARAMETERS)
        self._check(service == "TCP", SocketError.NOT_SUPPORTED)  # there is nothing else in this simulation
        error = SocketError.NONE
        if not self._is_open:
            error = SocketError.NO_CONTEXT
        elif number in self._links:
            error = SocketError.IN_USE
        if error and mode is AccessMode.TRANSPARENT:
            self._refuse(error)
        if error:
            self._error, terminal = error, self.device.terminal
            self.device.after(0, lambda: self.device.urc(f"+QIOPEN: {number},{error}", terminal))
            return info()
        connection = self._connections.begin(number, host, port, buffered=mode is not AccessMode.PUSH)
        link = self._links[number] = _Link(connection, mode)
        self.device.after(0, lambda: self._connections.dial(connection))
        if mode is not AccessMode.TRANSPARENT:
            return info()
        link.dialling = Pending()
        return link.dialling

    def _qiclose(self, arguments: Arguments) -> Outcome:
        """OK also for a number that is not taken."""
        number = arguments.number(0, allowed=LINKS)
        connection = self._connections.close(number)
        if connection is not None and connection.stream is not None:
            connection.stream.forget()
        link = self._links.pop(number, None)
        if link is not None:
            link.give_up_dialling()
        return Later(self.device.latency(timing.SOCKET_CLOSE), info)

    def _qistate(self, arguments: Arguments) -> Outcome:
        """Of a context (0) or of a connection (1)."""
        by_link, number = arguments.number(0, allowed=range(2)), arguments.number(1)
        wanted = {number} if by_link else set(LINKS if number == CONTEXT else ())
        return self._states(wanted)

    def _states(self, wanted: set[int]) -> Outcome:
        lines = []
        for number in sorted(wanted & self._links.keys()):
            link = self._links[number]
            connection, local_port = link.connection, _FIRST_LOCAL_PORT + link.connection.socket % 16384
            lines.append(
                f'+QISTATE: {number},"TCP","{connection.host}",{connection.port},{local_port},{link.state},'
                f'{CONTEXT},0,{link.mode},"uart1"'
            )
        return info("\r\n".join(lines)) if lines else info()

    def _qisend(self, arguments: Arguments) -> Outcome:
        """Without a length up to Ctrl-Z; with length 0 how much was sent, taken, and not yet."""
        link = self._link(arguments)
        connection = link.connection
        length = arguments.number(1, allowed=range(MAX_SEND + 1)) if len(arguments) > 1 else None
        if length == 0:
            return info(f"+QISEND: {connection.sent},{connection.taken},{connection.sent - connection.taken}")
        self._check(connection.open, SocketError.CLOSED)
        return Prompt(lambda data: self._send(connection, data), length)

    def _send(self, connection: Connection, data: bytes) -> Outcome:
        failed = Done(final="ERROR")
        if connection.open and connection.unsent + len(data) > SEND_BUFFER:
            return Done(final="SEND FAIL")
        sent = Done(final="SEND OK")
        return self._connections.send(connection, data[:MAX_SEND], done=sent, failed=failed, at_once=True)

    def _qird(self, arguments: Arguments) -> Outcome:
        """With length 0 how much came, was read, and waits."""
        link = self._link(arguments)
        self._check(link.mode is AccessMode.BUFFER, SocketError.NOT_ALLOWED)
        connection = link.connection
        length = arguments.number(1, MAX_READ, allowed=range(MAX_READ + 1))
        if length == 0:
            waiting = len(connection.received)
            return info(f"+QIRD: {link.n_received},{link.n_received - waiting},{waiting}")
        data = connection.take(length)
        return info(f"+QIRD: {len(data)}\r\n".encode() + data if data else "+QIRD: 0")

    def _qiswtmd(self, arguments: Arguments) -> Outcome:
        """The access mode of a connection that stands."""
        link = self._link(arguments)
        mode = AccessMode(arguments.number(1, allowed=range(3)))
        self._check(link.connection.open, SocketError.CLOSED)
        link.mode, link.connection.buffered = mode, mode is not AccessMode.PUSH
        return Connect(self._stream(link)) if mode is AccessMode.TRANSPARENT else info()

    def _link(self, arguments: Arguments) -> _Link:
        link = self._links.get(arguments.number(0, allowed=LINKS))
        if link is None:
            self._refuse(SocketError.CLOSED)
        return link

    # -- errors

    def _require_context(self, arguments: Arguments) -> None:
        self._check(arguments.number(0) == CONTEXT, SocketError.WRONG_PARAMETERS)

    def _check(self, condition: bool, error: SocketError) -> None:
        if not condition:
            self._refuse(error)

    def _refuse(self, error: SocketError) -> Never:
        self._error = error
        raise RefusedError

    table: ClassVar[Table["QuectelLteSockets"]] = {
        "+QICSGP": Command("(1-16),(1-3),<APN>,<username>,<password>,(0-3)", None, _qicsgp),
        "+QIACT": Command("(1-16)", _contexts, _qiact),
        "+QIDEACT": Command("(1-16)", None, _qideact),
        "+QIOPEN": Command('(1-16),(0-11),"TCP",<host>,<port>,<local_port>,(0-2)', None, _qiopen),
        "+QICLOSE": Command("(0-11),(0-65535)", None, _qiclose),
        "+QISTATE": Command("", lambda f: f._states(set(LINKS)), _qistate),
        "+QISEND": Command("(0-11),(0-1460)", None, _qisend),
        "+QIRD": Command("(0-11),(0-1500)", None, _qird),
        "+QISWTMD": Command("(0-11),(0-2)", None, _qiswtmd),
        "+QIGETERROR": Command("", execute=lambda f: info(f"+QIGETERROR: {f._error},{WORDS[f._error]}")),
    }
