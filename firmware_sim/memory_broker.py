"""An MQTT broker of plain objects: no socket, no thread, the same run every time.

For virtual time, where a real broker would live in another clock. It keeps the promises that ours are built
on
(MQTT 5 clauses in brackets): at least once with QoS 1 [4.3.2], order per topic [4.6], sessions that outlive a
connection [4.1], retained messages [3.3.1.3], wills [3.1.2.5], take-over by the same client id [3.1.4],
shared
subscriptions [4.8.2]. It stores messages, not packets; what travels on the wire is for the real brokers to
test.

Everything is bounded: what does not fit is refused or dropped, and counted.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from provisioning.mqtt import (
    BAD_USER_NAME_OR_PASSWORD,
    NOT_AUTHORIZED,
    PACKET_TOO_LARGE,
    TOPIC_NAME_INVALID,
    BrokerSettings,
    MqttConnection,
    MqttLostError,
    MqttMessage,
    MqttRefusedError,
    MqttUnreachableError,
    PublishRefusedError,
    PublishTimeoutError,
    SubscribeRefusedError,
    Will,
)

TOPIC_FILTER_INVALID: Final = 0x8F
SESSION_TAKEN_OVER: Final = 0x8E
QUOTA_EXCEEDED: Final = 0x97

REASONS: Final[Mapping[int, str]] = {
    0x80: "Unspecified error",
    BAD_USER_NAME_OR_PASSWORD: "Bad User Name or Password",
    NOT_AUTHORIZED: "Not authorized",
    0x88: "Server unavailable",
    0x89: "Server busy",
    0x8A: "Banned",
    TOPIC_FILTER_INVALID: "Topic Filter invalid",
    TOPIC_NAME_INVALID: "Topic Name invalid",
    PACKET_TOO_LARGE: "Packet too large",
    QUOTA_EXCEEDED: "Quota exceeded",
}


def filter_is_valid(topic_filter: str) -> bool:
    """True for a filter that clause 4.7.1 permits: # only as the last level, + only as a whole level."""
    levels = topic_filter.split("/")
    return bool(topic_filter) and not any(
        ("#" in level and (level != "#" or number != len(levels) - 1)) or ("+" in level and level != "+")
        for number, level in enumerate(levels)
    )


def topic_matches(topic_filter: str, topic: str) -> bool:
    """True if `topic` is one that `topic_filter` asks for (clause 4.7)."""
    if topic.startswith("$") and topic_filter[:1] in "+#":
        return False
    wanted, levels = topic_filter.split("/"), topic.split("/")
    for number, level in enumerate(wanted):
        if level == "#":
            return True
        if number >= len(levels) or level not in ("+", levels[number]):
            return False
    return len(wanted) == len(levels)


@dataclass
class _Session:
    """What the broker keeps for one client id; it may outlive the connection."""

    client_id: str
    filters: dict[str, None] = field(default_factory=dict)
    pending: deque[MqttMessage] = field(default_factory=deque)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    connection: _Connection | None = None
    expires_at: float | None = None


class _Connection(MqttConnection):
    def __init__(self, broker: MemoryBroker, session: _Session, will: Will | None) -> None:
        self._broker = broker
        self._session = session
        self.will = will
        # Why it ended, with the reason code if there was one. A fresh error is raised to each who asks.
        self._lost: asyncio.Future[tuple[str, int | None]] = asyncio.get_running_loop().create_future()

    def lose(self, problem: str, code: int | None = None) -> None:
        if not self._lost.done():
            self._lost.set_result((problem, code))
            self._session.arrived.set()

    @property
    def lost(self) -> bool:
        return self._lost.done()

    async def publish(
        self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False, timeout_s: float = 30.0
    ) -> None:
        await self._pause(self._broker.latency_s)
        acknowledged = self._broker.take(topic, payload, retain=retain, qos=qos)
        if qos and not acknowledged:
            await self._pause(timeout_s)
            raise PublishTimeoutError(f"no acknowledgement of a message to {topic} within {timeout_s:g} s")

    async def subscribe(self, *filters: str) -> None:
        await self._pause(self._broker.latency_s)
        for topic_filter in filters:
            self._broker.add_filter(self._session, topic_filter)

    async def messages(self) -> AsyncIterator[MqttMessage]:
        session = self._session
        while True:
            self._raise_if_lost()
            if not session.pending:
                session.arrived.clear()
                await session.arrived.wait()
                continue
            yield session.pending[0]
            # Being asked for the next one is the acknowledgement of this one; the session may have moved on.
            if not self.lost and session.connection is self and session.pending:
                session.pending.popleft()

    async def _pause(self, seconds: float) -> None:
        self._raise_if_lost()
        if seconds > 0:
            await asyncio.wait([self._lost], timeout=seconds)
        else:
            await asyncio.sleep(0)
        self._raise_if_lost()

    def _raise_if_lost(self) -> None:
        if self._lost.done():
            raise MqttLostError(*self._lost.result())


