"""A boiler and a tank to hang on a bus that are nothing but their values."""

from dataclasses import dataclass


@dataclass
class BoilerOfValues:
    """A boiler whose sensors say what a test wants them to."""

    flow_target_c: float | None = None
    max_modulation: float = 1.0
    powered: bool = True
    flow_shown_c: float = 45.0
    return_c: float = 38.0
    pressure_bar: float = 1.6
    modulation: float = 0.4
    flame: bool = True
    min_power_w: float = 4_800.0
    max_power_w: float = 24_000.0
    locked_out: bool = False
    overheated: bool = False
    low_water: bool = False
    starts: int = 12
    failed_starts: int = 3
    burner_s: float = 7_300.0
    pump_starts: int = 9
    pump_s: float = 11_000.0

    def reset(self) -> None:
        self.locked_out = self.overheated = False


@dataclass
class TankOfValues:
    temp_c: float = 52.0
    drawn_kg_s: float = 0.0
    charge_on: bool = False
