"""What modems say, as readable files under transcripts/: the client must send and understand exactly that."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import golden
import pytest

from at_commands import commands, pin_retries, sim_commands, sms_commands
from at_commands.command import Command
from at_commands.dialects import (
    DIALECTS,
    neoway_sockets,
    quectel_2g_sockets,
    quectel_lte_sockets,
    sim800_sockets,
    simcom_lte_sockets,
)
from at_commands.errors import AtError
from at_commands.ussd import decode_ussd
from at_commands.ussd_session import State, UssdEndedError, UssdSession

FAMILIES = {dialect.name: dialect for dialect in DIALECTS}
SOCKETS = {
    "sim800": sim800_sockets,
    "sim7600": simcom_lte_sockets,
    "a7670": simcom_lte_sockets,
    "neoway": neoway_sockets,
    "ec25": quectel_lte_sockets,
    "m66": quectel_2g_sockets,
}


def command(step: golden.Step, family: str) -> Command[object]:
    modules = (commands, pin_retries, sim_commands, sms_commands, SOCKETS[family])
    build: Callable[..., Command[object]] = next(
        getattr(m, step.name) for m in modules if hasattr(m, step.name)
    )
    return build(*step.arguments)


@pytest.mark.parametrize("path", golden.transcripts(), ids=golden.title)
@pytest.mark.parametrize("chunk", [1, 7, 10_000])
def test_transcript(play, path: Path, chunk: int) -> None:
    family = path.parent.name

    async def scenario(at, far):
        async with at.subscribe() as urcs:
            for step in golden.steps(path):
                where = f"{golden.title(path)}:{step.at_line}"
                asking = asyncio.create_task(at.send(command(step, family)))
                for mark, data in step.wire:
                    if mark == ">":
                        await far.hear(data)
                    elif mark == "<":
                        for at_byte in range(0, len(data), chunk):
                            await far.raw(data[at_byte : at_byte + chunk])
                            await asyncio.sleep(0)
                try:
                    outcome = f"= {await asking!r}"
                except AtError as error:
                    code = getattr(error, "code", None)
                    outcome = f"! {error.kind}" + (f" {code}" if code is not None else "")
                assert outcome == step.outcome, where
                for expected in step.urcs:
                    async with asyncio.timeout(1):
                        assert (await anext(urcs)).line == expected, where
                assert not urcs._urcs, where
                assert far.nothing_more(), where

    play(scenario, dialect=FAMILIES[family])


CONVERSATIONS = [path for path in golden.transcripts() if any(step.ussd for step in golden.steps(path))]


@pytest.mark.parametrize("path", CONVERSATIONS, ids=golden.title)
def test_a_conversation_by_ussd(play, path: Path) -> None:
    """The session asks in the words of the transcript and reads what stands there, under each character set."""

    async def part(steps: Iterator[golden.Step], character_set: str, at, far) -> golden.Step | None:
        """Up to the step that changes the character set."""
        entering = asyncio.create_task(far.answer("AT+CSCS?", f'+CSCS: "{character_set}"', "OK"))
        async with UssdSession(at) as ussd:
            await entering
            for step in steps:
                if step.name == "character_set":
                    return step
                where = f"{golden.title(path)}:{step.at_line}"
                asking = asyncio.create_task(said(ussd, step, character_set))
                for mark, data in step.wire:
                    if mark == ">":
                        await far.hear(data)
                    elif mark == "<":
                        await far.raw(data)
                assert await asking == step.ussd, where
                await asyncio.sleep(1)  # what the network says on top of it
                assert far.nothing_more(), where
        return None

    async def said(ussd: UssdSession, step: golden.Step, character_set: str) -> str:
        if step.name == "ussd_cancel":
            await ussd.cancel()
            return ""
        code = decode_ussd(step.arguments[0], character_set=character_set)
        try:
            return repr((await (ussd.reply(code) if ussd.state is State.OPEN else ussd.request(code))).text)
        except UssdEndedError as error:
            return error.end.name

    async def scenario(at, far) -> None:
        steps, character_set = golden.steps(path), "IRA"
        while (change := await part(steps, character_set, at, far)) is not None:
            character_set = change.arguments[0]

    play(scenario, dialect=FAMILIES[path.parent.name])


def test_every_family_has_a_conversation_by_ussd() -> None:
    assert {path.parent.name for path in CONVERSATIONS} == set(SOCKETS)


def test_there_are_transcripts() -> None:
    assert len(golden.transcripts()) >= 6
