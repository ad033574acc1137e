"""What each event does: the actions that the table of `lifecycle` names.

An action takes the snapshot, the event and the moment and gives the next snapshot and the effects. It is only called
in the states that the table names, so it asks for nothing that the state already says.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random
from typing import Any, Final, TypeAlias

from provisioning import restarts
from provisioning.backoff import Ladder, WaitingPolicy, reconnect_delay_s
from provisioning.journey import (
    AttemptDue,
    AttemptFinished,
    BrokerConnected,
    BrokerLost,
    BrokerRefused,
    CancelAttempt,
    ClockJumped,
    CloseData,
    Commissioning,
    ConnectBroker,
    CycleRadio,
    DataLost,
    DataOpened,
    DataRefused,
    DisconnectBroker,
    Effect,
    EnterPin,
    Goal,
    Hint,
    ModemLost,
    ModemReady,
    Network,
    OpenData,
    OpenModem,
    PinRejected,
    RadioReported,
    ReadSim,
    Reason,
    RegisterAnswered,
    RegisterTimedOut,
    ScheduleAttempt,
    SendRegister,
    SimReported,
    Started,
    StartTelemetry,
    State,
    StopRequested,
    StopTelemetry,
    WatchRadio,
)
from provisioning.meanings import (
    ANSWERS,
    DENIALS,
    LOSSES,
    PERMANENT_CAUSES,
    REJECTED_PINS,
    RESTARTS,
    UNSTABLE,
)


@dataclass(frozen=True, slots=True)
class Moment:
    """What a step may know of the world. `now` is wall time in seconds."""

    now: float
    random: Random
    policy: WaitingPolicy


Outcome: TypeAlias = tuple[Commissioning, tuple[Effect, ...]]
Action: TypeAlias = Callable[[Commissioning, Any, Moment], Outcome]


# --- the layers ---

WAITING: Final = frozenset({State.DENIED, State.WAITING_ACTIVATION})
RADIO: Final = WAITING | {State.SEARCHING, State.REGISTERED_NO_DATA}
CLOUD: Final = frozenset({State.CLOUD_CONNECTING, State.REGISTERING, State.PENDING_APPROVAL, State.ONLINE})
DATA: Final = CLOUD | {State.ATTACHED}
CARD: Final = frozenset({State.MODEM_STARTING, State.SIM_MISSING, State.SIM_LOCKED})
SERVED: Final = RADIO | DATA
WITH_MODEM: Final = CARD | SERVED
RUNNING: Final = WITH_MODEM | {State.NO_MODEM}

# --- how long to wait ---

SIM_AGAIN_S: Final = 10.0
"""Between two looks for a card that is missing."""

LOCKED_AGAIN_S: Final = 60.0
"""Between two looks at a locked card: somebody may have put in another one."""

REOPEN_CAP_S: Final = 30.0
FIRST_LOOK_S: Final = 30.0
"""An attempt that fell due while the program was away waits so long: the modem may have registered meanwhile."""

STABLE_S: Final = 60.0
"""What held so long was good: its loss counts as the first failure, not as one more in a row. Without this a broker or
a cell that lets us in and throws us out would be met at once, each time, and handshakes eat a month's traffic."""

PENDING_AGAIN_S: Final = 60.0
ASK_FLOOR_S: Final = 1.0
"""Whatever the registrar says, not more often."""

REFUSED_AGAIN_S: Final = 900.0
"""A refused registration is put right by people; asking more often would only fill logs."""

REOPEN_DATA_EVERY: Final = 5
"""So many failed connects in a row may mean that the data session is dead although nobody said so."""


# --- small words of the actions ---


def _go(
    s: Commissioning, m: Moment, state: State, reason: Reason | None = None, **facts: Any
) -> Commissioning:
    moved = (state, reason) != (s.state, s.reason)
    return replace(s, state=state, reason=reason, since=m.now if moved else s.since, **facts)


def _failures(s: Commissioning, m: Moment) -> int:
    """In a row, with the one that has just come."""
    held = s.state is State.ONLINE and m.now - s.since >= STABLE_S
    return 1 if held else s.failures + 1


