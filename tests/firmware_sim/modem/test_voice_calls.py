"""Two emulated phones call each other: busy, refused, not answered, answered, and out of reach."""

from __future__ import annotations

import asyncio
import random
from contextlib import AsyncExitStack

import pytest

from at_commands.client import AtClient
from at_commands.errors import CommandFailedError
from firmware_sim.modem import EmulatedModem, ModemSettings, SimCard
from firmware_sim.network import Network, NetworkConfig, NetworkRunner, Subscriber, SubscriberState
from firmware_sim.virtual_time import LoopClock, run_virtual

A, B, C = "+79160000001", "+79160000002", "+79160000003"


class Phone:
    def __init__(self, number: str, modem: EmulatedModem, at: AtClient) -> None:
        self.number, self.modem, self.at = number, modem, at
        self.heard: list[str] = []

    async def listen(self) -> None:
        async with self.at.subscribe() as urcs:
            async for urc in urcs:
                self.heard.append(urc.line)

    async def stage(self) -> str:
        """<stat> of +CLCC, empty without a call."""
        lines = (await self.at.execute("AT+CLCC")).lines
        return lines[0].split(",")[2] if lines else ""


def story(work, families=("sim800c", "ec25", "sim800c")) -> None:
    async def play() -> None:
        clock = LoopClock()
        network = Network(
            NetworkConfig(sweep_interval_s=None), random=random.Random(3), now=clock.monotonic()
        )
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(NetworkRunner(network, clock))
            phones = []
            for place, (family, number) in enumerate(zip(families, (A, B, C), strict=True)):
                imsi, iccid = f"25001123456789{place}", f"897010112345678901{place}"
                network.add_subscriber(
                    Subscriber(imsi, iccid=iccid, msisdn=number, state=SubscriberState.ACTIVE)
                )
                settings = ModemSettings(personality=family, seed=place, imei=f"86610402345678{place}")
                card = SimCard(iccid, imsi, msisdn=number)
                modem = await stack.enter_async_context(EmulatedModem(settings, card, network, clock=clock))
                at = await stack.enter_async_context(AtClient(modem.connect()))
                await at.sync()
                await at.execute("AT+CLIP=1")
                phone = Phone(number, modem, at)
                listening = asyncio.create_task(phone.listen())
                stack.callback(listening.cancel)
                phones.append(phone)
            await asyncio.sleep(60)
            await work(network, *phones)

    run_virtual(play())


def test_a_call_that_is_answered_stands_until_one_hangs_up():
    async def work(_network, a, b, _c):
        await a.at.execute(f"ATD{B};")
        await asyncio.sleep(6)
        assert (await a.stage(), await b.stage()) == ("3", "4")
        assert b.heard[:2] == ["RING", f'+CLIP: "{A}",145,"",0,"",0']
        assert b.heard.count("RING") == 2
        await b.at.execute("ATA")
        await asyncio.sleep(300)
        assert (await a.stage(), await b.stage()) == ("0", "0")
        await b.at.execute("ATH")
        await asyncio.sleep(1)
        assert a.heard == ["NO CARRIER"]
        assert (await a.stage(), await b.stage()) == ("", "")

    story(work)


def test_who_refuses_is_busy_and_so_is_who_talks():
    async def work(_network, a, b, c):
        await a.at.execute(f"ATD{B};")
        await asyncio.sleep(1)
        with pytest.raises(CommandFailedError) as refused:
            await c.at.execute(f"ATD{B};")
        assert refused.value.final == "BUSY"
        await b.at.execute("AT+CHUP")
        await asyncio.sleep(1)
        assert a.heard == ["BUSY"]

    story(work)


def test_nobody_answers_and_the_callers_patience_ends():
    async def work(_network, a, b, _c):
        await a.at.execute("ATS7=20")
        await a.at.execute(f"ATD{B};")
        await asyncio.sleep(25)
        assert a.heard == ["NO ANSWER"]
        assert b.heard[-1] == "NO CARRIER"
        rings = b.heard.count("RING")
        await asyncio.sleep(60)
        assert b.heard.count("RING") == rings

    story(work)


@pytest.mark.parametrize("lost", ["detach", "power", "unknown"])
def test_who_cannot_be_reached_gives_no_carrier(lost):
    async def work(network, a, b, _c):
        if lost == "power":
            b.modem.cut_power()
        elif lost == "detach":
            network.set_state("250011234567891", SubscriberState.BLOCKED, 0.0)
        with pytest.raises(CommandFailedError) as refused:
            await a.at.execute("ATD+79999999999;" if lost == "unknown" else f"ATD{B};")
        assert refused.value.final == "NO CARRIER"

    story(work)


@pytest.mark.parametrize("how", ["power", "detach", "radio off"])
def test_a_call_ends_at_both_when_one_falls_out_of_the_network(how):
    async def work(network, a, b, _c):
        await a.at.execute(f"ATD{B};")
        await asyncio.sleep(1)
        await b.at.execute("ATA")
        match how:
            case "power":
                b.modem.cut_power()
            case "detach":
                network.set_state("250011234567891", SubscriberState.BLOCKED, 0.0)
            case _:
                await b.at.execute("AT+CFUN=4")
        await asyncio.sleep(5)
        assert a.heard == ["NO CARRIER"]
        assert await a.stage() == ""
        if how != "power":
            assert await b.stage() == ""

    story(work)
