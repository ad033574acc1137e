"""`thermogate sim modem` as a bench uses it: its choices, its faults, its control API."""

from __future__ import annotations

import json
import os
import re
import signal
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import serial

from at_commands import ussd
from firmware_sim.faults import parse_fault
from firmware_sim.modem.families import PERSONALITIES
from firmware_sim.network import SubscriberState
from gateway.cli.sim import CardState, Personality, UssdEncoding

DOCS = Path(__file__).parents[3] / "docs"


def test_the_choices_are_all_there_are() -> None:
    """The command line must not load the simulators to know them."""
    assert {each.value for each in Personality} == set(PERSONALITIES)
    assert {each.value for each in UssdEncoding} == set(ussd.UssdEncoding)
    assert {each.value for each in CardState} == {each.value for each in SubscriberState}


def ask(path: Path, line: bytes, timeout_s: float = 2.0) -> bytes:
    """What a program on the pty hears within a while; the last OK or ERROR ends it sooner."""
    with serial.Serial(str(path), timeout=0.05) as port:
        port.write(line + b"\r")
        heard, deadline = b"", time.monotonic() + timeout_s
        while time.monotonic() < deadline and not re.search(rb"(OK|ERROR[^\r]*)\r\n$", heard):
            heard += port.read(1000)
    return heard


def test_faults_from_the_command_line_and_again_from_their_record(
    start_thermogate: Callable[..., Any], tmp_path: Path
) -> None:
    simulator = start_thermogate(
        *("sim", "modem", "--listen", "pty:./m", "--no-delays", "--json"),
        *("--fault", "lost_ok:every=2", "--fault-record", "record.json"),
    )
    assert simulator.record()["faults"] == ["lost_ok:every=2"]
    heard = [ask(tmp_path / "m", b"AT", 0.4).endswith(b"OK\r\n") for _ in range(4)]
    assert heard.count(False) == 2
    assert simulator.stop().code == 0
    assert len(json.loads((tmp_path / "record.json").read_text())["strikes"]) == 2

    again = start_thermogate(
        "sim", "modem", "--listen", "pty:./m", "--no-delays", "--json", "--fault", "replay:record.json"
    )
    again.record()
    assert [ask(tmp_path / "m", b"AT", 0.4).endswith(b"OK\r\n") for _ in range(4)] == heard


@pytest.mark.parametrize(
    ("arguments", "english", "russian"),
    [
        (("--fault", "lost_okay"), "did you mean 'lost_ok'?", "полный список: --fault help"),
        (("--fault", "drop:p=2"), "drop:p", "--fault help"),
        (("--fault", "replay:none.json"), "none.json", "none.json"),
        (("--control", "0.0.0.0:0"), "give --control-token", "задайте --control-token"),
        (("--control", "here"), "'here' is no HOST:PORT", "«here» не похоже"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    thermogate: Callable[..., Any], arguments: tuple[str, ...], english: str, russian: str
) -> None:
    command = ("sim", "modem", "--listen", "pty:./m", *arguments)
    done = thermogate(*command)
    assert (done.code, done.out) == (2, "")
    assert english in done.err
    assert russian in thermogate(*command, "--lang", "ru").err


def test_all_faults_are_listed(thermogate: Callable[..., Any]) -> None:
    done = thermogate("sim", "modem", "--fault", "help")
    assert done.code == 0
    assert "lost_ok: The final result of a command line is swallowed." in done.out


def request(url: str, method: str = "GET", body: object = None, token: str | None = None) -> Any:
    headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {token}"} if token else {})
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(
        urllib.request.Request(url, data, headers, method=method), timeout=10
    ) as answer:
        text = answer.read()
    return json.loads(text) if text else None


def test_the_control_api(start_thermogate: Callable[..., Any], tmp_path: Path) -> None:
    simulator = start_thermogate(
        *("sim", "modem", "--listen", "pty:./m", "--no-delays", "--json", "--personality", "a7670"),
        *("--control", "127.0.0.1:0", "--control-token", "secret"),
    )
    url = simulator.record()["control"] + "/modems/modem"
    assert request(url, token="secret")["model"] == "A7670E-LNXY-UBL"
    request(f"{url}/signal", "PUT", {"rssi_dbm": -111}, "secret")
    assert b"+CSQ: 1," in ask(tmp_path / "m", b"AT+CSQ")
    request(f"{url}/subscriber", "PUT", {"state": "blocked"}, "secret")
    simulator.record("blocked")
    assert "secret" not in "".join(simulator.out)
    assert simulator.stop().code == 0


def test_the_shape_of_a_ussd_answer(start_thermogate: Callable[..., Any], tmp_path: Path) -> None:
    simulator = start_thermogate(
        *("sim", "modem", "--listen", "pty:./m", "--no-delays", "--json"),
        *("--ussd-encoding", "gsm7_packed_hex"),
    )
    simulator.record()
    with serial.Serial(str(tmp_path / "m"), timeout=10) as port:
        for _ in range(50):  # its registration comes soon
            port.write(b"AT+CREG?\r")
            if port.read_until(b"OK\r\n").endswith(b"0,1\r\n\r\nOK\r\n"):
                break
            time.sleep(0.1)
        port.write(b'AT+CUSD=1,"#100#"\r')
        assert port.read_until(b",15\r\n").endswith(b'+CUSD: 0,"C2303BEC9EEB6235980B069303",15\r\n')
    assert simulator.stop().code == 0


def test_a_shape_that_is_not_there_names_those_that_are(thermogate: Callable[..., Any]) -> None:
    done = thermogate("sim", "modem", "--listen", "pty:./m", "--ussd-encoding", "morse")
    assert done.code == 2
    assert all(each.value in done.err for each in UssdEncoding)
    assert "Traceback" not in done.err


def test_the_documented_faults_are_understood() -> None:
    examples = re.findall(r"--fault ('[^']*'|[^\s`]+)", (DOCS / "faults.md").read_text())
    specs = [each.strip("'") for each in examples]
    assert len(specs) > 10
    for spec in specs:
        if not spec.startswith(("replay:", "help", "SPEC")):
            parse_fault(spec)


def test_without_the_extra_the_way_out_is_named(thermogate: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "blocked").mkdir()
    (tmp_path / "blocked" / "fastapi.py").write_text("raise ModuleNotFoundError(name='fastapi')\n")
    here = str(Path(__file__).parents[3])
    done = thermogate(
        *("sim", "modem", "--listen", "pty:./m", "--control", "127.0.0.1:0"),
        PYTHONPATH=os.pathsep.join((str(tmp_path / "blocked"), here)),
    )
    assert done.code == 2
    assert "pip install 'thermogate[web]'" in done.err


def test_a_signal_that_comes_twice_at_once_ends_it_in_good_order(
    start_thermogate: Callable[..., Any], tmp_path: Path
) -> None:
    simulator = start_thermogate("sim", "modem", "--listen", "pty:./m", "--json")
    simulator.record()
    simulator.process.send_signal(signal.SIGINT)
    done = simulator.stop(signal.SIGINT)
    assert (done.code, done.err) == (0, "")
    assert not (tmp_path / "m").is_symlink()
