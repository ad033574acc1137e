"""Runs the commissioning state machine: events come from modem and cloud, effects are carried out here.

    modem, SIM, radio ─┐                                       ┌─► modem jobs, in turn
    cloud link ────────┼─► event ─► step() ─► save ─► effects ─┼─► cloud link
    timers, hints ─────┘                                       └─► timers

The invariant: a snapshot is on disk before any of its effects runs, so a program that dies between the two
repeats effects that are harmless to repeat, and never forgets an attempt that it made.

Work of a modem or a connection that has been given up may still report something; what comes from a life
that is over is dropped.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from random import Random
from typing import Any, ClassVar, Final, Protocol

from gateway.cloud_link import CloudLink
from gateway.explain import explain_snapshot
from gateway.modem import Modem
from gateway.modem_facts import ModemIdentity, RadioFacts
from gateway.modem_life import ModemLife
from gateway.modem_warnings import ModemWarnings
from gateway.uplink import HostUplink, Uplink
from provisioning.backoff import WaitingPolicy
from provisioning.clock import Clock
from provisioning.journey import (
    AttemptDue,
    CancelAttempt,
    ClockJumped,
    CloseData,
    Commissioning,
    ConnectBroker,
    CycleRadio,
    DisconnectBroker,
    Effect,
    EnterPin,
    Event,
    Goal,
    Hint,
    OpenData,
    OpenModem,
    PublishState,
    ReadSim,
    ScheduleAttempt,
    SendRegister,
    Started,
    StartTelemetry,
    State,
    StopRequested,
    StopTelemetry,
    WatchRadio,
)
from provisioning.lifecycle import step
from provisioning.messages import BilingualText, ProvisioningReport

log: Final = logging.getLogger(__name__)

# Wall and monotonic clock are compared so often; NTP's small steps are below the threshold.
CLOCK_CHECK_S: Final = 10.0
CLOCK_JUMP_S: Final = 5.0
# How long a stop waits for the modem to close its data session.
FAREWELL_S: Final = 10.0


class BenchRefusedError(Exception):
    """The bench policy met a modem that did not say that it is a simulator."""

    kind: ClassVar[str] = "bench_refused"

    def __init__(self, model: str) -> None:
        super().__init__(f"the waiting policy is for simulators, and {model or 'this modem'} is a real one")
        self.model: Final = model


@dataclass(frozen=True, slots=True)
class Progress:
    """What an observer is told after each event: where commissioning stands, and why it came there.

    `at` is the clock's wall time.
    """

    event: Event
    snapshot: Commissioning
    effects: tuple[Effect, ...]
    at: float


Observer = Callable[[Progress], None]


class SnapshotStore(Protocol):
    """Where the snapshot is kept: a DeviceStore, or one card's part of it. A save is on disk when it returns."""

    async def load_snapshot(self) -> str | None: ...

    async def save_snapshot(self, snapshot: str) -> None: ...


