"""`thermogate sim operator` as a program: its API, the modems in its network, its books after a kill."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

TOKEN = "bench"


@pytest.fixture
def start(
    start_thermogate: Callable[..., Any], tmp_path: Path
) -> Callable[..., tuple[Any, dict[str, Any], httpx.Client]]:
    """Start it; the process, what it says of itself, and the staff at its API."""

    def run(*options: str) -> tuple[Any, dict[str, Any], httpx.Client]:
        running = start_thermogate(
            "--json",
            "sim",
            "operator",
            *("--http", "127.0.0.1:0", "--staff-token", TOKEN, "--no-delays"),
            *("--listen", f"pty:{tmp_path}/modem"),
            *options,
        )
        says = json.loads(running.line("staff_token"))
        client = httpx.Client(
            base_url=says["url"], headers={"Authorization": f"Bearer {TOKEN}", "Accept-Language": "en"}
        )
        return running, says, client

    return run


def registration(thermogate: Callable[..., Any], url: str) -> str:
    """After a radio cycle, which is how a denied modem asks anew."""
    done = thermogate("at", "--port", url, "AT+CFUN=0", "AT+CFUN=1", "AT+COPS=0", "AT+CREG?")
    return str(done.out)


def test_what_the_staff_decides_is_what_the_modem_sees(
    start: Callable[..., Any], thermogate: Callable[..., Any]
) -> None:
    running, says, staff = start()
    (modem,) = says["modems"]
    (card,) = staff.get("/api/v1/subscribers", params={"number": modem["msisdn"]}).json()
    assert (card["state"], card["tariff"]) == ("in_stock", "kit")
    assert "+CREG: 0,3" in registration(thermogate, modem["url"])
    staff.post(f"/api/v1/staff/cards/{card['imsi']}/activation")
    assert "+CREG: 0,1" in registration(thermogate, modem["url"])
    staff.put(f"/api/v1/staff/cards/{card['imsi']}/holds/lost")
    assert "+CREG: 0,3" in thermogate("at", "--port", modem["url"], "AT+CREG?").out
    assert staff.get("/bench/modems/modem1/subscriber").json()["state"] == "blocked"
    running.stop()


def test_a_fleets_own_cards_are_in_stock(start: Callable[..., Any], tmp_path: Path) -> None:
    table = tmp_path / "fleet.csv"
    table.write_text("ICCID;Номер\n8970101234567890123;+7 916 123-45-67\n8970101234567890131;\n")
    _running, says, staff = start("--fleet", str(table), "--cards", "0")
    (card,) = staff.get("/api/v1/subscribers", params={"number": "9161234567"}).json()
    assert (card["iccid"], card["state"]) == ("8970101234567890123", "in_stock")
    assert says["cards"] == 2 + 3 + 1
    assert says["modems"][0]["iccid"] == "8970101234567890123"


def test_its_books_outlive_a_kill(start: Callable[..., Any], tmp_path: Path) -> None:
    store = ("--store", f"sqlite:///{tmp_path}/operator.db", "--cards", "2")
    running, says, staff = start(*store)
    imsi = staff.get("/api/v1/subscribers").json()[0]["imsi"]
    staff.post(f"/api/v1/staff/cards/{imsi}/activation")
    before = staff.get("/api/v1/subscribers").json()
    running.process.send_signal(signal.SIGKILL)
    running.process.wait(10)
    _running, again, staff = start(*store)
    assert again["modems"][0]["iccid"] == says["modems"][0]["iccid"]
    assert staff.get("/api/v1/subscribers").json() == before
    assert staff.get("/api/v1/staff/audit").json() == []


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("--store", "nonsense"), "--store"),
        (("--cards", "0", "--listen", "pty:a", *("--listen", "pty:b") * 9), "--cards"),
        (("--http", "here"), "--http"),
        (("--fleet", "nowhere.csv"), "nowhere.csv"),
        (("--sweep-every", "often"), "90s"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    thermogate: Callable[..., Any], options: tuple[str, ...], named: str
) -> None:
    done = thermogate("sim", "operator", *options)
    assert done.code == 2
    assert named in done.err
    assert "Traceback" not in done.err
