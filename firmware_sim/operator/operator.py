"""The operator: its books, its rules and its clock, and the network that does at once what they decide.

Theory. `do` runs one operation on a draft of the books. When it has ended well, the changes are saved, then taken over,
then told: cards whose entry in the network's register has changed are provisioned anew, messages go to the service
centre. A refusal leaves all as it was. Everything happens in the caller's thread, one operation after another, and
what is due by the clock always comes before a later order.

The network reports back what only it sees: traffic, messages sent, a data session from a foreign device.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta, timezone
from random import Random
from typing import Concatenate, ParamSpec, TypeVar

from firmware_sim.network import Network
from firmware_sim.network import Subscriber as NetworkSubscriber
from firmware_sim.network.usage import DataOpened, Misused, SmsSent, TrafficUsed, Usage
from firmware_sim.operator import agenda
from firmware_sim.operator.books import Books, Draft, ServiceSms
from firmware_sim.operator.callers import OPERATOR, Caller
from firmware_sim.operator.chores import chores, open_books
from firmware_sim.operator.months import MOSCOW
from firmware_sim.operator.records import Purse, Subscriber, VendorCard
from firmware_sim.operator.refusals import RefusedError
from firmware_sim.operator.register_entry import register_entry
from firmware_sim.operator.rules import cards, usage
from firmware_sim.operator.store import NoStore, Store
from firmware_sim.operator.ussd_codes import UssdCodes

P = ParamSpec("P")
T = TypeVar("T")


class Operator:
    """The emulated operator and the vendor's service.

    Args:
        wall: the wall clock, UTC epoch seconds.
        random: of passwords, card codes, the sweep's phase.
        store: where the books are kept.
        zone: in which days and months are counted.
        sweep_every: how often the stock is looked through (S0.31 says: several hours); None: never.
    """

    def __init__(
        self,
        *,
        wall: Callable[[], float],
        random: Random,
        store: Store | None = None,
        zone: timezone = MOSCOW,
        sweep_every: timedelta | None = timedelta(hours=4),
    ) -> None:
        self._wall = wall
        self._random = random
        self._store: Store = store or NoStore()
        self._zone = zone
        self._chores = chores(sweep_every)
        self._books = self._store.load()
        self._network: Network | None = None
        self._monotonic: Callable[[], float] = wall
        self._waiting: list[ServiceSms] = []
        self.on_reschedule: Callable[[], None] | None = None
        """Called when something was planned that may come before the last `next_wake_s`; for the shell."""
        self._run(self.now(), str(OPERATOR), open_books, sweep_every)

    @property
    def books(self) -> Books:
        """All records; to be read only."""
        return self._books

    def now(self) -> datetime:
        """The operator's wall clock."""
        return datetime.fromtimestamp(self._wall(), self._zone)

    # -- operations

    def do(self, operation: Callable[Concatenate[Draft, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Carry out one rule now. Raises what it raises, above all `RefusedError`; then nothing has changed."""
        self.advance()
        by = next((str(each) for each in args if isinstance(each, Caller)), str(OPERATOR))
        return self._run(self.now(), by, operation, *args, **kwargs)

    def ask(self, question: Callable[Concatenate[Draft, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Answer a question from the books; whatever it puts is forgotten."""
        self.advance()
        return question(Draft(self._books, self.now(), self._random, ""), *args, **kwargs)

    def do_each(
        self, operation: Callable[[Draft, Caller, str], object], caller: Caller, numbers: Iterable[str]
    ) -> dict[str, RefusedError | None]:
        """One order for each of a list (S2.9): what was refused is named, and does not stop the others."""
        outcomes: dict[str, RefusedError | None] = {}
        for number in numbers:
            try:
                self.do(operation, caller, number)
                outcomes[number] = None
            except RefusedError as refusal:
                outcomes[number] = refusal
        return outcomes

    def next_wake_s(self) -> float | None:
        """When `advance` is due next (UTC epoch seconds)."""
        due = agenda.next_due(self._books)
        return None if due is None else due.at.timestamp()

    def advance(self) -> None:
        """Let everything happen that is due, each thing at its own moment and in its order."""
        now = self.now()
        while (due := agenda.next_due(self._books)) is not None and due.at <= now:
            at = due.at.astimezone(self._zone)
            self._run(at, str(OPERATOR), agenda.carry_out, due, self._chores)

    # -- the network

    def serve(self, network: Network, monotonic: Callable[[], float]) -> None:
        """Take a network into service: it gets all cards, and what it sees is written down here.

        Args:
            network: its own sweep should be off (`NetworkConfig.sweep_interval_s=None`).
            monotonic: its clock, seconds.
        """
        self._network, self._monotonic = network, monotonic
        for card in self._books.all(Subscriber):
            self._provision(card)
        network.report_usage(self._used)
        codes = UssdCodes(self.do, self._card)
        network.ussd_service.codes = codes.answer
        network.ussd_service.messages = codes.answer_message

    def _card(self, imsi: str) -> Subscriber:
        card = self._books.get(Subscriber, imsi)
        assert card is not None
        return card

    def _used(self, seen: Usage) -> None:
        match seen:
            case TrafficUsed(imsi, n_bytes):
                self.do(usage.traffic, OPERATOR, imsi, n_bytes)
            case SmsSent(imsi, to):
                self.do(usage.sms_sent, OPERATOR, imsi, to)
            case DataOpened(imsi, imei, apn):
                self.do(usage.data_opened, OPERATOR, imsi, imei, apn)
            case Misused(imsi, imei):
                self.do(cards.misused, imsi, imei)

    # -- inner workings

    def _run(
        self,
        at: datetime,
        by: str,
        operation: Callable[Concatenate[Draft, P], T],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        draft = Draft(self._books, at, self._random, by)
        result = operation(draft, *args, **kwargs)
        changes = draft.changes
        if changes:
            self._store.save(changes)
            self._books.take_over(changes)
            changed = defaultdict[type, set[str | int]](set)
            for kind, key, _ in changes:
                changed[kind].add(key)
            self._provision_changed(changed)
            if self.on_reschedule is not None:
                self.on_reschedule()
        for message in draft.messages:
            self._send(message)
        return result

    def _provision_changed(self, changed: dict[type, set[str | int]]) -> None:
        if self._network is None:
            return
        purses = changed.get(Purse, set())
        cards_changed = changed.get(Subscriber, set()) | changed.get(VendorCard, set())
        if not purses and not cards_changed:
            return
        for card in self._books.all(Subscriber):
            if card.imsi in cards_changed or card.account in purses:
                self._provision(card)

    def _provision(self, card: Subscriber) -> None:
        network = self._network
        if network is None:
            return
        if card.imsi not in network.subscribers:
            network.add_subscriber(NetworkSubscriber(card.imsi, iccid=card.iccid, msisdn=card.msisdn))
        network.provision(card.imsi, register_entry(self._books, card), self._monotonic())

    def _send(self, message: ServiceSms) -> None:
        if self._network is None:
            return
        self._network.send_sms(message.imsi, message.sender, message.text, self._monotonic())
