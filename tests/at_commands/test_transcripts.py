"""What modems say, as readable files under transcripts/: the client must send and understand exactly that."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
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


def test_there_are_transcripts() -> None:
    assert len(golden.transcripts()) >= 6
