"""A WebSocket server that answers as badly as a test wants: real sockets, one connection after the other."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import WSMsgType, web
from pydantic import JsonValue

Request = dict[str, JsonValue]
OBJECTS: dict[int, Request] = {
    7: {"type": 14, "name": "Полив", "s": 0, "a": 1},
    8: {"type": 16, "stype": 3, "name": "Дом", "c": 20.5, "s": 21.0, "m": "heat", "m_id": 0, "f": 0, "a": 1},
}


class OddController:
    """Answers as a controller would; `odd` may take a request over.

    Attributes:
        odd: is given each request with the connection it came on; True: it has seen to it.
        requests: all that was asked, connection by connection.
        greeting: pushed before the sign-in.
    """

    def __init__(self) -> None:
        self.objects: dict[int, Request] = {number: dict(fields) for number, fields in OBJECTS.items()}
        self.lines = {"#S54?": "#S54:0A1B2C3D4E5F", "#S7?": "#S7:H-1V.02_PRO 700 625"}
        self.odd: Callable[[web.WebSocketResponse, Request], Awaitable[bool]] = _as_usual
        self.requests: list[list[Request]] = []
        self.greeting: list[Request] = []
        self.sockets: list[web.WebSocketResponse] = []
        self.port = 0

    @property
    def commands(self) -> list[JsonValue]:
        """All that was commanded, on whatever line."""
        return [each["cmd"] for line in self.requests for each in line if "cmd" in each]

    @asynccontextmanager
    async def serving(self, tls: ssl.SSLContext | None = None) -> AsyncIterator[None]:
        app = web.Application()
        app.router.add_get("/ws", self._serve)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", self.port, ssl_context=tls).start()
            self.port = runner.addresses[0][1]
            yield
        finally:
            await self.hang_up()
            await runner.cleanup()

    async def hang_up(self) -> None:
        """As a restart does it."""
        await asyncio.gather(*(each.close() for each in list(self.sockets)))

    async def push(self, message: Request | str) -> None:
        """To everybody."""
        text = message if isinstance(message, str) else json.dumps(message, ensure_ascii=False)
        for each in self.sockets:
            await each.send_str(text)

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.sockets.append(socket)
        heard: list[Request] = []
        self.requests.append(heard)
        for each in self.greeting:
            await socket.send_json(each)
        async for frame in socket:
            if frame.type is not WSMsgType.TEXT:
                continue
            asked: Request = json.loads(frame.data)
            heard.append(asked)
            if not await self.odd(socket, asked):
                answer = self.answer(asked)
                if answer is not None:
                    await socket.send_json(answer)
        if socket in self.sockets:
            self.sockets.remove(socket)
        return socket

    def answer(self, asked: Request) -> Request | None:
        """What a controller would say."""
        match asked:
            case {"user": _}:
                return {"auth": 200 if asked["pass"] == "s3cret" else 401}
            case {"req_ids": int(kind)}:
                return {"ids": [each for each, state in self.objects.items() if kind in {255, state["type"]}]}
            case {"req_state": _, "id": int(number)}:
                state = self.objects.get(number)
                return (
                    {"id": number, "req_state": 0, "failed": 1} if state is None else {"id": number, **state}
                )
            case {"cmd": value, "id": int(number)}:
                self.obey(number, value)
                return {"Id": number, "cmdres": 0}
            case {"scmd": str(line)}:
                return {"scmdres": self.lines.get(line, f"{line[:-1]}:!")}
        return None

    def obey(self, number: int, value: JsonValue) -> None:
        """Do it."""
        assert isinstance(value, int)
        is_circuit = self.objects[number]["type"] == 16
        self.objects[number]["s"] = round(value / 10 - 273, 1) if is_circuit else value


async def _as_usual(_: web.WebSocketResponse, __: Request) -> bool:
    return False
