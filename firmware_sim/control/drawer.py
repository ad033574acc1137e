"""The cards that lie beside the modems: any card of the simulated network can be put into any modem."""

from __future__ import annotations

from collections.abc import Iterable

from firmware_sim.control.controlled import ControlledModem
from firmware_sim.modem import SimCard


def take(iccid: str, it: ControlledModem, modems: Iterable[ControlledModem]) -> SimCard | None:
    """The card of that number, out of whichever modem it is in. None: the network knows no such card."""
    for other in modems:
        inside = other.modem.sim
        if inside is not None and inside.iccid == iccid:
            other.recorder.remark("card pulled")
            other.card = None
            return other.modem.remove_sim()
    if it.card is not None and it.card.iccid == iccid:
        return it.card
    if iccid not in it.drawer:
        known = next((each for each in it.network.subscribers.values() if each.iccid == iccid), None)
        if known is None:
            return None
        it.drawer[iccid] = SimCard(known.iccid, known.imsi, msisdn=known.msisdn)
    return it.drawer.pop(iccid)


def put_back(it: ControlledModem) -> None:
    """Whatever card this modem has goes into the drawer."""
    card = it.modem.remove_sim() or it.card
    it.card = None
    if card is not None:
        it.drawer[card.iccid] = card
