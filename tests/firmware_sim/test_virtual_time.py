"""Virtual time: hours in a moment, the same run every time, and an error instead of waiting for ever."""

import asyncio
import os
import threading
import time
import tty
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.virtual_time import (
    LoopClock,
    ScaledClock,
    VirtualDeadlockError,
    VirtualLoop,
    VirtualTimeLimitError,
    run_virtual,
)


def running_virtual_loop() -> VirtualLoop:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    return loop


def test_three_days_pass_in_a_moment() -> None:
    async def story() -> float:
        clock = LoopClock(epoch_s=1000.0)
        await clock.sleep(72 * 3600)
        return clock.now()

    started = time.monotonic()
    assert run_virtual(story()) == pytest.approx(1000.0 + 72 * 3600)
    assert time.monotonic() - started < 1.0


def test_a_deadline_fires_at_its_virtual_moment() -> None:
    async def story() -> float:
        loop = running_virtual_loop()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(30):
                await asyncio.Event().wait()
        return loop.time()

    assert run_virtual(story()) == pytest.approx(30)


@given(st.lists(st.sampled_from([1.0, 1.0, 2.0, 0.1 + 0.2, 0.3]), max_size=40))
def test_simultaneous_timers_fire_in_the_order_they_were_set(delays: list[float]) -> None:
    async def story() -> list[tuple[float, int]]:
        loop = running_virtual_loop()
        fired: list[tuple[float, int]] = []
        for number, delay in enumerate(delays):
            loop.call_later(delay, fired.append, (delay, number))
        await asyncio.sleep(3)
        return fired

    assert run_virtual(story()) == sorted((delay, number) for number, delay in enumerate(delays))


def test_two_runs_of_one_seed_are_the_same() -> None:
    async def story() -> list[tuple[int, float]]:
        random, trace = Random(7), []
        loop = running_virtual_loop()

        async def worker(number: int) -> None:
            for _ in range(50):
                await asyncio.sleep(random.choice([0.0, 1.0, 2.5, 60.0]))
                trace.append((number, loop.time()))

        await asyncio.gather(*(worker(n) for n in range(10)))
        return trace

    assert run_virtual(story()) == run_virtual(story())


def test_waiting_for_what_cannot_come_is_an_error_that_names_the_waiter() -> None:
    async def story() -> None:
        await asyncio.create_task(asyncio.Event().wait(), name="the one who waits")

    with pytest.raises(VirtualDeadlockError, match="the one who waits") as caught:
        run_virtual(story())
    assert len(caught.value.waiting) == 2


def test_a_run_that_only_ticks_is_stopped() -> None:
    async def story() -> None:
        def tick() -> None:
            running_virtual_loop().call_later(60, tick)

        tick()
        await asyncio.create_task(asyncio.Event().wait(), name="the one who waits")

    with pytest.raises(VirtualTimeLimitError, match=r"86400 virtual seconds.*the one who waits"):
        run_virtual(story(), limit_s=86400)


def test_time_stands_still_while_a_thread_works() -> None:
    """A database's thread is such work: a timeout beside it must not fire because the clock ran ahead."""

    async def story() -> tuple[float, float]:
        loop = running_virtual_loop()
        answer: asyncio.Future[str] = loop.create_future()
        started = loop.time()
        thread = threading.Thread(
            target=lambda: (time.sleep(0.05), loop.call_soon_threadsafe(answer.set_result, "stored"))
        )
        async with asyncio.timeout(0.001):
            with loop.hold():
                thread.start()
                assert await answer == "stored"
        held_s = loop.time() - started
        thread.join()
        await asyncio.sleep(5)
        return held_s, loop.time() - started

    assert run_virtual(story()) == pytest.approx((0.0, 5.0))


def test_jobs_of_the_loops_executor_are_held_by_themselves() -> None:
    async def story() -> float:
        async with asyncio.timeout(0.001):
            await asyncio.to_thread(time.sleep, 0.05)
        return running_virtual_loop().time()

    assert run_virtual(story()) == pytest.approx(0)


def test_a_failed_job_releases_the_clock() -> None:
    async def story() -> float:
        with pytest.raises(ZeroDivisionError):
            await asyncio.to_thread(lambda: 1 // 0)
        await asyncio.sleep(60)
        return running_virtual_loop().time()

    assert run_virtual(story()) == pytest.approx(60)


def test_bytes_on_a_pty_beat_the_clock() -> None:
    """The measured reason for poll(): with epoll some of these answers came after their timeout."""

    async def story() -> int:
        loop = running_virtual_loop()
        master, slave = os.openpty()
        tty.setraw(slave)
        os.set_blocking(master, False)
        os.set_blocking(slave, False)
        answers: asyncio.Queue[bytes] = asyncio.Queue()
        loop.add_reader(
            slave, lambda: (data := os.read(slave, 100)) and loop.call_later(0.03, os.write, slave, data)
        )
        loop.add_reader(master, lambda: answers.put_nowait(os.read(master, 100)))
        exchanges = 0
        try:
            for _ in range(2000):
                os.write(master, b"AT\r")
                async with asyncio.timeout(5):
                    assert await answers.get() == b"AT\r"
                exchanges += 1
                await asyncio.sleep(10)
        finally:
            for fd in (master, slave):
                loop.remove_reader(fd)
                os.close(fd)
        return exchanges

    assert run_virtual(story()) == 2000


def test_the_wall_clock_may_jump_and_nobody_who_sleeps_notices() -> None:
    async def story() -> tuple[float, float]:
        clock = LoopClock(epoch_s=0.0)
        sleeper = asyncio.create_task(clock.sleep(10))
        await asyncio.sleep(1)
        clock.jump(86400)
        await sleeper
        return clock.monotonic(), clock.now()

    assert run_virtual(story()) == pytest.approx((10, 86410))


class TestScaledClock:
    """Run on a virtual loop, whose time plays the real one: exact and without waiting."""

    def test_runs_rate_times_faster(self) -> None:
        async def story() -> tuple[float, float]:
            loop = running_virtual_loop()
            clock = ScaledClock(rate=600, epoch_s=5.0, source=loop.time)
            await clock.sleep(3600)
            return loop.time(), clock.now()

        assert run_virtual(story()) == pytest.approx((6.0, 3605.0))

    def test_a_sleeper_follows_a_change_of_rate(self) -> None:
        async def story() -> tuple[float, float]:
            loop = running_virtual_loop()
            clock = ScaledClock(rate=1000, source=loop.time)
            sleeper = asyncio.create_task(clock.sleep(10_000))
            await asyncio.sleep(5)
            clock.rate = 0
            await asyncio.sleep(100)
            assert not sleeper.done()
            assert clock.monotonic() == pytest.approx(5000)
            clock.rate = 500
            await sleeper
            return loop.time(), clock.monotonic()

        assert run_virtual(story()) == pytest.approx((115.0, 10_000.0))

    @given(st.lists(st.tuples(st.floats(0, 1000), st.floats(0, 100)), max_size=20))
    def test_time_is_continuous_and_never_runs_back(self, changes: list[tuple[float, float]]) -> None:
        real_s = 0.0
        clock = ScaledClock(source=lambda: real_s)
        expected_s, rate = 0.0, 1.0
        for new_rate, pause_s in changes:
            real_s += pause_s
            expected_s += pause_s * rate
            clock.rate = rate = new_rate
            assert clock.monotonic() == pytest.approx(expected_s)

    def test_refuses_to_run_backwards(self) -> None:
        with pytest.raises(ValueError, match="backwards"):
            ScaledClock(rate=-1)
