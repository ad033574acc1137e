"""A ZONT-style heating controller, emulated: regulation, alarms, and a Modbus slave on TCP or a serial line.

In: time, setpoints, faults. Out: registers and alarms. The invariant: what is written into a setpoint is
what the regulation works with and what is read back.
"""

from firmware_sim.controller.core import AlarmEvent, Controller, Identity, Sensor, Settings
from firmware_sim.controller.emulated_controller import EmulatedController
from firmware_sim.controller.modbus_slave import ModbusSlave
from firmware_sim.controller.regulation import TwoPoint, WeatherCurve

__all__ = [
    "AlarmEvent",
    "Controller",
    "EmulatedController",
    "Identity",
    "ModbusSlave",
    "Sensor",
    "Settings",
    "TwoPoint",
    "WeatherCurve",
]
