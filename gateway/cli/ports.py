"""`thermogate ports`: serial ports of this machine, with their USB names, and what answers on them."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.cli.frame import DEFAULT_BAUDRATE, BaudOption, command
from gateway.cli.output import ExitCode, Output


def add_to(app: typer.Typer) -> None:
    """Put the command into the application."""

    @command(app, "ports")
    def ports(
        out: Output,
        *,
        port: Annotated[
            list[str] | None,
            typer.Option("--port", "-p", metavar="URL", help="Ask at this port or URL too; may be repeated."),
        ] = None,
        no_probe: Annotated[
            bool,
            typer.Option("--no-probe", help="Only list them; send nothing to anybody."),
        ] = False,
        baudrate: BaudOption = DEFAULT_BAUDRATE,
    ) -> ExitCode:
        """List the serial ports and what answers on them."""
        from gateway.cli.port_scan import scan
        from gateway.cli.running import run

        found = run(scan(port or [], probe=not no_probe, baudrate=baudrate))
        out.record({"ports": [each.as_json(out.lang) for each in found]})
        if not found:
            out.line(
                out.pick(
                    en="No serial port found. Is the cable plugged in, and does its driver load (dmesg)?",
                    ru="Последовательных портов не найдено. Вставлен ли кабель, есть ли его драйвер (dmesg)?",
                )
            )
        for each in found:
            for line in each.lines(out.lang):
                out.line(line)
        return ExitCode.DONE
