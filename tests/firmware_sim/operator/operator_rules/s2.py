"""S2: a company's cabinet."""

from __future__ import annotations

from datetime import date, datetime, time
from functools import partial

from firmware_sim.network import PdpAccepted, PdpRejected, SubscriberState
from firmware_sim.operator import OPERATOR, Caller
from firmware_sim.operator.ledger import balance_kopecks
from firmware_sim.operator.records import (
    Delivery,
    ForwardingCondition,
    Instalment,
    Letter,
    NumberKind,
    PaymentState,
    RequestState,
    Subscriber,
)
from firmware_sim.operator.rules import (
    blocks,
    call_services,
    cards,
    companies,
    instalments,
    invoices,
    number_changes,
    packages,
    payments,
    renaming,
    requests,
    search,
    services,
    statements,
    tariff_changes,
    usage,
)
from operator_rules import rule
from operator_rules.desk import IMEI, Desk


def first_of(desk: Desk, admin: Caller) -> Subscriber:
    return desk.operator.ask(search.search, admin)[0]


def balance(desk: Desk, card: Subscriber) -> int:
    return balance_kopecks(desk.operator.books, card.account)


@rule("S2.1", "client: name, tax number, bank accounts, delivery of invoices, balance, payment form")
def the_client(desk: Desk) -> None:
    admin = desk.company()
    facts = desk.operator.ask(companies.information, admin)
    assert (facts.customer.tax_id, facts.balance_kopecks, facts.in_debt) == ("7701234567", 100_000, False)
    assert (facts.payment_form, facts.subscribers) == ("advance", 3)
    he, _card = desk.person()
    with desk.refuses("not_yours"):
        desk.operator.do(companies.information, he)


@rule("S2.2", "history of payments; a payment said by the company moves money only once it is confirmed")
def unconfirmed_payments(desk: Desk) -> None:
    admin = desk.company(kopecks=0)
    account = first_of(desk, admin).account
    said = desk.do(payments.register_unconfirmed, admin, account, 50_000, "order 17")
    lie = desk.do(payments.register_unconfirmed, admin, account, 90_000)
    assert balance_kopecks(desk.operator.books, account) == 0
    with desk.refuses("not_yours"):
        desk.do(payments.confirm, admin, said.id)
    desk.do(payments.confirm, OPERATOR, said.id)
    desk.do(payments.reject, OPERATOR, lie.id)
    assert balance_kopecks(desk.operator.books, account) == 50_000
    with desk.refuses("payment_decided"):
        desk.do(payments.confirm, OPERATOR, lie.id)
    states = [payment.state for payment in desk.operator.ask(payments.history, admin)]
    assert states == [PaymentState.DONE, PaymentState.CANCELLED]
    with desk.refuses("amount"):
        desk.do(payments.register_unconfirmed, admin, account, 0)


@rule("S2.3", "invoices by e-mail or for download, not on days 1 to 3; delivery and address are changed")
def invoices_of_a_month(desk: Desk) -> None:
    admin = desk.company(kopecks=100_000)
    desk.until(desk.now.replace(month=4, day=20))
    desk.until(desk.now.replace(month=5, day=3, hour=23))
    with desk.refuses("invoices_forming"):
        desk.do(invoices.download, admin, date(2026, 4, 1))
    desk.until(desk.now.replace(day=4, hour=1))
    invoice = desk.operator.ask(invoices.download, admin, date(2026, 4, 15))
    assert invoice.kopecks == 3 * 5_000  # the month's fee of 1 April
    assert invoice.vat_kopecks == 2_500
    assert invoice.lines[0] == ("Котельная 1", "monthly_fee: m2m", 5_000)
    desk.do(invoices.order_by_e_mail, admin, date(2026, 4, 1), "teplo@example.org")
    (letter,) = desk.operator.books.all(Letter)
    assert "Котельная 3;monthly_fee: m2m;5000" in letter.text
    with desk.refuses("no_invoice"):
        desk.do(invoices.download, admin, date(2026, 5, 1))
    with desk.refuses("no_e_mail"):
        desk.do(invoices.change_delivery, admin, Delivery.E_MAIL, "nowhere")
    with desk.refuses("no_address"):
        desk.do(invoices.change_delivery, admin, Delivery.POST)
    desk.do(invoices.change_delivery, admin, Delivery.POST, "Москва, Тверская, 1")
    desk.until(desk.now.replace(month=6, day=5))
    assert len(list(desk.operator.books.all(Letter))) == 1
    desk.do(invoices.change_delivery, admin, Delivery.E_MAIL, "buh@example.org")
    desk.until(desk.now.replace(month=7, day=4, hour=1))
    assert [letter.to for letter in desk.operator.books.all(Letter)][1:] == ["buh@example.org"]


