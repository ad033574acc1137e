"""A boiler and a tank to hang on a bus that are nothing but their values."""

from dataclasses import dataclass


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
