"""The house behind the controller, emulated.

In: time and the controls (flow targets, pumps, valves). Out: temperatures, pressure, flames, the gas meter. The
invariant: energy is neither made nor lost, whatever the step.
"""

from firmware_sim.plant.boiler import Boiler, BoilerFault, BurnerPhase, efficiency
from firmware_sim.plant.circuits import Circuit, FloorCircuit, RadiatorCircuit
from firmware_sim.plant.draws import EN_13203_M, NO_DRAWS, SHOWERS, Draw, DrawProfile
from firmware_sim.plant.errors import PlantParameterError, StepError
from firmware_sim.plant.parameters import (
    MAX_STEP_S,
    RADIATOR_EXPONENT,
    BoilerParameters,
    FloorParameters,
    Hydraulics,
    PlantParameters,
    RadiatorParameters,
    RoomParameters,
    TankParameters,
)
from firmware_sim.plant.plant import STEP_S, EnergyBook, Plant
from firmware_sim.plant.presets import PRESETS, preset
from firmware_sim.plant.room import Room
from firmware_sim.plant.tank import Tank
from firmware_sim.plant.water import ExpansionVessel
from firmware_sim.plant.weather import Weather

__all__ = [
    "EN_13203_M",
    "MAX_STEP_S",
    "NO_DRAWS",
    "PRESETS",
    "RADIATOR_EXPONENT",
    "SHOWERS",
    "STEP_S",
    "Boiler",
    "BoilerFault",
    "BoilerParameters",
    "BurnerPhase",
    "Circuit",
    "Draw",
    "DrawProfile",
    "EnergyBook",
    "ExpansionVessel",
    "FloorCircuit",
    "FloorParameters",
    "Hydraulics",
    "Plant",
    "PlantParameterError",
    "PlantParameters",
    "RadiatorCircuit",
    "RadiatorParameters",
    "Room",
    "RoomParameters",
    "StepError",
    "Tank",
    "TankParameters",
    "Weather",
    "efficiency",
    "preset",
]
