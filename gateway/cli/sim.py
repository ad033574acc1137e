"""`thermogate sim`: the far side of the wires as programs of their own. They say that they are simulators."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, TypeAlias

import typer

from gateway.cli.frame import MissingOptionError, MistakeError, command, duration, make_app
from gateway.cli.output import ExitCode, Output

sim_app: Final = make_app("Simulators; each runs until SIGINT or SIGTERM and prints where it listens.")


class Personality(StrEnum):
    """Products that the emulated modem can speak like."""

    SIM800C = "sim800c"
    SIM7600 = "sim7600"
    A7670 = "a7670"
    M590 = "m590"
    EC25 = "ec25"
    M66 = "m66"


class ControllerModelName(StrEnum):
    """Controller models that are emulated."""

    H1V = "H-1V.02"
    SMART = "SMART 2.0"
    CLIMATIC = "CLIMATIC 1.3"
    H700 = "H700+ PRO.V2"
    H1000 = "H1000+ PRO.V2"
    H1500 = "H1500+ PRO.V2"
    H2000 = "H2000+ PRO.V2"


class HouseName(StrEnum):
    """Houses that a controller may heat."""

    FLAT = "flat"
    BRICK_COTTAGE = "brick_cottage"
    TIMBER_HOUSE = "timber_house"
    LOW_ENERGY = "low_energy"
    LARGE_HOUSE = "large_house"


class UssdEncoding(StrEnum):
    """Shapes of the network's answers to USSD."""

    UCS2_HEX = "ucs2_hex"
    GSM7_PLAIN = "gsm7_plain"
    GSM7_PACKED_HEX = "gsm7_packed_hex"
    CHARSET_UCS2 = "charset_ucs2"
    EIGHT_BIT_HEX = "eight_bit_hex"


ControlOption: TypeAlias = Annotated[
    str | None, typer.Option(metavar="HOST:PORT", help="Serve the HTTP control API here; port 0 picks one.")
]
ControlTokenOption: TypeAlias = Annotated[
    str | None,
    typer.Option(envvar="THERMOGATE_CONTROL_TOKEN", help="What clients of the control API must present."),
]


class CardState(StrEnum):
    """States of a card at the operator."""

    IN_STOCK = "in_stock"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    BLOCKED = "blocked"
    TERMINATED = "terminated"


@command(sim_app, "modem")
def modem(
    out: Output,
    *,
    listen: Annotated[
        list[str] | None,
        typer.Option(
            metavar="WHERE", help="pty:/path/of/link, tcp:HOST:PORT or unix:/path; may be repeated. Required."
        ),
    ] = None,
    personality: Annotated[
        Personality, typer.Option(help="The product it speaks like.")
    ] = Personality.SIM800C,
    ussd_encoding: Annotated[
        UssdEncoding | None,
        typer.Option(
            help="Shape of the operator's USSD answers on the serial line; by default the product's own."
        ),
    ] = None,
    sim_state: Annotated[CardState, typer.Option(help="The card at the operator.")] = CardState.ACTIVE,
    activate_after: Annotated[
        float | None, duration("Activate a card in stock after this time (90s, 15m, 2h).")
    ] = None,
    sweep_every: Annotated[
        float | None, duration("The operator activates its cards in stock at this interval.")
    ] = None,
    pin: Annotated[
        str | None, typer.Option(help="The card's PIN; without it the card is not locked.")
    ] = None,
    no_sim: Annotated[bool, typer.Option("--no-sim", help="Leave the card's slot empty.")] = False,
    imei: Annotated[str | None, typer.Option(help="IMEI; by default from the seed.")] = None,
    iccid: Annotated[str | None, typer.Option(help="ICCID; by default from the seed.")] = None,
    signal: Annotated[
        str, typer.Option(metavar="DBM", help="Field strength in dBm, or 'none' for no coverage.")
    ] = "-73",
    no_delays: Annotated[
        bool, typer.Option("--no-delays", help="Answer at once instead of as slowly as a real modem.")
    ] = False,
    rate: Annotated[
        float, typer.Option(min=0.001, help="Emulated seconds in a real one, of modem and operator.")
    ] = 1.0,
    baudrate: Annotated[
        int | None,
        typer.Option(
            min=300, help="Hear and speak at this rate only, as a real UART; without it any rate will do."
        ),
    ] = None,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            metavar="HOST", help="The modem's sockets may connect here too, not only to this machine."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of all chance: same seed, same behaviour.")] = 1,
    fault: Annotated[
        list[str] | None,
        typer.Option(metavar="SPEC", help="Make something go wrong, as lost_ok:every=7; 'help' lists all."),
    ] = None,
    fault_record: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write what went wrong here; --fault replay:FILE repeats it."),
    ] = None,
    control: ControlOption = None,
    control_token: ControlTokenOption = None,
) -> ExitCode:
    """Emulate a modem with its SIM card, radio network and operator."""
    from gateway.cli.running import run_service
    from gateway.cli.sim_faults import read_faults
    from gateway.cli.sim_modem import ModemOptions, serve_modem

    if fault and "help" in fault:
        from firmware_sim.faults import fault_table

        out.line(fault_table())
        out.record({"faults": fault_table()})
        return ExitCode.DONE
    if not listen:
        raise MissingOptionError("--listen")
    options = ModemOptions(
        listen=tuple(_modem_port(where) for where in listen),
        personality=personality.value,
        ussd_encoding=None if ussd_encoding is None else ussd_encoding.value,
        state=sim_state.value,
        activate_after_s=activate_after,
        sweep_every_s=sweep_every,
        pin=_digits("--pin", pin, 4, 8),
        card_in_place=not no_sim,
        imei=_digits("--imei", imei, 15, 15),
        iccid=_digits("--iccid", iccid, 18, 20),
        rssi_dbm=_signal(signal),
        delay=0.0 if no_delays else 1.0,
        rate=rate,
        baudrate=baudrate,
        allowed_hosts=tuple(allow_host or ()),
        seed=seed,
        faults=read_faults(fault or []),
        fault_record=fault_record,
        control=None if control is None else _control_address(control, control_token),
        control_token=control_token,
    )
    run_service(serve_modem(out, options))
    return ExitCode.DONE


