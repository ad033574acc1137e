"""`thermogate activate`: the pre-activation bench. It waits for SIM cards and never opens a data session."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.frame import DEFAULT_BAUDRATE, BaudOption, command, duration
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
        state_dir: Annotated[
            Path | None,
            typer.Option(metavar="DIR", help="Remembers attempts over a restart."),
        ] = None,
        baudrate: BaudOption = DEFAULT_BAUDRATE,
    ) -> ExitCode:
        """Wait until the operator has activated the SIM cards; never opens a data session."""
        from gateway.cli.activation import ActivationOptions, activate_all
        from gateway.cli.running import run

        options = ActivationOptions(
            ports=tuple(port),
            pin=pin,
            policy=policy.value,
            give_up_after_s=give_up_after,
            owns_network=i_own_the_network,
            state_dir=state_dir,
            baudrate=baudrate,
        )
        return run(activate_all(out, options))
