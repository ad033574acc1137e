"""The tables of both stores, the device's and the registrar's, and the version of their shape.

One set of tables for both keeps one schema version and one conformance suite; each side uses its own. Times
are UTC epoch seconds. Secrets: the device's private key is never here (it is a file of mode 0600, see pki),
PINs are salted hashes, and of a claim code only the derived key is kept.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    literal_column,
)

# Raise it with every change of a table below and add the step to `store.MIGRATIONS`.
SCHEMA_VERSION: Final = 1

metadata: Final = MetaData()

schema_version: Final = Table(
    "thermogate_schema",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
)

# --- the device's side ---

values: Final = Table(
    "device_values",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)

counters: Final = Table(
    "counters",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", BigInteger, nullable=False),
)

failed_pins: Final = Table(
    "failed_pins",
    metadata,
    Column("iccid", String(22), primary_key=True),
    Column("salt", String(32), nullable=False),
    Column("digest", String(64), primary_key=True),
)

# States: new → sending → broker_acked → (row deleted) | dead. See outbox.py.
outbox: Final = Table(
    "outbox",
    metadata,
    # SQLite numbers rows by itself only when the key is spelled INTEGER.
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("op_id", String(64), nullable=False, unique=True),
    Column("topic", String(200), nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("expires_at", Float),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("last_code", Integer),
)
# Only what waits to be claimed: the later states change the row, but not the index.
_IS_NEW: Final = outbox.c.state == literal_column("'new'")
Index(
    "outbox_order",
    outbox.c.priority.desc(),
    outbox.c.id,
    sqlite_where=_IS_NEW,
    postgresql_where=_IS_NEW,
)

# --- the registrar's side ---

inventory: Final = Table(
    "inventory",
    metadata,
    Column("serial", String(64), primary_key=True),
    Column("model", String(200), nullable=False),
    Column("claim_key", String(64), nullable=False),
    Column("approval", String(8), nullable=False),  # auto | manual
    Column("approved", Boolean, nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("rearmed", Boolean, nullable=False),
    Column("device_id", String(64), nullable=False, unique=True),
    Column("key_fingerprint", String(64)),
    Column("certificate", Text),
    Column("imei", String(16)),
    Column("iccid", String(22)),
    Column("firmware", String(200)),
    Column("registrations", Integer, nullable=False),
    Column("first_registered_at", Float),
    Column("last_registered_at", Float),
)

# One row = one message processed: the mark against repetitions and the message are the same row.
received: Final = Table(
    "received",
    metadata,
    Column("device_id", String(64), primary_key=True),
    Column("op_id", String(64), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("received_at", Float, nullable=False),
    Column("payload", LargeBinary, nullable=False),
)

# The last retained word of each device: status and provisioning.
last_reports: Final = Table(
    "last_reports",
    metadata,
    Column("device_id", String(64), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("received_at", Float, nullable=False),
    Column("payload", LargeBinary, nullable=False),
)
