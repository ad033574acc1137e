"""eBUS at byte level, reduced to what is published: the controller's adapter, the boiler and the line between them.

In: what the controller asks of its boiler. Out: what the boiler tells, as late and as coarse as the bus has it; what no
published service carries (the pressure, the kind of a fault) stays unknown. The invariant: a value gets across in a
telegram whose check is right, or not at all.
"""

from firmware_sim.ebus.adapter import EbusAdapter
from firmware_sim.ebus.frame import (
    FrameError,
    Telegram,
    decode_answer,
    decode_command,
    encode_answer,
    encode_command,
)
from firmware_sim.ebus.line import EbusLink, LineFaults
from firmware_sim.ebus.node import BusNode, NodeCounts
from firmware_sim.ebus.services import Identity, Limits, Mode, OperatingData, Setpoints, Signal, State
from firmware_sim.ebus.slave import BoilerEbusSlave

__all__ = [
    "BoilerEbusSlave",
    "BusNode",
    "EbusAdapter",
    "EbusLink",
    "FrameError",
    "Identity",
    "Limits",
    "LineFaults",
    "Mode",
    "NodeCounts",
    "OperatingData",
    "Setpoints",
    "Signal",
    "State",
    "Telegram",
    "decode_answer",
    "decode_command",
    "encode_answer",
    "encode_command",
]
