"""`thermogate modem`: identity, signal, registration, messages, USSD, account and forbidden networks of a modem."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final

import typer

from gateway.cli.frame import (
    DEFAULT_BAUDRATE,
    BaudOption,
    MistakeError,
    PortOption,
    command,
    duration,
    make_app,
)
from gateway.cli.output import ExitCode, Output

if TYPE_CHECKING:
    from provisioning.operator_account import Capability
    from provisioning.operator_codes import Question

modem_app: Final = make_app("Ask a modem; nothing here opens a data session.")

PinOption = Annotated[
    str | None,
    typer.Option("--pin", envvar="TG_PIN", help="The card's PIN; the last try is never spent."),
]


class MessageStorage(StrEnum):
    """Memories of a modem that hold messages."""

    SM = "SM"
    ME = "ME"


@command(modem_app, "info")
def info(
    out: Output, *, port: PortOption, pin: PinOption = None, baudrate: BaudOption = DEFAULT_BAUDRATE
) -> ExitCode:
    """Identity, SIM card, signal and registration, with an explanation."""
    from gateway.cli.modem_facts import show_info
    from gateway.cli.running import run

    return run(show_info(out, port, pin=pin, baudrate=baudrate))


@command(modem_app, "sms")
def sms(
    out: Output,
    *,
    port: PortOption,
    to: Annotated[str | None, typer.Option(metavar="NUMBER", help="Send a message to this number.")] = None,
    text: Annotated[str | None, typer.Option(help="What to send.")] = None,
    report: Annotated[
        float | None, duration("Ask for a delivery report, and wait so long for it (90s, 15m).")
    ] = None,
    delete: Annotated[int | None, typer.Option(metavar="INDEX", min=0, help="Delete this message.")] = None,
    storage: Annotated[
        MessageStorage, typer.Option(help="Where it is: on the card (SM) or in the modem (ME).")
    ] = MessageStorage.SM,
    receive: Annotated[
        bool, typer.Option("--receive", help="Print messages as they come and delete them, until Ctrl-C.")
    ] = False,
    keep: Annotated[bool, typer.Option("--keep", help="With --receive: leave them in the modem.")] = False,
    pin: PinOption = None,
    baudrate: BaudOption = DEFAULT_BAUDRATE,
) -> ExitCode:
    """List the messages on the modem; with --to and --text send one, with --receive wait for new ones."""
    from gateway.cli.modem_messages import delete_message, list_messages, receive_messages, send_message
    from gateway.cli.running import run, run_service

    if (to is None) != (text is None):
        raise MistakeError("--to", en="--to and --text come together", ru="--to и --text указывают вместе")
    if to is not None and not re.fullmatch(r"\+?[0-9*#]{3,20}", to):
        raise MistakeError(
            "--to", en=f"{to!r} is no telephone number", ru=f"«{to}» не похоже на номер телефона"
        )
    if report is not None and to is None:
        raise MistakeError("--report", en="it needs --to and --text", ru="нужны --to и --text")
    if keep and not receive:
        raise MistakeError("--keep", en="it belongs to --receive", ru="используется вместе с --receive")
    if sum((to is not None, delete is not None, receive)) > 1:
        raise MistakeError(
            "--to, --delete, --receive", en="choose one of them", ru="укажите что-то одно из них"
        )
    if to is not None and text is not None:
        _check_length(text)
        return run(send_message(out, port, to, text, report_s=report, pin=pin, baudrate=baudrate))
    if delete is not None:
        return run(delete_message(out, port, storage.value, delete, pin=pin, baudrate=baudrate))
    if receive:
        run_service(receive_messages(out, port, keep=keep, pin=pin, baudrate=baudrate))
        return ExitCode.DONE
    return run(list_messages(out, port, pin=pin, baudrate=baudrate))


def _check_length(text: str) -> None:
    """What does not fit into 255 parts is refused before a modem is opened."""
    from at_commands.sms import Content, SmsCodecError, split_content

    try:
        split_content(Content.of(text), 0)
    except SmsCodecError:
        raise MistakeError(
            "--text",
            en=f"{len(text)} characters do not fit into one message, even of 255 parts",
            ru=f"{len(text)} знаков не помещаются в одно сообщение даже из 255 частей",
        ) from None


@command(modem_app, "ussd")
def ussd(
    out: Output,
    code: Annotated[str, typer.Argument(help="For instance '*100#'; mind the quotes.")],
    *,
    port: PortOption,
    reply: Annotated[
        list[str] | None, typer.Option(help="Reply to a menu; repeat it for each next one.")
    ] = None,
    pin: PinOption = None,
    baudrate: BaudOption = DEFAULT_BAUDRATE,
) -> ExitCode:
    """Send a USSD request and print the operator's answer; in a menu go on with --reply, or by hand."""
    from gateway.cli.modem_ussd import converse
    from gateway.cli.running import run

    return run(converse(out, port, code, replies=reply or [], pin=pin, baudrate=baudrate))


