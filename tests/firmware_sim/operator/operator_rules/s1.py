"""S1: the Internet assistant."""

from __future__ import annotations

from datetime import date

from firmware_sim.operator import OPERATOR, Caller
from firmware_sim.operator.ledger import balance_kopecks
from firmware_sim.operator.records import Captcha, Language, Letter, Password, Role
from firmware_sim.operator.rules import passwords, services, sessions, statements, tariff_changes, usage
from operator_rules import out_of_field, rule
from operator_rules.desk import Desk, password_in

STRONG = "Teplo2026dom"


@rule("S1.1", "services are managed over the API and the console, as by phone")
@rule("S1.9", "services are connected and disconnected by the subscriber himself")
def services_on_and_off(desk: Desk) -> None:
    he, card = desk.person()
    desk.do(services.turn_on, he, card.number, "roaming")
    assert "roaming" in desk.of(card).services
    desk.do(services.turn_off, he, card.number, "roaming")
    assert "roaming" not in desk.of(card).services
    desk.do(services.turn_on, he, card.number, "anti_caller_id")
    before = balance_kopecks(desk.operator.books, card.account)
    desk.until(desk.now.replace(month=4, day=2))
    assert before - balance_kopecks(desk.operator.books, card.account) == 45_000 + 9_000  # with the tariff's


@rule("S1.2", "a password is ordered by number and comes by SMS")
@rule(
    "S1.3", "to any phone without data: the SMS is in Cyrillic, or in the letters that the subscriber reads"
)
@rule("S1.5", "number and the picture's symbols, then the SMS, then the account")
def a_password_by_sms(desk: Desk) -> None:
    he, card = desk.person()
    picture = desk.do(passwords.draw_captcha)
    assert not desk.do(passwords.order_by_sms, card.number, picture.id_text, "wrong")
    assert not desk.do(passwords.order_by_sms, card.number, picture.id_text, picture.symbols)  # one try each
    assert desk.order_password(card)
    (text,) = desk.messages(card)
    assert text.startswith("Ваш пароль: ")
    assert desk.network.session(card.imsi) is None
    assert desk.do(passwords.sign_in, card.number, password_in(text)) == he
    for language, begins in ((Language.TRANSLIT, "Vash parol: "), (Language.EN, "Your password: ")):
        desk.change(card, language=language)
        desk.order_password(card)
        assert desk.messages(card)[-1].startswith(begins)


@rule("S1.4", "the account is used from any device: a session is a token, not a number's network")
def from_any_device(desk: Desk) -> None:
    he, _card = desk.person()
    tokens = [desk.do(sessions.begin, he) for _ in range(2)]
    assert [desk.operator.ask(sessions.caller_of, token) for token in tokens] == [he, he]


@rule("S1.6", "whoever has the password may do all; it is kept as a salted digest only")
def the_password_is_everything(desk: Desk) -> None:
    he, card = desk.person()
    desk.do(passwords.choose, he, STRONG)
    kept = desk.operator.books.get(Password, card.number)
    assert STRONG not in repr(kept)
    somebody = desk.do(passwords.sign_in, card.number, STRONG)
    desk.do(tariff_changes.change_tariff, somebody, card.number, "super")
    assert desk.of(card).tariff == "super"
    other = desk.card()
    with desk.refuses("no_such_number"):
        desk.do(tariff_changes.change_tariff, somebody, other.number, "super")


@rule("S1.7", "the account shows the owner's full name, number and tariff")
def the_head_of_the_account(desk: Desk) -> None:
    he, card = desk.person()
    shown = desk.get(he, f"/subscribers/{card.number}")
    assert (shown["name"], shown["msisdn"], shown["tariff"]) == ("Иванов Иван", card.msisdn, "smart")


out_of_field("S1.8", "the menu of the operator's own web page; here the same orders are an API and a console")


