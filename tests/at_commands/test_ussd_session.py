"""Conversations by USSD against the emulated modem on virtual time, for every family and each way they end."""

from __future__ import annotations

import asyncio
import contextlib
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from at_commands.client import AtClient
from at_commands.errors import AtError, CmeError
from at_commands.links import memory_link_pair
from at_commands.ussd import UssdEncoding
from at_commands.ussd_session import TABLE, Meaning, State, UssdEnd, UssdEndedError, UssdSession
from firmware_sim.modem import EmulatedModem, ModemSettings, SimCard
from firmware_sim.modem.families import PERSONALITIES
from firmware_sim.network import Network, NetworkConfig, NetworkRunner, Subscriber, SubscriberState
from firmware_sim.virtual_time import LoopClock, run_virtual

IMSI = "250011234567890"


class Site:
    def __init__(self, network: Network, clock: LoopClock, at: AtClient) -> None:
        self.network, self.clock, self.at = network, clock, at

    def push(self, text: str, *, needs_answer: bool = False) -> bool:
        return self.network.push_ussd(IMSI, text, self.clock.monotonic(), needs_answer=needs_answer)


def run(scenario, **settings) -> object:
    async def go() -> object:
        clock = LoopClock()
        network = Network(NetworkConfig(sweep_interval_s=None), random=Random(1), now=0.0)
        network.add_subscriber(Subscriber(IMSI, "8970101234567890123", "+7916", SubscriberState.ACTIVE))
        card = SimCard("8970101234567890123", IMSI, "+7916")
        async with (
            NetworkRunner(network, clock),
            EmulatedModem(ModemSettings(**settings), card, network, clock=clock) as modem,
            AtClient(modem.connect()) as at,
        ):
            await asyncio.sleep(60)
            await at.sync()
            return await scenario(Site(network, clock, at))

    return run_virtual(go(), limit_s=86_400.0)


@pytest.mark.parametrize("personality", PERSONALITIES)
@pytest.mark.parametrize("before_ok", [False, True])
@pytest.mark.parametrize("character_set", ["GSM", "UCS2", "IRA", "HEX"])
def test_a_menu_is_walked_through(personality: str, before_ok: bool, character_set: str) -> None:
    async def scenario(site: Site) -> None:
        await site.at.execute(f'AT+CSCS="{character_set}"')
        async with UssdSession(site.at) as ussd:
            root = await ussd.request("*111#")
            assert root.needs_reply
            assert root.text is not None
            assert root.text.startswith("1 Баланс")
            language = await ussd.reply("4")
            assert language.text == "1 Кириллица\n2 Латиница\n0 Назад"
            assert (await ussd.reply("0")).text == root.text
            last = await ussd.reply("1")
            assert (last.text, last.needs_reply, ussd.state) == ("Баланс:150.00р", False, State.IDLE)

    run(scenario, personality=personality, ussd_before_ok=before_ok)


@pytest.mark.parametrize("personality", PERSONALITIES)
@pytest.mark.parametrize("encoding", [None, *UssdEncoding])
@pytest.mark.parametrize("before_ok", [False, True])
def test_each_shape_of_an_answer_from_each_family(
    personality: str, encoding: str | None, before_ok: bool
) -> None:
    async def scenario(site: Site) -> None:
        for character_set in ("IRA", "GSM", "UCS2", "HEX"):
            await site.at.execute(f'AT+CSCS="{character_set}"')
            async with UssdSession(site.at) as ussd:
                assert (await ussd.request("#100#")).text == "Balans:150.00r"
                assert (await ussd.request("*100#")).text == "Баланс:150.00р"
                await ussd.request("*111*6*2#")
                menu = await ussd.request("*111#")
                assert menu.text == "1 Balans\n2 Tarif\n3 Trafik\n4 Yazyk otvetov"
                assert menu.needs_reply
                assert (await ussd.reply("4")).text == "1 Kirillica\n2 Latinica\n0 Nazad"
                assert (await ussd.reply("1")).text == "Ответы будут кириллицей"
                assert not ussd.pushes

    run(scenario, personality=personality, ussd_encoding=encoding, ussd_before_ok=before_ok)


@pytest.mark.parametrize(
    ("said", "texts"),
    [
        (['+CUSD: 0,"1 One', "2 Two", '0 Back",15'], ["1 One\n2 Two\n0 Back"]),
        (['+CUSD: 0,"1 "Smart"', '2 "More"",15'], ['1 "Smart"\n2 "More"']),
        (['+CUSD: 0, "One', 'Two" , 15', "stray"], ["One\nTwo"]),
        (['+CUSD: 0,"One', 'Two"'], ["One\nTwo"]),
        (['+CUSD: 0,"One', "Two"], ["One\nTwo"]),
        (['+CUSD: 0,"One', "RING"], ["One"]),
        (['+CUSD: 0,"One', '+CUSD: 0,"Two",15'], ["One", "Two"]),
        (["stray", "+CUSD: 2", "stray"], [None]),
        (['+CUSD: 0,"0', *(["x"] * 100)], ["\n".join(["0", *(["x"] * 63)])]),
    ],
)
def test_a_text_of_several_lines(play, said: list[str], texts: list[str | None]) -> None:
    async def scenario(at: AtClient, far) -> None:
        modem = asyncio.create_task(far.answer("AT+CSCS?", '+CSCS: "IRA"', "OK"))
        async with UssdSession(at) as ussd:
            await modem
            await far.raw("".join(f"\r\n{line}" for line in said).encode() + b"\r\n")
            await asyncio.sleep(10)
            assert [each.text for each in ussd.pushes] == texts

    play(scenario)


