"""Boilers to hang on a bus: one that is nothing but its values, and the emulated house's."""

from dataclasses import dataclass

from firmware_sim.plant import Plant


@dataclass
class BoilerOfValues:
    """A boiler whose sensors say what a test wants them to."""

    flow_target_c: float | None = None
    max_modulation: float = 1.0
    flow_c: float = 45.0
    return_c: float = 38.0
    pressure_bar: float = 1.6
    modulation: float = 0.4
    flame: bool = True
    locked_out: bool = False
    starts: int = 12

    def reset(self) -> None:
        self.locked_out = False


@dataclass
class TankOfValues:
    temp_c: float = 52.0
    charge_on: bool = False


class HouseBoiler:
    """The boiler of an emulated house."""

    max_modulation = 1.0

    def __init__(self, plant: Plant) -> None:
        self._plant = plant

    @property
    def flow_target_c(self) -> float | None:
        return self._plant.flow_target_c

    @flow_target_c.setter
    def flow_target_c(self, target_c: float | None) -> None:
        self._plant.flow_target_c = target_c

    @property
    def flow_c(self) -> float:
        return self._plant.temperatures.boiler_c

    @property
    def return_c(self) -> float:
        return self._plant.return_c

    @property
    def pressure_bar(self) -> float:
        return self._plant.pressure_bar

    @property
    def modulation(self) -> float:
        return self._plant.boiler.modulation

    @property
    def flame(self) -> bool:
        return self._plant.boiler.flame

    @property
    def locked_out(self) -> bool:
        return self._plant.boiler.locked_out

    @property
    def starts(self) -> int:
        return self._plant.boiler.starts

    def reset(self) -> None:
        self._plant.boiler.reset()
