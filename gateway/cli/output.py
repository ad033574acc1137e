"""What a command prints, and where: results on stdout, progress and errors on stderr.

With `--json` stdout carries JSON and nothing else: one object, or one per line where a command streams. An
error is an object too, so that a script always gets an answer to parse.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import sys
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import TYPE_CHECKING, Literal, TextIO, TypeAlias

if TYPE_CHECKING:
    from provisioning.explanations import Explanation

Language: TypeAlias = Literal["ru", "en"]
Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"


class ExitCode(IntEnum):
    """How a command ends. A finite command stopped by a signal ends with 128 + the signal's number."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    NOTHING_EXECUTED = 3
    GAVE_UP = 4


@dataclass(frozen=True)
class Output:
    """The two streams of one command.

    Args:
        as_json: `--json` was given.
        lang: of everything a person reads.
        lang_was_asked_for: by `--lang`, which then goes before a configuration's wish.
    """

    as_json: bool = False
    lang: Language = "en"
    lang_was_asked_for: bool = False

    @classmethod
    def wanted(cls, arguments: Sequence[str], environ: Mapping[str, str]) -> Output:
        """Read `--json` and `--lang` off a command line that nobody has parsed yet.

        Errors in the command line must speak the right language as well, so this cannot wait for the parser.
        """
        options = arguments[: arguments.index("--")] if "--" in arguments else arguments
        lang, asked_for = language_of(environ), False
        for position, option in enumerate(options):
            if option == "--lang" and position + 1 < len(options):
                option = f"--lang={options[position + 1]}"
            match option:
                case "--lang=ru":
                    lang, asked_for = "ru", True
                case "--lang=en":
                    lang, asked_for = "en", True
        return cls("--json" in options, lang, asked_for)

    def preferring(self, lang: Language) -> Output:
        """In this language, unless the command line asked for another."""
        return self if self.lang_was_asked_for else replace(self, lang=lang)

    def pick(self, *, en: str, ru: str) -> str:
        """The text in the chosen language."""
        return ru if self.lang == "ru" else en

    def line(self, text: str = "") -> None:
        """A line of the result, for a person."""
        if not self.as_json:
            print(_wrapped(text, sys.stdout), flush=True)

    def record(self, record: Mapping[str, Json]) -> None:
        """The result, or one of a stream of them, for a program."""
        if self.as_json:
            print(json.dumps(record, ensure_ascii=False), flush=True)

    def progress(self, text: str) -> None:
        """A line about what is going on, for a person."""
        print(_wrapped(text, sys.stderr), file=sys.stderr, flush=True)

    def explain(self, explanation: Explanation) -> None:
        """An error: on stderr in words, with `--json` also on stdout as the answer."""
        self.record({"error": explanation_json(explanation, self.lang)})
        self.progress(explanation.render(self.lang))


def _wrapped(text: str, stream: TextIO) -> str:
    """A terminal breaks lines between words; whatever else reads gets them whole."""
    if not stream.isatty():
        return text
    width = shutil.get_terminal_size().columns
    return text if len(text) <= width else textwrap.fill(text, width, subsequent_indent=_indent(text))


def _indent(text: str) -> str:
    return text[: len(text) - len(text.lstrip())]


def explanation_json(explanation: Explanation, lang: Language) -> dict[str, Json]:
    """An explanation's parts in one language."""
    return {
        "code": explanation.code,
        "what": explanation.what.in_(lang),
        "meaning": explanation.meaning.in_(lang),
        "who": explanation.who.value,
        "next": explanation.next.in_(lang),
    }


def language_of(environ: Mapping[str, str]) -> Language:
    """The language that the environment asks for, as POSIX orders the variables; English if none we speak."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := environ.get(name):
            return "ru" if value.lower().startswith("ru") else "en"
    return "en"


def prepare_streams(*, as_json: bool) -> None:
    """What a terminal cannot show becomes a substitute, not an exception; JSON is UTF-8 (RFC 8259)."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    if as_json and isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")


def hush_stdout() -> None:
    """The reader of our stdout has gone: let nothing more be written, not even at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
