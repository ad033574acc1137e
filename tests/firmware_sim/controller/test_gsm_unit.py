"""The controller's own modem: alarms to its owner, commands from him, calls, the balance.

On an emulated modem of two families and an emulated network, with emulated phones at the far end, in virtual time.
"""

from __future__ import annotations

import asyncio
import itertools
import random
from contextlib import AsyncExitStack

import pytest
from bare_house import firmware

from at_commands.client import AtClient
from at_commands.links import Link
from at_commands.messages import Messages
from firmware_sim.controller import presets as p
from firmware_sim.controller.balance_watch import AGAIN_S, EVERY_S
from firmware_sim.controller.gsm_unit import GsmUnit
from firmware_sim.controller.objects.notifications import Message
from firmware_sim.controller.voice_call import CallEnd
from firmware_sim.modem import EmulatedModem, ModemSettings, SimCard
from firmware_sim.network import (
    Network,
    NetworkConfig,
    NetworkRunner,
    SmsConduct,
    Subscriber,
    SubscriberState,
)
from firmware_sim.network.ussd_menu import IsSilent, Releases
from firmware_sim.virtual_time import LoopClock, run_virtual
from provisioning.zont.object_types import ObjectType
from provisioning.zont.object_values import object_line

IMSI, ICCID, IMEI = "250011234567890", "8970101123456789015", "866104023456786"
OWN = "+79160000000"
OWNER, STRANGER = "+79161234567", "+79990000000"
HOUR, DAY = 3600, 86400
FAMILIES = ("sim800c", "ec25")
ALARM_TEXT = "Авария в котельной"


class Handset:
    """Somebody's phone: what it has got, and what it does when it rings."""

    def __init__(self, number: str, modem: EmulatedModem, at: AtClient) -> None:
        self.number, self.modem, self.at = number, modem, at
        self.got: list[str] = []
        self.when_it_rings = ""
        self.rang = 0

    async def live(self) -> None:
        async with Messages(self.at) as messages:
            self.messages = messages
            async for message in messages:
                assert message.sender == OWN
                self.got.append(message.text)

    async def listen(self) -> None:
        async with self.at.subscribe("RING") as urcs:
            async for _ in urcs:
                self.rang += 1
                if self.when_it_rings:
                    await self.at.execute(self.when_it_rings)

    async def write(self, text: str) -> None:
        await self.messages.send(OWN, text)


class Site:
    """A controller with its modem, its owner's phone and a stranger's."""

    def __init__(self, network, clock, made, house, unit, modem, owner, stranger) -> None:
        self.network, self.clock = network, clock
        self.firmware, self.house = made, house
        self.unit, self.modem = unit, modem
        self.owner, self.stranger = owner, stranger

    @property
    def sent(self) -> list[tuple[str, str]]:
        """Messages that the controller's modem has handed in."""
        return [(m.to, str(m.content)) for m in self.network.submitted_messages if m.imsi == IMSI]

    def fail_boiler(self, fails: bool = True) -> None:
        self.house.boilers["0000"].values.fault = fails

    def flags(self, flags: int, **values) -> None:
        """The alarm's notification as it is told."""
        line = object_line(
            p.ALARM_NOTE, ObjectType.NOTIFICATION, name="Авария", sms_text=ALARM_TEXT,
            recipients=(p.OWNER,), flags=flags, **({"causes": (p.BOILER_1,)} | values),
        )  # fmt: skip
        self.firmware.config.set_object(line.id, line.values)
        self.firmware.reload()


