"""The gateway with a ZONT controller: the emulated firmware on its socket, a real broker, the cloud's registrar."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiomqtt
import pytest
from bare_house import firmware

from firmware_sim.controller import presets as p
from firmware_sim.controller.local_network import LocalServer
from firmware_sim.controller.local_session import LocalAccess
from firmware_sim.virtual_time import ScaledClock
from gateway.config import GatewayConfig
from gateway.service import GatewayService
from provisioning.messages import CommandRequest, CommandResult, Event, Reading, Telemetry
from provisioning.mqtt import BrokerSettings
from provisioning.mqtt_aiomqtt import AiomqttConnector
from provisioning.pki import CertificateAuthority
from provisioning.registrar import Registrar
from provisioning.store import Database

SERIAL, CLAIM_CODE = "ZT-0001", "AB12-CD34"
RATE = 20.0
"""The gateway's waiting runs so much faster; sockets and MQTT are in real time."""
WITHIN_S = 30.0
YARD, AIR = f"relay.{p.RELAY_YARD}.on", "air_setpoint"


class Plant:
    """The controller on its socket, which can be unplugged and plugged in again."""

    def __init__(self) -> None:
        self.firmware, self.house = firmware()
        self._server = LocalServer(self.firmware, LocalAccess("gateway", "s3cret"), before=self.firmware.step)
        self.firmware.listeners.append(self._server.changed)
        self._stack = AsyncExitStack()
        self.port = 0

    async def plug_in(self) -> None:
        url = await self._stack.enter_async_context(self._server.serving("127.0.0.1", self.port))
        self.port = int(url.split(":")[2].split("/")[0])

    async def unplug(self) -> None:
        await self._stack.aclose()


