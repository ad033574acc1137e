"""The demo as a stranger starts it, and as a script does."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

STORY = ("state", "activation_wait_s", "attempts", "registrations", "uplink", "device_id", "seed")


def test_the_story_in_json_is_the_same_for_the_same_seed(
    start_thermogate: Callable[..., Any], tmp_path: Path
) -> None:
    demo = ("demo", "--hours", "0.2", "--seed", "5", "--json")
    done, again = (running.wait(50) for running in [start_thermogate(*demo) for _ in range(2)])
    assert done.code == 0, done
    story, other = done.record, again.record
    assert story["state"] == "online"
    assert story["activation_wait_s"] == pytest.approx(720.0, abs=1.0)
    assert 0 < story["lateness_s"] <= 18 * 60
    assert 1 <= story["attempts"] <= 8
    assert story["registrations"] == 1
    assert story["telemetry_sent"] == story["telemetry_acked"] >= 6
    assert story["uplink"] == "modem"
    assert story["simulated"] is True
    assert set(story["explanation"]) == {"code", "what", "meaning", "who", "next"}
    assert "confirmed" in done.err
    assert not list((tmp_path / "temporary").iterdir())

    assert {name: story[name] for name in STORY} == {name: other[name] for name in STORY}
    # Reactions to the modem's answers take real milliseconds, which are emulated seconds.
    assert story["lateness_s"] == pytest.approx(other["lateness_s"], abs=60.0)


def test_in_russian_over_the_hosts_network(thermogate: Callable[..., Any]) -> None:
    done = thermogate("demo", "--hours", "0.05", "--uplink", "host", "--lang", "ru", timeout_s=60)
    assert done.code == 0
    assert "Устройство на связи" in done.out
    assert "через сеть этого компьютера" in done.out
    assert max(len(line) for line in done.out.splitlines()) <= 80
    assert re.search(r"^\d\d:\d\d  ожидание активации$", done.err, re.MULTILINE)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_leaves_nothing(
    start_thermogate: Callable[..., Any], tmp_path: Path, number: signal.Signals
) -> None:
    running = start_thermogate("demo", "--json")
    running.line("attempt 2", stream="err")
    began = time.monotonic()
    done = running.stop(number)
    assert done.code == 128 + number
    assert done.record["error"]["code"] == "interrupted"
    assert "Traceback" not in done.err
    assert time.monotonic() - began < 10
    assert not list((tmp_path / "temporary").iterdir())


def test_without_the_broker_it_says_what_to_install(thermogate: Callable[..., Any], tmp_path: Path) -> None:
    # A package of that name that cannot be imported, first on the way.
    (tmp_path / "amqtt.py").write_text("raise ImportError('not here')\n")
    for lang in ("en", "ru"):
        done = thermogate("demo", "--lang", lang)
        assert done.code == 1
        assert "thermogate[broker]" in done.err
        assert "Traceback" not in done.err
