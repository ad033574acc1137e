"""What all parts of the emulated modem share: time, chance, the card, the way out."""

from collections.abc import Callable, Iterable
from enum import Enum
from random import Random
from typing import TYPE_CHECKING, Protocol

from firmware_sim.modem.actions import Action
from firmware_sim.modem.outcomes import CmeRefusedError, CmsRefusedError
from firmware_sim.modem.personality import Personality
from firmware_sim.modem.profile import Profile
from firmware_sim.modem.sim_card import SimCard, SimStatus
from firmware_sim.modem.terminal import Terminal
from firmware_sim.modem.timers import Timer, Timers
from firmware_sim.network import Network

if TYPE_CHECKING:
    from firmware_sim.modem.sabotage import Sabotage
    from firmware_sim.modem.settings import ModemSettings


class Power(Enum):
    """Whether it lives. ``BOOTING`` hears nothing."""

    OFF = 0
    BOOTING = 1
    ON = 2


class SocketEvents(Protocol):
    """What the world tells the modem's TCP stack; sockets are known by their numbers."""

    def room(self, socket: int) -> int:
        """How many bytes may be received now; 0: stop reading for now."""
        ...

    def opened(self, socket: int) -> None:
        """The real connection stands."""
        ...

    def failed(self, socket: int) -> None:
        """There is no such real connection to be had."""
        ...

    def sent(self, socket: int, n_bytes: int) -> None:
        """The real socket took what it was given."""
        ...

    def received(self, socket: int, data: bytes) -> None:
        """Bytes from the peer."""
        ...

    def closed(self, socket: int) -> None:
        """The peer hung up."""
        ...


class Device:
    """The hardware, so to speak. Features keep their own state and reach everything else through this."""

    terminal: Terminal
    """Whose command is being carried out, or was last."""
    sockets: SocketEvents
    """The TCP stack, set by the family's feature."""

    def __init__(
        self,
        settings: "ModemSettings",
        personality: Personality,
        sim: SimCard | None,
        network: Network,
        now: float,
    ) -> None:
        self.settings = settings
        self.personality = personality
        self.imei = settings.imei
        self.network = network
        self.random = Random(settings.seed)
        self.now = now
        self.sim = sim
        self.power = Power.OFF
        self.functionality = 1  # +CFUN
        self.sim_started = False  # the card answered since power-up
        self.messages_ready = False  # "SMS Ready" was said
        self.reporting: dict[str, int] = {}  # +CREG=n and its kin, by the command's name
        self.remembered: dict[str, str] = {}  # settings without effect, as they were written
        self.timers = Timers()
        self.actions: list[Action] = []
        self.wake: Callable[[], None] = lambda: None  # something is due that next_wake did not know of
        self.terminals: Callable[[], Iterable[Terminal]] = lambda: ()
        self.faults: Sabotage | None = None  # none until the first one is asked for

    @property
    def profile(self) -> Profile:
        """Of the terminal whose command is being carried out."""
        return self.terminal.profile

    @property
    def character_set(self) -> str:
        """``+CSCS`` in force."""
        return self.profile.character_set

    def after(self, seconds: float, callback: Callable[[], None]) -> Timer:
        """Call ``callback`` after a protocol time: no scale applies."""
        return self.timers.at(self.now + seconds, callback)

    def latency(self, span: tuple[float, float]) -> float:
        """A time within a span, scaled by the settings; the same seed draws the same row."""
        return self.random.uniform(*span) * self.settings.delay

    def urc(self, text: str | bytes, to: Terminal | None = None) -> None:
        """Say it to all terminals, or to one, each when its line is free; ``bytes`` go out without a frame. All stand
        in for one whose channel is closed.
        """
        live = tuple(self.terminals())
        for terminal in live if to is None or to not in live else (to,):
            terminal.urcs.append(text)

    def do(self, action: Action) -> None:
        """Have the shell do it."""
        self.actions.append(action)

    @property
    def radio_on(self) -> bool:
        """May transmit."""
        return self.power is Power.ON and self.functionality == 1

    @property
    def sim_powered(self) -> bool:
        """The slot has current: not in minimum functionality."""
        return self.power is Power.ON and self.functionality != 0

    def card(self) -> SimCard:
        """The card in the slot, whatever its PIN.

        Raises:
            CmeRefusedError: 10 none, 14 busy since power-up, 772 powered down by CFUN=0.
        """
        if self.sim is None:
            raise CmeRefusedError(10)
        if not self.sim_powered:
            raise CmeRefusedError(772)
        if not self.sim_started:
            raise CmeRefusedError(14)
        return self.sim

    def ready_card(self) -> SimCard:
        """The card, its PIN entered.

        Raises:
            CmeRefusedError: As :meth:`card`; 11 PIN, 12 PUK, 13 dead.
        """
        card = self.card()
        if not card.ready:
            raise CmeRefusedError({SimStatus.PIN: 11, SimStatus.PUK: 12, SimStatus.DEAD: 13}[card.status])
        return card

    def message_card(self) -> SimCard:
        """The card, for a message command.

        Raises:
            CmsRefusedError: The same in 27.005's numbers; 314 until ``SMS Ready``.
        """
        try:
            card = self.ready_card()
        except CmeRefusedError as refused:
            numbers = {10: 310, 11: 311, 12: 316, 13: 313, 14: 314, 772: 313}
            raise CmsRefusedError(numbers[refused.code]) from None
        if not self.messages_ready:
            raise CmsRefusedError(314)
        return card
