"""`thermogate sims list` and `order` against `thermogate sim operator`, each a process of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest


@pytest.fixture
def operator(start_thermogate: Callable[..., Any]) -> tuple[str, ...]:
    """Options that lead a company to its account."""
    running = start_thermogate(
        *("--json", "sim", "operator", "--http", "127.0.0.1:0", "--staff-token", "bench", "--seed", "4")
    )
    url = json.loads(running.line("staff_token"))["url"]
    headers = {"Authorization": "Bearer bench"}
    password = httpx.post(f"{url}/api/v1/staff/passwords", json={"login": "K-1"}, headers=headers).json()
    return ("--operator", url, "--login", "K-1", "--password", password["password"])


def test_a_fleet_from_the_command_line(
    thermogate: Callable[..., Any], operator: tuple[str, ...], tmp_path: Path
) -> None:
    listed = thermogate("--json", "sims", "list", *operator, "--save", "fleet.csv").record["cards"]
    assert len(listed) == 3
    assert {card["state"] for card in listed} == {"active"}
    assert thermogate("sims", "check", "fleet.csv").code == 0
    assert all(card["iccid"] in (tmp_path / "fleet.csv").read_text() for card in listed)
    iccids = ",".join(card["iccid"] for card in listed[:2])
    done = thermogate("--json", "sims", "order", "pause", iccids, *operator)
    assert [record["done"] for record in done.records] == [True, True]
    shown = thermogate("--lang", "ru", "sims", "list", *operator).out
    assert shown.count("приостановлена") == 2
    refused = thermogate("--lang", "ru", "sims", "order", "turn-on", iccids, "voicemail_plus", *operator)
    assert refused.code == 1
    assert refused.out.count("сначала смените тариф") == 2


def test_what_cannot_be_is_one_sentence(thermogate: Callable[..., Any], operator: tuple[str, ...]) -> None:
    iccid = "8970101234567890123"
    for arguments, named in (
        (("sims", "order", "tariff", iccid, *operator), "needs a value"),
        (("sims", "order", "pause", "12", *operator), "ICCID"),
        (("sims", "list", *operator, "--save", "x.pdf"), "--save"),
        (("sims", "list", "--operator", "here", "--login", "K-1", "--password", "x"), "http://"),
    ):
        done = thermogate(*arguments)
        assert (done.code, named in done.err) == (2, True), done
    wrong = thermogate("sims", "list", *operator[:4], "--password", "guess")
    assert (wrong.code, "wrong" in wrong.err) == (1, True), wrong
    away = thermogate("sims", "list", "--operator", "http://127.0.0.1:9", *operator[2:])
    assert (away.code, "does not answer" in away.err) == (1, True), away
