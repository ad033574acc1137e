"""Commands about the serial interface itself (V.250 clause 6) and the modem's clock and supply."""

import re
from copy import deepcopy
from datetime import datetime, timedelta, timezone
from typing import ClassVar

from at_commands.grammar import Operation, ParsedCommand
from firmware_sim.modem.character_sets import CHARACTER_SETS
from firmware_sim.modem.commands import Arguments, Command, Table, remembered
from firmware_sim.modem.device import Device
from firmware_sim.modem.number_settings import numbers
from firmware_sim.modem.outcomes import CmeRefusedError, Done, Outcome, RefusedError, info
from firmware_sim.modem.packet_call import NUMBER, PacketCalls
from firmware_sim.modem.profile import Profile
from firmware_sim.modem.ussd import Ussd
from firmware_sim.modem.voice_calls import VoiceCalls

# They set up a line that we have not.
SETTINGS_OF_NOTHING = frozenset({"X", "L", "M", "P", "T", "B", "N", "&C", "&K", "&S", "&E"})
BAUD_RATES = (0, 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600)

_SETTINGS = {"E": "echo", "V": "verbose", "Q": "quiet"}
_CLOCK = re.compile(r"(\d\d)/(\d\d)/(\d\d),(\d\d):(\d\d):(\d\d)([+-]\d\d)?$")


