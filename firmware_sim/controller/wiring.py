"""Wires the controller's terminals to a simulated house, and lets both live together.

    address or terminal     in the house
    28-outdoor              outdoors
    28-flow, 28-return      water leaving the first boiler and coming back to it
    28-tank                 hot water
    28-air, …               rooms and flows of the circuits, as in `places`
    radio-room              the last room; radio-leak lies dry
    relay 2                 charges the tank
    relay 1, 3, …           pumps and taps of the circuits, as in `places`
    input 1                 a pressure sensor of 5 bar; 2 a door, closed; 3 a leak sensor, dry
    0000, 0001              the boilers' digital buses, OpenTherm or eBUS as their adapters are set up

What a house lacks is not connected: its sensor is silent, its relay clicks and nothing happens. Faults are injected by
cutting a wire (`cut`), freezing a sensor (`stuck_c`), putting a voltage on an input (`volts_at`), emptying a radio
sensor's battery (`battery_v`), welding a relay's contact (`weld`) or switching the mains off.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from random import Random
from typing import Final

from firmware_sim.boiler_electronics import BoilerElectronics
from firmware_sim.boiler_link import BoilerDemand, BoilerLink, BoilerValues
from firmware_sim.controller.firmware import STEP_S, Firmware
from firmware_sim.controller.models import MODELS, ControllerModel
from firmware_sim.controller.places import CHARGING_RELAY, CircuitPlace, circuits_at
from firmware_sim.controller.presets import SERIAL_1, SERIAL_2, preset
from firmware_sim.controller.system_lines import MONDAY_S
from firmware_sim.controller.system_parameters import configured_zone_s
from firmware_sim.controller.terminals import Probe, RadioReading
from firmware_sim.ebus import BoilerEbusSlave, EbusLink
from firmware_sim.opentherm.line import OpenThermLink
from firmware_sim.opentherm.slave import BoilerSlave
from firmware_sim.plant import Circuit, Plant, Room, Tank
from provisioning.zont.config_text import ConfigText

SUPPLY_V: Final = 12.1
MAX_CATCH_UP_S: Final = 12 * 3600.0
"""More is not caught up: a clock that jumps by a year is not a year of heating."""
PRESSURE_TERMINAL: Final = 1
PRESSURE_RANGE_BAR: Final = 5.0
STARTED_S: Final = 30
"""How long the controller has been on when an installation begins: it has heard its sensors and its boilers once."""
FULL_BATTERY_V: Final = 3.0
QUIET_VOLTS: Final[Mapping[int, float]] = {2: 0.0, 3: 5.0}
"""At the inputs while the door is closed and the leak sensor dry."""


def pressure_volts(pressure_bar: float) -> float:
    """What the input reads of the pressure sensor, in steps of 10 mV: 0.5 V at 0 bar, 4.5 V at its highest."""
    return round(0.5 + 4.0 * pressure_bar / PRESSURE_RANGE_BAR, 2)


def _click(on: bool) -> None:
    """What an unconnected relay does."""


class SilentBus:
    """A bus with nothing on it."""

    def __init__(self) -> None:
        self.demand = BoilerDemand()
        self.values = BoilerValues()
        self.linked = False

    def step(self, now: float) -> None:
        """Nothing answers."""

    def reset_fault(self) -> None:
        """Nobody hears it."""


def _opentherm(electronics: BoilerElectronics, rng: Random) -> BoilerLink:
    return OpenThermLink(BoilerSlave(electronics, rng=rng), rng=rng)


def _ebus(electronics: BoilerElectronics, rng: Random) -> BoilerLink:
    return EbusLink(BoilerEbusSlave(electronics), rng=rng)


BUSES: Final[Mapping[int, Callable[[BoilerElectronics, Random], BoilerLink]]] = {0: _opentherm, 1: _ebus}
"""By an adapter's `bus`. Navien (2) and BSB (3) are not emulated: their boilers stay silent."""


