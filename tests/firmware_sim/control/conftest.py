"""The control API served for a real simulated modem, and a real HTTP client."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from random import Random

import httpx
import pytest

from at_commands.client import AtClient
from firmware_sim.control import ControlledModem, make_app, serving
from firmware_sim.modem import EmulatedModem, ModemSettings, SimCard
from firmware_sim.network import Network, NetworkConfig, NetworkRunner, Subscriber, SubscriberState
from provisioning.clock import SystemClock

IMSI, ICCID = "250011234567890", "8970101234567890123"


@dataclass
class Site:
    """A served modem."""

    url: str
    http: httpx.AsyncClient
    modem: EmulatedModem
    network: Network
    stack: AsyncExitStack

    async def client(self) -> AtClient:
        """A program at the modem."""
        at = await self.stack.enter_async_context(AtClient(self.modem.connect()))
        await at.sync()
        await at.execute("ATE0")
        return at


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    clock = SystemClock()
    config = NetworkConfig(sweep_interval_s=None, sms_delay_s=(0, 0), ussd_delay_s=(0, 0))
    network = Network(config, random=Random(1), now=clock.monotonic())
    network.add_subscriber(Subscriber(IMSI, ICCID, "+79161234567", SubscriberState.ACTIVE))
    card = SimCard(ICCID, IMSI, "+79161234567")
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(NetworkRunner(network, clock))
        modem = await stack.enter_async_context(
            EmulatedModem(ModemSettings(delay=0), card, network, clock=clock)
        )
        app = make_app({"modem": ControlledModem("modem", modem, network, clock.monotonic, card, IMSI)})
        url = await stack.enter_async_context(serving(app, "127.0.0.1", 0))
        http = await stack.enter_async_context(httpx.AsyncClient(base_url=f"{url}/modems/modem"))
        yield Site(url, http, modem, network, stack)
