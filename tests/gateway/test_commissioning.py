"""Commissioning from end to end on virtual time: what goes wrong in the field, and what is said of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import pairwise
from random import Random

import pytest

from at_commands.errors import LinkBusyError, LinkNotFoundError, LinkPermissionError
from at_commands.links import Link
from firmware_sim.network import SubscriberState
from gateway.commissioning import BenchRefusedError, CommissioningRunner
from gateway.explain import explain_snapshot
from provisioning.backoff import BENCH, MAX_PER_HOUR, MIN_SPACING_S, STANDARD
from provisioning.device_store import DeviceStore
from provisioning.journey import AttemptDue, ClockJumped, CycleRadio, Reason, State
from provisioning.messages import DeviceStatus, ProvisioningReport
from provisioning.registration import Approval
from provisioning.store import Database
from provisioning.topics import Topics

HOUR_S = 3600.0
DAY_S = 24 * HOUR_S
IMSI = "250011234567890"
TOPICS = Topics()

Player = Callable[..., None]


def cycles(world) -> list[float]:
    """When radio cycles began, on the steady clock."""
    return [entry.at_s for entry in transcript(world) if entry.direction == ">" and entry.text == "AT+CFUN=0"]


def transcript(world) -> list:
    return list(world.site.transcript)


def test_from_stock_to_data(play: Player) -> None:
    async def story(world) -> None:
        world.site.network.schedule_activation(IMSI, 2 * HOUR_S)
        async with world.running() as service:
            await world.reached(service, State.WAITING_ACTIVATION)
            report = service.runner.snapshot
            assert report.reason is Reason.NOT_ACTIVATED
            assert explain_snapshot(report).who == "nobody"

            snapshot = await world.reached(service, State.ONLINE, within_s=4 * HOUR_S)
            await world.until(lambda: service.cloud.counts["telemetry_acked"] >= 3)

            assert snapshot.attempts >= 8
            assert (await world.device()).registrations == 1
            told = ProvisioningReport.from_payload(
                world.broker.retained[TOPICS.provisioning(snapshot.device_id)].payload
            )
            assert told.state == "online"
        status = DeviceStatus.from_payload(world.broker.retained[TOPICS.status(snapshot.device_id)].payload)
        assert status.status == "offline"
        # Until the card was activated no command was sent that could have opened a data session.
        activated = [entry for entry in transcript(world) if entry.at_s < 2 * HOUR_S]
        assert not [
            entry for entry in activated if entry.text.startswith(("AT+CIICR", "AT+CGATT", "AT+CSTT"))
        ]

    play(story, state=SubscriberState.IN_STOCK)


def test_the_denial_sticks_until_the_radio_is_cycled(play: Player) -> None:
    async def story(world) -> None:
        async with world.running() as service:
            await world.until(lambda: service.runner.snapshot.attempts >= 8, within_s=2 * HOUR_S)
            await world.until(lambda: service.runner.snapshot.next_attempt_at is not None)
            world.site.set_state(SubscriberState.ACTIVE)
            due = service.runner.snapshot.next_attempt_at
            await world.clock.sleep(due - world.clock.now() - 1.0)
            assert service.runner.snapshot.state is State.WAITING_ACTIVATION
            await world.reached(service, State.ONLINE, within_s=300)

    play(story, state=SubscriberState.IN_STOCK)


def test_a_hint_brings_the_attempt_forward(play: Player) -> None:
    async def story(world) -> None:
        async with world.running() as service:
            await world.until(lambda: service.runner.snapshot.attempts >= 8, within_s=2 * HOUR_S)
            await world.until(lambda: service.runner.snapshot.next_attempt_at is not None)
            world.site.set_state(SubscriberState.ACTIVE)
            service.hint("button")
            snapshot = await world.reached(service, State.ONLINE, within_s=180)
            assert snapshot.attempts == 9

    play(story, state=SubscriberState.IN_STOCK)


@pytest.mark.parametrize("by_s", [DAY_S, -DAY_S])
def test_a_clock_that_is_set_by_a_day_changes_nothing(play: Player, by_s: float) -> None:
    async def story(world) -> None:
        async with world.running() as service:
            await world.until(lambda: service.runner.snapshot.attempts >= 4, within_s=HOUR_S)
            world.clock.jump(by_s)
            await world.clock.sleep(5 * HOUR_S)
            assert [p.event for p in world.progress if isinstance(p.event, ClockJumped)] == [
                ClockJumped(by_s)
            ]
            assert_rules_kept(cycles(world))
            assert 20 <= service.runner.snapshot.attempts <= 30
            world.site.set_state(SubscriberState.ACTIVE)
            await world.reached(service, State.ONLINE, within_s=0.5 * HOUR_S)

    play(story, state=SubscriberState.IN_STOCK)


def test_what_comes_together_with_a_clock_that_is_set_costs_no_attempt(play: Player) -> None:
    """An impatient person at the very moment when the time service sets the clock, again and again."""

    async def story(world) -> None:
        async with world.running() as service:
            await world.reached(service, State.WAITING_ACTIVATION)
            for turn in range(90):
                await world.clock.sleep(65.0)
                world.clock.jump(-DAY_S if turn % 2 else DAY_S)
                service.hint("button")
            assert_rules_kept(cycles(world))
            assert service.runner.snapshot.attempts >= 12

    play(story, state=SubscriberState.IN_STOCK)


def assert_rules_kept(at: list[float]) -> None:
    assert all(later - earlier >= MIN_SPACING_S - 5 for earlier, later in pairwise(at))
    for begin in at:
        assert sum(begin <= moment < begin + HOUR_S for moment in at) <= MAX_PER_HOUR


def test_restarts_forget_no_attempt(play: Player) -> None:
    async def story(world) -> None:
        for _ in range(12):
            async with world.running(kill=True):
                await world.clock.sleep(100)
        assert_rules_kept(cycles(world))
        attempts = world.progress[-1].snapshot.attempts
        assert attempts == sum(CycleRadio() in progress.effects for progress in world.progress)
        world.site.set_state(SubscriberState.ACTIVE)
        async with world.running() as service:
            await world.reached(service, State.ONLINE, within_s=HOUR_S)

    play(story, state=SubscriberState.IN_STOCK)


def test_a_home_network_on_the_cards_list_of_forbidden_ones_is_told_and_costs_the_network_nothing(
    play: Player,
) -> None:
    async def story(world) -> None:
        world.site.card.forbid("25001")
        world.site.emulated.reboot()
        await world.clock.sleep(60)
        asked = len(world.site.network.registrations)
        async with world.running() as service:
            await world.reached(service, State.DENIED)
            explanation = explain_snapshot(service.runner.snapshot)
            assert "thermogate modem forbidden" in explanation.next.en
            await world.clock.sleep(3 * HOUR_S)
            assert service.runner.snapshot.state is State.DENIED
            assert len(world.site.network.registrations) == asked
            world.site.card.forgive("25001")
            await world.reached(service, State.ONLINE)

    play(story)


def test_a_wrong_pin_is_tried_once_for_ever(play: Player) -> None:
    async def story(world) -> None:
        config = world.config(modem={"pin": "9999"})
        for _ in range(3):
            async with world.running(config) as service:
                await world.until(lambda s=service: s.runner.snapshot.reason is Reason.PIN_WRONG)
                assert explain_snapshot(service.runner.snapshot).who == "installer"
                await world.clock.sleep(HOUR_S)
                world.site.emulated.reboot()
                await world.clock.sleep(HOUR_S)
                assert service.runner.snapshot.state is State.SIM_LOCKED
        assert world.site.sent("AT+CPIN=") == 1
        assert world.site.card.pin_tries == 2
        assert "9999" not in world.site.transcript.dump()
        async with world.running(world.config(modem={"pin": "1234"})) as service:
            await world.reached(service, State.ONLINE)

    play(story, pin="1234")


def test_the_last_try_is_never_spent(play: Player) -> None:
    async def story(world) -> None:
        world.site.card.pin_tries = 1
        async with world.running(world.config(modem={"pin": "1234"})) as service:
            await world.until(lambda: service.runner.snapshot.reason is Reason.PIN_LAST_TRY)
            await world.clock.sleep(HOUR_S)
        assert world.site.sent("AT+CPIN=") == 0
        assert world.site.card.pin_tries == 1

    play(story, pin="1234")


def test_a_program_that_died_while_trying_a_pin_tries_it_once_more_only_if_the_card_never_saw_it(
    play: Player,
) -> None:
    async def story(world) -> None:
        config = world.config(modem={"pin": "1234"})
        world.site.emulated.reboot()
        async with world.running(config, kill=True):
            await world.until(lambda: world.site.sent("AT+CPIN=") >= 1)
        async with world.running(config) as service:
            await world.reached(service, State.ONLINE)
        assert world.site.card.pin_tries == 3

    play(story, pin="1234")


def test_a_card_without_a_pin_given(play: Player) -> None:
    async def story(world) -> None:
        async with world.running() as service:
            await world.until(lambda: service.runner.snapshot.reason is Reason.PIN_NEEDED)
            await world.clock.sleep(600)
            assert service.runner.snapshot.state is State.SIM_LOCKED
        assert world.site.sent("AT+CPIN=") == 0

    play(story, pin="1234")


def test_puk(play: Player) -> None:
    async def story(world) -> None:
        world.site.card.pin_tries = 0
        async with world.running(world.config(modem={"pin": "1234"})) as service:
            await world.until(lambda: service.runner.snapshot.reason is Reason.PUK_NEEDED)
            await world.clock.sleep(600)
        assert world.site.sent("AT+CPIN=") == 0

    play(story, pin="1234")


def test_no_card_then_a_card(play: Player) -> None:
    async def story(world) -> None:
        async with world.running() as service:
            snapshot = await world.reached(service, State.SIM_MISSING)
            assert snapshot.reason is Reason.SIM_ABSENT
            world.site.emulated.insert_sim(world.site.card)
            await world.reached(service, State.ONLINE)

    play(story, with_card=False)


def test_the_card_is_pulled_while_on_line(play: Player) -> None:
    async def story(world) -> None:
        async with world.running() as service:
            await world.reached(service, State.ONLINE)
            card = world.site.emulated.remove_sim()
            await world.reached(service, State.SIM_MISSING)
            world.site.emulated.insert_sim(card)
            await world.reached(service, State.ONLINE)

    play(story)


def test_no_signal_then_signal(play: Player) -> None:
    async def story(world) -> None:
        world.site.emulated.set_signal(None)
        async with world.running() as service:
            await world.until(lambda: service.runner.snapshot.reason is Reason.NO_SIGNAL)
            assert explain_snapshot(service.runner.snapshot).who == "installer"
            world.site.emulated.set_signal(-87)
            snapshot = await world.reached(service, State.ONLINE, within_s=2 * HOUR_S)
            assert snapshot.rssi_dbm == -87

    play(story)


@pytest.mark.parametrize(
    ("state", "reached", "reason"),
    [
        (SubscriberState.BLOCKED, State.DENIED, Reason.SIM_BLOCKED),
        (SubscriberState.TERMINATED, State.WAITING_ACTIVATION, Reason.NOT_ACTIVATED),
        (SubscriberState.SUSPENDED, State.REGISTERED_NO_DATA, Reason.DATA_REFUSED),
    ],
)
def test_what_the_operator_does_to_a_card(
    play: Player, state: SubscriberState, reached: State, reason: Reason
) -> None:
    async def story(world) -> None:
        async with world.running() as service:
            snapshot = await world.reached(service, reached)
            assert snapshot.reason is reason
            assert explain_snapshot(snapshot).render("ru")
            await world.clock.sleep(3 * HOUR_S)
            assert_rules_kept(cycles(world))
            world.site.set_state(SubscriberState.ACTIVE)
            await world.reached(service, State.ONLINE)

    play(story, state=state)


@pytest.mark.parametrize("state", [SubscriberState.IN_STOCK, SubscriberState.ACTIVE])
def test_the_modem_restarts(play: Player, state: SubscriberState) -> None:
    async def story(world) -> None:
        settled = State.ONLINE if state is SubscriberState.ACTIVE else State.WAITING_ACTIVATION
        async with world.running() as service:
            await world.reached(service, settled)
            world.progress.clear()
            world.site.emulated.reboot()
            await world.until(lambda: any(p.snapshot.reason is Reason.REBOOTED for p in world.progress))
            await world.reached(service, settled)
            assert_rules_kept(cycles(world))

    play(story, state=state)


def test_the_port_vanishes_and_comes_back(play: Player) -> None:
    async def story(world) -> None:
        async with world.running() as service:
            await world.reached(service, State.ONLINE)
            await world.site.links[-1].close()
            snapshot = await world.reached(service, State.NO_MODEM)
            assert snapshot.reason is Reason.LINK_LOST
            await world.reached(service, State.ONLINE)
            assert (await world.device()).registrations == 1

    play(story)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (LinkNotFoundError("/dev/ttyUSB9", "no such port"), Reason.LINK_NOT_FOUND),
        (LinkBusyError("/dev/ttyUSB9", "in use"), Reason.LINK_BUSY),
        (LinkPermissionError("/dev/ttyUSB9", "permission denied"), Reason.LINK_PERMISSION),
    ],
)
def test_a_port_that_cannot_be_opened_is_waited_for(play: Player, error: Exception, reason: Reason) -> None:
    async def story(world) -> None:
        broken = True

        async def opening() -> Link:
            if broken:
                raise error
            return await world.site.open_link()

        async with world.running(open_link=opening) as service:
            await world.until(lambda: service.runner.snapshot.reason is reason)
            assert explain_snapshot(service.runner.snapshot).who == "installer"
            await world.clock.sleep(HOUR_S)
            broken = False
            await world.reached(service, State.ONLINE)

    play(story)


def test_the_broker_is_down_and_comes_back(play: Player) -> None:
    async def story(world) -> None:
        world.broker.stop()
        async with world.running() as service:
            await world.until(lambda: service.runner.snapshot.reason is Reason.BROKER_UNREACHABLE)
            await world.clock.sleep(HOUR_S)
            world.broker.start()
            await world.reached(service, State.ONLINE)

    play(story)


def test_the_broker_refuses_our_credentials(play: Player) -> None:
    async def story(world) -> None:
        world.broker.refuse_next(0x86, times=3)
        async with world.running() as service:
            await world.until(lambda: service.runner.snapshot.reason is Reason.BROKER_REFUSED)
            assert explain_snapshot(service.runner.snapshot).code == "broker_refused.134"
            await world.reached(service, State.ONLINE)

    play(story)


def test_a_serial_that_the_cloud_does_not_know(play: Player) -> None:
    async def story(world) -> None:
        async with world.running() as service:
            await world.until(lambda: service.runner.snapshot.reason is Reason.UNKNOWN_SERIAL)
            await world.registrar.add_device("ZT-0001", model="H-1V", claim_code="AB12-CD34")
            await world.reached(service, State.ONLINE)

    play(story, known=False)


def test_a_second_key_for_the_serial(play: Player) -> None:
    async def story(world) -> None:
        async with world.running() as service:
            await world.reached(service, State.ONLINE)
        async with world.running(world.config(store={"dir": world.directory / "other"})) as service:
            await world.until(lambda: service.runner.snapshot.reason is Reason.KEY_MISMATCH)
            await world.registrar.rearm("ZT-0001")
            await world.reached(service, State.ONLINE)

    play(story)


def test_pending_until_a_person_approves(play: Player) -> None:
    async def story(world) -> None:
        async with world.running() as service:
            snapshot = await world.reached(service, State.PENDING_APPROVAL)
            assert explain_snapshot(snapshot).who == "cloud"
            await world.registrar.approve("ZT-0001")
            await world.reached(service, State.ONLINE)

    play(story, approval=Approval.MANUAL)


def test_pre_activation_ends_with_a_served_card_and_never_opens_data(play: Player) -> None:
    async def story(world) -> None:
        world.site.network.schedule_activation(IMSI, HOUR_S)
        async with Database(world.directory / "bench.db", hold=world.loop.hold) as db:
            store = DeviceStore(db)
            runner = CommissioningRunner(
                world.site.modem(store=store),
                store,
                policy=STANDARD,
                clock=world.clock,
                random=Random(3),
            )
            snapshot = await asyncio.wait_for(runner.run(), 2 * HOUR_S)
        assert (snapshot.state, snapshot.reason) == (State.STOPPED, Reason.ACTIVATED)
        for command in ("AT+CSTT", "AT+CIICR", "AT+CIPSTART", "AT+CGATT=", "AT+CGACT", "AT+SAPBR"):
            assert world.site.sent(command) == 0

    play(story, state=SubscriberState.IN_STOCK)


class _RealModemLink:
    """Hides from the modem that it is asked whether it is a simulator, as on a real one."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self.url = link.url
        self.read = link.read
        self.close = link.close

    async def write(self, data: bytes) -> None:
        await self._link.write(data.replace(b"%THERMOGATE", b"%UNKNOWN"))


