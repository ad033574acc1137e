"""What the plant's tests do to their houses."""

from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import strategies as st

from firmware_sim.plant import PRESETS, FloorCircuit, Plant, Weather

HOUR = 3600.0
DAY = 24 * HOUR

every_preset = pytest.mark.parametrize("parameters", PRESETS.values(), ids=list(PRESETS))
any_preset = st.sampled_from(sorted(PRESETS)).map(PRESETS.__getitem__)


def run(plant: Plant, seconds: float, dt: float = 10.0) -> Plant:
    for _ in range(round(seconds / dt)):
        plant.step(dt)
    return plant


def still(outdoor_c: float) -> Weather:
    return Weather(mean_c=outdoor_c, daily_swing_k=0.0, front_k=0.0)


def heat(plant: Plant, target_c: float | None, valve: float = 0.5) -> Plant:
    for boiler in plant.boilers:
        boiler.flow_target_c = target_c
    for circuit in plant.circuits.values():
        circuit.pump_on = target_c is not None
        if circuit.mixing:
            circuit.valve_position = valve
    return plant


def meddle(plant: Plant, random: Random) -> None:
    """Set every control to anything, as no sane controller would, and break and mend whatever can break."""

    def works(chance: float = 0.9) -> bool:
        return random.random() < chance

    plant.powered, plant.gas_on = works(), works()
    for boiler in plant.boilers:
        boiler.flow_target_c = random.choice([None, random.uniform(20, 90)])
        boiler.max_modulation = random.random()
        boiler.flame_works, boiler.pump_works = works(), works()
        boiler.sensor_error_k = random.choice([0.0, 0.0, 0.0, -25.0, 10.0])
        if works(0.2):
            boiler.reset()
    for circuit in plant.circuits.values():
        circuit.pump_on, circuit.valve_drive = works(0.7), random.choice([-1, 0, 1])
        circuit.pump_works, circuit.valve_works = works(), works()
        circuit.flow_part = random.choice([1.0, 1.0, 0.3])
    if plant.tank:
        plant.tank.charge_on, plant.tank.charge_works = works(0.5), works()
        plant.tank.opened_kg_s = random.choice([0.0, 0.0, 0.1])
    plant.leak_l_s = random.choice([0.0, 0.0, 0.002])
    if works(0.3):
        plant.fill_up(random.uniform(1.2, 2.5))


def temperatures(plant: Plant) -> Iterator[float]:
    for room in plant.rooms.values():
        yield from (room.air_c, room.envelope_c)
    for circuit in plant.circuits.values():
        if isinstance(circuit, FloorCircuit):
            yield circuit.surface_c
        yield circuit.water_c
    for boiler in plant.boilers:
        yield boiler.flow_c
    if plant.tank:
        yield from (plant.tank.upper_c, plant.tank.lower_c)
