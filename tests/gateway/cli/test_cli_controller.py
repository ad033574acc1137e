"""`thermogate controller` and `sim controller --ws` from the command line."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

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
    assert max(len(line) for line in shown.out.splitlines()) <= 80
    whole = thermogate("--json", "controller", "read", url, "--password", "s3cret").record
    assert (whole["model"], whole["serial"]) == ("H1000+ PRO.V2", "0A1B2C3D4E5F")
    assert {each["quality"] for each in whole["readings"]} == {"good"}
    name = f"circuit.{p.RADIATORS}.setpoint"
    changed = thermogate("controller", "set", url, name, "22,5", "--password", "s3cret")
    assert (changed.code, changed.out.strip()) == (0, f"{name} = 22.5  Радиаторы")
    mode = f"circuit.{p.RADIATORS}.mode"
    named = thermogate("--json", "controller", "set", url, mode, "Эконом", "--password", "s3cret").record
    assert named == {"name": mode, "value": p.ECONOMY, "title": "Радиаторы"}
    refused = thermogate("controller", "set", url, name, "300", "--password", "s3cret", "--lang", "en")
    assert refused.code == 1
    assert "5…95 °C" in refused.err
    in_russian = thermogate("controller", "set", url, name, "300", "--password", "s3cret", "--lang", "ru")
    assert "300 нельзя; можно: 5…95 °C" in in_russian.err
    checked = thermogate("--json", "controller", "check", url, "--password", "s3cret")
    assert (checked.code, checked.record) == (0, {"findings": [], "judged_by": "all places"})
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
    found = thermogate("--json", "controller", "check", str(file), "--lang", "ru")
    assert found.code == 1
    findings = found.record["findings"]
    assert {each["code"] for each in findings} == {"apn_empty", "config_line"}
    assert all(each["what"] and each["meaning"] and each["way_out"] for each in findings)
    assert {each["who"] for each in findings} == {"installer"}
    told = thermogate("controller", "check", str(file), "--lang", "en")
    assert "Fault. The access point (APN) is empty." in told.out
    # Without the simulator's mark it is a real controller's, of which only some places are known.
    file.write_bytes(config.to_bytes().replace(b"thermogate-simulator", b"zont"))
    real = thermogate("controller", "check", str(file), "--lang", "en")
    assert "only values whose place is published were judged" in real.err


def test_changes_are_followed_until_ctrl_c_and_over_an_outage(start_thermogate, thermogate):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = ("sim", "controller", "--ws", f"127.0.0.1:{port}", "--model", "H1000+ PRO.V2", "--json")
    first = start_thermogate(*controller)
    url = first.record()["url"]
    following = start_thermogate("--json", "controller", "read", url, "--follow", "--lang", "en")
    assert following.record()["model"] == "H1000+ PRO.V2"
    relay = f"relay.{p.RELAY_YARD}.on"
    assert following.record(relay)["value"] == 0
    assert thermogate("controller", "set", url, relay, "1").code == 0
    assert following.record(relay)["value"] == 1
    first.stop()
    assert following.record("controller_lost")["kind"] == "controller_unreachable"
    start_thermogate(*controller).record()
    assert following.record("controller_back") == {"event": "controller_back"}
    ended = following.stop()
    assert (ended.code, "Traceback" in ended.err) == (0, False)


def test_what_cannot_be_is_one_sentence(thermogate):
    for arguments, said in (
        (("sim", "controller"), "--ws HOST:PORT"),
        (("sim", "controller", "--ws", "127.0.0.1:0", "--serial", "x"), "12 hex digits"),
        (("controller", "check", "nowhere.txt"), "nowhere.txt"),
        (("controller", "find", "--address", "a:b"), "HOST[:PORT]"),
        (("controller", "check", str(Path(__file__))), "no config.txt"),
        (("controller", "find", "--address", "no.such.host.invalid"), "cannot ask there"),
        (("controller", "read", "ftp://x"), "modbus+tcp"),
        (("controller", "read", "192.168.1.20"), "zont://192.168.1.20 is meant"),
        (("controller", "read", "zont://admin:secret@192.168.1.20"), "beside the URL"),
        (("controller", "check", "modbus+tcp://192.168.1.20"), "zont://"),
    ):
        ended = thermogate(*arguments, "--lang", "en")
        assert ended.code == 2, arguments
        assert said in ended.err + ended.out
        assert "Traceback" not in ended.err


def test_nobody_there(thermogate):
    assert thermogate("controller", "find", "--address", "127.0.0.1:9", "--seconds", "1s").code == 3
    silent = thermogate("controller", "read", "zont://127.0.0.1:9", "--lang", "en")
    assert silent.code == 1
    assert "Check cable, address and power" in silent.err
    assert "zont://127.0.0.1:9" in silent.err


def test_something_else_than_a_controller(thermogate):
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_answer_as_a_printer, args=(server,), daemon=True).start()
        url = f"zont://127.0.0.1:{server.getsockname()[1]}"
        ended = thermogate("--json", "controller", "read", url, "--lang", "en")
    assert ended.code == 1
    assert ended.record["error"]["code"] == "controller_foreign"
    assert "thermogate controller find" in ended.record["error"]["next"]


def _answer_as_a_printer(server: socket.socket) -> None:
    client, _ = server.accept()
    with client:
        client.recv(4096)
        client.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
