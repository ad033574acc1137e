"""A SIM card that the operator still has in stock, its activation, and what it takes to notice it.

The network denies such a card for good (MM cause 2); a modem that was denied so stays silent, even after the
operator has made the card active, until its radio is cycled. A data session before that is to be avoided.
"""

import pytest

from at_commands import commands
from at_commands.client import AtClient
from at_commands.codes import RegistrationStatus
from at_commands.dialects import sim800_sockets as sockets
from at_commands.errors import AtError
from firmware_sim.network import SubscriberState
from hil_tests import needs
from hil_tests.gateway import BenchGateway
from hil_tests.modem import BenchModem, BenchSimCard
from provisioning.journey import State

pytestmark = [
    pytest.mark.asyncio,
    pytest.mark.timeout(90),
    needs("operator", "far_side", "radio", "sim_card"),
]

CAUSE_IMSI_UNKNOWN_IN_HLR = 2
# Ten times what a registration takes, in the time of the bench.
LOOKS, LOOK_EVERY_S = 20, 5.0


async def wait_for_status(at: AtClient, modem: BenchModem, status: RegistrationStatus) -> None:
    """Ask, which costs the network nothing, until the modem says `status`."""
    while (await at.send(commands.registration())).status is not status:
        await modem.clock.sleep(1.0)


async def cycle_radio(at: AtClient) -> None:
    await at.send(commands.set_functionality(0))
    await at.send(commands.set_functionality(1))


async def test_a_card_in_stock_is_denied_for_the_reason_that_fits(tg_modem: BenchModem) -> None:
    async with tg_modem.client() as at:
        await wait_for_status(at, tg_modem, RegistrationStatus.DENIED)
    causes = {record.cause for record in tg_modem.far_side.registrations}
    assert causes == {CAUSE_IMSI_UNKNOWN_IN_HLR}


async def test_a_denied_modem_does_not_notice_the_activation_by_itself(
    tg_modem: BenchModem, tg_sim_card: BenchSimCard
) -> None:
    async with tg_modem.client() as at:
        await wait_for_status(at, tg_modem, RegistrationStatus.DENIED)
        attempts = len(tg_modem.far_side.registrations)
        tg_sim_card.tell_operator(SubscriberState.ACTIVE)
        for _ in range(LOOKS):
            await tg_modem.clock.sleep(LOOK_EVERY_S)
            assert (await at.send(commands.registration())).status is RegistrationStatus.DENIED
    assert len(tg_modem.far_side.registrations) == attempts, "it asked the network by itself"


async def test_a_radio_cycle_brings_an_activated_card_in(
    tg_modem: BenchModem, tg_sim_card: BenchSimCard
) -> None:
    async with tg_modem.client() as at:
        await wait_for_status(at, tg_modem, RegistrationStatus.DENIED)
        tg_sim_card.tell_operator(SubscriberState.ACTIVE)
        await cycle_radio(at)
        await wait_for_status(at, tg_modem, RegistrationStatus.HOME)


async def test_a_radio_cycle_of_a_card_in_stock_is_denied_again(tg_modem: BenchModem) -> None:
    async with tg_modem.client() as at:
        await wait_for_status(at, tg_modem, RegistrationStatus.DENIED)
        attempts = len(tg_modem.far_side.registrations)
        await cycle_radio(at)
        while len(tg_modem.far_side.registrations) == attempts:
            await tg_modem.clock.sleep(1.0)
        await wait_for_status(at, tg_modem, RegistrationStatus.DENIED)


async def test_a_restart_brings_an_activated_card_in(tg_modem: BenchModem, tg_sim_card: BenchSimCard) -> None:
    async with tg_modem.client() as at:
        await wait_for_status(at, tg_modem, RegistrationStatus.DENIED)
    tg_sim_card.tell_operator(SubscriberState.ACTIVE)
    tg_modem.far_side.modem.reboot()
    await tg_modem.far_side.until_registered()


async def test_no_data_session_is_to_be_had_before_the_activation(tg_modem: BenchModem) -> None:
    async with tg_modem.client() as at:
        await wait_for_status(at, tg_modem, RegistrationStatus.DENIED)
        with pytest.raises(AtError):
            await at.send(commands.attach())
        with pytest.raises(AtError):
            await at.send(sockets.bring_up())
    assert tg_modem.far_side.data_session is None


async def test_the_gateway_waits_says_why_and_opens_no_data_session(
    tg_modem: BenchModem, tg_gateway: BenchGateway
) -> None:
    await tg_gateway.start()
    await tg_gateway.wait_for(State.WAITING_ACTIVATION)
    for lang in ("ru", "en"):
        explanation = tg_gateway.explanation(lang)
        assert explanation.strip()
    assert tg_gateway.explanation("ru") != tg_gateway.explanation("en")
    attempts = tg_gateway.attempts
    await tg_gateway.until(lambda: tg_gateway.attempts >= attempts + 3)
    assert tg_modem.far_side.data_session is None
    assert tg_gateway.state is not State.ONLINE


async def test_the_gateway_notices_the_activation_and_goes_on_line(
    tg_modem: BenchModem, tg_sim_card: BenchSimCard, tg_gateway: BenchGateway
) -> None:
    await tg_gateway.start()
    await tg_gateway.wait_for(State.WAITING_ACTIVATION)
    tg_sim_card.tell_operator(SubscriberState.ACTIVE)
    await tg_gateway.wait_for(State.ONLINE)
    assert tg_modem.far_side.data_session is not None
