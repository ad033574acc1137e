"""One house: a second of its life in plain Python, for each preset, beside the least that such a loop can cost.

The plant shares 100 us for a simulated second with the firmware (24 h at 10,000 x real time); its own share is
`TARGET_US`. The peer is the same number of calls that only compute one radiator's power.
"""

from __future__ import annotations

import gc
import math
import statistics
import sys
import timeit

from firmware_sim.plant import PRESETS, Plant, PlantParameters, Weather

TARGET_US = 40.0
STEPS = 3_000
ROUNDS = 9


def running(parameters: PlantParameters) -> Plant:
    """A house in winter with everything on."""
    plant = Plant(parameters, Weather(season_swing_k=12.0, sun_w_m2=700.0))
    for boiler in plant.boilers:
        boiler.flow_target_c = 60.0
    for circuit in plant.circuits.values():
        circuit.pump_on = True
        circuit.valve_drive = 1
    return plant


def one_radiator() -> float:
    return 12_000.0 * math.pow((61.0 - 20.0) * (52.0 - 20.0) / 2475.0, 0.65)


def microseconds(call: str, names: dict[str, object]) -> float:
    timer = timeit.Timer(call, globals=names)
    return statistics.median(timer.repeat(ROUNDS, STEPS)) / STEPS * 1e6


def main() -> int:
    gc.collect()
    peer_us = microseconds("one_radiator()", {"one_radiator": one_radiator})
    print(f"{'one radiator':16} {peer_us:6.2f} us")
    kept = True
    for name, parameters in PRESETS.items():
        plant = running(parameters)
        step_us = microseconds("step(1.0)", {"step": plant.step})
        kept &= step_us <= TARGET_US
        print(f"{name:16} {step_us:6.2f} us a step of 1 s: {1e6 / step_us:9,.0f} x real time")
    print(f"  {'kept  ' if kept else 'MISSED'} each at most {TARGET_US:g} us")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
