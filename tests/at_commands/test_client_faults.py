"""What goes wrong on a wire, and that the next command after it gets its own answer."""

from __future__ import annotations

import asyncio
import random
import re
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from at_commands import commands
from at_commands.client import (
    DATA_FILLER,
    ESC,
    NEVER_QUIET,
    QUIET_S,
    SYNC_ATTEMPTS,
    SYNC_TIMEOUT_S,
    AtClient,
)
from at_commands.command import Command, plain
from at_commands.dialects import SIM800
from at_commands.dialects import sim800_sockets as sockets
from at_commands.errors import AtError, CommandTimeoutError, NoAnswerError
from at_commands.links import memory_link_pair
from at_commands.sms_commands import send_pdu
from firmware_sim.virtual_time import run_virtual


def numbered(number: int, timeout_s: float = 1.0) -> Command[int]:
    """A question whose answer cannot be taken for another's."""
    return Command(
        f"AT+N={number}", lambda reply: int(reply.value("+N:")), prefixes=("+N:",), timeout_s=timeout_s
    )


def test_a_lost_ok_costs_its_command_and_no_other(play) -> None:
    async def scenario(at, far):
        asking = asyncio.create_task(at.send(numbered(1)))
        await far.answer("AT+N=1", "+N: 1")
        with pytest.raises(CommandTimeoutError, match=r"AT\+N=1: no answer within 1 s") as caught:
            await asking
        assert caught.value.retryable
        asking = asyncio.create_task(at.send(numbered(2)))
        await far.answer("AT+CMEE?", "+CMEE: 1", "OK")
        await far.answer("AT+N=2", "+N: 2", "OK")
        assert await asking == 2

    play(scenario)


def test_a_late_reply_is_never_the_next_ones(play) -> None:
    """The modem hangs for ten seconds, then answers all that was asked, in order."""

    async def scenario(at, far):
        with pytest.raises(CommandTimeoutError):
            await at.send(numbered(1))
        with pytest.raises(NoAnswerError):
            await at.send(numbered(2))
        asking = asyncio.create_task(at.send(numbered(3)))
        await asyncio.sleep(0.1)
        await far.say("+N: 1", "OK")
        for _ in range(3):
            await far.say("+CMEE: 1", "OK")
        for _ in range(3):
            await far.say("OK")
        await asyncio.sleep(QUIET_S / 2)
        await far.say("+CMEE: 1", "OK")
        await asyncio.sleep(2 * QUIET_S + 0.1)
        heard = await far.link.read()
        assert heard.endswith(b"AT+N=3\r")
        await far.say("+N: 3", "OK")
        assert await asking == 3

    play(scenario)


@pytest.mark.parametrize("late", [("OK",), ("ERROR",), ("+CME ERROR: 100",), ("+N: 1", "OK"), ("SEND OK",)])
def test_late_finals_pass_before_the_next_command(play, late: tuple[str, ...]) -> None:
    async def scenario(at, far):
        with pytest.raises(CommandTimeoutError):
            await at.send(numbered(1))
        await far.hear("AT+N=1")
        asking = asyncio.create_task(at.send(numbered(2)))
        await far.hear("AT+CMEE?")
        await far.say(*late)
        await far.say("+CMEE: 1", "OK")
        if late[0] in {"ERROR", "+CME ERROR: 100"}:  # taken for the marker's own answer, so it asks once more
            await far.hear(ESC)
            await far.answer("AT+CMEE?", "+CMEE: 1", "OK")
        await far.answer("AT+N=2", "+N: 2", "OK")
        assert await asking == 2

    play(scenario)


def test_a_modem_without_the_marker_question_resyncs_too(play, auto_modem) -> None:
    async def scenario(at, far):
        asking = asyncio.create_task(at.send(numbered(1)))
        with pytest.raises(CommandTimeoutError):
            await asking
        await far.hear("AT+N=1")
        async with auto_modem(far, {"AT+CMEE?": ("ERROR",), "AT": ("ERROR",), "AT+N=2": ("+N: 2", "OK")}):
            assert await at.send(numbered(2)) == 2

    play(scenario)


