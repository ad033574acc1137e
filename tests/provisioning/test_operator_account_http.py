"""The operator's account over HTTP, against the emulated operator on loopback."""

from __future__ import annotations

import pytest
from operator_rules.desk import STAFF_TOKEN, Desk

from firmware_sim.http_api.serving import serving
from firmware_sim.network import SubscriberState
from firmware_sim.operator import OPERATOR
from firmware_sim.operator.api import make_operator_app
from firmware_sim.operator.rules import passwords, search
from provisioning.operator_account import (
    OFFERED_BY,
    AdapterKind,
    Capability,
    CardState,
    Money,
    NotOfferedError,
    OperatorRefusedError,
    OperatorUnreachableError,
)
from provisioning.operator_account_http import HttpOperatorAccount


@pytest.fixture
def desk():
    return Desk()


@pytest.fixture
async def url(desk):
    async with serving(make_operator_app(desk.operator, staff_token=STAFF_TOKEN), "127.0.0.1", 0) as served:
        yield served


@pytest.fixture
async def account(desk, url):
    admin = desk.company(subscribers=3)
    password = desk.do(passwords.issue, OPERATOR, admin.subject)
    async with HttpOperatorAccount(url, login=admin.subject, password=password) as signed_in:
        yield signed_in


@pytest.fixture
def first(desk, account):
    return desk.operator.ask(search.search, OPERATOR)[0]


def test_it_offers_what_an_interface_can(desk):
    account = HttpOperatorAccount("http://127.0.0.1:1", login="x", password="x")
    assert account.capabilities == {each for each, kinds in OFFERED_BY.items() if AdapterKind.API in kinds}


async def test_a_fleet_is_read(account, first):
    assert await account.balance() == Money(100_000)
    cards = await account.cards()
    assert [card.name for card in cards] == ["Котельная 1", "Котельная 2", "Котельная 3"]
    assert [card.iccid for card in await account.cards(f"%{first.number[-3:]}")] == [first.iccid]
    card = await account.card(first.iccid)
    assert (card.state, card.tariff, card.remaining_bytes) == (CardState.ACTIVE, "m2m", 10 << 20)
    on = {service.code for service in await account.services(first.iccid) if service.is_on}
    assert "mobile_internet" in on


async def test_what_is_ordered_the_network_does(account, desk, first):
    for order, state in (
        (account.pause, SubscriberState.SUSPENDED),
        (account.resume, SubscriberState.ACTIVE),
        (account.block, SubscriberState.BLOCKED),
        (account.unblock, SubscriberState.ACTIVE),
    ):
        await order(first.iccid)
        assert desk.network_state(first) is state
    await account.turn_on(first.iccid, "roaming")
    assert "roaming" in desk.of(first).services
    await account.turn_off(first.iccid, "roaming")
    assert "roaming" not in desk.of(first).services
    await account.change_tariff(first.iccid, "m2m_plus")
    await account.rename(first.iccid, "Школа №7")
    assert (await account.card(first.iccid)).tariff == "m2m_plus"
    desk.later(hours=24)
    assert desk.of(first).name == "Школа №7"


async def test_a_refusal_has_the_operators_reason(account, desk, first):
    with pytest.raises(OperatorRefusedError, match="сначала смените тариф"):
        await account.turn_on(first.iccid, "voicemail_plus")
    with pytest.raises(OperatorRefusedError, match="There is no SIM card"):
        await account.card("8970101234567890123")
    with pytest.raises(NotOfferedError) as refused:
        await account.own_number()
    assert refused.value.capability is Capability.OWN_NUMBER


async def test_a_wrong_password_and_an_operator_that_is_away(url, desk):
    with pytest.raises(OperatorRefusedError, match="wrong"):
        async with HttpOperatorAccount(url, login="K-1", password="guess"):
            raise AssertionError("it signed in")
    with pytest.raises(OperatorUnreachableError) as away:
        async with HttpOperatorAccount("http://127.0.0.1:9", login="K-1", password="x"):
            raise AssertionError("it signed in")
    assert away.value.retryable
