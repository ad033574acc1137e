"""One network on one clock, shared by several modems."""

import asyncio
from random import Random

from firmware_sim.network import Network, NetworkConfig, NetworkRunner, Subscriber, SubscriberState
from firmware_sim.virtual_time import LoopClock, run_virtual

IMSI = "250010000000001"


def test_the_sweep_comes_by_itself() -> None:
    async def story() -> float | None:
        clock = LoopClock()
        config = NetworkConfig(sweep_interval_s=3600, sweep_phase_s=1800)
        network = Network(config, random=Random(1), now=clock.monotonic())
        network.add_subscriber(Subscriber(IMSI, paid=True))
        active = asyncio.Event()
        network.observe(lambda _, change: active.set())
        async with NetworkRunner(network, clock):
            await active.wait()
        assert len(asyncio.all_tasks()) == 1
        assert network.subscriber(IMSI).state is SubscriberState.ACTIVE
        return clock.monotonic()

    assert run_virtual(story()) == 1800


def test_a_plan_made_later_may_come_sooner() -> None:
    async def story() -> float:
        clock = LoopClock()
        network = Network(NetworkConfig(sweep_interval_s=None), random=Random(1), now=clock.monotonic())
        network.add_subscriber(Subscriber(IMSI))
        active = asyncio.Event()
        network.observe(lambda _, change: active.set())
        async with NetworkRunner(network, clock):
            await clock.sleep(10)
            network.schedule_activation(IMSI, at=25.0)
            await active.wait()
        return clock.monotonic()

    assert run_virtual(story()) == 25.0
