"""Tables that people keep in a spreadsheet: CSV and XLSX read into rows of text with their line numbers, and written.

What a spreadsheet does to data is met here. It takes a cell that begins with = + - or @ for a formula: such text is
written behind an apostrophe, which reading takes off again (`guard`, `unguard` are each other's inverse). And it keeps
fifteen digits of a number: an ICCID that was a number once is lost, which is said and not repaired.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from provisioning.explanation import Text

if TYPE_CHECKING:
    from openpyxl.cell.cell import Cell, MergedCell
    from openpyxl.cell.read_only import EmptyCell, ReadOnlyCell

MAX_BYTES: Final = 64 * 1024 * 1024
MAX_ROWS: Final = 200_000
MAX_COLUMNS: Final = 100

EXACT_DIGITS: Final = 15
"""A spreadsheet's number is an IEEE 754 double: more digits than these are not kept."""

_DANGEROUS: Final = re.compile(r"'*[=+\-@\t\r＝＋－＠]")
_ONLY_A_NUMBER: Final = re.compile(r"[+-][0-9]{1,15}")
_SCIENTIFIC: Final = re.compile(r"[0-9]+([.,][0-9]+)?E\+[0-9]+")
"""As a spreadsheet writes a long number. A serial number with an E in it has no plus."""


class SimTableError(ValueError):
    """A file that is no table of cards. `what` and `way_out` are for a person."""

    kind = "sim_table"

    def __init__(self, what: Text, way_out: Text) -> None:
        super().__init__(f"{what.en} {way_out.en}")
        self.what = what
        self.way_out = way_out


@dataclass(frozen=True, slots=True)
class Row:
    """One line: its cells, and those columns (from 0) whose digits a spreadsheet has lost, with what is left."""

    line: int
    cells: tuple[str, ...]
    lost: dict[int, str] = field(default_factory=dict)


def guard(text: str) -> str:
    """Text that no spreadsheet takes for a formula; a sign and digits alone are harmless and stay as they are."""
    if _DANGEROUS.match(text) and not _ONLY_A_NUMBER.fullmatch(text):
        return "'" + text
    return text


def unguard(text: str) -> str:
    """What `guard` was given."""
    return text[1:] if text.startswith("'") and _DANGEROUS.match(text) else text


def read_table(data: bytes) -> list[Row]:
    """The rows of a CSV or XLSX file, told apart by their first bytes; empty rows are left out.

    Raises:
        SimTableError
    """
    if len(data) > MAX_BYTES:
        raise SimTableError(
            Text(f"Файл больше {MAX_BYTES >> 20} МБ.", f"The file is larger than {MAX_BYTES >> 20} MB."),
            Text("Разделите его на части.", "Split it."),
        )
    rows = _read_xlsx(data) if data.startswith(b"PK\x03\x04") else _read_csv(data)
    return [row for row in rows if any(row.cells)]


