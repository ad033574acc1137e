"""The client's multiplexer against a modem in memory whose frames a `MuxSession` makes, on virtual time."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import pytest

from at_commands.client import AtClient
from at_commands.cmux import MuxSession
from at_commands.cmux_control import Signals
from at_commands.cmux_dlc import MuxParameters, Role
from at_commands.cmux_events import ChannelData, ChannelSignals
from at_commands.command import plain
from at_commands.commands import signal_quality
from at_commands.errors import (
    ChannelRefusedError,
    CommandFailedError,
    LinkLostError,
    MuxStartError,
)
from at_commands.inbox import RECEIVE_LIMIT
from at_commands.links import Link, memory_link_pair
from at_commands.multiplexer import SILENCE_S, Multiplexer
from firmware_sim.virtual_time import run_virtual


class MuxModem:
    """Answers AT lines, on the line itself and, behind AT+CMUX, on each channel.

    Args:
        link: its end.
        answers: what it says to a line; OK to all others.
        one_by_one: one octet a frame, as the MC60 does.
        deaf: it says OK to AT+CMUX and hears no frame.
    """

    def __init__(
        self,
        link: Link,
        answers: dict[str, str] | None = None,
        *,
        one_by_one: bool = False,
        deaf: bool = False,
    ) -> None:
        self.link = link
        self.answers = {"AT+CMEE?": "+CMEE: 1", "AT+CSQ": "+CSQ: 18,0", **(answers or {})}
        self.mux: MuxSession | None = None
        self.signals: list[ChannelSignals] = []
        self.heard: dict[int, bytearray] = {}
        self.lines: list[str] = []
        self.echo = False
        self._n1 = 1 if one_by_one else 31
        self._deaf = deaf
        self._kicked = asyncio.Event()

    def reboot(self) -> None:
        """Everything is forgotten."""
        self.mux = None
        self.heard.clear()

    async def say(self, dlci: int, data: bytes) -> None:
        """As far as the client takes it."""
        assert self.mux is not None
        while data:
            data = data[self.mux.send(dlci, data) :]
            await self._flush()
            await asyncio.sleep(0.001)

    def set_signals(self, dlci: int, signals: Signals) -> None:
        assert self.mux is not None
        self.mux.set_signals(dlci, signals, self._now())
        self._kicked.set()

    async def run(self) -> None:
        plain_text = bytearray()
        reading = asyncio.ensure_future(self.link.read())
        while True:
            kick = asyncio.ensure_future(self._kicked.wait())
            await asyncio.wait([reading, kick], return_when=asyncio.FIRST_COMPLETED)
            kick.cancel()
            self._kicked.clear()
            if reading.done():
                if not (data := reading.result()):
                    return
                reading = asyncio.ensure_future(self.link.read())
                if self.mux is not None:
                    self.mux.receive(data, self._now())
                else:
                    if self.echo:
                        await self.link.write(data)
                    plain_text += data
                    await self._answer_lines(plain_text, self.link.write)
            await self._flush()

    async def _flush(self) -> None:
        if (mux := self.mux) is None:
            return
        for event in mux.take_events():
            if isinstance(event, ChannelData):
                heard = self.heard.setdefault(event.dlci, bytearray())
                heard += event.octets

                async def reply(data: bytes, dlci: int = event.dlci) -> None:
                    mux.send(dlci, data)

                await self._answer_lines(heard, reply)
            elif isinstance(event, ChannelSignals):
                self.signals.append(event)
        while data := mux.take_bytes():
            if not self._deaf:
                await self.link.write(data)
        if mux.down is not None and self.mux is mux:
            self.mux = None

    async def _answer_lines(self, heard: bytearray, write: Callable[[bytes], Awaitable[None]]) -> None:
        while b"\r" in heard:
            raw, _, rest = bytes(heard).partition(b"\r")
            heard[:] = rest
            line = raw.decode("latin-1")
            self.lines.append(line)
            answer = self.answers.get(line, "OK")
            if answer == "":
                continue
            await write(f"\r\n{answer}\r\n".encode())
            if answer not in {"OK", "ERROR"}:
                await write(b"\r\nOK\r\n")
            if line.startswith("AT+CMUX=") and answer == "OK":
                advanced = line.endswith("=1")
                self.mux = MuxSession(
                    Role.RESPONDER, MuxParameters(advanced=advanced, n1=self._n1, channels=4), now=self._now()
                )

    def _now(self) -> float:
        return asyncio.get_running_loop().time()


Scenario = Callable[[Multiplexer, MuxModem], Awaitable[None]]


def multiplexed(
    scenario: Scenario, *, advanced: bool = False, one_by_one: bool = False, deaf: bool = False
) -> None:
    async def main() -> None:
        near, far = memory_link_pair("mux")
        modem = MuxModem(far, one_by_one=one_by_one, deaf=deaf)
        running = asyncio.create_task(modem.run())
        at = AtClient(near)
        async with at:
            await at.sync()
            mux = await Multiplexer.start(at, advanced=advanced)
        try:
            await scenario(mux, modem)
        finally:
            await mux.close()
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    run_virtual(main())


@pytest.mark.parametrize("advanced", [False, True])
@pytest.mark.parametrize("one_by_one", [False, True])
def test_two_clients_share_a_line_and_leave_it_in_plain_at(advanced: bool, one_by_one: bool) -> None:
    async def scenario(mux: Multiplexer, modem: MuxModem) -> None:
        async with AtClient(await mux.open(1)) as control, AtClient(await mux.open(2)) as data:
            await control.sync()
            await data.sync()
            for _ in range(3):
                quality, _ = await asyncio.gather(control.send(signal_quality()), data.send(plain("AT+X")))
                assert quality.rssi_dbm == -77
        link = await mux.stop()
        assert modem.mux is None
        async with AtClient(link) as at:
            await at.sync()
            assert (await at.send(signal_quality())).rssi_dbm == -77

    multiplexed(scenario, advanced=advanced, one_by_one=one_by_one)


def test_urcs_arrive_on_their_channel() -> None:
    async def scenario(mux: Multiplexer, modem: MuxModem) -> None:
        async with AtClient(await mux.open(1)) as control:
            await control.sync()
            async with control.subscribe("+CREG:") as urcs:
                await modem.say(1, b"\r\n+CREG: 1\r\n")
                assert (await anext(urcs)).line == "+CREG: 1"

    multiplexed(scenario)


def test_a_modem_without_multiplexer_stays_in_plain_at() -> None:
    async def main() -> None:
        near, far = memory_link_pair("mux")
        running = asyncio.create_task(MuxModem(far, {"AT+CMUX=0": "ERROR", "AT+CMUX?": "ERROR"}).run())
        async with AtClient(near) as at:
            await at.sync()
            with pytest.raises(CommandFailedError):
                await Multiplexer.start(at)
            assert (await at.send(signal_quality())).rssi_dbm == -77
        running.cancel()

    run_virtual(main())


def test_a_modem_that_says_ok_and_is_silent_is_told_apart() -> None:
    async def scenario(mux: Multiplexer, modem: MuxModem) -> None:
        raise AssertionError("it must not start")

    with pytest.raises(MuxStartError):
        multiplexed(scenario, deaf=True)


def test_n1_is_read_from_the_modem() -> None:
    async def main() -> None:
        near, far = memory_link_pair("mux")
        modem = MuxModem(far, {"AT+CMUX?": "+CMUX: (mode-1),0,5,127,10,3,30,10,2"})
        running = asyncio.create_task(modem.run())
        async with AtClient(near) as at:
            await at.sync()
            mux = await Multiplexer.start(at)
        assert mux.session.parameters.n1 == 127
        await mux.close()
        running.cancel()

    run_virtual(main())


def test_a_channel_the_modem_has_not() -> None:
    async def scenario(mux: Multiplexer, modem: MuxModem) -> None:
        with pytest.raises(ChannelRefusedError, match="refused") as caught:
            await mux.open(9)
        assert caught.value.dlci == 9
        await mux.open(1)
        with pytest.raises(ValueError, match="open"):
            await mux.open(1)

    multiplexed(scenario)


def test_a_closed_channel_can_be_opened_again() -> None:
    async def scenario(mux: Multiplexer, modem: MuxModem) -> None:
        first = await mux.open(1)
        await first.close()
        assert await first.read() == b""
        with pytest.raises(LinkLostError):
            await first.write(b"x")
        await asyncio.sleep(0.1)
        async with AtClient(await mux.open(1)) as again:
            await again.sync()

    multiplexed(scenario)


def test_a_slow_reader_stops_its_channel_only() -> None:
    async def scenario(mux: Multiplexer, modem: MuxModem) -> None:
        slow, other = await mux.open(1), AtClient(await mux.open(2))
        flood = asyncio.create_task(modem.say(1, b"x" * (4 * RECEIVE_LIMIT)))
        async with other:
            await other.sync()
            await asyncio.sleep(5.0)
            assert ChannelSignals(1, Signals(stopped=True)) in modem.signals
            assert not flood.done()
            assert (await other.send(signal_quality())).rssi_dbm == -77
        got = 0
        while got < 4 * RECEIVE_LIMIT:
            got += len(await slow.read())
        await flood

    multiplexed(scenario)


def test_a_modem_that_stops_a_channel_holds_its_writer() -> None:
    async def scenario(mux: Multiplexer, modem: MuxModem) -> None:
        channel = await mux.open(1)
        modem.set_signals(1, Signals(stopped=True))
        await asyncio.sleep(0.1)
        assert channel.far_signals.stopped
        writing = asyncio.create_task(channel.write(b"x" * 100_000))
        await asyncio.sleep(1.0)
        assert not writing.done()
        assert not modem.heard.get(1)
        modem.set_signals(1, Signals())
        await writing
        await asyncio.sleep(1.0)
        assert len(modem.heard[1]) == 100_000

    multiplexed(scenario)


def test_dtr_of_a_channel() -> None:
    async def scenario(mux: Multiplexer, modem: MuxModem) -> None:
        channel = await mux.open(1)
        modem.set_signals(1, Signals(carrier=True))
        channel.set_ready(False)
        await asyncio.sleep(0.1)
        assert modem.signals[-1] == ChannelSignals(1, Signals(ready=False))
        assert channel.far_signals.carrier

    multiplexed(scenario)


def test_a_modem_that_restarts_with_a_word_ends_all_channels_soon() -> None:
    async def scenario(mux: Multiplexer, modem: MuxModem) -> None:
        control, data = AtClient(await mux.open(1)), await mux.open(2)
        async with control:
            await control.sync()
            modem.reboot()
            await modem.link.write(b"\r\nRDY\r\n")
            began = asyncio.get_running_loop().time()
            await control.lost.wait()
            assert await data.read() == b""
            assert asyncio.get_running_loop().time() - began < 4.0
            with pytest.raises(LinkLostError, match="restarted"):
                await control.send(signal_quality())
        async with AtClient(await mux.stop()) as at:
            await at.sync()

    multiplexed(scenario)


def test_a_modem_that_restarts_in_silence_is_noticed_when_something_is_asked() -> None:
    async def scenario(mux: Multiplexer, modem: MuxModem) -> None:
        async with AtClient(await mux.open(1)) as control:
            await control.sync()
            modem.reboot()
            await asyncio.sleep(3600.0)
            assert not control.lost.is_set()  # nothing was asked, nothing is written of its own accord
            with pytest.raises(LinkLostError):
                await control.send(plain("AT+COPS=0", timeout_s=120.0))
            assert mux.lost.is_set()

    multiplexed(scenario)


def test_the_echo_of_a_restarted_modem_is_no_sign_of_life() -> None:
    async def scenario(mux: Multiplexer, modem: MuxModem) -> None:
        async with AtClient(await mux.open(1)) as control:
            await control.sync()
            modem.reboot()
            modem.echo = True
            with pytest.raises(LinkLostError):
                await control.send(plain("AT+COPS=0", timeout_s=120.0))

    multiplexed(scenario)


def test_noise_between_frames_harms_nothing() -> None:
    async def scenario(mux: Multiplexer, modem: MuxModem) -> None:
        async with AtClient(await mux.open(1)) as control:
            await control.sync()
            await modem.link.write(b"some noise that reads like text\r\n")
            await asyncio.sleep(10.0)
            assert (await control.send(signal_quality())).rssi_dbm == -77

    multiplexed(scenario)


def test_a_slow_command_is_no_sign_of_death() -> None:
    async def scenario(mux: Multiplexer, modem: MuxModem) -> None:
        modem.answers["AT+COPS=0"] = ""
        async with AtClient(await mux.open(1)) as control:
            await control.sync()

            async def answer_late() -> None:
                await asyncio.sleep(10 * SILENCE_S)
                await modem.say(1, b"\r\nOK\r\n")

            late = asyncio.create_task(answer_late())
            await control.send(plain("AT+COPS=0", timeout_s=120.0))
            await late

    multiplexed(scenario)


def test_the_modem_may_close_down_itself() -> None:
    async def scenario(mux: Multiplexer, modem: MuxModem) -> None:
        channel = await mux.open(1)
        assert modem.mux is not None
        modem.mux.close(0, asyncio.get_running_loop().time())
        await modem._flush()
        assert await channel.read() == b""
        async with AtClient(await mux.stop()) as at:
            await at.sync()

    multiplexed(scenario)


def test_a_lost_link_ends_all_channels() -> None:
    async def scenario(mux: Multiplexer, modem: MuxModem) -> None:
        channel = await mux.open(1)
        await modem.link.close()
        assert await channel.read() == b""
        with pytest.raises(LinkLostError):
            await mux.open(2)
        with pytest.raises(LinkLostError):
            await mux.stop()

    multiplexed(scenario)


def test_a_modem_that_is_gone_does_not_hold_the_stop() -> None:
    async def scenario(mux: Multiplexer, modem: MuxModem) -> None:
        await mux.open(1)
        modem.reboot()
        modem.answers = {}
        began = asyncio.get_running_loop().time()
        with contextlib.suppress(LinkLostError):
            await mux.stop()
        assert asyncio.get_running_loop().time() - began < 10.0

    multiplexed(scenario)
