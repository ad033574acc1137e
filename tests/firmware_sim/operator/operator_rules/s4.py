"""S4: home Internet and television; what of it concerns a mobile account too."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from firmware_sim.network import PdpRejected, SubscriberState
from firmware_sim.operator import OPERATOR, Caller
from firmware_sim.operator.ledger import balance_kopecks
from firmware_sim.operator.records import AccountKind, Hold, Letter, PaymentMethod, Role
from firmware_sim.operator.rules import (
    billing,
    blocks,
    contracts,
    enquiries,
    money_orders,
    passwords,
    payments,
    services,
    tariff_changes,
)
from firmware_sim.operator.rules.enquiries import Proof
from operator_rules import out_of_field, rule
from operator_rules.desk import Desk, password_in


@rule("S4.1", "with an empty account the services stop, and with money they come back")
def the_balance_must_stay_positive(desk: Desk) -> None:
    _he, card = desk.person(kopecks=0)
    desk.until(desk.now.replace(month=4, day=1, hour=1))  # a month's fee of 450 roubles
    assert desk.of(card).holds == (Hold.FUNDS,)
    assert desk.network_state(card) is SubscriberState.SUSPENDED
    assert isinstance(desk.network.open_pdp(card.imsi, "1" * 15, "internet", desk.wall_s), PdpRejected)
    desk.do(billing.top_up, OPERATOR, card.account, 45_000)
    assert desk.network_state(card) is SubscriberState.ACTIVE


@rule("S4.2", "a home account signs in with its number and the password from the contract")
def a_home_account(desk: Desk) -> None:
    desk.customer("H-1")
    account = desk.do(contracts.open_account, OPERATOR, "H-1", kind=AccountKind.HOME)
    password = desk.do(passwords.issue, OPERATOR, account.number)
    assert desk.do(passwords.sign_in, account.number, password) == Caller(Role.HOME, account.number)
    mobile = desk.card()
    with desk.refuses("no_such_account"):
        desk.do(passwords.issue, OPERATOR, mobile.account)  # its subscriber signs in by number


@rule("S4.5", "a lost login is found, and a password given anew, to the owner only")
@rule("S4.14", "a lost password of a home account: support, with the passport")
def a_lost_login(desk: Desk) -> None:
    owner = desk.customer("H-1")
    account = desk.do(contracts.open_account, OPERATOR, "H-1", kind=AccountKind.HOME)
    old = desk.do(passwords.issue, OPERATOR, account.number)
    for said in (("Кто-то", owner.passport), (owner.name, "4510000000"), (owner.name, "")):
        with desk.refuses("not_identified"):
            desk.do(passwords.issue_to_owner, OPERATOR, account.number, name=said[0], passport=said[1])
    new = desk.do(
        passwords.issue_to_owner, OPERATOR, account.number, name=owner.name, passport=owner.passport
    )
    assert desk.do(passwords.sign_in, account.number, old) is None
    assert desk.do(passwords.sign_in, account.number, new) is not None


out_of_field("S4.6", "choosing a city before signing in: this operator has one site for all regions")


@rule("S4.9", "statement of payments, tariffs, money moved between accounts")
def transfers(desk: Desk) -> None:
    he, card = desk.person(kopecks=10_000)
    other = desk.card()
    desk.do(money_orders.transfer, he, card.account, other.account, 4_000)
    assert balance_kopecks(desk.operator.books, card.account) == 6_000
    assert balance_kopecks(desk.operator.books, other.account) == 4_000
    with desk.refuses("funds"):
        desk.do(money_orders.transfer, he, card.account, other.account, 6_001)
    with desk.refuses("amount"):
        desk.do(money_orders.transfer, he, card.account, other.account, -1)
    with desk.refuses("same_account"):
        desk.do(money_orders.transfer, he, card.account, card.account, 1)
    desk.customer("M-9")
    foreign = desk.do(contracts.open_account, OPERATOR, "M-9")
    with desk.refuses("no_such_account"):
        desk.do(money_orders.transfer, he, foreign.number, card.account, 1)
    kinds = [entry.what for entry in desk.operator.ask(money_orders.statement, he, card.account)]
    assert kinds == ["top_up", "transfer"]


@rule("S4.10", "the account costs nothing, also together with others of the same owner")
@rule("S4.19", "an account's number has 12 digits, and its owner sees all that he has")
def twelve_digits(desk: Desk) -> None:
    he, card = desk.person()
    home = desk.do(contracts.open_account, OPERATOR, "M-1", kind=AccountKind.HOME)
    assert len(card.account) == len(home.number) == 12
    seen = {each["number"] for each in desk.get(he, "/accounts")}
    assert seen == {card.account, home.number}
    assert balance_kopecks(desk.operator.books, home.number) == 0


@rule("S4.11", "the number is given in ten digits, without a leading 7 or 8")
@rule("S4.24", "signing in with the mobile number and a password by SMS")
def ten_digits(desk: Desk) -> None:
    he, card = desk.person()
    picture = desk.do(passwords.draw_captcha)
    for wrong in (f"7{card.number}", f"8{card.number}", card.msisdn, "916"):
        with desk.refuses("ten_digits"):
            desk.do(passwords.order_by_sms, wrong, picture.id_text, picture.symbols)
    assert desk.do(passwords.order_by_sms, card.number, picture.id_text, picture.symbols)
    assert desk.do(passwords.sign_in, card.number, password_in(desk.messages(card)[-1])) == he


out_of_field("S4.12", "access of television set-top boxes")


@rule("S4.13", "a lost password by SMS is ordered again, and the one before is void")
def ordered_again(desk: Desk) -> None:
    he, card = desk.person()
    desk.order_password(card)
    desk.order_password(card)
    first, second = map(password_in, desk.messages(card))
    assert desk.do(passwords.sign_in, card.number, first) is None
    assert desk.do(passwords.sign_in, card.number, second) == he


out_of_field("S4.15", "television channels and the speed of a cable")
out_of_field("S4.16", "laying a cable to a flat: address check, date, installers, a router lent")


@rule("S4.17", "credit: the account may go below nothing, down to its limit")
def credit(desk: Desk) -> None:
    he, card = desk.person(kopecks=0)
    other = desk.card()
    with desk.refuses("funds"):
        desk.do(tariff_changes.change_tariff, he, card.number, "super")
    desk.do(money_orders.set_credit, he, card.account, on=True)
    desk.do(tariff_changes.change_tariff, he, card.number, "super")
    assert balance_kopecks(desk.operator.books, card.account) == -15_000
    assert desk.network_state(card) is SubscriberState.ACTIVE
    with desk.refuses("credit_in_use"):
        desk.do(money_orders.set_credit, he, card.account, on=False)
    with desk.refuses("funds"):  # credit is for services, not to be given away
        desk.do(money_orders.transfer, he, card.account, other.account, 1)
    desk.do(billing.top_up, OPERATOR, card.account, 15_000)
    desk.do(money_orders.set_credit, he, card.account, on=False)


@rule(
    "S4.18", "temporary block: once a year, 30 days at most, paid, without fees, ending by itself or earlier"
)
def the_temporary_block(desk: Desk) -> None:
    he, card = desk.person(kopecks=20_000)
    for days in (0, 31):
        with desk.refuses("block_days"):
            desk.do(blocks.block, he, card.number, days)
    desk.do(services.turn_on, he, card.number, "anti_caller_id")  # costs 90 roubles a month
    desk.do(blocks.block, he, card.number, 30)
    assert balance_kopecks(desk.operator.books, card.account) == 10_000
    assert desk.network_state(card) is SubscriberState.SUSPENDED
    desk.until(desk.now.replace(month=4, day=8))
    assert balance_kopecks(desk.operator.books, card.account) == 10_000  # 1 April passed without a fee
    assert desk.network_state(card) is SubscriberState.SUSPENDED
    desk.later(days=1.1)
    assert desk.network_state(card) is SubscriberState.ACTIVE
    with desk.refuses("blocked_this_year"):
        desk.do(blocks.block, he, card.number, 1)
    desk.do(billing.top_up, OPERATOR, card.account, 900_000)
    desk.until(desk.now.replace(year=2027, month=1, day=5))
    desk.do(blocks.block, he, card.number, 10)
    desk.do(blocks.unblock, he, card.number)
    assert desk.network_state(card) is SubscriberState.ACTIVE
    with desk.refuses("not_blocked"):
        desk.do(blocks.unblock, he, card.number)
    poor_he, poor = desk.person(kopecks=9_999)
    with desk.refuses("funds"):
        desk.do(blocks.block, poor_he, poor.number, 1)


out_of_field("S4.20", "a firewall or another browser: advice for the operator's own web page")
out_of_field("S4.21", "signing in through social networks")


@rule("S4.22", "balance and bonus account at once, and the history of tariffs")
@rule("S4.26", "a fifth of the month's fees comes back as points, which pay for services")
def bonus_and_history(desk: Desk) -> None:
    he, card = desk.person(kopecks=100_000)
    desk.do(tariff_changes.change_tariff, he, card.number, "super")
    desk.do(tariff_changes.change_tariff, he, card.number, "smart")
    history = desk.operator.ask(tariff_changes.history, he, card.number)
    assert [(each.old, each.new, each.fee_kopecks) for each in history] == [
        ("smart", "super", 15_000),
        ("super", "smart", 10_000),
    ]
    desk.until(desk.now.replace(month=4, day=2))
    assert desk.account(card).bonus_points == 90  # of 450 roubles
    with desk.refuses("points"):
        desk.do(money_orders.spend_points, he, card.account, 91)
    before = balance_kopecks(desk.operator.books, card.account)
    desk.do(money_orders.spend_points, he, card.account, 90)
    assert balance_kopecks(desk.operator.books, card.account) == before + 9_000
    assert desk.account(card).bonus_points == 0


out_of_field("S4.23", "registration of a satellite television contract")


@rule("S4.25", "a recovery password by SMS or e-mail is good for 15 minutes; then once more")
def recovery(desk: Desk) -> None:
    he, card = desk.person()
    picture = desk.do(passwords.draw_captcha)
    assert desk.do(passwords.recover, card.number, picture.id_text, picture.symbols)
    password = password_in(desk.messages(card)[-1])
    desk.later(minutes=14)
    assert desk.do(passwords.sign_in, card.number, password) == he
    desk.later(minutes=1)
    assert desk.do(passwords.sign_in, card.number, password) is None
    picture = desk.do(passwords.draw_captcha)
    assert desk.do(passwords.recover, card.number, picture.id_text, picture.symbols)
    assert desk.do(passwords.sign_in, card.number, password_in(desk.messages(card)[-1])) == he
    _by_e_mail(desk)


def _by_e_mail(desk: Desk) -> None:
    desk.customer("H-1", e_mail="anna@example.org")
    home = desk.do(contracts.open_account, OPERATOR, "H-1", kind=AccountKind.HOME)
    old = desk.do(passwords.issue, OPERATOR, home.number)
    for contract, e_mail in (("H-2", "anna@example.org"), ("H-1", "thief@example.org"), ("H-1", "")):
        picture = desk.do(passwords.draw_captcha)
        said = (home.number, contract, e_mail, picture.id_text, picture.symbols)
        assert desk.do(passwords.recover_by_e_mail, *said)  # whether it is right is not told
        assert not list(desk.operator.books.all(Letter))
    assert desk.do(passwords.sign_in, home.number, old) is not None
    picture = desk.do(passwords.draw_captcha)
    said = (home.number, "H-1", "Anna@Example.org", picture.id_text, picture.symbols)
    assert desk.do(passwords.recover_by_e_mail, *said)
    assert not desk.do(passwords.recover_by_e_mail, *said)  # the picture is good for one try
    (letter,) = desk.operator.books.all(Letter)
    assert letter.to == "anna@example.org"
    assert desk.do(passwords.sign_in, home.number, old) is None
    assert desk.do(passwords.sign_in, home.number, password_in(letter.text)) is not None
    desk.later(minutes=15)
    assert desk.do(passwords.sign_in, home.number, password_in(letter.text)) is None


out_of_field("S4.27", "the lease of a router")


@rule(
    "S4.3",
    "the balance: in the account, by phone with the owner's name, at an office with his passport, at a terminal",
)
def asking_for_the_balance(desk: Desk) -> None:
    owner = desk.customer("H-1")
    account = desk.do(contracts.open_account, OPERATOR, "H-1", kind=AccountKind.HOME)
    password = desk.do(passwords.issue, OPERATOR, account.number)
    desk.do(billing.top_up, OPERATOR, account.number, 12_300)
    assert desk.get(Caller(Role.HOME, account.number), "/accounts")[0]["balance_kopecks"] == 12_300
    for proof in (
        Proof(name=owner.name.upper()),
        Proof(name=owner.name, passport=owner.passport),
        Proof(password=password),
    ):
        assert desk.operator.ask(enquiries.balance, OPERATOR, account.number, proof) == 12_300
    for proof in (
        Proof(),
        Proof(name="Кто-то"),
        Proof(name=owner.name, passport="4510000000"),
        Proof(passport=owner.passport),
        Proof(password="guess"),
    ):
        with desk.refuses("not_identified"):
            desk.operator.do(enquiries.balance, OPERATOR, account.number, proof)


out_of_field("S4.4", "the telephone line of the operator's support and how long one waits on it")


@rule(
    "S4.7", "money comes by cash with a receipt, terminal, card, bank, e-wallet, and from the mobile account"
)
def ways_to_pay(desk: Desk) -> None:
    he, card = desk.person(kopecks=5_000)
    home = desk.do(contracts.open_account, OPERATOR, "M-1", kind=AccountKind.HOME)
    ways = [way for way in PaymentMethod if way not in (PaymentMethod.INVOICE, PaymentMethod.MOBILE_ACCOUNT)]
    receipts = {desk.do(payments.take_in, OPERATOR, home.number, 1_000, way).id for way in ways}
    assert len(receipts) == len(ways)
    desk.do(money_orders.transfer, he, card.account, home.number, 4_000)
    assert balance_kopecks(desk.operator.books, home.number) == 1_000 * len(ways) + 4_000
    assert [each["method"] for each in desk.get(Caller(Role.HOME, home.number), "/payments")] == ways


@rule(
    "S4.8", "the form: agreement, names, passport, date of birth, issuer and date of issue; each is checked"
)
def the_form(desk: Desk) -> None:
    form = contracts.Registration(
        surname="Иванова",
        first_name="Анна",
        middle_name="",
        passport="45 10 654321",
        born_on=date(1990, 2, 28),
        passport_issuer="ОВД «Тверской»",
        passport_issued_on=date(2010, 3, 1),
        agrees=True,
    )
    customer = desk.do(contracts.register_person, OPERATOR, form)
    assert (customer.name, customer.passport) == ("Иванова Анна", "4510654321")
    for field, wrong in {
        "surname": " ",
        "first_name": "",
        "passport": "45 10",
        "born_on": date(2008, 3, 11),
        "passport_issuer": "",
        "passport_issued_on": date(2026, 3, 11),
    }.items():
        with desk.refuses("form_wrong"):
            desk.do(contracts.register_person, OPERATOR, replace(form, **{field: wrong}))
    with desk.refuses("no_agreement"):
        desk.do(contracts.register_person, OPERATOR, replace(form, agrees=False))
