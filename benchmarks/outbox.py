"""Durable, acknowledged telemetry beside raw aiomqtt: what does losing nothing cost?

Raw: aiomqtt's own client publishes with QoS 1, 20 in flight, to mosquitto; nobody listens, nothing is
written. Durable: the same payloads go through the outbox (SQLite, synchronous=FULL), the pump (20 in
flight), the same mosquitto, a registrar in a process of its own (its store SQLite FULL too), and count when
its ack has emptied the outbox. Both take turns in one run; the medians are compared. Target: durable >= 0.5
x raw.

Both clients speak MQTT 5; the registrar speaks 3.1.1, because paho spends 40 µs on the properties of each
message and the registrar needs none of them.

The durable way works in two processes beside the broker, so it needs two free cores to come near its best;
the processor time per message, which other load on the machine disturbs less, is printed too.
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import aiomqtt

from provisioning.clock import SystemClock
from provisioning.messages import Ack, Reading, RegisterRequest, Telemetry, new_op_id
from provisioning.mqtt import BrokerSettings, MqttConnection
from provisioning.mqtt_aiomqtt import AiomqttConnector
from provisioning.outbox import Outbox, OutboxLimits, OutboxMessage
from provisioning.outbox_pump import pump
from provisioning.pki import CertificateAuthority, DeviceKey, claim_hmac, claim_key
from provisioning.registrar import Registrar
from provisioning.store import Database
from provisioning.topics import Topics

TARGET = 0.5
ROUNDS = 5
MESSAGES = 4000
IN_FLIGHT = 20
# Writers that put one message at a time, each waiting for its commit before the next: they share commits.
WRITERS = 100
# What provisioning/README.md tells who runs a registrar: mosquitto's own values (20 and 1000) are made for
# single devices, and beyond the second it drops in silence.
BROKER_SETTINGS = "max_inflight_messages 200\nmax_queued_messages 20000\n"
WINDOW = 2000
SERIAL, CODE = "BENCH-1", "BENCH"
TOPICS = Topics()


@dataclass(frozen=True)
class Round:
    """Messages per second, and processor seconds per message of all processes together."""

    raw: float
    durable: float
    raw_cpu_s: float
    durable_cpu_s: float


def payloads(generator: random.Random) -> list[OutboxMessage]:
    topic = TOPICS.telemetry("to-be-known")
    messages = []
    for _ in range(MESSAGES):
        readings = tuple(
            Reading(
                name=f"zone{zone}.temperature", value=round(generator.uniform(15, 25), 1), unit="°C", at=1.8e9
            )
            for zone in range(3)
        )
        op_id = new_op_id(generator)
        messages.append(OutboxMessage(op_id, topic, Telemetry(op_id=op_id, readings=readings).to_payload()))
    return messages


async def raw(port: int, topic: str, messages: list[OutboxMessage]) -> float:
    """Messages per second of aiomqtt alone."""
    async with aiomqtt.Client(
        "127.0.0.1", port, protocol=aiomqtt.ProtocolVersion.V5, max_inflight_messages=IN_FLIGHT
    ) as client:
        client.pending_calls_threshold = MESSAGES
        remaining = iter(messages)

        async def publish() -> None:
            for message in remaining:
                await client.publish(topic, message.payload, qos=1)

        started = time.perf_counter()
        await asyncio.gather(*(publish() for _ in range(IN_FLIGHT)))
        return len(messages) / (time.perf_counter() - started)


async def durable(
    outbox: Outbox, connection: MqttConnection, topic: str, messages: list[OutboxMessage]
) -> float:
    """Messages per second from put to forgotten."""
    remaining = iter(messages)

    async def write() -> None:
        for message in remaining:
            await outbox.put(topic, message.payload, message.op_id)

    started = time.perf_counter()
    await asyncio.gather(*(write() for _ in range(WRITERS)))
    await outbox.drained()
    return len(messages) / (time.perf_counter() - started)


async def run(port: int, broker_pid: int, directory: Path) -> list[Round]:
    clock = SystemClock()
    device_id = await enrol(directory)
    topic = TOPICS.telemetry(device_id)
    settings = BrokerSettings("127.0.0.1", port, session_expiry_s=0)
    generator = random.Random(1)
    results = []
    with registrar_process(port, directory) as registrar_pid:
        pids = [os.getpid(), broker_pid, registrar_pid]
        async with (
            Database(directory / "device.db") as db,
            AiomqttConnector().connect(settings, client_id=device_id) as connection,
        ):
            outbox = Outbox(db, clock=clock, limits=OutboxLimits(window=WINDOW))
            await outbox.start()
            await connection.subscribe(TOPICS.ack(device_id))

            async def take_acks() -> None:
                async with asyncio.TaskGroup() as tasks:
                    async for message in connection.messages():
                        tasks.create_task(outbox.acknowledged(Ack.from_payload(message.payload).op_ids))

            working = [
                asyncio.create_task(take_acks()),
                asyncio.create_task(pump(outbox, connection, clock=clock)),
            ]
            for _ in range(ROUNDS):
                messages = payloads(generator)
                before = cpu_s(pids)
                # On a topic that nobody listens to: the registrar must not take part.
                plain = await raw(port, "bench/raw", messages)
                between = cpu_s(pids)
                kept = await durable(outbox, connection, topic, messages)
                after = cpu_s(pids)
                results.append(
                    Round(plain, kept, (between - before) / MESSAGES, (after - between) / MESSAGES)
                )
            for task in working:
                task.cancel()
            await asyncio.wait(working)
    async with Database(directory / "cloud.db") as db:
        counts = await Registrar(
            db, ca=CertificateAuthority.create(now=time.time()), clock=clock, random=generator
        ).received_counts()
        assert counts == {"telemetry": ROUNDS * MESSAGES}, counts
    return results


async def enrol(directory: Path) -> str:
    async with Database(directory / "cloud.db") as db:
        registrar = Registrar(
            db, ca=CertificateAuthority.create(now=time.time()), clock=SystemClock(), random=random.Random()
        )
        await registrar.add_device(SERIAL, model="bench", claim_code=CODE)
        key = DeviceKey.load_or_create(directory / "device.key")
        claim = claim_hmac(
            claim_key(CODE, SERIAL), serial=SERIAL, fingerprint=key.fingerprint, imei="", iccid=""
        )
        request = RegisterRequest(
            op_id="op-bench-1",
            serial=SERIAL,
            imei="",
            iccid="",
            model="bench",
            hardware="1",
            firmware="1",
            csr=key.csr(SERIAL),
            claim=claim,
        )
        answer = await registrar.handle_register(request)
        assert answer.device_id is not None
        return answer.device_id


async def serve(port: int, directory: Path) -> None:
    async with Database(directory / "cloud.db") as db:
        registrar = Registrar(
            db, ca=CertificateAuthority.create(now=time.time()), clock=SystemClock(), random=random.Random()
        )
        serving = asyncio.create_task(
            registrar.serve(AiomqttConnector(), BrokerSettings("127.0.0.1", port, protocol="3.1.1"))
        )
        await registrar.wait_connected()
        print("ready", flush=True)
        await serving


@contextmanager
def registrar_process(port: int, directory: Path) -> Iterator[int]:
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.outbox", "--registrar", str(port), str(directory)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline().strip() == "ready"
        yield process.pid
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


@contextmanager
def mosquitto(directory: Path) -> Iterator[tuple[int, int]]:
    binary = shutil.which("mosquitto", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")
    if binary is None:
        raise SystemExit("mosquitto is missing. Run: sudo apt-get install -y mosquitto")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    config = directory / "mosquitto.conf"
    config.write_text(
        f"user root\nlistener {port} 127.0.0.1\nallow_anonymous true\nlog_type error\n{BROKER_SETTINGS}"
    )
    process = subprocess.Popen([binary, "-c", str(config)])
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(10)


def cpu_s(pids: list[int]) -> float:
    """Processor time used so far by these processes."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def fsync_s(directory: Path) -> float:
    """The median time of a small synced write: the floor under every commit."""
    times = []
    with (directory / "probe").open("wb") as probe:
        for _ in range(50):
            started = time.perf_counter()
            probe.write(b"x" * 4096)
            probe.flush()
            os.fdatasync(probe.fileno())
            times.append(time.perf_counter() - started)
    return statistics.median(times)


def main() -> int:
    if sys.argv[1:2] == ["--registrar"]:
        asyncio.run(serve(int(sys.argv[2]), Path(sys.argv[3])))
        return 0
    with tempfile.TemporaryDirectory(prefix="tg-bench-") as name:
        directory = Path(name)
        print(f"one synced write of 4 KiB here: {fsync_s(directory) * 1000:.2f} ms")
        with mosquitto(directory) as (port, pid):
            rounds = asyncio.run(run(port, pid, directory))
    for one in rounds:
        print(
            f"raw aiomqtt {one.raw:6.0f} msg/s ({one.raw_cpu_s * 1e6:3.0f} µs CPU)   "
            f"durable and acknowledged {one.durable:6.0f} msg/s ({one.durable_cpu_s * 1e6:3.0f} µs CPU)   "
            f"ratio {one.durable / one.raw:.2f}"
        )
    plain = statistics.median(one.raw for one in rounds)
    kept = statistics.median(one.durable for one in rounds)
    print(f"median: raw {plain:.0f}, durable {kept:.0f} msg/s, ratio {kept / plain:.2f} (target {TARGET})")
    return 0 if kept / plain >= TARGET else 1


if __name__ == "__main__":
    raise SystemExit(main())
