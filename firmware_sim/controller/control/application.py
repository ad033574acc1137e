"""The control API of a controller: what a hand does to it and to its house, as HTTP requests.

Reading is GET, setting is PUT, doing is POST, making good is DELETE; errors are problem details.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Final

from fastapi import FastAPI

from firmware_sim.controller.control import (
    config_routes,
    controller_routes,
    fault_routes,
    house_routes,
    link_routes,
    object_routes,
)
from firmware_sim.controller.control.bench import Bench
from firmware_sim.controller.wiring import Installation
from firmware_sim.http_api.document import describe
from firmware_sim.http_api.guard import guard
from firmware_sim.http_api.problems import tell_problems
from firmware_sim.http_api.serving import serving
from provisioning.zont.config_text import MAX_CONFIG_BYTES

_TAGS: Final = [
    {"name": "controller", "description": "Who it is, its lamps, its time, its alarms and events."},
    {"name": "objects", "description": "What it measures, regulates and switches."},
    {"name": "configuration", "description": "Its config.txt."},
    {"name": "links", "description": "Mobile network, cloud, boilers' buses, supply."},
    {"name": "house", "description": "Weather, rooms, boilers, hot water, heat and gas."},
    {"name": "faults", "description": "What is made to go wrong."},
]


def make_app(bench: Bench, *, token: str | None = None) -> FastAPI:
    """The application.

    Args:
        bench: the controller in its house.
        token: whoever asks has to present it (RFC 6750); None: everybody may.
    """
    app = FastAPI(
        title="Thermogate controller simulator control",
        version=version("thermogate"),
        description="Hands on a **simulated** heating controller and its house: no real device.",
        openapi_tags=_TAGS,
        docs_url=None,
        redoc_url=None,
    )
    tell_problems(app)
    app.state.bench = bench
    for routes in (controller_routes, object_routes, config_routes, link_routes, house_routes, fault_routes):
        app.include_router(routes.router)
    guard(app, token=token, max_body=MAX_CONFIG_BYTES)
    describe(app, secured=token is not None)
    return app


@asynccontextmanager
async def serve_control(
    installation: Installation, advance: Callable[[], None], host: str, port: int, token: str | None = None
) -> AsyncIterator[str]:
    """Serve until left; the URL. Port 0 picks one.

    Args:
        installation: the controller and its house.
        advance: brings its time up to now.
        token: as for `make_app`.

    Raises:
        OSError: the address cannot be had.
    """
    bench = Bench(installation, advance)
    try:
        async with serving(make_app(bench, token=token), host, port) as url:
            yield url
    finally:
        bench.close()
