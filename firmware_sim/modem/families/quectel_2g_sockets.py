"""The TCP stack of Quectel's GSM modules (GSM TCPIP Application Notes V1.1): one connection, or six with QIMUX=1.

    IP INITIAL ─QIREGAPP─► IP START ─QIACT─► IP GPRSACT ─QILOCIP─► IP STATUS ─QIOPEN─► TCP CONNECTING ─► CONNECT OK
        ▲                                                              ▲                     │               │
        │                                                              └── QIOPEN ─ IP CLOSE ◄───────────────┘
        └── QIDEACT from anywhere; from PDP DEACT, where a lost context leads, it is the only way

``QIOPEN`` in IP INITIAL walks the way to the address by itself. What arrives is printed as it comes, or announced and
kept (``QINDI``). ``QIMODE=1`` sends the one connection through data mode.
"""

from enum import IntEnum, StrEnum
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

LINKS: Final = range(6)
MAX_READ: Final = 1500
OPERATION_NOT_ALLOWED: Final = 3
INVALID_PARAMETER: Final = 50
_ONLY: Final = 0
"""Number of the one connection."""


class IpState(StrEnum):
    """``STATE:`` of ``+QISTAT``."""

    INITIAL = "IP INITIAL"
    START = "IP START"
    CONFIG = "IP CONFIG"
    GPRSACT = "IP GPRSACT"
    STATUS = "IP STATUS"
    CONNECTING = "TCP CONNECTING"
    CONNECTED = "CONNECT OK"
    CLOSED = "IP CLOSE"
    DEACTIVATED = "PDP DEACT"


HAS_CONTEXT: Final = frozenset(
    {IpState.GPRSACT, IpState.STATUS, IpState.CONNECTING, IpState.CONNECTED, IpState.CLOSED}
)
MAY_CONNECT: Final = frozenset({IpState.INITIAL, IpState.GPRSACT, IpState.STATUS, IpState.CLOSED})


class Announcing(IntEnum):
    """``+QINDI``: what becomes of data that arrive."""

    PRINTED = 0
    ONCE = 1
    EACH_PACKET = 2


