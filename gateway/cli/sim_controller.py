"""The emulated heating controller as a program: its house, its ports, its broker, its modem, its devices."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from at_commands.links import Link, open_link
from firmware_sim.controller.config_file import read_config
from firmware_sim.controller.emulated_controller import EmulatedController
from firmware_sim.controller.local_session import LocalAccess
from firmware_sim.controller.modbus_bus import line_at
from firmware_sim.controller.models import MODELS
from firmware_sim.controller.mqtt_link import BrokerAddress
from firmware_sim.controller.wiring import Installation
from firmware_sim.plant import PRESETS, Plant, Weather
from firmware_sim.virtual_time import ScaledClock
from gateway.cli.frame import MistakeError
from gateway.cli.running import for_ever
from provisioning.mqtt import BrokerSettings, BrokerUrlError

if TYPE_CHECKING:
    from gateway.cli.output import Output


@dataclass(frozen=True)
class ControllerOptions:
    """What the command line has asked for; at least one of `ws`, `modbus` and `listen`."""

    ws: tuple[str, int] | None
    modbus: tuple[str, int] | None
    listen: str | None
    user: str
    password: str
    model: str
    house: str
    serial: str
    config: Path | None
    search: tuple[str, int] | None
    broker: str | None
    modem: str | None
    modbus_bus: str | None
    control: tuple[str, int] | None
    control_token: str | None
    outdoor_c: float
    rate: float
    seed: int


async def serve_controller(out: Output, options: ControllerOptions) -> None:
    """Emulate the controller until cancelled.

    Raises:
        MistakeError: an option cannot be meant.
        OSError: a port cannot be opened.
    """
    clock = ScaledClock(rate=options.rate, epoch_s=time.time())
    installation = _installation(options, clock)
    _name_problems(out, installation)
    async with EmulatedController(installation, clock=clock) as controller:
        if options.config is not None:
            controller.keep_config(options.config)
        urls = await _serve(controller, options)
        _connect(out, controller, options)
        control_url = await _control(controller, options)
        firmware = installation.firmware
        out.record(
            {
                "simulator": True,
                "kind": "controller",
                "url": urls[0],
                "listen": urls,
                "control": control_url,
                "serial": firmware.serial,
                "model": firmware.model.name,
                "firmware": str(firmware.model.firmware),
                "house": options.house,
            }
        )
        for url in urls:
            out.line(
                out.pick(
                    en=f"SIMULATOR: heating controller {firmware.model.name} at {url}",
                    ru=f"СИМУЛЯТОР: контроллер отопления {firmware.model.name} на {url}",
                )
            )
        if control_url is not None:
            out.line(out.pick(en=f"Control API: {control_url}", ru=f"Управление: {control_url}"))
        out.line(out.pick(en="Ctrl-C ends it.", ru="Завершить: Ctrl-C."))
        await for_ever()


async def _serve(controller: EmulatedController, options: ControllerOptions) -> list[str]:
    urls: list[str] = []
    if options.ws is not None:
        access = LocalAccess(options.user, options.password)
        urls.append(await controller.serve_socket(*options.ws, access))
    if options.modbus is not None:
        urls.append(await controller.serve_modbus_tcp(*options.modbus))
    if options.listen is not None:
        urls.append(await controller.serve_modbus_rtu(options.listen))
    if options.search is not None:
        await controller.answer_searches(*options.search)
    return urls


def _connect(out: Output, controller: EmulatedController, options: ControllerOptions) -> None:
    if options.broker is not None:
        controller.connect_to_broker(_broker(options.broker))
    if options.modbus_bus is not None:
        try:
            line = line_at(options.modbus_bus)
        except ValueError as error:
            raise MistakeError("--modbus-bus", en=str(error), ru=str(error)) from None
        controller.poll_modbus(line)
    if options.modem is not None:
        port = options.modem

        async def open_modem() -> Link:
            return await open_link(port)

        controller.use_modem(open_modem, out.lang)


async def _control(controller: EmulatedController, options: ControllerOptions) -> str | None:
    if options.control is None:
        return None
    try:
        return await controller.serve_control(*options.control, options.control_token)
    except ModuleNotFoundError as error:
        raise MistakeError(
            "--control",
            en=f"the control API needs {error.name}: pip install 'thermogate[web]'",
            ru=f"для управления по HTTP нужен {error.name}: pip install 'thermogate[web]'",
        ) from None


def _installation(options: ControllerOptions, clock: ScaledClock) -> Installation:
    config = None
    if options.config is not None:
        try:
            # Where there is no file yet, the model's own configuration is put there.
            config = read_config(options.config)
        except OSError as error:
            raise _unusable(options.config, error) from None
        if config is None and not options.config.parent.is_dir():
            raise _unusable(options.config.parent, FileNotFoundError(2, "No such directory"))
    return Installation(
        Plant(PRESETS[options.house], Weather(mean_c=options.outdoor_c, seed=options.seed)),
        model=MODELS[options.model],
        config=config,
        serial=options.serial,
        now=clock.monotonic(),
        epoch_s=clock.now(),
        random=Random(f"controller {options.seed}"),
    )


def _unusable(path: Path, error: OSError) -> MistakeError:
    where = f"{path}: {error.strerror}"
    return MistakeError("--config", en=where, ru=where)


def _name_problems(out: Output, installation: Installation) -> None:
    """A configuration with mistakes is run as far as it goes; what is wrong is said."""
    for each in installation.firmware.problems:
        place = f"{out.pick(en='line', ru='строка')} {each.line}, {each.place}"
        out.line(f"{place}: {each.what.in_(out.lang)}. {each.way_out.in_(out.lang)}")


def _broker(url: str) -> BrokerAddress:
    try:
        settings = BrokerSettings.parse(url)
    except BrokerUrlError as error:
        raise MistakeError("--mqtt", en=str(error), ru=str(error)) from None
    return BrokerAddress(settings.host, settings.port, settings.username, settings.password)