def story(
    work, *, family: str = "sim800c", state=SubscriberState.ACTIVE, balance_code: str = "", **network_config
) -> None:
    async def play() -> None:
        clock = LoopClock()
        network = Network(
            NetworkConfig(sweep_interval_s=None, **network_config),
            random=random.Random(7),
            now=clock.monotonic(),
        )
        made, house = firmware()
        made.config.set_parameter(12, balance_code)
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(NetworkRunner(network, clock))

            async def modem(number, imsi, iccid, imei, personality, state) -> EmulatedModem:
                network.add_subscriber(Subscriber(imsi, iccid=iccid, msisdn=number, state=state, paid=True))
                settings = ModemSettings(personality=personality, seed=7, imei=imei)
                card = SimCard(iccid, imsi, msisdn=number)
                return await stack.enter_async_context(EmulatedModem(settings, card, network, clock=clock))

            def run(coroutine) -> None:
                task = asyncio.create_task(coroutine)

                async def end() -> None:
                    task.cancel()
                    await asyncio.gather(task, return_exceptions=True)

                stack.push_async_callback(end)

            async def handset(number, last) -> Handset:
                own = await modem(
                    number,
                    IMSI[:-1] + last,
                    ICCID[:-1] + last,
                    IMEI[:-1] + last,
                    "sim800c",
                    SubscriberState.ACTIVE,
                )
                at = await stack.enter_async_context(AtClient(own.connect()))
                await at.sync()
                made = Handset(number, own, at)
                run(made.live())
                run(made.listen())
                return made

            own = await modem(OWN, IMSI, ICCID, IMEI, family, state)
            owner, stranger = await handset(OWNER, "1"), await handset(STRANGER, "2")

            async def open_modem() -> Link:
                return own.connect()

            unit = GsmUnit(made, open_modem, clock, before=made.step)
            run(unit.run())
            await work(Site(network, clock, made, house, unit, own, owner, stranger))

    run_virtual(play())


families = pytest.mark.parametrize("family", FAMILIES)


# -- alarms


@families
def test_an_alarm_comes_to_its_users_phone(family):
    async def work(site: Site) -> None:
        await asyncio.sleep(60)
        assert site.sent == []
        site.fail_boiler()
        await asyncio.sleep(60)
        assert site.owner.got == [ALARM_TEXT]
        assert site.stranger.got == []
        level, registration, operator = site.firmware.system("#S4?").removeprefix("#S4:").split(" ", 2)
        assert (int(level), registration, operator) == (20, "1", "MTS RUS")
        assert site.firmware.system("#S19?") == f"#S19:{IMEI} {ICCID}"
        assert site.firmware.system("#S224?") == "#S224:0 1 0 0"
        assert site.firmware.lines.leds()["gsm"] == "on"

    story(work, family=family)


def test_an_alarm_that_flickers_does_not_empty_the_account():
    async def work(site: Site) -> None:
        await asyncio.sleep(60)
        for number in range(60):
            site.fail_boiler(number % 2 == 0)
            await asyncio.sleep(30)
        assert 1 < len(site.owner.got) <= 4

    story(work)


def test_the_end_of_the_last_alarm_is_told_to_whom_it_matters():
    async def work(site: Site) -> None:
        site.flags(1 | 16, end_text="Котёл снова греет", causes=(p.BOILER_1, p.BOILER_2))
        await asyncio.sleep(60)
        site.fail_boiler()
        site.house.boilers["0001"].values.fault = True
        await asyncio.sleep(60)
        site.fail_boiler(False)
        await asyncio.sleep(60)
        assert "Котёл снова греет" not in site.owner.got
        site.house.boilers["0001"].values.fault = False
        await asyncio.sleep(60)
        assert site.owner.got[-1] == "Котёл снова греет"

    story(work)


def test_pushes_and_the_speaker_cost_no_message():
    async def work(site: Site) -> None:
        site.flags(8 | 16 | 32, voice_text="Котёл встал")
        await asyncio.sleep(60)
        site.fail_boiler()
        await asyncio.sleep(60)
        note = site.firmware.objects[p.ALARM_NOTE]
        assert (list(note.pushed), list(note.spoken)) == ([ALARM_TEXT], ["Котёл встал"])
        assert site.sent == []

    story(work)


