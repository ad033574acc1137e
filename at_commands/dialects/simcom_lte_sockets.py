"""TCP through the modem: the NETOPEN family of SIMCom's LTE modules, several connections of which one is used
(SIM7500/SIM7600 Series TCPIP AT Command Manual V1.00, A76XX Series TCPIP Application Note V1.01).

    closed ─NETOPEN─► opened ─CIPOPEN─► connected ─CIPCLOSE, +IPCLOSE─► opened ─NETCLOSE─► closed

Most of these commands say OK first and their result, with an error number, behind it.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Final

from at_commands.command import Command, Reply, plain
from at_commands.commands import attach, attached, define_context
from at_commands.dialects.dialect import Form
from at_commands.dialects.socket_stack import Received, SocketNews
from at_commands.errors import CommandFailedError
from at_commands.grammar import join_arguments

if TYPE_CHECKING:
    from at_commands.client import AtClient

MAX_BLOCK: Final = 1460
"""Octets in one CIPSEND; CIPRXGET would take 1500."""

# The modules' own limits are 75 s and less (+CIPTIMEOUT); the network's context comes on top.
OPEN_TIMEOUT_S: Final = 120.0
CLOSE_TIMEOUT_S: Final = 75.0
CONNECT_TIMEOUT_S: Final = 120.0
SEND_TIMEOUT_S: Final = 75.0

NO_DATA: Final = "+IP ERROR: No data"
_REASONS: Final = ("+IP ERROR:",)

_LINK: Final = 0


def manual_receive() -> Command[None]:
    """Keep what arrives until it is asked for: data then never mixes with other lines."""
    return plain("AT+CIPRXGET=1")


def authenticate(user: str, password: str) -> Command[None]:
    """CHAP, of context 1."""
    return plain(f"AT+CGAUTH=1,2,{join_arguments(password, user)}", secret=True)


def is_network_open() -> Command[bool]:
    return Command(
        "AT+NETOPEN?", lambda reply: reply.value("+NETOPEN:").startswith("1"), prefixes=("+NETOPEN:",)
    )


def open_network() -> Command[None]:
    """Open the data session: from here on traffic costs."""
    return _late("AT+NETOPEN", "+NETOPEN: ", "0", OPEN_TIMEOUT_S)


def close_network() -> Command[None]:
    """Close all connections and the data session."""
    return _late("AT+NETCLOSE", "+NETCLOSE: ", "0", CLOSE_TIMEOUT_S)


def local_address() -> Command[str]:
    def parse(reply: Reply) -> str:
        return str(ipaddress.ip_address(reply.value("+IPADDR:")))

    return Command("AT+IPADDR", parse, prefixes=("+IPADDR:",), reasons=_REASONS)


def connect(host: str, port: int) -> Command[None]:
    """Open the connection: OK at once, the result when it stands or has failed."""
    line = f"AT+CIPOPEN={_LINK},{join_arguments('TCP', host)},{port}"
    return _late(line, f"+CIPOPEN: {_LINK},", "0", CONNECT_TIMEOUT_S)


def send(data: bytes) -> Command[None]:
    """At most MAX_BLOCK octets; an error unless the modem took all of them."""
    return Command(
        f"AT+CIPSEND={_LINK},{len(data)}",
        _nothing,
        success=lambda line: line == f"+CIPSEND: {_LINK},{len(data)},{len(data)}",
        failures=(f"+CIPSEND: {_LINK},", "+CIPERROR:"),
        with_ok=True,
        reasons=_REASONS,
        payload=data,
        timeout_s=SEND_TIMEOUT_S,
    )


def receive(limit: int = MAX_BLOCK) -> Command[Received]:
    """Read up to `limit` octets that have arrived; NO_DATA is the error when there are none."""
    prefix = f"+CIPRXGET: 2,{_LINK},"

    def length(line: str) -> int | None:
        octets = int(line.removeprefix(prefix).split(",")[0])
        if octets > limit:
            raise ValueError(f"{octets} octets where {limit} were asked for")
        return octets or None

    def parse(reply: Reply) -> Received:
        _, _, left = reply.value(prefix).partition(",")
        return Received(reply.data, int(left or 0))

    return Command(
        f"AT+CIPRXGET=2,{_LINK},{limit}", parse, prefixes=(prefix,), data_length=length, reasons=_REASONS
    )


def close() -> Command[None]:
    return _late(f"AT+CIPCLOSE={_LINK}", f"+CIPCLOSE: {_LINK},", "0", CLOSE_TIMEOUT_S)


def _late(line: str, prefix: str, success: str, timeout_s: float) -> Command[None]:
    """A command whose result is a line with an error number beside OK."""
    return Command(
        line,
        _nothing,
        success=lambda result: result == f"{prefix}{success}",
        failures=(prefix,),
        with_ok=True,
        reasons=_REASONS,
        timeout_s=timeout_s,
    )


def _nothing(reply: Reply) -> None:
    return None


def _late_form(prefix: str, timeout_s: float) -> Form:
    """Of a typed line the connection's number is not known: a result with error 0 is the good one."""
    return Form(
        timeout_s,
        success=lambda line: line.startswith(prefix) and line.split(",")[-1].split(":")[-1].strip() == "0",
        failures=(prefix,),
        with_ok=True,
        reasons=_REASONS,
    )


