"""The bench at work: cards come and go, wait, are parked and resumed; none of them ever gets a data session.

`play` holds the last of these for every story here, in the network's books and in the modems' transcripts.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
from workshop import Workshop, iccid_of

from firmware_sim.network import SubscriberState
from gateway.bench.slot import Phase
from provisioning.explanation import Actor
from provisioning.verdicts import Kind

Play = Callable[..., None]
ACTIVE, BLOCKED = SubscriberState.ACTIVE, SubscriberState.BLOCKED
PATIENCE_S = 3 * 3600.0


@pytest.mark.parametrize("personality", ["sim800c", "ec25", "m66"])
def test_cards_are_served_one_after_another_in_one_port(play: Play, personality: str) -> None:
    async def story(shop: Workshop) -> None:
        listed = "iccid,device\n" + "".join(f"{iccid_of(n)},ZT-{n}\n" for n in (1, 2, 3))
        async with shop.bench(listed=listed) as bench:
            for number in (1, 2, 3):
                shop.card(number, ACTIVE)
                shop.put(number, "p1")
                row = await shop.verdict(bench, number, Kind.SERVED)
                assert row.expected is not None
                assert row.expected.device_serial == f"ZT-{number}"
                assert row.served_at is not None
                await shop.clock.sleep(5.0)
            assert bench.complete
            assert all(row.record is not None and row.record.operator for row in bench.cards_now())

    play(story, personality=personality)


def test_a_parked_card_goes_on_in_another_port_where_it_stood(play: Play) -> None:
    async def story(shop: Workshop) -> None:
        shop.card(1), shop.card(2, ACTIVE)
        async with shop.bench() as bench:
            shop.put(1, "p1")
            await shop.verdict(bench, 1, Kind.OPERATOR_DELAY)
            await shop.clock.sleep(1800.0)
            tried = shop.row(bench, 1)
            assert tried is not None
            assert tried.attempts >= 5
            shop.put(2, "p1")
            await shop.verdict(bench, 2, Kind.SERVED)
            parked = shop.row(bench, 1)
            assert parked is not None
            assert parked.parked
            assert parked.verdict.kind is Kind.OPERATOR_DELAY
            assert parked.verdict.who is Actor.NOBODY
            seen = shop.attempts(1)
            shop.put(1, "p2")
            await shop.verdict(bench, 1, Kind.OPERATOR_DELAY, within_s=60.0)
            await shop.clock.sleep(3600.0)
            resumed = shop.row(bench, 1)
            assert resumed is not None
            assert resumed.port == "p2"
            # The quick start is not begun anew: one registration by being put in, then the cadence of its age.
            assert resumed.attempts - parked.attempts <= 5
            assert 2 <= shop.attempts(1) - seen <= 8
            shop.set_state(1, ACTIVE)
            done = await shop.verdict(bench, 1, Kind.SERVED)
            assert done.record is not None
            assert done.record.snapshot.activation_wait_s is not None
            assert done.record.snapshot.activation_wait_s > 5400.0

    play(story, ports=2)


@pytest.mark.parametrize("personality", ["sim7600", "ec25", "m590"])
def test_a_card_changed_in_the_blink_of_an_eye_is_noticed(play: Play, personality: str) -> None:
    async def story(shop: Workshop) -> None:
        shop.card(1), shop.card(2)
        async with shop.bench() as bench:
            shop.put(1, "p1")
            await shop.verdict(bench, 1, Kind.OPERATOR_DELAY)
            shop.modems["p1"].insert_sim(shop.cards[2])
            row = await shop.verdict(bench, 2, Kind.OPERATOR_DELAY, within_s=120.0)
            assert row.port == "p1"
            before = shop.row(bench, 1)
            assert before is not None
            assert before.parked

    play(story, personality=personality)


def test_the_hours_attempts_hold_for_card_and_modem_alike(play: Play) -> None:
    async def story(shop: Workshop) -> None:
        for number in (1, 2, 3):
            shop.card(number)
        async with shop.bench() as bench:
            for round_ in range(12):
                number = round_ % 3 + 1
                shop.put(number, "p1")
                await shop.verdict(bench, number, Kind.OPERATOR_DELAY)
                await shop.clock.sleep(240.0)
            stamps = sorted(
                {
                    stamp
                    for row in bench.cards_now()
                    if row.record is not None
                    for stamp in row.record.snapshot.ladder.stamps
                }
            )
            assert len(stamps) >= 8
            cycles = [
                entry.at_s
                for entry in shop.transcripts["p1"]
                if entry.direction == ">" and entry.text == "AT+CFUN=0"
            ]
            for begin in cycles:
                assert sum(begin <= at < begin + 3600.0 for at in cycles) <= 10

    play(story)


def test_a_killed_bench_forgets_nothing(play: Play) -> None:
    async def story(shop: Workshop) -> None:
        shop.card(1, ACTIVE), shop.card(2)
        listed = f"iccid\n{iccid_of(1)}\n{iccid_of(2)}\n"
        async with shop.bench(listed=listed) as bench:
            shop.put(1, "p1")
            await shop.verdict(bench, 1, Kind.SERVED)
            shop.put(2, "p1")
            await shop.verdict(bench, 2, Kind.OPERATOR_DELAY)
            await shop.clock.sleep(900.0)
            before = shop.row(bench, 2)
        assert before is not None
        assert before.record is not None
        async with shop.bench(listed=listed) as again:
            first = await shop.verdict(again, 1, Kind.SERVED, within_s=1.0)
            assert first.port is None
            resumed = await shop.verdict(again, 2, Kind.OPERATOR_DELAY, within_s=60.0)
            assert resumed.record is not None
            assert resumed.attempts >= before.attempts >= 3
            assert set(before.record.snapshot.ladder.stamps) <= set(resumed.record.snapshot.ladder.stamps)
            shop.set_state(2, ACTIVE)
            await shop.verdict(again, 2, Kind.SERVED)
            await shop.clock.sleep(2.0)
            assert again.complete

    play(story)


def test_wrong_cards_are_named_and_not_worked_on(play: Play) -> None:
    async def story(shop: Workshop) -> None:
        shop.card(1), shop.card(2), shop.card(3, pin="1234"), shop.card(4)
        listed = "iccid;оплачено до\n" + f"{iccid_of(1)};2001-01-31\n{iccid_of(3)};31.12.2199\n"
        async with shop.bench(listed=listed, issuers=("897010",)) as bench:
            shop.put(1, "p1")
            assert (await shop.verdict(bench, 1, Kind.UNPAID)).verdict.who is Actor.OWNER
            shop.put(2, "p1")
            await shop.verdict(bench, 2, Kind.NOT_LISTED)
            await shop.clock.sleep(1800.0)
            assert "AT+CFUN=0" not in [e.text for e in shop.transcripts["p1"] if e.direction == ">"][-50:]
            shop.put(3, "p1")
            await shop.verdict(bench, 3, Kind.PIN_LOCKED)
            assert not [e for e in shop.transcripts["p1"] if e.text.startswith("AT+CPIN=")]
            assert not bench.complete
        async with shop.bench(issuers=("891",)) as bench:
            shop.put(4, "p1")
            await shop.verdict(bench, 4, Kind.WRONG_ISSUER)

    play(story)


def test_blocked_cards_are_told_from_late_operators(play: Play) -> None:
    async def story(shop: Workshop) -> None:
        shop.card(1, ACTIVE), shop.card(2, BLOCKED), shop.card(3)
        async with shop.bench(patience_s=PATIENCE_S) as bench:
            shop.put(1, "p1")
            await shop.verdict(bench, 1, Kind.SERVED)
            shop.modems["p1"].remove_sim()
            await shop.clock.sleep(10.0)
            shop.set_state(1, BLOCKED)
            shop.put(1, "p1")
            again = await shop.verdict(bench, 1, Kind.BLOCKED)
            assert again.verdict.who is Actor.VENDOR
            shop.put(2, "p1")
            await shop.verdict(bench, 2, Kind.BLOCKED)
            shop.put(3, "p1")
            await shop.verdict(bench, 3, Kind.OPERATOR_DELAY)
            late = await shop.verdict(bench, 3, Kind.OPERATOR_OVERDUE, within_s=PATIENCE_S + 10)
            assert late.verdict.who is Actor.OPERATOR

    play(story)


def test_no_coverage_is_no_fault_of_the_card(play: Play) -> None:
    async def story(shop: Workshop) -> None:
        shop.card(1, ACTIVE)
        shop.modems["p1"].set_signal(None)
        async with shop.bench() as bench:
            shop.put(1, "p1")
            row = await shop.verdict(bench, 1, Kind.NO_COVERAGE)
            assert row.verdict.who is Actor.INSTALLER
            shop.modems["p1"].set_signal(-70)
            await shop.verdict(bench, 1, Kind.SERVED)

    play(story)


def test_one_number_in_two_ports_is_named(play: Play) -> None:
    async def story(shop: Workshop) -> None:
        card = shop.card(1)
        async with shop.bench() as bench:
            shop.put(1, "p1")
            await shop.verdict(bench, 1, Kind.OPERATOR_DELAY)
            shop.modems["p2"].insert_sim(type(card)(card.iccid, card.imsi))
            await shop.clock.sleep(300.0)
            kinds = {row.port: row.verdict.kind for row in bench.slots_now()}
            assert kinds == {"p1": Kind.DUPLICATE, "p2": Kind.OPERATOR_DELAY}

    play(story, ports=2)


def test_a_modem_that_notices_nothing_is_told_by_a_person(play: Play) -> None:
    async def story(shop: Workshop) -> None:
        shop.card(1)
        async with shop.bench() as bench:
            shop.put(1, "p1")
            await shop.verdict(bench, 1, Kind.OPERATOR_DELAY)
            await shop.clock.sleep(100.0)
            before = shop.row(bench, 1)
            bench.slots[0].card_changed()
            # It was the same card: starting it anew was an attempt, is counted, and kept the rules' distance.
            await shop.clock.sleep(200.0)
            after = shop.row(bench, 1)
            assert before is not None
            assert before.record is not None
            assert after is not None
            assert after.record is not None
            stamps = after.record.snapshot.ladder.stamps
            assert len(stamps) > len(before.record.snapshot.ladder.stamps)
            assert all(b - a >= 59.0 for a, b in itertools.pairwise(stamps))

    play(story)


def test_a_port_that_fails_comes_back(play: Play) -> None:
    async def story(shop: Workshop) -> None:
        shop.card(1, ACTIVE)
        shop.modems["p1"].cut_power()
        async with shop.bench(one_card=True) as bench:
            await shop.clock.sleep(60.0)
            assert bench.slots_now()[0].verdict.kind is Kind.NO_MODEM
            shop.modems["p1"].restore_power()
            shop.put(1, "p1")
            await shop.verdict(bench, 1, Kind.SERVED)
            assert bench.slots_now()[0].phase is Phase.FINISHED
            assert bench.complete

    play(story)
