"""The owner's list of SIM cards: whatever a spreadsheet does to it is either understood or named."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import date
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provisioning.records import luhn_ok
from provisioning.sim_inventory import (
    InventoryCard,
    WrongLinesError,
    export_csv,
    export_xlsx,
    import_cards,
)
from provisioning.sim_tables import SimTableError, guard, unguard

ICCIDS = ("8970101000000000004", "8970101000000000012", "8970101000000000020")
IMEI = "490154203237518"


def with_check_digit(body: str) -> str:
    return next(body + check for check in "0123456789" if luhn_ok(body + check))


def digits(length: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=length, max_size=length)


TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=("C",)), max_size=20).map(lambda text: " ".join(text.split())),
    st.sampled_from(
        ["=1+1", "+79161234567", "-5", "@SUM(A1)", "'=x", "''+1", '+7 916; "да", нет', "1E+5", "'"]
    ),
)
CARDS = st.builds(
    InventoryCard,
    iccid=digits(16).map(lambda body: with_check_digit("89" + body)),
    msisdn=st.one_of(st.just(""), digits(11), digits(7), digits(15)),
    imsi=st.one_of(st.just(""), digits(15), digits(14)),
    device_serial=TEXTS.filter(lambda text: "E+" not in text),  # which reads as a rounded number
    imei=st.one_of(st.just(""), digits(14).map(with_check_digit)),
    tariff=TEXTS,
    paid_until=st.one_of(st.none(), st.dates(date(2000, 1, 1), date(2100, 1, 1))),
    note=TEXTS,
)


def fleet(cards: list[InventoryCard]) -> list[InventoryCard]:
    """Without what a checked inventory cannot hold: two of one thing."""
    seen: set[tuple[str, str]] = set()
    kept = []
    for card in cards:
        for name in ("iccid", "msisdn", "imsi", "device_serial", "imei"):
            value = getattr(card, name).casefold()
            if value and (name, value) in seen:
                card = replace(card, **{name: ""})
            seen.add((name, value))
        if card.iccid:
            kept.append(card)
    return kept


@given(cards=st.lists(CARDS, max_size=5).map(fleet), semicolon=st.booleans(), russian=st.booleans())
def test_csv_comes_back_as_it_was(cards: list[InventoryCard], semicolon: bool, russian: bool) -> None:
    data = export_csv(cards, delimiter=";" if semicolon else ",", russian=russian)
    assert import_cards(data).taken() == cards


@settings(max_examples=30, deadline=None)
@given(cards=st.lists(CARDS, max_size=3).map(fleet), russian=st.booleans())
def test_xlsx_comes_back_as_it_was(cards: list[InventoryCard], russian: bool) -> None:
    assert import_cards(export_xlsx(cards, russian=russian)).taken() == cards


@given(text=st.one_of(TEXTS, st.text("'=+-@1", max_size=8)))
def test_no_cell_is_a_formula_and_every_text_comes_back(text: str) -> None:
    written = guard(text)
    assert unguard(written) == text
    assert not written.startswith(("=", "@"))
    assert not written.startswith("-") or re.fullmatch("-[0-9]+", written)
    assert not written.startswith("+") or written[1:].isdigit()


def test_an_xlsx_holds_no_formula_either() -> None:
    data = export_xlsx([InventoryCard(ICCIDS[0], note="=HYPERLINK(1)", tariff="@x")])
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    assert sheet is not None
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}
    assert [cell.value for cell in sheet[2] if cell.data_type == "n"] == [None] * 5


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "windows-1251"])
def test_a_russian_table_in_any_encoding_with_columns_in_any_order(encoding: str) -> None:
    text = (
        "Примечание;Номер телефона;Оплачено до;ICCID;Город;Серийный номер\r\n"
        "дача;8 (916) 123-45-67;31.12.2026;8970101 00000 0000004;Пермь;A1B2C3D4E5F6\r\n"
    )
    checked = import_cards(text.encode(encoding))
    assert checked.taken() == [
        InventoryCard(
            ICCIDS[0], "79161234567", device_serial="A1B2C3D4E5F6", paid_until=date(2026, 12, 31), note="дача"
        )
    ]
    assert checked.ignored_columns == ("Город",)


WRONG = f"""iccid,msisdn,device,imei,paid_until
{ICCIDS[0]},79161234567,A,{IMEI},2026-12-31
8970101000000000005,79161234568,B,,
{ICCIDS[1]},+79161234567,C,490154203237519,31.02.2026
,79161234569,D,,
{ICCIDS[2]},12,a,,
"""


def test_all_mistakes_are_named_at_once_each_with_its_line() -> None:
    checked = import_cards(WRONG.encode())
    assert [(problem.line, problem.column) for problem in checked.problems] == [
        (2, "msisdn"),
        (2, "device_serial"),
        (3, "iccid"),
        (4, "msisdn"),
        (4, "imei"),
        (4, "paid_until"),
        (5, "iccid"),
        (6, "msisdn"),
        (6, "device_serial"),
    ]
    by_place = {(problem.line, problem.column): problem for problem in checked.problems}
    assert by_place[2, "msisdn"].what.ru == "тот же номер, что в строке 4"
    assert by_place[6, "device_serial"].what.en == "the same device with another card as in line 2"
    assert "check digit" in by_place[3, "iccid"].what.en
    assert "контрольная цифра" in by_place[4, "imei"].what.ru
    assert all(problem.way_out.ru and problem.way_out.en for problem in checked.problems)


def test_nothing_is_taken_from_a_table_with_mistakes_unless_asked_for() -> None:
    checked = import_cards(WRONG.encode() + b"89701010000000000046,,E,,\n")
    with pytest.raises(WrongLinesError):
        checked.taken()
    assert [card.device_serial for card in checked.taken(skip_wrong=True)] == ["E"]


def test_a_doubtful_check_digit_is_told_and_taken() -> None:
    checked = import_cards(b"iccid\n89701010000000000041\n")
    assert [card.iccid for card in checked.taken()] == ["89701010000000000041"]
    assert [doubt.line for doubt in checked.doubts] == [2]


def sheet_of(*rows: list[Any]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("cell", [8970101000000000004, 8.970101e18, "8,97E+18", "8.97012E+18", "=A1"])
def test_digits_that_a_spreadsheet_has_lost_are_not_guessed(cell: object) -> None:
    tables = [sheet_of(["ICCID"], [cell])]
    if isinstance(cell, str) and not cell.startswith("="):
        tables = [f'iccid;note\n"{cell}";x\n'.encode(), sheet_of(["ICCID"], [cell])]
    for table in tables:
        (problem,) = import_cards(table).problems
        assert (problem.line, problem.column) == (2, "iccid")
        assert problem.way_out.en  # says what to do


def test_a_lost_iccid_says_to_make_the_column_text() -> None:
    (problem,) = import_cards(sheet_of(["ICCID"], [8.970101e18])).problems
    assert "column text" in problem.way_out.en
    assert "текстовым" in problem.way_out.ru


def test_what_excel_made_numbers_and_dates_of_without_loss_is_taken() -> None:
    table = sheet_of(
        ["imei", "iccid", "number", "paid until", "tariff"],
        [int(IMEI), ICCIDS[0], 79161234567.0, date(2026, 12, 31), 150],
    )
    assert import_cards(table).taken() == [
        InventoryCard(ICCIDS[0], "79161234567", imei=IMEI, tariff="150", paid_until=date(2026, 12, 31))
    ]


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (b"", "empty"),
        (b"number,imei\n79161234567,\n", "ICCID"),
        (b"iccid,ICCID\n", "two columns"),
        ("iccid\n1".encode("utf-16"), "UTF-8"),
        (b"iccid\n\x98\xff", "Line 2"),
        (b"PK\x03\x04 no archive", "damaged"),
    ],
)
def test_what_is_no_table_says_so_with_a_way_out(data: bytes, named: str) -> None:
    with pytest.raises(SimTableError, match=named) as raised:
        import_cards(data)
    assert raised.value.way_out.ru
    assert raised.value.what.ru


@given(
    data=st.one_of(st.binary(max_size=200), st.binary(max_size=100).map(lambda tail: b"iccid,imei\n" + tail))
)
def test_no_bytes_are_more_than_a_typed_error(data: bytes) -> None:
    try:
        checked = import_cards(data)
    except SimTableError:
        return
    assert all(card.iccid for card in checked.cards.values())
