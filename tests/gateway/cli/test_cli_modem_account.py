"""`thermogate modem account`, against the emulated modem in another process."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def url(start_thermogate: Callable[..., Any], thermogate: Callable[..., Any]) -> str:
    running = start_thermogate("sim", "modem", "--listen", "pty:./tg-modem", "--no-delays", "--json")
    port: str = running.record()["url"]
    for _ in range(50):
        if thermogate("modem", "info", "--port", port, "--json").record["registered"]:
            return port
        time.sleep(0.1)
    pytest.fail("never registered")


def test_every_line_says_where_it_is_from(url: str, thermogate: Callable[..., Any]) -> None:
    done = thermogate("modem", "account", "--port", url, "--code", "traffic=*111#,3", "--lang", "ru")
    assert done.code == 0, done.err
    assert "Номер: +7916" in done.out
    assert "(AT+CNUM)" in done.out
    assert "Баланс: 150.00 руб. (USSD *100#)" in done.out
    assert "(USSD *111*59#)" in done.out
    assert "Остаток трафика: без лимита (USSD *111# > 3)" in done.out


def test_for_programs(url: str, thermogate: Callable[..., Any]) -> None:
    done = thermogate("modem", "account", "--port", url, "--code", "tariff=*999#", "--json")
    record = done.record
    assert record["operator"] == "MTS"
    assert record["balance_kopecks"] == {
        "value": 15000,
        "source": "USSD *100#",
        "answer": "Баланс:150.00р",
    }
    assert record["remaining_bytes"]["error"]["kind"] == "no_operator_code"
    # Asked and not understood is a failure, that nothing is known to ask is none.
    assert record["tariff"]["error"]["kind"] == "operator_answer"
    assert done.code == 1


@pytest.mark.parametrize(
    "options", [("--code", "balance"), ("--code", "all=*100#"), ("--operator", "nobody")]
)
def test_a_mistake_is_told_before_a_modem_is_opened(
    thermogate: Callable[..., Any], options: tuple[str, ...]
) -> None:
    done = thermogate("modem", "account", "--port", "./nothing", *options, "--lang", "ru")
    assert done.code == 2
    assert options[0] in done.err
