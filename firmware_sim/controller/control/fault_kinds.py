"""What can be made to go wrong at a controller and in its house: one line of the table for each kind.

A fault has a kind, a place where there are several, and a value where it has a measure. `begin` makes it so, however
often it is called; `end` makes it good. Two faults may touch the same thing (a boiler without gas in a house without
gas); so whoever ends one begins those that are left again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, TypeAlias

from firmware_sim.controller.terminals import RadioReading
from firmware_sim.controller.wiring import QUIET_VOLTS, Installation
from firmware_sim.ebus import EbusLink
from firmware_sim.opentherm.line import OpenThermLink
from firmware_sim.plant import Boiler, Circuit, Plant, Tank
from provisioning.explanation import Text


@dataclass(frozen=True, slots=True)
class Measure:
    """The value of a fault: its unit and its bounds."""

    unit: str
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class FaultKind:
    """A kind of fault.

    Args:
        name: stable, for machines.
        what: for people.
        begin: makes it so: installation, place, value.
        end: makes it good: installation, place.
        places: where it can be; None: it has no place.
        measure: of its value; None: it has none.
    """

    name: str
    what: Text
    begin: Callable[[Installation, str, float], object]
    end: Callable[[Installation, str], object]
    places: Callable[[Installation], Iterable[str]] | None = None
    measure: Measure | None = None


_Deed: TypeAlias = tuple[Callable[[Installation, str, float], object], Callable[[Installation, str], object]]
"""How a fault begins and how it ends."""

# -- places


def _wired(it: Installation) -> Iterable[str]:
    return it.wiring.sensors


def _radio(it: Installation) -> Iterable[str]:
    return it.wiring.radio_sensors


def _triggers(it: Installation) -> Iterable[str]:
    return it.wiring.radios


def _inputs(it: Installation) -> Iterable[str]:
    return map(str, range(1, it.firmware.model.inputs + 1))


def _relays(it: Installation) -> Iterable[str]:
    return map(str, range(1, it.firmware.model.relays + 1))


def _buses(it: Installation) -> Iterable[str]:
    return it.wiring.buses


def _opentherms(it: Installation) -> Iterable[str]:
    return (serial for serial, bus in it.wiring.buses.items() if isinstance(bus, OpenThermLink))


def _ebuses(it: Installation) -> Iterable[str]:
    return (serial for serial, bus in it.wiring.buses.items() if isinstance(bus, EbusLink))


def _boilers(it: Installation) -> Iterable[str]:
    return (boiler.parameters.name for boiler in it.plant.boilers)


def _circuits(it: Installation) -> Iterable[str]:
    return it.plant.circuits


def _mixers(it: Installation) -> Iterable[str]:
    return (circuit.name for circuit in it.plant.circuits.values() if circuit.mixing)


def _rooms(it: Installation) -> Iterable[str]:
    return it.plant.rooms


def _tanks(it: Installation) -> Iterable[str]:
    return () if it.plant.tank is None else ("tank",)


# -- what is at a place


def boiler_named(it: Installation, name: str) -> Boiler | None:
    """A boiler of the house."""
    return next((each for each in it.plant.boilers if each.parameters.name == name), None)


def _boiler(it: Installation, name: str) -> Boiler:
    found = boiler_named(it, name)
    assert found is not None
    return found


def _line(it: Installation, serial: str) -> object:
    """What is wrong with a bus; each kind of bus has fields of its own."""
    bus = it.wiring.buses[serial]
    assert isinstance(bus, OpenThermLink | EbusLink)
    return bus.faults


def _circuit(it: Installation, name: str) -> Circuit:
    return it.plant.circuits[name]


def _tank(it: Installation, _: str) -> Tank:
    assert it.plant.tank is not None
    return it.plant.tank


def _plant(it: Installation, _: str) -> Plant:
    return it.plant


# -- how a fault begins and ends


def _switch(part: Callable[[Installation, str], object], flag: str, wrong: bool) -> _Deed:
    """A flag of a part that is `wrong` while the fault is there."""
    return (
        lambda it, at, _: setattr(part(it, at), flag, wrong),
        lambda it, at: setattr(part(it, at), flag, not wrong),
    )


def _measured(part: Callable[[Installation, str], object], number: str, right: float) -> _Deed:
    """A number of a part that is `right` while the fault is not there."""
    return (
        lambda it, at, value: setattr(part(it, at), number, value),
        lambda it, at: setattr(part(it, at), number, right),
    )


def _set_trigger(it: Installation, address: str, triggered: bool) -> None:
    said = it.wiring.radios[address] or RadioReading()
    it.wiring.radios[address] = replace(said, triggered=triggered)


def _open_window(it: Installation, name: str, more_w_k: float) -> None:
    own = next(each for each in it.plant.parameters.rooms if each.name == name)
    it.plant.rooms[name].parameters = replace(own, draught_w_k=own.draught_w_k + more_w_k)


def _quiet(it: Installation, terminal: str) -> None:
    number = int(terminal)
    it.wiring.volts_at.pop(number, None)
    if number in QUIET_VOLTS:
        it.wiring.volts_at[number] = QUIET_VOLTS[number]


_CUT: Final[_Deed] = lambda it, at, _: it.wiring.cut.add(at), lambda it, at: it.wiring.cut.discard(at)
_STUCK: Final[_Deed] = (
    lambda it, at, value: it.wiring.stuck_c.update({at: value}),
    lambda it, at: it.wiring.stuck_c.pop(at, None),
)
_BATTERY: Final[_Deed] = (
    lambda it, at, value: it.wiring.battery_v.update({at: value}),
    lambda it, at: it.wiring.battery_v.pop(at, None),
)
_TRIGGER: Final[_Deed] = (
    lambda it, at, _: _set_trigger(it, at, True),
    lambda it, at: _set_trigger(it, at, False),
)
_VOLTS: Final[_Deed] = lambda it, at, value: it.wiring.volts_at.update({int(at): value}), _quiet
_WELD: Final[_Deed] = (
    lambda it, at, value: it.wiring.weld(int(at), value >= 0.5),
    lambda it, at: it.wiring.mend(int(at)),
)
_WINDOW: Final[_Deed] = _open_window, lambda it, at: _open_window(it, at, 0.0)
_LEAK: Final[_Deed] = (
    lambda it, _, value: setattr(it.plant, "leak_l_s", value / 3600.0),
    lambda it, _: setattr(it.plant, "leak_l_s", 0.0),
)

_CHANCE: Final = Measure("probability", 0.0, 1.0)


_KINDS: Final = (
    FaultKind("sensor_cut", Text("Обрыв провода датчика", "A sensor's wire is cut"), *_CUT, _wired),
    FaultKind(
        "sensor_stuck", Text("Датчик показывает одно и то же", "A sensor shows one value for ever"),
        *_STUCK, _wired, Measure("°C", -60.0, 150.0),
    ),
    FaultKind("radio_silent", Text("Радиодатчик молчит", "A radio sensor is silent"), *_CUT, _radio),
    FaultKind(
        "radio_battery", Text("Батарея радиодатчика садится", "A radio sensor's battery runs down"),
        *_BATTERY, _radio, Measure("V", 0.0, 3.6),
    ),
    FaultKind("radio_triggered", Text("Радиодатчик сработал", "A radio sensor has triggered"), *_TRIGGER, _triggers),
    FaultKind(
        "input_volts", Text("Напряжение на входе", "A voltage on an input"), *_VOLTS, _inputs, Measure("V", 0.0, 30.0),
    ),
    FaultKind(
        "relay_welded", Text("Контакт реле залип (1) или сгорел (0)", "A relay's contact is welded (1) or burnt (0)"),
        *_WELD, _relays, Measure("0 or 1", 0.0, 1.0),
    ),
    FaultKind(
        "mains_off", Text("В доме нет электричества", "The house has no current"), *_switch(_plant, "powered", False)
    ),
    FaultKind("gas_off", Text("В доме нет газа", "The house has no gas"), *_switch(_plant, "gas_on", False)),
    FaultKind(
        "boiler_off", Text("Котёл выключен из розетки", "A boiler is unplugged"),
        *_switch(_boiler, "powered", False), _boilers,
    ),
    FaultKind(
        "flame_failure", Text("Горелка не разжигается", "A burner does not light"),
        *_switch(_boiler, "flame_works", False), _boilers,
    ),
    FaultKind(
        "boiler_pump_seized", Text("Насос котла заклинило", "A boiler's pump has seized"),
        *_switch(_boiler, "pump_works", False), _boilers,
    ),
    FaultKind(
        "boiler_sensor_off", Text("Датчик подачи котла врёт", "A boiler's flow sensor lies"),
        *_measured(_boiler, "sensor_error_k", 0.0), _boilers, Measure("K", -50.0, 50.0),
    ),
    FaultKind("bus_cut", Text("Обрыв шины котла", "A boiler's bus is cut"), *_switch(_line, "cut", True), _buses),
    FaultKind(
        "bus_shorted", Text("Шина котла замкнута", "A boiler's bus is shorted"),
        *_switch(_line, "shorted", True), _opentherms,
    ),
    FaultKind(
        "bus_noisy", Text("Помехи на шине котла портят кадры", "Noise on a boiler's bus spoils frames"),
        *_measured(_line, "bit_error", 0.0), _opentherms, _CHANCE,
    ),
    FaultKind(
        "bus_late", Text("Котёл отвечает слишком поздно", "A boiler answers too late"),
        *_measured(_line, "answer_late", 0.0), _opentherms, _CHANCE,
    ),
    FaultKind(
        "ebus_noisy", Text("Помехи на шине eBUS портят байты", "Noise on an eBUS spoils bytes"),
        *_measured(_line, "byte_error", 0.0), _ebuses, _CHANCE,
    ),
    FaultKind(
        "ebus_foreign_master", Text("На шине eBUS говорит ещё кто-то", "Another master talks on an eBUS"),
        *_measured(_line, "foreign", 0.0), _ebuses, _CHANCE,
    ),
    FaultKind(
        "ebus_no_syn", Text("На шине eBUS никто не задаёт такт", "Nobody sends AUTO-SYN on an eBUS"),
        *_switch(_line, "no_syn", True), _ebuses,
    ),
    FaultKind(
        "pump_seized", Text("Насос контура заклинило", "A circuit's pump has seized"),
        *_switch(_circuit, "pump_works", False), _circuits,
    ),
    FaultKind(
        "tap_stuck", Text("Смеситель контура не двигается", "A circuit's mixing tap does not move"),
        *_switch(_circuit, "valve_works", False), _mixers,
    ),
    FaultKind(
        "flow_reduced", Text("Воздух или грязь: насос качает часть", "Air or dirt: a part of the flow gets through"),
        *_measured(_circuit, "flow_part", 1.0), _circuits, Measure("part", 0.05, 1.0),
    ),
    FaultKind(
        "charge_stuck", Text("Насос или клапан загрузки ГВС стоит", "The tank's charge pump or valve stands"),
        *_switch(_tank, "charge_works", False), _tanks,
    ),
    FaultKind(
        "window_open", Text("Открыто окно", "A window is open"), *_WINDOW, _rooms, Measure("W/K", 0.0, 300.0)
    ),
    FaultKind(
        "leak", Text("Утечка воды из отопления", "The heating loses water"),
        *_LEAK, None, Measure("l/h", 0.0, 3600.0),
    ),
)  # fmt: skip

FAULTS: Final[Mapping[str, FaultKind]] = MappingProxyType({kind.name: kind for kind in _KINDS})