@rule("S2.4", "instalments: what remains, how much a month, when it is due; taken when it is due")
def by_instalments(desk: Desk) -> None:
    admin = desk.company(kopecks=100_000)
    account = first_of(desk, admin).account
    desk.do(instalments.grant, OPERATOR, account, "модем", 20_000, 2)
    (running,) = desk.operator.ask(instalments.of_caller, admin)
    assert (running.remaining_payments, running.next_due_on) == (2, date(2026, 4, 10))
    desk.until(desk.now.replace(month=4, day=9, hour=23))
    assert balance_kopecks(desk.operator.books, account) == 100_000 - 3 * 5_000
    desk.until(desk.now.replace(month=4, day=10, hour=1))
    assert balance_kopecks(desk.operator.books, account) == 100_000 - 3 * 5_000 - 20_000
    desk.until(desk.now.replace(month=5, day=10, hour=1))
    assert desk.operator.ask(instalments.of_caller, admin) == []
    desk.until(desk.now.replace(month=6, day=4, hour=1))
    assert balance_kopecks(desk.operator.books, account) == 100_000 - 9 * 5_000 - 2 * 20_000
    invoice = desk.operator.ask(invoices.download, admin, date(2026, 5, 1))
    assert ("", "instalment: модем", 20_000) in invoice.lines
    desk.until(desk.now.replace(month=7, day=31, hour=1))
    sold = desk.do(instalments.grant, OPERATOR, account, "антенна", 1_000, 4)
    days = []
    while desk.operator.books.get(Instalment, sold.id).remaining_payments:
        days.append(desk.operator.books.get(Instalment, sold.id).next_due_on)
        desk.until(datetime.combine(days[-1], time(1)))
    assert days == [date(2026, 8, 31), date(2026, 9, 30), date(2026, 10, 31), date(2026, 11, 30)]


@rule("S2.5", "a subscriber is chosen by number, by account, or from all")
@rule("S2.6", "% stands for several digits of a number, _ for one; with a prefix or without")
def finding(desk: Desk) -> None:
    admin = desk.company(subscribers=12)
    desk.company("K-2", subscribers=1)

    def found(*wanted: str) -> list[str]:
        return [card.msisdn for card in desk.operator.ask(search.search, admin, *wanted)]

    every = found()
    assert len(every) == 12
    account = first_of(desk, admin).account
    assert found("%", account) == every
    assert found("%", "100000000000") == []
    assert found(every[4]) == found(every[4][1:]) == found(every[4][2:]) == [every[4]]
    assert found(every[0][:-1] + "_") == [each for each in every if each[:-1] == every[0][:-1]]
    assert found(f"%{every[3][-2:]}") == [every[3]]
    assert found("_") == []
    assert found("%" * 39) == every  # at once
    assert found("7916%") == found("916%") == every


@rule("S2.7", "requests to the specialists, also about one subscriber, with their answers")
def asking_a_specialist(desk: Desk) -> None:
    admin = desk.company()
    card = first_of(desk, admin)
    request = desk.do(requests.ask, admin, "Связь", "Нет связи второй день", card.number)
    assert request.imsi == card.imsi
    with desk.refuses("empty_request"):
        desk.do(requests.ask, admin, "Связь", "  ")
    desk.do(requests.answer, OPERATOR, request.id, "Проверили: карта не оплачена")
    (answered,) = desk.operator.ask(requests.of_caller, admin)
    assert (answered.state, answered.answer) == (RequestState.ANSWERED, "Проверили: карта не оплачена")
    with desk.refuses("answered"):
        desk.do(requests.answer, OPERATOR, request.id, "ещё раз")
    other = desk.company("K-2", subscribers=1)
    assert desk.operator.ask(requests.of_caller, other) == []
    with desk.refuses("no_such_number"):
        desk.do(requests.ask, other, "Связь", "чужой номер", card.number)


