"""The option negotiation that LCP and IPCP share (RFC 1661 clause 4), for an end that is always willing.

The automaton, without the states that only matter to an end which may be told to stay closed:

    state      Configure-Request: good      …with options to change     Configure-Ack      time-out
    REQUESTED  ack → ACK_SENT               nak or reject, stay         → ACK_RECEIVED     ask again
    ACK_RECEIVED ack → OPEN                 nak or reject, stay         ask again → REQUESTED
    ACK_SENT   ack, stay                    nak or reject → REQUESTED   → OPEN             ask again
    OPEN       ask, ack → ACK_SENT          ask, nak → REQUESTED        ask → REQUESTED    -

Terminate-Request is acknowledged in any state and ends it.
"""

from collections.abc import Callable
from enum import Enum
from typing import Final, Protocol

RESTART_S: Final = 3.0
"""The restart timer (RFC 1661 4.6)."""
MAX_REQUESTS: Final = 10
"""Max-Configure."""

CONFIGURE_REQUEST, CONFIGURE_ACK, CONFIGURE_NAK, CONFIGURE_REJECT = 1, 2, 3, 4
TERMINATE_REQUEST, TERMINATE_ACK, CODE_REJECT = 5, 6, 7

Options = list[tuple[int, bytes]]


class State(Enum):
    """Of one protocol; see the table above."""

    CLOSED = 0
    REQUESTED = 1
    ACK_RECEIVED = 2
    ACK_SENT = 3
    OPEN = 4


class Policy(Protocol):
    """What one protocol wants and allows."""

    def wanted(self) -> Options:
        """Our own options."""
        ...

    def judge(self, options: Options) -> tuple[Options, Options]:
        """Of the far end's: those to be rejected, and those to be changed with what they should be."""
        ...

    def accepted(self, options: Options) -> None:
        """The far end's options that now hold."""
        ...

    def refused(self, options: Options, *, suggested: bool) -> None:
        """Ours that the far end will not have, or wants otherwise."""
        ...


class Negotiation:
    """One protocol's negotiation.

    Args:
        send: Takes a packet of the protocol: code, identifier, length, data.
        opened: Both ends agree.
        closed: It has ended, by the far end or because it never answered.
    """

    def __init__(
        self,
        policy: Policy,
        *,
        send: Callable[[bytes], None],
        opened: Callable[[], None],
        closed: Callable[[], None],
    ) -> None:
        self.state = State.CLOSED
        self._policy = policy
        self._send = send
        self._opened = opened
        self._closed = closed
        self._identifier = 0
        self._requests_left = MAX_REQUESTS

    def open(self) -> None:
        """Begin to ask."""
        if self.state is State.CLOSED:
            self._requests_left = MAX_REQUESTS
            self._request(State.REQUESTED)

    def time_out(self) -> None:
        """:data:`RESTART_S` went by."""
        if self.state in (State.CLOSED, State.OPEN):
            return
        if self._requests_left == 0:
            self._end()
        else:
            self._request(State.ACK_SENT if self.state is State.ACK_SENT else State.REQUESTED)

    def close(self) -> None:
        """Say goodbye."""
        if self.state is not State.CLOSED:
            self._packet(TERMINATE_REQUEST, b"")
            self.state = State.CLOSED

    def receive(self, code: int, identifier: int, data: bytes) -> bool:
        """One packet. False: the code is not of the negotiation."""
        match code:
            case 1:
                self._judge(identifier, data)
            case 2 if identifier == self._identifier:
                self._acknowledged()
            case 3 | 4 if identifier == self._identifier:
                options = _parse(data)
                if options is not None:
                    self._policy.refused(options, suggested=code == CONFIGURE_NAK)
                    if self.state is not State.CLOSED:
                        self._request(State.ACK_SENT if self.state is State.ACK_SENT else State.REQUESTED)
            case 5:
                self._packet(TERMINATE_ACK, data, identifier)
                if self.state is not State.CLOSED:
                    self._end()
            case 2 | 3 | 4 | 6 | 7:
                pass  # late, or about what we no longer want
            case _:
                return False
        return True

    def _judge(self, identifier: int, data: bytes) -> None:
        options = _parse(data)
        if options is None or self.state is State.CLOSED:
            return
        if self.state is State.OPEN:
            self._requests_left = MAX_REQUESTS
            self._request(State.REQUESTED)
        rejected, changed = self._policy.judge(options)
        if rejected or changed:
            code, answer = (CONFIGURE_REJECT, rejected) if rejected else (CONFIGURE_NAK, changed)
            self._packet(code, _encode(answer), identifier)
            if self.state is State.ACK_SENT:
                self.state = State.REQUESTED
            return
        self._packet(CONFIGURE_ACK, data, identifier)
        self._policy.accepted(options)
        if self.state is State.ACK_RECEIVED:
            self._open()
        else:
            self.state = State.ACK_SENT

    def _acknowledged(self) -> None:
        match self.state:
            case State.REQUESTED:
                self.state = State.ACK_RECEIVED
            case State.ACK_SENT:
                self._open()
            case State.ACK_RECEIVED | State.OPEN:
                self._request(State.REQUESTED)

    def _open(self) -> None:
        self.state = State.OPEN
        self._opened()

    def _end(self) -> None:
        self.state = State.CLOSED
        self._closed()

    def _request(self, entered: State) -> None:
        self.state = entered
        self._requests_left = max(0, self._requests_left - 1)
        self._identifier = (self._identifier + 1) % 256
        self._packet(CONFIGURE_REQUEST, _encode(self._policy.wanted()), self._identifier)

    def _packet(self, code: int, data: bytes, identifier: int = 0) -> None:
        self._send(bytes([code, identifier]) + (len(data) + 4).to_bytes(2, "big") + data)


def _encode(options: Options) -> bytes:
    return b"".join(bytes([kind, len(value) + 2]) + value for kind, value in options)


def _parse(data: bytes) -> Options | None:
    options: Options = []
    at = 0
    while at < len(data):
        if at + 2 > len(data) or data[at + 1] < 2 or at + data[at + 1] > len(data):
            return None
        options.append((data[at], data[at + 2 : at + data[at + 1]]))
        at += data[at + 1]
    return options
