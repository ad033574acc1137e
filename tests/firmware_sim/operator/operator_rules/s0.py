"""S0: a kit SIM card's first registration."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from statistics import mean

from firmware_sim.card_numbers import CardNumbers
from firmware_sim.network import Accepted, PdpAccepted, PdpRejected, Rejected, SubscriberState
from firmware_sim.operator import OPERATOR, Operator
from firmware_sim.operator.callers import Caller
from firmware_sim.operator.catalogue import MEGABYTE, VENDOR_TARIFFS
from firmware_sim.operator.first_day import stock_up
from firmware_sim.operator.months import a_month_later
from firmware_sim.operator.records import (
    VENDOR,
    CustomerKind,
    Hold,
    Life,
    Payment,
    PaymentMethod,
    PaymentState,
    Role,
    Subscriber,
    VendorCardState,
)
from firmware_sim.operator.rules import devices, kit_cards, kit_payments, ownership
from firmware_sim.operator.rules.kit_payments import PageOutcome
from operator_rules import out_of_field, rule
from operator_rules.at_desk import AtDesk
from operator_rules.desk import IMEI, START, Desk
from operator_rules.kit import OTHER_IMEI, PHONE_IMEI, Kit

# -- whose the card is and what it is for


@rule(
    "S0.1",
    "a kit card has data in the controller that it is bound to; not even in another one of the same user",
)
def only_for_its_own_device(desk: Desk) -> None:
    kit = Kit(desk)
    kit.device("Z-2", OTHER_IMEI)
    kit.start()
    assert isinstance(kit.open_data(IMEI), PdpAccepted)
    assert isinstance(kit.attach(OTHER_IMEI), Accepted)
    assert kit.open_data(OTHER_IMEI) == PdpRejected(8)
    assert desk.network_state(kit.card) is SubscriberState.BLOCKED


@rule("S0.2", "a data session from any other device blocks the card on both sides; attaching alone does not")
def misuse_blocks(desk: Desk) -> None:
    kit = Kit(desk)
    kit.start()
    assert isinstance(kit.attach(PHONE_IMEI), Accepted)
    assert kit.now.state is VendorCardState.ACTIVE
    kit.open_data(PHONE_IMEI)
    assert kit.at_operator.holds == (Hold.MISUSE,)
    assert kit.now.state is VendorCardState.BLOCKED
    assert kit.notices()[-1] == "blocked"
    assert isinstance(kit.attach(IMEI), Rejected)


@rule("S0.3", "only support unblocks: neither its user nor his money does")
def only_support_unblocks(desk: Desk) -> None:
    kit = Kit(desk)
    kit.start()
    kit.open_data(PHONE_IMEI)
    with desk.refuses("not_yours"):
        desk.do(kit_cards.unblock, kit.caller, kit.card.imsi)
    with desk.refuses("kit_blocked"):
        desk.do(kit_cards.prolong, kit.caller, kit.card.msisdn)
    kit.pay(20_000)
    assert kit.now.state is VendorCardState.BLOCKED
    desk.do(kit_cards.unblock, OPERATOR, kit.card.imsi)
    assert kit.now.state is VendorCardState.ACTIVE
    assert isinstance(kit.attach(), Accepted)
    assert isinstance(kit.open_data(), PdpAccepted)


@rule("S0.4", "the owner of record is the vendor's company, whoever uses the card")
def the_vendor_owns_it(desk: Desk) -> None:
    kit = Kit(desk)
    kit.start()
    owner = desk.operator.ask(ownership.owner_of_record, OPERATOR, kit.card.msisdn)
    assert (owner.name, owner.kind) == ("ООО «Термо-онлайн»", CustomerKind.COMPANY)
    with desk.refuses("no_such_number"):
        desk.operator.ask(ownership.owner_of_record, kit.caller, kit.card.msisdn)


@rule(
    "S0.5",
    "everything is paid from the user's purse in the vendor's service; the operator's account stays as it is",
)
def paid_from_the_users_purse(desk: Desk) -> None:
    kit = Kit(desk)
    kit.add()
    kit.pay(10_000)
    assert kit.balance() == 1_000
    assert kit.balance(VENDOR) == 9_000
    assert kit.balance(kit.card.account) == 0


@rule(
    "S0.6", "money that comes through a bank by telephone number reaches an ordinary card, never a kit card"
)
def not_through_a_bank(desk: Desk) -> None:
    kit = Kit(desk)
    _, ordinary = desk.person(kopecks=0)
    desk.do(ownership.pay_through_bank, OPERATOR, ordinary.msisdn, 5_000)
    assert kit.balance(ordinary.account) == 5_000
    with desk.refuses("kit_not_by_bank"):
        desk.do(ownership.pay_through_bank, OPERATOR, kit.card.msisdn, 9_000)


@rule("S0.7", "a kit card cannot be registered to anybody else; an ordinary one can")
def no_other_owner(desk: Desk) -> None:
    kit = Kit(desk)
    ordinary, other = desk.card(contract="M-1"), desk.card(contract="M-2", kopecks=100)
    desk.do(ownership.reregister, OPERATOR, ordinary.msisdn, other.account)
    assert desk.of(ordinary).account == other.account
    with desk.refuses("kit_owner_fixed"):
        desk.do(ownership.reregister, OPERATOR, kit.card.msisdn, other.account)


@rule(
    "S0.8", "a kit card's number cannot move to another operator; an ordinary one can, and its card ends here"
)
def no_other_operator(desk: Desk) -> None:
    kit = Kit(desk)
    ordinary = desk.card()
    desk.do(ownership.port_out, OPERATOR, ordinary.msisdn, "25020")
    assert desk.network_state(ordinary) is SubscriberState.TERMINATED
    with desk.refuses("kit_keeps_operator"):
        desk.do(ownership.port_out, OPERATOR, kit.card.msisdn, "25020")


# -- adding it


@rule("S0.9", "a card waits as added until money has come; too little money leaves it waiting")
def activation_after_top_up(desk: Desk) -> None:
    kit = Kit(desk)
    kit.add("extended")
    assert (kit.now.state, kit.at_operator.paid) == (VendorCardState.ADDED, False)
    kit.pay(9_000)
    desk.later(hours=8)
    assert kit.now.state is VendorCardState.ADDED
    assert kit.at_operator.life is Life.IN_STOCK
    kit.pay(9_000)
    assert kit.now.state is VendorCardState.ACTIVE
    assert kit.balance() == 3_000


@rule("S0.10", "both are needed: a device that it is bound to, and a paid period")
def bound_and_paid(desk: Desk) -> None:
    kit = Kit(desk)
    kit.pay(20_000)
    assert desk.operator.ask(kit_cards.cards_of, kit.caller) == []
    with desk.refuses("no_such_device"):
        kit.add(serial="Z-9")
    kit.add()
    assert kit.at_operator.bound_imei == IMEI
    assert kit.now.paid_until == a_month_later(desk.now)
    with desk.refuses("device_in_use"):
        desk.do(devices.remove_device, kit.caller, "Z-1")
    with desk.refuses("kit_paid_already"):
        desk.do(kit_cards.prolong, kit.caller, kit.card.msisdn)


@rule("S0.11", "the list of one's SIM cards: each user sees his own, nobody else's")
def the_tab_sim_cards(desk: Desk) -> None:
    kit = Kit(desk)
    kit.add()
    desk.do(devices.sign_up, OPERATOR, login="neighbour")
    neighbour = Caller(Role.VENDOR_USER, "neighbour")
    assert [each.imsi for each in desk.operator.ask(kit_cards.cards_of, kit.caller)] == [kit.card.imsi]
    assert desk.operator.ask(kit_cards.cards_of, neighbour) == []
    with desk.refuses("no_such_kit"):
        desk.do(kit_cards.terminate, neighbour, kit.card.msisdn)
    with desk.refuses("not_yours"):
        desk.operator.ask(kit_cards.cards_of, OPERATOR)


@rule("S0.12", "a kit card is added once; ordinary and unknown numbers are not kit cards")
def add_a_card(desk: Desk) -> None:
    kit = Kit(desk)
    kit.device("Z-2", OTHER_IMEI)
    ordinary = desk.card()
    with desk.refuses("no_such_kit"):
        kit.add(card=ordinary)
    assert kit.add().state is VendorCardState.ADDED
    with desk.refuses("kit_taken"):
        kit.add(serial="Z-2")
    desk.do(kit_cards.remove, kit.caller, kit.card.msisdn)
    assert kit.at_operator.bound_imei == ""
    assert kit.add(serial="Z-2").serial == "Z-2"


@rule("S0.13", "a card without a printed number is added by its ICCID, with or without the check digit")
def add_by_iccid(desk: Desk) -> None:
    kit = Kit(desk)
    for iccid in (kit.card.iccid, kit.card.iccid + "7"):
        assert desk.operator.ask(kit_cards.look_up, kit.caller, iccid=iccid).imsi == kit.card.imsi
    with desk.refuses("no_such_kit"):
        desk.operator.ask(kit_cards.look_up, kit.caller, iccid=kit.card.iccid[:-1])
    desk.do(kit_cards.add, kit.caller, iccid=kit.card.iccid, tariff="base", serial="Z-1")
    assert kit.now.state is VendorCardState.ADDED


@rule("S0.14", "the printed number in any usual form finds the card; a mistyped one finds none")
def enter_the_number(desk: Desk) -> None:
    kit = Kit(desk)
    ten = kit.card.number
    for written in (ten, f"+7{ten}", f"8{ten}", f"8 ({ten[:3]}) {ten[3:6]}-{ten[6:8]}-{ten[8:]}"):
        assert desk.operator.ask(kit_cards.look_up, kit.caller, number=written).imsi == kit.card.imsi
    for mistyped in ("", ten[:-1], "9160009999"):
        with desk.refuses("no_such_kit"):
            desk.operator.ask(kit_cards.look_up, kit.caller, number=mistyped)


@rule("S0.15", "one of the offered tariffs is chosen; its price and traffic count")
def choose_a_tariff(desk: Desk) -> None:
    kit = Kit(desk)
    with desk.refuses("no_such_vendor_tariff"):
        kit.add("smart")
    kit.start(15_000, tariff="extended")
    assert kit.balance() == 0
    limit = desk.network.subscriber(kit.card.imsi).traffic_limit_bytes
    assert limit == VENDOR_TARIFFS["extended"].quota_bytes == 50 * MEGABYTE


@rule("S0.16", "the device is one of the user's own, with one card; another one may be chosen later")
def choose_the_device(desk: Desk) -> None:
    kit = Kit(desk)
    kit.start()
    another = kit.another_card()
    with desk.refuses("device_has_card"):
        kit.add(card=another)
    desk.do(devices.sign_up, OPERATOR, login="neighbour")
    desk.do(
        devices.add_device,
        Caller(Role.VENDOR_USER, "neighbour"),
        serial="N-1",
        model="SMART 2.0",
        imei=PHONE_IMEI,
    )
    with desk.refuses("no_such_device"):
        desk.do(kit_cards.rebind, kit.caller, kit.card.msisdn, "N-1")
    kit.device("Z-2", OTHER_IMEI)
    kit.attach()
    assert isinstance(kit.open_data(), PdpAccepted)
    desk.do(kit_cards.rebind, kit.caller, kit.card.msisdn, "Z-2")
    assert desk.network.session(kit.card.imsi) is None
    assert isinstance(kit.open_data(OTHER_IMEI), PdpAccepted)
    assert kit.open_data(IMEI) == PdpRejected(8)


# -- paying


@rule("S0.17", "going to payment tells what the period costs, what is there and what to pay at least")
def go_to_payment(desk: Desk) -> None:
    kit = Kit(desk)
    kit.add("extended")
    assert desk.operator.ask(kit_cards.to_pay, kit.caller, kit.card.msisdn) == kit_cards.ToPay(
        15_000, 0, 15_000
    )
    kit.pay(10_000)
    to_pay = desk.operator.ask(kit_cards.to_pay, kit.caller, kit.card.msisdn)
    assert to_pay == kit_cards.ToPay(15_000, 10_000, 9_000), "5000 would do, but no payment is below 90 RUB"
    kit.pay(to_pay.least_kopecks)
    assert kit.now.state is VendorCardState.ACTIVE


@rule(
    "S0.18", "auto-payment, with a bank card only, charges what the next period lacks; else the card expires"
)
def auto_payment(desk: Desk) -> None:
    kit = Kit(desk)
    desk.do(kit_payments.set_auto_payment, kit.caller, True)
    kit.start()
    desk.until(a_month_later(START) + timedelta(minutes=1))
    assert kit.now.state is VendorCardState.ACTIVE
    assert kit.now.paid_until == a_month_later(a_month_later(START))
    assert kit.balance(VENDOR) == 18_000
    desk.do(kit_payments.saved_card_declines, OPERATOR, "boiler", True)
    desk.until(a_month_later(a_month_later(START)) + timedelta(minutes=1))
    assert kit.now.state is VendorCardState.EXPIRED
    assert kit.notices()[-2:] == ["card_declined", "period_over"]
    assert kit.balance(VENDOR) == 18_000
    company = Kit(desk, "company", CustomerKind.COMPANY, "Z-2", OTHER_IMEI)
    company.order(method=PaymentMethod.INVOICE)
    with desk.refuses("auto_payment_by_card_only"):
        desk.do(kit_payments.set_auto_payment, company.caller, True)


@rule("S0.19", "a payment is at least 90 RUB")
def ninety_roubles(desk: Desk) -> None:
    kit = Kit(desk)
    with desk.refuses("too_little"):
        kit.order(8_999)
    assert kit.order(9_000).state is PaymentState.PENDING


@rule("S0.20", "a bank card, or an invoice for a legal entity, which counts when staff has seen the money")
def card_or_invoice(desk: Desk) -> None:
    person = Kit(desk)
    with desk.refuses("method_not_offered"):
        person.order(method=PaymentMethod.CASH)
    with desk.refuses("invoice_for_companies"):
        person.order(method=PaymentMethod.INVOICE)
    assert person.user.method is None
    company = Kit(desk, "company", CustomerKind.COMPANY, "Z-2", OTHER_IMEI)
    company.add()
    invoice = company.order(method=PaymentMethod.INVOICE)
    with desk.refuses("no_page"):
        desk.do(kit_payments.visit_page, company.caller, invoice.id, PageOutcome.PAID)
    with desk.refuses("not_yours"):
        desk.do(kit_payments.settle, company.caller, invoice.id, paid=True)
    assert company.now.state is VendorCardState.ADDED
    desk.do(kit_payments.settle, OPERATOR, invoice.id, paid=True)
    assert company.now.state is VendorCardState.ACTIVE


@rule("S0.21", "the card page is a sandbox: paid, declined or left; the acquirer's word may come twice")
def the_card_page(desk: Desk) -> None:
    kit = Kit(desk)
    kit.add()
    for outcome in (PageOutcome.DECLINED, PageOutcome.ABANDONED):
        assert kit.pay(outcome=outcome).state is PaymentState.CANCELLED
    assert (kit.balance(), kit.now.state) == (0, VendorCardState.ADDED)
    payment = kit.order()
    for _ in range(3):
        desk.do(kit_payments.settle, OPERATOR, payment.id, paid=True)
    assert kit.balance(VENDOR) == 9_000
    assert kit.balance() == 0
    with desk.refuses("payment_settled"):
        desk.do(kit_payments.settle, OPERATOR, payment.id, paid=False)
    with desk.refuses("payment_settled"):
        desk.do(kit_payments.visit_page, kit.caller, payment.id, PageOutcome.PAID)


@rule(
    "S0.22",
    "the first method chosen is the only one of the account from then on, whatever became of that payment",
)
def the_first_method_stays(desk: Desk) -> None:
    kit = Kit(desk, kind=CustomerKind.COMPANY)
    kit.pay(outcome=PageOutcome.ABANDONED)
    with desk.refuses("method_fixed"):
        kit.order(method=PaymentMethod.INVOICE)
    assert kit.pay().state is PaymentState.DONE
    with desk.refuses("method_fixed"):
        kit.order(method=PaymentMethod.INVOICE)


@rule("S0.23", "the user fills in the page of his own payment; an order repeated with its key is one payment")
def fill_in_and_pay(desk: Desk) -> None:
    kit = Kit(desk)
    first = kit.order(idempotency_key="tap-1")
    assert kit.order(idempotency_key="tap-1") == first
    with desk.refuses("key_used"):
        kit.order(10_000, idempotency_key="tap-1")
    desk.do(devices.sign_up, OPERATOR, login="neighbour")
    with desk.refuses("no_such_payment"):
        desk.do(kit_payments.visit_page, Caller(Role.VENDOR_USER, "neighbour"), first.id, PageOutcome.PAID)
    desk.do(kit_payments.visit_page, kit.caller, first.id, PageOutcome.PAID)
    assert kit.balance() == 9_000
    assert len(list(desk.operator.books.all(Payment))) == 1


@rule(
    "S0.24",
    "with the money the card is active in the service at once, while at the operator it is still in stock",
)
def active_in_the_service(desk: Desk) -> None:
    kit = Kit(desk)
    kit.add()
    kit.pay()
    assert kit.now.state is VendorCardState.ACTIVE
    assert kit.now.first_activated_at == desk.now
    assert (kit.at_operator.life, kit.at_operator.paid) == (Life.IN_STOCK, True)
    assert kit.attach() == Rejected(2)


out_of_field("S0.25", "a film about an older page of the same service: it shows no operation of its own")

# -- mounting it, and the operator's own pace


@rule("S0.26", "a mounted controller finds the network where its antenna hears it, and only there")
def mounted_with_its_antenna(desk: Desk) -> None:
    kit = Kit(desk)
    kit.start()
    desk.network.set_signal(None, IMEI)
    modem = AtDesk(desk, kit.card)
    modem.power_on()
    assert modem.send("AT+CSQ") == ["+CSQ: 99,0", "OK"]
    assert not desk.network.is_registered(kit.card.imsi, "cs")
    desk.network.set_signal(-71, IMEI)
    assert "+CREG: 1" in modem.wait(300)
    assert desk.network.is_registered(kit.card.imsi, "cs")


@rule("S0.27", "once on, the controller connects over the Internet of its tariff, and its traffic counts")
def connects_over_the_tariffs_internet(desk: Desk) -> None:
    kit = Kit(desk)
    kit.start()
    assert isinstance(kit.attach(), Accepted)
    assert isinstance(kit.open_data(), PdpAccepted)
    assert kit.use(200_000)
    desk.network.close_pdp(kit.card.imsi, desk.wall_s)
    assert kit.at_operator.used_bytes == 200_000
    assert kit.balance() == 0, "traffic of the tariff costs nothing besides"


@rule("S0.28", "a card that was never used is in stock at the operator, whatever the vendor's service says")
def a_new_card_is_in_stock(desk: Desk) -> None:
    card = desk.card(active=False)
    assert card.life is Life.IN_STOCK
    assert desk.network_state(card) is SubscriberState.IN_STOCK
    assert desk.network.register(card.imsi, IMEI, "cs", desk.wall_s) == Rejected(2)


@rule("S0.29", "the operator looks through its stock by itself: paid cards become active, the others stay")
def the_sweep_takes_the_paid(desk: Desk) -> None:
    kit = Kit(desk)
    waiting = kit.another_card()
    kit.add()
    kit.pay()
    desk.later(hours=4)
    assert kit.at_operator.life is Life.ACTIVE
    assert desk.network_state(kit.card) is SubscriberState.ACTIVE
    assert desk.of(waiting).life is Life.IN_STOCK


@rule("S0.30", "the network serves a card only after its activation at the operator")
def served_only_after_activation(desk: Desk) -> None:
    card = desk.card(active=False)
    assert isinstance(desk.network.register(card.imsi, IMEI, "ps", desk.wall_s), Rejected)
    desk.activate(card)
    assert isinstance(desk.network.register(card.imsi, IMEI, "ps", desk.wall_s), Accepted)


@rule(
    "S0.31",
    "from payment to activation it takes hours: never over four, about two on average over many cards",
)
def activation_takes_hours(desk: Desk) -> None:
    hours = [_hours_to_activation(seed) for seed in range(120)]
    assert max(hours) <= 4
    assert 1.5 < mean(hours) < 2.5
    assert sum(each > 1 for each in hours) > 60, "most wait longer than an hour"


@rule("S0.32", "a card activated in advance works at once when it is mounted")
def activated_in_advance(desk: Desk) -> None:
    kit = Kit(desk)
    kit.start()
    late = Kit(desk, "late", serial="Z-2", imei=OTHER_IMEI)
    late.add()
    late.pay()
    assert isinstance(kit.attach(), Accepted)
    assert isinstance(kit.open_data(), PdpAccepted)
    assert late.attach() == Rejected(2)
    assert late.open_data() == PdpRejected(33)


@rule("S0.33", "in a phone with mobile data off the card gets activated and keeps its quota")
def in_a_phone_without_data(desk: Desk) -> None:
    kit = Kit(desk)
    kit.add()
    kit.pay()
    assert isinstance(kit.attach(PHONE_IMEI, "cs"), Rejected)
    desk.later(hours=4)
    assert isinstance(kit.attach(PHONE_IMEI, "cs"), Accepted)
    assert (kit.now.state, kit.at_operator.holds, kit.at_operator.used_bytes) == (
        VendorCardState.ACTIVE,
        (),
        0,
    )
    desk.network.deregister(kit.card.imsi, desk.wall_s)
    assert isinstance(kit.attach(IMEI), Accepted)
    assert isinstance(kit.open_data(IMEI), PdpAccepted)


@rule(
    "S0.34",
    "in a phone with data on a bound card is blocked; an unbound one loses the whole month's traffic",
)
def in_a_phone_with_data(desk: Desk) -> None:
    kit = Kit(desk)
    kit.start()
    kit.attach(PHONE_IMEI)
    assert kit.open_data(PHONE_IMEI) == PdpRejected(8)
    assert kit.now.state is VendorCardState.BLOCKED
    unbound = desk.card(tariff="m2m", kopecks=100_000)
    assert isinstance(desk.network.open_pdp(unbound.imsi, PHONE_IMEI, "internet", desk.wall_s), PdpAccepted)
    assert not desk.network.count_traffic(unbound.imsi, 10 * MEGABYTE, desk.wall_s)
    assert desk.network.open_pdp(unbound.imsi, IMEI, "internet", desk.wall_s) == PdpRejected(8)


@rule(
    "S0.35", "traffic is a month's quota: spent, it comes back only with the next period or a dearer tariff"
)
def traffic_is_for_a_month(desk: Desk) -> None:
    kit = Kit(desk)
    kit.start(100_000)
    kit.open_data()
    assert not kit.use(10 * MEGABYTE)
    assert kit.open_data() == PdpRejected(8)
    desk.until(START.replace(month=4, day=1, hour=12))
    assert kit.open_data() == PdpRejected(8), "a new calendar month is no new period"
    with desk.refuses("kit_paid_already"):
        desk.do(kit_cards.prolong, kit.caller, kit.card.msisdn)
    kit.pay(50_000)
    assert kit.open_data() == PdpRejected(8), "nor does money raise the limit"
    desk.do(kit_cards.change_tariff, kit.caller, kit.card.msisdn, "extended")
    assert kit.balance(VENDOR) == 15_000
    assert isinstance(kit.open_data(), PdpAccepted)
    assert not kit.use(40 * MEGABYTE), "what was used stays used"
    desk.do(kit_cards.change_tariff, kit.caller, kit.card.msisdn, "base")
    assert kit.now.tariff == "extended", "a cheaper one waits for the next period"
    desk.until(a_month_later(START) + timedelta(minutes=1))
    assert (kit.now.tariff, kit.at_operator.used_bytes) == ("base", 0)
    assert isinstance(kit.open_data(), PdpAccepted)
    assert kit.balance(VENDOR) == 24_000


def _hours_to_activation(seed: int) -> float:
    """Of one card of an operator of its own, whose sweep has its own phase."""
    wall_s = START.timestamp()
    operator = Operator(wall=lambda: wall_s, random=Random(seed))
    operator.do(stock_up, [CardNumbers.of_seed(seed)], seed)
    card = next(each for each in operator.books.all(Subscriber) if kit_cards.is_kit(each))
    user = Caller(Role.VENDOR_USER, "boiler")
    operator.do(devices.sign_up, OPERATOR, login="boiler")
    operator.do(devices.add_device, user, serial="Z-1", model="SMART 2.0", imei=IMEI)
    wall_s += 3600 * 24 + seed * 60
    operator.do(kit_cards.add, user, number=card.number, tariff="base", serial="Z-1")
    payment = operator.do(kit_payments.create, user, kopecks=9_000, method=PaymentMethod.CARD)
    operator.do(kit_payments.visit_page, user, payment.id, PageOutcome.PAID)
    paid_s = wall_s
    while True:
        active = operator.books.get(Subscriber, card.imsi)
        assert active is not None
        if active.activated_at is not None:
            return (active.activated_at.timestamp() - paid_s) / 3600
        due_s = operator.next_wake_s()
        assert due_s is not None
        wall_s = due_s
        operator.advance()
