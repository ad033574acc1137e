"""The shell around the modem core: its clock, its serial ports, its TCP connections."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from at_commands.links import Link, memory_link_pair
from firmware_sim.faults.active_fault import ActiveFault
from firmware_sim.faults.injector import Injector
from firmware_sim.faults.model import Fault
from firmware_sim.faults.record import Record
from firmware_sim.faults.text import parse_fault
from firmware_sim.faults.uart import misheard
from firmware_sim.modem.actions import CloseSocket, OpenSocket, SendSocket, Transmit
from firmware_sim.modem.core import ModemCore
from firmware_sim.modem.device import Power
from firmware_sim.modem.personality import Personality
from firmware_sim.modem.ports import LinkPort, Port, SocketPort
from firmware_sim.modem.pty_port import PtyPort
from firmware_sim.modem.radio import Radio
from firmware_sim.modem.settings import ModemSettings
from firmware_sim.modem.sim_card import SimCard
from firmware_sim.modem.tcp_connection import TcpConnection
from firmware_sim.network import Network
from provisioning.clock import Clock

Tap = Callable[[int, bool, bytes], None]
"""Is shown a port's number, whether the modem said it, and the bytes."""


class EmulatedModem:
    """A modem that foreign programs can talk to.

    When entered it has been on for a while and begins to look for the network; it goes on living while
    clients come and go. Each port is an AT port of its own; what the modem says of itself goes to all. For a
    boot, ``reboot()`` it.

        async with EmulatedModem(ModemSettings(), SimCard(...), network, clock=clock) as modem:
            url = await modem.listen("pty:/tmp/tg-modem")

    The network needs a ``NetworkRunner`` of its own where its sweep and notices must come by themselves.

    Args:
        settings: What it is.
        sim: The card in its slot, or none.
        network: Shared by all modems; made with this clock's ``monotonic()``.
        clock: Delays and protocol timers run on it; TCP lives in real time.

    Attributes:
        tap: Is shown all that goes over its ports, if there is one.
    """

    def __init__(
        self, settings: ModemSettings, sim: SimCard | None, network: Network, *, clock: Clock
    ) -> None:
        self.settings = settings
        self._clock = clock
        self._network = network
        self._core = ModemCore(settings, sim, network, clock.monotonic())
        self._core.device.wake = self._wake_soon
        self._ports: dict[int, Port] = {}  # by the number of the line that each has
        self._numbers: dict[Port, int] = {}
        self._held: set[int] = set()  # lines whose stream takes no more for now
        self._connections: dict[int, TcpConnection] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self._sleeper: asyncio.Task[None] | None = None
        self._sleeps_until = 0.0
        self._wake_pending = False
        self._alive = False
        self._urls: list[str] = []
        self.tap: Tap | None = None

    async def __aenter__(self) -> "EmulatedModem":
        self._alive = True
        # A client may come at once, and some cannot cope with a boot: gammu hangs when its first line meets
        # a modem still deaf, and when "+CPIN: READY" comes between its first lines.
        self._do(self._core.power.have_been_on)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._do(self._core.power.switch_off)
        self._alive = False
        if self._sleeper is not None:
            self._sleeper.cancel()
            await asyncio.gather(self._sleeper, return_exceptions=True)
        for port in tuple(self._ports.values()):
            await port.close()
        self._ports.clear()
        self._numbers.clear()
        for connection in self._connections.values():
            await connection.close()
        self._connections.clear()
        await asyncio.gather(*self._closing, return_exceptions=True)

    # -- ports

    def connect(self, name: str = "modem") -> Link:
        """The far end of a new in-memory serial line."""
        near, far = memory_link_pair(name)
        self._plug_in(LinkPort(self, near))
        return far

    async def listen(self, where: str) -> str:
        """Open a port: ``pty:/path/of/symlink`` (or ``pty:``), ``tcp:HOST:PORT`` (0 picks one),
        ``unix:/path``.

        Returns:
            The URL a client uses: a path, ``socket://host:port``, ``unix:///path``.

        Raises:
            ValueError: No such kind of port.
            OSError: It can't be opened.
        """
        kind, _, address = where.partition(":")
        if kind == "pty":
            pty = PtyPort(self, Path(address) if address else None)
            self._plug_in(pty)
            self._urls.append(pty.url)
            return pty.url
        listener = SocketPort(self)
        if kind == "unix" and address:
            url = await listener.listen_unix(Path(address))
        elif kind == "tcp":
            host, _, port = address.rpartition(":")
            if not host or not port.isdigit():
                raise ValueError(f"{where!r}: expected tcp:HOST:PORT")
            url = await listener.listen_tcp(host.strip("[]"), int(port))
        else:
            raise ValueError(f"{where!r}: expected pty:PATH, tcp:HOST:PORT or unix:PATH")
        self._plug_in(listener)
        self._urls.append(url)
        return url

    @property
    def urls(self) -> tuple[str, ...]:
        """Where it listens."""
        return tuple(self._urls)

    @property
    def clients(self) -> int:
        """Programs that have one of its ports open."""
        return sum(port.clients for port in self._ports.values())

    def _plug_in(self, port: Port) -> None:
        """The lowest line that no port has; what an earlier port left it in, the new one finds."""
        free = next((line for line in self._core.lines if line.number not in self._ports), None)
        line = free or self._core.add_line()
        line.backlog = lambda: port.backlog
        self._ports[line.number] = port
        self._numbers[port] = line.number

    def _line_of(self, port: Port) -> int | None:
        return self._numbers.get(port)

    def bytes_in(self, port: Port, data: bytes) -> None:
        """A port received; called by ports."""
        line = self._line_of(port)
        if self._alive and line is not None:
            rate = self._core.baudrate
            if self.settings.strict_baud and rate and port.rate:
                data = misheard(data, sent=port.rate, heard=rate)
            if self.tap is not None:
                self.tap(line, False, data)
            self._core.receive(data, self._clock.monotonic(), line)
            self._carry_out(rate)  # the OK of +IPR still goes out at the old one

    def client_left(self, port: Port) -> None:
        """A port's client closed its end; called by ports. What it had half said is void."""
        line = self._line_of(port)
        if self._alive and line is not None:
            self._core.client_left(self._clock.monotonic(), line)
            self._carry_out()

    def port_ended(self, port: Port) -> None:
        """A port will have no further client; called by ports."""
        line = self._numbers.pop(port, None)
        if line is not None:
            del self._ports[line]

    def port_drained(self, port: Port) -> None:
        """A port's client caught up; called by ports."""
        self._do(_nothing)

    # -- the hand on the bench

    @property
    def sim(self) -> SimCard | None:
        """The card in the slot."""
        return self._core.device.sim

    @property
    def powered(self) -> bool:
        """On, or booting."""
        return self._core.device.power is not Power.OFF

    def insert_sim(self, sim: SimCard) -> None:
        """Put a card in, while it runs or while it is off; one that was there comes out."""
        self._do(lambda: self._change_card(sim))

    def remove_sim(self) -> SimCard | None:
        """Pull the card; the modem says so."""
        card = self.sim
        if card is not None:
            self._do(lambda: self._change_card(None))
        return card

    def set_signal(self, rssi_dbm: int | None) -> None:
        """Field strength at this modem's antenna; ``None`` is no coverage."""
        self._network.set_signal(rssi_dbm, self.settings.imei)

    def reboot(self) -> None:
        """Pull RESET: everything volatile is gone, no goodbye, and it boots."""
        self._do(self._core.power.restart)

    def press_power_key(self) -> None:
        """Off when on (with its goodbye), on when off."""
        self._do(self._core.power.press_key)

    def cut_power(self) -> None:
        """Off without a word, as when the supply fails."""
        self._do(self._core.power.cut)

    def restore_power(self) -> None:
        """Boot, if it is off."""
        self._do(self._core.power.switch_on)

    def say(self, text: str) -> None:
        """Have it say a line of its own accord, when its ports are free; nothing while it is off."""
        if self._core.device.power is Power.ON:
            self._do(lambda: self._core.device.urc(text))

    @property
    def personality(self) -> Personality:
        """What it is."""
        return self._core.device.personality

    @property
    def radio(self) -> Radio:
        """Its registration and signal, to be looked at."""
        return self._core.radio

    # -- faults (see ``firmware_sim.faults``)

    @property
    def faults(self) -> Injector:
        """Its faults, to be looked at; what is added or removed goes through the methods below."""
        return self._core.faults()

    def add_fault(self, fault: Fault | str) -> ActiveFault:
        """Have a fault from now on: one of the models, or a spec like ``lost_ok:every=7``.

        Raises:
            FaultSpecError: There is no such fault, or there are too many.
        """
        if isinstance(fault, str):
            fault = parse_fault(fault)
        added = self.faults.add(fault, self._clock.monotonic())
        self._do(_nothing)
        return added

    def remove_fault(self, number: int) -> bool:
        """End a fault, and make good what it did that lasts. False: there is no such one."""
        removed = self.faults.remove(number, self._clock.monotonic())
        self._do(_nothing)
        return removed

    def replay_faults(self, record: Record) -> None:
        """Repeat what a record tells. For the same again it must be called before the first client.

        Raises:
            FaultSpecError: There are too many.
        """
        self.faults.replay(record, self._clock.monotonic())
        self._do(_nothing)

    # -- what its TCP connections call

    def socket_opened(self, socket: int) -> None:
        """Called by a connection."""
        self._do(lambda: self._core.sockets.opened(socket))

    def socket_failed(self, socket: int) -> None:
        """Called by a connection."""
        self._do(lambda: self._core.sockets.failed(socket))

    def socket_room(self, socket: int) -> int:
        """Called by a connection."""
        return self._core.sockets.room(socket)

    def socket_received(self, socket: int, data: bytes) -> None:
        """Called by a connection."""
        self._do(lambda: self._core.sockets.received(socket, data))

    def socket_sent(self, socket: int, n_bytes: int) -> None:
        """Called by a connection."""
        self._do(lambda: self._core.sockets.sent(socket, n_bytes))

    def socket_closed(self, socket: int) -> None:
        """Called by a connection."""
        self._do(lambda: self._core.sockets.closed(socket))

    # -- inner workings

    def _change_card(self, card: SimCard | None) -> None:
        self._core.power.change_card(card)

    def _do(self, happening: Callable[[], None]) -> None:
        if self._alive:
            self._core.at(self._clock.monotonic(), happening)
            self._carry_out()

    def _carry_out(self, rate: int | None = None) -> None:
        for action in self._core.take():
            match action:
                case Transmit(data, line):
                    if self.tap is not None:
                        self.tap(line, True, data)
                    if line in self._ports:
                        self._say(self._ports[line], data, self._core.baudrate if rate is None else rate)
                case OpenSocket(socket, host, port_number):
                    self._connections[socket] = TcpConnection(self, socket, host, port_number)
                case SendSocket(socket, data):
                    if socket in self._connections:
                        self._connections[socket].send(data)
                case CloseSocket(socket):
                    if (connection := self._connections.pop(socket, None)) is not None:
                        task = asyncio.create_task(connection.close())
                        self._closing.add(task)
                        task.add_done_callback(self._closing.discard)
        for socket, connection in self._connections.items():
            if self._core.sockets.room(socket) > 0:
                connection.has_room()
        for serial_line in self._core.lines:
            if serial_line.full != (serial_line.number in self._held):
                self._hold(serial_line.number, serial_line.full)
        self._plan()

    def _say(self, port: Port, data: bytes, rate: int) -> None:
        if self.settings.strict_baud and rate and port.rate:
            data = misheard(data, sent=rate, heard=port.rate)
        port.send(data)

    def _hold(self, line: int, on: bool) -> None:
        self._held ^= {line}
        if line in self._ports:
            self._ports[line].hold(on)

    def _plan(self) -> None:
        """One sleeper at most, for the earliest thing due."""
        wake_at = self._core.next_wake()
        if wake_at is None or (self._sleeper is not None and self._sleeps_until <= wake_at):
            return
        if self._sleeper is not None:
            self._sleeper.cancel()
        self._sleeps_until = wake_at
        self._sleeper = asyncio.create_task(self._sleep(wake_at), name="modem timers")

    async def _sleep(self, wake_at: float) -> None:
        await self._clock.sleep(max(0.0, wake_at - self._clock.monotonic()))
        self._sleeper = None
        self._do(_nothing)

    def _wake_soon(self) -> None:
        """The network had news, perhaps in the midst of a call of ours: not now, but next."""
        if not self._wake_pending and self._alive:
            self._wake_pending = True
            asyncio.get_running_loop().call_soon(self._woken)

    def _woken(self) -> None:
        self._wake_pending = False
        self._do(_nothing)


def _nothing() -> None:
    """Only time went on."""
