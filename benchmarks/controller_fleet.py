"""Ten thousand houses, each with a controller of its own, in one process: simulated seconds in a real one.

Houses step with NumPy, firmwares one after another; a step is 10 s. The peer is the houses alone in the same run.
"""

from __future__ import annotations

import gc
import statistics
import sys
import time

from firmware_sim.controller.fleet import STEP_S, ControllerFleet
from firmware_sim.controller.models import MODELS
from firmware_sim.plant import PRESETS, Weather

HOUSES = 10_000
STEPS = 12
TARGET = 10.0


def main() -> int:
    model, parameters = MODELS["H-1V.02"], PRESETS["brick_cottage"]
    began = time.perf_counter()
    fleet = ControllerFleet((model, parameters, Weather(mean_c=-8.0, seed=n)) for n in range(HOUSES))
    built_s = time.perf_counter() - began
    fleet.step()
    gc.collect()
    gc.freeze()
    whole_s, houses_s = [], []
    for _ in range(STEPS):
        began = time.perf_counter()
        fleet.step()
        whole_s.append(time.perf_counter() - began)
        began = time.perf_counter()
        fleet.houses.step(STEP_S)
        houses_s.append(time.perf_counter() - began)
    step_s = statistics.median(whole_s)
    print(f"{HOUSES:,} houses and controllers, built in {built_s:.1f} s")
    print(f"houses alone            {1e3 * statistics.median(houses_s):8.1f} ms a step of {STEP_S:g} s")
    print(f"houses and controllers  {1e3 * step_s:8.1f} ms, at worst {1e3 * max(whole_s):.1f} ms")
    kept = STEP_S / step_s >= TARGET
    print(f"  {'kept  ' if kept else 'MISSED'} {STEP_S / step_s:.0f} x real time, at least {TARGET:g}")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
