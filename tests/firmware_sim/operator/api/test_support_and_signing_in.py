"""From the form at a salon to the account at home: everything over HTTP, as people do it."""

from __future__ import annotations

import re
from collections.abc import Callable

import httpx
import pytest
from operator_rules.desk import Desk, password_in

from firmware_sim.operator.records import Letter, Subscriber

FORM = {
    "surname": "Петрова",
    "first_name": "Анна",
    "passport": "45 10 654321",
    "born_on": "1990-05-01",
    "passport_issuer": "ОВД «Тверской»",
    "passport_issued_on": "2010-06-01",
    "agrees": True,
    "address": "Москва, Лесная, 2",
}
OWNER = {"name": "Петрова Анна", "passport": "4510654321"}


@pytest.fixture
def card(staff: httpx.Client, desk: Desk) -> Subscriber:
    """A card of a customer who has filled in the form; its phone is on."""
    contract = staff.post("/staff/registrations", json=FORM).json()["contract"]
    account = staff.post("/staff/accounts", json={"contract": contract}).json()["number"]
    receipt = staff.post(f"/staff/accounts/{account}/payments", json={"kopecks": 50_000, "method": "cash"})
    assert (receipt.status_code, receipt.json()["state"]) == (201, "done")
    card = desk.card(account=account)
    desk.turn_on(card)
    return card


@pytest.fixture
def anybody(url: str):
    with httpx.Client(base_url=f"{url}/api/v1", headers={"Accept-Language": "en"}) as client:
        yield client


def read_picture(client: httpx.Client) -> dict[str, str]:
    picture = client.post("/captchas").json()
    return {"captcha": picture["id"], "symbols": "".join(re.findall(r">(.)</text>", picture["svg"]))}


def signed_in_with(client: httpx.Client, login: str, password: str) -> Callable[[str, str], httpx.Response]:
    token = client.post("/sessions", json={"login": login, "password": password}).json()["token"]

    def ask(method: str, path: str, **what: object) -> httpx.Response:
        return client.request(method, path, headers={"Authorization": f"Bearer {token}"}, json=what or None)

    return ask


def test_a_person_signs_in_with_a_password_by_sms_and_leaves(anybody, card, desk):
    wrong = {**read_picture(anybody), "symbols": "?"}
    answer = anybody.post("/passwords", json={"number": card.number, **wrong})
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:thermogate:wrong_symbols")
    assert (
        anybody.post("/passwords", json={"number": card.number, **read_picture(anybody)}).status_code == 202
    )
    ask = signed_in_with(anybody, card.number, password_in(desk.messages(card)[-1]))
    assert [each["msisdn"] for each in ask("GET", "/subscribers").json()] == [card.msisdn]
    assert ask("PUT", "/password", password="simple").json()["type"] == "urn:thermogate:weak_password"
    assert ask("PUT", "/password", password="Kotelnaya7").status_code == 204
    assert ask("DELETE", "/session").status_code == 204
    assert ask("GET", "/subscribers").status_code == 401
    assert signed_in_with(anybody, card.number, "Kotelnaya7")("GET", "/subscribers").status_code == 200


def test_the_number_of_nobody_is_answered_like_any_other(anybody):
    answer = anybody.post("/passwords", json={"number": "9990000000", **read_picture(anybody)})
    assert answer.status_code == 202


def test_an_administrator_gets_his_password_with_the_contract(staff, anybody, desk):
    desk.company("K-77", subscribers=1)
    password = staff.post("/staff/passwords", json={"login": "K-77"}).json()["password"]
    ask = signed_in_with(anybody, "K-77", password)
    assert len(ask("GET", "/subscribers").json()) == 1
    unknown = staff.post("/staff/passwords", json={"login": "K-78"})
    assert (unknown.status_code, unknown.json()["type"]) == (404, "urn:thermogate:no_such_account")
    assert ask("POST", "/staff/passwords", login="K-77").status_code == 403


def test_the_owner_of_a_lost_card_is_identified_and_gets_another(staff, card, desk):
    said = {**OWNER, "address": FORM["address"], "calls": []}
    stranger = staff.post(f"/staff/subscribers/{card.number}/loss", json={**said, "passport": "1"})
    assert (stranger.status_code, stranger.json()["rule"]) == (409, "S4.5")
    assert staff.post(f"/staff/subscribers/{card.number}/loss", json=said).json()["holds"] == ["lost"]
    spare = desk.card(active=False)
    path = f"/staff/subscribers/{card.number}/replacement"
    abroad = staff.post(path, json={"imsi": spare.imsi, "region": "Тверь"})
    assert (abroad.status_code, abroad.json()["rule"]) == (409, "S3.3")
    new = staff.post(path, json={"imsi": spare.imsi, "region": "Москва"}).json()
    assert (new["imsi"], new["msisdn"], new["holds"]) == (spare.imsi, card.msisdn, [])


def test_the_balance_is_told_to_the_owner_only(staff, card):
    path = f"/staff/accounts/{card.account}/balance-enquiries"
    assert staff.post(path, json=OWNER).json() == {"kopecks": 50_000}
    assert staff.post(path, json={**OWNER, "name": "Кто-то"}).status_code == 409


def test_a_lost_password_is_given_anew_to_the_owner(staff, anybody, card):
    said = {"login": card.number, **OWNER}
    assert staff.post("/staff/passwords/lost", json={**said, "name": "Кто-то"}).status_code == 409
    password = staff.post("/staff/passwords/lost", json=said).json()["password"]
    assert signed_in_with(anybody, card.number, password)("GET", "/subscribers").status_code == 200


def test_a_home_account_gets_a_recovery_password_by_e_mail(staff, anybody, desk):
    desk.customer("H-40", e_mail="anna@example.org")
    home = staff.post("/staff/accounts", json={"contract": "H-40", "kind": "home"}).json()["number"]
    said = {"login": home, "contract": "H-40", "e_mail": "anna@example.org"}
    assert anybody.post("/passwords/by-e-mail", json={**said, **read_picture(anybody)}).status_code == 202
    assert (
        anybody.post("/passwords/by-e-mail", json={**said, "captcha": "x", "symbols": "x"}).status_code == 403
    )
    number = max(each.id for each in desk.operator.books.all(Letter))
    text = staff.get(f"/staff/letters/{number}").json()["text"]
    ask = signed_in_with(anybody, home, password_in(text))
    assert [each["number"] for each in ask("GET", "/accounts").json()] == [home]
