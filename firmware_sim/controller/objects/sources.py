"""What circuits ask for heat: a boiler, a group or a cascade of them, another circuit, a relay.

Each second a circuit asks its source for a flow temperature. The source takes the highest; hot water goes before
heating. Then the source is scanned, hands the demand on, and forgets it: who still wants heat asks again.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from firmware_sim.controller.objects.base import Board, FirmwareObject
from provisioning.zont.object_values import ObjectValues

RESERVE_BOILER, BOILER_BANNED, CASCADE = 64, 512, 8192
"""Bits of a circuit's status that its source gives (PROTOCOL.md, section 6.1)."""
NO_LIMIT_C: Final = 100.0


class Asked(NamedTuple):
    """What circuits have asked for. `frost`: somebody would freeze without it."""

    flow_c: float | None = None
    dhw: bool = False
    frost: bool = False


NOTHING_ASKED: Final = Asked()


class HeatSource(FirmwareObject):
    """Something that circuits ask for heat."""

    def __init__(self, values: ObjectValues, board: Board) -> None:
        super().__init__(values, board)
        self._asked = NOTHING_ASKED
        self.has_consumers = False
        """A circuit has it as its source."""
        self.flow_c: float | None = None
        """Its flow temperature; None: unknown."""
        self.is_usable = True
        """It can heat, as far as it is known."""
        self.status_bits = 0
        """What its circuits show of it."""

    def ask(self, flow_c: float, *, dhw: bool = False, frost: bool = False) -> None:
        """Ask for a flow temperature for the next second; the highest counts, and hot water before heating."""
        asked = self._asked
        if asked.flow_c is None or (dhw and not asked.dhw):
            self._asked = Asked(flow_c, dhw, frost or asked.frost)
        elif dhw == asked.dhw:
            self._asked = Asked(max(asked.flow_c, flow_c), dhw, frost or asked.frost)
        elif frost:
            self._asked = asked._replace(frost=True)

    def _taken(self) -> Asked:
        taken, self._asked = self._asked, NOTHING_ASKED
        return taken

    @property
    def limit_c(self) -> float:
        """The hottest flow that it may give."""
        return NO_LIMIT_C
