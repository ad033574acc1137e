"""The gateway of the bench: the real one, between the modem under test and a registrar on the far side."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from hil_tests.broker import BenchBroker
from hil_tests.modem import BenchModem
from hil_tests.options import BenchOptions


@dataclass
class BenchGateway:
    """The gateway with its cloud side; `start` it, wait for a state, restart it, look at both ends."""

    serial: str


@asynccontextmanager
async def open_bench_gateway(
    options: BenchOptions, modem: BenchModem, broker: BenchBroker, directory: Path
) -> AsyncIterator[BenchGateway]:
    """Prepare the gateway's configuration and a registrar that knows its controller."""
    raise NotImplementedError
    yield
