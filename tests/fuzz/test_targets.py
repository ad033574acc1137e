"""What reads from a line or a network survives any bytes: no other error than its own, no hang, no growth."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fuzz.endurance import blocks, endure
from fuzz.targets import TARGETS, Target

ROOT = Path(__file__).parents[2]
OCTETS = 10_000_000
MAX_GROWTH_KIB = 8 * 1024


@pytest.mark.parametrize("name", TARGETS)
def test_any_bytes_in_any_pieces(name: str) -> None:
    target = TARGETS[name]
    pieces = st.one_of(st.binary(max_size=80), st.sampled_from(target.seeds))

    @settings(max_examples=60, deadline=None)
    @given(st.lists(pieces, max_size=12))
    def run(fed: list[bytes]) -> None:
        feed = target.start()
        for piece in fed:
            feed(piece)

    run()


@pytest.mark.parametrize("name", TARGETS)
def test_ten_million_bytes(name: str) -> None:
    """In a process of its own, so that the memory is the target's."""
    done = subprocess.run(
        [sys.executable, "-m", "fuzz", "endure", name, "--octets", str(OCTETS)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    result = json.loads(done.stdout)
    assert result["octets"] >= OCTETS
    assert result["growth_kib"] <= MAX_GROWTH_KIB


LEAK = """
from fuzz.endurance import endure
from fuzz.targets import Target
kept = []
print(endure(Target(lambda: lambda data: kept.append(data * 20), (b"x" * 500,)), 2_000_000, seed=1).growth_kib)
"""


def test_a_leak_would_show() -> None:
    done = subprocess.run([sys.executable, "-c", LEAK], cwd=ROOT, capture_output=True, text=True, check=True)
    assert int(done.stdout) > MAX_GROWTH_KIB


def test_an_error_comes_out_of_it() -> None:
    def refuse(data: bytes) -> None:
        raise LookupError

    with pytest.raises(LookupError):
        endure(Target(lambda: refuse, (b"x",)), 100, seed=1)


def test_the_same_seed_gives_the_same_bytes() -> None:
    seeds = TARGETS["framer"].seeds
    first, second = blocks(seeds, Random(7)), blocks(seeds, Random(7))
    assert [next(first) for _ in range(50)] == [next(second) for _ in range(50)]
