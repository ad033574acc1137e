"""What the network says to a modem: answers to its procedures, and notices of its own accord."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Domain: TypeAlias = Literal["cs", "ps"]
"""Circuit-switched (CREG, SMS, USSD) or packet-switched (CGREG, data)."""


@dataclass(frozen=True)
class Accepted:
    """Location update or attach accepted."""

    roaming: bool
    lac: int
    cell_id: int


@dataclass(frozen=True)
class Rejected:
    """Registration rejected with an MM/GMM cause (3GPP TS 24.008, 10.5.3.6 and 10.5.5.14)."""

    cause: int


@dataclass(frozen=True)
class PdpAccepted:
    """A data session with this address."""

    ip: str


@dataclass(frozen=True)
class PdpRejected:
    """Session refused with an SM cause (3GPP TS 24.008, 10.5.6.6)."""

    cause: int


@dataclass(frozen=True)
class UssdReply:
    """Text from the network.

    Args:
        needs_answer: the session stays open for the user's choice (+CUSD: 1).
        released: the network ends the session instead of an answer (+CUSD: 2).
        silent: it does not answer at all.
    """

    text: str
    needs_answer: bool = False
    released: bool = False
    silent: bool = False


@dataclass(frozen=True)
class UserData:
    """The part of an SMS that a centre hands on untouched (3GPP TS 23.040, 9.2.3): from SUBMIT into DELIVER.

    Args:
        coding_scheme: TP-DCS.
        length: TP-UDL, in septets or octets as the coding scheme says.
        octets: TP-UD as it stands in the TPDU, with its header if `has_header`.
        has_header: TP-UDHI.
        protocol_id: TP-PID.
    """

    coding_scheme: int
    length: int
    octets: bytes
    has_header: bool = False
    protocol_id: int = 0


@dataclass(frozen=True)
class SmsArrived:
    """A message for the subscriber. `content` is text when its sender is the operator or a text-mode modem.

    Args:
        sender: number with leading +, or an alphanumeric or short sender ("MTS", "111").
        sent_at: the centre's time stamp, wall clock (UTC epoch seconds).
        delivery: what a listener that answers messages answers with (`Network.sms_received` and its kin).
    """

    sender: str
    content: str | UserData
    sent_at: float
    delivery: int = field(default=0, compare=False)


@dataclass(frozen=True)
class SmsReported:
    """What became of a message that the subscriber sent (SMS-STATUS-REPORT).

    Args:
        reference: TP-MR that the message was given.
        sent_at, discharged_at: wall clock (UTC epoch seconds).
        status: TP-ST (3GPP TS 23.040, 9.2.3.15).
        delivery: as in `SmsArrived`.
    """

    reference: int
    recipient: str
    sent_at: float
    discharged_at: float
    status: int
    delivery: int = field(default=0, compare=False)


@dataclass(frozen=True)
class UssdPushed:
    """The network says something unasked; with `needs_answer` it waits for one."""

    text: str
    needs_answer: bool = False


@dataclass(frozen=True)
class Detached:
    """The network put the subscriber off; `cause` as in `Rejected`."""

    cause: int


@dataclass(frozen=True)
class PdpDropped:
    """The network took the data session down; SM cause. Registration stays."""

    cause: int


@dataclass(frozen=True)
class SignalChanged:
    """The field changed somewhere; ask `Network.signal_dbm`."""


@dataclass(frozen=True)
class CallArrived:
    """Somebody calls; his number, empty where there is none."""

    number: str


@dataclass(frozen=True)
class CallAnswered:
    """The one who was called has picked up."""


@dataclass(frozen=True)
class CallEnded:
    """The call is over, or there is none: the other end is `busy`, or hung up, or cannot be reached."""

    busy: bool = False


NetworkNotice: TypeAlias = (
    Detached
    | PdpDropped
    | SmsArrived
    | SmsReported
    | SignalChanged
    | UssdPushed
    | CallArrived
    | CallAnswered
    | CallEnded
)


class SmsRefusedError(Exception):
    """The centre did not take a message.

    RP cause as in 3GPP TS 24.011, table 8.4 (a modem says +CMS ERROR: cause).
    """

    def __init__(self, cause: int) -> None:
        self.cause = cause
        super().__init__(f"message refused, RP cause {cause}")
