"""A modem core on a bench: its network, its card, and a clock that the test turns by hand."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from random import Random
from typing import Any

import pytest

from at_commands.links import Link, open_link
from firmware_sim.faults import parse_fault
from firmware_sim.modem import EmulatedModem, ModemSettings, SimCard
from firmware_sim.modem.actions import Action, Transmit
from firmware_sim.modem.core import ModemCore
from firmware_sim.network import Network, NetworkConfig, NetworkRunner, Subscriber, SubscriberState
from provisioning.clock import SystemClock

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

    def fault(self, spec: str) -> None:
        """Have a fault from now on."""
        self.core.faults().add(parse_fault(spec), self.now)
        self.core.advance(self.now)

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


class Terminal:
    """A client's end of a link: say something, wait for something."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self.heard = b""

    async def say(self, line: str | bytes) -> None:
        await self.link.write(line if isinstance(line, bytes) else line.encode() + b"\r")

    async def until(self, wanted: bytes) -> bytes:
        """What came up to and with `wanted`; the rest stays for the next call."""
        async with asyncio.timeout(10):
            while wanted not in self.heard:
                data = await self.link.read()
                assert data, f"closed; heard {self.heard!r}"
                self.heard += data
        at = self.heard.index(wanted) + len(wanted)
        taken, self.heard = self.heard[:at], self.heard[at:]
        return taken

    async def ask(self, line: str, final: bytes = b"OK\r\n") -> bytes:
        await self.say(line)
        return await self.until(final)


class Rig:
    """A modem in real time without delays, with its network."""

    def __init__(self, modem: EmulatedModem, network: Network, stack: AsyncExitStack) -> None:
        self.modem = modem
        self.network = network
        self._stack = stack

    @property
    def now(self) -> float:
        return SystemClock().monotonic()

    async def terminal(self, url: str | None = None) -> Terminal:
        """A client in memory, or on a port of the modem."""
        link = self.modem.connect() if url is None else await open_link(url)
        self._stack.push_async_callback(link.close)
        return Terminal(link)


@pytest.fixture
async def make_rig() -> AsyncIterator[Callable[..., Any]]:
    """await make_rig(state=…, pin=…, limit_bytes=…, bound_imei=…, config={…}, **settings)."""
    async with AsyncExitStack() as stack:

        async def make(
            *,
            state: SubscriberState = SubscriberState.ACTIVE,
            pin: str | None = None,
            limit_bytes: int | None = None,
            bound_imei: str | None = None,
            config: dict[str, Any] | None = None,
            **settings: Any,
        ) -> Rig:
            clock = SystemClock()
            network = network_for_test(clock.monotonic(), **(config or {}))
            network.add_subscriber(
                Subscriber(
                    IMSI,
                    "8970101234567890123",
                    NUMBER,
                    state,
                    traffic_limit_bytes=limit_bytes,
                    bound_imei=bound_imei,
                )
            )
            await stack.enter_async_context(NetworkRunner(network, clock))
            settings.setdefault("delay", 0)
            card = SimCard("8970101234567890123", IMSI, NUMBER, pin=pin)
            modem = EmulatedModem(ModemSettings(**settings), card, network, clock=clock)
            await stack.enter_async_context(modem)
            return Rig(modem, network, stack)

        yield make
