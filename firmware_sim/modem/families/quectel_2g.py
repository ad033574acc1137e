"""Quectel M66 (M66 AT Commands Manual V1.1); MC60 and its kin speak the same."""

from datetime import UTC, datetime, timedelta
from typing import ClassVar, Final

from at_commands.ussd import UssdEncoding
from firmware_sim.modem.commands import Arguments, Command, Table, remembered
from firmware_sim.modem.families.quectel_2g_sockets import Quectel2gSockets
from firmware_sim.modem.outcomes import CmeRefusedError, Done, Outcome, info
from firmware_sim.modem.parts import Parts
from firmware_sim.modem.personality import Personality
from firmware_sim.modem.radio import DomainRegistration
from firmware_sim.modem.registration import Camp
from firmware_sim.modem.sim_access import printed_iccid


class Quectel2gCommands:
    """The maker's own: power down, the card's number and tries, the network's name and time."""

    def __init__(self, parts: Parts) -> None:
        self.device = parts.device
        self._radio = parts.radio
        self._power = parts.power
        self._tell_time = False
        parts.radio.on_moved.append(self._moved)

    def reset(self) -> None:
        """Power came or went."""
        self._tell_time = False

    def _moved(self, domain: DomainRegistration, left: Camp) -> None:
        """The network tells the time when it lets somebody in."""
        if self._tell_time and domain.domain == "cs" and domain.camp.registered and not left.registered:
            self.device.urc(f'+QNITZ: "{self._network_time()}"')

    def _network_time(self) -> str:
        device = self.device
        zone_s = device.network.config.utc_offset_s
        moment = datetime.fromtimestamp(device.network.wall(device.now), UTC)
        local = moment + timedelta(seconds=zone_s)
        return f"{local:%y/%m/%d,%H:%M:%S}{round(zone_s / 900):+03d},0"

    def _qnitz(self, arguments: Arguments) -> Outcome:
        self._tell_time = bool(arguments.number(0, allowed=range(2)))
        return info()

    def _qpowd(self, arguments: Arguments) -> Outcome:
        """0: at once and without a word; otherwise the goodbye stands in the place of OK."""
        if arguments.number(0, allowed=range(3)):
            self.device.after(0, self._power.switch_off)
            return Done((self.device.personality.boot.goodbye or "",), final=None)
        self.device.after(0, self._power.cut)
        return Done(final=None)

    def _qspn(self) -> Outcome:
        if not self._radio.registered:
            raise CmeRefusedError(30)
        operator = self.device.network.config
        return info(
            f'+QSPN: "{operator.operator_name}","{operator.operator_short_name}","",0,"{operator.plmn}"'
        )

    def _qtrpin(self) -> Outcome:
        card = self.device.card()
        one, two = card.chv1, card.chv2
        return info(f"+QTRPIN: {one.tries},{two.tries},{one.unblock_tries},{two.unblock_tries}")

    def _qinistat(self) -> Outcome:
        """1 the card answers, 3 messages and phone book can be had too."""
        device = self.device
        ready = device.sim is not None and device.sim_started and device.sim.ready
        return info(f"+QINISTAT: {3 if device.messages_ready else int(ready)}")

    table: ClassVar[Table["Quectel2gCommands"]] = {
        "+QPOWD": Command("(0-2)", None, _qpowd),
        "+QCCID": Command("", execute=lambda f: info(printed_iccid(f.device.card()))),
        "+CCID": Command("", execute=lambda f: info(f'+CCID: "{printed_iccid(f.device.card())}"')),
        "+QTRPIN": Command("", execute=_qtrpin),
        "+QINISTAT": Command("(0-3)", execute=_qinistat),
        "+QSIMSTAT": Command(
            "(0,1)",
            lambda f: info(f"+QSIMSTAT: 0,{int(f.device.sim is not None)}"),
            lambda f, _: info(),
        ),
        "+QSPN": Command("", execute=_qspn),
        "+QNITZ": Command("(0,1)", lambda f: info(f"+QNITZ: {int(f._tell_time)}"), _qnitz),
        "+QLTS": Command("", execute=lambda f: info(f'+QLTS: "{f._network_time()}"')),
        "+QBAND": remembered("+QBAND", '"GSM850_EGSM_DCS_PCS_MODE"'),
        "+QSCLK": remembered("+QSCLK", "0", "(0-2)"),
        "+QGPCLASS": remembered("+QGPCLASS", "12"),
        "+QMOSTAT": remembered("+QMOSTAT", "0", "(0,1)"),
    }


M66: Final = Personality(
    manufacturer="Quectel_Ltd",
    model="Quectel_M66",
    revision="Revision: M66FAR02A06",
    information=("Quectel_Ltd\r\nQuectel_M66\r\nRevision: M66FAR02A06",),
    unknown_command_cme=58,
    under_voltage=("UNDER_VOLTAGE WARNING", "UNDER_VOLTAGE POWER DOWN"),
    # No answer of this family is known: the form of 27.007 7.15 is chosen, unverified on hardware.
    ussd_encoding=UssdEncoding.GSM7_PLAIN,
    features=(Quectel2gCommands, Quectel2gSockets),
    without=frozenset({"+CEREG", "+CPINR", "+CCHO", "+CCHC", "+CGLA"}),
)
