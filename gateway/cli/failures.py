"""What a person is told when a command fails: one explanation and an exit code, never a traceback.

Errors of the rooms below have theirs in `gateway.explain`; here are those of the command line itself. What
nobody foresaw is written to a log file, and the person is told where that is.
"""

from __future__ import annotations

import difflib
import logging
import os
import re
import tempfile
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from gateway.cli.frame import MissingOptionError, MistakeError
from gateway.cli.output import ExitCode
from provisioning.explanations import Actor, Explanation, Text
from provisioning.operator_account import OperatorAccountError
from provisioning.sim_tables import SimTableError

MAX_LOG_BYTES: Final = 1_000_000
"""A log that has grown beyond this is begun anew."""

_USAGE_KINDS: Final = (
    "config_",
    "controller_url",
    "broker_url",
    "device_list",
    "link_url",
    "sim_table",
    "store_url",
    "topic",
    "bench_refused",
)


INTERRUPTED: Final = Explanation(
    code="interrupted",
    what=Text(
        en="Stopped before the end; nothing is left behind.", ru="Остановлено до конца; всё за собой убрано."
    ),
    meaning=Text(en="A signal asked the program to stop.", ru="Программу попросили остановиться сигналом."),
    who=Actor.NOBODY,
    next=Text(en="Start it again when you like.", ru="Запустите снова, когда захотите."),
)


class CommandError(Exception):
    """A command cannot go on, and knows the words for it."""

    def __init__(self, explanation: Explanation, code: ExitCode = ExitCode.FAILED) -> None:
        super().__init__(explanation.what.en)
        self.explanation: Final = explanation
        self.code: Final = code


def explain_failure(error: Exception) -> tuple[Explanation, ExitCode]:
    """Words and exit code for whatever came out of a command."""
    from gateway.explain import explain_error

    if isinstance(error, CommandError):
        return error.explanation, error.code
    if isinstance(error, ExceptionGroup):
        # What failed first is the reason; its neighbours were cancelled or tell the same.
        return explain_failure(error.exceptions[0])
    explanation = explain_error(error) or _explain_ours(error)
    if explanation is not None:
        usage = explanation.code.startswith(_USAGE_KINDS)
        return explanation, ExitCode.USAGE if usage else ExitCode.FAILED
    if isinstance(error, OSError):
        return _system_refused(error), ExitCode.FAILED
    return _unexpected(error), ExitCode.FAILED


def _explain_ours(error: Exception) -> Explanation | None:
    match getattr(error, "kind", None):
        case "device_list":
            return Explanation(
                code="device_list",
                what=Text(
                    en=f"The list of controllers cannot be used: {error}.",
                    ru=f"Список контроллеров не подходит: {error}.",
                ),
                meaning=Text(en="Nothing was started.", ru="Ничего не запущено."),
                who=Actor.CLOUD,
                next=Text(
                    en="Give a CSV file with the columns serial, model, claim_code; see examples/devices.csv.",
                    ru="Нужен файл CSV со столбцами serial, model, claim_code; см. examples/devices.csv.",
                ),
            )
        case "sim_table" if isinstance(error, SimTableError):
            return Explanation(
                code="sim_table",
                what=error.what,
                meaning=Text(en="No card was taken from it.", ru="Ни одна карта из неё не взята."),
                who=Actor.OWNER,
                next=error.way_out,
            )
        case kind if isinstance(error, OperatorAccountError):
            return Explanation(
                code=str(kind),
                what=error.told,
                meaning=Text(en="The operator's account was not asked.", ru="Узнать у оператора не удалось."),
                who=Actor.OWNER,
                next=Text(
                    en="Try again later, or look in the operator's cabinet.",
                    ru="Повторите позже или посмотрите в кабинете оператора.",
                ),
            )
        case "broker_extra_missing":
            return Explanation(
                code="broker_extra_missing",
                what=Text(
                    en="The embedded MQTT broker is not installed.",
                    ru="Встроенный MQTT-брокер не установлен.",
                ),
                meaning=Text(en="The demo needs it.", ru="Демонстрации он нужен."),
                who=Actor.INSTALLER,
                next=Text(
                    en="Install it: pip install 'thermogate[broker]'.",
                    ru="Установите его: pip install 'thermogate[broker]'.",
                ),
            )
    return None


def explain_usage(error: Exception, command: str) -> Explanation:
    """Words for a command line that could not be understood; `command` is as far as it was."""
    what = _usage_words(error)
    return Explanation(
        code="usage",
        what=what,
        meaning=Text(
            en="The command was not understood; nothing was done.", ru="Команда не понята; ничего не сделано."
        ),
        who=Actor.INSTALLER,
        next=Text(
            en=f"Look at '{command} --help' and try again.", ru=f"Посмотрите «{command} --help» и повторите."
        ),
    )


