"""The radio network and its operator, without I/O: procedures in, answers and notices out.

Theory of operation. A subscriber is in one of five states; the state alone decides which procedures succeed:

    state       register (CS, PS)          data session
    in_stock    denied, `denial_cause`     -
    active      accepted                   accepted within the month's quota, from the bound device
    suspended   accepted                   refused, 33 (service option not subscribed)
    blocked     denied, `blocked_cause`    -
    terminated  denied, `terminated_cause` -

Four things change a state: the operator's sweep (paid cards in stock become active), a scheduled activation,
`set_state` (an operator's clerk), and a data session from a device the card is not bound to (it becomes
blocked; registering anywhere is tolerated, docs/adr/0005).

An operator with books of its own (`firmware_sim.operator`) may stand behind: it provisions the cards, is told of their
use, and answers codes; then months and quotas are its business, and the sweep here is switched off.

An activation is silent. No modem hears of it: one that was denied for good finds out only by registering
anew.

The network never sleeps and reads no clock. Every procedure takes `now` (monotonic seconds) and first lets
everything happen that is due by then; a shell calls `advance` at `next_wake` so that notices come in time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from random import Random
from types import MappingProxyType
from typing import TypeAlias

from firmware_sim.network.agenda import Activation, Agenda, MonthEnds, Sweep
from firmware_sim.network.answers import (
    Accepted,
    CallEnded,
    Detached,
    Domain,
    NetworkNotice,
    PdpAccepted,
    PdpDropped,
    PdpRejected,
    Rejected,
    SignalChanged,
    SmsArrived,
    SmsReported,
    UserData,
    UssdPushed,
    UssdReply,
)
from firmware_sim.network.config import NetworkConfig
from firmware_sim.network.injected_rejects import InjectedRejects
from firmware_sim.network.sms_centre import (
    DELIVERED,
    NO_RESPONSE,
    NOT_OBTAINABLE,
    REJECTED,
    RP_MEMORY_FULL,
    VALIDITY_EXPIRED,
    Errand,
    SmsCentre,
    StoredMessage,
    parts_of,
)
from firmware_sim.network.subscriber import (
    MAX_HISTORY,
    Provision,
    StateChange,
    Subscriber,
    SubscriberState,
)
from firmware_sim.network.usage import DataOpened, Misused, SmsSent, TrafficUsed, Usage
from firmware_sim.network.ussd_service import UssdService
from firmware_sim.network.voice_calls import VoiceCalls

Listener: TypeAlias = Callable[[NetworkNotice], None]

CAUSE_UNKNOWN_IMSI = 2
SM_BARRED = 8
"""Operator determined barring: the month's traffic is used up, or the card is misused."""
SM_UNKNOWN_APN = 27
SM_NOT_SUBSCRIBED = 33

PARTIAL_RECORD_BYTES = 10_240
"""Traffic is reported when so much has come together, and at the session's end."""

MAX_RECORDS = 10_000
"""Registration records kept; the oldest go first."""


@dataclass(frozen=True)
class RegistrationRecord:
    """One registration procedure as the network saw it; `cause` is None when it was accepted."""

    at: float
    imsi: str
    imei: str
    domain: Domain
    cause: int | None


@dataclass(frozen=True)
class PdpSession:
    """A data session under way."""

    imsi: str
    imei: str
    apn: str
    ip: str
    opened_at: float


