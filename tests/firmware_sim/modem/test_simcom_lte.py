"""What only SIMCom's LTE modules do: their boot, their registration, the NETOPEN stack against real servers."""

import asyncio

import pytest

from firmware_sim.network import SubscriberState

FAMILIES = ("sim7600", "a7670")
IMSI = "250011234567890"


@pytest.fixture(params=FAMILIES)
def family(request):
    return request.param


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


@pytest.mark.parametrize(
    ("family", "said"),
    [
        ("sim7600", ["RDY", "+CPIN: READY", "SMS DONE", "PB DONE"]),
        ("a7670", ["*ATREADY: 1", "+CPIN: READY", "SMS DONE", "+CGEV: EPS PDN ACT 1", "PB DONE"]),
    ],
)
def test_boot(make_bench, family, said):
    bench = make_bench(personality=family, on=False)
    assert bench.power_on() == said
    assert bench.send("ATE0")[-1] == "OK"
    assert bench.send("AT+CPOF") == ["OK"]
    assert bench.wait(10) == []
    assert bench.send("AT") == []


@pytest.mark.parametrize(
    ("family", "said"), [("sim7600", "+CPIN: NOT INSERTED"), ("a7670", "+CPIN: SIM REMOVED")]
)
def test_an_empty_slot(make_bench, family, said):
    assert said in make_bench(personality=family, on=False, card=False).power_on()


def test_a7670_spells_its_errors_out_until_told_otherwise(make_bench):
    bench = make_bench(personality="a7670", on=False, card=False)
    bench.power_on()
    bench.send("ATE0")
    assert bench.send("AT+CPIN?") == ["+CME ERROR: SIM not inserted"]
    assert bench.send("AT+NOSUCH") == ["ERROR"]


def test_registration_on_lte(make_bench, family):
    bench = make_bench(personality=family)
    bench.send("AT+CEREG=2")
    answer = bench.send("AT+CEREG?")[0]
    assert answer.startswith("+CEREG: 2,1,")
    assert answer.endswith(",7")
    assert bench.send("AT+COPS?")[0] == '+COPS: 0,0,"MTS RUS",7'
    assert bench.send("AT+CPSI?")[0].startswith("+CPSI: LTE,Online,250-01,0x")


def test_why_registration_was_refused(make_bench):
    bench = make_bench(personality="a7670", state=SubscriberState.IN_STOCK)
    assert bench.send("AT+CEREG=3") == ["OK"]
    assert bench.send("AT+CEREG?")[0] == "+CEREG: 3,3,,,7,0,2"
    assert make_bench(personality="sim7600").send("AT+CEREG=3") == ["+CME ERROR: 50"]


async def opened(rig):
    terminal = await rig.terminal()
    await terminal.ask("ATE0")
    await terminal.ask('AT+CGDCONT=1,"IP","internet"')
    said = await terminal.ask("AT+NETOPEN", final=b"+NETOPEN: 0\r\n")
    assert said == b"\r\nOK\r\n\r\n+NETOPEN: 0\r\n"
    return terminal


async def test_the_network_opens_once(make_rig, family):
    terminal = await opened(await make_rig(personality=family))
    assert b"+NETOPEN: 1\r\n" in await terminal.ask("AT+NETOPEN?")
    await terminal.ask("AT+NETOPEN", final=b"\r\n+IP ERROR: Network is already opened\r\n\r\nERROR\r\n")
    assert b"+IPADDR: 10.64." in await terminal.ask("AT+IPADDR")
    await terminal.ask("AT+NETCLOSE", final=b"\r\nOK\r\n\r\n+NETCLOSE: 0\r\n")
    await terminal.ask("AT+IPADDR", final=b"\r\n+IP ERROR: Network not opened\r\n\r\nERROR\r\n")
    await terminal.ask("AT+NETCLOSE", final=b"\r\n+NETCLOSE: 2\r\n\r\nERROR\r\n")


