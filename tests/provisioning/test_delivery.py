"""The whole chain on a real broker: outbox, registrar, acks; with everything killed that can be killed."""

from __future__ import annotations

import asyncio
import random
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from provisioning.clock import SystemClock
from provisioning.messages import (
    Ack,
    CommandRequest,
    Event,
    Reading,
    RegisterRequest,
    RegisterResponse,
    Telemetry,
)
from provisioning.mqtt import BrokerSettings, MqttConnection
from provisioning.mqtt_aiomqtt import AiomqttConnector
from provisioning.outbox import Outbox, OutboxLimits
from provisioning.outbox_pump import pump
from provisioning.pki import CertificateAuthority, DeviceKey, claim_hmac, claim_key
from provisioning.reconnecting import reconnecting
from provisioning.registrar import Registrar
from provisioning.schema import counters
from provisioning.store import Database
from provisioning.topics import TopicKind, Topics

CLOCK = SystemClock()
CONNECTOR = AiomqttConnector()
TOPICS = Topics()
SERIAL, CODE = "ZONT-0001", "ABCD-1234"


def reading(op_id: str) -> bytes:
    return Telemetry(op_id=op_id, readings=(Reading(name="t", value=21.5, at=1.0),)).to_payload()


def request(key: DeviceKey, op_id: str = "op-claim-1") -> RegisterRequest:
    fields = {"imei": "490154203237518", "iccid": "8970101234567890123"}
    claim = claim_hmac(claim_key(CODE, SERIAL), serial=SERIAL, fingerprint=key.fingerprint, **fields)
    return RegisterRequest(
        op_id=op_id,
        serial=SERIAL,
        model="H-1",
        hardware="1",
        firmware="1",
        csr=key.csr(SERIAL),
        claim=claim,
        **fields,
    )


async def register(connection: MqttConnection, key: DeviceKey) -> RegisterResponse:
    """Ask until there is an answer: a request may reach a registrar that dies with it."""
    await connection.subscribe(TOPICS.claim_response(SERIAL))
    arrivals = connection.messages()
    while True:
        await connection.publish(TOPICS.claim_request(SERIAL), request(key).to_payload())
        try:
            async with asyncio.timeout(2):
                return RegisterResponse.from_payload((await anext(arrivals)).payload)
        except TimeoutError:
            arrivals = connection.messages()


@asynccontextmanager
async def serving(db: Database, url: str) -> AsyncIterator[Registrar]:
    """A registrar at work."""
    registrar = Registrar(
        db, ca=CertificateAuthority.create(now=time.time()), clock=CLOCK, random=random.Random(1)
    )
    task = asyncio.create_task(registrar.serve(CONNECTOR, BrokerSettings.parse(url)))
    try:
        await registrar.wait_connected()
        yield registrar
    finally:
        task.cancel()
        await asyncio.wait([task])


@dataclass
class Device:
    """A device's delivery: pump out, acks in."""

    outbox: Outbox
    device_id: str

    async def run(self, url: str) -> None:
        settings = BrokerSettings.parse(url)
        await reconnecting(
            lambda: CONNECTOR.connect(settings, client_id=self.device_id),
            self.serve,
            clock=CLOCK,
            random=random.Random(2),
        )

    async def serve(self, connection: MqttConnection) -> None:
        await connection.subscribe(TOPICS.ack(self.device_id))
        pumping = asyncio.create_task(pump(self.outbox, connection, clock=CLOCK, sweep_interval_s=0.2))
        try:
            async for message in connection.messages():
                await self.outbox.acknowledged(Ack.from_payload(message.payload).op_ids)
        finally:
            pumping.cancel()
            await asyncio.wait([pumping])


@pytest.fixture
async def cloud_db(tmp_path: Path) -> AsyncIterator[Database]:
    async with Database(tmp_path / "cloud.db") as db:
        yield db


@pytest.fixture
async def outbox(db: Database) -> Outbox:
    outbox = Outbox(db, clock=CLOCK, limits=OutboxLimits(ack_timeout_s=1.0, max_ack_timeout_s=2.0))
    await outbox.start()
    return outbox