class Interface:
    """Profiles, character set, clock; the basic commands."""

    def __init__(self, device: Device, ussd: Ussd, packet_calls: PacketCalls, voice: VoiceCalls) -> None:
        self.device = device
        self._ussd = ussd
        self._packet_calls = packet_calls
        self._voice = voice
        cmee = device.settings.default_cmee
        product = device.personality
        self._factory = Profile(cmee=product.default_cmee if cmee is None else cmee, dtr=product.default_dtr)
        self._stored = deepcopy(self._factory)
        self._stored_reporting: dict[str, int] = {}
        self._baud = device.settings.fixed_baud
        self._clock_error_s = 0.0  # own clock minus the network's
        self._zone_quarters = round(device.network.config.utc_offset_s / 900)

    def reset(self) -> None:
        """What was stored comes back; the clock keeps going on its battery."""
        self.device.reporting = dict(self._stored_reporting)

    def stored_profile(self) -> Profile:
        """What a terminal begins with."""
        return deepcopy(self._stored)

    def basic(self, command: ParsedCommand) -> Outcome | None:
        """A basic command's outcome; ``None`` for no such command."""
        name = command.name
        if name[0] == "S" and name[1:].isdigit():
            return self._s_register(command)
        if command.operation is not Operation.BASIC:
            return None
        if name == "D":
            return self._dial(str(command.arguments[0]))
        number = command.arguments[0] if command.arguments else 0
        if name in _SETTINGS and isinstance(number, int):
            return self._set(_SETTINGS[name], number)
        if name in ("Z", "&F"):
            return self._recall(factory=name == "&F")
        if name == "&W":
            return self._store()
        if name == "I":
            return info(*(line.format(imei=self.device.imei) for line in self.device.personality.information))
        if name == "&V":
            profile = self.device.profile
            return info(f"E: {profile.echo:d}\r\nQ: {profile.quiet:d}\r\nV: {profile.verbose:d}")
        if name == "A":
            return self._voice.answer()
        if name == "O":
            return self.device.terminal.resume_data()
        if name == "H":
            self.device.terminal.hang_up()
            return self._voice.hang_up()
        if name == "&D":
            return self._set_dtr(number)
        return info() if name in SETTINGS_OF_NOTHING else None

    # -- V.250

    def _set(self, name: str, number: int) -> Outcome:
        if number > 1:
            raise RefusedError
        setattr(self.device.profile, name, bool(number))
        return info()

    def _set_dtr(self, number: object) -> Outcome:
        if number not in (0, 1, 2):
            raise RefusedError
        self.device.profile.dtr = int(str(number))
        return info()

    def _recall(self, *, factory: bool) -> Outcome:
        self.device.terminal.hang_up()
        self.device.terminal.profile = deepcopy(self._factory if factory else self._stored)
        self.device.reporting = {} if factory else dict(self._stored_reporting)
        return info()

    def _store(self) -> Outcome:
        self._stored, self._stored_reporting = deepcopy(self.device.profile), dict(self.device.reporting)
        return info()

    def _s_register(self, command: ParsedCommand) -> Outcome:
        registers, number = self.device.profile.s, int(command.name[1:])
        if number not in registers:
            raise RefusedError
        if command.operation is Operation.READ:
            return info(f"{registers[number]:03d}")
        value = command.arguments[0]
        if not isinstance(value, int) or value > (127 if number in (3, 4, 5) else 255):
            raise RefusedError
        registers[number] = value
        return info()

    def _dial(self, number: str) -> Outcome:
        """Packet calls, USSD codes, and voice calls where it ends in a semicolon."""
        code = number.strip().lstrip("TtPp").rstrip(";").strip()  # tone or pulse: V.250 6.3.1
        if NUMBER.match(code):
            return self._packet_calls.dial()
        if re.fullmatch(r"[*#][0-9*#]*#", code):
            return self._ussd.request(code)
        if number.rstrip().endswith(";"):
            return self._voice.dial(code)
        return Done(final="NO CARRIER")

    # -- 27.007 and SIMCom

    def _cmee(self) -> Outcome:
        return info(f"+CMEE: {self.device.profile.cmee}")

    def _set_cmee(self, arguments: Arguments) -> Outcome:
        self.device.profile.cmee = arguments.number(0, 0, allowed=range(3))
        return info()

    def _cscs(self) -> Outcome:
        return info(f'+CSCS: "{self.device.character_set}"')

    def _set_cscs(self, arguments: Arguments) -> Outcome:
        name = arguments.string(0).upper()
        if name not in CHARACTER_SETS:
            raise CmeRefusedError(50)
        self.device.profile.character_set = name
        return info()

    def _ipr(self) -> Outcome:
        return info(f"+IPR: {self._baud}")

    def _set_ipr(self, arguments: Arguments) -> Outcome:
        baud = arguments.number(0)
        if baud not in BAUD_RATES:
            raise CmeRefusedError(50)
        self._baud = baud
        return info()

    @property
    def baudrate(self) -> int:
        """``+IPR``; 0 is automatic."""
        return self._baud

    @property
    def autobauding(self) -> bool:
        """It says nothing at boot until it has heard the rate."""
        return self._baud == 0

    def _cclk(self) -> Outcome:
        device = self.device
        zone = timezone(timedelta(minutes=15 * self._zone_quarters))
        moment = datetime.fromtimestamp(device.network.wall(device.now) + self._clock_error_s, zone)
        return info(f'+CCLK: "{moment:%y/%m/%d,%H:%M:%S}{self._zone_quarters:+03d}"')

    def _set_cclk(self, arguments: Arguments) -> Outcome:
        match = _CLOCK.match(arguments.string(0))
        if match is None:
            raise CmeRefusedError(50)
        year, month, day, hour, minute, second = (int(group) for group in match.groups()[:6])
        quarters = int(match[7]) if match[7] else self._zone_quarters
        try:
            moment = datetime(
                2000 + year,
                month,
                day,
                hour,
                minute,
                second,
                tzinfo=timezone(timedelta(minutes=15 * quarters)),
            )
        except ValueError:
            raise CmeRefusedError(50) from None
        self._zone_quarters = quarters
        self._clock_error_s = moment.timestamp() - self.device.network.wall(self.device.now)
        return info()

    table: ClassVar[Table["Interface"]] = {
        "+CMEE": Command("(0-2)", _cmee, _set_cmee),
        "+CSCS": Command(
            f"({','.join(f'{chr(34)}{name}{chr(34)}' for name in CHARACTER_SETS)})", _cscs, _set_cscs
        ),
        "+IPR": Command(f"({','.join(map(str, BAUD_RATES))})", _ipr, _set_ipr),
        "+CCLK": Command("", _cclk, _set_cclk),
        "+CBC": Command("(0-2),(1-100),(voltage)", execute=lambda f: info("+CBC: 0,85,4012")),
        "+ICF": numbers("+ICF", range(1, 7), range(4), start=(3, 3)),
        "+IFC": numbers("+IFC", range(3), range(3), start=(0, 0)),
        "+CLTS": remembered("+CLTS", test='"yes"'),
        "+CSCLK": numbers("+CSCLK", range(3), start=(0,)),
        "+DDET": numbers("+DDET", (0, 1), start=(0,)),
        "+ILRR": numbers("+ILRR", (0, 1), start=(0,)),
        "+CREC": remembered("+CREC"),
        "+CSQEN": remembered("+CSQEN"),
        "+EXUNSOL": remembered("+EXUNSOL"),
    }