class Quectel2gSockets:
    """``+QIFGCNT`` to ``+QIDEACT``."""

    def __init__(self, parts: Parts) -> None:
        self.device = parts.device
        self._packet = packet = parts.packet
        self._connections = Connections(parts.device, packet, self)
        packet.on_lost.append(self._context_lost)
        self._settings_of_manufacture()

    def reset(self) -> None:
        """Power came or went: connections just end."""
        self._connections.close_all()
        self._settings_of_manufacture()

    def _settings_of_manufacture(self) -> None:
        self._base = IpState.INITIAL  # of the context; a connection's state goes over it
        self._apn = self._user = ""
        self._several = self._transparent = self._head = self._by_name = False
        self._announcing = Announcing.PRINTED
        self._n_packets: dict[int, int] = {}
        self._dialling: Pending | None = None  # a QIOPEN of data mode

    @property
    def state(self) -> IpState:
        """As ``+QISTAT`` has it; with several connections only the context counts."""
        connection = self._connections.get(_ONLY)
        if self._several or self._base is not IpState.STATUS or connection is None:
            return self._base
        if connection.open:
            return IpState.CONNECTED
        return IpState.CLOSED if connection.over else IpState.CONNECTING

    # -- what becomes of connections

    def connection_opened(self, connection: Connection) -> None:
        """The real connection stands."""
        if self._dialling is None:
            self._tell(connection, "CONNECT OK")
            return
        dialling, self._dialling = self._dialling, None
        dialling.complete(Connect(TransparentStream(self._connections, connection, lambda: None)))

    def connection_failed(self, connection: Connection) -> None:
        """There is none to be had."""
        if self._dialling is None:
            self._tell(connection, "CONNECT FAIL")
        else:
            self._give_up_dialling()

    def connection_received(self, connection: Connection, data: bytes) -> None:
        """Announced, or printed as it comes."""
        number = connection.number
        if not connection.buffered:
            head = b""
            if self._several:
                head = f"\r\n+RECEIVE: {number}, {len(data)}\r\n".encode()
            elif self._head:
                head = f"IPD{len(data)}:".encode()
            self.device.urc(head + data, connection.terminal)
            return
        head_of_news = f"+QIRDI: 0,1,{number}"
        waiting = len(connection.received)
        self._n_packets[number] = 1 if waiting == len(data) else self._n_packets.get(number, 0) + 1
        if self._announcing is Announcing.EACH_PACKET:
            self.device.urc(
                f"{head_of_news},{self._n_packets[number]},{len(data)},{waiting}", connection.terminal
            )
        elif waiting == len(data):
            self.device.urc(head_of_news, connection.terminal)

    def connection_closed(self, connection: Connection) -> None:
        """The peer hung up."""
        if connection.stream is not None:
            connection.stream.ended("CLOSED")
        else:
            self._tell(connection, "CLOSED")

    def _tell(self, connection: Connection, what: str) -> None:
        self.device.urc(self._numbered(connection.number, what), connection.terminal)

    def _numbered(self, number: int, what: str) -> str:
        return f"{number}, {what}" if self._several else what

    # -- the context

    def _qicsgp(self, arguments: Arguments) -> Outcome:
        """GPRS only: there are no data calls."""
        if arguments.number(0) != 1:
            raise CmeRefusedError(INVALID_PARAMETER)
        self._apn, self._user = arguments.string(1, ""), arguments.string(2, "")
        return info()

    def _qiregapp(self, apn: str | None = None) -> Outcome:
        if self._base is not IpState.INITIAL:
            raise CmeRefusedError(OPERATION_NOT_ALLOWED)
        if apn is not None:
            self._apn = apn
        self._base = IpState.START
        return info()

    def _qiact(self) -> Outcome:
        if self._base is not IpState.START:
            raise CmeRefusedError(OPERATION_NOT_ALLOWED)
        self._base = IpState.CONFIG
        return Later(self._packet.open_delay_s, self._activate)

    def _activate(self) -> Outcome:
        try:
            self._packet.open(self._apn or self._packet.apn)
        except RefusedError:
            self._base = IpState.DEACTIVATED
            raise
        self._base = IpState.GPRSACT
        return info()

    def _qilocip(self) -> Outcome:
        if self._base not in HAS_CONTEXT or self._packet.ip is None:
            raise CmeRefusedError(OPERATION_NOT_ALLOWED)
        self._base = IpState.STATUS
        return Done((self._packet.ip,), final=None)

    def _qideact(self) -> Outcome:
        had_context = self._base in HAS_CONTEXT
        self._hang_up(None)
        if had_context:
            self._packet.close()
        self._base = IpState.INITIAL
        delay_s = self.device.latency(timing.PDP_CLOSE) if had_context else 0
        return Later(delay_s, lambda: Done(final="DEACT OK"))

    def _context_lost(self) -> None:
        if self._base not in HAS_CONTEXT:
            return
        self._hang_up("CLOSED")
        self._base = IpState.DEACTIVATED
        self.device.urc("+PDP DEACT")

    def _hang_up(self, final: str | None) -> None:
        """All connections; data mode ends with ``final``, or without a word."""
        for connection in self._connections.all():
            if connection.stream is not None and not connection.over:
                if final is None:
                    connection.stream.forget()
                else:
                    connection.stream.ended(final)
        self._connections.close_all()
        self._n_packets.clear()
        self._give_up_dialling()

    def _give_up_dialling(self) -> None:
        """Another line, or the network, ended what a QIOPEN of data mode waits for."""
        dialling, self._dialling = self._dialling, None
        if dialling is not None:
            dialling.complete(Done(final="CONNECT FAIL"))

    # -- connections

    def _qiopen(self, arguments: Arguments) -> Outcome:
        """Without a number with QIMUX=0, with one otherwise."""
        number = arguments.number(0, allowed=LINKS) if self._several else _ONLY
        first = int(self._several)
        service, host = arguments.string(first).upper(), arguments.string(first + 1)
        port = arguments.number(first + 2)
        if service != "TCP" or not host or not 0 < port < 65536:  # nothing but TCP in this simulation
            raise CmeRefusedError(INVALID_PARAMETER)
        present = self._connections.get(number)
        if present is not None and not present.over:
            self.device.urc(self._numbered(number, "ALREADY CONNECT"), self.device.terminal)
            return info()
        if self.state not in MAY_CONNECT:
            raise CmeRefusedError(OPERATION_NOT_ALLOWED)
        self.device.ready_card()
        transparent = self._transparent and not self._several
        buffered = transparent or self._announcing is not Announcing.PRINTED
        before_s = 0.0 if self._packet.ip else self._packet.open_delay_s
        connection = self._connections.begin(number, host, port, buffered=buffered)
        self.device.after(before_s, lambda: self._connect(connection))
        if not transparent:
            return info()
        # OK comes at once all the same, and CONNECT or the failure behind it.
        self.device.urc("OK", connection.terminal)
        self._dialling = Pending()
        return self._dialling

    def _connect(self, connection: Connection) -> None:
        if connection.over:
            return
        try:
            self._packet.open(self._apn or self._packet.apn)
        except RefusedError:
            self._connections.close(connection.number)
            self._base = IpState.DEACTIVATED
            self.connection_failed(connection)
            return
        self._base = IpState.STATUS
        if self._by_name or _is_number(connection.host):
            self._connections.dial(connection)
        else:  # a name where QIDNSIP promised an address
            self._connections.failed(connection.socket)

    def _qisend_open(self) -> Outcome:
        if self._several:
            raise CmeRefusedError(INVALID_PARAMETER)
        return self._prompt(_ONLY, None)

    def _qisend(self, arguments: Arguments) -> Outcome:
        number = arguments.number(0, allowed=LINKS) if self._several else _ONLY
        place = int(self._several)
        length = arguments.number(place) if len(arguments) > place else None
        return self._prompt(number, length)

    def _prompt(self, number: int, length: int | None) -> Outcome:
        connection = self._connections.get(number)
        if connection is None or not connection.open:
            raise CmeRefusedError(OPERATION_NOT_ALLOWED)
        if length is not None and not 0 < length <= MAX_SEND:
            raise CmeRefusedError(INVALID_PARAMETER)
        done, failed = Done(final="SEND OK"), Done(final="SEND FAIL")
        return Prompt(
            lambda data: self._connections.send(connection, data[:MAX_SEND], done=done, failed=failed), length
        )

    def _qisack(self, number: int = _ONLY) -> Outcome:
        connection = self._connections.get(number)
        sent, taken = (0, 0) if connection is None else (connection.sent, connection.taken)
        return info(f"+QISACK: {sent}, {taken}, {sent - taken}")

    def _qird(self, arguments: Arguments) -> Outcome:
        """Context, role (1: it was us who connected), connection, length. A bare OK says that there is nothing."""
        if arguments.number(0) != 0 or arguments.number(1) != 1:
            raise CmeRefusedError(INVALID_PARAMETER)
        number = arguments.number(2, allowed=LINKS)
        length = arguments.number(3, MAX_READ, allowed=range(1, MAX_READ + 1))
        connection = self._connections.get(number)
        if connection is None or not connection.buffered:
            raise CmeRefusedError(OPERATION_NOT_ALLOWED)
        data = connection.take(length)
        if not data:
            return info()
        return info(f"+QIRD: {connection.host}:{connection.port},TCP,{len(data)}\r\n".encode() + data)

    def _qiclose(self, number: int = _ONLY) -> Outcome:
        connection = self._connections.get(number)
        if connection is None or connection.over:
            raise CmeRefusedError(OPERATION_NOT_ALLOWED)
        self._connections.close(number)
        self._give_up_dialling()
        if connection.stream is not None:
            connection.stream.forget()
        final = self._numbered(number, "CLOSE OK")
        return Later(self.device.latency(timing.SOCKET_CLOSE), lambda: Done(final=final))

    # -- states and settings

    def _qistat(self) -> Outcome:
        """``OK`` comes before the state; with several connections a line for each, and OK behind."""
        if not self._several:
            return Done((b"OK\r\n\r\nSTATE: " + self.state.encode(),), final=None)
        return info(*(self._link_line("+QISTAT", number) for number in LINKS))

    def _qistate(self) -> Outcome:
        head = b"OK\r\n\r\nSTATE: " + self.state.encode()
        if not self._several:
            return Done((head,), final=None)
        lines = (
            f'{self._link_line("+QISTATE", number)}, "{_link_state(self._connections.get(number))}"'
            for number in LINKS
        )
        return Done((head, *lines))

    def _link_line(self, name: str, number: int) -> str:
        connection = self._connections.get(number)
        if connection is None:
            return f'{name}: {number}, "", "", ""'
        return f'{name}: {number}, "TCP", "{connection.host}", "{connection.port}"'

    def _qimux(self, arguments: Arguments) -> Outcome:
        """Only where the data session has not begun."""
        wanted = bool(arguments.number(0, allowed=range(2)))
        if wanted != self._several and self._base is not IpState.INITIAL:
            raise CmeRefusedError(OPERATION_NOT_ALLOWED)
        self._several = wanted
        return info()

    def _qimode(self, arguments: Arguments) -> Outcome:
        """Only where the data session has not begun."""
        wanted = bool(arguments.number(0, allowed=range(2)))
        if wanted != self._transparent and self._base is not IpState.INITIAL:
            raise CmeRefusedError(OPERATION_NOT_ALLOWED)
        self._transparent = wanted
        return info()

    def _qindi(self, arguments: Arguments) -> Outcome:
        """Of the next connection."""
        self._announcing = Announcing(arguments.number(0, allowed=range(3)))
        return info()

    def _qihead(self, arguments: Arguments) -> Outcome:
        self._head = bool(arguments.number(0, allowed=range(2)))
        return info()

    def _qidnsip(self, arguments: Arguments) -> Outcome:
        self._by_name = bool(arguments.number(0, allowed=range(2)))
        return info()

    def _qidnsgip(self, arguments: Arguments) -> Outcome:
        """Names of this machine only; there is no other world behind this network."""
        name, terminal = arguments.string(0), self.device.terminal
        found = self._packet.ip is not None and name.lower() in self.device.settings.allowed_hosts
        self.device.after(0, lambda: self.device.urc("127.0.0.1" if found else "ERROR: 1", terminal))
        return info()

    table: ClassVar[Table["Quectel2gSockets"]] = {
        "+QIFGCNT": remembered("+QIFGCNT", "0,1", "(0,1)"),
        "+QICSGP": Command(
            '(0,1),"APN","USER","PWD"', lambda f: info(f'+QICSGP: 1,"{f._apn}","{f._user}",""'), _qicsgp
        ),
        "+QIMUX": Command("(0,1)", lambda f: info(f"+QIMUX: {int(f._several)}"), _qimux),
        "+QIMODE": Command("(0,1)", lambda f: info(f"+QIMODE: {int(f._transparent)}"), _qimode),
        "+QINDI": Command("(0-2)", lambda f: info(f"+QINDI: {f._announcing}"), _qindi),
        "+QIHEAD": Command("(0,1)", lambda f: info(f"+QIHEAD: {int(f._head)}"), _qihead),
        "+QIDNSIP": Command("(0,1)", lambda f: info(f"+QIDNSIP: {int(f._by_name)}"), _qidnsip),
        "+QIDNSGIP": Command("", None, _qidnsgip),
        "+QIREGAPP": Command(
            '"APN","USER","PWD"',
            lambda f: info(f'+QIREGAPP: "{f._apn}","{f._user}",""'),
            lambda f, a: f._qiregapp(a.string(0)),
            lambda f: f._qiregapp(),
        ),
        "+QIACT": Command("", execute=_qiact),
        "+QILOCIP": Command("", execute=_qilocip),
        "+QIOPEN": Command('(0-5),("TCP"),<host>,<port>', None, _qiopen),
        "+QISEND": Command("(0-5),(1-1460)", None, _qisend, _qisend_open),
        "+QISACK": Command("(0-5)", None, lambda f, a: f._qisack(a.number(0, allowed=LINKS)), _qisack),
        "+QIRD": Command("(0),(1),(0-5),(1-1500)", None, _qird),
        "+QICLOSE": Command("(0-5)", None, lambda f, a: f._qiclose(a.number(0, allowed=LINKS)), _qiclose),
        "+QISTAT": Command("", execute=_qistat),
        "+QISTATE": Command("", execute=_qistate),
        "+QIDEACT": Command("", execute=_qideact),
        "+QISHOWRA": remembered("+QISHOWRA", "0", "(0,1)"),
        "+QISHOWPT": remembered("+QISHOWPT", "0", "(0,1)"),
        "+QIPROMPT": remembered("+QIPROMPT", "1", "(0-2)"),
        "+QISDE": remembered("+QISDE", "1", "(0,1)"),
        "+QITCFG": remembered("+QITCFG", "3,2,1024,1"),
    }


def _link_state(connection: Connection | None) -> str:
    if connection is None:
        return "INITIAL"
    if connection.open:
        return "CONNECTED"
    return "CLOSED" if connection.over else "CONNECTING"


def _is_number(host: str) -> bool:
    return host.replace(".", "").isdigit()
