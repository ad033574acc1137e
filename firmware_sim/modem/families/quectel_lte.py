"""Quectel EC25 (EC2x&EG9x AT Commands Manual V2.0)."""

from typing import ClassVar, Final

from at_commands.ussd import UssdEncoding
from firmware_sim.modem import timing
from firmware_sim.modem.boot_talk import BootTalk
from firmware_sim.modem.commands import Arguments, Command, Table, remembered
from firmware_sim.modem.families.lte_service import LteService
from firmware_sim.modem.families.quectel_lte_sockets import QuectelLteSockets
from firmware_sim.modem.families.quectel_pins import QuectelPinCounters
from firmware_sim.modem.outcomes import CmeRefusedError, Outcome, info
from firmware_sim.modem.parts import Parts
from firmware_sim.modem.personality import Personality
from firmware_sim.modem.sim_access import printed_iccid

LTE: Final = 7
"""E-UTRAN as access technology (3GPP TS 27.007, 7.2)."""

SETTINGS: Final = {
    # +QCFG
    "nwscanmode": "0",
    "nwscanseq": "0201030",
    "servicedomain": "2",
    "roamservice": "255",
    "band": "0xd3,0x8000000000800c5,0x0",
    "ims": "0",
    "usbnet": "0",
    "urc/cache": "0",
    "urc/ri/ring": '"pulse",120,1000,5000,"off",1',
    # +QURCCFG
    "urcport": '"usbat"',
    # +QICFG
    "transpktsize": "1024",
    "transwaittm": "2",
    "dataformat": "0,0",
    "viewmode": "0",
    "tcp/retranscfg": "3,20",
    "tcp/keepalive": "0,120,30,3",
}
"""The settings of ``+QCFG`` and its kin by name, as they are after manufacture. They change nothing here."""


class QuectelLteCommands:
    """The maker's own: power down, the card's number, where it is registered, settings by name."""

    def __init__(self, parts: Parts) -> None:
        self.device = parts.device
        self._radio = parts.radio
        self._power = parts.power

    def reset(self) -> None:
        """Nothing volatile."""

    def _qpowd(self) -> Outcome:
        """OK first, the goodbye when it has left the network."""
        self.device.after(self.device.latency(timing.POWER_DOWN), self._go)
        return info()

    def _go(self) -> None:
        goodbye = self.device.personality.boot.goodbye
        for terminal in self.device.terminals():
            terminal.say(goodbye or "")
        self._power.switch_off()

    def _qinistat(self) -> Outcome:
        """A sum: 1 the card answers, 2 messages can be had, 4 the phone book too."""
        device = self.device
        ready = device.sim is not None and device.sim_started and device.sim.ready
        return info(f"+QINISTAT: {1 * ready + 6 * device.messages_ready}")

    def _qsimstat(self) -> Outcome:
        return info(f"+QSIMSTAT: 0,{int(self.device.sim is not None)}")

    def _qnwinfo(self) -> Outcome:
        if not self._radio.registered:
            return info("+QNWINFO: No Service")
        return info(f'+QNWINFO: "FDD LTE","{self.device.network.config.plmn}","LTE BAND 3",1300')

    def _qcsq(self) -> Outcome:
        """RSSI and RSRP in dBm, SINR in fifths of a dB from -20 dB on, RSRQ in dB."""
        rssi = self._radio.rssi_dbm
        if rssi is None or not self._radio.registered:
            return info('+QCSQ: "NOSERVICE"')
        return info(f'+QCSQ: "LTE",{rssi},{max(-140, rssi - 27)},160,-11')

    def _qspn(self) -> Outcome:
        if not self._radio.registered:
            raise CmeRefusedError(30)
        operator = self.device.network.config
        return info(
            f'+QSPN: "{operator.operator_name}","{operator.operator_short_name}","",0,"{operator.plmn}"'
        )

    def _qeng(self, arguments: Arguments) -> Outcome:
        if arguments.string(0).lower() != "servingcell":
            return info()
        device, cell = self.device, self._radio.ps.cell or self._radio.cs.cell
        rssi = self._radio.rssi_dbm
        if cell is None or rssi is None:
            return info('+QENG: "servingcell","SEARCH"')
        plmn = device.network.config.plmn
        return info(
            f'+QENG: "servingcell","NOCONN","LTE","FDD",{plmn[:3]},{plmn[3:]},{cell.cell_id:X},301,1300,3,5,5,'
            f"{cell.lac:X},{max(-140, rssi - 27)},-11,{rssi},12,35"
        )

    def _setting(self, command: str, arguments: Arguments) -> Outcome:
        """``"name"`` asks, ``"name",value`` sets."""
        name, _, value = arguments.text.partition(",")
        name = name.strip('"').lower()
        if name not in SETTINGS:
            raise CmeRefusedError(50)
        if not value:
            return info(f'{command}: "{name}",{self.device.remembered.get(name, SETTINGS[name])}')
        self.device.remembered[name] = value
        return info()

    table: ClassVar[Table["QuectelLteCommands"]] = {
        "+QPOWD": Command("(0,1)", None, lambda f, _: f._qpowd(), _qpowd),
        "+QCCID": Command("", execute=lambda f: info(f"+QCCID: {printed_iccid(f.device.card())}")),
        "+CCID": Command("", execute=lambda f: info(f"+CCID: {printed_iccid(f.device.card())}")),
        "+QGMR": Command("", execute=lambda f: info(f"{f.device.personality.revision}_01.001.01.001")),
        "+QINISTAT": Command("(0-7)", execute=_qinistat),
        "+QSIMSTAT": Command("(0,1)", _qsimstat, lambda f, _: info()),
        "+QSIMDET": remembered("+QSIMDET", "0,0", "(0,1),(0,1)"),
        "+QNWINFO": Command("", execute=_qnwinfo),
        "+QCSQ": Command("", execute=_qcsq),
        "+QSPN": Command("", execute=_qspn),
        "+QENG": Command('("servingcell","neighbourcell")', None, _qeng),
        "+QCFG": Command("", None, lambda f, a: f._setting("+QCFG", a)),
        "+QURCCFG": Command("", None, lambda f, a: f._setting("+QURCCFG", a)),
        "+QICFG": Command("", None, lambda f, a: f._setting("+QICFG", a)),
        "+QSCLK": remembered("+QSCLK", "0", "(0,1)"),
        "+QINDCFG": Command("", None, lambda f, _: info()),
        "+CTZU": remembered("+CTZU", "0", "(0,1,3)"),
        "+CTZR": remembered("+CTZR", "0", "(0-2)"),
    }


EC25: Final = Personality(
    manufacturer="Quectel",
    model="EC25",
    revision="EC25EFAR06A06M4G",
    information=("Quectel\r\nEC25\r\nRevision: EC25EFAR06A06M4G",),
    unknown_command_cme=None,
    boot=BootTalk(
        started=("RDY",),
        behind_card=("+QUSIM: 1", "+CFUN: 1"),
        ready=("+QIND: SMS DONE", "+QIND: PB DONE"),
        messages_with="+QIND: SMS DONE",
        hidden_by_autobauding=False,
        goodbye="POWERED DOWN",
    ),
    access_technology=LTE,
    uicc=True,
    under_voltage=('+QIND: "vbatt",-1', '+QIND: "vbatt",-2'),
    # No answer of this family is known: the form of 27.007 7.15 is chosen, unverified on hardware.
    ussd_encoding=UssdEncoding.GSM7_PLAIN,
    features=(LteService, QuectelLteCommands, QuectelPinCounters, QuectelLteSockets),
)
