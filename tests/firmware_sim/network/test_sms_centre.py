"""The service centre's conduct: late, lost, twice, throttled, given up, and what it reports."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from firmware_sim.network import (
    Network,
    NetworkConfig,
    SmsArrived,
    SmsConduct,
    SmsReported,
    Subscriber,
    SubscriberState,
)

ANN, BEN = "250010000000001", "250010000000002"
ANNS, BENS, ABROAD = "+79160000001", "+79160000002", "+4930123456"


class World:
    """Two subscribers; what each was told when."""

    def __init__(self, **conduct: Any) -> None:
        conduct.setdefault("report_delay_s", (0, 0))
        config = NetworkConfig(sweep_interval_s=None, sms=SmsConduct(**conduct))
        self.network = Network(config, random=Random(1), now=0.0)
        self.now = 0.0
        self.told: list[tuple[str, float, str | int]] = []
        for imsi, number in ((ANN, ANNS), (BEN, BENS)):
            self.network.add_subscriber(Subscriber(imsi, f"8970{imsi}", number, SubscriberState.ACTIVE))
            self.network.subscribe(imsi, self._listener(imsi))
        self.come(ANN)
        self.come(BEN)

    def _listener(self, imsi: str) -> Callable[[object], None]:
        def hear(notice: object) -> None:
            if isinstance(notice, SmsArrived):
                self.told.append((imsi, self.network._now, str(notice.content)))
            elif isinstance(notice, SmsReported):
                self.told.append((imsi, self.network._now, notice.status))

        return hear

    def come(self, imsi: str) -> None:
        self.network.register(imsi, "866104023456786", "cs", self.now)

    def go(self, imsi: str) -> None:
        self.network.deregister(imsi, self.now)

    def send(self, text: str, to: str = BENS, **options: Any) -> int:
        return self.network.submit_sms(ANN, to, text, self.now, **options)

    def wait(self, seconds: float) -> list[tuple[str, float, str | int]]:
        self.now += seconds
        while (due := self.network.next_wake()) is not None and due <= self.now:
            self.network.advance(due)
        self.network.advance(self.now)
        told, self.told = self.told, []
        return told


def test_by_default_at_once_and_once() -> None:
    world = World()
    world.send("x")
    assert world.wait(0) == [(BEN, 0.0, "x")]


def test_a_report_tells_the_sender() -> None:
    world = World()
    reference = world.send("x", report=True)
    assert world.wait(0) == [(BEN, 0.0, "x"), (ANN, 0.0, 0x00)]
    assert world.send("y") == reference + 1
    assert [told[0] for told in world.wait(0)] == [BEN], "nobody asked"


def test_a_report_takes_its_time() -> None:
    world = World(report_delay_s=(10, 20))
    world.send("x", report=True)
    assert world.wait(9) == [(BEN, 0.0, "x")]
    ((imsi, at, status),) = world.wait(12)
    assert (imsi, status) == (ANN, 0x00)
    assert 10 <= at <= 20


def test_numbers_elsewhere_are_reached() -> None:
    world = World()
    world.send("x", ABROAD, report=True)
    assert world.wait(0) == [(ANN, 0.0, 0x00)]


def test_who_is_away_gets_it_later_and_the_report_waits_for_its_reader_too() -> None:
    world = World()
    world.go(BEN)
    world.send("x", report=True)
    world.wait(100)
    world.go(ANN)
    world.come(BEN)
    assert world.wait(10) == [(BEN, 100.0, "x")]
    world.come(ANN)
    assert world.wait(0) == [(ANN, 110.0, 0x00)]


def test_validity_ends() -> None:
    world = World()
    world.go(BEN)
    world.send("x", report=True, validity_s=600)
    assert world.wait(599) == []
    assert world.wait(2) == [(ANN, 600.0, 0x46)]
    world.come(BEN)
    assert world.wait(1000) == []


def test_a_sender_may_hear_once_that_a_message_waits() -> None:
    world = World(tells_of_waiting=True)
    world.go(BEN)
    world.send("x", report=True)
    assert world.wait(0) == [(ANN, 0.0, 0x22)]
    world.come(BEN)
    assert world.wait(10) == [(BEN, 0.0, "x"), (ANN, 0.0, 0x00)]
    world.go(BEN)
    world.send("y")
    assert world.wait(0) == [], "nobody asked"


def test_a_number_that_is_no_more() -> None:
    world = World()
    world.network.set_state(BEN, SubscriberState.TERMINATED, 0.0)
    world.send("x", report=True)
    assert world.wait(0) == [(ANN, 0.0, 0x43)]


def test_a_long_span_of_delays_reorders_and_the_same_seed_does_so_alike() -> None:
    def order() -> list[str | int]:
        world = World(delay_s=(1, 60))
        for number in range(20):
            world.send(str(number))
        told = world.wait(61)
        assert all(1 <= at <= 60 for _, at, _ in told)
        return [text for _, _, text in told]

    assert sorted(order(), key=lambda text: int(text)) == [str(number) for number in range(20)]
    assert order() != [str(number) for number in range(20)]
    assert order() == order()


def test_loss_and_duplication() -> None:
    losing, doubling = World(loss=1.0), World(duplication=1.0)
    losing.send("x", report=True)
    assert losing.wait(1000) == []
    doubling.send("x")
    assert [text for _, _, text in doubling.wait(0)] == ["x", "x"]
    some = World(loss=0.3)
    for number in range(200):
        some.send(str(number))
    assert 100 < len(some.wait(0)) < 180


def test_a_throttle_keeps_messages_to_one_recipient_apart() -> None:
    world = World(each_s=10)
    for text in "abc":
        world.send(text)
    assert world.wait(100) == [(BEN, 0.0, "a"), (BEN, 10.0, "b"), (BEN, 20.0, "c")]


@pytest.mark.parametrize("conduct", [{"loss": 2}, {"delay_s": (5, 1)}, {"each_s": -1}, {"validity_s": 0}])
def test_what_no_centre_can_be(conduct: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        SmsConduct(**conduct)
