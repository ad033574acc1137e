"""The installer's and the cloud developer's first hour: all programs as processes, a real mosquitto between them."""

from __future__ import annotations

import json
import shutil
import signal
import socketserver
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = Path(__file__).parents[3] / "examples"


@pytest.fixture
def site(tmp_path: Path, mosquitto: Any) -> Path:
    """The examples, adapted as their comments say: the broker's address and a quicker telemetry."""
    for example in EXAMPLES.iterdir():
        shutil.copy(example, tmp_path)
    config = tmp_path / "gateway.toml"
    text = config.read_text()
    text = text.replace("mqtt://127.0.0.1:1883", mosquitto.url).replace("period_s = 60.0", "period_s = 0.5")
    config.write_text(text)
    return tmp_path


@pytest.fixture
def subscriber(mosquitto: Any) -> Iterator[Iterator[str]]:
    """Lines of `mosquitto_sub -t 'tg/v1/#' -v`."""
    program = ["mosquitto_sub", "-h", mosquitto.host, "-p", str(mosquitto.port), "-t", "tg/v1/#", "-v"]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield iter(process.stdout)
        process.kill()


def adapt(config: Path, old: str, new: str) -> None:
    """Change one line of a configuration."""
    text = config.read_text()
    assert old in text
    config.write_text(text.replace(old, new))


def test_the_examples_bring_a_controller_on_line(
    site: Path,
    mosquitto: Any,
    subscriber: Iterator[str],
    start_thermogate: Callable[..., Any],
    thermogate: Callable[..., Any],
) -> None:
    cloud = start_thermogate(
        "cloud", "serve", "--broker", mosquitto.url, "--store", "sqlite+aiosqlite:///cloud.db",
        "--devices", "devices.csv", "--json",
    )  # fmt: skip
    assert cloud.record()["connected"] is True
    start_thermogate("sim", "modem", "--listen", "pty:./tg-modem", "--no-delays", "--json").record()
    controller = start_thermogate("sim", "controller", "--modbus", "127.0.0.1:0", "--json").record()
    adapt(site / "gateway.toml", "modbus+tcp://127.0.0.1:5020?unit=1", controller["url"])

    gateway = start_thermogate("gateway", "run", "-c", "gateway.toml", "--json")
    online = gateway.record('"online"')
    assert online["simulated_modem"] is True
    assert online["explanation"]["who"] == "nobody"
    device = online["device_id"]

    topics: dict[str, dict[str, Any]] = {}
    while f"tg/v1/dev/{device}/ack" not in topics:
        topic, _, payload = next(subscriber).partition(" ")
        topics[topic] = json.loads(payload)
    assert topics["tg/v1/claim/TG-DEMO-0001/response"]["status"] == "assigned"
    assert topics[f"tg/v1/dev/{device}/status"]["status"] == "online"
    assert "air_temp" in {reading["name"] for reading in topics[f"tg/v1/dev/{device}/telemetry"]["readings"]}

    stopped = gateway.stop(signal.SIGTERM)
    assert stopped.code == 0
    assert stopped.records[-1]["state"] == "stopped"
    assert "Traceback" not in stopped.err
    while topics[f"tg/v1/dev/{device}/status"]["status"] != "offline":
        topic, _, payload = next(subscriber).partition(" ")
        topics[topic] = json.loads(payload)

    again = start_thermogate("gateway", "run", "-c", "gateway.toml", "--json")
    assert again.record('"online"')["device_id"] == device
    assert again.stop(signal.SIGINT).code == 0
    served = cloud.stop(signal.SIGINT)
    assert served.code == 0
    assert served.records[-1]["counts"]["processed"] >= 1


def test_a_device_waits_for_approval_until_it_is_given(
    site: Path, mosquitto: Any, start_thermogate: Callable[..., Any], thermogate: Callable[..., Any]
) -> None:
    store = ("--store", "sqlite+aiosqlite:///cloud.db")
    cloud = start_thermogate(
        "cloud", "serve", "--broker", mosquitto.url, *store, "--devices", "devices.csv", "--json"
    )
    cloud.record()
    start_thermogate("sim", "modem", "--listen", "pty:./tg-modem", "--no-delays", "--json").record()
    adapt(site / "gateway.toml", "TG-DEMO-0001", "TG-DEMO-0002")
    adapt(site / "gateway.toml", "7F3K-92QD-EXAMPLE", "5LM2-44XT-EXAMPLE")
    gateway = start_thermogate("gateway", "run", "-c", "gateway.toml", "--lang", "ru")
    gateway.line("ожидание допуска в облаке")
    assert thermogate("cloud", "approve", "TG-DEMO-0002", *store, "--json").record["approved"] is True
    unknown = thermogate("cloud", "approve", "TG-NOBODY", *store, "--json")
    assert unknown.code == 1
    assert unknown.record["error"]["code"] == "unknown_serial"


