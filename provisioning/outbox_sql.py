"""The statements of the outbox, each a function of a connection for `Database.write` or `read`.

They hold nothing and may run twice. Only the wording for SQLite and PostgreSQL differs, and only for the
insert.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    Row,
    String,
    UpdateBase,
    and_,
    any_,
    bindparam,
    case,
    delete,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from provisioning.schema import counters, outbox

# 2024-01-01: a wall clock before this has not been set yet.
PLAUSIBLE_EPOCH_S: Final = 1_704_067_200.0

EVICT_CHUNK: Final = 500


class OutboxState(StrEnum):
    """A row's state; the fourth of the theory in outbox.py, app_acked, is the row's absence."""

    NEW = "new"
    SENDING = "sending"
    BROKER_ACKED = "broker_acked"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class OutboxStats:
    """Rows by state, and what has happened since the store was made. `bytes` counts payloads."""

    new: int = 0
    sending: int = 0
    broker_acked: int = 0
    dead: int = 0
    bytes: int = 0
    acknowledged: int = 0
    evicted: int = 0
    expired: int = 0
    refused: int = 0

    @property
    def pending(self) -> int:
        """Messages that still wait to be processed by the cloud."""
        return self.new + self.sending + self.broker_acked


# op_ids as one parameter, so that the statement is the same text for any number of them: SQLAlchemy's own IN
# writes a new statement for each number, which costs more than the work. By dialect.
_listed: Final = func.json_each(bindparam("op_ids")).table_valued("value")
_OP_IDS: Final[dict[str, ColumnElement[bool]]] = {
    "sqlite": outbox.c.op_id.in_(select(_listed.c.value)),
    "postgresql": outbox.c.op_id == any_(bindparam("op_ids", type_=ARRAY(String))),
}
_MARK_PUBLISHED: Final = {
    dialect: update(outbox)
    .where(chosen, outbox.c.state == OutboxState.SENDING)
    .values(state=OutboxState.BROKER_ACKED)
    for dialect, chosen in _OP_IDS.items()
}
_REQUEUE: Final = {
    dialect: update(outbox).where(chosen, outbox.c.state != OutboxState.DEAD).values(state=OutboxState.NEW)
    for dialect, chosen in _OP_IDS.items()
}
_FORGET: Final = {dialect: delete(outbox).where(chosen) for dialect, chosen in _OP_IDS.items()}


def _for_each(connection: Connection, statements: Mapping[str, UpdateBase], op_ids: Sequence[str]) -> int:
    """Run the dialect's statement on these rows. Returns how many there were."""
    dialect = connection.dialect.name
    parameter = json.dumps(list(op_ids)) if dialect == "sqlite" else list(op_ids)
    return connection.execute(statements[dialect], {"op_ids": parameter}).rowcount


