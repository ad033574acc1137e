"""Messages that go straight to the terminal: ``+CMT``, ``+CDS``, their acknowledgement (3GPP TS 27.005, 3.4.1, 3.4.4).

    service   +CMT is              then
    0         told and forgotten   the next one at once
    1         told once            +CNMA: the next one
                                   nobody answers: the routing ends (mt and ds of +CNMI become 0), and the network
                                   delivers again, into the store

With service 1 (``+CSMS=1``) one message at a time is on its way: the network waits for the answer to it (3GPP TS
24.011, 5.3). A refusal by the terminal (``+CNMA=2``) is the end of that message.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from firmware_sim.modem.commands import Arguments, Command, Table
from firmware_sim.modem.device import Device
from firmware_sim.modem.message_lines import pdu_length, pdu_line, report_fields, shown
from firmware_sim.modem.message_listing import MessageListing
from firmware_sim.modem.outcomes import CmsRefusedError, Outcome, Prompt, info
from firmware_sim.modem.timers import Timer

ACKNOWLEDGEMENT_S = 15.0
"""How long the network waits, less the way there and back (24.011 10.1, TR1N)."""
MAX_UNDER_WAY = 20
"""Messages behind the one that is not acknowledged yet; the oldest go first."""
NONE_EXPECTED = 340
INVALID_PDU = 304


@dataclass(frozen=True)
class Incoming:
    """A PDU in hex from the network: a message, or a report on one that was sent."""

    pdu: str
    is_report: bool = False
    for_card: bool = False  # class 2: it belongs there, whatever store is chosen


class DirectDelivery:
    """``+CMT`` and ``+CNMA``.

    Args:
        on_silence: Takes what the terminal did not acknowledge in time, oldest first.
    """

    def __init__(
        self, device: Device, listing: MessageListing, on_silence: Callable[[list[Incoming]], None]
    ) -> None:
        self.device = device
        self.acknowledged = False
        self._listing = listing
        self._on_silence = on_silence
        self._under_way: deque[Incoming] = deque(maxlen=MAX_UNDER_WAY)  # the first one was told
        self._deadline: Timer | None = None

    def reset(self) -> None:
        """What was under way, the network will try again some day."""
        self.acknowledged = False
        self._under_way.clear()
        self._deadline = None

    def deliver(self, incoming: list[Incoming]) -> None:
        """Messages and reports from the network, oldest first."""
        if not self.acknowledged:
            for each in incoming:
                self._tell(each)
            return
        idle = not self._under_way
        self._under_way += incoming
        if idle:
            self._tell_next()

    def _tell(self, incoming: Incoming) -> None:
        listing, pdu, characters = self._listing, incoming.pdu, self.device.character_set
        if incoming.is_report:
            body = report_fields(pdu, characters) if listing.text_mode else f"{pdu_length(pdu)}\r\n{pdu}"
            self.device.urc(f"+CDS: {body}")
        else:
            body = shown(pdu, characters, details=listing.details) if listing.text_mode else pdu_line(pdu)
            self.device.urc(f"+CMT: {body}")

    def _tell_next(self) -> None:
        if self._under_way:
            self._tell(self._under_way[0])
            self._deadline = self.device.after(ACKNOWLEDGEMENT_S, self._silence)

    def _silence(self) -> None:
        unanswered, self._deadline = list(self._under_way), None
        self._under_way.clear()
        self._on_silence(unanswered)

    def _answered(self) -> Outcome:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        self._under_way.popleft()
        self._tell_next()
        return info()

    def _expected(self) -> None:
        if self._deadline is None:
            raise CmsRefusedError(NONE_EXPECTED)

    def _cnma(self) -> Outcome:
        self._expected()
        return self._answered()

    def _set_cnma(self, arguments: Arguments) -> Outcome:
        """n, and in PDU mode the length of a TPDU for the network, which follows behind the prompt."""
        arguments.number(0, allowed=range(3))
        self._expected()
        if len(arguments) < 2:
            return self._answered()
        length = arguments.number(1)

        def finish(data: bytes) -> Outcome:
            text = data.decode("latin-1").strip()
            try:
                octets = bytes.fromhex(text)
            except ValueError:
                raise CmsRefusedError(INVALID_PDU) from None
            if len(octets) != length or not self._under_way:
                raise CmsRefusedError(INVALID_PDU if self._under_way else NONE_EXPECTED)
            return self._answered()

        return Prompt(finish)

    table: ClassVar[Table["DirectDelivery"]] = {"+CNMA": Command("(0-2)", None, _set_cnma, _cnma)}
