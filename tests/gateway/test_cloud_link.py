"""The device's side of the contract against a broker in memory and the reference registrar."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest

from firmware_sim.memory_broker import MemoryBroker
from firmware_sim.virtual_time import LoopClock, VirtualLoop, run_virtual
from gateway.cloud_link import CloudLink
from gateway.identity import DeviceLabel, Identity
from gateway.uplink import HostUplink
from provisioning.clock import Clock
from provisioning.device_store import DeviceStore
from provisioning.journey import (
    BrokerConnected,
    BrokerLost,
    BrokerRefused,
    Event,
    RegisterAnswered,
    RegisterTimedOut,
)
from provisioning.messages import CommandRequest, CommandResult, DeviceStatus, Reading, Telemetry
from provisioning.mqtt import BrokerSettings
from provisioning.outbox import Outbox
from provisioning.pki import CertificateAuthority
from provisioning.registrar import Registrar
from provisioning.registration import Approval
from provisioning.store import Database
from provisioning.topics import TopicKind, Topics

SERIAL = "ZT-0001"
CLAIM = "AB12-CD34"
TOPICS = Topics()
SETTINGS = BrokerSettings("broker.example")


@dataclass
class World:
    """A device and its cloud, in one process and on virtual time."""

    directory: Path
    clock: Clock
    hold: Callable[[], contextlib.AbstractContextManager[object]]
    broker: MemoryBroker = field(default_factory=MemoryBroker)
    events: list[Event] = field(default_factory=list)
    happened: asyncio.Event = field(default_factory=asyncio.Event)

    def emit(self, event: Event) -> None:
        self.events.append(event)
        self.happened.set()

    async def until(self, kind: type[Event], count: int = 1) -> Event:
        async with asyncio.timeout(600):
            while sum(isinstance(event, kind) for event in self.events) < count:
                self.happened.clear()
                await self.happened.wait()
        return [event for event in self.events if isinstance(event, kind)][-1]

    @contextlib.asynccontextmanager
    async def registrar(
        self, *, known: bool = True, approval: Approval = Approval.AUTO
    ) -> AsyncIterator[Registrar]:
        async with Database(self.directory / "cloud.db", hold=self.hold) as db:
            registrar = Registrar(
                db, ca=CertificateAuthority.create(now=self.clock.now()), clock=self.clock, random=Random(5)
            )
            if known:
                await registrar.add_device(SERIAL, model="H-1V", claim_code=CLAIM, approval=approval)
            serving = asyncio.create_task(registrar.serve(self.broker, SETTINGS))
            await registrar.wait_connected()
            try:
                yield registrar
            finally:
                serving.cancel()
                await asyncio.gather(serving, return_exceptions=True)

    @contextlib.asynccontextmanager
    async def device(
        self, name: str = "device", claim: str = CLAIM, **handlers: object
    ) -> AsyncIterator[CloudLink]:
        async with Database(self.directory / f"{name}.db", hold=self.hold) as db:
            store = DeviceStore(db)
            key_file = self.directory / f"{name}.key"
            link = CloudLink(
                self.broker,
                SETTINGS,
                topics=TOPICS,
                identity=Identity(store, key_file, DeviceLabel(SERIAL, "H-1V", claim), random=Random(name)),
                store=store,
                outbox=Outbox(db, clock=self.clock),
                clock=self.clock,
                random=Random(name),
                boot_id="boot-1",
                handlers=handlers,  # type: ignore[arg-type]
            )
            await link.load()
            working = asyncio.create_task(link.execute_commands())
            try:
                yield link
            finally:
                working.cancel()
                await asyncio.gather(working, return_exceptions=True)

    @contextlib.asynccontextmanager
    async def running(self, link: CloudLink) -> AsyncIterator[asyncio.Task[None]]:
        life = asyncio.create_task(link.run(HostUplink(), self.emit))
        try:
            yield life
        finally:
            life.cancel()
            await asyncio.gather(life, return_exceptions=True)

    async def registered(self, link: CloudLink) -> str:
        await self.until(BrokerConnected)
        link.register(imei="866104023456786", iccid="8970101123456789015", attempt=1)
        await self.until(RegisterAnswered)
        assert link.device_id is not None
        return link.device_id

    async def published(self, topic: str, count: int = 1) -> list[bytes]:
        async with asyncio.timeout(3600):
            while len(found := [m.payload for m in self.broker.published if m.topic == topic]) < count:
                await self.clock.sleep(0.1)
        return found


Story = Callable[[World], object]


@pytest.fixture
def play(tmp_path: Path) -> Callable[[Callable[[World], object]], None]:
    """Runs a story on virtual time."""

    def playing(story: Callable[[World], object]) -> None:
        async def on_loop() -> None:
            loop = asyncio.get_running_loop()
            assert isinstance(loop, VirtualLoop)
            await story(World(tmp_path, LoopClock(), loop.hold))  # type: ignore[misc]

        run_virtual(on_loop())

    return playing


def reading(value: float = 21.5) -> Reading:
    return Reading(name="room", value=value, unit="°C", at=1_800_000_000.0)


def test_a_claim_is_granted_and_the_link_goes_on_under_its_own_name(play) -> None:
    async def story(world: World) -> None:
        async with world.registrar(), world.device() as link, world.running(link):
            device_id = await world.registered(link)

            assert world.broker.clients == ("thermogate-registrar", device_id)
            status = DeviceStatus.from_payload(world.broker.retained[TOPICS.status(device_id)].payload)
            assert (status.status, status.boot_id) == ("online", "boot-1")
        farewell = DeviceStatus.from_payload(world.broker.retained[TOPICS.status(device_id)].payload)
        assert farewell.status == "offline"

    play(story)


def test_a_device_that_vanishes_is_reported_lost(play) -> None:
    async def story(world: World) -> None:
        async with world.registrar(), world.device() as link, world.running(link):
            device_id = await world.registered(link)
            world.broker.drop(device_id)
            await world.until(BrokerLost)
            status = DeviceStatus.from_payload(world.broker.retained[TOPICS.status(device_id)].payload)
            assert status.status == "lost"

    play(story)


def test_the_same_device_gets_the_same_identity_after_a_restart(play) -> None:
    async def story(world: World) -> None:
        async with world.registrar():
            async with world.device() as link, world.running(link):
                first = await world.registered(link)
            async with world.device() as link:
                assert link.device_id == first

    play(story)


def test_what_the_cloud_does_not_know(play) -> None:
    async def story(world: World) -> None:
        async with world.registrar(known=False), world.device() as link, world.running(link):
            await world.until(BrokerConnected)
            link.register(imei="1", iccid="2", attempt=1)
            answer = await world.until(RegisterAnswered)
            assert (answer.status, answer.reason) == ("failed", "unknown_serial")

    play(story)


def test_a_second_key_for_a_known_serial(play) -> None:
    async def story(world: World) -> None:
        async with world.registrar():
            async with world.device() as link, world.running(link):
                await world.registered(link)
            world.events.clear()
            async with world.device("impostor") as link, world.running(link):
                await world.until(BrokerConnected)
                link.register(imei="1", iccid="2", attempt=1)
                answer = await world.until(RegisterAnswered)
                assert (answer.status, answer.reason) == ("failed", "key_mismatch")
                assert link.device_id is None

    play(story)


def test_pending_until_a_person_approves(play) -> None:
    async def story(world: World) -> None:
        async with (
            world.registrar(approval=Approval.MANUAL) as registrar,
            world.device() as link,
            world.running(link),
        ):
            await world.until(BrokerConnected)
            link.register(imei="1", iccid="2", attempt=1)
            answer = await world.until(RegisterAnswered)
            assert answer.status == "pending"
            assert answer.retry_after_s is not None
            await registrar.approve(SERIAL)
            link.register(imei="1", iccid="2", attempt=2)
            answer = await world.until(RegisterAnswered, 2)
            assert answer.status == "assigned"

    play(story)


def test_no_registrar_answers(play) -> None:
    async def story(world: World) -> None:
        async with world.device() as link, world.running(link):
            await world.until(BrokerConnected)
            link.register(imei="1", iccid="2", attempt=1)
            await world.until(RegisterTimedOut)

    play(story)


@pytest.mark.parametrize("code", [0x86, 0x87])
def test_the_broker_refuses_us(play, code: int) -> None:
    async def story(world: World) -> None:
        world.broker.refuse_next(code)
        async with world.device() as link, world.running(link) as life:
            await life
            assert world.events == [BrokerRefused(code)]

    play(story)


def test_no_broker(play) -> None:
    async def story(world: World) -> None:
        world.broker.stop()
        async with world.device() as link, world.running(link) as life:
            await life
            assert world.events == [BrokerLost("broker_unreachable")]

    play(story)


def test_readings_arrive_once_although_broker_and_registrar_come_and_go(play) -> None:
    async def story(world: World) -> None:
        async with world.device() as link:
            async with world.registrar(), world.running(link):
                device_id = await world.registered(link)
            for number in range(30):
                await link.put_telemetry([reading(number)])
            # Without a registrar nothing is acknowledged, so nothing is forgotten.
            async with world.running(link):
                link.start_telemetry()
                await world.published(TOPICS.telemetry(device_id), 30)
                world.broker.stop(forget=True)
                await world.until(BrokerLost)
            world.broker.start()
            async with world.registrar() as registrar, world.running(link):
                await world.published(TOPICS.ack(device_id))
                async with asyncio.timeout(7200):
                    while link.counts["telemetry_acked"] < 30:
                        await world.clock.sleep(1)
                received = await registrar.received(device_id)
        assert len(received) == 30
        values = [Telemetry.from_payload(message.payload).readings[0].value for message in received]
        assert sorted(values) == [float(number) for number in range(30)]

    play(story)


def test_rubbish_is_counted_and_the_link_lives_on(play) -> None:
    async def story(world: World) -> None:
        async with world.registrar(), world.device() as link, world.running(link):
            device_id = await world.registered(link)
            link.start_telemetry()
            for payload in (b"", b"{", b"\xff\xfe", b"x" * 100_000, json.dumps({"op_id": 1}).encode()):
                world.broker.publish(TOPICS.command(device_id), payload)
                world.broker.publish(TOPICS.ack(device_id), payload)
            world.broker.publish(TOPICS.firmware(device_id, "offer"), b"{}")
            await command(world, device_id, CommandRequest(op_id="ping-0001", name="ping"))
            results = await world.published(TOPICS.result(device_id), 2)
            assert CommandResult.from_payload(results[-1]).reason == "pong"
            assert link.counts["malformed"] == 11

    play(story)


async def command(world: World, device_id: str, request: CommandRequest) -> None:
    world.broker.publish(TOPICS.command(device_id), request.to_payload())


def test_commands_are_executed_once_and_answered(play) -> None:
    async def story(world: World) -> None:
        executed: list[object] = []

        async def boost(arguments: dict[str, object]) -> str:
            executed.append(arguments["degrees"])
            return "boosted"

        async with world.registrar() as registrar:
            request = CommandRequest(op_id="boost-001", name="boost", arguments={"degrees": 3})
            old = CommandRequest(op_id="boost-old", name="boost", arguments={"degrees": 9}, expires_at=1.0)
            unknown = CommandRequest(op_id="dance-001", name="dance")
            async with world.device(boost=boost) as link, world.running(link):
                device_id = await world.registered(link)
                link.start_telemetry()
                for sent in (request, request, old, unknown):
                    await command(world, device_id, sent)
                await world.published(TOPICS.result(device_id), 4)
            world.events.clear()
            async with world.device(boost=boost) as link, world.running(link):
                await world.until(BrokerConnected)
                link.start_telemetry()
                await command(world, device_id, request)
                await world.published(TOPICS.result(device_id), 5)
            results = [
                CommandResult.from_payload(message.payload)
                for message in await registrar.received(device_id, TopicKind.RESULT)
            ]
        assert executed == [3]
        assert {(result.op_id, result.status) for result in results} == {
            ("boost-001", "accepted"),
            ("boost-001", "done"),
            ("boost-old", "failed"),
            ("dance-001", "failed"),
        }

    play(story)


def test_a_command_cut_short_by_a_restart_is_not_repeated(play) -> None:
    async def story(world: World) -> None:
        started = asyncio.Event()
        executed = 0

        async def hang(_: object) -> str:
            nonlocal executed
            executed += 1
            started.set()
            await asyncio.sleep(3600)
            return "never"

        request = CommandRequest(op_id="hang-0001", name="hang")
        async with world.registrar():
            async with world.device(hang=hang) as link, world.running(link):
                device_id = await world.registered(link)
                await command(world, device_id, request)
                await started.wait()
            world.events.clear()
            async with world.device(hang=hang) as link, world.running(link):
                await world.until(BrokerConnected)
                link.start_telemetry()
                await command(world, device_id, request)
                await world.clock.sleep(60)
            results = await world.published(TOPICS.result(device_id), 2)
        last = CommandResult.from_payload(results[-1])
        assert (last.status, executed) == ("failed", 1)
        assert "restart" in last.reason

    play(story)
