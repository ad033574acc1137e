"""One serial line, two channels: MQTT flows over the modem's TCP stack in one while the other answers commands."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from pathlib import Path
from random import Random
from typing import Any

import aiomqtt
import pytest

from at_commands import commands
from at_commands.client import AtClient
from at_commands.links import open_link
from at_commands.multiplexer import Multiplexer
from firmware_sim.modem import EmulatedModem, ModemSettings, SimCard
from firmware_sim.network import Network, NetworkConfig, NetworkRunner, Subscriber, SubscriberState
from gateway.modem import Modem
from gateway.uplink import ModemUplink
from provisioning.clock import SystemClock

IMSI = "250011234567890"
MESSAGES = 40


@pytest.mark.parametrize("advanced", [False, True])
async def test_mqtt_flows_in_one_channel_while_the_other_answers_commands(
    mosquitto: Any, tmp_path: Path, advanced: bool
) -> None:
    clock = SystemClock()
    network = Network(NetworkConfig(sweep_interval_s=None), random=Random(1), now=clock.monotonic())
    network.add_subscriber(Subscriber(IMSI, "8970101234567890123", "+79161234567", SubscriberState.ACTIVE))
    sim = SimCard("8970101234567890123", IMSI, "+79161234567")
    settings = ModemSettings(delay=0, advanced_mux=advanced)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(NetworkRunner(network, clock))
        modem = await stack.enter_async_context(EmulatedModem(settings, sim, network, clock=clock))
        link = await open_link(await modem.listen(f"pty:{tmp_path}/modem"))
        async with AtClient(link) as at:
            await at.sync()
            mux = await Multiplexer.start(at, advanced=advanced)
        stack.push_async_callback(mux.close)
        control = await stack.enter_async_context(AtClient(await mux.open(1)))
        await control.sync()
        data = await stack.enter_async_context(Modem(lambda: mux.open(2)))
        uplink = ModemUplink(data, apn="internet")
        assert await uplink.open_data() is not None
        local = await stack.enter_async_context(uplink.open(mosquitto.host, mosquitto.port))
        broker = await stack.enter_async_context(aiomqtt.Client(*local))
        await broker.subscribe("readings/#", qos=1)

        async def publish_and_hear() -> list[bytes]:
            heard = []
            async with asyncio.timeout(40):
                for number in range(MESSAGES):
                    await broker.publish("readings/boiler", b"%d:" % number + bytes(600), qos=1)
                async for message in broker.messages:
                    heard.append(bytes(message.payload))
                    if len(heard) == MESSAGES:
                        break
            return heard

        flowing = asyncio.create_task(publish_and_hear())
        waits_s = []
        while not flowing.done():
            began_s = time.monotonic()
            assert (await control.send(commands.signal_quality())).rssi_dbm == -73
            waits_s.append(time.monotonic() - began_s)
        heard = await flowing
        assert [int(payload.partition(b":")[0]) for payload in heard] == list(range(MESSAGES))
        assert len(waits_s) >= MESSAGES
        assert max(waits_s) < 5.0
