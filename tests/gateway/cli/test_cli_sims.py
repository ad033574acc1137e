"""`thermogate sims`: a list of cards as its owner has it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

GOOD = "iccid;номер;устройство\n8970101000000000004;+79161234567;A1\n8970101000000000012;;A2\n"
WRONG = GOOD + "8970101000000000013;;A1\n"


def test_check_names_every_mistake_and_its_line(thermogate: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "cards.csv").write_text(WRONG, encoding="cp1251")
    shown = thermogate("sims", "check", "cards.csv", "--lang", "ru")
    assert shown.code == 1
    assert "строка 4, iccid 8970101000000000013: контрольная цифра не сходится" in shown.out
    assert "строка 2, device_serial A1: то же устройство с другой картой, что в строке 4" in shown.out
    told = thermogate("sims", "check", "cards.csv", "--json")
    assert told.code == 1
    assert [problem["line"] for problem in told.record["problems"]] == [2, 4, 4]


def test_a_table_goes_to_xlsx_and_back(thermogate: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "cards.csv").write_text(GOOD, encoding="utf-8")
    assert thermogate("sims", "convert", "cards.csv", "cards.xlsx").code == 0
    back = thermogate("sims", "convert", "cards.xlsx", "back.csv", "--delimiter", "semicolon", "--json")
    assert back.record["cards"] == 2
    assert (tmp_path / "back.csv").read_bytes().startswith(b"\xef\xbb\xbficcid;msisdn;")
    assert "8970101000000000004;+79161234567;" in (tmp_path / "back.csv").read_text("utf-8-sig")


def test_nothing_wrong_is_written_unasked_and_nothing_is_overwritten(
    thermogate: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "cards.csv").write_text(WRONG, encoding="utf-8")
    refused = thermogate("sims", "convert", "cards.csv", "out.csv")
    assert refused.code == 1
    assert "--skip-wrong" in refused.out
    assert not (tmp_path / "out.csv").exists()
    assert thermogate("sims", "convert", "cards.csv", "out.csv", "--skip-wrong").code == 0
    written = (tmp_path / "out.csv").read_text("utf-8-sig")
    assert "8970101000000000012" in written
    assert "A1" not in written
    again = thermogate("sims", "convert", "cards.csv", "out.csv", "--skip-wrong")
    assert again.code == 2
    assert "--force" in again.err


def test_what_is_no_table_is_a_usage_error_in_words(thermogate: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "cards.csv").write_text("phone\n1\n")
    done = thermogate("sims", "check", "cards.csv", "--lang", "ru")
    assert done.code == 2
    assert "ICCID" in done.err
    assert "Traceback" not in done.err
    assert thermogate("sims", "check", "missing.csv").code == 1
