"""Messages as a program wants them, against the emulated modem on virtual time, for every family."""

from __future__ import annotations

import asyncio
from random import Random

import pytest

from at_commands.client import AtClient
from at_commands.errors import AtError, CmeError, CmsError, LinkLostError
from at_commands.messages import LOOK_S, Messages
from at_commands.sms import Content, split_content
from at_commands.sms_commands import read_from
from firmware_sim.modem import EmulatedModem, ModemSettings, SimCard
from firmware_sim.modem.families import PERSONALITIES
from firmware_sim.network import (
    Network,
    NetworkConfig,
    NetworkRunner,
    SmsConduct,
    Subscriber,
    SubscriberState,
    UserData,
)
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


def run(scenario, personality: str = "sim800c", sms: SmsConduct | None = None) -> object:
    """`scenario(site, at)` with a modem in the network."""

    async def go() -> object:
        clock = LoopClock()
        network = Network(
            NetworkConfig(sweep_interval_s=None, sms=sms or SmsConduct()), random=Random(1), now=0.0
        )
        network.add_subscriber(Subscriber(IMSI, "8970101234567890123", NUMBER, SubscriberState.ACTIVE))
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


def test_parts_that_fill_the_store_give_way_to_what_waits_outside() -> None:
    async def scenario(site: Site, at: AtClient) -> None:
        used, room = await at.send(read_from("SM"))
        async with Messages(at) as messages:
            for reference in range(room - used):
                site.deliver(LONG, f"+7900{reference:07}", leave_out=[1, 2, 3])
            await asyncio.sleep(30)
            site.deliver("at last", "MTS")
            began = asyncio.get_running_loop().time()
            read = [await anext(messages) for _ in range(2)]
            while read[-1].text != "at last":
                read.append(await anext(messages))
            assert read[0].missing
            assert asyncio.get_running_loop().time() - began < 3000, (
                "sooner than parts are given up otherwise"
            )

    run(scenario)


def test_what_is_kept_stays_in_the_modem_and_comes_once() -> None:
    async def scenario(site: Site, at: AtClient) -> None:
        site.deliver("one")
        site.deliver("two")
        await asyncio.sleep(10)
        for _ in range(2):
            async with Messages(at, keep=True) as messages:
                assert [(await anext(messages)).text for _ in range(2)] == ["one", "two"]
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(300):
                        await anext(messages)
        assert await occupied(at) == "+CPMS: 2"

    run(scenario)


def test_a_place_that_is_filled_again_is_another_message() -> None:
    async def scenario(site: Site, at: AtClient) -> None:
        async with Messages(at) as messages:
            site.deliver("one")
            one = await anext(messages)
            await messages.delete(one)
            site.deliver("two")  # where the first one was
            await asyncio.sleep(10)
            assert await occupied(at) == "+CPMS: 1"
            two = await anext(messages)
            assert (two.text, two.places) == ("two", one.places)
            assert await occupied(at) == "+CPMS: 1"
        async with Messages(at, keep=True) as messages:
            assert (await anext(messages)).text == "two"
            await at.execute('AT+CPMS="SM"')
            await at.execute(f"AT+CMGD={two.places[0].index}")  # somebody else
            site.deliver("three")
            third = await anext(messages)
            assert (third.text, third.places) == ("three", two.places)

    run(scenario)


@pytest.mark.parametrize("service", [0, 1])
def test_what_is_handed_over_directly_is_taken_and_acknowledged(service: int) -> None:
    async def scenario(site: Site, at: AtClient) -> None:
        await at.execute(f"AT+CSMS={service}")
        async with Messages(at) as messages:
            await asyncio.sleep(5)
            await at.execute("AT+CNMI=2,2,0,1,0")
            for text in ("one", "two", LONG):
                site.deliver(text)
                async with asyncio.timeout(LOOK_S / 4):
                    message = await anext(messages)
                assert (message.text, message.places) == (text, ())
            sent = await messages.send(OTHER, "x", report=True)
            assert (await messages.report(sent, timeout_s=5))[0].delivered
            await asyncio.sleep(LOOK_S / 4)
            chosen = (await at.execute("AT+CNMI?")).lines[0]
            assert chosen == "+CNMI: 2,2,0,1,0", "unacknowledged, it would have stopped handing over"

    run(scenario, sms=SmsConduct(report_delay_s=(0, 0)))


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