class Cloud:
    """What arrives at the broker, and a hand to send commands with."""

    def __init__(self, registrar: Registrar) -> None:
        self._registrar = registrar
        self._news = asyncio.Condition()
        self._device_id = ""
        self.last: dict[str, Reading] = {}
        """Each reading as it was told last."""
        self.events: list[str] = []
        self.results: dict[str, CommandResult] = {}

    @property
    def good(self) -> set[str]:
        """Names of readings that may be reckoned with."""
        return {name for name, each in self.last.items() if each.quality == "good"}

    async def hear(self, client: aiomqtt.Client) -> None:
        """Take what comes, until cancelled."""
        await client.subscribe("tg/v1/dev/+/+", qos=1)
        async for message in client.messages:
            assert isinstance(message.payload, bytes)
            *_, self._device_id, kind = message.topic.value.split("/")
            match kind:
                case "telemetry":
                    batch = Telemetry.from_payload(message.payload)
                    self.last |= {each.name: each for each in batch.readings}
                case "event":
                    self.events.append(Event.from_payload(message.payload).name)
                case "result":
                    result = CommandResult.from_payload(message.payload)
                    self.results[result.op_id] = result
            async with self._news:
                self._news.notify_all()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for something to arrive."""
        async with asyncio.timeout(WITHIN_S), self._news:
            await self._news.wait_for(condition)

    async def until_told(self, name: str, value: object) -> None:
        """Wait for a reading."""
        await self.until(lambda: name in self.last and self.last[name].value == value)

    async def order(self, op_id: str, what: str, **arguments: str | float) -> CommandResult:
        """Send a command and wait for its end."""
        await self.until(lambda: bool(self._device_id))
        request = CommandRequest(op_id=op_id, name=what, arguments=arguments)
        await self._registrar.send_command(self._device_id, request)
        await self.until(lambda: op_id in self.results and self.results[op_id].status != "accepted")
        return self.results[op_id]


@pytest.fixture
async def plant() -> AsyncIterator[Plant]:
    made = Plant()
    await made.plug_in()
    yield made
    await made.unplug()


@asynccontextmanager
async def running(
    directory: Path, broker: str, plant: Plant, open_site, *, allow_setpoints: bool, password: str = "s3cret"
) -> AsyncIterator[Cloud]:
    clock = ScaledClock(rate=RATE)
    config = GatewayConfig.model_validate(
        {
            "device": {"serial": SERIAL, "claim_code": CLAIM_CODE},
            "modem": {"port": "memory", "poll_s": 0.1},
            "cloud": {"broker": broker, "keepalive_s": 5},
            "uplink": {"kind": "host"},
            "waiting": {"policy": "bench"},
            "store": {"dir": directory / "gateway"},
            # Far apart: what arrives in between has been told by the controller.
            "telemetry": {"period_s": 3600},
            "controller": {
                "url": f"zont://127.0.0.1:{plant.port}",
                "user": "gateway",
                "password": password,
                "names": {AIR: f"circuit.{p.RADIATORS}.setpoint"},
                "allow_setpoints": allow_setpoints,
            },
        }
    )
    async with Database(directory / "cloud.db") as db, open_site(clock, delay=0) as site:
        authority = CertificateAuthority.create(now=clock.now())
        registrar = Registrar(db, ca=authority, clock=clock, random=random.Random(1))
        await registrar.add_device(SERIAL, model="H-1V", claim_code=CLAIM_CODE)
        serving = asyncio.create_task(registrar.serve(AiomqttConnector(), BrokerSettings.parse(broker)))
        await registrar.wait_connected()
        service = GatewayService(config, open_link=site.open_link, clock=clock, bench_on_real_modem=True)
        cloud = Cloud(registrar)
        host, _, port = broker.removeprefix("mqtt://").partition(":")
        async with aiomqtt.Client(host, int(port)) as client:
            hearing = asyncio.create_task(cloud.hear(client))
            task = asyncio.create_task(service.run())
            try:
                await cloud.order("report-now-1", "report_now")
                await cloud.until(lambda: bool(cloud.last))
                yield cloud
            finally:
                service.stop()
                async with asyncio.timeout(WITHIN_S):
                    await task
                for each in (serving, hearing):
                    each.cancel()
                await asyncio.gather(serving, hearing, return_exceptions=True)


async def test_readings_pushes_setpoints_and_an_outage(tmp_path, mosquitto, open_site, plant) -> None:
    async with running(tmp_path, mosquitto.url, plant, open_site, allow_setpoints=True) as cloud:
        await cloud.until_told(AIR, 21)
        await cloud.until_told(YARD, 0)
        assert cloud.good >= cloud.last.keys() - {"gsm.rssi"}

        # Somebody switches it on the spot: told at once, long before the next report.
        plant.firmware.command(p.RELAY_YARD, 1)
        await cloud.until_told(YARD, 1)

        done = await cloud.order("setpoint-1", "setpoint", name=AIR, value=22.5)
        assert (done.status, done.reason) == ("done", "air_setpoint = 22.5")
        assert plant.firmware.state(p.RADIATORS)["s"] == 22.5
        await cloud.until_told(AIR, 22.5)
        refused = await cloud.order("setpoint-2", "setpoint", name=AIR, value=150)
        assert (refused.status, "5…95" in refused.reason) == ("failed", True)

        await plant.unplug()
        await cloud.until(lambda: cloud.events == ["controller_lost"])
        await cloud.until(lambda: cloud.good <= {"gsm.rssi"})
        await plant.plug_in()
        await cloud.until(lambda: cloud.events == ["controller_lost", "controller_back"])
        await cloud.until_told(AIR, 22.5)


async def test_nothing_is_written_unless_it_is_allowed(tmp_path, mosquitto, open_site, plant) -> None:
    async with running(tmp_path, mosquitto.url, plant, open_site, allow_setpoints=False) as cloud:
        refused = await cloud.order("setpoint-1", "setpoint", name=AIR, value=22.5)
        assert (refused.status, "allow_setpoints" in refused.reason) == ("failed", True)
        assert plant.firmware.state(p.RADIATORS)["s"] == 21


async def test_a_wrong_password_never_stops_the_link(tmp_path, mosquitto, open_site, plant) -> None:
    options = {"allow_setpoints": True, "password": "guess"}
    async with running(tmp_path, mosquitto.url, plant, open_site, **options) as cloud:
        await cloud.until(lambda: cloud.events == ["controller_lost"])
        refused = await cloud.order("setpoint-1", "setpoint", name=AIR, value=22.5)
        assert (refused.status, "controller_login" in refused.reason) == ("failed", True)
        assert set(cloud.last) == {"gsm.rssi"}
