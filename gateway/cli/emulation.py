"""An emulated modem with its card and its operator, put together for `sim modem` and for the demo."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Final

from firmware_sim.modem import EmulatedModem, ModemSettings, SimCard
from firmware_sim.network import Network, NetworkConfig, NetworkRunner, Subscriber, SubscriberState
from provisioning.records import luhn_ok

if TYPE_CHECKING:
    from provisioning.clock import Clock

ICCID_PREFIX: Final = "8970101"
"""Telecommunication 89, Russia 7, issuer 01, and the first digit of the account."""
IMSI_PREFIX: Final = "25001"
TYPE_ALLOCATION_CODE: Final = "86610402"


@dataclass(frozen=True)
class CardNumbers:
    """Numbers of an emulated card and its modem; the same seed gives the same ones."""

    iccid: str
    imsi: str
    msisdn: str
    imei: str

    @classmethod
    def of_seed(cls, seed: int) -> CardNumbers:
        """Numbers with right check digits."""
        random = Random(f"card numbers {seed}")

        def digits(count: int) -> str:
            return "".join(str(random.randrange(10)) for _ in range(count))

        return cls(
            iccid=with_check_digit(ICCID_PREFIX + digits(11)),
            imsi=IMSI_PREFIX + digits(10),
            msisdn="+7916" + digits(7),
            imei=with_check_digit(TYPE_ALLOCATION_CODE + digits(6)),
        )


def with_check_digit(digits: str) -> str:
    """The digits and their Luhn check digit (ISO/IEC 7812-1)."""
    return next(digits + check for check in "0123456789" if luhn_ok(digits + check))


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
