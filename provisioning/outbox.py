"""The durable outbox: a message is ours until the cloud has said that it has processed it.

    put ─► new ──claim──► sending ──published──► broker_acked ──acknowledged──► (forgotten)
            ▲                │                        │
            └────unsent──────┴────no ack in time──────┘          refused for ever ─► dead

Theory. A broker's PUBACK proves nothing: an ACL may drop the message, a broker may crash with it. So a row
is deleted only when the application at the far end names its op_id in an `ack` (or its age bound is
reached). Delivery is at least once, under one op_id for ever; the far end drops repetitions; together that
is exactly once. After a restart everything not forgotten is new.

Bounds. At most `window` messages are under way unacknowledged, so that a cloud that is away for hours costs
little traffic; a message without an ack is sent again after `ack_timeout_s`, which doubles while no ack
comes at all. At the bound of size the lowest priority goes first, and of it the oldest; all losses are
counted and logged.

Time. What must survive is written with wall time; what is measured (ack timeouts, pauses) runs on monotonic
time and is forgotten in a restart, so a jumping clock neither floods nor stalls. A row written before the
clock was set has no known age and never expires by age.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

from sqlalchemy import Connection

from provisioning import outbox_sql as sql
from provisioning.batches import BatchedWrite
from provisioning.clock import Clock
from provisioning.store import Database, StoreError

log: Final = logging.getLogger(__name__)

# Looking for expired messages reads the whole table, so not at every sweep.
EXPIRY_INTERVAL_S: Final = 60.0
# After a refusal that time may mend (an ACL, a quota) the topic rests so long.
REFUSED_TOPIC_PAUSE_S: Final = 60.0
# When full, free a little more than needed, so that not every put has to count and sort.
EVICT_SLACK: Final = 0.02


class Priority(IntEnum):
    """What goes first, and what is evicted last."""

    TELEMETRY = 10
    EVENT = 20
    ALARM = 30


@dataclass(frozen=True, slots=True)
class OutboxMessage:
    """A message to deliver. `expires_at` is wall time; None = only the outbox's own age bound."""

    op_id: str
    topic: str
    payload: bytes
    priority: int = Priority.TELEMETRY
    expires_at: float | None = None


@dataclass(frozen=True, slots=True)
class OutboxLimits:
    """Bounds. Bytes count payloads.

    `window` is the number of messages under way without an ack. Keep it below what a broker queues for the
    registrar (mosquitto: max_queued_messages, 1000): beyond that a broker drops in silence, and it takes
    `ack_timeout_s` to mend.
    """

    max_messages: int = 50_000
    max_bytes: int = 64 * 1024 * 1024
    max_age_s: float = 30 * 86400.0
    window: int = 500
    ack_timeout_s: float = 60.0
    max_ack_timeout_s: float = 1800.0


_Dated = tuple[OutboxMessage, float]  # with the wall time of its put


@dataclass(slots=True)
class _UnderWay:
    size: int
    published_at: float | None = None  # monotonic; None = no PUBACK yet


