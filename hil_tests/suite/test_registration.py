"""The whole way: registered modem, data session, MQTT through the modem's own TCP stack, identity, telemetry.

On a real modem these tests open a data session and send some tens of kilobytes.
"""

import pytest

from hil_tests import needs
from hil_tests.gateway import BenchGateway
from provisioning.journey import State

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(180), needs("registered", "data", "sockets")]


async def test_a_controller_gets_its_identity_over_the_modem(tg_gateway: BenchGateway) -> None:
    await tg_gateway.start()
    await tg_gateway.wait_for(State.ONLINE)
    record = await tg_gateway.record()
    assert record.registrations == 1
    assert record.certificate is not None
    assert tg_gateway.service.cloud.device_id == record.device_id


async def test_the_cloud_processes_each_reading_once(tg_gateway: BenchGateway) -> None:
    await tg_gateway.start()
    await tg_gateway.wait_telemetry_acknowledged(10)
    op_ids = [message.op_id for message in await tg_gateway.received()]
    assert len(op_ids) >= tg_gateway.telemetry_acknowledged
    assert len(op_ids) == len(set(op_ids))
    readings = [(reading.name, reading.at) for reading in await tg_gateway.readings()]
    assert len(readings) == len(set(readings))


async def test_a_gateway_that_is_started_again_is_the_same_device(tg_gateway: BenchGateway) -> None:
    await tg_gateway.start()
    await tg_gateway.wait_telemetry_acknowledged(1)
    before = await tg_gateway.record()
    await tg_gateway.stop()
    await tg_gateway.start()
    await tg_gateway.wait_telemetry_acknowledged(1)
    after = await tg_gateway.record()
    assert after == before, "it registered again or under another key"
