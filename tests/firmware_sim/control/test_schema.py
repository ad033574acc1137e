"""The API keeps what its OpenAPI document promises: tried with requests made from the document."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from random import Random

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import Case
from schemathesis.specs.openapi.checks import positive_data_acceptance

from firmware_sim.control import ControlledModem, make_app, serving
from firmware_sim.modem import EmulatedModem, ModemSettings, SimCard
from firmware_sim.network import Network, NetworkConfig, NetworkRunner, Subscriber, SubscriberState
from provisioning.clock import SystemClock

IMSI, ICCID = "250011234567890", "8970101234567890123"


async def _serve(started: list[str], up: threading.Event, stop: asyncio.Event) -> None:
    clock = SystemClock()
    network = Network(NetworkConfig(sweep_interval_s=None), random=Random(1), now=clock.monotonic())
    network.add_subscriber(Subscriber(IMSI, ICCID, "+79161234567", SubscriberState.ACTIVE))
    card = SimCard(ICCID, IMSI, "+79161234567")
    async with (
        NetworkRunner(network, clock),
        EmulatedModem(ModemSettings(delay=0), card, network, clock=clock) as modem,
        serving(
            make_app({"modem": ControlledModem("modem", modem, network, clock.monotonic, card, IMSI)}),
            "127.0.0.1",
            0,
        ) as url,
    ):
        started.append(url)
        up.set()
        await stop.wait()


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A simulated modem with its API in a thread of its own: the requests come from outside of its loop."""
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


DOCUMENT = make_app({}).openapi()
OPERATIONS = [
    (method, path)
    for path, methods in DOCUMENT["paths"].items()
    for method in methods
    if not path.endswith("/events")  # a stream without end, which has a test of its own
]


@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=[" ".join(each) for each in OPERATIONS])
def test_requests_made_from_the_document(url: str, method: str, path: str) -> None:
    schema = schemathesis.openapi.from_dict(DOCUMENT)
    schema.config.update(base_url=url)

    @settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
    @given(schema[path][method.upper()].as_strategy())
    def ask(case: Case) -> None:
        if "name" in case.path_parameters:
            case.path_parameters["name"] = "modem"
        # The language of faults is more than a pattern of the document can say.
        speaks = isinstance(case.body, dict) and "spec" in case.body
        case.call_and_validate(timeout=10, excluded_checks=[positive_data_acceptance] if speaks else [])

    ask()
