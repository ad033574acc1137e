"""The controller's firmware, without I/O: sensors in, controls and alarms out, one look at everything each
`STEP_S`.

Theory of operation. Every step asks the demands in this order; the first that wants heat decides:

    demand    wants heat when                                   flow target           water goes to
    frost     the room is about to freeze, whatever the mode    fixed                 radiators
    dhw       the tank is below its setpoint (with hysteresis)  setpoint + 15 K       tank
    heating   mode `air`: the room is too cold                  fixed                 radiators
              mode `curve`: always, but not in summer           weather curve         radiators
              mode `off`, room sensor lost, cold outside        curve for `BLIND_C`   radiators

Hot water that does not get warm within an hour gives way for half an hour and raises an alarm. A lost
sensor gives
a fixed flow target instead of a cold house. When nobody wants heat any more the pump runs on for five
minutes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from firmware_sim.controller.regulation import TwoPoint, WeatherCurve
from firmware_sim.plant import STEP_S, Plant
from provisioning.controller_profile import ControllerProfile, RegisterValueError, Value, load_profile

PUMP_OVERRUN_S: Final = 300.0
DHW_BOOST_K: Final = 15.0
DHW_MAX_S: Final = 3600.0
DHW_PAUSE_S: Final = 1800.0
AIR_MODE_FLOW_C: Final = 70.0
FALLBACK_FLOW_C: Final = 50.0
FROST_FLOW_C: Final = 60.0
FROST_AIR_C: Final = 7.0
BLIND_C: Final = 12.0
"""Room temperature aimed at when the room's sensor is lost and heating is off."""
TOO_COLD_C: Final = 5.0
LOW_PRESSURE_BAR: Final = 0.8
DS18B20_STEP_K: Final = 0.0625
"""Resolution of the wired sensor at 12 bit."""
MAX_EVENTS: Final = 200


class Sensor(StrEnum):
    AIR = "air"
    OUTDOOR = "outdoor"
    FLOW = "flow"
    RETURN = "return"
    DHW = "dhw"


_PROBES: Final[Mapping[Sensor, Callable[[Plant], float | None]]] = {
    Sensor.AIR: lambda plant: plant.first_room.air_c,
    Sensor.OUTDOOR: lambda plant: plant.outdoor_c,
    Sensor.FLOW: lambda plant: plant.boiler.flow_c,
    Sensor.RETURN: lambda plant: plant.boiler.return_c,
    Sensor.DHW: lambda plant: plant.tank.temp_c if plant.tank else None,
}


@dataclass(frozen=True)
class Identity:
    """Who the controller is. The serial has 12 hex digits."""

    serial: str = "0A1B2C3D4E5F"
    model: str = "H-1V.02"
    firmware: str = "1.4.2"

    def __post_init__(self) -> None:
        if len(self.serial) != 12 or not set(self.serial) <= set("0123456789ABCDEF"):
            raise ValueError(f"serial {self.serial!r} is not 12 hex digits in upper case")


@dataclass(frozen=True)
class AlarmEvent:
    """An alarm that came or went, `at_s` seconds after the controller's start."""

    at_s: float
    name: str
    active: bool


@dataclass
class Settings:
    """What the user may change; named as in the register map."""

    heating_mode: str = "air"
    air_setpoint: float = 21.0
    dhw_setpoint: float = 55.0
    curve_shift: float = 0.0
    dhw_enabled: int = 1


@dataclass
class _Demands:
    """What each demand remembers from step to step."""

    room: TwoPoint = field(default_factory=lambda: TwoPoint(0.4))
    tank: TwoPoint = field(default_factory=lambda: TwoPoint(4.0))
    frost: TwoPoint = field(default_factory=lambda: TwoPoint(1.0))
    tank_since_s: float | None = None
    tank_paused_until_s: float = 0.0
    last_heat_s: float = -PUMP_OVERRUN_S


