"""The golden transcripts of this directory; their form is told in README.md."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent


@dataclass
class Step:
    """One command of a transcript.

    Attributes:
        wire: what passes in order, as (mark, bytes): `>` to the modem, `<` from it, `*` what happens around it.
        ussd: what a conversation by USSD makes of it, in Python's spelling, or how it ended; empty: it is none.
    """

    call: str
    at_line: int
    wire: list[tuple[str, bytes]] = field(default_factory=list)
    urcs: list[str] = field(default_factory=list)
    outcome: str = ""
    ussd: str = ""

    @property
    def name(self) -> str:
        return self.call.partition(" ")[0]

    @property
    def arguments(self) -> list[Any]:
        # Arguments stand side by side; as a tuple they are Python.
        _, _, arguments = self.call.partition(" ")
        return [ast.literal_eval(each) for each in re.findall(r"b?'(?:[^'\\]|\\.)*'|\S+", arguments)]


def octets(text: str) -> bytes:
    return text.encode("latin-1").decode("unicode_escape").encode("latin-1")


def transcripts() -> list[Path]:
    """All there are, each in its family's directory."""
    return sorted(ROOT.glob("*/*.txt"))


def title(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def emulated(path: Path) -> list[str]:
    """The words behind `@`: which emulated modem says the same; empty when none does."""
    first = path.read_text().partition("\n")[0]
    return first[1:].split() if first.startswith("@") else []


def steps(path: Path) -> Iterator[Step]:
    step: Step | None = None
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        mark, _, rest = line.partition(" ")
        if mark == "$":
            if step is not None:
                yield step
            step = Step(rest, number)
        elif mark in {">", ">>", "<", "=", "!", "~", "*", "%"}:
            assert step is not None, f"{path.name}:{number}: no command yet"
            if mark == ">":
                step.wire.append((">", rest.encode() + b"\r"))
            elif mark == ">>":
                step.wire.append((">", octets(rest)))
            elif mark in {"<", "*"}:
                step.wire.append((mark, octets(rest)))
            elif mark == "~":
                step.urcs.append(rest)
            elif mark == "%":
                step.ussd = rest
            else:
                step.outcome = f"{mark} {rest}"
        else:
            assert mark in {"#", "", "@"}, f"{path.name}:{number}: {line!r}"
    if step is not None:
        yield step
