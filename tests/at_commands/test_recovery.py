"""A modem in whatever state, found and brought back: in memory, on virtual time, against the emulated modem."""

from __future__ import annotations

import asyncio
from random import Random

import pytest

from at_commands import commands
from at_commands.client import AtClient
from at_commands.cmux_frames import Frame, Kind, encode_advanced, encode_basic
from at_commands.errors import NoAnswerError
from at_commands.links import memory_link_pair
from at_commands.recovery import APPROACHES, LIMIT_S, RATES, Found, FoundIn, answers, recover, search
from firmware_sim.modem import EmulatedModem, ModemSettings, SimCard
from firmware_sim.network import Network, NetworkConfig, NetworkRunner, Subscriber, SubscriberState
from firmware_sim.virtual_time import LoopClock, run_virtual

SABM = Frame(0, Kind.SABM, cr=True, poll=True)


def run(scenario) -> object:
    """`scenario(link)` with a registered modem at the far end."""

    async def go() -> object:
        clock = LoopClock()
        network = Network(NetworkConfig(sweep_interval_s=None), random=Random(1), now=0.0)
        network.add_subscriber(
            Subscriber("250011234567890", "8970101234567890123", "+79161234567", SubscriberState.ACTIVE)
        )
        card = SimCard("8970101234567890123", "250011234567890", "+79161234567")
        settings = ModemSettings(delay=0, advanced_mux=True)
        async with (
            NetworkRunner(network, clock),
            EmulatedModem(settings, card, network, clock=clock) as modem,
        ):
            link = modem.connect()
            await asyncio.sleep(30)
            return await scenario(link)

    return run_virtual(go(), limit_s=3600.0)


async def left_in(link, *writes: bytes) -> None:
    for data in writes:
        await link.write(data)
        await asyncio.sleep(2)


@pytest.mark.parametrize(
    ("writes", "state"),
    [
        ((), FoundIn.COMMANDS),
        ((b"AT+CS",), FoundIn.COMMANDS),
        ((b"ATV0\r",), FoundIn.COMMANDS),
        ((b"ATE0Q1\r",), FoundIn.QUIET),
        ((b"AT+CMGF=1\r", b'AT+CMGS="+79161234567"\r'), FoundIn.PROMPT),
        ((b"ATD*99#\r",), FoundIn.DATA_MODE),
        ((b"ATE0\r", b"ATD*99#\r", b"~\xff\x7d#\xc0!"), FoundIn.DATA_MODE),
        ((b"AT+CMUX=0\r", encode_basic(SABM)), FoundIn.MULTIPLEXER),
        ((b"AT+CMUX=1\r", encode_advanced(SABM)), FoundIn.MULTIPLEXER),
    ],
)
def test_each_state_is_found_and_left(writes: tuple[bytes, ...], state: FoundIn) -> None:
    async def scenario(link):
        await left_in(link, *writes)
        found = await recover(link)
        async with AtClient(link) as at:
            await at.sync()
            assert (await at.send(commands.signal_quality())).rssi_dbm == -73
        return found

    assert run(scenario) == Found(state, None)


def test_a_call_that_nobody_talks_on_is_ended() -> None:
    async def scenario(link):
        await left_in(link, b"ATD*99#\r")
        await recover(link)
        async with AtClient(link) as at:
            await at.sync()
            return (await at.execute("AT+CGACT?")).lines

    assert run(scenario) == ("+CGACT: 1,0",)


def test_nobody_there_is_known_in_time_and_what_was_heard_is_told() -> None:
    async def go() -> None:
        near, far = memory_link_pair()
        await far.write(b"\xff\xfe noise")
        loop = asyncio.get_running_loop()
        began = loop.time()
        with pytest.raises(NoAnswerError) as error:
            await recover(near)
        assert loop.time() - began < LIMIT_S
        assert b"noise" in error.value.received

    run_virtual(go(), limit_s=3600.0)


def play(rate: int | None, hears_at) -> tuple[object, list[int | None]]:
    """The machine against a modem that answers plain AT at some rate; the rates that were set."""
    machine, rates, at = search(rate), [], rate
    try:
        act = next(machine)
        while True:
            if act.rate is not None:
                at = act.rate
                rates.append(at)
            act = machine.send(b"\r\nOK\r\n" if hears_at(at) and b"AT" in act.sends else b"")
    except StopIteration as end:
        return end.value, rates


@pytest.mark.parametrize("rate", RATES)
def test_the_rate_is_hunted(rate: int) -> None:
    found, rates = play(115_200, lambda at: at == rate)
    assert found == Found(FoundIn.COMMANDS, rate)
    assert len(rates) < len(RATES)


def test_all_rates_are_tried_once_quickly_and_once_in_depth_and_the_first_is_left() -> None:
    found, rates = play(9600, lambda at: False)
    assert found is None
    others = [each for each in RATES if each != 9600]
    assert rates == [*others, *others, 9600]
    assert play(None, lambda at: False) == (None, [])


def test_the_gentle_ways_come_first() -> None:
    assert [each.state for each in APPROACHES][:2] == [FoundIn.COMMANDS, FoundIn.QUIET]


@pytest.mark.parametrize(
    ("heard", "is_answer"),
    [
        (b"AT\r\r\nOK\r\n", True),
        (b"\r\nERROR\r\n", True),
        (b"0\r", True),
        (b"\r\n+CME ERROR: 100\r\n", True),
        (b"AT\r", False),
        (b"\r\nRING\r\n", False),
        (b"~\xff}#\xc0!", False),
    ],
)
def test_what_is_an_answer(heard: bytes, is_answer: bool) -> None:
    assert answers(heard) is is_answer
