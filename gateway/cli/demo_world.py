"""The world of the demo: operator, modem, controller, broker and registrar; the real gateway comes between.

Emulated time (`clock`) drives the operator, the modem, the house and the gateway's waiting. Sockets, the
broker and MQTT's keep-alive live in real time. All state is in one temporary directory that goes with the
world.
"""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Final, Literal

from firmware_sim.broker import EmbeddedBroker
from firmware_sim.card_numbers import CardNumbers
from firmware_sim.controller import EmulatedController, Installation
from firmware_sim.modem import ModemSettings
from firmware_sim.network import NetworkConfig
from firmware_sim.plant import Plant, Weather
from firmware_sim.virtual_time import DEFAULT_EPOCH_S, ScaledClock
from gateway.cli.emulation import EmulatedSite, emulated_site
from gateway.config import GatewayConfig
from provisioning.mqtt import BrokerSettings
from provisioning.mqtt_aiomqtt import AiomqttConnector
from provisioning.pki import CertificateAuthority
from provisioning.registrar import Registrar
from provisioning.store import Database

if TYPE_CHECKING:
    from provisioning.clock import Clock

MODEL: Final = "H-1V.02"
CLAIM_CODE: Final = "7F3K-92QD-DEMO"
TELEMETRY_PERIOD_S: Final = 10.0


@dataclass(frozen=True)
class DemoWorld:
    """Everything that is not the gateway, running; and how the gateway is to be configured."""

    clock: ScaledClock
    site: EmulatedSite
    controller: EmulatedController
    broker: EmbeddedBroker
    registrar: Registrar
    config: GatewayConfig
    serial: str
    activation_at: float
    """On the clock's `monotonic`, like `started_at`."""
    started_at: float


@contextlib.asynccontextmanager
async def demo_world(
    *, seed: int, activation_after_s: float, uplink: Literal["modem", "host"], lang: Literal["ru", "en"]
) -> AsyncIterator[DemoWorld]:
    """Start the world; on leaving nothing of it is left.

    Args:
        seed: of all chance in it.
        activation_after_s: when the operator's sweep finds the SIM, in emulated seconds from now.

    Raises:
        BrokerExtraMissingError: amqtt is not installed.
    """
    clock = ScaledClock(rate=1.0, epoch_s=DEFAULT_EPOCH_S)
    started_at = clock.monotonic()
    numbers = CardNumbers.of_seed(seed)
    operator = NetworkConfig(sweep_interval_s=None, wall_at_start_s=clock.now())
    modem = ModemSettings(imei=numbers.imei, seed=seed)
    house = Installation(Plant(weather=Weather(seed=seed)), now=clock.monotonic())
    async with contextlib.AsyncExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="thermogate-demo-")))
        broker = await stack.enter_async_context(EmbeddedBroker())
        site = await stack.enter_async_context(
            emulated_site(clock, numbers=numbers, modem=modem, operator=operator, seed=seed)
        )
        site.network.schedule_activation(numbers.imsi, started_at + activation_after_s)
        controller = await stack.enter_async_context(EmulatedController(house, clock=clock))
        serial = controller.firmware.serial
        db = await stack.enter_async_context(Database(str(directory / "cloud.db")))
        registrar = await _registrar(stack, db, clock, broker, seed=seed)
        await registrar.add_device(serial, model=MODEL, claim_code=CLAIM_CODE)
        config = GatewayConfig.model_validate(
            {
                "device": {"serial": serial, "model": MODEL, "claim_code": CLAIM_CODE},
                "modem": {"port": await site.modem.listen(f"pty:{directory / 'modem'}")},
                # amqtt speaks MQTT 3.1.1 only.
                "cloud": {"broker": broker.url, "protocol": "3.1.1"},
                "uplink": {"kind": uplink},
                "controller": {"url": await controller.serve_modbus_tcp()},
                "telemetry": {"period_s": TELEMETRY_PERIOD_S},
                "store": {"dir": directory / "gateway"},
                "lang": lang,
            }
        )
        yield DemoWorld(
            clock=clock,
            site=site,
            controller=controller,
            broker=broker,
            registrar=registrar,
            config=config,
            serial=serial,
            activation_at=started_at + activation_after_s,
            started_at=started_at,
        )


async def _registrar(
    stack: contextlib.AsyncExitStack, db: Database, clock: Clock, broker: EmbeddedBroker, *, seed: int
) -> Registrar:
    ca = await asyncio.to_thread(CertificateAuthority.create, now=clock.now())
    registrar = Registrar(db, ca=ca, clock=clock, random=Random(f"registrar {seed}"))
    settings = BrokerSettings.parse(broker.url, protocol="3.1.1")
    serving = asyncio.create_task(registrar.serve(AiomqttConnector(), settings), name="registrar")
    stack.push_async_callback(_end, serving)
    connected = asyncio.create_task(registrar.wait_connected(), name="registrar connects")
    try:
        await asyncio.wait((serving, connected), return_when=asyncio.FIRST_COMPLETED)
    finally:
        connected.cancel()
    if serving.done():
        serving.result()
    return registrar


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
