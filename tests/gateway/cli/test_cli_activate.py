"""The pre-activation bench against emulated modems: it waits, it never opens a data session."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest


@pytest.fixture
def card(start_thermogate: Callable[..., Any]) -> Callable[..., str]:
    """Start an emulated modem with a card; gives its URL."""
    seeds = iter(range(1, 100))

    def start(*options: str) -> str:
        seed = str(next(seeds))
        running = start_thermogate(
            "sim", "modem", "--listen", f"pty:./m{seed}", "--no-delays", "--seed", seed, "--json", *options
        )
        url: str = running.record()["url"]
        return url

    return start


BENCH = ("--policy", "bench", "--json")


def test_cards_are_waited_for_and_no_data_session_is_opened(
    card: Callable[..., str], thermogate: Callable[..., Any]
) -> None:
    ports = card("--sim-state", "in_stock", "--activate-after", "2s"), card("--sim-state", "active")
    done = thermogate("activate", "--port", ports[0], "--port", ports[1], *BENCH)
    assert done.code == 0, done
    waited, ready = done.record["results"]
    assert (waited["activated"], ready["activated"]) == (True, True)
    assert waited["attempts"] >= 1
    assert waited["activation_wait_s"] > 0
    assert ready["attempts"] == 0
    assert waited["simulated"] is True
    assert waited["iccid"] != ready["iccid"]
    # Neither a context nor the modem's TCP stack was opened.
    for port in ports:
        context, address = thermogate("at", "--port", port, "AT+CGACT?", "AT+CIFSR", "-k", "--json").records
        assert context["lines"] == ["+CGACT: 1,0"]
        assert address["ok"] is False


def test_waiting_can_be_given_up(card: Callable[..., str], thermogate: Callable[..., Any]) -> None:
    port = card("--sim-state", "in_stock")
    done = thermogate("activate", "--port", port, "--give-up-after", "2s", *BENCH)
    assert done.code == 4
    assert done.record["gave_up"] is True
    assert done.record["results"][0]["state"] in ("waiting_activation", "searching")
    spoken = thermogate(
        "activate", "--port", port, "--give-up-after", "2s", "--policy", "bench", "--lang", "ru"
    )
    assert spoken.code == 4
    assert "ожидание прекращено" in spoken.out


def test_one_wrong_port_does_not_stop_the_others(
    card: Callable[..., str], thermogate: Callable[..., Any]
) -> None:
    done = thermogate("activate", "--port", card(), "--port", "./no-such-port", *BENCH)
    assert done.code == 1
    ready, missing = done.record["results"]
    assert ready["activated"] is True
    assert missing["activated"] is False
    assert missing["explanation"]["code"] == "link_not_found"


def test_ctrl_c_ends_the_waiting(
    card: Callable[..., str], start_thermogate: Callable[..., Any], tmp_path: Path
) -> None:
    running = start_thermogate("activate", "--port", card("--sim-state", "in_stock"), *BENCH)
    running.line("not activated yet", stream="err")
    done = running.stop(signal.SIGINT)
    assert done.code == 130
    assert done.record["error"]["code"] == "interrupted"
    assert "Traceback" not in done.err


def test_the_ladder_survives_a_restart(
    card: Callable[..., str], start_thermogate: Callable[..., Any], thermogate: Callable[..., Any]
) -> None:
    port = card("--sim-state", "in_stock")
    running = start_thermogate("activate", "--port", port, "--policy", "bench", "--state-dir", "./kept")
    running.line("attempts: 1", stream="err")
    running.process.kill()
    running.wait()
    again = thermogate("activate", "--port", port, "--state-dir", "./kept", "--give-up-after", "2s", *BENCH)
    assert again.code == 4
    assert again.record["results"][0]["attempts"] >= 1


# -- card after card, at the operator's bench


class Workshop:
    """An emulated operator whose cards go through one port."""

    def __init__(self, running: Any, says: dict[str, Any], staff: httpx.Client) -> None:
        self.running = running
        self.port: str = says["modems"][0]["url"]
        self._staff = staff
        cards = staff.get("/api/v1/subscribers").json()
        self.imsi = {card["iccid"]: card["imsi"] for card in cards}
        self.kits = [card["iccid"] for card in cards if card["tariff"] == "kit"]

    def put_in(self, iccid: str) -> None:
        answer = self._staff.put("/bench/modems/modem1/sim", json={"iccid": iccid})
        assert answer.status_code == 200, answer.text

    def activate(self, iccid: str) -> None:
        self._staff.post(f"/api/v1/staff/cards/{self.imsi[iccid]}/activation")

    def data_sessions(self) -> list[str]:
        """Lines by which a modem is told to open one, of all that went over the wire."""
        text = self._staff.get("/bench/modems/modem1/transcript.txt").text
        return [line for line in text.splitlines() if "CGACT=1" in line or "CIICR" in line or "D*99" in line]


@pytest.fixture
def workshop(start_thermogate: Callable[..., Any]) -> Workshop:
    running = start_thermogate(
        *("sim", "operator", "--http", "127.0.0.1:0", "--staff-token", "t", "--no-delays", "--cards", "3"),
        *("--listen", "pty:./bench-modem", "--personality", "ec25", "--json"),
    )
    says = running.record()
    return Workshop(running, says, httpx.Client(base_url=says["url"], headers={"Authorization": "Bearer t"}))


def test_card_after_card_a_kill_between_and_the_list_is_done(
    workshop: Workshop, start_thermogate: Callable[..., Any], tmp_path: Path
) -> None:
    first, second = workshop.kits[:2]
    (tmp_path / "cards.csv").write_text(f"ICCID;Устройство\n{first};ZT-1\n{second};=ZT-2\n")
    options = ("--port", workshop.port, "--cards", "cards.csv", "--csv", "out.csv", "--report", "out.html")
    bench = ("activate", *options, "--policy", "bench", "--state-dir", "kept")

    workshop.put_in(first)
    running = start_thermogate(*bench)
    running.line(f"{first} not activated yet, attempts: 1", stream="err")
    workshop.activate(first)
    running.line(f"{first} works", stream="err")
    workshop.put_in(second)
    running.line(f"{second} not activated yet, attempts: 1", stream="err")
    running.process.kill()
    running.wait()

    again = start_thermogate(*bench, "--json", "--lang", "ru")
    again.line(f"{second} оператор не активировал, попыток:", stream="err")
    written = (tmp_path / "out.csv").read_text("utf-8-sig").splitlines()
    assert [line.split(",")[:4] for line in written[1:]] == [
        [first, "served", "nobody", "ZT-1"],
        [second, "operator_delay", "nobody", "'=ZT-2"],
    ]
    workshop.activate(second)
    done = again.wait()
    assert done.code == 0, done
    assert [card["verdict"] for card in done.record["cards"]] == ["served", "served"]
    assert done.record["activated"] == 2
    assert done.record["cards"][1]["attempts"] >= 1
    report = (tmp_path / "out.html").read_text("utf-8")
    assert "Модемы были симуляторами" in report
    assert report.count(first) == report.count(second) == 1
    assert "http" not in report
    assert workshop.data_sessions() == []


def test_a_list_with_mistakes_stops_it_before_a_modem_is_touched(
    thermogate: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "cards.csv").write_text("iccid\n123\n")
    done = thermogate("activate", "--port", "./nothing", "--cards", "cards.csv")
    assert done.code == 2
    assert "line 2, iccid 123" in done.out
    for wrong in (("--issuer", "89x"), ("--report", "no/such/report.html")):
        done = thermogate("activate", "--port", "./nothing", *wrong)
        assert (done.code, wrong[0] in done.err) == (2, True), done


def test_it_is_ended_by_a_word_and_says_what_is_left(
    workshop: Workshop, start_thermogate: Callable[..., Any]
) -> None:
    workshop.put_in(workshop.kits[0])
    running = start_thermogate(
        *("activate", "--many", "--port", workshop.port, "--policy", "bench", "--issuer", "8955"),
        spoken_to=True,
    )
    running.line("put in the next card", stream="err")
    running.say("q")
    done = running.wait()
    assert done.code == 1
    assert "Cards: 1. Served: 0, waiting: 0, need somebody: 1" in done.out
    assert f"{workshop.kits[0]}: wrong SIM: other issuer" in done.out
