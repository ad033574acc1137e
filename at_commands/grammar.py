"""The grammar of command lines, shared by both ends (ITU-T V.250 clauses 5.2.1, 5.3 and 5.4).

A command line is ``AT`` + body + S3. This file knows the body only: assembling it from bytes is the DCE's
line editor (V.250 5.2), finding lines in a byte stream is the DTE's framer.

The body is a row of commands:

* basic syntax (5.3.1): ``E0``, ``&F``, ``S3=13``, ``S3?``; no separator behind it; ``D`` takes the rest of
  the line;
* extended syntax (5.4): ``+NAME``, ``+NAME=?``, ``+NAME?``, ``+NAME=value,"value",,value``, ``;`` between
  two commands.

Besides ``+``, vendors put ``^ $ % *`` and ``#`` before extended names; they follow the same rules.
"""

from dataclasses import dataclass
from enum import Enum

EXTENDED_MARKS = "+^$%*#"
"""V.250 5.4.1 reserves ``+``; the others are what vendors use."""


class Operation(Enum):
    """What a command asks for (V.250 5.4.3, 5.4.4)."""

    EXECUTE = "execute"  # +NAME
    READ = "read"  # +NAME?  and  Sn?
    TEST = "test"  # +NAME=?
    SET = "set"  # +NAME=…  and  Sn=…
    BASIC = "basic"  # E0, &F, D…


@dataclass(frozen=True)
class ParsedCommand:
    """One command of a line.

    Attributes:
        name: Upper case, with its mark: ``+CREG``, ``E``, ``&F``, ``S3``, ``D``.
        operation: What is asked.
        arguments: Extended set: a ``str`` each, without its quotes, ``None`` where omitted. Basic: one
            ``int`` when a number follows. ``Sn=v``: one ``int``. ``D``: the dial string.
        text: What stood behind ``=`` untouched, for commands with a grammar of their own.
    """

    name: str
    operation: Operation
    arguments: tuple[str | int | None, ...] = ()
    text: str = ""


class GrammarError(ValueError):
    """The line breaks the grammar. What stood before the break was well formed and is to be executed (V.250
    5.2.3).
    """

    def __init__(self, body: str, at: int, parsed: tuple[ParsedCommand, ...]) -> None:
        super().__init__(f"not a command at character {at} of {body!r}")
        self.at = at
        self.parsed = parsed


def quote(text: str) -> str:
    """A string constant (V.250 5.4.2.2): in double quotes; ``"`` and ``\\`` inside become ``\\hh``."""
    inner = "".join(f"\\{ord(c):02X}" if c in '"\\' or ord(c) < 0x20 else c for c in text)
    return f'"{inner}"'


def parse_arguments(text: str) -> tuple[str | None, ...]:
    """Split what follows ``=`` in a command or ``: `` in a response at its top-level commas.

    Quotes are taken off and ``\\hh`` in them is undone; an omitted argument is ``None``, an empty string
    constant is ``""``. A group in parentheses stays one argument, with its parentheses: ``(0-4),(0,2)``
    gives two. Blanks around an argument do not count. An unclosed quote runs to the end of the text (seen on
    real modems).
    """
    return tuple(_argument(part) for part in _split_outside(text, ","))


def join_arguments(*values: str | int | None) -> str:
    """The inverse for one's own lines: ``str`` is quoted, ``int`` printed, ``None`` left empty."""
    return ",".join("" if v is None else quote(v) if isinstance(v, str) else str(v) for v in values)


def split_command_line(body: str) -> list[ParsedCommand]:
    """The commands of one line's body (without ``AT`` and S3), in order.

    Raises:
        GrammarError: At the first thing that is no command; carries those before it.
    """
    commands: list[ParsedCommand] = []
    at = 0
    while at < len(body):
        c = body[at]
        if c in " ;":  # blanks do not count (5.2.1); a stray ; is harmless on every modem met
            at += 1
        elif c in EXTENDED_MARKS:
            end = at + len(_split_outside(body[at:], ";", first_only=True)[0])
            command = _extended(body[at:end].strip())
            if command is None:
                raise GrammarError(body, at, tuple(commands))
            commands.append(command)
            at = end + 1
        else:
            parsed = _basic(body, at)
            if parsed is None:
                raise GrammarError(body, at, tuple(commands))
            command, at = parsed
            commands.append(command)
    return commands


def _extended(text: str) -> ParsedCommand | None:
    """5.4.1: the name is letters, digits and ``! % - . / : _``; 5.4.3: action, read, test, set."""
    end = 1
    while end < len(text) and ((text[end].isalnum() and text[end].isascii()) or text[end] in "!%-./:_"):
        end += 1
    name, rest = text[:end].upper(), text[end:].strip()
    if len(name) < 2 or not name[1].isalpha():
        return None
    match rest:
        case "":
            return ParsedCommand(name, Operation.EXECUTE)
        case "?":
            return ParsedCommand(name, Operation.READ)
        case "=?":
            return ParsedCommand(name, Operation.TEST)
    if not rest.startswith("="):
        return None
    return ParsedCommand(name, Operation.SET, parse_arguments(rest[1:]), rest[1:])


def _basic(body: str, at: int) -> tuple[ParsedCommand, int] | None:
    """5.3.1: ``<letter>[<number>]`` or ``&<letter>[<number>]``; 5.3.2: S-parameters; 6.3.1: dialling."""
    name = body[at].upper()
    at += 1
    if name == "&" and at < len(body):
        name += body[at].upper()
        at += 1
    if not (name.isascii() and name[-1].isalpha()):
        return None
    if name == "D":
        return ParsedCommand("D", Operation.BASIC, (body[at:].strip(),), body[at:]), len(body)
    number, at = _number(body, at)
    if name != "S":
        return ParsedCommand(name, Operation.BASIC, () if number is None else (number,)), at
    if number is None or at >= len(body):
        return None
    if body[at] == "?":
        return ParsedCommand(f"S{number}", Operation.READ), at + 1
    if body[at] != "=":
        return None
    value, at = _number(body, at + 1)
    return ParsedCommand(f"S{number}", Operation.SET, (value or 0,)), at


def _number(body: str, at: int) -> tuple[int | None, int]:
    start = at
    while at < len(body) and body[at] in "0123456789":
        at += 1
    return (int(body[start:at]) if at > start else None), at


def _split_outside(text: str, separator: str, *, first_only: bool = False) -> list[str]:
    """Split at separators that stand neither in quotes nor in parentheses."""
    if '"' not in text and "(" not in text:
        return text.split(separator, 1)[:1] if first_only else text.split(separator)
    parts: list[str] = []
    start, depth, quoted = 0, 0, False
    for at, c in enumerate(text):
        if c == '"':
            quoted = not quoted
        elif not quoted and c == "(":
            depth += 1
        elif not quoted and c == ")":
            depth = max(0, depth - 1)
        elif c == separator and not quoted and depth == 0:
            parts.append(text[start:at])
            start = at + 1
            if first_only:
                return parts
    parts.append(text[start:])
    return parts


def _argument(part: str) -> str | None:
    part = part.strip()
    if not part:
        return None
    if part[0] != '"':
        return part
    inner = part[1:-1] if part.endswith('"') and len(part) > 1 else part[1:]
    if "\\" not in inner:
        return inner
    out, at = [], 0
    while at < len(inner):
        pair = inner[at + 1 : at + 3]
        if inner[at] == "\\" and len(pair) == 2 and all(c in "0123456789abcdefABCDEF" for c in pair):
            out.append(chr(int(pair, 16)))
            at += 3
        else:
            out.append(inner[at])
            at += 1
    return "".join(out)
