"""What a SIM800C says, as readable files under transcripts/: the client must send and understand exactly that."""

from __future__ import annotations

import ast
import asyncio
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from at_commands import commands, sms_commands
from at_commands.command import Command
from at_commands.dialects import SIM800, sim800_sockets
from at_commands.errors import AtError

FILES = sorted((Path(__file__).parent / "transcripts").glob("*.txt"))
MODULES = (commands, sms_commands, sim800_sockets)


@dataclass
class Step:
    """One command of a transcript."""

    call: str
    at_line: int
    wire: list[tuple[str, bytes]] = field(default_factory=list)
    urcs: list[str] = field(default_factory=list)
    outcome: str = ""

    def command(self) -> Command[object]:
        name, _, arguments = self.call.partition(" ")
        build: Callable[..., Command[object]] = next(getattr(m, name) for m in MODULES if hasattr(m, name))
        # Arguments stand side by side; as a tuple they are Python.
        literals = re.findall(r"b?'(?:[^'\\]|\\.)*'|\S+", arguments)
        return build(*(ast.literal_eval(each) for each in literals))


def octets(text: str) -> bytes:
    return text.encode("latin-1").decode("unicode_escape").encode("latin-1")


def steps(path: Path) -> Iterator[Step]:
    step: Step | None = None
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        mark, _, rest = line.partition(" ")
        if mark == "$":
            if step is not None:
                yield step
            step = Step(rest, number)
        elif mark in {">", ">>", "<", "=", "!", "~"}:
            assert step is not None
            if mark == ">":
                step.wire.append((">", rest.encode() + b"\r"))
            elif mark == ">>":
                step.wire.append((">", octets(rest)))
            elif mark == "<":
                step.wire.append(("<", octets(rest)))
            elif mark == "~":
                step.urcs.append(rest)
            else:
                step.outcome = f"{mark} {rest}"
        else:
            assert mark in {"#", ""}, f"{path.name}:{number}: {line!r}"
    if step is not None:
        yield step


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
@pytest.mark.parametrize("chunk", [1, 7, 10_000])
def test_transcript(play, path: Path, chunk: int) -> None:
    async def scenario(at, far):
        async with at.subscribe() as urcs:
            for step in steps(path):
                where = f"{path.name}:{step.at_line}"
                asking = asyncio.create_task(at.send(step.command()))
                for direction, data in step.wire:
                    if direction == ">":
                        await far.hear(data)
                    else:
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

    play(scenario, dialect=SIM800)


def test_there_are_transcripts() -> None:
    assert len(FILES) >= 6