def test_a_report_is_waited_for_until_the_centre_has_done() -> None:
    async def scenario(site: Site, at: AtClient) -> None:
        async with Messages(at) as messages:
            sent = await messages.send(OTHER, LONG, report=True)
            with pytest.raises(TimeoutError):
                await messages.report(sent, timeout_s=500)
            reports = await messages.report(sent, timeout_s=500)
            assert [each.reference for each in reports] == list(sent.references)
            assert all(each.delivered and each.recipient == OTHER for each in reports)

    run(scenario, sms=SmsConduct(delay_s=(600.0, 700.0)))


def test_a_report_on_an_older_message_is_no_answer() -> None:
    async def scenario(site: Site, at: AtClient) -> None:
        async with Messages(at) as messages:
            old = []
            for _ in range(256):
                old.append(await messages.send(OTHER, "x", report=True))
                await messages.report(old[-1], timeout_s=60)
            absent = Subscriber("250011234567899", "8970101234567890999", OTHER, SubscriberState.ACTIVE)
            site.network.add_subscriber(absent)
            sent = await messages.send(OTHER, "y", report=True)
            assert sent.references == old[0].references, "references go round"
            with pytest.raises(TimeoutError):
                await messages.report(sent, timeout_s=600)
            (expired,) = await messages.report(sent, timeout_s=7200)
            assert (expired.status, expired.delivered) == (0x46, False)

    run(scenario, sms=SmsConduct(validity_s=3600.0))


def test_who_keeps_messages_is_rid_of_reports_on_its_own_only() -> None:
    async def scenario(site: Site, at: AtClient) -> None:
        site.deliver("not for the sender")
        await asyncio.sleep(10)
        async with Messages(at, keep=True) as messages:
            sent = await messages.send(OTHER, LONG, report=True)
            await messages.report(sent, timeout_s=60)
            await asyncio.sleep(10)
            assert await occupied(at) == "+CPMS: 1"

    run(scenario)


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


@pytest.mark.parametrize(
    "news", ["+CMTI: ", '+CMTI: "SM"', '+CMTI: "SM",x', '+CMTI: "SM",9', '+CDSI: "XX",1']
)
def test_false_news_stop_no_reading(news: str) -> None:
    async def scenario(site: Site, at: AtClient) -> None:
        async with Messages(at) as messages:
            await asyncio.sleep(5)
            site.modem.say(news)
            await asyncio.sleep(5)
            site.deliver("true")
            assert (await anext(messages)).text == "true"

    run(scenario)


def test_a_restarted_modem_is_set_up_again() -> None:
    async def scenario(site: Site, at: AtClient) -> None:
        async with Messages(at) as messages:
            await asyncio.sleep(5)
            await at.execute("AT&F")
            await at.execute("AT+CMGF=1")  # as after a restart: text mode, nothing announced
            await at.execute("AT+CNMI=0,0,0,0,0")
            site.deliver("still here")
            assert (await anext(messages)).text == "still here"
            site.deliver("announced")
            async with asyncio.timeout(LOOK_S / 2):
                assert (await anext(messages)).text == "announced"

    run(scenario)


def test_a_modem_that_falls_silent_ends_the_reading() -> None:
    async def scenario(site: Site, at: AtClient) -> None:
        async with Messages(at) as messages:
            await asyncio.sleep(5)
            site.modem.add_fault("hang:command=+CMGF,times=1000")
            with pytest.raises(AtError):
                async with asyncio.timeout(3600):
                    await anext(messages)

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
