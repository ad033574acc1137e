"""Ten thousand houses with NumPy beside the same number of single plants in plain Python.

One step of 10 s for the whole fleet, all presets mixed, each house with weather of its own and its heating on.
Target: at most `TARGET_S` a step, the plants' share of 10 x real time for houses and controllers together. The plain
peer steps a part of the houses and is counted up.
"""

from __future__ import annotations

import statistics
import sys
import time

from benchmarks.plant import running
from firmware_sim.plant import PRESETS, Weather
from firmware_sim.plant.many_houses import ManyHouses

HOUSES = 10_000
PEERS = 200
STEP_S = 10.0
STEPS = 30
TARGET_S = 0.3


def main() -> int:
    presets = list(PRESETS.values())
    began = time.perf_counter()
    fleet = ManyHouses(
        (presets[n % len(presets)], Weather(season_swing_k=12.0, sun_w_m2=700.0, seed=n))
        for n in range(HOUSES)
    )
    for group in fleet.groups:
        for boilers in group.boilers:
            boilers.flow_target_c[:] = 60.0
        for circuits in group.circuits.values():
            circuits.pump_on[:] = True
            circuits.valve_drive[:] = 1
    built_s = time.perf_counter() - began
    plants = [running(presets[n % len(presets)]) for n in range(PEERS)]

    fleet_s, plain_s = [], []
    for _ in range(STEPS):
        began = time.perf_counter()
        fleet.step(STEP_S)
        fleet_s.append(time.perf_counter() - began)
        began = time.perf_counter()
        for plant in plants:
            plant.step(STEP_S)
        plain_s.append((time.perf_counter() - began) * HOUSES / PEERS)
    step_s, peer_s = statistics.median(fleet_s), statistics.median(plain_s)
    print(f"{HOUSES:,} houses built in {built_s:.2f} s")
    print(
        f"{'plain Python':14} {peer_s * 1e3:7.1f} ms a step of {STEP_S:g} s: {STEP_S / peer_s:7,.0f} x real time"
    )
    print(f"{'NumPy':14} {step_s * 1e3:7.1f} ms a step of {STEP_S:g} s: {STEP_S / step_s:7,.0f} x real time")
    print(f"longest step {max(fleet_s) * 1e3:.1f} ms; {peer_s / step_s:.0f} x plain Python")
    kept = step_s <= TARGET_S
    print(f"  {'kept  ' if kept else 'MISSED'} at most {TARGET_S:g} s a step")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