def _shifted(s: Commissioning, by_s: float) -> Commissioning:
    """The same after the wall clock was set."""
    waiting = None if s.waiting_since is None else s.waiting_since + by_s
    stamps = tuple(stamp + by_s for stamp in s.restarts)
    ladder = s.ladder.shifted(by_s)
    return replace(s, ladder=ladder, since=s.since + by_s, waiting_since=waiting, restarts=stamps)


def _torn_down(s: Commissioning) -> tuple[Effect, ...]:
    """Close what stands above the radio."""
    if s.state not in DATA:
        return ()
    cloud: tuple[Effect, ...] = (StopTelemetry(), DisconnectBroker()) if s.state in CLOUD else ()
    return (*cloud, CloseData())


def _scheduled(before: Commissioning, after: Commissioning) -> tuple[Effect, ...]:
    """Bring the runner's timer in line with the plan."""
    at = after.next_attempt_at
    if at is None:
        return () if before.next_attempt_at is None else (CancelAttempt(),)
    if at == before.next_attempt_at and before.state in RADIO:
        return ()
    return (ScheduleAttempt(at),)


# --- modem ---


def start(s: Commissioning, event: Started, m: Moment) -> Outcome:
    if s.since > m.now:
        # The clock was set back while nobody looked: at least by so much.
        s = _shifted(s, m.now - s.since)
    fresh = {"failures": 0, "cs": Network.IDLE, "ps": Network.IDLE, "goal": event.goal, "address": None}
    return _go(s, m, State.NO_MODEM, Reason.STARTED, **fresh), (OpenModem(),)


def modem_ready(s: Commissioning, event: ModemReady, m: Moment) -> Outcome:
    reason = s.reason if s.reason in {Reason.REBOOTED, *UNSTABLE} else None
    facts = {"imei": event.imei, "simulated": event.simulated, "failures": 0}
    return _go(s, m, State.MODEM_STARTING, reason, **facts), (ReadSim(),)


def modem_lost(s: Commissioning, event: ModemLost, m: Moment) -> Outcome:
    down = _torn_down(s)
    failures = _failures(s, m)
    gone = {
        "cs": Network.IDLE,
        "ps": Network.IDLE,
        "rssi_dbm": None,
        "failures": failures,
        "address": None,
    }
    if event.kind in RESTARTS:
        # It registers by itself now, which the network counts like any other attempt.
        charged = m.policy.charge(s.ladder, m.now)
        stamps = restarts.with_restart(s.restarts, m.now)
        reason = RESTARTS[event.kind]
        if reason is Reason.REBOOTED and len(stamps) >= restarts.AGAIN_AND_AGAIN:
            reason = Reason.RESTARTS_AGAIN
        after = _go(s, m, State.MODEM_STARTING, reason, ladder=charged, restarts=stamps, **gone)
        return after, (*down, CancelAttempt(), OpenModem(restarts.pause_s(len(stamps))))
    again_s = min(REOPEN_CAP_S, 2.0 ** min(failures - 1, 5))
    reason = LOSSES.get(event.kind, Reason.LINK_LOST)
    if s.reason in UNSTABLE and reason in {Reason.NO_ANSWER, Reason.LINK_LOST}:
        # It went without its supply: that nothing answers now is no news, and why is what helps.
        reason = s.reason
    after = _go(s, m, State.NO_MODEM, reason, **gone)
    return after, (*down, CancelAttempt(), OpenModem(again_s))


# --- card ---