@pytest.mark.parametrize(
    ("old", "new", "english", "russian"),
    [
        ("port = ", "prot = ", "did you mean", "port"),
        ('kind = "modem"', 'kind = "moden"', "[uplink] kind", "[uplink] kind"),
        ("period_s = ", "period_s = -", "[telemetry] period_s", "[telemetry] period_s"),
        ("[device]", "[device", "TOML", "TOML"),
    ],
)
def test_a_typo_in_the_configuration_is_named(
    tmp_path: Path, thermogate: Callable[..., Any], old: str, new: str, english: str, russian: str
) -> None:
    config = tmp_path / "gateway.toml"
    shutil.copy(EXAMPLES / "gateway.toml", config)
    adapt(config, old, new)
    for lang, words in (("en", english), ("ru", russian)):
        done = thermogate("gateway", "run", "-c", "gateway.toml", "--lang", lang)
        assert done.code == 2
        assert words in done.err
        assert "Traceback" not in done.err
    assert "error" in thermogate("gateway", "run", "-c", "gateway.toml", "--json").record


def test_the_configuration_chooses_the_language_unless_the_command_line_does(
    thermogate: Callable[..., Any], tmp_path: Path
) -> None:
    config = tmp_path / "gateway.toml"
    shutil.copy(EXAMPLES / "gateway.toml", config)
    adapt(config, 'lang = "en"', 'lang = "ru"')
    assert "в порядке" in thermogate("gateway", "run", "-c", str(config), "--check").out
    assert "in order" in thermogate("gateway", "run", "-c", str(config), "--check", "--lang", "en").out


def test_the_example_is_in_order(thermogate: Callable[..., Any]) -> None:
    done = thermogate("gateway", "run", "-c", str(EXAMPLES / "gateway.toml"), "--check", "--json")
    assert (done.code, done.record["valid"]) == (0, True)
    assert thermogate("gateway", "run", "-c", "no-such.toml").code == 2


class RealModem(socketserver.StreamRequestHandler):
    """Answers like a modem that has never heard of Thermogate."""

    def handle(self) -> None:
        answers = {b"AT+CGMI": b"ACME", b"AT+CGMM": b"M1", b"AT+CGMR": b"1.0", b"AT+CGSN": b"866104023456784"}
        line = b""
        while byte := self.rfile.read(1):
            if byte != b"\r":
                line += byte
                continue
            if line in answers:
                self.wfile.write(b"\r\n" + answers[line] + b"\r\n\r\nOK\r\n")
            else:
                self.wfile.write(b"\r\nERROR\r\n" if b"%" in line else b"\r\nOK\r\n")
            line = b""


@pytest.fixture
def real_modem() -> Iterator[str]:
    """URL of a modem that does not say it is a simulator."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), RealModem) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"socket://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_bench_waiting_refuses_a_real_modem(
    site: Path, real_modem: str, thermogate: Callable[..., Any]
) -> None:
    adapt(site / "gateway.toml", 'policy = "standard"', 'policy = "bench"')
    adapt(site / "gateway.toml", "./tg-modem", real_modem)
    refused = (
        thermogate("gateway", "run", "-c", "gateway.toml", "--lang", "ru"),
        thermogate("activate", "--port", real_modem, "--policy", "bench"),
    )
    for done in refused:
        assert done.code == 2, done
        assert "--i-own-the-network" in done.out + done.err
        assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--broker", "http://x"), 2),
        (("--broker", "mqtt://localhost", "--store", "nosql://x"), 2),
        (("--broker", "mqtt://localhost", "--devices", "no-such.csv"), 2),
        (("--broker", "mqtt://localhost", "--devices", "bad.csv"), 2),
        (("--broker", "mqtt://localhost", "--protocol", "4"), 2),
        (("--broker", "mqtt://localhost", "--root", "a/#"), 2),
    ],
)
def test_what_the_cloud_cannot_use_is_one_sentence(
    tmp_path: Path, thermogate: Callable[..., Any], arguments: tuple[str, ...], code: int
) -> None:
    (tmp_path / "bad.csv").write_text("serial,model\nX,Y\n")
    for lang in ("en", "ru"):
        done = thermogate("cloud", "serve", *arguments, "--lang", lang)
        assert done.code == code, done
        assert "Traceback" not in done.err
        assert done.err.strip()
