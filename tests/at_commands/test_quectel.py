"""What the Quectel stacks add to their commands."""

from __future__ import annotations

import asyncio

import pytest

from at_commands.dialects import EC25, M66, recognise
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


@pytest.mark.parametrize(
    ("dialect", "line", "said", "final"),
    [
        (EC25, 'AT+QIOPEN=1,3,"TCP","192.0.2.7",1883', ("OK", "+QIOPEN: 3,0"), "+QIOPEN: 3,0"),
        (EC25, 'AT+QIOPEN=1,3,"TCP","192.0.2.7",1883', ("OK", "+QIOPEN: 3,566"), None),
        (EC25, "AT+QPOWD", ("OK", "POWERED DOWN"), "OK"),
        (M66, 'AT+QIOPEN="TCP","192.0.2.7",1883', ("OK", "CONNECT OK"), "CONNECT OK"),
        (M66, 'AT+QIOPEN=2,"TCP","192.0.2.7",1883', ("OK", "2, CONNECT OK"), "2, CONNECT OK"),
        (M66, 'AT+QIOPEN=2,"TCP","192.0.2.7",1883', ("OK", "2, CONNECT FAIL"), None),
        (M66, "AT+QICLOSE=2", ("2, CLOSE OK",), "2, CLOSE OK"),
        (M66, "AT+QIDEACT", ("DEACT OK",), "DEACT OK"),
        (M66, "AT+QILOCIP", ("10.64.1.2",), "10.64.1.2"),
        (M66, "AT+QISTAT", ("OK", "STATE: IP INITIAL"), "STATE: IP INITIAL"),
        (M66, "AT+QPOWD=1", ("NORMAL POWER DOWN",), "NORMAL POWER DOWN"),
    ],
)
def test_lines_typed_by_a_person(play, dialect, line: str, said: tuple[str, ...], final: str | None) -> None:
    async def scenario(at, far):
        answering = asyncio.create_task(far.answer(line, *said))
        if final is None:
            with pytest.raises(CommandFailedError):
                await at.send(dialect.command(line))
        else:
            assert (await at.send(dialect.command(line))).final == final
        await answering

    play(scenario, dialect=dialect)
