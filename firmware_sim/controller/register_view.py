"""The firmware as registers of the profile `thermogate_h1v`: which object stands behind which name.

    registers                                     object
    air_…, heating_mode, heat_request, summer     the first circuit that heats a room
    outdoor_temp, curve_shift                     that circuit's weather curve and the curve's sensor
    dhw_…, valve_dhw                              the first hot water circuit
    flow_…, return_temp, modulation, pressure …   the first boiler
    gas_energy                                    the gas meter, where one is connected
    alarms                                        the board's, of any object

What the configuration lacks has no value, and a setpoint of it is refused. The map is this project's own: the maker
publishes none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from firmware_sim.boiler_link import BoilerValues
from firmware_sim.controller.firmware import Firmware
from firmware_sim.controller.objects.base import ACCEPTED
from firmware_sim.controller.objects.boilers import BoilerAdapter
from firmware_sim.controller.objects.circuits import SUMMER, HeatingCircuit
from firmware_sim.controller.objects.inputs import TemperatureSensor
from firmware_sim.controller.objects.weather_curves import WeatherCurve
from provisioning.controller_profile import ControllerProfile, RegisterValueError, Value, load_profile
from provisioning.zont.decikelvin import to_decikelvin
from provisioning.zont.object_fields import REGULATIONS, Regulation
from provisioning.zont.object_types import CircuitKind
from provisioning.zont.object_values import with_values

PROFILE: Final = "thermogate_h1v"
AIR_SETPOINT_C: Final = 21.0
DHW_SETPOINT_C: Final = 55.0
"""What is told, and switched on with, where nothing has been set yet."""

RESET_TAKES_S: Final = 10.0
"""A boiler that is still in fault then has not been helped by its reset."""

ALARMS: Final[Mapping[str, str]] = {
    "boiler_failure": "boiler_fault",
    "boiler_link_lost": "boiler_fault",
    "too_cold": "air_too_cold",
    "dhw_timeout": "dhw_timeout",
    "low_pressure": "pressure_low",
}
"""The board's alarms, and the bits that tell of them. A lost sensor's bit depends on which sensor it is."""

MODES: Final[Mapping[Regulation, str]] = {
    Regulation.AIR: "air",
    Regulation.AIR_PID: "air",
    Regulation.CARRIER: "curve",
}


class RegisterView:
    """Reads and sets a firmware by the names of its register map.

    Args:
        firmware: the controller's.
        gas_kwh: the gas meter, energy since the start by the lower heating value; None: there is none.
    """

    def __init__(self, firmware: Firmware, gas_kwh: Callable[[], float] | None = None) -> None:
        self.profile: ControllerProfile = load_profile(PROFILE)
        self._firmware = firmware
        self._gas_kwh = gas_kwh or (lambda: 0.0)
        self._air_setpoint_c = AIR_SETPOINT_C
        self._dhw_setpoint_c = DHW_SETPOINT_C
        self._changes = 0
        self._reset_until_s = 0.0
        self._roles: _Roles | None = None
        self._values = self._make_values()
        self._setters: Mapping[str, Callable[[Value], bool]] = {
            "heating_mode": self._set_mode,
            "air_setpoint": self._set_air,
            "dhw_setpoint": self._set_dhw,
            "dhw_enabled": self._enable_dhw,
            "curve_shift": self._shift_curve,
            "boiler_reset": self._reset_boilers,
        }

    @property
    def identity(self) -> tuple[str, str, str]:
        """Model, firmware, serial."""
        firmware = self._firmware
        return firmware.model.name, str(firmware.model.firmware), firmware.serial

    @property
    def version(self) -> object:
        """Changes with whatever may have changed a register: the firmware's next look, a write, a new configuration."""
        return self._found.number, self._firmware.board.now_s, self._changes

    def value(self, name: str) -> Value:
        """A register's value in its unit; None: there is none."""
        return self._values[name]()

    def set(self, name: str, value: Value) -> None:
        """Change a setpoint.

        Raises:
            RegisterValueError: unknown, not writable, out of its limits, or of something that there is not.
        """
        register = self.profile.by_name.get(name)
        if register is None:
            raise RegisterValueError(name, "is not in the map")
        # Through the words and back: what is kept is what the map can say.
        accepted = register.decode(register.check_setpoint(value))
        self._changes += 1
        if not self._setters[name](accepted):
            raise RegisterValueError(name, "this configuration has no such thing")

    # -- setpoints; each says whether it could be done

    def _set_mode(self, mode: Value) -> bool:
        circuit = self._found.heating
        if circuit is None:
            return False
        if mode == "off":
            self._remember()
            return self._firmware.command(circuit.id, 0) == ACCEPTED
        wanted = Regulation.CARRIER if mode == "curve" else Regulation.AIR
        if wanted is Regulation.CARRIER and self._found.curve is None:
            return False
        if MODES[circuit.regulation] != mode:
            bits = circuit.values.number("settings") & ~3 | REGULATIONS.index(wanted)
            self._change(circuit.id, settings=bits)
        return self._firmware.command(circuit.id, to_decikelvin(self._air_setpoint_c)) == ACCEPTED

    def _set_air(self, temp_c: Value) -> bool:
        circuit = self._found.heating
        if circuit is None or not isinstance(temp_c, int | float):
            return False
        self._air_setpoint_c = temp_c
        if circuit.setpoint_c is None:
            return True  # it holds from when it is switched on
        return self._firmware.command(circuit.id, to_decikelvin(temp_c)) == ACCEPTED

    def _set_dhw(self, temp_c: Value) -> bool:
        circuit = self._found.dhw
        if circuit is None or not isinstance(temp_c, int | float):
            return False
        self._dhw_setpoint_c = temp_c
        if circuit.setpoint_c is None:
            return True
        return self._firmware.command(circuit.id, to_decikelvin(temp_c)) == ACCEPTED

    def _enable_dhw(self, on: Value) -> bool:
        circuit = self._found.dhw
        if circuit is None:
            return False
        self._remember()
        return (
            self._firmware.command(circuit.id, to_decikelvin(self._dhw_setpoint_c) if on else 0) == ACCEPTED
        )

    def _shift_curve(self, shift_k: Value) -> bool:
        curve = self._found.curve
        if curve is None or not isinstance(shift_k, int | float):
            return False
        self._change(curve.id, shift_dk=round(shift_k * 10))
        return True

    def _reset_boilers(self, wanted: Value) -> bool:
        boilers = list(self._boilers())
        if wanted:
            self._reset_until_s = self._firmware.board.now_s + RESET_TAKES_S
            for each in boilers:
                each.command(1)
        return bool(boilers)

    def _is_resetting(self) -> int:
        pending = self._firmware.board.now_s < self._reset_until_s
        return int(pending and any(each.told.fault for each in self._boilers()))

    def _change(self, object_id: int, **values: int) -> None:
        """Write into an object's line, and have the firmware live by it."""
        config = self._firmware.config
        line = config.get_object(object_id)
        assert line is not None
        config.set_object(object_id, with_values(line, **values).values)
        self._firmware.reload()

    def _remember(self) -> None:
        """The setpoints before they are switched off."""
        heating, dhw = self._found.heating, self._found.dhw
        if heating is not None and heating.setpoint_c is not None:
            self._air_setpoint_c = heating.setpoint_c
        if dhw is not None and dhw.setpoint_c is not None:
            self._dhw_setpoint_c = dhw.setpoint_c

    # -- values

    @property
    def _found(self) -> _Roles:
        roles = self._roles
        if roles is None or roles.objects is not self._firmware.objects:
            number = 0 if roles is None else roles.number + 1
            roles = self._roles = _Roles(self._firmware, number)
        return roles

    def _boilers(self) -> Iterator[BoilerAdapter]:
        return (each for each in self._firmware.objects.values() if isinstance(each, BoilerAdapter))

    def _mode(self) -> str:
        circuit = self._found.heating
        return "off" if circuit is None or circuit.setpoint_c is None else MODES[circuit.regulation]

    def _status(self) -> int:
        found = self._found
        heating, dhw = found.heating, found.dhw
        active = {
            "heat_request": heating is not None and heating.demand_c is not None,
            "dhw_request": dhw is not None and dhw.demand_c is not None,
            "flame": found.boiler_values.flame,
            "pump": heating is not None and heating.pump is not None and heating.pump.on,
            "valve_dhw": dhw is not None and dhw.pump is not None and dhw.pump.on,
            "summer": heating is not None and bool(heating.status & SUMMER),
            "frost_protection": heating is not None and heating.guards_from_frost,
        }
        return _bits(self.profile["status"].flags, active)

    def _alarms(self) -> int:
        found = self._found
        lost = {found.air_sensor: "air_sensor_fault", found.outdoor_sensor: "outdoor_sensor_fault"}
        active = {name for (_, what) in self._firmware.board.alarms if (name := ALARMS.get(what)) is not None}
        active |= {lost[each] for each in lost if each is not None and each.is_lost}
        flags = self.profile["alarms"].flags
        return _bits(flags, {name: name in active for name in flags.values()})

    def _make_values(self) -> Mapping[str, Callable[[], Value]]:
        def of(sensor: TemperatureSensor | None) -> float | None:
            return None if sensor is None else sensor.temp_c

        def setpoint(circuit: HeatingCircuit | None, kept_c: float) -> float:
            return kept_c if circuit is None or circuit.setpoint_c is None else circuit.setpoint_c

        def dhw_on() -> int:
            return int(self._found.dhw is not None and self._found.dhw.setpoint_c is not None)

        firmware, board = self._firmware, self._firmware.board
        return {
            "serial": lambda: firmware.serial,
            "model": lambda: firmware.model.name,
            "firmware": lambda: str(firmware.model.firmware),
            "map_version": lambda: self.profile.version,
            "air_temp": lambda: of(self._found.air_sensor),
            "outdoor_temp": lambda: of(self._found.outdoor_sensor),
            "flow_temp": lambda: self._found.boiler_values.flow_c,
            "return_temp": lambda: self._found.boiler_values.return_c,
            "dhw_temp": lambda: None if self._found.dhw is None else self._found.dhw.current_c,
            "flow_target": lambda: None if self._found.boiler is None else self._found.boiler.demand_c,
            "modulation": lambda: 100 * (self._found.boiler_values.modulation or 0.0),
            "pressure": lambda: self._found.boiler_values.pressure_bar or 0.0,
            "status": self._status,
            "alarms": self._alarms,
            "gas_energy": self._gas_kwh,
            "burner_starts": lambda: self._found.boiler_values.burner_starts or 0,
            "uptime": lambda: board.now_s,
            "heating_mode": self._mode,
            "air_setpoint": lambda: setpoint(self._found.heating, self._air_setpoint_c),
            "dhw_setpoint": lambda: setpoint(self._found.dhw, self._dhw_setpoint_c),
            "curve_shift": lambda: 0.0 if self._found.curve is None else self._found.curve.shift_k,
            "dhw_enabled": dhw_on,
            "boiler_reset": self._is_resetting,
        }


