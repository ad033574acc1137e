"""The gateway of the bench: the real one, between the modem under test and a registrar on the far side."""

import asyncio
import contextlib
import json
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final, Literal

from gateway.commissioning import report_of
from gateway.config import parse_config
from gateway.service import GatewayService
from hil_tests.abilities import Ability
from hil_tests.broker import BenchBroker
from hil_tests.modem import BenchModem
from hil_tests.options import BenchOptions
from provisioning.inventory import ReceivedMessage
from provisioning.journey import Commissioning, Reason, State
from provisioning.messages import Reading, Telemetry
from provisioning.mqtt import BrokerSettings
from provisioning.mqtt_aiomqtt import AiomqttConnector
from provisioning.pki import CertificateAuthority
from provisioning.registrar import Registrar
from provisioning.registration import InventoryRecord
from provisioning.store import Database
from provisioning.topics import Topics

CLAIM_CODE: Final = "BENCH-CLAIM-CODE"
DEFAULT_APN: Final = "internet"

CONNECT_TIMEOUT_S: Final = 30.0

PATIENCE_S: Final = 45.0
"""Real seconds that a test waits for the gateway to come to something; on an emulated modem it takes a few."""

Setting = str | float | bool


@dataclass
class BenchGateway:
    """The gateway with its cloud side: start it, wait for a state, stop it, look at both ends.

    Attributes:
        serial: of the controller that it speaks for; the registrar knows it.
        registrar: the cloud's side, connected already.
        settings: the tables of its gateway.toml; what is changed here counts from the next start on.
    """

    serial: str
    registrar: Registrar
    settings: dict[str, dict[str, Setting]]
    _file: Path
    _modem: BenchModem
    _options: BenchOptions
    _service: GatewayService | None = None
    _running: asyncio.Task[Commissioning] | None = None
    _starts: int = field(default=0)

    async def start(self) -> None:
        """Start the gateway, with what an earlier run has left in its store. Returns at once."""
        assert self._running is None, "it runs already"
        self._starts += 1
        self._service = GatewayService(
            parse_config(_toml(self.settings), self._file),
            clock=self._modem.clock,
            random=Random(f"gateway {self._options.seed} {self._starts}"),
        )
        self._running = asyncio.create_task(self._service.run(), name="gateway")

    async def stop(self) -> None:
        """Stop it as SIGTERM would. Raises what it died of, if it did."""
        if self._running is None:
            return
        self.service.stop()
        running, self._running = self._running, None
        await running

    @property
    def service(self) -> GatewayService:
        """The running gateway's inside."""
        assert self._service is not None, "start it first"
        return self._service

    @property
    def snapshot(self) -> Commissioning:
        """Where commissioning stands."""
        return self.service.runner.snapshot

    @property
    def state(self) -> State:
        """Its state."""
        return self.snapshot.state

    @property
    def attempts(self) -> int:
        """Signalling attempts made so far."""
        return self.snapshot.attempts

    def explanation(self, lang: Literal["ru", "en"]) -> str:
        """What it tells a person, and the cloud, about where it stands."""
        text = report_of(self.snapshot).explanation
        return text.ru if lang == "ru" else text.en

    async def wait_for(self, *states: State, reason: Reason | None = None) -> None:
        """Return when it is in one of the states (for that reason). Raises if the gateway ends instead."""
        await self.until(lambda: self.state in states and (reason is None or self.snapshot.reason is reason))

    async def until(self, true: Callable[[], bool], *, within_s: float = PATIENCE_S) -> None:
        """Return once `true()` is; a bystander has no event for each thing that a test may wait for.

        Args:
            within_s: real seconds.

        Raises:
            AssertionError: it did not come true in time, or the gateway has ended; says where it stood.
        """
        assert self._running is not None, "start it first"
        loop = asyncio.get_running_loop()
        deadline = loop.time() + within_s
        while not true():
            if self._running.done():
                raise AssertionError("the gateway has ended") from self._running.exception()
            if loop.time() > deadline:
                raise AssertionError(f"still {self.state} ({self.snapshot.reason}) after {within_s:.0f} s")
            await asyncio.sleep(0.01)

    @property
    def telemetry_acknowledged(self) -> int:
        """Telemetry messages that the cloud has acknowledged to this run of the gateway."""
        return self.service.cloud.counts["telemetry_acked"]

    async def wait_telemetry_acknowledged(self, count: int) -> None:
        """Return when the cloud has acknowledged so many telemetry messages to this run of the gateway."""
        await self.until(lambda: self.telemetry_acknowledged >= count)

    async def record(self) -> InventoryRecord:
        """What the cloud knows of the controller."""
        return await self.registrar.device(self.serial)

    async def received(self) -> list[ReceivedMessage]:
        """Telemetry messages that the cloud has processed, in the order of their arrival."""
        return await self.registrar.received((await self.record()).device_id)

    async def readings(self) -> list[Reading]:
        """The readings in them."""
        messages = await self.received()
        return [
            reading for message in messages for reading in Telemetry.from_payload(message.payload).readings
        ]


