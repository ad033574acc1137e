"""Rooms, tanks and water pressure of many houses: `room.py`, `tank.py` and `water.py` with an array for each
figure."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from firmware_sim.plant.many_columns import Floats, bools, either, floats
from firmware_sim.plant.many_weather import ManyDraws
from firmware_sim.plant.parameters import (
    CONDUCTION_W_K,
    CONVECTION_W_K,
    MOST_DRAWN_KG_S,
    RoomParameters,
    TankParameters,
)
from firmware_sim.plant.tank import DISINFECTING_C
from firmware_sim.plant.water import ATMOSPHERE_BAR, COLLAPSE_BAR_PER_L, WATER_J_KG_K, ExpansionVessel


class ManyRooms:
    """One room in each house."""

    def __init__(self, parameters: Sequence[RoomParameters], *, air_c: float, outdoor_c: Floats) -> None:
        self.gains_w = floats(parameters, "gains_w")
        self.window_m2 = floats(parameters, "window_m2")
        self.next_w_k = floats(parameters, "next_w_k")
        self._air_j_k = floats(parameters, "air_j_k")
        self._envelope_j_k = floats(parameters, "envelope_j_k")
        self._inner_w_k = floats(parameters, "air_envelope_w_k")
        self._outer_w_k = floats(parameters, "envelope_outdoor_w_k")
        self._draught_w_k = floats(parameters, "draught_w_k")
        self.air_c = np.full(len(parameters), air_c)
        self.envelope_c = (self._inner_w_k * air_c + self._outer_w_k * outdoor_c) / (
            self._inner_w_k + self._outer_w_k
        )
        self.heat_w = np.zeros(len(parameters))
        self.lost_w = np.zeros(len(parameters))

    @property
    def stored_j(self) -> Floats:
        """Heat in each, counted from 0 °C."""
        return self.air_c * self._air_j_k + self.envelope_c * self._envelope_j_k

    def step(self, dt_s: float, outdoor_c: Floats, heat_w: Floats) -> Floats:
        """As `Room.step`."""
        air_c, envelope_c = self.air_c, self.envelope_c
        into_envelope_w = self._inner_w_k * (air_c - envelope_c)
        out_of_envelope_w = self._outer_w_k * (envelope_c - outdoor_c)
        draught_w = self._draught_w_k * (air_c - outdoor_c)
        self.heat_w, self.lost_w = heat_w, out_of_envelope_w + draught_w
        self.air_c = air_c + dt_s / self._air_j_k * (heat_w - into_envelope_w - draught_w)
        self.envelope_c = envelope_c + dt_s / self._envelope_j_k * (into_envelope_w - out_of_envelope_w)
        return self.lost_w


class ManyTanks:
    """The tank of each house. Controls and faults as in `Tank`, arrays."""

    def __init__(self, parameters: Sequence[TankParameters], *, temp_c: float) -> None:
        size = len(parameters)
        self.diverter = bools(parameters, "diverter")
        self._draws = ManyDraws([p.draws for p in parameters])
        self._layer_j_k = floats(parameters, "layer_j_k")
        self._jacket_w_k = floats(parameters, "jacket_w_k")
        self._stream_w_k = floats(parameters, "charge_kg_s") * WATER_J_KG_K
        self._effect = np.array(
            [1.0 - math.exp(-p.coil_w_k / (p.charge_kg_s * WATER_J_KG_K)) for p in parameters]
        )
        self.charge_on = np.zeros(size, dtype=np.bool_)
        self.powered = np.ones(size, dtype=np.bool_)
        self.charge_works = np.ones(size, dtype=np.bool_)
        self.charging = np.zeros(size, dtype=np.bool_)
        self.opened_kg_s = np.zeros(size)
        self.drawn_kg_s = np.zeros(size)
        self.upper_c = np.full(size, temp_c)
        self.lower_c = np.full(size, temp_c)
        self.coil_w = np.zeros(size)
        self.tap_w = np.zeros(size)
        self.disinfected_s = np.zeros(size)

    @property
    def temp_c(self) -> Floats:
        """What a sensor at half height shows."""
        mean_c: Floats = (self.upper_c + self.lower_c) / 2
        return mean_c

    @property
    def stored_j(self) -> Floats:
        """Heat in each, counted from 0 °C."""
        stored_j: Floats = (self.upper_c + self.lower_c) * self._layer_j_k
        return stored_j

    def offer(self) -> tuple[Floats, Floats, Floats]:
        """As `Tank.offer`."""
        self.charging = on = self.charge_on & self.charge_works & self.powered
        return (
            either(on, self._stream_w_k, 0.0),
            either(on, self._effect * self.lower_c, self.lower_c),
            either(on, 1.0 - self._effect, 0.0),
        )

    def step(self, dt_s: float, hot_c: Floats, cold_c: Floats, air_c: Floats, of_day_s: Floats) -> Floats:
        """As `Tank.step`, with the draw looked up here."""
        upper_c, lower_c = self.upper_c, self.lower_c
        coil_w = either(self.charging, self._stream_w_k * self._effect * (hot_c - lower_c), 0.0)
        drawn_kg_s = np.minimum(self._draws.mean_kg_s(of_day_s, dt_s) + self.opened_kg_s, MOST_DRAWN_KG_S)
        drawn_w_k = drawn_kg_s * WATER_J_KG_K
        rising_w = either(lower_c > upper_c, CONVECTION_W_K, CONDUCTION_W_K) * (lower_c - upper_c)
        half_w_k = self._jacket_w_k / 2
        upper_jacket_w, lower_jacket_w = half_w_k * (upper_c - air_c), half_w_k * (lower_c - air_c)
        per_w = dt_s / self._layer_j_k
        self.upper_c = upper_c + per_w * (rising_w + drawn_w_k * (lower_c - upper_c) - upper_jacket_w)
        self.lower_c = lower_c + per_w * (coil_w - rising_w - drawn_w_k * (lower_c - cold_c) - lower_jacket_w)
        self.coil_w, self.drawn_kg_s, self.tap_w = coil_w, drawn_kg_s, drawn_w_k * (upper_c - cold_c)
        hot = (self.upper_c >= DISINFECTING_C) & (self.lower_c >= DISINFECTING_C)
        self.disinfected_s = either(hot, self.disinfected_s + dt_s, 0.0)
        return upper_jacket_w + lower_jacket_w


class ManyVessels:
    """The expansion vessel of each house."""

    def __init__(self, vessels: Sequence[ExpansionVessel]) -> None:
        self._vessel_l = floats(vessels, "vessel_l")
        self._precharge_bar = floats(vessels, "precharge_bar")
        self._filled_bar = floats(vessels, "fill_bar") + ATMOSPHERE_BAR
        self._gas_l = floats(vessels, "gas_when_filled_l")

    def pressure_bar(self, added_l: Floats) -> Floats:
        """As `ExpansionVessel.pressure_bar`."""
        left_l = self._gas_l - added_l
        empty_bar = np.maximum(0.0, self._precharge_bar - COLLAPSE_BAR_PER_L * (left_l - self._vessel_l))
        pressed_l = np.maximum(left_l, 0.05 * self._vessel_l)
        sprung_bar = self._filled_bar * self._gas_l / pressed_l - ATMOSPHERE_BAR
        return either(left_l > self._vessel_l, empty_bar, sprung_bar)
