"""TCP connections of the modem's own stack: what all families share beneath their commands.

    begin ──► CONNECTING ── dial ──► (the shell connects) ──► OPEN ──► CLOSED
                   └── failed, close ────────────────────────────────────▲

A family numbers its connections as it likes, tells them what to do and hears of them through `ConnectionEvents`. Bytes
that came wait in a bounded buffer until a read command takes them (`buffered`), or go out at once as the family prints
them; in either case TCP itself holds the peer back when there is no room. Every byte is traffic of the card.
"""

from collections import deque
from enum import Enum
from typing import Final, Protocol

from firmware_sim.modem import timing
from firmware_sim.modem.actions import CloseSocket, OpenSocket, SendSocket
from firmware_sim.modem.device import Device
from firmware_sim.modem.outcomes import Outcome, Pending
from firmware_sim.modem.packet_data import PacketData
from firmware_sim.modem.terminal import Terminal

MAX_SEND: Final = 1460
"""Bytes that one command sends or reads, in all families so far."""
RECEIVE_BUFFER: Final = 8 * MAX_SEND
SEND_BUFFER: Final = 8 * MAX_SEND
"""Bytes that were promised to a client and not yet taken by the real socket."""
MAX_WAITING_URCS: Final = 20
"""A connection that prints what comes reads no more while so many lines wait for the terminal."""


class ConnectionState(Enum):
    """Where one connection stands."""

    CONNECTING = 0
    OPEN = 1
    CLOSED = 2


class Connection:
    """One connection, open or over; what came before its end can still be read.

    Attributes:
        number: As the family's commands have it.
        terminal: Where it was asked for.
        buffered: What comes waits until it is asked for.
        sent, taken: Bytes given to the shell, and taken by the real socket.
        by_peer: It was the peer who ended it.
        dialled: The shell was asked to connect.
        stream: Its bytes go straight through the terminal's data mode.
    """

    __slots__ = (
        "buffered",
        "by_peer",
        "dialled",
        "host",
        "number",
        "port",
        "received",
        "sending",
        "sent",
        "socket",
        "state",
        "stream",
        "taken",
        "terminal",
    )

    def __init__(self, number: int, socket: int, terminal: Terminal, host: str, port: int) -> None:
        self.number = number
        self.socket = socket
        self.terminal = terminal
        self.host = host
        self.port = port
        self.buffered = True
        self.state = ConnectionState.CONNECTING
        self.received = bytearray()
        self.sent = self.taken = 0
        self.sending: deque[tuple[Pending, Outcome, Outcome]] = deque()
        self.by_peer = False
        self.dialled = False
        self.stream: Passage | None = None

    @property
    def open(self) -> bool:
        """Bytes go both ways."""
        return self.state is ConnectionState.OPEN

    @property
    def over(self) -> bool:
        """Neither open nor on the way there."""
        return self.state is ConnectionState.CLOSED

    @property
    def unsent(self) -> int:
        """Bytes that the real socket has not taken."""
        return self.sent - self.taken

    def take(self, limit: int) -> bytes:
        """Up to ``limit`` bytes that came."""
        data = bytes(self.received[:limit])
        del self.received[:limit]
        return data


class Passage(Protocol):
    """Data mode, as a connection sees it."""

    @property
    def room(self) -> int:
        """How many bytes may come from the peer."""
        ...

    def arrived(self) -> None:
        """Bytes from the peer are in ``received``."""
        ...

    def ended(self, final: str) -> None:
        """The connection is over: back to commands, and that is said."""
        ...

    def forget(self) -> None:
        """The connection was closed by a command: there is nothing to come back to."""
        ...


class ConnectionEvents(Protocol):
    """What a family makes of its connections' fate."""

    def connection_opened(self, connection: Connection) -> None:
        """The real connection stands."""
        ...

    def connection_failed(self, connection: Connection) -> None:
        """There is none to be had."""
        ...

    def connection_received(self, connection: Connection, data: bytes) -> None:
        """Bytes from the peer; of a buffered connection they are in ``received`` already."""
        ...

    def connection_closed(self, connection: Connection) -> None:
        """The peer hung up."""
        ...


