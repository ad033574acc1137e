"""The control API served for a controller in a house whose time passes only when it is asked to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import httpx
import pytest

from firmware_sim.controller.control import serve_control
from firmware_sim.controller.models import MODELS
from firmware_sim.controller.wiring import Installation
from firmware_sim.plant import PRESETS, Plant, Weather

ENGLISH = {"accept-language": "en"}


@dataclass
class Site:
    """A served controller."""

    http: httpx.AsyncClient
    installation: Installation

    async def get(self, path: str, **params):
        answer = await self.http.get(path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def put(self, path: str, **body):
        answer = await self.http.put(path, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def wait(self, seconds: int) -> None:
        """Let so many seconds pass at once."""
        while seconds > 0:
            answer = await self.http.post("/time/advance", json={"seconds": min(seconds, 3600)})
            assert answer.status_code == 200, answer.text
            seconds -= 3600

    async def fault(self, name: str, place: str | None = None, value: float | None = None) -> int:
        """Have a fault; its number."""
        answer = await self.http.post("/faults", json={"fault": name, "place": place, "value": value})
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    async def end(self, number: int) -> None:
        assert (await self.http.delete(f"/faults/{number}")).status_code == 204

    async def alarms(self) -> set[tuple[str, str]]:
        return {(each["name"], each["what"]) for each in await self.get("/alarms")}


Serving = Callable[..., AsyncIterator[Site]]


@asynccontextmanager
async def served(
    house: str = "large_house", model: str = "H2000+ PRO.V2", outdoor_c: float = -10.0
) -> AsyncIterator[Site]:
    plant = Plant(PRESETS[house], Weather(mean_c=outdoor_c, daily_swing_k=0.0, front_k=0.0))
    installation = Installation(plant, model=MODELS[model])
    async with (
        serve_control(installation, lambda: installation.advance(0.0), "127.0.0.1", 0) as url,
        httpx.AsyncClient(base_url=url, headers=ENGLISH, timeout=30) as http,
    ):
        yield Site(http, installation)


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with served() as made:
        yield made


@pytest.fixture
async def serve() -> AsyncIterator[Callable[..., object]]:
    """Serves another house or model."""
    async with AsyncExitStack() as stack:

        async def enter(**options) -> Site:
            return await stack.enter_async_context(served(**options))

        yield enter
