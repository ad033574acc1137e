"""The emulated operator as a program: its books, its interface over HTTP, its network with modems in it."""

from __future__ import annotations

import secrets
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from firmware_sim.card_numbers import CardNumbers
from firmware_sim.modem import EmulatedModem, ModemSettings, SimCard
from firmware_sim.network import Network, NetworkConfig, NetworkRunner
from firmware_sim.operator import NoStore, Operator, OperatorStoreError, RefusedError, SqlStore
from firmware_sim.operator.first_day import stock_up
from firmware_sim.operator.records import Happening, Subscriber
from firmware_sim.operator.runner import OperatorRunner
from firmware_sim.virtual_time import ScaledClock
from gateway.cli.frame import MistakeError
from gateway.cli.running import for_ever
from provisioning.sim_inventory import InventoryCard, WrongLinesError, import_cards
from provisioning.sim_tables import SimTableError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from firmware_sim.operator.store import Store
    from gateway.cli.output import Output


@dataclass(frozen=True)
class OperatorOptions:
    """Options of `thermogate sim operator`, checked."""

    http: tuple[str, int]
    store: str | None
    cards: int
    fleet: Path | None
    listen: tuple[str, ...]
    personality: str
    sweep_every_s: float
    delay: float
    rate: float
    seed: int
    staff_token: str | None


async def serve_operator(out: Output, options: OperatorOptions) -> None:
    """Emulate the operator until cancelled.

    Raises:
        MistakeError: the store or an option will not do.
        OSError: a port cannot be opened.
    """
    try:
        from firmware_sim.control import ControlledModem
        from firmware_sim.http_api.serving import serving
        from firmware_sim.operator.api import make_operator_app
    except ModuleNotFoundError as error:
        raise MistakeError(
            "sim operator",
            en=f"it needs {error.name}: pip install 'thermogate[web]'",
            ru=f"для него нужен {error.name}: pip install 'thermogate[web]'",
        ) from None
    store = _store(options)
    # The books of a fast clock are ahead of the world's; time never runs back in them.
    latest_s = max((each.at.timestamp() for each in store.load().all(Happening)), default=0.0)
    clock = ScaledClock(rate=options.rate, epoch_s=max(time.time(), latest_s))
    operator = _operator(options, store, clock)
    # The same card in the same modem after every start: kit cards first, a fleet's in the order of its list.
    fleet = [] if options.fleet is None else _fleet(options.fleet)
    listed = {str(card.iccid): place for place, card in enumerate(fleet)}
    stock = sorted(
        operator.books.all(Subscriber),
        key=lambda card: (card.tariff != "kit", listed.get(card.iccid, len(listed)), card.imsi),
    )
    if len(stock) < len(options.listen):
        raise MistakeError(
            "--listen",
            en=f"{len(options.listen)} modems, but only {len(stock)} SIM cards: raise --cards",
            ru=f"модемов {len(options.listen)}, а SIM-карт {len(stock)}: увеличьте --cards",
        )
    network = Network(
        NetworkConfig(sweep_interval_s=None, wall_at_start_s=clock.now()),
        random=Random(f"network {options.seed}"),
        now=clock.monotonic(),
    )
    operator.serve(network, clock.monotonic)
    token = options.staff_token or secrets.token_urlsafe(12)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(NetworkRunner(network, clock))
        await stack.enter_async_context(OperatorRunner(operator, clock))
        ports: dict[str, tuple[str, Subscriber]] = {}
        benches: dict[str, ControlledModem] = {}
        drawer: dict[str, SimCard] = {}
        for index, (where, subscriber) in enumerate(zip(options.listen, stock, strict=False), start=1):
            card = SimCard(subscriber.iccid, subscriber.imsi, msisdn=subscriber.msisdn)
            settings = ModemSettings(
                personality=options.personality,
                imei=CardNumbers.of_seed(options.seed + index - 1).imei,
                delay=options.delay,
                seed=options.seed + index - 1,
            )
            modem = await stack.enter_async_context(EmulatedModem(settings, card, network, clock=clock))
            name = f"modem{index}"
            ports[name] = (await modem.listen(where), subscriber)
            benches[name] = ControlledModem(
                name, modem, network, clock.monotonic, card, subscriber.imsi, drawer
            )
        app = make_operator_app(operator, staff_token=token, modems=benches)
        url = await stack.enter_async_context(serving(app, *options.http))
        _announce(out, url, token, len(stock), ports)
        await for_ever()


