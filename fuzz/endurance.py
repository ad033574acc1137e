"""Many bytes into one target: what it took, and how far its memory grew. The same seed gives the same bytes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from fuzz.targets import Target

MAX_BLOCK = 600


@dataclass(frozen=True)
class Endured:
    """`growth_kib` is how far the process grew after the first tenth, when all has its usual size."""

    octets: int
    seconds: float
    growth_kib: int


def endure(target: Target, octets: int, seed: int) -> Endured:
    """Feed so many bytes. Raises whatever the target raises: that is the finding."""
    feed = target.start()
    began, fed, settled_kib = time.perf_counter(), 0, 0
    for block in blocks(target.seeds, Random(seed)):
        feed(block)
        fed += len(block)
        if fed <= octets // 10:
            settled_kib = _peak_kib()
        if fed >= octets:
            break
    return Endured(fed, time.perf_counter() - began, _peak_kib() - settled_kib)


def blocks(seeds: tuple[bytes, ...], random: Random) -> Iterator[bytes]:
    """Noise, seeds, and seeds with something wrong, of 1 to MAX_BLOCK bytes, without end."""
    while True:
        block = bytearray()
        for _ in range(random.randint(1, 8)):
            piece = bytearray(random.choice(seeds))
            kind = random.randrange(6)
            if kind == 0:
                piece = bytearray(random.randbytes(random.randint(1, 60)))
            elif kind == 1:
                piece[random.randrange(len(piece))] = random.randrange(256)
            elif kind == 2:
                del piece[random.randrange(len(piece)) :]
            elif kind == 3:
                at = random.randrange(len(piece))
                piece[at:at] = random.randbytes(random.randint(1, 4))
            elif kind == 4:
                piece *= random.randint(1, 5)
            block += piece
        if block:
            yield bytes(block[:MAX_BLOCK])


def _peak_kib() -> int:
    """Of this program's memory. (ru_maxrss would do, but it outlives exec: a big parent hides a child's growth.)"""
    status = Path("/proc/self/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")))
