"""The radio: two domains that register, and what the modem knows of the network."""

from collections.abc import Callable

from at_commands.sim_files import Located
from firmware_sim.modem import timing
from firmware_sim.modem.device import Device
from firmware_sim.modem.registration import (
    CAUSES_FOR_BOTH_DOMAINS,
    PLMN_NOT_ALLOWED,
    TABLE,
    Camp,
    Event,
    location_status,
    reject_event,
)
from firmware_sim.modem.timers import Timer
from firmware_sim.network import (
    Accepted,
    CallAnswered,
    CallArrived,
    CallEnded,
    Detached,
    Domain,
    NetworkNotice,
    PdpDropped,
    Rejected,
    SmsArrived,
    SmsReported,
    UssdPushed,
)


class DomainRegistration:
    """One row of the table's life: its state, its timer, its cell."""

    def __init__(self, domain: Domain, device: Device, radio: "Radio") -> None:
        self.domain: Domain = domain
        self.camp = Camp.OFF
        self.cell: Accepted | None = None
        self.device = device
        self._radio = radio
        self._timer: Timer | None = None
        self._rejects_in_a_row = 0
        self.insists = False  # the user chose this network: one attempt, whatever the card says of it

    def handle(self, event: Event) -> None:
        """Follow the table; an event that does not apply changes nothing."""
        entered = TABLE[self.camp].get(event)
        if entered is None:
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        left, self.camp = self.camp, entered
        if not entered.registered:
            self.cell = None
        self._on_entry(entered)
        self._radio.moved(self, left)

    def forget(self) -> None:
        """Without a word: the power is gone."""
        self.camp, self.cell, self._timer, self._rejects_in_a_row = Camp.OFF, None, None, 0
        self.insists = False

    def look_again(self) -> None:
        """The signal changed."""
        if self.device.network.signal_dbm(self.device.imei) is None:
            self.handle(Event.CELL_LOST)
        elif self.camp is Camp.SEARCHING and self._timer is None:
            self._search()

    def _on_entry(self, camp: Camp) -> None:
        match camp:
            case Camp.SEARCHING:
                self._search()
            case Camp.ASKING:
                self._wait(self.device.latency(self.device.network.config.registration_delay_s), self._ask)
            case Camp.BACKING_OFF:
                self._rejects_in_a_row += 1
                patient = self._rejects_in_a_row > timing.ATTEMPTS_BEFORE_T3212
                self._wait(timing.T3212_S if patient else timing.T3211_S, lambda: self.handle(Event.RETRY))
            case Camp.FORBIDDEN | Camp.BARRED | Camp.LIMITED:
                self._wait(timing.FORBIDDEN_RETRY_S, lambda: self.handle(Event.RETRY))
            case Camp.OFF | Camp.HOME | Camp.ROAMING:
                self._rejects_in_a_row = 0

    def _wait(self, seconds: float, then: Callable[[], None]) -> None:
        def run_out() -> None:
            self._timer = None
            then()

        self._timer = self.device.after(seconds, run_out)

    def _search(self) -> None:
        self._wait(self.device.latency(self.device.network.config.search_delay_s), self._search_over)

    def _search_over(self) -> None:
        # without a signal it stays SEARCHING, without a timer: the network tells when the field changes
        if self.device.network.signal_dbm(self.device.imei) is None:
            return
        card = self.device.sim
        on_list = card is not None and card.forbids(self.device.network.config.plmn)
        self.handle(Event.ON_LIST if on_list and not self.insists else Event.CELL)

    def _ask(self) -> None:
        device = self.device
        if device.sim is None:
            return
        answer = device.network.register(device.sim.imsi, device.imei, self.domain, device.now)
        self.insists = False
        if isinstance(answer, Rejected):
            self._radio.rejected(self, answer.cause)
        else:
            self.cell = answer
            plmn = device.network.config.plmn
            device.sim.forgive(plmn)
            if self.domain == "cs":
                device.sim.located(plmn, answer.lac, Located.UPDATED)
            self.handle(Event.ROAMING if answer.roaming else Event.HOME)


