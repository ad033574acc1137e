"""What the modem says of the network: registration, signal, operator (3GPP TS 27.007 clause 7)."""

from typing import ClassVar

from firmware_sim.modem import timing
from firmware_sim.modem.commands import Arguments, Command, Table
from firmware_sim.modem.device import Device
from firmware_sim.modem.error_results import cause_text
from firmware_sim.modem.outcomes import CmeRefusedError, Later, Outcome, info
from firmware_sim.modem.radio import DomainRegistration, Radio
from firmware_sim.modem.registration import Camp

OTHER_OPERATORS = (
    ("MegaFon", "MegaFon", "25002"),
    ("Beeline", "Beeline", "25099"),
    ("Tele2", "Tele2", "25020"),
)


class NetworkService:
    """``+CREG``, ``+CGREG``, ``+CSQ``, ``+COPS``, ``+CEER``."""

    def __init__(self, device: Device, radio: Radio) -> None:
        self.device = device
        self._radio = radio
        self._format = 0
        self._mode = 0
        radio.on_moved.append(self._report)

    def reset(self) -> None:
        """Long names, automatic."""
        self._format = self._mode = 0

    # -- registration

    def _set(self, domain: DomainRegistration, arguments: Arguments) -> Outcome:
        self.device.reporting[_name(domain)] = arguments.number(0, 0, allowed=range(3))
        return info()

    def _read(self, domain: DomainRegistration) -> Outcome:
        n = self.device.reporting.get(_name(domain), 0)
        return info(f"{_name(domain)}: {n},{self._status(domain, n)}")

    def _status(self, domain: DomainRegistration, n: int) -> str:
        cell = f',"{domain.cell.lac:04X}","{domain.cell.cell_id:04X}"' if n == 2 and domain.cell else ""
        return f"{domain.camp.stat}{cell}"

    def _report(self, domain: DomainRegistration, left: Camp) -> None:
        n = self.device.reporting.get(_name(domain), 0)
        if n and domain.camp.stat != left.stat:
            self.device.urc(f"{_name(domain)}: {self._status(domain, n)}")

    # -- signal and operator

    def _csq(self) -> Outcome:
        dbm = self._radio.rssi_dbm
        return info(f"+CSQ: {99 if dbm is None else min(31, max(0, (dbm + 113) // 2))},0")

    def _cops(self) -> Outcome:
        if not self._radio.registered:
            return info(f"+COPS: {self._mode}")
        config = self.device.network.config
        name = (config.operator_name, config.operator_short_name, config.plmn)[self._format]
        return info(f'+COPS: {self._mode},{self._format},"{name}"')

    def _set_cops(self, arguments: Arguments) -> Outcome:
        mode = arguments.number(0, allowed=range(5))
        if mode == 3:
            self._format = arguments.number(1, allowed=range(3))
            return info()
        self.device.ready_card()
        if mode in (1, 4):
            config = self.device.network.config
            wanted = arguments.string(2)
            if wanted not in (config.operator_name, config.operator_short_name, config.plmn):
                raise CmeRefusedError(30)
            self._format = arguments.number(1, allowed=range(3))
        self._mode = mode

        def select() -> Outcome:
            self._radio.want(mode != 2)
            return info()

        return Later(self.device.latency(timing.DETACH), select)

    def _scan(self) -> Outcome:
        self.device.ready_card()
        if not self.device.radio_on:
            raise CmeRefusedError(30)
        return Later(self.device.latency(timing.OPERATOR_SCAN), self._scanned, abort=info)

    def _scanned(self) -> Outcome:
        found = []
        if self._radio.rssi_dbm is not None:
            config = self.device.network.config
            denied = Camp.DENIED in (self._radio.cs.camp, self._radio.ps.camp)
            status = 2 if self._radio.registered else 3 if denied else 1
            found.append(
                f'({status},"{config.operator_name}","{config.operator_short_name}","{config.plmn}")'
            )
            found += [f'(3,"{a}","{b}","{plmn}")' for a, b, plmn in OTHER_OPERATORS if plmn != config.plmn]
        return info(f"+COPS: {','.join(found)},,(0-4),(0-2)")

    def _ceer(self) -> Outcome:
        radio = self._radio
        if radio.last_sm_cause is not None:
            return info(f"+CEER: {cause_text('sm', radio.last_sm_cause)}")
        return info(
            f"+CEER: {'No Cause' if radio.last_cause is None else cause_text('mm', radio.last_cause)}"
        )

    table: ClassVar[Table["NetworkService"]] = {
        "+CREG": Command("(0-2)", lambda f: f._read(f._radio.cs), lambda f, a: f._set(f._radio.cs, a)),
        "+CGREG": Command("(0-2)", lambda f: f._read(f._radio.ps), lambda f, a: f._set(f._radio.ps, a)),
        "+CSQ": Command("(0-31,99),(0-7,99)", execute=_csq),
        "+COPS": Command(_scan, _cops, _set_cops),
        "+CEER": Command("", execute=_ceer),
    }


def _name(domain: DomainRegistration) -> str:
    return "+CREG" if domain.domain == "cs" else "+CGREG"