def sim(s: Commissioning, event: SimReported, m: Moment) -> Outcome:
    same = event.iccid is None or s.iccid is None or event.iccid == s.iccid
    if event.status == "ready" and same and s.state in SERVED:
        return replace(s, iccid=event.iccid or s.iccid, imsi=event.imsi or s.imsi), ()
    down = _torn_down(s)
    facts: dict[str, Any] = {"pin_attempts_left": event.pin_attempts_left, "iccid": event.iccid or s.iccid}
    if not same:
        # Another card begins its own wait; the hour's attempts were this modem's and still count.
        facts |= {"ladder": m.policy.end(s.ladder), "attempts": 0, "waiting_since": None, "cause": None}
    match event.status:
        case "ready":
            facts |= {"imsi": event.imsi, "cs": Network.IDLE, "ps": Network.IDLE, "failures": 0}
            after = _go(s, m, State.SEARCHING, None, **facts)
            at = after.next_attempt_at
            if at is None:
                return after, (*down, WatchRadio())
            # A plan made before a restart still stands.
            look_first = m.now + min(FIRST_LOOK_S, m.policy.min_spacing_s)
            return after, (*down, WatchRadio(), ScheduleAttempt(max(at, look_first)))
        case "pin":
            tried = s.state is State.SIM_LOCKED and s.reason in {Reason.PIN_WRONG, Reason.PIN_LAST_TRY}
            if tried and same:
                return replace(s, **facts), (ReadSim(LOCKED_AGAIN_S),)
            return _go(s, m, State.SIM_LOCKED, Reason.PIN_NEEDED, **facts), (*down, EnterPin())
        case "puk":
            locked = _go(s, m, State.SIM_LOCKED, Reason.PUK_NEEDED, **facts)
            return locked, (*down, ReadSim(LOCKED_AGAIN_S))
        case "missing" | "failed":
            reason = Reason.SIM_ABSENT if event.status == "missing" else Reason.SIM_FAILED
            after = _go(s, m, State.SIM_MISSING, reason, **facts)
            return after, (*down, CancelAttempt(), ReadSim(SIM_AGAIN_S))


def pin_rejected(s: Commissioning, event: PinRejected, m: Moment) -> Outcome:
    reason = REJECTED_PINS.get(event.why, Reason.PIN_NEEDED)
    after = _go(s, m, State.SIM_LOCKED, reason, pin_attempts_left=event.attempts_left)
    return after, (ReadSim(LOCKED_AGAIN_S),)


# --- radio ---


def radio(s: Commissioning, event: RadioReported, m: Moment) -> Outcome:
    """Place a modem without a data session by what it says of its registration."""
    seen = replace(s, rssi_dbm=event.rssi_dbm, cs=event.cs, ps=event.ps)
    if event.cs.registered or event.ps.registered:
        return _served(s, seen, event, m)
    if Network.DENIED in (event.cs, event.ps):
        return _denied(s, seen, event, m)
    if s.state in WAITING:
        # Between a radio cycle and the network's answer: the person keeps the answer that is known.
        return seen, ()
    ladder = _planned(seen, m)
    after = _go(seen, m, State.SEARCHING, Reason.NO_SIGNAL if event.rssi_dbm is None else None, ladder=ladder)
    return after, _scheduled(s, after)


def _denied(s: Commissioning, seen: Commissioning, event: RadioReported, m: Moment) -> Outcome:
    cause = event.cs_cause if event.cs_cause is not None else event.ps_cause
    if cause is None and seen.cause in PERMANENT_CAUSES:
        # Modems tell a cause once or not at all; a blocked card is not new again because this look brought none.
        cause = seen.cause
    state, reason = DENIALS.get(cause, (State.DENIED, Reason.NETWORK_TROUBLE))
    ladder = seen.ladder
    if seen.waiting_since is None:
        # The wait begins with the denial, however long the search before it was.
        ladder = m.policy.begin(m.policy.end(ladder), m.now)
    elif _listens(cause) != _listens(seen.cause):
        ladder = replace(ladder, planned_at=None)
    ladder = m.policy.plan(m.policy.begin(ladder, m.now), m.now, m.random, listening=_listens(cause))
    waiting_since = m.now if seen.waiting_since is None else seen.waiting_since
    after = _go(seen, m, state, reason, cause=cause, ladder=ladder, waiting_since=waiting_since)
    return after, _scheduled(s, after)


