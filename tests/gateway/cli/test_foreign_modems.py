"""The commands of `thermogate` at modems and emulators that keep to the standard loosely.

What other people's emulators were seen to do: `AT` is an ERROR, there is no echo, `+CMEE` is unknown, answers end
with a bare LF or CR or have none before them, `+CPIN?` takes its time, `+CREG?` has a field too many, numbers are too
short, an empty store is an error, `+CUSD` comes before OK.
"""

from __future__ import annotations

import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

ANSWERS = {
    "ATE0": [],
    "AT+CGMI": ["ACME"],
    "AT+CGMM": ["Model X"],
    "AT+CGMR": ["1.0"],
    "AT+CGSN": ["1234567890"],
    "AT+CIMI": ["123456789"],
    "AT+CCID": ["8970101234567890123"],
    "AT+CSQ": ["+CSQ: 23,99"],
    "AT+CREG?": ["+CREG: 0,1"],
    "AT+COPS?": ['+COPS: 0,0,"Fake Net"'],
    "AT+CPIN?": ["+CPIN: READY"],
    "AT+CFUN?": ["+CFUN: 1"],
    "AT+CMGF=0": [],
    'AT+CSCS="GSM"': [],
    'AT+CUSD=1,"*225#",15': ['+CUSD: 0,"Your balance is 42",15'],
}


class ForeignModem(socketserver.ThreadingTCPServer):
    """A table of answers behind a TCP port."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(
        self,
        *,
        end: str = "\r\n",
        lead: str = "\r\n",
        late: dict[str, float] | None = None,
        refused: dict[str, str] | None = None,
        answers: dict[str, list[str]] | None = None,
    ) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.end, self.lead = end, lead
        self.late = late or {}
        self.refused = refused or {}
        self.answers = ANSWERS | (answers or {})
        self.sent: list[str] = []

    @property
    def url(self) -> str:
        return f"socket://127.0.0.1:{self.server_address[1]}"


class Conversation(socketserver.StreamRequestHandler):
    server: ForeignModem

    def handle(self) -> None:
        while (line := self._up_to(b"\r")) is not None:
            if line.startswith("AT+CMGS="):
                self.wfile.write(b"\r\n> ")
                self.server.sent.append(self._up_to(b"\x1a") or "")
                self._say("+CMGS: 7", "OK")
            elif line:
                self._answer(line)

    def _up_to(self, end: bytes) -> str | None:
        taken = b""
        while not taken.endswith(end):
            octet = self.rfile.read(1)
            if not octet:
                return None
            taken += octet
        return taken.removesuffix(end).decode("latin-1").strip()

    def _answer(self, line: str) -> None:
        modem = self.server
        time.sleep(modem.late.get(line, 0))
        if line in modem.refused:
            self._say(modem.refused[line])
        elif line == "AT":
            self._say("OK")
        elif line in modem.answers:
            self._say(*modem.answers[line], "OK")
        else:
            self._say("ERROR")

    def _say(self, *lines: str) -> None:
        self.wfile.write("".join(self.server.lead + line + self.server.end for line in lines).encode())


@pytest.fixture
def foreign_modem() -> Iterator[Callable[..., ForeignModem]]:
    running: list[ForeignModem] = []

    def start(**quirks: Any) -> ForeignModem:
        modem = ForeignModem(**quirks)
        running.append(modem)
        threading.Thread(target=modem.serve_forever, daemon=True).start()
        return modem

    yield start
    for modem in running:
        modem.shutdown()
        modem.server_close()


FRAMES = {
    "as the standard": {},
    "nothing before": {"lead": ""},
    "bare LF": {"lead": "", "end": "\n"},
    "bare CR": {"lead": "", "end": "\r"},
    "LF before, CR behind": {"lead": "\n", "end": "\r"},
}


@pytest.mark.parametrize("frame", FRAMES)
def test_identity_signal_and_network(
    thermogate: Callable[..., Any], foreign_modem: Callable[..., ForeignModem], frame: str
) -> None:
    port = foreign_modem(**FRAMES[frame]).url
    record = thermogate("modem", "info", "--port", port, "--json").record
    assert record["manufacturer"] == "ACME"
    assert record["simulated"] is False
    assert record["imei"] == "1234567890"
    assert record["sim"]["imsi"] == "123456789"
    assert record["sim"]["iccid"] == "8970101234567890123"
    assert record["signal_dbm"] == -67
    assert record["registration"]["cs"]["status"] == "home"
    assert record["registration"]["ps"]["status"] == "unknown", "it knows no +CGREG"
    assert record["operator"] == "Fake Net"


def test_a_modem_whose_at_is_an_error_is_alive(
    thermogate: Callable[..., Any], foreign_modem: Callable[..., ForeignModem]
) -> None:
    modem = foreign_modem(
        refused={"AT": "ERROR", "ATE0": "ERROR"}, late={"AT+CPIN?": 1.0, "AT+COPS?": 0.7, "AT+CSQ": 0.2}
    )
    finished = thermogate("modem", "info", "--port", modem.url, "--json")
    assert finished.code == 0, finished.err + finished.out
    record = finished.record
    assert record["sim"]["condition"] == "ready"
    assert record["signal_dbm"] == -67
    assert record["operator"] == "Fake Net"


def test_a_registration_with_a_field_too_many(
    thermogate: Callable[..., Any], foreign_modem: Callable[..., ForeignModem]
) -> None:
    modem = foreign_modem(answers={"AT+CREG?": ["+CREG: 1,0,1"]})
    record = thermogate("modem", "info", "--port", modem.url, "--json").record
    assert record["registered"] is False
    assert record["registration"]["cs"]["status"] == "idle"


def test_an_lte_modem_without_the_older_commands(
    thermogate: Callable[..., Any], foreign_modem: Callable[..., ForeignModem]
) -> None:
    modem = foreign_modem(
        answers={"AT+CEREG?": ["+CEREG: 0,1"]}, refused={"AT+CREG?": "ERROR", "AT+CGREG?": "+CME ERROR: 100"}
    )
    record = thermogate("modem", "info", "--port", modem.url, "--json").record
    assert record["registered"] is True
    assert record["registration"]["cs"]["status"] == "unknown"
    assert record["registration"]["ps"]["status"] == "home"


def test_ussd_answered_before_ok(
    thermogate: Callable[..., Any], foreign_modem: Callable[..., ForeignModem]
) -> None:
    assert "Your balance is 42" in thermogate("modem", "ussd", "--port", foreign_modem().url, "*225#").out


def test_an_empty_store_that_is_an_error(
    thermogate: Callable[..., Any], foreign_modem: Callable[..., ForeignModem]
) -> None:
    modem = foreign_modem(refused={"AT+CMGL=4": "+CMS ERROR: 321"})
    finished = thermogate("modem", "sms", "--port", modem.url, "--json")
    assert finished.code == 0
    assert finished.record["messages"] == []


def test_a_message_is_sent(
    thermogate: Callable[..., Any], foreign_modem: Callable[..., ForeignModem]
) -> None:
    modem = foreign_modem(lead="", end="\n")
    finished = thermogate("modem", "sms", "--port", modem.url, "--to", "+79031112233", "--text", "привет")
    assert finished.code == 0, finished.err
    assert len(modem.sent) == 1
    assert modem.sent[0].endswith("привет".encode("utf-16-be").hex().upper())
