"""TCP through the modem: the CIPSTART family, one connection (SIM800 Series TCPIP Application Note).

These commands break the usual form: some end without OK, some say OK first and the result later.

    IP INITIAL ─CSTT─► IP START ─CIICR─► IP GPRSACT ─CIFSR─► IP STATUS
    IP STATUS ─CIPSTART─► CONNECT OK ─CIPCLOSE─► TCP CLOSED ─CIPSTART─► CONNECT OK
    any state ─CIPSHUT─► IP INITIAL
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Final

from at_commands.command import Command, Reply, plain
from at_commands.commands import attach, attached
from at_commands.dialects.dialect import Form
from at_commands.dialects.socket_stack import Received, SocketNews
from at_commands.grammar import join_arguments

if TYPE_CHECKING:
    from at_commands.client import AtClient

MAX_SEND: Final = 1460
"""Octets in one CIPSEND, and in one CIPRXGET."""

CONNECTION_CLOSED: Final = "CLOSED"
"""URC: the far side ended the connection."""

CONTEXT_LOST: Final = "+PDP: DEACT"
"""URC: the network took the data session away."""

DATA_ARRIVED: Final = "+CIPRXGET: 1"
"""URC: something can be read."""


# Maximum response times of the manual; CIPSTART's is that of the single-connection mode.
BRING_UP_TIMEOUT_S: Final = 85.0
CONNECT_TIMEOUT_S: Final = 160.0
SHUT_TIMEOUT_S: Final = 65.0
CLOSE_TIMEOUT_S: Final = 10.0

_CONNECT_FAILURES: Final = ("CONNECT FAIL",)


def manual_receive() -> Command[None]:
    """Keep what arrives until it is asked for: data then never mixes with other lines."""
    return plain("AT+CIPRXGET=1")


def set_apn(apn: str, user: str = "", password: str = "") -> Command[None]:
    return plain(f"AT+CSTT={join_arguments(apn, user, password)}", secret=bool(password))


def bring_up() -> Command[None]:
    """Open the data session (PDP context): from here on traffic costs."""
    return plain("AT+CIICR", timeout_s=BRING_UP_TIMEOUT_S)


def local_address() -> Command[str]:
    """The address, which is its own final result."""
    return Command("AT+CIFSR", lambda reply: reply.lines[-1], success=_is_address)


def connect(host: str, port: int) -> Command[None]:
    """Open the connection: OK at once, CONNECT OK when it stands."""
    return Command(
        f"AT+CIPSTART={join_arguments('TCP', host, str(port))}",
        lambda reply: None,
        prefixes=("STATE:",),  # why it failed, before CONNECT FAIL
        success=_is_connected,
        failures=_CONNECT_FAILURES,
        timeout_s=CONNECT_TIMEOUT_S,
    )


def send(data: bytes) -> Command[None]:
    """At most MAX_SEND octets."""
    return Command(
        f"AT+CIPSEND={len(data)}",
        lambda reply: None,
        success=_is_sent,
        failures=("SEND FAIL", CONNECTION_CLOSED),
        payload=data,
        timeout_s=60.0,
    )


def receive(limit: int = MAX_SEND) -> Command[Received]:
    """Read up to `limit` octets that have arrived."""
    prefix = "+CIPRXGET: 2,"

    def length(line: str) -> int | None:
        octets = int(line.removeprefix(prefix).split(",")[0])
        if octets > limit:
            raise ValueError(f"{octets} octets where {limit} were asked for")
        return octets or None

    def parse(reply: Reply) -> Received:
        _, _, left = reply.value(prefix).partition(",")
        return Received(reply.data, int(left or 0))  # some firmware says nothing of an empty rest

    return Command(f"AT+CIPRXGET=2,{limit}", parse, prefixes=(prefix,), data_length=length)


def close() -> Command[None]:
    return Command("AT+CIPCLOSE", lambda reply: None, success=_is_closed, timeout_s=CLOSE_TIMEOUT_S)


def shut() -> Command[None]:
    """Close the connection and the data session."""
    return Command("AT+CIPSHUT", lambda reply: None, success=_is_shut, timeout_s=SHUT_TIMEOUT_S)


def status() -> Command[str]:
    """The state's name, as `IP INITIAL`; OK comes before it."""
    return Command("AT+CIPSTATUS", lambda reply: reply.value("STATE:"), success=_is_state)


def _is_connected(line: str) -> bool:
    return line in {"CONNECT OK", "ALREADY CONNECT"}


def _is_sent(line: str) -> bool:
    return line == "SEND OK" or line.startswith("DATA ACCEPT:")


def _is_closed(line: str) -> bool:
    return line == "CLOSE OK"


def _is_shut(line: str) -> bool:
    return line == "SHUT OK"


def _is_state(line: str) -> bool:
    return line.startswith("STATE:")


def _is_address(line: str) -> bool:
    try:
        ipaddress.ip_address(line)
    except ValueError:
        return False
    return True


FORMS: Final = {
    "+CIICR": Form(BRING_UP_TIMEOUT_S),
    "+CIFSR": Form(success=_is_address),
    "+CIPSTART": Form(CONNECT_TIMEOUT_S, success=_is_connected, failures=_CONNECT_FAILURES),
    "+CIPCLOSE": Form(CLOSE_TIMEOUT_S, success=_is_closed),
    "+CIPSHUT": Form(SHUT_TIMEOUT_S, success=_is_shut),
    "+CIPSTATUS": Form(success=_is_state),
}
"""The same for lines typed by a person."""


_NEWS: Final = {
    DATA_ARRIVED: SocketNews.DATA_ARRIVED,
    CONNECTION_CLOSED: SocketNews.CLOSED,
    CONTEXT_LOST: SocketNews.CONTEXT_LOST,
}


class Sim800Sockets:
    """The stack over these commands."""

    max_block: Final = MAX_SEND

    def news(self, line: str) -> SocketNews | None:
        return next((news for start, news in _NEWS.items() if line.startswith(start)), None)

    async def open_context(self, at: AtClient, apn: str, user: str, password: str) -> str:
        if await at.send(status()) != "IP INITIAL":
            await at.send(shut())
        await at.send(manual_receive())
        if not await at.send(attached()):
            await at.send(attach())
        await at.send(set_apn(apn, user, password))
        await at.send(bring_up())
        return await at.send(local_address())

    async def close_context(self, at: AtClient) -> None:
        await at.send(shut())

    async def connect(self, at: AtClient, host: str, port: int) -> None:
        await at.send(connect(host, port))

    async def send(self, at: AtClient, data: bytes) -> None:
        await at.send(send(data))

    async def receive(self, at: AtClient, limit: int) -> Received:
        return await at.send(receive(min(limit, MAX_SEND)))

    async def close(self, at: AtClient) -> None:
        await at.send(close())
