"""A kit card from the shop to its end: what its user orders and the operator decides, as the modem says it on AT.

First the whole gateway lives through the wait for activation on virtual time. Then one modem is asked by hand: each
decision must show in its answers at once, with no command of the operator to the modem.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from operator_rules.at_desk import AtDesk
from operator_rules.desk import Desk
from operator_rules.kit import OTHER_IMEI, Kit

from at_commands.dialects import sim800_sockets
from firmware_sim.card_numbers import CardNumbers
from firmware_sim.memory_broker import MemoryBroker
from firmware_sim.modem import EmulatedModem, ModemSettings, SimCard
from firmware_sim.network import Network, NetworkConfig, NetworkRunner
from firmware_sim.operator import OPERATOR, Caller, Operator
from firmware_sim.operator.books import Draft
from firmware_sim.operator.catalogue import MEGABYTE
from firmware_sim.operator.first_day import stock_up
from firmware_sim.operator.months import a_month_later
from firmware_sim.operator.records import (
    Detail,
    DetailKind,
    Hold,
    Life,
    PaymentMethod,
    Role,
    Subscriber,
    VendorCard,
    VendorCardState,
)
from firmware_sim.operator.rules import cards, devices, kit_cards, kit_payments
from firmware_sim.operator.rules.kit_payments import PageOutcome
from firmware_sim.operator.runner import OperatorRunner
from firmware_sim.virtual_time import LoopClock, VirtualLoop, run_virtual
from gateway.config import GatewayConfig
from gateway.service import GatewayService
from gateway.uplink import ModemUplink
from provisioning.journey import Reason, State

HOUR_S = 3600.0
USER = Caller(Role.VENDOR_USER, "boiler")

# -- the gateway waits for the operator


def test_the_gateway_goes_on_line_by_itself_hours_after_the_payment(tmp_path: Path) -> None:
    async def story() -> None:
        clock = LoopClock()
        operator = Operator(wall=clock.now, random=Random(5))
        numbers = CardNumbers.of_seed(5)
        operator.do(stock_up, [numbers], 5)
        network = Network(NetworkConfig(sweep_interval_s=None), random=Random(5), now=clock.monotonic())
        operator.serve(network, clock.monotonic)
        card = SimCard(numbers.iccid, numbers.imsi, msisdn=numbers.msisdn)
        settings = ModemSettings(imei=numbers.imei, seed=5)
        async with (
            NetworkRunner(network, clock),
            OperatorRunner(operator, clock),
            EmulatedModem(settings, card, network, clock=clock) as modem,
            _gateway(tmp_path, clock, modem) as gateway,
        ):
            async with asyncio.timeout(HOUR_S):
                await gateway.runner.wait_for(State.WAITING_ACTIVATION)
            assert gateway.runner.snapshot.reason is Reason.NOT_ACTIVATED

            operator.do(devices.sign_up, OPERATOR, login=USER.subject)
            operator.do(devices.add_device, USER, serial="Z-1", model="SMART 2.0", imei=numbers.imei)
            operator.do(kit_cards.add, USER, number=numbers.msisdn, tariff="base", serial="Z-1")
            payment = operator.do(kit_payments.create, USER, kopecks=9_000, method=PaymentMethod.CARD)
            operator.do(kit_payments.visit_page, USER, payment.id, PageOutcome.PAID)
            paid_at = operator.now()
            assert _in_service(operator, numbers.imsi).state is VendorCardState.ACTIVE
            assert _at_operator(operator, numbers.imsi).life is Life.IN_STOCK

            async with asyncio.timeout(6 * HOUR_S):
                while network.session(numbers.imsi) is None:
                    await clock.sleep(1)
            activated_at = _at_operator(operator, numbers.imsi).activated_at
            assert activated_at is not None
            assert 0 < (activated_at - paid_at).total_seconds() <= 4 * HOUR_S
            opened = [each for each in operator.books.all(Detail) if each.kind is DetailKind.DATA]
            assert opened[0].at > activated_at, "no data session before the card was active"
            assert _at_operator(operator, numbers.imsi).holds == ()

    run_virtual(story())


class SessionUplink(ModemUplink):
    """Opens the data session through the modem; behind it there is nothing."""

    @contextlib.asynccontextmanager
    async def open(self, host: str, port: int) -> AsyncIterator[tuple[str, int]]:
        await self._modem.client.send(sim800_sockets.local_address())
        yield host, port


@contextlib.asynccontextmanager
async def _gateway(directory: Path, clock: LoopClock, modem: EmulatedModem) -> AsyncIterator[GatewayService]:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)

    async def open_link():
        return modem.connect()

    config = GatewayConfig.model_validate(
        {
            "device": {"serial": "ZT-0001", "claim_code": "AB12-CD34", "model": "H-1V"},
            "modem": {"port": "memory"},
            "cloud": {"broker": "mqtt://broker.example"},
            "store": {"dir": directory},
        }
    )
    service = GatewayService(
        config,
        clock=clock,
        random=Random("gateway"),
        connector=MemoryBroker(),
        open_link=open_link,
        uplink=lambda facade: SessionUplink(facade, apn="internet"),
        hold=loop.hold,
    )
    task = asyncio.create_task(service.run(), name="gateway")
    try:
        yield service
    finally:
        service.stop()
        await asyncio.wait([task], timeout=300)
        task.result()


def _in_service(operator: Operator, imsi: str) -> VendorCard:
    found = operator.books.get(VendorCard, imsi)
    assert found is not None
    return found


def _at_operator(operator: Operator, imsi: str) -> Subscriber:
    found = operator.books.get(Subscriber, imsi)
    assert found is not None
    return found


# -- each decision, seen on AT at once


class Counter:
    """A kit card in its modem, and whoever decides about it."""

    def __init__(self) -> None:
        self.desk = Desk()
        self.kit = Kit(self.desk)
        self.modem = AtDesk(self.desk, self.kit.card)

    def activated(self) -> None:
        """Added, paid, swept; then the radio is cycled, for a modem that was refused does not ask again."""
        self.kit.start(100_000)
        self.modem.power_on()
        assert self.says("AT+CREG?") == ["+CREG: 1,1"]

    def says(self, line: str) -> list[str]:
        """What it answers within half a minute, without the final OK."""
        return [each for each in self.modem.send(line, 30) if each != "OK"]

    def cycles_radio(self) -> list[str]:
        return self.says("AT+CFUN=0") and [each for each in self.says("AT+CFUN=1") if "CREG" in each]

    def opens_data(self) -> list[str]:
        """Its session or the refusal with its cause."""
        self.says("AT+CIPSHUT")
        self.says('AT+CSTT="internet"')
        refused = self.says("AT+CIICR")
        return refused + self.says("AT+CEER") if refused else self.says("AT+CIFSR")

    def traffic_left(self) -> str:
        """What the operator's USSD menu says."""
        self.says('AT+CUSD=1,"*111#"')
        _, text, _ = self.says('AT+CUSD=1,"3"')[0].split('"')
        return _from_ucs2(text)

    def decides(self, rule, *arguments) -> list[str]:
        """Somebody orders something; what the modem says of its own accord within ten seconds."""
        self.desk.do(rule, *arguments)
        return self.modem.wait(10)

    def support(self, rule, hold: Hold) -> list[str]:
        return self.decides(rule, OPERATOR, self.kit.card.imsi, hold)


