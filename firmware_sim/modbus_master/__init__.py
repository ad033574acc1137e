"""The controller as Modbus master of devices that its user has described.

In: descriptions, commands, time. Out: values, online and offline, what became of each command. The invariant: one
request is on the line at a time, and a command is done only when the device reads back what was written.

`client` is the shell, on pymodbus; it is imported where a line is opened.
"""

from firmware_sim.modbus_master.bus import BusEvent, ModbusBusMaster
from firmware_sim.modbus_master.config_devices import config_devices
from firmware_sim.modbus_master.description import (
    DescriptionError,
    DeviceDescription,
    Signal,
    SignalType,
    SignalValueError,
    Table,
)
from firmware_sim.modbus_master.polling import (
    Command,
    CommandQueueFullError,
    CommandState,
    DevicePoller,
    LinkEvent,
    LinkState,
    Request,
)

__all__ = [
    "BusEvent",
    "Command",
    "CommandQueueFullError",
    "CommandState",
    "DescriptionError",
    "DeviceDescription",
    "DevicePoller",
    "LinkEvent",
    "LinkState",
    "ModbusBusMaster",
    "Request",
    "Signal",
    "SignalType",
    "SignalValueError",
    "Table",
    "config_devices",
]