FORMS: Final = {
    "+NETOPEN": _late_form("+NETOPEN: ", OPEN_TIMEOUT_S),
    "+NETOPEN?": Form(reasons=_REASONS),
    "+NETCLOSE": _late_form("+NETCLOSE: ", CLOSE_TIMEOUT_S),
    "+CIPOPEN": _late_form("+CIPOPEN: ", CONNECT_TIMEOUT_S),
    "+CIPOPEN?": Form(reasons=_REASONS),
    "+CIPCLOSE": _late_form("+CIPCLOSE: ", CLOSE_TIMEOUT_S),
    "+CIPCLOSE?": Form(reasons=_REASONS),
    "+CIPRXGET": Form(reasons=_REASONS),
    "+IPADDR": Form(reasons=_REASONS),
}
"""The same for lines typed by a person."""

_NEWS: Final = {
    f"+CIPRXGET: 1,{_LINK}": SocketNews.DATA_ARRIVED,
    f"+IPCLOSE: {_LINK},": SocketNews.CLOSED,
    f"+CIPCLOSE: {_LINK},": SocketNews.CLOSED,  # older firmware, unasked
    "+CIPEVENT: NETWORK CLOSED": SocketNews.CONTEXT_LOST,
}

URCS: Final = ("+CIPRXGET: 1,", "+IPCLOSE:", "+CIPCLOSE:", "+CIPEVENT:")


class SimcomLteSockets:
    """The stack over these commands."""

    max_block: Final = MAX_BLOCK

    def news(self, line: str) -> SocketNews | None:
        return next((news for start, news in _NEWS.items() if line.startswith(start)), None)

    async def open_context(self, at: AtClient, apn: str, user: str, password: str) -> str:
        await self.close_context(at)
        await at.send(define_context(apn))
        if user:
            await at.send(authenticate(user, password))
        if not await at.send(attached()):
            await at.send(attach())
        await at.send(open_network())
        # Some firmware forgets it when the network closes.
        await at.send(manual_receive())
        return await at.send(local_address())

    async def close_context(self, at: AtClient) -> None:
        if await at.send(is_network_open()):
            await at.send(close_network())

    async def connect(self, at: AtClient, host: str, port: int) -> None:
        await at.send(connect(host, port))

    async def send(self, at: AtClient, data: bytes) -> None:
        await at.send(send(data))

    async def receive(self, at: AtClient, limit: int) -> Received:
        try:
            return await at.send(receive(min(limit, MAX_BLOCK)))
        except CommandFailedError as error:
            if error.final != NO_DATA:
                raise
            return Received(b"", 0)

    async def close(self, at: AtClient) -> None:
        await at.send(close())
