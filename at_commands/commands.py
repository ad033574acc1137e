"""The commands of 3GPP TS 27.007, TS 27.005 and ITU-T V.250 that a gateway needs, each with its typed
answer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from enum import StrEnum
from functools import cache
from typing import Final, Literal

from at_commands.codes import SIMULATOR_ANSWER, SIMULATOR_PROBE, RegistrationStatus
from at_commands.command import Command, Reply, plain
from at_commands.grammar import join_arguments, parse_arguments, quote
from at_commands.ussd import decode_ussd

_READ_FORM: Final = re.compile(r"\s*\d\s*,\s*\d{1,2}\s*(,|$)")
"""`2,1` and `2,1,"0FA1","2C3B"` are reads, `1` and `1,"0FA1","2C3B"` are URCs: a read's second field is a bare number.
Four bare digits are a location area that its modem does not quote.
"""

_SERIAL: Final = re.compile(r"[0-9]{6,}[0-9A-Fa-f]*")
"""On most modems the IMEI; the standard asks for a serial number only (3GPP TS 27.007, 5.4)."""
_IMSI: Final = re.compile(r"[0-9]{6,15}")
"""At most 15 digits (3GPP TS 23.003, 2.2)."""
_ICCID: Final = re.compile(r"[0-9]{16,21}[0-9A-Fa-f]{0,2}")
"""18 to 20 digits (ITU-T E.118), padded with F by some modems."""

PacketDomain = Literal["CREG", "CGREG", "CEREG"]

USSD_TIMEOUT_S: Final = 30.0
"""The final result comes at once; the network's answer is a URC and takes up to a minute."""


@dataclass(frozen=True, slots=True)
class SignalQuality:
    """`+CSQ` (3GPP TS 27.007, 8.5)."""

    rssi_dbm: int | None
    """None: not known or not detectable. -113 stands for that or less, -51 for that or more."""
    ber: int | None


@dataclass(frozen=True, slots=True)
class Registration:
    """`+CREG` and its siblings (3GPP TS 27.007, 7.2)."""

    status: RegistrationStatus
    lac: int | None = None
    cell_id: int | None = None
    act: int | None = None
    cause_type: int | None = None
    reject_cause: int | None = None


class PinStatus(StrEnum):
    """`+CPIN` (3GPP TS 27.007, 8.3), with SIMCom's spellings folded into the standard's."""

    READY = "READY"
    SIM_PIN = "SIM PIN"
    SIM_PUK = "SIM PUK"
    SIM_PIN2 = "SIM PIN2"
    SIM_PUK2 = "SIM PUK2"
    PH_SIM_PIN = "PH-SIM PIN"
    PH_SIM_PUK = "PH-SIM PUK"
    NOT_READY = "NOT READY"
    NOT_INSERTED = "NOT INSERTED"


@dataclass(frozen=True, slots=True)
class Operator:
    """`+COPS?`. `name` is None while the modem is not registered."""

    mode: int
    name: str | None = None
    act: int | None = None


@dataclass(frozen=True, slots=True)
class UssdAnswer:
    """`+CUSD` from the network (3GPP TS 27.007, 7.15).

    `state`: 0 done, 1 the network waits for an answer, 2 released by it, 3 another client answered, 4 not supported,
    5 timeout.
    """

    state: int
    text: str | None

    @property
    def needs_reply(self) -> bool:
        """The network waits."""
        return self.state == 1


def parse_registration(text: str) -> Registration:
    """The fields behind `+CREG: `, of a read (with its leading `<n>`) or of a URC (without)."""
    fields = parse_arguments(text)
    if _is_read_form(text):
        fields = fields[1:]
    number = [*fields, None, None, None, None, None, None]
    status = int(_required(number[0]))
    return Registration(
        status=RegistrationStatus(status)
        if status in set(RegistrationStatus)
        else RegistrationStatus.UNKNOWN,
        lac=_hexadecimal(number[1]),
        cell_id=_hexadecimal(number[2]),
        act=_decimal(number[3]),
        cause_type=_decimal(number[4]),
        reject_cause=_decimal(number[5]),
    )


def _is_read_form(text: str) -> bool:
    return _READ_FORM.match(text) is not None


