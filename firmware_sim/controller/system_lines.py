"""Text lines of the controller: system parameters `#S`, inner states `#Y`, the configuration `#Z`, and a few words.

    #S4?   field strength, registration, operator      #S6?   supply in tenths of a volt, 0 mains or 1 battery
    #S7?   model, board, firmware                      #S54?  serial
    #S198? Wi-Fi   #S205? Ethernet                     #S224? cloud, GSM, Wi-Fi, Ethernet as flags
    #S<n>? any other parameter of the configuration, `!` without one; `#S<n>=…` sets it
    #Z<id>? an object's line, `#Z<id>=…` sets it, `#Z<id>~` deletes it; #Y<id>? its inner state, `#Y<id>=…` a command
    SDATE?  SGETALLSTATES?  SCFG_RELOAD_REQ?  SRESTART?

Passwords (`#S202`, `#S204`, `#S208`, `#S218`) are written and never told: the protocol is plain text.

Source: PROTOCOL.md of zont-local, sections 5 and 6.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from provisioning.zont.config_text import ConfigTextError, ObjectLine, format_values, parse_values
from provisioning.zont.discovery import SIMULATOR_MARK

if TYPE_CHECKING:
    from firmware_sim.controller.firmware import Firmware

NO_DATA: Final = "!"
SECRETS: Final = frozenset({202, 204, 208, 218})
BATTERY_HOURS: Final = 12.0
BATTERY_EMPTY_V: Final = 3.3

_LINE: Final = re.compile(r"#([SYZ])(\d{1,7})([?=~])(.*)", re.DOTALL)


@dataclass
class Surroundings:
    """What the controller knows of its links. `registration` as in +CREG: 0 to 5, 3 is denied."""

    gsm_level: int = 0
    registration: int = 0
    operator: str = ""
    wifi: str = ""
    ethernet: str = ""
    links: tuple[int, int, int, int] = (0, 0, 0, 0)
    date: str = ""
    imei: str = ""
    iccid: str = ""
    battery_s: float = field(default=BATTERY_HOURS * 3600)
    """What is left in the reserve battery."""


class SystemLines:
    """Answers text lines for a firmware."""

    def __init__(self, firmware: Firmware) -> None:
        self._firmware = firmware
        self.surroundings = Surroundings()
        self.restarts = 0

    # -- supply

    def watch_supply(self) -> None:
        """Once a second: the mains, and the battery behind them."""
        board = self._firmware.board
        _, mains = board.terminals.supply_v()
        around = self.surroundings
        if mains:
            around.battery_s = min(BATTERY_HOURS * 3600, around.battery_s + 2.0 * board.step_s)
        else:
            around.battery_s = max(0.0, around.battery_s - board.step_s)
        board.alarm(0, "mains_lost", not mains)
        board.alarm(0, "battery_low", not mains and around.battery_s < BATTERY_HOURS * 360)

    @property
    def supply(self) -> tuple[float, bool]:
        """Volts, and whether it runs on its battery."""
        volts, mains = self._firmware.board.terminals.supply_v()
        if mains:
            return volts, False
        left = self.surroundings.battery_s / (BATTERY_HOURS * 3600)
        return BATTERY_EMPTY_V + 0.9 * left, True

    def leds(self) -> dict[str, str]:
        """The lamps under the cover: GSM, boiler, power; each off, on, slow or fast."""
        denied = self.surroundings.registration == 3
        gsm = {1: "on", 5: "on"}.get(self.surroundings.registration, "fast" if denied else "slow")
        alarms = {what for _, what in self._firmware.board.alarms}
        faults = {"boiler_failure", "boiler_link_lost", "sensor_lost"}
        boiler = "fast" if alarms & faults else "on" if self._is_heating() else "off"
        return {"gsm": gsm, "boiler": boiler, "power": "slow" if self.supply[1] else "on"}

    def _is_heating(self) -> bool:
        return any(
            each.state().get("state") == 1 for each in self._firmware.objects.values() if each.type == 6
        )

    # -- lines

    def answer(self, line: str) -> str | None:
        """The answer, or None: it is not answered."""
        words = {
            "SDATE?": lambda: f"DATE={self.surroundings.date or NO_DATA}",
            "SGETALLSTATES?": lambda: f"GETALLSTATES={len(self._firmware.objects)}",
            "SCFG_RELOAD_REQ?": self._reload,
            "SRESTART?": self._restart,
        }
        if line in words:
            return words[line]()
        found = _LINE.fullmatch(line.strip())
        if found is None:
            return None
        kind, number, form, value = found[1], int(found[2]), found[3], found[4]
        match kind, form:
            case "S", "?":
                return f"#S{number}:{self._parameter(number) or NO_DATA}"
            case "S", "=":
                return f"#S{number}:{self._set_parameter(number, value)}"
            case "Z", "?":
                found_line = self._firmware.config.get_object(number)
                return f"#Z{number}:{NO_DATA if found_line is None else format_values(found_line.values)}"
            case "Z", "=":
                return f"#Z{number}:{self._set_object(number, value)}"
            case "Z", "~":
                gone = self._firmware.config.delete_object(number)
                self._firmware.reload()
                return f"#Z{number}:{'ok' if gone else NO_DATA}"
            case "Y", "?":
                inner = self._firmware.objects.get(number)
                return f"#Y{number}${(inner and inner.inner()) or NO_DATA}"
            case "Y", "=":
                text = value.split(",")[-1].strip()
                command = int(text) if text.isascii() and text.isdigit() else text
                return f"#Y{number}:{self._firmware.command(number, command)}"
        return None

    def _parameter(self, number: int) -> str | None:
        around, model = self.surroundings, self._firmware.model
        volts, on_battery = self.supply
        told = {
            4: f"{around.gsm_level} {around.registration} {around.operator}".rstrip(),
            6: f"{round(volts * 10)} {int(on_battery)}",
            7: f"{model.name} {model.board} {model.firmware}",
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
        return None if number in SECRETS else self._firmware.config.get_parameter(number)

    def _set_parameter(self, number: int, value: str) -> str:
        try:
            self._firmware.config.set_parameter(number, value)
        except ConfigTextError:
            return NO_DATA
        return "ok"

    def _set_object(self, number: int, value: str) -> str:
        try:
            values = parse_values(value)
            self._firmware.config.set_object(number, ObjectLine(number, values).values)
        except ConfigTextError:
            return NO_DATA
        self._firmware.reload()
        return "ok"

    def _reload(self) -> str:
        self._firmware.reload()
        return "CFG_RELOAD=ok"

    def _restart(self) -> None:
        """Starts anew; the line breaks before an answer could come."""
        self.restarts += 1
        self._firmware.reload()
