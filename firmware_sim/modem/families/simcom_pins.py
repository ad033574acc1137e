"""SIMCom's own word for a card's counters: ``+SPIC`` (SIM800 Series AT Command Manual V1.09)."""

from firmware_sim.modem.commands import OnDevice
from firmware_sim.modem.outcomes import Outcome, info


def tries_left(feature: OnDevice) -> Outcome:
    """PIN, PUK, PIN2, PUK2."""
    first, second = feature.device.card().chv1, feature.device.card().chv2
    return info(f"+SPIC: {first.tries},{first.unblock_tries},{second.tries},{second.unblock_tries}")
