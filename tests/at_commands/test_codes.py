"""The tables agree with each other, and an error reads the same by number and by name."""

from __future__ import annotations

import pytest

from at_commands.codes import (
    CME,
    CME_TO_SM_CAUSE,
    CMS,
    MM_CAUSES,
    SM_CAUSE_TO_CME,
    SM_CAUSES,
    RegistrationStatus,
)
from at_commands.dialects import A7670, GENERIC, SIM800, SIM7600, recognise
from at_commands.errors import CmeError, CmsError, failure


@pytest.mark.parametrize("code", CME)
def test_cme_by_number_and_by_name(code: int) -> None:
    by_number = failure("AT", f"+CME ERROR: {code}")
    by_name = failure("AT", f"+CME ERROR: {CME[code].name}")
    assert isinstance(by_number, CmeError)
    assert isinstance(by_name, CmeError)
    assert by_number.code == code
    assert by_number.text == by_name.text == CME[code].name
    assert by_number.retryable == by_name.retryable == CME[code].retryable


@pytest.mark.parametrize("code", [14, 512, 513, 514, 515])
def test_a_busy_modem_is_worth_another_try(code: int) -> None:
    assert failure("AT", f"+CME ERROR: {code}").retryable


@pytest.mark.parametrize("code", [8, 10, 21, 28, 50, 193, 304, 305, 310, 311, 316, 322, 330])
def test_no_retry_where_somebody_must_act(code: int) -> None:
    error = failure("AT", f"+CMS ERROR: {code}")
    assert isinstance(error, CmsError)
    assert not error.retryable


@pytest.mark.parametrize("code", [22, 38, 41, 42, 47, 192, 314, 331, 332, 500, 515, 532])
def test_retry_where_time_helps(code: int) -> None:
    assert CMS[code].retryable


@pytest.mark.parametrize("cause", [2, 3, 5, 6, 7, 8, 11])
def test_permanent_rejects_are_not_retryable(cause: int) -> None:
    assert not MM_CAUSES[cause].retryable


@pytest.mark.parametrize("cause", [15, 16, 17, 22])
def test_temporary_rejects_are(cause: int) -> None:
    assert MM_CAUSES[cause].retryable


def test_session_causes_go_there_and_back() -> None:
    for cause, cme in SM_CAUSE_TO_CME.items():
        assert cause in SM_CAUSES
        assert cme in CME
        assert CME_TO_SM_CAUSE[cme] == cause


def test_unknown_numbers_stay_what_they_are() -> None:
    error = failure("AT", "+CME ERROR: 9999")
    assert isinstance(error, CmeError)
    assert (error.code, error.text, error.retryable) == (9999, "9999", False)


def test_registration_states() -> None:
    assert [each.value for each in RegistrationStatus if each.registered] == [1, 5, 6, 7, 9, 10]
    assert [each.value for each in RegistrationStatus if each.roaming] == [5, 7, 10]


@pytest.mark.parametrize(
    ("manufacturer", "model", "dialect"),
    [
        ("SIMCOM_Ltd", "SIMCOM_SIM800C", SIM800),
        ("SIMCOM_Ltd", "SIMCOM_SIM900", SIM800),
        ("SIMCOM_Ltd", "SIM800 R14.18", SIM800),
        ("SIMCOM INCORPORATED", "SIMCOM_SIM7600E-H", SIM7600),
        ("SIMCOM INCORPORATED", "A7670E-LNXY-UBL", A7670),
        ("Somebody", "EC25", GENERIC),
        ("", "", GENERIC),
    ],
)
def test_a_modem_is_recognised_by_what_it_says_of_itself(
    manufacturer: str, model: str, dialect: object
) -> None:
    assert recognise(manufacturer, model) is dialect
