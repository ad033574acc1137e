"""The two brokers of the simulator: one of objects for virtual time, one with real sockets."""

import asyncio
import logging
from contextlib import AsyncExitStack, asynccontextmanager

import aiomqtt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.broker import BrokerExtraMissingError, EmbeddedBroker
from firmware_sim.memory_broker import MemoryBroker, filter_is_valid, topic_matches
from firmware_sim.virtual_time import run_virtual
from provisioning.mqtt import (
    BrokerSettings,
    MqttConnection,
    MqttConnector,
    MqttLostError,
    MqttMessage,
    MqttRefusedError,
    MqttUnreachableError,
    PublishRefusedError,
    PublishTimeoutError,
    SubscribeRefusedError,
    Will,
)

SETTINGS = BrokerSettings("broker.test")
CLEAN = BrokerSettings("broker.test", session_expiry_s=0)


def test_it_is_a_connector() -> None:
    connector: MqttConnector = MemoryBroker()
    assert connector


async def next_message(connection: MqttConnection) -> MqttMessage:
    async with asyncio.timeout(5):
        return await anext(connection.messages())


class TestTopics:
    @pytest.mark.parametrize(
        ("topic_filter", "topic", "matches"),
        [
            ("a/b", "a/b", True),
            ("a/b", "a/b/c", False),
            ("a/+/c", "a/b/c", True),
            ("a/+", "a", False),
            ("a/+", "a/", True),
            ("+/+", "/b", True),
            ("a/#", "a", True),
            ("a/#", "a/b/c", True),
            ("#", "a/b", True),
            ("#", "$SYS/uptime", False),
            ("+/uptime", "$SYS/uptime", False),
            ("$SYS/#", "$SYS/uptime", True),
            ("a/+/#", "a/b", True),
            ("A/b", "a/b", False),
        ],
    )
    def test_clause_4_7(self, topic_filter: str, topic: str, matches: bool) -> None:
        assert topic_matches(topic_filter, topic) is matches

    @pytest.mark.parametrize("bad", ["", "a/#/b", "a#", "+a/b", "a/b+", "##"])
    def test_impossible_filters(self, bad: str) -> None:
        assert not filter_is_valid(bad)

    @given(st.lists(st.text("ab", min_size=1), min_size=1, max_size=5))
    def test_a_topic_matches_itself_and_its_wildcards(self, levels: list[str]) -> None:
        topic = "/".join(levels)
        assert topic_matches(topic, topic)
        assert topic_matches("/".join("+" for _ in levels), topic)
        assert topic_matches("#", topic)
        assert topic_matches("/".join([*levels[:-1], "#"]), topic)