@rule(
    "S2.8",
    "names within 24 h, single or by list, not in a month's last two days; the invoice has the last one",
)
def names(desk: Desk) -> None:
    admin = desk.company(subscribers=2)
    one, two = desk.operator.ask(search.search, admin)
    desk.do(renaming.rename, admin, one.number, "  Школа   №7 ")
    assert desk.of(one).name == "Котельная 1"
    desk.later(hours=24)
    assert desk.of(one).name == "Школа №7"
    desk.do(renaming.rename_many, admin, {one.number: "Баня", two.number: "Клуб"})
    desk.later(hours=24)
    assert [desk.of(card).name for card in (one, two)] == ["Баня", "Клуб"]
    with desk.refuses("no_such_number"):
        desk.do(renaming.rename_many, admin, {one.number: "Дом", "9160009999": "Двор"})
    with desk.refuses("no_name"):
        desk.do(renaming.rename, admin, one.number, " ")
    desk.until(desk.now.replace(month=4, day=28, hour=23))
    desk.do(renaming.rename, admin, one.number, "Устарело")  # and then an application overtakes it
    desk.until(desk.now.replace(day=29, hour=1))
    with desk.refuses("names_closed"):
        desk.do(renaming.rename, admin, one.number, "Поздно")
    desk.do(renaming.rename_by_application, OPERATOR, one.number, "Гараж")
    desk.do(requests.ask, admin, "Переименование", "Прошу переименовать в «Сарай»", two.number)
    desk.do(renaming.rename_by_application, OPERATOR, two.number, "Сарай")
    desk.until(desk.now.replace(day=30, hour=23))
    with desk.refuses("names_closed"):
        desk.do(renaming.rename, admin, one.number, "Поздно")
    desk.until(desk.now.replace(month=5, day=4))
    invoice = desk.operator.ask(invoices.download, admin, date(2026, 4, 1))
    assert [name for name, _what, _kopecks in invoice.lines] == ["Гараж", "Сарай"]


@rule("S2.9", "a service for a whole list: what was refused is named and does not stop the others")
def by_list(desk: Desk) -> None:
    admin = desk.company(subscribers=3)
    one, two, three = desk.operator.ask(search.search, admin)
    desk.do(cards.terminate, OPERATOR, two.imsi)
    numbers = [one.number, two.number, "9160009999", three.number]
    turn_on = partial(services.turn_on, code="roaming")
    outcomes = desk.operator.do_each(turn_on, admin, numbers)
    assert [None if each is None else each.kind for each in outcomes.values()] == [
        None,
        "terminated",
        "no_such_number",
        None,
    ]
    assert ["roaming" in desk.of(card).services for card in (one, two, three)] == [True, False, True]


@rule("S2.10", "a subscriber: number, name, tariff, balance, PIN and PUK codes, closed user group")
def a_subscriber(desk: Desk) -> None:
    admin = desk.company()
    card = first_of(desk, admin)
    desk.do(companies.join_group, admin, card.number, "котельные")
    shown = desk.get(admin, f"/subscribers/{card.number}")
    wanted = ("name", "tariff", "balance_kopecks", "state", "user_group", "pin1", "puk1", "pin2", "puk2")
    assert [shown[each] for each in wanted] == [
        "Котельная 1",
        "m2m",
        100_000,
        "active",
        "котельные",
        card.pin1,
        card.puk1,
        card.pin2,
        card.puk2,
    ]
    assert len({card.puk1, card.puk2}) == 2


@rule("S2.11", "services as far as the tariff permits, with a list of what is on")
def permitted_services(desk: Desk) -> None:
    admin = desk.company()
    card = first_of(desk, admin)
    with desk.refuses("tariff_forbids"):
        desk.do(services.turn_on, admin, card.number, "voicemail_plus")
    with desk.refuses("no_such_service"):
        desk.do(services.turn_on, admin, card.number, "teleportation")
    before = balance(desk, card)
    desk.do(services.turn_on, admin, card.number, "static_ip")
    assert before - balance(desk, card) == 10_000
    desk.do(services.turn_on, admin, card.number, "static_ip")  # it is on
    assert before - balance(desk, card) == 10_000
    on = {each["code"] for each in desk.get(admin, f"/subscribers/{card.number}/services") if each["on"]}
    assert on == {"mobile_internet", "sms", "detailed_bill", "static_ip"}


@rule("S2.12", "a number is suspended for a time")
def suspended_for_a_time(desk: Desk) -> None:
    admin = desk.company()
    card = first_of(desk, admin)
    desk.do(blocks.block, admin, card.number, 7)
    assert desk.network_state(card) is SubscriberState.SUSPENDED
    desk.later(days=7)
    assert desk.network_state(card) is SubscriberState.ACTIVE


