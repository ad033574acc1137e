"""The outbox: nothing is forgotten before the cloud has said so, whatever dies."""

from __future__ import annotations

import asyncio
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from provisioning.outbox import REFUSED_TOPIC_PAUSE_S, Outbox, OutboxLimits, OutboxMessage, Priority
from provisioning.outbox_sql import OutboxStats
from provisioning.store import Database

TOPIC = "tg/v1/dev/d1/telemetry"


def message(number: int, priority: int = Priority.TELEMETRY, topic: str = TOPIC) -> OutboxMessage:
    return OutboxMessage(f"op-{number:05}", topic, f"payload {number}".encode(), priority)


def op_ids(messages: list[OutboxMessage]) -> list[str]:
    return [message.op_id for message in messages]


@pytest.fixture
async def outbox(any_db: Database, hand_clock: Any) -> Outbox:
    box = Outbox(any_db, clock=hand_clock, limits=OutboxLimits(max_messages=100, max_bytes=10_000, window=10))
    await box.start()
    return box


async def test_the_whole_life_of_a_message(outbox: Outbox) -> None:
    await outbox.put(TOPIC, b"\x00\xff", "op-00001")
    assert await outbox.stats() == OutboxStats(new=1, bytes=2)
    [claimed] = await outbox.claim(10)
    assert claimed == OutboxMessage("op-00001", TOPIC, b"\x00\xff")
    assert (await outbox.stats()).sending == 1
    await outbox.published(["op-00001"])
    assert (await outbox.stats()).broker_acked == 1
    assert await outbox.pending() == 1, "the broker's word is not enough"
    await outbox.acknowledged(["op-00001"])
    assert await outbox.stats() == OutboxStats(acknowledged=1)


async def test_urgent_first_then_oldest(outbox: Outbox) -> None:
    await outbox.put_many([message(1), message(2), message(3, Priority.EVENT), message(4, Priority.ALARM)])
    await outbox.put_many([message(5)])
    assert op_ids(await outbox.claim(3)) == ["op-00004", "op-00003", "op-00001"]
    assert op_ids(await outbox.claim(3)) == ["op-00002", "op-00005"]


async def test_the_same_op_id_is_kept_once(outbox: Outbox) -> None:
    await asyncio.gather(*(outbox.put_many([message(1)]) for _ in range(5)))
    await outbox.claim(1)
    await outbox.put_many([message(1)])
    assert (await outbox.stats()).pending == 1
    assert await outbox.claim(1) == []


async def test_many_puts_of_one_turn_share_one_commit(outbox: Outbox, any_db: Database) -> None:
    before = any_db.commits
    await asyncio.gather(*(outbox.put_many([message(number)]) for number in range(50)))
    assert any_db.commits == before + 1
    assert await outbox.pending() == 50


async def test_an_ack_may_overtake_the_brokers(outbox: Outbox) -> None:
    await outbox.put_many([message(1)])
    await outbox.claim(1)
    await outbox.acknowledged(["op-00001", "op-never-seen"])
    await outbox.published(["op-00001"])
    assert await outbox.stats() == OutboxStats(acknowledged=1)


async def test_the_window_bounds_what_is_under_way(outbox: Outbox) -> None:
    await outbox.put_many([message(number) for number in range(30)])
    first = await outbox.claim(100)
    assert len(first) == 10
    await outbox.published(op_ids(first))
    assert await outbox.claim(100) == []
    waiting = asyncio.create_task(outbox.wait_for_work())
    await asyncio.sleep(0)
    assert not waiting.done()
    await outbox.acknowledged(op_ids(first)[:4])
    await waiting
    assert len(await outbox.claim(100)) == 4


async def test_unsent_messages_keep_their_place(outbox: Outbox) -> None:
    await outbox.put_many([message(number) for number in range(3)])
    await outbox.unsent(op_ids(await outbox.claim(2)))
    assert op_ids(await outbox.claim(3)) == ["op-00000", "op-00001", "op-00002"]


async def test_without_an_ack_it_is_sent_again_and_ever_more_rarely(outbox: Outbox, hand_clock: Any) -> None:
    await outbox.put_many([message(1)])
    sent_at: list[float] = []
    started = hand_clock.monotonic()
    while hand_clock.monotonic() - started < 4 * 3600:
        for claimed in await outbox.claim(10):
            sent_at.append(hand_clock.monotonic() - started)
            await outbox.published([claimed.op_id])
        hand_clock.advance(20)
        await outbox.sweep()
    assert sent_at == [0, 60, 120, 240, 480, 960, 1920, 3720, 5520, 7320, 9120, 10920, 12720]
    await outbox.acknowledged(["op-00001"])
    assert (await outbox.stats()).acknowledged == 1


