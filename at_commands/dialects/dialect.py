"""The shape of a dialect."""

from __future__ import annotations

import re
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Dialect:
    """One modem family.

    Args:
        name: as in `--personality` and reports.
        models: patterns for `manufacturer model`.
        boot_lines: a line that only a restart prints: everything that was set before is gone.
        power_down_lines: the modem's goodbye.
        urcs: beginnings of unsolicited lines; a pending command's own prefixes go first.
        urcs_with_body: URCs whose next line belongs to them (`+CMT`).
        pause_after_final_s: what the maker asks for between a final result and the next line.
        escape_before_sync: whether ESC is harmless while no prompt is open.
        sim_retries: the line that asks for the PIN and PUK tries left, None if the family has none.
        has_sockets: speaks the CIPSTART family of TCP commands.
    """

    name: str
    models: tuple[str, ...] = ()
    boot_lines: frozenset[str] = frozenset()
    power_down_lines: frozenset[str] = frozenset()
    urcs: tuple[str, ...] = ()
    urcs_with_body: tuple[str, ...] = ("+CMT:", "+CDS:", "+CBM:")
    pause_after_final_s: float = 0.0
    escape_before_sync: bool = True
    sim_retries: str | None = None
    has_sockets: bool = False
    _compiled: tuple[re.Pattern[str], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_compiled", tuple(re.compile(p, re.IGNORECASE) for p in self.models))

    def claims(self, manufacturer: str, model: str) -> bool:
        return any(p.search(f"{manufacturer} {model}") for p in self._compiled)

    def is_urc(self, line: str) -> bool:
        return line.startswith(self.urcs) or line in self.boot_lines or line in self.power_down_lines
