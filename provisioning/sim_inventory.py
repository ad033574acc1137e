"""The SIM cards of a fleet: which card, which number, in which controller, paid until when; read, checked, written.

Every mistake of a table is named, all of them at once and each with its line; a table with mistakes gives no cards
unless the caller asks for the good lines. Where two lines contradict each other both are named, for nobody but their
owner knows which is right.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal, TypeAlias

from provisioning.explanation import Text
from provisioning.records import (
    RecordError,
    check_digit_doubtful,
    parse_iccid,
    parse_imei,
    parse_imsi,
    parse_msisdn,
)
from provisioning.sim_tables import Row, SimTableError, read_table, write_csv, write_xlsx

Column: TypeAlias = Literal[
    "iccid", "msisdn", "imsi", "device_serial", "imei", "tariff", "paid_until", "note"
]
COLUMNS: Final[tuple[Column, ...]] = (
    "iccid",
    "msisdn",
    "imsi",
    "device_serial",
    "imei",
    "tariff",
    "paid_until",
    "note",
)


@dataclass(frozen=True, slots=True)
class InventoryCard:
    """One card. Only the ICCID is always known; what is not known is empty.

    Args:
        msisdn: the number in international digits, without the plus.
        device_serial, imei: of the controller that the card is in or is meant for, and of its modem.
        paid_until: the last day that is paid for.
    """

    iccid: str
    msisdn: str = ""
    imsi: str = ""
    device_serial: str = ""
    imei: str = ""
    tariff: str = ""
    paid_until: date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: where, what was written there, what is wrong, and what to do."""

    line: int
    column: Column
    value: str
    what: Text
    way_out: Text


@dataclass(frozen=True, slots=True)
class CheckedTable:
    """What was found in a table.

    Args:
        cards: of the lines without a mistake, by line.
        problems: by line; none in a good table.
        doubts: what may be a slip of the pen, and is taken.
        ignored_columns: headers that mean nothing here.
    """

    cards: Mapping[int, InventoryCard]
    problems: tuple[Problem, ...]
    doubts: tuple[Problem, ...] = ()
    ignored_columns: tuple[str, ...] = ()

    def taken(self, *, skip_wrong: bool = False) -> list[InventoryCard]:
        """The cards, in the order of the table.

        Raises:
            WrongLinesError: there are mistakes, and nobody asked to leave the wrong lines out.
        """
        if self.problems and not skip_wrong:
            raise WrongLinesError(self.problems)
        return list(self.cards.values())


class WrongLinesError(ValueError):
    """A table with mistakes; nothing was taken from it."""

    kind = "sim_lines"

    def __init__(self, problems: Sequence[Problem]) -> None:
        lines = sorted({problem.line for problem in problems})
        super().__init__(f"{len(problems)} mistakes in lines {', '.join(map(str, lines[:10]))}")
        self.problems = tuple(problems)


_HEADERS: Final[Mapping[Column, str]] = {
    "iccid": "iccid icc iccidsim sim simcard simiccid симкарта сим номерсимкарты номеркарты номерсим",
    "msisdn": "msisdn phone phonenumber number telephone номер телефон номертелефона абонентскийномер",
    "imsi": "imsi",
    "device_serial": "deviceserial serial serialnumber device controller устройство контроллер серийныйномер "
    "серийныйномерустройства серийныйномерконтроллера",
    "imei": "imei",
    "tariff": "tariff tariffplan plan тариф тарифныйплан",
    "paid_until": "paiduntil paidtill paidto оплаченодо оплачендо оплаченопо",
    "note": "note notes comment remark примечание комментарий заметка",
}
"""Names of columns as people write them, without case, blanks and signs."""

_COLUMN_OF: Final[Mapping[str, Column]] = {
    name: column for column, names in _HEADERS.items() for name in names.split()
}

_RUSSIAN_HEADER: Final[Mapping[Column, str]] = {
    "iccid": "ICCID",
    "msisdn": "Номер",
    "imsi": "IMSI",
    "device_serial": "Серийный номер устройства",
    "imei": "IMEI",
    "tariff": "Тариф",
    "paid_until": "Оплачено до",
    "note": "Примечание",
}

_TYPE_AGAIN: Final = Text(
    "Сверьте с надписью на карте или ответом модема и исправьте.",
    "Compare it with the print on the card or the modem's answer and correct it.",
)
_AS_TEXT: Final = Text(
    "Сделайте столбец текстовым и впишите цифры заново: таблица хранит только 15 цифр числа.",
    "Make the column text and enter the digits again: a spreadsheet keeps 15 digits of a number only.",
)


def import_cards(data: bytes) -> CheckedTable:
    """Read and check a CSV or XLSX file.

    Raises:
        SimTableError: it is no table, or has no column of ICCIDs.
    """
    rows = read_table(data)
    if not rows:
        raise SimTableError(
            Text("Таблица пуста.", "The table is empty."),
            Text("В первой строке нужны имена столбцов.", "Its first line must name the columns."),
        )
    header, *lines = rows
    columns, ignored = _columns(header)
    cards: dict[int, InventoryCard] = {}
    problems: list[Problem] = []
    doubts: list[Problem] = []
    for row in lines:
        card, wrong = _card(row, columns)
        problems += wrong
        cards[row.line] = card
        if card.iccid and check_digit_doubtful(parse_iccid(card.iccid)):
            doubts.append(
                Problem(
                    row.line,
                    "iccid",
                    card.iccid,
                    Text("контрольная цифра не сходится", "the check digit does not fit"),
                    _TYPE_AGAIN,
                )
            )
    problems += _contradictions(cards)
    wrong_lines = {problem.line for problem in problems}
    good = {line: card for line, card in cards.items() if line not in wrong_lines}
    return CheckedTable(
        good,
        tuple(sorted(problems, key=lambda each: (each.line, COLUMNS.index(each.column)))),
        tuple(each for each in doubts if each.line not in wrong_lines),
        ignored,
    )


