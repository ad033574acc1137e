"""The modem under test, whichever it is: opened, probed for its abilities, and put away again."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from hil_tests.abilities import Ability
from hil_tests.options import BenchOptions

if TYPE_CHECKING:
    from provisioning.clock import Clock


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


@dataclass
class BenchModem:
    """The modem under test.

    Attributes:
        url: where clients find it; each client opens it anew, one at a time.
        simulated: True for our emulator, here or in another process.
        missing: the abilities which it does not have, each with a sentence why.
    """

    url: str
    simulated: bool
    sim_card: BenchSimCard
    missing: Mapping[Ability, str]

    def require(self, *abilities: Ability) -> None:
        """Skip the running test, with the reason, unless the modem has all of `abilities`."""
        for ability in abilities:
            if ability in self.missing:
                pytest.skip(self.missing[ability])


def bench_clock(options: BenchOptions) -> "Clock":
    """Make the clock for a bench with these options."""
    raise NotImplementedError


@asynccontextmanager
async def open_bench_modem(options: BenchOptions, clock: "Clock") -> AsyncIterator[BenchModem]:
    """Open the modem that the options name, find out what it can do, and close it at the end."""
    raise NotImplementedError
    yield
