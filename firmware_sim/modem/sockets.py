"""The modem's own TCP stack, one connection (SIM800 Series TCPIP Application Note).

    IP INITIAL ─CSTT─► IP START ─CIICR─► IP GPRSACT ─CIFSR─► IP STATUS ─CIPSTART─► TCP CONNECTING ─► CONNECT
    OK
        ▲                                                        ▲                       │              │
        │                                                        └── CIPSTART ── TCP CLOSED ◄───────────┘
        └── CIPSHUT from anywhere; from PDP DEACT, where a lost context leads, it is the only way

``CIPSTART`` in IP INITIAL walks the way from CSTT to CIFSR by itself. Received bytes wait in a bounded
buffer; when it is full the shell stops reading, so TCP itself holds the peer back.
"""

from enum import StrEnum
from typing import ClassVar, Final

from firmware_sim.modem import timing
from firmware_sim.modem.actions import CloseSocket, OpenSocket, SendSocket
from firmware_sim.modem.commands import Arguments, Command, Table, remembered
from firmware_sim.modem.outcomes import (
    CmeRefusedError,
    Done,
    Later,
    Outcome,
    Pending,
    Prompt,
    RefusedError,
    info,
)
from firmware_sim.modem.parts import Parts
from firmware_sim.modem.terminal import Terminal

MAX_SEND: Final = 1460
"""Bytes of one CIPSEND, and of one CIPRXGET read."""
RECEIVE_BUFFER: Final = 8 * MAX_SEND
MAX_WAITING_URCS: Final = 20
OPERATION_NOT_ALLOWED: Final = 3


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
        self.device = device = parts.device
        device.sockets = self
        self._packet = packet = parts.packet
        packet.on_lost.append(self._context_lost)
        self._terminal: Terminal | None = None  # where the present connection was asked for
        self._socket = 0  # number of the present connection; old ones are not listened to
        self._start_afresh()

    def reset(self) -> None:
        """Power came or went: the connection just ends."""
        self._hang_up()
        self._start_afresh()

    def _start_afresh(self) -> None:
        self.state = IpState.INITIAL
        self._apn = self._user = self._default_apn = ""
        self._quick = self._manual = self._head = False
        self._received = bytearray()
        self._sending: Pending | None = None
        self._sent = self._taken = 0  # bytes handed to the shell, and taken by the real socket

    # -- the shell's side

    def room(self, socket: int) -> int:
        """How many bytes may be received now; 0: stop reading for now."""
        if socket != self._socket:
            return 0
        if not self._manual:
            waiting = 0 if self._terminal is None else len(self._terminal.urcs)
            return RECEIVE_BUFFER if waiting < MAX_WAITING_URCS else 0
        return max(0, RECEIVE_BUFFER - len(self._received))

    def opened(self, socket: int) -> None:
        """The real connection stands."""
        if self._is(socket, IpState.CONNECTING):
            self.state = IpState.CONNECTED
            self._sent = self._taken = 0
            self.device.urc("CONNECT OK", self._terminal)

    def failed(self, socket: int) -> None:
        """There is no such real connection to be had."""
        if self._is(socket, IpState.CONNECTING):
            self.state = IpState.CLOSED
            self.device.urc("STATE: TCP CLOSED\r\n\r\nCONNECT FAIL", self._terminal)

    def sent(self, socket: int, n_bytes: int) -> None:
        """The real socket took what it was given."""
        if not self._is(socket, IpState.CONNECTED):
            return
        self._taken += n_bytes
        if self._sending is not None:
            pending, self._sending = self._sending, None
            pending.complete(Done(final="SEND OK"))

    def received(self, socket: int, data: bytes) -> None:
        """Bytes from the peer; they are traffic even if nobody reads them."""
        if not self._is(socket, IpState.CONNECTED):
            return
        self._packet.count(len(data))
        if self._manual:
            if not self._received:
                self.device.urc("+CIPRXGET: 1", self._terminal)
            self._received += data
        else:
            head = f"\r\n+IPD,{len(data)}:".encode() if self._head else b""
            self.device.urc(head + data, self._terminal)

    def closed(self, socket: int) -> None:
        """The peer hung up."""
        if self._is(socket, IpState.CONNECTED):
            self.state = IpState.CLOSED
            self._fail_sending()
            self.device.urc("CLOSED", self._terminal)

    def _is(self, socket: int, state: IpState) -> bool:
        return socket == self._socket and self.state is state

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
        self._hang_up()
        self.state = IpState.DEACTIVATED
        self.device.urc("+PDP: DEACT")

    def _cipshut(self) -> Outcome:
        self._hang_up()
        had_context = self._packet.ip is not None
        self._packet.close()
        self._received.clear()
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
        self._socket += 1
        self._terminal = self.device.terminal
        self._received.clear()
        socket = self._socket
        self.device.after(before_s, lambda: self._connect(socket, host, port))
        return info()

    def _connect(self, socket: int, host: str, port: int) -> None:
        if not self._is(socket, IpState.CONNECTING):
            return
        try:
            self._packet.open(self._apn or self._default_apn or self._packet.apn)
        except RefusedError:
            self.state = IpState.DEACTIVATED
            self.device.urc("STATE: PDP DEACT\r\n\r\nCONNECT FAIL", self._terminal)
            return
        if host.lower() in self.device.settings.allowed_hosts:
            self.device.do(OpenSocket(socket, host, port))
        else:
            self.device.after(self.device.latency(timing.TCP_FAIL), lambda: self.failed(socket))

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
        return info(f"+CIPACK: {self._sent},{self._taken},{self._sent - self._taken}")

    def _require_connection(self) -> None:
        if self.state is not IpState.CONNECTED:
            raise CmeRefusedError(OPERATION_NOT_ALLOWED)

    def _send(self, data: bytes) -> Outcome:
        if self.state is not IpState.CONNECTED or not self._packet.count(len(data)):
            return Done(final="SEND FAIL")
        self._sent += len(data)
        self.device.do(SendSocket(self._socket, data))
        if self._quick:
            return Done(final=f"DATA ACCEPT:{len(data)}")
        self._sending = Pending()
        return self._sending

    def _fail_sending(self) -> None:
        if self._sending is not None:
            pending, self._sending = self._sending, None
            pending.complete(Done(final="SEND FAIL"))

    def _cipclose(self) -> Outcome:
        if self.state not in (IpState.CONNECTING, IpState.CONNECTED):
            raise CmeRefusedError(OPERATION_NOT_ALLOWED)
        self._hang_up()
        self.state = IpState.CLOSED
        return Later(self.device.latency(timing.SOCKET_CLOSE), lambda: Done(final="CLOSE OK"))

    def _hang_up(self) -> None:
        if self.state in (IpState.CONNECTING, IpState.CONNECTED):
            self.device.do(CloseSocket(self._socket))
            self.state = IpState.CLOSED
        self._fail_sending()

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
        if mode == 4:
            return info(f"+CIPRXGET: 4,{len(self._received)}")
        length = arguments.number(1, MAX_SEND, allowed=range(1, MAX_SEND + 1))
        if mode == 3:
            length = min(length, MAX_SEND // 2)
        data = bytes(self._received[:length])
        del self._received[:length]
        header = f"+CIPRXGET: {mode},{len(data)},{len(self._received)}"
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
        """No transparent mode."""
        arguments.number(0, allowed=range(1))
        return info()

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
        "+CIPMODE": Command("(0)", lambda f: info("+CIPMODE: 0"), _cipmode),
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
