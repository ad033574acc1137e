"""The controller's own modem: alarms to its owner, commands from him, the balance; on an emulated modem and network."""

from __future__ import annotations

import asyncio
import random

from bare_house import firmware

from at_commands.links import Link
from firmware_sim.controller import presets as p
from firmware_sim.controller.gsm_unit import GsmUnit
from firmware_sim.modem import EmulatedModem, ModemSettings, SimCard
from firmware_sim.network import Network, NetworkConfig, NetworkRunner, Subscriber, SubscriberState
from firmware_sim.virtual_time import LoopClock, run_virtual

IMSI, ICCID = "250011234567890", "8970101123456789015"
OWNER = "+79161234567"


class Phone:
    """A site whose controller has a modem, and what its owner's phone has got."""

    def __init__(self, network: Network, unit: GsmUnit, made, house, clock: LoopClock) -> None:
        self.network, self.unit, self.firmware, self.house, self.clock = network, unit, made, house, clock

    def write(self, sender: str, text: str) -> None:
        self.network.send_sms(IMSI, sender, text, self.clock.monotonic())

    def got(self) -> list[tuple[str, str]]:
        return [(each.to, str(each.content)) for each in self.network.submitted_messages]


def story(work, *, state: SubscriberState = SubscriberState.ACTIVE, setting: str = "") -> None:
    async def play() -> None:
        clock = LoopClock()
        config = NetworkConfig(sweep_interval_s=None)
        network = Network(config, random=random.Random(7), now=clock.monotonic())
        network.add_subscriber(Subscriber(IMSI, iccid=ICCID, msisdn="+79160000000", state=state, paid=True))
        card = SimCard(ICCID, IMSI, msisdn="+79160000000")
        made, house = firmware()
        made.config.set_parameter(12, setting)
        async with (
            NetworkRunner(network, clock),
            EmulatedModem(ModemSettings(seed=7), card, network, clock=clock) as modem,
        ):

            async def open_modem() -> Link:
                return modem.connect()

            unit = GsmUnit(made, open_modem, clock, before=made.step)
            running = asyncio.create_task(unit.run())
            try:
                await work(Phone(network, unit, made, house, clock))
            finally:
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)

    run_virtual(play())


def test_an_alarm_is_told_to_its_users():
    async def work(phone: Phone) -> None:
        await asyncio.sleep(60)
        assert phone.got() == []
        phone.house.boilers["0000"].values.fault = True
        await asyncio.sleep(60)
        assert phone.got() == [(OWNER, "Авария в котельной")]
        assert phone.firmware.system("#S4?").split()[1] == "1"

    story(work)


def test_the_owner_commands_and_is_answered_and_a_stranger_is_not():
    async def work(phone: Phone) -> None:
        await asyncio.sleep(60)
        phone.write(OWNER, "темп Радиаторы 23,5")
        phone.write("+79990000000", "темп Радиаторы 5")
        await asyncio.sleep(120)
        assert phone.firmware.state(p.RADIATORS)["s"] == 23.5
        assert phone.got() == [(OWNER, "Радиаторы: 23.5 °C, принято.")]
        assert phone.unit.desk.refused == 1

    story(work)


def test_a_low_balance_is_told_once():
    async def work(phone: Phone) -> None:
        await asyncio.sleep(120)
        assert phone.unit.balance is not None
        assert phone.unit.balance.kopecks == 15000
        (told,) = phone.got()
        assert told == (OWNER, "Баланс SIM-карты контроллера: 150.00 руб.")
        phone.write(OWNER, "баланс")
        await asyncio.sleep(60)
        assert phone.got()[-1] == (OWNER, "Баланс: 150.00 руб.")

    story(work, setting="*100# 200")


def test_a_card_in_stock_is_seen_as_denied_and_what_is_to_be_said_waits():
    async def work(phone: Phone) -> None:
        phone.house.boilers["0000"].values.fault = True
        await asyncio.sleep(120)
        assert phone.got() == []
        assert phone.firmware.system("#S4?").split()[1] in {"2", "3"}
        assert phone.firmware.lines.leds()["gsm"] in {"fast", "slow"}

    story(work, state=SubscriberState.IN_STOCK)
