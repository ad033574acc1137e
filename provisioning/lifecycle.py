"""The commissioning state machine: from a modem that may not be there to a device that is on line.

Theory of operation. `step` takes the snapshot and an event, looks the rule up in TABLE by state and kind of event, and
gives the next snapshot and what is to be done. An event without a rule in a state is late or out of place and changes
nothing. The machine is pure; the runner saves the snapshot before it carries out the effects.

The way leads through four layers, and losing a layer loses all above it:

    modem   no_modem ─► modem_starting
    card    sim_missing, sim_locked
    radio   searching, denied, waiting_activation, registered_no_data
    data    attached ─► cloud_connecting ─► registering ─► pending_approval ─► online

The radio layer is what this project exists for. After a *permanent* reject cause the modem is silent until its radio is
cycled: the cycle is the attempt, made at the moments of the waiting policy and charged to its rolling hour. After a
*temporary* one the modem tries by itself, and we only listen. A denial without a cause (most 2G modems tell none)
counts as permanent: a modem that would try by itself does not report "denied" while it does. While a card waits for its
activation no data session is ever opened: that would eat the month's traffic or block the card.

A modem that restarts registers by itself, so a restart is charged like an attempt. A search in the middle of a wait,
after a restart of modem or program, goes on where the wait stood. A connection counts as good only once it has held for
a while: what lets us in and throws us out again is met ever less often. Nothing ends the machine but a request to stop,
and pre-activation's success: what is refused today may be put right by somebody tomorrow.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from random import Random
from typing import Final

from provisioning import transitions
from provisioning.backoff import WaitingPolicy
from provisioning.journey import (
    AttemptDue,
    AttemptFinished,
    BrokerConnected,
    BrokerLost,
    BrokerRefused,
    ClockJumped,
    Commissioning,
    DataLost,
    DataOpened,
    DataRefused,
    Effect,
    Event,
    Hint,
    ModemLost,
    ModemReady,
    PinRejected,
    PublishState,
    RadioReported,
    RegisterAnswered,
    RegisterTimedOut,
    SimReported,
    Started,
    State,
    StopRequested,
)
from provisioning.transitions import (
    CLOUD,
    DATA,
    RADIO,
    RUNNING,
    WAITING,
    WITH_MODEM,
    Action,
    Moment,
)


@dataclass(frozen=True, slots=True)
class Rule:
    """What an event does in a state, and every state that this may lead to."""

    action: Action
    to: frozenset[State]


def step(
    snapshot: Commissioning, event: Event, *, now: float, random: Random, policy: WaitingPolicy
) -> tuple[Commissioning, tuple[Effect, ...]]:
    """One event. Raises nothing; what has no rule changes nothing."""
    rule = TABLE[snapshot.state].get(type(event))
    if rule is None:
        return snapshot, ()
    after, effects = rule.action(snapshot, event, Moment(now, random, policy))
    if _told(after) != _told(snapshot):
        effects = (*effects, PublishState())
    return after, effects


def _told(snapshot: Commissioning) -> tuple[object, ...]:
    """What the cloud and the watchers are told of: a change of it is worth a message."""
    return (snapshot.state, snapshot.reason, snapshot.attempts, snapshot.next_attempt_at, snapshot.device_id)


# --- the table ---

_DENIED_TO: Final = frozenset({State.DENIED, State.WAITING_ACTIVATION})

_RULES: Final[tuple[tuple[Iterable[State], type[Event], Action, Iterable[State]], ...]] = (
    # in these states       this event        does this             and may lead to
    (State, Started, transitions.start, {State.NO_MODEM}),
    (RUNNING, StopRequested, transitions.stop, {State.STOPPED}),
    (RUNNING, ClockJumped, transitions.clock, ()),
    (RUNNING, ModemLost, transitions.modem_lost, {State.NO_MODEM, State.MODEM_STARTING}),
    ({State.NO_MODEM, State.MODEM_STARTING}, ModemReady, transitions.modem_ready, {State.MODEM_STARTING}),
    (WITH_MODEM, SimReported, transitions.sim, {State.SIM_MISSING, State.SIM_LOCKED, State.SEARCHING}),
    ({State.SIM_LOCKED}, PinRejected, transitions.pin_rejected, {State.SIM_LOCKED}),
    (
        RADIO,
        RadioReported,
        transitions.radio,
        {State.SEARCHING, State.REGISTERED_NO_DATA, State.ATTACHED, State.STOPPED} | _DENIED_TO,
    ),
    (WAITING | {State.SEARCHING}, AttemptDue, transitions.attempt_due, ()),
    ({State.REGISTERED_NO_DATA}, AttemptDue, transitions.attempt_due, {State.ATTACHED}),
    (WAITING, AttemptFinished, transitions.attempt_finished, {State.SEARCHING}),
    (RADIO - WAITING, AttemptFinished, transitions.attempt_finished, ()),
    (RADIO, Hint, transitions.hint, ()),
    (DATA, RadioReported, transitions.radio_below_data, _DENIED_TO),
    ({State.ATTACHED}, DataOpened, transitions.data_opened, {State.CLOUD_CONNECTING}),
    ({State.ATTACHED}, DataRefused, transitions.data_refused, {State.REGISTERED_NO_DATA}),
    (DATA, DataLost, transitions.data_lost, {State.ATTACHED}),
    (
        {State.CLOUD_CONNECTING},
        BrokerConnected,
        transitions.broker_connected,
        {State.REGISTERING, State.ONLINE},
    ),
    (CLOUD, BrokerLost, transitions.broker_lost, {State.CLOUD_CONNECTING, State.ATTACHED}),
    (CLOUD, BrokerRefused, transitions.broker_refused, {State.CLOUD_CONNECTING}),
    (CLOUD, RegisterAnswered, transitions.registered, {State.ONLINE, State.PENDING_APPROVAL}),
    (
        {State.REGISTERING, State.PENDING_APPROVAL},
        RegisterTimedOut,
        transitions.register_timed_out,
        {State.REGISTERING},
    ),
)

TABLE: Final[dict[State, dict[type[Event], Rule]]] = {
    state: {kind: Rule(action, frozenset(to)) for states, kind, action, to in _RULES if state in states}
    for state in State
}
"""State → kind of event → rule. What is not in it changes nothing."""
