"""The commissioning state machine, told as stories and held by properties."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from random import Random
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provisioning import journey as j
from provisioning import lifecycle, transitions
from provisioning.backoff import HOUR_S, STANDARD
from provisioning.journey import Commissioning, Effect, Event, Goal, Network, Reason, State

ICCID = "8970101234567890123"


class Device:
    """Feeds events, keeps the clock and all effects."""

    def __init__(self, snapshot: Commissioning | None = None, *, seed: int = 1) -> None:
        self.now = 1_000_000.0
        self.snapshot = snapshot or Commissioning()
        self.effects: list[Effect] = []
        self.last: tuple[Effect, ...] = ()
        self._random = Random(seed)

    def tell(self, *events: Event) -> Device:
        for event in events:
            self.snapshot, self.last = lifecycle.step(
                self.snapshot, event, now=self.now, random=self._random, policy=STANDARD
            )
            self.effects += self.last
        return self

    def wait(self, seconds: float) -> Device:
        self.now += seconds
        return self

    @property
    def where(self) -> tuple[State, Reason | None]:
        return self.snapshot.state, self.snapshot.reason

    def did(self, kind: type[Effect]) -> int:
        return sum(isinstance(effect, kind) for effect in self.effects)


def denied(cause: int | None = 2) -> j.RadioReported:
    return j.RadioReported(-70, Network.DENIED, Network.DENIED, cause, cause)


SEARCHES = j.RadioReported(-70, Network.SEARCHING, Network.SEARCHING)
HOME = j.RadioReported(-70, Network.HOME, Network.HOME)
READY = j.SimReported("ready", ICCID, "250011234567890")


def with_card() -> Device:
    return Device().tell(j.Started(), j.ModemReady("867857030000001"), READY)


def waiting() -> Device:
    return with_card().tell(SEARCHES, denied())


def online() -> Device:
    return with_card().tell(
        HOME,
        j.DataOpened("10.0.0.1"),
        j.BrokerConnected(),
        j.RegisterAnswered("assigned", device_id="d-1"),
    )


def test_the_straight_way() -> None:
    device = online()
    assert device.where == (State.ONLINE, None)
    assert device.snapshot.registrations == 1
    names = [type(effect).__name__ for effect in device.effects if not isinstance(effect, j.PublishState)]
    assert names == [
        "OpenModem",
        "ReadSim",
        "WatchRadio",
        "CancelAttempt",
        "OpenData",
        "ConnectBroker",
        "SendRegister",
        "StartTelemetry",
    ]


def test_a_card_in_stock_waits_cycles_and_comes_on_line() -> None:
    device = waiting()
    assert device.where == (State.WAITING_ACTIVATION, Reason.NOT_ACTIVATED)
    for _ in range(5):
        at = device.snapshot.next_attempt_at
        assert at is not None
        device.wait(at - device.now).tell(j.AttemptDue(), SEARCHES, j.AttemptFinished(), denied())
    assert device.snapshot.attempts == 5
    assert device.did(j.CycleRadio) == 5
    assert device.did(j.OpenData) == 0
    device.wait(60).tell(HOME)
    assert device.where == (State.ATTACHED, None)
    assert device.snapshot.activation_wait_s == pytest.approx(8 * 60 + 60)
    assert device.snapshot.next_attempt_at is None


def test_listening_costs_nothing_while_the_network_is_in_trouble() -> None:
    device = with_card().tell(denied(22))
    assert device.where == (State.DENIED, Reason.NETWORK_TROUBLE)
    at = device.snapshot.next_attempt_at
    assert at is not None
    assert at - device.now > 0.8 * HOUR_S


@pytest.mark.parametrize(
    ("cause", "state", "reason"),
    [
        (None, State.WAITING_ACTIVATION, Reason.NOT_ACTIVATED),
        (3, State.DENIED, Reason.SIM_BLOCKED),
        (6, State.DENIED, Reason.DEVICE_REFUSED),
        (13, State.DENIED, Reason.AREA_REFUSED),
    ],
)
def test_the_cause_tells_whom_to_call(cause: int | None, state: State, reason: Reason) -> None:
    assert with_card().tell(denied(cause)).where == (state, reason)


def test_a_trouble_that_becomes_a_denial_takes_the_quick_ladder() -> None:
    device = with_card().tell(denied(22)).wait(20).tell(denied(2))
    at = device.snapshot.next_attempt_at
    assert at is not None
    assert at - device.now <= 60


def test_a_restart_keeps_the_ladder_and_the_planned_attempt() -> None:
    device = waiting()
    for _ in range(7):
        at = device.snapshot.next_attempt_at
        assert at is not None
        device.wait(at - device.now).tell(j.AttemptDue(), j.AttemptFinished(), denied())
    before = device.snapshot
    reborn = Device(Commissioning.from_json(before.to_json()), seed=99)
    reborn.now = device.now + 30
    reborn.tell(j.Started(), j.ModemReady("867857030000001"), READY, SEARCHES, denied())
    assert reborn.snapshot.ladder == before.ladder
    assert reborn.snapshot.attempts == 7
    assert j.ScheduleAttempt(before.ladder.planned_at or 0) in reborn.effects
    assert reborn.did(j.CycleRadio) == 0


def test_killed_in_the_middle_of_a_cycle_the_attempt_still_counts() -> None:
    device = waiting()
    device.wait(60).tell(j.AttemptDue())
    reborn = Device(Commissioning.from_json(device.snapshot.to_json()))
    reborn.now = device.now + 5
    reborn.tell(j.Started(), j.ModemReady("867857030000001"), READY, denied())
    at = reborn.snapshot.next_attempt_at
    assert at is not None
    assert at >= device.now + 60
    assert reborn.snapshot.attempts == 1


def test_an_attempt_that_is_not_due_is_put_off_not_made() -> None:
    device = waiting().wait(1).tell(j.AttemptDue())
    assert device.did(j.CycleRadio) == 0
    assert isinstance(device.last[0], j.ScheduleAttempt)


def test_a_hint_brings_the_attempt_forward() -> None:
    device = waiting()
    for _ in range(6):
        at = device.snapshot.next_attempt_at
        assert at is not None
        device.wait(at - device.now).tell(j.AttemptDue(), j.AttemptFinished(), denied())
    device.wait(70).tell(j.Hint("button"))
    assert device.snapshot.next_attempt_at == device.now
    device.tell(j.AttemptDue())
    assert device.snapshot.attempts == 7


def test_pre_activation_ends_with_the_network_and_opens_no_data() -> None:
    device = Device().tell(j.Started(Goal.ACTIVATED), j.ModemReady("1"), READY, denied()).wait(600).tell(HOME)
    assert device.where == (State.STOPPED, Reason.ACTIVATED)
    assert device.did(j.OpenData) == device.did(j.ConnectBroker) == 0


def test_a_wrong_pin_is_entered_once() -> None:
    locked = j.SimReported("pin", ICCID, pin_attempts_left=3)
    device = Device().tell(j.Started(), j.ModemReady("1"), locked)
    assert device.did(j.EnterPin) == 1
    device.tell(j.PinRejected("wrong", 2))
    for _ in range(10):
        device.wait(60).tell(replace(locked, pin_attempts_left=2))
    assert device.did(j.EnterPin) == 1
    assert device.where == (State.SIM_LOCKED, Reason.PIN_WRONG)


def test_another_card_gets_its_own_try_and_its_own_wait() -> None:
    device = waiting().wait(100).tell(j.AttemptDue())
    device.tell(j.SimReported("missing")).wait(30)
    assert device.where == (State.SIM_MISSING, Reason.SIM_ABSENT)
    device.tell(j.SimReported("ready", "8970109999999999999", "250019999999999"))
    assert device.snapshot.attempts == 0
    assert device.snapshot.waiting_since is None
    assert len(device.snapshot.ladder.stamps) == 1


def test_no_signal_says_antenna_and_not_operator() -> None:
    device = with_card().tell(j.RadioReported(None, Network.SEARCHING, Network.SEARCHING))
    assert device.where == (State.SEARCHING, Reason.NO_SIGNAL)


def test_the_antenna_falls_off_while_waiting() -> None:
    device = (
        waiting()
        .wait(60)
        .tell(
            j.AttemptDue(),
            j.RadioReported(None, Network.SEARCHING, Network.SEARCHING),
            j.AttemptFinished(),
        )
    )
    assert device.where == (State.SEARCHING, Reason.NO_SIGNAL)
    assert device.snapshot.next_attempt_at is not None
    assert device.snapshot.waiting_since is not None


def test_calls_work_but_data_is_off() -> None:
    device = with_card().tell(j.RadioReported(-70, Network.HOME, Network.DENIED, None, 7))
    assert device.where == (State.REGISTERED_NO_DATA, Reason.DATA_NOT_ENABLED)
    assert device.did(j.OpenData) == 0
    device.wait(60).tell(j.AttemptDue())
    assert device.did(j.CycleRadio) == 1


def test_a_refused_session_is_asked_for_again_without_a_radio_cycle() -> None:
    device = with_card().tell(HOME, j.DataRefused(33), HOME)
    assert device.where == (State.REGISTERED_NO_DATA, Reason.DATA_REFUSED)
    device.wait(60).tell(j.AttemptDue())
    assert device.did(j.CycleRadio) == 0
    assert device.did(j.OpenData) == 2


def test_a_restart_of_the_modem_is_charged_and_closes_everything() -> None:
    device = online().wait(5).tell(j.ModemLost("modem_rebooted"))
    assert device.where == (State.MODEM_STARTING, Reason.REBOOTED)
    assert len(device.snapshot.ladder.stamps) == 1
    assert {type(effect) for effect in device.last} >= {
        j.StopTelemetry,
        j.DisconnectBroker,
        j.CloseData,
        j.OpenModem,
    }


def test_a_modem_that_restarts_again_and_again_is_told_and_left_alone_for_longer_and_longer() -> None:
    device = online()
    pauses, reasons = [], []
    for _ in range(12):
        device.wait(40).tell(j.ModemLost("modem_rebooted"))
        reasons.append(device.snapshot.reason)
        (pause,) = [effect.after_s for effect in device.last if isinstance(effect, j.OpenModem)]
        pauses.append(pause)
        device.wait(pause).tell(j.ModemReady("867857030000001"))
        assert device.snapshot.reason is reasons[-1]
    assert reasons[:3] == [Reason.REBOOTED, Reason.REBOOTED, Reason.RESTARTS_AGAIN]
    assert pauses[:6] == [3, 3, 15, 30, 60, 120]
    assert max(pauses) <= 300
    assert all(pause >= 100 for pause in pauses[5:])
    assert len(device.snapshot.restarts) <= 12


def test_restarts_far_apart_are_accidents() -> None:
    device = online()
    for _ in range(6):
        device.wait(1000).tell(j.ModemLost("modem_rebooted"))
        assert device.snapshot.reason is Reason.REBOOTED


def test_a_modem_without_its_supply_keeps_saying_why() -> None:
    device = online().wait(5).tell(j.ModemLost("modem_brown_out"))
    assert device.where == (State.MODEM_STARTING, Reason.BROWN_OUT)
    device.wait(3).tell(j.ModemLost("no_answer"))
    assert device.where == (State.NO_MODEM, Reason.BROWN_OUT)
    device.wait(3).tell(j.ModemLost("link_busy"))
    assert device.where == (State.NO_MODEM, Reason.LINK_BUSY)


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("link_busy", Reason.LINK_BUSY),
        ("link_not_found", Reason.LINK_NOT_FOUND),
        ("no_answer", Reason.NO_ANSWER),
        ("link_lost", Reason.LINK_LOST),
    ],
)
def test_a_modem_that_cannot_be_had_is_tried_again(kind: str, reason: Reason) -> None:
    device = Device().tell(j.Started(), j.ModemLost(kind))
    assert device.where == (State.NO_MODEM, reason)
    assert any(isinstance(effect, j.OpenModem) and effect.after_s > 0 for effect in device.last)


def test_a_suspended_card_falls_back_to_the_radio() -> None:
    device = online().wait(5).tell(denied(2))
    assert device.where == (State.WAITING_ACTIVATION, Reason.NOT_ACTIVATED)
    assert {type(effect) for effect in device.last} >= {j.StopTelemetry, j.DisconnectBroker, j.CloseData}


def test_a_cell_out_of_sight_is_no_reason_to_hang_up() -> None:
    device = online().wait(5).tell(SEARCHES)
    assert device.where == (State.ONLINE, None)
    assert device.last == ()


def test_a_broker_that_stays_away_gets_the_session_opened_anew() -> None:
    device = online()
    for _ in range(transitions.REOPEN_DATA_EVERY):
        device.wait(200).tell(j.BrokerLost("timeout"))
    assert device.where == (State.ATTACHED, Reason.BROKER_UNREACHABLE)
    device.tell(j.DataOpened("10.0.0.2"), j.BrokerConnected())
    assert device.where == (State.ONLINE, None)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (j.RegisterAnswered("failed", reason="unknown_serial"), Reason.UNKNOWN_SERIAL),
        (j.RegisterAnswered("failed", reason="key_mismatch"), Reason.KEY_MISMATCH),
        (j.RegisterAnswered("disabled"), Reason.DISABLED),
        (j.RegisterAnswered("pending", retry_after_s=30), None),
    ],
)
def test_a_cloud_that_does_not_say_yes_is_asked_again(
    answer: j.RegisterAnswered, reason: Reason | None
) -> None:
    device = with_card().tell(HOME, j.DataOpened(), j.BrokerConnected(), answer)
    assert device.where == (State.PENDING_APPROVAL, reason)
    assert device.did(j.SendRegister) == 2


def test_a_clock_that_is_set_moves_the_plan_with_it() -> None:
    device = waiting()
    at = device.snapshot.next_attempt_at
    assert at is not None
    device.now += 86_400
    device.tell(j.ClockJumped(86_400))
    assert device.snapshot.next_attempt_at == at + 86_400
    assert j.ScheduleAttempt(at + 86_400) in device.last


def attempt_under_way() -> Device:
    """One minute into the wait, radio off, no answer yet."""
    return waiting().wait(60).tell(j.AttemptDue())


def test_a_modem_that_restarts_in_mid_attempt_does_not_cost_an_hour() -> None:
    device = attempt_under_way().wait(10).tell(j.ModemLost("modem_rebooted")).wait(5)
    device.tell(j.ModemReady("1"), READY, SEARCHES).wait(10).tell(denied())
    at = device.snapshot.next_attempt_at
    assert at is not None
    assert 0 < at - device.now <= 3 * 60


@pytest.mark.parametrize("seen_first", [SEARCHES, denied()])
def test_a_program_killed_in_mid_attempt_does_not_cost_an_hour(seen_first: Event) -> None:
    before = attempt_under_way()
    reborn = Device(Commissioning.from_json(before.snapshot.to_json()))
    reborn.now = before.now + 5
    reborn.tell(j.Started(), j.ModemReady("1"), READY, seen_first, denied())
    at = reborn.snapshot.next_attempt_at
    assert at is not None
    assert 55 <= at - reborn.now <= 3 * 60


def test_an_attempt_that_fell_due_while_away_waits_for_a_look() -> None:
    """The modem was not away: it may have registered, or be registering."""
    before = waiting()
    reborn = Device(Commissioning.from_json(before.snapshot.to_json()))
    reborn.now = before.now + 2 * HOUR_S
    reborn.tell(j.Started(), j.ModemReady("1"), READY)
    assert j.ScheduleAttempt(reborn.now + transitions.FIRST_LOOK_S) in reborn.last
    reborn.tell(HOME)
    assert reborn.where == (State.ATTACHED, None)
    assert reborn.did(j.CycleRadio) == 0


def test_data_that_is_not_enabled_is_asked_for_soon_however_long_the_search_was() -> None:
    device = (
        with_card().tell(SEARCHES).wait(600).tell(j.RadioReported(-70, Network.HOME, Network.DENIED, None, 7))
    )
    at = device.snapshot.next_attempt_at
    assert at is not None
    assert at - device.now <= 60


def test_a_blocked_card_stays_blocked_when_a_look_brings_no_cause() -> None:
    device = with_card().tell(denied(3), denied(None))
    assert device.where == (State.DENIED, Reason.SIM_BLOCKED)
    assert device.tell(denied(2)).where == (State.WAITING_ACTIVATION, Reason.NOT_ACTIVATED)


def test_a_broker_that_throws_out_whom_it_let_in_is_met_ever_less_often() -> None:
    device, delays = online(), []
    for _ in range(transitions.REOPEN_DATA_EVERY - 1):
        device.wait(1).tell(j.BrokerLost())
        delays += [effect.after_s for effect in device.last if isinstance(effect, j.ConnectBroker)]
        device.tell(j.BrokerConnected())
        assert device.snapshot.state is State.ONLINE
    assert delays == sorted(delays)
    assert delays[-1] >= 4
    device.wait(transitions.STABLE_S).tell(j.BrokerLost())
    assert device.snapshot.failures == 1


def test_a_data_session_that_drops_at_once_is_opened_ever_less_often() -> None:
    device, spent_s = online(), 0.0
    opened = device.did(j.OpenData)
    while spent_s < HOUR_S:
        device.wait(1).tell(j.DataLost())
        spent_s += 1 + next(effect.after_s for effect in device.last if isinstance(effect, j.OpenData))
        device.tell(j.DataOpened(), j.BrokerConnected())
    assert device.did(j.OpenData) - opened <= 25


@pytest.mark.parametrize("status", ["pending", "failed", "disabled"])
def test_a_registrar_cannot_make_a_device_ask_without_pause(status: str) -> None:
    device = with_card().tell(HOME, j.DataOpened(), j.BrokerConnected(), j.RegisterAnswered(status, 0.0))
    (asked,) = [effect for effect in device.last if isinstance(effect, j.SendRegister)]
    assert asked.after_s >= 1


@pytest.mark.parametrize("by_s", [-86_400.0, 86_400.0])
def test_a_clock_that_is_set_while_the_card_waits_does_not_falsify_the_wait(by_s: float) -> None:
    device = waiting().wait(120 + by_s).tell(j.ClockJumped(by_s)).wait(60).tell(HOME)
    assert device.snapshot.activation_wait_s == pytest.approx(180)


def test_a_clock_set_back_while_powered_off_makes_no_negative_wait() -> None:
    before = waiting()
    reborn = Device(Commissioning.from_json(before.snapshot.to_json()))
    reborn.now = before.now - 86_400
    reborn.tell(j.Started(), j.ModemReady("1"), READY, denied()).wait(90).tell(HOME)
    assert reborn.snapshot.activation_wait_s == pytest.approx(90)


def test_a_snapshot_of_another_version_is_read() -> None:
    device = attempt_under_way()
    raw = json.loads(device.snapshot.to_json())
    raw["of_tomorrow"] = raw["ladder"]["step"] = 3
    assert Commissioning.from_json(json.dumps(raw)) == device.snapshot


ONE_OF_EACH: list[Event] = [
    j.Started(),
    j.ModemReady("1"),
    j.ModemLost("link_lost"),
    READY,
    j.PinRejected("wrong"),
    SEARCHES,
    j.AttemptDue(),
    j.AttemptFinished(),
    j.Hint("test"),
    j.DataOpened(),
    j.DataRefused(33),
    j.DataLost(),
    j.BrokerConnected(),
    j.BrokerLost(),
    j.BrokerRefused(0x87),
    j.RegisterAnswered("assigned", device_id="d-1"),
    j.RegisterTimedOut(),
    j.StopRequested(),
    j.ClockJumped(60.0),
]


def test_there_is_one_of_each_kind_of_event() -> None:
    assert {type(event) for event in ONE_OF_EACH} == set(get_args(Event))


@pytest.mark.parametrize("event", ONE_OF_EACH, ids=lambda event: type(event).__name__)
@pytest.mark.parametrize("state", State)
def test_each_state_has_a_rule_for_an_event_or_ignores_it(state: State, event: Event) -> None:
    device = Device(Commissioning(state=state, reason=None)).tell(event)
    rule = lifecycle.TABLE[state].get(type(event))
    if rule is None:
        assert device.snapshot == Commissioning(state=state, reason=None)
        assert device.last == ()
    else:
        assert device.snapshot.state in rule.to | {state}


# --- properties ---

NETWORKS = st.sampled_from(Network)
CAUSES = st.one_of(st.none(), st.integers(0, 111))
EVENTS: st.SearchStrategy[Event] = st.one_of(
    st.builds(j.Started, st.sampled_from(Goal)),
    st.just(j.ModemReady("867857030000001")),
    st.builds(
        j.ModemLost,
        st.sampled_from(["link_lost", "modem_rebooted", "modem_brown_out", "no_answer", "other"]),
    ),
    st.builds(
        j.SimReported,
        st.sampled_from(["ready", "missing", "failed", "pin", "puk"]),
        st.sampled_from([None, ICCID, "8970100000000000001"]),
    ),
    st.builds(j.PinRejected, st.sampled_from(["wrong", "last_try", "not_given", "puk"])),
    st.builds(
        j.RadioReported, st.one_of(st.none(), st.integers(-113, -51)), NETWORKS, NETWORKS, CAUSES, CAUSES
    ),
    st.just(j.AttemptDue()),
    st.just(j.AttemptFinished()),
    st.just(j.Hint("test")),
    st.just(j.DataOpened()),
    st.builds(j.DataRefused, CAUSES),
    st.just(j.DataLost()),
    st.just(j.BrokerConnected()),
    st.just(j.BrokerLost()),
    st.builds(j.BrokerRefused, st.integers(0, 255)),
    st.builds(
        j.RegisterAnswered,
        st.sampled_from(["assigned", "pending", "failed", "disabled", "?"]),
        st.one_of(st.none(), st.floats(0, 1e5)),
        st.sampled_from([None, "unknown_serial", "x"]),
        st.sampled_from([None, "d-1"]),
    ),
    st.just(j.RegisterTimedOut()),
    st.just(j.StopRequested()),
    st.builds(j.ClockJumped, st.sampled_from([-86_400.0, 86_400.0])),
)
STORY = st.lists(st.tuples(EVENTS, st.floats(0, 4000)), max_size=50)


@settings(max_examples=500, deadline=None)
@given(story=STORY, seed=st.integers(0, 1000))
def test_whatever_comes_the_machine_stays_within_its_table(
    story: list[tuple[Event, float]], seed: int
) -> None:
    device = Device(seed=seed)
    cycles: list[float] = []
    real = 0.0
    for event, seconds in story:
        before = device.snapshot
        real += seconds
        device.wait(seconds + (event.by_s if isinstance(event, j.ClockJumped) else 0)).tell(event)
        after = device.snapshot
        rule = lifecycle.TABLE[before.state].get(type(event))
        assert after.state == before.state or (rule is not None and after.state in rule.to)
        assert Commissioning.from_json(after.to_json()) == after
        if any(isinstance(effect, j.CycleRadio) for effect in device.last):
            cycles.append(real)
        if after.state in transitions.WAITING | {State.SEARCHING}:
            assert not any(isinstance(effect, j.OpenData | j.ConnectBroker) for effect in device.last)
        if any(isinstance(effect, j.OpenData | j.ConnectBroker | j.SendRegister) for effect in device.last):
            assert after.goal is Goal.ONLINE
        if (
            before.state in transitions.DATA
            and after.state not in transitions.DATA
            and after.state is not State.NO_MODEM
        ):
            assert any(isinstance(effect, j.CloseData) for effect in device.last)
    for earlier, later in itertools.pairwise(cycles):
        assert later - earlier >= 60 - 1e-6
    for at in cycles:
        assert sum(at - HOUR_S < other <= at for other in cycles) <= 10


@given(text=st.text(max_size=50))
def test_a_broken_snapshot_is_an_error_that_can_be_caught(text: str) -> None:
    with pytest.raises(ValueError):
        Commissioning.from_json(text)
