"""The waiting policies: what an operator forbids never happens, and what an installer waits for does."""

from __future__ import annotations

import itertools
import json
from dataclasses import asdict
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provisioning.backoff import (
    HOUR_S,
    POLICIES,
    STANDARD,
    TS34_STRICT,
    Ladder,
    WaitingPolicy,
    reconnect_delay_s,
)

DAY_S = 24 * HOUR_S

REAL_POLICIES = [STANDARD, TS34_STRICT]


def attempts_until(policy: WaitingPolicy, end_s: float, seed: int = 1) -> list[float]:
    rng = Random(seed)
    now = 0.0
    ladder = policy.begin(Ladder(), now)
    made: list[float] = []
    while True:
        ladder = policy.plan(ladder, now, rng)
        assert ladder.planned_at is not None
        if ladder.planned_at > end_s:
            return made
        now = ladder.planned_at
        ladder = policy.charge(ladder, now)
        made.append(now)
        now += 40


def test_the_standard_ladder_begins_as_designed() -> None:
    minutes = [round(at / 60, 3) for at in attempts_until(STANDARD, 13 * 60)]
    assert minutes == [1, 2, 3, 5, 8, 12]


@pytest.mark.parametrize(("age_h", "interval_min"), [(1, 15), (10, 30), (40, 60)])
def test_the_cadence_follows_the_age_of_the_wait(age_h: float, interval_min: float) -> None:
    made = attempts_until(STANDARD, (age_h + 3) * HOUR_S)
    gaps = [b - a for a, b in itertools.pairwise(made) if a > age_h * HOUR_S]
    assert gaps
    silences = [gap - STANDARD.attempt_s for gap in gaps]
    assert all(0.85 * interval_min * 60 - 1 <= each <= 1.15 * interval_min * 60 + 1 for each in silences)


def test_strict_makes_one_attempt_an_hour() -> None:
    made = attempts_until(TS34_STRICT, 3 * DAY_S)
    assert min(b - a for a, b in itertools.pairwise(made)) >= HOUR_S


def test_a_card_that_is_never_activated_costs_little() -> None:
    assert max(len(attempts_until(STANDARD, 3 * DAY_S, seed)) for seed in range(500)) <= 120


def test_devices_of_one_box_spread() -> None:
    fifth_hour = [attempts_until(STANDARD, 6 * HOUR_S, seed)[-1] for seed in range(30)]
    assert max(fifth_hour) - min(fifth_hour) > 5 * 60


def test_a_hint_is_honoured_at_once_where_the_rules_allow() -> None:
    rng = Random(1)
    ladder = STANDARD.plan(Ladder(started_at=0, stamps=(3000,)), 3000, rng)
    assert ladder.planned_at is not None
    assert ladder.planned_at > 3100
    hinted = STANDARD.hint(ladder, 3100)
    assert hinted.planned_at == 3100
    assert hinted.started_at == ladder.started_at


def test_impatience_is_charged_to_the_same_hour() -> None:
    """Somebody presses the button all the time."""
    now, made = 0.0, []
    ladder = STANDARD.begin(Ladder(), now)
    while now < 3 * HOUR_S:
        ladder = STANDARD.hint(ladder, now)
        if STANDARD.due(ladder, now):
            ladder = STANDARD.charge(ladder, now)
            made.append(now)
        now += 10
    assert_rules(STANDARD, made)
    assert len(made) >= 29


def assert_rules(policy: WaitingPolicy, made: list[float]) -> None:
    for earlier, later in itertools.pairwise(made):
        assert later - earlier >= policy.min_spacing_s - 1e-3
    for at in made:
        assert sum(1 for other in made if at - HOUR_S + 1e-3 < other <= at) <= policy.max_per_hour


ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(["pass", "hint", "restart", "served", "denied", "listen", "clock", "clock unseen"]),
        st.floats(min_value=1, max_value=2 * HOUR_S),
        st.sampled_from([-DAY_S, -HOUR_S, -90.0, 45.0, HOUR_S, DAY_S]),
    ),
    max_size=60,
)


