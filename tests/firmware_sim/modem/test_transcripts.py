"""The emulated modem says what the golden transcripts say, byte for byte, wherever they name it (tests/at_commands/
transcripts/README.md): the client is held to the same bytes.
"""

from collections.abc import Callable

import golden
import pytest

from firmware_sim.modem.actions import OpenSocket, SendSocket
from firmware_sim.modem.families import PERSONALITIES
from firmware_sim.network import SubscriberState

HOST = "broker.example"
TOLD = [path for path in golden.transcripts() if golden.emulated(path)]


class World:
    """What is around a modem on the bench: the far sides of its connections, its network, time."""

    def __init__(self, bench) -> None:
        self.bench = bench
        self.said = b""

    def hear(self, data: bytes) -> None:
        self.bench.give(data)
        self._collect()

    def happen(self, event: str) -> None:
        what, _, argument = event.partition(" ")
        socket, sockets = self._socket(), self.bench.core.device.sockets
        happenings: dict[str, Callable[[], object]] = {
            "connected": lambda: sockets.opened(socket),
            "refused": lambda: sockets.failed(socket),
            "received": lambda: sockets.received(socket, argument.encode("latin-1")),
            "closed": lambda: sockets.closed(socket),
            "lost": lambda: self.bench.network.drop_pdp(self.bench.sim.imsi, cause=38, now=self.bench.now),
        }
        if what == "wait":
            self.bench.wait(float(argument))
        else:
            self.bench.happen(happenings[what])
        self._collect()

    def says(self, expected: bytes, where: str) -> None:
        assert self.said[: len(expected)] == expected, where
        self.said = self.said[len(expected) :]

    def _socket(self) -> int:
        opened = [action.socket for action in self.bench.actions if isinstance(action, OpenSocket)]
        return opened[-1] if opened else 0

    def _collect(self) -> None:
        self.said += self.bench.raw
        while sent := [action for action in self.bench.actions if isinstance(action, SendSocket)]:
            self.bench.actions = [each for each in self.bench.actions if each not in sent]
            for action in sent:
                self.bench.happen(
                    lambda action=action: self.bench.core.device.sockets.sent(action.socket, len(action.data))
                )
                self.said += self.bench.raw


@pytest.mark.parametrize("path", TOLD, ids=golden.title)
def test_the_emulated_modem_says_the_same(make_bench, path) -> None:
    personality, *words = golden.emulated(path)
    settings: dict[str, object] = dict(word.split("=") for word in words)
    if "state" in settings:
        settings["state"] = SubscriberState(settings["state"])
    bench = make_bench(personality=personality, allowed_hosts=frozenset({HOST, "127.0.0.1"}), **settings)
    world = World(bench)
    for step in golden.steps(path):
        where = f"{golden.title(path)}:{step.at_line}"
        for mark, data in step.wire:
            if mark == ">":
                world.hear(data)
            elif mark == "*":
                world.happen(data.decode("latin-1"))
            else:
                world.says(data, where)
        assert world.said == b"", where


def test_every_family_is_held_to_transcripts() -> None:
    assert {golden.emulated(path)[0] for path in TOLD} == set(PERSONALITIES)
