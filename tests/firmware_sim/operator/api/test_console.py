"""The staff's console in a browser's shoes: pages, forms, both languages."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import httpx
import pytest
from operator_rules.desk import STAFF_TOKEN

import firmware_sim.operator
from firmware_sim.operator import ledger
from firmware_sim.operator.console.happenings import HOLDING, in_language
from firmware_sim.operator.console.words import HOLDS
from firmware_sim.operator.records import Hold, Life
from firmware_sim.operator.rules import payments, requests, search


@pytest.fixture
def browser(url) -> Iterator[httpx.Client]:
    """A browser that has signed in, in English."""
    with httpx.Client(base_url=url, follow_redirects=True, headers={"Accept-Language": "en-GB"}) as client:
        assert client.post("/sign-in", data={"token": STAFF_TOKEN}).status_code == 200
        yield client


def texts(page: httpx.Response) -> str:
    assert page.status_code == 200, page.text
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.text)).split())


def test_strangers_see_the_sign_in_page_only(url, desk):
    card = desk.card()
    with httpx.Client(base_url=url, follow_redirects=True) as client:
        for path in ("/", f"/cards/{card.imsi}"):
            assert card.msisdn not in texts(client.get(path))
        assert "Это не тот пароль." in client.post("/sign-in", data={"token": "no"}).text
        client.post("/cards", data={"do": "terminate", "imsi": card.imsi})
        client.post("/sweep")
    assert desk.of(card).life is Life.ACTIVE


def test_another_sites_page_cannot_act(browser, desk):
    card = desk.card()
    browser.post(
        "/cards", data={"do": "terminate", "imsi": card.imsi}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert desk.of(card).life is Life.ACTIVE


def test_every_page_says_that_it_is_a_simulator(browser, desk):
    for path in ("/", "/sign-in", f"/cards/{desk.card().imsi}"):
        assert "SIMULATOR" in texts(browser.get(path, params={"lang": "en"}))
        assert "СИМУЛЯТОР" in texts(browser.get(path, params={"lang": "ru"}))


def test_cards_are_found_by_wildcards_name_and_state(browser, desk):
    desk.company("K-9", subscribers=2)
    one = desk.card(name="Павлова <script>")
    page = texts(browser.get("/", params={"number": f"%{one.number[-3:]}"}))
    assert one.msisdn in page
    assert "Павлова <script>" in page
    assert "<script>" not in browser.get("/").text
    assert "Котельная 2" in texts(browser.get("/", params={"name": "котельная"}))
    assert one.msisdn not in texts(browser.get("/", params={"state": "terminated"}))
    assert "There are no such cards." in texts(browser.get("/", params={"number": "000"}))


def test_many_at_once_and_who_was_refused_is_named(browser, desk):
    cards = [desk.card() for _ in range(3)]
    browser.post("/cards", data={"do": "terminate", "imsi": cards[2].imsi})
    page = texts(browser.post("/cards", data={"do": "hold_lost", "imsi": [card.imsi for card in cards]}))
    assert "Done: block as lost, 2." in page
    assert f"Not done, {cards[2].msisdn}: The number {cards[2].msisdn} is terminated" in page
    assert [Hold.LOST in desk.of(card).holds for card in cards] == [True, True, False]
    assert "Done:" not in texts(browser.get("/"))  # it is told once
    assert "No card is chosen." in texts(browser.post("/cards", data={"do": "activate"}))


def test_one_card_its_timeline_and_its_money(browser, desk):
    _he, card = desk.person(kopecks=0)
    desk.network.submit_sms(card.imsi, "+79031112233", "hello", desk.wall_s)
    page = texts(browser.post(f"/cards/{card.imsi}/top-up", data={"roubles": "150,5"}))
    assert "Done: Top up, 150,5." in page
    for shown in (card.iccid, card.puk1, "activated by hand", "+79031112233", "148.50", "+150.50", "−2.00"):
        assert shown in page, shown
    for wrong in ("", "-1", "0", "1e3", "0.001"):
        assert "An amount is" in texts(browser.post(f"/cards/{card.imsi}/top-up", data={"roubles": wrong}))
    assert browser.get("/cards/1").status_code == 404


def test_the_sweep_at_a_push_of_a_button(browser, desk):
    from dataclasses import replace

    card = desk.card(active=False)
    desk.do(lambda draft: draft.put(replace(desk.of(card), paid=True)))
    assert "Next sweep of the stock" in texts(browser.get("/"))
    assert "Sweep: 1 cards activated." in texts(browser.post("/sweep"))
    assert desk.of(card).life is Life.ACTIVE


def test_signing_out_ends_it(browser):
    assert "Sign in" in texts(browser.post("/sign-out"))
    assert "Sign in" in texts(browser.get("/"))


def test_every_line_of_a_timeline_has_its_russian():
    rules = Path(firmware_sim.operator.__file__).parent.rglob("*.py")
    notes = [
        call.args[1]
        for source in rules
        for call in ast.walk(ast.parse(source.read_text()))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "note"
    ]
    assert len(notes) > 20
    for note in notes:
        parts = note.values if isinstance(note, ast.JoinedStr) else [note]
        line = "".join(part.value if isinstance(part, ast.Constant) else "7" for part in parts)
        if line.startswith(tuple(HOLDING)):
            continue
        assert in_language(line, "ru") != line, line
        assert in_language(line, "en") == line


def test_a_hold_is_named_in_both_languages():
    for hold in Hold:
        assert in_language(f"held: {hold}", "ru") == f"остановлена: {HOLDS[hold].ru}"
        assert in_language(f"released: {hold}", "en") == f"released: {HOLDS[hold].en}"


def test_a_timeline_in_russian(browser, desk):
    card = desk.card()
    browser.post("/cards", data={"do": "hold_lost", "imsi": card.imsi})
    page = texts(browser.get(f"/cards/{card.imsi}", params={"lang": "ru"}))
    assert "активирована вручную" in page
    assert "остановлена: утеряна" in page


def test_payments_and_requests_are_decided(browser, desk):
    admin = desk.company("K-20", subscribers=1, kopecks=0)
    (card,) = desk.operator.ask(search.search, admin)
    said = desk.do(payments.register_unconfirmed, admin, card.account, 12_300, "order 17")
    asked = desk.do(requests.ask, admin, "Связь", "Нет связи <b>", card.number)
    page = texts(browser.get("/papers"))
    assert "order 17" in page
    assert "Нет связи <b>" in page
    assert "Decided." in texts(browser.post(f"/papers/payments/{said.id}", data={"paid": "yes"}))
    assert ledger.balance_kopecks(desk.operator.books, card.account) == 12_300
    assert "is decided already" in texts(browser.post(f"/papers/payments/{said.id}", data={"paid": "no"}))
    assert "Say what" in texts(browser.post(f"/papers/requests/{asked.id}", data={"text": " "}))
    assert "Decided." in texts(browser.post(f"/papers/requests/{asked.id}", data={"text": "Проверили"}))
    assert "Нет связи" not in texts(browser.get("/papers"))
