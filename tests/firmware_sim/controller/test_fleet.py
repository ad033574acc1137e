"""Controllers in a fleet of houses keep them as a single one keeps its own."""

from __future__ import annotations

import pytest

from firmware_sim.controller import presets as p
from firmware_sim.controller.fleet import STEP_S, ControllerFleet
from firmware_sim.controller.models import MODELS
from firmware_sim.controller.wiring import Installation
from firmware_sim.plant import PRESETS, Plant, Weather

HOURS = 4


def test_a_house_of_the_fleet_is_as_warm_as_a_single_one():
    weather = [Weather(mean_c=-10.0 + number, seed=number) for number in range(3)]
    kinds = ["brick_cottage", "timber_house", "large_house"]
    models = [MODELS[each] for each in ("H-1V.02", "SMART 2.0", "H2000+ PRO.V2")]
    fleet = ControllerFleet(
        (model, PRESETS[kind], around) for model, kind, around in zip(models, kinds, weather, strict=True)
    )
    for _ in range(int(HOURS * 3600 / STEP_S)):
        fleet.step()
    for number, firmware in enumerate(fleet.firmwares):
        single = Installation(Plant(PRESETS[kinds[number]], weather[number]), model=models[number])
        single.advance(HOURS * 3600.0)
        assert firmware.state(p.AIR)["t"] == pytest.approx(single.firmware.state(p.AIR)["t"], abs=0.6)
        assert firmware.state(p.TANK)["t"] == pytest.approx(single.firmware.state(p.TANK)["t"], abs=6.0)
        group, house = fleet.houses.place(number)
        burnt = group.energy.gas_j[house]
        assert burnt == pytest.approx(single.plant.energy.gas_j, rel=0.08)
        assert firmware.serial == f"{number:012X}"
        assert {what for _, what in firmware.board.alarms} == set()


def test_each_controller_obeys_alone():
    fleet = ControllerFleet(
        (MODELS["H-1V.02"], PRESETS["brick_cottage"], Weather(mean_c=-10.0)) for _ in range(2)
    )
    fleet.firmwares[0].command(p.FROST_GUARD, 1)
    for _ in range(int(6 * 3600 / STEP_S)):
        fleet.step()
    off, on = (each.state(p.AIR)["t"] for each in fleet.firmwares)
    assert off < on - 1.0
