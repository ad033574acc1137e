"""The cloud's tables as functions of a connection: controllers known, messages received, last reports.

For `Database.write` and `read`; they hold nothing and may run twice.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from provisioning.registration import Approval, InventoryRecord
from provisioning.schema import inventory, last_reports, received

_COLUMNS: Final = tuple(inventory.c[field.name] for field in fields(InventoryRecord))


@dataclass(frozen=True, slots=True)
class ReceivedMessage:
    """One processed message. `payload` is as it came; `received_at` wall time."""

    device_id: str
    op_id: str
    kind: str
    received_at: float
    payload: bytes


def find(connection: Connection, serial: str) -> InventoryRecord | None:
    row = connection.execute(select(*_COLUMNS).where(inventory.c.serial == serial)).one_or_none()
    return None if row is None else _record(row)


def every(connection: Connection) -> list[InventoryRecord]:
    return [_record(row) for row in connection.execute(select(*_COLUMNS).order_by(inventory.c.serial))]


def add(connection: Connection, record: InventoryRecord) -> bool:
    """Add a controller. False when the serial is there already; then nothing changes."""
    if find(connection, record.serial) is not None:
        return False
    connection.execute(insert(inventory).values(**asdict(record)))
    return True


def save(connection: Connection, record: InventoryRecord) -> None:
    connection.execute(update(inventory).where(inventory.c.serial == record.serial).values(**asdict(record)))


def change(connection: Connection, serial: str, **columns: Any) -> bool:
    """Set columns of one controller. False when there is no such serial."""
    changed = connection.execute(update(inventory).where(inventory.c.serial == serial).values(**columns))
    return bool(changed.rowcount)


def assigned_devices(connection: Connection, device_ids: Collection[str]) -> set[str]:
    """Those of `device_ids` that have an identity and are not switched off."""
    rows = connection.execute(
        select(inventory.c.device_id).where(
            inventory.c.device_id.in_(device_ids),
            inventory.c.certificate.is_not(None),
            inventory.c.disabled.is_(False),
        )
    )
    return {row.device_id for row in rows}


def receive(connection: Connection, messages: Sequence[ReceivedMessage]) -> set[tuple[str, str]]:
    """Store messages not seen before. Returns (device_id, op_id) of the new ones.

    The row is both the message and the mark against its repetition, so there is no moment between the two.
    """
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    # PostgreSQL refuses a repetition within one statement, whatever the conflict clause says.
    unique = {(message.device_id, message.op_id): _columns(message) for message in reversed(messages)}
    statement = (
        dialect.insert(received).on_conflict_do_nothing().returning(received.c.device_id, received.c.op_id)
    )
    rows = connection.execute(statement, list(unique.values()))
    return {(row.device_id, row.op_id) for row in rows}


def report(connection: Connection, message: ReceivedMessage) -> None:
    """Keep the last word of a device on one kind of report."""
    key = (last_reports.c.device_id == message.device_id) & (last_reports.c.kind == message.kind)
    values = {"received_at": message.received_at, "payload": message.payload}
    changed = connection.execute(update(last_reports).where(key).values(**values))
    if not changed.rowcount:
        connection.execute(
            insert(last_reports).values(device_id=message.device_id, kind=message.kind, **values)
        )


def last_report(connection: Connection, device_id: str, kind: str) -> bytes | None:
    return connection.execute(
        select(last_reports.c.payload).where(
            last_reports.c.device_id == device_id, last_reports.c.kind == kind
        )
    ).scalar_one_or_none()


def messages(connection: Connection, device_id: str, kind: str) -> list[ReceivedMessage]:
    """Messages of one kind from a device, in the order of their arrival."""
    rows = connection.execute(
        select(received)
        .where(received.c.device_id == device_id, received.c.kind == kind)
        .order_by(received.c.received_at, received.c.op_id)
    )
    return [ReceivedMessage(**row._mapping) for row in rows]


def count_received(connection: Connection) -> dict[str, int]:
    """Processed messages by kind."""
    rows = connection.execute(select(received.c.kind, func.count()).group_by(received.c.kind))
    return {row.kind: row[1] for row in rows}


def prune(connection: Connection, before: float) -> int:
    """Forget messages received before wall time `before`. A device must not hold one for so long."""
    return connection.execute(delete(received).where(received.c.received_at < before)).rowcount


def _columns(message: ReceivedMessage) -> dict[str, Any]:
    # dataclasses.asdict copies deeply, at ten times the cost.
    return {
        "device_id": message.device_id,
        "op_id": message.op_id,
        "kind": message.kind,
        "received_at": message.received_at,
        "payload": message.payload,
    }


def _record(row: Row[Any]) -> InventoryRecord:
    columns = dict(row._mapping)
    columns["approval"] = Approval(columns["approval"])
    return InventoryRecord(**columns)
