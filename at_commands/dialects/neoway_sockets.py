"""TCP through the modem: the XIIC family, two connections of which one is used (Neoway M590 AT Command Sets V3.0, 8).

    closed ─XIIC=1─► on the way ─► open ─TCPSETUP─► connected ─TCPCLOSE, Link Closed─► open

The data session says nothing of its own accord: whether it stands has to be asked. Received data comes unasked as
`+TCPRECV:0,5,hello`, so there is nothing to read, and TCPSETUP takes addresses only: names are looked up first.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
from typing import TYPE_CHECKING, Final

from at_commands.command import Command, Reply, plain
from at_commands.commands import attach, attached, define_context
from at_commands.dialects.dialect import Form
from at_commands.dialects.socket_stack import Received, SocketNews
from at_commands.errors import CommandFailedError
from at_commands.grammar import join_arguments, quote

if TYPE_CHECKING:
    from at_commands.client import AtClient

MAX_BLOCK: Final = 1024

CONNECT_TIMEOUT_S: Final = 75.0
SEND_TIMEOUT_S: Final = 30.0
LOOKUP_TIMEOUT_S: Final = 30.0

SESSION_POLLS: Final = 120
SESSION_POLL_S: Final = 0.5

_LINK: Final = 0


def internal_stack() -> Command[None]:
    """The modem's own TCP instead of PPP to us."""
    return plain("AT+XISP=0")


def authenticate(user: str, password: str) -> Command[None]:
    return plain(f"AT+XGAUTH=1,1,{join_arguments(user, password)}", secret=True)


def set_session(on: bool) -> Command[None]:
    """Begin to open or close the data session: from here on traffic costs."""
    return plain(f"AT+XIIC={int(on)}")


def session_address() -> Command[str | None]:
    """Our address; None while there is no session."""

    def parse(reply: Reply) -> str | None:
        state, _, address = reply.value("+XIIC:").partition(",")
        return str(ipaddress.ip_address(address.strip())) if int(state) == 1 else None

    return Command("AT+XIIC?", parse, prefixes=("+XIIC:",))


def look_up(name: str) -> Command[str]:
    """The first address of a name."""

    def parse(reply: Reply) -> str:
        return str(ipaddress.ip_address(reply.value("+DNS:")))

    return Command(
        f"AT+DNS={quote(name)}",
        parse,
        prefixes=("+DNS:",),
        success=lambda line: line == "+DNS:OK",
        failures=("+DNS:Error",),
        with_ok=True,
        timeout_s=LOOKUP_TIMEOUT_S,
    )


def connect(address: str, port: int) -> Command[None]:
    """OK at once, the result when it stands or has failed."""
    return _late(f"AT+TCPSETUP={_LINK},{address},{port}", "+TCPSETUP:", f"{_LINK},OK", CONNECT_TIMEOUT_S)


def send(data: bytes) -> Command[None]:
    """At most MAX_BLOCK octets."""
    return Command(
        f"AT+TCPSEND={_LINK},{len(data)}",
        _nothing,
        success=lambda line: line == f"+TCPSEND:{_LINK},{len(data)}",
        failures=("+TCPSEND:",),
        with_ok=True,
        payload=data,
        timeout_s=SEND_TIMEOUT_S,
    )


def close() -> Command[None]:
    return _late(f"AT+TCPCLOSE={_LINK}", "+TCPCLOSE:", f"{_LINK},OK", 10.0)


def _late(line: str, prefix: str, success: str, timeout_s: float) -> Command[None]:
    return Command(
        line,
        _nothing,
        success=lambda result: result == f"{prefix}{success}",
        failures=(prefix,),
        with_ok=True,
        timeout_s=timeout_s,
    )


def _nothing(reply: Reply) -> None:
    return None


def _late_form(prefix: str, timeout_s: float) -> Form:
    return Form(
        timeout_s,
        success=lambda line: line.startswith(prefix) and line.endswith("OK"),
        failures=(prefix,),
        with_ok=True,
    )


FORMS: Final = {
    "+TCPSETUP": _late_form("+TCPSETUP:", CONNECT_TIMEOUT_S),
    "+TCPCLOSE": _late_form("+TCPCLOSE:", 10.0),
    "+DNS": _late_form("+DNS:OK", LOOKUP_TIMEOUT_S),
}
"""The same for lines typed by a person."""

URCS: Final = ("+TCPRECV:", "+TCPCLOSE:")


class NeowaySockets:
    """The stack over these commands."""

    max_block: Final = MAX_BLOCK

    def news(self, line: str) -> SocketNews | None:
        if line.startswith(f"+TCPRECV:{_LINK},"):
            return SocketNews.DATA_ARRIVED
        return SocketNews.CLOSED if line == f"+TCPCLOSE:{_LINK},Link Closed" else None

    async def open_context(self, at: AtClient, apn: str, user: str, password: str) -> str:
        await self.close_context(at)
        await at.send(internal_stack())
        await at.send(define_context(apn))
        if user:
            await at.send(authenticate(user, password))
        if not await at.send(attached()):
            await at.send(attach())
        begin = set_session(True)
        await at.send(begin)
        for _ in range(SESSION_POLLS):
            address = await at.send(session_address())
            if address is not None:
                return address
            await asyncio.sleep(SESSION_POLL_S)
        raise CommandFailedError(begin.shown, "+XIIC: 0")

    async def close_context(self, at: AtClient) -> None:
        if await at.send(session_address()) is None:
            return
        # Some firmware knows no way to close it, and then goes on with the one that stands.
        with contextlib.suppress(CommandFailedError):
            await at.send(set_session(False))

    async def connect(self, at: AtClient, host: str, port: int) -> None:
        try:
            address = str(ipaddress.ip_address(host))
        except ValueError:
            address = await at.send(look_up(host))
        await at.send(connect(address, port))

    async def send(self, at: AtClient, data: bytes) -> None:
        await at.send(send(data))

    async def receive(self, at: AtClient, limit: int) -> Received:
        """Nothing waits in the modem: what arrives comes by itself."""
        return Received(b"", 0)

    async def close(self, at: AtClient) -> None:
        await at.send(close())