async def test_a_topic_that_is_refused_rests_and_the_others_go_on(outbox: Outbox, hand_clock: Any) -> None:
    await outbox.put_many([message(1, topic="denied"), message(2, topic="denied"), message(3)])
    [first] = await outbox.claim(1)
    await outbox.refused(first, 0x87, for_ever=False)
    assert op_ids(await outbox.claim(10)) == ["op-00003"]
    hand_clock.advance(REFUSED_TOPIC_PAUSE_S)
    waiting = asyncio.create_task(outbox.wait_for_work())
    await outbox.sweep()
    await waiting
    assert op_ids(await outbox.claim(10)) == ["op-00001", "op-00002"]


async def test_a_message_refused_for_ever_is_dead_and_counted(
    outbox: Outbox, any_db: Database, hand_clock: Any
) -> None:
    await outbox.put_many([message(1)])
    [first] = await outbox.claim(1)
    await outbox.refused(first, 0x95, for_ever=True)
    assert await outbox.stats() == OutboxStats(dead=1, bytes=9, refused=1)
    again = Outbox(any_db, clock=hand_clock)
    await again.start()
    assert await again.claim(10) == []


async def test_when_full_the_lowest_then_the_oldest_goes_and_is_counted(outbox: Outbox) -> None:
    await outbox.put_many([message(number, Priority.ALARM) for number in range(3)])
    await outbox.put_many([message(number) for number in range(10, 130)])
    stats = await outbox.stats()
    assert stats.new == 98
    assert stats.evicted == 25
    left = []
    while claimed := await outbox.claim(10):
        left += op_ids(claimed)
        await outbox.acknowledged(op_ids(claimed))
    assert left[:4] == ["op-00000", "op-00001", "op-00002", "op-00035"]
    assert left[-1] == "op-00129"


async def test_the_bound_of_bytes(outbox: Outbox) -> None:
    for number in range(20):
        await outbox.put(TOPIC, b"x" * 1000, f"op-{number:05}")
    stats = await outbox.stats()
    assert stats.bytes <= 10_000
    assert stats.new + stats.evicted == 20


async def test_a_full_outbox_does_not_evict_because_of_repetitions(outbox: Outbox) -> None:
    for _ in range(5):
        await outbox.put_many([message(number) for number in range(90)])
    assert await outbox.stats() == OutboxStats(new=90, bytes=sum(len(message(n).payload) for n in range(90)))


async def test_age_and_expiry(outbox: Outbox, hand_clock: Any) -> None:
    await outbox.put(TOPIC, b"soon", "op-soon-1", expires_at=hand_clock.now() + 100)
    await outbox.put(TOPIC, b"late", "op-late-1")
    hand_clock.advance(200)
    await outbox.sweep()
    stats = await outbox.stats()
    assert (stats.new, stats.expired) == (1, 1)
    hand_clock.advance(outbox.limits.max_age_s)
    await outbox.sweep()
    assert (await outbox.stats()).expired == 2


async def test_a_clock_that_was_not_set_or_jumps_a_day_loses_nothing(outbox: Outbox, hand_clock: Any) -> None:
    now = hand_clock.wall_s
    hand_clock.wall_s = 60.0  # 1970: no battery, no network yet
    await outbox.put(TOPIC, b"early", "op-early", expires_at=120.0)
    hand_clock.wall_s = now
    await outbox.put(TOPIC, b"a", "op-normal")
    for jump in (86400.0, -2 * 86400.0):
        hand_clock.wall_s += jump
        hand_clock.steady_s += 100
        await outbox.sweep()
        assert await outbox.pending() == 2
    assert len(await outbox.claim(10)) == 2


async def test_everything_under_way_is_new_after_a_restart(any_db: Database, hand_clock: Any) -> None:
    first = Outbox(any_db, clock=hand_clock)
    await first.start()
    await first.put_many([message(number) for number in range(4)])
    await first.published(op_ids(await first.claim(2)))
    await first.claim(1)
    second = Outbox(any_db, clock=hand_clock)
    await second.start()
    assert (await second.stats()).new == 4
    assert len(await second.claim(10)) == 4


# --- killed at each step ---