def write_csv(header: Sequence[str], rows: Iterable[Sequence[str]], *, delimiter: str = ",") -> bytes:
    """UTF-8 with a byte order mark, without which Excel takes it for windows-1251; CRLF (RFC 4180)."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([guard(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def write_xlsx(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """One sheet whose cells are all text, so that nothing becomes a number or a formula.

    Raises:
        SimTableError: the extra `xlsx` is not installed.
    """
    _need_openpyxl()
    import openpyxl
    from openpyxl.cell.cell import TYPE_STRING
    from openpyxl.cell.cell import Cell as WrittenCell

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for line, row in enumerate([header, *rows], start=1):
        for column, text in enumerate(row, start=1):
            if not text:
                continue
            cell = sheet.cell(row=line, column=column)
            assert isinstance(cell, WrittenCell)
            cell.value = text
            cell.data_type = TYPE_STRING  # a text that begins with = would become a formula
            cell.number_format = "@"
            cell.quotePrefix = True
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _read_csv(data: bytes) -> list[Row]:
    text = _decoded(data)
    first_line = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first_line.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows: list[Row] = []
    line = 1
    try:
        for cells in reader:
            _bounded(len(rows), len(cells), line)
            shown = tuple(unguard(cell.strip()) for cell in cells)
            lost = {at: cell for at, cell in enumerate(shown) if _SCIENTIFIC.fullmatch(cell)}
            rows.append(Row(line, shown, lost))
            line = reader.line_num + 1
    except csv.Error as error:
        raise SimTableError(
            Text(f"Строка {line}: это не CSV ({error}).", f"Line {line}: this is no CSV ({error})."),
            Text("Сохраните таблицу заново как CSV или XLSX.", "Save the table as CSV or XLSX again."),
        ) from None
    return rows


def _decoded(data: bytes) -> str:
    """UTF-8 with or without a byte order mark, or else windows-1251."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in data:
        raise SimTableError(
            Text("Это не текст в UTF-8 или windows-1251.", "This is no text in UTF-8 or windows-1251."),
            Text("Сохраните как «CSV UTF-8» или XLSX.", "Save it as “CSV UTF-8” or XLSX."),
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        return data.decode("windows-1251")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise SimTableError(
            Text(
                f"Строка {line}: это ни UTF-8, ни windows-1251.",
                f"Line {line}: this is neither UTF-8 nor windows-1251.",
            ),
            Text("Сохраните как «CSV UTF-8» или XLSX.", "Save it as “CSV UTF-8” or XLSX."),
        ) from None


def _read_xlsx(data: bytes) -> list[Row]:
    _need_openpyxl()
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True)
        sheet = book.worksheets[0]
        rows: list[Row] = []
        for line, cells in enumerate(sheet.iter_rows(), start=1):
            _bounded(line, len(cells), line)
            shown: list[str] = []
            lost: dict[int, str] = {}
            for at, cell in enumerate(cells):
                text, exact = _cell_text(cell)
                shown.append(text)
                if not exact:
                    lost[at] = text
            rows.append(Row(line, tuple(shown), lost))
    except (
        InvalidFileException,
        zipfile.BadZipFile,
        KeyError,
        IndexError,
        ValueError,
        SyntaxError,
        OSError,
    ) as error:
        if isinstance(error, SimTableError):
            raise
        raise SimTableError(
            Text("Этот файл XLSX повреждён или не таблица.", "This XLSX file is damaged or no table."),
            Text("Откройте его и сохраните заново.", "Open it and save it again."),
        ) from None
    return rows


def _cell_text(cell: Cell | MergedCell | ReadOnlyCell | EmptyCell) -> tuple[str, bool]:
    """What a cell holds as text, and whether that is all that was typed into it."""
    value = cell.value
    if value is None:
        return "", True
    if isinstance(value, datetime | date):
        return value.strftime("%Y-%m-%d"), True
    if isinstance(value, bool) or not isinstance(value, int | float):
        text = str(value).strip()
        return text, getattr(cell, "data_type", "s") != "f"
    exact = abs(value) < 10**EXACT_DIGITS
    if isinstance(value, float) and value.is_integer() and exact:
        value = int(value)
    return str(value), exact


def _bounded(rows: int, columns: int, line: int) -> None:
    if rows > MAX_ROWS or columns > MAX_COLUMNS:
        raise SimTableError(
            Text(
                f"Строка {line}: больше {MAX_ROWS} строк или {MAX_COLUMNS} столбцов.",
                f"Line {line}: more than {MAX_ROWS} lines or {MAX_COLUMNS} columns.",
            ),
            Text("Разделите таблицу.", "Split the table."),
        )


def _need_openpyxl() -> None:
    try:
        import openpyxl  # noqa: F401  # asked only whether it is there
    except ImportError:
        raise SimTableError(
            Text("Для XLSX нужен openpyxl.", "XLSX needs openpyxl."),
            Text(
                "pip install 'thermogate[xlsx]', или сохраните таблицу как CSV.",
                "pip install 'thermogate[xlsx]', or save the table as CSV.",
            ),
        ) from None
