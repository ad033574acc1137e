"""A workshop on virtual time: emulated modems in one network, cards that go from hand to hand."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

from at_commands.links import Link
from at_commands.transcript import Transcript
from firmware_sim.card_numbers import with_check_digit
from firmware_sim.modem import EmulatedModem, SimCard
from firmware_sim.network import Network, Subscriber, SubscriberState
from firmware_sim.virtual_time import LoopClock, VirtualLoop
from gateway.bench.bench import Bench, CardRow
from gateway.bench.expected_cards import ExpectedCards
from gateway.bench.ledger import Ledger
from gateway.bench.slot import SlotSettings
from gateway.modem import Modem
from provisioning.backoff import STANDARD
from provisioning.device_store import DeviceStore
from provisioning.sim_inventory import import_cards
from provisioning.store import Database
from provisioning.verdicts import Kind

DATA_COMMANDS = (
    "AT+CGACT=1",
    "AT+CIICR",
    "AT+CSTT",
    "AT+QIACT",
    "AT+NETOPEN",
    "AT+CGDATA",
    "ATD*99",
    "AT+CNACT",
)


def iccid_of(number: int) -> str:
    return with_check_digit(f"8970101123456{number:05}")


def imsi_of(number: int) -> str:
    return f"2500112345{number:05}"


@dataclass
class Workshop:
    """Modems by port name, cards by number."""

    directory: Path
    clock: LoopClock
    loop: VirtualLoop
    network: Network
    modems: dict[str, EmulatedModem] = field(default_factory=dict)
    transcripts: dict[str, Transcript] = field(default_factory=dict)
    cards: dict[int, SimCard] = field(default_factory=dict)

    def card(
        self, number: int, state: SubscriberState | None = SubscriberState.IN_STOCK, **options: object
    ) -> SimCard:
        """A card that the operator knows; with state None one that no operator knows."""
        card = SimCard(iccid_of(number), imsi_of(number), **options)  # type: ignore[arg-type]
        if state is not None:
            self.network.add_subscriber(
                Subscriber(imsi_of(number), iccid=iccid_of(number), state=state, paid=True)
            )
        self.cards[number] = card
        return card

    def set_state(self, number: int, state: SubscriberState) -> None:
        self.network.set_state(imsi_of(number), state, self.clock.monotonic())

    def put(self, number: int, port: str) -> None:
        """The card goes into this port, out of whichever it was in."""
        for modem in self.modems.values():
            if modem.sim is self.cards[number]:
                modem.remove_sim()
        self.modems[port].insert_sim(self.cards[number])

    def modem_at(self, port: str) -> Modem:
        async def opening() -> Link:
            return self.modems[port].connect()

        return Modem(opening, clock=self.clock, transcript=self.transcripts[port])

    @contextlib.asynccontextmanager
    async def bench(self, *, listed: str | None = None, **options: object) -> AsyncIterator[Bench]:
        """A bench at work, left as a kill leaves it. `listed`: text of a CSV."""
        expected = None if listed is None else ExpectedCards(import_cards(listed.encode()).taken())
        one_card = bool(options.pop("one_card", False))
        async with Database(self.directory / "bench.db", hold=self.loop.hold) as db:
            ledger = Ledger(DeviceStore(db), self.clock)
            await ledger.load()
            bench = Bench(
                tuple(self.modems),
                ledger,
                SlotSettings(STANDARD, one_card=one_card),
                open_modem=self.modem_at,
                clock=self.clock,
                random=random.Random(5),
                expected=expected,
                **options,  # type: ignore[arg-type]
            )
            running = asyncio.create_task(bench.run())
            try:
                yield bench
            finally:
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)

    async def verdict(self, bench: Bench, number: int, kind: Kind, *, within_s: float = 7200.0) -> CardRow:
        """Wait until this is said of a card."""
        until = self.clock.monotonic() + within_s
        while self.clock.monotonic() < until:
            row = self.row(bench, number)
            if row is not None and row.verdict.kind is kind:
                return row
            await self.clock.sleep(1.0)
        raise AssertionError(f"card {number}: {self.row(bench, number)}, not {kind}")

    def row(self, bench: Bench, number: int) -> CardRow | None:
        return next((row for row in bench.cards_now() if row.iccid == iccid_of(number)), None)

    def attempts(self, number: int) -> int:
        """Registrations that the network saw, in one domain."""
        return sum(r.imsi == imsi_of(number) and r.domain == "cs" for r in self.network.registrations)

    def no_data_was_opened(self) -> None:
        """Neither the network nor the modems' lines know of a data session."""
        for number in self.cards:
            if imsi_of(number) in self.network.subscribers:
                assert self.network.session(imsi_of(number)) is None
        for transcript in self.transcripts.values():
            sent = [entry.text for entry in transcript if entry.direction == ">"]
            assert sent
            assert not [line for line in sent if line.startswith(DATA_COMMANDS)]
