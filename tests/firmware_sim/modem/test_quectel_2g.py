"""What only Quectel's GSM modules do; the plain way through TCP is a golden transcript."""

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
    return make_bench(personality="m66")


def test_goodbyes(make_bench):
    polite = make_bench(personality="m66")
    assert polite.send("AT+QPOWD=1") == ["NORMAL POWER DOWN"]
    assert polite.send("AT") == []
    assert make_bench(personality="m66").send("AT+QPOWD=0") == []


def test_with_automatic_rate_the_boot_is_silent(make_bench):
    bench = make_bench(personality="m66", on=False, fixed_baud=0)
    assert bench.power_on() == ["Call Ready", "SMS Ready"]


def test_the_card(make_bench):
    bench = make_bench(personality="m66", pin="1234")
    assert bench.send("AT+QINISTAT")[0] == "+QINISTAT: 0"
    assert bench.send("AT+QTRPIN")[0] == "+QTRPIN: 3,3,10,10"
    bench.send('AT+CPIN="1234"')
    bench.wait(60)
    assert bench.send("AT+QINISTAT")[0] == "+QINISTAT: 3"
    assert bench.send("AT+QCCID") == ["8970101234567890123f", "OK"]


def test_the_network_tells_its_name_and_time(bench):
    assert bench.send("AT+QSPN")[0] == '+QSPN: "MTS RUS","MTS","",0,"25001"'
    assert bench.send("AT+QNITZ=1") == ["OK"]
    bench.send("AT+CFUN=4")
    told = bench.send("AT+CFUN=1")
    told += bench.wait(30)
    (time,) = [line for line in told if line.startswith("+QNITZ")]
    clock = bench.send("AT+CCLK?")[0]
    assert time.startswith('+QNITZ: "')
    assert time.endswith('+12,0"')
    assert time[9:18] == clock[8:17]  # the same day
    bench.send("AT+QNITZ=0")
    bench.send("AT+CFUN=4")
    assert "+QNITZ" not in "".join(bench.send("AT+CFUN=1") + bench.wait(30))


def test_settings(bench):
    assert bench.send("AT+QBAND?")[0] == '+QBAND: "GSM850_EGSM_DCS_PCS_MODE"'
    bench.send('AT+QBAND="EGSM_DCS_MODE"')
    assert bench.send("AT+QBAND?")[0] == '+QBAND: "EGSM_DCS_MODE"'
    assert bench.send("AT+CEREG?") == ["+CME ERROR: 58"]


def test_the_way_to_an_address(bench):
    for line, state in (
        ("AT+QIREGAPP", "IP START"),
        ("AT+QIACT", "IP GPRSACT"),
        ("AT+QILOCIP", "IP STATUS"),
    ):
        assert bench.send("AT+QILOCIP") == ["+CME ERROR: 3"] or line == "AT+QILOCIP"
        bench.send(line)
        assert bench.send("AT+QISTAT") == ["OK", f"STATE: {state}"]
    assert bench.send("AT+QIMUX=1") == ["+CME ERROR: 3"]
    assert bench.send("AT+QIMODE=1") == ["+CME ERROR: 3"]
    assert bench.send("AT+QIREGAPP") == ["+CME ERROR: 3"]
    assert bench.send("AT+QIDEACT") == ["DEACT OK"]
    assert bench.send("AT+QISTAT") == ["OK", "STATE: IP INITIAL"]


def test_an_unknown_access_point(bench):
    bench.send('AT+QIREGAPP="nosuch.example","",""')
    assert bench.send("AT+QIACT")[0].startswith("+CME ERROR: ")
    assert bench.send("AT+QISTAT") == ["OK", "STATE: PDP DEACT"]
    assert bench.send('AT+QIOPEN="TCP","127.0.0.1",1883') == ["+CME ERROR: 3"]
    assert bench.send("AT+QIDEACT") == ["DEACT OK"]


def test_nothing_but_tcp(bench):
    assert bench.send('AT+QIOPEN="UDP","127.0.0.1",1883') == ["+CME ERROR: 50"]
    assert bench.send('AT+QIOPEN="TCP","127.0.0.1",0') == ["+CME ERROR: 50"]


def test_a_name_where_an_address_was_promised(make_bench):
    bench = make_bench(personality="m66", allowed_hosts=frozenset({"broker.example"}))
    assert bench.send('AT+QIOPEN="TCP","broker.example",1883') == ["OK", "CONNECT FAIL"]


