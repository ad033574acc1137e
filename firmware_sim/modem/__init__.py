"""An emulated SIM800C. See the README in this folder's parent."""

from firmware_sim.modem.emulated_modem import EmulatedModem
from firmware_sim.modem.settings import ModemSettings
from firmware_sim.modem.sim_card import SimCard, SimStatus

__all__ = ["EmulatedModem", "ModemSettings", "SimCard", "SimStatus"]
