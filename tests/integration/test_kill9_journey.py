"""`kill -9` of the gateway at random moments of its whole journey.

Real: the gateway process, its store, mosquitto, TCP and MQTT. Emulated, in this process, so that it survives
the gateway as a modem survives its host's power cut: modem, network, operator, controller. A kill point is a
phase of the journey and a number of bytes that then still pass over the modem's wire, drawn from a seed; so
it falls anywhere, in the middle of an AT command, of a TCP segment, of a transaction.

What must hold at the end, however often it was killed: one identity and one key; every reading that was
acknowledged was processed exactly once; no message was lost out of the outbox; attempts were saved before
they were made, none was forgotten, and the rolling hour was never overdrawn.
"""

import asyncio
import contextlib
import itertools
import json
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import pytest

from firmware_sim.controller import EmulatedController
from firmware_sim.network import SubscriberState
from firmware_sim.virtual_time import ScaledClock
from hil_tests.emulation import FarSide, emulated_world
from hil_tests.gateway_process import GatewayProcess
from hil_tests.options import BenchOptions
from hil_tests.relay import MeteredRelay
from provisioning.backoff import BENCH
from provisioning.clock import SystemClock
from provisioning.journey import Commissioning, State
from provisioning.messages import Ack, Event, RegisterRequest, Telemetry, parse_message
from provisioning.mqtt import BrokerSettings
from provisioning.mqtt_aiomqtt import AiomqttConnector
from provisioning.pki import CertificateAuthority, check_csr
from provisioning.registrar import Registrar
from provisioning.store import Database
from provisioning.topics import TopicKind, Topics

JOURNEYS = 3
# Kills in each phase of one journey.
QUOTA = {"bring-up": 3, "waiting": 6, "attach": 3, "claim": 4, "online": 8}
BEFORE_ACTIVATION = ("bring-up", "waiting")
AFTER_ACTIVATION = ("attach", "claim", "online")
# A phase that is short may be over before the kill: it is tried again, but not for ever.
MAX_KILLS = 40
# How many bytes may still pass over the modem's wire after a phase was reached, and how long that may take.
BYTES_AFTER = {"bring-up": 500, "waiting": 1500, "attach": 300, "claim": 5000, "online": 6000}
# With its identity in hand the gateway only connects.
BYTES_AFTER_CONNECTING = 800
SECONDS_AFTER = 3.0
# So many of the kills hit the moment at which there is most to lose: an attempt begins, the claim was sent and not
# yet answered, a reading was published and not yet acknowledged.
AT_THE_WORST_MOMENT = 0.6
REACH_S = 60.0
# Between the decision to make an attempt and its bytes on our side of the wire.
TOLERANCE_S = 0.15

PHASE_OF_STATE = {
    State.NO_MODEM: "bring-up",
    State.MODEM_STARTING: "bring-up",
    State.SIM_MISSING: "bring-up",
    State.SIM_LOCKED: "bring-up",
    State.SEARCHING: "waiting",
    State.DENIED: "waiting",
    State.WAITING_ACTIVATION: "waiting",
    State.REGISTERED_NO_DATA: "attach",
    State.ATTACHED: "attach",
    State.CLOUD_CONNECTING: "claim",
    State.REGISTERING: "claim",
    State.PENDING_APPROVAL: "claim",
    State.ONLINE: "online",
    State.STOPPED: "stopped",
}

CLAIM_CODE = "KILL-NINE-CODE"
TOPICS = Topics("tg-kill/v1")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@dataclass
class Spy:
    """Everything that went over the broker, as a bystander sees it."""

    published: dict[str, Counter[str]] = field(default_factory=dict)  # device_id → op_id → times
    acknowledged: dict[str, set[str]] = field(default_factory=dict)
    keys: dict[str, set[str]] = field(default_factory=dict)  # serial → key fingerprints
    listeners: list[Callable[[TopicKind, str], None]] = field(default_factory=list)

    def take(self, topic: str, payload: bytes) -> None:
        parsed = TOPICS.parse(topic)
        for listener in self.listeners:
            listener(parsed.kind, parsed.subject)
        message = parse_message(parsed.kind, payload)
        if isinstance(message, Telemetry | Event):
            self.published.setdefault(parsed.subject, Counter())[message.op_id] += 1
        elif isinstance(message, Ack):
            self.acknowledged.setdefault(parsed.subject, set()).update(message.op_ids)
        elif isinstance(message, RegisterRequest):
            self.keys.setdefault(parsed.subject, set()).add(check_csr(message.csr)[0])

    async def watch(self, settings: BrokerSettings, ready: asyncio.Event) -> None:
        async with AiomqttConnector().connect(settings, client_id="spy") as connection:
            await connection.subscribe(f"{TOPICS.root}/#")
            ready.set()
            async for message in connection.messages():
                self.take(message.topic, message.payload)


