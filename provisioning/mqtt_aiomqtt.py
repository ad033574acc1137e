"""The MQTT port on aiomqtt (2.5) over paho-mqtt (2.x).

aiomqtt 2 hides much of what this port promises, so a subclass listens where paho speaks: reason codes of
PUBACK, the broker's DISCONNECT, errors while dialling. Its other traps are met here too: a client is used
for one connection only; the TCP connection is dialled by asyncio and handed to paho, so that cancelling
never leaves a thread behind in a half-open connect; incoming messages are acknowledged only when they are
finished with (manual ack) and are bounded.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import ssl
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Any, Final

import aiomqtt
import paho.mqtt.client as paho
from aiomqtt.exceptions import MqttConnectError
from aiomqtt.types import PahoSocket
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from provisioning.buffered_socket import BufferedSocket
from provisioning.mqtt import (
    BrokerSettings,
    MqttConnection,
    MqttLostError,
    MqttMessage,
    MqttPortError,
    MqttRefusedError,
    MqttTlsError,
    MqttUnreachableError,
    PublishRefusedError,
    PublishTimeoutError,
    SubscribeRefusedError,
    Will,
)
from provisioning.mqtt_dial import dial, tls_context

log: Final = logging.getLogger(__name__)

# QoS 1 messages that the broker may have under way to us (MQTT 5; a 3.1.1 broker uses its own setting).
RECEIVE_MAXIMUM: Final = 100
# A broker without such a window, or QoS 0, could flood us: beyond this, messages are dropped unacknowledged.
MAX_INCOMING: Final = 5000
# Messages of ours under way without a PUBACK; paho queues the rest.
MAX_IN_FLIGHT: Final = 20
# Saying goodbye on a dead link must not keep anybody waiting.
GOODBYE_TIMEOUT_S: Final = 2.0
SUBSCRIBE_TIMEOUT_S: Final = 30.0
# paho declares no types here.
_properties: Final[Callable[[int], Properties]] = Properties

# paho opens its socket here; replaced on the instance, to use the one that asyncio has dialled.
_PAHO_DIAL: Final = "_create_socket_connection"


class AiomqttConnector:
    """MqttConnector on a real broker. Holds nothing: every connect makes a fresh client."""

    @contextlib.asynccontextmanager
    async def connect(
        self,
        settings: BrokerSettings,
        *,
        client_id: str,
        will: Will | None = None,
        address: tuple[str, int] | None = None,
    ) -> AsyncIterator[MqttConnection]:
        """See MqttConnector.connect."""
        context = tls_context(settings) if settings.tls else None
        dialled = await dial(settings, address)
        try:
            client = _Client(settings, dialled, client_id=client_id, will=will, tls_context=context)
        except BaseException:
            dialled.close()
            raise
        await _enter(client, settings)
        try:
            yield AiomqttConnection(client)
        finally:
            await client.goodbye()


class AiomqttConnection:
    """MqttConnection on a connected client."""

    def __init__(self, client: _Client) -> None:
        self._client = client

    async def publish(
        self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False, timeout_s: float = 30.0
    ) -> None:
        """See MqttConnection.publish."""
        answer = self._client.publish_now(topic, payload, qos, retain)
        if answer is None:
            return
        # Lighter than asyncio.timeout, and there is one for each message.
        deadline = asyncio.get_running_loop().call_later(timeout_s, _expire, answer)
        try:
            code = await answer
        except TimeoutError:
            raise PublishTimeoutError(f"no answer to a message to {topic} in {timeout_s:g} s") from None
        finally:
            deadline.cancel()
        if code.is_failure:
            raise PublishRefusedError(code.value, code.getName(), topic)

    async def subscribe(self, *filters: str) -> None:
        """See MqttConnection.subscribe."""
        codes = await self._client.subscribe_or_lose([(topic_filter, 1) for topic_filter in filters])
        for topic_filter, code in zip(filters, codes, strict=False):
            if code.is_failure:
                raise SubscribeRefusedError(code.value, code.getName(), topic_filter)

    async def messages(self) -> AsyncIterator[MqttMessage]:
        """See MqttConnection.messages."""
        while True:
            message = await self._client.next_message()
            yield MqttMessage(message.topic, bytes(message.payload), bool(message.retain))
            self._client.acknowledge(message)


class _Client(aiomqtt.Client):
    """One connection of aiomqtt that tells what it knows."""

    def __init__(
        self,
        settings: BrokerSettings,
        dialled: socket.socket,
        *,
        client_id: str,
        will: Will | None,
        tls_context: ssl.SSLContext | None,
    ) -> None:
        version_5 = settings.protocol == "5"
        persistent = settings.session_expiry_s > 0
        super().__init__(
            settings.host,
            settings.port,
            username=settings.username,
            password=settings.password,
            identifier=client_id,
            protocol=aiomqtt.ProtocolVersion.V5 if version_5 else aiomqtt.ProtocolVersion.V311,
            will=None if will is None else _will(will, version_5),
            clean_session=None if version_5 else not persistent,
            clean_start=not persistent if version_5 else paho.MQTT_CLEAN_START_FIRST_ONLY,
            properties=_connect_properties(settings) if version_5 else None,
            timeout=settings.connect_timeout_s,
            keepalive=settings.keepalive_s,
            max_inflight_messages=MAX_IN_FLIGHT,
            tls_context=tls_context,
            logger=log,
        )
        self.pending_calls_threshold = (
            1_000_000  # our callers bound themselves; the warning would flood the log
        )
        self._client.connect_timeout = settings.connect_timeout_s  # of the TLS handshake; TCP is up already
        self._client.manual_ack_set(True)
        self._client.disable_logger()  # a line for each packet
        self._dialled = dialled
        # TLS takes the socket's descriptor over in the thread; a second one lets us hang up at any moment.
        self._line = dialled.dup()
        self.dial_error: OSError | None = None
        self._answers: dict[int, asyncio.Future[ReasonCode]] = {}
        self._incoming: deque[paho.MQTTMessage] = deque()
        self._arrival: asyncio.Future[None] | None = None
        self._lost: MqttLostError | None = None
        self._goodbye_code: int | None = None
        self._disconnected.add_done_callback(self._ended)

    # --- connecting ---

    def _client_connect(self) -> None:
        setattr(self._client, _PAHO_DIAL, lambda: self._dialled)
        try:
            super()._client_connect()
        except OSError as error:  # aiomqtt would keep the text only
            self.dial_error = error
            raise

    def hang_up(self) -> None:
        """End the connection at once, whoever uses it: a thread in a TLS handshake gets an error."""
        with contextlib.suppress(OSError):
            self._line.shutdown(socket.SHUT_RDWR)
        self._line.close()

    def close(self) -> None:
        """Close for good. No thread may be dialling any more."""
        self.hang_up()
        # paho has no public way to close without a farewell that may never leave.
        self._client._sock_close()
        self._dialled.close()

    async def goodbye(self) -> None:
        """Disconnect politely if there is anybody to hear it, then close."""
        self.timeout = GOODBYE_TIMEOUT_S
        try:
            if self._lost is None:
                with contextlib.suppress(aiomqtt.MqttError):
                    await self.__aexit__(None, None, None)
        finally:
            self._end(MqttLostError("closed by us"))
            self.close()

    # --- the end ---

    def _on_disconnect(
        self,
        client: paho.Client,
        userdata: Any,
        flags: paho.DisconnectFlags,
        reason_code: ReasonCode,
        properties: Properties | None = None,
    ) -> None:
        if flags.is_disconnect_packet_from_server:
            self._goodbye_code = reason_code.value
        if not self._connected.done():
            # The far end hung up before its CONNACK; aiomqtt would wait for the timeout.
            self._connected.set_exception(aiomqtt.MqttError(f"no CONNACK: {reason_code.getName()}"))
        super()._on_disconnect(client, userdata, flags, reason_code, properties)

    def _ended(self, disconnected: asyncio.Future[None]) -> None:
        error = None if disconnected.cancelled() else disconnected.exception()
        if not self._connected.done():
            if isinstance(error, OSError):
                self.dial_error = error  # a TLS alert that came after our side of the handshake
            self._connected.set_exception(aiomqtt.MqttError(str(error)))
        problem = str(error) if error else "disconnected"
        if self._goodbye_code is not None:
            problem = f"the broker sent DISCONNECT 0x{self._goodbye_code:02X}"
        self._end(MqttLostError(problem, self._goodbye_code))
        # Not all ends of a connection close the socket, and an open one that reads as ended spins the loop.
        self._loop.call_soon(self._client._sock_close)

    def _end(self, error: MqttLostError) -> None:
        if self._lost is not None:
            return
        self._lost = error
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(MqttLostError(str(error), error.code))
                answer.exception()  # who stopped waiting does not need to hear of it
        self._answers.clear()
        self._wake()

    def _on_socket_register_write(self, client: paho.Client, userdata: Any, sock: PahoSocket) -> None:
        if not isinstance(sock, BufferedSocket):
            super()._on_socket_register_write(client, userdata, sock)
            return

        def write() -> None:
            if not sock.uncork():
                return  # the kernel takes no more for now; this stays registered
            sock.corked = True
            client.loop_write()
            flushed = sock.uncork()
            if sock.fileno() < 0:
                return  # that was the farewell
            if flushed and not client.want_write():
                self._loop.remove_writer(sock.fileno())
            else:
                # paho believes that all is written and has unregistered.
                self._loop.add_writer(sock.fileno(), guarded)

        def guarded() -> None:
            try:
                write()
            except OSError as error:
                if not self._disconnected.done():
                    self._disconnected.set_exception(error)

        # paho may call from the thread that connects.
        self._loop.call_soon_threadsafe(self._loop.add_writer, sock.fileno(), guarded)

    # --- publishing ---

    def publish_now(
        self, topic: str, payload: bytes, qos: int, retain: bool
    ) -> asyncio.Future[ReasonCode] | None:
        """Hand a message to paho. The future is the PUBACK; None for QoS 0."""
        if self._lost is not None:
            raise self._lost
        info = self._client.publish(topic, payload, qos, retain)
        if info.rc != paho.MQTT_ERR_SUCCESS:
            raise MqttLostError(paho.error_string(info.rc))
        if qos == 0:
            return None
        answer: asyncio.Future[ReasonCode] = self._loop.create_future()
        self._answers[info.mid] = answer
        return answer

    def _on_publish(
        self, client: paho.Client, userdata: Any, mid: int, reason_code: ReasonCode, properties: Properties
    ) -> None:
        answer = self._answers.pop(mid, None)
        if answer is not None and not answer.done():
            answer.set_result(reason_code)

    # --- subscribing and receiving ---

    async def subscribe_or_lose(self, filters: list[tuple[str, int]]) -> list[ReasonCode]:
        if self._lost is not None:
            raise self._lost
        lost = self._loop.create_future()
        mark = -len(self._answers) - 1  # no packet has a negative id
        self._answers[mark] = lost
        asking = asyncio.ensure_future(self.subscribe(filters, timeout=SUBSCRIBE_TIMEOUT_S))
        try:
            await asyncio.wait({asking, lost}, return_when=asyncio.FIRST_COMPLETED)
            if lost.done():
                raise self._lost or MqttLostError("disconnected")
            codes = asking.result()
        except aiomqtt.MqttError as error:
            raise MqttLostError(f"no answer to SUBSCRIBE: {error}") from None
        finally:
            self._answers.pop(mark, None)
            asking.cancel()
        return [
            code if isinstance(code, ReasonCode) else ReasonCode(PacketTypes.SUBACK, identifier=code)
            for code in codes
        ]

    def _on_message(self, client: paho.Client, userdata: Any, message: paho.MQTTMessage) -> None:
        if len(self._incoming) >= MAX_INCOMING:
            log.warning("more than %d messages wait to be read: one was dropped", MAX_INCOMING)
            return
        self._incoming.append(message)
        self._wake()

    def _wake(self) -> None:
        if self._arrival is not None and not self._arrival.done():
            self._arrival.set_result(None)

    async def next_message(self) -> paho.MQTTMessage:
        while not self._incoming:
            if self._lost is not None:
                raise self._lost
            self._arrival = self._loop.create_future()
            await self._arrival
        return self._incoming.popleft()

    def acknowledge(self, message: paho.MQTTMessage) -> None:
        if self._lost is None and message.qos > 0:
            self._client.ack(message.mid, message.qos)


def _expire(answer: asyncio.Future[ReasonCode]) -> None:
    if not answer.done():
        answer.set_exception(TimeoutError())


async def _enter(client: _Client, settings: BrokerSettings) -> None:
    """Connect `client`; on any failure nothing of it is left behind."""
    entering = asyncio.ensure_future(client.__aenter__())
    try:
        await asyncio.shield(entering)
    except MqttConnectError as error:
        client.close()
        if not isinstance(error.rc, ReasonCode):
            raise MqttUnreachableError(str(error)) from None
        raise MqttRefusedError(error.rc.value, error.rc.getName()) from None
    except aiomqtt.MqttError as error:
        client.close()
        raise _why_not(client, settings, error) from client.dial_error
    except BaseException:
        client.hang_up()
        await asyncio.wait({entering})
        client.close()
        if not entering.cancelled():
            entering.exception()  # expected; nobody else will look
        raise


def _why_not(client: _Client, settings: BrokerSettings, error: aiomqtt.MqttError) -> MqttPortError:
    if isinstance(client.dial_error, ssl.SSLError):
        return MqttTlsError(f"{settings.url}: {client.dial_error}")
    if "timed out" in str(error):
        return MqttUnreachableError(f"{settings.url}: no CONNACK in {settings.connect_timeout_s:g} s")
    return MqttUnreachableError(f"{settings.url}: {error}")


def _will(will: Will, version_5: bool) -> aiomqtt.Will:
    properties = None
    if version_5 and will.delay_s:
        properties = _properties(PacketTypes.WILLMESSAGE)
        properties.WillDelayInterval = will.delay_s
    return aiomqtt.Will(will.topic, will.payload, will.qos, will.retain, properties)


def _connect_properties(settings: BrokerSettings) -> Properties:
    properties = _properties(PacketTypes.CONNECT)
    properties.SessionExpiryInterval = min(settings.session_expiry_s, 0xFFFFFFFE)
    properties.ReceiveMaximum = RECEIVE_MAXIMUM
    return properties
