"""`thermogate sims`: the owner's list of SIM cards: checked, converted, looked up at the operator."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from gateway.cli import sims_account
from gateway.cli.frame import MistakeError, command, make_app
from gateway.cli.output import ExitCode, Json, Output
from gateway.cli.table_files import check_name, write_cards

if TYPE_CHECKING:
    from provisioning.sim_inventory import CheckedTable, Problem

sims_app: Final = make_app("A fleet's SIM cards: which card, which number, in which controller.")


class Delimiter(StrEnum):
    """Between the cells of a CSV file."""

    COMMA = "comma"
    SEMICOLON = "semicolon"


TableArgument = Annotated[
    Path, typer.Argument(metavar="FILE", help="CSV or XLSX; the first line names columns.")
]


@command(sims_app, "check")
def check(out: Output, table: TableArgument) -> ExitCode:
    """Name every mistake of a list of cards, line by line. Exit code 1: there are some."""
    checked = _read(table)
    out.record({"file": str(table), **_json(checked, out)})
    _show(out, checked)
    cards, wrong = len(checked.cards), len({problem.line for problem in checked.problems})
    out.line(
        out.pick(
            en=f"Good lines: {cards}, wrong: {wrong}.", ru=f"Верных строк: {cards}, с ошибками: {wrong}."
        )
    )
    return ExitCode.FAILED if checked.problems else ExitCode.DONE


@command(sims_app, "convert")
def convert(
    out: Output,
    table: TableArgument,
    written: Annotated[Path, typer.Argument(metavar="OUT", help="A name that ends with .csv or .xlsx.")],
    *,
    skip_wrong: Annotated[
        bool, typer.Option("--skip-wrong", help="Leave the lines with mistakes out.")
    ] = False,
    delimiter: Annotated[
        Delimiter, typer.Option(help="Of a CSV file; a Russian Excel opens one with semicolons.")
    ] = Delimiter.COMMA,
    force: Annotated[bool, typer.Option("--force", help="Write over OUT when it is there.")] = False,
) -> ExitCode:
    """Write a list of cards anew, as CSV or XLSX; with mistakes in it nothing is written unless asked for."""
    check_name(written, "OUT")
    if written.exists() and not force:
        raise MistakeError(
            "OUT",
            en=f"{written} is there already; --force overwrites",
            ru=f"{written} уже есть; --force перепишет",
        )
    checked = _read(table)
    if checked.problems and not skip_wrong:
        out.record({"file": str(table), "written": None, **_json(checked, out)})
        _show(out, checked)
        out.line(
            out.pick(
                en="Nothing was written. --skip-wrong leaves these lines out.",
                ru="Ничего не записано. С --skip-wrong эти строки будут пропущены.",
            )
        )
        return ExitCode.FAILED
    cards = checked.taken(skip_wrong=skip_wrong)
    semicolon = delimiter is Delimiter.SEMICOLON
    write_cards(written, cards, russian=out.lang == "ru", delimiter=";" if semicolon else ",")
    out.record({"file": str(table), "written": str(written), **_json(checked, out)})
    _show(out, checked)
    out.line(out.pick(en=f"{written}: {len(cards)} cards.", ru=f"{written}: карт - {len(cards)}."))
    return ExitCode.DONE


def _read(table: Path) -> CheckedTable:
    from provisioning.sim_inventory import import_cards
    from provisioning.sim_tables import MAX_BYTES

    with table.open("rb") as file:
        return import_cards(file.read(MAX_BYTES + 1))


def _show(out: Output, checked: CheckedTable) -> None:
    for name in checked.ignored_columns:
        out.line(out.pick(en=f"Column {name!r} is ignored.", ru=f"Столбец «{name}» не используется."))
    for problem in checked.problems:
        out.line(_sentence(out, problem))
    for doubt in checked.doubts:
        out.line(out.pick(en="Doubtful: ", ru="Сомнительно: ") + _sentence(out, doubt))


def _sentence(out: Output, problem: Problem) -> str:
    line = out.pick(en="line", ru="строка")
    value = f" {problem.value}" if problem.value else ""
    what, way_out = problem.what.in_(out.lang), problem.way_out.in_(out.lang)
    return f"{line} {problem.line}, {problem.column}{value}: {what}. {way_out}"


def _json(checked: CheckedTable, out: Output) -> dict[str, Json]:
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


def add_to(app: typer.Typer) -> None:
    """Put the group into the application."""
    sims_account.add_to(sims_app)
    app.add_typer(sims_app, name="sims")
