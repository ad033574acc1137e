"""What only Quectel's LTE modules do; the plain way through TCP is a golden transcript."""

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


@pytest.fixture
def bench(make_bench):
    return make_bench(personality="ec25")


def test_a_locked_card_and_an_empty_slot(make_bench):
    assert make_bench(personality="ec25", on=False, pin="1234").power_on() == [
        "RDY",
        "+CPIN: SIM PIN",
        "+QUSIM: 1",
        "+CFUN: 1",
    ]
    assert "+CPIN: NOT INSERTED" in make_bench(personality="ec25", on=False, card=False).power_on()


def test_it_says_goodbye_behind_ok(bench):
    assert bench.send("AT+QPOWD") == ["OK", "POWERED DOWN"]
    assert bench.send("AT") == []


def test_the_card_reads_itself_in(make_bench):
    assert make_bench(personality="ec25").send("AT+QINISTAT")[0] == "+QINISTAT: 7"
    assert make_bench(personality="ec25", pin="1234").send("AT+QINISTAT")[0] == "+QINISTAT: 0"


def test_where_it_is_registered(bench):
    assert bench.send("AT+QNWINFO")[0] == '+QNWINFO: "FDD LTE","25001","LTE BAND 3",1300'
    assert bench.send("AT+QCSQ")[0].startswith('+QCSQ: "LTE",-73,')
    assert bench.send("AT+QSPN")[0] == '+QSPN: "MTS RUS","MTS","",0,"25001"'
    bench.send("AT+CFUN=4")
    assert bench.send("AT+QNWINFO")[0] == "+QNWINFO: No Service"
    assert bench.send("AT+QCSQ")[0] == '+QCSQ: "NOSERVICE"'


def test_settings_by_name(bench):
    assert bench.send('AT+QCFG="nwscanmode"') == ['+QCFG: "nwscanmode",0', "OK"]
    assert bench.send('AT+QCFG="nwscanmode",3,1') == ["OK"]
    assert bench.send('AT+QCFG="NWSCANMODE"') == ['+QCFG: "nwscanmode",3,1', "OK"]
    assert bench.send('AT+QCFG="nosuch"') == ["+CME ERROR: 50"]


def test_an_unknown_command_is_a_plain_error(bench):
    assert bench.send("AT+NOSUCH") == ["ERROR"]


def test_contexts(bench):
    assert bench.send("AT+QIACT?") == ["OK"]
    assert bench.send('AT+QICSGP=1,1,"internet","mts","secret",2') == ["OK"]
    assert bench.send("AT+QICSGP=1") == ['+QICSGP: 1,"internet","mts","",2', "OK"]
    assert bench.send("AT+QIACT=1") == ["OK"]
    assert bench.send("AT+QIACT=1") == ["ERROR"]
    assert bench.send("AT+QIACT=2") == ["ERROR"]
    assert bench.send("AT+QIGETERROR")[0] == "+QIGETERROR: 552,invalid parameters"
    assert bench.send("AT+QIDEACT=1") == ["OK"]
    assert bench.send("AT+QIACT?") == ["OK"]


def test_an_unknown_access_point(bench):
    bench.send('AT+QICSGP=1,1,"nosuch.example"')
    assert bench.send("AT+QIACT=1") == ["ERROR"]
    assert bench.send("AT+QIGETERROR")[0] == "+QIGETERROR: 561,open PDP context failed"


def test_no_connection_without_a_context(bench):
    assert bench.send('AT+QIOPEN=1,0,"TCP","127.0.0.1",1883') == ["OK", "+QIOPEN: 0,561"]
    assert bench.send('AT+QIOPEN=1,0,"TCP","127.0.0.1",1883,0,2') == ["ERROR"]
    assert bench.send('AT+QIOPEN=1,12,"TCP","127.0.0.1",1883') == ["ERROR"]
    assert bench.send('AT+QIOPEN=1,0,"UDP","127.0.0.1",1883') == ["ERROR"]


async def online(rig):
    terminal = await rig.terminal()
    await terminal.ask("ATE0")
    await terminal.ask('AT+QICSGP=1,1,"internet"')
    await terminal.ask("AT+QIACT=1")
    return terminal


async def connect(terminal, port, *, number=0, mode=0):
    await terminal.ask(
        f'AT+QIOPEN=1,{number},"TCP","127.0.0.1",{port},0,{mode}', final=f"+QIOPEN: {number},0\r\n".encode()
    )


async def test_two_connections_kept_apart(make_rig, echo):
    terminal = await online(await make_rig(personality="ec25"))
    for number in (0, 11):
        await connect(terminal, echo, number=number)
    for number, text in ((0, b"nil"), (11, b"eleven")):
        await terminal.ask(f"AT+QISEND={number},{len(text)}", final=b"> ")
        await terminal.say(text)
        await terminal.until(b"\r\nSEND OK\r\n")
        await terminal.until(f'\r\n+QIURC: "recv",{number}\r\n'.encode())
    states = (await terminal.ask("AT+QISTATE?")).split(b"\r\n")
    assert [line[:29] for line in states if line.startswith(b"+QISTATE")] == [
        b'+QISTATE: 0,"TCP","127.0.0.1"',
        b'+QISTATE: 11,"TCP","127.0.0.1',
    ]
    assert b",2,1,0,0," in await terminal.ask("AT+QISTATE=1,11")
    assert b"+QIRD: 6,0,6\r\n" in await terminal.ask("AT+QIRD=11,0")
    await terminal.ask("AT+QIRD=11", final=b"\r\n+QIRD: 6\r\neleven\r\n\r\nOK\r\n")
    assert b"+QIRD: 6,6,0\r\n" in await terminal.ask("AT+QIRD=11,0")
    assert b"+QISEND: 3,3,0\r\n" in await terminal.ask("AT+QISEND=0,0")
    await terminal.ask("AT+QICLOSE=11")
    await terminal.ask("AT+QIRD=11", final=b"\r\nERROR\r\n")
    await terminal.ask("AT+QIRD=0", final=b"\r\n+QIRD: 3\r\nnil\r\n\r\nOK\r\n")