def _usage_words(error: Exception) -> Text:
    if isinstance(error, MissingOptionError):
        return Text(en=f"{error.en}.", ru=f"{error.ru}.")
    if isinstance(error, MistakeError):
        return Text(en=f"{error.option}: {error.en}.", ru=f"{error.option}: {error.ru}.")
    kind = type(error).__name__
    message = str(getattr(error, "format_message", error.__str__)()).strip().removesuffix(".")
    name = _quoted(message)
    if kind == "NoSuchOption":
        option = str(getattr(error, "option_name", name))
        near = [str(each) for each in getattr(error, "possibilities", None) or ()]
        hint_en = f"; did you mean {' or '.join(near)}?" if near else "."
        hint_ru = f"; может быть, {' или '.join(near)}?" if near else "."
        return Text(en=f"There is no option {option}{hint_en}", ru=f"Параметра {option} нет{hint_ru}")
    if kind == "MissingParameter":
        parameter = getattr(error, "param", None)
        name = "/".join(getattr(parameter, "opts", ())) or str(getattr(parameter, "name", name))
        if getattr(parameter, "param_type_name", "") == "argument":
            name = str(getattr(parameter, "metavar", None) or name.upper())
        return Text(en=f"{name} is missing.", ru=f"Не указано: {name}.")
    if message.startswith("No such command"):
        context = getattr(error, "ctx", None)
        known = list(getattr(getattr(context, "command", None), "commands", {}))
        near = difflib.get_close_matches(name, known, n=1)
        hint_en = f"; did you mean {near[0]}?" if near else "."
        hint_ru = f"; может быть, {near[0]}?" if near else "."
        return Text(en=f"There is no command {name}{hint_en}", ru=f"Команды {name} нет{hint_ru}")
    return Text(en=f"{message}.", ru=_translated(message))


_PARSER_MESSAGES: Final = (
    (r"Invalid value for '?(.+?)'?: (\S+) is not in the range (.+)", r"\1: \2 вне пределов \3."),
    (r"Invalid value for '?(.+?)'?: '(.*)' is not a valid .+", r"\1: «\2» не подходит."),
    (r"Invalid value for '?(.+?)'?: '(.*)' is not one of (.+)", r"\1: «\2» не подходит; можно \3."),
    (r"Invalid value for '?(.+?)'?: (.+)", r"\1: не подходит (\2)."),
    (r"Option '?(\S+?)'? requires an argument", r"У параметра \1 нет значения."),
    (r"Got unexpected extra arguments? \((.+)\)", r"Лишнее в команде: \1."),
)
"""The parser's messages that people meet, and the same in Russian."""


def _translated(message: str) -> str:
    for english, russian in _PARSER_MESSAGES:
        if match := re.fullmatch(english, message):
            return match.expand(russian)
    return f"Неверная команда: {message}."


def _quoted(message: str) -> str:
    found = re.search(r"'([^']*)'", message)
    return found[1] if found else message


def _system_refused(error: OSError) -> Explanation:
    what = f"{error.strerror or error}" + (f": {error.filename}" if error.filename else "")
    return Explanation(
        code="system",
        what=Text(en=f"The system refused: {what}.", ru=f"Система отказала: {what}."),
        meaning=Text(
            en="A file, a port or an address could not be used.",
            ru="Файл, порт или адрес использовать не удалось.",
        ),
        who=Actor.INSTALLER,
        next=Text(
            en="Check that it exists, is free and may be used by you; then try again.",
            ru="Проверьте, что он есть, свободен и доступен вам; затем повторите.",
        ),
    )


def _unexpected(error: Exception) -> Explanation:
    log = write_log(error)
    return Explanation(
        code="unexpected",
        what=Text(
            en=f"Something went wrong that nobody foresaw ({type(error).__name__}).",
            ru=f"Случилось непредвиденное ({type(error).__name__}).",
        ),
        meaning=Text(en="This is a fault of the program.", ru="Это ошибка программы."),
        who=Actor.VENDOR,
        next=Text(
            en=f"Please report it, with the log {log}.", ru=f"Сообщите о ней и приложите журнал {log}."
        ),
    )


def write_log(error: Exception) -> Path:
    """Append the error's traceback to the log file; returns where that is."""
    text = "".join(traceback.format_exception(error))
    entry = f"--- {datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}\n{text}"
    for directory in (_state_directory(), Path(tempfile.gettempdir())):
        log = directory / "thermogate.log"
        try:
            directory.mkdir(parents=True, exist_ok=True)
            grown = log.exists() and log.stat().st_size > MAX_LOG_BYTES
            flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | (os.O_TRUNC if grown else os.O_APPEND)
            descriptor = os.open(log, flags, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(entry)
        except OSError:
            continue
        return log
    return Path(os.devnull)


def log_to_stderr(level: int = logging.INFO) -> None:
    """For a service: its log goes to stderr, from where systemd takes it."""
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")


def _state_directory() -> Path:
    """Where the XDG base directory specification puts logs."""
    base = os.environ.get("XDG_STATE_HOME")
    return (Path(base) if base else Path.home() / ".local" / "state") / "thermogate"