@rule(
    "S1.10",
    "the content ban only by support, with the passport and for nothing; its other work is charged",
)
def the_content_ban(desk: Desk) -> None:
    he, card = desk.person()
    before = balance_kopecks(desk.operator.books, card.account)
    with desk.refuses("support_only"):
        desk.do(services.turn_on, he, card.number, "content_ban")
    with desk.refuses("wrong_passport"):
        desk.do(services.change_by_consultant, OPERATOR, card.number, "content_ban", on=True, passport="1")
    desk.do(
        services.change_by_consultant, OPERATOR, card.number, "content_ban", on=True, passport="4510123456"
    )
    assert "content_ban" in desk.of(card).services
    assert balance_kopecks(desk.operator.books, card.account) == before
    desk.do(services.change_by_consultant, OPERATOR, card.number, "roaming", on=True)
    assert balance_kopecks(desk.operator.books, card.account) == before - 4_500
    with desk.refuses("not_yours"):
        desk.do(services.change_by_consultant, he, card.number, "roaming", on=False)


@rule("S1.11", "an itemised statement is ordered electronically")
def a_statement_by_e_mail(desk: Desk) -> None:
    he, card = desk.person()
    desk.do(usage.called, OPERATOR, card.imsi, "+79031112233", 61)
    desk.later(days=1)
    desk.do(statements.order_by_e_mail, he, card.number, date(2026, 3, 1), "ivan@example.org")
    (letter,) = desk.operator.books.all(Letter)
    assert letter.to == "ivan@example.org"
    assert "+79031112233;61" in letter.text
    with desk.refuses("no_e_mail"):
        desk.do(statements.order_by_e_mail, he, card.number, date(2026, 3, 1), "ivan at home")


@rule("S1.12", "the tariff is changed for a one-off fee")
def the_fee_of_a_change(desk: Desk) -> None:
    he, card = desk.person(kopecks=16_000)
    desk.do(tariff_changes.change_tariff, he, card.number, "super")
    assert balance_kopecks(desk.operator.books, card.account) == 1_000
    with desk.refuses("funds"):
        desk.do(tariff_changes.change_tariff, he, card.number, "smart")
    with desk.refuses("same_tariff"):
        desk.do(tariff_changes.change_tariff, he, card.number, "super")
    with desk.refuses("no_such_tariff"):
        desk.do(tariff_changes.change_tariff, he, card.number, "guest")  # no longer offered


@rule("S1.13", "a password of one's own must be complex")
def a_complex_password(desk: Desk) -> None:
    he, card = desk.person()
    for weak in ("Short1a", "onlysmall1", "ONLYBIG123", "NoDigitsHere", f"Aa{card.number}", "Aa1" * 30):
        with desk.refuses("weak_password"):
            desk.do(passwords.choose, he, weak)
    desk.do(passwords.choose, he, STRONG)
    assert desk.do(passwords.sign_in, card.number, STRONG) == he


@rule("S1.14", "leaving ends the session")
@rule("S1.15", "one comes back with number and password")
def leaving_and_coming_back(desk: Desk) -> None:
    he, card = desk.person()
    desk.do(passwords.choose, he, STRONG)
    token = desk.do(sessions.begin, he)
    desk.do(sessions.end, he, token)
    assert desk.operator.ask(sessions.caller_of, token) is None
    assert desk.do(passwords.sign_in, card.number, STRONG) == he
    again = desk.do(sessions.begin, he)
    desk.later(hours=12)
    assert desk.operator.ask(sessions.caller_of, again) is None


@rule("S1.16", "a new password by SMS voids the old one")
def the_old_password_is_void(desk: Desk) -> None:
    he, card = desk.person()
    desk.do(passwords.choose, he, STRONG)
    desk.order_password(card)
    assert desk.do(passwords.sign_in, card.number, STRONG) is None
    first = password_in(desk.messages(card)[-1])
    desk.order_password(card)
    assert desk.do(passwords.sign_in, card.number, first) is None
    assert desk.do(passwords.sign_in, card.number, password_in(desk.messages(card)[-1])) == he
    for _ in range(5):
        desk.do(passwords.sign_in, card.number, "guess")
    with desk.refuses("locked"):
        desk.do(passwords.sign_in, card.number, password_in(desk.messages(card)[-1]))
    desk.later(minutes=31)
    assert desk.do(passwords.sign_in, card.number, password_in(desk.messages(card)[-1])) == Caller(
        Role.SUBSCRIBER, card.imsi
    )
    assert not list(desk.operator.books.all(Captcha))
