"""The operator's staff and subscribers over HTTP."""

from __future__ import annotations

import httpx

from firmware_sim.operator.callers import Caller
from firmware_sim.operator.records import Role


def test_a_card_from_the_contract_to_its_activation_by_the_sweep(staff):
    assert staff.post("/staff/customers", json={"contract": "H-1", "name": "Вода и тепло"}).status_code == 201
    account = staff.post("/staff/accounts", json={"contract": "H-1"}).json()["number"]
    assert len(account) == 12
    new = {
        "imsi": "250019999999901",
        "iccid": "8970101999999999901",
        "msisdn": "+79169999901",
        "account": account,
        "tariff": "m2m",
    }
    card = staff.post("/staff/cards", json=new).json()
    assert (card["state"], card["holds"], len(card["puk1"])) == ("in_stock", [], 8)
    again = staff.post("/staff/cards", json=new)
    assert (again.status_code, again.json()["type"]) == (409, "urn:thermogate:card_known")
    staff.post(f"/staff/accounts/{account}/top-ups", json={"kopecks": 10_000})
    assert staff.post("/staff/sweep").json() == []  # unpaid
    assert staff.post(f"/staff/cards/{new['imsi']}/activation").json()["state"] == "active"
    lost = staff.put(f"/staff/cards/{new['imsi']}/holds/lost").json()
    assert (lost["state"], lost["holds"]) == ("blocked", ["lost"])
    assert staff.delete(f"/staff/cards/{new['imsi']}/holds/lost").json()["state"] == "active"
    happened = [each["what"] for each in staff.get("/subscribers/9169999901/timeline").json()]
    assert happened == ["entered into the stock", "activated by hand", "held: lost", "released: lost"]
    call = {"other": "+79031112233", "duration_s": 61}
    assert staff.post(f"/staff/cards/{new['imsi']}/calls", json=call).status_code == 204
    assert staff.get("/subscribers/9169999901").json()["balance_kopecks"] == 10_000 - 2 * 300
    assert staff.get("/staff/audit").json() == []


def test_numbers_are_found_by_wildcards(staff, desk):
    cards = [desk.card(account=desk.card().account) for _ in range(2)]
    shown = staff.get("/subscribers", params={"number": f"{cards[0].number[:-1]}_"}).json()
    assert cards[0].msisdn in [each["msisdn"] for each in shown]
    only = staff.get("/subscribers", params={"account": cards[1].account}).json()
    assert cards[1].msisdn in [each["msisdn"] for each in only]
    assert {each["account"] for each in only} == {cards[1].account}
    assert len(staff.get("/subscribers", params={"limit": 1}).json()) == 1
    assert staff.get("/subscribers", params={"state": "terminated"}).json() == []


def test_without_a_token_nobody_is_let_in(url):
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic bench"}):
        answer = httpx.get(f"{url}/api/v1/subscribers", headers=headers)
        assert (answer.status_code, answer.json()["type"]) == (401, "urn:thermogate:unauthorized")


def test_a_subscriber_sees_himself_only_and_is_told_so_in_his_language(signed_in, desk):
    he, card = desk.person()
    other = desk.card()
    with signed_in(he, "ru") as client:
        assert [each["imsi"] for each in client.get("/subscribers").json()] == [card.imsi]
        refused = client.get(f"/subscribers/{other.number}")
        assert (refused.status_code, refused.json()["detail"]) == (404, f"Абонент {other.number} не найден.")
        assert client.post("/staff/sweep").status_code == 403
        assert client.get("/staff/customers").status_code == 403


def test_an_administrator_sees_the_company(signed_in, desk):
    with signed_in(desk.company("K-7", subscribers=2)) as client:
        assert [each["name"] for each in client.get("/subscribers").json()] == ["Котельная 1", "Котельная 2"]


def test_a_session_ends(signed_in, desk):
    with signed_in(Caller(Role.VENDOR_USER, "somebody")) as client:
        assert client.get("/subscribers").json() == []
        desk.later(hours=13)
        assert client.get("/subscribers").status_code == 401
