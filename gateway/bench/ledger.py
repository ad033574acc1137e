"""What the bench remembers of each card, by ICCID: a card may be taken out and come back later, in any port.

Two memories meet in a card's ladder. The operators' rules count attempts of a card and of a modem alike, so a card that
is put in gets its own attempts and those that the port's modem made within the hour with other cards.

A record is written before what depends on it happens (the runner saves before it acts), so a program that is killed
forgets no attempt and no result.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final

from provisioning.backoff import HOUR_S, WaitingPolicy
from provisioning.clock import Clock
from provisioning.device_store import DeviceStore
from provisioning.journey import Commissioning, Reason, State

_NAME: Final = "card."
_REFUSED: Final = frozenset({State.DENIED, State.WAITING_ACTIVATION})
_TELLING: Final = _REFUSED | {State.SEARCHING, State.SIM_LOCKED, State.STOPPED}


@dataclass(frozen=True, slots=True)
class CardRecord:
    """One card. Times are wall time in seconds.

    `snapshot` is what its commissioning said last that tells something of the card: that it was taken out, or the modem
    lost, does not. `served_at` stays when the card is refused later.
    """

    iccid: str
    first_seen: float
    last_seen: float
    port: str
    snapshot: Commissioning = field(default_factory=Commissioning)
    served_at: float | None = None
    operator: str | None = None

    def to_json(self) -> str:
        rest = {name: value for name, value in asdict(self).items() if name != "snapshot"}
        return json.dumps(rest | {"snapshot": self.snapshot.to_json()})

    @classmethod
    def from_json(cls, text: str) -> CardRecord:
        """Raises ValueError for what is no record."""
        try:
            raw: dict[str, Any] = json.loads(text)
            return cls(**raw | {"snapshot": Commissioning.from_json(raw["snapshot"])})
        except (KeyError, TypeError) as error:
            raise ValueError(f"not a card's record: {error}") from error


class Ledger:
    """All cards that the bench has seen. Raises StoreError as the store does."""

    def __init__(self, store: DeviceStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self.records: dict[str, CardRecord] = {}

    async def load(self) -> None:
        """Read what earlier lives of the program left."""
        texts = await self._store.load_values(_NAME)
        self.records = {record.iccid: record for record in map(CardRecord.from_json, texts.values())}

    async def put(self, record: CardRecord) -> None:
        await self._store.save_value(_NAME + record.iccid, record.to_json())
        self.records[record.iccid] = record

    async def sight(
        self, iccid: str, port: str, *, imei: str, policy: WaitingPolicy, inserted: bool
    ) -> CardRecord:
        """A card is in a port. `inserted`: it was put in or started anew, which the network counts as an attempt of a
        card that it has refused before.
        """
        now = self._clock.now()
        known = await self._known(iccid)
        record = replace(known or CardRecord(iccid, now, now, port), last_seen=now, port=port)
        ladder = record.snapshot.ladder
        if inserted and record.snapshot.state in _REFUSED:
            ladder = policy.charge(ladder, now)
        stamps = {*ladder.stamps, *self._stamps_of(imei, now)}
        ladder = replace(ladder, stamps=tuple(sorted(stamps)))
        record = replace(record, snapshot=replace(record.snapshot, iccid=iccid, imei=imei, ladder=ladder))
        await self.put(record)
        return record

    async def _known(self, iccid: str) -> CardRecord | None:
        """From the store: another bench beside this one may have had the card meanwhile."""
        text = await self._store.load_value(_NAME + iccid)
        return None if text is None else CardRecord.from_json(text)

    def _stamps_of(self, imei: str, now: float) -> set[float]:
        """The attempts that a modem made within the hour."""
        return {
            stamp
            for record in self.records.values()
            if record.snapshot.imei == imei
            for stamp in record.snapshot.ladder.stamps
            if now - HOUR_S < stamp <= now
        }

    async def update(self, iccid: str, snapshot: Commissioning) -> None:
        """The commissioning of a card goes on."""
        record = self.records[iccid]
        now = self._clock.now()
        served = snapshot.state is State.STOPPED and snapshot.reason is Reason.ACTIVATED
        before = record.snapshot
        searches_again = (
            snapshot.state is State.SEARCHING and snapshot.reason is None and before.state in _REFUSED
        )
        if snapshot.state not in _TELLING or searches_again:
            # Its attempts count all the same.
            snapshot = replace(
                before, ladder=snapshot.ladder, attempts=snapshot.attempts, restarts=snapshot.restarts
            )
        served_at = (record.served_at or now) if served else record.served_at
        await self.put(replace(record, snapshot=snapshot, last_seen=now, served_at=served_at))


class CardStore:
    """One card's snapshot, for its CommissioningRunner."""

    def __init__(self, ledger: Ledger, iccid: str) -> None:
        self._ledger = ledger
        self._iccid = iccid

    async def load_snapshot(self) -> str | None:
        return self._ledger.records[self._iccid].snapshot.to_json()

    async def save_snapshot(self, snapshot: str) -> None:
        """What is said of another card, put in while this one's runner still ran, is not this one's."""
        told = Commissioning.from_json(snapshot)
        if told.iccid in {None, self._iccid}:
            await self._ledger.update(self._iccid, told)
