"""The list of cards that an installer expects on his bench.

A CSV file with a heading; separators are commas, semicolons (as spreadsheets write them in Russia) or tabs. Columns are
found by name, in English or Russian, in any order; only `iccid` is needed, unknown ones are passed over.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final

MOST_CARDS: Final = 10_000

_NAMES: Final = {
    "iccid": {"iccid", "sim", "номер карты", "номер sim"},
    "msisdn": {"msisdn", "phone", "number", "номер", "телефон"},
    "device": {"device", "serial", "устройство", "серийный номер", "прибор"},
    "imei": {"imei"},
    "paid": {"paid", "оплачена", "оплачено", "оплата"},
    "note": {"note", "comment", "примечание", "комментарий"},
}
_YES: Final = frozenset({"yes", "y", "true", "1", "+", "paid", "да", "оплачена", "оплачено"})
_NO: Final = frozenset({"no", "n", "false", "0", "-", "unpaid", "нет", "не оплачена", "не оплачено"})


@dataclass(frozen=True, slots=True)
class ExpectedCard:
    """One line of the list. `paid`: None, the list does not say; `line`: counted from 1, the heading is the first."""

    iccid: str
    line: int
    msisdn: str = ""
    device: str = ""
    imei: str = ""
    paid: bool | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class LineProblem:
    """What is wrong in one line, in both languages."""

    line: int
    en: str
    ru: str


class CardListError(Exception):
    """The list cannot be used; every line that is wrong is named."""

    kind: ClassVar[str] = "card_list"

    def __init__(self, path: Path, problems: tuple[LineProblem, ...]) -> None:
        self.path: Final = path
        self.problems: Final = problems
        super().__init__("; ".join(f"{path}:{each.line}: {each.en}" for each in problems))


def plain_iccid(text: str) -> str:
    """An ICCID without what people and modems put into it: blanks, dashes, the filler F."""
    return re.sub(r"[\s-]", "", text).rstrip("Ff")


class ExpectedCards:
    """The list, by number. A number in it may lack the card's last digit, its check digit (ITU-T E.118), as printed
    by some operators.
    """

    def __init__(self, cards: tuple[ExpectedCard, ...]) -> None:
        self._by_iccid = {card.iccid: card for card in cards}

    def __iter__(self) -> Iterator[ExpectedCard]:
        return iter(self._by_iccid.values())

    def __len__(self) -> int:
        return len(self._by_iccid)

    def find(self, iccid: str) -> ExpectedCard | None:
        return self._by_iccid.get(iccid) or self._by_iccid.get(iccid[:-1])


def read_cards(path: Path) -> ExpectedCards:
    """Read a list.

    Raises:
        CardListError: it cannot be read, has no such column, or lines are wrong; all of them are named.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else None
        problem = LineProblem(
            0,
            en=f"cannot be read: {why or 'this is no text in UTF-8; save it as CSV UTF-8'}",
            ru=f"не читается: {why or 'это не текст в UTF-8; сохраните как CSV UTF-8'}",
        )
        raise CardListError(path, (problem,)) from error
    return ExpectedCards(cards_of(text, path))


def cards_of(text: str, path: Path) -> tuple[ExpectedCard, ...]:
    """The cards in a CSV text; `path` is for errors. Raises CardListError."""
    heading = text.split("\n", 1)[0]
    separator = max(",;\t", key=heading.count)
    try:
        rows = list(csv.reader(text.splitlines(), delimiter=separator, strict=True))
    except csv.Error as error:
        raise CardListError(path, (LineProblem(0, f"no CSV: {error}", f"это не CSV: {error}"),)) from error
    columns = _columns(rows[0] if rows else [])
    if "iccid" not in columns:
        raise CardListError(
            path, (LineProblem(1, "there is no column 'iccid'", "нет столбца «iccid» (номер SIM-карты)"),)
        )
    cards: dict[str, ExpectedCard] = {}
    problems: list[LineProblem] = []
    for number, row in enumerate(rows[1:], start=2):
        if not any(field.strip() for field in row):
            continue
        found = _card(row, columns, number)
        if isinstance(found, LineProblem):
            problems.append(found)
        elif (twin := cards.get(found.iccid)) is not None:
            problems.append(
                LineProblem(
                    number,
                    en=f"card {found.iccid} already stands in line {twin.line}",
                    ru=f"карта {found.iccid} уже есть в строке {twin.line}",
                )
            )
        else:
            cards[found.iccid] = found
    if len(cards) > MOST_CARDS:
        problems.append(
            LineProblem(0, f"more than {MOST_CARDS} cards", f"больше {MOST_CARDS} карт, разделите список")
        )
    if not cards and not problems:
        problems.append(LineProblem(2, "there are no cards", "в списке нет карт"))
    if problems:
        raise CardListError(path, tuple(problems))
    return tuple(cards.values())


def _columns(heading: list[str]) -> Mapping[str, int]:
    """Where each column stands."""
    plain = [" ".join(name.split()).casefold() for name in heading]
    return {
        column: position
        for column, names in _NAMES.items()
        for position, name in reversed(list(enumerate(plain)))
        if name in names
    }


def _card(row: list[str], columns: Mapping[str, int], line: int) -> ExpectedCard | LineProblem:
    def cell(column: str) -> str:
        position = columns.get(column, len(row))
        return row[position].strip() if position < len(row) else ""

    written = cell("iccid").lstrip("'")
    iccid = plain_iccid(written)
    if not re.fullmatch(r"\d{17,20}", iccid):
        spoilt = re.fullmatch(r"[\d.,]+[eEеЕ]\+?\d+", written) is not None
        return LineProblem(
            line,
            en=f"{written!r} is no card number (17 to 20 digits)"
            + ("; the spreadsheet has rounded it: format the column as text" if spoilt else ""),
            ru=f"«{written}» не номер карты (17–20 цифр)"
            + ("; таблица его округлила: задайте столбцу формат «текст»" if spoilt else ""),
        )
    said = cell("paid").casefold()
    if said and said not in _YES | _NO:
        return LineProblem(
            line, en=f"paid: {said!r} is neither yes nor no", ru=f"оплачена: «{said}» не «да» и не «нет»"
        )
    imei = plain_iccid(cell("imei"))
    if imei and not re.fullmatch(r"\d{14,16}", imei):
        return LineProblem(line, en=f"{imei!r} is no IMEI (15 digits)", ru=f"«{imei}» не IMEI (15 цифр)")
    return ExpectedCard(
        iccid=iccid,
        line=line,
        msisdn=cell("msisdn"),
        device=cell("device"),
        imei=imei,
        paid=None if not said else said in _YES,
        note=cell("note"),
    )