class MemoryBroker:
    """A broker and its connector (`provisioning.mqtt.MqttConnector`) in one.

    Args:
        username, password: what a client must say; None lets everybody in.
        latency_s: time on the loop's clock that a connect, publish or subscribe takes.
        max_pending: messages kept for one client; further ones are dropped and counted in `dropped`.
        max_retained: retained topics; more are refused with 0x97.
        max_payload: bytes of one message; longer ones are refused with 0x95.

    Attributes:
        published: the last messages taken over, in order.
        dropped: messages that some client's queue had no room for.
        down: True: nobody can connect; set it with `stop` and `start`.
    """

    def __init__(
        self,
        *,
        username: str | None = None,
        password: str | None = None,
        latency_s: float = 0.0,
        max_pending: int = 1000,
        max_retained: int = 10_000,
        max_payload: int = 256 * 1024,
    ) -> None:
        self._username, self._password = username, password
        self.latency_s = latency_s
        self._max_pending = max_pending
        self._max_retained = max_retained
        self._max_payload = max_payload
        self._sessions: dict[str, _Session] = {}
        self._retained: dict[str, MqttMessage] = {}
        self._turns: dict[str, int] = {}
        self._refusals: deque[int] = deque()
        self._denied: dict[str, int] = {}
        self._lost_acknowledgements = 0
        self.published: deque[MqttMessage] = deque(maxlen=10_000)
        self.dropped = 0
        self.connects = 0
        self.down = False

    # -- the port

    @contextlib.asynccontextmanager
    async def connect(
        self,
        settings: BrokerSettings,
        *,
        client_id: str,
        will: Will | None = None,
        address: tuple[str, int] | None = None,
    ) -> AsyncIterator[MqttConnection]:
        """As `MqttConnector.connect`; `address` is of no use here."""
        await asyncio.sleep(self.latency_s)
        if self.down:
            raise MqttUnreachableError(f"nothing listens at {settings.host}:{settings.port}")
        self._check_credentials(settings)
        self.connects += 1
        session = self._resume(client_id, keep=settings.session_expiry_s > 0)
        connection = _Connection(self, session, will)
        session.connection = connection
        try:
            yield connection
        finally:
            self._leave(session, connection, settings.session_expiry_s)

    # -- the cloud's side, without a connection

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """A message from nowhere. Raises PublishRefusedError as for a client."""
        self.take(topic, payload, retain=retain, qos=0)

    @property
    def retained(self) -> Mapping[str, MqttMessage]:
        """Retained messages by topic, read-only."""
        return MappingProxyType(self._retained)

    @property
    def clients(self) -> tuple[str, ...]:
        """Ids of the clients that are connected."""
        return tuple(client_id for client_id, session in self._sessions.items() if session.connection)

    # -- faults

    def refuse_next(self, code: int = NOT_AUTHORIZED, *, times: int = 1) -> None:
        """Answer the next `times` connects with this reason code."""
        self._refusals.extend([code] * times)

    def deny(self, topic_filter: str, code: int = NOT_AUTHORIZED) -> None:
        """Refuse publishing to what matches, as an access list would; code 0 allows it again."""
        self._denied[topic_filter] = code

    def lose_acknowledgements(self, count: int) -> None:
        """Take the next `count` messages over but never say so: their publishers time out."""
        self._lost_acknowledgements = count

    def drop(self, client_id: str | None = None) -> None:
        """Cut a client's connection, or everybody's, without a word; wills are published."""
        for session in list(self._sessions.values()):
            if client_id in (None, session.client_id):
                self._cut(session, "connection reset")

    def stop(self, *, forget: bool = False) -> None:
        """The broker dies. With `forget` it also loses sessions and retained messages."""
        self.down = True
        for session in self._sessions.values():
            if session.connection is not None:
                # A dead broker publishes no wills.
                session.connection.lose("the broker is gone")
                session.connection = None
        if forget:
            self._sessions.clear()
            self._retained.clear()

    def start(self) -> None:
        """The broker is back."""
        self.down = False

    # -- inner workings, also used by _Connection

    def take(self, topic: str, payload: bytes, *, retain: bool, qos: int) -> bool:
        """Take a message over. False: the acknowledgement is lost. Raises PublishRefusedError."""
        code = self._publish_problem(topic, payload, retain)
        if code:
            if qos:
                raise PublishRefusedError(code, REASONS.get(code, "Unspecified error"), topic)
            return True
        self.published.append(MqttMessage(topic, payload, retain))
        if retain and payload:
            self._retained[topic] = MqttMessage(topic, payload, True)
        elif retain:
            self._retained.pop(topic, None)
        for session in self._recipients(topic):
            self._enqueue(session, MqttMessage(topic, payload, False))
        if qos and self._lost_acknowledgements:
            self._lost_acknowledgements -= 1
            return False
        return True

    def add_filter(self, session: _Session, topic_filter: str) -> None:
        """Subscribe, and hand out what is retained."""
        pattern = _pattern(topic_filter)
        if not filter_is_valid(pattern):
            raise SubscribeRefusedError(TOPIC_FILTER_INVALID, REASONS[TOPIC_FILTER_INVALID], topic_filter)
        session.filters[topic_filter] = None
        if topic_filter == pattern:
            for topic, message in self._retained.items():
                if topic_matches(pattern, topic):
                    self._enqueue(session, message)

    def _check_credentials(self, settings: BrokerSettings) -> None:
        code = 0
        if self._refusals:
            code = self._refusals.popleft()
        elif self._username is not None and (settings.username, settings.password) != (
            self._username,
            self._password,
        ):
            code = BAD_USER_NAME_OR_PASSWORD
        if code:
            raise MqttRefusedError(code, REASONS.get(code, "Unspecified error"))

    def _resume(self, client_id: str, *, keep: bool) -> _Session:
        now = asyncio.get_running_loop().time()
        session = self._sessions.get(client_id)
        if session is not None and session.connection is not None:
            self._cut(session, "another client took the session over", SESSION_TAKEN_OVER)
        # A cut or an expiry may have ended it.
        session = self._sessions.get(client_id)
        if session is None or not keep or (session.expires_at is not None and session.expires_at <= now):
            session = self._sessions[client_id] = _Session(client_id)
        session.expires_at = None
        return session

    def _cut(self, session: _Session, problem: str, code: int | None = None) -> None:
        connection, session.connection = session.connection, None
        if connection is None:
            return
        connection.lose(problem, code)
        if connection.will is not None:
            with contextlib.suppress(PublishRefusedError):
                self.take(
                    connection.will.topic, connection.will.payload, retain=connection.will.retain, qos=0
                )

    def _leave(self, session: _Session, connection: _Connection, expiry_s: float) -> None:
        connection.lose("this connection was closed")
        if session.connection in (connection, None) and self._sessions.get(session.client_id) is session:
            session.connection = None
            if expiry_s <= 0:
                del self._sessions[session.client_id]
            else:
                session.expires_at = asyncio.get_running_loop().time() + expiry_s

    def _publish_problem(self, topic: str, payload: bytes, retain: bool) -> int:
        if not topic or "+" in topic or "#" in topic:
            return TOPIC_NAME_INVALID
        if len(payload) > self._max_payload:
            return PACKET_TOO_LARGE
        if retain and payload and topic not in self._retained and len(self._retained) >= self._max_retained:
            return QUOTA_EXCEEDED
        return next((code for pattern, code in self._denied.items() if topic_matches(pattern, topic)), 0)

    def _recipients(self, topic: str) -> list[_Session]:
        """Each client once, however many of its filters match; of each shared group one member in turn."""
        recipients: dict[str, _Session] = {}
        groups: dict[str, list[_Session]] = {}
        for session in self._sessions.values():
            for topic_filter in session.filters:
                if not topic_matches(_pattern(topic_filter), topic):
                    continue
                if topic_filter.startswith("$share/"):
                    groups.setdefault(topic_filter, []).append(session)
                else:
                    recipients[session.client_id] = session
        for group, members in groups.items():
            turn = self._turns.get(group, 0)
            self._turns[group] = turn + 1
            chosen = [member for member in members if member.connection] or members
            member = chosen[turn % len(chosen)]
            recipients[member.client_id] = member
        return list(recipients.values())

    def _enqueue(self, session: _Session, message: MqttMessage) -> None:
        if len(session.pending) >= self._max_pending:
            self.dropped += 1
            return
        session.pending.append(message)
        session.arrived.set()


def _pattern(topic_filter: str) -> str:
    """The topic filter proper, without `$share/{group}/`; "" if there is none."""
    if not topic_filter.startswith("$share/"):
        return topic_filter
    _, _, tail = topic_filter.partition("/")
    return tail.partition("/")[2]
