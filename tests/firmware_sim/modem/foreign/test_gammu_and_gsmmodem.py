"""Programs of other people at the emulated modem: gammu and python-gsmmodem-new."""

import asyncio
import os
import shutil
import sys
from collections.abc import Awaitable, Callable

import pytest

from at_commands.sms import Content
from at_commands.sms_reassembly import Reassembly
from firmware_sim.network import UserData

NUMBER = "+79161234567"
IMSI = "250011234567890"
LONG = "себе самому, и на две части: " * 4

GSMMODEM_SCRIPT = """
import sys, threading
from gsmmodem.modem import GsmModem

came = threading.Event()
received = []

def on_message(message):
    received.append((message.number, message.text))
    came.set()

modem = GsmModem(sys.argv[1], 115200, smsReceivedCallbackFunc=on_message)
modem.connect(pin="1234")
print(modem.manufacturer, modem.model, modem.imei, modem.imsi, modem.networkName, modem.signalStrength)
modem.waitForNetworkCoverage(10)
print(bytes.fromhex(modem.sendUssd("*100#", responseTimeout=10).message).decode("utf-16-be"))
print(modem.sendSms("+79030000000", "hello", waitForDeliveryReport=False).reference)
print(modem.sendSms("+79030000000", "Котёл включён. " * 10, waitForDeliveryReport=False).reference)
print("ready", flush=True)
assert came.wait(10)
print(received)
modem.close()
"""


def whole(parts: list[UserData]) -> str:
    """The text of a message in parts."""
    reassembly = Reassembly[None]()
    for part in parts:
        content = Content.decode(part.coding_scheme, part.has_header, part.length, part.octets)
        for message in reassembly.add("", content, None, 0):
            return message.content.text
    raise AssertionError(parts)


async def run(*command: str, env: dict[str, str] | None = None) -> str:
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=env,
    )
    try:
        async with asyncio.timeout(40):
            output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, output.decode()
    return output.decode()


@pytest.fixture
async def gammu(make_rig, tmp_path) -> tuple[object, Callable[..., Awaitable[str]]]:
    """A rig and a function that runs gammu at its pty."""
    program = shutil.which("gammu")
    if program is None:
        pytest.fail("gammu is missing. Run: sudo apt-get install -y gammu")
    rig = await make_rig()
    device = await rig.modem.listen(f"pty:{tmp_path}/modem")
    config = tmp_path / "gammurc"
    config.write_text(f"[gammu]\ndevice={device}\nconnection=at115200\nsynchronizetime=no\n")
    env = {**os.environ, "LC_ALL": "C.UTF-8", "LANG": "C.UTF-8"}
    return rig, lambda *arguments: run(program, "-c", str(config), *arguments, env=env)


async def test_gammu_identify(gammu):
    _, call = gammu
    said = await call("identify")
    for line in ("SIMCOM_Ltd", "SIMCOM_SIM800C", "1418B04SIM800C24", "866104023456786", IMSI):
        assert line in said


async def test_gammu_networkinfo(gammu):
    _, call = gammu
    said = await call("networkinfo")
    assert "home network" in said
    assert "LAC 1A2B, CID 3C4D" in said
    assert "GPRS                 : attached" in said


@pytest.mark.slow  # it waits ten seconds for a second answer
async def test_gammu_getussd(gammu):
    _, call = gammu
    assert "Баланс:150.00р" in await call("getussd", "*100#")


@pytest.mark.slow
async def test_gammu_sends_and_reads_messages(gammu):
    rig, call = gammu
    await call("sendsms", "TEXT", NUMBER, "-text", "to myself")
    await call("sendsms", "TEXT", NUMBER, "-autolen", "200", "-unicode", "-text", LONG)
    first, *parts = [message.content for message in rig.network.submitted_messages]
    assert first == "to myself"
    assert whole(parts) == LONG
    assert len(parts) == 2
    said = await call("geteachsms")
    assert "to myself" in said
    assert LONG in said
    await call("deleteallsms", "1")
    assert not rig.modem.sim.messages.messages


@pytest.mark.slow
async def test_gammu_enters_the_pin(gammu):
    rig, call = gammu
    rig.modem.sim.pin = "1234"
    rig.modem.reboot()
    assert "PIN" in await call("getsecuritystatus")
    await call("entersecuritycode", "PIN", "1234")
    assert rig.modem.sim.ready
    assert IMSI in await call("identify")


async def test_gsmmodem_connects_unlocks_asks_and_writes(make_rig, tmp_path):
    rig = await make_rig(pin="1234")
    device = await rig.modem.listen(f"pty:{tmp_path}/modem")
    script = tmp_path / "client.py"
    script.write_text(GSMMODEM_SCRIPT)
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(script), device, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said = ""
    try:
        async with asyncio.timeout(40):
            assert process.stdout is not None
            async for line in process.stdout:
                said += line.decode()
                if line.strip() == b"ready":
                    rig.network.send_sms(IMSI, "+79031112233", "answer", rig.now)
            await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, said
    assert said.splitlines()[0] == f"SIMCOM_Ltd SIMCOM_SIM800C 866104023456786 {IMSI} MTS RUS 20"
    assert "Баланс:150.00р" in said
    hello, *parts = [message.content for message in rig.network.submitted_messages]
    assert hello == "hello"
    assert whole(parts) == "Котёл включён. " * 10
    assert len(parts) == 3
    assert "[('+79031112233', 'answer')]" in said
