"""A controller in each house of a fleet: the firmware as it is, on the arrays of `plant.many_houses`.

Each second of a single installation is here a step of `STEP_S`: firmware and house look at each other that often. The
boilers hang on a bus without frames, which carries in one step what a real one would in a few seconds; at such steps
the frames would only cost time. Needs the extra `fleet` (NumPy).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Final, TypeAlias

from firmware_sim.boiler_link import BoilerDemand, BoilerLink, BoilerValues
from firmware_sim.controller.firmware import Firmware
from firmware_sim.controller.models import ControllerModel
from firmware_sim.controller.places import CHARGING_RELAY, CircuitPlace, circuits_at
from firmware_sim.controller.presets import SERIAL_1, SERIAL_2, preset
from firmware_sim.controller.terminals import Probe, RadioReading
from firmware_sim.controller.wiring import (
    PRESSURE_TERMINAL,
    QUIET_VOLTS,
    SUPPLY_V,
    SilentBus,
    pressure_volts,
)
from firmware_sim.plant import PlantParameters, Weather
from firmware_sim.plant.many_boilers import ManyBoilers
from firmware_sim.plant.many_circuits import ManyFloors, ManyRadiators
from firmware_sim.plant.many_houses import HouseGroup, ManyHouses
from firmware_sim.plant.many_rooms import ManyRooms, ManyTanks

STEP_S: Final = 10.0

ManyCircuits: TypeAlias = ManyRadiators | ManyFloors


class DirectBus:
    """A boiler of the arrays as a `BoilerLink`."""

    def __init__(self, boilers: ManyBoilers, house: int) -> None:
        self._boilers, self._house = boilers, house
        self.demand = BoilerDemand()
        self.values = BoilerValues()
        self.linked = True

    def step(self, now: float) -> None:
        """Hand over both ways."""
        boilers, house, values = self._boilers, self._house, self.values
        asked_c = self.demand.ch_setpoint_c if self.demand.ch_enabled else None
        boilers.flow_target_c[house] = float("nan") if asked_c is None else asked_c
        values.flow_c = float(boilers.flow_c[house] + boilers.sensor_error_k[house])
        values.return_c = float(boilers.return_c[house])
        values.pressure_bar = float(boilers.pressure_bar[house])
        values.flame = bool(boilers.power_w[house] > 0.0)
        values.fault = bool(boilers.lockout[house]) or bool(boilers.low_water[house])

    def reset_fault(self) -> None:
        """Release a lockout."""
        self._boilers.reset(self._house)


class FleetTerminals:
    """A house of the arrays as `Terminals`, wired as in `wiring`."""

    def __init__(self, group: HouseGroup, house: int, parameters: PlantParameters) -> None:
        self._group, self._house = group, house
        boiler, tank = group.boilers[0], group.tank
        rooms = dict(zip(group.layout.rooms, group.rooms, strict=True))
        room_of = {each.name: rooms[each.room] for each in parameters.circuits}
        self._probes: dict[str, Callable[[], float]] = {
            "28-outdoor": lambda: float(group.outdoor_c[house]),
            "28-air": _air(group.rooms[0], house),
            "28-flow": lambda: float(boiler.flow_c[house]),
            "28-return": lambda: float(boiler.return_c[house]),
        }
        self._relays: dict[int, Callable[[bool], None]] = {}
        if tank is not None:
            self._probes["28-tank"] = lambda: float(tank.temp_c[house])
            self._relays[CHARGING_RELAY] = _charging(tank, house)
        for place, name in circuits_at(parameters).items():
            circuit = group.circuits[name]
            self._probes[place.air] = _air(room_of[name], house)
            self._relays[place.pump] = _pump(circuit, house)
            if place.flow:
                self._probes[place.flow] = _supply(circuit, house)
            if place.opens:
                self._relays |= _tap(circuit, place, house)

    def probe(self, address: str) -> Probe:
        """A digital sensor."""
        return self._probes.get(address, lambda: None)

    def ohms(self, terminal: int) -> Probe:
        """No thermistor is connected."""
        del terminal
        return lambda: None

    def volts(self, terminal: int) -> Probe:
        """The heating water's pressure, a door that is closed, a floor that is dry."""
        if terminal == PRESSURE_TERMINAL:
            boiler, house = self._group.boilers[0], self._house
            return lambda: pressure_volts(float(boiler.pressure_bar[house]))
        return lambda: QUIET_VOLTS.get(terminal)

    def radio(self, address: str) -> Callable[[], RadioReading | None]:
        """The last room; a leak sensor that lies dry."""
        if address == "radio-room":
            room, house = self._group.rooms[-1], self._house
            return lambda: RadioReading(round(float(room.air_c[house]), 1), 45.0)
        dry = RadioReading() if address == "radio-leak" else None
        return lambda: dry

    def relay(self, terminal: int) -> Callable[[bool], None]:
        """What a relay switches."""
        return self._relays.get(terminal, lambda _: None)

    def boiler(self, serial: str, bus: int) -> BoilerLink:
        """A boiler's bus; whichever it is, one step carries everything."""
        del bus
        number = {SERIAL_1: 0, SERIAL_2: 1}.get(serial, len(self._group.boilers))
        if number >= len(self._group.boilers):
            return SilentBus()
        return DirectBus(self._group.boilers[number], self._house)

    def supply_v(self) -> tuple[float, bool]:
        """The mains are on."""
        return SUPPLY_V, True


def _air(rooms: ManyRooms, house: int) -> Callable[[], float]:
    return lambda: float(rooms.air_c[house])


def _supply(circuit: ManyCircuits, house: int) -> Callable[[], float]:
    return lambda: float(circuit.supply_c[house])


def _charging(tank: ManyTanks, house: int) -> Callable[[bool], None]:
    def turn(on: bool) -> None:
        tank.charge_on[house] = on

    return turn


def _pump(circuit: ManyCircuits, house: int) -> Callable[[bool], None]:
    def turn(on: bool) -> None:
        circuit.pump_on[house] = on

    return turn


def _tap(circuit: ManyCircuits, place: CircuitPlace, house: int) -> dict[int, Callable[[bool], None]]:
    driven = {place.opens: False, place.closes: False}

    def turn(relay: int, on: bool) -> None:
        driven[relay] = on
        circuit.valve_drive[house] = driven[place.opens] - driven[place.closes]

    return {relay: partial(turn, relay) for relay in driven}


class ControllerFleet:
    """Houses with a controller in each, on one time.

    Args:
        houses: model, parameters and weather of each.
    """

    def __init__(self, houses: Iterable[tuple[ControllerModel, PlantParameters, Weather]]) -> None:
        listed = list(houses)
        self.houses = ManyHouses((parameters, weather) for _, parameters, weather in listed)
        self.firmwares = [
            Firmware(
                preset(model, parameters),
                FleetTerminals(*self.houses.place(n), parameters),
                model=model,
                serial=f"{n:012X}",
                step_s=STEP_S,
            )
            for n, (model, parameters, _) in enumerate(listed)
        ]

    def step(self) -> None:
        """Let `STEP_S` pass everywhere."""
        self.houses.step(STEP_S)
        for firmware in self.firmwares:
            firmware.step()