async def test_data_printed_as_they_come(make_rig, echo):
    terminal = await online(await make_rig(personality="ec25"))
    await connect(terminal, echo, mode=1)
    await terminal.ask("AT+QISEND=0", final=b"> ")
    await terminal.say(b"hello\x1a")
    await terminal.until(b"\r\nSEND OK\r\n")
    await terminal.until(b'\r\n+QIURC: "recv",0,5\r\nhello\r\n')
    await terminal.ask("AT+QIRD=0", final=b"\r\nERROR\r\n")


async def test_transparent_mode_and_back(make_rig, echo):
    terminal = await online(await make_rig(personality="ec25"))
    await terminal.ask(f'AT+QIOPEN=1,0,"TCP","127.0.0.1",{echo},0,2', final=b"\r\nCONNECT\r\n")
    await terminal.say(b"AT\r")
    assert await terminal.until(b"AT\r") == b"AT\r"
    await asyncio.sleep(1.05)
    await terminal.say(b"+++")
    await terminal.until(b"\r\nOK\r\n")
    assert b",2,1,0,2," in await terminal.ask("AT+QISTATE=1,0")
    await terminal.ask("ATO", final=b"\r\nCONNECT\r\n")
    await terminal.say(b"again")
    assert await terminal.until(b"again") == b"again"


async def test_transparent_mode_ends_with_the_connection(make_rig):
    async def bye(reader, writer):
        writer.write(b"bye")
        await reader.read(1)
        writer.close()

    server = await asyncio.start_server(bye, "127.0.0.1", 0)
    terminal = await online(await make_rig(personality="ec25"))
    port = server.sockets[0].getsockname()[1]
    await terminal.ask(f'AT+QIOPEN=1,0,"TCP","127.0.0.1",{port},0,2', final=b"\r\nCONNECT\r\nbye")
    await terminal.say(b"x")
    await terminal.until(b"\r\nNO CARRIER\r\n")
    await terminal.ask("AT+QICLOSE=0")
    server.close()


async def test_nobody_there_in_transparent_mode(make_rig, unused_tcp_port):
    terminal = await online(await make_rig(personality="ec25"))
    await terminal.ask(f'AT+QIOPEN=1,0,"TCP","127.0.0.1",{unused_tcp_port},0,2', final=b"\r\nERROR\r\n")
    assert b"566,socket connect failed" in await terminal.ask("AT+QIGETERROR")


async def test_the_way_of_a_connection_is_changed(make_rig, echo):
    terminal = await online(await make_rig(personality="ec25"))
    await connect(terminal, echo)
    await terminal.ask("AT+QISWTMD=0,1")
    await terminal.ask("AT+QISEND=0,2", final=b"> ")
    await terminal.say(b"hi")
    await terminal.until(b'\r\n+QIURC: "recv",0,2\r\nhi\r\n')
    await terminal.ask("AT+QISWTMD=0,2", final=b"\r\nCONNECT\r\n")
    await terminal.say(b"raw")
    assert await terminal.until(b"raw") == b"raw"


def test_a_full_buffer_takes_nothing(make_bench):
    bench = make_bench(personality="ec25")
    bench.send("AT+QIACT=1")
    bench.send('AT+QIOPEN=1,0,"TCP","127.0.0.1",1883')
    bench.happen(lambda: bench.core.device.sockets.opened(1))
    said = []
    for _ in range(9):  # nobody takes what was given to the real socket
        bench.send("AT+QISEND=0,1460")
        said += bench.give(b"x" * 1460)
    assert said == ["SEND OK"] * 8 + ["SEND FAIL"]
    bench.happen(lambda: bench.core.device.sockets.sent(1, 1460))
    bench.send("AT+QISEND=0,1460")
    assert bench.give(b"x" * 1460) == ["SEND OK"]


async def test_the_network_takes_the_context_from_under_data_mode(make_rig, echo):
    rig = await make_rig(personality="ec25")
    terminal = await online(rig)
    await terminal.ask(f'AT+QIOPEN=1,0,"TCP","127.0.0.1",{echo},0,2', final=b"\r\nCONNECT\r\n")
    rig.network.drop_pdp(IMSI, rig.now)
    await terminal.until(b'\r\nNO CARRIER\r\n\r\n+QIURC: "pdpdeact",1\r\n')
    await terminal.ask("AT+QIACT=1", final=b"\r\nERROR\r\n")
    await terminal.ask("AT+QIDEACT=1")
    await terminal.ask("AT+QIACT=1")
