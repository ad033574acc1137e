"""Whatever users, support, devices and time do in any order, both state machines of a kit card stay possible."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from operator_rules.desk import IMEI, Desk
from operator_rules.kit import OTHER_IMEI, PHONE_IMEI, Kit

from firmware_sim.network import PdpAccepted
from firmware_sim.operator import OPERATOR, RefusedError
from firmware_sim.operator.audit import audit
from firmware_sim.operator.catalogue import MEGABYTE, VENDOR_TARIFFS
from firmware_sim.operator.records import Hold, Life, PaymentMethod, VendorCard, VendorCardState
from firmware_sim.operator.register_entry import state_of
from firmware_sim.operator.rules import cards, devices, kit_cards, kit_payments, kit_states
from firmware_sim.operator.rules.kit_payments import PageOutcome
from firmware_sim.operator.rules.kit_states import TABLE, Event

State = VendorCardState
NEIGHBOURS = {old: {to for (at, _), to in TABLE.items() if at is old} for old in State}
for each in NEIGHBOURS.values():
    if None in each:
        each |= {State.ADDED, State.ACTIVE, State.EXPIRED}


class KitMachine(RuleBasedStateMachine):
    """One user with two controllers and three cards."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk()
        self.kit = Kit(self.desk)
        self.kit.device("Z-2", OTHER_IMEI)
        self.cards = [self.kit.card, self.kit.another_card(), self.kit.another_card()]
        self.states: dict[str, State] = {}

    @initialize(kopecks=st.sampled_from([0, 9_000, 30_000, 100_000]), on=st.booleans())
    def begin(self, kopecks: int, on: bool) -> None:
        """Most of what may go wrong begins with a card that was added and paid."""
        self.kit.add()
        if kopecks:
            self.kit.pay(kopecks)
        self.auto_payment(on)

    def attempt(self, operation, *arguments, **named) -> None:
        """An order that may be refused; then nothing has changed."""
        self.desk.operator.advance()
        before = self.desk.everything()
        try:
            self.desk.operator.do(operation, *arguments, **named)
        except RefusedError:
            assert self.desk.everything() == before

    card = st.sampled_from([0, 0, 0, 1, 2])
    serial = st.sampled_from(["Z-1", "Z-2"])
    tariff = st.sampled_from(list(VENDOR_TARIFFS))

    @rule(card=card, serial=serial, tariff=tariff)
    def add(self, card: int, serial: str, tariff: str) -> None:
        number = self.cards[card].msisdn
        self.attempt(kit_cards.add, self.kit.caller, number=number, tariff=tariff, serial=serial)

    @rule(
        kopecks=st.sampled_from([8_000, 9_000, 15_000, 40_000]),
        method=st.sampled_from([PaymentMethod.CARD, PaymentMethod.INVOICE]),
    )
    def order(self, kopecks: int, method: PaymentMethod) -> None:
        self.attempt(kit_payments.create, self.kit.caller, kopecks=kopecks, method=method)

    @rule(payment=st.integers(1, 6), outcome=st.sampled_from(PageOutcome))
    def visit_page(self, payment: int, outcome: PageOutcome) -> None:
        self.attempt(kit_payments.visit_page, self.kit.caller, payment, outcome)

    @rule(payment=st.integers(1, 6), paid=st.booleans())
    def settle(self, payment: int, paid: bool) -> None:
        self.attempt(kit_payments.settle, OPERATOR, payment, paid=paid)

    @rule(on=st.booleans())
    def auto_payment(self, on: bool) -> None:
        self.attempt(kit_payments.set_auto_payment, self.kit.caller, on)

    @rule(declines=st.booleans())
    def bank(self, declines: bool) -> None:
        self.attempt(kit_payments.saved_card_declines, OPERATOR, "boiler", declines)

    @rule(card=card, tariff=tariff)
    def change_tariff(self, card: int, tariff: str) -> None:
        self.attempt(kit_cards.change_tariff, self.kit.caller, self.cards[card].msisdn, tariff)

    @rule(card=card, serial=serial)
    def rebind(self, card: int, serial: str) -> None:
        self.attempt(kit_cards.rebind, self.kit.caller, self.cards[card].msisdn, serial)

    @rule(card=card, on=st.booleans())
    def auto_prolong(self, card: int, on: bool) -> None:
        self.attempt(kit_cards.set_auto_prolong, self.kit.caller, self.cards[card].msisdn, on)

    @rule(card=card, order=st.sampled_from([kit_cards.prolong, kit_cards.remove, kit_cards.terminate]))
    def users_order(self, card: int, order) -> None:
        self.attempt(order, self.kit.caller, self.cards[card].msisdn)

    @rule(card=card, order=st.sampled_from([kit_cards.unblock, cards.activate, cards.terminate]))
    def supports_order(self, card: int, order) -> None:
        self.attempt(order, OPERATOR, self.cards[card].imsi)

    @rule(card=card, put=st.booleans(), hold=st.sampled_from([Hold.MISUSE, Hold.LOST, Hold.CLERK]))
    def supports_hold(self, card: int, put: bool, hold: Hold) -> None:
        order = cards.hold_by_clerk if put else cards.release_by_clerk
        self.attempt(order, OPERATOR, self.cards[card].imsi, hold)

    @rule(serial=serial)
    def remove_device(self, serial: str) -> None:
        self.attempt(devices.remove_device, self.kit.caller, serial)

    @rule(serial=serial)
    def add_device(self, serial: str) -> None:
        imei = {"Z-1": IMEI, "Z-2": OTHER_IMEI}[serial]
        self.attempt(devices.add_device, self.kit.caller, serial=serial, model="SMART 2.0", imei=imei)

    @rule(
        card=card,
        imei=st.sampled_from([IMEI, OTHER_IMEI, PHONE_IMEI]),
        megabytes=st.sampled_from([0, 1, 9, 60]),
    )
    def use_data(self, card: int, imei: str, megabytes: int) -> None:
        """A session means all was in order; a foreign device's attempt at an active card blocks it."""
        chosen, network = self.cards[card], self.desk.network
        before = self.desk.of(chosen)
        kit = self.desk.operator.books.get(VendorCard, chosen.imsi)
        active = kit is not None and kit.state is State.ACTIVE
        answer = network.open_pdp(chosen.imsi, imei, "internet", self.desk.wall_s)
        if isinstance(answer, PdpAccepted):
            assert (before.life, before.holds) == (Life.ACTIVE, ())
            assert before.bound_imei in ("", imei)
            assert active
            network.count_traffic(chosen.imsi, megabytes * MEGABYTE, self.desk.wall_s)
            network.close_pdp(chosen.imsi, self.desk.wall_s)
        elif active and before.life is Life.ACTIVE and not before.holds and before.bound_imei != imei:
            assert Hold.MISUSE in self.desk.of(chosen).holds

    @rule(hours=st.sampled_from([1, 5, 24 * 10, 24 * 32, 24 * 32]))
    def time_passes(self, hours: int) -> None:
        self.desk.later(hours=hours)

    @invariant()
    def the_books_hold(self) -> None:
        assert audit(self.desk.operator.books) == []

    @invariant()
    def states_go_by_the_table(self) -> None:
        now = {kit.imsi: kit.state for kit in self.desk.operator.books.all(VendorCard)}
        for imsi, state in now.items():
            old = self.states.get(imsi, State.ADDED)
            assert state is old or state in _reachable(old), f"{old} to {state}"
        assert State.TERMINATED not in {s for imsi, s in self.states.items() if now.get(imsi) is not s}
        self.states = now

    @invariant()
    def what_is_active_is_paid_for_and_what_expired_is_held(self) -> None:
        for kit in self.desk.operator.books.all(VendorCard):
            card = self.desk.operator.books.get(type(self.kit.card), kit.imsi)
            assert card is not None
            if kit.state is State.ACTIVE:
                assert kit.paid_until is not None
                assert kit.paid_until > self.desk.now
                assert Hold.PERIOD not in card.holds
            elif kit.state is State.EXPIRED:
                assert Hold.PERIOD in card.holds
                assert not card.paid
            assert self.desk.network_state(card) is state_of(card)


def _reachable(state: State) -> set[State | None]:
    """In any number of events; time brings several at once."""
    found: set[State | None] = set()
    more = {state}
    while more:
        found |= more
        more = {to for each in more if each is not None for to in NEIGHBOURS[each]} - found
    return found


TestKitMachine = KitMachine.TestCase
TestKitMachine.settings = settings(max_examples=300, stateful_step_count=50, deadline=None)


def test_nothing_happens_to_a_terminated_card_and_blocking_is_left_only_by_support_or_the_end():
    assert not [event for event in Event if kit_states.permits(State.TERMINATED, event)]
    leaving = {
        event for (state, event), to in TABLE.items() if state is State.BLOCKED and to is not State.BLOCKED
    }
    assert leaving == {Event.RELEASED, Event.TERMINATED}


@pytest.mark.parametrize("event", [Event.PAID, Event.RELEASED])
def test_an_event_that_a_state_does_not_know_is_a_mistake_of_the_rule_above(event):
    kit = VendorCard(
        imsi="250010000000001", login="boiler", tariff="base", serial="Z-1", state=State.TERMINATED
    )
    with pytest.raises(KeyError):
        kit_states.happen(Desk().operator.ask(lambda draft: draft), kit, event)
