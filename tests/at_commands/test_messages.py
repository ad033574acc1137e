"""Messages as a program wants them, against the emulated modem on virtual time, for every family."""

from __future__ import annotations

import asyncio
from random import Random

import pytest

from at_commands.client import AtClient
from at_commands.errors import CmeError, CmsError, LinkLostError
from at_commands.messages import Messages
from at_commands.sms import Content, split_content
from firmware_sim.modem import EmulatedModem, ModemSettings, SimCard
from firmware_sim.modem.families import PERSONALITIES
from firmware_sim.network import Network, NetworkConfig, NetworkRunner, Subscriber, SubscriberState, UserData
from firmware_sim.virtual_time import LoopClock, run_virtual

IMSI, NUMBER, OTHER = "250011234567890", "+79161234567", "+79031234567"
LONG = "Авария котла: нет пламени, насос остановлен. " * 5


class Site:
    def __init__(self, modem: EmulatedModem, network: Network, clock: LoopClock) -> None:
        self.modem, self.network, self._clock = modem, network, clock

    def deliver(self, text: str, sender: str = "MTS", order=None, leave_out=()) -> None:
        """From outside, in parts if it is long."""
        pieces = split_content(Content.of(text), 7)
        for at in order or range(len(pieces)):
            if at not in leave_out:
                piece = pieces[at]
                body = piece.encode()
                data = UserData(piece.dcs, body[0], body[1:], bool(piece.header))
                self.network.send_sms(IMSI, sender, data, self._clock.monotonic())


def run(scenario, personality: str = "sim800c", state: SubscriberState = SubscriberState.ACTIVE) -> object:
    """`scenario(site, at)` with a modem in the network."""

    async def go() -> object:
        clock = LoopClock()
        network = Network(NetworkConfig(sweep_interval_s=None), random=Random(1), now=0.0)
        network.add_subscriber(Subscriber(IMSI, "8970101234567890123", NUMBER, state))
        card = SimCard("8970101234567890123", IMSI, NUMBER)
        settings = ModemSettings(personality=personality, delay=0)
        async with (
            NetworkRunner(network, clock),
            EmulatedModem(settings, card, network, clock=clock) as modem,
            AtClient(modem.connect()) as at,
        ):
            await asyncio.sleep(60)
            await at.sync()
            return await scenario(Site(modem, network, clock), at)

    return run_virtual(go(), limit_s=86_400.0)


async def occupied(at: AtClient) -> str:
    return (await at.execute('AT+CPMS="SM"')).lines[0].split(",")[0]


@pytest.mark.parametrize("personality", PERSONALITIES)
def test_messages_come_whole_and_leave_nothing_behind(personality: str) -> None:
    async def scenario(site: Site, at: AtClient) -> None:
        site.deliver("before anybody listened", "Bank")
        await asyncio.sleep(10)
        async with Messages(at, random=Random(1)) as messages:
            first = await anext(messages)
            assert (first.sender, first.text) == ("Bank", "before anybody listened")
            site.deliver(LONG, order=[2, 0, 1, 1, 3])
            second = await anext(messages)
            assert (second.sender, second.text, second.missing) == ("MTS", LONG, ())
            site.deliver("done")
            assert (await anext(messages)).text == "done"
            assert await occupied(at) == "+CPMS: 1"
        assert await occupied(at) == "+CPMS: 1", "its reader has not come back for another one"

    run(scenario, personality)


def test_who_died_before_asking_for_the_next_one_gets_it_again() -> None:
    async def scenario(site: Site, at: AtClient) -> None:
        site.deliver(LONG)
        async with Messages(at) as messages:
            assert (await anext(messages)).text == LONG
        async with Messages(at) as messages:
            assert (await anext(messages)).text == LONG

    run(scenario)


def test_parts_that_never_come_are_not_waited_for_for_ever() -> None:
    async def scenario(site: Site, at: AtClient) -> None:
        async with Messages(at) as messages:
            site.deliver(LONG, leave_out=[1])
            began = asyncio.get_running_loop().time()
            torso = await anext(messages)
            assert torso.missing == (2,)
            assert torso.text == LONG[:67] + LONG[134:]
            assert 3600 <= asyncio.get_running_loop().time() - began < 3800

    run(scenario)


def test_a_lost_announcement_hides_no_message() -> None:
    async def scenario(site: Site, at: AtClient) -> None:
        async with Messages(at) as messages:
            await at.execute("AT+CNMI=2,0,0,0,0")  # somebody else has switched it off
            site.deliver("quiet")
            assert (await anext(messages)).text == "quiet"

    run(scenario)


@pytest.mark.parametrize("personality", PERSONALITIES)
def test_a_long_text_is_sent_in_parts(personality: str) -> None:
    async def scenario(site: Site, at: AtClient) -> None:
        async with Messages(at, random=Random(1)) as messages:
            sent = await messages.send(OTHER, LONG)
        assert len(sent.references) == len(set(sent.references)) == len(split_content(Content.of(LONG), 0))
        texts = []
        for each in site.network.submitted_messages:
            assert not isinstance(each.content, str)
            content = each.content
            read = Content.decode(content.coding_scheme, content.has_header, content.length, content.octets)
            texts.append(read.text)
        assert "".join(texts) == LONG

    run(scenario, personality)


def test_a_refusal_for_good_is_not_tried_again() -> None:
    async def scenario(site: Site, at: AtClient) -> None:
        site.network.set_state(IMSI, SubscriberState.SUSPENDED, 60.0)
        async with Messages(at) as messages:
            began = asyncio.get_running_loop().time()
            with pytest.raises(CmsError) as refused:
                await messages.send(OTHER, "x")
            assert not refused.value.retryable
            assert asyncio.get_running_loop().time() - began < 10

    run(scenario)


def test_a_busy_modem_is_asked_again() -> None:
    async def scenario(site: Site, at: AtClient) -> None:
        await at.execute("AT+CMEE=1")
        async with Messages(at) as messages:
            site.modem.add_fault("busy:command=+CMGS,cme=14,times=2")
            assert (await messages.send(OTHER, "x")).references
            site.modem.add_fault("busy:command=+CMGS,cme=14")
            with pytest.raises(CmeError):
                await messages.send(OTHER, "x")

    run(scenario)


def test_a_lost_link_ends_the_reading_with_its_error() -> None:
    async def scenario(site: Site, at: AtClient) -> None:
        async with Messages(at) as messages:
            waiting = asyncio.ensure_future(anext(messages))
            await asyncio.sleep(1)
            await at.close()
            with pytest.raises(LinkLostError):
                await waiting

    run(scenario)


@pytest.mark.parametrize("personality", PERSONALITIES)
def test_reports_on_all_parts(personality: str) -> None:
    async def scenario(site: Site, at: AtClient) -> None:
        async with Messages(at) as messages:
            sent = await messages.send("+4930123456", LONG, report=True)
            reports = await messages.report(sent, timeout_s=60)
            assert {report.reference for report in reports} == set(sent.references)
            assert all(report.delivered for report in reports)
            lost = await messages.send("+4930123456", "x")
            with pytest.raises(TimeoutError):
                await messages.report(lost, timeout_s=60)

    run(scenario, personality)
