"""`modem forbidden` and what `modem info` makes of a home network on the card's list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

HOME_AND_ANOTHER = "52F01052F020FFFFFFFFFFFF"


@pytest.fixture
def port(start_thermogate: Callable[..., Any]) -> str:
    """An emulated modem without delays."""
    running = start_thermogate("sim", "modem", "--listen", "unix:./tg-modem", "--no-delays", "--json")
    url: str = running.record()["url"]
    return url


def test_a_home_network_on_the_list_is_shown_explained_and_erased(
    thermogate: Callable[..., Any], port: str
) -> None:
    empty = thermogate("modem", "forbidden", "--port", port, "--erase", "--json")
    assert empty.record | {"port": ""} == {
        "port": "",
        "simulated": True,
        "forbidden": [],
        "home": None,
        "erased": False,
        "explanation": None,
    }
    entered = f'AT+CRSM=214,28539,0,0,12,"{HOME_AND_ANOTHER}"'
    assert thermogate("at", "--port", port, entered, "AT+CFUN=0", "AT+CFUN=1").code == 0

    info = thermogate("modem", "info", "--port", port, "--json").record
    assert info["registered"] is False
    assert info["explanation"]["code"] == "home_network_forbidden"
    shown = thermogate("modem", "forbidden", "--port", port, "--lang", "ru").out
    assert "250 01  - своя сеть карты" in shown
    assert "250 02\n" in shown
    assert "--erase" in shown

    erased = thermogate("modem", "forbidden", "--port", port, "--erase", "--json").record
    assert erased["forbidden"] == ["25001", "25002"]
    assert erased["home"] == "25001"
    assert erased["erased"] is True
    thermogate("at", "--port", port, "AT+CFUN=0", "AT+CFUN=1")
    assert "forbids no network" in thermogate("modem", "forbidden", "--port", port, "--lang", "en").out
    for _ in range(20):
        info = thermogate("modem", "info", "--port", port, "--json").record
        if info["registered"]:
            return
    raise AssertionError(info)


def test_a_locked_card_is_not_asked(
    start_thermogate: Callable[..., Any], thermogate: Callable[..., Any]
) -> None:
    running = start_thermogate(
        "sim", "modem", "--listen", "unix:./locked", "--no-delays", "--pin", "1234", "--json"
    )
    done = thermogate("modem", "forbidden", "--port", running.record()["url"], "--json")
    assert done.code == 1
    assert done.record["error"]["code"] == "sim_file_locked"
    assert "Traceback" not in done.err


def test_one_reject_with_cause_11_outlives_a_restart(
    start_thermogate: Callable[..., Any], thermogate: Callable[..., Any]
) -> None:
    running = start_thermogate(
        *("sim", "modem", "--listen", "unix:./turned-away", "--no-delays", "--json"),
        *("--fault", "reject:cause=11,times=1"),
    )
    port = running.record()["url"]
    for _ in range(3):
        thermogate("at", "--port", port, "AT+CFUN=0", "AT+CFUN=1")
        assert thermogate("modem", "forbidden", "--port", port, "--json").record["home"] == "25001"
        assert thermogate("modem", "info", "--port", port, "--json").record["registered"] is False
