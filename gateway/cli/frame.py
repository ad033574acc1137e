"""What all commands share: `--json`, `--lang`, their `Output`, and one way to end.

A command is a function that takes an `Output` first and its own parameters after it, and returns an
`ExitCode`. `command` puts it into a typer application and adds the two options.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from contextvars import ContextVar
from enum import StrEnum
from typing import Annotated, Concatenate, Final, ParamSpec

import typer
from typer.models import OptionInfo

from gateway.cli.durations import parse_duration
from gateway.cli.output import ExitCode, Output

P = ParamSpec("P")

current_output: Final[ContextVar[Output]] = ContextVar("current_output")
"""Set from the raw arguments before they are parsed."""


class Lang(StrEnum):
    """Languages that Thermogate speaks."""

    RU = "ru"
    EN = "en"


JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON on stdout, and nothing else there.")]
LangOption = Annotated[Lang | None, typer.Option("--lang", help="Language; by default that of LANG.")]
PortOption = Annotated[
    str,
    typer.Option(
        "--port",
        "-p",
        metavar="URL",
        help="Where the modem is: /dev/ttyUSB0, socket://HOST:PORT, rfc2217://HOST:PORT, unix:///PATH.",
    ),
]
BaudOption = Annotated[int, typer.Option("--baudrate", "-b", min=300, help="Speed of a serial port.")]

DEFAULT_BAUDRATE: Final = 115200


class MistakeError(typer.BadParameter):
    """A command line that the parser takes, but that cannot be meant; in both languages."""

    def __init__(self, option: str, *, en: str, ru: str) -> None:
        super().__init__(en, param_hint=option)
        self.option: Final = option
        self.en: Final = en
        self.ru: Final = ru


class MissingOptionError(MistakeError):
    """An option that is needed here and was not given."""

    def __init__(self, option: str) -> None:
        super().__init__(option, en=f"{option} is missing", ru=f"Не указано: {option}")


def duration(help_text: str, *, default: str | None = None) -> OptionInfo:
    """An option that takes a time such as 90s, 15m or 2h and gives seconds; `default` is how its default is shown."""

    def parse(text: str | float) -> float:
        try:
            return parse_duration(str(text))
        except ValueError:
            raise MistakeError(
                "TIME",
                en=f"{text!r} is no time such as 90s, 15m, 2h or 1h30m",
                ru=f"«{text}» не похоже на время: 90s, 15m, 2h, 1h30m",
            ) from None

    shown = True if default is None else default
    option: OptionInfo = typer.Option(parser=parse, metavar="TIME", help=help_text, show_default=shown)
    return option


def make_app(help_text: str) -> typer.Typer:
    """A typer application, or a group of commands in one."""
    return typer.Typer(
        help=help_text,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )


def command(
    app: typer.Typer, name: str
) -> Callable[[Callable[Concatenate[Output, P], ExitCode]], Callable[Concatenate[Output, P], ExitCode]]:
    """Make a function a command of `app`."""

    def register(
        function: Callable[Concatenate[Output, P], ExitCode],
    ) -> Callable[Concatenate[Output, P], ExitCode]:
        @functools.wraps(function)
        def entry(*args: P.args, **options: P.kwargs) -> ExitCode:
            del options["as_json"], options["lang"]  # read off the raw arguments by Output.wanted
            return function(current_output.get(), *args, **options)

        signature = inspect.signature(function, eval_str=True)
        shared = [
            inspect.Parameter(
                "as_json", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=JsonOption
            ),
            inspect.Parameter("lang", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=LangOption),
        ]
        parameters = [*list(signature.parameters.values())[1:], *shared]
        entry.__dict__["__signature__"] = signature.replace(parameters=parameters)
        entry.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        app.command(name)(entry)
        return function

    return register
