"""GPRS attach and the one PDP context (3GPP TS 27.007 clause 10)."""

from collections.abc import Callable
from typing import ClassVar

from firmware_sim.modem import timing
from firmware_sim.modem.commands import Arguments, Command, Table, remembered
from firmware_sim.modem.device import Device
from firmware_sim.modem.number_settings import numbers
from firmware_sim.modem.outcomes import CmeRefusedError, Later, Outcome, Pending, RefusedError, info
from firmware_sim.modem.radio import DomainRegistration, Radio
from firmware_sim.modem.registration import Camp, Event
from firmware_sim.modem.timers import Timer
from firmware_sim.network import PdpRejected

ATTACH_TIMEOUT_S = 75.0  # SIM800 manual, AT+CGATT

# 27.007 9.2.2 names SM causes 26…38 one by one; the others are "unspecified GPRS error".
SM_CAUSE_TO_CME = {8: 177, 29: 149} | {sm: 100 + sm for sm in (26, 27, 28, 30, 31, 32, 33, 34, 36)}
UNSPECIFIED_GPRS_ERROR = 148


class PacketData:
    """Attach, and a context that ``+CGACT`` and the TCP stack share."""

    def __init__(self, device: Device, radio: Radio) -> None:
        self.device = device
        self._radio = radio
        self.apn = ""
        self.ip: str | None = None
        self._imsi = ""
        self._attaching: tuple[Pending, Timer] | None = None
        self.on_lost: list[Callable[[], None]] = []
        radio.on_ps_lost = self._lost
        radio.on_moved.append(lambda domain, left: self.review_attach(domain))
        radio.on_pdp_dropped = lambda cause: self._lost()

    def reset(self) -> None:
        """No context defined, none open."""
        self.apn, self.ip, self._attaching = "", None, None

    # -- the context

    def open(self, apn: str) -> str:
        """Activate the context, if it is not; its address.

        Raises:
            CmeRefusedError: Not attached, or the network refuses (its SM cause as 27.007 numbers it).
        """
        if self.ip is not None:
            return self.ip
        device = self.device
        card = device.ready_card()
        if not self._radio.ps.camp.registered:
            raise CmeRefusedError(30)
        answer = device.network.open_pdp(card.imsi, device.imei, apn, device.now)
        if isinstance(answer, PdpRejected):
            self._radio.last_sm_cause = answer.cause
            raise CmeRefusedError(SM_CAUSE_TO_CME.get(answer.cause, UNSPECIFIED_GPRS_ERROR))
        self._imsi = card.imsi
        self.ip = answer.ip
        return answer.ip

    def close(self) -> None:
        """Deactivate it; harmless when there is none."""
        if self.ip is not None:
            self.ip = None
            self.device.network.close_pdp(self._imsi, self.device.now)

    def count(self, n_bytes: int) -> bool:
        """Payload went either way. False: the month's quota is used up, and the context is gone."""
        return self.ip is not None and self.device.network.count_traffic(self._imsi, n_bytes, self.device.now)

    @property
    def open_delay_s(self) -> float:
        """What an activation takes."""
        return self.device.latency(self.device.network.config.pdp_delay_s)

    def _lost(self) -> None:
        if self.ip is not None:
            self.ip = None
            for tell in self.on_lost:
                tell()

    # -- commands

    def _cgatt(self) -> Outcome:
        return info(f"+CGATT: {int(self._radio.ps.camp.registered)}")

    def _set_cgatt(self, arguments: Arguments) -> Outcome:
        wanted = arguments.number(0, allowed=range(2))
        device, ps = self.device, self._radio.ps
        card = device.ready_card()
        if not wanted:
            self.close()
            device.network.deregister(card.imsi, device.now, "ps")
            ps.handle(Event.DETACH)
            return Later(device.latency(timing.DETACH), info)
        ps.handle(Event.ATTACH)
        if ps.camp is Camp.OFF:
            raise CmeRefusedError(30)
        if (settled := self._attach_result(ps)) is not None:
            return settled()
        pending = Pending()
        self._attaching = pending, device.after(ATTACH_TIMEOUT_S, self._attach_timed_out)
        return pending

    def review_attach(self, domain: DomainRegistration) -> None:
        """A domain moved: a waiting ``+CGATT=1`` may be through."""
        if domain is not self._radio.ps or self._attaching is None:
            return
        settled = self._attach_result(domain)
        if settled is not None:
            pending, timer = self._attaching
            self._attaching = None
            timer.cancel()
            pending.complete(Later(0, settled))

    def _attach_result(self, ps: DomainRegistration) -> Callable[[], Outcome] | None:
        if ps.camp.registered:
            return info
        if ps.camp in (Camp.DENIED, Camp.BARRED, Camp.LIMITED, Camp.FORBIDDEN):
            return self._refuse_attach
        return None

    def _refuse_attach(self) -> Outcome:
        """27.007 9.2.2.1: GMM causes are numbered from 100."""
        raise CmeRefusedError(100 + (self._radio.last_cause or UNSPECIFIED_GPRS_ERROR - 100))

    def _attach_timed_out(self) -> None:
        if self._attaching is not None:
            pending, _ = self._attaching
            self._attaching = None
            pending.complete(Later(0, self._give_up_attach))

    def _give_up_attach(self) -> Outcome:
        raise CmeRefusedError(31)

    def _cgdcont(self) -> Outcome:
        return info(f'+CGDCONT: 1,"IP","{self.apn}","{self.ip or "0.0.0.0"}",0,0') if self.apn else info()

    def _set_cgdcont(self, arguments: Arguments) -> Outcome:
        if arguments.number(0, allowed=range(1, 4)) != 1:
            return info()  # contexts 2 and 3 may be defined; only the first is ever activated
        if arguments.string(1, "IP").upper() != "IP":
            raise CmeRefusedError(50)
        self.apn = arguments.string(2, "")
        return info()

    def _cgact(self) -> Outcome:
        return info(f"+CGACT: 1,{int(self.ip is not None)}")

    def _set_cgact(self, arguments: Arguments) -> Outcome:
        if arguments.number(1, 1, allowed=range(1, 4)) != 1:
            raise RefusedError
        if not arguments.number(0, allowed=range(2)):
            self.close()
            return Later(self.device.latency(timing.PDP_CLOSE), info)

        def activate() -> Outcome:
            self.open(self.apn)
            return info()

        return Later(self.open_delay_s, activate)

    def _cgpaddr(self) -> Outcome:
        return info(f'+CGPADDR: 1,"{self.ip or "0.0.0.0"}"')

    table: ClassVar[Table["PacketData"]] = {
        "+CGATT": Command("(0,1)", _cgatt, _set_cgatt),
        "+CGDCONT": Command('(1-3),"IP",,,(0-2),(0-4)', _cgdcont, _set_cgdcont),
        "+CGACT": Command("(0,1)", _cgact, _set_cgact),
        "+CGPADDR": Command("(1)", None, lambda f, _: f._cgpaddr(), _cgpaddr),
        "+CGCLASS": remembered("+CGCLASS", '"B"', '("B","CG","CC")'),
        "+CGEREP": numbers("+CGEREP", range(3), (0, 1), start=(0, 0)),
        "+CGSMS": numbers("+CGSMS", range(4), start=(1,)),
        "+CGAUTO": numbers("+CGAUTO", range(4), start=(1,)),
    }
