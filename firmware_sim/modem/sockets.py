"""The modem's own TCP stack, one connection (SIM800 Series TCPIP Application Note).

    IP INITIAL ─CSTT─► IP START ─CIICR─► IP GPRSACT ─CIFSR─► IP STATUS ─CIPSTART─► TCP CONNECTING ─► CONNECT
    OK
        ▲                                                        ▲                       │              │
        │                                                        └── CIPSTART ── TCP CLOSED ◄───────────┘
        └── CIPSHUT from anywhere; from PDP DEACT, where a lost context leads, it is the only way

``CIPSTART`` in IP INITIAL walks the way from CSTT to CIFSR by itself. The connection itself is in ``connections.py``.
With ``CIPMODE=1`` it goes through data mode (``transparent.py``).
"""

from enum import StrEnum
from typing import ClassVar, Final

from firmware_sim.modem import timing
from firmware_sim.modem.commands import Arguments, Command, Table, remembered
from firmware_sim.modem.connections import MAX_SEND, Connection, Connections
from firmware_sim.modem.outcomes import (
    CmeRefusedError,
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

OPERATION_NOT_ALLOWED: Final = 3
_ONLY: Final = 0
"""Number of the one connection."""


class IpState(StrEnum):
    """``STATE:`` of ``+CIPSTATUS``."""

    INITIAL = "IP INITIAL"
    START = "IP START"
    CONFIG = "IP CONFIG"
    GPRSACT = "IP GPRSACT"
    STATUS = "IP STATUS"
    CONNECTING = "TCP CONNECTING"
    CONNECTED = "CONNECT OK"
    CLOSING = "TCP CLOSING"
    CLOSED = "TCP CLOSED"
    DEACTIVATED = "PDP DEACT"


MAY_CONNECT: Final = frozenset({IpState.INITIAL, IpState.STATUS, IpState.CLOSED})
HAS_ADDRESS: Final = MAY_CONNECT - {IpState.INITIAL} | {
    IpState.GPRSACT,
    IpState.CONNECTING,
    IpState.CONNECTED,
}


class Sockets:
    """``+CSTT`` to ``+CIPSHUT``."""

    def __init__(self, parts: Parts) -> None:
        self.device = parts.device
        self._packet = packet = parts.packet
        self._connections = Connections(parts.device, packet, self)
        packet.on_lost.append(self._context_lost)
        self._start_afresh()

    def reset(self) -> None:
        """Power came or went: the connection just ends."""
        self._connections.close_all()
        self._start_afresh()

    def _start_afresh(self) -> None:
        self.state = IpState.INITIAL
        self._apn = self._user = self._default_apn = ""
        self._quick = self._manual = self._head = self._transparent = False
        self._dialling: Pending | None = None  # a CIPSTART of transparent mode

    # -- what becomes of the connection

    def connection_opened(self, connection: Connection) -> None:
        """The real connection stands."""
        self.state = IpState.CONNECTED
        if self._dialling is None:
            self.device.urc("CONNECT OK", connection.terminal)
            return
        dialling, self._dialling = self._dialling, None
        dialling.complete(Connect(TransparentStream(self._connections, connection, self._hung_up)))

    def connection_failed(self, connection: Connection) -> None:
        """There is no such real connection to be had."""
        self.state = IpState.CLOSED
        self._tell_failure(connection, "STATE: TCP CLOSED\r\n\r\nCONNECT FAIL")

    def _tell_failure(self, connection: Connection, text: str) -> None:
        dialling, self._dialling = self._dialling, None
        if dialling is None:
            self.device.urc(text, connection.terminal)
        else:
            dialling.complete(Done((text,), final=None))

    def connection_received(self, connection: Connection, data: bytes) -> None:
        """Announced once until it is read, or printed as it comes."""
        if not connection.buffered:
            head = f"\r\n+IPD,{len(data)}:".encode() if self._head else b""
            self.device.urc(head + data, connection.terminal)
        elif len(connection.received) == len(data):
            self.device.urc("+CIPRXGET: 1", connection.terminal)

    def connection_closed(self, connection: Connection) -> None:
        """The peer hung up."""
        self.state = IpState.CLOSED
        if connection.stream is not None:
            connection.stream.ended("CLOSED")
        else:
            self.device.urc("CLOSED", connection.terminal)

    # -- the context

    def _cstt(self, arguments: Arguments) -> Outcome:
        return self._begin(arguments.string(0, ""), arguments.string(1, ""))

    def _begin(self, apn: str, user: str) -> Outcome:
        if self.state is not IpState.INITIAL:
            raise CmeRefusedError(OPERATION_NOT_ALLOWED)
        self._apn, self._user, self.state = apn or self._default_apn, user, IpState.START
        return info()

    def _cipcsgp(self, arguments: Arguments) -> Outcome:
        self._default_apn = arguments.string(1, "")
        return info()

    def _ciicr(self) -> Outcome:
        if self.state is not IpState.START:
            raise CmeRefusedError(OPERATION_NOT_ALLOWED)
        self.state = IpState.CONFIG
        return Later(self._packet.open_delay_s, self._activate)

    def _activate(self) -> Outcome:
        try:
            self._packet.open(self._apn or self._packet.apn)
        except RefusedError:
            self.state = IpState.DEACTIVATED
            raise
        self.state = IpState.GPRSACT
        return info()

    def _cifsr(self) -> Outcome:
        if self.state not in HAS_ADDRESS or self._packet.ip is None:
            raise CmeRefusedError(OPERATION_NOT_ALLOWED)
        if self.state is IpState.GPRSACT:
            self.state = IpState.STATUS
        return Done((self._packet.ip,), final=None)

    def _context_lost(self) -> None:
        if self.state in (IpState.INITIAL, IpState.START, IpState.DEACTIVATED):
            return
        connection = self._connections.get(_ONLY)
        if connection is not None and connection.open and connection.stream is not None:
            connection.stream.ended("CLOSED")
        self._hang_up()
        self.state = IpState.DEACTIVATED
        self.device.urc("+PDP: DEACT")

    def _cipshut(self) -> Outcome:
        self._hang_up()
        had_context = self._packet.ip is not None
        self._packet.close()
        self._connections.close_all()
        self.state = IpState.INITIAL
        delay_s = self.device.latency(timing.PDP_CLOSE) if had_context else 0
        return Later(delay_s, lambda: Done(final="SHUT OK"))

    # -- the connection

    def _cipstart(self, arguments: Arguments) -> Outcome:
        protocol, host, port = arguments.string(0).upper(), arguments.string(1), arguments.number(2)
        if protocol != "TCP" or not host or not 0 < port < 65536:
            raise CmeRefusedError(50)
        if self.state in (IpState.CONNECTING, IpState.CONNECTED):
            self.device.urc("ALREADY CONNECT", self.device.terminal)
            return info()
        if self.state not in MAY_CONNECT:
            raise CmeRefusedError(OPERATION_NOT_ALLOWED)
        self.device.ready_card()
        before_s = 0.0 if self._packet.ip else self._packet.open_delay_s
        self.state = IpState.CONNECTING
        connection = self._connections.begin(_ONLY, host, port, buffered=self._manual or self._transparent)
        self.device.after(before_s, lambda: self._connect(connection))
        if not self._transparent:
            return info()
        # OK comes at once all the same, and CONNECT or the failure behind it.
        self.device.urc("OK", connection.terminal)
        self._dialling = Pending()
        return self._dialling

    def _connect(self, connection: Connection) -> None:
        if connection.over:
            return
        try:
            self._packet.open(self._apn or self._default_apn or self._packet.apn)
        except RefusedError:
            self._connections.close(_ONLY)
            self.state = IpState.DEACTIVATED
            self._tell_failure(connection, "STATE: PDP DEACT\r\n\r\nCONNECT FAIL")
            return
        self._connections.dial(connection)

    def _cipsend_open(self) -> Outcome:
        self._require_connection()
        return Prompt(self._send)

    def _cipsend(self, arguments: Arguments) -> Outcome:
        length = arguments.number(0)
        self._require_connection()
        if not 0 < length <= MAX_SEND:
            raise CmeRefusedError(50)
        return Prompt(self._send, length)

    def _cipsend_limit(self) -> Outcome:
        return info(f"+CIPSEND: {MAX_SEND}")

    def _cipack(self) -> Outcome:
        connection = self._connections.get(_ONLY)
        sent, taken = (0, 0) if connection is None else (connection.sent, connection.taken)
        return info(f"+CIPACK: {sent},{taken},{sent - taken}")

    def _require_connection(self) -> None:
        if self.state is not IpState.CONNECTED:
            raise CmeRefusedError(OPERATION_NOT_ALLOWED)

    def _send(self, data: bytes) -> Outcome:
        connection = self._connections.get(_ONLY)
        failed = Done(final="SEND FAIL")
        if connection is None:
            return failed
        done = Done(final=f"DATA ACCEPT:{len(data)}" if self._quick else "SEND OK")
        return self._connections.send(connection, data, done=done, failed=failed, at_once=self._quick)

    def _cipclose(self) -> Outcome:
        if self.state not in (IpState.CONNECTING, IpState.CONNECTED):
            raise CmeRefusedError(OPERATION_NOT_ALLOWED)
        self._hang_up()
        self.state = IpState.CLOSED
        return Later(self.device.latency(timing.SOCKET_CLOSE), lambda: Done(final="CLOSE OK"))

    def _hang_up(self) -> None:
        connection = self._connections.close(_ONLY)
        if connection is not None and connection.stream is not None:
            connection.stream.forget()
        if self.state in (IpState.CONNECTING, IpState.CONNECTED):
            self.state = IpState.CLOSED
        dialling, self._dialling = self._dialling, None
        if dialling is not None:
            dialling.complete(Done(("STATE: TCP CLOSED\r\n\r\nCONNECT FAIL",), final=None))

    # -- reading and settings

    def _ciprxget(self, arguments: Arguments) -> Outcome:
        mode = arguments.number(0, allowed=range(5))
        if mode in (0, 1):
            if self.state in (IpState.CONNECTING, IpState.CONNECTED):
                raise CmeRefusedError(OPERATION_NOT_ALLOWED)
            self._manual = mode == 1
            return info()
        if not self._manual:
            raise CmeRefusedError(OPERATION_NOT_ALLOWED)
        connection = self._connections.get(_ONLY)
        if mode == 4:
            return info(f"+CIPRXGET: 4,{0 if connection is None else len(connection.received)}")
        length = arguments.number(1, MAX_SEND, allowed=range(1, MAX_SEND + 1))
        if mode == 3:
            length = min(length, MAX_SEND // 2)
        data = b"" if connection is None else connection.take(length)
        header = f"+CIPRXGET: {mode},{len(data)},{0 if connection is None else len(connection.received)}"
        if not data:
            return info(header)
        return info(header.encode() + b"\r\n" + (data.hex().upper().encode() if mode == 3 else data))

    def _cipqsend(self, arguments: Arguments) -> Outcome:
        self._quick = bool(arguments.number(0, allowed=range(2)))
        return info()

    def _ciphead(self, arguments: Arguments) -> Outcome:
        self._head = bool(arguments.number(0, allowed=range(2)))
        return info()

    def _cipmux(self, arguments: Arguments) -> Outcome:
        """One connection is what we have."""
        arguments.number(0, allowed=range(1))
        return info()

    def _cipmode(self, arguments: Arguments) -> Outcome:
        """Of the next connection; only where the data session has not begun."""
        wanted = bool(arguments.number(0, allowed=range(2)))
        if self.state in (IpState.CONNECTING, IpState.CONNECTED):
            raise CmeRefusedError(OPERATION_NOT_ALLOWED)
        self._transparent = wanted
        return info()

    def _hung_up(self) -> None:
        self.state = IpState.CLOSED

    def _cipstatus(self) -> Outcome:
        """``OK`` comes before the answer (application note)."""
        return Done((b"OK\r\n\r\nSTATE: " + self.state.encode(),), final=None)

    table: ClassVar[Table["Sockets"]] = {
        "+CSTT": Command(
            '"APN","USER","PWD"',
            lambda f: info(f'+CSTT: "{f._apn}","{f._user}",""'),
            _cstt,
            lambda f: f._begin("", ""),
        ),
        "+CIICR": Command("", execute=_ciicr),
        "+CIFSR": Command("", execute=_cifsr),
        "+CIPSTART": Command('("TCP"),("<host>"),(1-65535)', None, _cipstart),
        "+CIPSEND": Command("<length>", _cipsend_limit, _cipsend, _cipsend_open),
        "+CIPQSEND": Command("(0,1)", lambda f: info(f"+CIPQSEND: {int(f._quick)}"), _cipqsend),
        "+CIPACK": Command("", execute=_cipack),
        "+CIPRXGET": Command("(0-4),(1-1460)", lambda f: info(f"+CIPRXGET: {int(f._manual)}"), _ciprxget),
        "+CIPHEAD": Command("(0,1)", lambda f: info(f"+CIPHEAD: {int(f._head)}"), _ciphead),
        "+CIPMUX": Command("(0)", lambda f: info("+CIPMUX: 0"), _cipmux),
        "+CIPMODE": Command("(0,1)", lambda f: info(f"+CIPMODE: {int(f._transparent)}"), _cipmode),
        "+CIPSTATUS": Command("", execute=_cipstatus),
        "+CIPCLOSE": Command("(0,1)", None, lambda f, _: f._cipclose(), _cipclose),
        "+CIPSHUT": Command("", execute=_cipshut),
        "+CIPCSGP": Command('(0,1),"APN","USER","PWD"', None, _cipcsgp),
        "+CIPSPRT": remembered("+CIPSPRT", "1", "(0-2)"),
        "+CIPSRIP": remembered("+CIPSRIP", "0", "(0,1)"),
        "+CIPSHOWTP": remembered("+CIPSHOWTP", "0", "(0,1)"),
        "+CIPATS": remembered("+CIPATS", "0,0", "(0,1),(1-100)"),
        "+CIPTKA": remembered("+CIPTKA", "1,7200,75,9", "(0,1)"),
        "+CIPSCONT": Command("", execute=lambda f: info()),
    }
