"""The installer's list of cards, as spreadsheets and people write it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.bench.expected_cards import CardListError, ExpectedCards, cards_of, read_cards

PATH = Path("cards.csv")
ONE, TWO = "8970101123456789015", "8970101123456789023"


def problems(text: str) -> list[tuple[int, str]]:
    with pytest.raises(CardListError) as caught:
        cards_of(text, PATH)
    return [(each.line, each.en) for each in caught.value.problems]


def test_a_list_as_a_spreadsheet_writes_it(tmp_path: Path) -> None:
    path = tmp_path / "cards.csv"
    path.write_text(
        f'\ufeffПримечание;ICCID;Телефон;Серийный номер;Оплачена\r\n"дом; баня";{ONE}F;+79160000001;ZT-1;да\r\n'
        f";;;;\r\n;8970 1011 2345 6789 023;;;\r\n",
        encoding="utf-8",
    )
    first, second = read_cards(path)
    assert (first.iccid, first.msisdn, first.device, first.paid, first.note, first.line) == (
        ONE,
        "+79160000001",
        "ZT-1",
        True,
        "дом; баня",
        2,
    )
    assert (second.iccid, second.paid, second.line) == (TWO, None, 4)


def test_all_wrong_lines_are_named_at_once() -> None:
    text = f"iccid,paid,imei\n{ONE},yes,\n12345,,\n{ONE},,\n8.97010E+18,,\n{TWO},maybe,\n{TWO},,12\n"
    found = problems(text)
    assert [line for line, _ in found] == [3, 4, 5, 6, 7]
    assert f"card {ONE} already stands in line 2" in found[1][1]
    assert "format the column as text" in found[2][1]


@pytest.mark.parametrize("text", ["", "iccid\n", "number,device\n1,2\n", 'iccid\n"unclosed'])
def test_a_list_without_cards_is_no_list(text: str) -> None:
    assert problems(text)


@pytest.mark.parametrize("content", [None, b"iccid\n\xff\xfe"])
def test_a_file_that_cannot_be_read(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "cards.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CardListError, match="cannot be read"):
        read_cards(path)


def test_a_number_may_lack_its_check_digit() -> None:
    cards = ExpectedCards(cards_of(f"iccid\n{ONE[:-1]}\n", PATH))
    assert cards.find(ONE) is not None
    assert cards.find(TWO) is None


@given(st.text(max_size=200))
def test_any_text_is_a_list_or_a_named_problem(text: str) -> None:
    try:
        cards = cards_of(text, PATH)
    except CardListError as error:
        assert error.problems
    else:
        assert cards
