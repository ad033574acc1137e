"""The modem under test, whichever it is: opened, probed for its abilities, and put away again."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import pytest

from at_commands.client import AtClient
from at_commands.errors import AtError
from firmware_sim.network import SubscriberState
from hil_tests.abilities import Ability
from hil_tests.emulation import FarSide, bench_time, emulated_world
from hil_tests.options import BenchOptions
from hil_tests.probe import Probed, client_at, probe
from provisioning.clock import Clock, SystemClock

EXIT_BENCH_UNUSABLE: Final = 2
"""Exit code when the modem at --tg-port cannot be used at all."""


@dataclass(frozen=True)
class BenchSimCard:
    """The SIM card in the modem under test.

    Attributes:
        iccid, imsi: as its modem reads them; None where there is no card that can be read.
        pin: the PIN that may be entered, or None.
    """

    iccid: str | None
    imsi: str | None
    pin: str | None
    _far_side: FarSide | None = field(default=None, repr=False)

    def tell_operator(self, state: SubscriberState) -> None:
        """Change the state of this card at the operator, now. For tests that need `operator`."""
        assert self._far_side is not None, "the test must need 'operator'"
        self._far_side.tell_operator(state)


@dataclass
class BenchModem:
    """The modem under test.

    Attributes:
        url: where clients find it; one at a time opens it.
        simulated: True for our emulator, here or in another process.
        sim_card: the card in it.
        missing: the abilities which it does not have, each with a sentence why.
    """

    url: str
    simulated: bool
    sim_card: BenchSimCard
    missing: Mapping[Ability, str]
    clock: Clock
    _far_side: FarSide | None = field(default=None, repr=False)

    def require(self, *abilities: Ability) -> None:
        """Skip the running test, with the reason, unless the modem has all of `abilities`."""
        for ability in abilities:
            if ability in self.missing:
                pytest.skip(self.missing[ability])

    def has(self, *abilities: Ability) -> bool:
        """True if the modem has all of `abilities`."""
        return not any(ability in self.missing for ability in abilities)

    def client(self) -> AbstractAsyncContextManager[AtClient]:
        """Open the port: a client that is in step with the modem and knows its dialect.

        Raises, on entering:
            LinkError, NoAnswerError: the modem has gone since the test began.
        """
        return client_at(self.url)

    @property
    def far_side(self) -> FarSide:
        """The hand that moves what is around the modem. For tests that need `far_side` or `operator`."""
        assert self._far_side is not None, "the test must need 'far_side'"
        return self._far_side


def bench_clock(options: BenchOptions) -> Clock:
    """Fast where all is emulated here, the machine's own where a foreign process or a device takes part."""
    return bench_time() if options.port is None else SystemClock()


@asynccontextmanager
async def open_bench_modem(
    options: BenchOptions, clock: Clock, needed: tuple[Ability, ...]
) -> AsyncIterator[BenchModem]:
    """Give the modem that the options name.

    An emulated one is made for the test; its SIM card starts in stock, unless the test needs it registered.
    A modem at --tg-port that cannot be used at all ends the whole run with one sentence and exit code 2.
    """
    if options.port is None:
        async with _emulated(options, clock, needed) as modem:
            yield modem
    else:
        yield await _at_port(options.port, options, clock)


@asynccontextmanager
async def _emulated(
    options: BenchOptions, clock: Clock, needed: tuple[Ability, ...]
) -> AsyncIterator[BenchModem]:
    state = SubscriberState.ACTIVE if Ability.REGISTERED in needed else SubscriberState.IN_STOCK
    async with emulated_world(clock, seed=options.seed, sim_state=state) as (url, far_side):
        if Ability.REGISTERED in needed:
            await far_side.until_registered()
        probed = await probe(url, pin=None)
        sim_card = BenchSimCard(probed.iccid, probed.imsi, None, far_side)
        yield BenchModem(url, True, sim_card, {}, clock, far_side)


async def _at_port(url: str, options: BenchOptions, clock: Clock) -> BenchModem:
    try:
        probed = await probe(url, pin=options.pin)
    except AtError as error:
        pytest.exit(f"the modem at --tg-port {url} cannot be used: {error}", returncode=EXIT_BENCH_UNUSABLE)
    sim_card = BenchSimCard(probed.iccid, probed.imsi, options.pin)
    return BenchModem(url, probed.simulated, sim_card, missing_abilities(probed, options), clock)


def missing_abilities(probed: Probed, options: BenchOptions) -> dict[Ability, str]:
    """What a modem at --tg-port cannot do or may not be asked to do, each with the reason a person reads."""
    missing = {
        Ability.OPERATOR: "this modem's operator cannot be told to change the state of the SIM",
        Ability.FAR_SIDE: "signal, messages and the SIM slot of this modem are out of our hands",
    }
    if probed.sim_problem is not None:
        for ability in (Ability.SIM_CARD, Ability.REGISTERED, Ability.USSD, Ability.DATA, Ability.SOCKETS):
            missing[ability] = probed.sim_problem
    elif not probed.registered:
        for ability in (Ability.REGISTERED, Ability.USSD, Ability.DATA, Ability.SOCKETS):
            missing[ability] = "this modem is not registered in a network"
    if not probed.simulated and not options.allow_radio:
        for ability, what in _COSTS.items():
            missing.setdefault(ability, f"{what}; --tg-allow-radio would allow it")
    if not probed.simulated and options.broker is None:
        missing.setdefault(
            Ability.SOCKETS, "this modem's network does not reach a broker on this machine; give --tg-broker"
        )
    return missing


_COSTS: Final = {
    Ability.RADIO: "cycling the radio of a real modem is network signalling",
    Ability.USSD: "USSD on a real modem is network signalling",
    Ability.DATA: "a data session of a real modem costs traffic and may get a kit SIM blocked",
    Ability.SOCKETS: "a connection of a real modem costs traffic and may get a kit SIM blocked",
}
