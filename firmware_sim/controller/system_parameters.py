"""The controller's system parameters `#S`: what each is, what may stand there, who knows that, and what is secret.

    number  what                                    as                                     known
    #S4     field, registration, operator           `<0..31> <0..5> <operator>`            published   read only
    #S6     supply                                  `<decivolts> <0 mains, 1 battery>`     published   read only
    #S7     model, board, firmware                  `<model> <board> <firmware>`           published   read only
    #S8     phones that may use SMS besides users   numbers with spaces, commas or `;`     meaning
    #S12    balance: code and threshold in roubles  `<ussd> <threshold>`                   published
    #S19    IMEI and ICCID                          `<imei> <iccid>`                       meaning     read only
    #S36    time zone                               hours from UTC: `3`, `-3.5`, `5:30`    meaning
    #S54    serial                                  12 hex digits                          published   read only
    #S124   RS-485                                  `<register>,<speed>,<stop>,<parity>`   published
    #S198   Wi-Fi   #S205 Ethernet                                                         published   read only
    #S202   login and password of the device        secret                                 published
    #S203   APN                                                                            published
    #S204   service password                        secret                                 published
    #S206   what is told without a notification     sum of `Notice`                        meaning
    #S207   service phone, and its last day         `<phone> <packed date>`                published
    #S208   Wi-Fi name, password, on                secret                                 published
    #S209   reserve battery used                    0 or 1; not set: 1                     published
    #S213   ICCID   #S216 IMEI                                                             published   read only
    #S217   MQTT broker                             a URL; its password is never told      meaning
    #S218   access point: name, password            secret                                 published
    #S219   the simulator's mark                                                           ours        read only
    #S222   2G only                                 0 or 1                                 published
    #S223   place                                   `<latitude>,<longitude>`, degrees      published
    #S224   links: cloud, GSM, Wi-Fi, Ethernet      four flags                             published   read only
    #S225   step of temperatures, times ten         1 to 50                                published
    #S226   no devices may be added                 0 or 1                                 published

"Meaning": only what it is for is published, how it is written is ours. Published: PROTOCOL.md of zont-local, section 5.
A packed date is `(year - 2000) << 9 | month << 5 | day`; that a service phone may command until the end of that day,
and without a date for ever, is ours. `#S222` is kept and read back: the emulated controller leaves the modem's radio
alone. Other parameters are kept as they come, so that a real `config.txt` loses nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import IntFlag
from typing import Final
from urllib.parse import urlsplit

from provisioning.records import RecordError, parse_msisdn
from provisioning.zont.config_text import ENCODING, MAX_ID, ConfigText

PHONES: Final = 8
BALANCE: Final = 12
TIME_ZONE: Final = 36
NOTICES: Final = 206
SERVICE_PHONE: Final = 207
RESERVE_BATTERY: Final = 209
BROKER: Final = 217
NO_ADDING: Final = 226

SECRETS: Final = frozenset({202, 204, 208, 218})
READ_ONLY: Final = frozenset({4, 6, 7, 19, 54, 198, 205, 213, 216, 219, 224})

MAX_VALUE: Final = 250
"""Characters of a parameter; ours."""
MAX_PHONES: Final = 20

_USSD: Final = re.compile(r"[*#][0-9*#]{1,30}#")


class Notice(IntFlag):
    """Bits of `#S206`, ours: what the users with the right to command are told of the controller itself."""

    MAINS = 1
    BATTERY = 2
    BALANCE = 4


ALL_NOTICES: Final = Notice.MAINS | Notice.BATTERY | Notice.BALANCE


def number_of(text: str) -> str | None:
    """A telephone number as it is dialled, with its plus; None: it cannot be one. Short ones (112, 111) are none."""
    try:
        return f"+{parse_msisdn(text)}"
    except RecordError:
        return None


def phones(text: str) -> tuple[str, ...]:
    """The numbers of `#S8`; what is none is left out."""
    found = (number_of(each) for each in re.split(r"[\s,;]+", text.strip()) if each)
    return tuple(each for each in found if each is not None)[:MAX_PHONES]


def pack_date(day: date) -> int:
    """As `#S207` has it."""
    return (day.year - 2000) << 9 | day.month << 5 | day.day


def unpack_date(packed: int) -> date | None:
    """None: there is no such day."""
    try:
        return date(2000 + (packed >> 9), packed >> 5 & 15, packed & 31)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class ServicePhone:
    """Of `#S207`. `last_day` None: for ever."""

    number: str
    last_day: date | None = None


def service_phone(text: str) -> ServicePhone | None:
    """`<phone> [<packed date>]`; None: there is none, or it cannot be right."""
    phone, _, packed = text.strip().partition(" ")
    number = number_of(phone)
    if number is None:
        return None
    if packed in {"", "0"}:
        return ServicePhone(number)
    day = unpack_date(int(packed)) if re.fullmatch("[0-9]{1,6}", packed) else None
    return None if day is None else ServicePhone(number, day)


def zone_s(text: str) -> float | None:
    """Seconds east of UTC; None: no zone."""
    found = re.fullmatch(r"([+-]?)([0-9]{1,2})(?:[.,]([0-9]{1,2})|:([0-5][0-9]))?", text.strip())
    if found is None:
        return None
    hours = int(found[2]) + (float(f"0.{found[3]}") if found[3] else int(found[4] or 0) / 60)
    return None if hours > 14 else (-1 if found[1] == "-" else 1) * hours * 3600


def configured_zone_s(config: ConfigText) -> float:
    """Seconds east of UTC that `#S36` says; UTC without it."""
    return zone_s(config.get_parameter(TIME_ZONE) or "") or 0.0


def balance_code(text: str) -> tuple[str, int] | None:
    """The USSD code and the threshold, roubles, of `#S12`; None: the balance is not asked for."""
    code, _, threshold = text.strip().partition(" ")
    if not _USSD.fullmatch(code):
        return None
    return code, int(threshold) if re.fullmatch("-?[0-9]{1,7}", threshold) else 0


def notices(text: str | None) -> Notice:
    """Of `#S206`; all where it is not set or is no number."""
    return Notice(int(text) & ALL_NOTICES) if text and re.fullmatch("[0-9]{1,6}", text) else ALL_NOTICES


def without_password(url: str) -> str:
    """A broker's URL as it may be told."""
    return re.sub(r"(?<=:)[^:@/]*(?=@[^@]*$)", "***", url) if "@" in url else url


