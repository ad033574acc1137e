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


REFUSED = frozenset({Camp.DENIED, Camp.BARRED, Camp.FORBIDDEN, Camp.BACKING_OFF})


def _registration(name: str) -> Command["NetworkService"]:
    return Command(lambda f: f._modes(name), lambda f: f._read(name), lambda f, a: f._set(name, a))


class NetworkService:
    """``+CREG``, ``+CGREG``, ``+CEREG``, ``+CSQ``, ``+COPS``, ``+CEER``."""

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

    def _set(self, name: str, arguments: Arguments) -> Outcome:
        highest = self.device.personality.registration_modes
        self.device.reporting[name] = arguments.number(0, 0, allowed=range(highest + 1))
        return info()

    def _modes(self, name: str) -> Outcome:
        return info(f"{name}: (0-{self.device.personality.registration_modes})")

    def _read(self, name: str) -> Outcome:
        n = self.device.reporting.get(name, 0)
        return info(f"{name}: {n},{self._status(self._domain(name), n)}")

    def _status(self, domain: DomainRegistration, n: int) -> str:
        """The fields behind ``n``: the cell from 2 on, and from 3 on why not (27.007, 7.2)."""
        act = self.device.personality.access_technology
        technology = "" if act is None else f",{act}"
        if n >= 2 and domain.cell:
            return f'{domain.camp.stat},"{domain.cell.lac:04X}","{domain.cell.cell_id:04X}"{technology}'
        if n >= 3 and domain.camp in REFUSED and self._radio.last_cause is not None:
            return f"{domain.camp.stat},,{technology or ','},0,{self._radio.last_cause}"
        return f"{domain.camp.stat}"

    def _report(self, domain: DomainRegistration, left: Camp) -> None:
        if domain.camp.stat == left.stat:
            return
        for name in ("+CREG",) if domain is self._radio.cs else ("+CGREG", "+CEREG"):
            if n := self.device.reporting.get(name, 0):
                self.device.urc(f"{name}: {self._status(domain, n)}")

    def _domain(self, name: str) -> DomainRegistration:
        return self._radio.cs if name == "+CREG" else self._radio.ps

    # -- signal and operator

    def _csq(self) -> Outcome:
        dbm = self._radio.rssi_dbm
        return info(f"+CSQ: {99 if dbm is None else min(31, max(0, (dbm + 113) // 2))},0")

    def _cops(self) -> Outcome:
        if not self._radio.registered:
            return info(f"+COPS: {self._mode}")
        config = self.device.network.config
        name = (config.operator_name, config.operator_short_name, config.plmn)[self._format]
        act = self.device.personality.access_technology
        technology = "" if act is None else f",{act}"
        return info(f'+COPS: {self._mode},{self._format},"{name}"{technology}')

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
            self._radio.want(mode != 2, insists=mode in (1, 4))
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
            act = self.device.personality.access_technology
            technology = "" if act is None else f",{act}"
            denied = Camp.DENIED in (self._radio.cs.camp, self._radio.ps.camp)
            on_list = self.device.sim is not None and self.device.sim.forbids(config.plmn)
            status = 2 if self._radio.registered else 3 if denied or on_list else 1
            found.append(
                f'({status},"{config.operator_name}","{config.operator_short_name}","{config.plmn}"{technology})'
            )
            found += [
                f'(3,"{a}","{b}","{plmn}"{technology})'
                for a, b, plmn in OTHER_OPERATORS
                if plmn != config.plmn
            ]
        return info(f"+COPS: {','.join(found)},,(0-4),(0-2)")

    def _ceer(self) -> Outcome:
        radio = self._radio
        if radio.last_sm_cause is not None:
            return info(f"+CEER: {cause_text('sm', radio.last_sm_cause)}")
        return info(
            f"+CEER: {'No Cause' if radio.last_cause is None else cause_text('mm', radio.last_cause)}"
        )

    table: ClassVar[Table["NetworkService"]] = {
        **{name: _registration(name) for name in ("+CREG", "+CGREG", "+CEREG")},
        "+CSQ": Command("(0-31,99),(0-7,99)", execute=_csq),
        "+COPS": Command(_scan, _cops, _set_cops),
        "+CEER": Command("", execute=_ceer),
    }
