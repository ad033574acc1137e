"""One life of the modem, from opening it to its end: what it reports becomes events, what is asked is done.

    life ─┬─ notices: SIM changed, data lost, link lost, restart
          ├─ watch:   signal and registration, at each change that the modem announces and now and then
          └─ jobs:    read SIM, enter PIN, cycle the radio, open and close data, one after the other

Any AtError ends the life with ModemLost: opening the modem anew is the one cure that always applies.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final

from at_commands.codes import RegistrationStatus
from at_commands.errors import AtError, ModemRebootedError
from gateway.first_of import first_of
from gateway.forbidden_networks import home_is_forbidden
from gateway.modem import Modem
from gateway.modem_facts import (
    DataRefusedError,
    ModemIdentity,
    Notice,
    PinRefusedError,
    RadioFacts,
    RegistrationFacts,
    SimCondition,
    SimFacts,
)
from gateway.pin_memory import PinRefusal
from gateway.uplink import Uplink
from provisioning.clock import Clock
from provisioning.journey import (
    AttemptFinished,
    DataLost,
    DataOpened,
    DataRefused,
    Event,
    ModemLost,
    ModemReady,
    Network,
    PinRejected,
    RadioReported,
    SimReported,
)

log: Final = logging.getLogger(__name__)

# For how long a modem may look for its network after a radio cycle before the attempt counts as finished.
SETTLE_S: Final = 120.0
# A radio side that has not changed for so long is looked at less often: its URCs tell what matters.
CALM_AFTER_S: Final = 60.0
CALM_FACTOR: Final = 6.0
# A card that has just been started may be busy; a modem that cannot read it is not asked for ever.
LIST_ASKED_AT_MOST: Final = 3

_NETWORKS: Final = {
    RegistrationStatus.IDLE: Network.IDLE,
    RegistrationStatus.SEARCHING: Network.SEARCHING,
    RegistrationStatus.UNKNOWN: Network.SEARCHING,
    RegistrationStatus.DENIED: Network.DENIED,
    RegistrationStatus.EMERGENCY_ONLY: Network.EMERGENCY,
    RegistrationStatus.ACCESS_TO_RLOS: Network.EMERGENCY,
}
_UNSETTLED: Final = frozenset({Network.IDLE, Network.SEARCHING})
_FORBIDDEN: Final = RegistrationFacts(RegistrationStatus.DENIED, 11)

# How the lifecycle names them: what has failed before is as good as wrong, an unknown number as one left.
_REJECTIONS: Final = {
    PinRefusal.WRONG: "wrong",
    PinRefusal.FAILED_BEFORE: "wrong",
    PinRefusal.LAST_TRY: "last_try",
    PinRefusal.TRIES_UNKNOWN: "last_try",
    PinRefusal.PUK: "puk",
}

Post = Callable[[Event], None]
Complain = Callable[[Notice], Awaitable[None]]
Job = Callable[[], Awaitable[None]]


class ModemLife:
    """One life.

    Args:
        poll_s: between two looks at the radio side; they cost the network nothing.
        admit: called with the identity before anything else is done with the modem; may raise.
        post: where events go.
        complain: told what the modem complains of.
    """

    def __init__(
        self,
        modem: Modem,
        *,
        clock: Clock,
        pin: str | None,
        uplink: Uplink | None,
        poll_s: float,
        admit: Callable[[ModemIdentity], None],
        post: Post,
        complain: Complain,
    ) -> None:
        self._modem = modem
        self._clock = clock
        self._pin = pin
        self._uplink = uplink
        self._poll_s = poll_s
        self._admit = admit
        self._post = post
        self._complain = complain
        self._jobs: asyncio.Queue[Job] = asyncio.Queue()
        self._watching = asyncio.Event()
        self._look = asyncio.Event()
        self._looked = asyncio.Event()
        self._cycling = False
        self._home_forbidden: bool | None = None  # the list of forbidden networks, as of this search
        self._list_asked = 0
        self.radio: RadioFacts | None = None

    async def run(self, after_s: float) -> None:
        """Open the modem after `after_s` and live until ModemLost is posted. Raises what `admit` raises."""
        try:
            if after_s > 0:
                await self._clock.sleep(after_s)
            identity = await self._modem.open()
            self._admit(identity)
            self._post(ModemReady(identity.imei, identity.model, identity.simulated))
            await first_of(self._listen(), self._work(), self._watch())
        except AtError as error:
            log.info("the modem is lost: %s", error)
            self._post(ModemLost(error.kind))
        finally:
            await self._modem.close()

    # --- what is asked for; each is done when its turn comes ---

    def read_sim(self) -> None:
        self._jobs.put_nowait(self._read_sim)

    def enter_pin(self) -> None:
        self._jobs.put_nowait(self._enter_pin)

    def watch_radio(self) -> None:
        self.radio = None
        self._forget_list()
        self._watching.set()
        self._look.set()

    def cycle_radio(self) -> None:
        self._jobs.put_nowait(self._cycle_radio)

    def open_data(self) -> None:
        self._jobs.put_nowait(self._open_data)

    def close_data(self) -> None:
        self._jobs.put_nowait(self._close_data)

    async def idle(self) -> None:
        """Return when all that was asked for is done."""
        await self._jobs.join()

    # --- the three works of a life ---

    async def _listen(self) -> None:
        async for notice in self._modem.notices():
            match notice:
                case Notice.SIM_CHANGED:
                    self.read_sim()
                case Notice.RADIO_CHANGED:
                    self._look.set()
                case Notice.DATA_LOST:
                    self._post(DataLost())
                case _:
                    await self._complain(notice)

    async def _work(self) -> None:
        while True:
            job = await self._jobs.get()
            try:
                await job()
            finally:
                self._jobs.task_done()

    async def _watch(self) -> None:
        await self._watching.wait()
        changed_at = self._clock.monotonic()
        while True:
            self._look.clear()
            if not self._cycling and self._take(await self._judged(await self._modem.radio())):
                changed_at = self._clock.monotonic()
            calm = self._clock.monotonic() - changed_at > CALM_AFTER_S
            await _either(self._clock.sleep(self._poll_s * (CALM_FACTOR if calm else 1)), self._look.wait())
            if calm and not self._cycling and not await self._modem.settings_intact():
                raise ModemRebootedError("AT+CMEE?", "its settings are gone")

    async def _judged(self, radio: RadioFacts) -> RadioFacts:
        """A modem whose card forbids its own network says that it searches, and does so for ever. That is a denial,
        with the cause that led to it. The card is asked once a search, or until it answers.
        """
        if not {_network(radio.cs.status), _network(radio.ps.status)} <= _UNSETTLED:
            self._forget_list()
            return radio
        unknown = self._home_forbidden is None and self._list_asked < LIST_ASKED_AT_MOST
        if unknown and radio.rssi_dbm is not None:
            self._list_asked += 1
            self._home_forbidden = await home_is_forbidden(self._modem.client)
        return replace(radio, cs=_FORBIDDEN) if self._home_forbidden else radio

    def _forget_list(self) -> None:
        self._home_forbidden, self._list_asked = None, 0

    def _take(self, radio: RadioFacts) -> bool:
        """Post what has changed; whether anything has."""
        if self._cycling or radio == self.radio:
            return False
        self.radio = radio
        self._looked.set()
        self._post(
            RadioReported(
                radio.rssi_dbm,
                _network(radio.cs.status),
                _network(radio.ps.status),
                radio.cs.cause,
                radio.ps.cause,
            )
        )
        return True

    # --- the jobs ---

    async def _read_sim(self) -> None:
        self._report_sim(await self._modem.sim())

    def _report_sim(self, sim: SimFacts) -> None:
        self._post(SimReported(sim.condition.value, sim.iccid, sim.imsi, sim.pin_attempts_left))

    async def _enter_pin(self) -> None:
        if self._pin is None:
            self._post(PinRejected("not_given", (await self._modem.sim()).pin_attempts_left))
            return
        try:
            self._report_sim(await self._modem.unlock(self._pin))
        except PinRefusedError as error:
            self._post(PinRejected(_REJECTIONS[error.refusal], error.attempts_left))

    async def _cycle_radio(self) -> None:
        self._cycling = True
        try:
            await self._modem.radio_cycle()
            sim = await self._modem.sim()
            if sim.condition is SimCondition.PIN and self._pin is not None:
                # The card was without power: it wants the PIN that it has accepted before.
                with contextlib.suppress(PinRefusedError):
                    sim = await self._modem.unlock(self._pin)
        finally:
            self._cycling = False
        if sim.condition is SimCondition.READY:
            await self._settle()
        else:
            self._report_sim(sim)
        self._post(AttemptFinished())

    async def _settle(self) -> None:
        """Until the network has answered, in both domains or with a yes in one."""
        # The answer may be the same as the last one, and is news all the same.
        self.radio = None
        self._forget_list()
        self._look.set()
        until = self._clock.monotonic() + SETTLE_S
        while (left_s := until - self._clock.monotonic()) > 0:
            self._looked.clear()
            if self._answered():
                return
            await _either(self._clock.sleep(left_s), self._looked.wait())

    def _answered(self) -> bool:
        if self.radio is None:
            return False
        answers = {_network(self.radio.cs.status), _network(self.radio.ps.status)}
        return answers.isdisjoint(_UNSETTLED) or any(answer.registered for answer in answers)

    async def _open_data(self) -> None:
        if self._uplink is None:
            return
        try:
            self._post(DataOpened(await self._uplink.open_data()))
        except DataRefusedError as error:
            self._post(DataRefused(error.cause))

    async def _close_data(self) -> None:
        if self._uplink is not None:
            await self._uplink.close_data()


def _network(status: RegistrationStatus) -> Network:
    if status.registered:
        return Network.ROAMING if status.roaming else Network.HOME
    return _NETWORKS[status]


async def _either(*works: Awaitable[object]) -> None:
    """Wait for the first; the others are dropped."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
