"""The whole bench: its slots, its cards and what is said of them.

A card is where it was seen last. When a second port reads the number of a card that a first one still believes to have,
the card was most likely moved and the first modem has not noticed: it is told to look again. If it finds the number
again, there are two cards with one number.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from random import Random
from typing import Final

from gateway.bench.expected_cards import ExpectedCards, paid
from gateway.bench.ledger import CardRecord, Ledger
from gateway.bench.slot import Phase, Slot, SlotSettings
from gateway.modem import Modem
from provisioning.clock import Clock
from provisioning.journey import Commissioning, State
from provisioning.sim_inventory import InventoryCard
from provisioning.verdicts import PATIENCE_S, CardFacts, Kind, Verdict, verdict_for, verdict_of

TICK_S: Final = 1.0
"""Some verdicts come with time alone."""


@dataclass(frozen=True, slots=True)
class CardRow:
    """What there is to say of one card; times are wall time in seconds.

    `port` is where it is now, None: in no port. `record` is None for a card of the list that was never put in.
    """

    iccid: str
    verdict: Verdict
    port: str | None
    expected: InventoryCard | None
    record: CardRecord | None

    @property
    def attempts(self) -> int:
        return 0 if self.record is None else self.record.snapshot.attempts

    @property
    def served_at(self) -> float | None:
        return None if self.record is None or not self.verdict.served else self.record.served_at

    @property
    def next_attempt_at(self) -> float | None:
        return None if self.record is None else self.record.snapshot.next_attempt_at

    @property
    def parked(self) -> bool:
        """It has been here, is not done, and is in no port."""
        return self.record is not None and self.port is None and not self.verdict.settled


@dataclass(frozen=True, slots=True)
class SlotRow:
    """What there is to say of one port."""

    number: int
    port: str
    phase: Phase
    iccid: str | None
    expected: InventoryCard | None
    verdict: Verdict
    snapshot: Commissioning


class Bench:
    """Use: `await bench.run()`; meanwhile look at `slots_now` and `cards_now`.

    Args:
        ledger: loaded.
        open_modem: the modem of a port, not opened yet.
        expected: the list of cards, None: any card is welcome.
        issuers: how the vendor's card numbers begin; none: not looked at.
        patience_s: after so long a wait the operator is asked.
        observer: called after each change; must not block.
    """

    def __init__(
        self,
        ports: tuple[str, ...],
        ledger: Ledger,
        settings: SlotSettings,
        *,
        open_modem: Callable[[str], Modem],
        clock: Clock,
        random: Random,
        expected: ExpectedCards | None = None,
        issuers: tuple[str, ...] = (),
        patience_s: float = PATIENCE_S,
        observer: Callable[[], None] = lambda: None,
    ) -> None:
        self.expected: Final = expected
        self._ledger = ledger
        self._settings = settings
        self._clock = clock
        self._issuers = issuers
        self._patience_s = patience_s
        self._observer = observer
        self._ended = asyncio.Event()
        self._said: object = None
        self.slots: Final = tuple(
            Slot(
                number,
                port,
                open_modem(port),
                bench=self,
                ledger=ledger,
                settings=settings,
                clock=clock,
                random=random,
            )
            for number, port in enumerate(ports, start=1)
        )

    async def run(self) -> None:
        """Until all cards of the list are served, or it is ended.

        Raises (in an ExceptionGroup): BenchRefusedError, StoreError.
        """
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(slot.run(), name=f"slot {slot.port}") for slot in self.slots]
            tasks.append(group.create_task(self._tick()))
            await self._ended.wait()
            for task in tasks:
                task.cancel()

    def end(self) -> None:
        """Nobody wants to go on; what waits is remembered."""
        self._ended.set()

    @property
    def complete(self) -> bool:
        """Nothing is left to be done."""
        if self._settings.one_card:
            return all(slot.phase is Phase.FINISHED for slot in self.slots)
        if any(slot.phase is Phase.WORKING and slot.snapshot.state is State.STOPPED for slot in self.slots):
            return False  # it still asks who serves the card
        return self.expected is not None and all(
            (record := self._record_of(card)) is not None and self._verdict_of(record).served
            for card in self.expected
        )

    # --- what its slots ask ---

    def claim(self, slot: Slot, iccid: str) -> None:
        """The card is in this slot; another that believes to have it looks again, once."""
        others = [other for other in self.slots if other is not slot and other.iccid == iccid]
        if others and slot.doubted:
            slot.twice = True
            return
        for other in others:
            if not other.twice:
                other.doubt()

    def works_on(self, iccid: str) -> bool:
        return self._listed(iccid) is not False and self._issuer_known(iccid) is not False

    def changed(self) -> None:
        if self.complete:
            self._ended.set()
        self._observer()

    async def _tick(self) -> None:
        while True:
            await self._clock.sleep(TICK_S)
            said = [(row.iccid, row.verdict, row.port) for row in self.cards_now()]
            if said != self._said:
                self._said = said
                self._observer()

    # --- what there is to see ---

    def slots_now(self) -> tuple[SlotRow, ...]:
        """One row a port, in order."""
        return tuple(
            SlotRow(
                slot.number,
                slot.port,
                slot.phase,
                slot.iccid,
                None if slot.iccid is None else self._expected_of(slot.iccid),
                self._verdict_in(slot),
                slot.snapshot,
            )
            for slot in self.slots
        )

    def cards_now(self) -> tuple[CardRow, ...]:
        """The cards of the list in its order, then the others as they came."""
        ports = {slot.iccid: slot for slot in self.slots if slot.iccid is not None}
        rows = [
            self._card_row(record, ports.get(record.iccid))
            for record in sorted(self._ledger.records.values(), key=lambda each: each.first_seen)
        ]
        if self.expected is None:
            return tuple(rows)
        seen = {row.expected.iccid: row for row in rows if row.expected is not None}
        unseen = verdict_for(Kind.NOT_SEEN)
        listed = [
            seen.get(card.iccid) or CardRow(card.iccid, unseen, None, card, None) for card in self.expected
        ]
        return (*listed, *(row for row in rows if row.expected is None))

    def _card_row(self, record: CardRecord, slot: Slot | None) -> CardRow:
        expected = self._expected_of(record.iccid)
        if slot is None:
            return CardRow(record.iccid, self._verdict_of(record), None, expected, record)
        return CardRow(record.iccid, self._verdict_in(slot), slot.port, expected, record)

    def _verdict_in(self, slot: Slot) -> Verdict:
        record = None if slot.iccid is None else self._ledger.records.get(slot.iccid)
        facts = self._facts(slot.snapshot, record, until=self._clock.now())
        return verdict_of(replace(facts, twice=slot.twice))

    def _verdict_of(self, record: CardRecord) -> Verdict:
        return verdict_of(self._facts(record.snapshot, record, until=record.last_seen))

    def _facts(self, snapshot: Commissioning, record: CardRecord | None, *, until: float) -> CardFacts:
        iccid = None if record is None else record.iccid
        expected = None if iccid is None else self._expected_of(iccid)
        since = snapshot.waiting_since
        return CardFacts(
            state=snapshot.state,
            reason=snapshot.reason,
            cause=snapshot.cause,
            rssi_dbm=snapshot.rssi_dbm,
            state_s=max(0.0, until - snapshot.since),
            waited_s=None if since is None else max(0.0, self._clock.now() - since),
            served_before=record is not None and record.served_at is not None,
            listed=None if iccid is None else self._listed(iccid),
            issuer_known=None if iccid is None else self._issuer_known(iccid),
            paid=None if expected is None else paid(expected, self._today()),
            patience_s=self._patience_s,
        )

    def _today(self) -> date:
        return datetime.fromtimestamp(self._clock.now()).astimezone().date()

    def _record_of(self, card: InventoryCard) -> CardRecord | None:
        found = self._ledger.records.get(card.iccid)
        if found is not None:
            return found
        by_list = (record for record in self._ledger.records.values() if record.iccid[:-1] == card.iccid)
        return next(by_list, None)

    def _expected_of(self, iccid: str) -> InventoryCard | None:
        return None if self.expected is None else self.expected.find(iccid)

    def _listed(self, iccid: str) -> bool | None:
        return None if self.expected is None else self.expected.find(iccid) is not None

    def _issuer_known(self, iccid: str) -> bool | None:
        return iccid.startswith(self._issuers) if self._issuers else None