@rule("S2.13", "a number is changed for one from the list, by mask or by type; or by a request")
def another_number(desk: Desk) -> None:
    admin = desk.company(kopecks=300_000)
    card = first_of(desk, admin)
    for number in ("+79167771234", "+79167771188", "+79165551234"):
        desk.do(number_changes.add_free, OPERATOR, number)
    assert len(desk.operator.ask(number_changes.free_numbers, "916777%")) == 2
    (pretty,) = desk.operator.ask(number_changes.free_numbers, "%", NumberKind.PRETTY)
    assert pretty.msisdn == "+79167771188"
    changed = desk.do(number_changes.change_number, admin, card.number, "9167771188")
    assert changed.msisdn == "+79167771188"
    assert desk.network.subscriber(card.imsi).msisdn == "+79167771188"
    assert balance(desk, card) == 150_000
    assert "+79167771188" not in [each.msisdn for each in desk.operator.ask(number_changes.free_numbers)]
    with desk.refuses("number_not_free"):  # what was given back rests
        desk.do(number_changes.change_number, admin, changed.number, card.msisdn)
    with desk.refuses("number_taken"):
        desk.do(number_changes.add_free, OPERATOR, card.msisdn)
    for taken in (card.msisdn, "+79167771234"):
        new = {"imsi": "250010000009999", "iccid": "8970101000000009999", "msisdn": taken}
        with desk.refuses("number_taken"):
            desk.do(cards.enter_card, OPERATOR, account=card.account, **new)
    with desk.refuses("number_not_free"):
        desk.do(number_changes.change_number, admin, changed.number, "9160000002")
    desk.do(requests.ask, admin, "Номер", "Хочу на 777", changed.number)


@rule("S2.14", "mobile Internet on and off, and its package changed, with effect at once")
@rule("S2.22", "the Internet screen: the tariff's own Internet or a package; change it or disconnect")
@rule("S2.23", "eight packages to choose from")
def internet(desk: Desk) -> None:
    admin = desk.company(kopecks=200_000)
    card = first_of(desk, admin)
    desk.turn_on(card)
    screen = desk.operator.ask(packages.screen, admin, card.number)
    assert (screen.on, screen.package, screen.quota_bytes) == (True, "", 10 << 20)
    assert [package.name for package in screen.packages] == [
        "Лёгкий",
        "350",
        "750",
        "1000",
        "1500",
        "3000",
        "3000 + voka",
        "5000 + voka",
    ]
    assert isinstance(desk.network.open_pdp(card.imsi, IMEI, "internet", desk.wall_s), PdpAccepted)
    desk.do(services.turn_off, admin, card.number, "mobile_internet")
    assert desk.network.session(card.imsi) is None
    assert desk.network.open_pdp(card.imsi, IMEI, "internet", desk.wall_s) == PdpRejected(33)
    with desk.refuses("internet_off"):
        desk.do(packages.choose, admin, card.number, "350")
    desk.do(services.turn_on, admin, card.number, "mobile_internet")
    for package in screen.packages[:3]:
        desk.do(packages.choose, admin, card.number, package.code)
        assert desk.network.subscriber(card.imsi).traffic_limit_bytes == package.quota_bytes
    with desk.refuses("same_package"):
        desk.do(packages.choose, admin, card.number, "750")
    assert balance(desk, card) == 200_000 - 5_000 - 9_000 - 15_000
    desk.do(packages.disconnect, admin, card.number)
    assert desk.network.subscriber(card.imsi).traffic_limit_bytes == 10 << 20
    with desk.refuses("no_package"):
        desk.do(packages.disconnect, admin, card.number)


@rule("S2.15", "a phone's settings come by SMS")
def settings_by_sms(desk: Desk) -> None:
    he, card = desk.person()
    for which in call_services.Settings:
        desk.do(call_services.send_settings, he, card.number, which)
    assert [text.split(":")[0] for text in desk.messages(card)] == [
        "Мобильный интернет",
        "MMS",
        "Потоковое видео",
    ]


@rule("S2.16", "Pause stops all services, without a limit of days, and without the tariff's fee")
def pause(desk: Desk) -> None:
    admin = desk.company()
    card = first_of(desk, admin)
    before = balance(desk, card)
    desk.do(services.turn_on, admin, card.number, "pause")
    assert desk.network_state(card) is SubscriberState.SUSPENDED
    desk.later(days=100)
    assert desk.network_state(card) is SubscriberState.SUSPENDED
    assert before - balance(desk, card) == 3 * 2 * 5_000  # the two others' months
    desk.do(services.turn_off, admin, card.number, "pause")
    assert desk.network_state(card) is SubscriberState.ACTIVE