@asynccontextmanager
async def open_bench_gateway(
    options: BenchOptions, modem: BenchModem, broker: BenchBroker, directory: Path
) -> AsyncIterator[BenchGateway]:
    """Run a registrar that knows the gateway's controller, and prepare the gateway; the test starts it.

    Its bytes travel through the modem's own TCP stack where that can be, else over this machine's network.
    """
    # A broker that others use too must not mix our devices with theirs.
    topics = Topics(f"tg-bench-{secrets.token_hex(4)}/v1")
    serial = f"BENCH-{options.seed}"
    connector = AiomqttConnector()
    settings = BrokerSettings.parse(broker.url, protocol=broker.protocol)
    async with Database(directory / "cloud.db") as database:
        ca = CertificateAuthority.create(now=modem.clock.now())
        registrar = Registrar(
            database, ca=ca, clock=modem.clock, random=Random(f"registrar {options.seed}"), topics=topics
        )
        await registrar.add_device(serial, model="bench", claim_code=CLAIM_CODE)
        serving = asyncio.create_task(
            registrar.serve(connector, settings, client_id=f"registrar-{secrets.token_hex(4)}"),
            name="registrar",
        )
        gateway: BenchGateway | None = None
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                connected = asyncio.ensure_future(registrar.wait_connected())
                await asyncio.wait((connected, serving), return_when=asyncio.FIRST_COMPLETED)
            if serving.done():
                serving.result()
            tables = _settings(options, modem, broker, serial=serial, root=topics.root)
            gateway = BenchGateway(serial, registrar, tables, directory / "gateway.toml", modem, options)
            yield gateway
        finally:
            if gateway is not None:
                await gateway.stop()
            serving.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await serving


def _settings(
    options: BenchOptions, modem: BenchModem, broker: BenchBroker, *, serial: str, root: str
) -> dict[str, dict[str, Setting]]:
    through_modem = modem.has(Ability.DATA, Ability.SOCKETS)
    tables: dict[str, dict[str, Setting]] = {
        "device": {"serial": serial, "model": "bench", "claim_code": CLAIM_CODE},
        "modem": {"port": modem.url, "apn": options.apn or DEFAULT_APN, "poll_s": 1.0},
        "cloud": {"broker": broker.url, "root": root, "protocol": broker.protocol},
        "uplink": {"kind": "modem" if through_modem else "host"},
        # Seconds between attempts are for the emulated network only; a real one gets the standard ladder.
        "waiting": {"policy": "bench" if modem.simulated else "standard"},
        "store": {"dir": "state"},
        "telemetry": {"period_s": 1.0},
    }
    if options.pin is not None:
        tables["modem"]["pin"] = options.pin
    return tables


def _toml(tables: Mapping[str, Mapping[str, Setting]]) -> str:
    # A JSON text, number or truth value is the same in TOML.
    return "\n".join(
        f"[{name}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in table.items())
        for name, table in tables.items()
    )
