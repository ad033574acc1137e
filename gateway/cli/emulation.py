"""An emulated modem with its card and its operator, put together for `sim modem` and for the demo."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from firmware_sim.card_numbers import CardNumbers
from firmware_sim.modem import EmulatedModem, ModemSettings, SimCard
from firmware_sim.network import Network, NetworkConfig, NetworkRunner, Subscriber, SubscriberState

if TYPE_CHECKING:
    from provisioning.clock import Clock


@dataclass(frozen=True)
class EmulatedSite:
    """A modem that is switched on, its card in it, and the operator around it."""

    modem: EmulatedModem
    network: Network
    card: SimCard | None
    subscriber: Subscriber


@asynccontextmanager
async def emulated_site(
    clock: Clock,
    *,
    numbers: CardNumbers,
    modem: ModemSettings,
    operator: NetworkConfig,
    state: SubscriberState = SubscriberState.IN_STOCK,
    pin: str | None = None,
    card_in_place: bool = True,
    seed: int = 0,
) -> AsyncIterator[EmulatedSite]:
    """Switch an emulated modem on in an emulated network.

    Args:
        clock: of the network and the modem.
        numbers: of the card; the operator knows it and it is paid for.
        card_in_place: False leaves the slot empty.
        seed: of the operator's random numbers.
    """
    network = Network(operator, random=Random(f"operator {seed}"), now=clock.monotonic())
    subscriber = network.add_subscriber(
        Subscriber(numbers.imsi, iccid=numbers.iccid, msisdn=numbers.msisdn, state=state, paid=True)
    )
    card = SimCard(numbers.iccid, numbers.imsi, msisdn=numbers.msisdn, pin=pin) if card_in_place else None
    async with NetworkRunner(network, clock), EmulatedModem(modem, card, network, clock=clock) as device:
        yield EmulatedSite(device, network, card, subscriber)
