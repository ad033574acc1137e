"""The frame that all commands share: help, JSON, languages, exit codes, errors."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.cli import app
from gateway.cli.durations import describe_duration, parse_duration
from gateway.cli.failures import explain_failure
from gateway.cli.output import Output, language_of

COMMANDS = (
    (),
    ("demo",),
    ("gateway", "run"),
    ("at",),
    ("modem", "info"),
    ("modem", "sms"),
    ("modem", "ussd"),
    ("activate",),
    ("ports",),
    ("sim", "modem"),
    ("sim", "controller"),
    ("cloud", "serve"),
    ("cloud", "approve"),
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_has_help_with_the_shared_options(
    command: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert app.run([*command, "--help"]) == 0
    shown = capsys.readouterr().out
    assert "--json" in shown
    assert "--lang" in shown


def test_heavy_libraries_are_imported_by_need_only(tmp_path: Path) -> None:
    import subprocess
    import sys

    heavy = (
        "{'sqlalchemy', 'pydantic', 'pymodbus', 'aiomqtt', 'cryptography', 'serialx', 'amqtt', 'rich.live'}"
    )
    program = f"import sys, gateway.cli.app; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize(
    ("arguments", "english", "russian"),
    [
        (("at", "--prot", "x"), "There is no option --prot", "Параметра --prot нет"),
        (("at", "AT"), "--port/-p is missing", "Не указано: --port/-p"),
        (("at", "--port", "x"), "at least one AT command", "AT-команду"),
        (("modm",), "There is no command modm; did you mean modem?", "Команды modm нет; может быть, modem?"),
        (("sim", "modem"), "--listen is missing", "Не указано: --listen"),
        (("sim", "modem", "--listen", "pty:x", "--pin", "12"), "--pin", "--pin"),
        (("sim", "modem", "--listen", "pty:x", "--signal", "5"), "dBm", "дБм"),
        (("sim", "modem", "--listen", "pty:x", "--activate-after", "soon"), "soon", "soon"),
        (("sim", "controller"), "--ws", "--modbus"),
        (("demo", "--hours", "-1"), "--hours", "--hours"),
    ],
)
def test_a_wrong_command_line_is_one_sentence_and_code_2(
    thermogate: Callable[..., object], arguments: tuple[str, ...], english: str, russian: str
) -> None:
    in_english = thermogate(*arguments)
    assert (in_english.code, in_english.out) == (2, "")
    assert english in in_english.err
    assert "Traceback" not in in_english.err

    in_russian = thermogate("--lang", "ru", *arguments)
    assert in_russian.code == 2
    assert russian in in_russian.err
    assert re.search("[А-Яа-я]{4}", in_russian.err)

    record = thermogate(*arguments, "--json").record
    assert record["error"]["code"] == "usage"


def test_a_pin_is_not_repeated_in_an_error(thermogate: Callable[..., object]) -> None:
    done = thermogate("sim", "modem", "--listen", "pty:x", "--pin", "98x65")
    assert done.code == 2
    assert "98x65" not in done.err


@pytest.mark.parametrize(
    ("environ", "lang"),
    [
        ({}, "en"),
        ({"LANG": "ru_RU.UTF-8"}, "ru"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "ru_RU.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "C", "LC_MESSAGES": "ru_RU"}, "ru"),
        ({"LANG": "ru_RU.UTF-8", "LC_ALL": ""}, "ru"),
    ],
)
def test_language_of_the_environment(environ: dict[str, str], lang: str) -> None:
    assert language_of(environ) == lang


def test_options_after_two_dashes_are_not_ours() -> None:
    assert Output.wanted(["at", "--", "--json"], {}) == Output(as_json=False, lang="en")
    assert Output.wanted(["--lang=ru", "at", "--json"], {}) == Output(
        as_json=True, lang="ru", lang_was_asked_for=True
    )


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ("90s", 90), ("15m", 900), ("2h", 7200), ("1h30m", 5400), ("0.5h", 1800)],
)
def test_durations(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "h", "-5", "5x", "1h 30m", "1e3"])
def test_no_durations(text: str) -> None:
    with pytest.raises(ValueError, match="no duration"):
        parse_duration(text)


def test_a_duration_in_words() -> None:
    assert describe_duration(3 * 3600 + 12 * 60 + 7, "en") == "3 h 12 min"
    assert describe_duration(59.6, "ru") == "1 мин"
    assert describe_duration(0, "ru") == "0 с"
    assert describe_duration(86400 + 5, "en") == "1 d"


def test_a_reader_that_goes_away_is_no_traceback(environ: dict[str, str]) -> None:
    import subprocess
    import sys

    done = subprocess.run(
        f"{sys.executable} -m gateway.cli ports --no-probe | true",
        shell=True,
        capture_output=True,
        text=True,
        env=environ,
        check=False,
    )
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr


def test_what_nobody_foresaw_is_a_sentence_with_a_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    try:
        raise RuntimeError("the boiler has left the house")
    except RuntimeError as error:
        explanation, code = explain_failure(error)
    log = tmp_path / "thermogate" / "thermogate.log"
    assert code == 1
    assert explanation.code == "unexpected"
    for lang in ("en", "ru"):
        assert str(log) in explanation.render(lang)
        assert "boiler" not in explanation.render(lang)
    assert "the boiler has left the house" in log.read_text()
    assert log.stat().st_mode & 0o077 == 0


def test_no_command_shows_the_help(thermogate: Callable[..., object]) -> None:
    done = thermogate()
    assert done.code == 2
    assert "demo" in done.out + done.err
