"""A modem core on a bench: its network, its card, and a clock that the test turns by hand."""

from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from firmware_sim.modem import ModemSettings, SimCard
from firmware_sim.modem.actions import Action, Transmit
from firmware_sim.modem.core import ModemCore
from firmware_sim.network import Network, NetworkConfig, Subscriber, SubscriberState

IMSI = "250011234567890"
NUMBER = "+79161234567"


class Bench:
    """One modem core; every call returns what the modem said meanwhile, without frames."""

    def __init__(
        self,
        settings: ModemSettings,
        sim: SimCard | None,
        network: Network,
    ) -> None:
        self.now = 1000.0
        self.network = network
        self.sim = sim
        self.core = ModemCore(settings, sim, network, self.now)
        self.actions: list[Action] = []
        self.raw = b""

    def power_on(self) -> list[str]:
        self.core.power.switch_on()
        return self.wait(60)

    def send(self, line: str, end: str = "\r") -> list[str]:
        return self.give(line.encode("latin-1") + end.encode())

    def give(self, data: bytes) -> list[str]:
        self.core.receive(data, self.now)
        return self._taken()

    def wait(self, seconds: float) -> list[str]:
        """Let time pass, wake by wake, as the shell does."""
        until = self.now + seconds
        while (due := self._due()) is not None and due <= until:
            self.now = max(self.now, due)
            self.network.advance(self.now)
            self.core.advance(self.now)
        self.now = until
        self.core.advance(self.now)
        return self._taken()

    def _due(self) -> float | None:
        planned = [at for at in (self.core.next_wake(), self.network.next_wake()) if at is not None]
        return min(planned, default=None)

    def happen(self, happening: Callable[[], Any]) -> list[str]:
        self.core.at(self.now, lambda: (happening(), None)[1])
        self.core.advance(self.now)
        return self._taken()

    def _taken(self) -> list[str]:
        taken = self.core.take()
        self.raw = b"".join(action.data for action in taken if isinstance(action, Transmit))
        self.actions += [action for action in taken if not isinstance(action, Transmit)]
        return [line for line in self.raw.decode("latin-1").replace("\r", "\n").split("\n") if line]


def network_for_test(now: float = 1000.0, **config: Any) -> Network:
    config.setdefault("sweep_interval_s", None)
    return Network(NetworkConfig(**config), random=Random(1), now=now)


@pytest.fixture(scope="session")
def make_bench() -> Callable[..., Bench]:
    """make_bench(state=…, pin=…, config={…}, card=True, on=True, **settings): echo off, CMEE=1."""

    def make(
        *,
        state: SubscriberState = SubscriberState.ACTIVE,
        pin: str | None = None,
        config: dict[str, Any] | None = None,
        card: bool = True,
        on: bool = True,
        msisdn: str = NUMBER,
        **settings: Any,
    ) -> Bench:
        network = network_for_test(**(config or {}))
        network.add_subscriber(Subscriber(IMSI, "8970101234567890123", msisdn, state))
        sim = SimCard("8970101234567890123", IMSI, msisdn, pin=pin) if card else None
        settings.setdefault("delay", 0)
        bench = Bench(ModemSettings(**settings), sim, network)
        if on:
            bench.power_on()
            bench.send("ATE0+CMEE=1")
        return bench

    return make


@pytest.fixture
def bench(make_bench: Callable[..., Bench]) -> Bench:
    """Registered, echo off, CMEE=1, no delays."""
    return make_bench()