@dataclass(frozen=True)
class Mood:
    """How the modem treats one question."""

    stalls_s: float
    loses: str  # "", "line", "final", "all"


moods = st.builds(
    Mood,
    stalls_s=st.sampled_from([0.0, 0.0, 0.0, 0.3, 0.9, 1.1, 2.5, 8.0]),
    loses=st.sampled_from(["", "", "", "line", "final", "all"]),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(moods, max_size=14), st.integers(0, 2**32))
def test_whatever_the_modem_does_an_answer_is_the_commands_own(behaviour: list[Mood], seed: int) -> None:
    """The modem takes lines in order; it stalls, and loses lines and finals. Some callers also give up early."""
    rng = random.Random(seed)

    async def modem(link) -> None:
        buffer, mood = b"", iter(behaviour)
        while data := await link.read():
            buffer += data
            while b"\r" in buffer:
                line, _, buffer = buffer.partition(b"\r")
                text = line.replace(b"\x1b", b"").decode()
                if asked := re.fullmatch(r"AT\+N=(\d+)", text):
                    now = next(mood, Mood(0.0, ""))
                    await asyncio.sleep(now.stalls_s)
                    if now.loses not in {"line", "all"}:
                        await link.write(f"\r\n+N: {asked[1]}\r\n".encode())
                    await asyncio.sleep(rng.choice((0.0, 0.05)))
                    if now.loses not in {"final", "all"}:
                        await link.write(b"\r\nOK\r\n")
                elif text:
                    await link.write(b"\r\n+CMEE: 1\r\n\r\nOK\r\n" if text == "AT+CMEE?" else b"\r\nOK\r\n")

    async def main() -> None:
        near, far = memory_link_pair()
        playing = asyncio.create_task(modem(far))
        async with AtClient(near) as at:
            for number in range(16):
                try:
                    async with asyncio.timeout(rng.choice((None, None, 0.5))):
                        assert await at.send(numbered(number)) == number
                except (AtError, TimeoutError):
                    pass
            async with asyncio.timeout(60):  # and when it has come to its senses, all is well
                while True:
                    try:
                        assert await at.send(numbered(99)) == 99
                    except AtError:
                        continue
                    break
        playing.cancel()

    run_virtual(main())


async def busy_modem(modem, line: str) -> None:
    """Takes prompts and blocks as a SIM800 does."""
    far = modem.far
    if sent := re.fullmatch(r"AT\+CIPSEND=(\d+)", line):
        await far.raw(b"\r\n> ")
        await modem.take(int(sent[1]))
        await far.say("SEND OK")
    elif line.startswith("AT+CMGS="):
        await far.raw(b"\r\n> ")
        text = await modem.take_until(b"\x1a", b"\x1b")
        await (far.say("OK") if text.endswith(b"\x1b") else far.say("+CMGS: 7", "OK"))
    elif line.startswith("AT+CIPRXGET="):
        await far.raw(b"\r\n+CIPRXGET: 2,6,0\r\n\r\nOK\r\n\r\nOK\r\n")
    elif asked := re.fullmatch(r"AT\+N=(\d+)", line):
        await far.say(f"+N: {asked[1]}", "OK")
    else:
        await far.say("OK")


@pytest.mark.parametrize(
    "command",
    [numbered(1), send_pdu("0001000B91", 4), sockets.send(b"ERROR\r\n" * 30), sockets.receive(6)],
    ids=["plain", "text prompt", "data prompt", "data block"],
)
@pytest.mark.parametrize("byte_by_byte", [False, True])
def test_cancellation_at_every_point_leaves_the_link_usable(
    play, auto_modem, command: Command[object], byte_by_byte: bool
) -> None:
    finished: list[bool] = []

    def cancelled_after(steps: int):
        async def scenario(at, far):
            if byte_by_byte:
                write = far.raw

                async def dribble(data: bytes) -> None:
                    for octet in data:
                        await write(bytes([octet]))
                        await asyncio.sleep(0)

                far.raw = dribble
            async with auto_modem(far, handler=lambda line: busy_modem(modem, line)) as modem:
                task = asyncio.create_task(at.send(command))
                for _ in range(steps):
                    await asyncio.sleep(0)
                finished.append(task.done())
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
                assert [await at.send(numbered(each)) for each in (41, 42)] == [41, 42]

        return scenario

    steps = 0
    while not finished or not finished[-1]:
        play(cancelled_after(steps), dialect=SIM800)
        steps += 1
    assert steps > 3