class Store:
    """The gateway's store, read from outside while it lives or after it died."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def _rows(self, sql: str) -> list[Any]:
        if not self._path.exists():
            return []
        with contextlib.closing(sqlite3.connect(self._path, timeout=10)) as connection:
            try:
                return connection.execute(sql).fetchall()
            except sqlite3.OperationalError as error:
                if "no such table" in str(error):  # killed before the first transaction
                    return []
                raise

    def value(self, name: str) -> str | None:
        rows = self._rows(f"select value from device_values where name = '{name}'")
        return rows[0][0] if rows else None

    def snapshot(self) -> Commissioning:
        text = self.value("commissioning")
        return Commissioning() if text is None else Commissioning.from_json(text)

    def identity(self) -> dict[str, Any]:
        return json.loads(self.value("identity") or "{}")

    @property
    def phase(self) -> str:
        return PHASE_OF_STATE[self.snapshot().state]

    def outbox(self) -> list[tuple[str, str]]:
        return self._rows("select op_id, state from outbox")

    def counter(self, name: str) -> int:
        rows = self._rows(f"select value from counters where name = '{name}'")
        return rows[0][0] if rows else 0


class Journey:
    """One gateway from its first start to the end, with a world of its own and kills on the way."""

    def __init__(
        self, seed: int, number: int, directory: Path, broker: str, registrar: Registrar, spy: Spy
    ) -> None:
        self.serial = f"KILL-{seed}-{number}"
        self.kills: Counter[str] = Counter()
        self._random = Random(f"kill {seed} {number}")
        self._seed = seed * 100 + number
        self._broker = broker
        self._registrar = registrar
        self._spy = spy
        self._directory = directory
        directory.mkdir()
        self.log = directory / "gateway.log"
        self.store = Store(directory / "state" / "gateway.db")
        self._config = directory / "gateway.toml"
        self._gateway = GatewayProcess(self._config, self.log)
        self._key: bytes | None = None
        self._cycles: list[float] = []  # loop time of each radio cycle seen on the wire
        self._attempts = 0
        self._waiting_since: float | None = None
        self._worst_moment = {phase: asyncio.Event() for phase in ("waiting", "claim", "online")}
        spy.listeners.append(self._overhear)
        self.messages = self.readings = 0

    def __str__(self) -> str:
        repeated = sum(self._spy.published[self.store.identity()["device_id"]].values()) - self.messages
        return (
            f"{self.serial}: {self.kills.total()} kills, {self._attempts} attempts, {self.messages} messages "
            f"with {self.readings} readings, {repeated} sent again"
        )

    async def run(self) -> None:
        await self._registrar.add_device(self.serial, model="bench", claim_code=CLAIM_CODE)
        async with self._world() as (relay, far_side, controller_url):
            self._configure(relay.url, controller_url, telemetry_s=0.1)
            try:
                await self._killed_in(BEFORE_ACTIVATION, relay)
                far_side.tell_operator(SubscriberState.ACTIVE)
                await self._killed_in(AFTER_ACTIVATION, relay)
                await self._finish(relay.url, controller_url)
            finally:
                if self._gateway.running:
                    await self._gateway.kill()

    @contextlib.asynccontextmanager
    async def _world(self) -> AsyncIterator[tuple[MeteredRelay, FarSide, str]]:
        clock = ScaledClock(rate=20.0)
        async with (
            EmulatedController(clock=SystemClock()) as controller,
            emulated_world(
                clock, seed=self._seed, sim_state=SubscriberState.IN_STOCK, listen="tcp:127.0.0.1:0"
            ) as (url, far_side),
            MeteredRelay(url, tap=self._watch_wire) as relay,
        ):
            yield relay, far_side, await controller.serve_modbus_tcp()

    def _configure(self, modem_url: str, controller_url: str, *, telemetry_s: float) -> None:
        self._config.write_text(f"""