def test_a_card_in_stock_is_seen_as_denied_and_what_is_to_be_said_waits():
    async def work(site: Site) -> None:
        site.fail_boiler()
        await asyncio.sleep(120)
        assert site.sent == []
        assert site.firmware.system("#S4?").split()[1] in {"2", "3"}
        assert site.firmware.lines.leds()["gsm"] in {"fast", "slow"}
        site.network.set_state(IMSI, SubscriberState.ACTIVE, site.clock.monotonic())
        site.modem.reboot()
        await asyncio.sleep(300)
        assert site.owner.got == [ALARM_TEXT]

    story(work, state=SubscriberState.IN_STOCK)


def test_a_reload_of_the_configuration_loses_no_alarm():
    async def work(site: Site) -> None:
        await asyncio.sleep(60)
        site.fail_boiler()
        site.firmware.step()
        site.firmware.reload()
        await asyncio.sleep(60)
        assert site.owner.got == [ALARM_TEXT]

    story(work)


# -- what breaks in between


@families
def test_a_refusing_centre_is_asked_again_but_not_for_ever(family):
    async def work(site: Site) -> None:
        await asyncio.sleep(60)
        site.network.set_state(IMSI, SubscriberState.SUSPENDED, site.clock.monotonic())
        site.fail_boiler()
        site.unit.order(Message(STRANGER, "не тревога"))
        await asyncio.sleep(2 * HOUR)
        assert (len(site.unit.queue), site.unit.queue.given_up) == (1, 1)
        site.network.set_state(IMSI, SubscriberState.ACTIVE, site.clock.monotonic())
        await asyncio.sleep(HOUR)
        assert site.owner.got == [ALARM_TEXT]
        assert site.stranger.got == []

    story(work, family=family)


@families
@pytest.mark.parametrize(("alarm", "copies"), [(True, 2), (False, 1)])
def test_what_may_have_been_sent_is_told_again_only_if_it_is_an_alarm(family, alarm, copies):
    async def work(site: Site) -> None:
        await asyncio.sleep(60)
        site.modem.add_fault("lost_ok:command=+CMGS,times=1")
        site.unit.order(Message(OWNER, "вода на полу", alarm=alarm))
        await asyncio.sleep(600)
        assert site.owner.got == ["вода на полу"] * copies
        assert len(site.unit.queue) == 0

    story(work, family=family)


@families
def test_an_alarm_cut_in_the_middle_of_its_parts_comes_whole_in_the_end(family):
    async def work(site: Site) -> None:
        await asyncio.sleep(60)
        long, parts = "Протечка в котельной, кран перекрыт. " * 4, []

        def cut_behind_the_first_part(_line: int, said: bool, data: bytes) -> None:
            if said and b"+CMGS: " in data and not parts:
                parts.append(data)
                asyncio.get_running_loop().call_soon(site.modem.cut_power)

        site.modem.tap = cut_behind_the_first_part
        site.unit.order(Message(OWNER, long, alarm=True))
        await asyncio.sleep(120)
        site.modem.restore_power()
        await asyncio.sleep(600)
        assert site.owner.got.count(long.strip()) + site.owner.got.count(long) == 1
        assert len(site.unit.queue) == 0

    story(work, family=family)


@families
def test_what_was_sent_is_not_sent_again_when_the_modem_falls_off_later(family):
    async def work(site: Site) -> None:
        await asyncio.sleep(60)
        site.fail_boiler()
        await asyncio.sleep(60)
        site.unit.order(Message(OWNER, "второе", alarm=True))
        site.modem.cut_power()
        await asyncio.sleep(300)
        assert site.owner.got == [ALARM_TEXT]
        assert site.firmware.system("#S4?").split(":")[1].split()[:2] == ["0", "0"]
        assert site.firmware.lines.leds()["gsm"] == "off"
        assert site.firmware.system(f"SMS={OWNER} x") == "SMS=no_modem"
        site.modem.restore_power()
        await asyncio.sleep(300)
        assert site.owner.got == [ALARM_TEXT, "второе"]

    story(work, family=family)


