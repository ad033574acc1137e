"""TCP through the modem: the QIOPEN family of Quectel's GSM modules, one connection (GSM TCPIP Application Notes V1.1,
GSM TCPIP Recommended Process V1.2).

    IP INITIAL ─QIREGAPP─► IP START ─QIACT─► IP GPRSACT ─QILOCIP─► IP STATUS
    IP STATUS ─QIOPEN─► CONNECT OK ─QICLOSE─► IP CLOSE ─QIOPEN─► CONNECT OK
    any state ─QIDEACT─► IP INITIAL

As with SIMCom's commands some end without OK and some say OK first and the result later. What arrives is announced once
and kept until it is asked for (QINDI=1); the answer names the sender and the length before the block.
"""

from __future__ import annotations

import contextlib
import ipaddress
from typing import TYPE_CHECKING, Final

from at_commands.command import Command, Reply, plain
from at_commands.commands import attach, attached
from at_commands.dialects.dialect import Form
from at_commands.dialects.socket_stack import Received, SocketNews
from at_commands.errors import CommandFailedError
from at_commands.grammar import join_arguments

if TYPE_CHECKING:
    from at_commands.client import AtClient

MAX_BLOCK: Final = 1460
"""Octets in one QISEND; QIRD would take 1500."""

# Maximum response times of the manual.
ACTIVATE_TIMEOUT_S: Final = 150.0
DEACTIVATE_TIMEOUT_S: Final = 40.0
CONNECT_TIMEOUT_S: Final = 75.0
CLOSE_TIMEOUT_S: Final = 10.0
SEND_TIMEOUT_S: Final = 60.0

CONTEXT_LOST: Final = "+PDP DEACT"
"""URC: the network took the data session away."""

CONNECTION_CLOSED: Final = "CLOSED"
"""URC: the far side ended the connection."""

_CLIENT: Final = 1
_LINK: Final = 0
_CONTEXT: Final = 0
_DATA_ARRIVED: Final = f"+QIRDI: {_CONTEXT},{_CLIENT},{_LINK}"

_CONNECT_FAILURES: Final = ("CONNECT FAIL", "ALREADY CONNECT")


def foreground_context() -> Command[None]:
    """The context that the commands below are about."""
    return plain(f"AT+QIFGCNT={_CONTEXT}")


def set_apn(apn: str, user: str = "", password: str = "") -> Command[None]:
    return plain(f"AT+QICSGP=1,{join_arguments(apn, user, password)}", secret=bool(password))


def single_connection() -> Command[None]:
    """One connection without a number."""
    return plain("AT+QIMUX=0")


def no_data_mode() -> Command[None]:
    """The connection is used by commands."""
    return plain("AT+QIMODE=0")


def manual_receive() -> Command[None]:
    """Keep what arrives until it is asked for: data then never mixes with other lines."""
    return plain("AT+QINDI=1")


def start() -> Command[None]:
    """Start the stack with the settings above."""
    return plain("AT+QIREGAPP")


def bring_up() -> Command[None]:
    """Open the data session (PDP context): from here on traffic costs."""
    return plain("AT+QIACT", timeout_s=ACTIVATE_TIMEOUT_S)


def local_address() -> Command[str]:
    """The address, which is its own final result."""
    return Command("AT+QILOCIP", lambda reply: reply.lines[-1], success=_is_address)


def shut() -> Command[None]:
    """Close the connection and the data session."""
    return Command("AT+QIDEACT", _nothing, success=_is_shut, timeout_s=DEACTIVATE_TIMEOUT_S)


def by_name(on: bool) -> Command[None]:
    """Does QIOPEN take a host's name or its address?"""
    return plain(f"AT+QIDNSIP={int(on)}")


def connect(host: str, port: int) -> Command[None]:
    """Open the connection: OK at once, CONNECT OK when it stands."""
    return Command(
        f"AT+QIOPEN={join_arguments('TCP', host, port)}",
        _nothing,
        success=_is_connected,
        failures=_CONNECT_FAILURES,
        timeout_s=CONNECT_TIMEOUT_S,
    )


def send(data: bytes) -> Command[None]:
    """At most MAX_BLOCK octets."""
    return Command(
        f"AT+QISEND={len(data)}",
        _nothing,
        success=_is_sent,
        failures=("SEND FAIL", CONNECTION_CLOSED),
        payload=data,
        timeout_s=SEND_TIMEOUT_S,
    )