[device]
serial = "{self.serial}"
model = "bench"
claim_code = "{CLAIM_CODE}"
[modem]
port = "{modem_url}"
poll_s = 0.2
[cloud]
broker = "{self._broker}"
root = "{TOPICS.root}"
[uplink]
kind = "modem"
[waiting]
policy = "bench"
[controller]
url = "{controller_url}"
[telemetry]
period_s = {telemetry_s}
[store]
dir = "state"
""")

    def _watch_wire(self, sent: bytes) -> None:
        # A line is one chunk of the relay: the client waits for the answer to the one before.
        if b"AT+CFUN=0\r" in sent:
            self._cycles.append(asyncio.get_running_loop().time())
            self._worst_moment["waiting"].set()

    def _overhear(self, kind: TopicKind, subject: str) -> None:
        if kind is TopicKind.CLAIM_REQUEST and subject == self.serial:
            self._worst_moment["claim"].set()
        elif kind is TopicKind.TELEMETRY and subject == self.store.identity().get("device_id"):
            self._worst_moment["online"].set()

    async def _killed_in(self, phases: tuple[str, ...], relay: MeteredRelay) -> None:
        while wanting := [phase for phase in phases if self.kills[phase] < QUOTA[phase]]:
            assert self.kills.total() < MAX_KILLS, f"no kill hits {wanting} any more: {self.kills}"
            await self._kill_once(self._random.choice(wanting), relay)

    async def _kill_once(self, phase: str, relay: MeteredRelay) -> None:
        passed_before = relay.passed
        connects_only = phase == "claim" and self.store.identity().get("device_id") is not None
        bytes_after = self._random.randrange(BYTES_AFTER_CONNECTING if connects_only else BYTES_AFTER[phase])
        worst_moment = None if connects_only else self._worst_moment.get(phase)
        if worst_moment is not None:
            worst_moment.clear()
        await self._gateway.start()
        await self._reach(phase, relay, passed_before)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SECONDS_AFTER):
                if worst_moment is not None and self._random.random() < AT_THE_WORST_MOMENT:
                    await worst_moment.wait()
                else:
                    await relay.wait_passed(relay.passed + bytes_after)
        await self._gateway.kill()
        self.kills[self.store.phase] += 1
        self._check_after_death()

    async def _reach(self, phase: str, relay: MeteredRelay, passed_before: int) -> None:
        async with asyncio.timeout(REACH_S):
            # Until the first byte the store shows the state of the run before.
            await relay.wait_passed(passed_before + 1)
            while self.store.phase != phase and not self._beyond(phase):
                assert self._gateway.running, f"the gateway ended by itself, see {self.log}"
                await asyncio.sleep(0.01)

    def _beyond(self, phase: str) -> bool:
        """The phase was too short to be seen; the kill comes late, but it comes."""
        order = list(QUOTA)
        now = self.store.phase
        return phase != "bring-up" and now in order and order.index(now) > order.index(phase)

    def _check_after_death(self) -> None:
        """What is on disk at the moment of death: nothing that was done is missing there."""
        snapshot = self.store.snapshot()
        assert snapshot.attempts >= self._attempts, "an attempt was forgotten"
        self._attempts = snapshot.attempts
        assert self._attempts >= len(self._cycles), "a radio cycle was made before it was saved"
        if self._waiting_since is not None and snapshot.waiting_since is not None:
            assert snapshot.waiting_since == self._waiting_since, "it began to wait anew"
        self._waiting_since = snapshot.waiting_since or self._waiting_since
        gaps = [later - earlier for earlier, later in itertools.pairwise(self._cycles)]
        assert all(gap > BENCH.min_spacing_s - TOLERANCE_S for gap in gaps), f"{min(gaps)} s between attempts"
        assert len(snapshot.ladder.stamps) >= len(self._cycles), "the rolling hour forgot an attempt"
        key = self._directory / "state" / "device.key"
        if key.exists():
            assert self._key in {None, key.read_bytes()}, "the device made itself another key"
            self._key = key.read_bytes()

    async def _finish(self, modem_url: str, controller_url: str) -> None:
        """Let it live, empty its outbox and stop politely."""
        self._configure(modem_url, controller_url, telemetry_s=86400)
        await self._gateway.start()
        async with asyncio.timeout(REACH_S):
            while self.store.phase != "online" or self.store.outbox():
                assert self._gateway.running, f"the gateway ended by itself, see {self.log}"
                await asyncio.sleep(0.05)
        assert await self._gateway.stop() == 0
        self._check_after_death()
        await self._check_identity()
        await self._check_messages()

    async def _check_identity(self) -> None:
        record = await self._registrar.device(self.serial)
        identity = self.store.identity()
        assert identity["device_id"] == record.device_id
        assert identity["key_fingerprint"] == record.key_fingerprint
        assert identity["certificate"] == record.certificate
        assert self._spy.keys[self.serial] == {record.key_fingerprint}, "requests with different keys"

    async def _check_messages(self) -> None:
        device_id = self.store.identity()["device_id"]
        messages = [
            message
            for kind in (TopicKind.TELEMETRY, TopicKind.EVENT)
            for message in await self._registrar.received(device_id, kind)
        ]
        processed = [message.op_id for message in messages]
        assert len(processed) == len(set(processed))
        assert set(processed) == set(self._spy.published[device_id]), (
            "published but never processed, or made up"
        )
        assert set(processed) == self._spy.acknowledged[device_id]
        # Each message left the outbox once, because it was acknowledged and for no other reason.
        assert self.store.outbox() == []
        assert self.store.counter("outbox_acknowledged") == len(processed)
        assert [self.store.counter(f"outbox_{loss}") for loss in ("evicted", "expired", "refused")] == [
            0,
            0,
            0,
        ]
        readings = Counter(
            (reading.name, reading.at)
            for message in await self._registrar.received(device_id)
            for reading in Telemetry.from_payload(message.payload).readings
        )
        self.messages, self.readings = len(messages), readings.total()
        assert readings
        assert max(readings.values()) == 1, "one reading in two messages"


async def test_a_gateway_killed_anywhere_ends_with_one_identity_and_nothing_lost(
    tmp_path: Path, mosquitto: Any, pytestconfig: pytest.Config, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = BenchOptions.of(pytestconfig).seed
    spy, watching = Spy(), asyncio.Event()
    settings = BrokerSettings.parse(mosquitto.url)
    clock = SystemClock()
    started = clock.monotonic()
    async with Database(tmp_path / "cloud.db") as database:
        registrar = Registrar(
            database,
            ca=CertificateAuthority.create(now=clock.now()),
            clock=clock,
            random=Random(seed),
            topics=TOPICS,
        )
        bystanders = [
            asyncio.create_task(registrar.serve(AiomqttConnector(), settings)),
            asyncio.create_task(spy.watch(settings, watching)),
        ]
        try:
            async with asyncio.timeout(30):
                await registrar.wait_connected()
                await watching.wait()
            journeys = [
                Journey(seed, number, tmp_path / f"journey{number}", mosquitto.url, registrar, spy)
                for number in range(JOURNEYS)
            ]
            async with asyncio.TaskGroup() as tasks:
                for journey in journeys:
                    tasks.create_task(journey.run())
        finally:
            for bystander in bystanders:
                bystander.cancel()
            await asyncio.gather(*bystanders, return_exceptions=True)
    kills = sum((journey.kills for journey in journeys), Counter[str]())
    with capsys.disabled():
        seconds = clock.monotonic() - started
        print(f"\nkill -9: seed {seed} (--tg-seed), {kills.total()} kills in {seconds:.0f} s: {dict(kills)}")
        for journey in journeys:
            print(f"  {journey}")
    assert kills.total() >= 50
    assert all(kills[phase] >= JOURNEYS * quota for phase, quota in QUOTA.items())
