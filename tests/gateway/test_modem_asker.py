"""A card asks its operator through every family of modems, in Cyrillic and in Latin."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from firmware_sim.modem.families import PERSONALITIES
from firmware_sim.network import NetworkConfig
from firmware_sim.virtual_time import LoopClock, run_virtual
from gateway.modem_asker import ModemAsker
from provisioning.operator_account import Capability, Money, OperatorUnreachableError, RemainingTraffic
from provisioning.operator_codes import MTS, Question
from provisioning.sim_account import SimAccount

IMSI = "250011234567890"
CONFIG = NetworkConfig(sweep_interval_s=None)


def with_asker(open_site, family: str, work: Callable[[ModemAsker, object], Awaitable[None]]) -> None:
    """Run `work` with a registered modem of a family, on virtual time."""

    async def scenario() -> None:
        clock = LoopClock()
        async with open_site(clock, personality=family, config=CONFIG) as site:
            modem = site.modem()
            await modem.open()
            try:
                for _ in range(300):
                    if (await modem.registration("cs")).status.registered:
                        break
                    await asyncio.sleep(1)
                await work(ModemAsker(modem.client), site)
            finally:
                await modem.close()

    run_virtual(scenario())


@pytest.mark.parametrize("latin", [False, True], ids=["cyrillic", "latin"])
@pytest.mark.parametrize("family", sorted(PERSONALITIES))
def test_all_four_answers(open_site, family: str, latin: bool) -> None:
    async def work(asker: ModemAsker, site) -> None:
        if latin:
            await asker.ussd("*111*6*2#")
        traffic = {Capability.REMAINING_TRAFFIC: Question.parse("*111#,3")}
        account = SimAccount(asker, MTS, own_codes=traffic)
        assert await account.own_number() == "79161234567"
        balance = await account.ask_balance()
        assert balance.value == Money(15000)
        assert balance.text.startswith("Balans:" if latin else "Баланс:")
        tariff = await account.ask_tariff()
        assert tariff.value
        assert tariff.text.startswith("Vash" if latin else "Ваш")
        assert await account.remaining_traffic() == RemainingTraffic(None)

    with_asker(open_site, family, work)


@pytest.mark.parametrize("family", sorted(PERSONALITIES))
def test_the_balance_by_message_is_the_new_one_though_an_old_one_lies_there(open_site, family: str) -> None:
    async def work(asker: ModemAsker, site) -> None:
        site.network.send_sms(IMSI, "111", "Баланс:7р", site.clock.monotonic())
        await asyncio.sleep(30)
        own = {Capability.BALANCE: Question.parse("sms:111:11")}
        account = SimAccount(asker, MTS, own_codes=own)
        assert await account.balance() == Money(15000)
        site.network.subscriber(IMSI).balance_kopecks = -1250
        await asyncio.sleep(5)
        assert await account.balance() == Money(-1250)

    with_asker(open_site, family, work)


def test_silence_is_no_answer_in_both_languages(open_site) -> None:
    async def work(asker: ModemAsker, site) -> None:
        for code in ("*500#", "*501#"):
            with pytest.raises(OperatorUnreachableError) as raised:
                await asker.ussd(code)
            assert code in raised.value.told.ru
            assert raised.value.retryable

    with_asker(open_site, "sim800c", work)
