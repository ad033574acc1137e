"""`thermogate activate`: the pre-activation bench. It waits for SIM cards and never opens a data session."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.frame import DEFAULT_BAUDRATE, BaudOption, MistakeError, command, duration
from gateway.cli.output import ExitCode, Output


class Policy(StrEnum):
    """Waiting policies, see docs/architecture.md."""

    STANDARD = "standard"
    TS34_STRICT = "ts34_strict"
    BENCH = "bench"


def add_to(app: typer.Typer) -> None:
    """Put the command into the application."""

    @command(app, "activate")
    def activate(
        out: Output,
        *,
        port: Annotated[
            list[str],
            typer.Option("--port", "-p", metavar="URL", help="A modem; may be repeated."),
        ],
        pin: Annotated[
            str | None,
            typer.Option(envvar="TG_PIN", help="The cards' PIN; the last try is never spent."),
        ] = None,
        policy: Annotated[
            Policy, typer.Option(help="How often the radio is cycled; bench is for simulators.")
        ] = Policy.STANDARD,
        give_up_after: Annotated[
            float | None, duration("Stop waiting after this time (exit code 4).")
        ] = None,
        i_own_the_network: Annotated[
            bool, typer.Option("--i-own-the-network", help="Let --policy bench cycle a real modem's radio.")
        ] = False,
        many: Annotated[
            bool, typer.Option("--many", help="Card after card in each port; q or Ctrl-C ends it.")
        ] = False,
        cards: Annotated[
            Path | None,
            typer.Option(
                metavar="FILE", help="As --many, and these are the cards: CSV or XLSX, see `sims check`."
            ),
        ] = None,
        csv: Annotated[
            Path | None, typer.Option("--csv", metavar="FILE", help="Keep a table of all cards here.")
        ] = None,
        report: Annotated[
            Path | None, typer.Option(metavar="FILE", help="Keep a report to print here (HTML).")
        ] = None,
        issuer: Annotated[
            list[str] | None,
            typer.Option(
                metavar="DIGITS", help="How your cards' numbers begin, e.g. 8970101; may be repeated."
            ),
        ] = None,
        patience: Annotated[
            float, duration("After so long a wait the operator is to be asked.", default="24h")
        ] = 24 * 3600.0,
        state_dir: Annotated[
            Path | None,
            typer.Option(metavar="DIR", help="Remembers cards and attempts over a restart."),
        ] = None,
        baudrate: BaudOption = DEFAULT_BAUDRATE,
    ) -> ExitCode:
        """Wait until the operator has activated the SIM cards; never opens a data session."""
        from gateway.cli.activation import ActivationOptions, activate_all
        from gateway.cli.running import run

        for option, file in (("--csv", csv), ("--report", report)):
            if file is not None and not file.absolute().parent.is_dir():
                raise MistakeError(
                    option, en=f"there is no directory {file.parent}", ru=f"нет каталога {file.parent}"
                )
        for digits in issuer or ():
            if not digits.isascii() or not digits.isdigit():
                raise MistakeError("--issuer", en=f"{digits!r} is not digits", ru=f"«{digits}» - не цифры")
        options = ActivationOptions(
            ports=tuple(port),
            pin=pin,
            policy=policy.value,
            give_up_after_s=give_up_after,
            owns_network=i_own_the_network,
            state_dir=state_dir,
            baudrate=baudrate,
            many=many or cards is not None,
            cards=cards,
            csv=csv,
            report=report,
            issuers=tuple(issuer or ()),
            patience_s=patience,
        )
        return run(activate_all(out, options))