def parse_ussd(text: str, *, character_set: str = "IRA") -> UssdAnswer:
    """The fields behind `+CUSD: `; the text may be missing altogether."""
    fields = parse_arguments(text)
    state = int(_required(fields[0]))
    if len(fields) < 2 or not fields[1]:
        return UssdAnswer(state, None)
    dcs = int(fields[2]) if len(fields) > 2 and fields[2] else 15
    return UssdAnswer(state, decode_ussd(fields[1], dcs, character_set=character_set))


def identify_manufacturer() -> Command[str]:
    return _text("AT+CGMI", "+CGMI:")


def identify_model() -> Command[str]:
    return _text("AT+CGMM", "+CGMM:")


def identify_revision() -> Command[str]:
    return _text("AT+CGMR", "+CGMR:")


def identify_imei() -> Command[str]:
    return _number("AT+CGSN", "+CGSN:", shape=_SERIAL)


def imsi() -> Command[str]:
    """The subscriber's number on the card; needs the PIN."""
    return _number("AT+CIMI", "+CIMI:", shape=_IMSI, timeout_s=20.0)


def iccid(line: str = "AT+CCID") -> Command[str]:
    """The card's number as the modem prints it, with a trailing F where it has one; families ask by other lines."""
    return _number(line, "+CCID:", "+ICCID:", "+QCCID:", "+CICCID:", shape=_ICCID)


def product() -> Command[tuple[str, ...]]:
    """`ATI`: the maker's own words, on one line or several."""
    return Command("ATI", lambda reply: reply.lines, bare=True)


def simulator_probe() -> Command[bool]:
    """True on the emulated modem; a real one answers ERROR."""
    return Command(
        SIMULATOR_PROBE, lambda reply: reply.lines[0] == SIMULATOR_ANSWER, prefixes=(SIMULATOR_ANSWER[:13],)
    )


def echo(on: bool) -> Command[None]:
    return plain(f"ATE{int(on)}")


def verbose_errors(level: int) -> Command[None]:
    """`+CMEE`: 0 plain ERROR, 1 numbers, 2 texts."""
    return plain(f"AT+CMEE={level}")


def pin_status() -> Command[PinStatus]:
    def parse(reply: Reply) -> PinStatus:
        return PinStatus(reply.value("+CPIN:").replace("PH_SIM", "PH-SIM"))

    return Command("AT+CPIN?", parse, prefixes=("+CPIN:",), needs_line=True)


def enter_pin(pin: str) -> Command[None]:
    """Masked in transcripts. A wrong PIN is CmeError 16 and costs one of three tries."""
    return plain(f"AT+CPIN={quote(pin)}", secret=True, timeout_s=10.0)


@cache
def signal_quality() -> Command[SignalQuality]:
    def parse(reply: Reply) -> SignalQuality:
        rssi, ber = map(int, reply.value("+CSQ:").split(",")[:2])
        return SignalQuality(None if rssi == 99 else -113 + 2 * rssi, None if ber == 99 else ber)

    return Command("AT+CSQ", parse, prefixes=("+CSQ:",))


def registration(domain: PacketDomain = "CREG") -> Command[Registration]:
    """Reading costs the network nothing."""
    prefix = f"+{domain}:"
    return Command(
        f"AT+{domain}?",
        lambda reply: parse_registration(reply.value(prefix)),
        prefixes=(prefix,),
        belongs=lambda line: _is_read_form(line[len(prefix) :]),
    )


def report_registration(domain: PacketDomain = "CREG", mode: int = 2) -> Command[None]:
    """URCs on change: 0 none, 1 status, 2 with cell, 3 with reject cause where supported."""
    return plain(f"AT+{domain}={mode}")


def operator() -> Command[Operator]:
    def parse(reply: Reply) -> Operator:
        fields = [*parse_arguments(reply.value("+COPS:")), None, None, None]
        return Operator(int(_required(fields[0])), fields[2], _decimal(fields[3]))

    return Command("AT+COPS?", parse, prefixes=("+COPS:",), timeout_s=45.0)


def extended_error_report() -> Command[str]:
    """`+CEER` in the modem's own words."""
    return Command("AT+CEER", lambda reply: reply.value("+CEER:"), prefixes=("+CEER:",))


def functionality() -> Command[int]:
    return Command(
        "AT+CFUN?",
        lambda reply: int(reply.value("+CFUN:").split(",")[0]),
        prefixes=("+CFUN:",),
        timeout_s=10.0,
    )