# -- calls


@families
@pytest.mark.parametrize(
    ("rings", "ends", "told"),
    [
        ("ATA", [CallEnd.ANSWERED], []),
        ("ATH", [CallEnd.BUSY] * 2, [ALARM_TEXT]),
        ("", [CallEnd.NO_ANSWER] * 2, [ALARM_TEXT]),
        ("off", [CallEnd.NO_CARRIER] * 2, [ALARM_TEXT]),
    ],
)
def test_an_alarm_by_voice_and_an_sms_where_nobody_picks_up(family, rings, ends, told):
    async def work(site: Site) -> None:
        site.flags(2 | 4 | 16, voice_text=ALARM_TEXT)
        site.owner.when_it_rings = rings
        await asyncio.sleep(60)
        if rings == "off":
            site.owner.when_it_rings = ""
            await site.owner.at.execute("AT+CFUN=4")
        site.fail_boiler()
        await asyncio.sleep(300)
        await site.owner.at.execute("AT+CFUN=1")
        await asyncio.sleep(60)
        assert list(site.unit.calls) == [(OWNER, end) for end in ends]
        assert site.owner.got == told

    story(work, family=family)


def test_without_the_flag_nothing_is_written_when_nobody_picks_up():
    async def work(site: Site) -> None:
        site.flags(2 | 16)
        await asyncio.sleep(60)
        site.fail_boiler()
        await asyncio.sleep(600)
        assert len(site.unit.calls) == 2
        assert site.sent == []

    story(work)


def test_calls_let_messages_through_and_end():
    async def work(site: Site) -> None:
        for number in range(6):
            site.firmware.system(f"DIAL=+7916123450{number}")
            site.unit.order(Message(OWNER, f"обход {number}", voice=True, alarm=True))
        await asyncio.sleep(60)
        site.fail_boiler()
        await asyncio.sleep(70)
        assert site.owner.got == [ALARM_TEXT]
        assert len(site.unit.queue) > 1
        site.owner.when_it_rings = "ATA"  # and never hangs up
        await asyncio.sleep(HOUR)
        assert len(site.unit.queue) == 0
        assert (await site.owner.at.execute("AT+CLCC")).lines == ()

    story(work)


@families
def test_who_may_command_calls_for_nothing_and_gets_the_state(family):
    async def work(site: Site) -> None:
        await asyncio.sleep(60)
        for phone in (site.owner, site.stranger):
            await phone.at.execute(f"ATD{OWN};")
            await asyncio.sleep(60)
            assert (await phone.at.execute("AT+CLCC")).lines == ()
        assert list(site.unit.rejected) == [OWNER, STRANGER]
        (state,) = site.owner.got
        assert "Радиаторы: 20.0°, уставка 21.0°" in state
        assert site.stranger.got == []
        assert site.unit.desk.refused == 1

    story(work, family=family)


def test_who_hides_his_number_hears_that_it_is_busy():
    async def work(site: Site) -> None:
        await asyncio.sleep(60)
        site.network.subscriber(IMSI[:-1] + "2").msisdn = ""
        await site.stranger.at.execute(f"ATD{OWN};")
        await asyncio.sleep(30)
        assert (await site.stranger.at.execute("AT+CLCC")).lines == ()
        assert list(site.unit.rejected) == [""]
        assert site.sent == []

    story(work)


# -- commands


@families
def test_the_owner_commands_and_is_answered_and_a_stranger_is_not(family):
    async def work(site: Site) -> None:
        await asyncio.sleep(60)
        await site.owner.write("темп Радиаторы 23,5")
        await site.stranger.write("темп Радиаторы 5")
        await asyncio.sleep(60)
        assert site.firmware.state(p.RADIATORS)["s"] == 23.5
        assert site.owner.got == ["Радиаторы: 23.5 °C, принято."]
        assert site.stranger.got == []
        assert site.unit.desk.refused == 1

    story(work, family=family)


