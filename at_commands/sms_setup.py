"""Setting a modem up to hand its messages over (3GPP TS 27.005, 3.2.1 and 3.4.1)."""

from __future__ import annotations

import contextlib
import re
from typing import Final

from at_commands import sms_commands
from at_commands.client import AtClient
from at_commands.command import Command, plain
from at_commands.errors import CommandFailedError, ReplyFormatError

_MODES: Final = (2, 1, 3, 0)
"""Of +CNMI, the best first: keep what cannot be said now and say it later; drop it; say it in between; keep it."""
_DELIVERY: Final = (1, 2, 0)
"""Store and name the place; hand over; nothing."""
_REPORTS: Final = (2, 1, 0)


async def set_up_messages(at: AtClient) -> bool:
    """PDU mode, and announcements as near to "store, name the place, reports too" as the modem comes.

    Returns:
        Whether it wants what it hands over directly acknowledged (+CNMA).

    Raises:
        AtError: it has no PDU mode, or does not answer.
    """
    async with at.transaction():
        await at.send(sms_commands.pdu_mode())
        acknowledges = await _service(at) == 1
        offered = _offers(await _offer(at))
        mode, deliver = _first(_MODES, offered[0]), _first(_DELIVERY, offered[1])
        reports = _first(_REPORTS, offered[3])
        for line in (
            f"AT+CNMI={mode},{deliver},0,{reports},0",
            f"AT+CNMI={mode},{deliver},0,0,0",
            f"AT+CNMI={mode},{deliver}",
        ):
            with contextlib.suppress(CommandFailedError):
                await at.send(plain(line))
                break
    return acknowledges


async def _service(at: AtClient) -> int:
    """`+CSMS`: with 1 the modem wants its messages acknowledged."""
    asked = Command("AT+CSMS?", lambda reply: int(reply.value("+CSMS:").split(",")[0]), prefixes=("+CSMS:",))
    try:
        return await at.send(asked)
    except (CommandFailedError, ReplyFormatError):
        return 0


async def _offer(at: AtClient) -> str:
    asked = Command("AT+CNMI=?", lambda reply: reply.value("+CNMI:"), prefixes=("+CNMI:",))
    try:
        return await at.send(asked)
    except (CommandFailedError, ReplyFormatError):
        return ""


def _offers(text: str) -> list[frozenset[int]]:
    """`(0-3),(0,1),…` as sets; five of them, and what is not said allows nothing but 0."""
    sets = []
    for group in re.findall(r"\(([^)]*)\)|(\d+)", text):
        numbers: set[int] = set()
        for part in (group[0] or group[1]).split(","):
            low, _, high = part.strip().partition("-")
            if low.isdecimal():
                numbers |= {n for n in range(10) if int(low) <= n <= int(high if high.isdecimal() else low)}
        sets.append(frozenset(numbers))
    return (sets + [frozenset({0})] * 5)[:5] if sets else [frozenset(range(4))] * 5


def _first(wanted: tuple[int, ...], offered: frozenset[int]) -> int:
    return next((each for each in wanted if each in offered), 0)