@command(sim_app, "controller")
def controller(
    out: Output,
    *,
    ws: Annotated[
        str | None, typer.Option(metavar="HOST:PORT", help="Serve the local WebSocket here.")
    ] = None,
    modbus: Annotated[str | None, typer.Option(metavar="HOST:PORT", help="Serve Modbus TCP here.")] = None,
    listen: Annotated[
        str | None,
        typer.Option(metavar="WHERE", help="Serve Modbus RTU on its serial port: pty:/path/of/link."),
    ] = None,
    user: Annotated[str, typer.Option(metavar="USER", help="Of the WebSocket.")] = "admin",
    password: Annotated[str, typer.Option(metavar="PASSWORD", help="Of the WebSocket.")] = "admin",
    model: Annotated[
        ControllerModelName, typer.Option(help="What it has and may be configured to.")
    ] = ControllerModelName.H1V,
    house: Annotated[HouseName, typer.Option(help="What it heats.")] = HouseName.BRICK_COTTAGE,
    serial: Annotated[str, typer.Option(metavar="SERIAL", help="12 hex digits.")] = "0A1B2C3D4E5F",
    config: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Live by this config.txt and keep it; without one the model's own is put there.",
        ),
    ] = None,
    search: Annotated[
        str | None,
        typer.Option(metavar="HOST:PORT", help="Answer searches here by UDP, as 0.0.0.0:49080."),
    ] = None,
    mqtt: Annotated[
        str | None, typer.Option(metavar="URL", help="Publish the configuration's topics at this broker.")
    ] = None,
    modem: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Alarms and commands by SMS; a real modem sends real messages."),
    ] = None,
    modbus_bus: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Poll the configuration's Modbus devices here: modbus+tcp://HOST:PORT, modbus+rtu:///dev/tty.",
        ),
    ] = None,
    control: ControlOption = None,
    control_token: ControlTokenOption = None,
    outdoor: Annotated[
        float, typer.Option(min=-60, max=50, help="Outdoor temperature, degrees Celsius.")
    ] = -5.0,
    rate: Annotated[float, typer.Option(min=0.001, help="Emulated seconds in a real one.")] = 1.0,
    seed: Annotated[int, typer.Option(help="Of all chance: same seed, same house.")] = 1,
) -> ExitCode:
    """Emulate a heating controller with a house behind it."""
    from gateway.cli.running import run_service

    if ws is None and modbus is None and listen is None:
        raise MistakeError(
            "--ws",
            en="give at least one of --ws HOST:PORT, --modbus HOST:PORT, --listen pty:PATH",
            ru="укажите хотя бы одно: --ws HOST:PORT, --modbus HOST:PORT, --listen pty:PATH",
        )
    if len(serial) != 12 or not set(serial) <= set("0123456789ABCDEF"):
        raise MistakeError(
            "--serial",
            en=f"{serial!r} is not 12 hex digits in upper case",
            ru=f"«{serial}»: нужно 12 цифр 0-9, A-F",
        )
    from gateway.cli.sim_controller import ControllerOptions, serve_controller

    options = ControllerOptions(
        ws=None if ws is None else _host_and_port(ws, "--ws"),
        modbus=None if modbus is None else _host_and_port(modbus),
        listen=listen,
        user=user,
        password=password,
        model=model.value,
        house=house.value,
        serial=serial,
        config=config,
        search=None if search is None else _host_and_port(search, "--search"),
        broker=mqtt,
        modem=modem,
        modbus_bus=modbus_bus,
        control=None if control is None else _control_address(control, control_token),
        control_token=control_token,
        outdoor_c=outdoor,
        rate=rate,
        seed=seed,
    )
    run_service(serve_controller(out, options))
    return ExitCode.DONE


