"""The operator's HTTP interface on loopback, in a thread of its own: requests come from outside of its loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import httpx
import pytest
from operator_rules.desk import STAFF_TOKEN, Desk

from firmware_sim.http_api.serving import serving
from firmware_sim.operator.api import make_operator_app


async def _serve(desk: Desk, started: list[str], up: threading.Event, stop: asyncio.Event) -> None:
    async with serving(make_operator_app(desk.operator, staff_token=STAFF_TOKEN), "127.0.0.1", 0) as url:
        started.append(url)
        up.set()
        await stop.wait()


@pytest.fixture(scope="module")
def desk() -> Desk:
    return Desk()


@pytest.fixture(scope="module")
def url(desk) -> Iterator[str]:
    started: list[str] = []
    up = threading.Event()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()
    thread = threading.Thread(target=loop.run_until_complete, args=(_serve(desk, started, up, stop),))
    thread.start()
    assert up.wait(20)
    yield started[0]
    loop.call_soon_threadsafe(stop.set)
    thread.join()
    loop.close()


@pytest.fixture
def staff(url) -> Iterator[httpx.Client]:
    """The operator's staff at the API."""
    headers = {"Authorization": f"Bearer {STAFF_TOKEN}", "Accept-Language": "en"}
    with httpx.Client(base_url=f"{url}/api/v1", headers=headers) as client:
        yield client


@pytest.fixture
def signed_in(url, desk):
    """A client for a caller who has a session."""
    from firmware_sim.operator.rules import sessions

    def sign_in(caller, lang: str = "en") -> httpx.Client:
        token = desk.do(sessions.begin, caller)
        headers = {"Authorization": f"Bearer {token}", "Accept-Language": lang}
        return httpx.Client(base_url=f"{url}/api/v1", headers=headers)

    return sign_in
