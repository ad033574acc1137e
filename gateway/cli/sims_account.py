"""`thermogate sims list` and `order`: a fleet's cards at their operator, over the operator's HTTP interface."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from gateway.cli.frame import MissingOptionError, MistakeError, command
from gateway.cli.output import ExitCode, Json, Output
from gateway.cli.table_files import check_name, write_cards
from provisioning.records import Iccid, RecordError, parse_iccid

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from provisioning.operator_account import AccountCard, OperatorAccount

OperatorOption = Annotated[str, typer.Option("--operator", metavar="URL", help="The operator's address.")]
LoginOption = Annotated[
    str, typer.Option(metavar="LOGIN", help="A company's contract, or a number's ten digits.")
]
PasswordOption = Annotated[
    str | None, typer.Option(envvar="TG_OPERATOR_PASSWORD", help="Better given in the environment.")
]


class Order(StrEnum):
    """What can be ordered for a card."""

    PAUSE = "pause"
    RESUME = "resume"
    BLOCK = "block"
    UNBLOCK = "unblock"
    TURN_ON = "turn-on"
    TURN_OFF = "turn-off"
    TARIFF = "tariff"
    RENAME = "rename"


WITH_VALUE: Final = (Order.TURN_ON, Order.TURN_OFF, Order.TARIFF, Order.RENAME)
"""Those that need to be told which service, which tariff, what name."""


def add_to(app: typer.Typer) -> None:
    """Put the commands into their group."""

    @command(app, "list")
    def list_cards(
        out: Output,
        pattern: Annotated[
            str, typer.Argument(metavar="[NUMBER]", help="% is several digits, _ is one.")
        ] = "%",
        *,
        operator: OperatorOption,
        login: LoginOption,
        password: PasswordOption = None,
        save: Annotated[
            Path | None, typer.Option(metavar="FILE", help="Write the cards here too: .csv or .xlsx.")
        ] = None,
    ) -> ExitCode:
        """Show a contract's cards as their operator has them."""
        from gateway.cli.running import run

        if save is not None:
            check_name(save, "--save")

        async def ask() -> Sequence[AccountCard]:
            async with _account(out, operator, login, password) as account:
                return await account.cards(pattern)

        cards = run(ask())
        if save is not None:
            from provisioning.sim_inventory import InventoryCard

            write_cards(
                save,
                [
                    InventoryCard(each.iccid, each.msisdn or "", tariff=each.tariff, note=each.name)
                    for each in cards
                ],
                russian=out.lang == "ru",
            )
        out.record({"cards": [_json(each) for each in cards]})
        for each in cards:
            out.line(_row(out, each))
        out.line(out.pick(en=f"Cards: {len(cards)}.", ru=f"Карт: {len(cards)}."))
        return ExitCode.DONE

    @command(app, "order")
    def order(
        out: Output,
        what: Annotated[Order, typer.Argument(help="What to order.")],
        iccid: Annotated[str, typer.Argument(metavar="ICCID", help="The card, or several with commas.")],
        value: Annotated[
            str, typer.Argument(metavar="[VALUE]", help="The service, the tariff or the name.")
        ] = "",
        *,
        operator: OperatorOption,
        login: LoginOption,
        password: PasswordOption = None,
    ) -> ExitCode:
        """Order something for cards at their operator: it may cost money. Each card's outcome is named."""
        from gateway.cli.running import run

        if (what in WITH_VALUE) != bool(value):
            raise MistakeError(
                "VALUE",
                en=f"{what} needs a value" if what in WITH_VALUE else f"{what} takes no value",
                ru=f"для {what} нужно значение" if what in WITH_VALUE else f"для {what} значение не нужно",
            )
        iccids = [_iccid(each) for each in iccid.split(",")]

        async def carry_out() -> dict[Iccid, str | None]:
            async with _account(out, operator, login, password) as account:
                return {each: await _outcome(out, _ordered(account, what, each, value)) for each in iccids}

        outcomes = run(carry_out())
        for each, why in outcomes.items():
            out.record({"iccid": each, "order": what.value, "done": why is None, "why": why})
            done = out.pick(en="done", ru="сделано") if why is None else why
            out.line(f"{each}: {done}")
        return ExitCode.DONE if all(why is None for why in outcomes.values()) else ExitCode.FAILED


@asynccontextmanager
async def _account(out: Output, url: str, login: str, password: str | None) -> AsyncIterator[OperatorAccount]:
    if password is None:
        raise MissingOptionError("--password")
    try:
        from provisioning.operator_account_http import HttpOperatorAccount
    except ModuleNotFoundError as error:
        raise MistakeError(
            "--operator",
            en=f"it needs {error.name}: pip install 'thermogate[operator]'",
            ru=f"для этого нужен {error.name}: pip install 'thermogate[operator]'",
        ) from None
    if not url.startswith(("http://", "https://")):
        raise MistakeError(
            "--operator", en=f"{url!r} is no http:// address", ru=f"«{url}» - не адрес http://"
        )
    async with HttpOperatorAccount(url, login=login, password=password, lang=out.lang) as account:
        yield account


def _ordered(account: OperatorAccount, what: Order, iccid: Iccid, value: str) -> Awaitable[None]:
    plain: dict[Order, Callable[[Iccid], Awaitable[None]]] = {
        Order.PAUSE: account.pause,
        Order.RESUME: account.resume,
        Order.BLOCK: account.block,
        Order.UNBLOCK: account.unblock,
    }
    if what in plain:
        return plain[what](iccid)
    told: dict[Order, Callable[[Iccid, str], Awaitable[None]]] = {
        Order.TURN_ON: account.turn_on,
        Order.TURN_OFF: account.turn_off,
        Order.TARIFF: account.change_tariff,
        Order.RENAME: account.rename,
    }
    return told[what](iccid, value)


async def _outcome(out: Output, order: Awaitable[None]) -> str | None:
    """None, or why the operator refuses; that it cannot be reached ends the command."""
    from provisioning.operator_account import OperatorRefusedError

    try:
        await order
    except OperatorRefusedError as refusal:
        return refusal.told.in_(out.lang)
    return None


def _iccid(text: str) -> Iccid:
    try:
        return parse_iccid(text)
    except RecordError as error:
        raise MistakeError("ICCID", en=str(error), ru=str(error)) from None


def _row(out: Output, card: AccountCard) -> str:
    states = {
        "in_stock": "на складе",
        "active": "активна",
        "suspended": "приостановлена",
        "blocked": "заблокирована",
        "terminated": "расторгнута",
    }
    state = out.pick(en=card.state.value.replace("_", " "), ru=states[card.state])
    number = "" if card.msisdn is None else f"+{card.msisdn}"
    return f"{card.iccid}  {number:<13}  {state:<14}  {card.tariff:<9}  {card.name}".rstrip()


def _json(card: AccountCard) -> dict[str, Json]:
    return {
        "iccid": card.iccid,
        "msisdn": card.msisdn,
        "state": card.state.value,
        "name": card.name,
        "tariff": card.tariff,
        "balance_kopecks": card.balance_kopecks,
        "remaining_bytes": card.remaining_bytes,
    }
