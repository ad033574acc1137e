"""gateway.toml read and checked: every problem at once, each with its key and the way out.

Secrets (PIN, claim code, APN and broker passwords) may stand in the file, in an environment variable
(`pin_env = "NAME"`) or in a file of their own (`pin_file = "path"`). Relative paths are relative to the
configuration file. The tables themselves: `gateway.config_tables`.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, get_args, get_origin

from pydantic import ValidationError

from gateway.config_tables import (
    CloudConfig,
    ControllerConfig,
    DeviceConfig,
    GatewayConfig,
    ModemConfig,
    StoreConfig,
    Table,
    TelemetryConfig,
    UplinkConfig,
    WaitingConfig,
)

ConfigErrorKind = Literal[
    "config_not_found",
    "config_unreadable",
    "config_syntax",
    "config_unknown_key",
    "config_missing_key",
    "config_bad_value",
]


@dataclass(frozen=True, slots=True)
class ConfigProblem:
    """One thing that is wrong. `key` is like "[modem] port", or "" for the file as a whole."""

    kind: ConfigErrorKind
    key: str
    problem: str
    hint: str

    def __str__(self) -> str:
        where = f"{self.key}: " if self.key else ""
        return f"{where}{self.problem}; {self.hint}"


class ConfigError(Exception):
    """The configuration cannot be used. All problems at once, so that one look at the file mends them."""

    def __init__(self, file: str, problems: tuple[ConfigProblem, ...]) -> None:
        super().__init__("\n".join(f"{file}: {problem}" for problem in problems))
        self.file: Final = file
        self.problems: Final = problems

    @property
    def kind(self) -> ConfigErrorKind:
        """Kind of the first problem: a stable machine name."""
        return self.problems[0].kind

    @property
    def key(self) -> str:
        return self.problems[0].key

    @property
    def problem(self) -> str:
        return self.problems[0].problem

    @property
    def hint(self) -> str:
        return self.problems[0].hint


# Keys that may come as `{key}_env` or `{key}_file` too: (table, key).
SECRETS: Final = (
    ("device", "claim_code"),
    ("modem", "pin"),
    ("modem", "apn_password"),
    ("cloud", "password"),
    ("store", "url"),
)
_PATHS: Final = (
    ("modem", "audit_file"),
    ("cloud", "ca_file"),
    ("cloud", "cert_file"),
    ("cloud", "key_file"),
    ("store", "dir"),
)


def load_config(path: str | Path, *, environ: Mapping[str, str] | None = None) -> GatewayConfig:
    """Read and check a configuration file.

    Args:
        environ: where `…_env` keys look; the process environment by default.

    Raises:
        ConfigError: with every problem found.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise _error(
            path, "config_not_found", "", "there is no such file", "start from examples/gateway.toml"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        hint = "make it a UTF-8 text file that this user may read"
        raise _error(path, "config_unreadable", "", f"cannot be read: {error}", hint) from None
    return parse_config(text, path, environ=environ)


def parse_config(text: str, path: str | Path, *, environ: Mapping[str, str] | None = None) -> GatewayConfig:
    """As load_config, of a text that is at hand; `path` names it and anchors relative paths."""
    path = Path(path)
    try:
        tables: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        hint = "tables are [name], values key = value, texts in quotes"
        raise _error(path, "config_syntax", "", f"not TOML: {error}", hint) from None
    environ = os.environ if environ is None else environ
    problems = [
        problem
        for table, key in SECRETS
        if (problem := _resolve_secret(tables, table, key, path.parent, environ)) is not None
    ]
    for table, key in _PATHS:
        section = tables.get(table)
        if isinstance(section, dict) and isinstance(section.get(key), str):
            section[key] = path.parent / section[key]
    try:
        # A file without [store] has its state beside it all the same.
        if "store" not in tables:
            tables["store"] = {"dir": path.parent / StoreConfig().dir}
        config = GatewayConfig.model_validate(tables)
    except ValidationError as error:
        problems += [
            _problem(dict(detail)) for detail in error.errors(include_url=False, include_input=False)
        ]
    if problems:
        # A mistyped key is the cause of the key that is then missing, so it comes first.
        problems.sort(key=lambda problem: problem.kind != "config_unknown_key")
        raise ConfigError(str(path), tuple(problems))
    return config


def _resolve_secret(
    tables: dict[str, Any], table: str, key: str, base: Path, environ: Mapping[str, str]
) -> ConfigProblem | None:
    """Put the value of `{key}_env` or `{key}_file` in the place of `key`; None if all is well."""
    section = tables.get(table)
    if not isinstance(section, dict):
        return None
    ways = [name for name in (key, f"{key}_env", f"{key}_file") if name in section]
    if not ways or ways == [key]:
        return None
    if len(ways) > 1:
        for extra in ways[1:]:
            del section[extra]
        return ConfigProblem(
            "config_bad_value",
            f"[{table}] {ways[1]}",
            f"{' and '.join(ways)} say the same thing",
            "keep one of them",
        )
    name, source = ways[0], section.pop(ways[0])
    where = f"[{table}] {name}"
    if not isinstance(source, str):
        return ConfigProblem("config_bad_value", where, "is not a text", "put it in quotes")
    if name.endswith("_env"):
        if not environ.get(source):
            return ConfigProblem(
                "config_bad_value",
                where,
                f"the environment variable {source} is not set",
                f"export {source}=…",
            )
        section[key] = environ[source]
        return None
    try:
        section[key] = (base / source).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not a UTF-8 text"
        return ConfigProblem(
            "config_bad_value",
            where,
            f"{source} cannot be read: {reason}",
            "give a file that this user may read",
        )
    return None


def _problem(detail: dict[str, Any]) -> ConfigProblem:
    """One of pydantic's errors in our words."""
    location = tuple(str(part) for part in detail["loc"])
    where = _key(location)
    match detail["type"]:
        case "extra_forbidden":
            known = _known_keys(location[:-1])
            return ConfigProblem("config_unknown_key", where, "unknown key", _suggestion(location[-1], known))
        case "missing":
            what = "table" if len(location) == 1 else "key"
            return ConfigProblem(
                "config_missing_key", where, f"this {what} is missing", "add it; see examples/gateway.toml"
            )
        case "literal_error":
            expected = str(detail.get("ctx", {}).get("expected", ""))
            return ConfigProblem("config_bad_value", where, "unknown value", f"use {expected}")
        case "value_error":
            return ConfigProblem(
                "config_bad_value",
                where,
                str(detail["ctx"]["error"]),
                "correct the value; see examples/gateway.toml",
            )
        case _:
            message = str(detail["msg"])
            return ConfigProblem(
                "config_bad_value", where, message[:1].lower() + message[1:], "correct the value"
            )


def _key(location: tuple[str, ...]) -> str:
    if len(location) == 1:
        return f"[{location[0]}]" if location[0] in _tables() else location[0]
    return f"[{location[0]}] {'.'.join(location[1:])}"


def _tables() -> dict[str, type[Table]]:
    found: dict[str, type[Table]] = {}
    for name, field in GatewayConfig.model_fields.items():
        kinds = (
            get_args(field.annotation) if get_origin(field.annotation) is not None else (field.annotation,)
        )
        for kind in kinds:
            if isinstance(kind, type) and issubclass(kind, Table):
                found[name] = kind
    return found


def _known_keys(location: tuple[str, ...]) -> list[str]:
    if not location:
        return list(GatewayConfig.model_fields)
    table = location[0]
    known = list(_tables()[table].model_fields)
    return known + [f"{key}_{way}" for of, key in SECRETS if of == table for way in ("env", "file")]


def _suggestion(wrong: str, known: list[str]) -> str:
    close = difflib.get_close_matches(wrong, known, n=1, cutoff=0.5)
    return f"did you mean '{close[0]}'?" if close else f"known here: {', '.join(known)}"


def _error(path: Path, kind: ConfigErrorKind, key: str, problem: str, hint: str) -> ConfigError:
    return ConfigError(str(path), (ConfigProblem(kind, key, problem, hint),))


__all__ = [
    "CloudConfig",
    "ConfigError",
    "ConfigErrorKind",
    "ConfigProblem",
    "ControllerConfig",
    "DeviceConfig",
    "GatewayConfig",
    "ModemConfig",
    "StoreConfig",
    "TelemetryConfig",
    "UplinkConfig",
    "WaitingConfig",
    "load_config",
    "parse_config",
]