STEPS = """
import asyncio
from provisioning.clock import SystemClock
from provisioning.outbox import Outbox
from provisioning.store import Database

async def main(last):
    async with Database("outbox.db") as db:
        outbox = Outbox(db, clock=SystemClock())
        await outbox.start()
        async def put(): await outbox.put("topic", b"payload", "op-00001")
        async def claim(): await outbox.claim(1)
        async def published(): await outbox.published(["op-00001"])
        async def acknowledged(): await outbox.acknowledged(["op-00001"])
        for step in (put, claim, published, acknowledged):
            await step()
            if step.__name__ == last:
                print("done", flush=True)
                await asyncio.sleep(60)

asyncio.run(main({last!r}))
"""


@pytest.mark.parametrize(
    ("last", "stays"), [("put", True), ("claim", True), ("published", True), ("acknowledged", False)]
)
async def test_kill_9_after_each_transition(
    last: str,
    stays: bool,
    run_python: Callable[[str], subprocess.Popen[str]],
    tmp_path: Path,
    hand_clock: Any,
) -> None:
    process = run_python(STEPS.replace("{last!r}", repr(last)))
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "done"
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    process.stdout.close()
    async with Database(tmp_path / "outbox.db") as db:
        outbox = Outbox(db, clock=hand_clock)
        await outbox.start()
        assert len(await outbox.claim(10)) == (1 if stays else 0)


# --- any order of events ---


class OutboxMachine(RuleBasedStateMachine):
    """Random lives of messages, with restarts, against a model that is a dictionary."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.db = Database("sqlite:///:memory:")
        self.run(self.db.open())
        self.pending: dict[str, str] = {}
        self.acknowledged = 0
        self.next = 0
        self.start()

    def run(self, coroutine: Any) -> Any:
        return self.loop.run_until_complete(coroutine)

    def start(self) -> None:
        from provisioning.clock import SystemClock

        self.outbox = Outbox(self.db, clock=SystemClock(), limits=OutboxLimits(window=7))
        self.run(self.outbox.start())
        self.pending = dict.fromkeys(self.pending, "new")

    def teardown(self) -> None:
        self.run(self.db.close())
        self.loop.close()

    def some(self, data: st.DataObject, state: str) -> list[str]:
        there = [op_id for op_id, its in self.pending.items() if its == state]
        return data.draw(st.lists(st.sampled_from(there), unique=True)) if there else []

    @rule(count=st.integers(1, 4))
    def put(self, count: int) -> None:
        messages = [message(self.next + offset) for offset in range(count)]
        self.next += count
        self.run(self.outbox.put_many(messages))
        self.pending |= dict.fromkeys(op_ids(messages), "new")

    @rule(limit=st.integers(0, 5))
    def claim(self, limit: int) -> None:
        under_way = sum(state != "new" for state in self.pending.values())
        expected = sorted(op_id for op_id, state in self.pending.items() if state == "new")
        claimed = op_ids(self.run(self.outbox.claim(limit)))
        assert claimed == expected[: max(0, min(limit, 7 - under_way))]
        self.pending |= dict.fromkeys(claimed, "sending")

    @rule(data=st.data())
    def published(self, data: st.DataObject) -> None:
        some = self.some(data, "sending")
        self.run(self.outbox.published(some))
        self.pending |= dict.fromkeys(some, "broker_acked")

    @rule(data=st.data(), state=st.sampled_from(["sending", "broker_acked"]))
    def unsent(self, data: st.DataObject, state: str) -> None:
        some = self.some(data, state)
        self.run(self.outbox.unsent(some))
        self.pending |= dict.fromkeys(some, "new")

    @precondition(lambda self: self.pending)
    @rule(data=st.data())
    def acknowledge(self, data: st.DataObject) -> None:
        some = data.draw(st.lists(st.sampled_from(sorted(self.pending)), unique=True))
        self.run(self.outbox.acknowledged(some))
        self.acknowledged += len(some)
        for op_id in some:
            del self.pending[op_id]

    @rule()
    def restart(self) -> None:
        self.start()

    @invariant()
    def store_agrees(self) -> None:
        stats = self.run(self.outbox.stats())
        states = list(self.pending.values())
        assert (stats.new, stats.sending, stats.broker_acked) == tuple(
            states.count(state) for state in ("new", "sending", "broker_acked")
        )
        assert stats.acknowledged == self.acknowledged


OutboxMachine.TestCase.settings = hypothesis_settings(max_examples=25, stateful_step_count=25, deadline=None)
test_any_order_of_events = OutboxMachine.TestCase
