"""Who has a card, a password or a session in hand gets no further than what is his."""

from __future__ import annotations

from datetime import date

import pytest
from operator_rules.desk import Desk, password_in
from operator_rules.kit import Kit

from firmware_sim.operator import OPERATOR, Caller
from firmware_sim.operator.ledger import balance_kopecks
from firmware_sim.operator.records import Customer, Password, Role, Session, Subscriber
from firmware_sim.operator.rules import (
    call_services,
    contracts,
    devices,
    lost_cards,
    money_orders,
    passwords,
    payments,
    requests,
    services,
    sessions,
    statements,
    tariff_changes,
    usage,
)
from firmware_sim.operator.rules.enquiries import Proof, balance

WHO = {"name": "Иванов Иван Иванович", "passport": "4510 123456", "address": "Москва, Тверская, 1"}
MARCH = date(2026, 3, 1)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def lose(desk: Desk, card) -> None:
    desk.describe("M-1", **WHO)
    calls = desk.operator.ask(lost_cards.last_calls, desk.of(card))
    desk.do(lost_cards.report_lost, OPERATOR, card.number, **WHO, calls=calls)


# -- a company's cards


def test_a_companys_card_in_hand_does_not_spend_its_money(desk):
    admin = desk.company("K-1", subscribers=2, kopecks=50_000)
    own, other = desk.operator.books.all(Subscriber)
    finder = Caller(Role.SUBSCRIBER, own.imsi)
    _thief, thief = desk.person(kopecks=0)
    for order in (
        lambda: desk.do(money_orders.transfer, finder, own.account, thief.account, 1),
        lambda: desk.do(money_orders.set_credit, finder, own.account, on=True),
        lambda: desk.do(money_orders.spend_points, finder, own.account, 1),
        lambda: desk.operator.ask(money_orders.statement, finder, own.account),
    ):
        with desk.refuses("no_such_account"):
            order()
    desk.do(requests.ask, admin, "Счёт", "Почему так много?")
    about_him = desk.do(requests.ask, finder, "Связь", "Нет сети")
    assert desk.operator.ask(requests.of_caller, finder) == [about_him]
    assert len(desk.operator.ask(requests.of_caller, admin)) == 2
    with desk.refuses("no_such_number"):
        desk.do(services.turn_on, finder, other.number, "roaming")
    desk.do(money_orders.transfer, admin, own.account, thief.account, 1)
    assert balance_kopecks(desk.operator.books, thief.account) == 1
    assert desk.operator.ask(payments.history, finder) == []


def test_a_kit_card_has_no_account_at_the_operator(desk):
    kit = Kit(desk)
    kit.start()
    desk.activate(kit.card)
    desk.turn_on(kit.card)
    told = list(desk.messages(kit.card))
    assert desk.order_password(kit.card)
    assert desk.messages(kit.card) == told
    answer = desk.network.ussd(kit.card.imsi, "*111*25*1234#", desk.wall_s).text
    assert "сервисе производителя" in answer
    with desk.refuses("no_such_account"):
        desk.do(passwords.issue, OPERATOR, kit.card.number)
    assert desk.do(passwords.sign_in, kit.card.number, "1234") is None


# -- a lost card


def test_whoever_has_a_lost_card_is_out_once_it_is_reported(desk):
    he, card = desk.person()
    desk.order_password(card)
    known = password_in(desk.messages(card)[-1])
    session = desk.do(sessions.begin, desk.do(passwords.sign_in, card.number, known))
    lose(desk, card)
    assert desk.operator.ask(sessions.caller_of, session) is None
    assert desk.do(passwords.sign_in, card.number, known) is None
    given = desk.do(
        passwords.issue_to_owner, OPERATOR, card.number, name=WHO["name"], passport=WHO["passport"]
    )
    desk.order_password(card)  # by the finder: nothing is sent, and the owner's stays good
    assert desk.do(passwords.sign_in, card.number, given) == he


def test_a_session_of_the_old_card_is_over_when_it_is_replaced_or_terminated(desk):
    he, card = desk.person()
    session = desk.do(sessions.begin, he)
    desk.do(lost_cards.replace_card, OPERATOR, card.number, desk.card(active=False).imsi, region="Москва")
    assert desk.operator.ask(sessions.caller_of, session) is None


