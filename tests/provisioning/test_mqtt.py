"""The MQTT port on the real mosquitto, in both versions of the protocol."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from provisioning.mqtt import (
    NOT_AUTHORIZED,
    BrokerSettings,
    BrokerUrlError,
    MqttConnection,
    MqttLostError,
    MqttMessage,
    MqttPortError,
    MqttRefusedError,
    MqttTlsError,
    MqttUnreachableError,
    PublishRefusedError,
    PublishTimeoutError,
    Will,
)
from provisioning.mqtt_aiomqtt import AiomqttConnector
from provisioning.pki import CertificateAuthority, DeviceKey

CONNECTOR = AiomqttConnector()
StartBroker = Callable[..., Any]


@pytest.fixture(params=["3.1.1", "5"])
def protocol(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def take(connection: MqttConnection, count: int, timeout_s: float = 10.0) -> list[MqttMessage]:
    """The next `count` messages; all but the last are acknowledged to the broker."""
    taken: list[MqttMessage] = []
    async with asyncio.timeout(timeout_s):
        async for message in connection.messages():
            taken.append(message)
            if len(taken) == count:
                break
    return taken


def open_sockets() -> set[str]:
    """This process's sockets, for finding leaks."""
    links = [link for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
    return {target for link in links if "socket" in (target := str(link.readlink()))}


# --- settings ---


def test_a_url_with_everything() -> None:
    settings = BrokerSettings.parse("mqtts://us%40er:p%3Aw@broker.example:1234", protocol="3.1.1")
    assert settings == BrokerSettings(
        host="broker.example", port=1234, tls=True, username="us@er", password="p:w", protocol="3.1.1"
    )
    assert "p:w" not in repr(settings) + settings.url


@pytest.mark.parametrize(("url", "port"), [("mqtt://h", 1883), ("mqtts://h", 8883), ("mqtt://[::1]:5", 5)])
def test_default_ports(url: str, port: int) -> None:
    assert BrokerSettings.parse(url).port == port


@pytest.mark.parametrize(
    "url",
    ["http://h", "h:1883", "mqtt://", "mqtt://h:port", "mqtt://h:99999", "mqtt://h/path", "mqtt://u:secret@"],
)
def test_a_wrong_url_is_refused_without_repeating_its_password(url: str) -> None:
    with pytest.raises(BrokerUrlError) as caught:
        BrokerSettings.parse(url)
    assert "secret" not in str(caught.value)


def test_a_certificate_needs_its_key() -> None:
    with pytest.raises(BrokerUrlError):
        BrokerSettings.parse("mqtts://h", cert_file="device.crt")


# --- connecting ---


async def test_messages_come_through_in_order(mosquitto: Any, protocol: Any) -> None:
    settings = BrokerSettings.parse(mosquitto.url, protocol=protocol)
    async with (
        CONNECTOR.connect(settings, client_id="listener") as listener,
        CONNECTOR.connect(settings, client_id="speaker") as speaker,
    ):
        await listener.subscribe("a/#", "b")
        for number in range(200):
            await speaker.publish("a/b", str(number).encode())
        messages = await take(listener, 200)
        await speaker.publish("b", b"", qos=0)
        assert await take(listener, 1) == [MqttMessage("b", b"")]
    assert [message.payload for message in messages] == [str(number).encode() for number in range(200)]


async def test_retained_messages_and_the_will(mosquitto: Any, protocol: Any) -> None:
    settings = BrokerSettings.parse(mosquitto.url, protocol=protocol)
    will = Will("state", b"lost")
    async with CONNECTOR.connect(settings, client_id="device", will=will) as device:
        await device.publish("state", b"online", retain=True)
    async with CONNECTOR.connect(settings, client_id="listener") as listener:
        await listener.subscribe("state")
        assert await take(listener, 1) == [MqttMessage("state", b"online", retain=True)]
        async with CONNECTOR.connect(settings, client_id="device", will=will) as device:
            device._client.hang_up()  # the link dies without a word
            assert await take(listener, 1) == [MqttMessage("state", b"lost")]
    async with CONNECTOR.connect(settings, client_id="later") as later:
        await later.subscribe("state")
        assert await take(later, 1) == [MqttMessage("state", b"lost", retain=True)]


async def test_wrong_credentials_are_refused_with_their_code(
    start_mosquitto: StartBroker, protocol: Any
) -> None:
    broker = start_mosquitto(users={"device": "right"})
    before = open_sockets()
    for userinfo in ("device:wrong@", ""):
        settings = BrokerSettings.parse(broker.url.replace("://", f"://{userinfo}"), protocol=protocol)
        with pytest.raises(MqttRefusedError) as caught:
            async with CONNECTOR.connect(settings, client_id="device"):
                pass
        assert caught.value.code == NOT_AUTHORIZED
        assert not caught.value.retryable
        assert "wrong" not in str(caught.value)
    settings = BrokerSettings.parse(broker.url.replace("://", "://device:right@"), protocol=protocol)
    async with CONNECTOR.connect(settings, client_id="device") as connection:
        await connection.publish("a", b"")
    assert open_sockets() <= before


async def test_nobody_listens_there(protocol: Any) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        settings = BrokerSettings.parse(f"mqtt://127.0.0.1:{taken.getsockname()[1]}", protocol=protocol)
        with pytest.raises(MqttUnreachableError) as caught:
            async with CONNECTOR.connect(settings, client_id="device"):
                pass
    assert caught.value.retryable


async def test_no_such_host() -> None:
    with pytest.raises(MqttUnreachableError):
        async with CONNECTOR.connect(BrokerSettings("no-such-host.invalid"), client_id="device"):
            pass


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\xff" * 100])
async def test_something_else_than_a_broker_listens_there(answer: bytes, protocol: Any) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    before = open_sockets()
    async with server:
        settings = BrokerSettings("127.0.0.1", port, protocol=protocol, connect_timeout_s=20)
        started = time.monotonic()
        with pytest.raises(MqttUnreachableError):
            async with CONNECTOR.connect(settings, client_id="device"):
                pass
        assert time.monotonic() - started < 5, "it must not wait for the timeout"
    assert len(open_sockets()) <= len(before)


async def test_a_listener_that_never_answers_is_given_up(protocol: Any) -> None:
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        settings = BrokerSettings("127.0.0.1", port, protocol=protocol, connect_timeout_s=0.3)
        with pytest.raises(MqttUnreachableError, match="no CONNACK"):
            async with CONNECTOR.connect(settings, client_id="device"):
                pass


@pytest.mark.parametrize("tls", [False, True])
async def test_connecting_can_be_cancelled_at_once(tls: bool) -> None:
    accepted = asyncio.Event()
    ended = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted.set()
        await reader.read()  # to the end: the client has closed its socket
        ended.set()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        settings = BrokerSettings("127.0.0.1", server.sockets[0].getsockname()[1], tls=tls)

        async def connect() -> None:
            async with CONNECTOR.connect(settings, client_id="device"):
                pass

        connecting = asyncio.create_task(connect())
        await accepted.wait()
        connecting.cancel()
        async with asyncio.timeout(5):
            with pytest.raises(asyncio.CancelledError):
                await connecting
            await ended.wait()


# --- refusals and losses ---


async def test_a_publish_that_the_acl_denies(start_mosquitto: StartBroker) -> None:
    broker = start_mosquitto(users={"device": "x"}, acl="user device\ntopic readwrite allowed/#\n")
    url = broker.url.replace("://", "://device:x@")
    async with CONNECTOR.connect(BrokerSettings.parse(url), client_id="device") as connection:
        await connection.publish("allowed/a", b"")
        with pytest.raises(PublishRefusedError) as caught:
            await connection.publish("denied/a", b"")
        assert (caught.value.code, caught.value.topic) == (NOT_AUTHORIZED, "denied/a")
        assert caught.value.retryable, "an ACL can be mended"
        await connection.publish("allowed/a", b"")  # the connection lives on
    # 3.1.1 has no way to say it: this is why only the application's ack empties the outbox.
    settings = BrokerSettings.parse(url, protocol="3.1.1")
    async with CONNECTOR.connect(settings, client_id="device") as connection:
        await connection.publish("denied/a", b"")


async def test_a_killed_broker_ends_everything_that_waits(mosquitto: Any, protocol: Any) -> None:
    settings = BrokerSettings.parse(mosquitto.url, protocol=protocol)
    async with CONNECTOR.connect(settings, client_id="device") as connection:
        await connection.subscribe("a")
        os.kill(mosquitto.pid, signal.SIGSTOP)
        waiting = [
            asyncio.create_task(connection.publish("b", b"x")),
            asyncio.create_task(take(connection, 1)),
            asyncio.create_task(connection.subscribe("c")),
        ]
        await asyncio.sleep(0)
        mosquitto.kill()
        async with asyncio.timeout(5):
            outcomes = await asyncio.gather(*waiting, return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [MqttLostError] * 3
        with pytest.raises(MqttLostError):
            await connection.publish("b", b"x")
        with pytest.raises(MqttLostError):
            await connection.subscribe("b")
        with pytest.raises(MqttLostError):
            await take(connection, 1)
    mosquitto.restart()
    async with CONNECTOR.connect(settings, client_id="device") as connection:
        await connection.publish("b", b"x")


async def test_a_broker_that_hangs_is_noticed_by_the_publish(mosquitto: Any, protocol: Any) -> None:
    settings = BrokerSettings.parse(mosquitto.url, protocol=protocol)
    async with CONNECTOR.connect(settings, client_id="device") as connection:
        os.kill(mosquitto.pid, signal.SIGSTOP)
        with pytest.raises(PublishTimeoutError):
            await connection.publish("a", b"x", timeout_s=0.2)
        started = time.monotonic()
    assert time.monotonic() - started < 5, "saying goodbye to the dead must not take long"


async def test_a_timed_out_publish_may_still_arrive(mosquitto: Any) -> None:
    settings = BrokerSettings.parse(mosquitto.url)
    async with (
        CONNECTOR.connect(settings, client_id="listener") as listener,
        CONNECTOR.connect(settings, client_id="device") as device,
    ):
        await listener.subscribe("a")
        os.kill(mosquitto.pid, signal.SIGSTOP)
        with pytest.raises(PublishTimeoutError):
            await device.publish("a", b"late", timeout_s=0.1)
        os.kill(mosquitto.pid, signal.SIGCONT)
        assert await take(listener, 1) == [MqttMessage("a", b"late")]


async def test_being_pushed_out_by_another_client_is_a_loss(mosquitto: Any, protocol: Any) -> None:
    settings = BrokerSettings.parse(mosquitto.url, protocol=protocol)
    async with (
        CONNECTOR.connect(settings, client_id="same") as first,
        CONNECTOR.connect(settings, client_id="same"),
    ):
        with pytest.raises(MqttLostError):
            await take(first, 1)


async def test_the_reason_in_the_brokers_disconnect_is_told() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.write(bytes.fromhex("2003 00 00 00"))  # CONNACK, success
        writer.write(bytes.fromhex("e002 8b 00"))  # DISCONNECT, server shutting down
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        settings = BrokerSettings("127.0.0.1", server.sockets[0].getsockname()[1])
        with pytest.raises(MqttLostError) as caught:
            async with CONNECTOR.connect(settings, client_id="device") as connection:
                await take(connection, 1)
    assert caught.value.code == 0x8B


async def test_a_message_not_finished_with_comes_again(mosquitto: Any, protocol: Any) -> None:
    settings = BrokerSettings.parse(mosquitto.url, protocol=protocol)
    async with CONNECTOR.connect(settings, client_id="speaker") as speaker:
        async with CONNECTOR.connect(settings, client_id="listener") as listener:
            await listener.subscribe("a")
            for payload in (b"1", b"2", b"3"):
                await speaker.publish("a", payload)
            assert [message.payload for message in await take(listener, 2)] == [b"1", b"2"]
        async with CONNECTOR.connect(
            settings, client_id="listener"
        ) as listener:  # no subscribe: the session lives
            assert [message.payload for message in await take(listener, 2)] == [b"2", b"3"]


async def test_a_clean_session_leaves_nothing(mosquitto: Any, protocol: Any) -> None:
    settings = BrokerSettings.parse(mosquitto.url, protocol=protocol, session_expiry_s=0)
    async with CONNECTOR.connect(settings, client_id="listener") as listener:
        await listener.subscribe("a")
    async with CONNECTOR.connect(settings, client_id="speaker") as speaker:
        await speaker.publish("a", b"old")
        async with CONNECTOR.connect(settings, client_id="listener") as listener:
            await listener.subscribe("a")
            await speaker.publish("a", b"new")
            assert await take(listener, 1) == [MqttMessage("a", b"new")]


async def test_many_connections_leave_no_socket_open(mosquitto: Any) -> None:
    settings = BrokerSettings.parse(mosquitto.url)
    before = open_sockets()
    for _ in range(20):
        async with CONNECTOR.connect(settings, client_id="device") as connection:
            await connection.publish("a", b"")
    assert not open_sockets() - before


# --- TLS ---


class Certificates:
    """A CA, a broker's certificate for `broker.test` and a device's, as files."""

    def __init__(self, directory: Path) -> None:
        now = time.time()
        authority = CertificateAuthority.create(now=now)
        certificate, key = authority.issue_server("broker.test", now=now)
        device = DeviceKey.load_or_create(directory / "device.key")
        self.ca = directory / "ca.crt"
        self.certificate, self.key = directory / "broker.crt", directory / "broker.key"
        self.device_certificate, self.device_key = directory / "device.crt", directory / "device.key"
        self.ca.write_text(authority.certificate)
        self.certificate.write_text(certificate)
        self.key.write_text(key)
        self.device_certificate.write_text(authority.sign_csr(device.csr("S1"), device_id="tg-1", now=now))

    @property
    def broker(self) -> tuple[Path, Path, Path]:
        return self.ca, self.certificate, self.key


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    return Certificates(tmp_path)


async def test_tls_verifies_the_real_name_while_dialling_another_address(
    start_mosquitto: StartBroker, certificates: Certificates, protocol: Any
) -> None:
    broker = start_mosquitto(tls=certificates.broker)
    address = ("127.0.0.1", broker.port)
    settings = BrokerSettings.parse("mqtts://broker.test", ca_file=str(certificates.ca), protocol=protocol)
    async with CONNECTOR.connect(settings, client_id="device", address=address) as connection:
        await connection.publish("a", b"x")
    wrong = BrokerSettings.parse("mqtts://other.test", ca_file=str(certificates.ca), protocol=protocol)
    with pytest.raises(MqttTlsError, match=r"other\.test"):
        async with CONNECTOR.connect(wrong, client_id="device", address=address):
            pass


async def test_an_unknown_authority_is_a_tls_error(
    start_mosquitto: StartBroker, certificates: Certificates, tmp_path: Path
) -> None:
    broker = start_mosquitto(tls=certificates.broker)
    other = tmp_path / "other.crt"
    other.write_text(CertificateAuthority.create(now=time.time()).certificate)
    for ca_file in (str(other), None):
        settings = BrokerSettings.parse("mqtts://broker.test", ca_file=ca_file)
        with pytest.raises(MqttTlsError):
            async with CONNECTOR.connect(settings, client_id="device", address=("127.0.0.1", broker.port)):
                pass


async def test_a_broker_that_wants_our_certificate(
    start_mosquitto: StartBroker, certificates: Certificates
) -> None:
    broker = start_mosquitto(tls=certificates.broker, client_certificates=True)
    address = ("127.0.0.1", broker.port)
    settings = BrokerSettings.parse("mqtts://broker.test", ca_file=str(certificates.ca))
    started = time.monotonic()
    with pytest.raises(MqttPortError) as caught:
        async with CONNECTOR.connect(settings, client_id="device", address=address):
            pass
    assert isinstance(caught.value, MqttTlsError | MqttUnreachableError)
    assert time.monotonic() - started < 5, "the alert is the answer, not the timeout"
    settings = BrokerSettings.parse(
        "mqtts://broker.test",
        ca_file=str(certificates.ca),
        cert_file=str(certificates.device_certificate),
        key_file=str(certificates.device_key),
    )
    async with CONNECTOR.connect(settings, client_id="device", address=address) as connection:
        await connection.publish("a", b"x")


async def test_a_missing_ca_file_names_it(tmp_path: Path) -> None:
    settings = BrokerSettings.parse("mqtts://broker.test", ca_file=str(tmp_path / "nowhere.crt"))
    with pytest.raises(MqttTlsError, match=r"nowhere\.crt"):
        async with CONNECTOR.connect(settings, client_id="device"):
            pass


async def test_plain_mqtt_spoken_to_as_tls(mosquitto: Any) -> None:
    settings = BrokerSettings("127.0.0.1", mosquitto.port, tls=True)
    with pytest.raises((MqttTlsError, MqttUnreachableError)):
        async with CONNECTOR.connect(settings, client_id="device"):
            pass
