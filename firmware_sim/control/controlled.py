"""One emulated modem with all that belongs to it, as the control API handles it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from firmware_sim.control.recorder import Recorder

if TYPE_CHECKING:
    from firmware_sim.modem import EmulatedModem, SimCard
    from firmware_sim.network import Network


@dataclass
class ControlledModem:
    """A modem under the API's hand.

    Args:
        name: in the API's paths.
        network: around it.
        now: the clock that the network lives by, seconds.
        card: the card that is put in where none is named; also while it is out of the slot.
        imsi: of the subscriber whose state is set; the card's, also while there is none.
        drawer: cards in no modem, by ICCID; one for all modems of a bench.
    """

    name: str
    modem: EmulatedModem
    network: Network
    now: Callable[[], float]
    card: SimCard | None
    imsi: str
    drawer: dict[str, SimCard] = field(default_factory=dict)
    recorder: Recorder = field(default_factory=Recorder)

    def __post_init__(self) -> None:
        self.modem.tap = self.recorder
