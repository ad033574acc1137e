"""Numbers are checked where they enter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.records import (
    RecordError,
    check_digit_doubtful,
    luhn_ok,
    parse_iccid,
    parse_imei,
    parse_imsi,
)


def test_known_numbers_pass() -> None:
    assert luhn_ok("79927398713")
    assert parse_imei("49-015420-323751-8") == "490154203237518"
    assert parse_iccid("89701010 0000 0000 004F") == "8970101000000000004"
    assert parse_imsi("250011234567890") == "250011234567890"


@given(body=st.text("0123456789", min_size=14, max_size=14), place=st.integers(0, 14), by=st.integers(1, 9))
def test_one_wrong_digit_is_noticed(body: str, place: int, by: int) -> None:
    right = next(body + check for check in "0123456789" if luhn_ok(body + check))
    wrong = right[:place] + str((int(right[place]) + by) % 10) + right[place + 1 :]
    assert parse_imei(right) == right
    with pytest.raises(RecordError, match="check digit"):
        parse_imei(wrong)


@pytest.mark.parametrize("text", ["", "12a", "٣" * 15, "8" * 14, "8" * 16])
def test_what_is_no_imei_says_why(text: str) -> None:
    with pytest.raises(RecordError) as raised:
        parse_imei(text)
    assert raised.value.field == "IMEI"
    assert raised.value.value == text


@pytest.mark.parametrize("printed", ["89701012345678901235", "8949020000012345678", "8949020000012345678F"])
def test_an_operator_without_check_digits_is_let_in_with_a_doubt(printed: str) -> None:
    iccid = parse_iccid(printed)
    assert iccid == printed.rstrip("F")
    assert check_digit_doubtful(iccid)


def test_a_slip_in_a_russian_card_is_noticed() -> None:
    assert not check_digit_doubtful(parse_iccid("8970101000000000004"))
    with pytest.raises(RecordError, match="check digit"):
        parse_iccid("8970101000000000005")