NOT_SUBSCRIBED = ["+CME ERROR: 133", "+CEER: requested service option not subscribed"]
BARRED = ["+CME ERROR: 177", "+CEER: operator determined barring"]
ADDRESS = "10.64.0."


@pytest.fixture
def counter() -> Counter:
    return Counter()


@pytest.fixture
def active(counter: Counter) -> Counter:
    counter.activated()
    return counter


def test_activation_shows_only_after_the_radio_was_cycled(counter: Counter) -> None:
    counter.modem.power_on()
    assert counter.says("AT+CREG?") == ["+CREG: 1,3"]
    assert counter.says("AT+CEER") == ["+CEER: IMSI unknown in HLR"]
    counter.kit.add()
    counter.kit.pay(9_000)
    assert counter.cycles_radio() == ["+CREG: 2", "+CREG: 3"], "paid, but not swept yet"
    assert counter.modem.wait(4 * HOUR_S) == [], "nobody tells a modem that its card is active now"
    assert counter.says("AT+CREG?") == ["+CREG: 1,3"]
    assert counter.cycles_radio() == ["+CREG: 2", "+CREG: 1"]
    assert counter.opens_data()[0].startswith(ADDRESS)


@pytest.mark.parametrize("hold", [Hold.CLERK, Hold.PAUSE])
def test_a_stopped_card_stays_registered_without_data(active: Counter, hold: Hold) -> None:
    def stop(draft: Draft, imsi: str) -> None:
        cards.put_hold(draft, cards.living(draft, imsi), hold)

    def go_on(draft: Draft, imsi: str) -> None:
        cards.lift_hold(draft, cards.living(draft, imsi), hold)

    active.opens_data()
    assert active.decides(stop, active.kit.card.imsi) == ["+PDP: DEACT"]
    assert active.says("AT+CREG?") == ["+CREG: 1,1"]
    assert active.opens_data() == NOT_SUBSCRIBED
    assert active.decides(go_on, active.kit.card.imsi) == []
    assert active.opens_data()[0].startswith(ADDRESS)