class Network:
    """One operator with one cell and its subscribers by IMSI.

    Args:
        config: the operator.
        random: draws the sweep's phase and addresses; seed it and every run is the same.
        now: monotonic seconds at the start; belongs to `config.wall_at_start_s`.
    """

    def __init__(self, config: NetworkConfig | None = None, *, random: Random, now: float) -> None:
        self.config = config or NetworkConfig()
        self._now = now
        self._started_at = now
        self._subscribers: dict[str, Subscriber] = {}
        self._listeners: dict[str, list[Listener]] = {}
        self._answering: set[Listener] = set()  # those that answer messages
        self._observers: list[Callable[[Subscriber, StateChange], None]] = []
        self._sessions: dict[str, PdpSession] = {}
        self._camped: dict[str, set[Domain]] = {}
        self._signals: dict[str, int | None] = {}
        self._cell_rssi_dbm = self.config.rssi_dbm
        self._next_host = random.randrange(10, 200)
        self._agenda = Agenda(self.config, random, now)
        self._rejects = InjectedRejects()
        self._pdp_rejects = InjectedRejects()
        self._ussd = UssdService(self.config.ussd_texts, self.config.ussd_menus)
        self._centre = SmsCentre(self.config.sms, Random(random.random()))
        self._calls = VoiceCalls(self._notify)
        self._report_usage: Callable[[Usage], None] | None = None
        self._unreported_bytes: dict[str, int] = {}
        self.on_reschedule: Callable[[], None] | None = None
        """Called when something was planned that may come before the last `next_wake`; for the shell."""
        self.registrations: deque[RegistrationRecord] = deque(maxlen=MAX_RECORDS)

    # -- the operator's records

    @property
    def subscribers(self) -> Mapping[str, Subscriber]:
        """All subscribers by IMSI, read-only."""
        return MappingProxyType(self._subscribers)

    def add_subscriber(self, subscriber: Subscriber) -> Subscriber:
        """Enter a card into the records. Raises ValueError when its IMSI or number is there already."""
        if subscriber.imsi in self._subscribers:
            raise ValueError(f"IMSI {subscriber.imsi} is already known")
        if subscriber.msisdn and self._by_number(subscriber.msisdn):
            raise ValueError(f"number {subscriber.msisdn} is already given out")
        self._subscribers[subscriber.imsi] = subscriber
        subscriber.history.append(StateChange(self._now, subscriber.state, "entered"))
        return subscriber

    def subscriber(self, imsi: str) -> Subscriber:
        """The card with this IMSI; KeyError if the operator does not know it."""
        return self._subscribers[imsi]

    def observe(self, observer: Callable[[Subscriber, StateChange], None]) -> None:
        """Hear of every change of any subscriber's state: the operator's own view, which no modem has."""
        self._observers.append(observer)

    def set_state(
        self, imsi: str, state: SubscriberState, now: float, reason: str = "set by the operator"
    ) -> None:
        """Put a card into `state`; registration and data that it no longer permits end at once."""
        self.advance(now)
        self._change(self.subscriber(imsi), state, reason)

    def pay(self, imsi: str, now: float) -> None:
        """The card becomes active in the vendor's service (S0.24): from now on the sweep sees it."""
        self.advance(now)
        self.subscriber(imsi).paid = True

    def bind(self, imsi: str, imei: str | None, now: float) -> None:
        """Bind the card to a device, as the vendor's account does (S0.10); None unbinds."""
        self.advance(now)
        self.subscriber(imsi).bound_imei = imei

    def report_usage(self, to: Callable[[Usage], None]) -> None:
        """Tell an operator what its subscribers use; from now on months and quotas are its business."""
        self._report_usage = to

    @property
    def ussd_service(self) -> UssdService:
        """The codes, for an operator who answers some himself."""
        return self._ussd

    def provision(self, imsi: str, entry: Provision, now: float, reason: str = "by the operator") -> None:
        """Put what the operator's books say in the place of what was; what it no longer permits ends at once."""
        self.advance(now)
        subscriber = self.subscriber(imsi)
        subscriber.paid = entry.paid
        subscriber.msisdn = entry.msisdn
        subscriber.bound_imei = entry.bound_imei
        subscriber.data_allowed = entry.data_allowed
        subscriber.traffic_limit_bytes = entry.traffic_limit_bytes
        subscriber.traffic_used_bytes = entry.traffic_used_bytes + self._unreported_bytes.get(imsi, 0)
        subscriber.balance_kopecks = entry.balance_kopecks
        subscriber.tariff = entry.tariff
        subscriber.latin_answers = entry.latin_answers
        self._change(subscriber, entry.state, reason)
        session = self._sessions.get(imsi)
        if session is None:
            return
        if not entry.data_allowed:
            self._end_session(imsi, SM_NOT_SUBSCRIBED)
        elif subscriber.quota_used_up or not _may_use(subscriber, session.imei):
            self._end_session(imsi, SM_BARRED)

    def schedule_activation(self, imsi: str, at: float) -> None:
        """Activate this card at `at` (monotonic seconds) whatever the sweep does.

        Only if it is in stock then.
        """
        self.subscriber(imsi)
        self._agenda.plan_activation(imsi, at)
        if self.on_reschedule:
            self.on_reschedule()

    # -- time

    @property
    def now(self) -> float:
        """Monotonic seconds of what happened last; in a notice, of its cause."""
        return self._now

    def wall(self, now: float) -> float:
        """The operator's wall clock (UTC epoch seconds) at `now`; what the network tells modems (NITZ)."""
        return self.config.wall_at_start_s + (now - self._started_at)

    def next_wake(self) -> float | None:
        """When `advance` is due next (monotonic seconds)."""
        planned, messages = self._agenda.next_at(), self._centre.next_at()
        return planned if messages is None else min(planned, messages)

    def advance(self, now: float) -> None:
        """Let everything happen that is due by `now`, in its order. Time that runs back is ignored."""
        while (due := self.next_wake()) is not None and due <= now:
            self._now = max(self._now, due)
            if due < self._agenda.next_at():
                self._run_errands()
                continue
            match self._agenda.pop():
                case MonthEnds():
                    if self._report_usage is not None:
                        continue
                    for subscriber in self._subscribers.values():
                        subscriber.traffic_used_bytes = 0
                case Activation(imsi):
                    self._activate(self._subscribers[imsi], "activated on schedule")
                case Sweep():
                    for subscriber in self._subscribers.values():
                        if subscriber.paid:
                            self._activate(subscriber, "activated by the operator's sweep")
        self._now = max(self._now, now)

    # -- what a modem asks

    def signal_dbm(self, imei: str) -> int | None:
        """Field strength at this device, None when it hears no cell."""
        return self._signals.get(imei, self._cell_rssi_dbm)

    def set_signal(self, rssi_dbm: int | None, imei: str | None = None) -> None:
        """Set the field for one device, or for all that have none of their own."""
        if imei is None:
            self._cell_rssi_dbm = rssi_dbm
        else:
            self._signals[imei] = rssi_dbm
        for imsi in list(self._listeners):
            self._notify(imsi, SignalChanged())

    def register(self, imsi: str, imei: str, domain: Domain, now: float) -> Accepted | Rejected:
        """Location update (cs) or GPRS attach (ps). Attaching is tolerated in any device."""
        self.advance(now)
        cause = self._registration_cause(imsi, domain)
        self.registrations.append(RegistrationRecord(self._now, imsi, imei, domain, cause))
        if cause is not None:
            self._camped.get(imsi, set()).discard(domain)
            return Rejected(cause)
        self._camped.setdefault(imsi, set()).add(domain)
        if domain == "cs":
            for errand in self._centre.take_waiting(imsi):
                self._do_errand(errand)
        return Accepted(self.config.roaming, self.config.lac, self.config.cell_id)

    def deregister(self, imsi: str, now: float, domain: Domain | None = None) -> None:
        """The device detached (CFUN=0, power off, CGATT=0); without `domain` from both."""
        self.advance(now)
        if domain is None:
            self._camped.pop(imsi, None)
        else:
            self._camped.get(imsi, set()).discard(domain)
        if domain != "ps":
            self._calls.hang_up(imsi)
        if domain != "cs" and self._sessions.pop(imsi, None) is not None:
            self._report_traffic(imsi)

    def is_registered(self, imsi: str, domain: Domain) -> bool:
        """True between an accepted `register` and whatever ends it."""
        return domain in self._camped.get(imsi, set())

    def open_pdp(self, imsi: str, imei: str, apn: str, now: float) -> PdpAccepted | PdpRejected:
        """Open a data session. From a device the card is not bound to, it blocks the card (S0.1, S0.2)."""
        self.advance(now)
        cause = self._pdp_cause(imsi, imei, apn)
        if cause is not None:
            return PdpRejected(cause)
        self._next_host = 2 + (self._next_host - 1) % 250
        ip = f"{self.config.apns[apn.lower()]}.{self._next_host}"
        self._sessions[imsi] = PdpSession(imsi, imei, apn, ip, self._now)
        self._tell_usage(DataOpened(imsi, imei, apn))
        return PdpAccepted(ip)

    def close_pdp(self, imsi: str, now: float) -> None:
        """The device closed its session; closing none is no error."""
        self.advance(now)
        if self._sessions.pop(imsi, None):
            self._report_traffic(imsi)

    def session(self, imsi: str) -> PdpSession | None:
        """The card's data session, if one is open."""
        return self._sessions.get(imsi)

    def count_traffic(self, imsi: str, n_bytes: int, now: float) -> bool:
        """Count bytes of either direction. False.

        The month's quota is used up and the session is over (S0.35).
        """
        self.advance(now)
        subscriber = self.subscriber(imsi)
        subscriber.traffic_used_bytes += n_bytes
        if self._report_usage is not None:
            self._unreported_bytes[imsi] = self._unreported_bytes.get(imsi, 0) + n_bytes
            if self._unreported_bytes[imsi] >= PARTIAL_RECORD_BYTES:
                self._report_traffic(imsi)
        if not subscriber.quota_used_up:
            return True
        self._end_session(imsi, SM_BARRED)
        return False

    def ussd(self, imsi: str, code: str, now: float) -> UssdReply:
        """Answer a USSD request, or the user's choice in a menu that is open."""
        self.advance(now)
        return self._ussd.answer(self.subscriber(imsi), code)

    def push_ussd(self, imsi: str, text: str, now: float, *, needs_answer: bool = False) -> bool:
        """Say something unasked. False: the subscriber is not in the network, and USSD does not wait."""
        self.advance(now)
        self.subscriber(imsi)
        if not self.is_registered(imsi, "cs") or not self._listeners.get(imsi):
            return False
        self._notify(imsi, UssdPushed(text, needs_answer))
        return True

    def cancel_ussd(self, imsi: str) -> None:
        """The user left the menu."""
        self._ussd.cancel(imsi)

    # -- calls

    def dial(self, imsi: str, to: str, now: float) -> CallEnded | None:
        """Call a number; None: it rings there, and `CallAnswered` or `CallEnded` will tell."""
        self.advance(now)
        caller, callee = self.subscriber(imsi), self._by_number(to)
        if caller.state is not SubscriberState.ACTIVE or not self.is_registered(imsi, "cs"):
            return CallEnded()
        reached = (
            callee is not None and self.is_registered(callee.imsi, "cs") and self._listeners.get(callee.imsi)
        )
        return self._calls.dial(imsi, callee.imsi if callee and reached else None, caller.msisdn)

    def answer_call(self, imsi: str, now: float) -> bool:
        """Pick up. False: nothing rings."""
        self.advance(now)
        return self._calls.answer(imsi)

    def hang_up(self, imsi: str, now: float) -> None:
        """End the call, or refuse the one that rings; harmless without one."""
        self.advance(now)
        self._calls.hang_up(imsi)

    # -- short messages

    def submit_sms(
        self,
        imsi: str,
        to: str,
        content: str | UserData,
        now: float,
        *,
        report: bool = False,
        validity_s: float | None = None,
    ) -> int:
        """Hand a message to the centre; returns its TP-MR (0..255).

        Args:
            report: the sender wants to know what becomes of it.
            validity_s: how long the centre may try; None: as long as it does.

        Raises:
            SmsRefusedError: the sender may not send (RP cause 10 barred, 28 unidentified subscriber).
        """
        self.advance(now)
        reference = self._centre.accept(self._subscribers.get(imsi), to, content, self._now)
        sender = self.subscriber(imsi)
        self._tell_usage(SmsSent(imsi, to))
        if (answer := self._ussd.answer_sms(sender, to, content)) is not None:
            self._send_text(imsi, to, answer)
        recipient = self._by_number(to)
        if recipient is not None or report:
            self._send(
                Errand(
                    None if recipient is None else recipient.imsi,
                    self._stamped(sender.msisdn or imsi, content),
                    self._centre.expiry(self._now, validity_s),
                    imsi if report else None,
                    reference,
                    to,
                )
            )
        return reference

    def send_sms(self, imsi: str, sender: str, content: str | UserData, now: float) -> None:
        """A message from the operator or from outside; waits in the centre until the card is registered."""
        self.advance(now)
        self.subscriber(imsi)
        self._send_text(imsi, sender, content)

    def sms_received(self, imsi: str, delivery: int, now: float) -> None:
        """A modem has taken a message or a report (RP-ACK). It owes one of these answers within 45 s."""
        self.advance(now)
        if (errand := self._centre.answered(imsi, delivery)) is not None:
            self._report(errand, DELIVERED)

    def sms_refused(self, imsi: str, delivery: int, cause: int, now: float) -> None:
        """It refuses it (RP-ERROR): with cause 22 the centre keeps it until `sms_room`, with others it gives up."""
        self.advance(now)
        if (errand := self._centre.answered(imsi, delivery)) is None:
            return
        if cause == RP_MEMORY_FULL:
            self._centre.keep(errand)
            self._rescheduled()
        else:
            self._report(errand, REJECTED)

    def sms_postponed(self, imsi: str, delivery: int, now: float) -> None:
        """It can't pass it on just now; the centre tries again some time later."""
        self.advance(now)
        if (errand := self._centre.answered(imsi, delivery)) is not None:
            self._centre.try_again(errand, self._now)
            self._rescheduled()

    def sms_room(self, imsi: str, now: float) -> None:
        """It has room for messages again (RP-SMMA)."""
        self.advance(now)
        for errand in self._centre.take_waiting(imsi):
            self._do_errand(errand)

    @property
    def submitted_messages(self) -> Iterable[StoredMessage]:
        """Messages that modems handed in, oldest first, bounded."""
        return tuple(self._centre.submitted)

    # -- notices

    def subscribe(
        self, imsi: str, listener: Listener, *, answers_messages: bool = False
    ) -> Callable[[], None]:
        """Give a card's notices to `listener`, in this call's thread, from within `advance` and the
        procedures.

        Args:
            answers_messages: it will call `sms_received` or its kin for every message; without that a message is
                as good as delivered once it was told.

        Returns:
            a function that ends the subscription; calling it twice is no error.
        """
        if answers_messages:
            self._answering.add(listener)
        listeners = self._listeners.setdefault(imsi, [])
        listeners.append(listener)

        def unsubscribe() -> None:
            if listener in listeners:
                listeners.remove(listener)
            self._answering.discard(listener)

        return unsubscribe

    # -- faults

    def reject_next(
        self, cause: int, *, imsi: str | None = None, domain: Domain | None = None, times: int = 1
    ) -> Callable[[], None]:
        """Reject the next `times` registrations with an MM/GMM cause (17 network failure, 22 congestion).

        Returns:
            a function that takes back what is left of it.
        """
        return self._rejects.add(cause, times, imsi, domain)

    def reject_next_pdp(self, cause: int, *, imsi: str | None = None, times: int = 1) -> Callable[[], None]:
        """Refuse the next `times` data sessions with an SM cause (26 insufficient resources, 29, 38 …).

        Returns:
            a function that takes back what is left of it.
        """
        return self._pdp_rejects.add(cause, times, imsi)

    def detach(self, imsi: str, cause: int, now: float) -> None:
        """Put the card off the network with a cause, its state unchanged."""
        self.advance(now)
        self._drop(imsi, Detached(cause))

    def drop_pdp(self, imsi: str, now: float, cause: int = 36) -> None:
        """Take the data session down (36: regular deactivation)."""
        self.advance(now)
        self._end_session(imsi, cause)

    # -- inner workings

    def _activate(self, subscriber: Subscriber, reason: str) -> None:
        if subscriber.state is SubscriberState.IN_STOCK:
            self._change(subscriber, SubscriberState.ACTIVE, reason)

    def _change(self, subscriber: Subscriber, state: SubscriberState, reason: str) -> None:
        if state is subscriber.state:
            return
        subscriber.state = state
        change = StateChange(self._now, state, reason)
        subscriber.history.append(change)
        del subscriber.history[:-MAX_HISTORY]
        cause = self.config.registration_cause(state)
        if cause is not None:
            self._drop(subscriber.imsi, Detached(cause))
        elif state is SubscriberState.SUSPENDED:
            self._end_session(subscriber.imsi, SM_NOT_SUBSCRIBED)
        for observer in self._observers:
            observer(subscriber, change)

    def _tell_usage(self, usage: Usage) -> None:
        if self._report_usage is not None:
            self._report_usage(usage)

    def _report_traffic(self, imsi: str) -> None:
        if n_bytes := self._unreported_bytes.pop(imsi, 0):
            self._tell_usage(TrafficUsed(imsi, n_bytes))

    def _end_session(self, imsi: str, cause: int) -> None:
        if self._sessions.pop(imsi, None):
            self._report_traffic(imsi)
            self._notify(imsi, PdpDropped(cause))

    def _drop(self, imsi: str, notice: Detached) -> None:
        if self._sessions.pop(imsi, None):
            self._report_traffic(imsi)
        self._calls.hang_up(imsi)
        if self._camped.pop(imsi, None):
            self._notify(imsi, notice)

    def _registration_cause(self, imsi: str, domain: Domain) -> int | None:
        subscriber = self._subscribers.get(imsi)
        if subscriber is None:
            return CAUSE_UNKNOWN_IMSI
        cause = self.config.registration_cause(subscriber.state)
        return cause if cause is not None else self._rejects.take(imsi, domain)

    def _pdp_cause(self, imsi: str, imei: str, apn: str) -> int | None:
        subscriber = self._subscribers.get(imsi)
        if subscriber is None or subscriber.state is not SubscriberState.ACTIVE:
            return SM_NOT_SUBSCRIBED
        if not subscriber.data_allowed:
            return SM_NOT_SUBSCRIBED
        if not _may_use(subscriber, imei):
            self._change(subscriber, SubscriberState.BLOCKED, f"data session from foreign device {imei}")
            self._tell_usage(Misused(imsi, imei))
            return SM_BARRED
        if apn.lower() not in self.config.apns:
            return SM_UNKNOWN_APN
        if subscriber.quota_used_up:
            return SM_BARRED
        return self._pdp_rejects.take(imsi)

    def _stamped(self, sender: str, content: str | UserData) -> SmsArrived:
        return SmsArrived(sender, content, self.wall(self._now))

    def _send_text(self, imsi: str, sender: str, content: str | UserData) -> None:
        for part in parts_of(content, int(self.wall(self._now)) & 0xFF):
            self._send(Errand(imsi, self._stamped(sender, part), self._centre.expiry(self._now, None)))

    def _send(self, errand: Errand) -> None:
        self._centre.dispatch(errand, self._now)
        self._run_errands()
        self._rescheduled()

    def _rescheduled(self) -> None:
        if self.on_reschedule is not None:
            self.on_reschedule()

    def _run_errands(self) -> None:
        """What the centre has to do by now."""
        due, expired = self._centre.due(self._now), self._centre.expired(self._now)
        for errand in due:
            self._do_errand(errand)
        for errand in expired:
            self._report(errand, VALIDITY_EXPIRED)

    def _do_errand(self, errand: Errand) -> None:
        imsi = errand.imsi
        if imsi is None:  # somewhere else in the world they work
            self._report(errand, DELIVERED)
        elif self._subscribers[imsi].state is SubscriberState.TERMINATED:
            self._report(errand, NOT_OBTAINABLE)
        elif self.is_registered(imsi, "cs") and self._answering.intersection(self._listeners.get(imsi, ())):
            self._notify(imsi, self._centre.hand_over(errand, self._now))
            self._rescheduled()
        elif self.is_registered(imsi, "cs") and self._listeners.get(imsi):
            self._notify(imsi, errand.notice)
            self._report(errand, DELIVERED)
        else:
            tells = self.config.sms.tells_of_waiting and not errand.told
            self._centre.keep(replace(errand, told=errand.told or tells))
            if tells:
                self._report(errand, NO_RESPONSE)

    def _report(self, errand: Errand, status: int) -> None:
        if errand.report_to is None or not isinstance(errand.notice, SmsArrived):
            return
        notice = SmsReported(
            errand.reference, errand.recipient, errand.notice.sent_at, self.wall(self._now), status
        )
        report = Errand(errand.report_to, notice, self._centre.expiry(self._now, None))
        if self.config.sms.report_delay_s[1]:
            self._centre.plan_report(report, self._now)
            self._rescheduled()
        else:
            self._do_errand(report)

    def _notify(self, imsi: str, notice: NetworkNotice) -> None:
        for listener in tuple(self._listeners.get(imsi, ())):
            listener(notice)

    def _by_number(self, number: str) -> Subscriber | None:
        return next((s for s in self._subscribers.values() if s.msisdn and s.msisdn == number), None)


def _may_use(subscriber: Subscriber, imei: str) -> bool:
    return subscriber.bound_imei is None or same_device(subscriber.bound_imei, imei)


def same_device(one_imei: str, other_imei: str) -> bool:
    """Compare the 14 digits that name a device.

    The check digit or an IMEISV's software version may differ.
    """
    return one_imei[:14] == other_imei[:14]
