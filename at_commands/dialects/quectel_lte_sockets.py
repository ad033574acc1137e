"""TCP through the modem: the QIOPEN family of Quectel's LTE modules, several connections of which one is used
(EC2x&EG9x TCP/IP AT Commands Manual V1.0, LTE Standard TCP/IP Application Note V1.1).

    closed ─QIACT─► active ─QIOPEN─► connected ─QICLOSE─► active ─QIDEACT─► closed
                      │                  └── "closed": can be read from until QICLOSE
                      └── "pdpdeact": QIDEACT is the only way on

QIOPEN says OK first and its result, with an error number, behind it. The access mode is that of the buffer: what
arrives is announced once, and announced anew only after it was read empty.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
from typing import TYPE_CHECKING, Final

from at_commands.command import Command, Reply, plain
from at_commands.commands import attach, attached
from at_commands.dialects.dialect import Form
from at_commands.dialects.socket_stack import Received, SocketNews
from at_commands.errors import CommandFailedError
from at_commands.grammar import join_arguments, parse_arguments

if TYPE_CHECKING:
    from at_commands.client import AtClient

MAX_BLOCK: Final = 1460
"""Octets in one QISEND; QIRD would take 1500."""

# Maximum response times of the manual.
ACTIVATE_TIMEOUT_S: Final = 150.0
DEACTIVATE_TIMEOUT_S: Final = 40.0
CONNECT_TIMEOUT_S: Final = 150.0
CLOSE_TIMEOUT_S: Final = 15.0
SEND_TIMEOUT_S: Final = 60.0

SEND_FAIL: Final = "SEND FAIL"
"""The connection stands, the modem's buffer is full: none of the block was taken."""

# How long a full buffer is waited for.
SEND_TRIES: Final = 60
SEND_PAUSE_S: Final = 0.5

_CONTEXT: Final = 1
_LINK: Final = 0
_BUFFERED: Final = 0
_NO_AUTHENTICATION: Final = 0
_CHAP: Final = 2


def set_apn(apn: str, user: str = "", password: str = "") -> Command[None]:
    """Of the context; CHAP where there is a user."""
    account = join_arguments(apn, user, password)
    authentication = _CHAP if user else _NO_AUTHENTICATION
    return plain(f"AT+QICSGP={_CONTEXT},1,{account},{authentication}", secret=bool(password))


def bring_up() -> Command[None]:
    """Open the data session (PDP context): from here on traffic costs."""
    return plain(f"AT+QIACT={_CONTEXT}", timeout_s=ACTIVATE_TIMEOUT_S)


def bring_down() -> Command[None]:
    """Close all connections and the data session."""
    return plain(f"AT+QIDEACT={_CONTEXT}", timeout_s=DEACTIVATE_TIMEOUT_S)


def local_address() -> Command[str]:
    """The context's; only active contexts are listed, so ReplyFormatError when it is not."""

    def parse(reply: Reply) -> str:
        for fields in map(parse_arguments, reply.values("+QIACT:")):
            if fields[0] == str(_CONTEXT):
                return str(ipaddress.ip_address(str(fields[3])))
        raise ValueError(f"context {_CONTEXT} is not active")

    return Command("AT+QIACT?", parse, prefixes=("+QIACT:",))


def connect(host: str, port: int) -> Command[None]:
    """Open the connection: OK at once, the result when it stands or has failed."""
    where = join_arguments("TCP", host)
    return Command(
        f"AT+QIOPEN={_CONTEXT},{_LINK},{where},{port},0,{_BUFFERED}",
        _nothing,
        success=lambda line: line == f"+QIOPEN: {_LINK},0",
        failures=(f"+QIOPEN: {_LINK},",),
        with_ok=True,
        timeout_s=CONNECT_TIMEOUT_S,
    )


