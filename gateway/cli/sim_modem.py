"""The emulated modem as a program: listens, tells where, reports what its operator does."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from firmware_sim.card_numbers import CardNumbers
from firmware_sim.modem import ModemSettings
from firmware_sim.modem.settings import LOOPBACK
from firmware_sim.network import NetworkConfig, StateChange, Subscriber, SubscriberState
from firmware_sim.virtual_time import ScaledClock
from gateway.cli.emulation import emulated_site
from gateway.cli.frame import MistakeError
from gateway.cli.output import Output
from gateway.cli.running import for_ever
from gateway.cli.sim_faults import Faults

if TYPE_CHECKING:
    from gateway.cli.emulation import EmulatedSite
    from provisioning.clock import Clock


@dataclass(frozen=True)
class ModemOptions:
    """Options of `thermogate sim modem`, checked."""

    listen: tuple[str, ...]
    personality: str
    ussd_encoding: str | None
    state: str
    activate_after_s: float | None
    sweep_every_s: float | None
    pin: str | None
    card_in_place: bool
    imei: str | None
    iccid: str | None
    rssi_dbm: int | None
    delay: float
    rate: float
    baudrate: int | None
    allowed_hosts: tuple[str, ...]
    seed: int
    faults: Faults
    fault_record: Path | None
    control: tuple[str, int] | None
    control_token: str | None


async def serve_modem(out: Output, options: ModemOptions) -> None:
    """Emulate the modem until cancelled.

    Raises:
        ValueError: no such kind of port.
        OSError: a port cannot be opened.
    """
    clock = ScaledClock(rate=options.rate, epoch_s=time.time())
    numbers = CardNumbers.of_seed(options.seed)
    numbers = replace(numbers, imei=options.imei or numbers.imei, iccid=options.iccid or numbers.iccid)
    settings = ModemSettings(
        personality=options.personality,
        ussd_encoding=options.ussd_encoding,
        imei=numbers.imei,
        delay=options.delay,
        fixed_baud=options.baudrate or 115_200,
        strict_baud=options.baudrate is not None,
        seed=options.seed,
        allowed_hosts=(*LOOPBACK, *options.allowed_hosts),
    )
    operator = NetworkConfig(
        sweep_interval_s=options.sweep_every_s, rssi_dbm=options.rssi_dbm, wall_at_start_s=clock.now()
    )
    async with emulated_site(
        clock,
        numbers=numbers,
        modem=settings,
        operator=operator,
        state=SubscriberState(options.state),
        pin=options.pin,
        card_in_place=options.card_in_place,
        seed=options.seed,
    ) as site:
        site.network.observe(lambda subscriber, change: _report(out, subscriber, change))
        if options.activate_after_s is not None:
            site.network.schedule_activation(numbers.imsi, clock.monotonic() + options.activate_after_s)
        options.faults.put_into(site.modem)
        try:
            async with _controlled(out, options, numbers, site, clock) as control_url:
                urls = [await site.modem.listen(where) for where in options.listen]
                _announce(out, options, numbers, urls, site, control_url)
                await for_ever()
        finally:
            if options.fault_record is not None:
                options.fault_record.write_text(site.modem.faults.record().model_dump_json(indent=1) + "\n")


@asynccontextmanager
async def _controlled(
    out: Output, options: ModemOptions, numbers: CardNumbers, site: EmulatedSite, clock: Clock
) -> AsyncIterator[str | None]:
    """The control API around it, if it is wanted; its URL."""
    if options.control is None:
        yield None
        return
    try:
        from firmware_sim.control import ControlledModem, make_app, serving
    except ModuleNotFoundError as error:
        raise MistakeError(
            "--control",
            en=f"the control API needs {error.name}: pip install 'thermogate[web]'",
            ru=f"для управления по HTTP нужен {error.name}: pip install 'thermogate[web]'",
        ) from None
    modem = ControlledModem("modem", site.modem, site.network, clock.monotonic, site.card, numbers.imsi)
    app = make_app({modem.name: modem}, token=options.control_token)
    host, port = options.control
    async with serving(app, host, port) as url:
        yield url


def _announce(
    out: Output,
    options: ModemOptions,
    numbers: CardNumbers,
    urls: list[str],
    site: EmulatedSite,
    control_url: str | None,
) -> None:
    state = site.subscriber.state.value if options.card_in_place else None
    out.record(
        {
            "simulator": True,
            "kind": "modem",
            "personality": options.personality,
            "url": urls[0],
            "listen": urls,
            "imei": numbers.imei,
            "iccid": numbers.iccid if options.card_in_place else None,
            "imsi": numbers.imsi if options.card_in_place else None,
            "sim_state": state,
            "control": control_url,
            "faults": [str(each) for each in site.modem.faults.faults],
        }
    )
    name = options.personality.upper()
    for url in urls:
        out.line(out.pick(en=f"SIMULATOR: {name} modem at {url}", ru=f"СИМУЛЯТОР: модем {name} на {url}"))
    if control_url is not None:
        out.line(
            out.pick(
                en=f"Control API: {control_url}/modems/modem", ru=f"Управление: {control_url}/modems/modem"
            )
        )
    for fault in site.modem.faults.faults:
        out.line(out.pick(en=f"Fault: {fault}", ru=f"Неисправность: {fault}"))
    if not options.card_in_place:
        out.line(out.pick(en="No SIM card in its slot.", ru="SIM-карты в нём нет."))
    elif state == SubscriberState.IN_STOCK and not (options.activate_after_s or options.sweep_every_s):
        out.line(
            out.pick(
                en="Its SIM card stays in stock; --activate-after 2h would let the operator activate it.",
                ru="Его SIM-карта так и останется «на складе»; с --activate-after 2h оператор её активирует.",
            )
        )
    out.line(out.pick(en="Ctrl-C ends it.", ru="Завершить: Ctrl-C."))


def _report(out: Output, subscriber: Subscriber, change: StateChange) -> None:
    out.record(
        {"event": "sim_state", "imsi": subscriber.imsi, "state": change.state.value, "reason": change.reason}
    )
    out.line(
        out.pick(
            en=f"Simulated operator: SIM {subscriber.iccid} is now {change.state.value} ({change.reason}).",
            ru=f"Симулированный оператор: SIM {subscriber.iccid} теперь {change.state.value}.",
        )
    )
