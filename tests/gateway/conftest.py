"""A site on the emulated side of the wire: one modem with its card in one network."""

from __future__ import annotations

import contextlib
import random
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import pytest
from at_commands.links import Link
from at_commands.transcript import Transcript
from firmware_sim.modem import EmulatedModem, ModemSettings, SimCard
from firmware_sim.network import Network, NetworkConfig, NetworkRunner, Subscriber, SubscriberState
from gateway.modem import Modem
from provisioning.clock import Clock

IMSI = "250011234567890"
ICCID = "8970101123456789015"


@dataclass
class Site:
    """The emulated site; `modem()` makes facades that speak to it over an in-memory link."""

    clock: Clock
    network: Network
    card: SimCard
    emulated: EmulatedModem
    transcript: Transcript
    links: list[Link] = field(default_factory=list)

    async def open_link(self) -> Link:
        self.links.append(self.emulated.connect())
        return self.links[-1]

    def modem(self, **options: object) -> Modem:
        return Modem(self.open_link, clock=self.clock, transcript=self.transcript, **options)  # type: ignore[arg-type]

    def set_state(self, state: SubscriberState) -> None:
        self.network.set_state(IMSI, state, self.clock.monotonic())

    def sent(self, command: str) -> int:
        """How often a command went to the modem."""
        return sum(entry.direction == ">" and entry.text.startswith(command) for entry in self.transcript)


SiteMaker = Callable[..., contextlib.AbstractAsyncContextManager[Site]]


@pytest.fixture
def open_site() -> SiteMaker:
    """A function that opens a site: a switched-on modem whose card the operator knows."""

    @contextlib.asynccontextmanager
    async def opening(
        clock: Clock,
        *,
        state: SubscriberState = SubscriberState.ACTIVE,
        pin: str | None = None,
        with_card: bool = True,
        delay: float = 1.0,
        config: NetworkConfig | None = None,
        seed: int = 7,
    ) -> AsyncIterator[Site]:
        network = Network(
            config or NetworkConfig(sweep_interval_s=None),
            random=random.Random(seed),
            now=clock.monotonic(),
        )
        network.add_subscriber(Subscriber(IMSI, iccid=ICCID, msisdn="+79161234567", state=state, paid=True))
        card = SimCard(ICCID, IMSI, msisdn="+79161234567", pin=pin)
        settings = ModemSettings(delay=delay, seed=seed)
        async with (
            NetworkRunner(network, clock),
            EmulatedModem(settings, card if with_card else None, network, clock=clock) as emulated,
        ):
            transcript = Transcript(limit=200_000, clock=clock.monotonic)
            yield Site(clock, network, card, emulated, transcript)

    return opening