def test_a_blocked_card_is_put_off_the_network_and_let_in_again(active: Counter) -> None:
    assert active.support(cards.hold_by_clerk, Hold.LOST) == ["+CREG: 3"]
    assert active.says("AT+CEER") == ["+CEER: illegal MS"]
    assert active.cycles_radio() == ["+CREG: 2", "+CREG: 3"]
    active.support(cards.release_by_clerk, Hold.LOST)
    assert active.cycles_radio() == ["+CREG: 2", "+CREG: 1"]


def test_internet_switched_off_ends_the_session_and_refuses_the_next(active: Counter) -> None:
    def switch_off(draft: Draft, imsi: str) -> None:
        card = cards.living(draft, imsi)
        draft.put(replace(card, services=tuple(s for s in card.services if s != "mobile_internet")))

    active.opens_data()
    assert active.decides(switch_off, active.kit.card.imsi) == ["+PDP: DEACT"]
    assert active.opens_data() == NOT_SUBSCRIBED
    assert active.says("AT+CREG?") == ["+CREG: 1,1"]


def test_a_spent_quota_ends_the_session_until_the_next_period_or_a_dearer_tariff(active: Counter) -> None:
    active.opens_data()
    active.kit.use(10 * MEGABYTE)
    assert active.modem.wait(10) == ["+PDP: DEACT"]
    assert active.opens_data() == BARRED
    assert active.traffic_left() == "Остаток: 0 КБ"
    active.decides(kit_cards.change_tariff, active.kit.caller, active.kit.card.msisdn, "extended")
    assert active.traffic_left() == "Остаток: 40960 КБ"
    assert active.opens_data()[0].startswith(ADDRESS)
    active.kit.use(40 * MEGABYTE)
    assert active.opens_data() == BARRED
    active.desk.until(a_month_later(active.desk.now))
    active.modem.wait(1)
    assert active.opens_data()[0].startswith(ADDRESS)


def test_an_expired_period_keeps_the_card_in_the_network_and_takes_its_data(active: Counter) -> None:
    active.decides(kit_cards.set_auto_prolong, active.kit.caller, active.kit.card.msisdn, False)
    active.opens_data()
    assert "+PDP: DEACT" in active.modem.wait(31 * 24 * HOUR_S)
    assert active.opens_data() == NOT_SUBSCRIBED
    assert active.says("AT+CREG?") == ["+CREG: 1,1"]
    active.decides(kit_cards.prolong, active.kit.caller, active.kit.card.msisdn)
    assert active.opens_data()[0].startswith(ADDRESS)


def test_another_device_for_the_card_ends_the_session_of_this_one_and_its_next_blocks(
    active: Counter,
) -> None:
    active.kit.device("Z-2", OTHER_IMEI)
    active.opens_data()
    assert active.decides(kit_cards.rebind, active.kit.caller, active.kit.card.msisdn, "Z-2") == [
        "+PDP: DEACT"
    ]
    assert active.says("AT+CREG?") == ["+CREG: 1,1"], "attaching is tolerated anywhere"
    active.opens_data()
    assert active.kit.now.state is VendorCardState.BLOCKED
    assert active.cycles_radio() == ["+CREG: 2", "+CREG: 3"]
    active.decides(kit_cards.unblock, OPERATOR, active.kit.card.imsi)
    assert active.cycles_radio() == ["+CREG: 2", "+CREG: 1"]
    elsewhere = AtDesk(active.desk, active.kit.card, OTHER_IMEI)
    elsewhere.power_on()
    elsewhere.send('AT+CSTT="internet"', 60)
    assert elsewhere.send("AT+CIICR", 60) == ["OK"]


def test_a_terminated_card_is_unknown_for_good(active: Counter) -> None:
    said = active.decides(kit_cards.terminate, active.kit.caller, active.kit.card.msisdn)
    assert said == ["+CREG: 3"]
    assert active.says("AT+CEER") == ["+CEER: IMSI unknown in HLR"]
    assert active.cycles_radio() == ["+CREG: 2", "+CREG: 3"]
    with active.desk.refuses("terminated"):
        active.desk.do(cards.activate, OPERATOR, active.kit.card.imsi)


def test_the_operators_message_of_the_activation_waits_for_the_modem(counter: Counter) -> None:
    counter.modem.power_on()
    counter.kit.start()
    assert counter.cycles_radio() == ["+CREG: 2", "+CREG: 1"]
    assert [
        each for each in counter.modem.send('AT+CSCS="UCS2";+CMGL="ALL"', 30) if _from_ucs2(each) == WELCOME
    ]


WELCOME = "SIM-карта активирована."


def _from_ucs2(line: str) -> str:
    try:
        return bytes.fromhex(line).decode("utf-16-be")
    except ValueError:
        return ""
