"""One call to a phone, and how it ended (V.250 6.3; 3GPP TS 27.007, 7.18).

`OK` behind `ATD…;` says that dialling has begun, on most modems; so who picks up is read from `+CLCC`, each second for
`ring_s` at most. Then the words are said, which are silence here: the board's voice is not emulated. Whatever happens,
the line is given back at the end, so a call takes `ring_s` and `speech_s` at most.
"""

from __future__ import annotations

import asyncio
import contextlib
from enum import StrEnum
from typing import Final

from at_commands.client import AtClient, Subscription
from at_commands.command import Command
from at_commands.errors import AtError, CommandFailedError, CommandTimeoutError
from at_commands.grammar import parse_arguments
from provisioning.clock import Clock

RING_S: Final = 30.0
SPEECH_S: Final = 15.0
LOOK_S: Final = 1.0

ACTIVE: Final = 0
"""<stat> of a call that stands."""
VOICE: Final = "0"
"""<mode> of a voice call."""


class CallEnd(StrEnum):
    """How a call ended. Who does not know, as without +CLCC, takes it for not answered."""

    ANSWERED = "answered"
    BUSY = "busy"
    NO_ANSWER = "no answer"
    NO_CARRIER = "no carrier"
    """Out of reach, barred, or the network let it fall."""


_ENDS: Final = {
    "BUSY": CallEnd.BUSY,
    "NO ANSWER": CallEnd.NO_ANSWER,
    "NO CARRIER": CallEnd.NO_CARRIER,
    "NO DIALTONE": CallEnd.NO_CARRIER,
}


async def call(
    at: AtClient, clock: Clock, number: str, *, ring_s: float = RING_S, speech_s: float = SPEECH_S
) -> CallEnd:
    """Ring a number, given as digits with a plus. Raises AtError: the modem broke."""
    async with at.subscribe(*_ENDS) as news:
        try:
            await at.execute(f"ATD{number};", timeout_s=ring_s)
            return await _follow(at, clock, news, ring_s, speech_s)
        except CommandTimeoutError:
            return CallEnd.NO_ANSWER  # a modem whose OK is the answer
        except CommandFailedError as error:
            return _ENDS.get(error.final, CallEnd.NO_CARRIER)
        finally:
            with contextlib.suppress(AtError):
                await hang_up(at)


async def hang_up(at: AtClient) -> None:
    """End whatever call there is; refuse one that rings. Raises AtError: the modem broke."""
    with contextlib.suppress(CommandFailedError):
        await at.execute("AT+CHUP")
        return
    with contextlib.suppress(CommandFailedError):
        await at.execute("ATH")


async def _follow(at: AtClient, clock: Clock, news: Subscription, ring_s: float, speech_s: float) -> CallEnd:
    for _ in range(int(ring_s / LOOK_S)):
        await clock.sleep(LOOK_S)
        stage = await at.send(_STAGE)
        if stage == ACTIVE:
            await _speak(at, clock, speech_s)
            return CallEnd.ANSWERED
        if stage is None:
            return await _last_word(news)
    return CallEnd.NO_ANSWER


async def _speak(at: AtClient, clock: Clock, speech_s: float) -> None:
    for _ in range(int(speech_s / LOOK_S)):
        await clock.sleep(LOOK_S)
        if await at.send(_STAGE) is None:
            return  # he has hung up: he has heard enough


async def _last_word(news: Subscription) -> CallEnd:
    with contextlib.suppress(TimeoutError, StopAsyncIteration):
        async with asyncio.timeout(LOOK_S):
            return _ENDS[(await anext(news)).line]
    return CallEnd.NO_CARRIER


def _stage(lines: tuple[str, ...]) -> int | None:
    """<stat> of the first voice call; None: there is none. LTE modems list their data sessions too, as <mode> 1."""
    for line in lines:
        fields = parse_arguments(line.removeprefix("+CLCC:").strip())
        if len(fields) > 3 and fields[2] and fields[3] == VOICE:
            return int(fields[2])
    return None


_STAGE: Final = Command("AT+CLCC", lambda reply: _stage(reply.lines), prefixes=("+CLCC:",))
