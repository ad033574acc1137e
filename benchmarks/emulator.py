"""Round trips of a client in C with the emulated modem, its delays off, beside a bare `add_reader` loop in Python.

Each answerer is a process of its own with a pty; the two take turns for several rounds, and a ratio is the median over
the rounds. The bare loop gives the same bytes as the modem without looking at what it was asked.

    python -m benchmarks.emulator
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import tty
from collections.abc import Iterator
from pathlib import Path

from firmware_sim.modem import EmulatedModem, ModemSettings, SimCard
from firmware_sim.network import Network, NetworkConfig, NetworkRunner, Subscriber, SubscriberState
from provisioning.clock import SystemClock

ROUNDS = 15
ROUND_TRIPS = 2000
AGAINST_BARE = 0.5

ANSWERS = {"AT": b"\r\nOK\r\n", "AT+CSQ": b"\r\n+CSQ: 20,0\r\n\r\nOK\r\n"}


async def emulate(path: str) -> None:
    """Serve the emulated modem at a path until killed."""
    from random import Random

    clock = SystemClock()
    network = Network(NetworkConfig(), random=Random(1), now=clock.monotonic())
    imsi = "250011234567890"
    network.add_subscriber(Subscriber(imsi, "8970101234567890123", "+79161234567", SubscriberState.ACTIVE))
    async with (
        NetworkRunner(network, clock),
        EmulatedModem(
            ModemSettings(delay=0), SimCard("8970101234567890123", imsi), network, clock=clock
        ) as modem,
    ):
        await modem.listen(f"pty:{path}")
        print("ready", flush=True)
        await asyncio.Event().wait()


async def answer_bare(master: int, answer: bytes) -> None:
    """What asyncio can do at least: one read and one write for each line."""

    def readable() -> None:
        data = os.read(master, 65536)
        if data.endswith(b"\r"):
            os.write(master, answer)

    asyncio.get_running_loop().add_reader(master, readable)
    print("ready", flush=True)
    await asyncio.Event().wait()


@contextlib.contextmanager
def answerer(*arguments: str) -> Iterator[None]:
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.emulator", *arguments], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        if process.stdout.readline().strip() != "ready":
            raise RuntimeError(f"{arguments[0]} did not start")
        yield
    finally:
        process.terminate()
        process.wait(timeout=10)


def per_s(client: Path, path: Path, line: str) -> float:
    run = subprocess.run(
        [str(client), str(path), line, str(ROUND_TRIPS)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return ROUND_TRIPS / float(run.stdout)


def main() -> int:
    source = Path(__file__).with_name("round_trips.c")
    with tempfile.TemporaryDirectory() as directory:
        here = Path(directory)
        client = here / "round_trips"
        subprocess.run(["cc", "-O2", "-Wall", "-o", str(client), str(source)], check=True)
        missed = False
        for line, answer in ANSWERS.items():
            modem, bare = here / f"modem-{line}", here / f"bare-{line}"
            with answerer("emulate", str(modem)), answerer("bare", str(bare), answer.hex()):
                subprocess.run([str(client), str(modem), "ATE0", "1"], check=True, capture_output=True)
                rounds = [(per_s(client, modem, line), per_s(client, bare, line)) for _ in range(ROUNDS)]
            ratio = statistics.median(m / b for m, b in rounds)
            modem_per_s = statistics.median(m for m, _ in rounds)
            bare_per_s = statistics.median(b for _, b in rounds)
            print(
                f"{line:7} emulated modem {modem_per_s:8.0f}/s   bare add_reader {bare_per_s:8.0f}/s", end=""
            )
            print(f"   ratio {ratio:.2f} (target {AGAINST_BARE})")
            missed = missed or ratio < AGAINST_BARE
    return int(missed)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["emulate", path]:
            asyncio.run(emulate(path))
        case ["bare", path, answer]:
            near, far = os.openpty()
            tty.setraw(far)
            os.set_blocking(near, False)
            Path(path).symlink_to(os.ttyname(far))
            asyncio.run(answer_bare(near, bytes.fromhex(answer)))
        case _:
            raise SystemExit(main())