class TestMemoryBroker:
    async def test_delivers_in_order(self) -> None:
        broker = MemoryBroker()
        async with broker.connect(SETTINGS, client_id="a") as a, broker.connect(SETTINGS, client_id="b") as b:
            await b.subscribe("t/+")
            for number in range(5):
                await a.publish("t/x", b"%d" % number)
            received: list[bytes] = []
            async for message in b.messages():
                received.append(message.payload)
                if len(received) == 5:
                    break
        assert received == [b"0", b"1", b"2", b"3", b"4"]

    async def test_overlapping_filters_give_one_copy(self) -> None:
        broker = MemoryBroker()
        async with broker.connect(CLEAN, client_id="b") as b:
            await b.subscribe("t/#", "t/x")
            broker.publish("t/x", b"once")
            broker.publish("end", b"")
            await b.subscribe("end")
            broker.publish("end", b"!")
            messages = b.messages()
            assert [(await anext(messages)).topic for _ in range(2)] == ["t/x", "end"]

    async def test_retained_messages_greet_new_subscribers_until_cleared(self) -> None:
        broker = MemoryBroker()
        broker.publish("s", b"online", retain=True)
        async with broker.connect(CLEAN, client_id="a") as a:
            await a.subscribe("s")
            assert await next_message(a) == MqttMessage("s", b"online", True)
        broker.publish("s", b"", retain=True)
        assert broker.retained == {}

    async def test_an_unfinished_message_comes_again(self) -> None:
        """QoS 1: a consumer that dies over a message gets it once more, but not those it had finished."""
        broker = MemoryBroker()
        async with broker.connect(SETTINGS, client_id="a") as a:
            await a.subscribe("t")
            broker.publish("t", b"1")
            broker.publish("t", b"2")
            messages = a.messages()
            assert (await anext(messages)).payload == b"1"
            assert (await anext(messages)).payload == b"2"
        async with broker.connect(SETTINGS, client_id="a") as a:
            assert (await next_message(a)).payload == b"2"

    async def test_a_session_waits_for_its_client_and_a_clean_one_does_not(self) -> None:
        broker = MemoryBroker()
        for settings, client_id in ((SETTINGS, "kept"), (CLEAN, "clean")):
            async with broker.connect(settings, client_id=client_id) as connection:
                await connection.subscribe("t")
        broker.publish("t", b"meanwhile")
        async with broker.connect(SETTINGS, client_id="kept") as connection:
            assert (await next_message(connection)).payload == b"meanwhile"
        async with broker.connect(CLEAN, client_id="clean") as connection:
            broker.publish("t", b"now")
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.01):
                    await anext(connection.messages())

    def test_a_session_expires(self) -> None:
        async def story() -> tuple[str, ...]:
            broker = MemoryBroker()
            settings = BrokerSettings("b", session_expiry_s=3600)
            for wait_s in (3599, 3601, 0):
                async with broker.connect(settings, client_id="a") as a:
                    received = [m.payload.decode() for m in broker.published] if wait_s == 3599 else []
                    await a.subscribe("t")
                await asyncio.sleep(wait_s)
                broker.publish("t", b"%d" % wait_s)
            async with broker.connect(settings, client_id="a") as a:
                received = [(await next_message(a)).payload.decode()]
            return tuple(received)

        # What came within the hour waited; the expired session's mail is gone; the last one is there.
        assert run_virtual(story()) == ("0",)

    async def test_a_will_speaks_for_the_vanished_and_not_for_those_who_leave(self) -> None:
        broker = MemoryBroker()
        will = Will("dev/1/status", b"lost")
        async with broker.connect(SETTINGS, client_id="1", will=will):
            pass
        assert broker.retained == {}
        async with broker.connect(SETTINGS, client_id="1", will=will) as connection:
            broker.drop("1")
            with pytest.raises(MqttLostError):
                await connection.publish("x", b"")
        assert broker.retained["dev/1/status"].payload == b"lost"

    async def test_the_same_client_id_takes_over(self) -> None:
        broker = MemoryBroker()
        async with broker.connect(SETTINGS, client_id="1") as old:
            await old.subscribe("t")
            async with broker.connect(SETTINGS, client_id="1") as new:
                with pytest.raises(MqttLostError) as lost:
                    await old.publish("t", b"")
                assert lost.value.code == 0x8E
                broker.publish("t", b"for the new one")
                assert (await next_message(new)).payload == b"for the new one"
        assert broker.clients == ()

    async def test_a_reader_hears_of_the_loss(self) -> None:
        broker = MemoryBroker()
        async with broker.connect(SETTINGS, client_id="1") as connection:
            reader = asyncio.ensure_future(next_message(connection))
            await asyncio.sleep(0)
            broker.stop()
            with pytest.raises(MqttLostError):
                await reader
        with pytest.raises(MqttUnreachableError):
            async with broker.connect(SETTINGS, client_id="1"):
                pass
        broker.start()
        async with broker.connect(SETTINGS, client_id="1"):
            assert broker.clients == ("1",)

    async def test_credentials_and_refusals(self) -> None:
        broker = MemoryBroker(username="u", password="p")
        with pytest.raises(MqttRefusedError) as refused:
            async with broker.connect(SETTINGS, client_id="1"):
                pass
        assert refused.value.code == 0x86
        good = BrokerSettings("b", username="u", password="p")
        broker.refuse_next(0x88, times=2)
        for _ in range(2):
            with pytest.raises(MqttRefusedError, match="Server unavailable"):
                async with broker.connect(good, client_id="1"):
                    pass
        async with broker.connect(good, client_id="1"):
            pass

    async def test_what_does_not_fit_is_refused_or_counted(self) -> None:
        broker = MemoryBroker(max_payload=10, max_pending=2, max_retained=1)
        async with broker.connect(SETTINGS, client_id="a") as a:
            with pytest.raises(PublishRefusedError) as refused:
                await a.publish("t", bytes(11))
            assert refused.value.code == 0x95
            with pytest.raises(PublishRefusedError) as refused:
                await a.publish("t/+", b"")
            assert refused.value.code == 0x90
            with pytest.raises(SubscribeRefusedError):
                await a.subscribe("t/#/x")
            await a.publish("r/1", b"1", retain=True)
            with pytest.raises(PublishRefusedError):
                await a.publish("r/2", b"1", retain=True)
            await a.subscribe("t")
            for _ in range(5):
                await a.publish("t", b"")
        assert broker.dropped == 3

    async def test_denied_topics(self) -> None:
        broker = MemoryBroker()
        broker.deny("dev/other/#")
        async with broker.connect(SETTINGS, client_id="a") as a:
            with pytest.raises(PublishRefusedError) as refused:
                await a.publish("dev/other/status", b"")
            assert refused.value.code == 0x87
            broker.deny("dev/other/#", 0)
            await a.publish("dev/other/status", b"")

    def test_a_lost_acknowledgement_is_a_timeout_though_the_message_arrived(self) -> None:
        async def story() -> tuple[int, float]:
            broker = MemoryBroker()
            broker.lose_acknowledgements(1)
            async with broker.connect(SETTINGS, client_id="a") as a:
                with pytest.raises(PublishTimeoutError):
                    await a.publish("t", b"1", timeout_s=30)
                await a.publish("t", b"1", timeout_s=30)
            return len(broker.published), asyncio.get_running_loop().time()

        assert run_virtual(story()) == (2, pytest.approx(30.0))

    async def test_a_shared_group_takes_turns(self) -> None:
        broker = MemoryBroker()
        async with AsyncExitStack() as stack:
            members = [
                await stack.enter_async_context(broker.connect(CLEAN, client_id=f"m{n}")) for n in range(2)
            ]
            for member in members:
                await member.subscribe("$share/reg/t/#")
            for number in range(4):
                broker.publish("t/x", b"%d" % number)
            got = [
                [(await anext(messages)).payload for _ in range(2)]
                for messages in (m.messages() for m in members)
            ]
        assert got == [[b"0", b"2"], [b"1", b"3"]]

    @pytest.mark.parametrize("bad", ["$share/g", "$share//", "$share"])
    async def test_a_bad_share_is_refused_or_plain(self, bad: str) -> None:
        broker = MemoryBroker()
        async with broker.connect(CLEAN, client_id="a") as a:
            if bad == "$share":
                await a.subscribe(bad)
            else:
                with pytest.raises(SubscribeRefusedError):
                    await a.subscribe(bad)


