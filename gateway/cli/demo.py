"""`thermogate demo`: the whole story on one machine, with nothing else installed."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final

import typer

from gateway.cli.frame import command
from gateway.cli.output import ExitCode, Output

MAX_HOURS: Final = 72.0


class UplinkKind(StrEnum):
    """Which way MQTT goes."""

    MODEM = "modem"
    HOST = "host"


def add_to(app: typer.Typer) -> None:
    """Put the command into the application."""

    @command(app, "demo")
    def demo(
        out: Output,
        *,
        hours: Annotated[
            float | None,
            typer.Option(
                min=0.0,
                max=MAX_HOURS,
                help="Simulated hours until activation; by default from the seed.",
            ),
        ] = None,
        seed: Annotated[int, typer.Option(help="Of all chance: same seed, same story.")] = 1,
        uplink: Annotated[
            UplinkKind,
            typer.Option(help="Whose TCP stack MQTT goes through."),
        ] = UplinkKind.MODEM,
    ) -> ExitCode:
        """Show the whole story in about 20 seconds: a SIM in stock, the wait, the registration, the data."""
        from gateway.cli.demo_story import StoryOptions, tell_story
        from gateway.cli.running import run

        return run(tell_story(out, StoryOptions(hours=hours, seed=seed, uplink=uplink.value)))
