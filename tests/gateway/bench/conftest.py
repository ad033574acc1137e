"""Opens the workshop for a story."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from workshop import Workshop

from at_commands.transcript import Transcript
from firmware_sim.modem import EmulatedModem, ModemSettings
from firmware_sim.network import Network, NetworkConfig, NetworkRunner
from firmware_sim.virtual_time import LoopClock, VirtualLoop, run_virtual

Play = Callable[..., None]


@pytest.fixture
def play(tmp_path: Path) -> Play:
    """Runs a story in a workshop with so many ports (p1, p2, …)."""

    def playing(
        story: Callable[[Workshop], Awaitable[None]], *, ports: int = 1, personality: str = "sim800c"
    ) -> None:
        async def on_loop() -> None:
            loop = asyncio.get_running_loop()
            assert isinstance(loop, VirtualLoop)
            clock = LoopClock()
            network = Network(
                NetworkConfig(sweep_interval_s=None), random=random.Random(7), now=clock.monotonic()
            )
            workshop = Workshop(tmp_path, clock, loop, network)
            async with contextlib.AsyncExitStack() as stack:
                await stack.enter_async_context(NetworkRunner(network, clock))
                for number in range(1, ports + 1):
                    imei = f"86177200123456{number}"
                    settings = ModemSettings(personality=personality, seed=number, imei=imei)
                    modem = EmulatedModem(settings, None, network, clock=clock)
                    workshop.modems[f"p{number}"] = await stack.enter_async_context(modem)
                    workshop.transcripts[f"p{number}"] = Transcript(limit=200_000, clock=clock.monotonic)
                await story(workshop)
                workshop.no_data_was_opened()

        run_virtual(on_loop())

    return playing
