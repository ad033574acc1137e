"""A house of a few numbers behind the firmware's terminals, for tests of the firmware alone.

Heat goes where pumps and taps let it; the numbers are round, not a real house's.
"""

from __future__ import annotations

from collections.abc import Callable

from firmware_sim.boiler_link import BoilerDemand, BoilerValues
from firmware_sim.controller.firmware import Firmware
from firmware_sim.controller.models import MODELS
from firmware_sim.controller.presets import preset
from firmware_sim.controller.terminals import Probe, RadioReading
from provisioning.zont.config_text import ConfigText


class BareBoiler:
    """A `BoilerLink` that follows its demand by a tenth of a kelvin a second."""

    def __init__(self) -> None:
        self.demand = BoilerDemand()
        self.values = BoilerValues(flow_c=40.0, pressure_bar=1.5, modulation=0.0)
        self.linked = True
        self.resets = 0
        self._at = 0.0

    @property
    def asked_c(self) -> float | None:
        return self.demand.ch_setpoint_c if self.demand.ch_enabled else None

    def step(self, now: float) -> None:
        values, asked_c, elapsed_s = self.values, self.asked_c, now - self._at
        self._at = now
        values.flame = asked_c is not None and values.flow_c < asked_c and not values.fault
        values.flow_c += elapsed_s * (0.1 if values.flame else -0.01 if values.flow_c > 20 else 0.0)

    def reset_fault(self) -> None:
        self.resets += 1
        self.values.fault = False


class BareHouse:
    """Terminals that a test sets by hand."""

    def __init__(self) -> None:
        self.temps: dict[str, float | None] = {
            "28-air": 20.0, "28-outdoor": 0.0, "28-flow": 40.0, "28-tank": 50.0,
            "28-floor-air": 21.0, "28-floor-flow": 30.0, "28-return": 35.0,
        }  # fmt: skip
        self.volts_at: dict[int, float | None] = {1: 1.7, 2: 0.0, 3: 5.0}
        self.ohms_at: dict[int, float | None] = {}
        self.radios: dict[str, RadioReading | None] = {
            "radio-room": RadioReading(21.5, 45.0),
            "radio-leak": RadioReading(),
        }
        self.relays: dict[int, bool] = {}
        self.boilers = {"0000": BareBoiler(), "0001": BareBoiler()}
        self.mains = True

    def probe(self, address: str) -> Probe:
        return lambda: self.temps.get(address)

    def ohms(self, terminal: int) -> Probe:
        return lambda: self.ohms_at.get(terminal)

    def volts(self, terminal: int) -> Probe:
        return lambda: self.volts_at.get(terminal)

    def radio(self, address: str) -> Callable[[], RadioReading | None]:
        return lambda: self.radios.get(address)

    def relay(self, terminal: int) -> Callable[[bool], None]:
        def switch(on: bool) -> None:
            self.relays[terminal] = on

        return switch

    def boiler(self, serial: str, bus: int) -> BareBoiler:
        return self.boilers[serial]

    def supply_v(self) -> tuple[float, bool]:
        return 12.1, self.mains


def firmware(
    model: str = "H2000+ PRO.V2", config: ConfigText | None = None, **options
) -> tuple[Firmware, BareHouse]:
    """A model with its preset, after its first second."""
    house = BareHouse()
    made = Firmware(config or preset(MODELS[model]), house, model=MODELS[model], **options)
    made.step()
    return made, house


def run(made: Firmware, seconds: float) -> None:
    """Let time pass."""
    for _ in range(int(seconds)):
        made.step()
