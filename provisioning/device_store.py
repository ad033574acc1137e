"""What a device must remember over a restart, beside its outbox.

The commissioning snapshot, the identity, PINs that have failed, counters. Each is saved before the effect
that depends on it runs: a snapshot before its effects, the key and CSR before the first register request, a
failed PIN as soon as the card has refused it (so that a restart cannot spend another try on it).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from dataclasses import asdict, dataclass
from typing import Final

from sqlalchemy import Connection, delete, insert, select, update

from provisioning import outbox_sql
from provisioning.schema import counters, failed_pins, values
from provisioning.store import Database, executing

_SNAPSHOT: Final = "commissioning"
_IDENTITY: Final = "identity"


@dataclass(frozen=True, slots=True)
class DeviceIdentity:
    """Who the device is. Without `device_id` it has a key, but the cloud has not assigned an identity yet.

    `key_fingerprint` is pki.key_fingerprint of the key in the key file; `csr` and `certificate` are PEM.
    """

    key_fingerprint: str
    csr: str
    device_id: str | None = None
    certificate: str | None = None
    broker: str | None = None
    config_version: int | None = None


class DeviceStore:
    """The device's memory. All methods raise StoreError, and a write is on disk when it returns."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def load_snapshot(self) -> str | None:
        """The commissioning snapshot (JSON of lifecycle.Commissioning), None on the first start."""
        return await self._load(_SNAPSHOT)

    async def save_snapshot(self, snapshot: str) -> None:
        await self._save(_SNAPSHOT, snapshot)

    async def load_identity(self) -> DeviceIdentity | None:
        text = await self._load(_IDENTITY)
        return None if text is None else DeviceIdentity(**json.loads(text))

    async def save_identity(self, identity: DeviceIdentity) -> None:
        """Save before the first register request, and again when the cloud has answered."""
        await self._save(_IDENTITY, json.dumps(asdict(identity)))

    async def load_value(self, name: str) -> str | None:
        """Any other small text to remember, by name (at most 64 letters)."""
        return await self._load(f"value.{name}")

    async def save_value(self, name: str, value: str) -> None:
        await self._save(f"value.{name}", value)

    async def load_values(self, beginning: str) -> dict[str, str]:
        """All such texts whose names begin so, by name."""
        first = f"value.{beginning}"
        rows = await self._db.read(
            lambda connection: connection.execute(
                select(values.c.name, values.c.value).where(values.c.name.startswith(first, autoescape=True))
            ).all()
        )
        return {row.name.removeprefix("value."): row.value for row in rows}

    async def remember_failed_pin(self, iccid: str, pin: str) -> None:
        """This PIN was refused by this card. Kept as a salted hash."""
        salt = secrets.token_hex(16)
        digest = _pin_digest(salt, iccid, pin)
        await self._db.write(executing(insert(failed_pins).values(iccid=iccid, salt=salt, digest=digest)))

    async def pin_failed(self, iccid: str, pin: str) -> bool:
        """Has this card refused this PIN before?"""
        rows = await self._db.read(
            lambda connection: connection.execute(
                select(failed_pins.c.salt, failed_pins.c.digest).where(failed_pins.c.iccid == iccid)
            ).all()
        )
        return any(hmac.compare_digest(row.digest, _pin_digest(row.salt, iccid, pin)) for row in rows)

    async def forget_failed_pins(self, iccid: str) -> None:
        """After the card has been unlocked (with its PUK, say) all bets are open again."""
        await self._db.write(executing(delete(failed_pins).where(failed_pins.c.iccid == iccid)))

    async def count(self, name: str, by: int = 1) -> int:
        """Add to a counter; return its new value."""
        return await self._db.write(lambda connection: outbox_sql.count(connection, name, by))

    async def counters(self) -> dict[str, int]:
        """All counters, those of the outbox (outbox_…) too."""
        rows = await self._db.read(
            lambda connection: connection.execute(select(counters.c.name, counters.c.value)).all()
        )
        return {row.name: row.value for row in rows}

    async def _load(self, name: str) -> str | None:
        return await self._db.read(
            lambda connection: connection.execute(
                select(values.c.value).where(values.c.name == name)
            ).scalar_one_or_none()
        )

    async def _save(self, name: str, value: str) -> None:
        await self._db.write(lambda connection: _put_value(connection, name, value))


def _put_value(connection: Connection, name: str, value: str) -> None:
    changed = connection.execute(update(values).where(values.c.name == name).values(value=value))
    if changed.rowcount == 0:
        connection.execute(insert(values).values(name=name, value=value))


def _pin_digest(salt: str, iccid: str, pin: str) -> str:
    # A PIN has 10^4 values: no hash hides it for long. scrypt makes a stolen file of little use in passing.
    return hashlib.scrypt(
        f"{iccid}/{pin}".encode(), salt=bytes.fromhex(salt), n=2**13, r=8, p=1, dklen=32
    ).hex()
