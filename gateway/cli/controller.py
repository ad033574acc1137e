"""`thermogate controller`: find heating controllers on the local network, read one, change a setpoint of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from gateway.cli.frame import MistakeError, command, duration, make_app
from gateway.cli.output import ExitCode, Output

if TYPE_CHECKING:
    from gateway.controllers import ControllerDriver
    from provisioning.controller_profile import Value
    from provisioning.zont.checks import ControllerFacts

controller_app: Final = make_app("Heating controllers: a ZONT on the local network, or one on Modbus.")

UrlArgument = Annotated[
    str,
    typer.Argument(metavar="URL", help="zont://HOST, modbus+tcp://HOST?unit=1 or modbus+rtu:///dev/ttyUSB1."),
]
UserOption = Annotated[str, typer.Option(metavar="USER", help="Of a ZONT controller's local access.")]
PasswordOption = Annotated[
    str,
    typer.Option(
        metavar="PASSWORD", envvar="TG_CONTROLLER_PASSWORD", help="Better given in the environment."
    ),
]
ProfileOption = Annotated[
    str, typer.Option(metavar="PROFILE", help="Of a Modbus controller: its name, or a TOML file.")
]


def add_to(app: typer.Typer) -> None:
    """Put the commands into the application."""
    app.add_typer(controller_app, name="controller")


@command(controller_app, "find")
def find(
    out: Output,
    *,
    address: Annotated[
        list[str] | None,
        typer.Option(
            metavar="HOST[:PORT]", help="Ask here instead of everybody on the network; may be repeated."
        ),
    ] = None,
    seconds: Annotated[float, duration("How long to wait for answers.", default="3s")] = 3.0,
) -> ExitCode:
    """Find ZONT controllers on the local network. Exit code 3: nobody answered."""
    from gateway.cli.running import run
    from gateway.controllers.zont_search import EVERYBODY, search
    from provisioning.zont.discovery import DISCOVERY_PORT

    addresses = [_address(each, DISCOVERY_PORT) for each in address or [EVERYBODY]]
    try:
        found = run(search(addresses, seconds=seconds))
    except OSError as error:
        raise MistakeError(
            "--address", en=f"cannot ask there: {error.strerror}", ru=f"спросить там нельзя: {error.strerror}"
        ) from None
    out.record(
        {"controllers": [{"host": each.host, "serial": each.serial, "model": each.model} for each in found]}
    )
    for each in found:
        out.line(f"{each.serial}  {each.model}  zont://{each.host}")
    if not found:
        out.line(
            out.pick(
                en="Nobody answered. Are this computer and the controller on the same network? With several networks "
                "name the controller's: --address 192.168.1.255",
                ru="Никто не ответил. В одной ли сети этот компьютер и контроллер? Если сетей несколько, назовите "
                "нужную: --address 192.168.1.255",
            )
        )
    return ExitCode.DONE if found else ExitCode.NOTHING_EXECUTED


@command(controller_app, "read")
def read(
    out: Output,
    url: UrlArgument,
    *,
    user: UserOption = "admin",
    password: PasswordOption = "admin",
    profile: ProfileOption = "thermogate_h1v",
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on, and show what changes.")] = False,
) -> ExitCode:
    """Show who a controller is and everything that it measures. Writes nothing. With --follow Ctrl-C ends it."""
    from gateway.cli.controller_view import follow as follow_changes
    from gateway.cli.controller_view import show_controller
    from gateway.cli.running import run, run_service

    async def ask() -> None:
        async with _opened(url, user, password, profile) as driver:
            identity = await driver.identify()
            readings = await driver.read()
            if follow:
                await follow_changes(out, identity, readings, driver)
            show_controller(out, identity, readings, driver)

    if follow:
        run_service(ask())
    else:
        run(ask())
    return ExitCode.DONE


@command(controller_app, "set")
def set_point(
    out: Output,
    url: UrlArgument,
    name: Annotated[str, typer.Argument(metavar="NAME", help="As `controller read` names it.")],
    value: Annotated[str, typer.Argument(metavar="VALUE", help="A number, or a word where there are words.")],
    *,
    user: UserOption = "admin",
    password: PasswordOption = "admin",
    profile: ProfileOption = "thermogate_h1v",
) -> ExitCode:
    """Change a setpoint of a controller. Done means that the controller shows it, not only that it accepted it."""
    from gateway.cli.running import run

    async def change() -> tuple[Value, str]:
        async with _opened(url, user, password, profile) as driver:
            await driver.identify()
            return await driver.write(name, _value(value)), driver.title(name)

    taken, title = run(change())
    out.record({"name": name, "value": taken, "title": title})
    out.line(f"{name} = {taken}  {title}".rstrip())
    return ExitCode.DONE


@command(controller_app, "check")
def check(
    out: Output,
    where: Annotated[
        str, typer.Argument(metavar="URL|FILE", help="zont://HOST, or a controller's saved config.txt.")
    ],
    *,
    user: UserOption = "admin",
    password: PasswordOption = "admin",
) -> ExitCode:
    """Look for what an installer misses in a ZONT controller's settings. Writes nothing. Exit code 1: there is some."""
    from gateway.cli.controller_view import show_findings
    from gateway.cli.running import run
    from provisioning.zont.checks import check

    facts = run(_facts(where, user, password)) if "://" in where else _facts_of_file(where)
    findings = check(facts)
    show_findings(out, findings, published_only=facts.published_only)
    return ExitCode.FAILED if findings else ExitCode.DONE


def _facts_of_file(where: str) -> ControllerFacts:
    from provisioning.zont.checks import facts_of_file

    try:
        facts = facts_of_file(Path(where).read_bytes())
    except OSError as error:
        raise MistakeError("FILE", en=f"{where}: {error.strerror}", ru=f"{where}: {error.strerror}") from None
    if next(facts.config.objects(), None) is None:
        raise MistakeError(
            "FILE",
            en=f"{where} is no config.txt: no line of it begins with #Z",
            ru=f"{where} не похож на config.txt: ни одной строки #Z",
        )
    return facts


async def _facts(url: str, user: str, password: str) -> ControllerFacts:
    from gateway.controllers.zont_facts import facts_of
    from gateway.controllers.zont_local import ZontController
    from provisioning.clock import SystemClock

    driver = ZontController(url, user, password)
    await driver.open()
    try:
        return await facts_of(
            driver, SystemClock().now(), default_login=(user, password) == ("admin", "admin")
        )
    finally:
        await driver.close()


@asynccontextmanager
async def _opened(url: str, user: str, password: str, profile: str) -> AsyncIterator[ControllerDriver]:
    from gateway.controllers.from_url import controller_at

    driver = controller_at(url, user=user, password=password, profile=profile)
    await driver.open()
    try:
        yield driver
    finally:
        await driver.close()


def _value(text: str) -> Value:
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        return text
    return int(number) if number.is_integer() else number


def _address(text: str, default_port: int) -> tuple[str, int]:
    host, _, port = text.partition(":")
    if not host or not ((port.isdigit() and 0 < int(port) < 65536) or not port):
        raise MistakeError(
            "--address", en=f"{text!r} is no HOST[:PORT]", ru=f"«{text}» не похоже на HOST[:PORT]"
        )
    return host, int(port) if port else default_port