@pytest.mark.parametrize(
    ("code", "end", "after_s"),
    [("*500#", UssdEnd.RELEASED, 5), ("*501#", UssdEnd.NETWORK_TIMEOUT, 35)],
)
@pytest.mark.parametrize("before_ok", [False, True])
def test_no_answer(code: str, end: UssdEnd, after_s: float, before_ok: bool) -> None:
    async def scenario(site: Site) -> None:
        async with UssdSession(site.at) as ussd:
            began = site.clock.monotonic()
            with pytest.raises(UssdEndedError) as ended:
                await ussd.request(code, timeout_s=100)
            assert ended.value.end is end
            assert site.clock.monotonic() - began < after_s
            assert (await ussd.request("*100#")).text, "the next one works"

    run(scenario, ussd_before_ok=before_ok)


def test_a_menu_that_nobody_answers_is_released() -> None:
    async def scenario(site: Site) -> None:
        async with UssdSession(site.at) as ussd:
            assert (await ussd.request("*111#")).needs_reply
            await asyncio.sleep(70)
            assert ussd.state is State.IDLE
            with pytest.raises(UssdEndedError) as ended:
                await ussd.reply("1")
            assert ended.value.end is UssdEnd.RELEASED

    run(scenario)


def test_leaving_cancels_and_an_input_may_be_anything() -> None:
    async def scenario(site: Site) -> None:
        async with UssdSession(site.at) as ussd:
            assert (await ussd.request("*502#")).text == "Ваш номер договора?"
            assert (await ussd.reply("4711")).text == "Принято"
            await ussd.request("*111#")
        async with UssdSession(site.at) as ussd:
            assert (await ussd.request("1")).text == "Неизвестный код", "no menu is open"

    run(scenario)


def test_what_the_network_says_unasked() -> None:
    async def scenario(site: Site) -> None:
        await site.at.execute("AT+CUSD=1")
        async with UssdSession(site.at) as ussd:
            assert site.push("Пополните счёт")
            await asyncio.sleep(1)
            assert [(each.text, each.needs_reply) for each in ussd.pushes] == [("Пополните счёт", False)]
            assert site.push("1 Да\n2 Нет", needs_answer=True)
            await asyncio.sleep(1)
            assert ussd.pushes[-1].needs_reply
            assert ussd.state is State.OPEN
            await ussd.cancel()
            await site.at.execute("AT+CFUN=0")
            assert not site.push("nobody hears this")

    run(scenario)


def test_out_of_the_network() -> None:
    async def scenario(site: Site) -> None:
        await site.at.execute("AT+CMEE=1;+CFUN=4")
        async with UssdSession(site.at) as ussd:
            with pytest.raises(AtError) as refused:
                await ussd.request("*100#")
            assert isinstance(refused.value, CmeError)
            assert ussd.state is State.IDLE

    run(scenario)


def test_every_state_knows_every_standard_meaning() -> None:
    assert set(TABLE) == set(State)
    assert all(set(row) == set(range(6)) for row in TABLE.values())
    assert {meaning for row in TABLE.values() for meaning, _ in row.values()} == set(Meaning)


lines = st.one_of(
    st.builds("+CUSD: {}".format, st.integers(0, 9)),
    st.builds(
        '+CUSD: {},"{}",{}'.format, st.integers(0, 6), st.text("0419AF xyz", max_size=12), st.integers(0, 255)
    ),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20).map("+CUSD:{}".format),
)


@given(st.lists(lines, max_size=6), st.booleans())
def test_whatever_comes_a_request_ends_in_time(said: list[str], before_ok: bool) -> None:
    async def go() -> None:
        near, far = memory_link_pair()

        async def modem() -> None:
            while line := await far.read():
                news = "".join(f"\r\n{each}\r\n" for each in said) if b"CUSD=1" in line else ""
                result = "\r\n+CMEE: 1\r\n\r\nOK\r\n" if b"?" in line else "\r\nOK\r\n"
                await far.write((news + result if before_ok else result + news).encode("latin-1"))

        serving = asyncio.create_task(modem())
        async with AtClient(near) as at, UssdSession(at) as ussd:
            began = asyncio.get_running_loop().time()
            with contextlib.suppress(AtError):
                await ussd.request("*100#", timeout_s=10)
            assert asyncio.get_running_loop().time() - began < 60
            assert len(ussd.pushes) <= 20
        serving.cancel()

    run_virtual(go(), limit_s=3600.0)