def test_cancelled_while_waiting_for_its_turn_it_sends_nothing(play, auto_modem) -> None:
    async def scenario(at, far):
        first = asyncio.create_task(at.send(numbered(1)))
        await far.hear("AT+N=1")
        second = asyncio.create_task(at.send(numbered(2)))
        await asyncio.sleep(0)
        second.cancel()
        await far.say("+N: 1", "OK")
        assert await first == 1
        asking = asyncio.create_task(at.send(numbered(3)))
        await far.answer("AT+N=3", "+N: 3", "OK")  # no resync: nothing was lost
        assert await asking == 3

    play(scenario)


def test_a_prompt_that_does_not_come_is_left_with_escape(play) -> None:
    async def scenario(at, far):
        sending = asyncio.create_task(at.send(send_pdu("0001000B91", 4)))
        await far.hear("AT+CMGS=4")
        with pytest.raises(CommandTimeoutError):
            await sending
        asking = asyncio.create_task(at.send(numbered(2)))
        await far.hear(ESC)
        await far.answer("AT+CMEE?", "OK", "+CMEE: 1", "OK")  # ESC ended a prompt that we did not see
        await far.answer("AT+N=2", "+N: 2", "OK")
        assert await asking == 2

    play(scenario)


def test_a_prompt_that_comes_too_late_is_left_with_escape(play) -> None:
    async def scenario(at, far):
        sending = asyncio.create_task(at.send(send_pdu("0001000B91", 4)))
        await far.hear("AT+CMGS=4")
        with pytest.raises(CommandTimeoutError):
            await sending
        await far.raw(b"\r\n> ")
        await asyncio.sleep(0.1)
        asking = asyncio.create_task(at.send(numbered(2)))
        await far.hear(ESC)
        await far.answer("AT+CMEE?", "OK", "+CMEE: 1", "OK")
        await far.answer("AT+N=2", "+N: 2", "OK")
        assert await asking == 2

    play(scenario)


def test_a_late_prompt_for_data_is_given_its_data(play) -> None:
    """Anything else would stand in the middle of the connection's stream."""

    async def scenario(at, far):
        sending = asyncio.create_task(at.send(sockets.send(b"12345")))
        await far.hear("AT+CIPSEND=5")
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        await far.raw(b"\r\n> ")
        await asyncio.sleep(0.1)
        asking = asyncio.create_task(at.send(numbered(2)))
        await far.hear(b"12345")
        await far.answer("AT+CMEE?", "SEND OK", "+CMEE: 1", "OK")
        await far.answer("AT+N=2", "+N: 2", "OK")
        assert await asking == 2

    play(scenario, dialect=SIM800)


@pytest.mark.parametrize("prompt", ["text", "data"])
def test_sync_gets_out_of_a_prompt_that_a_killed_client_left(play, auto_modem, prompt: str) -> None:
    async def scenario(at, far):
        async def modem() -> None:
            player = type(running)(far, handler=lambda line: busy_modem(player, line))
            if prompt == "text":
                await player.take_until(b"\x1b")
            else:
                await player.take(1460)
            await far.say("OK")
            await player.run()

        async with auto_modem(type(far)(memory_link_pair()[0])) as running:
            playing = asyncio.create_task(modem())
            await at.sync()
            assert await at.send(numbered(5)) == 5
            playing.cancel()

    play(scenario)
    assert len(DATA_FILLER) == sockets.MAX_SEND


def test_nobody_answers(play) -> None:
    async def scenario(at, far):
        start = asyncio.get_running_loop().time()
        with pytest.raises(NoAnswerError, match="memory:test: no modem answers") as caught:
            await at.sync()
        assert caught.value.received == b""
        assert asyncio.get_running_loop().time() - start == pytest.approx(
            SYNC_ATTEMPTS * SYNC_TIMEOUT_S, abs=0.1
        )

    play(scenario)


