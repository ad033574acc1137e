"""Lists of cards on the command line: read, and what is wrong in them told line by line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gateway.cli.output import Json, Output

if TYPE_CHECKING:
    from provisioning.sim_inventory import CheckedTable, Problem


def read_list(table: Path) -> CheckedTable:
    """Raises OSError, SimTableError."""
    from provisioning.sim_inventory import import_cards
    from provisioning.sim_tables import MAX_BYTES

    with table.open("rb") as file:
        return import_cards(file.read(MAX_BYTES + 1))


def show_problems(out: Output, checked: CheckedTable) -> None:
    """For a person."""
    for name in checked.ignored_columns:
        out.line(out.pick(en=f"Column {name!r} is ignored.", ru=f"Столбец «{name}» не используется."))
    for problem in checked.problems:
        out.line(_sentence(out, problem))
    for doubt in checked.doubts:
        out.line(out.pick(en="Doubtful: ", ru="Сомнительно: ") + _sentence(out, doubt))


def problems_json(checked: CheckedTable, out: Output) -> dict[str, Json]:
    """For a program."""

    def each(problem: Problem) -> Json:
        return {
            "line": problem.line,
            "column": problem.column,
            "value": problem.value,
            "what": problem.what.in_(out.lang),
            "way_out": problem.way_out.in_(out.lang),
        }

    return {
        "cards": len(checked.cards),
        "problems": [each(problem) for problem in checked.problems],
        "doubts": [each(doubt) for doubt in checked.doubts],
        "ignored_columns": list(checked.ignored_columns),
    }


def _sentence(out: Output, problem: Problem) -> str:
    line = out.pick(en="line", ru="строка")
    value = f" {problem.value}" if problem.value else ""
    what, way_out = problem.what.in_(out.lang), problem.way_out.in_(out.lang)
    end = "" if what.endswith("?") else "."
    return f"{line} {problem.line}, {problem.column}{value}: {what}{end} {way_out}"
