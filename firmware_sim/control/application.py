"""The control API: what a hand on the bench does to simulated modems, as HTTP requests.

Reading is GET, setting is PUT, doing is POST, taking away is DELETE; errors are problem details (`problems.py`).
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Mapping
from importlib.metadata import version
from typing import Final

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from firmware_sim.control import card_routes, fault_routes, models, modem_routes, network_routes
from firmware_sim.control.controlled import ControlledModem
from firmware_sim.control.problems import MEDIA_TYPE, Problem, responses, tell_problems

MAX_BODY: Final = 64 * 1024
"""Octets of a request's body."""

_TAGS: Final = [
    {"name": "modem", "description": "The modem, its power, its serial lines."},
    {"name": "card", "description": "The SIM card in its slot."},
    {"name": "network", "description": "Field strength, registration, the operator's records, messages."},
    {"name": "faults", "description": "What is made to go wrong."},
]


def make_app(modems: Mapping[str, ControlledModem], *, token: str | None = None) -> FastAPI:
    """The application.

    Args:
        modems: by name.
        token: whoever asks has to present it (RFC 6750); None: everybody may.
    """
    app = FastAPI(
        title="Thermogate simulator control",
        version=version("thermogate"),
        description="Hands on **simulated** GSM modems, their SIM cards and their network: no real device.",
        openapi_tags=_TAGS,
        docs_url=None,
        redoc_url=None,
    )
    tell_problems(app)

    app.state.modems = dict(modems)

    @app.get("/", tags=["modem"], responses=responses(401))
    async def overview() -> models.Overview:
        """What is simulated here."""
        return models.Overview(version=app.version, modems=list(modems))

    for routes in (modem_routes, card_routes, network_routes, fault_routes):
        app.include_router(routes.router)
    _guard(app, token)
    _describe(app, secured=token is not None)
    return app


def _guard(app: FastAPI, token: str | None) -> None:
    @app.middleware("http")
    async def guard(request: Request, go_on: Callable[[Request], Awaitable[Response]]) -> Response:
        said = request.headers.get("authorization", "")
        if token is not None and not secrets.compare_digest(said.encode(), f"Bearer {token}".encode()):
            return _refusal(
                401, "unauthorized", "say Authorization: Bearer and the --control-token", "Bearer"
            )
        length = request.headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > MAX_BODY or "transfer-encoding" in request.headers:
            return _refusal(413, "too_large", f"a body has a Content-Length of {MAX_BODY} octets at most")
        return await go_on(request)


def _refusal(status: int, kind: str, detail: str, challenge: str | None = None) -> Response:
    problem = Problem(
        type=f"urn:thermogate:{kind}", title=kind.replace("_", " "), status=status, detail=detail
    )
    headers = {} if challenge is None else {"WWW-Authenticate": challenge}
    return JSONResponse(problem.model_dump(), status, headers, MEDIA_TYPE)


def _describe(app: FastAPI, *, secured: bool) -> None:
    """OpenAPI with our shape of errors, and with the token where one is wanted."""
    made = app.openapi

    def described() -> dict[str, object]:
        schema = made()
        components = schema.setdefault("components", {})
        problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        components["schemas"].update(problem.pop("$defs", {}))
        components["schemas"]["Problem"] = problem
        for unused in ("HTTPValidationError", "ValidationError"):
            components["schemas"].pop(unused, None)
        if secured:
            components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
            schema["security"] = [{"token": []}]
        return schema

    app.openapi = described  # type: ignore[method-assign]  # the way FastAPI documents