async def test_from_the_beginning_in_one_step(make_rig, echo):
    terminal = await (await make_rig(personality="m66")).terminal()
    await terminal.ask("ATE0")
    await terminal.ask(f'AT+QIOPEN="TCP","127.0.0.1",{echo}', final=b"\r\nOK\r\n\r\nCONNECT OK\r\n")
    await terminal.ask("AT+QISEND", final=b"> ")
    await terminal.say(b"hello\x1a")
    await terminal.until(b"SEND OK\r\n")
    await terminal.until(b"hello")
    assert b"+QISACK: 5, 5, 0\r\n" in await terminal.ask("AT+QISACK")
    await terminal.ask("AT+QICLOSE", final=b"\r\nCLOSE OK\r\n")
    await terminal.ask("AT+QISTAT", final=b"\r\nOK\r\n\r\nSTATE: IP CLOSE\r\n")


async def test_a_head_before_data(make_rig, echo):
    terminal = await (await make_rig(personality="m66")).terminal()
    await terminal.ask("ATE0;+QIHEAD=1")
    await terminal.ask(f'AT+QIOPEN="TCP","127.0.0.1",{echo}', final=b"CONNECT OK\r\n")
    await terminal.ask("AT+QISEND=5", final=b"> ")
    await terminal.say(b"hello")
    await terminal.until(b"IPD5:hello")


async def online(rig, *settings):
    terminal = await rig.terminal()
    await terminal.ask("ATE0")
    for line in (*settings, 'AT+QICSGP=1,"internet"', "AT+QIREGAPP", "AT+QIACT"):
        await terminal.ask(line)
    await terminal.ask("AT+QILOCIP", final=b"\r\n")
    await terminal.until(b"\r\n")
    return terminal


async def test_connections_by_number(make_rig, echo):
    terminal = await online(await make_rig(personality="m66"), "AT+QIMUX=1", "AT+QINDI=2")
    for number in (0, 5):
        await terminal.ask(
            f'AT+QIOPEN={number},"TCP","127.0.0.1",{echo}',
            final=f"\r\nOK\r\n\r\n{number}, CONNECT OK\r\n".encode(),
        )
    for text in (b"one", b"two"):
        await terminal.ask("AT+QISEND=5,3", final=b"> ")
        await terminal.say(text)
        await terminal.until(b"\r\nSEND OK\r\n")
        await terminal.until(b",3,3\r\n" if text == b"one" else b"\r\n+QIRDI: 0,1,5,2,3,6\r\n")
    states = await terminal.ask("AT+QISTATE", final=b'"CONNECTED"\r\n\r\nOK\r\n')
    assert f'+QISTATE: 5, "TCP", "127.0.0.1", "{echo}", "CONNECTED"'.encode() in states
    assert b'+QISTATE: 1, "", "", "", "INITIAL"' in states
    await terminal.ask(
        "AT+QIRD=0,1,5,100",
        final=f"\r\n+QIRD: 127.0.0.1:{echo},TCP,6\r\nonetwo\r\n\r\nOK\r\n".encode(),
    )
    await terminal.ask(f'AT+QIOPEN=5,"TCP","127.0.0.1",{echo}', final=b"\r\nOK\r\n\r\n5, ALREADY CONNECT\r\n")
    await terminal.ask("AT+QICLOSE=5", final=b"\r\n5, CLOSE OK\r\n")
    await terminal.ask("AT+QICLOSE=5", final=b"ERROR\r\n")
    assert f'+QISTAT: 0, "TCP", "127.0.0.1", "{echo}"'.encode() in await terminal.ask("AT+QISTAT")


async def test_numbered_data_printed_as_they_come(make_rig, echo):
    terminal = await online(await make_rig(personality="m66"), "AT+QIMUX=1")
    await terminal.ask(f'AT+QIOPEN=2,"TCP","127.0.0.1",{echo}', final=b"2, CONNECT OK\r\n")
    await terminal.ask("AT+QISEND=2", final=b"> ")
    await terminal.say(b"hello\x1a")
    await terminal.until(b"\r\n+RECEIVE: 2, 5\r\nhello")


async def test_data_mode(make_rig, echo):
    rig = await make_rig(personality="m66")
    terminal = await online(rig, "AT+QIMODE=1")
    await terminal.ask(f'AT+QIOPEN="TCP","127.0.0.1",{echo}', final=b"\r\nOK\r\n\r\nCONNECT\r\n")
    await terminal.say(b"AT\r")
    assert await terminal.until(b"AT\r") == b"AT\r"
    rig.network.drop_pdp(IMSI, rig.now)
    await terminal.until(b"\r\nCLOSED\r\n\r\n+PDP DEACT\r\n")
    await terminal.ask("AT+QISTAT", final=b"\r\nOK\r\n\r\nSTATE: PDP DEACT\r\n")


async def test_nobody_there_in_data_mode(make_rig, unused_tcp_port):
    terminal = await online(await make_rig(personality="m66"), "AT+QIMODE=1")
    await terminal.ask(
        f'AT+QIOPEN="TCP","127.0.0.1",{unused_tcp_port}', final=b"\r\nOK\r\n\r\nCONNECT FAIL\r\n"
    )
    await terminal.ask("AT")
