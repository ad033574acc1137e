"""AT+CMUX of the emulated modem, with the project's own client at the other end."""

import asyncio

import pytest

from at_commands import commands
from at_commands.client import AtClient
from at_commands.cmux_control import Message, Type
from at_commands.cmux_frames import BasicDecoder, Frame, Kind, encode_basic
from at_commands.command import plain
from at_commands.dialects import sim800_sockets as sockets
from at_commands.dialects.sim800 import SIM800
from at_commands.errors import ChannelRefusedError, CommandFailedError, LinkLostError
from at_commands.links import open_link
from at_commands.multiplexer import Multiplexer
from firmware_sim.network import SubscriberState

IMSI = "250011234567890"
SABM_0 = encode_basic(Frame(0, Kind.SABM, True, True))
UA_0 = encode_basic(Frame(0, Kind.UA, True, True))


def frames(bench) -> list[Frame]:
    return [item for item in BasicDecoder().receive(bench.raw) if isinstance(item, Frame)]


# -- the command


def test_what_is_offered(make_bench):
    assert make_bench().send("AT+CMUX=?")[0].startswith("+CMUX: (0),(0),(1-5),(1-255),")
    assert make_bench(advanced_mux=True).send("AT+CMUX=?")[0].startswith("+CMUX: (0-1),(0),")


def test_parameters_are_read_back(bench):
    assert bench.send("AT+CMUX?") == ["+CMUX: 0,0,5,127,10,3,30,10,2", "OK"]
    assert bench.send("AT+CMUX=0,0,5,64,20,2,40,10,2") == ["OK"]
    bench.wait(6)
    assert bench.send("AT+CMUX?") == ["+CMUX: 0,0,5,64,20,2,40,10,2", "OK"]


@pytest.mark.parametrize(
    "parameters", ["1", "2", "0,1", "0,0,9", "0,0,5,0", "0,0,5,256", "0,0,5,31,0", "0,0,5,31,10,101", "x", ""]
)
def test_what_is_not_offered_is_refused(bench, parameters):
    assert bench.send(f"AT+CMUX={parameters}") == ["+CME ERROR: 50"]
    assert bench.send("AT") == ["OK"]


# -- frames


def test_sabm_opens_the_control_channel_and_cld_closes_down(bench):
    assert bench.send("AT+CMUX=0") == ["OK"]
    bench.give(SABM_0)
    assert bench.raw == UA_0
    bench.give(encode_basic(Frame(1, Kind.SABM, True, True)))
    assert frames(bench)[0] == Frame(1, Kind.UA, True, True)
    bench.give(encode_basic(Frame(1, Kind.UIH, True, info=b"AT+CSQ\r")))
    assert b"".join(frame.info for frame in frames(bench)) == b"AT+CSQ\r\r\n+CSQ: 20,0\r\n\r\nOK\r\n"
    bench.give(encode_basic(Frame(0, Kind.UIH, True, info=b"\xc3\x01")))
    assert frames(bench)[-1].info == Message(Type.CLD, False).encode()
    assert bench.send("AT") == ["OK"]


def test_disc_of_the_control_channel_closes_down_too(bench):
    bench.send("AT+CMUX=0")
    bench.give(SABM_0)
    bench.give(encode_basic(Frame(0, Kind.DISC, True, True)))
    assert bench.raw == UA_0
    assert bench.send("AT") == ["OK"]


def test_without_a_frame_it_is_back_to_commands_after_five_seconds(bench):
    bench.send("AT+CMUX=0")
    assert bench.send("AT") == []
    bench.wait(4.9)
    assert bench.send("AT") == []
    bench.wait(0.2)
    assert bench.send("AT") == ["OK"]


def test_a_frame_right_behind_the_command_is_not_lost(bench):
    bench.give(b"AT+CMUX=0\r" + SABM_0)
    assert bench.raw.endswith(UA_0)


def test_the_client_that_leaves_leaves_it_multiplexed(bench):
    bench.send("AT+CMUX=0")
    bench.give(SABM_0)
    bench.happen(lambda: bench.core.client_left(bench.now))
    assert bench.send("AT") == []
    bench.give(SABM_0)
    assert bench.raw == UA_0


def test_a_reboot_ends_it(bench):
    bench.send("AT+CMUX=0")
    bench.give(SABM_0)
    assert "RDY" in bench.happen(bench.core.power.restart)
    bench.wait(30)
    assert bench.send("ATE0") == ["ATE0", "OK"]


# -- with the project's client


@pytest.fixture(params=["memory", "pty", "tcp"])
async def mux(request, make_rig, tmp_path):
    """A rig, and the multiplexer at it."""
    rig = await make_rig()
    if request.param == "memory":
        link = rig.modem.connect()
    else:
        url = await rig.modem.listen(f"pty:{tmp_path}/modem" if request.param == "pty" else "tcp:127.0.0.1:0")
        link = await open_link(url)
    async with AtClient(link, dialect=SIM800) as at:
        await at.sync()
        multiplexer = await Multiplexer.start(at)
    yield rig, multiplexer
    await multiplexer.close()