class Outbox:
    """The outbox of one device. One object owns the table; call `start` before anything else.

    All methods raise StoreError when the database fails, and return when their change is on disk.
    """

    def __init__(self, db: Database, *, clock: Clock, limits: OutboxLimits | None = None) -> None:
        self._db = db
        self._clock = clock
        self.limits: Final = limits or OutboxLimits()
        self._under_way: dict[str, _UnderWay] = {}
        self._paused: dict[str, float] = {}  # topic → monotonic time at which it may be tried again
        self._rows = 0  # upper bounds; counted anew when they reach a limit
        self._bytes = 0
        self._ack_timeout_s = self.limits.ack_timeout_s
        self._ack_seen = True
        self._expiry_due_at = 0.0
        # Replaced, not cleared, at each change: whoever holds the old one cannot miss it.
        self._changed = asyncio.Event()
        self._seen = self._changed
        self._puts = BatchedWrite(db, self._insert)
        self._publisheds = BatchedWrite(db, sql.mark_published)
        self._acks = BatchedWrite(db, sql.forget)

    async def start(self) -> None:
        """Take up what an earlier run left: everything that was under way is new again."""
        self._under_way.clear()
        await self._db.write(sql.requeue_all)
        self._rows, self._bytes = await self._db.read(sql.totals)
        self._tell()

    async def resume(self) -> None:
        """Call on each new connection: what was `sending` on the last one is new again.

        That includes a claim that was cancelled while the database worked on it. What the broker has taken
        over keeps waiting for its ack.
        """
        self._under_way = {
            op_id: under_way
            for op_id, under_way in self._under_way.items()
            if under_way.published_at is not None
        }
        await self._db.write(sql.requeue_sending)
        self._tell()

    async def put(
        self,
        topic: str,
        payload: bytes,
        op_id: str,
        priority: int = Priority.TELEMETRY,
        expires_at: float | None = None,
    ) -> None:
        """Add a message. One whose op_id is in the outbox already is not added again."""
        await self.put_many([OutboxMessage(op_id, topic, payload, priority, expires_at)])

    async def put_many(self, messages: Sequence[OutboxMessage]) -> None:
        """Add messages; all of them are on disk on return."""
        created_at = self._clock.now()
        await self._puts.write([(message, created_at) for message in messages])
        self._tell()

    async def claim(self, limit: int) -> list[OutboxMessage]:
        """Take up to `limit` messages to send, most urgent first, oldest first; they are `sending` now.

        Fewer, or none, when the window is full or topics rest after a refusal.
        """
        self._seen = self._changed
        limit = min(limit, self.limits.window - len(self._under_way))
        if limit <= 0:
            return []
        now = self._clock.monotonic()
        self._paused = {topic: until for topic, until in self._paused.items() if until > now}
        paused = tuple(self._paused)
        rows = await self._db.write(lambda connection: sql.claim(connection, limit, paused))
        claimed = [
            OutboxMessage(row.op_id, row.topic, row.payload, row.priority, row.expires_at) for row in rows
        ]
        for message in claimed:
            self._under_way[message.op_id] = _UnderWay(len(message.payload))
        return claimed

    async def published(self, op_ids: Sequence[str]) -> None:
        """The broker has taken these over (PUBACK); the cloud's ack is awaited."""
        now = self._clock.monotonic()
        for op_id in op_ids:
            if (under_way := self._under_way.get(op_id)) is not None:
                under_way.published_at = now
        await self._publisheds.write(op_ids)

    async def unsent(self, op_ids: Sequence[str]) -> None:
        """These did not get through (connection lost, no PUBACK in time): they are new again."""
        await self._db.write(lambda connection: sql.requeue(connection, op_ids))
        for op_id in op_ids:
            self._under_way.pop(op_id, None)
        self._tell()

    async def refused(self, message: OutboxMessage, code: int, *, for_ever: bool) -> None:
        """The broker refused it.

        `for_ever`: because of the message itself, so it is dead; else its topic rests.
        """
        if not for_ever:
            self._paused[message.topic] = self._clock.monotonic() + REFUSED_TOPIC_PAUSE_S
        log.warning("the broker refused a message to %s with code 0x%02X", message.topic, code)
        await self._db.write(lambda connection: sql.refuse(connection, message.op_id, code, for_ever))
        self._under_way.pop(message.op_id, None)
        self._tell()

    async def acknowledged(self, op_ids: Sequence[str]) -> None:
        """The cloud has processed these: forget them. Unknown ones are ignored.

        Room in the window is made at once. Who has many acks to take in need not wait for one to be on disk
        before the next: they share commits.
        """
        settled = {
            op_id: under_way
            for op_id in op_ids
            if (under_way := self._under_way.pop(op_id, None)) is not None
        }
        self._ack_seen = True
        self._ack_timeout_s = self.limits.ack_timeout_s
        self._tell()
        try:
            await self._acks.write(op_ids)
        except StoreError:
            self._under_way |= settled
            raise
        self._rows -= len(settled)
        self._bytes -= sum(under_way.size for under_way in settled.values())
        self._tell()

    async def sweep(self) -> None:
        """Call every few seconds while connected:

        sends again what got no ack in time, drops what has expired.
        """
        now = self._clock.monotonic()
        late = [
            op_id
            for op_id, under_way in self._under_way.items()
            if under_way.published_at is not None and now - under_way.published_at >= self._ack_timeout_s
        ]
        if late:
            log.warning(
                "no ack for %d messages in %.0f s: sending them again", len(late), self._ack_timeout_s
            )
            if not self._ack_seen:
                self._ack_timeout_s = min(self._ack_timeout_s * 2, self.limits.max_ack_timeout_s)
            self._ack_seen = False
            await self.unsent(late)
        if any(until <= now for until in self._paused.values()):
            self._tell()
        if now >= self._expiry_due_at:
            self._expiry_due_at = now + EXPIRY_INTERVAL_S
            await self._expire()

    async def wait_for_work(self) -> None:
        """Return when something has changed since the last claim began, so that the next may find more."""
        await self._seen.wait()

    async def drained(self) -> None:
        """Return when nothing is pending any more."""
        while True:
            changed = self._changed
            if not self._under_way and not await self.pending():
                return
            await changed.wait()

    async def pending(self) -> int:
        """Messages that the cloud has not processed yet."""
        return (await self.stats()).pending

    async def stats(self) -> sql.OutboxStats:
        """Rows by state, and what has happened since the store was made."""
        return await self._db.read(sql.stats)

    def _tell(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def _expire(self) -> None:
        wall = self._clock.now()
        oldest = wall - self.limits.max_age_s
        expired = await self._db.write(lambda connection: sql.expire(connection, wall, oldest))
        if expired:
            log.warning("%d messages expired before they could be delivered", expired)
            self._tell()

    def _insert(self, connection: Connection, messages: Sequence[_Dated]) -> None:
        sql.insert_messages(connection, [_row(message, created_at) for message, created_at in messages])
        self._rows += len(messages)
        self._bytes += sum(len(message.payload) for message, _ in messages)
        if self._rows > self.limits.max_messages or self._bytes > self.limits.max_bytes:
            # These were upper bounds (a message put twice counts twice): count, then free if it is true.
            self._rows, self._bytes = sql.totals(connection)
        if self._rows > self.limits.max_messages or self._bytes > self.limits.max_bytes:
            self._rows, self._bytes, evicted = sql.evict(
                connection,
                int(self.limits.max_messages * (1 - EVICT_SLACK)),
                int(self.limits.max_bytes * (1 - EVICT_SLACK)),
            )
            log.warning("the outbox is full: %d messages of the lowest priority were dropped", evicted)


def _row(message: OutboxMessage, created_at: float) -> dict[str, Any]:
    return {
        "op_id": message.op_id,
        "topic": message.topic,
        "payload": message.payload,
        "priority": int(message.priority),
        "created_at": created_at,
        "expires_at": message.expires_at,
        "state": sql.OutboxState.NEW,
        "attempts": 0,
    }
