"""A day of the richest controller in the largest house, second by second, and what its parts take of it.

24 simulated hours at steps of 1 s on one core: plant, firmware, and OpenTherm frame by frame to two boilers. The peer
is the house alone in the same run, its pumps at rest.
"""

from __future__ import annotations

import sys
import time

from firmware_sim.controller.models import MODELS
from firmware_sim.controller.wiring import Installation
from firmware_sim.plant import PRESETS, Plant, Weather

DAY_S = 86_400.0
MAX_ADVANCE_S = 3600.0
TARGET = 10_000.0
DAYS = 5


def house() -> Plant:
    return Plant(PRESETS["large_house"], Weather(mean_c=-10.0))


def day_s() -> float:
    """How long a day takes, in real seconds."""
    installation = Installation(house(), model=MODELS["H2000+ PRO.V2"])
    began = time.perf_counter()
    for hour in range(24):
        installation.advance((hour + 1) * MAX_ADVANCE_S)
    return time.perf_counter() - began


def main() -> int:
    alone = house()
    began = time.perf_counter()
    for _ in range(int(DAY_S)):
        alone.step(1.0)
    alone_s = time.perf_counter() - began

    days_s = sorted(day_s() for _ in range(DAYS))
    whole_s = days_s[DAYS // 2]
    rate = DAY_S / whole_s
    print(f"house alone              {alone_s:6.2f} s  {1e6 * alone_s / DAY_S:6.1f} us a step")
    print(
        f"house, bus and firmware  {whole_s:6.2f} s  {1e6 * whole_s / DAY_S:6.1f} us a step, the median day of {DAYS};"
    )
    print(f"                         the best {days_s[0]:.2f} s, the worst {days_s[-1]:.2f} s")
    kept = rate >= TARGET
    print(f"  {'kept  ' if kept else 'MISSED'} {rate:,.0f} x real time, at least {TARGET:,.0f}")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