async def channel(multiplexer, dlci):
    at = AtClient(await multiplexer.open(dlci), dialect=SIM800)
    await at.__aenter__()
    await at.sync()
    await at.send(commands.echo(False))
    return at


async def test_channels_are_terminals_of_their_own(mux):
    _, multiplexer = mux
    first, second = await channel(multiplexer, 1), await channel(multiplexer, 2)
    await first.send(commands.verbose_errors(2))
    with pytest.raises(CommandFailedError, match="operation not allowed"):
        await first.send(plain("AT+CIICR"))
    with pytest.raises(CommandFailedError) as caught:
        await second.send(plain("AT+CIICR"))
    assert caught.value.final == "ERROR"
    with pytest.raises(CommandFailedError):
        await first.send(plain("AT+CMUX=0"))  # no multiplexer within one
    with pytest.raises(ChannelRefusedError):
        await multiplexer.open(5)


async def test_urcs_are_said_on_each_channel(mux):
    rig, multiplexer = mux
    first, second = await channel(multiplexer, 1), await channel(multiplexer, 2)
    await first.send(commands.report_registration("CREG", 1))
    async with first.subscribe("+CREG:") as near, second.subscribe("+CREG:") as far:
        rig.network.set_state(IMSI, SubscriberState.TERMINATED, rig.now)
        async with asyncio.timeout(10):
            assert (await anext(near)).line == (await anext(far)).line == "+CREG: 3"


async def test_stopping_gives_plain_commands_back(mux):
    _, multiplexer = mux
    first = await channel(multiplexer, 1)
    link = await multiplexer.stop()
    assert first.lost.is_set()
    async with AtClient(link, dialect=SIM800) as at:
        await at.sync()
        assert (await at.send(commands.signal_quality())).rssi_dbm == -73
        again = await Multiplexer.start(at)
    assert (await (await channel(again, 1)).send(commands.signal_quality())).rssi_dbm == -73
    await again.close()


async def test_a_reboot_under_it_ends_every_channel(mux):
    rig, multiplexer = mux
    first = await channel(multiplexer, 1)
    rig.modem.reboot()
    async with asyncio.timeout(20):
        await first.lost.wait()
    with pytest.raises(LinkLostError):
        await first.send(commands.signal_quality())


async def test_the_control_channel_stays_usable_while_another_carries_tcp(mux):
    _, multiplexer = mux
    control, data = await channel(multiplexer, 1), await channel(multiplexer, 2)

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while block := await reader.read(4096):
            writer.write(block)
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    await data.send(sockets.manual_receive())
    await data.send(sockets.set_apn("internet"))
    await data.send(sockets.bring_up())
    await data.send(sockets.local_address())
    await data.send(sockets.connect("127.0.0.1", server.sockets[0].getsockname()[1]))
    blocks = [bytes((number,)) * sockets.MAX_SEND for number in range(20)]

    async def carry() -> bytes:
        got = b""
        for place, block in enumerate(blocks, 1):
            await data.send(sockets.send(block))
            async with asyncio.timeout(10):
                while len(got) < place * sockets.MAX_SEND:
                    got += (await data.send(sockets.receive(sockets.MAX_SEND))).data
        return got

    carrying = asyncio.create_task(carry())
    asked = 0
    while not carrying.done():
        assert (await control.send(commands.signal_quality())).rssi_dbm == -73
        asked += 1
    assert await carrying == b"".join(blocks)
    assert asked >= len(blocks)
    await data.send(sockets.close())
    server.close()


async def test_the_control_channel_stays_usable_while_another_is_in_data_mode(mux):
    _, multiplexer = mux
    control = await channel(multiplexer, 1)
    dial = await multiplexer.open(2)
    await dial.write(b'ATE0\rAT+CGDCONT=1,"IP","internet"\rATD*99***1#\r')
    heard = b""
    async with asyncio.timeout(10):
        while not (b"CONNECT" in heard and b"\x7e\xff" in heard):  # PPP has begun
            heard += await dial.read()
        while not dial.far_signals.carrier:
            assert (await control.send(commands.signal_quality())).rssi_dbm == -73
        dial.set_ready(False)  # by &D1 that leads back to commands
        await control.send(commands.signal_quality())
        await dial.write(b"ATH\r")
        while not heard.endswith(b"OK\r\n"):
            heard += await dial.read()
        while dial.far_signals.carrier:
            await control.send(commands.signal_quality())


async def test_the_advanced_option(make_rig):
    rig = await make_rig(advanced_mux=True)
    async with AtClient(rig.modem.connect(), dialect=SIM800) as at:
        await at.sync()
        multiplexer = await Multiplexer.start(at, advanced=True)
    first = await channel(multiplexer, 1)
    assert (await first.send(commands.signal_quality())).rssi_dbm == -73
    async with AtClient(await multiplexer.stop()) as at:
        await at.sync()
