"""The commissioning state machine, told as stories and held by properties."""

from __future__ import annotations

import itertools
from dataclasses import replace
from random import Random

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


# --- properties ---

NETWORKS = st.sampled_from(Network)
CAUSES = st.one_of(st.none(), st.integers(0, 111))
EVENTS: st.SearchStrategy[Event] = st.one_of(
    st.builds(j.Started, st.sampled_from(Goal)),
    st.just(j.ModemReady("867857030000001")),
    st.builds(j.ModemLost, st.sampled_from(["link_lost", "modem_rebooted", "no_answer", "other"])),
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
