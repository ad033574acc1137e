"""What the Quectel stacks add to their commands."""

from __future__ import annotations

import asyncio

import pytest

from at_commands.dialects import EC25, recognise
from at_commands.errors import CommandFailedError


@pytest.mark.parametrize(
    ("model", "dialect"),
    [
        ("EC25", "ec25"),
        ("EC21", "ec25"),
        ("EG25", "ec25"),
        ("EG91", "ec25"),
        ("EC20F", "ec25"),
        ("Quectel_M66", "m66"),
        ("Quectel_MC60", "m66"),
        ("Quectel_M95", "m66"),
        ("Quectel_M10", "m66"),
    ],
)
def test_models(model: str, dialect: str) -> None:
    assert recognise("Quectel_Ltd" if "_" in model else "Quectel", model).name == dialect


def test_a_full_buffer_is_waited_for(play) -> None:
    async def scenario(at, far):
        async def modem() -> None:
            for answer in ("SEND FAIL", "SEND FAIL", "SEND OK"):
                await far.hear("AT+QISEND=0,5")
                await far.raw(b"\r\n> ")
                await far.hear(b"hello")
                await far.say(answer)

        await asyncio.gather(modem(), EC25.sockets.send(at, b"hello"))

    play(scenario, dialect=EC25)


def test_a_closed_connection_is_not_waited_for(play) -> None:
    async def scenario(at, far):
        async def modem() -> None:
            await far.answer("AT+QISEND=0,5", "ERROR")

        with pytest.raises(CommandFailedError):
            await asyncio.gather(modem(), EC25.sockets.send(at, b"hello"))
        assert far.nothing_more()

    play(scenario, dialect=EC25)