class Connections:
    """All connections of one modem, by the family's numbers."""

    def __init__(self, device: Device, packet: PacketData, family: ConnectionEvents) -> None:
        device.sockets = self
        self._device = device
        self._packet = packet
        self._family = family
        self._by_number: dict[int, Connection] = {}
        self._last_socket = 0  # the shell's numbers are never used twice

    # -- the family's side

    def get(self, number: int) -> Connection | None:
        """The present or last connection of this number."""
        return self._by_number.get(number)

    def all(self) -> tuple[Connection, ...]:
        """Present and last ones, by number."""
        return tuple(self._by_number[number] for number in sorted(self._by_number))

    def begin(self, number: int, host: str, port: int, *, buffered: bool = True) -> Connection:
        """A new connection on its way, in the place of an old one; ``dial`` comes next, now or later."""
        self.close(number)
        self._last_socket += 1
        connection = Connection(number, self._last_socket, self._device.terminal, host, port)
        connection.buffered = buffered
        self._by_number[number] = connection
        return connection

    def dial(self, connection: Connection) -> None:
        """Connect for real, if the host is allowed; else it fails as if out of reach. Nothing if it is over."""
        if connection.state is not ConnectionState.CONNECTING:
            return
        device = self._device
        if connection.host.lower() in device.settings.allowed_hosts:
            connection.dialled = True
            device.do(OpenSocket(connection.socket, connection.host, connection.port))
        else:
            device.after(device.latency(timing.TCP_FAIL), lambda: self.failed(connection.socket))

    def send(
        self, connection: Connection, data: bytes, *, done: Outcome, failed: Outcome, at_once: bool = False
    ) -> Outcome:
        """Send, and end with ``done`` when the real socket took it (``at_once``: when there is room to keep it)."""
        if not connection.open or not self._packet.count(len(data)):
            return failed
        connection.sent += len(data)
        self._device.do(SendSocket(connection.socket, data))
        if at_once and connection.unsent <= SEND_BUFFER:
            return done
        pending = Pending()
        connection.sending.append((pending, done, failed))
        return pending

    def pour(self, connection: Connection, data: bytes) -> None:
        """Send in data mode, where nobody is told; nothing when it is over or the month's traffic is used up."""
        if connection.open and self._packet.count(len(data)):
            connection.sent += len(data)
            self._device.do(SendSocket(connection.socket, data))

    def close(self, number: int) -> Connection | None:
        """Hang up and say nothing; what came can still be read."""
        connection = self._by_number.get(number)
        if connection is not None and not connection.over:
            connection.state = ConnectionState.CLOSED
            if connection.dialled:
                self._device.do(CloseSocket(connection.socket))
            self._fail_sending(connection)
        return connection

    def close_all(self) -> None:
        """Hang up and forget all that came."""
        for number in self._by_number:
            self.close(number)
        self._by_number.clear()

    # -- the shell's side

    def room(self, socket: int) -> int:
        """How many bytes may be received now; 0: stop reading for now."""
        connection = self._open(socket)
        if connection is None:
            return 0
        if connection.stream is not None:
            return connection.stream.room
        if connection.buffered:
            return max(0, RECEIVE_BUFFER - len(connection.received))
        return MAX_SEND if len(connection.terminal.urcs) < MAX_WAITING_URCS else 0

    def opened(self, socket: int) -> None:
        """The real connection stands."""
        connection = self._by_socket(socket)
        if connection is not None and connection.state is ConnectionState.CONNECTING:
            connection.state = ConnectionState.OPEN
            self._family.connection_opened(connection)

    def failed(self, socket: int) -> None:
        """There is no such real connection to be had."""
        connection = self._by_socket(socket)
        if connection is not None and connection.state is ConnectionState.CONNECTING:
            connection.state = ConnectionState.CLOSED
            self._family.connection_failed(connection)

    def sent(self, socket: int, n_bytes: int) -> None:
        """The real socket took what it was given."""
        connection = self._open(socket)
        if connection is None:
            return
        connection.taken += n_bytes
        if connection.sending:
            pending, done, _ = connection.sending.popleft()
            pending.complete(done)

    def received(self, socket: int, data: bytes) -> None:
        """Bytes from the peer; they are traffic even if nobody reads them."""
        connection = self._open(socket)
        if connection is None:
            return
        self._packet.count(len(data))
        if connection.buffered:
            connection.received += data
        if connection.stream is not None:
            connection.stream.arrived()
            return
        self._family.connection_received(connection, data)

    def closed(self, socket: int) -> None:
        """The peer hung up."""
        connection = self._open(socket)
        if connection is not None:
            connection.state = ConnectionState.CLOSED
            connection.by_peer = True
            self._fail_sending(connection)
            self._family.connection_closed(connection)

    def _by_socket(self, socket: int) -> Connection | None:
        return next((each for each in self._by_number.values() if each.socket == socket), None)

    def _open(self, socket: int) -> Connection | None:
        connection = self._by_socket(socket)
        return connection if connection is not None and connection.open else None

    def _fail_sending(self, connection: Connection) -> None:
        while connection.sending:
            pending, _, failed = connection.sending.popleft()
            pending.complete(failed)
