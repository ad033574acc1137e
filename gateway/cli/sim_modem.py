"""The emulated modem as a program: listens, tells where, reports what its operator does."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from firmware_sim.modem import ModemSettings
from firmware_sim.modem.settings import LOOPBACK
from firmware_sim.network import NetworkConfig, StateChange, Subscriber, SubscriberState
from firmware_sim.virtual_time import ScaledClock
from gateway.cli.emulation import CardNumbers, emulated_site
from gateway.cli.output import Output
from gateway.cli.running import for_ever

if TYPE_CHECKING:
    from gateway.cli.emulation import EmulatedSite


@dataclass(frozen=True)
class ModemOptions:
    """Options of `thermogate sim modem`, checked."""

    listen: tuple[str, ...]
    personality: str
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
    allowed_hosts: tuple[str, ...]
    seed: int


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
        imei=numbers.imei,
        delay=options.delay,
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
        urls = [await site.modem.listen(where) for where in options.listen]
        _announce(out, options, numbers, urls, site)
        await for_ever()


def _announce(
    out: Output, options: ModemOptions, numbers: CardNumbers, urls: list[str], site: EmulatedSite
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
        }
    )
    name = options.personality.upper()
    for url in urls:
        out.line(out.pick(en=f"SIMULATOR: {name} modem at {url}", ru=f"СИМУЛЯТОР: модем {name} на {url}"))
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
