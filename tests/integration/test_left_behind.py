"""A program is killed in the midst of its work at the modem; the next one finds the modem and gets its answers.

Real processes, a real pty whose rate counts, `kill -9`.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import pytest

from at_commands.recovery import FoundIn
from firmware_sim.modem import EmulatedModem, ModemSettings, SimCard
from firmware_sim.network import Network, NetworkConfig, NetworkRunner, Subscriber, SubscriberState
from gateway.modem import Modem
from provisioning.clock import SystemClock

ROOT = Path(__file__).parents[2]


@pytest.fixture
async def port(tmp_path: Path) -> AsyncIterator[str]:
    """A modem at a fixed 115200 baud on a pty."""
    clock = SystemClock()
    network = Network(NetworkConfig(sweep_interval_s=None), random=Random(1), now=clock.monotonic())
    network.add_subscriber(
        Subscriber("250011234567890", "8970101234567890123", "+79161234567", SubscriberState.ACTIVE)
    )
    settings = ModemSettings(delay=0, strict_baud=True, advanced_mux=True)
    card = SimCard("8970101234567890123", "250011234567890", "+79161234567")
    async with (
        NetworkRunner(network, clock),
        EmulatedModem(settings, card, network, clock=clock) as modem,
    ):
        yield await modem.listen(f"pty:{tmp_path / 'modem'}")


async def killed(port: str, program: str) -> None:
    """Run a program at the port until it says that it is there, and kill it."""
    setup = "import asyncio, sys\nfrom at_commands.client import AtClient\nfrom at_commands.links import open_link\n"
    text = f"{setup}\nasync def main():\n{textwrap.indent(textwrap.dedent(program), '    ')}\n"
    text += "    print('there', flush=True)\n    await asyncio.sleep(60)\n\nasyncio.run(main())\n"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", text, port, cwd=ROOT, stdout=subprocess.PIPE, env={"PYTHONPATH": str(ROOT)}
    )
    assert process.stdout is not None
    try:
        assert await process.stdout.readline() == b"there\n"
    finally:
        process.kill()
        await process.wait()


PACKET_CALL = """
    at = AtClient(await open_link(sys.argv[1]))
    await at.__aenter__()
    await at.execute("AT&D0")
    link = await at.detach()
    await link.write(b"ATD*99#\\r")
    while b"CONNECT" not in await link.read():
        pass
"""
MULTIPLEXER = """
    from at_commands.multiplexer import Multiplexer
    at = AtClient(await open_link(sys.argv[1]))
    await at.__aenter__()
    await at.sync()
    mux = await Multiplexer.start(at, advanced={advanced})
    control = AtClient(await mux.open(1))
    await control.__aenter__()
    await control.sync()
"""
PROMPT = """
    link = await open_link(sys.argv[1])
    await link.write(b'AT+CMGF=1;+CMGS="+79161234567"\\r')
    while b">" not in await link.read():
        pass
"""
OTHER_RATE = """
    at = AtClient(await open_link(sys.argv[1]))
    await at.__aenter__()
    await at.execute("AT+IPR=9600")
"""
QUIET = """
    link = await open_link(sys.argv[1])
    await link.write(b"ATE0Q1\\r")
    await asyncio.sleep(0.2)
"""


@pytest.mark.parametrize(
    ("program", "state", "rate"),
    [
        pytest.param(PACKET_CALL, FoundIn.DATA_MODE, 115_200, id="data mode"),
        pytest.param(
            MULTIPLEXER.format(advanced=False), FoundIn.MULTIPLEXER, 115_200, id="basic multiplexer"
        ),
        pytest.param(
            MULTIPLEXER.format(advanced=True), FoundIn.MULTIPLEXER, 115_200, id="advanced multiplexer"
        ),
        pytest.param(OTHER_RATE, FoundIn.COMMANDS, 9600, id="another rate"),
        pytest.param(QUIET, FoundIn.QUIET, 115_200, id="answers off"),
        pytest.param(PROMPT, None, None, id="a prompt"),
    ],
)
async def test_the_next_program_gets_its_answers(
    port: str, program: str, state: FoundIn | None, rate: int | None
) -> None:
    await killed(port, program)
    async with Modem.at(port, recovers_after=0) as modem:
        assert (None if modem.recovered is None else modem.recovered.state) == state
        assert (None if modem.recovered is None else modem.recovered.rate) == rate
        assert await modem.signal() == -73
        # It is remembered: the next time it is asked where it was.
        await modem.open()
        assert modem.recovered is None
        assert await modem.signal() == -73
