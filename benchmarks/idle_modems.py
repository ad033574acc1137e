"""Memory of a thousand idle emulated modems in one process, each with a pty of its own and registered.

python -m benchmarks.idle_modems
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from random import Random

from firmware_sim.modem import EmulatedModem, ModemSettings, SimCard
from firmware_sim.modem.families import PERSONALITIES
from firmware_sim.network import Network, NetworkConfig, NetworkRunner, Subscriber, SubscriberState
from provisioning.clock import SystemClock

MODEMS = 1000
TARGET_KB = 64.0
PERSONALITY_NAMES = tuple(PERSONALITIES)


def resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


async def until_registered(network: Network, imsis: list[str]) -> None:
    for imsi in imsis:
        while not network.is_registered(imsi, "cs"):  # noqa: ASYNC110  (nobody tells of each of a thousand)
            await asyncio.sleep(0.1)


async def measure(personality: str) -> float:
    """kB of one modem: what the process grew by, divided."""
    clock = SystemClock()
    network = Network(NetworkConfig(), random=Random(1), now=clock.monotonic())

    def add(number: int) -> EmulatedModem:
        imsi, iccid = f"25001{number:010d}", f"8970101{number:012d}"
        network.add_subscriber(Subscriber(imsi, iccid, f"+7916{number:07d}", SubscriberState.ACTIVE))
        settings = ModemSettings(personality=personality, imei=f"{866104023000000 + number:015d}", delay=0)
        return EmulatedModem(settings, SimCard(iccid, imsi), network, clock=clock)

    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(NetworkRunner(network, clock))
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        # What is shared by all is there before the first look.
        await stack.enter_async_context(add(MODEMS))
        gc.collect()
        before = resident_bytes()
        imsis = []
        for number in range(MODEMS):
            modem = await stack.enter_async_context(add(number))
            await modem.listen(f"pty:{directory}/{number}")
            imsis.append(f"25001{number:010d}")
        async with asyncio.timeout(60):
            await until_registered(network, imsis)
        gc.collect()
        return (resident_bytes() - before) / MODEMS / 1024


def main() -> int:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # two descriptors for each pty
    if len(sys.argv) > 1:
        print(asyncio.run(measure(sys.argv[1])))
        return 0
    missed = False
    for personality in PERSONALITY_NAMES:
        # A process for each: memory that one family has given back would hide the next one's.
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.idle_modems", personality],
            capture_output=True,
            text=True,
            check=True,
        )
        kb = float(done.stdout)
        print(f"{personality:8} {MODEMS} idle modems: {kb:5.1f} kB each (target {TARGET_KB:g})", flush=True)
        missed = missed or kb > TARGET_KB
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
