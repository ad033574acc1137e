"""An emulated modem in one process, the commands that talk to it in others."""

from __future__ import annotations

import json
import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from firmware_sim.card_numbers import CardNumbers
from gateway.cli.report_words import status_in_words

Sim = tuple[Any, str]


@pytest.fixture
def sim_modem(start_thermogate: Callable[..., Any], tmp_path: Path) -> Callable[..., Sim]:
    """Start an emulated modem on a pty (fast, without delays); gives the process and the URL."""

    def start(*options: str, listen: str = "pty:./tg-modem", rate: str = "1") -> Sim:
        running = start_thermogate(
            "sim", "modem", "--listen", listen, "--no-delays", "--rate", rate, "--json", *options
        )
        return running, running.record()["url"]

    return start


def settled(thermogate: Callable[..., Any], port: str) -> dict[str, Any]:
    """`modem info`, once the modem has found or not found its network."""
    for _ in range(50):
        record: dict[str, Any] = thermogate("modem", "info", "--port", port, "--json").record
        if record["registration"]["cs"]["status"] not in ("idle", "searching"):
            return record
    raise AssertionError(record)


def test_the_simulator_says_what_it_is_and_where(
    start_thermogate: Callable[..., Any], tmp_path: Path
) -> None:
    running = start_thermogate(
        "sim", "modem", "--listen", "pty:./a", "--listen", "tcp:127.0.0.1:0", "--listen", "unix:./b", "--json"
    )
    record = running.record()
    assert record["simulator"] is True
    assert record["personality"] == "sim800c"
    assert len(record["listen"]) == 3
    assert record["listen"][1].startswith("socket://127.0.0.1:")
    assert (tmp_path / "a").is_symlink()
    done = running.stop(signal.SIGTERM)
    assert done.code == 0
    assert "Traceback" not in done.err
    assert not (tmp_path / "a").is_symlink()
    assert not (tmp_path / "b").exists()


def test_in_words_it_is_called_a_simulator_too(start_thermogate: Callable[..., Any]) -> None:
    running = start_thermogate("sim", "modem", "--listen", "tcp:127.0.0.1:0", "--lang", "ru")
    assert "СИМУЛЯТОР" in running.line("socket://")
    assert running.stop(signal.SIGINT).code == 0


@pytest.mark.parametrize("listen", ["pty:./tg-modem", "tcp:127.0.0.1:0", "unix:./tg-modem"])
def test_modem_info(sim_modem: Callable[..., Sim], thermogate: Callable[..., Any], listen: str) -> None:
    _, url = sim_modem("--imei", "866104023456784", listen=listen)
    record = settled(thermogate, url)
    assert record["simulated"] is True
    assert record["model"] == "SIMCOM_SIM800C"
    assert record["imei"] == "866104023456784"
    assert record["sim"]["condition"] == "ready"
    assert record["registered"] is True
    assert record["explanation"] is None
    assert record["signal_dbm"] == -73
    shown = thermogate("modem", "info", "--port", url)
    assert shown.code == 0
    assert "SIMULATOR" in shown.out
    assert "866104023456784" in shown.out


@pytest.mark.parametrize(
    ("options", "condition", "english", "russian"),
    [
        (("--sim-state", "in_stock"), "ready", "operator", "ператор"),
        (("--no-sim",), "missing", "SIM", "SIM"),
        (("--pin", "1234"), "pin", "PIN", "PIN"),
        (("--signal", "none"), "ready", "network", "сет"),
    ],
)
def test_modem_info_explains_what_is_wrong(
    sim_modem: Callable[..., Sim],
    thermogate: Callable[..., Any],
    options: tuple[str, ...],
    condition: str,
    english: str,
    russian: str,
) -> None:
    _, url = sim_modem(*options)
    if condition == "ready" and "--signal" not in options:
        settled(thermogate, url)
    record = thermogate("modem", "info", "--port", url, "--json").record
    assert record["sim"]["condition"] == condition
    assert record["registered"] is False
    assert english in record["explanation"]["what"] + record["explanation"]["meaning"]
    spoken = thermogate("modem", "info", "--port", url, "--lang", "ru").out
    assert russian in spoken


