"""Text lines of the controller: system parameters `#S`, inner states `#Y`, the configuration `#Z`, and a few words.

    #S<n>?          a parameter, `!` where there is none now; `#S<n>=…` sets it: `ok`, or `!` where that may not stand
    #Z<id>?         an object's line, `#Z<id>=…` sets it, `#Z<id>~` deletes it
    #Y<id>?         an object's inner state, `#Y<id>=…` a command to it
    SDATE?          `DATE=2026-01-31 12:00:00`, local time; the form is ours
    SGETALLSTATES?  `GETALLSTATES=<count>` of objects; it publishes none of them
    SCFG_RELOAD_REQ?  `CFG_RELOAD=ok`: the configuration is read anew
    SRESTART?, RESTART  starts anew; the line breaks before an answer could come
    SMS=<phone> <text>, DIAL=<phone>  by the controller's modem

The answers to the last two are ours: `SMS=ok` is taken, not sent yet; else `no_modem`, `wrong_number`, `wrong_text`,
`too_many`, where the queue is full. A number is one as `+79161234567` or `89161234567`; short ones are refused, so
nobody calls 112 by mistake. What the parameters are stands in `system_parameters`. Secret ones are written and never
told: the protocol is plain text. `#S226=1` forbids to make objects, by name or by a `#Z` line of a new id.

Source: PROTOCOL.md of zont-local, sections 5 and 6.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from firmware_sim.controller.objects.notifications import Message, User
from firmware_sim.controller.reserve_battery import ReserveBattery, Source
from firmware_sim.controller.status_lamps import FAULTS, Condition, lamps
from firmware_sim.controller.system_parameters import (
    BROKER,
    NO_ADDING,
    PHONES,
    RESERVE_BATTERY,
    SECRETS,
    SERVICE_PHONE,
    TIME_ZONE,
    configured_zone_s,
    may_stand,
    number_of,
    phones,
    service_phone,
    without_password,
)
from firmware_sim.controller.whole_lines import whole_values
from provisioning.zont.config_text import ConfigTextError, ObjectLine, format_values, parse_values
from provisioning.zont.discovery import SIMULATOR_MARK
from provisioning.zont.object_types import ObjectType

if TYPE_CHECKING:
    from firmware_sim.controller.firmware import Firmware

NO_DATA: Final = "!"
OK: Final = "ok"
MAX_LINE: Final = 4096
MAX_MESSAGE: Final = 200
"""Characters of `SMS=`."""
MONDAY_S: Final = datetime(2026, 1, 5, tzinfo=UTC).timestamp()
"""The Monday's midnight that the board's own time is counted from."""

_LINE: Final = re.compile(r"#([SYZ])([0-9]{1,7})([?=~])(.*)", re.DOTALL)


@dataclass
class Surroundings:
    """What the controller knows of its links. `registration` as in +CREG: 0 to 5, 3 is denied."""

    gsm_level: int = 0
    registration: int = 0
    operator: str = ""
    wifi: str = ""
    ethernet: str = ""
    links: tuple[int, int, int, int] = (0, 0, 0, 0)
    imei: str = ""
    iccid: str = ""


class SystemLines:
    """Answers text lines for a firmware.

    Attributes:
        order: gives the modem something to send or a phone to ring, False: its queue is full; None: there is no modem.
    """

    def __init__(self, firmware: Firmware) -> None:
        self._firmware = firmware
        self.surroundings = Surroundings()
        self.battery = ReserveBattery(firmware.board, self._uses_battery)
        self.restarts = 0
        self.order: Callable[[Message], bool] | None = None

    # -- supply

    def watch_supply(self) -> bool:
        """Once a step: the mains, and the battery behind them. False: the controller is off."""
        before, source = self.battery.source, self.battery.watch()
        if source is Source.OFF and before is not Source.OFF:
            self._fall_silent()
        elif before is Source.OFF and source is not Source.OFF:
            self._restart()
        return source is not Source.OFF

    @property
    def is_off(self) -> bool:
        """Without mains, its battery empty or not to be used."""
        return self.battery.source is Source.OFF

    @property
    def supply(self) -> tuple[float, bool]:
        """Volts, and whether it runs on its battery."""
        return self.battery.volts, self.battery.source is not Source.MAINS

    def _uses_battery(self) -> bool:
        return self._firmware.config.get_parameter(RESERVE_BATTERY) != "0"

    def _fall_silent(self) -> None:
        terminals = self._firmware.board.terminals
        for terminal in range(1, self._firmware.model.relays + 1):
            terminals.relay(terminal)(False)
        around = self.surroundings
        around.registration, around.gsm_level, around.links = 0, 0, (0, 0, 0, 0)

    def leds(self) -> dict[str, str]:
        """The lamps under the cover."""
        alarms = {what for _, what in self._firmware.board.alarms}
        boilers = [each for each in self._firmware.objects.values() if each.type is ObjectType.BOILER_ADAPTER]
        return lamps(
            Condition(
                powered=not self.is_off,
                on_battery=self.battery.source is Source.BATTERY,
                modem=self.order is not None,
                registration=self.surroundings.registration,
                fault=bool(alarms & FAULTS),
                heating=any(each.state().get("state") == 1 for each in boilers),
            )
        )

    # -- time

    def local_time(self) -> datetime:
        """By the controller's clock; its zone is left out."""
        return datetime.fromtimestamp(MONDAY_S + self._firmware.board.local_s, UTC).replace(tzinfo=None)

    # -- who may

    def owners(self) -> list[str]:
        """Numbers of the users who may command, each once."""
        users = [each for each in self._firmware.objects.values() if isinstance(each, User)]
        numbers = [number_of(each.phone) for each in users if each.may_command]
        return list(dict.fromkeys(each for each in numbers if each is not None))

    def may_command(self, phone: str) -> bool:
        """Whether a phone may command by SMS: a user's, one of `#S8`, or the service phone until its last day."""
        number, config = number_of(phone), self._firmware.config
        if number is None:
            return False
        if number in self.owners() or number in phones(config.get_parameter(PHONES) or ""):
            return True
        service = service_phone(config.get_parameter(SERVICE_PHONE) or "")
        if service is None or number != service.number:
            return False
        return service.last_day is None or self.local_time().date() <= service.last_day

    # -- lines

    @property
    def adding_is_banned(self) -> bool:
        """`#S226`."""
        return self._firmware.config.get_parameter(NO_ADDING) == "1"

    def answer(self, line: str) -> str | None:
        """The answer, or None: it is not answered, as nothing is without current."""
        line = line.strip("\r\n")
        if self.is_off or len(line) > MAX_LINE:
            return None
        word, _, rest = line.partition("=")
        match word:
            case "SDATE?":
                return f"DATE={self.local_time():%Y-%m-%d %H:%M:%S}"
            case "SGETALLSTATES?":
                return f"GETALLSTATES={len(self._firmware.objects)}"
            case "SCFG_RELOAD_REQ?":
                self._firmware.reload()
                return f"CFG_RELOAD={OK}"
            case "SRESTART?" | "RESTART":
                self._restart()
                return None
            case "SMS":
                phone, _, text = rest.partition(" ")
                return f"SMS={self._send(phone, text)}"
            case "DIAL":
                return f"DIAL={self._send(rest, None)}"
        found = _LINE.fullmatch(line.strip())
        return None if found is None else self._about(found[1], int(found[2]), found[3], found[4])

    def _about(self, kind: str, number: int, form: str, value: str) -> str | None:
        match kind, form:
            case "S", "?":
                return f"#S{number}:{self._parameter(number) or NO_DATA}"
            case "S", "=":
                return f"#S{number}:{self._set_parameter(number, value)}"
            case "Z", "?":
                found_line = self._firmware.config.get_object(number)
                return (
                    f"#Z{number}:{NO_DATA if found_line is None else format_values(whole_values(found_line))}"
                )
            case "Z", "=":
                return f"#Z{number}:{self._set_object(number, value)}"
            case "Z", "~":
                gone = self._firmware.config.delete_object(number)
                self._firmware.reload()
                return f"#Z{number}:{OK if gone else NO_DATA}"
            case "Y", "?":
                inner = self._firmware.objects.get(number)
                return f"#Y{number}${(inner and inner.inner()) or NO_DATA}"
            case "Y", "=":
                text = value.split(",")[-1].strip()
                command = int(text) if re.fullmatch("[0-9]{1,9}", text) else text
                return f"#Y{number}:{self._firmware.command(number, command)}"
        return None

    def _parameter(self, number: int) -> str | None:
        around, model = self.surroundings, self._firmware.model
        volts, on_battery = self.supply
        told = {
            # Without a modem there is nothing to tell.
            4: f"{around.gsm_level} {around.registration} {around.operator or '-'}" if around.imei else "",
            6: f"{round(volts * 10)} {int(on_battery)}",
            # Three words: clients take the line apart at its spaces.
            7: f"{model.name.replace(' ', '_')} {model.board} {model.firmware}",
            19: f"{around.imei} {around.iccid}".strip(),
            54: self._firmware.serial,
            198: around.wifi,
            205: around.ethernet,
            213: around.iccid,
            216: around.imei,
            219: SIMULATOR_MARK,
            224: " ".join(map(str, around.links)),
        }
        if number in told:
            return told[number]
        if number in SECRETS:
            return None
        text = self._firmware.config.get_parameter(number)
        return without_password(text) if text and number == BROKER else text

    def _set_parameter(self, number: int, value: str) -> str:
        if not may_stand(number, value):
            return NO_DATA
        config = self._firmware.config
        zone_before_s = configured_zone_s(config)
        config.set_parameter(number, value)
        if number == TIME_ZONE:
            self._firmware.board.put_clock(configured_zone_s(config) - zone_before_s)
        return OK

    def _set_object(self, number: int, value: str) -> str:
        config = self._firmware.config
        if self.adding_is_banned and config.get_object(number) is None:
            return NO_DATA
        try:
            values = parse_values(value)
            value.encode("cp1251")
            config.set_object(number, ObjectLine(number, values).values)
        except (ConfigTextError, UnicodeEncodeError, RecursionError):
            return NO_DATA
        self._firmware.reload()
        return OK

    def _send(self, phone: str, text: str | None) -> str:
        """`text` None: a call."""
        if self.order is None:
            return "no_modem"
        number = number_of(phone)
        if number is None:
            return "wrong_number"
        if text is not None and not (0 < len(text.strip()) <= MAX_MESSAGE and text.isprintable()):
            return "wrong_text"
        message = Message(number, (text or "").strip(), voice=text is None)
        return OK if self.order(message) else "too_many"

    def _restart(self) -> None:
        """Starts anew."""
        self.restarts += 1
        self._firmware.restart()
