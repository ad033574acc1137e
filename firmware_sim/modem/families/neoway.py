"""Neoway M590 (Neoway M590 AT Command Sets V3.0): no news of the card at boot, TCP data pushed within lines."""

from typing import ClassVar, Final

from at_commands.ussd import UssdEncoding
from firmware_sim.modem import timing
from firmware_sim.modem.boot_talk import BootTalk
from firmware_sim.modem.commands import Arguments, Command, Table, remembered
from firmware_sim.modem.families.neoway_sockets import PushedSockets
from firmware_sim.modem.outcomes import Outcome, info
from firmware_sim.modem.parts import Parts
from firmware_sim.modem.personality import Personality
from firmware_sim.modem.sim_access import printed_iccid

RESTART: Final = 15
"""``+CFUN`` of a restart, besides the standard's values."""


class NeowayCommands:
    """The maker's own: power down, restart, the card's number."""

    def __init__(self, parts: Parts) -> None:
        self.device = parts.device
        self._power = parts.power

    def reset(self) -> None:
        """Nothing volatile."""

    def _cpwroff(self) -> Outcome:
        self.device.after(self.device.latency(timing.POWER_DOWN), self._power.switch_off)
        return info()

    def _cfun(self, arguments: Arguments) -> Outcome:
        if arguments.string(0) != str(RESTART):
            return self._power.set_functionality(arguments)
        self.device.after(self.device.latency(timing.SIM_ACCESS), self._power.restart_cleanly)
        return info()

    table: ClassVar[Table["NeowayCommands"]] = {
        "+CPWROFF": Command("", execute=_cpwroff),
        "+CFUN": Command("(0,1,4,15),(0,1)", lambda f: info(f"+CFUN: {f.device.functionality}"), _cfun),
        "+CCID": Command("", execute=lambda f: info(f"+CCID: {printed_iccid(f.device.card())}")),
        "+ENPWRSAVE": remembered("+ENPWRSAVE", "0", "(0,1)"),
        "+XGAUTH": Command("", None, lambda f, _: info()),
    }


M590: Final = Personality(
    manufacturer="NEOWAY",
    model="M590",
    revision="NEOWAY M590 V3.0",
    information=("NEOWAY", "M590", "REVISION 01.30C"),
    unknown_command_cme=None,
    boot=BootTalk(
        started=("MODEM:STARTUP",),
        card=None,
        no_card=None,
        ready=("+PBREADY",),
        messages_with="+PBREADY",
        hidden_by_autobauding=False,
        goodbye=None,
    ),
    # No answer of this family is known: the form of 27.007 7.15 is chosen, unverified on hardware.
    ussd_encoding=UssdEncoding.GSM7_PLAIN,
    features=(NeowayCommands, PushedSockets),
    without=frozenset({"+CEREG"}),
)
