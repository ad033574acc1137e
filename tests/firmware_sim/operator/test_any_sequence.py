"""Whatever subscribers, administrators, staff, devices and time do in any order: money is conserved, no state is
impossible, a refused order changes nothing, the network does what the books say, and the store holds the same books.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from operator_rules.desk import IMEI, Desk

from firmware_sim.network import PdpAccepted
from firmware_sim.operator import OPERATOR, Caller, RefusedError, SqlStore
from firmware_sim.operator.audit import audit
from firmware_sim.operator.callers import account_of, customer_of
from firmware_sim.operator.catalogue import PACKAGES, SERVICES, TARIFFS
from firmware_sim.operator.records import (
    RECORDS,
    Account,
    Delivery,
    ForwardingCondition,
    FreeNumber,
    Hold,
    Life,
    PaymentMethod,
    Role,
    Subscriber,
)
from firmware_sim.operator.register_entry import register_entry, state_of
from firmware_sim.operator.rules import (
    blocks,
    call_services,
    cards,
    companies,
    instalments,
    invoices,
    lost_cards,
    money_orders,
    number_changes,
    packages,
    passwords,
    payments,
    renaming,
    requests,
    services,
    statements,
    tariff_changes,
    usage,
)

ADMIN = Caller(Role.ADMINISTRATOR, "K-1")
FREE = ("+79167771234", "+79167771188")

index = st.sampled_from([0, 0, 0, 1, 3, 3, 3, 4, 5])
"""Mostly the same two, so that one order meets what another has left."""
kopecks = st.sampled_from([-1, 0, 1, 4_999, 30_000, 200_000])
code = st.sampled_from([*SERVICES, "nonsense"])
tariff = st.sampled_from([*TARIFFS, "nonsense"])
package = st.sampled_from([*PACKAGES, "nonsense", None, None])


class OperatorMachine(RuleBasedStateMachine):
    """A company with three cards, two persons with one each, a card in stock."""

    def __init__(self) -> None:
        super().__init__()
        self.store = SqlStore("sqlite://")
        self.desk = Desk(self.store)
        self.desk.company(kopecks=50_000)
        self.desk.person(kopecks=100_000)
        self.desk.person(kopecks=0, contract="M-2")
        self.desk.card(active=False)
        for number in FREE:
            self.desk.do(number_changes.add_free, OPERATOR, number)
        self.imsis = [card.imsi for card in self.desk.operator.books.all(Subscriber)]
        self.accounts = [account.number for account in self.desk.operator.books.all(Account)]

    # -- who, and what comes of it

    def card(self, which: int) -> Subscriber:
        found = self.desk.operator.books.get(Subscriber, self.imsis[which])
        assert found is not None
        return found

    def caller(self, which: int) -> Caller:
        return ADMIN if which < 3 else Caller(Role.SUBSCRIBER, self.imsis[which])

    def attempt(self, operation: Callable[..., object], *arguments: object, **named: object) -> None:
        """An order that may be refused; then nothing has changed."""
        self.desk.operator.advance()
        before = self.desk.everything()
        try:
            self.desk.operator.do(operation, *arguments, **named)
        except RefusedError as refusal:
            told = [refusal.told("ru"), refusal.told("en")]  # its facts fit its words
            assert self.desk.everything() == before, told

    def order(
        self, which: int, operation: Callable[..., object], *arguments: object, **named: object
    ) -> None:
        """One for a card, by him whose it is."""
        self.attempt(operation, self.caller(which), self.card(which).number, *arguments, **named)

    # -- orders of subscribers and administrators

    @rule(which=index, code=code, on=st.booleans())
    def service(self, which: int, code: str, on: bool) -> None:
        self.order(which, services.turn_on if on else services.turn_off, code)

    @rule(which=index, tariff=tariff)
    def tariff(self, which: int, tariff: str) -> None:
        self.order(which, tariff_changes.change_tariff, tariff)

    @rule(which=index, package=package)
    def package(self, which: int, package: str | None) -> None:
        if package is None:
            self.order(which, packages.disconnect)
        else:
            self.order(which, packages.choose, package)

    @rule(which=index, days=st.sampled_from([None, None, 0, 1, 30, 31]))
    def block(self, which: int, days: int | None) -> None:
        if days is None:
            self.order(which, blocks.unblock)
        else:
            self.order(which, blocks.block, days)

    @rule(which=index, condition=st.sampled_from(ForwardingCondition), to=index)
    def forward(self, which: int, condition: ForwardingCondition, to: int) -> None:
        self.order(which, call_services.forward, condition, self.card(to).msisdn)

    @rule(which=index, new=st.sampled_from(FREE))
    def other_number(self, which: int, new: str) -> None:
        self.order(which, number_changes.change_number, new)

    @rule(which=index, name=st.sampled_from(["", "Котельная", "x" * 101]))
    def rename(self, which: int, name: str) -> None:
        self.order(which, renaming.rename, name)

    @rule(which=index, giving=index, getting=index, kopecks=kopecks)
    def transfer(self, which: int, giving: int, getting: int, kopecks: int) -> None:
        ends = (self.accounts[each % len(self.accounts)] for each in (giving, getting))
        self.attempt(money_orders.transfer, self.caller(which), *ends, kopecks)

    @rule(which=index, on=st.booleans())
    def credit(self, which: int, on: bool) -> None:
        self.attempt(money_orders.set_credit, self.caller(which), self.card(which).account, on=on)

    @rule(which=index, points=st.sampled_from([0, 1, 90]))
    def points(self, which: int, points: int) -> None:
        self.attempt(money_orders.spend_points, self.caller(which), self.card(which).account, points)

    @rule(which=index, kopecks=kopecks)
    def say_paid(self, which: int, kopecks: int) -> None:
        account = self.card(which).account
        self.attempt(payments.register_unconfirmed, self.caller(which), account, kopecks)

    @rule(which=index, text=st.sampled_from(["", "Нет связи"]), delivery=st.sampled_from(Delivery))
    def papers(self, which: int, text: str, delivery: Delivery) -> None:
        self.order(which, partial(_ask_about, text=text))
        self.attempt(invoices.change_delivery, ADMIN, delivery, text)
        self.order(which, companies.join_group, text)

    @rule(which=index, months=st.integers(0, 7), e_mail=st.sampled_from(["", "a@b.example"]))
    def statement(self, which: int, months: int, e_mail: str) -> None:
        month = self.desk.now.date() - timedelta(days=31 * months)
        self.order(which, statements.order_by_e_mail, month, e_mail)

    # -- the staff

    @rule(which=index, code=code, on=st.booleans(), passport=st.sampled_from(["", "45 10 123456"]))
    def by_consultant(self, which: int, code: str, on: bool, passport: str) -> None:
        number = self.card(which).number
        self.attempt(services.change_by_consultant, OPERATOR, number, code, on=on, passport=passport)

    @rule(which=index, calls=st.integers(0, 3), then_password=st.booleans())
    def report_lost(self, which: int, calls: int, then_password: bool) -> None:
        card = self.card(which)
        owner = self.desk.operator.ask(lambda draft: customer_of(draft, account_of(draft, card)))
        said = {"name": owner.name, "passport": owner.passport, "address": owner.address}
        dialled = ["+79031112233"] * calls
        self.attempt(lost_cards.report_lost, OPERATOR, card.number, **said, calls=dialled)
        if then_password:
            self.attempt(passwords.issue, OPERATOR, card.number)

    @rule(which=index, kopecks=kopecks, method=st.sampled_from(PaymentMethod))
    def take_in(self, which: int, kopecks: int, method: PaymentMethod) -> None:
        self.attempt(payments.take_in, OPERATOR, self.card(which).account, kopecks, method)

    @rule(number=st.integers(1, 5), right=st.booleans())
    def confirm(self, number: int, right: bool) -> None:
        self.attempt(payments.confirm if right else payments.reject, OPERATOR, number)

    @rule(which=index, hold=st.sampled_from(Hold), on=st.booleans())
    def hold(self, which: int, hold: Hold, on: bool) -> None:
        put = cards.hold_by_clerk if on else cards.release_by_clerk
        self.attempt(put, OPERATOR, self.imsis[which], hold)

    @rule(which=index)
    def activate(self, which: int) -> None:
        self.attempt(cards.activate, OPERATOR, self.imsis[which])

    @rule(which=st.sampled_from([0, 5]))
    def terminate(self, which: int) -> None:
        self.attempt(cards.terminate, OPERATOR, self.imsis[which])

    @rule(which=index, by=index)
    def replace_card(self, which: int, by: int) -> None:
        number = self.card(which).number
        self.attempt(lost_cards.replace_card, OPERATOR, number, self.imsis[by], region="Москва")

    @rule(which=index, kopecks=kopecks, count=st.integers(0, 2))
    def sell(self, which: int, kopecks: int, count: int) -> None:
        self.attempt(instalments.grant, OPERATOR, self.card(which).account, "модем", kopecks, count)

    # -- devices and time

    @rule(which=index, n_bytes=st.sampled_from([1, 11_000, 6 << 20]))
    def data(self, which: int, n_bytes: int) -> None:
        card = self.card(which)
        self.desk.turn_on(card)
        opened = self.desk.network.open_pdp(card.imsi, IMEI, "internet", self.desk.wall_s)
        if isinstance(opened, PdpAccepted):
            assert state_of(card) == "active"
            self.desk.network.count_traffic(card.imsi, n_bytes, self.desk.wall_s)

    @rule(which=index, seconds=st.sampled_from([0, 61, 100_000]))
    def call(self, which: int, seconds: int) -> None:
        if self.card(which).life is not Life.TERMINATED:
            self.attempt(usage.called, OPERATOR, self.imsis[which], "+79031112233", seconds)

    @rule(days=st.sampled_from([0.3, 1, 31, 95]))
    def time_passes(self, days: float) -> None:
        self.desk.wall_s += timedelta(days=days).total_seconds()
        self.desk.operator.advance()

    # -- what always holds

    @invariant()
    def the_books_are_sound(self) -> None:
        assert audit(self.desk.operator.books) == []

    @invariant()
    def the_network_does_what_they_say(self) -> None:
        for card in self.desk.operator.books.all(Subscriber):
            entry = register_entry(self.desk.operator.books, card)
            known = self.desk.network.subscriber(card.imsi)
            assert (known.state, known.msisdn) == (entry.state, entry.msisdn)
            assert (known.data_allowed, known.balance_kopecks) == (entry.data_allowed, entry.balance_kopecks)
            if not entry.data_allowed or entry.state != "active":
                assert self.desk.network.session(card.imsi) is None

    @invariant()
    def no_number_is_given_out_twice(self) -> None:
        free = {each.msisdn for each in self.desk.operator.books.all(FreeNumber)}
        assert not free & {card.msisdn for card in self.desk.operator.books.all(Subscriber)}

    def teardown(self) -> None:
        """Read from the store, the books are the same."""
        saved = self.store.load()
        for kind in RECORDS:
            ours = sorted(self.desk.operator.books.all(kind), key=lambda record: record.key)
            assert sorted(saved.all(kind), key=lambda record: record.key) == ours
        self.store.close()


def _ask_about(draft: object, caller: Caller, number: str, text: str) -> object:
    return requests.ask(draft, caller, "Связь", text, number)


OperatorMachine.TestCase.settings = settings(max_examples=35, stateful_step_count=40, deadline=None)
TestAnySequence = OperatorMachine.TestCase
