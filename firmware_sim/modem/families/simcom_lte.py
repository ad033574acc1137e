"""SIMCom's LTE modules: SIM7600 (SIM7500_SIM7600 Series AT Command Manual V2.00) and A7670 (A76XX Series AT Command
Manual V1.09). They say different things at boot and of unknown commands; the commands are the same.
"""

from typing import ClassVar, Final

from at_commands.ussd import UssdEncoding
from firmware_sim.modem import timing
from firmware_sim.modem.boot_talk import BootTalk
from firmware_sim.modem.commands import Command, Table, remembered
from firmware_sim.modem.families.lte_service import LteService
from firmware_sim.modem.families.simcom_lte_sockets import NetworkSockets
from firmware_sim.modem.families.simcom_pins import tries_left
from firmware_sim.modem.outcomes import Outcome, info
from firmware_sim.modem.parts import Parts
from firmware_sim.modem.personality import Personality
from firmware_sim.modem.radio import DomainRegistration
from firmware_sim.modem.registration import Camp
from firmware_sim.modem.sim_access import printed_iccid

LTE: Final = 7
"""E-UTRAN as access technology (3GPP TS 27.007, 7.2)."""

_SYSTEM_LTE: Final = 8


class SimcomLteCommands:
    """The maker's own: power down, the card's number, where it is registered."""

    def __init__(self, parts: Parts) -> None:
        self.device = parts.device
        self._radio = parts.radio
        self._power = parts.power

    def reset(self) -> None:
        """Nothing volatile."""

    def _cpof(self) -> Outcome:
        self.device.after(self.device.latency(timing.POWER_DOWN), self._power.switch_off)
        return info()

    def _creset(self) -> Outcome:
        self.device.after(self.device.latency(timing.SIM_ACCESS), self._power.restart_cleanly)
        return info()

    def _cpsi(self) -> Outcome:
        """Without service its fields are missing."""
        radio, device = self._radio, self.device
        cell = radio.ps.cell or radio.cs.cell
        if not device.radio_on:
            return info(
                "+CPSI: NO SERVICE,Low Power Mode"
                if device.functionality == 0
                else "+CPSI: NO SERVICE,Offline"
            )
        if cell is None or radio.rssi_dbm is None:
            return info("+CPSI: NO SERVICE,Online")
        plmn = device.network.config.plmn
        rsrp = max(-140, radio.rssi_dbm - 20) * 10  # of one subcarrier of many
        return info(
            f"+CPSI: LTE,Online,{plmn[:3]}-{plmn[3:]},0x{cell.lac:04X},{cell.cell_id},301,EUTRAN-BAND3,1300,4,4,"
            f"-110,{rsrp},{radio.rssi_dbm * 10},15"
        )

    def _cnsmod(self) -> Outcome:
        return info(f"+CNSMOD: 0,{_SYSTEM_LTE if self._radio.registered else 0}")

    table: ClassVar[Table["SimcomLteCommands"]] = {
        "+CPOF": Command("", execute=_cpof),
        "+CRESET": Command("", execute=_creset),
        "+CICCID": Command("", execute=lambda f: info(f"+ICCID: {printed_iccid(f.device.card())}")),
        "+SPIC": Command("", execute=tries_left),
        "+CPSI": Command("(0-255)", _cpsi, lambda f, _: info()),
        "+CNSMOD": Command("(0,1)", _cnsmod, lambda f, _: info()),
        "+SIMCOMATI": Command(
            "",
            execute=lambda f: info(
                *(line.format(imei=f.device.imei) for line in f.device.personality.information)
            ),
        ),
        "+CNMP": remembered("+CNMP", "2", "(2,13,14,38,48)"),
        "+CGAUTH": Command('(1-16),(0-3),"",""', None, lambda f, _: info()),
        "+CSOCKSETPN": remembered("+CSOCKSETPN", "1", "(1-16)"),
        "+CGSOCKCONT": Command("", None, lambda f, _: info()),
        "+CPMUTEMP": Command("", execute=lambda f: info("+CPMUTEMP: 31")),
        "+CSDVC": remembered("+CSDVC", "1", "(1,3)"),
        "+AUTOCSQ": remembered("+AUTOCSQ", "0,0", "(0,1),(0,1)"),
    }


class A7670Commands(SimcomLteCommands):
    """Tells when the network has given it its bearer."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        parts.radio.on_moved.append(self._moved)

    def _moved(self, domain: DomainRegistration, left: Camp) -> None:
        if domain.domain == "ps" and domain.camp.registered and not left.registered:
            self.device.urc("+CGEV: EPS PDN ACT 1")


SIM7600: Final = Personality(
    manufacturer="SIMCOM INCORPORATED",
    model="SIMCOM_SIM7600E-H",
    revision="+CGMR: LE20B04SIM7600M22",
    information=(
        "Manufacturer: SIMCOM INCORPORATED",
        "Model: SIMCOM_SIM7600E-H",
        "Revision: SIM7600M22_V2.0",
        "IMEI: {imei}",
        "+GCAP: +CGSM",
    ),
    unknown_command_cme=None,
    boot=BootTalk(
        started=("RDY",),
        no_card="+CPIN: NOT INSERTED",
        ready=("SMS DONE", "PB DONE"),
        messages_with="SMS DONE",
        hidden_by_autobauding=False,
    ),
    access_technology=LTE,
    uicc=True,
    under_voltage=("UNDER-VOLTAGE WARNNING", "UNDER-VOLTAGE POWER DOWN"),
    # No answer of this family is known: the form of 27.007 7.15 is chosen, unverified on hardware.
    ussd_encoding=UssdEncoding.GSM7_PLAIN,
    features=(SimcomLteCommands, LteService, NetworkSockets),
)

A7670: Final = Personality(
    manufacturer="SIMCOM INCORPORATED",
    model="A7670E-LNXY-UBL",
    revision="+CGMR: 23110B01A7670M4A",
    information=(
        "Manufacturer: SIMCOM INCORPORATED",
        "Model: A7670E-LNXY-UBL",
        "Revision: 23110B01A7670M4A",
        "IMEI: {imei}",
    ),
    unknown_command_cme=None,
    default_cmee=2,
    boot=BootTalk(
        started=("*ATREADY: 1",),
        no_card="+CPIN: SIM REMOVED",
        ready=("SMS DONE", "PB DONE"),
        messages_with="SMS DONE",
        hidden_by_autobauding=False,
    ),
    registration_modes=3,
    access_technology=LTE,
    uicc=True,
    under_voltage=("UNDER-VOLTAGE WARNNING", "UNDER-VOLTAGE POWER DOWN"),
    # No answer of this family is known: the form of 27.007 7.15 is chosen, unverified on hardware.
    ussd_encoding=UssdEncoding.GSM7_PLAIN,
    features=(A7670Commands, LteService, NetworkSockets),
)