class Radio:
    """Both domains, and the notices of the network."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self.cs = DomainRegistration("cs", device, self)
        self.ps = DomainRegistration("ps", device, self)
        self.last_cause: int | None = None  # MM or GMM
        self.last_sm_cause: int | None = None
        self.wanted = True  # False after +COPS=2
        self.on_moved: list[Callable[[DomainRegistration, Camp], None]] = []
        self.on_message: Callable[[SmsArrived | SmsReported], None] = lambda message: None
        self.on_ussd: Callable[[UssdPushed], None] = lambda pushed: None
        self.on_call: Callable[[CallArrived | CallAnswered | CallEnded], None] = lambda notice: None
        self.on_pdp_dropped: Callable[[int], None] = lambda cause: None
        self.on_ps_lost: Callable[[], None] = lambda: None
        self._unsubscribe: Callable[[], None] | None = None
        self._imsi = ""  # of the card subscribed for

    def reset(self) -> None:
        """The power is gone. The network is not told; the last cause is not kept."""
        self._end_subscription()
        self.cs.forget()
        self.ps.forget()
        self.last_cause = self.last_sm_cause = None
        self.wanted = True

    @property
    def registered(self) -> bool:
        """Service in any domain."""
        return self.cs.camp.registered or self.ps.camp.registered

    @property
    def rssi_dbm(self) -> int | None:
        """What the receiver hears; nothing when it is off."""
        return self.device.network.signal_dbm(self.device.imei) if self.device.radio_on else None

    def review(self) -> None:
        """Radio or card changed: start or stop both domains."""
        device = self.device
        card = device.sim
        may = device.radio_on and device.sim_started and card is not None and card.ready
        if may and card is not None and self._unsubscribe is None:
            self._imsi = card.imsi
            imsi = card.imsi
            self._unsubscribe = device.network.subscribe(
                imsi, lambda notice: self._note(imsi, notice), answers_messages=True
            )
            self._both(Event.ON)
            if not self.wanted:
                self._both(Event.DETACH)
        elif not may and self._unsubscribe is not None:
            self._end_subscription()
            device.network.deregister(self._imsi, device.now)
            self.cs.insists = self.ps.insists = False
            self._both(Event.OFF)

    def want(self, wanted: bool, *, insists: bool = False) -> None:
        """``+COPS``: leave the network, or look for it again. A denial for good outlives both.

        Args:
            insists: The user chose it: it is tried once, also when the card forbids it.
        """
        self.wanted = wanted
        for domain in (self.cs, self.ps):
            domain.insists = insists and not domain.camp.registered
        if not wanted and self._unsubscribe is not None:
            self.device.network.deregister(self._imsi, self.device.now)
        self._both(Event.ATTACH if wanted else Event.DETACH)

    def rejected(self, domain: DomainRegistration, cause: int) -> None:
        """The network said no to a domain, or put it off."""
        self.last_cause, self.last_sm_cause = cause, None
        card = self.device.sim
        if cause == PLMN_NOT_ALLOWED and card is not None:
            card.forbid(self.device.network.config.plmn)
            self.cs.insists = self.ps.insists = False
        if card is not None and domain is self.cs:
            card.located("", 0, location_status(cause))
        event = reject_event(cause)
        domain.handle(event)
        if cause in CAUSES_FOR_BOTH_DOMAINS:
            self._both(event)

    def moved(self, domain: DomainRegistration, left: Camp) -> None:
        """A domain changed its state."""
        if domain is self.ps and left.registered and not domain.camp.registered:
            self.on_ps_lost()
        for observer in self.on_moved:
            observer(domain, left)

    def _note(self, imsi: str, notice: NetworkNotice) -> None:
        """Called by the network at any moment, even while we are asking it something: take it up by
        itself.
        """
        # An idle modem's own time stands still: what it times from the news on would be over at once.
        at = max(self.device.now, self.device.network.now)
        self.device.timers.at(at, lambda: self._take_up(imsi, notice))
        self.device.wake()

    def _take_up(self, imsi: str, notice: NetworkNotice) -> None:
        if self._unsubscribe is None or imsi != self._imsi:
            return  # the radio went off, or another card came, between the news and now
        match notice:
            case Detached(cause):
                self.rejected(self.cs, cause)
                self.rejected(self.ps, cause)
            case PdpDropped(cause):
                self.on_pdp_dropped(cause)
            case SmsArrived() | SmsReported():
                self.on_message(notice)
            case UssdPushed():
                self.on_ussd(notice)
            case CallArrived() | CallAnswered() | CallEnded():
                self.on_call(notice)
            case _:
                self.cs.look_again()
                self.ps.look_again()

    def _both(self, event: Event) -> None:
        self.cs.handle(event)
        self.ps.handle(event)

    def _end_subscription(self) -> None:
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None
