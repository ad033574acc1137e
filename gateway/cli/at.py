"""`thermogate at`: send AT commands, see what comes back with its meaning."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.frame import DEFAULT_BAUDRATE, BaudOption, MistakeError, PortOption, command, duration
from gateway.cli.output import ExitCode, Output


def add_to(app: typer.Typer) -> None:
    """Put the command into the application."""

    @command(app, "at")
    def at(
        out: Output,
        commands: Annotated[
            list[str] | None, typer.Argument(metavar="CMD…", help="For instance AT+CSQ 'AT+COPS?'.")
        ] = None,
        *,
        port: PortOption,
        monitor: Annotated[
            bool, typer.Option("--monitor", help="Then show what the modem says of its own, until Ctrl-C.")
        ] = False,
        keep_going: Annotated[
            bool, typer.Option("--keep-going", "-k", help="Send the next command even if one failed.")
        ] = False,
        timeout: Annotated[
            float | None, duration("Wait so long for each answer; by default as the command needs.")
        ] = None,
        audit: Annotated[
            Path | None,
            typer.Option(
                "--audit",
                metavar="FILE",
                dir_okay=False,
                help="Add all that goes over the wire to this file, with times; secrets are masked.",
            ),
        ] = None,
        baudrate: BaudOption = DEFAULT_BAUDRATE,
    ) -> ExitCode:
        """Send AT commands and print the answers; errors are decoded."""
        from gateway.cli.at_session import converse
        from gateway.cli.running import run, run_service

        if not commands and not monitor:
            raise MistakeError(
                "CMD",
                en="give at least one AT command, or --monitor",
                ru="укажите хотя бы одну AT-команду или --monitor",
            )
        for line in commands or []:
            _check(line)
        session = converse(
            out,
            port,
            commands or [],
            baudrate=baudrate,
            timeout_s=timeout,
            keep_going=keep_going,
            monitor=monitor,
            audit=audit,
        )
        if not monitor:
            return run(session)
        code = run_service(session)
        return ExitCode.DONE if code is None else code


def _check(line: str) -> None:
    if line[:2].upper() not in ("AT", "A/"):
        raise MistakeError("CMD", en=f"{line!r} does not begin with AT", ru=f"«{line}» не начинается с AT")
    if line[2:].upper().startswith(("+CMGS=", "+CMGW=", "+CIPSEND")):
        raise MistakeError(
            "CMD",
            en=f"{line!r} asks for data at a prompt; to send a message use 'thermogate modem sms'",
            ru=f"«{line}» запрашивает данные; для отправки SMS есть «thermogate modem sms»",
        )