def _served(s: Commissioning, seen: Commissioning, event: RadioReported, m: Moment) -> Outcome:
    if seen.waiting_since is not None:
        waited_s = max(0.0, m.now - seen.waiting_since)
        seen = replace(
            seen, activation_wait_s=waited_s, waiting_since=None, cause=None, ladder=m.policy.end(seen.ladder)
        )
    if seen.goal is Goal.ACTIVATED:
        after = _go(seen, m, State.STOPPED, Reason.ACTIVATED, ladder=m.policy.end(seen.ladder))
        return after, (CancelAttempt(),)
    if event.ps is Network.DENIED:
        if s.state is not State.REGISTERED_NO_DATA:
            # What was planned for the search has nothing to do with data.
            seen = replace(seen, ladder=m.policy.end(seen.ladder))
        ladder = m.policy.plan(m.policy.begin(seen.ladder, m.now), m.now, m.random)
        facts = {"data_cause": event.ps_cause, "ladder": ladder}
        after = _go(seen, m, State.REGISTERED_NO_DATA, Reason.DATA_NOT_ENABLED, **facts)
        return after, _scheduled(s, after)
    if s.state is State.REGISTERED_NO_DATA and s.reason is Reason.DATA_REFUSED:
        return seen, ()
    after = _go(seen, m, State.ATTACHED, None, ladder=m.policy.end(seen.ladder))
    return after, (CancelAttempt(), OpenData())


def _listens(cause: int | None) -> bool:
    """Does the modem try by itself?"""
    return cause is not None and cause not in PERMANENT_CAUSES


def _planned(s: Commissioning, m: Moment) -> Ladder:
    """The ladder with its next attempt.

    A search that no denial came before is the modem's own work, so is a denial with a temporary cause. A search in the
    middle of a wait is not: a modem that was restarted or lost goes on where the wait stood.
    """
    searches = s.waiting_since is None and s.state is not State.REGISTERED_NO_DATA
    ladder = m.policy.begin(s.ladder, m.now)
    return m.policy.plan(ladder, m.now, m.random, listening=searches or _listens(s.cause))


def attempt_due(s: Commissioning, event: AttemptDue, m: Moment) -> Outcome:
    if not m.policy.due(s.ladder, m.now):
        ladder = _planned(s, m)
        after = replace(s, ladder=ladder)
        return after, () if ladder.planned_at is None else (ScheduleAttempt(ladder.planned_at),)
    charged = replace(s, ladder=m.policy.charge(s.ladder, m.now), attempts=s.attempts + 1)
    if s.state is State.REGISTERED_NO_DATA and s.reason is Reason.DATA_REFUSED:
        return _go(charged, m, State.ATTACHED), (OpenData(),)
    return replace(charged, cs=Network.SEARCHING, ps=Network.SEARCHING), (CycleRadio(),)


def attempt_finished(s: Commissioning, event: AttemptFinished, m: Moment) -> Outcome:
    """Plan the next one, whatever this one brings: an answer that never comes must not end the wait."""
    after = replace(s, ladder=_planned(s, m))
    if s.state in WAITING and s.rssi_dbm is None and s.cs is not Network.DENIED:
        after = _go(after, m, State.SEARCHING, Reason.NO_SIGNAL)
    return after, _scheduled(s, after)


def hint(s: Commissioning, event: Hint, m: Moment) -> Outcome:
    after = replace(s, ladder=m.policy.hint(m.policy.begin(s.ladder, m.now), m.now))
    return after, _scheduled(s, after)


# --- data ---


def radio_below_data(s: Commissioning, event: RadioReported, m: Moment) -> Outcome:
    """While data flows only a denial counts: modems lose sight of a cell for seconds and keep the session."""
    if Network.DENIED in (event.cs, event.ps) and not (event.cs.registered or event.ps.registered):
        after, effects = _denied(s, replace(s, rssi_dbm=event.rssi_dbm, cs=event.cs, ps=event.ps), event, m)
        return after, (*_torn_down(s), *effects)
    return replace(s, rssi_dbm=event.rssi_dbm, cs=event.cs, ps=event.ps), ()


def data_opened(s: Commissioning, event: DataOpened, m: Moment) -> Outcome:
    facts = {"address": event.address, "data_cause": None, "ladder": m.policy.end(s.ladder)}
    return _go(s, m, State.CLOUD_CONNECTING, None, **facts), (ConnectBroker(),)


def data_refused(s: Commissioning, event: DataRefused, m: Moment) -> Outcome:
    ladder = m.policy.plan(m.policy.begin(s.ladder, m.now), m.now, m.random)
    after = _go(s, m, State.REGISTERED_NO_DATA, Reason.DATA_REFUSED, data_cause=event.cause, ladder=ladder)
    return after, (CloseData(), *_scheduled(s, after))


