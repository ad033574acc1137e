"""Temperatures on the wire and answers to a search."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.zont.decikelvin import INVALID, from_decikelvin, to_decikelvin
from provisioning.zont.discovery import SEARCH, FoundController, answer_to_search, found_in


@given(st.integers(1, INVALID - 1))
def test_every_number_is_read_and_written_back(raw: int) -> None:
    assert to_decikelvin(from_decikelvin(raw)) == raw


@pytest.mark.parametrize(("temp_c", "raw"), [(21.5, 2945), (0.0, 2730), (-20.0, 2530), (None, 0)])
def test_temperatures_as_the_protocol_has_them(temp_c: float | None, raw: int) -> None:
    assert to_decikelvin(temp_c) == raw
    assert from_decikelvin(raw) == temp_c


def test_a_failed_sensor_has_no_temperature() -> None:
    assert from_decikelvin(65535) is None


@pytest.mark.parametrize("raw", [-1, 65536])
def test_a_number_that_cannot_be_is_refused(raw: int) -> None:
    with pytest.raises(ValueError, match=str(raw)):
        from_decikelvin(raw)


@pytest.mark.parametrize("temp_c", [float("nan"), float("inf"), -300.0, 7000.0])
def test_a_temperature_that_cannot_be_is_refused(temp_c: float) -> None:
    with pytest.raises(ValueError, match="is not"):
        to_decikelvin(temp_c)


def test_who_searches_finds() -> None:
    answer = answer_to_search(SEARCH + b"\r\n", "0A1B2C3D4E5F", "H2000+ PRO.V2")
    assert answer == b"#I0A1B2C3D4E5F:H2000+ PRO.V2"
    assert found_in(answer, "192.0.2.7") == FoundController("192.0.2.7", "0A1B2C3D4E5F", "H2000+ PRO.V2")


@given(st.binary(max_size=80))
def test_other_datagrams_are_nobody(data: bytes) -> None:
    found = found_in(data, "192.0.2.7")
    assert found is None or data.startswith(b"#I")
    answer = answer_to_search(data, "0A1B2C3D4E5F", "x")
    assert (answer is None) == (data.rstrip(b"\r\n\0") != SEARCH)