def test_a_pin_is_entered_but_never_the_last_try(
    sim_modem: Callable[..., Sim], thermogate: Callable[..., Any]
) -> None:
    _, url = sim_modem("--pin", "1234")
    for _ in range(3):
        wrong = thermogate("modem", "info", "--port", url, "--pin", "9999", "--json")
        assert wrong.code == 1
        assert "error" in wrong.record
        assert "9999" not in wrong.out + wrong.err
    locked = thermogate("modem", "info", "--port", url, "--json").record
    assert locked["sim"]["condition"] == "pin"
    assert locked["sim"]["pin_attempts_left"] == 1


def test_the_right_pin_unlocks(sim_modem: Callable[..., Sim], thermogate: Callable[..., Any]) -> None:
    _, url = sim_modem("--pin", "1234")
    record = thermogate("modem", "info", "--port", url, "--json", TG_PIN="1234").record
    assert record["sim"]["condition"] == "ready"


def test_at_commands_and_their_answers(sim_modem: Callable[..., Sim], thermogate: Callable[..., Any]) -> None:
    _, url = sim_modem()
    done = thermogate("at", "--port", url, "ATI", "AT+CSQ", "--json")
    assert done.code == 0
    assert [(each["command"], each["lines"], each["final"]) for each in done.records] == [
        ("ATI", ["SIM800 R14.18"], "OK"),
        ("AT+CSQ", ["+CSQ: 20,0"], "OK"),
    ]
    shown = thermogate("at", "-p", url, "AT+CSQ")
    assert shown.out == "> AT+CSQ\n+CSQ: 20,0\nOK\n"


def test_an_at_error_is_decoded_and_ends_the_series(
    sim_modem: Callable[..., Sim], thermogate: Callable[..., Any]
) -> None:
    _, url = sim_modem("--no-sim")
    done = thermogate("at", "--port", url, "AT+CIMI", "ATI", "--json")
    assert done.code == 1
    (failed,) = done.records
    assert failed["ok"] is False
    assert failed["error"]["kind"] == "cme_error"
    assert "SIM" in failed["error"]["what"]
    assert len(thermogate("at", "--port", url, "AT+CIMI", "ATI", "--keep-going", "--json").records) == 2


def test_a_pin_in_an_at_command_is_masked(
    sim_modem: Callable[..., Sim], thermogate: Callable[..., Any]
) -> None:
    _, url = sim_modem("--pin", "4321")
    done = thermogate("at", "--port", url, "AT+CPIN=4321")
    assert done.code == 0
    assert "4321" not in done.out + done.err


def test_monitor_shows_what_the_modem_says_of_its_own(
    sim_modem: Callable[..., Sim], start_thermogate: Callable[..., Any]
) -> None:
    _, url = sim_modem()
    watching = start_thermogate(
        "at", "--port", url, "AT+CREG=2", "AT+CFUN=0", "AT+CFUN=1", "--monitor", "--json"
    )
    assert "+CREG: 1" in watching.line('"urc": "+CREG: 1')
    done = watching.stop(signal.SIGINT)
    assert done.code == 0
    assert all(isinstance(record, dict) for record in done.records)


def test_ussd(sim_modem: Callable[..., Sim], thermogate: Callable[..., Any]) -> None:
    _, url = sim_modem()
    settled(thermogate, url)
    done = thermogate("modem", "ussd", "--port", url, "*100#", "--json")
    assert done.code == 0
    assert "150" in done.record["answer"]


def test_a_ussd_menu(sim_modem: Callable[..., Sim], thermogate: Callable[..., Any]) -> None:
    _, url = sim_modem()
    settled(thermogate, url)
    menu = ("modem", "ussd", "--port", url, "*111#")
    left = thermogate(*menu, "--json").record
    assert left["menu"] is True
    done = thermogate(*menu, "--reply", "4", "--reply", "0", "--reply", "1", "--json").record
    assert [step["said"] for step in done["steps"]] == ["*111#", "4", "0", "1"]
    assert (done["answer"], done["menu"]) == ("Баланс:150.00р", False)
    spoken = thermogate(*menu, "--reply", "1", "--reply", "7", "--lang", "ru")
    assert "Баланс:150.00р" in spoken.out
    assert "Меню кончилось раньше, осталось: 7." in spoken.err