def may_stand(number: int, text: str) -> bool:
    """Whether a parameter may be set to this."""
    if number in READ_ONLY or number > MAX_ID or len(text) > MAX_VALUE or not text.isprintable():
        return False
    try:
        text.encode(ENCODING)
    except UnicodeEncodeError:
        return False
    check = _CHECKS.get(number)
    return check is None or text == "" or check(text)


def _is_flag(text: str) -> bool:
    return text in {"0", "1"}


def _is_list_of_phones(text: str) -> bool:
    given = [each for each in re.split(r"[\s,;]+", text.strip()) if each]
    return len(given) <= MAX_PHONES and all(number_of(each) for each in given)


def _is_balance(text: str) -> bool:
    return re.fullmatch(_USSD.pattern + r"( -?[0-9]{1,7})?", text) is not None


def _is_number(highest: int, lowest: int = 0) -> Callable[[str], bool]:
    return lambda text: re.fullmatch("[0-9]{1,6}", text) is not None and lowest <= int(text) <= highest


def _is_broker(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in {"mqtt", "mqtts", "tcp", "ssl"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _is_place(text: str) -> bool:
    degrees = r"-?[0-9]{1,3}(\.[0-9]{1,8})?"
    if re.fullmatch(f"{degrees},{degrees}", text) is None:
        return False
    latitude, longitude = map(float, text.split(","))
    return abs(latitude) <= 90 and abs(longitude) <= 180


_CHECKS: Final[Mapping[int, Callable[[str], bool]]] = {
    PHONES: _is_list_of_phones,
    BALANCE: _is_balance,
    TIME_ZONE: lambda text: zone_s(text) is not None,
    NOTICES: _is_number(ALL_NOTICES),
    SERVICE_PHONE: lambda text: service_phone(text) is not None,
    RESERVE_BATTERY: _is_flag,
    BROKER: _is_broker,
    222: _is_flag,
    223: _is_place,
    225: _is_number(50, 1),
    NO_ADDING: _is_flag,
}
