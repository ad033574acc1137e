"""Houses to choose from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from firmware_sim.plant.draws import EN_13203_M, SHOWERS
from firmware_sim.plant.errors import PlantParameterError
from firmware_sim.plant.parameters import (
    BoilerParameters,
    FloorParameters,
    Hydraulics,
    PlantParameters,
    RadiatorParameters,
    RoomParameters,
    TankParameters,
)
from firmware_sim.plant.water import WATER_J_KG_K, ExpansionVessel

FLAT: Final = PlantParameters(
    name="flat",
    title_en="Flat of 60 m², wall-hung boiler with its own pump, radiators; hot water from the main",
    title_ru="Квартира 60 м²: настенный котёл со своим насосом, радиаторы; горячая вода из магистрали",
    rooms=(
        RoomParameters(
            "flat", air_j_k=1.0e6, envelope_j_k=1.8e7, air_envelope_w_k=260.0, envelope_outdoor_w_k=55.0,
            draught_w_k=28.0, gains_w=250.0, window_m2=3.0,
        ),
    ),
    boilers=(
        BoilerParameters(min_power_w=3_000.0, max_power_w=18_000.0, body_j_k=5.0e4, water_l=4.0, jacket_w_k=2.0),
    ),
    circuits=(
        RadiatorParameters(
            room="flat", nominal_w=6_000.0, pump_kg_s=0.18, body_j_k=30 * WATER_J_KG_K + 8.0e4, water_l=30.0,
            boiler_pump=True,
        ),
    ),
    tank=None,
    vessel=ExpansionVessel(8.0),
)  # fmt: skip

BRICK_COTTAGE: Final = PlantParameters(
    name="brick_cottage",
    title_en="Brick cottage of 150 m², condensing boiler, radiators, tank of 150 l behind a three-way valve",
    title_ru="Кирпичный дом 150 м²: конденсационный котёл, радиаторы, бойлер 150 л за трёхходовым клапаном",
    tank=TankParameters(draws=SHOWERS),
)

TIMBER_HOUSE: Final = PlantParameters(
    name="timber_house",
    title_en="Timber house of 90 m², floor-standing boiler without modulation, cast-iron radiators, tank of 100 l",
    title_ru="Деревянный дом 90 м²: напольный котёл без модуляции, чугунные радиаторы, бойлер 100 л",
    rooms=(
        RoomParameters(
            air_j_k=1.4e6, envelope_j_k=1.6e7, air_envelope_w_k=420.0, envelope_outdoor_w_k=170.0, draught_w_k=85.0,
            window_m2=4.0,
        ),
    ),
    boilers=(
        BoilerParameters(
            min_power_w=16_000.0, max_power_w=16_000.0, body_j_k=25 * WATER_J_KG_K + 6.0e4, water_l=25.0,
            condensing=False, jacket_w_k=6.0,
        ),
    ),
    circuits=(RadiatorParameters(nominal_w=13_000.0, body_j_k=110 * WATER_J_KG_K + 2.5e5, water_l=110.0),),
    tank=TankParameters(litres=100.0, diverter=False, charge_kg_s=0.15, coil_w_k=900.0, draws=EN_13203_M),
)  # fmt: skip

LOW_ENERGY: Final = PlantParameters(
    name="low_energy",
    title_en="Modern low-energy house of 140 m², heated floor with a mixing valve, towel rails, tank of 200 l",
    title_ru="Современный энергоэффективный дом 140 м²: тёплый пол со смесителем, полотенцесушители, бойлер 200 л",
    rooms=(
        RoomParameters(
            air_j_k=3.0e6, envelope_j_k=5.5e7, air_envelope_w_k=700.0, envelope_outdoor_w_k=62.0, draught_w_k=30.0,
            gains_w=350.0, window_m2=9.0,
        ),
    ),
    boilers=(BoilerParameters(min_power_w=2_000.0, max_power_w=14_000.0, body_j_k=6.5e4, water_l=6.0),),
    circuits=(
        FloorParameters(area_m2=120.0, slab_j_k=1.1e7, surface_j_k=4.8e6, pipes_w_k=3_000.0, screed_w_k=4_800.0),
        RadiatorParameters(
            "towel_rails", nominal_w=1_200.0, pump_kg_s=0.05, body_j_k=8 * WATER_J_KG_K + 2.0e4, water_l=8.0
        ),
    ),
    tank=TankParameters(litres=200.0, draws=EN_13203_M, jacket_w_k=1.5),
)  # fmt: skip

LARGE_HOUSE: Final = PlantParameters(
    name="large_house",
    title_en="Large house of 350 m²: two boilers, separator, heated floor below, radiators above, tank of 300 l",
    title_ru="Большой дом 350 м²: каскад двух котлов, гидрострелка, тёплый пол внизу, радиаторы выше, бойлер 300 л",
    rooms=(
        RoomParameters(
            "ground", air_j_k=3.5e6, envelope_j_k=8.0e7, air_envelope_w_k=900.0, envelope_outdoor_w_k=180.0,
            draught_w_k=90.0, gains_w=400.0, window_m2=12.0, next_w_k=120.0,
        ),
        RoomParameters(
            "upper", air_j_k=3.0e6, envelope_j_k=5.5e7, air_envelope_w_k=750.0, envelope_outdoor_w_k=170.0,
            draught_w_k=80.0, gains_w=250.0, window_m2=10.0, next_w_k=60.0,
        ),
        RoomParameters(
            "guests", air_j_k=1.2e6, envelope_j_k=2.2e7, air_envelope_w_k=320.0, envelope_outdoor_w_k=80.0,
            draught_w_k=40.0, gains_w=50.0, window_m2=4.0,
        ),
    ),
    boilers=(
        BoilerParameters(
            "first", min_power_w=5_000.0, max_power_w=24_000.0, body_j_k=9.0e4, water_l=10.0, pump_kg_s=0.35
        ),
        BoilerParameters(
            "second", min_power_w=5_000.0, max_power_w=24_000.0, body_j_k=9.0e4, water_l=10.0, pump_kg_s=0.35
        ),
    ),
    circuits=(
        FloorParameters(
            room="ground", area_m2=140.0, pump_kg_s=0.45, slab_j_k=1.3e7, surface_j_k=5.6e6, pipes_w_k=3_500.0,
            screed_w_k=5_600.0, water_l=90.0,
        ),
        RadiatorParameters(
            room="upper", nominal_w=18_000.0, pump_kg_s=0.30, body_j_k=75 * WATER_J_KG_K + 1.8e5, water_l=75.0
        ),
        RadiatorParameters(
            "guests", room="guests", nominal_w=8_000.0, pump_kg_s=0.15, body_j_k=35 * WATER_J_KG_K + 8.0e4,
            water_l=35.0, mixing=True,
        ),
    ),
    tank=TankParameters(
        litres=300.0, coil_w_k=2_200.0, charge_kg_s=0.40, jacket_w_k=2.4, diverter=False, draws=EN_13203_M.times(2.0)
    ),
    hydraulics=Hydraulics.SEPARATOR,
    vessel=ExpansionVessel(35.0),
)  # fmt: skip

PRESETS: Final[Mapping[str, PlantParameters]] = {
    preset.name: preset for preset in (FLAT, BRICK_COTTAGE, TIMBER_HOUSE, LOW_ENERGY, LARGE_HOUSE)
}
"""All of them by name, the simplest heating first."""


def preset(name: str) -> PlantParameters:
    """The preset of this name.

    Raises:
        PlantParameterError: there is none.
    """
    try:
        return PRESETS[name]
    except KeyError:
        raise PlantParameterError("preset", f"{name!r} is unknown; there are {', '.join(PRESETS)}") from None
