"""The pre-activation bench against emulated modems: it waits, it never opens a data session."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

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
    running.line("waiting for activation", stream="err")
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