def test_a_ussd_code_that_is_not_answered(
    sim_modem: Callable[..., Sim], thermogate: Callable[..., Any]
) -> None:
    _, url = sim_modem()
    settled(thermogate, url)
    done = thermogate("modem", "ussd", "--port", url, "*500#", "--lang", "ru")
    assert done.code == 1
    assert "Оператор не ответил на *500#" in done.err
    assert "завершил диалог" in done.err


def test_sms_is_sent_listed_and_deleted(
    sim_modem: Callable[..., Sim], thermogate: Callable[..., Any]
) -> None:
    _, url = sim_modem("--seed", "7")
    settled(thermogate, url)
    own_number, text = CardNumbers.of_seed(7).msisdn, "Котёл остыл. " * 8
    sms = ("modem", "sms", "--port", url, "--json")
    assert thermogate(*sms).record["messages"] == []
    sent = thermogate(*sms, "--to", own_number, "--text", text, "--report", "60s")
    assert sent.code == 0
    assert sent.record["delivered"] is True
    assert sent.record["parts"] == 2
    messages: list[dict[str, Any]] = []
    while len(messages) < 2:
        messages = thermogate(*sms).record["messages"]
    assert "".join(message["text"] for message in messages) == text
    assert {message["number"] for message in messages} == {own_number}
    assert thermogate(*sms, "--delete", str(messages[0]["index"])).record["deleted"] == messages[0]["index"]
    assert len(thermogate(*sms).record["messages"]) == 1


def test_messages_are_received_whole_and_deleted(
    sim_modem: Callable[..., Sim],
    thermogate: Callable[..., Any],
    start_thermogate: Callable[..., Any],
    tmp_path: Path,
) -> None:
    _, url = sim_modem("--seed", "7", "--listen", "pty:./second")
    settled(thermogate, url)
    text = "Котёл остыл. " * 8
    receiving = start_thermogate("modem", "sms", "--port", str(tmp_path / "second"), "--receive", "--json")
    sent = thermogate("modem", "sms", "--port", url, "--to", CardNumbers.of_seed(7).msisdn, "--text", text)
    assert sent.code == 0
    record = receiving.record()
    assert (record["text"], record["missing"]) == (text, [])
    while thermogate("modem", "sms", "--port", url, "--json").record["messages"]:
        pass  # printed first, deleted then
    assert receiving.stop().code == 0


def test_received_messages_can_be_kept(
    sim_modem: Callable[..., Sim],
    thermogate: Callable[..., Any],
    start_thermogate: Callable[..., Any],
    tmp_path: Path,
) -> None:
    _, url = sim_modem("--seed", "7", "--listen", "pty:./second")
    settled(thermogate, url)
    sms = ("modem", "sms", "--port", url, "--json")
    receiving = start_thermogate(
        "modem", "sms", "--port", str(tmp_path / "second"), "--receive", "--keep", "--json"
    )
    own_number = CardNumbers.of_seed(7).msisdn
    assert (
        thermogate(*sms, "--to", own_number, "--text", "one", "--report", "60s").record["delivered"] is True
    )
    assert receiving.record()["text"] == "one"
    receiving.stop()
    (kept,) = [m for m in thermogate(*sms).record["messages"] if m["report_status"] is None]
    assert (kept["text"], kept["storage"]) == ("one", "SM")
    gone = thermogate(*sms, "--delete", str(kept["index"]), "--storage", kept["storage"])
    assert gone.record["storage"] == "SM"
    assert [m for m in thermogate(*sms).record["messages"] if m["report_status"] is None] == []


@pytest.mark.parametrize(
    ("options", "russian"),
    [
        (("--to", "+7916", "--text", "x", "--delete", "3"), "укажите что-то одно из них"),
        (("--receive", "--delete", "3"), "укажите что-то одно из них"),
        (("--keep",), "используется вместе с --receive"),
        (("--report", "60s"), "нужны --to и --text"),
        (("--to", "+7916", "--text", "ж" * 20000), "не помещаются в одно сообщение"),
    ],
    ids=["send and delete", "receive and delete", "keep alone", "report alone", "too long"],
)
def test_what_does_not_go_together_is_a_usage_error(
    thermogate: Callable[..., Any], options: tuple[str, ...], russian: str
) -> None:
    done = thermogate("modem", "sms", "--port", "./x", *options, "--lang", "ru")
    assert done.code == 2
    assert russian in done.err


