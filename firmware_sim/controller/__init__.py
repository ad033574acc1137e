"""A ZONT-style heating controller, emulated: its firmware is its `config.txt`, its house a `plant`.

In: time, commands, faults. Out: what its interfaces show (WebSocket, Modbus, broker, SMS) and what it switches. The
invariant: whatever the interface, there is one state behind it.
"""

from firmware_sim.controller.emulated_controller import EmulatedController
from firmware_sim.controller.firmware import Firmware
from firmware_sim.controller.models import MODELS, ControllerModel
from firmware_sim.controller.wiring import Installation

__all__ = ["MODELS", "ControllerModel", "EmulatedController", "Firmware", "Installation"]