class _Roles:
    """Which objects of a configuration the registers are of; `number`: how many there were before."""

    def __init__(self, firmware: Firmware, number: int) -> None:
        self.number = number
        self.objects = firmware.objects
        each_of = self.objects.values()
        circuits = [each for each in each_of if isinstance(each, HeatingCircuit)]
        heats = [each for each in circuits if each.kind in {CircuitKind.CONSUMER, CircuitKind.BOILER}]
        # A circuit with a room comes before one that only keeps its flow.
        heats.sort(key=lambda circuit: circuit.air_sensor is None)
        self.heating = heats[0] if heats else None
        self.dhw = next((each for each in circuits if each.kind == CircuitKind.DHW), None)
        self.boiler = next((each for each in each_of if isinstance(each, BoilerAdapter)), None)
        self.curve: WeatherCurve | None = None if self.heating is None else self.heating.curve
        self.air_sensor = None if self.heating is None else self.heating.air_sensor
        self.outdoor_sensor = None if self.curve is None else self.curve.outdoor_sensor

    @property
    def boiler_values(self) -> BoilerValues:
        """What the boiler has told; nothing at all without one."""
        return BoilerValues() if self.boiler is None else self.boiler.told


def _bits(flags: Mapping[int, str], active: Mapping[str, bool]) -> int:
    return sum(1 << bit for bit, name in flags.items() if active[name])
