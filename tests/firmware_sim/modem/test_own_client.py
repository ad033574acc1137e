"""Both ends share one grammar: what the emulated modem prints, the project's own client understands."""

import asyncio

import pytest

from at_commands import commands, sms_commands
from at_commands.client import AtClient
from at_commands.codes import RegistrationStatus
from at_commands.dialects import sim800_sockets
from at_commands.dialects.sim800 import SIM800
from at_commands.errors import CmeError, ModemRebootedError
from at_commands.links import open_link
from at_commands.pin_retries import PinRetries, pin_retries
from at_commands.sms import Content, DeliverPdu, SubmitPdu
from at_commands.transcript import Transcript
from firmware_sim.network import SubscriberState

NUMBER = "+79161234567"
IMSI = "250011234567890"


@pytest.fixture(params=["memory", "pty"])
async def client(request, make_rig, tmp_path):
    """A rig and the client at it, over memory and over a pty."""
    rig = await make_rig()
    if request.param == "memory":
        link = rig.modem.connect()
    else:
        link = await open_link(await rig.modem.listen(f"pty:{tmp_path}/modem"))
    async with AtClient(link, dialect=SIM800) as at:
        await at.sync()
        yield rig, at


async def test_facts(client):
    _, at = client
    await at.send(commands.verbose_errors(1))
    assert await at.send(commands.identify_model()) == "SIMCOM_SIM800C"
    assert await at.send(commands.identify_imei()) == "866104023456786"
    assert await at.send(commands.imsi()) == IMSI
    assert await at.send(commands.simulator_probe())
    assert await at.send(commands.pin_status()) is commands.PinStatus.READY
    assert await at.send(pin_retries("AT+SPIC")) == PinRetries(3, 10, 3, 10)
    assert (await at.send(commands.signal_quality())).rssi_dbm == -73
    await at.send(commands.report_registration("CREG", 2))
    registration = await at.send(commands.registration("CREG"))
    assert registration.status is RegistrationStatus.HOME
    assert (registration.lac, registration.cell_id) == (0x1A2B, 0x3C4D)
    assert (await at.send(commands.operator())).name == "MTS RUS"
    assert await at.send(commands.own_numbers()) == (NUMBER,)
    assert await at.send(commands.attached())


async def test_denial_and_its_cause(client):
    rig, at = client
    await at.send(commands.report_registration("CREG", 1))
    async with at.subscribe("+CREG:") as news:
        rig.network.set_state(IMSI, SubscriberState.TERMINATED, rig.now)
        urc = await asyncio.wait_for(anext(aiter(news)), 10)
    assert urc.line == "+CREG: 3"
    assert (await at.send(commands.registration("CREG"))).status is RegistrationStatus.DENIED
    assert await at.send(commands.extended_error_report()) == "IMSI unknown in HLR"
    await at.send(commands.verbose_errors(1))
    with pytest.raises(CmeError) as caught:
        await at.send(commands.attach())
    assert caught.value.code == 102


async def test_messages(client):
    _, at = client
    await at.send(sms_commands.pdu_mode())
    await at.send(sms_commands.announce_messages())
    async with at.subscribe("+CMTI:") as news:
        reference = await at.send(sms_commands.send_pdu(*SubmitPdu(NUMBER, Content.of("Привет")).encode()))
        assert reference == 0
        urc = await asyncio.wait_for(anext(aiter(news)), 10)
    assert urc.line == '+CMTI: "SM",1'
    (stored,) = await at.send(sms_commands.list_pdus())
    assert DeliverPdu.decode(stored.pdu).content.text == "Привет"
    await at.send(sms_commands.delete_message(1))
    assert await at.send(sms_commands.list_pdus()) == []


async def test_a_restart_in_mid_command_is_seen(make_rig):
    rig = await make_rig(delay=0.02)
    watcher = await rig.terminal()
    rig.modem.reboot()
    await watcher.until(b"SMS Ready\r\n")
    prompted = asyncio.Event()

    class Watched(Transcript):
        def add(self, direction, text, secrets=()):
            if text == "prompt":
                prompted.set()

    async with AtClient(rig.modem.connect(), dialect=SIM800, transcript=Watched()) as at:
        await at.sync()
        await at.send(sms_commands.pdu_mode())
        while not (await at.send(commands.registration())).status.registered:
            pass  # each question gives the network its turn
        pdu = SubmitPdu(NUMBER, Content("x")).encode()
        asking = asyncio.create_task(at.send(sms_commands.send_pdu(*pdu)))
        await asyncio.wait_for(prompted.wait(), 10)
        rig.modem.reboot()
        with pytest.raises(ModemRebootedError):
            await asking
        await watcher.until(b"SMS Ready\r\n")
        await at.sync()
        assert await at.send(commands.imsi()) == IMSI


@pytest.mark.parametrize("echo", [True, False])
async def test_bytes_through_the_modem(client, echo):
    _, at = client
    sent = bytes(range(256)) * 60

    async def answer(reader, writer):
        while data := await reader.read(4096):
            writer.write(data)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    await at.send(commands.echo(echo))
    await at.send(sim800_sockets.manual_receive())
    await at.send(sim800_sockets.set_apn("internet"))
    await at.send(sim800_sockets.bring_up())
    assert (await at.send(sim800_sockets.local_address())).startswith("10.64.0.")
    await at.send(sim800_sockets.connect("127.0.0.1", port))
    received = b""
    for start in range(0, len(sent), 1024):
        await at.send(sim800_sockets.send(sent[start : start + 1024]))
        while len(received) < min(len(sent), start + 1024):
            received += (await at.send(sim800_sockets.receive())).data
    assert received == sent
    await at.send(sim800_sockets.close())
    await at.send(sim800_sockets.shut())
    assert await at.send(sim800_sockets.status()) == "IP INITIAL"
    server.close()
