"""A modem that restarts while somebody talks to it: one sentence says so."""

from __future__ import annotations

import contextlib
import socketserver
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ANSWERS = {
    "AT+CGMI": "\r\nSIMCOM_Ltd\r\n\r\nOK\r\n",
    "AT+CGMM": "\r\nSIMCOM_SIM800C\r\n\r\nOK\r\n",
    "AT+CMEE?": "\r\n+CMEE: 1\r\n\r\nOK\r\n",
    "AT+CSQ": "\r\nRDY\r\n",  # in the midst of it
    "AT+CREG?": "\r\n+CREG: 0,1\r\n\r\nOK\r\n\r\nRDY\r\n",  # right behind it
    "AT+CPIN?": "\r\nUNDER-VOLTAGE POWER DOWN\r\n",
    "AT+CIMI": "\r\nERROR\r\n",
}


class FaultyModem(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        heard = b""
        while byte := self.rfile.read(1):
            heard += byte
            if heard.endswith(b"\r"):
                line = heard.decode("latin-1").strip("\x1b\r")
                heard = b""
                self.wfile.write(ANSWERS.get(line, "\r\nOK\r\n" if line else "").encode())


@pytest.fixture
def faulty_modem() -> Iterator[str]:
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), FaultyModem)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    with contextlib.closing(server.socket):
        yield f"socket://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_in_mid_command(faulty_modem: str, thermogate: Callable[..., Any]) -> None:
    done = thermogate("at", "--port", faulty_modem, "AT+CSQ")
    assert done.code == 1
    assert "The modem restarted." in done.err
    record = thermogate("at", "--port", faulty_modem, "AT+CSQ", "--json").record
    assert record["error"]["kind"] == "modem_rebooted"


def test_between_two_commands(faulty_modem: str, thermogate: Callable[..., Any]) -> None:
    """The first goes well, the second fails because of it."""
    done = thermogate("at", "--port", faulty_modem, "AT+CREG?", "AT+CIMI", "--lang", "ru")
    assert done.code == 1
    assert "Модем перезагрузился" in done.err


def test_seen_but_harmless(faulty_modem: str, thermogate: Callable[..., Any]) -> None:
    done = thermogate("at", "--port", faulty_modem, "AT+CREG?", "AT+COPS?", "--json")
    assert done.code == 0
    assert {"restarted": "RDY"} in done.records


def test_a_supply_that_fails_has_a_name_of_its_own(faulty_modem: str, thermogate: Callable[..., Any]) -> None:
    done = thermogate("modem", "info", "--port", faulty_modem, "--json")
    assert done.code == 1
    assert done.record["error"]["code"] == "modem_brown_out"


def test_the_audit_file_has_it_all_and_no_pin(
    faulty_modem: str, thermogate: Callable[..., Any], tmp_path: Path
) -> None:
    thermogate("at", "--port", faulty_modem, 'AT+CPIN="4321"', "AT+CSQ", "--audit", "modem.log")
    text = (tmp_path / "modem.log").read_text()
    assert "4321" not in text
    assert [line.split("Z ", 1)[1] for line in text.splitlines()][-5:] == [
        "< OK",
        "> AT+CSQ",
        "< RDY",
        "! AT+CSQ: the modem restarted (RDY)",
        "! link lost: closed",
    ]
    assert "> AT+CPIN=***" in text
