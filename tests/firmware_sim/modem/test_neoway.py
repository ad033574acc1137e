"""What only the M590 does: its boot, its silent data session, the data that it pushes."""

import asyncio

import pytest

IMSI = "250011234567890"


@pytest.fixture
async def echo():
    """A server that says everything back; its port."""

    async def serve(reader, writer):
        while data := await reader.read(5000):
            writer.write(data)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


def test_boot_says_nothing_of_the_card(make_bench):
    bench = make_bench(personality="m590", on=False)
    assert bench.power_on() == ["MODEM:STARTUP", "+PBREADY"]
    assert make_bench(personality="m590", on=False, card=False).power_on() == ["MODEM:STARTUP"]


def test_restart_and_power_off(make_bench):
    bench = make_bench(personality="m590")
    assert bench.send("AT+CFUN=15") + bench.wait(60) == ["OK", "MODEM:STARTUP", "+PBREADY"]
    bench.send("ATE0")
    assert bench.send("AT+CFUN=1") == ["OK"]
    assert bench.send("AT+CPWROFF") == ["OK"]
    assert bench.wait(60) == []
    assert bench.send("AT") == []


def test_identity(make_bench):
    bench = make_bench(personality="m590")
    assert bench.send("AT+CCID") == ["+CCID: 8970101234567890123f", "OK"]
    assert bench.send("AT+CEREG?") == ["ERROR"]
    assert len(bench.send("ATI")) == 4


async def opened(rig):
    terminal = await rig.terminal()
    await terminal.ask("ATE0")
    await terminal.ask("AT+XISP=0")
    await terminal.ask('AT+CGDCONT=1,"IP","internet"')
    assert b"\r\n+XIIC:    0, 0.0.0.0\r\n" in await terminal.ask("AT+XIIC?")
    await terminal.ask("AT+XIIC=1")
    assert b"\r\n+XIIC:    1, 10.64." in await terminal.ask("AT+XIIC?")
    return terminal


async def test_data_comes_within_a_line(make_rig, echo):
    terminal = await opened(await make_rig(personality="m590"))
    await terminal.ask(f"AT+TCPSETUP=0,127.0.0.1,{echo}", final=b"\r\nOK\r\n\r\n+TCPSETUP:0,OK\r\n")
    await terminal.ask("AT+TCPSEND=0,7", final=b"> ")
    await terminal.say(b"one\r\ntw")
    await terminal.until(b"\r\nOK\r\n\r\n+TCPSEND:0,7\r\n")
    await terminal.until(b"\r\n+TCPRECV:0,7,one\r\ntw\r\n")
    assert b"+IPSTATUS:0,CONNECT,TCP,4095\r\n" in await terminal.ask("AT+IPSTATUS=0")
    await terminal.ask("AT+TCPCLOSE=0", final=b"\r\nOK\r\n\r\n+TCPCLOSE:0,OK\r\n")
    assert b"+IPSTATUS:0,DISCONNECT\r\n" in await terminal.ask("AT+IPSTATUS=0")


async def test_names_are_looked_up_first(make_rig):
    terminal = await opened(await make_rig(personality="m590"))
    await terminal.ask('AT+DNS="localhost"', final=b"\r\nOK\r\n\r\n+DNS:127.0.0.1\r\n\r\n+DNS:OK\r\n")
    await terminal.ask('AT+DNS="example.org"', final=b"\r\nOK\r\n\r\n+DNS:Error\r\n")
    await terminal.ask("AT+TCPSETUP=0,localhost,80", final=b"\r\n+TCPSETUP:Error\r\n\r\nERROR\r\n")


async def test_what_cannot_be(make_rig, unused_tcp_port, echo):
    rig = await make_rig(personality="m590")
    terminal = await opened(rig)
    await terminal.ask("AT+TCPSEND=0,7", final=b"\r\n+TCPSEND:SOCKET ID OPEN FAILED\r\n\r\nERROR\r\n")
    await terminal.ask(f"AT+TCPSETUP=0,127.0.0.1,{unused_tcp_port}", final=b"+TCPSETUP:0,FAIL\r\n")
    await terminal.ask(f"AT+TCPSETUP=1,127.0.0.1,{echo}", final=b"+TCPSETUP:1,OK\r\n")
    rig.network.drop_pdp(IMSI, rig.now)
    await terminal.until(b"\r\n+TCPCLOSE:1,Link Closed\r\n")
    assert b"+XIIC:    0, 0.0.0.0" in await terminal.ask("AT+XIIC?")