def send(data: bytes) -> Command[None]:
    """At most MAX_BLOCK octets. CommandFailedError with SEND_FAIL: later, perhaps; with another final: never."""
    return Command(
        f"AT+QISEND={_LINK},{len(data)}",
        _nothing,
        success=_is_sent,
        failures=(SEND_FAIL,),
        payload=data,
        timeout_s=SEND_TIMEOUT_S,
    )


def receive(limit: int = MAX_BLOCK) -> Command[Received]:
    """Read up to `limit` octets that have arrived. How many are left it does not tell; 1 stands for perhaps."""
    prefix = "+QIRD:"

    def length(line: str) -> int | None:
        octets = int(line.removeprefix(prefix))
        if octets > limit:
            raise ValueError(f"{octets} octets where {limit} were asked for")
        return octets or None

    def parse(reply: Reply) -> Received:
        reply.value(prefix)
        return Received(reply.data, int(bool(reply.data)))

    return Command(f"AT+QIRD={_LINK},{limit}", parse, prefixes=(prefix,), data_length=length)


def close() -> Command[None]:
    return plain(f"AT+QICLOSE={_LINK}", timeout_s=CLOSE_TIMEOUT_S)


def last_error() -> Command[tuple[int, str]]:
    """Number and words of the last TCP/IP command's error; 0: there was none."""

    def parse(reply: Reply) -> tuple[int, str]:
        number, _, words = reply.value("+QIGETERROR:").partition(",")
        return int(number), words

    return Command("AT+QIGETERROR", parse, prefixes=("+QIGETERROR:",))


def _nothing(reply: Reply) -> None:
    return None


def _is_sent(line: str) -> bool:
    return line == "SEND OK"


_OPENED: Final = "+QIOPEN: "

FORMS: Final = {
    "+QIACT": Form(ACTIVATE_TIMEOUT_S),
    "+QIDEACT": Form(DEACTIVATE_TIMEOUT_S),
    # Of a typed line the connection's number is not known: a result with error 0 is the good one.
    "+QIOPEN": Form(
        CONNECT_TIMEOUT_S,
        success=lambda line: line.startswith(_OPENED) and line.endswith(",0"),
        failures=(_OPENED,),
        with_ok=True,
    ),
    "+QIOPEN?": Form(),
    "+QIOPEN=?": Form(),
    "+QICLOSE": Form(CLOSE_TIMEOUT_S),
}
"""The same for lines typed by a person."""

_NEWS: Final = {
    f'+QIURC: "recv",{_LINK}': SocketNews.DATA_ARRIVED,
    f'+QIURC: "closed",{_LINK}': SocketNews.CLOSED,
    f'+QIURC: "pdpdeact",{_CONTEXT}': SocketNews.CONTEXT_LOST,
}

URCS: Final = ("+QIURC:",)


class QuectelLteSockets:
    """The stack over these commands."""

    max_block: Final = MAX_BLOCK

    def news(self, line: str) -> SocketNews | None:
        return _NEWS.get(line)

    async def open_context(self, at: AtClient, apn: str, user: str, password: str) -> str:
        await self.close_context(at)
        await at.send(set_apn(apn, user, password))
        if not await at.send(attached()):
            await at.send(attach())
        await at.send(bring_up())
        return await at.send(local_address())

    async def close_context(self, at: AtClient) -> None:
        # Also of a context that the network took away. Some firmware refuses when there is none.
        with contextlib.suppress(CommandFailedError):
            await at.send(bring_down())

    async def connect(self, at: AtClient, host: str, port: int) -> None:
        await at.send(connect(host, port))

    async def send(self, at: AtClient, data: bytes) -> None:
        for left in reversed(range(SEND_TRIES)):
            try:
                await at.send(send(data))
            except CommandFailedError as error:
                if error.final != SEND_FAIL or not left:
                    raise
            else:
                return
            await asyncio.sleep(SEND_PAUSE_S)

    async def receive(self, at: AtClient, limit: int) -> Received:
        return await at.send(receive(min(limit, MAX_BLOCK)))

    async def close(self, at: AtClient) -> None:
        await at.send(close())