def receive(limit: int = MAX_BLOCK) -> Command[Received]:
    """Read up to `limit` octets that have arrived; a bare OK says that there are none. How many are left it does not
    tell; 1 stands for perhaps.
    """
    prefix = "+QIRD:"

    def length(line: str) -> int | None:
        # +QIRD: 192.0.2.7:1883,TCP,5
        octets = int(line.rpartition(",")[2])
        if octets > limit:
            raise ValueError(f"{octets} octets where {limit} were asked for")
        return octets or None

    def parse(reply: Reply) -> Received:
        return Received(reply.data, int(bool(reply.data)))

    return Command(
        f"AT+QIRD={_CONTEXT},{_CLIENT},{_LINK},{limit}", parse, prefixes=(prefix,), data_length=length
    )


def close() -> Command[None]:
    return Command("AT+QICLOSE", _nothing, success=_is_closed, timeout_s=CLOSE_TIMEOUT_S)


def status() -> Command[str]:
    """The state's name, as `IP INITIAL`; OK comes before it."""
    return Command("AT+QISTAT", lambda reply: reply.value("STATE:"), success=_is_state)


def _nothing(reply: Reply) -> None:
    return None


def _is_connected(line: str) -> bool:
    return line == "CONNECT OK"


def _is_sent(line: str) -> bool:
    return line == "SEND OK"


def _is_closed(line: str) -> bool:
    return line == "CLOSE OK"


def _is_shut(line: str) -> bool:
    return line == "DEACT OK"


def _is_state(line: str) -> bool:
    return line.startswith("STATE:")


def _is_address(line: str) -> bool:
    try:
        ipaddress.ip_address(line)
    except ValueError:
        return False
    return True


FORMS: Final = {
    "+QIACT": Form(ACTIVATE_TIMEOUT_S),
    "+QILOCIP": Form(success=_is_address),
    # Of a typed line it is not known whether connections have numbers.
    "+QIOPEN": Form(
        CONNECT_TIMEOUT_S,
        success=lambda line: line.endswith("CONNECT OK"),
        failures=(*_CONNECT_FAILURES, *(f"{n}, {each}" for n in range(6) for each in _CONNECT_FAILURES)),
    ),
    "+QIOPEN=?": Form(),
    "+QIDEACT": Form(DEACTIVATE_TIMEOUT_S, success=_is_shut),
    "+QICLOSE": Form(CLOSE_TIMEOUT_S, success=lambda line: line.endswith("CLOSE OK")),
    "+QISTAT": Form(success=_is_state),
}
"""The same for lines typed by a person."""

_NEWS: Final = {
    _DATA_ARRIVED: SocketNews.DATA_ARRIVED,
    CONNECTION_CLOSED: SocketNews.CLOSED,
    CONTEXT_LOST: SocketNews.CONTEXT_LOST,
}

URCS: Final = ("+QIRDI:", CONNECTION_CLOSED, *(f"{number}, CLOSED" for number in range(6)), CONTEXT_LOST)


class Quectel2gSockets:
    """The stack over these commands."""

    max_block: Final = MAX_BLOCK

    def news(self, line: str) -> SocketNews | None:
        return next((news for start, news in _NEWS.items() if line.startswith(start)), None)

    async def open_context(self, at: AtClient, apn: str, user: str, password: str) -> str:
        await self.close_context(at)
        await at.send(foreground_context())
        await at.send(set_apn(apn, user, password))
        await at.send(single_connection())
        await at.send(no_data_mode())
        await at.send(manual_receive())
        if not await at.send(attached()):
            await at.send(attach())
        await at.send(start())
        await at.send(bring_up())
        return await at.send(local_address())

    async def close_context(self, at: AtClient) -> None:
        # Some firmware refuses when there is none.
        with contextlib.suppress(CommandFailedError):
            await at.send(shut())

    async def connect(self, at: AtClient, host: str, port: int) -> None:
        await at.send(by_name(not _is_address(host)))
        await at.send(connect(host, port))

    async def send(self, at: AtClient, data: bytes) -> None:
        await at.send(send(data))

    async def receive(self, at: AtClient, limit: int) -> Received:
        return await at.send(receive(min(limit, MAX_BLOCK)))

    async def close(self, at: AtClient) -> None:
        await at.send(close())