@command(modem_app, "forbidden")
def forbidden(
    out: Output,
    *,
    port: PortOption,
    erase: Annotated[bool, typer.Option("--erase", help="Empty the list on the card.")] = False,
    pin: PinOption = None,
    baudrate: BaudOption = DEFAULT_BAUDRATE,
) -> ExitCode:
    """List the networks that the SIM card forbids its modem to try; with --erase empty that list."""
    from gateway.cli.modem_forbidden import show_forbidden
    from gateway.cli.running import run

    return run(show_forbidden(out, port, erase=erase, pin=pin, baudrate=baudrate))


@command(modem_app, "account")
def account(
    out: Output,
    *,
    port: PortOption,
    operator: Annotated[
        str | None, typer.Option(help="Whose codes: mts, mts-by, tele2, beeline; by default the card says.")
    ] = None,
    code: Annotated[
        list[str] | None,
        typer.Option(
            metavar="WHAT=CODE",
            help="A code of your own for number, balance, tariff or traffic: 'balance=*100#', "
            "'traffic=*111#,3' for a menu, 'balance=sms:111:11'.",
        ),
    ] = None,
    messages: Annotated[
        bool, typer.Option("--messages", help="Messages may be sent as well; they may cost money.")
    ] = False,
    pin: PinOption = None,
    baudrate: BaudOption = DEFAULT_BAUDRATE,
) -> ExitCode:
    """Ask the operator through the SIM card: its number, balance, tariff and traffic, with the source of each."""
    from gateway.cli.modem_account import show_account
    from gateway.cli.running import run
    from provisioning.operator_codes import OPERATORS

    if operator is not None and operator not in OPERATORS:
        known = ", ".join(OPERATORS)
        raise MistakeError(
            "--operator", en=f"{operator!r} is none of {known}", ru=f"«{operator}» - не из списка: {known}"
        )
    return run(
        show_account(
            out,
            port,
            operator=operator,
            own_codes=_own_codes(code or []),
            may_send=messages,
            pin=pin,
            baudrate=baudrate,
        )
    )


def _own_codes(options: list[str]) -> dict[Capability, Question]:
    from provisioning.operator_account import Capability
    from provisioning.operator_codes import Question

    names = {
        "number": Capability.OWN_NUMBER,
        "balance": Capability.BALANCE,
        "tariff": Capability.TARIFF,
        "traffic": Capability.REMAINING_TRAFFIC,
    }
    codes: dict[Capability, Question] = {}
    for option in options:
        name, _, code = option.partition("=")
        try:
            codes[names[name]] = Question.parse(code)
        except (KeyError, ValueError):
            raise MistakeError(
                "--code",
                en=f"{option!r} is not like balance=*100#, traffic=*111#,3 or balance=sms:111:11",
                ru=f"«{option}» не похоже на balance=*100#, traffic=*111#,3 или balance=sms:111:11",
            ) from None
    return codes


def add_to(app: typer.Typer) -> None:
    """Put the group into the application."""
    app.add_typer(modem_app, name="modem")
