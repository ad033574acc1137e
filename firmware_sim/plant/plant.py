"""A house with its heating, small but physical.

    gas ─► boilers ─┬─► circuits ─► rooms' air ─┬─► envelopes ─► outdoors
                    └─► tank ─► tap             └─► outdoors (draught)

Theory of operation. Every step first finds all flows of heat from the temperatures at its beginning, then moves the
temperatures. Each flow is computed once, taken from one side and given to the other, so that no step size can make or
lose energy (explicit Euler). Parameters are refused when a capacity is too small for `MAX_STEP_S`.

Between two steps the controls are set from outside: `boilers[i].flow_target_c` and `max_modulation`,
`circuits[name].pump_on` and `valve_drive`, `tank.charge_on`. So are the faults: each part names its own, and those of
the whole house are `powered`, `gas_on`, `leak_l_s`, `water_lost_l`.

Water that leaks takes no heat with it and water that is filled up brings none: the circuits' heat capacity is that of
the full system, whatever its pressure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from firmware_sim.plant.boiler import Boiler
from firmware_sim.plant.circuits import Circuit, circuit_of
from firmware_sim.plant.errors import StepError
from firmware_sim.plant.hydraulics import meet_direct, meet_in_separator
from firmware_sim.plant.parameters import MAX_STEP_S, Hydraulics, PlantParameters
from firmware_sim.plant.presets import BRICK_COTTAGE
from firmware_sim.plant.room import Room
from firmware_sim.plant.tank import Tank
from firmware_sim.plant.water import (
    DENSEST_C,
    EXPANSION_PER_K2,
    FILLED_AT_C,
    SAFETY_VALVE_BAR,
    SAFETY_VALVE_L_S_BAR,
    WATER_J_KG_K,
    expansion,
)
from firmware_sim.plant.weather import Weather

STEP_S: Final = 5.0
"""A step that suits a simulation of days."""
KWH_J: Final = 3.6e6
TANK_AT_START_C: Final = 50.0


@dataclass(slots=True)
class EnergyBook:
    """Energy since the start, in joules: what came (`into_water_j`, `gains_j`) and what went (`outdoors_j`, `tap_j`).

    `gas_j` is what was burnt, by its lower heating value; `gains_j` is people, appliances and sun.
    """

    gas_j: float = 0.0
    into_water_j: float = 0.0
    gains_j: float = 0.0
    outdoors_j: float = 0.0
    tap_j: float = 0.0


class Plant:
    """House, boilers, circuits, tank and weather.

    Args:
        parameters: what it is made of; presets are in `firmware_sim.plant.presets`.
        weather: around it.
        air_c: its rooms and its water at the start, the envelope in balance with the weather. The tank is warm.
    """

    def __init__(
        self,
        parameters: PlantParameters = BRICK_COTTAGE,
        weather: Weather | None = None,
        *,
        air_c: float = 20.0,
    ) -> None:
        self.parameters = parameters
        self.weather = weather or Weather()
        self.time_s = 0.0
        """Seconds since the plant's zero."""
        self.outdoor_c, self.sun_w_m2 = self.weather.at(0.0)
        self.rooms = {p.name: Room(p, air_c=air_c, outdoor_c=self.outdoor_c) for p in parameters.rooms}
        self.boilers = tuple(Boiler(p, temp_c=air_c) for p in parameters.boilers)
        self.circuits = {p.name: circuit_of(p, temp_c=air_c) for p in parameters.circuits}
        self.tank = Tank(parameters.tank, temp_c=TANK_AT_START_C) if parameters.tank else None
        self.energy = EnergyBook()
        self.water_lost_l = 0.0
        """Water missing in the circuit; filled up by making it smaller."""
        self.leak_l_s = 0.0
        """A leak, a fault to inject."""
        self._powered = self._gas_on = True
        self._rooms = tuple(self.rooms.values())
        numbers = {name: number for number, name in enumerate(self.rooms)}
        self._circuits: tuple[tuple[Circuit, int, bool], ...] = tuple(
            (self.circuits[p.name], numbers[p.room], p.boiler_pump) for p in parameters.circuits
        )
        self._boiler_pump = any(p.boiler_pump for p in parameters.circuits)
        self._pumped = tuple((boiler, boiler.parameters.pump_kg_s * WATER_J_KG_K) for boiler in self.boilers)
        self._gains = tuple((p.gains_w, p.window_m2) for p in parameters.rooms)
        self._between_w_k = tuple(p.next_w_k for p in parameters.rooms[:-1])
        self._direct = parameters.hydraulics is Hydraulics.DIRECT
        water_l = sum(p.water_l for p in (*parameters.boilers, *parameters.circuits))
        self._expanded_cold_l = water_l * expansion(FILLED_AT_C)
        for boiler in self.boilers:
            boiler.pressure_bar = self.pressure_bar

    @property
    def boiler(self) -> Boiler:
        """The first boiler."""
        return self.boilers[0]

    @property
    def first_room(self) -> Room:
        """The room where the boilers stand; in a small house the only one."""
        return self._rooms[0]

    @property
    def gas_m3(self) -> float:
        """What the gas meter shows."""
        return self.energy.gas_j / (KWH_J * self.parameters.gas_kwh_m3)

    @property
    def pressure_bar(self) -> float:
        """Pressure of the heating water over the atmosphere."""
        return self.parameters.vessel.pressure_bar(self._expanded_l - self.water_lost_l)

    @property
    def _expanded_l(self) -> float:
        """How much larger the water is than it was when it was filled in."""
        # `expansion` written out: every step needs the pressure.
        l_k2 = 0.0
        for boiler in self.boilers:
            over_k = boiler.flow_c - DENSEST_C
            l_k2 += boiler.parameters.water_l * over_k * over_k
        for circuit, _, _ in self._circuits:
            over_k = circuit.water_c - DENSEST_C
            l_k2 += circuit.parameters.water_l * over_k * over_k
        return EXPANSION_PER_K2 * l_k2 - self._expanded_cold_l

    def fill_up(self, to_bar: float) -> None:
        """Let water in, or out, until the gauge shows `to_bar`.

        Raises:
            PlantParameterError: below the vessel's precharge, or at the safety valve.
        """
        self.water_lost_l = self._expanded_l - self.parameters.vessel.added_l(to_bar)

    @property
    def powered(self) -> bool:
        """The mains: False stops every boiler, pump and valve of the house; a fault to inject."""
        return self._powered

    @powered.setter
    def powered(self, on: bool) -> None:
        self._powered = on
        for part in (*self.boilers, *self.circuits.values()):
            part.powered = on
        if self.tank is not None:
            self.tank.powered = on

    @property
    def gas_on(self) -> bool:
        """Gas comes from the street; False is a fault to inject."""
        return self._gas_on

    @gas_on.setter
    def gas_on(self, on: bool) -> None:
        self._gas_on = on
        for boiler in self.boilers:
            boiler.gas_on = on

    @property
    def stored_j(self) -> float:
        """Heat in all capacities, counted from 0 °C."""
        return (
            sum(room.stored_j for room in self._rooms)
            + sum(boiler.stored_j for boiler in self.boilers)
            + sum(circuit.stored_j for circuit in self.circuits.values())
            + (self.tank.stored_j if self.tank else 0.0)
        )

    def step(self, dt_s: float) -> None:
        """Let `dt_s` seconds pass.

        Raises:
            StepError: it is not above 0 and at most `MAX_STEP_S`.
        """
        if not 0.0 < dt_s <= MAX_STEP_S:
            raise StepError(dt_s, MAX_STEP_S)
        tank, boilers, rooms, parameters = self.tank, self.boilers, self._rooms, self.parameters
        outdoor_c, sun_w_m2 = self.outdoor_c, self.sun_w_m2

        drawn = offset = slope = 0.0
        diverted = False
        if tank is not None:
            drawn, offset, slope = tank.offer()
            offset, slope = drawn * offset, drawn * slope
            diverted = tank.charging and tank.parameters.diverter
        boiler_pumps = self._boiler_pump and boilers[0].pump_on and boilers[0].pump_works
        for circuit, _, boiler_pump in self._circuits:
            flowing = not diverted and (
                (circuit.pump_on and circuit.pump_works and circuit.powered) or (boiler_pump and boiler_pumps)
            )
            stream, line_offset, line_slope = circuit.offer(dt_s, flowing)
            drawn += stream
            offset += stream * line_offset
            slope += stream * line_slope

        if self._direct:
            hot_c, return_c = meet_direct(drawn, offset, slope, boilers[0].flow_c)
            streams = [drawn]
        else:
            streams = []
            given = carried = 0.0
            for boiler, stream in self._pumped:
                if not (boiler.pump_on and boiler.pump_works):
                    stream = 0.0
                streams.append(stream)
                given += stream
                carried += stream * boiler.flow_c
            flow_c = carried / given if given else boilers[0].flow_c
            hot_c, return_c = meet_in_separator(drawn, offset, slope, given, flow_c)

        gains_w = 0.0
        heats_w = []
        for constant_w, window_m2 in self._gains:
            heat_w = constant_w + window_m2 * sun_w_m2
            heats_w.append(heat_w)
            gains_w += heat_w
        for circuit, room, _ in self._circuits:
            heats_w[room] += circuit.take(dt_s, hot_c, rooms[room].air_c)
        around_c = rooms[0].air_c
        tap_w = 0.0
        if tank is not None:
            of_day_s = self.weather.of_day_s(self.time_s)
            drawn_kg_s = tank.parameters.draws.mean_kg_s(of_day_s, dt_s)
            heats_w[0] += tank.step(dt_s, hot_c, parameters.cold_water_c, around_c, drawn_kg_s)
            tap_w = tank.tap_w
        pressure_bar = self.pressure_bar
        gas_w = into_water_w = 0.0
        for boiler, stream in zip(boilers, streams, strict=True):
            back_c = return_c if stream else boiler.flow_c
            heats_w[0] += boiler.step(dt_s, back_c, stream, around_c, pressure_bar)
            gas_w += boiler.gas_w
            into_water_w += boiler.power_w
        for number, between_w_k in enumerate(self._between_w_k):
            over_w = between_w_k * (rooms[number].air_c - rooms[number + 1].air_c)
            heats_w[number] -= over_w
            heats_w[number + 1] += over_w
        outdoors_w = 0.0
        for room_, heat_w in zip(rooms, heats_w, strict=True):
            outdoors_w += room_.step(dt_s, outdoor_c, heat_w)

        self.water_lost_l += self.leak_l_s * dt_s
        if pressure_bar > SAFETY_VALVE_BAR:
            self.water_lost_l += SAFETY_VALVE_L_S_BAR * (pressure_bar - SAFETY_VALVE_BAR) * dt_s
        book = self.energy
        book.gas_j += gas_w * dt_s
        book.into_water_j += into_water_w * dt_s
        book.gains_j += gains_w * dt_s
        book.outdoors_j += outdoors_w * dt_s
        book.tap_j += tap_w * dt_s
        self.time_s += dt_s
        self.outdoor_c, self.sun_w_m2 = self.weather.at(self.time_s)
