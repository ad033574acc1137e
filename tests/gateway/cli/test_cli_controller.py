"""`thermogate controller` and `sim controller --ws` from the command line."""

from __future__ import annotations

import socket

from firmware_sim.controller import presets as p
from firmware_sim.controller.models import MODELS
from firmware_sim.plant import PRESETS
from gateway.cli.sim import ControllerModelName, HouseName


def test_choices_are_what_there_is():
    assert [each.value for each in ControllerModelName] == list(MODELS)
    assert [each.value for each in HouseName] == list(PRESETS)


def test_find_read_set_and_check(start_thermogate, thermogate):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    running = start_thermogate(
        "sim", "controller", "--ws", "127.0.0.1:0", "--search", f"127.0.0.1:{port}", "--model", "H1000+ PRO.V2",
        "--password", "s3cret", "--house", "large_house", "--json",
    )  # fmt: skip
    url = running.record()["url"]
    found = thermogate(
        "--json", "controller", "find", "--address", f"127.0.0.1:{port}", "--seconds", "1s"
    ).record
    assert found["controllers"] == [{"host": "127.0.0.1", "serial": "0A1B2C3D4E5F", "model": "H1000+ PRO.V2"}]

    shown = thermogate("controller", "read", url, "--password", "s3cret", "--lang", "ru")
    assert shown.code == 0
    assert "Радиаторы" in shown.out
    name = f"circuit.{p.RADIATORS}.setpoint"
    changed = thermogate("controller", "set", url, name, "22,5", "--password", "s3cret")
    assert (changed.code, changed.out.strip()) == (0, f"{name} = 22.5")
    refused = thermogate("controller", "set", url, name, "300", "--password", "s3cret", "--lang", "en")
    assert refused.code != 0
    assert "5 to 95" in refused.err + refused.out
    assert thermogate("controller", "check", url, "--password", "s3cret").code == 0
    wrong = thermogate("controller", "read", url, "--lang", "en")
    assert wrong.code == 1
    assert "user or password" in wrong.err + wrong.out


def test_a_saved_configuration_is_checked(thermogate, tmp_path):
    config = p.preset(MODELS["H-1V.02"])
    file = tmp_path / "config.txt"
    file.write_bytes(config.to_bytes())
    assert thermogate("controller", "check", str(file)).code == 0
    config.set_parameter(203, "")
    file.write_bytes(config.to_bytes() + b"#Z5\r\n")
    found = thermogate("--json", "controller", "check", str(file))
    assert found.code == 1
    codes = {each["code"] for each in found.records}
    assert codes == {"apn_empty", "config_line"}


def test_what_cannot_be_is_one_sentence(thermogate):
    for arguments, said in (
        (("sim", "controller"), "--ws HOST:PORT"),
        (("sim", "controller", "--ws", "127.0.0.1:0", "--serial", "x"), "12 hex digits"),
        (("sim", "controller", "--ws", "127.0.0.1:0", "--config", "nowhere.txt"), "nowhere.txt"),
        (("controller", "check", "nowhere.txt"), "nowhere.txt"),
        (("controller", "find", "--address", "a:b"), "HOST[:PORT]"),
        (("controller", "read", "ftp://x"), "modbus+tcp"),
    ):
        ended = thermogate(*arguments, "--lang", "en")
        assert ended.code == 2, arguments
        assert said in ended.err + ended.out
        assert "Traceback" not in ended.err


def test_nobody_there(thermogate):
    assert thermogate("controller", "find", "--address", "127.0.0.1:9", "--seconds", "1s").code == 3
    silent = thermogate("controller", "read", "zont://127.0.0.1:9", "--lang", "en")
    assert silent.code == 1
    assert "Check cable, address and power" in silent.err + silent.out
