"""Tells the demo's story: runs the world and the gateway in it, shows what happens, sums it up."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Final, Literal

from gateway.cli.demo_chronicle import Chronicle
from gateway.cli.demo_pace import ONLINE_RATE, OPENING_RATE, Pace, Pacer
from gateway.cli.demo_summary import print_summary, summary_json
from gateway.cli.demo_world import demo_world
from gateway.cli.live_view import LiveView
from gateway.cli.output import ExitCode
from gateway.service import GatewayService

if TYPE_CHECKING:
    from gateway.cli.output import Output
    from gateway.commissioning import Progress
    from provisioning.journey import Commissioning

ACKNOWLEDGED_TO_SEE: Final = 6
"""So many telemetry messages confirmed by the cloud end the story."""
REAL_TIMEOUT_S: Final = 180.0
"""Something is broken if the story takes longer."""
LOOK_S: Final = 0.05
"""Between two looks at the counts, real seconds."""
HOUR_S: Final = 3600.0


@dataclass(frozen=True)
class StoryOptions:
    """Options of `thermogate demo`."""

    hours: float | None
    seed: int
    uplink: Literal["modem", "host"]

    @property
    def activation_after_s(self) -> float:
        """When the operator's sweep finds the card, in emulated seconds from the start."""
        if self.hours is not None:
            return self.hours * HOUR_S
        # Typically several hours; a quarter of an hour's grain makes no difference to anybody.
        return Random(f"activation {self.seed}").uniform(3.0, 5.0) * HOUR_S


async def tell_story(out: Output, options: StoryOptions) -> ExitCode:
    """Run the demo.

    Returns:
        DONE when the device came on line and the cloud confirmed its data, else FAILED.

    Raises:
        BrokerExtraMissingError: amqtt is not installed.
    """
    began = time.monotonic()
    async with demo_world(
        seed=options.seed,
        activation_after_s=options.activation_after_s,
        uplink=options.uplink,
        lang=out.lang,
    ) as world:
        chronicle = Chronicle(world, out.lang)
        pacer = Pacer(world.clock, Pace.of(options.activation_after_s))

        def follow(progress: Progress) -> None:
            chronicle.follow(progress)
            _set_pace(pacer, chronicle, progress.snapshot)

        service = GatewayService(
            world.config,
            clock=world.clock,
            random=Random(f"gateway {options.seed}"),
            observer=follow,
        )
        title = out.pick(
            en="Thermogate demo: everything here is simulated",
            ru="Thermogate: демонстрация, всё симулировано",
        )
        with LiveView(title, out.lang, look=chronicle.view) as view:
            chronicle.tell = view.tell
            chronicle.begin()
            await _run(service, chronicle, pacer)
        devices = await world.registrar.devices()
        real_s = time.monotonic() - began
    registrations = sum(device.certificate is not None for device in devices)
    out.record(
        summary_json(chronicle, seed=options.seed, registrations=registrations, real_s=real_s, lang=out.lang)
    )
    print_summary(out, chronicle, real_s)
    return ExitCode.DONE if chronicle.succeeded else ExitCode.FAILED


async def _run(service: GatewayService, chronicle: Chronicle, pacer: Pacer) -> None:
    running = asyncio.create_task(service.run(), name="gateway")
    seen = asyncio.create_task(_enough(service, chronicle), name="demo waits")
    try:
        await asyncio.wait((running, seen), timeout=REAL_TIMEOUT_S, return_when=asyncio.FIRST_COMPLETED)
        pacer.close()
        chronicle.close()
        service.stop()
        await running
    finally:
        pacer.close()
        for task in (running, seen):
            task.cancel()
        await asyncio.gather(running, seen, return_exceptions=True)


async def _enough(service: GatewayService, chronicle: Chronicle) -> None:
    """Return when the cloud has confirmed as much telemetry as the story needs, and nothing is under way."""
    counts = service.cloud.counts
    while not ACKNOWLEDGED_TO_SEE <= counts["telemetry_acked"] == counts["telemetry_put"]:
        chronicle.count(counts)
        await asyncio.sleep(LOOK_S)  # a count has no event
    chronicle.count(counts)


def _set_pace(pacer: Pacer, chronicle: Chronicle, snapshot: Commissioning) -> None:
    if chronicle.registered_at is not None:
        pacer.act(ONLINE_RATE)
    elif snapshot.next_attempt_at is not None:
        pacer.skip_until(snapshot.next_attempt_at)
    else:
        pacer.act(None if chronicle.attempts else OPENING_RATE)