async def test_two_connections_kept_apart(make_rig, echo):
    terminal = await opened(await make_rig(personality="sim7600"))
    await terminal.ask("AT+CIPRXGET=1")
    for number in (0, 3):
        await terminal.ask(
            f'AT+CIPOPEN={number},"TCP","127.0.0.1",{echo}', final=f"+CIPOPEN: {number},0\r\n".encode()
        )
    for number, text in ((0, b"nil"), (3, b"three")):
        await terminal.ask(f"AT+CIPSEND={number},{len(text)}", final=b"> ")
        await terminal.say(text)
        await terminal.until(f"\r\nOK\r\n\r\n+CIPSEND: {number},{len(text)},{len(text)}\r\n".encode())
        await terminal.until(f"+CIPRXGET: 1,{number}\r\n".encode())
    assert b"+CIPCLOSE: 1,0,0,1,0,0,0,0,0,0" in await terminal.ask("AT+CIPCLOSE?")
    await terminal.ask("AT+CIPRXGET=2,3,100", final=b"\r\n+CIPRXGET: 2,3,5,0\r\nthree\r\n\r\nOK\r\n")
    await terminal.ask("AT+CIPRXGET=3,0,2", final=b"\r\n+CIPRXGET: 3,0,2,1\r\n6E69\r\n\r\nOK\r\n")
    await terminal.ask("AT+CIPRXGET=4,0", final=b"\r\n+CIPRXGET: 4,0,1\r\n\r\nOK\r\n")
    await terminal.ask("AT+CIPRXGET=2,3,100", final=b"\r\n+IP ERROR: No data\r\n\r\nERROR\r\n")
    await terminal.ask("AT+CIPCLOSE=3", final=b"\r\nOK\r\n\r\n+CIPCLOSE: 3,0\r\n")
    await terminal.ask("AT+CIPCLOSE=3", final=b"\r\n+CIPCLOSE: 3,4\r\n\r\nERROR\r\n")


async def test_data_printed_as_it_comes(make_rig, echo):
    terminal = await opened(await make_rig(personality="sim7600"))
    await terminal.ask(f'AT+CIPOPEN=0,"TCP","127.0.0.1",{echo}', final=b"+CIPOPEN: 0,0\r\n")
    await terminal.ask("AT+CIPSEND=0,", final=b"> ")
    await terminal.say(b"hello\x1a")
    await terminal.until(f"\r\nRECV FROM:127.0.0.1:{echo}\r\n+IPD5\r\nhello".encode())


async def test_nobody_there(make_rig, unused_tcp_port, family):
    terminal = await opened(await make_rig(personality=family))
    await terminal.ask(
        f'AT+CIPOPEN=0,"TCP","127.0.0.1",{unused_tcp_port}', final=b"\r\nOK\r\n\r\n+CIPOPEN: 0,10\r\n"
    )
    await terminal.ask("AT+CIPSEND=0,5", final=b"\r\n+CIPERROR: 4\r\n\r\nERROR\r\n")


async def test_a_lost_context_closes_all(make_rig, echo):
    rig = await make_rig(personality="a7670")
    terminal = await opened(rig)
    await terminal.ask(f'AT+CIPOPEN=0,"TCP","127.0.0.1",{echo}', final=b"+CIPOPEN: 0,0\r\n")
    rig.network.drop_pdp(IMSI, rig.now)
    await terminal.until(b"\r\n+CIPEVENT: NETWORK CLOSED UNEXPECTEDLY\r\n")
    assert b"+NETOPEN: 0\r\n" in await terminal.ask("AT+NETOPEN?")


async def test_transparent_mode(make_rig, echo):
    rig = await make_rig(personality="sim7600")
    terminal = await rig.terminal()
    await terminal.ask("ATE0;+CIPMODE=1")
    await terminal.ask("AT+NETOPEN", final=b"+NETOPEN: 0\r\n")
    await terminal.ask(f'AT+CIPOPEN=0,"TCP","127.0.0.1",{echo}', final=b"\r\nCONNECT 115200\r\n")
    await terminal.say(b"AT\r")
    assert await terminal.until(b"AT\r") == b"AT\r"


async def test_no_udp_and_no_second_use_of_a_number(make_rig, echo):
    terminal = await opened(await make_rig(personality="sim7600"))
    await terminal.ask('AT+CIPOPEN=0,"UDP",,,5000', final=b"ERROR\r\n")
    await terminal.ask(f'AT+CIPOPEN=11,"TCP","127.0.0.1",{echo}', final=b"+CIPOPEN: 11,3\r\n\r\nERROR\r\n")
    await terminal.ask(f'AT+CIPOPEN=0,"TCP","127.0.0.1",{echo}', final=b"+CIPOPEN: 0,0\r\n")
    await terminal.ask(f'AT+CIPOPEN=0,"TCP","127.0.0.1",{echo}', final=b"+CIPOPEN: 0,4\r\n\r\nERROR\r\n")