def set_functionality(level: int) -> Command[None]:
    """0 radio off, 1 full, 4 flight mode. Going to 1 makes the modem look for the network: signalling."""
    return plain(f"AT+CFUN={level}", timeout_s=20.0)


def restart() -> Command[None]:
    """`+CFUN=1,1`: OK, then the boot messages."""
    return Command("AT+CFUN=1,1", lambda reply: None, timeout_s=20.0, restarts=True)


def power_off() -> Command[None]:
    """SIMCom's `+CPOWD=1`: detaches, then says goodbye instead of OK."""
    return Command(
        "AT+CPOWD=1",
        lambda reply: None,
        success=lambda line: line == "NORMAL POWER DOWN",
        timeout_s=10.0,
        restarts=True,
    )


def attached() -> Command[bool]:
    return Command(
        "AT+CGATT?", lambda reply: reply.value("+CGATT:") == "1", prefixes=("+CGATT:",), timeout_s=10.0
    )


def attach(on: bool = True) -> Command[None]:
    """GPRS attach: signalling."""
    return plain(f"AT+CGATT={int(on)}", timeout_s=75.0)


def define_context(apn: str, context: int = 1) -> Command[None]:
    return plain(f"AT+CGDCONT={join_arguments(context, 'IP', apn)}")


def activate_context(on: bool = True, context: int = 1) -> Command[None]:
    """`+CGACT`: opens the data session for an outside stack; the modem's own TCP has `CIICR`."""
    return plain(f"AT+CGACT={int(on)},{context}", timeout_s=150.0)


def own_numbers() -> Command[tuple[str, ...]]:
    """MSISDNs stored on the card; a new one often has none."""

    def parse(reply: Reply) -> tuple[str, ...]:
        return tuple(_required(parse_arguments(value)[1]) for value in reply.values("+CNUM:"))

    return Command("AT+CNUM", parse, prefixes=("+CNUM:",), timeout_s=10.0)


def modem_clock() -> Command[datetime]:
    """`+CCLK`: local time with its offset in quarters of an hour."""

    def parse(reply: Reply) -> datetime:
        text = _required(parse_arguments(reply.value("+CCLK:"))[0])
        quarters = int(text[17:]) if text[17:] else 0
        zone = timezone(timedelta(minutes=15 * quarters))
        return datetime.strptime(text[:17], "%y/%m/%d,%H:%M:%S").replace(tzinfo=zone)

    return Command("AT+CCLK?", parse, prefixes=("+CCLK:",))


def character_set(name: Literal["GSM", "IRA", "UCS2", "HEX"]) -> Command[None]:
    return plain(f"AT+CSCS={quote(name)}")


def ussd(code: str) -> Command[None]:
    """Start a session or answer in it. The network's words come as a `+CUSD` URC."""
    return plain(f"AT+CUSD=1,{quote(code)},15", timeout_s=USSD_TIMEOUT_S)


def ussd_cancel() -> Command[None]:
    return plain("AT+CUSD=2", timeout_s=USSD_TIMEOUT_S)


def _text(line: str, *prefixes: str, timeout_s: float = 5.0) -> Command[str]:
    """One line of text, bare on most modems and behind the command's name on some."""

    def parse(reply: Reply) -> str:
        text = reply.lines[0]
        for prefix in prefixes:
            text = text.removeprefix(prefix)
        return text.strip().strip('"')

    return Command(line, parse, prefixes=prefixes, bare=True, timeout_s=timeout_s)


def _number(line: str, *prefixes: str, shape: re.Pattern[str], timeout_s: float = 5.0) -> Command[str]:
    """A number that may stand bare. It is known by its shape: by position an unknown URC, or the late answer to another
    question, would be taken for it.
    """

    def parse(reply: Reply) -> str:
        for text in reply.lines:
            for prefix in prefixes:
                text = text.removeprefix(prefix)
            if shape.fullmatch(text.strip().strip('"')):
                return text.strip().strip('"')
        raise ValueError("no number")

    return Command(line, parse, prefixes=prefixes, bare=True, timeout_s=timeout_s)


def _required(field: str | None) -> str:
    if field is None:
        raise ValueError("a field is missing")
    return field


def _decimal(field: str | None) -> int | None:
    return int(field) if field else None


def _hexadecimal(field: str | None) -> int | None:
    return int(field, 16) if field else None
