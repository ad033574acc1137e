"""A site on the emulated side of the wire: one modem with its card in one network."""

from __future__ import annotations

import asyncio
import contextlib
import random
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from at_commands.dialects import sim800_sockets as sockets
from at_commands.links import Link
from at_commands.transcript import Transcript
from firmware_sim.memory_broker import MemoryBroker
from firmware_sim.modem import EmulatedModem, ModemSettings, SimCard
from firmware_sim.network import Network, NetworkConfig, NetworkRunner, Subscriber, SubscriberState
from firmware_sim.virtual_time import LoopClock, VirtualLoop, run_virtual
from gateway.commissioning import Progress
from gateway.config import GatewayConfig
from gateway.modem import Modem
from gateway.service import GatewayService
from gateway.uplink import ModemUplink
from provisioning.clock import Clock
from provisioning.inventory import InventoryRecord
from provisioning.journey import Commissioning, State
from provisioning.mqtt import BrokerSettings
from provisioning.pki import CertificateAuthority
from provisioning.registrar import Registrar
from provisioning.registration import Approval
from provisioning.store import Database

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
        personality: str = "sim800c",
    ) -> AsyncIterator[Site]:
        network = Network(
            config or NetworkConfig(sweep_interval_s=None),
            random=random.Random(seed),
            now=clock.monotonic(),
        )
        network.add_subscriber(Subscriber(IMSI, iccid=ICCID, msisdn="+79161234567", state=state, paid=True))
        card = SimCard(ICCID, IMSI, msisdn="+79161234567", pin=pin)
        settings = ModemSettings(personality=personality, delay=delay, seed=seed)
        async with (
            NetworkRunner(network, clock),
            EmulatedModem(settings, card if with_card else None, network, clock=clock) as emulated,
        ):
            transcript = Transcript(limit=200_000, clock=clock.monotonic)
            yield Site(clock, network, card, emulated, transcript)

    return opening


SERIAL = "ZT-0001"
CLAIM_CODE = "AB12-CD34"


class SessionUplink(ModemUplink):
    """Opens the data session through the modem; MQTT itself goes to the broker in memory."""

    @contextlib.asynccontextmanager
    async def open(self, host: str, port: int) -> AsyncIterator[tuple[str, int]]:
        await self._modem.client.send(sockets.local_address())
        yield host, port


@dataclass
class World:
    """A device, its operator and its cloud, all on virtual time."""

    directory: Path
    clock: LoopClock
    loop: VirtualLoop
    site: Site
    broker: MemoryBroker
    registrar: Registrar
    progress: list[Progress] = field(default_factory=list)

    def config(self, **tables: dict[str, object]) -> GatewayConfig:
        whole: dict[str, dict[str, object]] = {
            "device": {"serial": SERIAL, "claim_code": CLAIM_CODE, "model": "H-1V"},
            "modem": {"port": "memory"},
            "cloud": {"broker": "mqtt://broker.example"},
            "store": {"dir": self.directory / "gateway"},
            "telemetry": {"period_s": 600},
        }
        for name, table in tables.items():
            whole[name] = {**whole.get(name, {}), **table}
        return GatewayConfig.model_validate(whole)

    def service(self, config: GatewayConfig | None = None, **options: object) -> GatewayService:
        chosen: dict[str, object] = {
            "clock": self.clock,
            "random": random.Random("gateway"),
            "connector": self.broker,
            "open_link": self.site.open_link,
            "uplink": lambda modem: SessionUplink(modem, apn="internet"),
            "hold": self.loop.hold,
            "observer": self.progress.append,
            "transcript": self.site.transcript,
            **options,
        }
        return GatewayService(config or self.config(), **chosen)  # type: ignore[arg-type]

    @contextlib.asynccontextmanager
    async def running(
        self, config: GatewayConfig | None = None, *, kill: bool = False, **options: object
    ) -> AsyncIterator[GatewayService]:
        """A gateway that runs; at the end it is stopped, or killed as far as that can be done in-process."""
        service = self.service(config, **options)
        task = asyncio.create_task(service.run(), name="gateway")
        try:
            yield service
        finally:
            if kill:
                task.cancel()
            else:
                service.stop()
            done, _ = await asyncio.wait([task], timeout=300)
            assert done, "the gateway does not stop"
            if not task.cancelled():
                task.result()

    async def reached(
        self, service: GatewayService, *states: State, within_s: float = 3600.0
    ) -> Commissioning:
        async with asyncio.timeout(within_s):
            return await service.runner.wait_for(*states)

    async def until(self, condition: Callable[[], bool], *, within_s: float = 3600.0) -> None:
        """Wait on virtual time, which costs nothing."""
        async with asyncio.timeout(within_s):
            while not condition():
                await self.clock.sleep(1.0)

    async def device(self) -> InventoryRecord:
        return await self.registrar.device(SERIAL)


Story = Callable[[World], Awaitable[None]]
Player = Callable[..., None]


@pytest.fixture
def play(tmp_path: Path, open_site: SiteMaker) -> Player:
    """Runs a story in a world of its own: `play(story, state=…, pin=…)`; options as of `open_site`."""

    def playing(
        story: Story, *, known: bool = True, approval: Approval = Approval.AUTO, **options: object
    ) -> None:
        async def on_loop() -> None:
            loop = asyncio.get_running_loop()
            assert isinstance(loop, VirtualLoop)
            clock = LoopClock()
            broker = MemoryBroker()
            directory = Path(tempfile.mkdtemp(dir=tmp_path))
            async with (
                open_site(clock, **options) as site,
                Database(directory / "cloud.db", hold=loop.hold) as db,
            ):
                registrar = Registrar(
                    db,
                    ca=CertificateAuthority.create(now=clock.now()),
                    clock=clock,
                    random=random.Random("cloud"),
                )
                if known:
                    await registrar.add_device(SERIAL, model="H-1V", claim_code=CLAIM_CODE, approval=approval)
                serving = asyncio.create_task(registrar.serve(broker, BrokerSettings("broker.example")))
                await registrar.wait_connected()
                try:
                    await story(World(directory, clock, loop, site, broker, registrar))
                    left = {
                        task.get_name()
                        for task in asyncio.all_tasks()
                        if task.get_name().startswith("commissioning")
                    }
                    assert not left
                finally:
                    serving.cancel()
                    await asyncio.gather(serving, return_exceptions=True)

        run_virtual(on_loop())

    return playing
