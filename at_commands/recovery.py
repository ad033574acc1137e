"""Finds a modem that does not answer `AT`, in whatever state a killed program left it, and brings it back to commands.

Theory of operation. A silent modem may be in data mode, at a prompt, in a multiplexer, or hear another baud rate.
Nothing tells which, so each way back is tried in turn, and `AT` after each: APPROACHES is the row, gentlest first, and
none of them harms a modem that is in another state. At the rate that was given all are tried; then `AT` alone at the
others (RATES); then the whole row again wherever it may be worth it. `search` is the machine, without I/O: it says what
to do and is told what was heard.

    Act(rate, silence, bytes, listen) ──► bytes heard ──► the next Act … Found | None

What is left behind is a modem that answers, at the rate at which it was found; nothing is written into its memory.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Generator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from at_commands.cmux_control import Message, Type
from at_commands.cmux_frames import Frame, Kind, encode_advanced, encode_basic
from at_commands.errors import NoAnswerError
from at_commands.links import BaudLink, Link

RATES: Final = (115_200, 9600, 57_600, 19_200, 38_400, 230_400, 460_800, 921_600)
"""Most common first; slower than 9600 nobody sets a modem today."""

GUARD_S: Final = 1.1
"""Silence before and behind `+++`: S12 is 1 s unless somebody has changed it (V.250 has no value of its own)."""

LISTEN_S: Final = 0.6
"""An answer to AT needs 0.3 s at most (SIM800 AT Command Manual, 1.6), and a byte at 9600 baud 1 ms."""

HUNT_LISTEN_S: Final = 0.3

TAIL_S: Final = 0.03
"""Of silence behind a result: what comes together is heard together."""

MAX_NOISE: Final = 1024
"""Bytes of what was heard in all, for the error."""

LIMIT_S: Final = 90.0
"""For all of it."""


class FoundIn(StrEnum):
    """The state that the modem was in."""

    COMMANDS = "commands"
    QUIET = "quiet"
    PROMPT = "prompt"
    DATA_MODE = "data_mode"
    MULTIPLEXER = "multiplexer"
    DTR = "dtr"
    """It came back when DTR fell; what it was in is not known."""


@dataclass(frozen=True, slots=True)
class Found:
    """A modem that answers. `rate` is None where the link has none."""

    state: FoundIn
    rate: int | None


@dataclass(frozen=True, slots=True)
class Act:
    """To be done: set the rate, keep silence for so long, send, listen for an answer for so long."""

    sends: bytes
    listen_s: float = LISTEN_S
    silence_s: float = 0.0
    rate: int | None = None
    drop_dtr: bool = False


@dataclass(frozen=True, slots=True)
class Approach:
    """One way back: what is sent, behind how much silence, and what follows when the modem then answers."""

    state: FoundIn
    sends: bytes
    silence_s: float = 0.0
    listen_s: float = LISTEN_S
    afterwards: bytes = b""


def _close_down() -> tuple[bytes, bytes]:
    """CLD, and DISC of the control channel for modems without it (3GPP TS 27.010, 5.4.6.3.3 and 5.8.2)."""
    frames = (
        Frame(0, Kind.UIH, cr=True, info=Message(Type.CLD, command=True).encode()),
        Frame(0, Kind.DISC, cr=True, poll=True),
    )
    return b"".join(map(encode_basic, frames)), b"".join(map(encode_advanced, frames))


_BASIC, _ADVANCED = _close_down()

PROBE: Final = b"AT\r"

APPROACHES: Final = (
    Approach(FoundIn.COMMANDS, PROBE),
    # No echo and no results (ATE0Q1) look like death.
    Approach(FoundIn.QUIET, b"\rATQ0V1\r"),
    # ESC leaves a text prompt (3GPP TS 27.005, 3.5.1); a prompt for counted data is left by the client's filler.
    Approach(FoundIn.PROMPT, b"\x1b\r"),
    # ATH ends the call that nobody talks on any more.
    Approach(FoundIn.DATA_MODE, b"+++", silence_s=GUARD_S, listen_s=GUARD_S + LISTEN_S, afterwards=b"ATH\r"),
    Approach(FoundIn.MULTIPLEXER, _BASIC),
    Approach(FoundIn.MULTIPLEXER, _ADVANCED),
)

Search = Generator[Act, bytes, Found | None]

_ANSWER: Final = re.compile(rb"(?:^|[\r\n])(?:OK|ERROR|NO CARRIER|\+CM[ES] ERROR:[^\r\n]*)\r|(?:\r|^)[04]\r")


def answers(heard: bytes) -> bool:
    """Is there a final result in it, in words or (V0) as a number?"""
    return _ANSWER.search(heard) is not None


def search(rate: int | None) -> Search:
    """The machine: yields what is to be done, takes what was heard meanwhile, returns the outcome.

    Args:
        rate: of the link as it is; None: it has none, and there is nothing to hunt.
    """
    found = yield from _all_approaches(rate)
    if found is not None or rate is None:
        return found
    if answers((yield Act(PROBE, drop_dtr=True))):
        return Found(FoundIn.DTR, rate)
    others = [each for each in RATES if each != rate]
    noisy: list[int] = []
    for other in others:
        # Twice: the first bytes at a new rate may be taken for the end of what came before.
        yield Act(PROBE, HUNT_LISTEN_S, rate=other)
        heard = yield Act(PROBE, HUNT_LISTEN_S)
        if answers(heard):
            return Found(FoundIn.COMMANDS, other)
        if heard:
            noisy.append(other)
    for other in dict.fromkeys((*noisy, *others)):
        yield Act(b"", 0.0, rate=other)
        found = yield from _all_approaches(other)
        if found is not None:
            return found
    yield Act(b"", 0.0, rate=rate)
    return None


def _all_approaches(rate: int | None) -> Search:
    for approach in APPROACHES:
        heard = yield Act(approach.sends, approach.listen_s, approach.silence_s)
        if approach.sends != PROBE and not answers(heard):
            heard = yield Act(PROBE)
        if answers(heard):
            if approach.afterwards:
                yield Act(approach.afterwards)
            return Found(approach.state, rate)
    return None


async def recover(link: Link, *, limit_s: float = LIMIT_S) -> Found:
    """Find the modem at the far end of a link that nobody else reads; the link stays at the rate that it answers at.

    Raises:
        NoAnswerError: there is none, or none that can be brought back; the link has its first rate again.
        LinkLostError.
    """
    baud = link if isinstance(link, BaudLink) and link.baudrate is not None else None
    first = None if baud is None else baud.baudrate
    machine = search(first)
    noise = bytearray()
    try:
        async with asyncio.timeout(limit_s):
            act = next(machine)
            while True:
                before, heard = await _carry_out(link, baud, act)
                noise += (before + heard)[: MAX_NOISE - len(noise)]
                act = machine.send(heard)
    except StopIteration as end:
        if isinstance(end.value, Found):
            return end.value
    except TimeoutError:
        if baud is not None and first is not None:
            await baud.set_baudrate(first)
    raise NoAnswerError(link.url, bytes(noise))


async def _carry_out(link: Link, baud: BaudLink | None, act: Act) -> tuple[bytes, bytes]:
    """What came before anything was sent, and what came then: only that can be an answer."""
    if baud is not None and act.rate is not None:
        await baud.set_baudrate(act.rate)
    if baud is not None and act.drop_dtr:
        await baud.drop_dtr()
    before = await _heard(link, max(act.silence_s, TAIL_S), to_the_end=True)
    if act.sends:
        await link.write(act.sends)
    return before, await _heard(link, act.listen_s)


async def _heard(link: Link, seconds: float, *, to_the_end: bool = False) -> bytes:
    """What comes within a time, or until a result is in it."""
    heard = bytearray()
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while (left_s := deadline - loop.time()) > 0:
        try:
            async with asyncio.timeout(left_s):
                data = await link.read()
        except TimeoutError:
            break
        if not data:
            break  # the link is lost; the next write says so
        heard += data[: 4096 - len(heard)]
        if answers(bytes(heard)) and not to_the_end:
            deadline = min(deadline, loop.time() + TAIL_S)
    return bytes(heard)