def test_the_service_phone_commands_until_its_last_day():
    async def work(site: Site) -> None:
        today = site.firmware.lines.local_time().date()
        for days in (-1, 0):
            packed = (today.year - 2000) << 9 | today.month << 5 | today.day + days
            assert site.firmware.system(f"#S207={STRANGER} {packed}") == "#S207:ok"
            await asyncio.sleep(60)
            await site.stranger.write("status ГВС")
            await asyncio.sleep(60)
            assert len(site.stranger.got) == days + 1

    story(work)


def test_a_message_that_the_network_delivers_twice_is_one_command():
    async def work(site: Site) -> None:
        await asyncio.sleep(60)
        await site.owner.write("темп Радиаторы 23")
        await asyncio.sleep(120)
        assert len(site.sent) == 1

    story(work, sms=SmsConduct(duplication=1.0))


def test_a_command_is_done_once_whatever_the_modem_does_meanwhile():
    async def work(site: Site) -> None:
        await asyncio.sleep(60)
        done: list[object] = []
        relay = site.firmware.objects[p.RELAY_YARD]
        command = relay.command
        relay.command = lambda value: (done.append(value), command(value))[1]
        site.modem.add_fault("lost_ok:command=+CMGD,times=1")
        site.modem.add_fault("lost_ok:command=+CMGS,times=1")
        await site.owner.write("реле вкл")
        await asyncio.sleep(900)
        assert len(done) <= 1
        assert site.owner.got.count("Двор: вкл, принято.") == len(done)

    story(work)


def test_lines_send_and_dial_through_the_modem():
    async def work(site: Site) -> None:
        assert site.firmware.system(f"SMS={OWNER} рано") == "SMS=no_modem"
        await asyncio.sleep(60)
        assert site.firmware.system("SMS=8(916)123-45-67 проверка связи") == "SMS=ok"
        assert site.firmware.system("SMS=112 x") == "SMS=wrong_number"
        assert site.firmware.system(f"SMS={OWNER} ") == "SMS=wrong_text"
        assert site.firmware.system("DIAL=+79161234567;+CMGD=1,4") == "DIAL=wrong_number"
        await asyncio.sleep(30)
        assert site.owner.got == ["проверка связи"]
        assert site.firmware.system(f"DIAL={OWNER}") == "DIAL=ok"
        await asyncio.sleep(120)
        assert list(site.unit.calls) == [(OWNER, CallEnd.NO_ANSWER)]
        answers = {site.firmware.system(f"SMS={OWNER} {number}") for number in range(100)}
        assert answers == {"SMS=ok", "SMS=too_many"}

    story(work)


# -- the balance


@families
def test_a_low_balance_is_told_once_until_it_was_well_above(family):
    async def work(site: Site) -> None:
        def pay(kopecks: int) -> None:
            site.network.subscriber(IMSI).balance_kopecks = kopecks

        told = "Баланс SIM-карты контроллера: {} руб."
        site.flags(0)
        await asyncio.sleep(120)
        assert site.owner.got == [told.format("150.00")]
        await site.owner.write("баланс")
        await asyncio.sleep(60)
        assert site.owner.got[-1] == "Баланс: 150.00 руб."
        for kopecks, count, threshold in (
            (14000, 2, 201),
            (20500, 2, 200),
            (19000, 2, 201),
            (30000, 2, 200),
            (-1250, 3, 201),
        ):
            pay(kopecks)
            assert site.firmware.system(f"#S12=*100# {threshold}") == "#S12:ok"  # so it is asked now
            await asyncio.sleep(60)
            assert len(site.owner.got) == count
        assert site.owner.got[-1] == told.format("-12.50")

    story(work, family=family, balance_code="*100# 200")


def asked(site: Site, into: list[float]) -> None:
    """Notes when the balance is asked for."""

    def tap(_line: int, said: bool, data: bytes) -> None:
        if not said and b"+CUSD=1," in data:
            into.append(site.clock.monotonic())

    site.modem.tap = tap


