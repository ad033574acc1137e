"""The parts that each emulated modem has, for those which only its family has."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from firmware_sim.modem.device import Device
    from firmware_sim.modem.interface import Interface
    from firmware_sim.modem.packet_data import PacketData
    from firmware_sim.modem.power_control import PowerControl
    from firmware_sim.modem.radio import Radio
    from firmware_sim.modem.short_messages import ShortMessages
    from firmware_sim.modem.sim_access import SimAccess
    from firmware_sim.modem.ussd import Ussd


@dataclass(frozen=True)
class Parts:
    """Of one modem."""

    device: "Device"
    radio: "Radio"
    packet: "PacketData"
    messages: "ShortMessages"
    ussd: "Ussd"
    sim_access: "SimAccess"
    interface: "Interface"
    power: "PowerControl"
