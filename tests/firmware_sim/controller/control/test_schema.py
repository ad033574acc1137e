"""The API keeps what its OpenAPI document promises: tried with requests made from the document."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import Case
from schemathesis.specs.openapi.checks import positive_data_acceptance

from firmware_sim.controller.control import Bench, make_app, serve_control
from firmware_sim.controller.models import MODELS
from firmware_sim.controller.presets import preset
from firmware_sim.controller.wiring import Installation
from firmware_sim.plant import PRESETS, Plant


async def _serve(started: list[str], up: threading.Event, stop: asyncio.Event) -> None:
    installation = Installation(Plant(PRESETS["large_house"]), model=MODELS["H2000+ PRO.V2"])
    async with serve_control(installation, lambda: installation.advance(0.0), "127.0.0.1", 0) as url:
        started.append(url)
        up.set()
        await stop.wait()


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A simulated controller with its API in a thread of its own: the requests come from outside of its loop."""
    started: list[str] = []
    up = threading.Event()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()
    thread = threading.Thread(target=loop.run_until_complete, args=(_serve(started, up, stop),))
    thread.start()
    assert up.wait(20)
    yield started[0]
    loop.call_soon_threadsafe(stop.set)
    thread.join()
    loop.close()


DOCUMENT = make_app(Bench(Installation(), lambda: None)).openapi()
OPERATIONS = [
    (method, path)
    for path, methods in DOCUMENT["paths"].items()
    for method in methods
    if not path.endswith("/stream")  # without end; it has a test of its own
]
NAMES = {"/house/rooms/{name}": "upper", "/house/boilers/{name}/lockout": "first"}
IDS = [line.id for _, line in preset(MODELS["H2000+ PRO.V2"]).objects()]
"""Commands of any shape to objects that are there, or nothing but 404 would be seen."""


@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=[" ".join(each) for each in OPERATIONS])
def test_requests_made_from_the_document(url: str, method: str, path: str) -> None:
    schema = schemathesis.openapi.from_dict(DOCUMENT)
    schema.config.update(base_url=url)

    @settings(
        max_examples=40 if path.endswith("/command") else 10,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(schema[path][method.upper()].as_strategy(), st.sampled_from(IDS))
    def ask(case: Case, object_id: int) -> None:
        if path.endswith("/command"):
            case.path_parameters["object_id"] = object_id
        if path in NAMES:
            case.path_parameters["name"] = NAMES[path]
        # Where a fault may be and with which value is the installation's, not the document's.
        makes_fault = path == "/faults" and method == "post"
        case.call_and_validate(timeout=30, excluded_checks=[positive_data_acceptance] if makes_fault else [])

    ask()
