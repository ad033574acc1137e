"""Messages that go straight to the terminal: ``+CMT``, ``+CDS`` and their acknowledgement (3GPP TS 27.005, 3.4.1 and
3.4.4).

    service   +CMT, +CDS are       then
    0         told and forgotten   the next one at once
    1         told once            +CNMA: the next one
                                   nobody answers: the routing ends (mt and ds of +CNMI become 0), and the network
                                   delivers again some time later, into the store

With service 1 (``+CSMS=1``) one message at a time is on its way: the network waits for the answer to it (3GPP TS
24.011, 5.3). A refusal by the terminal (``+CNMA=2``) goes to the network, and is the end of that message.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import ClassVar

from firmware_sim.modem.commands import Arguments, Command, Table
from firmware_sim.modem.device import Device
from firmware_sim.modem.outcomes import CmsRefusedError, Outcome, Prompt, info
from firmware_sim.modem.timers import Timer

ACKNOWLEDGEMENT_S = 15.0
"""How long the network waits, less the way there and back (24.011 10.1, TR1N)."""
NONE_EXPECTED = 340
INVALID_PDU = 304


class Answer(Enum):
    """What the terminal made of a message."""

    TAKEN = 0
    REFUSED = 1
    NONE = 2


@dataclass(frozen=True)
class Incoming:
    """A message or report from the network: its PDU in hex, and the network's number for this try."""

    pdu: str
    delivery: int
    is_report: bool = False
    message_class: int | None = None


class DirectDelivery:
    """``+CNMA`` and what it answers.

    Args:
        tell: Says ``+CMT`` or ``+CDS``.
        on_answer: Takes what became of a message.
    """

    def __init__(
        self, device: Device, tell: Callable[[Incoming], None], on_answer: Callable[[Incoming, Answer], None]
    ) -> None:
        self.device = device
        self.acknowledged = False
        self._tell = tell
        self._on_answer = on_answer
        self._under_way: deque[Incoming] = deque()  # the first one was told; the centre bounds them
        self._deadline: Timer | None = None

    def reset(self) -> None:
        """What was under way, the network will try again some day."""
        self.acknowledged = False
        self._under_way.clear()
        self._deadline = None

    def deliver(self, incoming: Incoming) -> None:
        """One more from the network."""
        if not self.acknowledged:
            self._tell(incoming)
            self._on_answer(incoming, Answer.TAKEN)
            return
        self._under_way.append(incoming)
        if len(self._under_way) == 1:
            self._tell_next()

    def _tell_next(self) -> None:
        if self._under_way:
            self._tell(self._under_way[0])
            self._deadline = self.device.after(ACKNOWLEDGEMENT_S, self._silence)

    def _silence(self) -> None:
        unanswered, self._deadline = list(self._under_way), None
        self._under_way.clear()
        for incoming in unanswered:
            self._on_answer(incoming, Answer.NONE)

    def _answered(self, answer: Answer) -> Outcome:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        self._on_answer(self._under_way.popleft(), answer)
        self._tell_next()
        return info()

    def _expected(self) -> None:
        if self._deadline is None:
            raise CmsRefusedError(NONE_EXPECTED)

    def _cnma(self) -> Outcome:
        self._expected()
        return self._answered(Answer.TAKEN)

    def _set_cnma(self, arguments: Arguments) -> Outcome:
        """n, and in PDU mode the length of a TPDU for the network, which follows behind the prompt."""
        answer = Answer.REFUSED if arguments.number(0, allowed=range(3)) == 2 else Answer.TAKEN
        self._expected()
        if len(arguments) < 2:
            return self._answered(answer)
        length = arguments.number(1)

        def finish(data: bytes) -> Outcome:
            text = data.decode("latin-1").strip()
            try:
                octets = bytes.fromhex(text)
            except ValueError:
                raise CmsRefusedError(INVALID_PDU) from None
            if len(octets) != length or not self._under_way:
                raise CmsRefusedError(INVALID_PDU if self._under_way else NONE_EXPECTED)
            return self._answered(answer)

        return Prompt(finish)

    table: ClassVar[Table["DirectDelivery"]] = {"+CNMA": Command("(0-2)", None, _set_cnma, _cnma)}
