"""One serial line of the modem: what comes in at one port, and the terminal that answers there.

A modem has as many lines as ports that are in use at once; each has its own echo, its own pending command, its own
data mode, as the AT ports of a USB modem have. What a line was left in stays when its client goes, and the next
client finds it.
"""

from collections.abc import Callable, Iterator

from at_commands.grammar import ParsedCommand
from firmware_sim.modem.actions import Transmit
from firmware_sim.modem.device import Device
from firmware_sim.modem.outcomes import Outcome
from firmware_sim.modem.profile import Profile
from firmware_sim.modem.terminal import Terminal


class SerialLine:
    """One line.

    Attributes:
        backlog: Bytes that its port could not pass on yet, as the shell sees it.
    """

    def __init__(
        self, number: int, device: Device, profile: Profile, call: Callable[[ParsedCommand], Outcome]
    ) -> None:
        self.number = number
        self.backlog: Callable[[], int] = lambda: 0
        self._device = device
        self._main = Terminal(device, profile, call=call, send=self._transmit, backlog=lambda: self.backlog())

    def receive(self, data: bytes) -> None:
        """Bytes came in."""
        self._main.receive(data)

    def dtr_dropped(self) -> None:
        """The client closed its end."""
        self._main.dtr_dropped()

    def terminals(self) -> Iterator[Terminal]:
        """Those that say URCs."""
        yield self._main

    @property
    def full(self) -> bool:
        """Takes no more for now: a stream's far end is slower than the client."""
        return self._main.full

    def reset(self, profile: Callable[[], Profile]) -> None:
        """Power came or went."""
        self._main.reset(profile())

    def _transmit(self, data: bytes) -> None:
        if data:
            self._device.do(Transmit(data, self.number))
