"""One port of the bench: looks for a card, commissions it, waits until it is taken out, and begins again.

    opening ─► empty ─► working ─► done ─┐         any AtError: broken, and opened anew after a pause
       ▲         ▲         │ taken out   │
       │         └─────────┴─────────────┘
       └── broken

A card that is taken out while it waits is parked: its ladder is in the ledger, and whichever port it is put into next
goes on with it. A modem that does not notice a change of cards is told by a person (`card_changed`): then the card is
started anew, which needs the radio off and on and therefore waits until the card's rules of attempts allow it.

No uplink exists here, so no data session can be opened.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, replace
from enum import StrEnum
from random import Random
from typing import Final, Literal, Protocol

from at_commands import commands
from at_commands.errors import AtError
from gateway.bench.ledger import CardStore, Ledger
from gateway.commissioning import BenchRefusedError, CommissioningRunner, Progress
from gateway.modem import Modem
from gateway.modem_facts import PinRefusedError, SimCondition, SimFacts
from provisioning.backoff import WaitingPolicy
from provisioning.clock import Clock
from provisioning.journey import Commissioning, Reason, SimReported, State

REOPEN_S: Final = 10.0
"""Between two tries to open a port."""

RESTART_CARD_S: Final = 30.0
"""A modem without a switch in its card holder finds a new card only when it starts the card anew."""

CARD_OFF_S: Final = 2.0


class Phase(StrEnum):
    OPENING = "opening"
    BROKEN = "broken"
    EMPTY = "empty"
    WORKING = "working"
    SET_ASIDE = "set_aside"
    """The card is none that this bench works on."""
    DONE = "done"
    FINISHED = "finished"


@dataclass(frozen=True, slots=True)
class SlotSettings:
    """How the slots work. `poll_s`: between two looks at card or registration; they cost the network nothing."""

    policy: WaitingPolicy
    pin: str | None = None
    poll_s: float = 5.0
    one_card: bool = False
    owns_network: bool = False


class Slots(Protocol):
    """The bench, as its slots see it."""

    def claim(self, slot: Slot, iccid: str) -> None:
        """A card is in this slot now."""

    def works_on(self, iccid: str) -> bool:
        """Whether this card belongs here."""

    def changed(self) -> None:
        """Something is new."""


class Slot:
    """One port. `number` counts from 1; `snapshot` tells of the card that is in it."""

    def __init__(
        self,
        number: int,
        port: str,
        modem: Modem,
        *,
        bench: Slots,
        ledger: Ledger,
        settings: SlotSettings,
        clock: Clock,
        random: Random,
    ) -> None:
        self.number: Final = number
        self.port: Final = port
        self.phase = Phase.OPENING
        self.iccid: str | None = None
        self.twice = False
        self.doubted = False
        self.error: AtError | None = None
        self.snapshot = Commissioning()
        self._modem = modem
        self._bench = bench
        self._ledger = ledger
        self._settings = settings
        self._clock = clock
        self._random = random
        self._imei = ""
        self._inserted = False
        self._told = asyncio.Event()
        self._gone = asyncio.Event()

    def card_changed(self) -> None:
        """A person says that another card is in."""
        self._told.set()

    def doubt(self) -> None:
        """Another port reads this slot's card: look whether it is still here."""
        self.doubted = True
        self._told.set()

    async def run(self) -> None:
        """Until cancelled, or with `one_card` until that is served.

        Raises:
            BenchRefusedError: the bench policy met a real modem. StoreError.
        """
        try:
            while self.phase is not Phase.FINISHED:
                try:
                    await self._serve()
                except AtError as error:
                    self._leave(Phase.BROKEN)
                    self.error = error
                    self._bench.changed()
                    await self._modem.close()
                    self._told.clear()
                    await self._pause(REOPEN_S)
        finally:
            await self._modem.close()

    async def _serve(self) -> None:
        """One card, from its being found to its end here. Raises AtError."""
        sim = await self._find_card()
        iccid = sim.iccid or ""
        await self._ledger.sight(
            iccid, self.port, imei=self._imei, policy=self._settings.policy, inserted=self._inserted
        )
        self._inserted = False
        self.iccid = iccid
        self._bench.claim(self, iccid)
        self.doubted = False
        if self.twice or not self._bench.works_on(iccid):
            self._go(Phase.SET_ASIDE, Commissioning(state=State.MODEM_STARTING, reason=None, iccid=iccid))
            await self._until_taken_out()
        elif await self._commission(iccid):
            await self._modem.open()
            operator = await self._modem.operator()
            await self._ledger.put(replace(self._ledger.records[iccid], operator=operator))
            self._go(Phase.FINISHED if self._settings.one_card else Phase.DONE, self.snapshot)
            if not self._settings.one_card:
                await self._until_taken_out()

    # --- finding a card ---

    async def _find_card(self) -> SimFacts:
        """Open the modem and wait for a card whose number can be read."""
        identity = await self._modem.open()
        if not (identity.simulated or self._settings.policy.real_modem or self._settings.owns_network):
            raise BenchRefusedError(identity.model)
        self._imei, self.error = identity.imei, None
        empty_since = self._clock.monotonic()
        while True:
            sim = await self._modem.sim()
            if self._told.is_set():
                if self.iccid in {None, sim.iccid}:
                    await self._restart_card()
                    sim = await self._modem.sim()
                self._told.clear()
                self._inserted = True
            if sim.iccid is None and sim.condition is SimCondition.PIN and self._settings.pin is not None:
                # Some modems hide a locked card's number.
                with contextlib.suppress(PinRefusedError):
                    sim = await self._modem.unlock(self._settings.pin)
            if sim.iccid is not None and sim.condition not in {SimCondition.MISSING, SimCondition.FAILED}:
                return sim
            self._inserted = True
            self._leave(Phase.EMPTY, _empty(sim))
            if self._clock.monotonic() - empty_since >= RESTART_CARD_S:
                await self._restart_card()
                empty_since = self._clock.monotonic()
            else:
                await self._pause(self._settings.poll_s)

    async def _until_taken_out(self) -> None:
        """While this card's number can be read. Raises AtError."""
        while True:
            await self._pause(self._settings.poll_s)
            if self._told.is_set():
                return
            sim = await self._modem.sim()
            if sim.iccid != self.iccid:
                self._inserted = True
                self._leave(Phase.EMPTY, _empty(sim))
                return

    async def _restart_card(self) -> None:
        """Radio and card off and on, when the rules allow the attempt that this is if the card is the same."""
        if self.iccid is not None and (record := self._ledger.records.get(self.iccid)) is not None:
            now = self._clock.now()
            if record.snapshot.state is not State.STOPPED:
                allowed = self._settings.policy.hint(record.snapshot.ladder, now).planned_at or now
                await self._clock.sleep(max(0.0, allowed - now))
        self._told.clear()
        self._inserted = True
        try:
            await self._modem.client.send(commands.set_functionality(0))
            await self._clock.sleep(CARD_OFF_S)
        finally:
            await self._modem.client.send(commands.set_functionality(1))

    # --- commissioning it ---

    async def _commission(self, iccid: str) -> bool:
        """Until the network serves the card (True), or it is taken out, or a person says that it was (False)."""
        self._gone.clear()
        settings = self._settings
        runner = CommissioningRunner(
            self._modem,
            CardStore(self._ledger, iccid),
            policy=settings.policy,
            clock=self._clock,
            random=self._random,
            pin=settings.pin,
            poll_s=settings.poll_s,
            observer=self._follow,
            bench_on_real_modem=settings.owns_network,
        )
        self._go(Phase.WORKING, self._ledger.records[iccid].snapshot)
        running = asyncio.create_task(runner.run(), name=f"commissioning in {self.port}")
        signs = [asyncio.create_task(event.wait()) for event in (self._gone, self._told)]
        signs.append(asyncio.create_task(self._watch_number(iccid), name=f"card in {self.port}"))
        try:
            await asyncio.wait({running, *signs}, return_when=asyncio.FIRST_COMPLETED)
            if running.done():
                return running.result().reason is Reason.ACTIVATED
            return False
        finally:
            for task in (running, *signs):
                task.cancel()
            await asyncio.gather(running, *signs, return_exceptions=True)

    async def _watch_number(self, iccid: str) -> Literal[True]:
        """Until another card answers: many modems say nothing when cards are changed quickly."""
        while True:
            await self._clock.sleep(2 * self._settings.poll_s)
            # A modem that does not answer now is the runner's business.
            with contextlib.suppress(AtError):
                number = await self._modem.card_number()
                if number is not None and number != iccid:
                    self._inserted = True
                    return True

    def _follow(self, progress: Progress) -> None:
        match progress.event:
            case SimReported(status="missing" | "failed"):
                self._inserted = True
                self._gone.set()
            case SimReported(iccid=str(other)) if other != self.iccid:
                self._inserted = True
                self._gone.set()
            case _:
                self.snapshot = progress.snapshot
        self._bench.changed()

    # --- small words ---

    def _go(self, phase: Phase, snapshot: Commissioning) -> None:
        self.phase, self.snapshot = phase, snapshot
        self._bench.changed()

    def _leave(self, phase: Phase, snapshot: Commissioning | None = None) -> None:
        """No card is known to be here."""
        self.iccid, self.twice, self.doubted = None, False, False
        lost = Commissioning(state=State.NO_MODEM, reason=Reason.NO_ANSWER)
        self._go(phase, lost if snapshot is None else snapshot)

    async def _pause(self, seconds: float) -> None:
        """Some time, less when a person says something."""
        waiting = [asyncio.create_task(self._clock.sleep(seconds)), asyncio.create_task(self._told.wait())]
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.gather(*waiting, return_exceptions=True)


def _empty(sim: SimFacts) -> Commissioning:
    """A slot without a card that can be worked on."""
    match sim.condition:
        case SimCondition.PIN:
            return Commissioning(state=State.SIM_LOCKED, reason=Reason.PIN_NEEDED)
        case SimCondition.PUK:
            return Commissioning(state=State.SIM_LOCKED, reason=Reason.PUK_NEEDED)
        case SimCondition.MISSING:
            return Commissioning(state=State.SIM_MISSING, reason=Reason.SIM_ABSENT)
        case _:
            return Commissioning(state=State.SIM_MISSING, reason=Reason.SIM_FAILED)
