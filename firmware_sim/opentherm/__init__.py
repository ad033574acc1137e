"""OpenTherm at frame level: the controller's master, the boiler's slave and the line between them.

In: what the controller asks of its boiler. Out: what the boiler tells, as late and as coarse as the bus has it. The
invariant: a value gets across as a frame of 32 bits with even parity, or not at all.
"""

from firmware_sim.opentherm.data_ids import BY_NUMBER, MANDATORY_FOR_SLAVE, TABLE, DataId, ValueType
from firmware_sim.opentherm.frame import Frame, FrameError, MsgType, decode_frame, encode_frame
from firmware_sim.opentherm.line import LineFaults, OpenThermLink
from firmware_sim.opentherm.master import Capabilities, LineCounts, OpenThermMaster
from firmware_sim.opentherm.slave import Answer, BoilerSlave

__all__ = [
    "BY_NUMBER",
    "MANDATORY_FOR_SLAVE",
    "TABLE",
    "Answer",
    "BoilerSlave",
    "Capabilities",
    "DataId",
    "Frame",
    "FrameError",
    "LineCounts",
    "LineFaults",
    "MsgType",
    "OpenThermLink",
    "OpenThermMaster",
    "ValueType",
    "decode_frame",
    "encode_frame",
]