@rule("S2.17", "call forwarding, unconditional or by condition, set and cancelled")
def forwarding(desk: Desk) -> None:
    he, card = desk.person()
    for target in ("+79031110001", "+79031110002"):
        desk.do(call_services.forward, he, card.number, ForwardingCondition.BUSY, target)
    desk.do(call_services.forward, he, card.number, ForwardingCondition.ALWAYS, "+79031110003")
    assert desk.of(card).forwardings == (
        (ForwardingCondition.BUSY, "+79031110002"),
        (ForwardingCondition.ALWAYS, "+79031110003"),
    )
    desk.do(call_services.cancel_forwarding, he, card.number, ForwardingCondition.BUSY)
    assert desk.of(card).forwardings == ((ForwardingCondition.ALWAYS, "+79031110003"),)
    with desk.refuses("to_himself"):
        desk.do(call_services.forward, he, card.number, ForwardingCondition.BUSY, f"8{card.number}")
    with desk.refuses("no_number"):
        desk.do(call_services.forward, he, card.number, ForwardingCondition.BUSY, "домой")
    desk.do(services.turn_off, he, card.number, "forwarding")
    assert desk.of(card).forwardings == ()
    with desk.refuses("forwarding_off"):
        desk.do(call_services.forward, he, card.number, ForwardingCondition.BUSY, "+79031110002")


@rule("S2.18", "voice mail Plus on and off, with an e-mail for duplicates")
def voice_mail(desk: Desk) -> None:
    he, card = desk.person()
    with desk.refuses("voicemail_off"):
        desk.do(call_services.voicemail_copies, he, card.number, "ivan@example.org")
    desk.do(services.turn_on, he, card.number, "voicemail_plus")
    desk.do(call_services.voicemail_copies, he, card.number, "ivan@example.org")
    assert desk.of(card).voicemail_e_mail == "ivan@example.org"
    with desk.refuses("no_e_mail"):
        desk.do(call_services.voicemail_copies, he, card.number, "ivan")
    desk.do(call_services.voicemail_copies, he, card.number, "")
    assert desk.of(card).voicemail_e_mail == ""
    desk.do(call_services.voicemail_copies, he, card.number, "ivan@example.org")
    desk.do(services.turn_off, he, card.number, "voicemail_plus")
    assert desk.of(card).voicemail_e_mail == ""


@rule("S2.19", "any tariff from the offered list; what the new one does not permit falls off")
def any_offered_tariff(desk: Desk) -> None:
    admin = desk.company()
    card = first_of(desk, admin)
    desk.do(services.turn_on, admin, card.number, "static_ip")
    desk.do(tariff_changes.change_tariff, admin, card.number, "super")
    assert "static_ip" not in desk.of(card).services
    offered = {each["code"] for each in desk.get(admin, "/tariffs")}
    assert offered == {"m2m", "m2m_plus", "smart", "super"}


@rule("S2.20", "charges of this month and the two before it, with fees and value added tax")
def charges_of_three_months(desk: Desk) -> None:
    he, card = desk.person(kopecks=500_000)
    desk.do(usage.sms_sent, OPERATOR, card.imsi, "+79031112233")
    for month in (4, 5, 6):
        desk.until(desk.now.replace(month=month, day=2))
    charges = desk.operator.ask(statements.charges, he, card.number, date(2026, 5, 31))
    assert [(each.what, each.kopecks) for each in charges.lines] == [("monthly_fee", 45_000)]
    assert (charges.total_kopecks, charges.vat_kopecks) == (45_000, 7_500)
    for month in (date(2026, 3, 1), date(2026, 7, 1)):
        with desk.refuses("month_not_kept"):
            desk.operator.do(statements.charges, he, card.number, month)


@rule("S2.21", "details of calls and SMS: six months and this one, as of yesterday")
def details_of_seven_months(desk: Desk) -> None:
    he, card = desk.person(kopecks=9_000_000)
    for month in range(3, 11):
        desk.until(desk.now.replace(month=month, day=10))
        desk.do(usage.called, OPERATOR, card.imsi, f"+7903111{month:04}", 61)

    def seen(month: int) -> list[str]:
        wanted = date(2026, month, 1)
        return [each.other for each in desk.operator.ask(statements.details, he, card.number, wanted)]

    assert seen(10) == []  # today's
    assert [seen(month) for month in range(4, 10)] == [[f"+7903111{month:04}"] for month in range(4, 10)]
    with desk.refuses("month_not_kept"):
        desk.operator.do(statements.details, he, card.number, date(2026, 3, 1))