def test_something_else_answers(play) -> None:
    """A loop of wire gives our own words back."""

    async def scenario(at, far):
        async def loop_of_wire() -> None:
            while data := await far.link.read():
                await far.raw(data)

        looping = asyncio.create_task(loop_of_wire())
        with pytest.raises(NoAnswerError):
            await at.sync()
        looping.cancel()

    play(scenario)


@pytest.mark.parametrize("seed", range(5))
def test_garbage_at_line_speed(play, seed: int) -> None:
    """11520 bytes a second, as from a modem at another baud rate: one typed error in bounded time."""
    rng = random.Random(seed)

    async def scenario(at, far):
        async def babble() -> None:
            while True:
                await far.raw(rng.randbytes(115))
                await asyncio.sleep(0.01)

        babbling = asyncio.create_task(babble())
        loop = asyncio.get_running_loop()
        start = loop.time()
        with pytest.raises(NoAnswerError) as caught:
            await at.sync()
        assert 0 < len(caught.value.received) < 10_000
        assert loop.time() - start < 3 * SYNC_ATTEMPTS * SYNC_TIMEOUT_S + NEVER_QUIET * QUIET_S
        babbling.cancel()

    play(scenario)


def test_garbage_ends_and_the_modem_is_found(play, auto_modem) -> None:
    rng = random.Random(7)

    async def scenario(at, far):
        await far.raw(rng.randbytes(20_000))
        async with auto_modem(far, {"AT+N=1": ("+N: 1", "OK")}):
            await at.sync()
            assert await at.send(numbered(1)) == 1

    play(scenario)


def test_a_modem_that_hunts_for_the_speed_swallows_the_first_lines(play) -> None:
    async def scenario(at, far):
        syncing = asyncio.create_task(at.sync())
        await asyncio.sleep(2.5)
        await far.link.read()
        await asyncio.sleep(1.0)
        await far.link.read()
        await far.say("OK")
        await far.answer("AT+CMEE?", "+CMEE: 0", "OK")
        await syncing

    play(scenario)


def test_error_to_a_plain_at_is_alive_too(play, auto_modem) -> None:
    async def scenario(at, far):
        async with auto_modem(far, {"AT": ("ERROR",), "AT+CMEE?": ("ERROR",)}):
            await at.sync()
            await at.send(plain("AT+NEXT"))

    play(scenario)


def test_a_far_side_that_takes_no_bytes_does_not_hold_the_deadline(play) -> None:
    async def scenario(at, far):
        await far.link.write(b"")
        stuffing = asyncio.create_task(_stuff(at))
        await asyncio.sleep(0.1)
        loop = asyncio.get_running_loop()
        start = loop.time()
        with pytest.raises(CommandTimeoutError):
            await at.send(numbered(1))
        assert loop.time() - start == pytest.approx(1.0, abs=0.1)
        stuffing.cancel()
        await asyncio.gather(stuffing, return_exceptions=True)
        while b"AT+CMEE?" not in (heard := await far.link.read()):
            if not heard or b"AT+N" in heard:
                break
            asking = asyncio.create_task(at.send(numbered(2)))
        await far.say("+CMEE: 1", "OK")
        await far.hear("AT+N=2")
        await far.say("+N: 2", "OK")
        assert await asking == 2

    async def _stuff(at: AtClient) -> None:
        while True:
            await at._link.write(b"\r" * 10_000)

    play(scenario)


def test_identification_works_on_a_modem_with_echo_and_urcs_all_over(play, auto_modem) -> None:
    async def scenario(at, far):
        async def chatty(line: str) -> None:
            await far.raw(line.encode() + b"\r")
            await far.say("+CREG: 2", "^RSSI: 17")
            await far.say(
                {"AT+CGMM": "SIMCOM_SIM800C", "AT+CCID": "8970101123456789012f"}[line], "^RSSI: 18", "OK"
            )

        async with auto_modem(far, handler=chatty):
            assert await at.send(commands.iccid()) == "8970101123456789012f"
            assert await at.send(commands.identify_model()) == "SIMCOM_SIM800C"

    play(scenario)
