"""The whole gateway in real time: real mosquitto, real sockets through the emulated modem, a real Modbus line."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from firmware_sim.controller import EmulatedController
from gateway.config import GatewayConfig
from gateway.service import GatewayService
from provisioning.clock import SystemClock
from provisioning.journey import Reason, State
from provisioning.messages import CommandRequest, CommandResult, Event, Telemetry
from provisioning.mqtt import BrokerSettings
from provisioning.mqtt_aiomqtt import AiomqttConnector
from provisioning.pki import CertificateAuthority
from provisioning.registrar import Registrar
from provisioning.store import Database
from provisioning.topics import TopicKind

SERIAL = "ZT-0001"
CLAIM_CODE = "AB12-CD34"
WITHIN_S = 30.0


def configured(directory: Path, broker: str, **tables: dict[str, object]) -> GatewayConfig:
    whole: dict[str, object] = {
        "device": {"serial": SERIAL, "claim_code": CLAIM_CODE},
        "modem": {"port": "memory", "poll_s": 0.1},
        "cloud": {"broker": broker, "keepalive_s": 5},
        "waiting": {"policy": "bench"},
        "store": {"dir": directory / "gateway"},
        "telemetry": {"period_s": 0.1},
        **tables,
    }
    return GatewayConfig.model_validate(whole)


@contextlib.asynccontextmanager
async def cloud(directory: Path, url: str) -> AsyncIterator[Registrar]:
    clock = SystemClock()
    async with Database(directory / "cloud.db") as db:
        registrar = Registrar(
            db, ca=CertificateAuthority.create(now=clock.now()), clock=clock, random=random.Random()
        )
        await registrar.add_device(SERIAL, model="H-1V", claim_code=CLAIM_CODE)
        serving = asyncio.create_task(registrar.serve(AiomqttConnector(), BrokerSettings.parse(url)))
        try:
            await registrar.wait_connected()
            yield registrar
        finally:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)


@contextlib.asynccontextmanager
async def running(service: GatewayService) -> AsyncIterator[None]:
    task = asyncio.create_task(service.run())
    try:
        yield
    finally:
        service.stop()
        async with asyncio.timeout(WITHIN_S):
            await task


async def until(service: GatewayService, condition: Callable[[], bool]) -> None:
    """Looks again at each step of commissioning, and now and then for what has no step."""
    async with asyncio.timeout(WITHIN_S):
        while not condition():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.05):
                    service.runner._changed.clear()
                    await service.runner._changed.wait()


@pytest.mark.parametrize("kind", ["modem", "host"])
async def test_readings_of_a_controller_arrive_through_the_uplink(
    tmp_path: Path, mosquitto, open_site, kind: str
) -> None:
    clock = SystemClock()
    async with (
        cloud(tmp_path, mosquitto.url) as registrar,
        open_site(clock, delay=0) as site,
        EmulatedController(clock=clock) as controller,
    ):
        url = await controller.serve_modbus_tcp()
        config = configured(
            tmp_path,
            mosquitto.url,
            uplink={"kind": kind},
            controller={"url": url, "allow_setpoints": True},
            modem={"port": "memory", "poll_s": 0.1, "audit_file": tmp_path / "modem.log"},
        )
        service = GatewayService(config, open_link=site.open_link)
        async with running(service):
            await until(service, lambda: service.cloud.counts["telemetry_acked"] >= 3)
            device_id = service.cloud.device_id
            assert device_id is not None
            command = CommandRequest(
                op_id="setpoint-1", name="setpoint", arguments={"name": "nope", "value": 1}
            )
            await registrar.send_command(device_id, command)
            await until(
                service, lambda: service.cloud.counts["acked"] - service.cloud.counts["telemetry_acked"] >= 2
            )
        first = Telemetry.from_payload((await registrar.received(device_id))[0].payload)
        assert {"gsm.rssi"} < {reading.name for reading in first.readings}
        assert all(reading.quality == "good" for reading in first.readings if reading.name != "gsm.rssi")
        results = await registrar.received(device_id, TopicKind.RESULT)
        assert CommandResult.from_payload(results[-1].payload).status == "failed"
        assert "> AT+CREG?" in (tmp_path / "modem.log").read_text()
        if kind == "modem":
            assert service.uplink.sent_bytes > 1000


async def test_a_controller_that_falls_silent_never_stops_the_link(
    tmp_path: Path, mosquitto, open_site
) -> None:
    clock = SystemClock()
    async with cloud(tmp_path, mosquitto.url) as registrar, open_site(clock, delay=0) as site:
        async with EmulatedController(clock=clock) as controller:
            url = await controller.serve_modbus_tcp()
            config = configured(tmp_path, mosquitto.url, uplink={"kind": "host"}, controller={"url": url})
            service = GatewayService(config, open_link=site.open_link)
            stack = contextlib.AsyncExitStack()
            await stack.enter_async_context(running(service))
            await until(service, lambda: service.cloud.counts["telemetry_acked"] >= 2)
        async with stack:
            sent = service.cloud.counts["telemetry_put"]
            await until(service, lambda: service.cloud.counts["telemetry_acked"] >= sent + 5)
            assert service.runner.snapshot.state is State.ONLINE
        device_id = service.cloud.device_id
        last = Telemetry.from_payload((await registrar.received(device_id))[-1].payload)
        assert {reading.quality for reading in last.readings if reading.name != "gsm.rssi"} == {"bad"}
        events = [Event.from_payload(m.payload) for m in await registrar.received(device_id, TopicKind.EVENT)]
        assert [event.name for event in events] == ["controller_lost"]


async def test_the_broker_is_killed_and_restarted(tmp_path: Path, mosquitto, open_site) -> None:
    async with cloud(tmp_path, mosquitto.url) as registrar, open_site(SystemClock(), delay=0) as site:
        service = GatewayService(configured(tmp_path, mosquitto.url), open_link=site.open_link)
        async with running(service):
            await until(service, lambda: service.cloud.counts["telemetry_acked"] >= 3)
            mosquitto.kill()
            await until(service, lambda: service.runner.snapshot.reason is Reason.BROKER_UNREACHABLE)
            mosquitto.restart()
            put = service.cloud.counts["telemetry_put"]
            await until(service, lambda: service.cloud.counts["telemetry_acked"] > put)
            assert service.runner.snapshot.state is State.ONLINE
        received = await registrar.received(service.cloud.device_id)
        assert len({message.op_id for message in received}) == len(received)


async def test_the_broker_refuses_our_password(tmp_path: Path, start_mosquitto, open_site) -> None:
    mosquitto = start_mosquitto(users={"device": "right"})
    url = mosquitto.url.replace("mqtt://", "mqtt://device:wrong@")
    async with open_site(SystemClock(), delay=0) as site:
        service = GatewayService(configured(tmp_path, url), open_link=site.open_link)
        async with running(service):
            await until(service, lambda: service.runner.snapshot.reason is Reason.BROKER_REFUSED)
            assert service.runner.snapshot.broker_code in {0x86, 0x87}


async def test_a_real_port_where_nothing_is(tmp_path: Path) -> None:
    config = configured(tmp_path, "mqtt://127.0.0.1:1", modem={"port": str(tmp_path / "ttyUSB0")})
    service = GatewayService(config)
    async with running(service):
        await until(service, lambda: service.runner.snapshot.reason is Reason.LINK_NOT_FOUND)
