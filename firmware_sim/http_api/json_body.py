"""Bodies read as JSON Schema reads them: 67.0 is an integer (JSON Schema Validation 2020-12, 6.1.1)."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute


class _Request(Request):
    async def json(self) -> object:
        return json.loads(await self.body(), parse_float=_number)


class JsonRoute(APIRoute):
    """A route whose body is read so."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def read(request: Request) -> Response:
            return await handle(_Request(request.scope, request.receive))

        return read


def _number(text: str) -> int | float:
    number = float(text)
    return int(number) if number.is_integer() else number
