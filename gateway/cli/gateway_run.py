"""`thermogate gateway run`: the service."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from gateway.cli.frame import command, make_app
from gateway.cli.output import ExitCode, Output

gateway_app: Final = make_app("The service that keeps a controller on line.")


@command(gateway_app, "run")
def gateway_run(
    out: Output,
    *,
    config: Annotated[
        Path, typer.Option("--config", "-c", metavar="FILE", help="See examples/gateway.toml.")
    ],
    check: Annotated[bool, typer.Option("--check", help="Only check the configuration.")] = False,
    i_own_the_network: Annotated[
        bool, typer.Option("--i-own-the-network", help="Let the policy bench cycle a real modem's radio.")
    ] = False,
) -> ExitCode:
    """Run the gateway until SIGINT or SIGTERM; what it does is told on stderr, with --json on stdout."""
    from gateway.config import load_config

    loaded = load_config(config)
    out = out.preferring(loaded.lang)
    if check:
        out.record({"config": str(config), "valid": True})
        out.line(out.pick(en=f"{config} is in order.", ru=f"{config}: всё в порядке."))
        return ExitCode.DONE
    from gateway.cli.gateway_service import run_gateway
    from gateway.cli.running import run_service

    run_service(run_gateway(out, loaded, owns_network=i_own_the_network))
    return ExitCode.DONE


def add_to(app: typer.Typer) -> None:
    """Put the group into the application."""
    app.add_typer(gateway_app, name="gateway")
