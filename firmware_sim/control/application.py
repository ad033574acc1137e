"""The control API: what a hand on the bench does to simulated modems, as HTTP requests.

Reading is GET, setting is PUT, doing is POST, taking away is DELETE; errors are problem details (`problems.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from typing import Final

from fastapi import FastAPI

from firmware_sim.control import card_routes, fault_routes, models, modem_routes, network_routes
from firmware_sim.control.controlled import ControlledModem
from firmware_sim.http_api.document import describe
from firmware_sim.http_api.guard import guard
from firmware_sim.http_api.problems import responses, tell_problems

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
    guard(app, token=token)
    describe(app, secured=token is not None)
    return app
