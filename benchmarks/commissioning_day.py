"""A day in the life of one device on virtual time: 23 h of waiting for its SIM card, then on line.

Everything runs but the sockets: emulated modem and network, AT client, state machine, store on disk
(SQLite, synchronous=FULL), registrar; MQTT goes through a broker in memory. Target: below 5 s of real time
for 24 h, and two runs with the same seed leave the same transcript, byte for byte.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

from at_commands.links import Link
from at_commands.transcript import Transcript
from firmware_sim.memory_broker import MemoryBroker
from firmware_sim.modem import EmulatedModem, ModemSettings, SimCard
from firmware_sim.network import Network, NetworkConfig, NetworkRunner, Subscriber, SubscriberState
from firmware_sim.virtual_time import LoopClock, VirtualLoop, run_virtual
from gateway.config import GatewayConfig
from gateway.service import GatewayService
from gateway.uplink import ModemUplink
from provisioning.journey import State
from provisioning.mqtt import BrokerSettings
from provisioning.pki import CertificateAuthority
from provisioning.registrar import Registrar
from provisioning.store import Database

TARGET_S = 5.0
DAY_S = 86400.0
# Early enough for the longest interval of the policy at that age, 35 min, to end within the day.
ACTIVATION_S = 23.0 * 3600.0
IMSI, ICCID = "250011234567890", "8970101123456789015"


class SessionUplink(ModemUplink):
    """The data session is the modem's; the broker in memory needs no address."""

    @contextlib.asynccontextmanager
    async def open(self, host: str, port: int) -> AsyncIterator[tuple[str, int]]:
        yield host, port


async def day(directory: Path) -> tuple[str, int]:
    """One day; returns its transcript and the number of attempts."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    clock, broker = LoopClock(), MemoryBroker()
    network = Network(NetworkConfig(sweep_interval_s=None), random=random.Random(1), now=clock.monotonic())
    network.add_subscriber(Subscriber(IMSI, iccid=ICCID, state=SubscriberState.IN_STOCK, paid=True))
    network.schedule_activation(IMSI, ACTIVATION_S)
    config = GatewayConfig.model_validate(
        {
            "device": {"serial": "ZT-0001", "claim_code": "AB12-CD34"},
            "modem": {"port": "memory"},
            "cloud": {"broker": "mqtt://broker.example"},
            "store": {"dir": directory / "gateway"},
        }
    )
    lifecycle: list[str] = []
    transcript = Transcript(limit=1_000_000, clock=clock.monotonic)
    async with (
        NetworkRunner(network, clock),
        EmulatedModem(ModemSettings(), SimCard(ICCID, IMSI), network, clock=clock) as modem,
        Database(directory / "cloud.db", hold=loop.hold) as db,
    ):
        ca = CertificateAuthority.create(now=clock.now())
        registrar = Registrar(db, ca=ca, clock=clock, random=random.Random(2))
        await registrar.add_device("ZT-0001", model="H-1V", claim_code="AB12-CD34")
        serving = asyncio.create_task(registrar.serve(broker, BrokerSettings("broker.example")))

        async def open_link() -> Link:
            return modem.connect()

        service = GatewayService(
            config,
            clock=clock,
            random=random.Random(3),
            connector=broker,
            open_link=open_link,
            uplink=lambda facade: SessionUplink(facade, apn="internet"),
            hold=loop.hold,
            observer=lambda p: lifecycle.append(f"{p.at:.3f} {p.event} {p.snapshot.state} {p.effects}\n"),
            transcript=transcript,
        )
        running = asyncio.create_task(service.run())
        await clock.sleep(DAY_S)
        assert service.runner.snapshot.state is State.ONLINE, service.runner.snapshot
        assert service.cloud.counts["telemetry_acked"] > 0
        service.stop()
        await running
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
    return transcript.dump() + "".join(lifecycle), service.runner.snapshot.attempts


def main() -> int:
    digests, times = [], []
    for _ in range(2):
        with tempfile.TemporaryDirectory(prefix="thermogate-day-") as directory:
            began = time.perf_counter()
            transcript, attempts = run_virtual(day(Path(directory)))
            times.append(time.perf_counter() - began)
            digests.append(hashlib.sha256(transcript.encode()).hexdigest())
    lines = transcript.count("\n")
    print(f"24 h of commissioning: {min(times):.2f} s, {max(times):.2f} s (target < {TARGET_S:g} s)")
    print(f"{attempts} attempts, {lines} lines of AT and lifecycle transcript, sha256 {digests[0][:16]}…")
    same = digests[0] == digests[1]
    print("the second run is the same byte for byte" if same else "THE RUNS DIFFER")
    return 0 if same and min(times) < TARGET_S else 1


if __name__ == "__main__":
    sys.exit(main())