def data_lost(s: Commissioning, event: DataLost, m: Moment) -> Outcome:
    failures = _failures(s, m)
    facts = {"address": None, "failures": failures}
    again_s = reconnect_delay_s(failures, m.random, base_s=5.0, cap_s=300.0)
    return _go(s, m, State.ATTACHED, None, **facts), (*_torn_down(s), OpenData(again_s))


# --- cloud ---


def broker_connected(s: Commissioning, event: BrokerConnected, m: Moment) -> Outcome:
    if s.device_id is not None:
        return _go(s, m, State.ONLINE, None, broker_code=None), (StartTelemetry(),)
    asked = {"register_attempts": s.register_attempts + 1, "broker_code": None}
    return _go(s, m, State.REGISTERING, None, **asked), (SendRegister(),)


def broker_lost(s: Commissioning, event: BrokerLost, m: Moment) -> Outcome:
    failures = _failures(s, m)
    off: tuple[Effect, ...] = (StopTelemetry(),) if s.state is State.ONLINE else ()
    after_s = reconnect_delay_s(failures, m.random)
    if failures % REOPEN_DATA_EVERY == 0:
        after = _go(s, m, State.ATTACHED, Reason.BROKER_UNREACHABLE, failures=failures, address=None)
        return after, (*off, CloseData(), OpenData(after_s))
    after = _go(s, m, State.CLOUD_CONNECTING, Reason.BROKER_UNREACHABLE, failures=failures)
    return after, (*off, ConnectBroker(after_s))


def broker_refused(s: Commissioning, event: BrokerRefused, m: Moment) -> Outcome:
    failures = _failures(s, m)
    off: tuple[Effect, ...] = (StopTelemetry(),) if s.state is State.ONLINE else ()
    again_s = reconnect_delay_s(failures, m.random, base_s=30.0, cap_s=600.0)
    after = _go(
        s, m, State.CLOUD_CONNECTING, Reason.BROKER_REFUSED, failures=failures, broker_code=event.code
    )
    return after, (*off, ConnectBroker(again_s))


def registered(s: Commissioning, event: RegisterAnswered, m: Moment) -> Outcome:
    asked = {"register_attempts": s.register_attempts + 1, "cloud_reason": event.reason}
    match event.status:
        case "assigned" if event.device_id is not None:
            facts = {"device_id": event.device_id, "registrations": s.registrations + 1}
            return _go(s, m, State.ONLINE, None, cloud_reason=None, **facts), (StartTelemetry(),)
        case "pending":
            again_s = PENDING_AGAIN_S if event.retry_after_s is None else event.retry_after_s
            return _go(s, m, State.PENDING_APPROVAL, None, **asked), (
                SendRegister(max(ASK_FLOOR_S, again_s)),
            )
        case "disabled":
            reason = Reason.DISABLED
        case _:
            reason = ANSWERS.get(event.reason or "", Reason.CLAIM_REFUSED)
    floor_s = REFUSED_AGAIN_S if m.policy.real_modem else ASK_FLOOR_S
    again_s = max(floor_s, event.retry_after_s or 0.0)
    return _go(s, m, State.PENDING_APPROVAL, reason, **asked), (SendRegister(again_s),)


def register_timed_out(s: Commissioning, event: RegisterTimedOut, m: Moment) -> Outcome:
    failures = s.failures + 1
    asked = {"register_attempts": s.register_attempts + 1, "failures": failures}
    again_s = reconnect_delay_s(failures, m.random, base_s=5.0, cap_s=600.0)
    return _go(s, m, State.REGISTERING, Reason.CLOUD_SILENT, **asked), (SendRegister(again_s),)


# --- anywhere ---


def stop(s: Commissioning, event: StopRequested, m: Moment) -> Outcome:
    return _go(s, m, State.STOPPED, Reason.REQUESTED), (*_torn_down(s), CancelAttempt())


def clock(s: Commissioning, event: ClockJumped, m: Moment) -> Outcome:
    after = _shifted(s, event.by_s)
    at = after.next_attempt_at
    return after, () if at is None or s.state not in RADIO else (ScheduleAttempt(at),)
