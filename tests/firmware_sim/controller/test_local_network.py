"""The emulated controller's socket under clients that ask oddly, too much, too fast, or never read."""

from __future__ import annotations

import asyncio
import json
import socket
from contextlib import asynccontextmanager

import aiohttp
import pytest
from toy_objects import CIRCUIT, RELAY, SENSOR, ToyObjects

from firmware_sim.controller.local_network import MAX_CLIENTS, LocalServer
from firmware_sim.controller.local_session import MAX_REQUEST_BYTES, LocalAccess

DEADLINE_S = 10
SIGN_IN = '{"user":"admin","pass":"admin"}'


@asynccontextmanager
async def served(**options):
    model = ToyObjects()
    server = LocalServer(model, LocalAccess(), lambda: None, **options)
    model.changed = server.changed
    async with server.serving("127.0.0.1", 0) as url, aiohttp.ClientSession() as http:
        yield model, http, url


async def said(ws: aiohttp.ClientWebSocketResponse, message: str) -> dict:
    await ws.send_str(message)
    return await ws.receive_json(timeout=DEADLINE_S)


async def test_a_wrong_password_then_the_right_one_then_again():
    async with served() as (_, http, url), http.ws_connect(url) as ws:
        assert await said(ws, '{"user":"admin","pass":"wrong"}') == {"auth": 401}
        assert await said(ws, SIGN_IN) == {"auth": 200}
        assert await said(ws, SIGN_IN) == {"auth": 200}
        assert await said(ws, '{"req_ids":1}')


async def test_the_answer_to_a_command_goes_before_the_push_of_what_it_changed():
    async with served() as (_, http, url), http.ws_connect(url) as ws:
        await said(ws, SIGN_IN)
        assert await said(ws, f'{{"id":{RELAY},"cmd":1}}') == {"id": RELAY, "cmdres": 0}
        assert (await ws.receive_json(timeout=DEADLINE_S))["s"] == 1


async def test_a_push_goes_to_every_client_that_has_signed_in_and_to_no_other():
    async with served() as (model, http, url), http.ws_connect(url) as first, http.ws_connect(url) as second:
        await said(first, SIGN_IN)
        model.set(SENSOR, t=1.5)
        assert (await first.receive_json(timeout=DEADLINE_S))["t"] == 1.5
        assert await said(second, SIGN_IN) == {"auth": 200}


async def test_lines_in_binary_frames_are_answered_in_binary_frames():
    async with served() as (_, http, url), http.ws_connect(url) as ws:
        await said(ws, SIGN_IN)
        await ws.send_bytes(b"#S4?")
        answer = await ws.receive(timeout=DEADLINE_S)
        assert (answer.type, answer.data) == (aiohttp.WSMsgType.BINARY, b"#S4:17 3 MTS")


@pytest.mark.parametrize(
    "hostile",
    [
        "[" * 30_000,
        '{"id":' + "9" * 5_000 + ',"req_state":0}',
        '{"user":"\\ud800","pass":"\\udfff"}',
        '{"name":"\\ud800","type":14,"cmd":1}',
        '{"scmd":"#Z9=14,\'\\ud800\',1"}',
        '{"id":NaN,"cmd":Infinity}',
        f'{{"id":"{RELAY}","cmd":1}}',
        f'{{"id":{RELAY},"req_state":0',
        '{"req_ids":"16"}',
        '{"req_ids":true}',
        '"req_ids"',
        "",
        "\0" * 1000,
    ],
)
async def test_a_hostile_frame_is_left_unanswered_and_the_next_question_is_answered(hostile):
    async with served() as (model, http, url), http.ws_connect(url) as ws:
        await said(ws, SIGN_IN)
        await ws.send_str(hostile)
        assert await said(ws, '{"req_ids":1}') == {"ids": model.ids(1)}
        assert model.commands == []


