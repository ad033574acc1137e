"""Round trips of the AT client beside a bare asyncio loop and python-gsmmodem-new, all on one pty.

Another process holds the far end and answers each line at once with `+CSQ: 18,0` and `OK`. The three take turns for
several rounds; a ratio is the median over the rounds, each of its own round, so that a slow minute of the machine hits
all alike. CPU is of this process only, all threads counted.

    python -m benchmarks.at_client
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import time
import tty
from dataclasses import dataclass

from gsmmodem.serial_comms import SerialComms

from at_commands.client import AtClient
from at_commands.commands import signal_quality
from at_commands.links import open_link
from at_commands.transcript import Transcript

ROUNDS = 25
COMMANDS = 400
LINE = b"AT+CSQ\r"
ANSWER = b"\r\n+CSQ: 18,0\r\n\r\nOK\r\n"

AGAINST_BARE = 0.6
AGAINST_GSMMODEM = 1.3


@dataclass(frozen=True)
class Run:
    """One contender's turn."""

    per_s: float
    cpu_us: float


class Stopwatch:
    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def run(self) -> Run:
        wall, cpu = time.perf_counter() - self._wall, time.process_time() - self._cpu
        return Run(COMMANDS / wall, cpu / COMMANDS * 1e6)


async def bare_loop(path: str) -> Run:
    """The least that asyncio can do: write, wait for the reader callback to see OK."""
    fd = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    tty.setraw(fd)
    loop = asyncio.get_running_loop()
    heard = bytearray()
    answered: asyncio.Future[None]

    def readable() -> None:
        heard.extend(os.read(fd, 4096))
        if heard.endswith(b"OK\r\n"):
            heard.clear()
            answered.set_result(None)

    loop.add_reader(fd, readable)
    try:
        watch = Stopwatch()
        for _ in range(COMMANDS):
            answered = loop.create_future()
            os.write(fd, LINE)
            await answered
        return watch.run()
    finally:
        loop.remove_reader(fd)
        os.close(fd)


async def client(path: str, transcript: Transcript | None = None) -> Run:
    async with AtClient(await open_link(path), transcript=transcript) as at:
        await at.send(signal_quality())
        watch = Stopwatch()
        for _ in range(COMMANDS):
            await at.send(signal_quality())
        return watch.run()


def gsmmodem(path: str) -> Run:
    """The bare command layer of python-gsmmodem-new, without its modem set-up."""
    comms = SerialComms(path, 115200)
    comms.connect()
    try:
        line = LINE.decode()
        watch = Stopwatch()
        for _ in range(COMMANDS):
            comms.write(line)
        return watch.run()
    finally:
        comms.alive = False
        comms.serial.cancel_read()
        comms.close()


def respond() -> None:
    """The far end, run in a process of its own: prints the path, answers until its input ends."""
    near, far = os.openpty()  # `far` stays open here: a pty without any client reads as an error
    tty.setraw(near)
    tty.setraw(far)
    print(os.ttyname(far), flush=True)
    pending = b""
    while True:
        pending += os.read(near, 4096)
        *lines, pending = pending.split(b"\r")
        if lines:
            os.write(near, ANSWER * len(lines))


def main() -> int:
    responder = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.at_client", "respond"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert responder.stdout is not None
        path = responder.stdout.readline().strip()
        runs: dict[str, list[Run]] = {
            "bare loop": [],
            "client": [],
            "client + transcript": [],
            "gsmmodem-new": [],
        }
        for _ in range(ROUNDS):
            runs["bare loop"].append(asyncio.run(bare_loop(path)))
            runs["client"].append(asyncio.run(client(path)))
            runs["client + transcript"].append(asyncio.run(client(path, Transcript())))
            runs["gsmmodem-new"].append(gsmmodem(path))
    finally:
        responder.kill()
        responder.wait()

    def ratio(peer: str) -> float:
        pairs = zip(runs["client"], runs[peer], strict=True)
        return statistics.median(ours.per_s / theirs.per_s for ours, theirs in pairs)

    print(f"{'':20} {'round trips/s':>14} {'CPU a command':>14}")
    for name, each in runs.items():
        per_s = statistics.median(r.per_s for r in each)
        cpu_us = statistics.median(r.cpu_us for r in each)
        print(f"{name:20} {per_s:14.0f} {cpu_us:11.1f} us")
    kept = True
    for peer, least in (("bare loop", AGAINST_BARE), ("gsmmodem-new", AGAINST_GSMMODEM)):
        reached = ratio(peer)
        kept &= reached >= least
        print(f"  {'kept  ' if reached >= least else 'MISSED'} {reached:.2f} x {peer} (at least {least})")
    return 0 if kept else 1


if __name__ == "__main__":
    if sys.argv[1:] == ["respond"]:
        respond()
    else:
        sys.exit(main())