class Controller:
    """Regulates a plant.

    Args:
        plant: the house; the controller owns its controls and its time.
        now: monotonic seconds that belong to the plant's zero.
        profile: the register map it is seen through.
    """

    def __init__(
        self,
        plant: Plant | None = None,
        *,
        now: float,
        identity: Identity | None = None,
        profile: ControllerProfile | None = None,
        curve: WeatherCurve | None = None,
    ) -> None:
        self.plant = plant or Plant()
        self.identity = identity or Identity()
        self.profile = profile or load_profile("thermogate_h1v")
        self.settings = Settings()
        self.broken_sensors: set[Sensor] = set()
        """Sensors whose wire is cut; a fault to inject."""
        self.events: deque[AlarmEvent] = deque(maxlen=MAX_EVENTS)
        self._started_at = now - self.plant.time_s
        self._curve = curve or WeatherCurve()
        self._demands = _Demands()
        self._heat_request = self._dhw_request = self._frost = self._summer = self._pump_on = False
        self._alarms = 0
        self.scans = 0
        """How often it has looked at everything; between two looks its registers stay as they are."""
        self._values = self._make_values()
        self._control()

    # -- time

    def advance(self, now: float) -> None:
        """Live until `now` (monotonic seconds), in whole steps."""
        while self.plant.time_s + STEP_S <= now - self._started_at:
            self.plant.step(STEP_S)
            self._control()

    # -- what is seen from outside

    def measure(self, sensor: Sensor) -> float | None:
        """What a sensor says, in its own resolution; None: its wire is cut."""
        temp_c = None if sensor in self.broken_sensors else _PROBES[sensor](self.plant)
        return None if temp_c is None else round(temp_c / DS18B20_STEP_K) * DS18B20_STEP_K

    def value(self, name: str) -> Value:
        """A register's value by its name in the profile."""
        return self._values[name]()

    def set(self, name: str, value: Value) -> None:
        """Change a setpoint.

        Raises:
            RegisterValueError: unknown, not writable, or out of its limits.
        """
        register = self.profile.by_name.get(name)
        if register is None:
            raise RegisterValueError(name, "is not in the map")
        # Through the words and back: what is kept is what the map can say.
        accepted = register.decode(register.check_setpoint(value))
        if name == "boiler_reset":
            if accepted:
                for boiler in self.plant.boilers:
                    boiler.reset()
        else:
            setattr(self.settings, name, accepted)
        self._control()

    @property
    def alarms(self) -> tuple[str, ...]:
        """Names of the alarms that are active."""
        return self.profile["alarms"].flag_names(self._alarms)

    # -- the regulation

    def _control(self) -> None:
        self.scans += 1
        plant, now_s = self.plant, self.plant.time_s
        frost_c = self._frost_target()
        heating_c = self._heating_target()
        self._frost = frost_c is not None
        self._heat_request = heating_c is not None
        if frost_c is not None:
            frost_c = max(frost_c, heating_c or 0.0)
        dhw_c = self._dhw_target(now_s)
        self._dhw_request = dhw_c is not None
        target_c = next((c for c in (frost_c, dhw_c, heating_c) if c is not None), None)
        for boiler in plant.boilers:
            boiler.flow_target_c = target_c
        if target_c is not None:
            self._demands.last_heat_s = now_s
        self._pump_on = now_s - self._demands.last_heat_s < PUMP_OVERRUN_S
        if plant.tank is not None:
            # A boiler colder than the tank would cool it.
            would_cool = self._dhw_request and plant.boiler.flow_c <= plant.tank.temp_c
            self._pump_on &= not would_cool
            plant.tank.charge_on = self._dhw_request and self._pump_on
        for circuit in plant.circuits.values():
            circuit.pump_on = self._pump_on and not self._dhw_request
        self._raise_alarms()

    def _dhw_target(self, now_s: float) -> float | None:
        demands, tank_c = self._demands, self.measure(Sensor.DHW)
        paused = (
            now_s < demands.tank_paused_until_s
            or self._frost
            or any(b.locked_out for b in self.plant.boilers)
        )
        if not self.settings.dhw_enabled or tank_c is None or paused:
            demands.tank.on, demands.tank_since_s = False, None
            return None
        if not demands.tank.update(tank_c, self.settings.dhw_setpoint):
            demands.tank_since_s = None
            return None
        if demands.tank_since_s is None:
            demands.tank_since_s = now_s
        if now_s - demands.tank_since_s >= DHW_MAX_S:
            demands.tank.on, demands.tank_since_s = False, None
            demands.tank_paused_until_s = now_s + DHW_PAUSE_S
            return None
        return self.settings.dhw_setpoint + DHW_BOOST_K

    def _heating_target(self) -> float | None:
        room_c, outdoor_c = self.measure(Sensor.AIR), self.measure(Sensor.OUTDOOR)
        setpoint_c = self.settings.air_setpoint
        self._summer = False
        if self.settings.heating_mode == "air":
            if room_c is None:
                return FALLBACK_FLOW_C
            return AIR_MODE_FLOW_C if self._demands.room.update(room_c, setpoint_c) else None
        if self.settings.heating_mode == "curve":
            if outdoor_c is None:
                return FALLBACK_FLOW_C
            self._summer = outdoor_c > self._curve.summer_above_c
            if self._summer:
                return None
            return self._curve.flow_target_c(
                outdoor_c, setpoint_c, room_c=room_c, shift_k=self.settings.curve_shift
            )
        return self._blind_target(outdoor_c) if room_c is None else None

    def _frost_target(self) -> float | None:
        room_c = self.measure(Sensor.AIR)
        freezing = room_c is not None and self._demands.frost.update(room_c, FROST_AIR_C)
        return FROST_FLOW_C if freezing else None

    def _blind_target(self, outdoor_c: float | None) -> float | None:
        """Heating is off and nobody knows how cold the room is: keep it from freezing by the weather."""
        if outdoor_c is None:
            return FALLBACK_FLOW_C
        return self._curve.flow_target_c(outdoor_c, BLIND_C) if outdoor_c < BLIND_C else None

    def _raise_alarms(self) -> None:
        room_c = self.measure(Sensor.AIR)
        active = {
            "air_sensor_fault": Sensor.AIR in self.broken_sensors,
            "outdoor_sensor_fault": Sensor.OUTDOOR in self.broken_sensors,
            "boiler_fault": any(boiler.locked_out for boiler in self.plant.boilers),
            "air_too_cold": room_c is not None and room_c < TOO_COLD_C,
            "dhw_timeout": self.plant.time_s < self._demands.tank_paused_until_s,
            "pressure_low": self.plant.pressure_bar < LOW_PRESSURE_BAR,
        }
        bits = _bits(self.profile["alarms"].flags, active)
        for bit, name in self.profile["alarms"].flags.items():
            if (bits ^ self._alarms) >> bit & 1:
                self.events.append(AlarmEvent(self.plant.time_s, name, active[name]))
        self._alarms = bits

    def _status(self) -> int:
        plant = self.plant
        active = {
            "heat_request": self._heat_request,
            "dhw_request": self._dhw_request,
            "flame": plant.boiler.flame,
            "pump": self._pump_on,
            "valve_dhw": self._dhw_request,
            "summer": self._summer,
            "frost_protection": self._frost,
        }
        return _bits(self.profile["status"].flags, active)

    def _make_values(self) -> Mapping[str, Callable[[], Value]]:
        plant, identity, settings = self.plant, self.identity, self.settings
        return {
            "serial": lambda: identity.serial,
            "model": lambda: identity.model,
            "firmware": lambda: identity.firmware,
            "map_version": lambda: self.profile.version,
            "air_temp": lambda: self.measure(Sensor.AIR),
            "outdoor_temp": lambda: self.measure(Sensor.OUTDOOR),
            "flow_temp": lambda: self.measure(Sensor.FLOW),
            "return_temp": lambda: self.measure(Sensor.RETURN),
            "dhw_temp": lambda: self.measure(Sensor.DHW),
            "flow_target": lambda: plant.boiler.flow_target_c,
            "modulation": lambda: 100 * plant.boiler.modulation,
            "pressure": lambda: plant.pressure_bar,
            "status": self._status,
            "alarms": lambda: self._alarms,
            "gas_energy": lambda: plant.energy.gas_j / 3.6e6,
            "burner_starts": lambda: plant.boiler.starts,
            "uptime": lambda: plant.time_s,
            "heating_mode": lambda: settings.heating_mode,
            "air_setpoint": lambda: settings.air_setpoint,
            "dhw_setpoint": lambda: settings.dhw_setpoint,
            "curve_shift": lambda: settings.curve_shift,
            "dhw_enabled": lambda: settings.dhw_enabled,
            # A request, granted at once.
            "boiler_reset": lambda: 0,
        }


def _bits(flags: Mapping[int, str], active: Mapping[str, bool]) -> int:
    return sum(1 << bit for bit, name in flags.items() if active[name])
