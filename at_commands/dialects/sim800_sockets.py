"""TCP through the modem: the CIPSTART family, one connection (SIM800 Series TCPIP Application Note).

These commands break the usual form: some end without OK, some say OK first and the result later.

    IP INITIAL ─CSTT─► IP START ─CIICR─► IP GPRSACT ─CIFSR─► IP STATUS
    IP STATUS ─CIPSTART─► CONNECT OK ─CIPCLOSE─► TCP CLOSED ─CIPSTART─► CONNECT OK
    any state ─CIPSHUT─► IP INITIAL
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Final

from at_commands.command import Command, Reply, plain
from at_commands.grammar import join_arguments

MAX_SEND: Final = 1460
"""Octets in one CIPSEND, and in one CIPRXGET."""

CONNECTION_CLOSED: Final = "CLOSED"
"""URC: the far side ended the connection."""

CONTEXT_LOST: Final = "+PDP: DEACT"
"""URC: the network took the data session away."""

DATA_ARRIVED: Final = "+CIPRXGET: 1"
"""URC: something can be read."""


@dataclass(frozen=True, slots=True)
class Received:
    """What CIPRXGET=2 gave. `left` octets wait in the modem."""

    data: bytes
    left: int


def manual_receive() -> Command[None]:
    """Keep what arrives until it is asked for: data then never mixes with other lines."""
    return plain("AT+CIPRXGET=1")


def set_apn(apn: str, user: str = "", password: str = "") -> Command[None]:
    return plain(f"AT+CSTT={join_arguments(apn, user, password)}", secret=bool(password))


def bring_up() -> Command[None]:
    """Open the data session (PDP context): from here on traffic costs."""
    return plain("AT+CIICR", timeout_s=85.0)


def local_address() -> Command[str]:
    """The address, which is its own final result."""
    return Command("AT+CIFSR", lambda reply: reply.lines[-1], success=_is_address)


def connect(host: str, port: int) -> Command[None]:
    """Open the connection: OK at once, CONNECT OK when it stands."""
    return Command(
        f"AT+CIPSTART={join_arguments('TCP', host, str(port))}",
        lambda reply: None,
        success=lambda line: line in {"CONNECT OK", "ALREADY CONNECT"},
        failures=("CONNECT FAIL", "STATE: TCP CLOSED", "STATE: PDP DEACT"),
        timeout_s=160.0,
    )


def send(data: bytes) -> Command[None]:
    """At most MAX_SEND octets."""
    return Command(
        f"AT+CIPSEND={len(data)}",
        lambda reply: None,
        success=lambda line: line == "SEND OK" or line.startswith("DATA ACCEPT:"),
        failures=("SEND FAIL", CONNECTION_CLOSED),
        payload=data,
        timeout_s=60.0,
    )


def receive(limit: int = MAX_SEND) -> Command[Received]:
    """Read up to `limit` octets that have arrived."""
    prefix = "+CIPRXGET: 2,"

    def length(line: str) -> int | None:
        return int(line.removeprefix(prefix).split(",")[0]) or None

    def parse(reply: Reply) -> Received:
        return Received(reply.data, int(reply.value(prefix).split(",")[1]))

    return Command(f"AT+CIPRXGET=2,{limit}", parse, prefixes=(prefix,), data_length=length)


def close() -> Command[None]:
    return Command("AT+CIPCLOSE", lambda reply: None, success=lambda line: line == "CLOSE OK", timeout_s=10.0)


def shut() -> Command[None]:
    """Close the connection and the data session."""
    return Command("AT+CIPSHUT", lambda reply: None, success=lambda line: line == "SHUT OK", timeout_s=65.0)


def status() -> Command[str]:
    """The state's name, as `IP INITIAL`; OK comes before it."""
    return Command(
        "AT+CIPSTATUS",
        lambda reply: reply.value("STATE:"),
        success=lambda line: line.startswith("STATE:"),
    )


def _is_address(line: str) -> bool:
    try:
        ipaddress.ip_address(line)
    except ValueError:
        return False
    return True