def test_the_bench_policy_refuses_a_real_modem_unless_told(play: Player) -> None:
    async def story(world) -> None:
        async def opening() -> Link:
            return _RealModemLink(await world.site.open_link())

        config = world.config(waiting={"policy": "bench"})
        with pytest.raises(BenchRefusedError):
            await world.service(config, open_link=opening).run()
        async with world.running(config, open_link=opening, bench_on_real_modem=True) as service:
            await world.reached(service, State.ONLINE)
        async with world.running(config) as service:
            await world.reached(service, State.ONLINE)

    play(story)
    assert not BENCH.real_modem


@pytest.mark.parametrize("after_s", [0.0, 0.5, 3.0, 9.0, 13.0, 70.0, 75.0, 90.0])
def test_a_stop_at_any_moment_leaves_nothing_behind(play: Player, after_s: float) -> None:
    async def story(world) -> None:
        async with world.running() as service:
            await world.clock.sleep(after_s)
        assert service.runner.snapshot.state is State.STOPPED
        assert world.broker.clients == ("thermogate-registrar",)
        # The radio is never left off.
        async with world.site.modem() as modem:
            assert (await modem.client.execute("AT+CFUN?")).lines == ("+CFUN: 1",)

    play(story, state=SubscriberState.IN_STOCK if after_s > 60 else SubscriberState.ACTIVE)


def test_a_day_is_the_same_byte_for_byte(play: Player) -> None:
    told: list[str] = []

    async def story(world) -> None:
        world.site.network.schedule_activation(IMSI, 23 * HOUR_S)
        async with world.running() as service:
            await world.reached(service, State.ONLINE, within_s=DAY_S)
            await world.clock.sleep(1800)
        lifecycle = "\n".join(
            f"{p.at:.3f} {p.event} {p.snapshot.state} {p.snapshot.reason} {p.effects}" for p in world.progress
        )
        told.append(world.site.transcript.dump() + lifecycle)

    for _ in range(2):
        play(story, state=SubscriberState.IN_STOCK)

    assert told[0] == told[1]
    assert told[0].count("\n") > 20_000
    assert told[0].count(AttemptDue.__name__) >= 60
