"""S3: the personal account."""

from __future__ import annotations

from datetime import date

from firmware_sim.network import SubscriberState
from firmware_sim.operator import OPERATOR
from firmware_sim.operator.ledger import balance_kopecks
from firmware_sim.operator.records import DetailKind, Life
from firmware_sim.operator.rules import lost_cards, passwords, requests, statements, tariff_changes, usage
from operator_rules import out_of_field, rule
from operator_rules.desk import Desk, password_in

WHO = {"name": "Иванов Иван Иванович", "passport": "4510 123456", "address": "Москва, Тверская, 1"}


@rule("S3.1", "expenses, tariff, statistics and topping up are in one account")
@rule("S3.9", "the sections: overview, charges, services, tariff, requests, settings")
def one_account_for_all(desk: Desk) -> None:
    he, card = desk.person()
    me = f"/subscribers/{card.number}"
    assert desk.get(he, me)["balance_kopecks"] == 100_000
    assert desk.get(he, f"{me}/charges?month=2026-03-01")["total_kopecks"] == 0
    assert {each["code"] for each in desk.get(he, f"{me}/services")} >= {"roaming", "mms"}
    assert "super" in {each["code"] for each in desk.get(he, "/tariffs")}
    assert desk.get(he, f"{me}/details?month=2026-03-01") == []
    desk.do(tariff_changes.change_tariff, he, card.number, "super")
    assert desk.get(he, me)["tariff"] == "super"


@rule("S3.2", "number, symbols, code to the phone, then a permanent password")
def registration(desk: Desk) -> None:
    he, card = desk.person()
    desk.order_password(card)
    signed_in = desk.do(passwords.sign_in, card.number, password_in(desk.messages(card)[-1]))
    assert signed_in == he
    desk.do(passwords.choose, signed_in, "Kotelnaya7")
    desk.later(days=100)
    assert desk.do(passwords.sign_in, card.number, "Kotelnaya7") == he


@rule("S3.3", "a lost card is replaced in the home region only; the number and all that is his stay")
@rule("S3.4", "support takes the loss down and blocks the card at once")
def a_lost_card(desk: Desk) -> None:
    _he, card = desk.person(contract="M-5")
    desk.describe("M-5", **WHO)
    desk.do(lost_cards.report_lost, OPERATOR, card.number, **WHO, calls=[])
    assert desk.network_state(card) is SubscriberState.BLOCKED
    assert not desk.network.is_registered(card.imsi, "cs")
    spare = desk.card(active=False)
    with desk.refuses("other_region"):
        desk.do(lost_cards.replace_card, OPERATOR, card.number, spare.imsi, region="Тверь")
    used = desk.card()
    with desk.refuses("not_in_stock"):
        desk.do(lost_cards.replace_card, OPERATOR, card.number, used.imsi, region="Москва")
    new = desk.do(lost_cards.replace_card, OPERATOR, card.number, spare.imsi, region="Москва")
    assert (new.msisdn, new.account, new.holds) == (card.msisdn, card.account, ())
    assert desk.network_state(new) is SubscriberState.ACTIVE
    assert desk.of(card).life is Life.TERMINATED


@rule("S3.5", "the caller is identified by name, passport, address and the last three outgoing calls")
def identification(desk: Desk) -> None:
    _he, card = desk.person(contract="M-5")
    desk.describe("M-5", **WHO)
    for number in ("+79031110000", "+79031110001", "+79031110002", "+79031110003"):
        desk.do(usage.called, OPERATOR, card.imsi, number, 10)
    desk.do(usage.called, OPERATOR, card.imsi, "+79039999999", 10, incoming=True)
    right = ["8 903 111-00-03", "+79031110001", "9031110002"]
    for wrong in ({"name": "Пётр"}, {"passport": "1"}, {"address": "Тверь"}):
        with desk.refuses("not_identified"):
            desk.do(lost_cards.report_lost, OPERATOR, card.number, **{**WHO, **wrong}, calls=right)
    for calls in ([], right[:2], ["+79031110000", *right[:2]], [*right, "+79031110000"]):
        with desk.refuses("calls_differ"):
            desk.do(lost_cards.report_lost, OPERATOR, card.number, **WHO, calls=calls)
    desk.do(lost_cards.report_lost, OPERATOR, card.number, **WHO, calls=right)


@rule("S3.6", "who has the card alters the list of calls; a free balance check stands among them")
def a_balance_check_counts(desk: Desk) -> None:
    _he, card = desk.person(contract="M-5")
    desk.describe("M-5", **WHO)
    for number in ("+79031110001", "+79031110002", "+79031110003"):
        desk.do(usage.called, OPERATOR, card.imsi, number, 10)
    before = balance_kopecks(desk.operator.books, card.account)
    assert "Баланс" in desk.network.ussd(card.imsi, "*100#", desk.wall_s).text
    assert balance_kopecks(desk.operator.books, card.account) == before
    with desk.refuses("calls_differ"):
        calls = ["+79031110001", "+79031110002", "+79031110003"]
        desk.do(lost_cards.report_lost, OPERATOR, card.number, **WHO, calls=calls)
    desk.do(
        lost_cards.report_lost,
        OPERATOR,
        card.number,
        **WHO,
        calls=["*100#", "+79031110002", "+79031110003"],
    )


@rule("S3.7", "the owner reads the last calls in the itemised statement, as of yesterday")
def the_owner_reads_his_calls(desk: Desk) -> None:
    he, card = desk.person()
    desk.do(usage.called, OPERATOR, card.imsi, "+79031110001", 10)
    assert desk.operator.ask(statements.details, he, card.number, date(2026, 3, 1)) == []
    desk.later(days=1)
    (call,) = desk.operator.ask(statements.details, he, card.number, date(2026, 3, 1))
    assert (call.kind, call.other) == (DetailKind.CALL, "+79031110001")


out_of_field(
    "S3.8", "calls over the Internet with the operator's own application; a heating controller makes none"
)


@rule("S3.10", "a conversation with a specialist: question and answer")
def a_specialist(desk: Desk) -> None:
    he, card = desk.person()
    question = desk.do(requests.ask, he, "Тариф", "Какой тариф дешевле?")
    desk.do(requests.answer, OPERATOR, question.id, "«Супер»")
    assert [each["answer"] for each in desk.get(he, "/requests")] == ["«Супер»"]
    assert card.imsi not in question.imsi