async def test_a_frame_longer_than_a_request_may_be_ends_the_connection_and_no_other():
    async with served() as (_, http, url), http.ws_connect(url) as ws, http.ws_connect(url) as other:
        await said(ws, SIGN_IN)
        await ws.send_str("x" * (MAX_REQUEST_BYTES + 1))
        closing = await ws.receive(timeout=DEADLINE_S)
        assert (closing.type, closing.data) == (aiohttp.WSMsgType.CLOSE, aiohttp.WSCloseCode.MESSAGE_TOO_BIG)
        assert await said(other, SIGN_IN) == {"auth": 200}


async def test_one_client_too_many_is_refused_until_another_goes():
    async with served() as (_, http, url):
        clients = [await http.ws_connect(url) for _ in range(MAX_CLIENTS)]
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await http.ws_connect(url)
        assert refused.value.status == 503
        await clients.pop().close()
        assert await said(await http.ws_connect(url), SIGN_IN) == {"auth": 200}


async def deaf_client(url: str) -> socket.socket:
    """One that signs in and never reads again."""
    host, port = url.removeprefix("ws://").removesuffix("/ws").split(":")
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(raw, (host, int(port)))
    key = (
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
        + "A" * 22
        + "=="
    )
    await loop.sock_sendall(raw, f"GET /ws HTTP/1.1\r\nHost: {host}\r\n{key}\r\n\r\n".encode())
    await loop.sock_sendall(raw, masked(SIGN_IN))
    return raw


def masked(text: str) -> bytes:
    """A client's frame; the mask is 0."""
    data = text.encode()
    length = bytes([0x80 | len(data)]) if len(data) < 126 else bytes([0xFE]) + len(data).to_bytes(2, "big")
    return b"\x81" + length + bytes(4) + data


async def test_for_a_client_that_never_reads_little_waits_and_the_others_are_served():
    async with served() as (model, http, url), http.ws_connect(url) as reader:
        await said(reader, SIGN_IN)
        deaf = await deaf_client(url)
        model.objects[CIRCUIT]["name"] = "Дом" * 2000
        pushes = 2_000
        size = len(json.dumps(model.state(CIRCUIT), ensure_ascii=False).encode())
        async with asyncio.timeout(30):
            for turn in range(pushes):
                model.set(CIRCUIT, c=turn)
                assert (await reader.receive_json())["c"] == turn
            assert await said(reader, '{"req_ids":1}') == {"ids": model.ids(1)}
            # Once it reads, it gets what the buffers between the two held, and then what is so now.
            heard, last = 0, f'"c":{pushes - 1},'.encode()
            while last not in (data := await asyncio.get_running_loop().sock_recv(deaf, 1 << 20)):
                heard += len(data)
        assert heard < pushes * size / 2
        deaf.close()


async def test_a_client_that_answers_no_ping_is_hung_up():
    async with served(ping_every_s=0.2) as (_, _, url):
        deaf = await deaf_client(url)
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(DEADLINE_S):
            # It reads now, but says nothing.
            while await loop.sock_recv(deaf, 65536):
                pass
        deaf.close()


async def test_the_server_ends_though_a_client_never_reads_its_farewell():
    async with asyncio.timeout(DEADLINE_S):
        async with served() as (model, _, url):
            deaf = await deaf_client(url)
            for question in range(2_000):
                del question
                await asyncio.get_running_loop().sock_sendall(deaf, masked('{"req_ids":255}'))
            model.set(SENSOR, t=2.5)
        deaf.close()


async def test_an_object_is_found_by_name_and_type_or_made():
    async with served() as (model, http, url), http.ws_connect(url) as ws:
        await said(ws, SIGN_IN)
        found = await said(ws, json.dumps({"name": "Полив", "type": 14, "cmd": 1}))
        assert found == {"id": RELAY, "cmdres": 0}
        await ws.receive_json(timeout=DEADLINE_S)
        made = await said(ws, json.dumps({"name": "Полив", "type": 17, "cmd": 1}))
        assert made["id"] not in {RELAY, 0}
        assert model.objects[made["id"]]["name"] == "Полив"
