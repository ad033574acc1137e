"""The operator's codes by USSD and SMS, in three ways of writing."""

from __future__ import annotations

import pytest
from operator_rules.desk import Desk

from firmware_sim.network import SubscriberState
from firmware_sim.operator import OPERATOR
from firmware_sim.operator.records import Language
from firmware_sim.operator.rules import cards, passwords


@pytest.fixture
def desk():
    return Desk()


def ask(desk, card, *codes):
    answers = [desk.network.ussd(card.imsi, code, desk.wall_s) for code in codes]
    return answers[-1].text


@pytest.mark.parametrize(
    ("language", "answers"),
    [
        (Language.RU, ["Баланс:1000.00р", "Balans:1000.00r", "Ваш тариф: Смарт", "Остаток: 10485760 КБ"]),
        (
            Language.TRANSLIT,
            ["Balans:1000.00r", "Balans:1000.00r", "Vash tarif: Smart", "Ostatok: 10485760 KB"],
        ),
        (Language.EN, ["Balance: 1000.00 RUB", "Balans:1000.00r", "Your tariff: Smart", "Left: 10485760 KB"]),
    ],
)
def test_what_is_asked_is_answered_in_his_letters(desk, language, answers):
    _he, card = desk.person()
    desk.change(card, language=language)
    assert [ask(desk, card, code) for code in ("*100#", "#100#", "*111*59#")] == answers[:3]
    assert ask(desk, card, "*111#", "3") == answers[3]


def test_the_letters_are_chosen_by_code_and_by_menu_and_stay(desk):
    _he, card = desk.person()
    assert ask(desk, card, "*111*6*2#") == "Gotovo"
    assert desk.of(card).language is Language.TRANSLIT
    assert ask(desk, card, "*111#").startswith("1 Balans\n2 Tarif")
    assert ask(desk, card, "*111#", "4", "3") == "Done"
    assert desk.of(card).language is Language.EN
    assert ask(desk, card, "*111#", "4", "0").startswith("1 Balance")


def test_a_pause_by_menu_stops_the_services_at_once(desk):
    _he, card = desk.person()
    assert ask(desk, card, "*111#", "5", "1") == "Готово"
    assert desk.network_state(card) is SubscriberState.SUSPENDED
    assert ask(desk, card, "*111#", "5", "2") == "Готово"
    assert desk.network_state(card) is SubscriberState.ACTIVE


def test_a_refusal_is_told_with_its_reason(desk):
    _he, card = desk.person(tariff="guest")
    desk.do(cards.terminate, OPERATOR, card.imsi)
    assert "расторгнут" in ask(desk, card, "*111#", "5", "1")


def test_a_password_set_from_the_phone_itself(desk):
    he, card = desk.person()
    assert "*111*25*пароль#" in ask(desk, card, "*111*25#")
    assert ask(desk, card, "*111*25*123#") == "Неизвестный код"
    assert ask(desk, card, "*111*25*12345#") == "Пароль задан"
    assert desk.do(passwords.sign_in, card.number, "12345") == he


def test_the_balance_by_message(desk):
    _he, card = desk.person()
    desk.network.submit_sms(card.imsi, "111", "11", desk.wall_s)
    assert desk.messages(card) == ["Баланс:998.00р"]  # after the message's own two roubles