class HouseWiring:
    """A house's nodes as `Terminals`.

    Args:
        plant: the house.
        random: of the boilers' answering times.
    """

    def __init__(self, plant: Plant, random: Random | None = None) -> None:
        self.plant = plant
        self.cut: set[str] = set()
        """Addresses whose wire is cut, radio sensors that are silent; a fault to inject."""
        self.stuck_c: dict[str, float] = {}
        """Addresses of sensors that show this and nothing else; a fault to inject."""
        self.battery_v: dict[str, float] = {}
        """Radio sensors whose battery has this left; a fault to inject."""
        self.volts_at: dict[int, float] = dict(QUIET_VOLTS)
        self.radios: dict[str, RadioReading | None] = {"radio-leak": RadioReading()}
        self._circuits = {
            place: plant.circuits[name] for place, name in circuits_at(plant.parameters).items()
        }
        self._rng = random or Random(0)
        boilers = zip((SERIAL_1, SERIAL_2), plant.boilers, strict=False)
        self._boilers = {serial: BoilerElectronics(boiler) for serial, boiler in boilers}
        self._bus_of: dict[str, int] = {}
        self.buses: dict[str, BoilerLink] = {}
        """By the adapters' serials; of those that the configuration has."""
        self._probes = self._all_probes()
        self._relays = self._all_relays()
        self._told: dict[int, bool] = {}
        self._welded: dict[int, bool] = {}

    # -- Terminals

    @property
    def sensors(self) -> tuple[str, ...]:
        """Addresses of the digital sensors that are there."""
        return tuple(self._probes)

    @property
    def radio_sensors(self) -> tuple[str, ...]:
        """Addresses of the radio sensors that are there."""
        return "radio-room", *self.radios

    def probe(self, address: str) -> Probe:
        """A digital sensor."""
        probe = self._probes.get(address)
        if probe is None:
            return lambda: None
        cut, stuck_c = self.cut, self.stuck_c

        def read() -> float | None:
            if not cut and not stuck_c:
                return probe()
            if address in cut:
                return None
            return stuck_c[address] if address in stuck_c else probe()

        return read

    def ohms(self, terminal: int) -> Probe:
        """No thermistor is connected."""
        del terminal
        return lambda: None

    def volts(self, terminal: int) -> Probe:
        """The heating water's pressure, and contacts."""
        put = self.volts_at
        if terminal != PRESSURE_TERMINAL:
            return lambda: put.get(terminal)
        boiler = self.plant.boilers[0]
        return lambda: put[terminal] if terminal in put else pressure_volts(boiler.pressure_bar)

    def radio(self, address: str) -> Callable[[], RadioReading | None]:
        """Radio sensors: the last room, and those that a test sets. What is said anew is another object."""
        room = [*self.plant.rooms.values()][-1]
        cut, radios, battery_v = self.cut, self.radios, self.battery_v
        said = RadioReading()

        def read() -> RadioReading | None:
            nonlocal said
            if address in cut:
                return None
            if address != "radio-room":
                found = radios.get(address)
                if found is None or address not in battery_v:
                    return found
                new = replace(found, battery_v=battery_v[address])
            else:
                temp_c, left_v = round(room.air_c, 1), battery_v.get(address, FULL_BATTERY_V)
                if temp_c == said.temp_c and left_v == said.battery_v:
                    return said
                new = RadioReading(temp_c, 45.0, left_v)
            if new != said:
                said = new
            return said

        return read

    def relay(self, terminal: int) -> Callable[[bool], None]:
        """What a relay switches; an unconnected one just clicks."""
        switch = self._relays.get(terminal, _click)

        def turn(on: bool) -> None:
            self._told[terminal] = on
            switch(self._welded.get(terminal, on))

        return turn

    def weld(self, terminal: int, on: bool) -> None:
        """Leave a relay's contact where it is said, whatever the controller wants; a fault to inject."""
        self._welded[terminal] = on
        self._relays.get(terminal, _click)(on)

    def mend(self, terminal: int) -> None:
        """The relay obeys again."""
        self._welded.pop(terminal, None)
        self._relays.get(terminal, _click)(self._told.get(terminal, False))

    @property
    def mains(self) -> bool:
        """Whether the house has current: pumps, taps, boilers and the controller, which has a battery besides."""
        return self.plant.powered

    @mains.setter
    def mains(self, on: bool) -> None:
        self.plant.powered = on

    def boiler(self, serial: str, bus: int) -> BoilerLink:
        """A boiler's bus. The boiler speaks what the adapter is for, as one that was bought for it does."""
        electronics, make = self._boilers.get(serial), BUSES.get(bus)
        if electronics is None or make is None:
            return SilentBus()
        if self._bus_of.get(serial) != bus:
            self._bus_of[serial] = bus
            self.buses[serial] = make(electronics, self._rng)
        return self.buses[serial]

    def supply_v(self) -> tuple[float, bool]:
        """12 V while the mains are on."""
        return SUPPLY_V, self.mains

    # -- nodes

    def _all_probes(self) -> Mapping[str, Callable[[], float]]:
        plant, boiler, tank = self.plant, self.plant.boilers[0], self.plant.tank
        probes: dict[str, Callable[[], float]] = {
            "28-outdoor": lambda: plant.outdoor_c,
            "28-air": lambda: plant.first_room.air_c,
            "28-flow": lambda: boiler.flow_c,
            "28-return": lambda: boiler.return_c,
        }
        if tank is not None:
            probes["28-tank"] = lambda: tank.temp_c
        for place, circuit in self._circuits.items():
            room = plant.rooms[circuit.room]
            probes[place.air] = _air(room)
            if place.flow:
                probes[place.flow] = _supply(circuit)
        return probes

    def _all_relays(self) -> Mapping[int, Callable[[bool], None]]:
        relays: dict[int, Callable[[bool], None]] = {}
        if self.plant.tank is not None:
            relays[CHARGING_RELAY] = _charging(self.plant.tank)
        for place, circuit in self._circuits.items():
            relays[place.pump] = _pump(circuit)
            if place.opens:
                relays |= _tap(circuit, place)
        return relays


