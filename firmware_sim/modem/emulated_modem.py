"""The shell around the modem core: its clock, its serial ports, its TCP connections."""

from types import TracebackType

from at_commands.links import Link
from provisioning.clock import Clock

from firmware_sim.modem.settings import ModemSettings
from firmware_sim.modem.sim_card import SimCard
from firmware_sim.network.network import Network


class EmulatedModem:
    """A SIM800C that foreign programs can talk to.

    It is powered on (and boots) when entered, and goes on living while clients come and go.

        async with EmulatedModem(ModemSettings(), SimCard(...), network, clock=clock) as modem:
            url = await modem.listen("pty:/tmp/tg-modem")
    """

    def __init__(
        self, settings: ModemSettings, sim: SimCard | None, network: Network, *, clock: Clock
    ) -> None:
        raise NotImplementedError

    async def __aenter__(self) -> "EmulatedModem":
        raise NotImplementedError

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        raise NotImplementedError

    def connect(self, name: str = "modem") -> Link:
        """The far end of a new in-memory serial line."""
        raise NotImplementedError

    async def listen(self, where: str) -> str:
        """Open a port: ``pty:/path/of/symlink`` (or ``pty:``), ``tcp:HOST:PORT`` (0 picks one),
        ``unix:/path``.

        Returns:
            The URL a client uses: a path, ``socket://host:port``, ``unix:///path``.

        Raises:
            ValueError: No such kind of port.
            OSError: It can't be opened.
        """
        raise NotImplementedError

    @property
    def sim(self) -> SimCard | None:
        """The card in the slot."""
        raise NotImplementedError

    def insert_sim(self, sim: SimCard) -> None:
        """Put a card in while it runs (or while it is off)."""
        raise NotImplementedError

    def remove_sim(self) -> SimCard | None:
        """Pull the card; the modem says so."""
        raise NotImplementedError

    def set_signal(self, rssi_dbm: int | None) -> None:
        """Field strength at this modem's antenna; ``None`` is no coverage."""
        raise NotImplementedError

    def reboot(self) -> None:
        """Pull RESET: everything volatile is gone, no goodbye, and it boots."""
        raise NotImplementedError

    def press_power_key(self) -> None:
        """Off when on (with its goodbye), on when off."""
        raise NotImplementedError

    def cut_power(self) -> None:
        """Off without a word, as when the supply fails."""
        raise NotImplementedError
