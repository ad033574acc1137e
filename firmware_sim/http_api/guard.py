"""Who may ask at all, and how much he may send."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from typing import Final

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from firmware_sim.http_api.problems import MEDIA_TYPE, Problem

MAX_BODY: Final = 64 * 1024
"""Octets of a request's body."""


def guard(app: FastAPI, *, token: str | None = None, max_body: int = MAX_BODY) -> None:
    """Refuse requests with too long a body, and those without the token where one is wanted (RFC 6750)."""

    @app.middleware("http")
    async def check(request: Request, go_on: Callable[[Request], Awaitable[Response]]) -> Response:
        said = request.headers.get("authorization", "")
        if token is not None and not secrets.compare_digest(said.encode(), f"Bearer {token}".encode()):
            return _refusal(
                401, "unauthorized", "say Authorization: Bearer and the --control-token", "Bearer"
            )
        length = request.headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > max_body or "transfer-encoding" in request.headers:
            return _refusal(413, "too_large", f"a body has a Content-Length of {max_body} octets at most")
        return await go_on(request)


def _refusal(status: int, kind: str, detail: str, challenge: str | None = None) -> Response:
    problem = Problem(
        type=f"urn:thermogate:{kind}", title=kind.replace("_", " "), status=status, detail=detail
    )
    headers = {} if challenge is None else {"WWW-Authenticate": challenge}
    return JSONResponse(problem.model_dump(), status, headers, MEDIA_TYPE)
