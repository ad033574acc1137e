"""`thermogate sim controller` as a program: its interfaces side by side, its file, its control API."""

from __future__ import annotations

import json
import signal
import urllib.request

import pytest

from firmware_sim.controller import presets as p
from provisioning.zont.config_text import ConfigText

SETPOINT = f"circuit.{p.RADIATORS}.setpoint"


def get(url: str) -> object:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)


def started(start_thermogate, *options: str):
    running = start_thermogate("sim", "controller", "--ws", "127.0.0.1:0", *options, "--json")
    return running, running.record()


def test_all_its_interfaces_show_one_controller(start_thermogate, thermogate):
    _, record = started(start_thermogate, "--modbus", "127.0.0.1:0", "--control", "127.0.0.1:0")
    ws, modbus = record["listen"]
    assert thermogate("controller", "set", ws, SETPOINT, "23.5").code == 0
    shown = thermogate("--json", "controller", "read", modbus).record
    air = next(each for each in shown["readings"] if each["name"] == "air_setpoint")
    assert air["value"] == 23.5
    assert get(record["control"])["simulator"] is True
    assert get(f"{record['control']}/leds")["power"] == "on"
    state = get(f"{record['control']}/objects/{p.RADIATORS}")
    assert state["state"]["s"] == 23.5


def test_its_file_is_made_follows_it_and_outlives_it(start_thermogate, thermogate, tmp_path):
    file = tmp_path / "config.txt"
    running, record = started(start_thermogate, "--config", str(file))
    assert thermogate("controller", "set", record["url"], SETPOINT, "19.5").code == 0
    # The file is written beside the loop: give it the time of one more question.
    assert thermogate("controller", "read", record["url"]).code == 0
    running.kill()
    kept = file.read_bytes()
    assert ConfigText.parse(kept).to_bytes() == kept
    assert not list(tmp_path.glob(".config.txt.*"))
    _, again = started(start_thermogate, "--config", str(file))
    shown = thermogate("--json", "controller", "read", again["url"]).record
    assert {each["name"]: each["value"] for each in shown["readings"]}[SETPOINT] == 19.5


def test_a_configuration_with_mistakes_runs_and_they_are_named(start_thermogate, tmp_path):
    file = tmp_path / "config.txt"
    file.write_bytes("#Z4097=1,'Дом','28-air'\r\n#Z5\r\n#Z65537=16,'Контур',9\r\n".encode("cp1251"))
    before = file.read_bytes()
    running = start_thermogate(
        "sim", "controller", "--ws", "127.0.0.1:0", "--config", str(file), "--lang", "en"
    )
    assert running.line("line 2, ")
    assert running.line("line 3, #Z65537 stype")
    assert running.line("SIMULATOR: heating controller")
    assert running.stop(signal.SIGTERM).code == 0
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--modbus-bus", "ftp://x"), "modbus+tcp"),
        (("--mqtt", "http://x"), "mqtt"),
        (("--config", "nowhere/config.txt"), "nowhere"),
        (("--control", "0.0.0.0:0"), "--control-token"),
        (("--model", "H9000"), "H9000"),
    ],
)
def test_what_cannot_be_is_one_sentence(thermogate, options, said):
    ended = thermogate("sim", "controller", "--ws", "127.0.0.1:0", *options, "--lang", "en")
    assert ended.code == 2
    assert said in ended.err + ended.out
    assert "Traceback" not in ended.err
