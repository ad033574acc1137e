"""A hot water tank of two layers: the coil warms the lower one, the tap empties the upper one.

Cold water enters below and pushes the lower layer's water up. Warm water rises: a lower layer warmer than the upper
one mixes with it quickly, the other way round hardly anything flows.
"""

from __future__ import annotations

import math
from typing import Final

from firmware_sim.plant.parameters import CONDUCTION_W_K, CONVECTION_W_K, MOST_DRAWN_KG_S, TankParameters
from firmware_sim.plant.water import WATER_J_KG_K

DISINFECTING_C: Final = 60.0
"""Legionella die above it, in half an hour to an hour."""


class Tank:
    """A tank. Controls: `charge_on`; `opened_kg_s`: hot water drawn by hand, beside the day's profile. Faults to
    inject: `powered`, `charge_works`."""

    __slots__ = (
        "_effect", "_stream_w_k", "charge_on", "charge_works", "charging", "coil_w", "disinfected_s", "drawn_kg_s",
        "lower_c", "opened_kg_s", "parameters", "powered", "tap_w", "upper_c",
    )  # fmt: skip

    def __init__(self, parameters: TankParameters, *, temp_c: float = 50.0) -> None:
        self.parameters = parameters
        self._stream_w_k = parameters.charge_kg_s * WATER_J_KG_K
        self._effect = 1.0 - math.exp(-parameters.coil_w_k / self._stream_w_k)
        self.charge_on = False
        self.powered = True
        self.charge_works = True
        """False: the charge pump has seized, or the three-way valve stays at heating."""
        self.charging = False
        """Water goes through the coil."""
        self.opened_kg_s = 0.0
        self.drawn_kg_s = 0.0
        self.upper_c = temp_c
        self.lower_c = temp_c
        self.coil_w = 0.0
        self.tap_w = 0.0
        self.disinfected_s = 0.0
        """How long every layer has been at `DISINFECTING_C` or above without a break."""

    @property
    def temp_c(self) -> float:
        """What a sensor at half height shows."""
        return (self.upper_c + self.lower_c) / 2

    @property
    def stored_j(self) -> float:
        """Heat in it, counted from 0 °C."""
        return (self.upper_c + self.lower_c) * self.parameters.layer_j_k

    def fill_at(self, temp_c: float) -> None:
        """Make it `temp_c` warm all through."""
        self.upper_c = self.lower_c = temp_c

    def offer(self) -> tuple[float, float, float]:
        """What the coil takes from the supply (W/K) and the line of what comes back."""
        self.charging = self.charge_on and self.charge_works and self.powered
        if not self.charging:
            return 0.0, self.lower_c, 0.0
        return self._stream_w_k, self._effect * self.lower_c, 1.0 - self._effect

    def step(self, dt_s: float, hot_c: float, cold_c: float, air_c: float, drawn_kg_s: float) -> float:
        """Let `dt_s` seconds pass.

        Args:
            hot_c: supply in front of the coil.
            cold_c: water from the main.
            drawn_kg_s: of the day's profile.

        Returns:
            what its jacket gives to the air around, W.
        """
        p, upper_c, lower_c = self.parameters, self.upper_c, self.lower_c
        coil_w = self._stream_w_k * self._effect * (hot_c - lower_c) if self.charging else 0.0
        drawn_kg_s = min(drawn_kg_s + self.opened_kg_s, MOST_DRAWN_KG_S)
        drawn_w_k = drawn_kg_s * WATER_J_KG_K
        rising_w = (CONVECTION_W_K if lower_c > upper_c else CONDUCTION_W_K) * (lower_c - upper_c)
        half_w_k = p.jacket_w_k / 2
        upper_jacket_w, lower_jacket_w = half_w_k * (upper_c - air_c), half_w_k * (lower_c - air_c)
        per_w = dt_s / p.layer_j_k
        self.upper_c = upper_c + per_w * (rising_w + drawn_w_k * (lower_c - upper_c) - upper_jacket_w)
        self.lower_c = lower_c + per_w * (coil_w - rising_w - drawn_w_k * (lower_c - cold_c) - lower_jacket_w)
        self.coil_w, self.drawn_kg_s, self.tap_w = coil_w, drawn_kg_s, drawn_w_k * (upper_c - cold_c)
        hot = self.upper_c >= DISINFECTING_C and self.lower_c >= DISINFECTING_C
        self.disinfected_s = self.disinfected_s + dt_s if hot else 0.0
        return upper_jacket_w + lower_jacket_w
