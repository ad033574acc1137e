"""Quectel's own words for a card's counters: ``+QPINC`` (EC2x&EG9x AT Commands Manual)."""

from typing import ClassVar

from firmware_sim.modem.chv import Chv
from firmware_sim.modem.commands import Arguments, Command, Table
from firmware_sim.modem.outcomes import CmeRefusedError, Outcome, info
from firmware_sim.modem.parts import Parts


class QuectelPinCounters:
    """For the modules that have it."""

    def __init__(self, parts: Parts) -> None:
        self.device = parts.device

    def reset(self) -> None:
        """The counters are the card's."""

    def _counters(self) -> dict[str, Chv]:
        card = self.device.card()
        return {"SC": card.chv1, "P2": card.chv2}

    def _all(self) -> Outcome:
        return info(*(_line(name, each) for name, each in self._counters().items()))

    def _one(self, arguments: Arguments) -> Outcome:
        facility = arguments.string(0).upper()
        found = self._counters().get(facility)
        if found is None:
            raise CmeRefusedError(50)
        return info(_line(facility, found))

    table: ClassVar[Table["QuectelPinCounters"]] = {"+QPINC": Command('("SC","P2")', _all, _one, _all)}


def _line(facility: str, chv: Chv) -> str:
    return f'+QPINC: "{facility}",{chv.tries},{chv.unblock_tries}'
