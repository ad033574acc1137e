"""The emulated heating controller as a program."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from firmware_sim.controller import EmulatedController
from firmware_sim.plant import Plant, Weather
from firmware_sim.virtual_time import ScaledClock
from gateway.cli.running import for_ever

if TYPE_CHECKING:
    from gateway.cli.output import Output


async def serve_controller(
    out: Output,
    *,
    modbus: tuple[str, int] | None,
    listen: str | None,
    outdoor_c: float,
    rate: float,
    seed: int,
) -> None:
    """Emulate the controller until cancelled.

    Args:
        modbus: host and port for Modbus TCP.
        listen: serial port for Modbus RTU.
        outdoor_c: mean outdoor temperature, °C.
        rate: emulated seconds in a real one.

    Raises:
        OSError: a port cannot be opened.
    """
    clock = ScaledClock(rate=rate, epoch_s=time.time())
    plant = Plant(weather=Weather(mean_c=outdoor_c, seed=seed))
    async with EmulatedController(plant=plant, clock=clock) as controller:
        urls: list[str] = []
        if modbus is not None:
            urls.append(await controller.serve_modbus_tcp(*modbus))
        if listen is not None:
            urls.append(await controller.serve_modbus_rtu(listen))
        identity = controller.core.identity
        out.record(
            {
                "simulator": True,
                "kind": "controller",
                "url": urls[0],
                "listen": urls,
                "serial": identity.serial,
                "model": identity.model,
                "firmware": identity.firmware,
            }
        )
        for url in urls:
            out.line(
                out.pick(
                    en=f"SIMULATOR: heating controller {identity.model} at {url}",
                    ru=f"СИМУЛЯТОР: контроллер отопления {identity.model} на {url}",
                )
            )
        out.line(out.pick(en="Ctrl-C ends it.", ru="Завершить: Ctrl-C."))
        await for_ever()