async def test_a_device_registers_sends_and_is_commanded(
    mosquitto: Any, cloud_db: Database, outbox: Outbox, tmp_path: Path
) -> None:
    key = DeviceKey.load_or_create(tmp_path / "device.key")
    async with serving(cloud_db, mosquitto.url) as registrar:
        await registrar.add_device(SERIAL, model="H-1", claim_code=CODE)
        async with CONNECTOR.connect(BrokerSettings.parse(mosquitto.url), client_id=SERIAL) as connection:
            answer = await register(connection, key)
            assert answer.status == "assigned"
            assert answer.device_id is not None
            await connection.subscribe(TOPICS.command(answer.device_id))
            command = CommandRequest(op_id="cmd-0001", name="set_mode", arguments={"mode": "eco"})
            await registrar.send_command(answer.device_id, command)
            received = await anext(connection.messages())
            assert CommandRequest.from_payload(received.payload) == command
        device = Device(outbox, answer.device_id)
        running = asyncio.create_task(device.run(mosquitto.url))
        for number in range(300):
            await outbox.put(
                TOPICS.telemetry(device.device_id), reading(f"op-{number:05}"), f"op-{number:05}"
            )
        await outbox.put(
            TOPICS.event(device.device_id),
            Event(op_id="op-event", name="boot", at=1.0).to_payload(),
            "op-event",
        )
        await outbox.drained()
        assert len(await registrar.received(device.device_id)) == 300
        assert len(await registrar.received(device.device_id, TopicKind.EVENT)) == 1
        running.cancel()
        await asyncio.wait([running])


async def online(cloud_db: Database, tmp_path: Path) -> str:
    """Register without a broker. Returns the device id."""
    registrar = Registrar(
        cloud_db, ca=CertificateAuthority.create(now=time.time()), clock=CLOCK, random=random.Random(1)
    )
    await registrar.add_device(SERIAL, model="H-1", claim_code=CODE)
    answer = await registrar.handle_register(request(DeviceKey.load_or_create(tmp_path / "device.key")))
    assert answer.device_id is not None
    return answer.device_id


async def test_the_broker_killed_and_restarted_loses_nothing(
    start_mosquitto: Callable[..., Any], cloud_db: Database, outbox: Outbox, tmp_path: Path
) -> None:
    """A broker without persistence: sessions, queued messages, all gone at each kill."""
    broker = start_mosquitto()
    device = Device(outbox, await online(cloud_db, tmp_path))
    async with serving(cloud_db, broker.url) as registrar:
        running = asyncio.create_task(device.run(broker.url))
        for round_ in range(3):
            op_ids = [f"op-{round_}-{number:05}" for number in range(200)]
            await asyncio.gather(
                *(outbox.put(TOPICS.telemetry(device.device_id), reading(op_id), op_id) for op_id in op_ids)
            )
            await outbox.wait_for_work()
            broker.restart()
        await outbox.drained()
        received = [message.op_id for message in await registrar.received(device.device_id)]
        assert sorted(received) == sorted(f"op-{r}-{n:05}" for r in range(3) for n in range(200))
        running.cancel()
        await asyncio.wait([running])


async def test_a_cloud_that_is_away_costs_a_window_not_the_whole_outbox(
    mosquitto: Any, cloud_db: Database, db: Database, tmp_path: Path
) -> None:
    limits = OutboxLimits(window=50, ack_timeout_s=3600)
    outbox = Outbox(db, clock=CLOCK, limits=limits)
    await outbox.start()
    device = Device(outbox, await online(cloud_db, tmp_path))
    for number in range(300):
        op_id = f"op-{number:05}"
        await outbox.put(TOPICS.telemetry(device.device_id), reading(op_id), op_id)
    async with CONNECTOR.connect(BrokerSettings.parse(mosquitto.url), client_id="spy") as spy:
        await spy.subscribe(TOPICS.telemetry(device.device_id))
        running = asyncio.create_task(device.run(mosquitto.url))
        arrivals = spy.messages()
        for _ in range(50):
            await anext(arrivals)
        stats = await outbox.stats()
        assert stats.new == 250
        assert stats.sending + stats.broker_acked == 50
        running.cancel()
        await asyncio.wait([running])


# --- processes killed at seeded moments ---

REGISTRAR = """
import asyncio, random, sys, time
from provisioning.clock import SystemClock
from provisioning.mqtt import BrokerSettings
from provisioning.mqtt_aiomqtt import AiomqttConnector
from provisioning.outbox_sql import count
from provisioning.pki import CertificateAuthority
from provisioning.registrar import Registrar
from provisioning.store import Database

async def main(url):
    async with Database("cloud.db") as db:
        def handled(connection, device_id, message):
            if count(connection, "handled", 1) % 20 == 0:
                print("handled", flush=True)
        registrar = Registrar(
            db, ca=CertificateAuthority.load_or_create("ca", now=time.time()), clock=SystemClock(),
            random=random.Random(), handler=handled,
        )
        serving = asyncio.create_task(registrar.serve(AiomqttConnector(), BrokerSettings.parse(url)))
        await registrar.wait_connected()
        print("ready", flush=True)
        await serving

asyncio.run(main(sys.argv[1]))
"""

