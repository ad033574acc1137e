"""The transcript's file: whole lines, bounded, without secrets, and never in the modem's way."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from at_commands import audit, commands
from at_commands.audit import AuditFile
from at_commands.dialects import sim800_sockets as sockets
from at_commands.errors import AtError
from at_commands.transcript import Entry, Transcript

LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z [<>!] [ -~]*")


def entry(number: int, text: str = "") -> Entry:
    return Entry(1_768_469_696.0 + number, ">", text or f"AT+N={number}")


def lines(path: Path) -> list[str]:
    text = path.read_text(encoding="ascii")
    assert text.endswith("\n")
    return text.splitlines()


def test_one_line_an_entry_in_utc(tmp_path: Path) -> None:
    path = tmp_path / "audit.log"
    with AuditFile(path) as file:
        transcript = Transcript(clock=lambda: 1_768_469_696.25, listener=file.write)
        transcript.add(">", 'AT+CPIN="4321"')
        transcript.add("<", "\x1b[2J\xff+CPIN: \x00")
        transcript.add("!", "12 bytes of payload")
    assert lines(path) == [
        "2026-01-15T09:34:56.250Z > AT+CPIN=***",
        "2026-01-15T09:34:56.250Z < \\x1b[2J\\xff+CPIN: \\x00",
        "2026-01-15T09:34:56.250Z ! 12 bytes of payload",
    ]
    assert path.stat().st_mode & 0o777 == 0o600


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.integers(0, 120), max_size=60),
    st.integers(1, 400),
    st.integers(0, 3),
    st.integers(0, 60),
)
def test_bounded_whatever_is_written(lengths: list[int], max_bytes: int, keep: int, reopen_at: int) -> None:
    """Files keep to their size (a longer line stands alone); the newest lines are there, in order."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "audit.log"
        entries = [entry(number, f"{number}:" + "x" * length) for number, length in enumerate(lengths)]
        for part in (entries[:reopen_at], entries[reopen_at:]):
            with AuditFile(path, max_bytes=max_bytes, keep=keep) as file:
                for each in part:
                    file.write(each)
        found = [path.with_name(f"audit.log.{number}") for number in range(keep, 0, -1)] + [path]
        files = [lines(each) for each in found if each.exists()]
        assert len(list(Path(directory).iterdir())) == len(files)
        for each in files:
            assert len(each) == 1 or sum(len(line) + 1 for line in each) <= max_bytes
        kept = [line.split(" > ")[1] for each in files for line in each]
        assert kept == [each.text for each in entries[len(entries) - len(kept) :]]
        assert kept or not entries


def test_no_secret_reaches_the_file_even_in_a_garbled_echo(tmp_path: Path, play) -> None:
    path = tmp_path / "audit.log"
    with AuditFile(path) as file:

        async def scenario(at, far):
            for command in (commands.enter_pin("4321"), sockets.set_apn("internet", "user", "geheim")):
                asking = asyncio.create_task(at.send(command))
                heard = await far.link.read()
                await far.raw(heard.replace(b"CPIN", b"C\xffIN").replace(b"CSTT=", b"CSTT"))
                await far.say("+CME ERROR: 16")
                with pytest.raises(AtError):
                    await asking

        play(scenario, transcript=Transcript(listener=file.write))
    text = path.read_text()
    assert "4321" not in text
    assert "geheim" not in text
    assert 'C\\xffIN="***"' in text
    assert '+CSTT"internet","user","***"' in text


def test_the_last_lines_survive_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "audit.log"
    program = (
        "import sys, time\n"
        "from at_commands.audit import AuditFile\n"
        "from at_commands.transcript import Transcript\n"
        "transcript = Transcript(listener=AuditFile(sys.argv[1]).write)\n"
        "number = 0\n"
        "while True:\n"
        "    transcript.add('>', f'AT+N={number}')\n"
        "    number += 1\n"
        "    print(number, flush=True)\n"
        "    time.sleep(0.005)\n"
    )
    child = subprocess.Popen([sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    try:
        for _ in range(50):
            told = int(child.stdout.readline())
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
    written = lines(path)
    assert len(written) >= told - 1
    assert all(LINE.fullmatch(line) for line in written)
    with AuditFile(path) as file:
        file.write(entry(1))
    assert len(lines(path)) == len(written) + 1


def test_a_line_torn_by_a_power_cut_ends_before_the_next(tmp_path: Path) -> None:
    path = tmp_path / "audit.log"
    path.write_bytes(b"2026-01-15T09:34:56.250Z > AT+C")
    with AuditFile(path) as file:
        file.write(entry(1))
    assert len(lines(path)) == 2


def test_a_full_disk_costs_lines_and_one_warning(tmp_path: Path) -> None:
    """The kernel's own refusal: this process may write files of 2,000 bytes and no more."""
    path = tmp_path / "audit.log"
    program = (
        "import logging, resource, sys\n"
        "from at_commands.audit import AuditFile\n"
        "from at_commands.transcript import Entry\n"
        "logging.basicConfig(format='%(levelname)s %(message)s')\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))\n"
        "with AuditFile(sys.argv[1]) as file:\n"
        "    for number in range(1000):\n"
        "        file.write(Entry(number, '>', 'AT+CSQ'))\n"
        "print(file.lost)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True, timeout=30
    )
    whole = [line for line in path.read_text().splitlines() if LINE.fullmatch(line)]
    assert len(done.stderr.splitlines()) == 1
    assert "WARNING the audit file" in done.stderr
    assert int(done.stdout) == 1000 - sum(line.endswith("AT+CSQ") for line in whole)
    assert len(whole) > 40


@pytest.mark.parametrize("wrong", ["missing/audit.log", "file/audit.log", "directory", "pipe"])
def test_a_file_that_cannot_be_is_one_warning(tmp_path: Path, caplog, wrong: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "directory").mkdir()
    os.mkfifo(tmp_path / "pipe")
    with caplog.at_level(logging.WARNING), AuditFile(tmp_path / wrong) as file:
        for number in range(2000):
            file.write(entry(number))
    assert file.lost == 2000
    assert len(caplog.records) == 1


def test_what_was_lost_is_told_when_the_disk_is_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "RETRY_S", 0.0)
    path = tmp_path / "later" / "audit.log"
    with AuditFile(path) as file:
        file.write(entry(1))
        until(lambda: file.lost == 1)
        path.parent.mkdir()
        file.write(entry(2))
    assert [line.split("Z ")[1] for line in lines(path)] == ["! 1 lines lost here", "> AT+N=2"]


def test_a_file_that_was_moved_away_is_begun_anew(tmp_path: Path) -> None:
    path, moved = tmp_path / "audit.log", tmp_path / "moved"
    with AuditFile(path) as file:
        file.write(entry(1))
        until(path.exists)
        path.rename(moved)
        file.write(entry(2))
    assert lines(moved)[0].endswith("AT+N=1")
    assert lines(path)[-1].endswith("AT+N=2")


def test_a_disk_that_hangs_holds_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hung = threading.Event()

    def hang(_: AuditFile) -> int:
        hung.wait(30)
        raise OSError("still gone")

    monkeypatch.setattr(audit, "CLOSE_TIMEOUT_S", 0.05)
    monkeypatch.setattr(AuditFile, "_opened", hang)
    file = AuditFile(tmp_path / "audit.log")
    began = time.monotonic()
    for number in range(audit.QUEUE_LIMIT + 2000):
        file.write(entry(number))
    file.close()
    took_s = time.monotonic() - began
    hung.set()
    assert took_s < 5
    assert file.lost >= 1000


def until(condition) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)