def export_csv(
    cards: Sequence[InventoryCard], *, delimiter: Literal[",", ";"] = ",", russian: bool = False
) -> bytes:
    """A table that `import_cards` reads back as it was."""
    return write_csv(_header(russian), map(_cells, cards), delimiter=delimiter)


def export_xlsx(cards: Sequence[InventoryCard], *, russian: bool = False) -> bytes:
    """As `export_csv`. Raises SimTableError: the extra `xlsx` is not installed."""
    return write_xlsx(_header(russian), map(_cells, cards))


def _header(russian: bool) -> list[str]:
    return [_RUSSIAN_HEADER[column] if russian else column for column in COLUMNS]


def _cells(card: InventoryCard) -> list[str]:
    return [
        card.iccid,
        f"+{card.msisdn}" if card.msisdn else "",
        card.imsi,
        card.device_serial,
        card.imei,
        card.tariff,
        card.paid_until.isoformat() if card.paid_until else "",
        card.note,
    ]


def _columns(header: Row) -> tuple[dict[Column, int], tuple[str, ...]]:
    found: dict[Column, int] = {}
    ignored: list[str] = []
    for at, name in enumerate(header.cells):
        column = _COLUMN_OF.get(re.sub(r"[\W_]", "", name.lower()))
        if column is None:
            if name:
                ignored.append(name)
        elif column in found:
            raise SimTableError(
                Text(f"Столбец «{name}» есть дважды.", f"There are two columns like {name!r}."),
                Text("Оставьте один или переименуйте.", "Keep one, or rename the other."),
            )
        else:
            found[column] = at
    if "iccid" not in found:
        raise SimTableError(
            Text("Нет столбца ICCID.", "There is no column ICCID."),
            Text(
                f"Назовите столбцы в первой строке: {', '.join(_RUSSIAN_HEADER.values())}.",
                f"Name the columns in the first line: {', '.join(COLUMNS)}.",
            ),
        )
    return found, tuple(ignored)


def _card(row: Row, columns: Mapping[Column, int]) -> tuple[InventoryCard, list[Problem]]:
    problems: list[Problem] = []

    def text(column: Column) -> str:
        at = columns.get(column)
        cell = "" if at is None or at >= len(row.cells) else " ".join(row.cells[at].split())
        if at is None or (column in _FREE and not cell.startswith("=")) or at not in row.lost:
            return cell
        what = Text("формула или округлённое число", "a formula or a rounded number")
        problems.append(Problem(row.line, column, cell, what, _AS_TEXT))
        return ""

    def number(column: Column, parse: Callable[[str], str]) -> str:
        cell = text(column)
        if not cell:
            return ""
        try:
            return parse(cell)
        except RecordError as error:
            what = Text(error.problem_ru, error.problem)
            problems.append(Problem(row.line, column, cell, what, _TYPE_AGAIN))
            return ""

    def paid_until() -> date | None:
        cell = text("paid_until")
        if not cell:
            return None
        for form in ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y"):
            try:
                return datetime.strptime(cell, form).date()  # noqa: DTZ007  # a day has no time zone
            except ValueError:
                continue
        problems.append(
            Problem(
                row.line,
                "paid_until",
                cell,
                Text("это не дата", "this is no date"),
                Text("Пишите 2026-12-31 или 31.12.2026.", "Write 2026-12-31 or 31.12.2026."),
            )
        )
        return None

    card = InventoryCard(
        iccid=number("iccid", parse_iccid),
        msisdn=number("msisdn", parse_msisdn),
        imsi=number("imsi", parse_imsi),
        device_serial=text("device_serial"),
        imei=number("imei", parse_imei),
        tariff=text("tariff"),
        paid_until=paid_until(),
        note=text("note"),
    )
    if not card.iccid and not any(problem.column == "iccid" for problem in problems):
        problems.append(
            Problem(
                row.line,
                "iccid",
                "",
                Text("нет ICCID", "there is no ICCID"),
                Text(
                    "Впишите его с карты или удалите строку.", "Enter it from the card, or delete the line."
                ),
            )
        )
    return card, problems


_FREE: Final[frozenset[Column]] = frozenset({"tariff", "note"})
"""Where 1e5 is text like any other."""

_UNIQUE: Final[Mapping[Column, Text]] = {
    "iccid": Text("та же карта", "the same card"),
    "msisdn": Text("тот же номер", "the same number"),
    "imsi": Text("тот же IMSI", "the same IMSI"),
    "device_serial": Text("то же устройство с другой картой", "the same device with another card"),
    "imei": Text("тот же модем с другой картой", "the same modem with another card"),
}


def _contradictions(cards: Mapping[int, InventoryCard]) -> list[Problem]:
    """One card to one device, one device to one card, one number to one card."""
    problems: list[Problem] = []
    for column, what in _UNIQUE.items():
        lines_of: defaultdict[str, list[int]] = defaultdict(list)
        for line, card in cards.items():
            if value := getattr(card, column):
                lines_of[value.casefold()].append(line)
        for lines in lines_of.values():
            if len(lines) < 2:
                continue
            for line in lines:
                others = [str(other) for other in lines if other != line]
                named = ", ".join(others[:5]) + (", …" if len(others) > 5 else "")
                problems.append(
                    Problem(
                        line,
                        column,
                        getattr(cards[line], column),
                        Text(f"{what.ru}, что в строке {named}", f"{what.en} as in line {named}"),
                        Text("Оставьте одну из строк.", "Keep one of the lines."),
                    )
                )
    return problems
