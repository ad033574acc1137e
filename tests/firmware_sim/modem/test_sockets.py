"""The modem's TCP stack against real servers on loopback."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from firmware_sim.modem.connections import RECEIVE_BUFFER
from firmware_sim.modem.sockets import IpState

IMSI = "250011234567890"


class Peer:
    """A real TCP server with one client at a time."""

    def __init__(self) -> None:
        self.port = 0
        self.connections: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()

    async def accept(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        async with asyncio.timeout(10):
            return await self.connections.get()


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    peer = Peer()
    writers = []

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        peer.connections.put_nowait((reader, writer))

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    peer.port = server.sockets[0].getsockname()[1]
    yield peer
    server.close()
    for writer in writers:
        writer.close()


async def online(rig, *, manual=False):
    """A terminal in IP STATUS."""
    terminal = await rig.terminal()
    await terminal.ask("ATE0")
    if manual:
        await terminal.ask("AT+CIPRXGET=1")
    await terminal.ask('AT+CSTT="internet","",""')
    await terminal.ask("AT+CIICR")
    await terminal.ask("AT+CIFSR", final=b"10.64.0.")
    await terminal.until(b"\r\n")
    return terminal


async def connect(terminal, peer):
    await terminal.ask(f'AT+CIPSTART="TCP","127.0.0.1","{peer.port}"', final=b"CONNECT OK\r\n")
    return await peer.accept()


async def state(terminal):
    said = await terminal.ask("AT+CIPSTATUS", final=b"STATE: ")
    assert said.endswith(b"\r\nOK\r\n\r\nSTATE: "), "OK comes first"
    return IpState((await terminal.until(b"\r\n")).decode().strip())


async def test_the_whole_way_and_its_states(make_rig, peer):
    rig = await make_rig()
    terminal = await rig.terminal()
    await terminal.ask("ATE0")
    assert await state(terminal) is IpState.INITIAL
    await terminal.ask('AT+CSTT="internet"')
    assert await state(terminal) is IpState.START
    await terminal.ask("AT+CIICR")
    assert await state(terminal) is IpState.GPRSACT
    await terminal.say("AT+CIFSR")
    assert (await terminal.until(b"\r\n10.64.0.")) is not None
    assert (await terminal.until(b"\r\n")).strip().isdigit()
    assert await state(terminal) is IpState.STATUS
    reader, writer = await connect(terminal, peer)
    assert await state(terminal) is IpState.CONNECTED
    await terminal.ask("AT+CIPSEND", final=b"\r\n> ")
    await terminal.say(b"to Ctrl-Z\x1a")
    await terminal.until(b"SEND OK\r\n")
    await terminal.ask("AT+CIPSEND=4", final=b"\r\n> ")
    await terminal.say(b"\x1a\x1b\r\n")
    await terminal.until(b"SEND OK\r\n")
    assert await reader.readexactly(13) == b"to Ctrl-Z\x1a\x1b\r\n"
    writer.write(b"raw answer")
    await terminal.until(b"raw answer")
    await terminal.ask("AT+CIPCLOSE", final=b"CLOSE OK\r\n")
    assert await reader.read() == b""
    assert await state(terminal) is IpState.CLOSED
    await connect(terminal, peer)
    await terminal.ask("AT+CIPSHUT", final=b"SHUT OK\r\n")
    assert await state(terminal) is IpState.INITIAL
    assert rig.network.session(IMSI) is None


async def test_manual_receiving_loses_nothing_and_holds_the_peer_back(make_rig, peer):
    rig = await make_rig()
    terminal = await online(rig, manual=True)
    _, writer = await connect(terminal, peer)
    sent = bytes(range(256)) * 400
    writer.write(sent)
    await terminal.until(b"+CIPRXGET: 1\r\n")
    received = b""
    while len(received) < len(sent):
        await terminal.ask("AT+CIPRXGET=2,1460", final=b"+CIPRXGET: 2,")
        n, left = map(int, (await terminal.until(b"\r\n")).split(b","))
        assert left <= RECEIVE_BUFFER
        while len(terminal.heard) < n:
            terminal.heard += await terminal.link.read()
        received += terminal.heard[:n]
        terminal.heard = terminal.heard[n:]
        await terminal.until(b"OK\r\n")
    assert received == sent
    assert await terminal.ask("AT+CIPRXGET=4") == b"\r\n+CIPRXGET: 4,0\r\n\r\nOK\r\n"
    assert await terminal.ask("AT+CIPRXGET=2,10") == b"\r\n+CIPRXGET: 2,0,0\r\n\r\nOK\r\n"
    writer.write(b"\x01\x02")
    await terminal.until(b"+CIPRXGET: 1\r\n")
    assert b"+CIPRXGET: 3,2,0\r\n0102\r\n" in await terminal.ask("AT+CIPRXGET=3,10")


async def test_what_came_before_the_peer_hung_up_can_still_be_read(make_rig, peer):
    terminal = await online(await make_rig(), manual=True)
    _, writer = await connect(terminal, peer)
    writer.write(b"bye")
    writer.close()
    await terminal.until(b"CLOSED\r\n")
    assert b"+CIPRXGET: 2,3,0\r\nbye\r\n" in await terminal.ask("AT+CIPRXGET=2,100")
    assert b"ERROR" in await terminal.ask("AT+CIPSEND=1", final=b"ERROR\r\n")


async def test_a_head_in_front_of_data_and_quick_sending(make_rig, peer):
    terminal = await online(await make_rig())
    await terminal.ask("AT+CIPHEAD=1;+CIPQSEND=1")
    reader, writer = await connect(terminal, peer)
    writer.write(b"hello")
    await terminal.until(b"\r\n+IPD,5:hello")
    await terminal.ask("AT+CIPSEND=3", final=b"> ")
    await terminal.say(b"abc")
    await terminal.until(b"DATA ACCEPT:3\r\n")
    assert await reader.readexactly(3) == b"abc"
    await terminal.ask("AT+CIPACK", final=b"+CIPACK: 3,")


@pytest.mark.parametrize("host", ["example.com", "10.0.0.1", "127.0.0.2", "0.0.0.0"])
async def test_only_allowed_hosts_are_connected_to(make_rig, host):
    terminal = await online(await make_rig())
    await terminal.ask(
        f'AT+CIPSTART="TCP","{host}","80"', final=b"OK\r\n\r\nSTATE: TCP CLOSED\r\n\r\nCONNECT FAIL\r\n"
    )
    assert await state(terminal) is IpState.CLOSED


async def test_nobody_listens(make_rig, unused_tcp_port):
    terminal = await online(await make_rig())
    await terminal.ask(f'AT+CIPSTART="TCP","127.0.0.1",{unused_tcp_port}', final=b"CONNECT FAIL\r\n")


async def test_cipstart_alone_opens_the_context(make_rig, peer):
    rig = await make_rig()
    terminal = await rig.terminal()
    await terminal.ask("ATE0")
    await connect(terminal, peer)
    assert rig.network.session(IMSI) is not None
    await terminal.ask('AT+CIPSTART="TCP","127.0.0.1",1', final=b"ALREADY CONNECT\r\n")


@pytest.mark.parametrize(
    "line",
    ["AT+CIICR", "AT+CIFSR", "AT+CIPSEND", "AT+CIPCLOSE", "AT+CIPMUX=1", 'AT+CIPSTART="UDP","127.0.0.1",1',
     'AT+CIPSTART="TCP","127.0.0.1",0', "AT+CIPSEND=5", "AT+CIPRXGET=2,10"],
)  # fmt: skip
async def test_out_of_turn_is_an_error(make_rig, line):
    terminal = await (await make_rig()).terminal()
    await terminal.ask(line, final=b"ERROR\r\n")
    await terminal.ask("AT")


async def test_traffic_is_counted_and_its_end_takes_the_context_down(make_rig, peer):
    rig = await make_rig(limit_bytes=1000)
    terminal = await online(rig)
    reader, writer = await connect(terminal, peer)
    await terminal.ask("AT+CIPSEND=400", final=b"> ")
    await terminal.say(b"x" * 400)
    await terminal.until(b"SEND OK\r\n")
    await reader.readexactly(400)
    assert rig.network.subscriber(IMSI).traffic_used_bytes == 400
    writer.write(b"y" * 700)
    await terminal.until(b"+PDP: DEACT\r\n")
    assert await state(terminal) is IpState.DEACTIVATED
    assert await reader.read() == b"", "the real connection went, too"
    await terminal.ask(f'AT+CIPSTART="TCP","127.0.0.1",{peer.port}', final=b"ERROR\r\n")
    await terminal.ask("AT+CIPSHUT", final=b"SHUT OK\r\n")
    await terminal.ask('AT+CSTT="internet"')
    await terminal.ask("AT+CIICR", final=b"ERROR\r\n")


async def test_a_foreign_device_blocks_the_card(make_rig):
    rig = await make_rig(bound_imei="490154203237518")
    terminal = await rig.terminal()
    await terminal.ask("ATE0+CMEE=1")
    await terminal.ask('AT+CSTT="internet"')
    await terminal.ask("AT+CIICR", final=b"+CME ERROR: 177\r\n")
    assert b"+CREG: 0,3" in await terminal.ask("AT+CREG?")


async def test_an_unknown_apn_is_refused_with_its_cause(make_rig):
    terminal = await (await make_rig()).terminal()
    await terminal.ask("ATE0+CMEE=1")
    await terminal.ask('AT+CGDCONT=1,"IP","no.such.apn"')
    await terminal.ask("AT+CGACT=1,1", final=b"+CME ERROR: 127\r\n")
    assert b"+CEER: missing or unknown APN" in await terminal.ask("AT+CEER")


async def test_contexts_and_attach(make_rig):
    rig = await make_rig()
    terminal = await rig.terminal()
    await terminal.ask("ATE0+CGREG=1")
    await terminal.ask('AT+CGDCONT=1,"IP","internet"')
    await terminal.ask("AT+CGACT=1,1")
    assert b"+CGACT: 1,1" in await terminal.ask("AT+CGACT?")
    assert b'+CGDCONT: 1,"IP","internet","10.64.0.' in await terminal.ask("AT+CGDCONT?")
    await terminal.ask("AT+CGATT=0")
    await terminal.until(b"+CGREG: 0\r\n")
    assert rig.network.session(IMSI) is None
    assert b"+CGACT: 1,0" in await terminal.ask("AT+CGACT?")
    await terminal.ask("AT+CGACT=1,1", final=b"ERROR\r\n")
    await terminal.ask("AT+CGATT=1")
    assert b"+CGATT: 1" in await terminal.ask("AT+CGATT?")


async def test_the_network_takes_the_context_down(make_rig, peer):
    rig = await make_rig()
    terminal = await online(rig)
    reader, _ = await connect(terminal, peer)
    rig.network.drop_pdp(IMSI, rig.now)
    await terminal.until(b"+PDP: DEACT\r\n")
    assert await reader.read() == b""


async def test_a_reboot_in_the_midst_of_sending_ends_the_connection(make_rig, peer):
    rig = await make_rig()
    terminal = await online(rig)
    reader, _ = await connect(terminal, peer)
    await terminal.ask("AT+CIPSEND=100", final=b"> ")
    await terminal.say(b"half")
    rig.modem.reboot()
    await terminal.until(b"SMS Ready\r\n")
    assert await reader.read() == b""
    await terminal.ask("AT")
    assert await state(terminal) is IpState.INITIAL


# --- transparent mode ---


async def transparent(rig, peer):
    terminal = await online(rig)
    await terminal.ask("ATS12=0")  # no guard time: no test waits
    assert b"OK" in await terminal.ask("AT+CIPMODE=1")
    said = await terminal.ask(f'AT+CIPSTART="TCP","127.0.0.1","{peer.port}"', final=b"CONNECT\r\n")
    assert said.endswith(b"\r\nOK\r\n\r\nCONNECT\r\n"), "OK comes at once"
    return terminal, *(await peer.accept())


async def test_in_transparent_mode_the_line_is_the_connection(make_rig, peer):
    terminal, reader, writer = await transparent(await make_rig(), peer)
    block = bytes(range(256)) * 200
    await terminal.say(block)
    assert await reader.readexactly(len(block)) == block
    writer.write(block)
    heard = b""
    while len(heard) < len(block):
        heard += await terminal.until(block[:256])
    assert heard == block
    writer.close()
    await terminal.until(b"\r\nCLOSED\r\n")
    assert await state(terminal) is IpState.CLOSED


async def test_what_comes_while_at_commands_waits_for_ato(make_rig, peer):
    rig = await make_rig()
    terminal, _, writer = await transparent(rig, peer)
    await terminal.say(b"+++")
    await terminal.until(b"\r\nOK\r\n")
    assert await state(terminal) is IpState.CONNECTED
    writer.write(b"meanwhile")
    await terminal.ask("ATO", final=b"CONNECT\r\n")
    assert await terminal.until(b"meanwhile") == b"meanwhile"


async def test_nobody_there_in_transparent_mode(make_rig, unused_tcp_port):
    terminal = await online(await make_rig())
    await terminal.ask("AT+CIPMODE=1")
    await terminal.ask(
        f'AT+CIPSTART="TCP","127.0.0.1","{unused_tcp_port}"',
        final=b"\r\nSTATE: TCP CLOSED\r\n\r\nCONNECT FAIL\r\n",
    )
    assert await terminal.ask("AT")