@asynccontextmanager
async def client(broker: EmbeddedBroker, *, login: str | None = None, **options: object):  # type: ignore[no-untyped-def]
    name, _, password = (login or "").partition(":")
    async with aiomqtt.Client(
        broker.host, broker.port, username=name or None, password=password or None, timeout=5, **options
    ) as connected:
        yield connected


class TestEmbeddedBroker:
    async def test_takes_a_message_from_one_client_to_another(self) -> None:
        async with EmbeddedBroker() as broker, client(broker) as a, client(broker) as b:
            await b.subscribe("tg/v1/#", qos=1)
            await a.publish("tg/v1/x", b"hello", qos=1)
            async with asyncio.timeout(5):
                message = await anext(b.messages)
            assert (str(message.topic), message.payload) == ("tg/v1/x", b"hello")
            assert broker.connections == 2

    async def test_retained_messages_go_to_those_who_asked(self) -> None:
        async with EmbeddedBroker() as broker, client(broker) as cloud:
            await cloud.subscribe("dev/+/status", qos=1)
            await cloud.publish("dev/1/status", b"online", qos=1, retain=True)
            async with client(broker) as device:
                await device.subscribe("dev/2/command", qos=1)
                await cloud.publish("dev/2/command", b"!", qos=1)
                async with asyncio.timeout(5):
                    assert str((await anext(device.messages)).topic) == "dev/2/command"
                await device.subscribe("dev/1/#", qos=1)
                async with asyncio.timeout(5):
                    assert (await anext(device.messages)).payload == b"online"

    async def test_asks_for_a_password_when_it_has_one(self) -> None:
        async with EmbeddedBroker(username="tg", password="s:cret") as broker:
            async with client(broker, login="tg:s:cret"):
                pass
            for wrong in (None, "tg:wrong", "other:s:cret"):
                with pytest.raises(aiomqtt.MqttError):
                    async with client(broker, login=wrong):
                        pass
            assert BrokerSettings.parse(broker.url).password == "s:cret"

    async def test_a_cut_client_leaves_its_will(self) -> None:
        async with EmbeddedBroker() as broker, client(broker) as watcher:
            await watcher.subscribe("status", qos=1)
            # A foreign program speaks MQTT by hand: CONNECT with a will, then silence as it is cut off.
            connect = b"\x00\x04MQTT\x04\x2e\x00\x3c\x00\x01v\x00\x06status\x00\x04lost"
            reader, writer = await asyncio.open_connection(broker.host, broker.port)
            writer.write(bytes([0x10, len(connect)]) + connect)
            await writer.drain()
            async with asyncio.timeout(5):
                assert await reader.readexactly(4) == b"\x20\x02\x00\x00"
            writer.transport.abort()
            async with asyncio.timeout(5):
                assert (await anext(watcher.messages)).payload == b"lost"

    async def test_leaves_no_task_and_no_open_port(self) -> None:
        before = asyncio.all_tasks()
        broker = EmbeddedBroker()
        async with broker, AsyncExitStack() as stack:
            for _ in range(3):
                await stack.enter_async_context(client(broker))
            reader, writer = await asyncio.open_connection(broker.host, broker.port)
            writer.write(b"\x10")
            # A client that never finishes its first packet must not hold the broker up.
        async with asyncio.timeout(5):
            assert await reader.read() == b""
        writer.close()
        assert asyncio.all_tasks() <= before
        with pytest.raises(OSError, match=r"refused|Connect call failed"):
            await asyncio.open_connection(broker.host, broker.port)

    async def test_starts_again_on_the_same_port(self) -> None:
        async with EmbeddedBroker() as broker:
            port = broker.port
        async with EmbeddedBroker(port=port) as broker, client(broker):
            assert broker.port == port

    async def test_is_quiet(
        self, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
    ) -> None:
        caplog.set_level(logging.DEBUG)
        async with EmbeddedBroker() as broker:
            async with client(broker) as a:
                await a.publish("x", b"y", qos=1)
            reader, writer = await asyncio.open_connection(broker.host, broker.port)
            writer.write(b"GET / HTTP/1.0\r\n\r\n")
            writer.write_eof()
            async with asyncio.timeout(5):
                await reader.read()
            writer.close()
        assert [record for record in caplog.records if record.name.startswith(("amqtt", "transitions"))] == []
        assert capfd.readouterr() == ("", "")

    async def test_says_which_extra_is_missing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(__import__("sys").modules, "amqtt.broker", None)
        with pytest.raises(BrokerExtraMissingError, match=r"thermogate\[broker\]"):
            async with EmbeddedBroker():
                pass
