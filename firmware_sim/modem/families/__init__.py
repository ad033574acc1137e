"""The products that the emulated modem can speak like."""

from collections.abc import Mapping

from firmware_sim.modem.families.neoway import M590
from firmware_sim.modem.families.quectel_2g import M66
from firmware_sim.modem.families.quectel_lte import EC25
from firmware_sim.modem.families.sim800 import SIM800C
from firmware_sim.modem.families.simcom_lte import A7670, SIM7600
from firmware_sim.modem.personality import Personality

PERSONALITIES: Mapping[str, Personality] = {
    "sim800c": SIM800C,
    "sim7600": SIM7600,
    "a7670": A7670,
    "m590": M590,
    "ec25": EC25,
    "m66": M66,
}
