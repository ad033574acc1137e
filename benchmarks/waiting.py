"""How late and how often: the waiting policies beside the usual ones, on simulated time.

A card is activated at a random moment; an attempt takes 40 s and succeeds if it began after that. Lateness is from the
activation to the start of the successful attempt, so it is what the policy can be blamed for.

    python -m benchmarks.waiting
"""

from __future__ import annotations

import itertools
import random
import statistics
import sys
from bisect import bisect_right
from collections.abc import Callable, Iterator

from provisioning.backoff import HOUR_S, STANDARD, TS34_STRICT, Ladder, WaitingPolicy

ATTEMPT_S = 40.0
RUNS = 4000
NEVER_RUNS = 1000
DAYS_3_S = 72 * HOUR_S

Schedule = Callable[[random.Random], Iterator[float]]


def ours(policy: WaitingPolicy) -> Schedule:
    """The attempts that the real policy object makes."""

    def attempts(rng: random.Random) -> Iterator[float]:
        now = 0.0
        ladder = policy.begin(Ladder(), now)
        while True:
            ladder = policy.plan(ladder, now, rng)
            assert ladder.planned_at is not None
            now = ladder.planned_at
            ladder = policy.charge(ladder, now)
            yield now
            now += ATTEMPT_S

    return attempts


def fixed(interval_s: float) -> Schedule:
    def attempts(rng: random.Random) -> Iterator[float]:
        now = 0.0
        while True:
            now += interval_s
            yield now

    return attempts


def doubling(base_s: float, cap_s: float) -> Schedule:
    def attempts(rng: random.Random) -> Iterator[float]:
        now, interval = 0.0, base_s
        while True:
            now += interval
            interval = min(cap_s, interval * 2)
            yield now
            now += ATTEMPT_S

    return attempts


def full_jitter(base_s: float, cap_s: float) -> Schedule:
    """U(0, min(cap, base * 2^n)), as the AWS architecture blog proposes."""

    def attempts(rng: random.Random) -> Iterator[float]:
        now, n = 0.0, 0
        while True:
            now += rng.uniform(0, min(cap_s, base_s * 2.0 ** min(n, 32)))
            n += 1
            yield now
            now += ATTEMPT_S

    return attempts


def measure(schedule: Schedule, seed: int) -> dict[str, float]:
    late: list[float] = []
    tries: list[int] = []
    for run in range(RUNS):
        rng = random.Random(f"{seed}/{run}")
        activated = rng.uniform(0, 8 * HOUR_S)
        for count, at in enumerate(schedule(rng), start=1):
            if at >= activated:
                late.append(at - activated)
                tries.append(count)
                break
    never, per_hour, spacing = [], 0, float("inf")
    for run in range(NEVER_RUNS):
        stamps: list[float] = []
        for at in schedule(random.Random(f"{seed}/never/{run}")):
            if at > DAYS_3_S:
                break
            stamps.append(at)
        never.append(len(stamps))
        per_hour = max(
            per_hour, max(i + 1 - bisect_right(stamps, at - HOUR_S) for i, at in enumerate(stamps))
        )
        spacing = min(spacing, min(b - a for a, b in itertools.pairwise(stamps)))
    return {
        "mean": statistics.fmean(late) / 60,
        "p95": statistics.quantiles(late, n=20)[18] / 60,
        "tries": statistics.fmean(tries),
        "never": max(never),
        "per_hour": per_hour,
        "spacing": spacing,
    }


def main() -> int:
    policies = {
        "standard": ours(STANDARD),
        "ts34_strict": ours(TS34_STRICT),
        "fixed 15 min": fixed(900),
        "x2, cap 1 h": doubling(60, 3600),
        "AWS full jitter": full_jitter(60, 3600),
    }
    print(f"activation uniform in 0-8 h, {RUNS} runs; never: most attempts in 72 h of {NEVER_RUNS} runs")
    print(
        f"{'policy':16} {'late mean':>10} {'late p95':>9} {'attempts':>9} {'never':>6} {'max/h':>6} {'closest':>8}"
    )
    results = {name: measure(schedule, seed=1) for name, schedule in policies.items()}
    for name, r in results.items():
        print(
            f"{name:16} {r['mean']:8.1f} m {r['p95']:7.1f} m {r['tries']:9.1f} {r['never']:6.0f} "
            f"{r['per_hour']:6.0f} {r['spacing']:6.0f} s"
        )
    r = results["standard"]
    kept = {
        "mean lateness <= 9 min": r["mean"] <= 9,
        "p95 <= 18 min": r["p95"] <= 18,
        "attempts <= 22": r["tries"] <= 22,
        "attempts in 72 h <= 120": r["never"] <= 120,
        "never more than 10 in an hour": r["per_hour"] <= 10,
        "never closer than 60 s": r["spacing"] >= 60,
    }
    for rule, ok in kept.items():
        print(f"  {'kept  ' if ok else 'MISSED'} {rule}")
    return 0 if all(kept.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
