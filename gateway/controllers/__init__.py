"""Drivers of heating controllers: in goes a URL and a profile, out come identity, readings and confirmed
setpoints.

The invariant: a setpoint counts as written only when the controller reads it back.
"""

from gateway.controllers.driver import (
    ControllerDataError,
    ControllerDriver,
    ControllerError,
    ControllerForeignError,
    ControllerIdentity,
    ControllerLoginError,
    ControllerMismatchError,
    ControllerRefusedError,
    ControllerSilentError,
    ControllerUnreachableError,
    ControllerUrlError,
    SetpointNotConfirmedError,
    SetpointRefusedError,
)
from gateway.controllers.modbus import ModbusBus, ModbusController

__all__ = [
    "ControllerDataError",
    "ControllerDriver",
    "ControllerError",
    "ControllerForeignError",
    "ControllerIdentity",
    "ControllerLoginError",
    "ControllerMismatchError",
    "ControllerRefusedError",
    "ControllerSilentError",
    "ControllerUnreachableError",
    "ControllerUrlError",
    "ModbusBus",
    "ModbusController",
    "SetpointNotConfirmedError",
    "SetpointRefusedError",
]