@command(sim_app, "operator")
def operator(
    out: Output,
    *,
    http: Annotated[
        str, typer.Option(metavar="HOST:PORT", help="Serve the console and the API here; port 0 picks one.")
    ] = "127.0.0.1:8085",
    store: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Keep the books here, as sqlite:///operator.db; else in memory."),
    ] = None,
    cards: Annotated[int, typer.Option(min=0, max=10_000, help="Kit SIM cards of a new operator.")] = 5,
    fleet: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="A CSV or XLSX list of cards (see 'sims'); a new operator has these in stock.",
        ),
    ] = None,
    listen: Annotated[
        list[str] | None,
        typer.Option(
            metavar="WHERE", help="A modem with the next card: pty:PATH, tcp:HOST:PORT, unix:PATH; repeat."
        ),
    ] = None,
    personality: Annotated[
        Personality, typer.Option(help="The product that these modems speak like.")
    ] = Personality.SIM800C,
    sweep_every: Annotated[
        float, duration("The stock's paid cards are activated at this interval.", default="4h")
    ] = 14_400.0,
    no_delays: Annotated[
        bool, typer.Option("--no-delays", help="Modems answer at once instead of as slowly as real ones.")
    ] = False,
    rate: Annotated[float, typer.Option(min=0.001, help="Emulated seconds in a real one.")] = 1.0,
    seed: Annotated[int, typer.Option(help="Of all chance: same seed, same cards.")] = 1,
    staff_token: Annotated[
        str | None,
        typer.Option(
            envvar="THERMOGATE_STAFF_TOKEN", help="What the staff presents; by default drawn and shown."
        ),
    ] = None,
) -> ExitCode:
    """Emulate a mobile operator with the vendor's service: books, API, console, a network with modems."""
    from gateway.cli.running import run_service
    from gateway.cli.sim_operator import OperatorOptions, serve_operator

    options = OperatorOptions(
        http=_host_and_port(http, "--http"),
        store=store,
        cards=cards,
        fleet=fleet,
        listen=tuple(_modem_port(where) for where in listen or ()),
        personality=personality.value,
        sweep_every_s=sweep_every,
        delay=0.0 if no_delays else 1.0,
        rate=rate,
        seed=seed,
        staff_token=staff_token,
    )
    run_service(serve_operator(out, options))
    return ExitCode.DONE


def add_to(app: typer.Typer) -> None:
    """Put the group into the application."""
    app.add_typer(sim_app, name="sim")


def _digits(option: str, value: str | None, least: int, most: int) -> str | None:
    if value is None:
        return None
    if not (value.isascii() and value.isdigit() and least <= len(value) <= most):
        length = f"{least}" if least == most else f"{least}-{most}"
        # The value is not repeated: it may be a PIN.
        raise MistakeError(option, en=f"must be {length} digits", ru=f"должно быть {length} цифр")
    return value


def _modem_port(where: str) -> str:
    kind, _, address = where.partition(":")
    if kind == "tcp":
        _host_and_port(address, "--listen")
    elif kind not in ("pty", "unix") or not address:
        raise MistakeError(
            "--listen",
            en=f"{where!r} is none of pty:PATH, tcp:HOST:PORT, unix:PATH",
            ru=f"«{where}» - не pty:PATH, не tcp:HOST:PORT и не unix:PATH",
        )
    return where


def _host_and_port(address: str, option: str = "--modbus") -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise MistakeError(
            option, en=f"{address!r} is no HOST:PORT", ru=f"«{address}» не похоже на HOST:PORT"
        )
    return host.strip("[]"), int(port)


def _control_address(where: str, token: str | None) -> tuple[str, int]:
    host, port = _host_and_port(where, "--control")
    if host not in ("127.0.0.1", "::1", "localhost") and not token:
        raise MistakeError(
            "--control",
            en=f"{host} can be reached by others: give --control-token, or serve on 127.0.0.1",
            ru=f"{host} доступен другим: задайте --control-token или слушайте 127.0.0.1",
        )
    return host, port


def _signal(value: str) -> int | None:
    if value == "none":
        return None
    try:
        rssi_dbm = int(value)
    except ValueError:
        rssi_dbm = 0
    if not -113 <= rssi_dbm <= -51:
        raise MistakeError(
            "--signal",
            en=f"{value!r} is not between -113 and -51 dBm, nor 'none'",
            ru=f"«{value}» не от -113 до -51 дБм и не none",
        )
    return rssi_dbm