def insert_messages(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Add rows, except those whose op_id is there already."""
    if connection.dialect.name == "postgresql":
        connection.execute(postgresql.insert(outbox).on_conflict_do_nothing(), rows)
    else:
        connection.execute(sqlite.insert(outbox).on_conflict_do_nothing(), rows)


def totals(connection: Connection) -> tuple[int, int]:
    """(rows, bytes of payload)."""
    size = func.coalesce(func.sum(func.length(outbox.c.payload)), 0)
    rows, total = connection.execute(select(func.count(), size).select_from(outbox)).one()
    return int(rows), int(total)


def evict(connection: Connection, rows_goal: int, bytes_goal: int) -> tuple[int, int, int]:
    """Delete down to the goals: dead ones first, then the lowest priority, of it the oldest.

    Returns (rows left, bytes left, deleted).
    """
    rows, size = totals(connection)
    deleted = 0
    order = (case((outbox.c.state == OutboxState.DEAD, 0), else_=1), outbox.c.priority, outbox.c.id)
    while rows > rows_goal or size > bytes_goal:
        victims = []
        for row_id, row_size in connection.execute(
            select(outbox.c.id, func.length(outbox.c.payload)).order_by(*order).limit(EVICT_CHUNK)
        ):
            if rows <= rows_goal and size <= bytes_goal:
                break
            victims.append(row_id)
            rows -= 1
            size -= row_size
        connection.execute(delete(outbox).where(outbox.c.id.in_(victims)))
        deleted += len(victims)
    count(connection, "outbox_evicted", deleted)
    return rows, size, deleted


def requeue_all(connection: Connection) -> None:
    """What an earlier run had under way is new again."""
    under_way = (OutboxState.SENDING, OutboxState.BROKER_ACKED)
    connection.execute(update(outbox).where(outbox.c.state.in_(under_way)).values(state=OutboxState.NEW))


def requeue_sending(connection: Connection) -> None:
    connection.execute(
        update(outbox).where(outbox.c.state == OutboxState.SENDING).values(state=OutboxState.NEW)
    )


def requeue(connection: Connection, op_ids: Sequence[str]) -> None:
    _for_each(connection, _REQUEUE, op_ids)


def claim(connection: Connection, limit: int, paused_topics: Sequence[str]) -> Sequence[Row[Any]]:
    """new → sending for the most urgent, oldest rows. Returns them in that order."""
    order = (outbox.c.priority.desc(), outbox.c.id)
    # A literal, not a parameter: SQLite uses the partial index only when it can see that it fits.
    due = select(outbox.c.id).where(outbox.c.state == literal_column(f"'{OutboxState.NEW}'"))
    if paused_topics:
        due = due.where(outbox.c.topic.not_in(paused_topics))
    statement = (
        update(outbox)
        .where(outbox.c.id.in_(due.order_by(*order).limit(limit).scalar_subquery()))
        .values(state=OutboxState.SENDING, attempts=outbox.c.attempts + 1)
        .returning(
            outbox.c.id,
            outbox.c.op_id,
            outbox.c.topic,
            outbox.c.payload,
            outbox.c.priority,
            outbox.c.expires_at,
        )
    )
    rows = connection.execute(statement).all()
    return sorted(rows, key=lambda row: (-row.priority, row.id))


def mark_published(connection: Connection, op_ids: Sequence[str]) -> None:
    """sending → broker_acked. A row that was acknowledged meanwhile is gone, and stays gone."""
    _for_each(connection, _MARK_PUBLISHED, op_ids)


def refuse(connection: Connection, op_id: str, code: int, for_ever: bool) -> None:
    state = OutboxState.DEAD if for_ever else OutboxState.NEW
    connection.execute(update(outbox).where(outbox.c.op_id == op_id).values(state=state, last_code=code))
    count(connection, "outbox_refused", 1)


def forget(connection: Connection, op_ids: Sequence[str]) -> None:
    """The end of a message's life: the cloud has processed it."""
    count(connection, "outbox_acknowledged", _for_each(connection, _FORGET, op_ids))


def expire(connection: Connection, now: float, oldest: float) -> int:
    """Delete what has expired at wall time `now` or was put before `oldest`. Returns how many.

    Neither says anything about a row that was put before the clock was set.
    """
    dated = outbox.c.created_at >= PLAUSIBLE_EPOCH_S
    over = or_(outbox.c.created_at < oldest, outbox.c.expires_at <= now)
    gone = connection.execute(delete(outbox).where(and_(dated, over)))
    if gone.rowcount:
        count(connection, "outbox_expired", gone.rowcount)
    return gone.rowcount


def stats(connection: Connection) -> OutboxStats:
    states = connection.execute(select(outbox.c.state, func.count()).group_by(outbox.c.state))
    by_state: dict[str, int] = {row.state: row[1] for row in states}
    counts = connection.execute(select(counters.c.name, counters.c.value))
    stored: dict[str, int] = {row.name: row.value for row in counts}
    names = ("acknowledged", "evicted", "expired", "refused")
    return OutboxStats(
        bytes=totals(connection)[1],
        **{state.value: by_state.get(state.value, 0) for state in OutboxState},
        **{name: stored.get(f"outbox_{name}", 0) for name in names},
    )


def count(connection: Connection, name: str, by: int) -> int:
    """Add to a counter of the store; return its new value."""
    changed = connection.execute(
        update(counters)
        .where(counters.c.name == name)
        .values(value=counters.c.value + by)
        .returning(counters.c.value)
    ).scalar_one_or_none()
    if changed is None:
        connection.execute(insert(counters).values(name=name, value=by))
        return by
    return int(changed)
