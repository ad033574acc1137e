"""The house behind the controller, emulated.

In: time and three controls (flow target, pump, valve). Out: temperatures, pressure, flame. The invariant:
energy is neither made nor lost, whatever the step.
"""

from firmware_sim.plant.boiler import Boiler, BurnerPhase, efficiency
from firmware_sim.plant.plant import STEP_S, EnergyBook, HouseParameters, Plant, Temperatures
from firmware_sim.plant.weather import Weather

__all__ = [
    "STEP_S",
    "Boiler",
    "BurnerPhase",
    "EnergyBook",
    "HouseParameters",
    "Plant",
    "Temperatures",
    "Weather",
    "efficiency",
]
