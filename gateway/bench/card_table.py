"""The bench's cards as a table: for the CSV file, the report and programs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from gateway.bench.bench import CardRow
from provisioning.sim_tables import write_csv

COLUMNS: Final = (
    "iccid",
    "verdict",
    "who",
    "device_serial",
    "msisdn",
    "port",
    "attempts",
    "first_seen",
    "served_at",
    "waited_s",
    "next_attempt_at",
    "operator",
    "signal_dbm",
    "cause",
    "imei",
    "note",
)
"""Names are for programs and stay as they are; times are UTC (ISO 8601)."""


def moment(at: float | None) -> str | None:
    """Wall time in seconds as ISO 8601, UTC."""
    return None if at is None else datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")


def card_fields(row: CardRow) -> dict[str, str | int | float | None]:
    """One card; None is what is not known."""
    record, expected = row.record, row.expected
    snapshot = None if record is None else record.snapshot
    return {
        "iccid": row.iccid,
        "verdict": row.verdict.kind.value,
        "who": row.verdict.who.value,
        "device_serial": (expected.device_serial or None) if expected else None,
        "msisdn": (expected.msisdn or None) if expected else None,
        "port": row.port,
        "attempts": row.attempts,
        "first_seen": None if record is None else moment(record.first_seen),
        "served_at": moment(row.served_at),
        "waited_s": snapshot.activation_wait_s if snapshot and row.verdict.served else None,
        "next_attempt_at": moment(row.next_attempt_at),
        "operator": record.operator if record and row.verdict.served else None,
        "signal_dbm": None if snapshot is None else snapshot.rssi_dbm,
        "cause": None if snapshot is None else snapshot.cause,
        "imei": None if snapshot is None else snapshot.imei,
        "note": (expected.note or None) if expected else None,
    }


def cards_csv(rows: Iterable[CardRow]) -> bytes:
    """The table as CSV (RFC 4180), which `import_cards` reads as a list again."""
    cells = ([_cell(value) for value in card_fields(row).values()] for row in rows)
    return write_csv(COLUMNS, cells)


def _cell(value: str | float | None) -> str:
    return "" if value is None else f"{value:.0f}" if isinstance(value, float) else str(value)
