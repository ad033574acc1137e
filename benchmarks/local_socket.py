"""Round trips of `req_state` over the emulated controller's WebSocket beside a bare aiohttp echo of the same text.

One client, one request at a time, as the protocol wants it. Both servers and the client share one loop; rounds
alternate.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time

import aiohttp
from aiohttp import web

from firmware_sim.controller.local_network import LocalServer
from firmware_sim.controller.local_session import LocalAccess
from firmware_sim.controller.models import MODELS
from firmware_sim.controller.presets import RADIATORS
from firmware_sim.controller.wiring import Installation

ROUND_TRIPS = 3_000
ROUNDS = 7
TARGET = 0.5
REQUEST = json.dumps({"id": RADIATORS, "req_state": 0})


async def echo(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse(compress=False)
    await socket.prepare(request)
    async for message in socket:
        await socket.send_str(message.data)
    return socket


async def per_second(socket: aiohttp.ClientWebSocketResponse) -> float:
    began = time.perf_counter()
    for _ in range(ROUND_TRIPS):
        await socket.send_str(REQUEST)
        await socket.receive_str()
    return ROUND_TRIPS / (time.perf_counter() - began)


async def measure() -> tuple[float, float]:
    app = web.Application()
    app.router.add_get("/ws", echo)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    installation = Installation(model=MODELS["H2000+ PRO.V2"])
    server = LocalServer(installation.firmware, LocalAccess(), before=lambda: None)
    try:
        async with (
            server.serving("127.0.0.1", 0) as url,
            aiohttp.ClientSession() as session,
            session.ws_connect(f"http://127.0.0.1:{runner.addresses[0][1]}/ws") as bare,
            session.ws_connect(url) as ours,
        ):
            await ours.send_str('{"user": "admin", "pass": "admin"}')
            assert json.loads(await ours.receive_str()) == {"auth": 200}
            pairs = [(await per_second(bare), await per_second(ours)) for _ in range(ROUNDS)]
    finally:
        await runner.cleanup()
    return statistics.median(each for each, _ in pairs), statistics.median(each for _, each in pairs)


def main() -> int:
    bare, ours = asyncio.run(measure())
    kept = ours / bare >= TARGET
    print(f"bare echo   {bare:9,.0f} round trips a second")
    print(f"req_state   {ours:9,.0f} round trips a second")
    print(f"  {'kept  ' if kept else 'MISSED'} {ours / bare:.2f} of the echo, at least {TARGET:g}")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