DEVICE = """
import asyncio, random, sys
from provisioning.clock import SystemClock
from provisioning.device_store import DeviceStore
from provisioning.messages import Ack, Reading, Telemetry
from provisioning.mqtt import BrokerSettings
from provisioning.mqtt_aiomqtt import AiomqttConnector
from provisioning.outbox import Outbox, OutboxLimits
from provisioning.outbox_pump import pump
from provisioning.reconnecting import reconnecting
from provisioning.store import Database
from provisioning.topics import Topics

async def main(url, device_id, total):
    clock, topics = SystemClock(), Topics()
    async with Database("device.db") as db:
        store = DeviceStore(db)
        outbox = Outbox(db, clock=clock, limits=OutboxLimits(ack_timeout_s=1.0, max_ack_timeout_s=2.0))
        await outbox.start()

        async def produce():
            for number in range((await store.counters()).get("produced", 0), total):
                op_id = f"op-{number:05}"
                telemetry = Telemetry(op_id=op_id, readings=(Reading(name="n", value=number, at=1.0),))
                await outbox.put(topics.telemetry(device_id), telemetry.to_payload(), op_id)
                await store.count("produced")
                if number % 7 == 0:
                    print("put", flush=True)

        async def serve(connection):
            await connection.subscribe(topics.ack(device_id))
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(pump(outbox, connection, clock=clock, sweep_interval_s=0.2))
                async for message in connection.messages():
                    await outbox.acknowledged(Ack.from_payload(message.payload).op_ids)
                    print("acked", flush=True)

        settings = BrokerSettings.parse(url)
        connect = lambda: AiomqttConnector().connect(settings, client_id=device_id)
        delivering = asyncio.create_task(reconnecting(connect, serve, clock=clock, random=random.Random()))
        await produce()
        while await outbox.pending():
            await asyncio.sleep(0.05)
        print("finished", flush=True)
        delivering.cancel()
        await asyncio.wait([delivering])

asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
"""


def start(program: str, directory: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program, *arguments], stdout=subprocess.PIPE, text=True, cwd=directory
    )


def kill(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    assert process.stdout is not None
    process.stdout.close()


def read_lines(process: subprocess.Popen[str], count: int) -> str:
    """Read `count` lines, or to the end. Returns the last one."""
    assert process.stdout is not None
    line = ""
    for _ in range(count):
        line = process.stdout.readline().strip() or line
    return line


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
async def test_device_and_registrar_killed_again_and_again_deliver_exactly_once(
    start_mosquitto: Callable[..., Any], cloud_db: Database, tmp_path: Path, seed: int
) -> None:
    total, dice = 400, random.Random(seed)
    broker = start_mosquitto()
    device_id = await online(cloud_db, tmp_path)
    await cloud_db.close()
    registrar = start(REGISTRAR, tmp_path, broker.url)
    read_lines(registrar, 1)
    device = start(DEVICE, tmp_path, broker.url, device_id, str(total))
    try:
        for _ in range(6):
            # The moment is the dice's: so many lines of output, each written between two of its steps.
            last = read_lines(device, dice.randint(1, 30))
            if last == "finished":
                break
            if dice.random() < 0.5:
                kill(registrar)
                registrar = start(REGISTRAR, tmp_path, broker.url)
            kill(device)
            device = start(DEVICE, tmp_path, broker.url, device_id, str(total))
        while read_lines(device, 1) != "finished":
            assert device.poll() is None
        device.wait(10)
    finally:
        kill(registrar)
        kill(device)
    async with Database(tmp_path / "cloud.db") as db:
        checker = Registrar(db, ca=CertificateAuthority.create(now=0), clock=CLOCK, random=dice)
        received = [message.op_id for message in await checker.received(device_id)]
        handled = await db.read(
            lambda connection: connection.execute(
                select(counters.c.value).where(counters.c.name == "handled")
            ).scalar_one()
        )
    assert sorted(received) == [f"op-{number:05}" for number in range(total)]
    assert handled == total, "what the handler did, it did once for each"
