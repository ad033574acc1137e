"""Ports: who may connect, and what outlives them."""

import asyncio
import os
import termios

import pytest


@pytest.fixture(params=["pty", "tcp", "unix"])
def where(request, tmp_path):
    return {"pty": f"pty:{tmp_path}/modem", "tcp": "tcp:127.0.0.1:0", "unix": f"unix:{tmp_path}/modem.sock"}[
        request.param
    ]


async def test_state_outlives_its_clients_and_the_next_one_is_served_at_once(make_rig, where):
    rig = await make_rig(pin="1234")
    url = await rig.modem.listen(where)
    first = await rig.terminal(url)
    await first.ask('AT+CPIN="1234"')
    await first.say(b"AT+CMGF=1;+CMGS=")
    await first.until(b"+CMGS=")  # echoed; and it leaves in the midst of a line
    await first.link.close()
    for _ in range(5):
        terminal = await rig.terminal(url)
        assert b"+CPIN: READY" in await terminal.ask("AT+CPIN?")
        await terminal.say(b"AT+CMGF=1;+CMGS=")
        await terminal.until(b"+CMGS=")
        await terminal.link.close()


async def test_a_client_starts_clean(make_rig, where):
    rig = await make_rig()
    url = await rig.modem.listen(where)
    first = await rig.terminal(url)
    await first.ask("ATE0+CREG=1")
    watcher = await rig.terminal()
    await first.link.close()
    for _ in range(3):
        rig.modem.set_signal(None)
        await watcher.until(b"+CREG: 2\r\n")
        rig.modem.set_signal(-60)
        await watcher.until(b"+CREG: 1\r\n")
    second = await rig.terminal(url)
    assert await second.ask("AT+CSQ") == b"\r\n+CSQ: 26,0\r\n\r\nOK\r\n"


async def test_a_prompt_left_open_is_void(make_rig, where):
    rig = await make_rig()
    url = await rig.modem.listen(where)
    first = await rig.terminal(url)
    await first.ask("ATE0+CMGF=1")
    await first.ask('AT+CMGS="+79030000000"', final=b"> ")
    await first.link.close()
    second = await rig.terminal(url)
    assert await second.ask("AT") == b"\r\nOK\r\n"
    assert not rig.network.submitted_messages


async def test_two_clients_at_a_socket_take_turns(make_rig):
    rig = await make_rig()
    url = await rig.modem.listen("tcp:127.0.0.1:0")
    first, second = await rig.terminal(url), await rig.terminal(url)
    await first.ask("ATE0")
    await second.say("AT+CSQ")
    await first.ask("AT")
    await first.link.close()
    assert await second.until(b"OK\r\n") == b"\r\n+CSQ: 20,0\r\n\r\nOK\r\n"


async def test_the_pty_is_raw_for_each_client_and_its_link_disappears(make_rig, tmp_path):
    path = tmp_path / "modem"
    path.symlink_to("/dev/pts/nothing")  # left by a dead process
    rig = await make_rig()
    assert await rig.modem.listen(f"pty:{path}") == str(path)
    fd = os.open(path, os.O_RDWR | os.O_NOCTTY)
    try:
        local_modes = termios.tcgetattr(fd)[3]
        assert not local_modes & (termios.ECHO | termios.ICANON)
    finally:
        os.close(fd)
    await rig.modem.__aexit__(None, None, None)
    assert not path.is_symlink()


async def test_a_file_in_the_way_is_not_overwritten(make_rig, tmp_path):
    path = tmp_path / "precious"
    path.write_text("data")
    rig = await make_rig()
    with pytest.raises(FileExistsError):
        await rig.modem.listen(f"pty:{path}")
    assert path.read_text() == "data"


@pytest.mark.parametrize("where", ["serial:/dev/ttyS0", "tcp:1234", "tcp:host:port", "unix:", ""])
async def test_no_such_port(make_rig, where):
    rig = await make_rig()
    with pytest.raises(ValueError):
        await rig.modem.listen(where)


async def test_what_it_says_of_itself_is_said_at_all_ports_and_answers_where_they_were_asked_for(make_rig):
    rig = await make_rig()
    one, other = await rig.terminal(), await rig.terminal()
    await one.ask("ATE0")
    assert await other.ask("AT+CSQ") == b"AT+CSQ\r\r\n+CSQ: 20,0\r\n\r\nOK\r\n"
    assert await one.ask("AT") == b"\r\nOK\r\n"
    rig.modem.reboot()
    for terminal in (one, other):
        await terminal.until(b"RDY\r\n")
        await terminal.until(b"SMS Ready\r\n")


async def test_a_client_that_leaves_does_not_disturb_another(make_rig):
    rig = await make_rig()
    one, other = await rig.terminal(), await rig.terminal()
    await other.ask("AT")
    await one.say("ATE0+CMGF=1")
    await one.say('AT+CMGS="+79030000000"')
    await one.until(b"\r\n> ")
    await other.link.close()
    await one.say(b"still here\x1a")
    await one.until(b"+CMGS: 0\r\n")
    for _ in range(20):  # nor does it leave anything behind
        passing = await rig.terminal()
        await passing.ask("AT")
        await passing.link.close()
    await one.ask("AT")
    assert len(rig.modem._ports) <= 2


async def test_a_client_that_does_not_read_costs_bounded_memory(make_rig):
    rig = await make_rig()
    deaf = await rig.terminal()
    busy = await rig.terminal()
    for _ in range(300):
        await busy.ask("AT+CLAC")
    del deaf


async def test_the_hand_on_the_bench(make_rig):
    rig = await make_rig()
    terminal = await rig.terminal()
    await terminal.ask("ATE0")
    card = rig.modem.remove_sim()
    await terminal.until(b"+CPIN: NOT INSERTED\r\n")
    assert rig.modem.sim is None
    rig.modem.insert_sim(card)
    await terminal.until(b"SMS Ready\r\n")
    rig.modem.press_power_key()
    await terminal.until(b"NORMAL POWER DOWN\r\n")
    assert not rig.modem.powered
    rig.modem.press_power_key()
    await terminal.until(b"SMS Ready\r\n")
    rig.modem.cut_power()
    assert not rig.modem.powered


async def test_many_modems_in_one_process(make_rig):
    rigs = [await make_rig(seed=seed) for seed in range(50)]
    terminals = [await rig.terminal() for rig in rigs]
    said = await asyncio.gather(*(terminal.ask("AT+CREG?") for terminal in terminals))
    assert all(b"+CREG: 0,1" in answer for answer in said)
