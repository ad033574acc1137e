"""Secrets taken out of AT lines before anybody reads them: PIN, PUK, passwords of APN, broker and facility.

The rules err towards hiding. Arguments are counted at every comma, also at one inside quotes, and everything from the
first secret one on is hidden; a command whose quotes do not match is hidden whole. V.250 5.2.1 lets blanks stand
anywhere, so they may stand between the letters of a name too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

HIDDEN: Final = "***"

SHORTEST: Final = 4
"""Letters of a value that is looked for wherever it may stand; shorter ones stand everywhere."""


@dataclass(frozen=True, slots=True)
class _Rule:
    """From which argument on a command holds secrets; `only` after these first arguments, if it says which."""

    secret_from: int
    only: tuple[str, ...] = ()


_RULES: Final = {
    # 3GPP TS 27.007: 8.3, 7.4, 7.5, 10.1.31
    "CPIN": _Rule(0),
    "CPIN2": _Rule(0),
    "CLCK": _Rule(2),
    "CPWD": _Rule(1),
    "CGAUTH": _Rule(2),
    # APN user and password by family
    "CSTT": _Rule(2),
    "SAPBR": _Rule(3, ("3", "1", "PWD")),
    "CNCFG": _Rule(4),
    "QICSGP": _Rule(3),
    "QIREGAPP": _Rule(2),
    "QCPDPP": _Rule(2),
    "XGAUTH": _Rule(2),
    # broker, server and HTTP accounts
    "QMTCONN": _Rule(2),
    "CMQTTCONNECT": _Rule(4),
    "SMCONF": _Rule(1, ("PASSWORD",)),
    "HTTPPARA": _Rule(1, ("USERDATA",)),
    "FTPPW": _Rule(0),
    "QFTPCFG": _Rule(1, ("ACCOUNT",)),
    "CFTPSLOGIN": _Rule(3),
}

_NAMES: Final = "|".join(r"\s*".join(name) for name in sorted(_RULES, key=len, reverse=True))
_COMMAND: Final = re.compile(rf"[+^$%*#]\s*({_NAMES})\s*([=:])\s*", re.IGNORECASE)

_APDU: Final = re.compile(
    # VERIFY, CHANGE, DISABLE, ENABLE and UNBLOCK PIN (3GPP TS 51.011, 9.2): the data behind a header of five octets
    r"(C\s*S\s*I\s*M\s*=\s*\d+\s*,\s*\"?\s*[0-9A-F]{2}(?:20|24|26|28|2C)[0-9A-F]{6})[0-9A-F\s]+",
    re.IGNORECASE,
)

_MMI: Final = re.compile(
    # **04*old*new*new#, **05*PUK*new*new# and their PIN2 twins (3GPP TS 22.030, 6.6.2 and 6.6.3), also as UCS2 digits
    r"""( \*\s*\*\s*0\s*[45]\s*2?\s*\* | (?:002A){2}0030003[45](?:0032)?002A ) [^"\#]*""",
    re.VERBOSE | re.IGNORECASE,
)

_ACCOUNT: Final = re.compile(r"(://[^/@\s\":]*:)[^@\s\"]*@")

_PASSWORD_LINE: Final = re.compile(r"(PWD|PASSWORD)\s*:\s*(.+)", re.IGNORECASE)


def mask(line: str) -> str:
    """The line with `***` in the place of what nobody should read; a test form (`=?`) hides nothing."""
    if "=" in line:
        line = _APDU.sub(rf"\1{HIDDEN}", _mask_commands(line))
    elif ":" in line:
        if "," in line:
            line = _mask_commands(line)
        elif password := _PASSWORD_LINE.fullmatch(line):
            line = f"{password[1]}: {HIDDEN}"
    if "://" in line:
        line = _ACCOUNT.sub(rf"\1{HIDDEN}@", line)
    if "*" in line or "002A" in line.upper():
        line = _MMI.sub(rf"\1{HIDDEN}", line)
    return line


def secrets_of(line: str) -> tuple[str, ...]:
    """The values that `mask` hides in the commands of a line, without their quotes: an echo that the wire has garbled
    may show them where no rule looks.
    """
    values = [
        value.strip().strip('"').strip()
        for _, arguments in _secret_parts(line)
        for value in arguments.split(",")
    ]
    return tuple(value for value in values if len(value) >= SHORTEST)


def _mask_commands(line: str) -> str:
    shown, at = [], 0
    for start, arguments in _secret_parts(line):
        shown += [line[at:start], HIDDEN]
        at = start + len(arguments)
    return "".join(shown) + line[at:] if shown else line


def _secret_parts(line: str) -> list[tuple[int, str]]:
    """Where secrets begin, and they: from the first secret argument to the end of its command."""
    parts = []
    at = 0
    while found := _COMMAND.search(line, at):
        rule = _RULES[re.sub(r"\s", "", found[1]).upper()]
        start, at = found.end(), _end_of_command(line, found.end())
        arguments = line[start:at]
        if arguments.strip() == "?" or (found[2] == ":" and rule.secret_from == 0):
            continue
        given = [each.strip().strip('"').upper() for each in arguments.split(",")]
        if tuple(given[: len(rule.only)]) != rule.only:
            continue
        if arguments.count('"') % 2 == 0:
            for _ in range(rule.secret_from):
                comma = line.find(",", start, at)
                start = at if comma < 0 else comma + 1
        if start < at:
            parts.append((start, line[start:at]))
    return parts


def _end_of_command(line: str, start: int) -> int:
    """At the `;` outside of quotes; quotes that do not match may hide any."""
    quoted = False
    end = None
    for at in range(start, len(line)):
        if line[at] == '"':
            quoted = not quoted
        elif line[at] == ";" and not quoted and end is None:
            end = at
    return len(line) if quoted or end is None else end
