"""`thermogate cloud`: the reference registrar, the cloud's side of the contract."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from gateway.cli.frame import MistakeError, command, make_app
from gateway.cli.output import ExitCode, Output

cloud_app: Final = make_app("The cloud's side: a registrar that answers devices and acknowledges their data.")

StoreOption = Annotated[
    str,
    typer.Option(
        "--store",
        metavar="URL",
        help="sqlite+aiosqlite:///cloud.db, or postgresql+psycopg://USER@HOST/DATABASE.",
    ),
]
DEFAULT_STORE: Final = "sqlite+aiosqlite:///cloud.db"


class ApprovalChoice(StrEnum):
    """Who lets a new device in."""

    AUTO = "auto"
    MANUAL = "manual"


@command(cloud_app, "serve")
def serve(
    out: Output,
    *,
    broker: Annotated[
        str, typer.Option(metavar="URL", help="mqtt://[USER:PASSWORD@]HOST[:PORT], or mqtts://.")
    ],
    devices: Annotated[
        Path | None,
        typer.Option(metavar="CSV", help="Controllers to let in: serial,model,claim_code[,approval]."),
    ] = None,
    store: StoreOption = DEFAULT_STORE,
    approval: Annotated[
        ApprovalChoice, typer.Option(help="For devices whose line does not say: let in at once, or wait.")
    ] = ApprovalChoice.AUTO,
    ca_dir: Annotated[
        Path,
        typer.Option(metavar="DIR", help="The certificate authority; made when missing."),
    ] = Path("cloud-ca"),
    root: Annotated[str, typer.Option(help="First levels of all topics.")] = "tg/v1",
    protocol: Annotated[str, typer.Option(help="MQTT version: 5 or 3.1.1.")] = "5",
    ca_file: Annotated[
        Path | None, typer.Option(metavar="PEM", help="Trust a broker with this CA (mqtts).")
    ] = None,
) -> ExitCode:
    """Serve registrations and acknowledge telemetry until SIGINT or SIGTERM."""
    from gateway.cli.cloud_serve import CloudOptions, serve_cloud
    from gateway.cli.running import run_service

    if protocol not in ("5", "3.1.1"):
        raise MistakeError(
            "--protocol", en=f"{protocol!r} is neither 5 nor 3.1.1", ru=f"«{protocol}» - не 5 и не 3.1.1"
        )
    options = CloudOptions(
        broker=broker,
        store=store,
        devices=devices,
        approval=approval.value,
        ca_dir=ca_dir,
        root=root,
        protocol="3.1.1" if protocol == "3.1.1" else "5",
        ca_file=ca_file,
    )
    run_service(serve_cloud(out, options))
    return ExitCode.DONE


@command(cloud_app, "approve")
def approve(
    out: Output,
    serial: Annotated[str, typer.Argument(help="Serial number of a controller that waits to be let in.")],
    *,
    store: StoreOption = DEFAULT_STORE,
) -> ExitCode:
    """Let a device in; it learns so when it asks again."""
    from gateway.cli.cloud_serve import approve_device
    from gateway.cli.running import run

    run(approve_device(store, serial))
    out.record({"serial": serial, "approved": True})
    out.line(out.pick(en=f"{serial} is let in.", ru=f"{serial}: допущен."))
    return ExitCode.DONE


def add_to(app: typer.Typer) -> None:
    """Put the group into the application."""
    app.add_typer(cloud_app, name="cloud")
