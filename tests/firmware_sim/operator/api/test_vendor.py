"""The vendor's service over HTTP: the installer's way from the card in his hand to a paid period."""

from __future__ import annotations

from operator_rules.kit import Kit

from firmware_sim.operator.records import CustomerKind


def test_the_whole_way_of_a_kit_card(staff, signed_in, desk):
    kit = Kit(desk, "api-user", serial="A-1", imei="866104023450003")
    number = kit.card.msisdn
    with signed_in(kit.caller, "ru") as client:
        assert client.get("/vendor/free-card", params={"number": kit.card.number}).json()["msisdn"] == number
        client.post("/vendor/devices", json={"serial": "A-2", "model": "H-2", "imei": "866104023450011"})
        assert [each["serial"] for each in client.get("/vendor/devices").json()] == ["A-1", "A-2"]
        assert client.delete("/vendor/devices/A-2").status_code == 204
        tariff = client.get("/vendor/tariffs").json()[0]
        new = {"iccid": kit.card.iccid, "tariff": tariff["code"], "serial": "A-1"}
        assert client.post("/vendor/cards", json=new).json()["state"] == "added"
        due = client.get(f"/vendor/cards/{number}/to-pay").json()
        assert due["least_kopecks"] == tariff["monthly_kopecks"]
        order = {"kopecks": due["least_kopecks"], "method": "card"}
        key = {"Idempotency-Key": "tap-1"}
        payment = client.post("/vendor/payments", json=order, headers=key).json()
        assert client.post("/vendor/payments", json=order, headers=key).json()["id"] == payment["id"]
        paid = client.post(f"/vendor/payments/{payment['id']}/card-page", json={"outcome": "paid"}).json()
        assert paid["state"] == "done"
        card = client.get(f"/vendor/cards/{number}").json()
        assert (card["state"], card["life"], card["bound_imei"]) == ("active", "in_stock", "866104023450003")
        assert client.get("/vendor/account").json()["method"] == "card"
        assert [each["kind"] for each in client.get("/vendor/notices").json()] == ["period_began"]
        other = client.post("/vendor/payments", json={"kopecks": 9_000, "method": "invoice"})
        assert (other.status_code, other.json()["rule"]) == (409, "S0.22")
        assert "другой невозможен" in other.json()["detail"]
        desk.later(hours=4)
        assert client.get("/vendor/cards").json()[0]["life"] == "active"
        kit.open_data("356938035643809")
        assert client.get(f"/vendor/cards/{number}").json()["state"] == "blocked"
        assert client.delete(f"/vendor/blocks/{kit.card.imsi}").status_code == 403
        assert staff.delete(f"/vendor/blocks/{kit.card.imsi}").json()["state"] == "active"
        assert client.post(f"/vendor/cards/{number}/termination").json()["life"] == "terminated"
    assert staff.get("/staff/audit").json() == []


def test_staff_settles_an_invoice_once(staff, signed_in, desk):
    kit = Kit(desk, "api-company", CustomerKind.COMPANY, "A-3", "866104023450029")
    with signed_in(kit.caller) as client:
        order = {"kopecks": 20_000, "method": "invoice"}
        payment = client.post("/vendor/payments", json=order).json()
        for _ in range(2):
            settled = staff.post(f"/vendor/payments/{payment['id']}/settlement", json={"paid": True})
            assert settled.json()["state"] == "done"
        assert client.get("/vendor/account").json()["balance_kopecks"] == 20_000


def test_a_kit_card_is_nobody_elses(staff, desk):
    kit = Kit(desk, "api-owner", serial="A-4", imei="866104023450037")
    path = f"/subscribers/{kit.card.number}"
    assert staff.get(f"{path}/owner").json()["contract"] == "KIT"
    other = desk.card().account
    for refused, rule in (
        (staff.post(f"{path}/bank-payments", json={"kopecks": 9_000}), "S0.6"),
        (staff.put(f"{path}/registration", json={"account": other}), "S0.7"),
        (staff.post(f"{path}/porting", json={"to": "25020"}), "S0.8"),
    ):
        assert (refused.status_code, refused.json()["rule"]) == (409, rule)