def test_the_new_card_keeps_what_was_written_down_of_the_old(desk):
    he, card = desk.person()
    desk.do(usage.called, OPERATOR, card.imsi, "+79031112233", 61)
    desk.do(tariff_changes.change_tariff, he, card.number, "super")
    desk.do(call_services.send_settings, he, card.number, call_services.Settings.MMS)
    desk.later(days=1)
    before = [
        desk.operator.ask(question, he, card.number, *more)
        for question, more in ((statements.charges, (MARCH,)), (tariff_changes.history, ()))
    ]
    calls = desk.operator.ask(lost_cards.last_calls, desk.of(card))
    spare = desk.card(active=False)
    new = desk.do(lost_cards.replace_card, OPERATOR, card.number, spare.imsi, region="Москва")
    him = Caller(Role.SUBSCRIBER, new.imsi)
    assert calls == desk.operator.ask(lost_cards.last_calls, new) == ["+79031112233"]
    assert len(desk.operator.ask(statements.details, him, card.number, MARCH)) == 1
    assert desk.operator.ask(statements.charges, him, card.number, MARCH) == before[0]
    history = desk.operator.ask(tariff_changes.history, him, card.number)
    assert [(each.old, each.new) for each in history] == [(each.old, each.new) for each in before[1]]


def test_a_kit_card_replaces_no_other(desk):
    kit = Kit(desk)
    kit.add()
    _he, card = desk.person()
    with desk.refuses("not_in_stock"):
        desk.do(lost_cards.replace_card, OPERATOR, card.number, kit.card.imsi, region="Москва")


# -- passwords and sessions


def test_a_password_of_ones_own_ends_all_other_sessions(desk):
    he, _card = desk.person()
    mine, others = (desk.do(sessions.begin, he) for _ in range(2))
    desk.do(passwords.choose, he, "Kotelnaya7", token=mine)
    assert desk.operator.ask(sessions.caller_of, mine) == he
    assert desk.operator.ask(sessions.caller_of, others) is None


def test_a_password_that_anybody_may_order_ends_no_session(desk):
    he, card = desk.person()
    session = desk.do(sessions.begin, he)
    desk.order_password(card)
    assert desk.operator.ask(sessions.caller_of, session) == he


def test_a_closed_login_opens_again_with_five_new_tries(desk):
    he, card = desk.person()
    desk.do(passwords.choose, he, "Kotelnaya7")
    for _ in range(2):
        for _ in range(passwords.MAX_FAILURES):
            assert desk.do(passwords.sign_in, card.number, "mistyped") is None
        with desk.refuses("locked"):
            desk.do(passwords.sign_in, card.number, "Kotelnaya7")
        desk.later(minutes=30)
    assert desk.do(passwords.sign_in, card.number, "mistyped") is None
    assert desk.do(passwords.sign_in, card.number, "Kotelnaya7") == he


def test_sessions_do_not_pile_up(desk):
    he, _card = desk.person()
    tokens = [desk.do(sessions.begin, he) for _ in range(sessions.MOST + 1)]
    assert len(list(desk.operator.books.all(Session))) == sessions.MOST
    alive = [desk.operator.ask(sessions.caller_of, token) is not None for token in tokens]
    assert alive == [False] + [True] * sessions.MOST
    desk.later(hours=12)
    desk.do(sessions.begin, he)
    assert len(list(desk.operator.books.all(Session))) == 1


@pytest.mark.parametrize("login", ["9160000001", "100000000001"])
def test_nobody_is_called_like_a_number(desk, login):
    with desk.refuses("login_reserved"):
        desk.do(devices.sign_up, OPERATOR, login=login)
    with desk.refuses("login_reserved"):
        desk.do(contracts.sign, OPERATOR, Customer(contract=login, name="Кто-то"))


def test_a_contract_and_a_vendors_user_have_different_names(desk):
    desk.company("K-1", subscribers=0)
    with desk.refuses("login_taken"):
        desk.do(devices.sign_up, OPERATOR, login="K-1")
    desk.do(devices.sign_up, OPERATOR, login="boiler")
    with desk.refuses("contract_known"):
        desk.do(contracts.sign, OPERATOR, Customer(contract="boiler", name="Кто-то"))


def test_a_passport_is_the_same_however_it_is_written(desk):
    _he, card = desk.person()
    written = "45 10 123456"
    desk.do(services.change_by_consultant, OPERATOR, card.number, "content_ban", on=True, passport=written)
    proof = Proof(name="Иванов Иван Иванович", passport=written)
    assert desk.operator.ask(balance, OPERATOR, card.account, proof) == 100_000
    assert desk.do(
        passwords.issue_to_owner, OPERATOR, card.number, name="Иванов Иван Иванович", passport=written
    )
    assert desk.operator.books.get(Password, card.number) is not None
