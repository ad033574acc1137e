"""The MQTT port: settings, typed errors and the two protocols that gateway and registrar are written against.

The implementation on a real broker is `provisioning.mqtt_aiomqtt.AiomqttConnector`; `firmware_sim` has one
in memory.

Theory. One `connect` is one life of a connection: it either raises (typed, with the broker's reason code) or
yields a connection that ends with MqttLostError in everything that waits on it. Nothing reconnects by
itself; `reconnecting` does, with jitter, for those who want a loop. Delivery is at least once: a publish
that timed out or was cancelled may still be delivered, so a message must keep its op_id for ever and
receivers drop repetitions.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import ClassVar, Final, Literal, Protocol
from urllib.parse import unquote, urlsplit

ProtocolVersion = Literal["3.1.1", "5"]

DEFAULT_PORT: Final = 1883
DEFAULT_TLS_PORT: Final = 8883

# Reason codes of MQTT 5 (clause 2.4) that a client of ours has to tell apart. A CONNACK return code of 3.1.1
# (clause 3.2.2.3) is reported as its MQTT 5 twin, so callers know one table.
BAD_USER_NAME_OR_PASSWORD: Final = 0x86
NOT_AUTHORIZED: Final = 0x87
TOPIC_NAME_INVALID: Final = 0x90
PACKET_TOO_LARGE: Final = 0x95
PAYLOAD_FORMAT_INVALID: Final = 0x99


class MqttPortError(Exception):
    """Base of all errors of the MQTT port.

    `kind` is a stable machine name; `retryable`: waiting may mend it.
    """

    kind: ClassVar[str] = "mqtt"
    retryable: bool = True


class BrokerUrlError(MqttPortError, ValueError):
    """Settings that cannot be right."""

    kind = "broker_url"
    retryable = False


class MqttUnreachableError(MqttPortError):
    """No TCP connection, no name, no CONNACK in time, or no MQTT at the far end."""

    kind = "broker_unreachable"


class MqttTlsError(MqttPortError):
    """The TLS handshake failed: unknown CA, wrong host name, our certificate not accepted."""

    kind = "broker_tls"


class MqttRefusedError(MqttPortError):
    """CONNACK with an error. `code` is the MQTT 5 reason code, `name` its text in the specification."""

    kind = "broker_refused"

    def __init__(self, code: int, name: str) -> None:
        super().__init__(f"the broker refused the connection: {name} (0x{code:02X})")
        self.code: Final = code
        self.name: Final = name
        # Server unavailable, busy, use another, quota, rate: time may mend them. The rest needs a person.
        self.retryable = code in {0x80, 0x88, 0x89, 0x97, 0x9F}


class PublishRefusedError(MqttPortError):
    """PUBACK with an error (MQTT 5 only: 3.1.1 brokers drop such a message in silence)."""

    kind = "publish_refused"

    def __init__(self, code: int, name: str, topic: str) -> None:
        super().__init__(f"the broker refused a message to {topic}: {name} (0x{code:02X})")
        self.code: Final = code
        self.name: Final = name
        self.topic: Final = topic
        # These depend on the message itself; all else on the broker's settings or load.
        self.retryable = code not in {TOPIC_NAME_INVALID, PACKET_TOO_LARGE, PAYLOAD_FORMAT_INVALID}


class SubscribeRefusedError(MqttPortError):
    """SUBACK with an error.

    mosquitto grants a denied filter and then delivers nothing: no error can be seen there.
    """

    kind = "subscribe_refused"
    retryable = False

    def __init__(self, code: int, name: str, topic_filter: str) -> None:
        super().__init__(f"the broker refused the subscription to {topic_filter}: {name} (0x{code:02X})")
        self.code: Final = code
        self.name: Final = name
        self.topic_filter: Final = topic_filter


class PublishTimeoutError(MqttPortError):
    """No PUBACK in time.

    The message may still be delivered later: never send it again under another op_id.
    """

    kind = "publish_timeout"


class MqttLostError(MqttPortError):
    """The connection ended.

    `code` is the reason code of the broker's DISCONNECT (MQTT 5), None without one.
    """

    kind = "broker_lost"

    def __init__(self, problem: str, code: int | None = None) -> None:
        super().__init__(f"the connection to the broker was lost: {problem}")
        self.code: Final = code


@dataclass(frozen=True, slots=True)
class BrokerSettings:
    """Where the broker is and how to speak to it. `parse` makes one from a URL.

    `session_expiry_s`: for how long the broker keeps our subscriptions and queued messages after the
    connection has gone; 0 = a clean session. On 3.1.1 any value but 0 means "for as long as the broker
    likes".
    """

    host: str
    port: int = DEFAULT_PORT
    tls: bool = False
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    protocol: ProtocolVersion = "5"
    keepalive_s: int = 60
    connect_timeout_s: float = 30.0
    session_expiry_s: int = 24 * 3600
    ca_file: str | None = None
    cert_file: str | None = None
    key_file: str | None = None

    @classmethod
    def parse(
        cls,
        url: str,
        *,
        protocol: ProtocolVersion = "5",
        keepalive_s: int = 60,
        connect_timeout_s: float = 30.0,
        session_expiry_s: int = 24 * 3600,
        ca_file: str | None = None,
        cert_file: str | None = None,
        key_file: str | None = None,
    ) -> BrokerSettings:
        """From `mqtt://user:password@host:port` or `mqtts://…`. Raises BrokerUrlError saying what is wrong.

        The error never repeats the URL: it may hold a password.
        """
        parts = urlsplit(url)
        if parts.scheme not in {"mqtt", "mqtts"}:
            raise BrokerUrlError(
                f"a broker URL starts with mqtt:// or mqtts://, not {parts.scheme or 'nothing'}://"
            )
        if not parts.hostname:
            raise BrokerUrlError("a broker URL needs a host: mqtt://host:port")
        if parts.path not in {"", "/"} or parts.query or parts.fragment:
            raise BrokerUrlError("a broker URL ends after host:port")
        try:
            port = parts.port
        except ValueError:
            raise BrokerUrlError("the port of a broker URL is a number of 1 to 65535") from None
        tls = parts.scheme == "mqtts"
        if (cert_file is None) != (key_file is None):
            raise BrokerUrlError("a client certificate and its key come together")
        if protocol not in {"3.1.1", "5"}:
            raise BrokerUrlError('the protocol is "3.1.1" or "5"')
        return cls(
            host=parts.hostname,
            port=port or (DEFAULT_TLS_PORT if tls else DEFAULT_PORT),
            tls=tls,
            username=unquote(parts.username) if parts.username is not None else None,
            password=unquote(parts.password) if parts.password is not None else None,
            protocol=protocol,
            keepalive_s=keepalive_s,
            connect_timeout_s=connect_timeout_s,
            session_expiry_s=session_expiry_s,
            ca_file=ca_file,
            cert_file=cert_file,
            key_file=key_file,
        )

    @property
    def url(self) -> str:
        """For people: without the password."""
        user = f"{self.username}@" if self.username else ""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'mqtts' if self.tls else 'mqtt'}://{user}{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Will:
    """What the broker publishes for us when we vanish.

    `delay_s` (MQTT 5 only) spares flapping on short losses.
    """

    topic: str
    payload: bytes
    qos: int = 1
    retain: bool = True
    delay_s: int = 0


@dataclass(frozen=True, slots=True)
class MqttMessage:
    topic: str
    payload: bytes
    retain: bool = False


class MqttConnection(Protocol):
    """One life of a connection. Everything raises MqttLostError once it has ended."""

    async def publish(
        self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False, timeout_s: float = 30.0
    ) -> None:
        """Return when the broker has taken the message over (QoS 1: PUBACK; QoS 0: written).

        Raises:
            PublishRefusedError: PUBACK with an error.
            PublishTimeoutError: no PUBACK in time; the message may still be delivered.
            MqttLostError: the connection ended; the message may have been delivered.
        """
        ...

    async def subscribe(self, *filters: str) -> None:
        """Subscribe with QoS 1. Raises SubscribeRefusedError, MqttLostError."""
        ...

    def messages(self) -> AsyncIterator[MqttMessage]:
        """Messages in order; one consumer. Asking for the next one acknowledges the one before to the broker.

        So a broker keeps what was not finished with, and a slow consumer is paced by the broker's window.
        Raises MqttLostError at the end.
        """
        ...


class MqttConnector(Protocol):
    """Makes connections."""

    def connect(
        self,
        settings: BrokerSettings,
        *,
        client_id: str,
        will: Will | None = None,
        address: tuple[str, int] | None = None,
    ) -> AbstractAsyncContextManager[MqttConnection]:
        """Connect; leaving the context says goodbye (the will is not sent) unless the link is lost already.

        Args:
            address: where to dial instead of settings.host and port, for instance the local end of an uplink
                through a modem. TLS still verifies settings.host.

        Raises, on entering:
            MqttUnreachableError, MqttTlsError, MqttRefusedError.
        """
        ...
