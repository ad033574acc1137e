"""The gateway's modem on a port that is pulled out in the midst of things: real ptys, real time."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest

from at_commands.client import AtClient
from at_commands.errors import LinkLostError, LinkNotFoundError
from at_commands.links import open_link
from at_commands.port_names import PortName
from gateway.modem import Modem

ANSWERS = {
    b"AT+CMEE?": b"\r\n+CMEE: 1\r\n\r\nOK\r\n",
    b"AT+CGMI": b"\r\nSIMCOM_Ltd\r\n\r\nOK\r\n",
    b"AT+CGMM": b"\r\nSIMCOM_SIM800C\r\n\r\nOK\r\n",
    b"AT+CSQ": b"\r\n+CSQ: 18,0\r\n\r\nOK\r\n",
    b"AT+CFUN?": b"\r\n+CFUN: 1\r\n\r\nOK\r\n",
    b"AT+COPS?": b"",  # says nothing more
}


class PtyModem:
    """A modem on a pty of its own, served by the running loop; `unplug` is what a USB hub sees."""

    def __init__(self, imei: str) -> None:
        self._near, far = os.openpty()
        tty.setraw(far)
        self.path = os.ttyname(far)
        os.close(far)
        os.set_blocking(self._near, False)
        self._imei = imei
        self._heard = b""
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._near, self._readable)

    def unplug(self) -> None:
        if self._near >= 0:
            self._loop.remove_reader(self._near)
            os.close(self._near)
            self._near = -1

    def _readable(self) -> None:
        try:
            self._heard += os.read(self._near, 4096)
        except OSError:  # nobody has it open
            self._loop.remove_reader(self._near)
            self._loop.call_later(0.005, self._look_again)
            return
        *lines, self._heard = self._heard.split(b"\r")
        for line in lines:
            answer = ANSWERS.get(line.strip(b"\x1b"), b"\r\nOK\r\n")
            if line == b"AT+CGSN":
                answer = f"\r\n{self._imei}\r\n\r\nOK\r\n".encode()
            os.write(self._near, answer)

    def _look_again(self) -> None:
        if self._near >= 0:
            self._loop.add_reader(self._near, self._readable)


@pytest.fixture
def serial(tmp_path: Path) -> Path:
    (tmp_path / "serial" / "by-id").mkdir(parents=True)
    return tmp_path / "serial"


def plug_in(serial: Path, modem: PtyModem) -> None:
    link = serial / "by-id" / "usb-SimTech_SIM800-if00-port0"
    link.unlink(missing_ok=True)
    link.symlink_to(modem.path)


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@contextlib.contextmanager
def nothing_left() -> Iterator[None]:
    """No descriptor and no task more than before."""
    before, tasks = descriptors(), asyncio.all_tasks()
    yield
    assert asyncio.all_tasks() == tasks
    assert descriptors() <= before


async def test_the_modem_is_found_under_its_new_name(serial: Path) -> None:
    first = PtyModem("866104023456784")
    plug_in(serial, first)
    modem = Modem.at(PortName(first.path, directory=serial))
    assert (await modem.open()).imei == "866104023456784"
    first.unplug()
    stranger = PtyModem("111111111111111")
    try:
        with pytest.raises(LinkLostError):
            await modem.signal()
        (serial / "by-id" / "usb-SimTech_SIM800-if00-port0").unlink()
        with pytest.raises(LinkNotFoundError):  # though the stranger may have taken the old name
            await modem.open()
        second = PtyModem("866104023456784")
        plug_in(serial, second)
        assert (await modem.open()).imei == "866104023456784"
        assert await modem.signal() == -77
        await modem.close()
        second.unplug()
    finally:
        stranger.unplug()


async def test_a_pull_in_mid_command_is_known_at_once_and_costs_no_time(serial: Path) -> None:
    modem = PtyModem("866104023456784")
    with nothing_left():
        async with AtClient(await open_link(modem.path)) as at:
            await at.sync()
            asking = asyncio.create_task(at.execute("AT+COPS?", timeout_s=60))
            await asyncio.sleep(0.05)
            began, used = time.monotonic(), time.process_time()
            modem.unplug()
            with pytest.raises(LinkLostError):
                await asking
            assert time.monotonic() - began < 0.5
            # A descriptor that stays readable for ever would burn the processor.
            await asyncio.sleep(0.3)
            assert time.process_time() - used < 0.15
            with pytest.raises(LinkLostError):
                await at.execute("AT")
        del asking


async def test_two_hundred_times_pulled_out_and_plugged_in(serial: Path) -> None:
    async def once(number: int) -> None:
        device = PtyModem("866104023456784")
        plug_in(serial, device)
        assert (await modem.open()).model == "SIMCOM_SIM800C"
        if number % 2:
            asking = asyncio.create_task(modem.client.execute("AT+COPS?", timeout_s=60))
            await asyncio.sleep(0)
            device.unplug()
            with pytest.raises(LinkLostError):
                await asking
        else:
            device.unplug()
            async for _ in ended(modem):
                pass
        if number % 3:
            await modem.close()

    name = PtyModem("866104023456784")
    plug_in(serial, name)
    modem = Modem.at(PortName(name.path, directory=serial))
    name.unplug()
    for number in range(6):
        await once(number)
    await modem.close()
    with nothing_left():
        for number in range(200):
            await once(number)
        await modem.close()


async def ended(modem: Modem):
    with contextlib.suppress(LinkLostError):
        async for notice in modem.notices():
            yield notice
