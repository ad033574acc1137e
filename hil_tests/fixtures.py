"""The `tg_` fixtures. Thin: what they give is built in `hil_tests.bench`, imported only when one is used."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from hil_tests.abilities import needed_by
from hil_tests.options import BenchOptions

if TYPE_CHECKING:
    from hil_tests.broker import BenchBroker
    from hil_tests.gateway import BenchGateway
    from hil_tests.modem import BenchModem, BenchSimCard
    from provisioning.clock import Clock


@pytest.fixture
def tg_clock(pytestconfig: pytest.Config) -> "Clock":
    """The clock of the bench: fast for an emulated modem, the real one for a modem on a port."""
    from hil_tests.modem import bench_clock

    return bench_clock(BenchOptions.of(pytestconfig))


@pytest_asyncio.fixture
async def tg_modem(request: pytest.FixtureRequest, tg_clock: "Clock") -> AsyncIterator["BenchModem"]:
    """The modem under test (`BenchModem`): emulated and fresh for each test, or the one at --tg-port.

    Skips the test with the reason if the modem lacks what `needs(...)` asks for.
    """
    from hil_tests.modem import open_bench_modem

    options, needed = BenchOptions.of(request.config), needed_by(request.node)

    async with open_bench_modem(options, tg_clock, needed) as modem:
        modem.require(*needed)
        yield modem


@pytest.fixture
def tg_sim_card(tg_modem: "BenchModem") -> "BenchSimCard":
    """The SIM card in that modem (`BenchSimCard`): its numbers, its state if we are the operator."""
    return tg_modem.sim_card


@pytest_asyncio.fixture
async def tg_broker(pytestconfig: pytest.Config, tmp_path: Path) -> AsyncIterator["BenchBroker"]:
    """A running MQTT broker (`BenchBroker`): --tg-broker, else mosquitto, else the embedded one."""
    from hil_tests.broker import open_bench_broker

    async with open_bench_broker(BenchOptions.of(pytestconfig), tmp_path) as broker:
        yield broker


@pytest_asyncio.fixture
async def tg_gateway(
    pytestconfig: pytest.Config, tg_modem: "BenchModem", tg_broker: "BenchBroker", tmp_path: Path
) -> AsyncIterator["BenchGateway"]:
    """The real gateway (`BenchGateway`) between `tg_modem` and a registrar at `tg_broker`; not started."""
    from hil_tests.gateway import open_bench_gateway

    async with open_bench_gateway(BenchOptions.of(pytestconfig), tg_modem, tg_broker, tmp_path) as gateway:
        yield gateway