@pytest.mark.parametrize(
    "answers",
    [
        {"ussd_texts": {"*155#": "Услуга недоступна"}},
        {"ussd_texts": {"*155#": ""}},
        {"ussd_menus": {"*155#": Releases()}},
        {"ussd_menus": {"*155#": IsSilent()}},
    ],
    ids=["no balance", "empty", "released", "silent"],
)
def test_a_balance_that_cannot_be_had_is_asked_for_an_hour_later(answers):
    async def work(site: Site) -> None:
        times: list[float] = []
        asked(site, times)
        await asyncio.sleep(2 * AGAIN_S + 300)
        assert len(times) == 3
        assert min(later - sooner for sooner, later in itertools.pairwise(times)) >= AGAIN_S
        assert site.unit.balance is None
        assert site.sent == []
        await site.owner.write("balance")
        await asyncio.sleep(60)
        assert site.owner.got == ["The balance is not known yet."]

    story(work, balance_code="*155# 200", **answers)


@pytest.mark.slow
def test_the_balance_is_read_in_latin_and_not_asked_anew_by_a_modem_that_restarts():
    async def work(site: Site) -> None:
        times: list[float] = []
        asked(site, times)
        site.network.subscriber(IMSI).latin_answers = True
        await asyncio.sleep(120)
        for _ in range(5):
            site.modem.reboot()
            await asyncio.sleep(300)
        assert len(times) == 1
        await asyncio.sleep(EVERY_S - 1800)
        assert len(times) == 1
        await asyncio.sleep(1800)
        assert len(times) == 2
        assert site.unit.balance is not None
        assert site.unit.balance.kopecks == 15000

    story(work, balance_code="*100# 0")


def test_without_the_network_the_balance_is_not_asked_for():
    async def work(site: Site) -> None:
        times: list[float] = []
        asked(site, times)
        await asyncio.sleep(HOUR)
        assert times == []

    story(work, balance_code="*100# 0", state=SubscriberState.IN_STOCK)


# -- the supply


@pytest.mark.parametrize(("notices", "told"), [(None, True), (6, False), (1, True)])
def test_lost_mains_are_told_and_their_return(notices, told):
    async def work(site: Site) -> None:
        if notices is not None:
            assert site.firmware.system(f"#S206={notices}") == "#S206:ok"
        await asyncio.sleep(60)
        site.house.mains = False
        await asyncio.sleep(60)
        site.house.mains = True
        await asyncio.sleep(60)
        expected = ["Пропало питание, контроллер на батарее.", "Питание восстановлено."]
        assert site.owner.got == (expected if told else [])

    story(work)


def test_a_controller_without_current_is_silent_and_answers_when_it_is_back():
    async def work(site: Site) -> None:
        site.firmware.system("#S209=0")
        await asyncio.sleep(60)
        site.house.mains = False
        await asyncio.sleep(60)
        await site.owner.write("статус Двор")
        await asyncio.sleep(HOUR)
        assert site.sent == []
        assert set(site.firmware.lines.leds().values()) == {"off"}
        site.house.mains = True
        await asyncio.sleep(120)
        assert site.owner.got == ["Двор: выкл"]

    story(work)


def test_the_unit_outlives_a_modem_full_of_faults():
    async def work(site: Site) -> None:
        for spec in (
            "drop:p=0.0005",
            "noise:p=0.001",
            "urc_inside:every=50,text=RING",
            "hang:every=90,for=40,times=5",
        ):
            site.modem.add_fault(spec)
        for number in range(5):
            site.unit.order(Message(OWNER, f"тревога {number}", alarm=True))
            await asyncio.sleep(600)
        site.modem.faults.clear(site.clock.monotonic())
        await asyncio.sleep(2 * HOUR)
        assert set(site.owner.got) == {f"тревога {number}" for number in range(5)}

    story(work)
