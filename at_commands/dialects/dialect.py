"""The shape of a dialect."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from at_commands.command import DEFAULT_TIMEOUT_S, Command, Reply, is_ok
from at_commands.dialects.socket_stack import SocketStack
from at_commands.grammar import EXTENDED_MARKS
from at_commands.troubles import is_last_word, trouble


@dataclass(frozen=True, slots=True)
class Form:
    """How a command ends of which only the text is known. The arguments are those of `Command`."""

    timeout_s: float = DEFAULT_TIMEOUT_S
    success: Callable[[str], bool] = is_ok
    failures: tuple[str, ...] = ()
    with_ok: bool = False
    reasons: tuple[str, ...] = ()
    restarts: bool = False


@dataclass(frozen=True)
class Dialect:
    """One modem family.

    Args:
        name: as in `--personality` and reports.
        models: patterns for `manufacturer model`.
        boot_lines: a line that only a restart prints: everything that was set before is gone.
        power_down_lines: the modem's goodbye; those about its supply are the same for all (at_commands.troubles).
        urcs: beginnings of unsolicited lines; a pending command's own prefixes go first.
        urcs_with_body: URCs whose next line belongs to them (`+CMT`).
        pushed: heads of data that the modem prints unasked, up to the data; group 1 is its length.
        pause_after_final_s: what the maker asks for between a final result and the next line. 0 unless a family is
            known to lose lines: V.250's 100 ms would make each command four times as slow for nothing.
        forms: by the beginning of the line behind `AT`; the longest that fits counts.
        sim_retries: the line that asks for the PIN and PUK tries left (`pin_retries`), None if the family has none.
        sockets: its TCP commands, None if it has none that we speak.
        packet_domain: the registration that a data session needs: CGREG, CEREG on LTE.
        iccid: the line that asks for the card's number.
        power_off: the line that switches the modem off, None if the family has none.
    """

    name: str
    models: tuple[str, ...] = ()
    boot_lines: frozenset[str] = frozenset()
    power_down_lines: frozenset[str] = frozenset()
    urcs: tuple[str, ...] = ()
    urcs_with_body: tuple[str, ...] = ("+CMT:", "+CDS:", "+CBM:")
    pushed: re.Pattern[bytes] | None = None
    pause_after_final_s: float = 0.0
    forms: Mapping[str, Form] = field(default_factory=dict)
    sim_retries: str | None = None
    sockets: SocketStack | None = None
    packet_domain: Literal["CGREG", "CEREG"] = "CGREG"
    iccid: str = "AT+CCID"
    power_off: str | None = None
    _compiled: tuple[re.Pattern[str], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_compiled", tuple(re.compile(p, re.IGNORECASE) for p in self.models))

    def claims(self, manufacturer: str, model: str) -> bool:
        return any(p.search(f"{manufacturer} {model}") for p in self._compiled)

    def is_urc(self, line: str) -> bool:
        return (
            line.startswith(self.urcs)
            or line in self.boot_lines
            or line in self.power_down_lines
            or trouble(line) is not None
        )

    def is_goodbye(self, line: str) -> bool:
        """Does the modem switch itself off behind this line?"""
        return line in self.power_down_lines or is_last_word(line)

    def has_body(self, line: str) -> bool:
        """Does the next line belong to this URC? In text mode `+CDS` has all its fields on one line."""
        if not line.startswith(self.urcs_with_body):
            return False
        return not line.startswith("+CDS:") or "," not in line

    def command(self, line: str, prefix: str | None = None) -> Command[Reply]:
        """A line typed by a person as a command whose answer is the reply as it came. Of several commands on the line
        the last says how it ends, and the slowest how long it may take.
        """
        body = line[2:].strip().upper() if line[:2].upper() == "AT" else line
        parts = [part.strip() for part in body.split(";") if part.strip()]
        forms = [self._form(part) for part in parts] or [Form()]
        form = forms[-1]
        names = (re.split(r"[=?]", part, maxsplit=1)[0].rstrip() for part in parts)
        return Command(
            line,
            lambda reply: reply,
            prefixes=(prefix,) if prefix is not None else tuple(f"{name}:" for name in names),
            bare=True,
            timeout_s=max(each.timeout_s for each in forms),
            success=form.success,
            failures=form.failures,
            with_ok=form.with_ok,
            reasons=form.reasons,
            restarts=any(each.restarts for each in forms),
        )

    def _form(self, body: str) -> Form:
        known = max((start for start in self.forms if _begins(body, start)), key=len, default=None)
        return Form() if known is None else self.forms[known]


def _begins(body: str, start: str) -> bool:
    # An extended name ends before a sign, as CFUN in `+CFUN=1`; basic ones run into their numbers, as D in `D123`.
    rest = body[len(start) : len(start) + 1]
    return body.startswith(start) and not (start[0] in EXTENDED_MARKS and rest.isalnum())