@settings(max_examples=300, deadline=None)
@given(actions=ACTIONS, policy=st.sampled_from(REAL_POLICIES), seed=st.integers(0, 2**16))
def test_the_operators_rules_hold_whatever_happens(
    actions: list[tuple[str, float, float]], policy: WaitingPolicy, seed: int
) -> None:
    """Real time is `now`; the wall clock the policy sees is `now + offset`.

    A wall clock that was set while nobody looked (power off) and then shows more than really passed cannot be told from
    time that did pass; one set back can, and must neither burst nor stall.
    """
    rng = Random(seed)
    now, offset = 0.0, 1_000_000.0
    made: list[float] = []
    ladder = policy.begin(Ladder(), offset)
    for action, seconds, jump in actions:
        match action:
            case "hint":
                ladder = policy.hint(policy.begin(ladder, now + offset), now + offset)
            case "restart":
                ladder = reloaded(ladder)
            case "served":
                ladder = policy.end(ladder)
            case "denied" | "listen":
                ladder = policy.begin(ladder, now + offset)
            case "clock":
                offset += jump
                ladder = ladder.shifted(jump)
            case "clock unseen" if jump < 0:
                offset += jump
                ladder = reloaded(ladder)
        end = now + seconds
        while now < end:
            wall = now + offset
            ladder = policy.plan(ladder, wall, rng, listening=action == "listen")
            if policy.due(ladder, wall):
                ladder = policy.charge(ladder, wall)
                made.append(now)
            now = min(end, now + 30)
    assert_rules(policy, made)


@settings(max_examples=200, deadline=None)
@given(
    back_s=st.floats(min_value=0, max_value=2 * DAY_S),
    waited_s=st.floats(min_value=0, max_value=2 * DAY_S),
    seed=st.integers(0, 2**16),
)
def test_a_clock_set_back_while_powered_off_does_not_stall_the_wait(
    back_s: float, waited_s: float, seed: int
) -> None:
    rng = Random(seed)
    now = 10 * DAY_S
    ladder = STANDARD.begin(Ladder(), now)
    end = now + waited_s
    while now < end:
        ladder = STANDARD.plan(ladder, now, rng)
        assert ladder.planned_at is not None
        now = ladder.planned_at
        ladder = STANDARD.charge(ladder, now)
    ladder = STANDARD.plan(ladder, now, rng)
    after = STANDARD.plan(ladder, now - back_s, rng)
    assert after.planned_at is not None
    assert after.planned_at <= now - back_s + 2.3 * HOUR_S


@pytest.mark.parametrize("away_s", [5 * DAY_S, DAY_S])
@pytest.mark.parametrize("made_before", [0, 1, 4, 6])
def test_after_days_without_power_one_attempt_is_made_not_many(away_s: float, made_before: int) -> None:
    """The same holds for a clock that was set forward while nobody looked: the two look alike."""
    rng = Random(3)
    ladder = STANDARD.plan(STANDARD.begin(Ladder(), 0.0), 0.0, rng)
    now = 0.0
    for _ in range(made_before):
        assert ladder.planned_at is not None
        now = ladder.planned_at
        ladder = STANDARD.plan(STANDARD.charge(ladder, now), now, rng)
    woken = now + away_s
    ladder = STANDARD.plan(reloaded(ladder), woken, rng)
    assert STANDARD.due(ladder, woken)
    ladder = STANDARD.plan(STANDARD.charge(ladder, woken), woken, rng)
    assert ladder.planned_at is not None
    assert ladder.planned_at >= woken + 0.85 * HOUR_S


def test_a_clock_set_back_while_powered_off_leaves_the_ladder_where_it_was() -> None:
    rng = Random(3)
    now = 10 * DAY_S
    ladder = STANDARD.begin(Ladder(), now)
    for _ in range(3):
        ladder = STANDARD.plan(ladder, now, rng)
        assert ladder.planned_at is not None
        now = ladder.planned_at
        ladder = STANDARD.charge(ladder, now)
    ladder = STANDARD.plan(reloaded(ladder), now - DAY_S, rng)
    assert ladder.planned_at == pytest.approx(now - DAY_S + 120)


def reloaded(ladder: Ladder) -> Ladder:
    raw = json.loads(json.dumps(asdict(ladder)))
    return Ladder(**{**raw, "stamps": tuple(raw["stamps"])})


def test_only_bench_refuses_real_modems() -> None:
    assert [name for name, policy in POLICIES.items() if not policy.real_modem] == ["bench"]


@given(failures=st.integers(0, 10_000), seed=st.integers(0, 1000))
def test_reconnects_are_spread_and_bounded(failures: int, seed: int) -> None:
    delay = reconnect_delay_s(failures, Random(seed))
    assert 0 <= delay <= 120
    if failures:
        assert delay >= 0.5