def test_a_report_in_words() -> None:
    assert status_in_words(0x00).en == "delivered"
    assert status_in_words(0x46).ru == "не доставлено вовремя"
    assert status_in_words(0x30).en == "not delivered yet, the centre tries on (0x30)"
    assert status_in_words(0x61).ru == "не доставлено, центр прекратил попытки (0x61)"


def test_a_message_to_nobody_is_a_usage_error(thermogate: Callable[..., Any]) -> None:
    done = thermogate("modem", "sms", "--port", "./x", "--to", "me", "--text", "x", "--lang", "ru")
    assert done.code == 2
    assert "не похоже на номер телефона" in done.err


def test_the_operator_activates_and_says_so(
    sim_modem: Callable[..., Sim], thermogate: Callable[..., Any]
) -> None:
    running, _ = sim_modem("--sim-state", "in_stock", "--activate-after", "1h", rate="36000")
    event = running.record("sim_state")
    assert event["state"] == "active"


@pytest.mark.parametrize(
    ("port", "code"),
    [("/dev/no-such-port", 1), ("socket://127.0.0.1:1", 1), ("gopher://x", 2), ("socket://nowhere", 2)],
)
def test_a_wrong_port_is_one_sentence(thermogate: Callable[..., Any], port: str, code: int) -> None:
    for lang in ("en", "ru"):
        done = thermogate("modem", "info", "--port", port, "--lang", lang)
        assert done.code == code
        assert done.out == ""
        assert port in done.err
        assert "Traceback" not in done.err
    assert set(thermogate("at", "--port", port, "AT", "--json").record) == {"error"}


def test_a_port_where_nobody_answers(thermogate: Callable[..., Any]) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"socket://127.0.0.1:{silent.getsockname()[1]}"
        done = thermogate("modem", "info", "--port", url, "--json")
    assert done.code == 1
    assert done.record["error"]["code"] == "no_answer"


def test_a_busy_port(
    sim_modem: Callable[..., Sim], start_thermogate: Callable[..., Any], thermogate: Any
) -> None:
    _, url = sim_modem()
    watching = start_thermogate("at", "--port", url, "ATI", "--monitor", "--json")
    watching.record("ATI")
    done = thermogate("modem", "info", "--port", url, "--json")
    assert done.code == 1
    assert done.record["error"]["code"] == "link_busy"


def test_ports_asks_who_is_there(sim_modem: Callable[..., Sim], thermogate: Callable[..., Any]) -> None:
    _, url = sim_modem()
    record = thermogate("ports", "--port", url, "--json").record
    (found,) = [port for port in record["ports"] if port["url"] == url]
    assert found["modem"]["simulated"] is True
    listed = thermogate("ports", "--port", "/dev/no-such-port", "--json").record
    (missing,) = [port for port in listed["ports"] if port["url"] == "/dev/no-such-port"]
    assert missing["modem"] is None
    assert missing["problem"]["code"] == "link_not_found"


def test_the_link_of_another_file_is_not_overwritten(thermogate: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("data")
    done = thermogate("sim", "modem", "--listen", "pty:./precious", "--json")
    assert done.code == 1
    assert "error" in done.record
    assert (tmp_path / "precious").read_text() == "data"


def test_the_emulated_controller_is_read_over_modbus(
    start_thermogate: Callable[..., Any], tmp_path: Path
) -> None:
    running = start_thermogate(
        "sim", "controller", "--modbus", "127.0.0.1:0", "--listen", "pty:./rtu", "--json"
    )
    record = running.record()
    assert record["simulator"] is True
    tcp, rtu = record["listen"]
    assert tcp.startswith("modbus+tcp://127.0.0.1:")
    assert os.path.realpath(tmp_path / "rtu").startswith("/dev/pts/")
    assert rtu.startswith("modbus+rtu://")
    assert json.dumps(record)
    assert running.stop(signal.SIGTERM).code == 0
    assert not (tmp_path / "rtu").is_symlink()