def _store(options: OperatorOptions) -> Store:
    try:
        return NoStore() if options.store is None else SqlStore(options.store)
    except OperatorStoreError as error:
        raise MistakeError("--store", en=str(error), ru=str(error)) from None


def _operator(options: OperatorOptions, store: Store, clock: ScaledClock) -> Operator:
    operator = Operator(
        wall=clock.now,
        random=Random() if options.store else Random(f"operator {options.seed}"),
        store=store,
        sweep_every=timedelta(seconds=options.sweep_every_s),
    )
    if next(operator.books.all(Subscriber), None) is None:
        fleet = [] if options.fleet is None else _fleet(options.fleet)
        kits = [CardNumbers.of_seed(options.seed + each) for each in range(max(options.cards, len(fleet)))]
        try:
            operator.do(stock_up, [*map(_numbers, fleet, kits), *kits[len(fleet) :]], options.seed)
        except RefusedError as refusal:
            raise MistakeError("--fleet", en=refusal.told("en"), ru=refusal.told("ru")) from None
    return operator


def _fleet(table: Path) -> list[InventoryCard]:
    try:
        return import_cards(table.read_bytes()).taken()
    except OSError as error:
        raise MistakeError(
            "--fleet", en=f"{table}: {error.strerror}", ru=f"{table}: {error.strerror}"
        ) from None
    except SimTableError as error:
        raise MistakeError(
            "--fleet", en=f"{table}: {error.what.en}", ru=f"{table}: {error.what.ru}"
        ) from None
    except WrongLinesError:
        raise MistakeError(
            "--fleet",
            en=f"{table} has mistakes; thermogate sims check {table} names them",
            ru=f"в {table} есть ошибки; их назовёт thermogate sims check {table}",
        ) from None


def _numbers(card: InventoryCard, drawn: CardNumbers) -> CardNumbers:
    """What the table does not say is drawn."""
    return CardNumbers(
        iccid=card.iccid,
        imsi=card.imsi or drawn.imsi,
        msisdn=f"+{card.msisdn}" if card.msisdn else drawn.msisdn,
        imei=card.imei or drawn.imei,
    )


def _announce(
    out: Output, url: str, token: str, cards: int, ports: Mapping[str, tuple[str, Subscriber]]
) -> None:
    out.record(
        {
            "simulator": True,
            "kind": "operator",
            "url": url,
            "api": f"{url}/api/v1",
            "staff_token": token,
            "cards": cards,
            "modems": [
                {"name": name, "url": where, "iccid": card.iccid, "msisdn": card.msisdn}
                for name, (where, card) in ports.items()
            ],
        }
    )
    out.line(
        out.pick(
            en=f"SIMULATOR: mobile operator at {url}, {cards} SIM cards",
            ru=f"СИМУЛЯТОР: мобильный оператор на {url}, SIM-карт: {cards}",
        )
    )
    out.line(out.pick(en=f"The staff's token: {token}", ru=f"Пароль сотрудников: {token}"))
    for where, card in ports.values():
        out.line(
            out.pick(
                en=f"SIMULATOR: modem at {where} with SIM {card.iccid} ({card.msisdn})",
                ru=f"СИМУЛЯТОР: модем на {where}, SIM {card.iccid} ({card.msisdn})",
            )
        )
    out.line(out.pick(en="Ctrl-C ends it.", ru="Завершить: Ctrl-C."))
