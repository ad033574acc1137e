"""SIMCom SIM800C, as the real product answers (SIM800 Series AT Command Manual V1.09)."""

from typing import ClassVar

from at_commands.dialects.sim800 import GOODBYE
from at_commands.ussd import UssdEncoding
from firmware_sim.modem.commands import Arguments, Command, Table
from firmware_sim.modem.families.simcom_pins import tries_left
from firmware_sim.modem.outcomes import Done, Outcome, info
from firmware_sim.modem.parts import Parts
from firmware_sim.modem.personality import Personality
from firmware_sim.modem.sim_access import printed_iccid
from firmware_sim.modem.sockets import Sockets


class Sim800Commands:
    """The maker's own: power down, the card's number, product texts."""

    def __init__(self, parts: Parts) -> None:
        self.device = parts.device
        self._power = parts.power

    def reset(self) -> None:
        """Nothing volatile."""

    def _gsv(self) -> Outcome:
        who = self.device.personality
        return info(f"{who.manufacturer}\r\n{who.model}\r\n{who.revision}")

    def _cpowd(self, arguments: Arguments) -> Outcome:
        if arguments.number(0, allowed=range(2)):
            # told before it happens, so the goodbye is on the line when the line dies
            self.device.after(0, self._power.switch_off)
            return Done((GOODBYE,), final=None)
        self.device.after(0, self._power.cut)
        return Done(final=None)

    table: ClassVar[Table["Sim800Commands"]] = {
        "+CPOWD": Command("(0,1)", None, _cpowd),
        "+SPIC": Command("", execute=tries_left),
        "+CCID": Command("", execute=lambda f: info(printed_iccid(f.device.card()))),
        "+ICCID": Command("", execute=lambda f: info(f"+ICCID: {printed_iccid(f.device.card())}")),
        "+CSMINS": Command(
            "(0,1)",
            lambda f: info(f"+CSMINS: 0,{int(f.device.sim is not None)}"),
            lambda f, _: info(),
        ),
        "+GOI": Command("", execute=lambda f: info(f.device.personality.model.removeprefix("SIMCOM_"))),
        "+GSV": Command("", execute=_gsv),
    }


SIM800C = Personality(
    manufacturer="SIMCOM_Ltd",
    model="SIMCOM_SIM800C",
    revision="Revision:1418B04SIM800C24",
    information=("SIM800 R14.18",),
    unknown_command_cme=58,
    under_voltage=("UNDER-VOLTAGE WARNNING", "UNDER-VOLTAGE POWER DOWN"),
    # Seen in the field for Cyrillic; that it holds for Latin letters too depends on the operator, and is chosen.
    ussd_encoding=UssdEncoding.UCS2_HEX,
    features=(Sim800Commands, Sockets),
    without=frozenset({"+CEREG", "+CPINR", "+CCHO", "+CCHC", "+CGLA"}),
)