def _air(room: Room) -> Callable[[], float]:
    return lambda: room.air_c


def _supply(circuit: Circuit) -> Callable[[], float]:
    return lambda: circuit.supply_c


def _charging(tank: Tank) -> Callable[[bool], None]:
    def turn(on: bool) -> None:
        tank.charge_on = on

    return turn


def _pump(circuit: Circuit) -> Callable[[bool], None]:
    def turn(on: bool) -> None:
        circuit.pump_on = on

    return turn


def _tap(circuit: Circuit, place: CircuitPlace) -> dict[int, Callable[[bool], None]]:
    """A three-point drive: with both contacts closed it stands."""
    driven = {place.opens: False, place.closes: False}

    def turn(relay: int, on: bool) -> None:
        driven[relay] = on
        circuit.valve_drive = driven[place.opens] - driven[place.closes]

    return {relay: partial(turn, relay) for relay in driven}


class Installation:
    """A controller in its house.

    Args:
        plant: the house; a brick cottage by default.
        model: of the controller.
        config: None: the model's preset.
        serial: 12 hex digits.
        now: monotonic seconds at the start; the controller has been on for `STARTED_S` then.
        epoch_s: seconds since the Unix epoch, UTC, at the start; None: it is a Monday's midnight, local time.
    """

    def __init__(
        self,
        plant: Plant | None = None,
        *,
        model: ControllerModel = MODELS["H-1V.02"],
        config: ConfigText | None = None,
        serial: str = "0A1B2C3D4E5F",
        now: float = 0.0,
        epoch_s: float | None = None,
        random: Random | None = None,
    ) -> None:
        self.plant = plant or Plant()
        self.wiring = HouseWiring(self.plant, random)
        config = preset(model, self.plant.parameters) if config is None else config
        local_s = 0.0 if epoch_s is None else epoch_s - MONDAY_S + configured_zone_s(config)
        self.firmware = Firmware(config, self.wiring, model=model, serial=serial, local_s=local_s - STARTED_S)
        self._started_at = now - STARTED_S
        self._due_at = self._started_at + STEP_S
        self.advance(now)

    def hasten(self, seconds: float) -> None:
        """Have the next `advance` live so many seconds more, as if it had been asked that much later."""
        self._started_at -= seconds
        self._due_at -= seconds

    @property
    def now(self) -> float:
        """Monotonic seconds until which it has lived."""
        return self._started_at + self.firmware.board.now_s

    def advance(self, now: float) -> None:
        """Live until `now` (monotonic seconds), in whole steps; the house and the controller take turns."""
        # Fifty clients ask more often than there are steps.
        if now < self._due_at:
            return
        behind_s = now - self.now
        if behind_s > MAX_CATCH_UP_S:
            skipped_s, behind_s = behind_s - MAX_CATCH_UP_S, MAX_CATCH_UP_S
            self._started_at += skipped_s
            self.firmware.board.put_clock(skipped_s)
        house, controller = self.plant.step, self.firmware.step
        for _ in range(int(behind_s // STEP_S)):
            house(STEP_S)
            controller()
        self._due_at = self.now + STEP_S
