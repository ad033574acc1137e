"""`thermogate sims`: the owner's list of SIM cards: checked, converted, looked up at the operator."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from gateway.cli import sims_account
from gateway.cli.card_lists import problems_json, read_list, show_problems
from gateway.cli.frame import MistakeError, command, make_app
from gateway.cli.output import ExitCode, Output
from gateway.cli.table_files import check_name, write_cards

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
    checked = read_list(table)
    out.record({"file": str(table), **problems_json(checked, out)})
    show_problems(out, checked)
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
    checked = read_list(table)
    if checked.problems and not skip_wrong:
        out.record({"file": str(table), "written": None, **problems_json(checked, out)})
        show_problems(out, checked)
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
    out.record({"file": str(table), "written": str(written), **problems_json(checked, out)})
    show_problems(out, checked)
    out.line(out.pick(en=f"{written}: {len(cards)} cards.", ru=f"{written}: карт - {len(cards)}."))
    return ExitCode.DONE


def add_to(app: typer.Typer) -> None:
    """Put the group into the application."""
    sims_account.add_to(sims_app)
    app.add_typer(sims_app, name="sims")