class CommissioningRunner:
    """Commissions one device.

    Args:
        modem: not opened yet.
        uplink, cloud: None for pre-activation, which ends with a registered SIM and never opens a data
            session.
        pin: of the SIM card, None: none is known.
        poll_s: between two looks at the registration; they cost the network nothing.
        observer: called after each event, in order; must not block.
        bench_on_real_modem: lets the `bench` policy drive a modem that is not our emulator.
    """

    def __init__(
        self,
        modem: Modem,
        store: SnapshotStore,
        *,
        policy: WaitingPolicy,
        clock: Clock,
        random: Random,
        uplink: Uplink | None = None,
        cloud: CloudLink | None = None,
        pin: str | None = None,
        poll_s: float = 10.0,
        observer: Observer | None = None,
        bench_on_real_modem: bool = False,
    ) -> None:
        self._modem = modem
        self._store = store
        self._policy = policy
        self._clock = clock
        self._random = random
        self._uplink = uplink
        self._cloud = cloud
        self._pin = pin
        self._poll_s = poll_s
        self._observer = observer
        self._bench_allowed = policy.real_modem or bench_on_real_modem
        self._warnings = ModemWarnings(clock, random, None if cloud is None else cloud.put_event)
        self._snapshot = Commissioning()
        # None only wakes the loop, which then looks at the clock.
        self._inbox: asyncio.Queue[Event | Exception | None] = asyncio.Queue()
        self._changed = asyncio.Event()
        self._life: ModemLife | None = None
        # By what they are for; a new one takes the place of the old.
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._offset_s = 0.0

    @property
    def snapshot(self) -> Commissioning:
        """Where commissioning stands."""
        return self._snapshot

    @property
    def radio(self) -> RadioFacts | None:
        """What the modem said last of signal and registration; None: nothing in this life of it."""
        return None if self._life is None else self._life.radio

    async def run(self) -> Commissioning:
        """Until stopped; returns the last snapshot. When it ends, however, all is closed.

        Raises:
            StoreError: the store failed; going on would break the invariant.
            BenchRefusedError: the bench policy met a real modem.
        """
        goal = Goal.ACTIVATED if self._cloud is None else Goal.ONLINE
        try:
            self._snapshot = await self._load()
            self._offset_s = self._clock.now() - self._clock.monotonic()
            self._start("clock", self._watch_clock())
            stop_was_asked = not self._inbox.empty()
            await self._take(Started(goal))
            while not (self._snapshot.state is State.STOPPED and (goal is Goal.ACTIVATED or stop_was_asked)):
                event = await self._inbox.get()
                if isinstance(event, Exception):
                    raise event
                jumped_s = self._clock_jumped_by()
                if jumped_s:
                    # Before the event: it must be judged by a ladder that is dated by the same clock.
                    await self._take(ClockJumped(jumped_s))
                stop_was_asked = stop_was_asked or isinstance(event, StopRequested)
                if event is not None:
                    await self._take(event)
            await self._farewell()
            return self._snapshot
        finally:
            for name in list(self._tasks):
                await self._end(name)

    async def wait_for(self, *states: State) -> Commissioning:
        """Return when commissioning is in one of the states. Give it a deadline."""
        while self._snapshot.state not in states:
            self._changed.clear()
            await self._changed.wait()
        return self._snapshot

    def hint(self, source: str) -> None:
        """Somebody believes that the SIM is active now: one attempt, as soon as the rolling hour has room."""
        self._post(Hint(source))

    def stop(self) -> None:
        """Ask for a graceful end: status `offline`, everything closed. `run` returns then."""
        self._post(StopRequested())

    # --- events ---

    async def _load(self) -> Commissioning:
        text = await self._store.load_snapshot()
        try:
            snapshot = Commissioning() if text is None else Commissioning.from_json(text)
        except ValueError as error:
            # Better to begin anew than not at all; the rolling hour is lost with it.
            log.error("the saved commissioning cannot be read and begins anew: %s", error)
            snapshot = Commissioning()
        if self._cloud is not None:
            # The identity is saved first; a program killed in between knows it there only.
            snapshot = replace(snapshot, device_id=self._cloud.device_id)
        return snapshot

    def _post(self, event: Event) -> None:
        self._inbox.put_nowait(event)

    async def _take(self, event: Event) -> None:
        before = self._snapshot
        after, effects = step(before, event, now=self._clock.now(), random=self._random, policy=self._policy)
        if effects or replace(after, rssi_dbm=None) != replace(before, rssi_dbm=None):
            # A flickering signal is not worth a write.
            await self._store.save_snapshot(after.to_json())
        self._snapshot = after
        self._changed.set()
        if self._observer is not None:
            self._observer(Progress(event, after, effects, self._clock.now()))
        for effect in effects:
            await self._carry_out(effect)

    def _clock_jumped_by(self) -> float:
        """Seconds by which the wall clock was set since the last look; 0.0: it was not."""
        offset_s = self._clock.now() - self._clock.monotonic()
        jumped_s = offset_s - self._offset_s
        if abs(jumped_s) < CLOCK_JUMP_S:
            return 0.0
        log.warning("the wall clock was set by %.0f s", jumped_s)
        self._offset_s = offset_s
        return jumped_s

    async def _watch_clock(self) -> None:
        while True:
            await self._clock.sleep(CLOCK_CHECK_S)
            self._inbox.put_nowait(None)

    # --- effects ---

    async def _carry_out(self, effect: Effect) -> None:
        match effect:
            case OpenModem(after_s):
                await self._open_modem(after_s)
            case ReadSim(after_s):
                self._later("read sim", after_s, self._of_life(ModemLife.read_sim))
            case EnterPin():
                self._of_life(ModemLife.enter_pin)()
            case WatchRadio():
                self._of_life(ModemLife.watch_radio)()
            case CycleRadio():
                self._of_life(ModemLife.cycle_radio)()
            case ScheduleAttempt(at):
                self._later("attempt", at - self._clock.now(), lambda: self._post(AttemptDue()))
            case CancelAttempt():
                await self._end("attempt")
            case OpenData(after_s):
                self._later("open data", after_s, self._of_life(ModemLife.open_data))
            case CloseData():
                await self._end("open data")
                self._of_life(ModemLife.close_data)()
            case ConnectBroker(after_s):
                await self._end("cloud")
                self._start("cloud", self._connect(after_s))
            case DisconnectBroker():
                await self._end("register")
                await self._end("cloud")
            case SendRegister(after_s):
                self._later("register", after_s, self._register)
            case StartTelemetry():
                if self._cloud is not None:
                    self._cloud.start_telemetry()
            case StopTelemetry():
                if self._cloud is not None:
                    self._cloud.stop_telemetry()
            case PublishState():
                if self._cloud is not None:
                    self._cloud.report(report_of(self._snapshot))

    async def _open_modem(self, after_s: float) -> None:
        for name in ("read sim", "open data", "life"):
            await self._end(name)
        life = ModemLife(
            self._modem,
            clock=self._clock,
            pin=self._pin,
            uplink=self._uplink,
            poll_s=self._poll_s,
            admit=self._admit,
            post=lambda event: self._post(event) if self._life is life else None,
            complain=self._warnings.tell,
        )
        self._life = life
        self._start("life", life.run(after_s))

    def _admit(self, identity: ModemIdentity) -> None:
        if not identity.simulated and not self._bench_allowed:
            raise BenchRefusedError(identity.model)

    def _of_life(self, what: Callable[[ModemLife], None]) -> Callable[[], None]:
        life = self._life

        def do() -> None:
            if life is not None and life is self._life:
                what(life)

        return do

    async def _connect(self, after_s: float) -> None:
        if self._cloud is None:
            return
        if after_s > 0:
            await self._clock.sleep(after_s)
        task = asyncio.current_task()

        def emit(event: Event) -> None:
            if self._tasks.get("cloud") is task:
                self._post(event)

        await self._cloud.run(self._uplink or HostUplink(), emit)

    def _register(self) -> None:
        if self._cloud is not None:
            snapshot = self._snapshot
            self._cloud.register(
                imei=snapshot.imei or "",
                iccid=snapshot.iccid or "",
                attempt=max(1, snapshot.register_attempts),
            )

    async def _farewell(self) -> None:
        """Let the modem finish what was asked for, its data session's end above all."""
        if self._life is not None and "life" in self._tasks and not self._tasks["life"].done():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(FAREWELL_S):
                    idle = asyncio.ensure_future(self._life.idle())
                    await asyncio.wait((idle, self._tasks["life"]), return_when=asyncio.FIRST_COMPLETED)
                    idle.cancel()

    # --- tasks ---

    def _later(self, name: str, seconds: float, then: Callable[[], None]) -> None:
        if (old := self._tasks.pop(name, None)) is not None:
            old.cancel()
        if seconds <= 0:
            then()
            return

        async def waiting() -> None:
            await self._clock.sleep(seconds)
            then()

        self._start(name, waiting())

    def _start(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work, name=f"commissioning: {name}")
        task.add_done_callback(self._task_done)
        self._tasks[name] = task

    def _task_done(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if isinstance(error, Exception):
            # The loop in `run` ends with it.
            self._inbox.put_nowait(error)

    async def _end(self, name: str) -> None:
        task = self._tasks.pop(name, None)
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def report_of(snapshot: Commissioning) -> ProvisioningReport:
    """The snapshot as the cloud is told of it."""
    explanation = explain_snapshot(snapshot)
    return ProvisioningReport(
        state=snapshot.state.value,
        reason=None if snapshot.reason is None else snapshot.reason.value,
        since=max(0.0, snapshot.since),
        attempts=snapshot.attempts,
        next_attempt_at=snapshot.next_attempt_at,
        who=explanation.who.value,
        explanation=BilingualText(ru=explanation.render("ru"), en=explanation.render("en")),
    )
