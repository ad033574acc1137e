"""One contract, three brokers: what the in-memory broker promises, amqtt and mosquitto do as well.

Tests that pass on objects and virtual time are worth something only as far as this holds.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.broker import EmbeddedBroker
from firmware_sim.memory_broker import MemoryBroker
from provisioning.mqtt import (
    BrokerSettings,
    MqttConnection,
    MqttConnector,
    MqttLostError,
    MqttMessage,
    MqttRefusedError,
    MqttUnreachableError,
    Will,
)
from provisioning.mqtt_aiomqtt import AiomqttConnector

LOGIN = {"username": "tg", "password": "secret"}


class Wire:
    """A TCP connection to a broker that can be cut."""

    def __init__(self, host: str, port: int) -> None:
        self._far = (host, port)
        self._writers: list[asyncio.StreamWriter] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> tuple[str, int]:
        self._server = await asyncio.start_server(self._join, "127.0.0.1", 0)
        host, port = self._server.sockets[0].getsockname()
        return host, port

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self.cut()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(*self._far)
        self._writers += [writer, far_writer]
        for source, sink in ((reader, far_writer), (far_reader, writer)):
            self._tasks.add(asyncio.create_task(self._carry(source, sink)))

    async def _carry(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while data := await source.read(4096):
            sink.write(data)
        sink.close()


@dataclass
class Subject:
    """A broker under test and how to reach it."""

    connector: MqttConnector
    settings: BrokerSettings
    stop: Callable[[], Awaitable[None]]

    def connect(
        self, client_id: str, *, will: Will | None = None, expiry_s: int = 0
    ) -> AbstractAsyncContextManager[MqttConnection]:
        settings = replace(self.settings, session_expiry_s=expiry_s)
        return self.connector.connect(settings, client_id=client_id, will=will)

    async def vanish(self, client_id: str, will: Will) -> None:
        """Connect, and have the connection cut."""
        if isinstance(self.connector, MemoryBroker):
            async with self.connect(client_id, will=will):
                self.connector.drop(client_id)
            return
        wire = Wire(self.settings.host, self.settings.port)
        async with (
            wire as address,
            self.connector.connect(self.settings, client_id=client_id, will=will, address=address) as victim,
        ):
            wire.cut()
            with pytest.raises(MqttLostError):
                await take(victim, 1)


@pytest_asyncio.fixture(params=["memory", "amqtt", "mosquitto"])
async def subject(request: pytest.FixtureRequest) -> AsyncIterator[Subject]:
    if request.param == "memory":
        memory = MemoryBroker(**LOGIN)

        async def stop_memory() -> None:
            memory.stop()

        yield Subject(memory, BrokerSettings("memory", **LOGIN), stop_memory)  # type: ignore[arg-type]
    elif request.param == "amqtt":
        async with EmbeddedBroker(**LOGIN) as embedded:
            settings = BrokerSettings.parse(embedded.url, protocol="3.1.1", connect_timeout_s=5)

            async def cut() -> None:
                embedded.drop_clients()

            yield Subject(AiomqttConnector(), settings, cut)
    else:
        process = request.getfixturevalue("start_mosquitto")(users={LOGIN["username"]: LOGIN["password"]})
        settings = replace(BrokerSettings.parse(process.url, connect_timeout_s=5), **LOGIN)  # type: ignore[arg-type]

        async def kill() -> None:
            process.kill()

        yield Subject(AiomqttConnector(), settings, kill)


async def take(connection: MqttConnection, count: int) -> list[MqttMessage]:
    taken: list[MqttMessage] = []
    async with asyncio.timeout(10):
        async for message in connection.messages():
            taken.append(message)
            if len(taken) == count:
                break
    return taken


async def test_order_and_wildcards(subject: Subject) -> None:
    async with subject.connect("a") as a, subject.connect("b") as b:
        await b.subscribe("dev/+/telemetry")
        for number in range(20):
            await a.publish(f"dev/{number % 3}/telemetry", b"%d" % number)
            await a.publish(f"dev/{number % 3}/event", b"no")
        assert [message.payload for message in await take(b, 20)] == [b"%d" % n for n in range(20)]


async def test_retained(subject: Subject) -> None:
    async with subject.connect("a") as a:
        await a.publish("dev/1/status", b"online", retain=True)
        await a.publish("dev/2/status", b"online", retain=True)
        await a.publish("dev/2/status", b"", retain=True)
        async with subject.connect("b") as b:
            await b.subscribe("dev/+/status")
            await a.publish("dev/3/status", b"live")
            first, second = await take(b, 2)
    assert (first.topic, first.retain, second.topic, second.retain) == (
        "dev/1/status",
        True,
        "dev/3/status",
        False,
    )


async def test_a_will_is_for_the_vanished_only(subject: Subject) -> None:
    async with subject.connect("watcher") as watcher:
        await watcher.subscribe("status/#")
        async with subject.connect("polite", will=Will("status/polite", b"lost")):
            pass
        await subject.vanish("rude", Will("status/rude", b"lost"))
        assert [m.topic for m in await take(watcher, 1)] == ["status/rude"]


async def test_a_session_keeps_what_came_meanwhile(subject: Subject) -> None:
    async with subject.connect("kept", expiry_s=3600) as kept:
        await kept.subscribe("command")
    async with subject.connect("cloud") as cloud:
        await cloud.publish("command", b"1")
        await cloud.publish("command", b"2")
    async with subject.connect("kept", expiry_s=3600) as kept:
        assert [m.payload for m in await take(kept, 2)] == [b"1", b"2"]


async def test_wrong_password(subject: Subject) -> None:
    wrong = replace(subject.settings, password="wrong")
    with pytest.raises(MqttRefusedError):
        async with subject.connector.connect(wrong, client_id="x"):
            pass


async def test_loss_is_heard_by_reader_and_writer(subject: Subject) -> None:
    async with subject.connect("a") as a:
        await a.subscribe("t")
        reader = asyncio.ensure_future(take(a, 1))
        await asyncio.sleep(0)
        await subject.stop()
        async with asyncio.timeout(10):
            with pytest.raises(MqttLostError):
                await reader
            with pytest.raises(MqttLostError):
                await a.publish("t", b"")


async def test_nobody_there(unused_tcp_port: int) -> None:
    down = MemoryBroker()
    down.stop()
    settings = BrokerSettings("127.0.0.1", unused_tcp_port, connect_timeout_s=2)
    connectors: list[MqttConnector] = [down, AiomqttConnector()]
    for connector in connectors:
        with pytest.raises(MqttUnreachableError):
            async with connector.connect(settings, client_id="x"):
                pass


@given(st.lists(st.sampled_from(["publish", "take", "cut"]), max_size=40))
async def test_at_least_once_and_in_order_whatever_happens(steps: list[str]) -> None:
    """The in-memory broker alone.

    Cuts at any point lose nothing and repeat only what was not finished with.
    """
    broker = MemoryBroker()
    settings = BrokerSettings("memory")
    async with broker.connect(settings, client_id="reader") as first:
        await first.subscribe("t")
    finished: list[int] = []
    sent = 0

    async def read_until_cut(count: int) -> None:
        async with broker.connect(settings, client_id="reader") as connection:
            messages = connection.messages()
            for _ in range(count):
                number = int((await anext(messages)).payload)
                # Seen again is allowed for the last one only: its successor was never asked for.
                assert number in (len(finished), len(finished) - 1)
                finished[number:] = [number]

    for step in steps:
        if step == "publish":
            broker.publish("t", b"%d" % sent)
            sent += 1
        elif step == "cut":
            broker.drop()
        elif len(finished) < sent:
            await read_until_cut(1)
    await read_until_cut(sent - max(0, len(finished) - 1) if sent else 0)
    assert finished == list(range(sent))
