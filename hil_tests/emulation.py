"""The emulated world of one bench test: operator, network, SIM card and modem, and the hand that moves them.

Each test gets a fresh one, at the pseudo-terminal that a real modem's client would open.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random
from typing import Final

from firmware_sim.modem import EmulatedModem, ModemSettings, SimCard
from firmware_sim.network import (
    Network,
    NetworkConfig,
    NetworkRunner,
    PdpSession,
    RegistrationRecord,
    Subscriber,
    SubscriberState,
)
from firmware_sim.virtual_time import ScaledClock
from provisioning.clock import Clock

ICCID: Final = "8970101200000000422"
IMSI: Final = "250017000000042"
MSISDN: Final = "+79160000042"

CLOCK_RATE: Final = 20.0
"""Emulated seconds in a real one: registering takes a good half second. A client's deadlines are in real time
and so never nearer than with a modem of metal."""


@dataclass
class FarSide:
    """What happens to a modem from outside: operator, network, the hand at the SIM slot and at the mains."""

    modem: EmulatedModem
    network: Network
    clock: Clock

    @property
    def registrations(self) -> tuple[RegistrationRecord, ...]:
        """Registration procedures that the network has seen, oldest first."""
        return tuple(self.network.registrations)

    @property
    def data_session(self) -> PdpSession | None:
        """The data session which the SIM card has now."""
        return self.network.session(IMSI)

    @property
    def sim_state(self) -> SubscriberState:
        """What the operator's records say of the SIM card."""
        return self.network.subscriber(IMSI).state

    def tell_operator(self, state: SubscriberState) -> None:
        """Change the state of the SIM card at the operator, now."""
        self.network.set_state(IMSI, state, self.clock.monotonic())

    def send_sms(self, sender: str, text: str) -> None:
        """Let a message arrive for the SIM card."""
        self.network.send_sms(IMSI, sender, text, self.clock.monotonic())

    async def until_registered(self) -> None:
        """Return once the network has let the SIM card in."""
        await self.until(lambda: self.network.is_registered(IMSI, "cs"))

    @staticmethod
    async def until(true: Callable[[], bool]) -> None:
        """Return once `true()` is; the emulated world has no event for each thing a test may wait for."""
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


@asynccontextmanager
async def emulated_world(
    clock: Clock,
    *,
    seed: int,
    sim_state: SubscriberState,
    sim_card: SimCard | None = None,
    listen: str = "pty:",
) -> AsyncIterator[tuple[str, FarSide]]:
    """Run an operator, a network and a powered modem.

    Args:
        clock: of all three.
        seed: of all their random numbers.
        sim_state: what the operator's records say of the SIM card at the start.
        sim_card: the card in the slot, if it is not to be the plain one of `new_sim_card`.
        listen: where the modem's serial port is, as for `EmulatedModem.listen`.

    Yields:
        The link URL of the serial port, and the modem's far side.
    """
    # The operator never sweeps: on the bench a test says when a card becomes active.
    config = NetworkConfig(sweep_interval_s=None)
    network = Network(config, random=Random(seed), now=clock.monotonic())
    network.add_subscriber(Subscriber(imsi=IMSI, iccid=ICCID, msisdn=MSISDN, state=sim_state, paid=True))
    async with (
        NetworkRunner(network, clock),
        EmulatedModem(ModemSettings(seed=seed), sim_card or new_sim_card(), network, clock=clock) as modem,
    ):
        yield await modem.listen(listen), FarSide(modem, network, clock)


def new_sim_card(pin: str | None = None) -> SimCard:
    """The SIM card that the emulated operator knows."""
    return SimCard(iccid=ICCID, imsi=IMSI, msisdn=MSISDN, pin=pin)


def bench_time() -> ScaledClock:
    """The fast clock of an emulated world."""
    return ScaledClock(rate=CLOCK_RATE)
