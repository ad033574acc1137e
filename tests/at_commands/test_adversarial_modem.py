"""A modem that says anything at any time: the client keeps its deadlines, its types of error and its memory."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from at_commands import commands
from at_commands.client import AtClient
from at_commands.command import Command
from at_commands.dialects import DIALECTS, GENERIC, Dialect
from at_commands.errors import AtError
from at_commands.links import Link, memory_link_pair
from at_commands.sms_commands import list_pdus, send_pdu
from firmware_sim.virtual_time import run_virtual
from gateway.modem import Modem
from gateway.modem_facts import PinRefusedError

FINDING_S = 30.0
"""What finding the line again may take, on top of a command's own deadline."""

SAYINGS = st.one_of(
    st.sampled_from(
        (
            b"\r\nOK\r\n",
            b"\r\nERROR\r\n",
            b"\r\n> ",
            b"\r\n+CME ERROR: 14\r\n",
            b"\r\n+CMS ERROR: 500\r\n",
            b"\r\nRDY\r\n",
            b"\r\nNORMAL POWER DOWN\r\n",
            b"\r\n+CSQ: 18,0\r\n\r\nOK\r\n",
            b"\r\n+CSQ: ,\r\n",
            b"\r\n+CPIN: SIM PIN\r\n\r\nOK\r\n",
            b"\r\n+SPIC: 1,10,0,10\r\n\r\nOK\r\n",
            b"\r\n866104023456786\r\n\r\nOK\r\n",
            b"\r\nSIMCOM_Ltd\r\n\r\nOK\r\n",
            b"\r\n+CMGL: 1,0,,999\r\n",
            b"\r\n+CIPRXGET: 2,1460,0\r\n",
            b"\r\n+TCPRECV:0,1400,",
            b"\r\n+CMT: ,20\r\n",
            b"0\r",
            b"AT\r",
        )
    ),
    st.binary(max_size=40),
    st.builds(lambda octet, count: bytes([octet]) * count, st.integers(0, 255), st.integers(1, 9000)),
)
REACTIONS = st.lists(st.tuples(st.floats(0, 20), SAYINGS), max_size=3)
"""To one line that it hears: pauses in seconds, and what it says then."""

ASKED: tuple[Callable[[], Command[object]], ...] = (
    commands.signal_quality,
    commands.identify_imei,
    commands.registration,
    commands.pin_status,
    commands.operator,
    list_pdus,
    lambda: send_pdu("0011000B919761214365F70000AA0CC8F71D14969741F977FD07", 25),
)


class Adversary:
    """The far end of a line; `heard` is all that it was told."""

    def __init__(self, link: Link, reactions: list[list[tuple[float, bytes]]]) -> None:
        self._link = link
        self._reactions = reactions
        self.sane = False
        self.heard = bytearray()

    async def run(self) -> None:
        number = 0
        while data := await self._link.read():
            self.heard += data
            for _ in range(data.count(b"\r")):
                if self.sane:
                    await self._link.write(b"\r\n+CMEE: 1\r\n+CSQ: 18,0\r\n\r\nOK\r\n")
                elif self._reactions:
                    number += 1
                    for pause_s, saying in self._reactions[number % len(self._reactions)]:
                        await asyncio.sleep(pause_s)
                        await self._link.write(saying)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(REACTIONS, max_size=6),
    st.lists(st.sampled_from(ASKED), min_size=1, max_size=4),
    st.sampled_from((GENERIC, *DIALECTS)),
)
def test_commands_end_in_time_with_an_answer_or_a_typed_error(
    reactions: list[list[tuple[float, bytes]]],
    asked: list[Callable[[], Command[object]]],
    dialect: Dialect,
) -> None:
    async def go() -> None:
        near, far = memory_link_pair()
        adversary = Adversary(far, reactions)
        serving = asyncio.create_task(adversary.run())
        loop = asyncio.get_running_loop()
        async with AtClient(near, dialect=dialect) as at:
            for make in asked:
                command, began = make(), loop.time()
                with contextlib.suppress(AtError):
                    await at.send(command)
                assert loop.time() - began <= command.timeout_s + FINDING_S
                assert len(at._framer._buffer) < 200_000
            adversary.sane = True
            await asyncio.sleep(100)  # what it still had to say
            for _ in range(3):
                try:
                    await at.sync()
                    break
                except AtError:
                    await asyncio.sleep(5)
            assert (await at.send(commands.signal_quality())).rssi_dbm == -77
        serving.cancel()

    run_virtual(go(), limit_s=86_400.0)


@settings(max_examples=40, deadline=None)
@given(st.lists(REACTIONS, max_size=8))
def test_the_gateways_modem_raises_nothing_else_and_tries_a_pin_once_at_most(
    reactions: list[list[tuple[float, bytes]]],
) -> None:
    async def go() -> None:
        adversaries: list[Adversary] = []
        tasks: list[asyncio.Task[None]] = []

        async def open_link() -> Link:
            near, far = memory_link_pair()
            adversaries.append(Adversary(far, reactions))
            tasks.append(asyncio.create_task(adversaries[-1].run()))
            return near

        modem = Modem(open_link, recovers_after=0)
        for step in (modem.open, modem.signal, modem.sim, lambda: modem.unlock("4711"), modem.radio):
            with contextlib.suppress(AtError, PinRefusedError):
                async with asyncio.timeout(3600):
                    await step()
        await modem.close()
        told = b"".join(bytes(each.heard) for each in adversaries)
        assert told.count(b"4711") <= 1
        for task in tasks:
            task.cancel()

    run_virtual(go(), limit_s=86_400.0)
